"""TAEHV's decoder (Boer Bohan, https://github.com/madebyollin/taehv, MIT): latents of a video model to a small film.

The published networks differ in numbers only: channels of the latents, widths, how many frames grow from one frame of
the latents, and the patch of pixels that a last channel holds. All of it can be read off the shapes of a file.

Made for previews, as its author offers: one frame for each frame of the latents, the last of those that would grow
from it, and no more doublings of the size than are wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

STAGES = 3  # each may double the size
LAST = 22  # index of the last layer


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyParams:
    """The numbers of a network."""

    latents: int  # channels that it reads
    widths: tuple[int, int, int, int]
    patch: int  # px; the last layer has 3 * patch * patch channels

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> TinyParams:
        """Of a file's shapes. Raises KeyError where a layer lacks."""
        first, *rest = (shapes[f"decoder.{index}.weight"] for index in (1, 8, 14, 20))
        patch = round((shapes[f"decoder.{LAST}.weight"][0] / 3) ** 0.5)
        widths = first[0], rest[0][0], rest[1][0], rest[2][0]
        return cls(latents=first[1], widths=widths, patch=patch)


class Remembering(nn.Module):  # type: ignore[misc,unused-ignore]
    """Three convolutions over a frame and the one before it at the same place of the network."""

    def __init__(self, width: int) -> None:
        super().__init__()
        first = conv(2 * width, width)
        self.conv = nn.Sequential(first, nn.ReLU(), conv(width, width), nn.ReLU(), conv(width, width))

    def forward(self, frame: Tensor, before: Tensor) -> Tensor:
        return functional.relu(self.conv(torch.cat([frame, before], dim=1)) + frame)


class Growing(nn.Module):  # type: ignore[misc,unused-ignore]
    """What makes several frames of one; here the last of them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, frame: Tensor) -> Tensor:
        return self.conv(frame)


class Bounded(nn.Module):  # type: ignore[misc,unused-ignore]
    """-3..3, smoothly."""

    def forward(self, frame: Tensor) -> Tensor:
        return torch.tanh(frame / 3) * 3


class TinyDecoder(nn.Module):  # type: ignore[misc,unused-ignore]
    """`decoder` holds the layers under the numbers that they have in the published files."""

    def __init__(self, params: TinyParams) -> None:
        super().__init__()
        self.params = params
        layers: list[nn.Module] = [Bounded(), conv(params.latents, params.widths[0]), nn.ReLU()]
        for width, following in pairwise(params.widths):
            layers += [*(Remembering(width) for _ in range(3)), nn.Upsample(scale_factor=2), Growing(width)]
            layers.append(conv(width, following, bias=False))
        layers += [nn.ReLU(), conv(params.widths[-1], 3 * params.patch**2)]
        self.decoder = nn.Sequential(*layers)

    def forward(self, latents: Tensor, doublings: int = STAGES) -> Tensor:
        """(f, C, h, w) as the denoiser has them -> (f, 3, H, W) in 0..1, H = h * patch * 2 ** doublings.

        Frame by frame, so that memory does not grow with their number.
        """
        before: dict[int, Tensor] = {}
        frames = []
        for frame in latents.split(1):
            doubled = 0
            for index, layer in enumerate(self.decoder):
                if isinstance(layer, Remembering):
                    past = before.get(index, torch.zeros_like(frame))
                    before[index], frame = frame, layer(frame, past)
                elif isinstance(layer, nn.Upsample):
                    doubled += 1
                    frame = layer(frame) if doubled <= doublings else frame
                else:
                    frame = layer(frame)
            frames.append(functional.pixel_shuffle(frame, self.params.patch).clamp(0, 1))
        return torch.cat(frames)


def conv(inward: int, outward: int, *, bias: bool = True) -> nn.Conv2d:
    """3 x 3."""
    return nn.Conv2d(inward, outward, 3, padding=1, bias=bias)
