"""Wan 2.1 and 2.2 (Wan Team, Alibaba, 2025): the open image-to-video models that most others are measured by.

One transformer over latents of 8 x 8 x 4 pixels, UMT5 for the text. The shift of the schedule is set to upstream's
(`generate.py`): the repositories for diffusers carry others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.decoding import normalised, unnormalised, wan
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

# Upstream's own negative prompt (wan/configs/shared_config.py), which the models were tuned with.
NEGATIVE = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，"
    "丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，"
    "杂乱的背景，三条腿，背景人很多，倒着走"
)
TEXT = Component("text_encoder", "text", 5_680_910_336)
CLIP = Component("image_encoder", "image", 630_766_080, "float32")
VAE = Component("vae", "vae", 126_892_531, "float32")
SMALL, LARGE = 480 * 832, 720 * 1280
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
        components=(Component("transformer", "denoiser", 16_394_893_376), TEXT, CLIP, VAE),
        denoise=Peak(volume=0.1075),
        decode=Peak(megapixel=18.33),
        tiled=Peak(fixed=1.5),
    ),
    parameters=0,
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
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="wan21-i2v-720p",
        title="Wan 2.1 I2V 14B, 720p",
        about="Natural motion that follows the sentence well, at 720p; slow.",
        weights=(Weights(repo="Wan-AI/Wan2.1-I2V-14B-720P-Diffusers", gib=85.0),),
        max_area=LARGE,
        rank=41,
    ),
)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def pictured(pipe: Any, shot: Shot) -> dict[str, Any]:
    """The call of image to video."""
    return {
        "image": shot.image,
        "height": shot.height,
        "width": shot.width,
        "num_frames": shot.frames,
        "num_inference_steps": shot.steps,
        "guidance_scale": shot.guidance,
    }


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
    from diffusers.utils.torch_utils import get_module_execution_device

    pixels = pipe.video_processor.preprocess(shot.image, height=shot.height, width=shot.width)[:, :, None]
    pixels = pixels.to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
    return normalised(pipe.vae, pipe.vae.encode(pixels).latent_dist.mode())[0, :, 0]


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """Frames as they come."""
    return wan(pipe.vae, unnormalised(pipe.vae, latents.float()))


METHOD = Method(
    pipeline="WanImageToVideoPipeline",
    arguments=pictured,
    encode=encoded,
    prepared=shifted(3.0, 5.0),
    latents=first_frame,
    decode=decoded,
)
