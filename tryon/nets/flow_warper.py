"""The appearance flow warper of PF-AFN (Ge et al., CVPR 2021), as DCI-VTON trained it on parsed people.

Two feature pyramids, one of the garment and one of the person; from the coarsest level up, a correlation of both says
where each pixel of the garment moves, and a second head corrects that. The attribute names are the published keys.
The correlation is 49 shifted products: no CUDA kernel, and a twelfth of the memory of an unfolded neighbourhood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RADIUS = 3  # px at each level, how far the correlation looks
SLOPE = 0.1
HEAD = (128, 64, 32, 2)  # channels of a flow head


def correlation(garment: Tensor, person: Tensor, radius: int = RADIUS) -> Tensor:
    """(n, c, h, w) twice -> (n, (2 radius + 1)^2, h, w): mean product over the channels with the person's features
    shifted by every displacement, row by row; 0 beyond the picture."""
    height, width = garment.shape[-2:]
    framed = F.pad(person, (radius,) * 4)
    side = 2 * radius + 1
    shifts = [(garment * framed[..., y : y + height, x : x + width]).mean(1) for y in range(side) for x in range(side)]
    return torch.stack(shifts, dim=1)


def sampling_grid(offsets: Tensor) -> Tensor:
    """(n, 2, h, w) offsets in px (x, y) -> (n, h, w, 2) places for `looked_up`.

    Divided by (size - 1) / 2, which belongs to corners that are aligned, and looked up with corners that are not: the
    published weights were trained on that.
    """
    height, width = offsets.shape[-2:]
    kind = {"device": offsets.device, "dtype": offsets.dtype}
    y, x = torch.meshgrid(torch.arange(height, **kind), torch.arange(width, **kind), indexing="ij")
    return torch.stack(
        [(x + offsets[:, 0]) / ((width - 1) / 2) - 1, (y + offsets[:, 1]) / ((height - 1) / 2) - 1], dim=-1
    )


def looked_up(picture: Tensor, grid: Tensor, *, outside: str = "border") -> Tensor:
    """(n, c, h, w) at the places (n, h', w', 2) in -1..1; `outside` "border" or "zeros"."""
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode=outside, align_corners=False)


def as_grid(flow: Tensor) -> Tensor:
    return flow.permute(0, 2, 3, 1)


class Residual(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, width: int) -> None:
        super().__init__()
        self.block = nn.Sequential(*_normed(width, width), *_normed(width, width))

    def forward(self, features: Tensor) -> Tensor:
        return cast(Tensor, features + self.block(features))


class Halving(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.block = nn.Sequential(*_normed(width, out, stride=2))

    def forward(self, features: Tensor) -> Tensor:
        return cast(Tensor, self.block(features))


class Encoder(nn.Module):  # type: ignore[misc,unused-ignore]
    """(n, channels, h, w) -> features of every level, finest first, each half as large as the one before."""

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        pairs = zip((channels, *widths[:-1]), widths, strict=True)
        self.encoders = nn.ModuleList([nn.Sequential(Halving(a, b), Residual(b), Residual(b)) for a, b in pairs])

    def forward(self, picture: Tensor) -> list[Tensor]:
        levels = []
        for stage in self.encoders:
            picture = stage(picture)
            levels.append(picture)
        return levels


class Pyramid(nn.Module):  # type: ignore[misc,unused-ignore]
    """Features of every level at one width, coarsest first (Lin et al., CVPR 2017)."""

    def __init__(self, widths: Sequence[int], out: int) -> None:
        super().__init__()
        self.adaptive = nn.ModuleList([nn.Conv2d(width, out, 1) for width in reversed(widths)])
        self.smooth = nn.ModuleList([nn.Conv2d(out, out, 3, padding=1) for _ in widths])

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        found: list[Tensor] = []
        for level, adapt, smooth in zip(reversed(levels), self.adaptive, self.smooth, strict=True):
            own = adapt(level)
            if found:
                own = own + F.interpolate(found[-1], scale_factor=2, mode="nearest")
            found.append(smooth(own))
        return found


class Heads(nn.Module):  # type: ignore[misc,unused-ignore]
    """The two flow heads of every level, coarsest first."""

    def __init__(self, levels: int, width: int) -> None:
        super().__init__()
        self.netMain = nn.ModuleList([_head((2 * RADIUS + 1) ** 2) for _ in range(levels)])
        self.netRefine = nn.ModuleList([_head(2 * width) for _ in range(levels)])


class FlowWarper(nn.Module):  # type: ignore[misc,unused-ignore]
    """Where each pixel of a garment on the person comes from."""

    def __init__(self, condition: int, widths: Sequence[int], pyramid: int) -> None:
        """`condition` channels of the person; `widths` of the levels, finest first; `pyramid` width of all of them."""
        super().__init__()
        self.image_features, self.cond_features = Encoder(3, widths), Encoder(condition, widths)
        self.image_FPN, self.cond_FPN = Pyramid(widths, pyramid), Pyramid(widths, pyramid)
        self.aflow_net = Heads(len(widths), pyramid)

    @classmethod
    def like(cls, shapes: Mapping[str, tuple[int, ...]]) -> FlowWarper:
        """The network that published weights of these shapes belong to. KeyError for others."""
        levels = sum(key.endswith(".0.block.2.weight") and key.startswith("image_features") for key in shapes)
        widths = [shapes[f"image_features.encoders.{i}.0.block.2.weight"][0] for i in range(levels)]
        condition = shapes["cond_features.encoders.0.0.block.2.weight"][1]
        return cls(condition, widths, shapes["image_FPN.smooth.0.weight"][0])

    def forward(self, person: Tensor, garment: Tensor) -> Tensor:
        """person (n, condition, h, w), garment (n, 3, h, w) in -1..1 -> flow (n, 2, h, w), places in -1..1.

        Height and width are multiples of 2 to the power of the levels.
        """
        flow: Tensor | None = None
        cloth = self.image_FPN(self.image_features(garment))
        body = self.cond_FPN(self.cond_features(person))
        for own, seen, main, refine in zip(cloth, body, self.aflow_net.netMain, self.aflow_net.netRefine, strict=True):
            moved = own if flow is None else looked_up(own, as_grid(flow))
            grid = sampling_grid(main(F.leaky_relu(correlation(moved, seen), SLOPE)))
            flow = grid.permute(0, 3, 1, 2) if flow is None else looked_up(flow, grid)
            grid = sampling_grid(refine(torch.cat([looked_up(own, as_grid(flow)), seen], dim=1)))
            flow = F.interpolate(looked_up(flow, grid), scale_factor=2, mode="bilinear", align_corners=False)
        assert flow is not None
        return flow


def _normed(width: int, out: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, out, 3, stride, 1, bias=False)


def _head(width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index, (a, b) in enumerate(zip((width, *HEAD[:-1]), HEAD, strict=True)):
        layers.append(nn.Conv2d(a, b, 3, padding=1))
        if index < len(HEAD) - 1:
            layers.append(nn.LeakyReLU(SLOPE))
    return nn.Sequential(*layers)
