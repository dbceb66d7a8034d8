"""What a clip's denoiser needs beside stock motion modules: a norm per frame, pose features, overlapping windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn


class PerFrameGroupNorm(nn.GroupNorm):  # type: ignore[misc,unused-ignore]
    """GroupNorm of (n, c, frames, h, w), each frame by its own moments."""

    def forward(self, features: Tensor) -> Tensor:
        count, channels, frames, height, width = features.shape
        flat = features.transpose(1, 2).reshape(count * frames, channels, height, width)
        normed = super().forward(flat).reshape(count, frames, channels, height, width)
        return cast(Tensor, normed.transpose(1, 2))


def normed_per_frame(unet: nn.Module) -> nn.Module:
    """Makes the motion modules of a UNetMotionModel normalise every frame by itself, in place.

    diffusers' own norm takes its moments over all frames together, which is another network than AnimateDiff's, from
    which ViViD's and others' weights come: its output is off by half of its range.
    """
    for name, module in unet.named_modules():
        if name.split(".")[-2:-1] == ["motion_modules"]:
            stock = module.norm
            assert isinstance(stock, nn.GroupNorm)
            norm = PerFrameGroupNorm(stock.num_groups, stock.num_channels, eps=stock.eps)
            norm.load_state_dict(stock.state_dict(), assign=True)
            module.norm = norm
    return unet


class PoseGuider(nn.Module):  # type: ignore[misc,unused-ignore]
    """Pictures of bodies -> features that are added to a denoiser's first ones (AnimateAnyone, Hu et al. 2023)."""

    def __init__(self, out: int, widths: Sequence[int], channels: int = 3) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for width, wider in pairwise(widths):
            self.blocks.append(nn.Conv2d(width, width, 3, padding=1))
            self.blocks.append(nn.Conv2d(width, wider, 3, padding=1, stride=2))
        self.conv_out = nn.Conv2d(widths[-1], out, 3, padding=1)

    @classmethod
    def like(cls, shapes: Mapping[str, tuple[int, ...]]) -> PoseGuider:
        """The network that weights of these shapes belong to. KeyError for others."""
        count = sum(key.startswith("blocks.") and key.endswith(".weight") for key in shapes)
        wider = [shapes[f"blocks.{index}.weight"][0] for index in range(1, count, 2)]
        first = shapes["conv_in.weight"]
        return cls(shapes["conv_out.weight"][0], (first[0], *wider), first[1])

    def forward(self, pictures: Tensor) -> Tensor:
        """(n, 3, h, w) in 0..1 -> (n, out, h / 8, w / 8)."""
        features = F.silu(self.conv_in(pictures))
        for block in self.blocks:
            features = F.silu(block(features))
        return cast(Tensor, self.conv_out(features))


class Hint:
    """Features that a UNet adds to what its first convolution gives: (rows, c, h, w), or None."""

    def __init__(self, unet: nn.Module) -> None:
        self.features: Tensor | None = None
        unet.conv_in.register_forward_hook(self._add)

    def _add(self, conv: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output if self.features is None else output + self.features


def windows(frames: int, size: int, overlap: int) -> Iterator[list[int]]:
    """The frames of each window: all at once where they fit, else a closed loop, the last window running on to the
    first frames."""
    if frames <= size:
        yield list(range(frames))
        return
    for start in range(0, frames, size - overlap):
        yield [index % frames for index in range(start, start + size)]
