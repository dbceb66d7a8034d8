"""Layers of the fashion UNet (nets.fashion). Tensors are (b, c, f, h, w) where nothing else is said."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PseudoConv(nn.Module):  # type: ignore[misc,unused-ignore]
    """A convolution within each frame, then one along time; the second starts as identity. 1x1 has no second."""

    def __init__(self, before: int, width: int, side: int = 3, length: int | None = None) -> None:
        super().__init__()
        self.spatial_conv = nn.Conv2d(before, width, side, padding=side // 2)
        self.temporal_conv = None
        if side > 1:
            length = length or side
            self.temporal_conv = nn.Conv1d(width, width, length, padding=length // 2)
            nn.init.dirac_(self.temporal_conv.weight)
            nn.init.zeros_(self.temporal_conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        count, _, frames, height, width = x.shape
        x = self.spatial_conv(_frames(x)).unflatten(0, (count, frames))
        if self.temporal_conv is None:
            return x.transpose(1, 2)
        x = self.temporal_conv(x.permute(0, 3, 4, 2, 1).flatten(0, 2))
        return x.unflatten(0, (count, height, width)).permute(0, 3, 4, 1, 2)


class Block(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.project, self.norm = PseudoConv(before, width), nn.GroupNorm(8, width)

    def forward(self, x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None) -> Tensor:
        x = self.norm(self.project(x))
        return F.silu(x if scale is None or shift is None else x * (scale + 1) + shift)


class Residual(nn.Module):  # type: ignore[misc,unused-ignore]
    """Two blocks and a way around them; with `embedding` the first is scaled and shifted by the time."""

    def __init__(self, before: int, width: int, embedding: int | None = None) -> None:
        super().__init__()
        self.timestep_mlp = nn.Sequential(nn.SiLU(), nn.Linear(embedding, width * 2)) if embedding else None
        self.block1, self.block2 = Block(before, width), Block(width, width)
        self.res_conv = PseudoConv(before, width, 1) if before != width else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        scale = shift = None
        if self.timestep_mlp is not None and embedding is not None:
            scale, shift = self.timestep_mlp(embedding)[:, :, None, None, None].chunk(2, 1)
        return self.block2(self.block1(x, scale, shift)) + self.res_conv(x)


class PositionBias(nn.Module):  # type: ignore[misc,unused-ignore]
    """Bias of an attention from the distance of two places, by a small network over the offsets."""

    def __init__(self, width: int, heads: int, axes: int) -> None:
        super().__init__()
        self.net = nn.ModuleList(
            [
                nn.Sequential(nn.Linear(axes, width), nn.SiLU()),
                nn.Sequential(nn.Linear(width, width), nn.SiLU()),
                nn.Linear(width, heads),
            ]
        )

    def forward(self, *sides: int) -> Tensor:
        """(heads, places, places) for a grid of these sides."""
        weight = self.net[2].weight
        axes = [torch.arange(side, device=weight.device) for side in sides]
        places = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).flatten(0, -2)
        # Each offset is computed once: a grid of n places has n * n pairs but few offsets.
        offsets, index = (places[:, None] - places[None]).flatten(0, 1).unique(dim=0, return_inverse=True)
        bias = offsets.to(weight.dtype)
        for layer in self.net:
            bias = layer(bias)
        return bias[index].unflatten(0, (len(places), len(places))).permute(2, 0, 1)


class SelfAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    """Over tokens (n, length, width), around which it adds itself."""

    def __init__(self, width: int, heads: int, head: int) -> None:
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(width)
        self.to_q = nn.Linear(width, heads * head, bias=False)
        self.to_kv = nn.Linear(width, heads * head * 2, bias=False)
        self.to_out = nn.Linear(heads * head, width, bias=False)
        nn.init.zeros_(self.to_out.weight)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        normed = self.norm(x)
        keys, values = self.to_kv(normed).chunk(2, -1)
        return x + self.to_out(_attended(self.to_q(normed), keys, values, self.heads, bias))


class ChannelNorm(nn.Module):  # type: ignore[misc,unused-ignore]
    """Over the channels of each place, without a shift."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(width, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, 1, correction=0, keepdim=True)
        least = 1e-5 if x.dtype == torch.float32 else 1e-3
        return (x - mean) * variance.clamp(min=least).rsqrt() * self.g


class FeedForward(nn.Module):  # type: ignore[misc,unused-ignore]
    """Gated; half of the inner channels come from the frame before."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = int(width * 8 / 3)
        self.proj_in = nn.ModuleList([nn.Conv3d(width, inner * 2, 1, bias=False)])
        self.proj_out = nn.Sequential(ChannelNorm(inner), nn.Conv3d(inner, width, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        x, gate = self.proj_in[0](x).chunk(2, 1)
        now, before = (x * F.gelu(gate)).chunk(2, 1)
        return self.proj_out(torch.cat([now, F.pad(before, (0, 0, 0, 0, 1, -1))], 1))


class SpaceTimeAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    """Attention within each frame, then along time at each place, then a feed-forward."""

    def __init__(self, width: int, heads: int, head: int) -> None:
        super().__init__()
        self.spatial_attn = SelfAttention(width, heads, head)
        self.spatial_rel_pos_bias = PositionBias(width // 2, heads, 2)
        self.temporal_attn = SelfAttention(width, heads, head)
        self.temporal_rel_pos_bias = PositionBias(width // 2, heads, 1)
        self.ff = FeedForward(width)

    def forward(self, x: Tensor) -> Tensor:
        count, _, frames, height, width = x.shape
        tokens = _frames(x).flatten(2).transpose(1, 2)
        tokens = self.spatial_attn(tokens, self.spatial_rel_pos_bias(height, width))
        tokens = tokens.unflatten(0, (count, frames)).transpose(1, 2).flatten(0, 1)
        tokens = self.temporal_attn(tokens, self.temporal_rel_pos_bias(frames))
        x = tokens.unflatten(0, (count, height, width)).permute(0, 4, 3, 1, 2)
        return x + self.ff(x)


class ContextAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (
            nn.Linear(size, width, bias=False) for size in (width, context, context)
        )
        self.out_proj, self.heads = nn.Linear(width, width), heads

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        query, keys, values = self.q_proj(x), self.k_proj(context), self.v_proj(context)
        return self.out_proj(_attended(query, keys, values, self.heads))


class ContextBlock(nn.Module):  # type: ignore[misc,unused-ignore]
    """Every place of every frame reads the context. There is no way around the whole block, as published."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.layernorm_2, self.layernorm_3 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention_2 = ContextAttention(width, heads, context)
        self.linear_geglu_1, self.linear_geglu_2 = nn.Linear(width, width * 8), nn.Linear(width * 4, width)
        self.conv_output = PseudoConv(width, width, 1)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        _, _, frames, height, width = x.shape
        tokens = x.permute(0, 3, 4, 2, 1).flatten(1, 3)
        tokens = tokens + self.attention_2(self.layernorm_2(tokens), context)
        value, gate = self.linear_geglu_1(self.layernorm_3(tokens)).chunk(2, -1)
        tokens = tokens + self.linear_geglu_2(value * F.gelu(gate))
        return self.conv_output(tokens.unflatten(1, (height, width, frames)).permute(0, 4, 3, 1, 2))


class Downsampling(nn.Module):  # type: ignore[misc,unused-ignore]
    """Halves height and width, and time where asked: neighbours become channels."""

    def __init__(self, width: int, halves_time: bool) -> None:
        super().__init__()
        self.down_space = nn.ModuleList([nn.Identity(), nn.Conv2d(width * 4, width, 1, bias=False)])
        self.down_time = (
            nn.ModuleList([nn.Identity(), nn.Conv3d(width * 2, width, 1, bias=False)]) if halves_time else None
        )

    def forward(self, x: Tensor) -> Tensor:
        count, _, frames = x.shape[:3]
        x = self.down_space[1](F.pixel_unshuffle(_frames(x), 2)).unflatten(0, (count, frames)).transpose(1, 2)
        if self.down_time is None:
            return x
        return self.down_time[1](x.unflatten(2, (-1, 2)).transpose(2, 3).flatten(1, 2))


class Upsampling(nn.Module):  # type: ignore[misc,unused-ignore]
    """The way back; all parts of a place start equal."""

    def __init__(self, width: int, doubles_time: bool) -> None:
        super().__init__()
        self.up_space = nn.ModuleList([nn.Conv2d(width, width * 4, 1)])
        self.up_time = nn.ModuleList([nn.Conv3d(width, width * 2, 1)]) if doubles_time else None
        _repeated(self.up_space[0], 4)
        if self.up_time is not None:
            _repeated(self.up_time[0], 2)

    def forward(self, x: Tensor) -> Tensor:
        count, _, frames = x.shape[:3]
        x = F.pixel_shuffle(self.up_space[0](_frames(x)), 2).unflatten(0, (count, frames)).transpose(1, 2)
        if self.up_time is None:
            return x
        return self.up_time[0](x).unflatten(1, (-1, 2)).transpose(2, 3).flatten(2, 3)


def _repeated(conv: nn.Module, times: int) -> None:
    base = torch.empty(conv.weight.shape[0] // times, *conv.weight.shape[1:], device=conv.weight.device)
    nn.init.kaiming_uniform_(base)
    with torch.no_grad():
        conv.weight.copy_(base.repeat_interleave(times, 0))
    nn.init.zeros_(conv.bias)


def _frames(x: Tensor) -> Tensor:
    """(b, c, f, h, w) -> (b * f, c, h, w)."""
    return x.transpose(1, 2).flatten(0, 1)


def _attended(query: Tensor, keys: Tensor, values: Tensor, heads: int, bias: Tensor | None = None) -> Tensor:
    query, keys, values = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, keys, values))
    mask = None if bias is None else bias[None].to(query.dtype)
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask).transpose(1, 2).flatten(2)
