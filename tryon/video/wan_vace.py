"""Wan 2.1 VACE (Jiang et al., 2025): one model for many tasks; here the picture is its first frame, and the garment is
shown to it beside, so that it knows the cloth also where the picture hides it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Peak, Runtime, VideoModel, Weights
from tryon.video.diffusion.calls import sized
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with
from tryon.video.wan import BASE, LARGE, decoded, encoded, first_frame, footprint_of, shifted

if TYPE_CHECKING:
    from torch import Tensor

GREY = 128  # what is to be made, as upstream marks it
SMALL = replace(
    BASE,
    name="wan21-vace-1.3b",
    title="Wan 2.1 VACE 1.3B",
    about="Sees the garment's own photo beside the picture; small enough for most cards.",
    source="https://arxiv.org/abs/2503.07598",
    weights=(Weights(repo="Wan-AI/Wan2.1-VACE-1.3B-diffusers", gib=31.0),),
    footprint=footprint_of(
        Component("transformer", "denoiser", 2_153_972_032), without=("image_encoder",), denoise=Peak(volume=0.06)
    ),
    reads=frozenset({"look", "garments", "prompt"}),
    steps=(8, 60, 50),
    parallel=False,
    rank=46,
)
SPECS = (
    SMALL,
    replace(
        SMALL,
        name="wan21-vace-14b",
        title="Wan 2.1 VACE 14B",
        about="Sees the garment's own photo beside the picture; the most faithful to it when the person turns.",
        weights=(Weights(repo="Wan-AI/Wan2.1-VACE-14B-diffusers", gib=92.0),),
        footprint=footprint_of(
            Component("transformer", "denoiser", 17_337_592_896), without=("image_encoder",), denoise=Peak(volume=0.125)
        ),
        max_area=LARGE,
        rank=45,
    ),
)


def load(runtime: Runtime) -> VideoModel:
    """Loads a variant. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    """The call: the first frame is given and kept (black in the mask), the others are grey and to be made."""
    from PIL import Image

    size = (shot.width, shot.height)
    kept, made = Image.new("L", size, 0), Image.new("L", size, 255)
    grey = Image.new("RGB", size, (GREY, GREY, GREY))
    return {
        "video": [shot.image, *[grey] * (shot.frames - 1)],
        "mask": [kept, *[made] * (shot.frames - 1)],
        "reference_images": [Image.fromarray(garment) for garment in shot.garments()],
        **sized(shot),
        "num_frames": shot.frames,
    }


def without_references(pipe: Any, latents: Tensor, shot: Shot) -> Tensor:
    """The garments lie before the film, one latent frame each."""
    return latents[0, :, len(shot.scene.look.garments) :]


def film(pipe: Any, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
    return decoded(pipe, without_references(pipe, latents, shot)[None], shot)


METHOD = Method(
    pipeline="WanVACEPipeline",
    arguments=arguments,
    encode=encoded,
    prepared=shifted(3.0, 5.0),
    latents=first_frame,
    unpacked=without_references,
    decode=film,
)
