"""LTX-Video (Lightricks 2025, https://arxiv.org/abs/2501.00103): the quick one, for its latents are 32 x 32 x 8 pixels.

The distilled 13B model needs 8 steps and no guidance. The picture's latents are the first frame's in every step; the
autoencoder decodes each frame with its neighbours, so that the first one comes out close to the picture, not equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import temporal_tiles
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

# The authors' timesteps for the distilled model (configs/ltxv-13b-0.9.8-distilled.yaml), and the last one, almost 0.
DISTILLED = (1000.0, 993.7, 987.5, 981.2, 975.0, 909.4, 725.0, 0.03)
DECODE_TIME, DECODE_NOISE = 0.05, 0.025  # the decoder takes the last bit of noise away itself
NEGATIVE = "worst quality, inconsistent motion, blurry, jittery, distorted"
TEXT = Component("text_encoder", "text", 4_762_310_656)
VAE = Component("vae", "vae", 1_246_913_522)
BASE = VideoSpec(
    name="ltx-098-13b-fast",
    title="LTX-Video 0.9.8 13B, distilled",
    family="LTX-Video",
    about="Fast: 8 steps without guidance, also at 720p.",
    licence="LTX-Video Open Weights License",
    commercial=True,
    source="https://arxiv.org/abs/2501.00103",
    weights=(
        Weights(
            repo="Lightricks/LTX-Video-0.9.8-13B-distilled",
            files=("model_index.json", "*/*.json", "transformer/*.safetensors", "text_encoder/*.safetensors",
                   "vae/*.safetensors", "tokenizer/*"),
            gib=45.5,
            note="Free for companies with a yearly revenue below 10 million US dollars.",
        ),
    ),
    footprint=Footprint(
        components=(Component("transformer", "denoiser", 13_042_569_344), TEXT, VAE),
        denoise=Peak(volume=0.0287),
        decode=Peak(megapixel=1.6 * 11.0),
        tiled=Peak(fixed=1.8),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=42,
    extra="gpu",
    sizes=((480, 640), (704, 1216), (720, 1280)),
    stride=32,
    max_area=736 * 1280,
    frame_rule=(8, 1),
    frames=(9, 257),
    fps=(12, 30, 24),
    steps=(8, 8, 8),
    guidance=(1.0, 1.0, 1.0),
    prompting=Prompting(negative=NEGATIVE, tokens=256),
)  # fmt: skip
SPECS = (
    BASE,
    replace(
        BASE,
        name="ltx-095-2b",
        title="LTX-Video 0.9.5 2B",
        about="The small one of its family, also for small cards.",
        licence="LTX-Video 0.9.5 License (OpenRAIL-M)",
        weights=(replace(BASE.weights[0], repo="Lightricks/LTX-Video-0.9.5", gib=15.6, note=""),),
        footprint=Footprint(
            components=(Component("transformer", "denoiser", 1_923_385_472), TEXT, VAE),
            denoise=Peak(volume=0.0287),
            decode=Peak(megapixel=1.6 * 11.0),
            tiled=Peak(fixed=1.8),
        ),
        max_area=704 * 1216,
        steps=(20, 60, 40),
        guidance=(1.0, 8.0, 3.0),
        rank=56,
    ),
)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def opened(pipe: Any) -> Any:
    """Decodes in overlapping pieces of time, so that frames come while the rest is decoded."""
    pipe.vae.use_framewise_decoding = True
    return pipe


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    distilled = {"timesteps": list(DISTILLED)} if shot.spec.steps[1] == len(DISTILLED) else {}
    return pictured(pipe, shot) | {"frame_rate": shot.fps} | distilled


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """9 frames, then 8 at a time."""
    import torch

    vae = pipe.vae
    ready = pipe._denormalize_latents(latents, vae.latents_mean, vae.latents_std, vae.config.scaling_factor)
    time = None
    if vae.config.timestep_conditioning:
        generator = torch.Generator("cpu").manual_seed(shot.scene.seed)
        noise = torch.randn(ready.shape, generator=generator).to(ready)
        ready = (1 - DECODE_NOISE) * ready + DECODE_NOISE * noise
        time = torch.tensor([DECODE_TIME], device=ready.device, dtype=vae.dtype)
    return temporal_tiles(vae, ready, drops_last=True, time=time)


def first_frame(pipe: Any, shot: Shot) -> Tensor:
    """The picture's latents (C, h, w) as the denoiser has them."""
    vae = pipe.vae
    return pipe._normalize_latents(encoded_picture(pipe, shot), vae.latents_mean, vae.latents_std)[0, :, 0]


def unpacked(pipe: Any, latents: Tensor, shot: Shot) -> Tensor:
    ratio = pipe.vae_spatial_compression_ratio
    count = (shot.frames - 1) // pipe.vae_temporal_compression_ratio + 1
    return pipe._unpack_latents(latents, count, shot.height // ratio, shot.width // ratio)[0]


METHOD = Method(
    pipeline="LTXConditionPipeline",
    arguments=arguments,
    decode=decoded,
    latents=first_frame,
    unpacked=unpacked,
    opened=opened,
)
