"""What Kolors Virtual Try-On shows and never published, on what Kolors (Kuaishou, 2024) did publish.

Kolors-Inpainting, an SDXL UNet that repaints the inside of a mask and reads its sentence by ChatGLM3, and Kolors'
IP-Adapter-Plus, by which that UNet's cross-attentions see the garment's picture. Nothing here was trained for try-on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from tryon.parsing.words import caption
from tryon.spec import Component, Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.footprints import CLIP_336_IMAGE, footprint
from tryon.transfer.diffusion.guess import Guess, begun, middle, strength_of
from tryon.transfer.diffusion.kept import Kept
from tryon.transfer.diffusion.pictures import as_doubled_tensor, as_mask_tensor, garment_on_white, padded
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, drawn, latent_shape, placed
from tryon.transfer.diffusion.sdxl import Sentence, adapter_tokens
from tryon.transfer.diffusion.system import LatentSystem, dresser
from tryon.types import Fitting, Garment, Mask
from tryon.weights.files import model_files
from tryon.weights.fill import built, fill
from tryon.weights.layout import locate
from tryon.weights.rules import RESAMPLER, RESAMPLER_PARTED, Rules

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER = "ip_adapter_plus_general.bin"
SPEC = TransferSpec(
    name="kolors",
    title="Kolors-style (Kolors inpainting + IP-Adapter)",
    family="Kolors",
    about="Repaints from the garment's picture and a sentence in English or Chinese; freer with prints than systems "
    "trained for try-on. Kolors Virtual Try-On itself was never published.",
    licence="Kolors Model License, commercial use only after registration",
    commercial=False,
    source="https://github.com/Kwai-Kolors/Kolors",
    weights=(
        Weights(
            repo="Kwai-Kolors/Kolors-Inpainting",
            files=("unet/config.json", "unet/diffusion_pytorch_model.*", "vae/config.json",
                   "vae/diffusion_pytorch_model.*", "text_encoder/config.json", "text_encoder/pytorch_model*",
                   "tokenizer/tokenizer.model", "scheduler/*.json"),
            gib=16.8,
        ),
        Weights(
            repo="Kwai-Kolors/Kolors-IP-Adapter-Plus",
            files=(ADAPTER, "image_encoder/*config.json", "image_encoder/pytorch_model.bin"),
            gib=2.6,
        ),
    ),
    parameters=9_450_432_555,
    footprint=footprint(3_086_025_540, Component("text_encoder", "text", 5_977_245_696), CLIP_336_IMAGE),
    reads=frozenset({"photo", "labels", "parts", "mask", "garments", "prompt"}),
    sizes=((768, 1024),),
    any_aspect=True,
    guessed=True,
    samples=4,
    stride=8,
    steps=(10, 60, 25),
    guidance=(1.0, 10.0, 6.0),
    rank=39,
    extra="gpu",
)  # fmt: skip
WORN = "a photo of a person wearing {}"
NEGATIVE = "残缺的手指，畸形的手指，畸形的手，残肢，模糊，低质量"  # of Kolors' own inpainting sample
LENGTH = 256  # tokens of a sentence, as the UNet was trained
# How much of the garment's picture is seen. Kolors' own sample for new pictures takes 0.5, so that words have their
# say; here the picture is what is wished for.
SCALE = 0.8


@dataclass(frozen=True)
class ChatGlmEncoder:
    """ChatGLM3: a sentence becomes its states before the last layer, and the last token's after it."""

    tokenizer: Any
    model: Any
    project: Any  # to the width of the UNet's cross-attentions

    def __call__(self, text: str, device: str) -> Sentence:
        """What is longer than LENGTH tokens is cut off."""
        import torch

        found = self.tokenizer([text], padding="max_length", max_length=LENGTH, truncation=True)
        names = ("input_ids", "attention_mask", "position_ids")
        given = {name: torch.tensor(found[name], device=device) for name in names}
        states = self.model(**given, output_hidden_states=True, use_cache=False, return_dict=True).hidden_states
        # The model has (tokens, sentences, width).
        return Sentence(self.project(states[-2].transpose(0, 1)), states[-1][-1])


@dataclass(frozen=True)
class Conditions:
    """What the sampler is told besides the pictures."""

    worn: Sentence
    negative: Sentence
    image: Tensor  # (2, tokens, width): the adapter's tokens of a black picture and of the garment


@dataclass(frozen=True, kw_only=True)
class Kolors(LatentSystem):
    """The loaded system: an inpainting UNet of 9 channels with the image adapter's keys and values."""

    unet: Any
    image: Any
    resampler: Any  # image features -> the adapter's tokens
    prepare: Any  # CLIP's picture preparation
    sentences: ChatGlmEncoder

    def told(self, words: str, garment: Image.Image, kept: Kept | None = None) -> Conditions:
        """Conditions from a sentence and the garment's picture."""
        with self.place.using(self.sentences.model, self.sentences.project):
            worn, negative = (self.sentences(text, self.place.device) for text in (words, NEGATIVE))
        image = adapter_tokens(garment, self.prepare, self.image, self.resampler, self.place, kept)
        return Conditions(worn, negative, image)

    def sample(
        self,
        person: Tensor,
        mask: Tensor,
        told: Conditions,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        guess: Guess | None = None,
    ) -> Tensor:
        """Unscaled latents (samples, 4, h, w) of the dressed person.

        person: (1, 3, H, W) in -1..1; mask: (1, 1, H, W), 1 may be repainted. Without a guess the run begins with
        noise alone, where Kolors' own sample leaves a thousandth of the old picture in it: nothing of the old garment.
        """
        import torch

        from tryon.nets.cross_attention import told_once
        from tryon.nets.reference_attention import guided

        start, fixed = self._pictures(person, mask, noise, samples)
        with self.place.using(self.vae):
            clean = middle(self.vae, guess)
        latents, times = begun(self.scheduler, steps, start, clean, strength_of(guess))
        doubled = guidance > 1
        text, image, pooled, size = self._words(told, person, doubled, samples)
        fixed = torch.cat([fixed] * (2 if doubled else 1))

        def predict(joined: Tensor, time: Tensor, pooled: Tensor) -> Tensor:
            added = {"text_embeds": pooled, "time_ids": size}
            found: Tensor = self.unet(
                joined, time, encoder_hidden_states=(text, [image]), added_cond_kwargs=added
            ).sample
            return found

        with self.place.using(self.unet), told_once(self.unet, text, image):
            for index, time in enumerate(times):
                scaled = self.scheduler.scale_model_input(torch.cat([latents] * (2 if doubled else 1)), time)
                joined = torch.cat([scaled, fixed], dim=1).to(self.unet.dtype)
                raw = self.place.quickly("unet", predict, joined, time, pooled).float()
                prediction = guided(raw, guidance, "unconditional_first") if doubled else raw
                stepped = self.scheduler.step(prediction, time, latents, generator=noise.generator)
                latents = stepped.prev_sample
                on_step(Step(index, len(times), latents, prediction, stepped.pred_original_sample))
        return latents / self.vae.config.scaling_factor

    def _pictures(self, person: Tensor, mask: Tensor, noise: Noise, samples: int) -> tuple[Tensor, Tensor]:
        """The first noise, and what the UNet sees beside it: the mask and the person without what is in it. The noise
        is drawn in the order of diffusers' StableDiffusionXLInpaintPipeline."""
        import torch

        from tryon.nets.latents import shrunk

        shape = latent_shape(self.vae, person, samples)
        start = noise.draw("start", shape).to(self.place.device)
        with self.place.using(self.vae):
            seen = drawn(self.vae, person * (mask < 0.5), noise.draw("person", shape)) * self.vae.config.scaling_factor
        small = shrunk(mask.to(seen), seen).expand(len(seen), -1, -1, -1)
        return start, torch.cat([small, seen], dim=1)

    def _words(
        self, told: Conditions, person: Tensor, doubled: bool, samples: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Text, image tokens, pooled text and SDXL's sizes, the unconditional half first where there is one."""
        import torch

        kind = {"device": self.place.device, "dtype": self.unet.dtype}
        height, width = person.shape[-2:]
        sentences = (told.negative, told.worn) if doubled else (told.worn,)
        text = torch.cat([sentence.tokens for sentence in sentences])
        pooled = torch.cat([sentence.pooled for sentence in sentences])
        image = told.image[-len(sentences) :, None]
        size = torch.tensor([[height, width, 0, 0, height, width]] * len(sentences))
        text, image, pooled, size = (
            rows.to(**kind).repeat_interleave(samples, dim=0) for rows in (text, image, pooled, size)
        )
        return text, image, pooled, size


def load(runtime: Runtime) -> TransferModel:
    """Raises what the weights room raises."""
    from tryon.nets.latents import SDXL_RGB

    system = open_system(runtime)
    kept = Kept(system.place)

    def shown(fitting: Fitting, mask: Mask) -> tuple[Any, ...]:
        worn = fitting.garments[0]
        conditions = system.told(sentence(worn, fitting.prompt), squared(garment_on_white(worn)), kept)
        return as_doubled_tensor(fitting.person.photo.pixels), as_mask_tensor(mask), conditions

    # Kolors has no mask of its own for clothes; CatVTON's knows all kinds.
    return dresser(system, shown, "catvton", guessed=as_doubled_tensor, colours=SDXL_RGB)


def sentence(garment: Garment, prompt: str) -> str:
    """What the garment's analysis says is worn, and all that the prompt says besides."""
    return ", ".join(filter(None, [WORN.format(caption(garment, prompt)), prompt.strip()]))


def squared(picture: Image.Image) -> Image.Image:
    """The whole picture on a white square: CLIP's preparation would cut off what is longer."""
    return padded(picture, max(picture.size), max(picture.size))


def open_system(runtime: Runtime) -> Kolors:
    """The networks, on their device."""
    import torch
    from diffusers import EulerDiscreteScheduler

    spec, folders, dtype = runtime.spec, locate(runtime), getattr(torch, runtime.dtype)
    root, adapter = (folders[weights.repo] for weights in spec.weights)
    title, place = spec.title, placed(runtime)
    unet, project, resampler = map(place.home, networks(root / "unet", adapter / ADAPTER, title, dtype))
    image = place.home(models.vision_tower(adapter / "image_encoder", title=title, dtype=dtype))
    return Kolors(
        unet=unet,
        vae=place.home(models.autoencoder(root / "vae", title=title, dtype=dtype)),
        image=image,
        resampler=resampler,
        prepare=models.image_processor(adapter / "image_encoder", image, title=title),
        sentences=ChatGlmEncoder(
            tokenizer=models.chatglm_tokenizer(root / "tokenizer", title=title),
            model=place.home(models.chatglm(root / "text_encoder", title=title, dtype=dtype)),
            project=project,
        ),
        scheduler=models.scheduler(EulerDiscreteScheduler, root / "scheduler", title=title),
        place=place,
    )


def networks(folder: Path, adapter: Path, title: str, dtype: Any) -> tuple[Any, Any, Any]:
    """The UNet with an image adapter in every cross-attention, the projection of its text, the adapter's Resampler.

    The last two are modules of their own here, so that they run once and not in every step.
    """
    unet, project, resampler = empty_networks(folder, [adapter], title)
    files = model_files(folder, title=title)
    blocks = [name for name, module in unet.named_modules() if name.endswith(".attn2")]
    # The adapter's file counts all attentions in the UNet's order; every second one is a cross-attention.
    rules: Rules = tuple(
        (rf"^ip_adapter\.{2 * index + 1}\.(to_[kv]_ip)\.", rf"{name}.processor.\1.0.")
        for index, name in enumerate(blocks)
    )
    fill(
        unet,
        [*files, adapter],
        title=title,
        dtype=dtype,
        rules=rules,
        unused=(r"^encoder_hid_proj\.", r"^image_proj\."),
    )
    fill(project, files, title=title, dtype=dtype, prefix="encoder_hid_proj.", known=("",))
    fill(
        resampler,
        [adapter],
        title=title,
        dtype=dtype,
        prefix="image_proj.",
        rules=RESAMPLER,
        parted=RESAMPLER_PARTED,
        known=("",),
    )
    return unet, project, resampler


def empty_networks(folder: Path, adapter: list[Path], title: str) -> tuple[Any, Any, Any]:
    """The same without memory for their weights."""
    import torch

    unet = models.empty_unet(folder, title=title, encoder_hid_dim=None, encoder_hid_dim_type=None)
    resampler = models.empty_resampler(adapter, "image_proj.", title=title)
    models.add_image_adapter(unet, tokens=resampler.latents.shape[1], scale=SCALE)
    width = models.config(folder, title=title).get("encoder_hid_dim") or 0
    project = built(lambda: torch.nn.Linear(width, unet.config.cross_attention_dim))
    return unet, project, resampler
