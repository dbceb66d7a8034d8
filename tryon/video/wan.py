"""Wan 2.1 and 2.2 (Wan Team, Alibaba, 2025): the open image-to-video models that most others are measured by.

One transformer over latents of 8 x 8 x 4 pixels (TI2V-5B: 16 x 16 x 4), UMT5 for the text. The shift of the schedule
is set to upstream's (`generate.py`, `wan_i2v_A14B.py`): the repositories for diffusers carry others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured, sized
from tryon.video.diffusion.decoding import normalised, unnormalised, wan
from tryon.video.diffusion.method import LoRA, Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

# Upstream's own negative prompt (wan/configs/shared_config.py), which the models were tuned with.
NEGATIVE = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，"
    "丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，"
    "杂乱的背景，三条腿，背景人很多，倒着走"
)
TEXT = Component("text_encoder", "text", 5_680_910_336, kept=0.19)
CLIP = Component("image_encoder", "image", 630_766_080, "float32")
VAE = Component("vae", "vae", 126_892_531, "float32")
SMALL, LARGE = 480 * 832, 720 * 1280
LORAS_21, LORAS_22 = "lightx2v/Wan2.1-Distill-Loras", "lightx2v/Wan2.2-Distill-Loras"
DISTILLED_21 = (LoRA(repo=LORAS_21, file="wan2.1_i2v_lora_rank64_lightx2v_4step.safetensors"),)
DISTILLED_22 = (
    LoRA(repo=LORAS_22, file="wan2.2_i2v_A14b_high_noise_lora_rank64_lightx2v_4step_1022.safetensors"),
    LoRA(
        repo=LORAS_22,
        file="wan2.2_i2v_A14b_low_noise_lora_rank64_lightx2v_4step_1022.safetensors",
        target="transformer_2",
    ),
)
BASE = VideoSpec(
    name="wan21-i2v-480p",
    title="Wan 2.1 I2V 14B, 480p",
    family="Wan 2.1",
    about="Natural motion that follows the sentence well, at 480p.",
    licence="Apache-2.0",
    commercial=True,
    source="https://github.com/Wan-Video/Wan2.1",
    weights=(Weights(repo="Wan-AI/Wan2.1-I2V-14B-480P-Diffusers", gib=85.0),),
    footprint=Footprint(
        components=(Component("transformer", "denoiser", 16_394_878_784), TEXT, CLIP, VAE),
        denoise=Peak(volume=0.1075),
        decode=Peak(megapixel=18.33),
        tiled=Peak(fixed=1.5),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=40,
    extra="gpu",
    sizes=((480, 640), (480, 832), (720, 1280)),
    stride=16,
    max_area=SMALL,
    frame_rule=(4, 1),
    frames=(5, 81),
    fps=(8, 30, 16),
    native_fps=16,
    steps=(4, 60, 40),
    guidance=(1.0, 10.0, 5.0),
    prompting=Prompting(negative=NEGATIVE, tokens=512),
    parallel=True,
)


def footprint_of(*parts: Component, without: tuple[str, ...] = (), **peaks: Peak) -> Footprint:
    """The base's footprint with these parts in place of its own of the same names and of its denoiser, without some,
    and with other peaks."""
    footprint = BASE.footprint
    assert footprint is not None
    gone = {"transformer", *without, *(part.name for part in parts)}
    rest = [part for part in footprint.components if part.name not in gone]
    return replace(footprint, components=(*parts, *rest), **peaks)  # type: ignore[arg-type]


def _fast(spec: VideoSpec, loras: tuple[LoRA, ...], rank: int, gib: float) -> VideoSpec:
    """A variant in four steps without guidance, by LoRAs that were distilled for it."""
    added = Weights(repo=loras[0].repo, files=tuple(lora.file for lora in loras), gib=gib)
    return replace(
        spec,
        name=f"{spec.name}-fast",
        title=f"{spec.title}, 4 steps",
        about="The same in 4 steps without guidance: about fourteen times as fast.",
        weights=(*spec.weights, added),
        steps=(4, 8, 4),
        guidance=(1.0, 1.0, 1.0),
        rank=rank,
    )


I2V_720 = replace(
    BASE,
    name="wan21-i2v-720p",
    title="Wan 2.1 I2V 14B, 720p",
    about="Natural motion that follows the sentence well, at 720p; slow.",
    weights=(Weights(repo="Wan-AI/Wan2.1-I2V-14B-720P-Diffusers", gib=85.0),),
    max_area=LARGE,
    rank=42,
)
FLF2V = replace(
    I2V_720,
    name="wan21-flf2v",
    title="Wan 2.1 FLF2V 14B",
    about="Ends as it begins: a loop without a seam, for turning around.",
    weights=(Weights(repo="Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers", gib=85.0),),
    footprint=footprint_of(Component("transformer", "denoiser", 16_395_536_704)),
    guidance=(1.0, 10.0, 5.5),
    steps=(4, 60, 50),
    loops=True,
    rank=44,
)
A14B = replace(
    BASE,
    name="wan22-i2v-a14b",
    title="Wan 2.2 I2V A14B",
    family="Wan 2.2",
    about="The best motion of the open models, two networks of 14B in turn.",
    source="https://github.com/Wan-Video/Wan2.2",
    weights=(Weights(repo="Wan-AI/Wan2.2-I2V-A14B-Diffusers", gib=126.0),),
    footprint=footprint_of(
        Component("transformer", "denoiser", 14_288_901_184),
        Component("transformer_2", "denoiser", 14_288_901_184),
        without=("image_encoder",),
    ),
    max_area=LARGE,
    guidance=(1.0, 10.0, 3.5),
    rank=36,
)
TI2V = replace(
    BASE,
    name="wan22-ti2v-5b",
    title="Wan 2.2 TI2V 5B",
    family="Wan 2.2",
    about="The best choice for one good graphics card: 720p at 24 frames a second.",
    source="https://github.com/Wan-Video/Wan2.2",
    weights=(Weights(repo="Wan-AI/Wan2.2-TI2V-5B-Diffusers", gib=34.0),),
    footprint=footprint_of(
        Component("transformer", "denoiser", 4_999_787_712),
        Component("vae", "vae", 704_688_668, "float32"),
        without=("image_encoder",),
        denoise=Peak(volume=0.0466),
        decode=Peak(megapixel=20.2),
        tiled=Peak(fixed=1.6),
    ),
    sizes=((480, 640), (480, 832), (704, 1280), (720, 1280)),
    stride=32,
    max_area=704 * 1280,
    frames=(5, 121),
    fps=(8, 30, 24),
    native_fps=24,
    steps=(4, 60, 50),
    clamps_first=True,
    rank=34,
)
FROM_TEXT = replace(
    BASE,
    name="wan21-t2v-1.3b",
    title="Wan 2.1 T2V 1.3B from the picture",
    about="A text-to-video model started from the picture: small and quick, but it keeps less of the garment.",
    weights=(Weights(repo="Wan-AI/Wan2.1-T2V-1.3B-Diffusers", gib=28.0),),
    footprint=footprint_of(
        Component("transformer", "denoiser", 1_418_996_800),
        without=("image_encoder",),
        denoise=Peak(volume=0.0464),
    ),
    steps=(8, 60, 50),
    clamps_first=True,
    rank=58,
)
SPECS = (
    BASE,
    _fast(BASE, DISTILLED_21, 41, 0.7),
    I2V_720,
    _fast(I2V_720, DISTILLED_21, 43, 0.7),
    FLF2V,
    A14B,
    _fast(A14B, DISTILLED_22, 35, 1.4),
    TI2V,
    FROM_TEXT,
)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHODS[runtime.spec.name])


def looped(pipe: Any, shot: Shot) -> dict[str, Any]:
    """First and last frame are the picture."""
    return {**pictured(pipe, shot), "last_image": shot.image}


def encoded(pipe: Any, shot: Shot) -> dict[str, Any]:
    """The text, encoded before the rest."""
    positive, negative = pipe.encode_prompt(
        prompt=shot.prompt,
        negative_prompt=shot.negative,
        do_classifier_free_guidance=shot.guidance > 1,
        max_sequence_length=shot.spec.prompting.tokens,
        device=pipe._execution_device,
    )
    return {"prompt_embeds": positive, "negative_prompt_embeds": negative}


def shifted(small: float, large: float) -> Callable[[Any, Shot], None]:
    """Sets the schedule's shift: one for pictures up to 480 x 832, one above."""

    def prepare(pipe: Any, shot: Shot) -> None:
        from diffusers import UniPCMultistepScheduler

        shift = small if shot.width * shot.height <= SMALL else large
        pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift=shift)

    return prepare


def first_frame(pipe: Any, shot: Shot) -> Tensor:
    """The picture's latents (C, h, w) as the denoiser has them."""
    return normalised(pipe.vae, encoded_picture(pipe, shot))[0, :, 0]


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """Frames as they come."""
    return wan(pipe.vae, unnormalised(pipe.vae, latents.float()))


# ------------------------------------------------------------------------------- text to video, from a picture

STRENGTH = 0.9  # share of the steps that are taken: the film starts as a standing picture with so much noise


def started(pipe: Any, shot: Shot) -> dict[str, Any]:
    """The call of video to video on a standing picture, its first frame held by `held_first`."""
    return {
        "video": [shot.image] * shot.frames,
        **sized(shot),
        "strength": STRENGTH,
        "callback_on_step_end": held_first(first_frame(pipe, shot), shot),
        "callback_on_step_end_tensor_inputs": ["latents"],
    }


def held_first(clean: Tensor, shot: Shot) -> Callable[..., dict[str, Any]]:
    """After every step the first latent frame is the picture's with as much noise as the schedule then has."""
    import torch

    # Of its own seed: the pipeline's generator must not be disturbed.
    generator = torch.Generator("cpu").manual_seed(shot.scene.seed + 1)
    noise = torch.randn(clean.shape, generator=generator)

    def hold(pipe: Any, index: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        latents = tensors["latents"]
        sigma = float(pipe.scheduler.sigmas[pipe.scheduler.step_index])
        latents[0, :, 0] = ((1 - sigma) * clean.cpu() + sigma * noise).to(latents)
        return {"latents": latents}

    return hold


IMAGE = Method(
    pipeline="WanImageToVideoPipeline",
    arguments=pictured,
    encode=encoded,
    prepared=shifted(3.0, 5.0),
    latents=first_frame,
    decode=decoded,
)
METHODS = {
    BASE.name: IMAGE,
    f"{BASE.name}-fast": replace(IMAGE, loras=DISTILLED_21, prepared=shifted(5.0, 5.0)),
    I2V_720.name: IMAGE,
    f"{I2V_720.name}-fast": replace(IMAGE, loras=DISTILLED_21, prepared=shifted(5.0, 5.0)),
    FLF2V.name: replace(IMAGE, arguments=looped, prepared=shifted(16.0, 16.0)),
    A14B.name: replace(IMAGE, prepared=shifted(5.0, 5.0)),
    f"{A14B.name}-fast": replace(IMAGE, loras=DISTILLED_22, prepared=shifted(5.0, 5.0)),
    TI2V.name: replace(IMAGE, prepared=shifted(5.0, 5.0)),
    FROM_TEXT.name: replace(
        IMAGE,
        pipeline="WanVideoToVideoPipeline",
        arguments=started,
        steps=lambda shot: max(1, int(shot.steps * STRENGTH)),
    ),
}
