"""The published files of FashionFlow and X2Fashion, and those that tryon.train.fashion exports in the same form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tryon.errors import WeightsMissing
from tryon.weights.files import read_shapes
from tryon.weights.fill import built, fill
from tryon.weights.hub import INSTEAD
from tryon.weights.rules import below

CLEAN = "scaled_right"  # the name of a number in files exported here
Shapes = Mapping[str, tuple[int, ...]]


def open_unet(path: Path, name: str, heads: tuple[int, int], *, title: str, dtype: Any) -> Any:
    """The UNet under `name` in a file. `heads`: heads and channels of a head of its attentions, which no weight tells.

    Raises WeightsMissing when the file is not such a checkpoint, WeightsRefused when opening it could run code.
    """
    from tryon.nets.fashion import FashionUNet

    shapes = below(read_shapes(path, title=title), f"{name}.")
    try:
        params = unet_params(shapes, heads)
    except (KeyError, ValueError):
        raise _not_one(path, title) from None
    return _filled(lambda: FashionUNet(params), path, name, title, dtype)


def open_adapter(path: Path, *, title: str, dtype: Any) -> Any:
    """FashionFlow's adapter."""
    from tryon.nets.fashion import Adapter

    shapes = below(read_shapes(path, title=title), "adapter.")
    try:
        (context, pooled), (tokens, joined) = shapes["vae2clip.weight"], shapes["linear1.weight"]
    except (KeyError, ValueError):
        raise _not_one(path, title) from None
    return _filled(lambda: Adapter(pooled, context, tokens, joined - tokens), path, "adapter", title, dtype)


def open_controls(path: Path, *, title: str, dtype: Any) -> tuple[Any, Any]:
    """X2Fashion's pose and appearance networks."""
    from tryon.nets.fashion import AppearanceNet, PoseNet

    shapes = read_shapes(path, title=title)
    pose, look = below(shapes, "pose_net."), below(shapes, "app_net.")
    try:
        pose_widths = [
            pose[f"conv_layers.{2 * index}.weight"][0] for index in range(_count(pose, "conv_layers.") // 2 + 1)
        ]
        pairs = range(1, _count(look, "blocks.") + 1, 2)
        widths = [look["conv_in.weight"][0], *(look[f"blocks.{index}.weight"][0] for index in pairs)]
        channels, out, pose_out = look["conv_in.weight"][1], look["conv_out.weight"][0], pose["final_proj.weight"][0]
    except (KeyError, ValueError):
        raise _not_one(path, title) from None
    return (
        _filled(lambda: PoseNet(pose_out, pose_widths), path, "pose_net", title, dtype),
        _filled(lambda: AppearanceNet(channels, out, widths), path, "app_net", title, dtype),
    )


def has_slips(path: Path, *, title: str) -> bool:
    """Whether a file is as the authors published it; what is exported here says that its pictures were scaled right."""
    return CLEAN not in read_shapes(path, title=title)


def unet_params(shapes: Shapes, heads: tuple[int, int]) -> Any:
    """Sizes of a UNet, read off the shapes of its weights. Raises KeyError or ValueError."""
    from tryon.nets.fashion import FashionParams

    levels = range(1 + _count(shapes, "downs."))
    width, channels = shapes["conv_in.spatial_conv.weight"][:2]
    return FashionParams(
        width=width,
        channels=channels,
        widths=tuple(shapes[f"downs.{level}.0.block1.norm.weight"][0] // width for level in levels),
        halves_time=tuple(f"downs.{level}.3.down_time.1.weight" in shapes for level in levels),
        attends=tuple(f"downs.{level}.2.spatial_attn.to_q.weight" in shapes for level in levels),
        depths=tuple(1 + _count(shapes, f"downs.{level}.1.") for level in levels),
        heads=heads[0],
        head=heads[1],
        context=shapes["downs.0.4.attention_2.k_proj.weight"][1],
    )


def _count(shapes: Shapes, prefix: str) -> int:
    """The highest number after `prefix`."""
    return max(int(key.removeprefix(prefix).split(".")[0]) for key in shapes if key.startswith(prefix))


def _filled(make: Any, path: Path, name: str, title: str, dtype: Any) -> Any:
    return fill(built(make), [path], title=title, dtype=dtype, prefix=f"{name}.", known=("",))


def _not_one(path: Path, title: str) -> WeightsMissing:
    return WeightsMissing(model=title, missing=f"the file {path.name} is not one of its checkpoints", instead=INSTEAD)
