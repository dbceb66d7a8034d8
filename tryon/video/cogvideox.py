"""CogVideoX (Yang et al. 2024, https://arxiv.org/abs/2408.06072), image to video.

5B-I2V has learnt positions for 720 x 480 and knows no other size; 1.5 takes any, and is the one for portraits. The 2B
model has no image to video: its authors published text to video only, so it is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import cogvideox
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

TEXT = Component("text_encoder", "text", 4_762_310_656)
VAE = Component("vae", "vae", 215_583_907)
BASE = VideoSpec(
    name="cogvideox-5b-i2v",
    title="CogVideoX 5B I2V",
    family="CogVideoX",
    about="Six seconds at 8 frames a second, in 720 x 480 only: a portrait gets borders, which are cut off again.",
    licence="CogVideoX License",
    commercial=False,
    source="https://arxiv.org/abs/2408.06072",
    weights=(
        Weights(
            repo="THUDM/CogVideoX-5b-I2V",
            gib=20.2,
            note="Free for research; commercial use needs a registration with Zhipu AI.",
        ),
    ),
    footprint=Footprint(
        components=(Component("transformer", "denoiser", 5_570_479_680, kept=0.15), TEXT, VAE),
        denoise=Peak(volume=0.157),
        decode=Peak(megapixel=42.7),
        tiled=Peak(fixed=3.7),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=61,
    extra="gpu",
    sizes=((480, 640), (720, 480), (720, 1280)),
    stride=16,
    native=((720, 480),),
    frame_rule=(8, 1),
    frames=(9, 49),
    fps=(8, 30, 8),
    native_fps=8,
    steps=(10, 60, 50),
    guidance=(1.0, 10.0, 6.0),
    prompting=Prompting(tokens=226),
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="cogvideox15-5b-i2v",
        title="CogVideoX 1.5 5B I2V",
        about="Up to ten seconds at 16 frames a second in any shape, portraits too.",
        weights=(replace(BASE.weights[0], repo="THUDM/CogVideoX1.5-5B-I2V"),),
        footprint=Footprint(
            components=(Component("transformer", "denoiser", 5_571_594_880, kept=0.15), TEXT, VAE),
            denoise=Peak(volume=0.08),
            decode=Peak(megapixel=42.7),
            tiled=Peak(fixed=3.7),
        ),
        sizes=((480, 640), (768, 1360), (720, 1280)),
        native=(),
        max_area=768 * 1360,
        frame_rule=(16, 1),
        frames=(17, 161),
        fps=(8, 30, 16),
        native_fps=16,
        rank=60,
    ),
)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    return pictured(pipe, shot) | {"use_dynamic_cfg": True}


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """1.5 denoises a whole number of frame pairs: the ones too many come first and are left out."""
    count = (shot.frames - 1) // pipe.vae_scale_factor_temporal + 1
    kept = latents[:, latents.shape[1] - count :].transpose(1, 2)
    return cogvideox(pipe.vae, kept / pipe.vae.config.scaling_factor)


METHOD = Method(
    pipeline="CogVideoXImageToVideoPipeline",
    arguments=arguments,
    decode=decoded,
    latents=lambda pipe, shot: encoded_picture(pipe, shot)[0, :, 0] * pipe.vae.config.scaling_factor,
    unpacked=lambda pipe, latents, shot: latents[0].transpose(0, 1),
)
