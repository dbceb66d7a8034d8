"""SkyReels V2 I2V (Skywork 2025, https://arxiv.org/abs/2504.13074): Wan 2.1 trained on for films of people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import normalised, unnormalised, wan
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

REST = (
    Component("text_encoder", "text", 5_680_910_336, kept=0.19),
    Component("image_encoder", "image", 632_076_800, "float32"),
    Component("vae", "vae", 126_892_531, "float32"),
)
# Upstream's own (SkyReels-V2, generate_video.py).
NEGATIVE = (
    "Bright tones, overexposed, static, blurred details, subtitles, style, works, paintings, images, static, overall "
    "gray, worst quality, low quality, JPEG compression residue, ugly, incomplete, extra fingers, poorly drawn hands, "
    "poorly drawn faces, deformed, disfigured, misshapen limbs, fused fingers, still picture, messy background, three "
    "legs, many people in the background, walking backwards"
)
BASE = VideoSpec(
    name="skyreels-v2-1.3b",
    title="SkyReels V2 I2V 1.3B",
    family="SkyReels V2",
    about="A small model of people in motion, at 540p.",
    licence="Skywork Community License",
    commercial=False,
    source="https://arxiv.org/abs/2504.13074",
    weights=(
        Weights(
            repo="Skywork/SkyReels-V2-I2V-1.3B-540P-Diffusers",
            gib=18.0,
            note="Commercial use within the terms of Skywork's licence.",
        ),
    ),
    footprint=Footprint(
        components=(Component("transformer", "denoiser", 1_564_428_608), *REST),
        denoise=Peak(volume=0.0465),
        decode=Peak(megapixel=18.4),
        tiled=Peak(fixed=1.5),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=55,
    extra="gpu",
    sizes=((480, 640), (544, 960), (720, 1280)),
    stride=16,
    max_area=544 * 960,
    frame_rule=(4, 1),
    frames=(5, 97),
    fps=(12, 30, 24),
    native_fps=24,
    steps=(10, 60, 50),
    guidance=(1.0, 10.0, 5.0),
    prompting=Prompting(negative=NEGATIVE, tokens=512),
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="skyreels-v2-14b",
        title="SkyReels V2 I2V 14B",
        about="People in motion at 540p, close to film; slow.",
        weights=(replace(BASE.weights[0], repo="Skywork/SkyReels-V2-I2V-14B-540P-Diffusers", gib=45.0),),
        footprint=Footprint(
            components=(Component("transformer", "denoiser", 16_394_878_784), *REST),
            denoise=Peak(volume=0.1075),
            decode=Peak(megapixel=18.4),
            tiled=Peak(fixed=1.5),
        ),
        rank=54,
    ),
)
SHIFT = 5.0


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def prepared(pipe: Any, shot: Shot) -> None:
    from diffusers import UniPCMultistepScheduler

    pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift=SHIFT)


METHOD = Method(
    pipeline="SkyReelsV2ImageToVideoPipeline",
    arguments=pictured,
    decode=lambda pipe, latents, shot: wan(pipe.vae, unnormalised(pipe.vae, latents.float())),
    latents=lambda pipe, shot: normalised(pipe.vae, encoded_picture(pipe, shot))[0, :, 0],
    prepared=prepared,
)
