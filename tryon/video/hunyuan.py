"""HunyuanVideo I2V 13B (Tencent 2024, https://arxiv.org/abs/2412.03603).

The first frame of the latents is the picture's own in every step, so the film begins with exactly the picture. The
prompt is read by LLaVA, which sees the picture too. Guidance is an input of the network: one call per step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.calls import encoded_picture, pictured
from tryon.video.diffusion.decoding import temporal_tiles
from tryon.video.diffusion.llama import with_its_spaces
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with

if TYPE_CHECKING:
    from torch import Tensor

STABLE, DYNAMIC = 7.0, 17.0  # upstream's shifts of the schedule: "i2v-stability" and without it
BASE = VideoSpec(
    name="hunyuanvideo-i2v",
    title="HunyuanVideo I2V 13B",
    family="HunyuanVideo",
    about="Starts with exactly your picture and keeps it well; calm motion.",
    licence="Tencent Hunyuan Community License",
    commercial=False,
    source="https://arxiv.org/abs/2412.03603",
    weights=(
        Weights(
            repo="hunyuanvideo-community/HunyuanVideo-I2V",
            gib=40.6,
            note="The licence does not apply in the European Union, the United Kingdom and South Korea.",
        ),
    ),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 12_821_012_544, kept=0.3),
            Component("text_encoder", "text", 8_355_272_704, kept=0.13),
            Component("text_encoder_2", "text", 123_060_480, kept=0.32),
            Component("vae", "vae", 246_478_803),
        ),
        denoise=Peak(volume=0.111),
        decode=Peak(megapixel=36.7),
        tiled=Peak(fixed=2.6),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=50,
    extra="gpu",
    sizes=((480, 640), (544, 960), (720, 1280)),
    stride=16,
    max_area=720 * 1280,
    frame_rule=(4, 1),
    frames=(5, 129),
    fps=(12, 30, 24),
    native_fps=24,
    steps=(10, 60, 50),
    guidance=(1.0, 10.0, 6.0),
    prompting=Prompting(tokens=256),
    clamps_first=True,
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="hunyuanvideo-i2v-dynamic",
        title="HunyuanVideo I2V 13B, livelier",
        about="Starts with exactly your picture; more motion, and less of it kept.",
        rank=51,
    ),
)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    lively = runtime.spec.name.endswith("-dynamic")
    return film_with(runtime, replace(METHOD, prepared=shifted(DYNAMIC if lively else STABLE)))


def shifted(shift: float) -> Any:
    """Sets the schedule's shift before a run."""

    def prepare(pipe: Any, shot: Shot) -> None:
        pipe.scheduler.set_shift(shift)

    return prepare


def decoded(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    """13 frames, then 12 with each further piece of time."""
    return temporal_tiles(pipe.vae, latents / pipe.vae.config.scaling_factor)


METHOD = Method(
    pipeline="HunyuanVideoImageToVideoPipeline",
    arguments=pictured,
    decode=decoded,
    latents=lambda pipe, shot: encoded_picture(pipe, shot)[0, :, 0] * pipe.vae.config.scaling_factor,
    opened=with_its_spaces,
)
