"""The two networks of VITON (Han et al., CVPR 2018), as its TensorFlow graphs compute them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

REPRESENTATION = 25  # channels: garment 3, body shape 1, head 3, pose 18
STEPS = 6  # halvings and doublings
SLOPE = 0.2
MOMENTS_EPS, LAYER_EPS = 1e-5, 1e-12  # of batch and layer normalisation, upstream's defaults


class Moments(nn.Module):  # type: ignore[misc,unused-ignore]
    """Batch normalisation by the stored mean and variance."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        mean, variance = cast(Tensor, self.mean), cast(Tensor, self.variance)
        return F.batch_norm(features, mean, variance, self.scale, self.shift, eps=MOMENTS_EPS)


class Layer(nn.Module):  # type: ignore[misc,unused-ignore]
    """A convolution of 4 x 4 with stride 2, or its transpose, and a norm."""

    def __init__(self, width: int, out: int, *, up: bool, normed: bool) -> None:
        super().__init__()
        kind = nn.ConvTranspose2d if up else nn.Conv2d
        self.conv = kind(width, out, 4, 2, 1, bias=False)
        self.norm = Moments(out) if normed else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        return cast(Tensor, self.norm(self.conv(features)))


class CoarseGenerator(nn.Module):  # type: ignore[misc,unused-ignore]
    """Stage 1: a U-Net that sees garment and person, and gives the garment's mask on the person and a coarse picture.

    Layers are numbered from 1 at the picture's side, encoder and decoder alike.
    """

    def __init__(self, width: int = 64) -> None:
        """`width` channels after the first convolution."""
        super().__init__()
        down = [width, width * 2, width * 4, *[width * 8] * 3]
        up = [4, width, width * 2, width * 4, width * 8, width * 8]
        self.encoder, self.decoder = nn.ModuleDict(), nn.ModuleDict()
        for index, out in enumerate(down):
            before = REPRESENTATION if index == 0 else down[index - 1]
            self.encoder[str(index + 1)] = Layer(before, out, up=False, normed=index > 0)
        for index, out in enumerate(up):
            deeper = down[-1] if index == STEPS - 1 else up[index + 1] + down[index]
            self.decoder[str(index + 1)] = Layer(deeper, out, up=True, normed=index > 0)

    @classmethod
    def like(cls, shapes: Mapping[str, tuple[int, ...]]) -> CoarseGenerator:
        """The network that a checkpoint of these shapes (TensorFlow's names) belongs to. KeyError for others."""
        return cls(shapes["generator/encoder_1/conv/filter"][3])

    def forward(self, representation: Tensor) -> Tensor:
        """(n, 25, 256, 192) -> (n, 4, 256, 192) in -1..1: mask, then R, G, B."""
        levels = [self.encoder["1"](representation)]
        for index in range(2, STEPS + 1):
            levels.append(self.encoder[str(index)](F.leaky_relu(levels[-1], SLOPE)))
        features = levels[-1]
        for index in range(STEPS, 0, -1):
            if index < STEPS:
                features = torch.cat([features, levels[index - 1]], dim=1)
            features = self.decoder[str(index)](F.relu(features))
        return torch.tanh(features)


class RefineGenerator(nn.Module):  # type: ignore[misc,unused-ignore]
    """Stage 2: where the warped garment is taken, and where the coarse picture."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.conv, self.norm = nn.ModuleDict(), nn.ModuleDict()
        for index, before in enumerate((6, width, width)):
            self.conv[str(index + 1)] = nn.Conv2d(before, width, 3, padding=1, bias=False)
            # slim's layer_norm: moments over height, width and channels, an affine map per channel.
            self.norm[str(index + 1)] = nn.GroupNorm(1, width, eps=LAYER_EPS)
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, warped: Tensor, coarse: Tensor) -> Tensor:
        """(n, 3, h, w) twice, in -1..1 -> (n, 1, h, w) in 0..1: the share of the warped garment."""
        features = torch.cat([warped, coarse], dim=1)
        for index in self.conv:
            features = F.leaky_relu(self.norm[index](self.conv[index](features)), SLOPE)
        return torch.sigmoid(self.last(features))
