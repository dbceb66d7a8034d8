"""The garment landmark network: the person parser's blocks, one head of heat maps and a map of where the garment is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tryon.train.parser.net import CENTRE, SPREAD, Attention, Residual, conv


@dataclass(frozen=True, kw_only=True)
class GarmentNetParams:
    """Sizes of the network. Widths are those of the grids at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input."""

    height: int = 192
    width: int = 160
    widths: tuple[int, int, int, int, int] = (12, 24, 48, 80, 112)
    attention: int = 2
    heads: int = 4
    decoder: int = 40
    points: int


class GarmentNet(nn.Module):  # type: ignore[misc]
    """(N,3,H,W) RGB 0..255 -> (N,points+1,H/4,W/4): heat maps of 0..1, and last the logit of the garment's cover."""

    def __init__(self, params: GarmentNetParams) -> None:
        super().__init__()
        a, b, c, d, e = params.widths
        cells = params.height // 32, params.width // 32
        self.stem, self.down1, self.down2 = conv(3, a, 2), Residual(a, b, 2), Residual(b, c, 2)
        self.down3, self.down4 = Residual(c, d, 2), Residual(d, e, 2)
        self.context = nn.Sequential(*(Attention(e, cells, params.heads) for _ in range(params.attention)))
        self.up3, self.up2, self.up1 = conv(e + d, d), conv(d + c, c), conv(c + b, params.decoder)
        self.head = nn.Sequential(conv(params.decoder, params.decoder), nn.Conv2d(params.decoder, params.points + 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        x1 = self.down1(self.stem((pictures - CENTRE) / SPREAD))
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        y = self.context(self.down4(x3))
        for up, skip in ((self.up3, x3), (self.up2, x2), (self.up1, x1)):
            y = up(torch.cat([F.interpolate(y, size=skip.shape[2:], mode="bilinear", align_corners=False), skip], 1))
        answer: Tensor = self.head(y)
        return answer


def loss(answer: Tensor, heat: Tensor, cover: Tensor) -> Tensor:
    """answer as of GarmentNet, heat (N,points,h,w) 0..1, cover (N,h,w) 0..1 -> what is minimised."""
    joints = ((1 + 30 * heat) * (answer[:, :-1].float() - heat) ** 2).mean()
    return 10 * joints + 0.1 * F.binary_cross_entropy_with_logits(answer[:, -1].float(), cover)
