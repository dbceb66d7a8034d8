"""The pseudo-3D UNet that FashionFlow and X2Fashion share, and what each adds to it. Nothing in diffusers is near it.

Tensors are (b, c, f, h, w). Module names are those of the published checkpoints, so that these load without a table of
renamed keys and what is trained here has the published form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tryon.nets.fashion_blocks import ContextBlock, Downsampling, PseudoConv, Residual, SpaceTimeAttention, Upsampling

SKIP_SCALE = 2**-0.5
MIDDLE_HEADS, MIDDLE_HEAD = 8, 64  # whatever the other levels have


@dataclass(frozen=True, slots=True, kw_only=True)
class FashionParams:
    """Sizes of the UNet. One entry per level in every tuple."""

    width: int = 64
    channels: int = 4
    widths: tuple[int, ...] = (1, 2, 4, 8)  # in units of `width`
    halves_time: tuple[bool, ...] = (False, False, False, True)
    attends: tuple[bool, ...] = (False, False, False, True)
    depths: tuple[int, ...] = (2, 2, 2, 2)
    heads: int = 8
    head: int = 64
    context_heads_down: tuple[int, ...] = (1, 1, 2, 4)
    context_heads_up: tuple[int, ...] = (1, 1, 2, 4)
    context: int = 768


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """What X2Fashion adds inside the UNet."""

    pose: Tensor  # (b, width, f, h, w), after the first convolution
    skips: Sequence[Tensor]  # to the skips, each (b, c, 1, h', w')
    middle: Tensor  # (b, c, 1, h'', w'')


class FashionUNet(nn.Module):  # type: ignore[misc,unused-ignore]
    """Predicts the noise of every frame. The number of frames must be even where a level halves time."""

    def __init__(self, params: FashionParams) -> None:
        super().__init__()
        self.width, embedding = params.width, params.width * 4
        self.to_timestep_cond = nn.Sequential(nn.Identity(), nn.Linear(params.width, embedding), nn.SiLU())
        self.conv_in = PseudoConv(params.channels, params.width, 7, 3)
        self.conv_out = PseudoConv(params.width, params.channels, 3, 3)
        widths = [params.width, *(params.width * times for times in params.widths)]
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for level, (outer, inner) in enumerate(pairwise(widths)):
            self.downs.append(_down(params, level, outer, inner, embedding))
            self.ups.append(_up(params, level, outer, inner, embedding))
        last = widths[-1]
        self.mid_block1 = Residual(last, last, embedding)
        self.mid_attn = SpaceTimeAttention(last, MIDDLE_HEADS, MIDDLE_HEAD)
        self.mid_block2 = Residual(last, last, embedding)

    def forward(self, latents: Tensor, time: Tensor, context: Tensor, control: Control | None = None) -> Tensor:
        """latents (b, c, f, h, w), time (b,), context (b, tokens, width) -> (b, c, f, h, w)."""
        embedding = self.to_timestep_cond(self._waves(time).to(latents.dtype))
        x = self.conv_in(latents)
        if control is not None:
            x = x + control.pose
        skips: list[Tensor] = []
        for first, rest, attention, down, read in self.downs:
            x = first(x, embedding)
            skips.append(x)
            for block in rest:
                x = block(x)
            x = x if attention is None else attention(x)
            skips.append(x)
            x = read(down(x), context)
        if control is not None:
            skips = [skip + extra for skip, extra in zip(skips, control.skips, strict=True)]
        x = self.mid_block2(self.mid_attn(self.mid_block1(x, embedding)), embedding)
        if control is not None:
            x = x + control.middle
        for first, rest, attention, up, read in reversed(self.ups):
            x = first(torch.cat([skips.pop() * SKIP_SCALE, up(x)], 1), embedding)
            x = torch.cat([skips.pop() * SKIP_SCALE, x], 1)
            for block in rest:
                x = block(x)
            x = read(x if attention is None else attention(x), context)
        return self.conv_out(x)

    def _waves(self, time: Tensor) -> Tensor:
        half = self.width // 2
        steps = torch.arange(half, device=time.device, dtype=torch.float32)
        angles = time.float()[:, None] * torch.exp(steps * (-math.log(10000) / (half - 1)))
        return torch.cat([angles.sin(), angles.cos()], -1)


class Adapter(nn.Module):  # type: ignore[misc,unused-ignore]
    """FashionFlow's context: CLIP's tokens of the picture and its pooled latents, mixed to as many tokens as CLIP's."""

    def __init__(self, pooled: int, context: int, tokens: int = 50, channels: int = 4) -> None:
        """`pooled`: height * width of the latents / 4."""
        super().__init__()
        self.vae2clip = nn.Linear(pooled, context)
        self.linear1 = nn.Linear(tokens + channels, tokens)
        with torch.no_grad():
            self.linear1.weight.copy_(torch.eye(tokens, tokens + channels))

    def forward(self, clip: Tensor, latents: Tensor) -> Tensor:
        """clip (b, tokens, context), latents (b, c, h, w) -> (b, tokens, context)."""
        both = torch.cat([clip, self.vae2clip(F.max_pool2d(latents, 2).flatten(2))], 1)
        return self.linear1(both.transpose(1, 2)).transpose(1, 2)


class PoseNet(nn.Module):  # type: ignore[misc,unused-ignore]
    """X2Fashion: pictures of skeletons (b, 3, f, H, W) in -1..1 -> features (b, out, f, H / 8, W / 8)."""

    def __init__(self, out: int = 64, widths: Sequence[int] = (16, 32, 64, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index, (before, width) in enumerate(zip((3, *widths), widths, strict=False)):
            halves = index + 1 < len(widths)
            layers += [nn.Conv2d(before, width, 4 if halves else 3, 2 if halves else 1, 1), nn.SiLU()]
        self.conv_layers = nn.Sequential(*layers)
        self.final_proj = nn.Conv2d(widths[-1], out, 1)
        self.scale = nn.Parameter(torch.full((1,), 2.0))
        for conv in layers[::2]:
            nn.init.normal_(conv.weight, 0, math.sqrt(2 / (conv.kernel_size[0] ** 2 * conv.in_channels)))
            nn.init.zeros_(conv.bias)
        _zeroed(self.final_proj)

    def forward(self, pose: Tensor) -> Tensor:
        flat = self.final_proj(self.conv_layers(pose.transpose(1, 2).flatten(0, 1))) * self.scale
        return flat.unflatten(0, (len(pose), -1)).transpose(1, 2)


class AppearanceNet(nn.Module):  # type: ignore[misc,unused-ignore]
    """X2Fashion: the first frame's latents -> additions to the UNet's skips and middle, the same for every frame."""

    def __init__(self, channels: int = 4, out: int = 512, widths: Sequence[int] = (64, 128, 256, 512, 512)) -> None:
        super().__init__()
        self.zero_conv = nn.Conv2d(channels, channels, 1)  # in the checkpoint, used by nobody
        self.conv_in = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.blocks, self.zero_blocks = nn.ModuleList(), nn.ModuleList([nn.Conv2d(widths[0], widths[0], 1)])
        for before, width in pairwise(widths):
            self.blocks += [nn.Conv2d(before, before, 3, padding=1), nn.Conv2d(before, width, 4, 2, 1)]
            self.zero_blocks += [nn.Conv2d(before, before, 1), nn.Conv2d(width, width, 1)]  # the last one is unused too
        self.conv_out = nn.Conv2d(widths[-1], out, 3, padding=1)
        self.zero_out = nn.Conv2d(out, out, 3, padding=1)
        for conv in (self.zero_conv, self.zero_out, *self.zero_blocks):
            _zeroed(conv)

    def forward(self, latents: Tensor) -> tuple[list[Tensor], Tensor]:
        """(b, c, h, w) -> additions to the skips and to the middle, each (b, c', 1, h', w')."""
        features = [self.conv_in(latents)]
        for block in self.blocks:
            features.append(F.silu(block(features[-1])))
        middle = self.zero_out(F.silu(self.conv_out(features[-1])))
        zeros = list(self.zero_blocks)[:-1]
        return [zero(feature)[:, :, None] for zero, feature in zip(zeros, features, strict=False)], middle[:, :, None]


def _down(params: FashionParams, level: int, outer: int, inner: int, embedding: int) -> nn.ModuleList:
    return nn.ModuleList(
        [
            Residual(outer, inner, embedding),
            nn.ModuleList(Residual(inner, inner) for _ in range(params.depths[level])),
            _attention(params, level, inner),
            Downsampling(inner, params.halves_time[level]),
            ContextBlock(inner, params.context_heads_down[level], params.context),
        ]
    )


def _up(params: FashionParams, level: int, outer: int, inner: int, embedding: int) -> nn.ModuleList:
    return nn.ModuleList(
        [
            Residual(inner * 2, outer, embedding),
            nn.ModuleList(Residual(outer if index else outer + inner, outer) for index in range(params.depths[level])),
            _attention(params, level, outer),
            Upsampling(inner, params.halves_time[level]),
            ContextBlock(outer, params.context_heads_up[level], params.context),
        ]
    )


def _attention(params: FashionParams, level: int, width: int) -> SpaceTimeAttention | None:
    return SpaceTimeAttention(width, params.heads, params.head) if params.attends[level] else None


def _zeroed(conv: nn.Module) -> None:
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)
