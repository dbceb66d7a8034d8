"""Repairs and rules of the video families, each against the libraries' own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.video import dits, hub, hunyuan, wan  # noqa: E402
from tests.tiny.video.films import BACKENDS, opened, scene, shot, small  # noqa: E402
from tests.tiny.video.parts import seeded  # noqa: E402
from tryon.nets.lean_attention import LeanAttention, make_lean  # noqa: E402
from tryon.nets.mochi_frames import framewise  # noqa: E402
from tryon.runtime.steps import Tap  # noqa: E402
from tryon.video.diffusion.llama import with_its_spaces  # noqa: E402
from tryon.video.hunyuan15 import buckets  # noqa: E402
from tryon.video.svd import motion_bucket  # noqa: E402


@pytest.fixture(scope="module")
def transformer() -> Any:
    torch.set_num_threads(1)
    return hunyuan.i2v_15().transformer


def answer(transformer: Any, words: tuple[int, ...]) -> Any:
    """The denoiser's answer for a batch of texts of so many words, padded to 8."""
    generator, count = torch.Generator().manual_seed(3), len(words)

    def drawn(*shape: int) -> Any:
        return torch.randn(*shape, generator=generator)

    mask = (torch.arange(8)[None] < torch.tensor(words)[:, None]).float()
    with torch.no_grad():
        return transformer(
            hidden_states=drawn(count, 9, 2, 4, 4),
            timestep=torch.full((count,), 500.0),
            encoder_hidden_states=drawn(count, 8, 16),
            encoder_attention_mask=mask,
            encoder_hidden_states_2=drawn(count, 6, 32),
            encoder_attention_mask_2=torch.ones(count, 6),
            image_embeds=drawn(count, 5, 12),
            return_dict=False,
        )[0]


@pytest.mark.parametrize("words", [(5,), (8,), (3, 3), (2, 7)])
def test_lean_attention(transformer: Any, words: tuple[int, ...]) -> None:
    """As diffusers' own with its mask, for one text, and for texts of equal and of different lengths."""
    plain = [block.attn.processor for block in transformer.transformer_blocks]
    expected = answer(transformer, words)
    make_lean(transformer)
    lean = answer(transformer, words)
    for block, processor in zip(transformer.transformer_blocks, plain, strict=True):
        block.attn.processor = processor
    assert torch.allclose(lean, expected, atol=1e-4)


def test_lean_attention_needs_its_cut(transformer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the padding not left out, the answer would be another; and there is no mask of pairs."""
    import diffusers.models.attention_dispatch as dispatch

    masks, plain = [], dispatch.dispatch_attention_fn

    def spied(*args: Any, **words: Any) -> Any:
        masks.append(words.get("attn_mask"))
        return plain(*args, **words)

    monkeypatch.setattr(dispatch, "dispatch_attention_fn", spied)
    before = [block.attn.processor for block in transformer.transformer_blocks]
    make_lean(transformer)
    lean = answer(transformer, (3,))
    assert len(masks) == len(before) and all(mask is None for mask in masks)
    monkeypatch.setattr("tryon.nets.lean_attention._without_padding", lambda key, value, *rest: (key, value, None))
    padded = answer(transformer, (3,))
    for block, processor in zip(transformer.transformer_blocks, before, strict=True):
        assert isinstance(block.attn.processor, LeanAttention)
        block.attn.processor = processor
    assert not torch.allclose(lean, padded, atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_mochi_in_parts(count: int) -> None:
    vae = dits.mochi().vae
    latents = torch.randn(1, 12, count, 4, 3, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = vae.decode(latents).sample
        parts = list(framewise(vae, latents))
        again = vae.decode(latents).sample
    assert [part.shape[2] for part in parts] == {1: [1], 2: [7], 5: [7, 12, 6]}[count]
    assert torch.allclose(torch.cat(parts, dim=2), whole, atol=1e-4)
    assert torch.equal(whole, again), "the autoencoder is as it was"


def test_llamas_spaces(tmp_path: Path) -> None:
    import diffusers

    hub.write_repository("hunyuanvideo-community/HunyuanVideo-I2V", tmp_path)
    pipe = diffusers.HunyuanVideoImageToVideoPipeline.from_pretrained(tmp_path, local_files_only=True)
    text = "she turns\nto the left"
    tokenizer = with_its_spaces(pipe).tokenizer
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text
    assert pipe.components["tokenizer"] is tokenizer


@pytest.mark.parametrize("side", [640, 960])
def test_buckets(side: int) -> None:
    from diffusers.pipelines.hunyuan_video1_5.image_processor import generate_crop_size_list

    upstream = {(width, height) for height, width in generate_crop_size_list(base_size=side, patch_size=16)}
    assert set(buckets(side)) == upstream


@pytest.mark.parametrize(
    ("prompt", "bucket"),
    [
        ("She dances.", 180), ("turns around while walking", 127), ("stands still", 40), ("", 100),
        ("the camera shows the dress", 100), ("er geht langsam", 127), ("atmet ruhig", 40), ("她在跳舞", 180),
        ("천천히 움직인다", 40), ("understands", 100),
    ],
)  # fmt: skip
def test_motion_bucket(prompt: str, bucket: int) -> None:
    assert motion_bucket(prompt) == bucket


def test_framepack_over_sections(tmp_path: Path) -> None:
    """Two sections: asked for, counted, and blended as the pipeline does it."""
    entry = next(entry for entry in BACKENDS if entry.spec.name == "framepack-f1")
    film: Any = opened(entry, tmp_path)
    spec: Any = replace(small(entry.spec), frames=(73, 73))
    film = replace(film, runtime=replace(film.runtime, spec=spec))
    asked = scene(spec, prompt="waves")
    ours = shot(film(asked)).film
    with torch.no_grad():
        settled, _ = film._settled(asked, Tap())
        assert settled.frames == 73
        engine = film.engine
        call = engine._words(settled) | engine.method.arguments(engine.pipeline, settled)
        noise = torch.Generator("cpu").manual_seed(asked.seed)
        frames = engine.pipeline(**call, generator=noise, output_type="pt").frames[0]
    assert frames.shape[0] == 73
    assert ((frames.float() * 255).permute(0, 2, 3, 1).numpy() - ours).__abs__().max() <= 1


def test_lora_is_added(tmp_path: Path) -> None:
    """A LoRA in the trainers' names changes the film, through the weights themselves."""
    entries = {entry.spec.name: entry for entry in BACKENDS}
    plain, fast = (opened(entries[name], tmp_path) for name in ("wan22-i2v-a14b", "wan22-i2v-a14b-fast"))
    assert (
        not hasattr(fast.engine.pipeline.transformer, "peft_config") or not fast.engine.pipeline.transformer.peft_config
    )
    for part in ("transformer", "transformer_2"):
        before, after = (getattr(model.engine.pipeline, part).state_dict() for model in (plain, fast))
        assert before.keys() == after.keys()
        changed = [key for key in before if not torch.equal(before[key], after[key])]
        assert {key.split(".")[2] for key in changed} == {"attn1", "attn2", "ffn"}, part


def test_drawn_weights_differ_by_seed() -> None:
    """The experts of A14B are two networks, not one twice."""
    one, other = (wan.transformer(seed=seed, in_channels=36) for seed in (0, 1))
    assert not torch.equal(one.blocks[0].attn1.to_q.weight, other.blocks[0].attn1.to_q.weight)
    again = seeded(lambda: torch.nn.Linear(4, 4))
    assert torch.equal(again.weight, seeded(lambda: torch.nn.Linear(4, 4)).weight)
