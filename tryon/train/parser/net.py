"""The parser network: a small residual U-Net with attention on its coarsest grid and four heads.

Written for CPUs: plain 3x3 convolutions, ReLU and batch norm (which the exporter folds away), and global context
from a few attention layers on the 1/32 grid, where they cost next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Colours arrive as 0..255; the network centres them itself so that the ONNX file takes plain pictures.
CENTRE, SPREAD = 127.5, 63.75


@dataclass(frozen=True, kw_only=True)
class NetParams:
    """Sizes of the network. Widths are those of the grids at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input."""

    height: int
    width: int
    widths: tuple[int, int, int, int, int]
    blocks: tuple[int, int, int, int]  # residual blocks at 1/4, 1/8, 1/16, 1/32
    attention: int  # layers on the 1/32 grid
    attention_heads: int
    decoder: int  # width of the 1/4 grid on the way up
    final: int  # width of the 1/2 grid that the maps are read from
    labels: int
    keypoints: int
    parts: int
    normals: bool = False  # whether there is a head for surface normals


class Heads(NamedTuple):
    """Raw outputs. labels (N,L,h/2,w/2) and parts (N,P,h/2,w/2) logits, heat (N,K,h/4,w/4), depth (N,1,h/2,w/2).

    normals (N,3,h/2,w/2), of any length, or None.
    """

    labels: Tensor
    heat: Tensor
    parts: Tensor
    depth: Tensor
    normals: Tensor | None = None


def conv(inputs: int, outputs: int, stride: int = 1, kernel: int = 3, relu: bool = True) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)


class Residual(nn.Module):  # type: ignore[misc]
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = conv(inputs, outputs, stride)
        self.second = conv(outputs, outputs, relu=False)
        same = inputs == outputs and stride == 1
        self.short = nn.Identity() if same else conv(inputs, outputs, stride, kernel=1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(self.first(x)) + self.short(x))


class Attention(nn.Module):  # type: ignore[misc]
    """Pre-norm transformer layer over the cells of the coarsest grid, with a learned position per cell."""

    def __init__(self, width: int, cells: tuple[int, int], heads: int) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.randn(1, width, *cells) * 0.02)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        _, c, h, w = x.shape
        place = self.place
        if place.shape[2:] != (h, w):
            place = F.interpolate(place, size=(h, w), mode="bilinear", align_corners=False)
        tokens = (x + place).flatten(2).transpose(1, 2)
        qkv = self.qkv(self.norm1(tokens)).view(-1, h * w, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        weight = torch.softmax(q @ k.transpose(-1, -2) * (c // self.heads) ** -0.5, dim=-1)
        tokens = tokens + self.out((weight @ v).transpose(1, 2).reshape(-1, h * w, c))
        tokens = tokens + self.mlp(self.norm2(tokens))
        return tokens.transpose(1, 2).reshape(-1, c, h, w)


def _stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(Residual(inputs, outputs, 2), *(Residual(outputs, outputs) for _ in range(blocks - 1)))


class ParserNet(nn.Module):  # type: ignore[misc]
    """(N,3,H,W) RGB 0..255 -> Heads."""

    def __init__(self, params: NetParams) -> None:
        super().__init__()
        a, b, c, d, e = params.widths
        cells = params.height // 32, params.width // 32
        self.params = params
        self.stem = conv(3, a, 2)
        self.down1, self.down2 = _stage(a, b, params.blocks[0]), _stage(b, c, params.blocks[1])
        self.down3, self.down4 = _stage(c, d, params.blocks[2]), _stage(d, e, params.blocks[3])
        self.context = nn.Sequential(*(Attention(e, cells, params.attention_heads) for _ in range(params.attention)))
        self.up3, self.up2 = conv(e + d, d), conv(d + c, c)
        self.up1 = conv(c + b, params.decoder)
        self.heat = nn.Sequential(conv(params.decoder, params.decoder), nn.Conv2d(params.decoder, params.keypoints, 1))
        self.up0 = conv(params.decoder + a, params.final)
        self.labels = nn.Conv2d(params.final, params.labels, 1)
        self.parts = nn.Conv2d(params.final, params.parts, 1)
        self.depth = nn.Conv2d(params.final, 1, 1)
        self.normals = nn.Conv2d(params.final, 3, 1) if params.normals else None
        nn.init.constant_(self.heat[1].bias, 0.0)

    def forward(self, pictures: Tensor) -> Heads:
        x0 = self.stem((pictures - CENTRE) / SPREAD)
        x1 = self.down1(x0)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        y = self.context(self.down4(x3))
        y = self.up3(_joined(y, x3))
        y = self.up2(_joined(y, x2))
        y = self.up1(_joined(y, x1))
        heat = self.heat(y)
        y = self.up0(_joined(y, x0))
        normals = None if self.normals is None else self.normals(y)
        return Heads(self.labels(y), heat, self.parts(y), self.depth(y), normals)


def _joined(coarse: Tensor, skip: Tensor) -> Tensor:
    """The coarse map enlarged to the skip connection's grid, and both stacked."""
    return torch.cat([F.interpolate(coarse, size=skip.shape[2:], mode="bilinear", align_corners=False), skip], 1)
