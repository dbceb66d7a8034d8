"""Stable Video Diffusion (Blattmann et al. 2023, https://arxiv.org/abs/2311.15127): a few frames of gentle motion.

It has no text encoder. How much moves is a number, the motion bucket (1..255, 127 in training's middle); the words of
the prompt only choose that number here, by a rule of ours (`motion_bucket`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

# Halves only; each folder holds the same weights once more in full, and the root all of them in one file.
FILES = ("model_index.json", "*/*.json", "unet/*.fp16.safetensors", "vae/*.fp16.safetensors",
         "image_encoder/*.fp16.safetensors")  # fmt: skip
CHUNK = 4  # frames decoded together: the decoder looks along time within them, and they cost 4.5 GiB at 576 x 1024
NOTE = "Reads no text: the words only choose how much moves."
BASE = VideoSpec(
    name="svd-xt-1-1",
    title="Stable Video Diffusion XT 1.1",
    family="Stable Video Diffusion",
    about=f"Gentle motion from the picture alone, 25 frames. {NOTE}",
    licence="Stable Video Diffusion 1.1 Community License",
    commercial=False,
    source="https://arxiv.org/abs/2311.15127",
    weights=(
        Weights(
            repo="stabilityai/stable-video-diffusion-img2vid-xt-1-1",
            files=FILES,
            gib=4.2,
            gated=True,
            note="Commercial use needs Stability AI's agreement.",
        ),
    ),
    footprint=Footprint(
        components=(
            Component("unet", "denoiser", 1_524_623_082, kept=0.07),
            Component("image_encoder", "image", 632_076_800),
            Component("vae", "vae", 97_742_847),
        ),
        denoise=Peak(volume=0.526),
        decode=Peak(megapixel=1.91 * CHUNK),
        dtype="float16",
        savings=frozenset({"fp8", "model", "group", "sequential"}),
    ),
    reads=frozenset({"look"}),
    rank=70,
    extra="gpu",
    sizes=((480, 640), (576, 1024), (720, 1280)),
    stride=64,  # three halvings of latents that are an eighth of the picture
    max_area=576 * 1024,
    frames=(25, 25),
    fps=(7, 30, 14),
    native_fps=7,
    seconds=3.0,
    steps=(10, 50, 25),
    guidance=(1.0, 5.0, 3.0),
    prompted=False,
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="svd",
        title="Stable Video Diffusion",
        about=f"Gentle motion from the picture alone, 14 frames: the smallest of its family. {NOTE}",
        licence="Stable Video Diffusion Non-Commercial Community License",
        weights=(
            replace(
                BASE.weights[0],
                repo="stabilityai/stable-video-diffusion-img2vid",
                gated=False,
                note="For research and other non-commercial use.",
            ),
        ),
        frames=(14, 14),
        seconds=2.0,
        rank=71,
    ),
)
# How much moves, by the strongest word that is found: beginnings of words, and signs of scripts without spaces.
MOTION: tuple[tuple[int, str, str], ...] = (
    (180, "danc|jump|spin|twirl|run|tanz|spring|renn|dreh|bail|salt|corr|gir", "跳|舞|跑|转|춤|뛰|달리|돌"),
    (127, "walk|turn|wave|step|geh|lauf|wink|camin|anda|salud", "走|挥|걷|걸|흔들"),
    (40, "still|slow|gentl|subtl|breath|stand|calm|ruhig|langsam|sanft|steh|atm|quiet|lent|suave|parad|respir",
     "静|慢|站|呼吸|천천|가만"),
)  # fmt: skip
USUAL_MOTION = 100


def motion_bucket(prompt: str) -> int:
    """1..255, from the first row of MOTION that has a word in the prompt."""
    words = prompt.lower()
    found = (bucket for bucket, stems, signs in MOTION if re.search(rf"\b({stems})|{signs}", words))
    return next(found, USUAL_MOTION)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    return {
        "image": shot.image,
        "height": shot.height,
        "width": shot.width,
        "num_frames": shot.frames,
        "num_inference_steps": shot.steps,
        "min_guidance_scale": min(1.0, shot.guidance),
        "max_guidance_scale": shot.guidance,
        "fps": shot.fps,
        "motion_bucket_id": motion_bucket(shot.scene.prompt),
        "noise_aug_strength": 0.02,
    }


def first_frame(pipe: Any, shot: Shot) -> Tensor:
    """The picture's latents (C, h, w) as the denoiser has them. Its encoder overflows in halves."""
    import torch
    from diffusers.utils.torch_utils import get_module_execution_device

    vae, dtype = pipe.vae, pipe.vae.dtype
    overflows = dtype == torch.float16 and vae.config.force_upcast
    if overflows:
        vae.to(torch.float32)
    pixels = pipe.video_processor.preprocess(shot.image, height=shot.height, width=shot.width)
    latents = vae.encode(pixels.to(get_module_execution_device(vae), vae.dtype)).latent_dist.mode()
    if overflows:
        vae.to(dtype)
    return latents[0].float() * vae.config.scaling_factor


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """CHUNK frames at a time, as the pipeline does it. It returns (1, f, C, h, w) bare, not in a tuple as others do, so
    that the batch's only film arrives here."""
    from diffusers.utils.torch_utils import get_module_execution_device

    ready = latents / pipe.vae.config.scaling_factor
    for start in range(0, len(ready), CHUNK):
        part = ready[start : start + CHUNK].to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
        yield pipe.vae.decode(part, num_frames=len(part)).sample.float().cpu().transpose(0, 1)


METHOD = Method(
    pipeline="StableVideoDiffusionPipeline",
    arguments=arguments,
    decode=decoded,
    latents=first_frame,
    unpacked=lambda pipe, latents, shot: latents[0].transpose(0, 1),
    variant="fp16",
)
