"""Kolors-style: the numbers of diffusers' own pipelines, and everything that is said and shown counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

import diffusers as d  # noqa: E402
from diffusers.pipelines.kolors.text_encoder import ChatGLMModel  # noqa: E402
from diffusers.pipelines.kolors.tokenizer import ChatGLMTokenizer  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformers import CLIPVisionModelWithProjection  # noqa: E402
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil  # noqa: E402

from tests.drawing import draw_tshirt  # noqa: E402
from tests.golden.common import runtime  # noqa: E402
from tests.tiny.build import finished, order, write_system  # noqa: E402
from tests.tiny.kolors import ADAPTER, INPAINTING  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.transfer import kolors  # noqa: E402
from tryon.transfer.diffusion.kept import Kept  # noqa: E402
from tryon.transfer.diffusion.pictures import as_doubled_tensor, as_mask_tensor, garment_on_white  # noqa: E402
from tryon.transfer.diffusion.sampling import Noise  # noqa: E402
from tryon.types import Mask  # noqa: E402

WORDS, STEPS, LIMIT = "a photo of a person wearing a red shirt", 3, 1e-4


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_system("kolors", tmp_path_factory.mktemp("kolors"))


@pytest.fixture(scope="module")
def system(root: Path) -> kolors.Kolors:
    return kolors.open_system(runtime("kolors", root))


@pytest.fixture(scope="module", autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def garment() -> Image.Image:
    return kolors.squared(garment_on_white(order().garments[0]))


def ours(system: kolors.Kolors, told: kolors.Conditions, guidance: float, mask: Any = None) -> Any:
    """Latents as the sampler leaves them, scaled."""
    fitting = order()
    assert fitting.mask is not None
    area = as_mask_tensor(fitting.mask) if mask is None else mask
    found = system.sample(
        as_doubled_tensor(fitting.person.photo.pixels),
        area,
        told,
        steps=STEPS,
        guidance=guidance,
        noise=Noise(7),
        on_step=lambda step: None,
    )
    return found * system.vae.config.scaling_factor


@pytest.fixture(scope="module")
def theirs(root: Path) -> dict[float, Any]:
    """Latents by guidance as stock pipelines make them: Kolors' reads the sentences, SDXL's repaints."""
    main, beside = root / INPAINTING, root / ADAPTER
    net, vae = (
        cls.from_config(cls.load_config(str(main / name))).eval()
        for cls, name in ((d.UNet2DConditionModel, "unet"), (d.AutoencoderKL, "vae"))
    )
    for name, module in (("unet", net), ("vae", vae)):
        module.load_state_dict(load_file(main / name / "diffusion_pytorch_model.safetensors"))
    scheduler = d.EulerDiscreteScheduler.from_pretrained(str(main / "scheduler"))
    reading = d.KolorsImg2ImgPipeline(
        vae=vae,
        text_encoder=ChatGLMModel.from_pretrained(str(main / "text_encoder"), dtype=torch.float32),
        tokenizer=ChatGLMTokenizer(str(main / "tokenizer/tokenizer.model")),
        unet=net,
        scheduler=scheduler,
    )
    worn, negative, pooled, negative_pooled = reading.encode_prompt(WORDS, negative_prompt=kolors.NEGATIVE)
    # A whole CLIP model lies there, whose projections have other sizes: Kolors' own sample opens it like this too.
    tower = CLIPVisionModelWithProjection.from_pretrained(str(beside / "image_encoder"), ignore_mismatched_sizes=True)
    painting = d.StableDiffusionXLInpaintPipeline(
        vae=vae, text_encoder=None, text_encoder_2=None, tokenizer=None, tokenizer_2=None, unet=net,
        scheduler=scheduler,
        image_encoder=tower,
        feature_extractor=CLIPImageProcessorPil(size=56, crop_size=56),
    )  # fmt: skip
    painting.set_progress_bar_config(disable=True)
    adapter = torch.load(beside / "ip_adapter_plus_general.bin", weights_only=True)
    net._load_ip_adapter_weights([adapter], low_cpu_mem_usage=False)
    painting.set_ip_adapter_scale(kolors.SCALE)
    fitting = order()
    assert fitting.mask is not None
    photo = fitting.person.photo
    return {
        guidance: painting(
            prompt_embeds=worn, negative_prompt_embeds=negative, pooled_prompt_embeds=pooled,
            negative_pooled_prompt_embeds=negative_pooled, image=Image.fromarray(photo.pixels),
            mask_image=Image.fromarray(fitting.mask), height=photo.height, width=photo.width, strength=1.0,
            num_inference_steps=STEPS, guidance_scale=guidance, generator=torch.Generator().manual_seed(7),
            ip_adapter_image=garment(), output_type="latent",
        ).images
        for guidance in (1.0, 6.0)
    }  # fmt: skip


@pytest.mark.parametrize("guidance", [1.0, 6.0])
def test_it_is_what_the_stock_pipelines_make(system: kolors.Kolors, theirs: dict[float, Any], guidance: float) -> None:
    found = ours(system, system.told(WORDS, garment()), guidance)
    assert (found - theirs[guidance]).abs().max() < LIMIT


def wrong(system: kolors.Kolors, what: str) -> tuple[kolors.Kolors, kolors.Conditions, Any]:
    """System, conditions and mask with one mistake."""
    told = system.told(WORDS, garment())
    mask = as_mask_tensor(order().mask)  # type: ignore[arg-type]
    if what == "no tokens in place of a black picture's":
        told = replace(told, image=torch.cat([torch.zeros_like(told.image[:1]), told.image[1:]]))
    elif what == "empty words in place of the negative ones":
        told = replace(told, negative=system.sentences("", "cpu"))
    elif what == "the last state of the words":
        model = system.sentences.model
        ids = system.sentences.tokenizer([WORDS], padding="max_length", max_length=kolors.LENGTH)
        given = {k: torch.tensor(ids[k]) for k in ("input_ids", "attention_mask", "position_ids")}
        last = model(**given, output_hidden_states=True, return_dict=True).hidden_states[-1]
        told = replace(told, worn=replace(told.worn, tokens=system.sentences.project(last.transpose(0, 1))))
    elif what == "the mask the other way round":
        mask = 1 - mask
    elif what == "another schedule":
        scheduler = type(system.scheduler).from_config(system.scheduler.config, num_train_timesteps=1000)
        system = replace(system, scheduler=scheduler)
    return system, told, mask


@pytest.mark.parametrize(
    "what",
    [
        "no tokens in place of a black picture's",
        "empty words in place of the negative ones",
        "the last state of the words",
        "the mask the other way round",
        "another schedule",
    ],
)
def test_mistakes_are_found(system: kolors.Kolors, theirs: dict[float, Any], what: str) -> None:
    changed, told, mask = wrong(system, what)
    assert (ours(changed, told, 6.0, mask) - theirs[6.0]).abs().max() > 3 * LIMIT


@pytest.mark.parametrize("what", ["share", "order"])
def test_a_wrong_share_or_order_of_the_adapter_is_found(root: Path, theirs: dict[float, Any], what: str) -> None:
    changed = kolors.open_system(runtime("kolors", root))
    blocks = [module for name, module in changed.unet.named_modules() if name.endswith(".attn2")]
    if what == "share":
        for block in blocks:
            block.processor.scale = [1.0]
    else:
        first, last = blocks[0].processor, blocks[-1].processor
        blocks[0].set_processor(last)
        blocks[-1].set_processor(first)
    assert (ours(changed, changed.told(WORDS, garment()), 6.0) - theirs[6.0]).abs().max() > 3 * LIMIT


def test_garment_words_and_nothing_else_reach_the_picture(root: Path) -> None:
    """Through the product: another garment and another sentence make another picture, only inside the mask."""
    model = build_catalog().get("transfer", "kolors").load(runtime("kolors", root))
    fitting = order()
    mask: Mask | None = fitting.mask
    assert mask is not None
    shirt = fitting.garments[0]
    other, words, more = draw_tshirt((20, 60, 200)), "wearing a shirt", "wearing a shirt. Sleeves rolled up"
    assert kolors.sentence(other, words) == kolors.sentence(shirt, words)  # so that only the picture differs
    assert kolors.sentence(shirt, more) != kolors.sentence(shirt, words)
    told_what: list[dict[str, Any]] = [{}, {"garments": (other,)}, {"prompt": more}, {}]
    made = [finished(model(order(**{"prompt": words, **changes}))).dressed for changes in told_what]
    plain, blue, told, again = (dressed.pixels.astype(int) for dressed in made if dressed is not None)
    assert (plain == again).all()
    for changed in (blue, told):
        assert (changed != plain).any()
        assert (changed[mask == 0] == fitting.person.photo.pixels[mask == 0]).all()


def test_the_garment_is_looked_at_once(system: kolors.Kolors) -> None:
    """For all seeds and words; another garment is looked at."""
    looks: list[int] = []
    handle = system.image.register_forward_pre_hook(lambda module, given: looks.append(1))
    kept, other = Kept(system.place), kolors.squared(garment_on_white(draw_tshirt((20, 60, 200))))
    first, again = system.told("one", garment(), kept).image, system.told("two", garment(), kept).image
    assert len(looks) == 1 and torch.equal(first, again)
    assert not torch.equal(system.told("two", other, kept).image, first) and len(looks) == 2
    handle.remove()


def test_what_lies_under_the_mask_is_never_seen(system: kolors.Kolors) -> None:
    """The old garment has no way into the result: neither by the mask's inside nor by the first noise."""
    fitting, told = order(), system.told(WORDS, garment())
    photo = fitting.person.photo.pixels
    assert fitting.mask is not None
    painted = np.where(fitting.mask[..., None] > 127, 255 - photo, photo)
    inside, outside = painted, np.where(fitting.mask[..., None] > 127, photo, 255 - photo)
    mask, seen = as_mask_tensor(fitting.mask), []
    for picture in (photo, inside, outside):
        seen.append(
            system.sample(
                as_doubled_tensor(picture.astype(np.uint8)), mask, told, steps=2, guidance=2.0, noise=Noise(1),
                on_step=lambda step: None,
            )
        )  # fmt: skip
    assert torch.equal(seen[0], seen[1]) and not torch.equal(seen[0], seen[2])


def test_words(system: kolors.Kolors) -> None:
    """All that the analysis and the prompt say is said; what is too long is cut, not refused."""
    shirt = order().garments[0]
    assert kolors.sentence(shirt, "").startswith("a photo of a person wearing ")
    assert kolors.sentence(shirt, " by the sea ").endswith(", by the sea")
    long = system.sentences("word " * 400, "cpu")
    assert long.tokens.shape[1] == kolors.LENGTH == system.sentences("red", "cpu").tokens.shape[1]


def test_a_long_garment_is_seen_whole() -> None:
    tall = kolors.squared(Image.new("RGB", (20, 80), (9, 9, 9)))
    assert tall.size == (80, 80) and tall.getpixel((40, 0)) == (9, 9, 9) and tall.getpixel((0, 0)) == (255, 255, 255)
