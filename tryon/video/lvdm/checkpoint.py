"""A model of the family from its published file: a .ckpt with everything in it, or a pruned .safetensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tryon.errors import WeightsMissing
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.ldm import autoencoder
from tryon.video.lvdm import towers
from tryon.weights import ldm
from tryon.weights.files import read_shapes
from tryon.weights.fill import built, fill
from tryon.weights.hub import INSTEAD
from tryon.weights.rules import RESAMPLER, RESAMPLER_PARTED, below

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSizes:
    """What no weight tells about the published networks."""

    unet: int = 64  # channels of a head
    resampler: int = 64  # channels of a head
    text: int = 16  # heads of OpenCLIP's text tower
    vision: int = 16  # of its vision tower


@dataclass(frozen=True)
class Parts:
    """The networks of one checkpoint. `vision` and `resampler` are None where it reads no image tokens."""

    unet: Any
    vae: Any
    text: Any
    vision: Any | None
    resampler: Any | None


Home = Callable[[Any], Any]  # a network that was just read -> the same, where it waits


def open_parts(
    path: Path, clip: Path, heads: HeadSizes, *, title: str, dtype: Any, home: Home = lambda network: network
) -> Parts:
    """All networks. `clip`: OpenCLIP's folder, read where the checkpoint holds no towers.

    Raises WeightsMissing when the file is not such a checkpoint, WeightsRefused when opening it could run code.
    """
    shapes = read_shapes(path, title=title)
    lead = ldm.WRAPPED if any(key.startswith(ldm.WRAPPED) for key in shapes) else ""
    shapes = below(shapes, lead)
    try:
        return _parts(path, clip, heads, lead, shapes, title, dtype, home)
    except (KeyError, ValueError, IndexError, StopIteration):
        text = f"the file {path.name} is not a checkpoint of this family"
        raise WeightsMissing(model=title, missing=text, instead=INSTEAD) from None


def _parts(
    path: Path, clip: Path, heads: HeadSizes, lead: str, shapes: Shapes, title: str, dtype: Any, home: Home
) -> Parts:
    from tryon.nets.lvdm import VideoUNet, unet_params

    inside = below(shapes, ldm.UNET)
    params = unet_params(
        {key.replace("framestride_embed", "fps_embedding"): v for key, v in inside.items()}, heads.unet
    )
    unet = fill(
        built(lambda: VideoUNet(params)),
        [path],
        title=title,
        dtype=dtype,
        prefix=lead + ldm.UNET,
        known=("",),
        rules=ldm.video_unet(len(params.widths), params.blocks),
        split=ldm.as_linear,
    )
    unet = home(unet)
    text, vision = _towers(path, clip, heads, lead, shapes, title, dtype, images=params.image_tokens)
    text, vision = home(text), None if vision is None else home(vision)
    resampler = home(_resampler(path, heads, lead, title, dtype)) if params.image_tokens else None
    return Parts(unet, home(autoencoder(path, title=title, dtype=dtype, lead=lead)), text, vision, resampler)


def _towers(
    path: Path, clip: Path, heads: HeadSizes, lead: str, shapes: Shapes, title: str, dtype: Any, *, images: bool
) -> tuple[Any, Any | None]:
    inner_text, inner_vision = below(shapes, ldm.TEXT), below(shapes, ldm.VISION)
    if not inner_text:
        text, vision = towers.own_towers(clip, title, dtype)
        return text, vision if images else None
    text = towers.text_tower([path], lead, inner_text, heads.text, title, dtype)
    if not images:
        return text, None
    return text, towers.vision_tower([path], lead, inner_vision, heads.vision, title, dtype)


def _resampler(path: Path, heads: HeadSizes, lead: str, title: str, dtype: Any) -> Any:
    prefix = lead + ldm.RESAMPLER
    return fill(
        models.empty_resampler([path], prefix, title=title, head=heads.resampler),
        [path],
        title=title,
        dtype=dtype,
        prefix=prefix,
        known=("",),
        rules=RESAMPLER,
        parted=RESAMPLER_PARTED,
    )
