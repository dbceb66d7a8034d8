"""The deep-compression video autoencoder of Open-Sora 2.0, 32 x 32 x 4 pixels to 128 channels (Peng et al. 2025,
arXiv:2503.09642, section 4.2; after DC-AE, Chen et al. 2024, arXiv:2410.10733). Names are those of the published file.

Unlike most video autoencoders it is not causal: frames come in fours, and there is no frame that stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPACE, TIME = 32, 4  # pixels and frames to one place of the latents
TILE, TILE_FRAMES = 256, 32  # px and frames that are coded at once; tiles overlap by a quarter
HEAD = 32  # channels of a head of the linear attention
PLAIN_LEVELS = 3  # whose blocks are convolutions; the deeper ones attend


@dataclass(frozen=True, slots=True, kw_only=True)
class DcaeParams:
    """Sizes of the network; the defaults are the published ones."""

    latent: int = 128
    widths: tuple[int, ...] = (128, 256, 512, 512, 1024, 1024)
    encoder: tuple[int, ...] = (2, 2, 2, 3, 3, 3)  # blocks per level
    decoder: tuple[int, ...] = (3, 3, 3, 3, 3, 3)
    over_time: tuple[int, ...] = (3, 4)  # levels after which time is halved too


def dcae_params(shapes: Mapping[str, tuple[int, ...]]) -> DcaeParams:
    """Sizes read off the weights. Raises KeyError where it is another model's file."""
    levels = 1 + max(int(key.split(".")[2]) for key in shapes if key.startswith("decoder.stages."))

    def blocks(part: str, level: int, extra: int) -> int:
        lead = f"{part}.stages.{level}.op_list."
        return 1 + max(int(key.split(".")[4]) for key in shapes if key.startswith(lead)) - extra

    inner = range(levels)
    widths = [shapes["encoder.project_in.conv.weight"][0]]
    for level in range(levels - 1):
        last = blocks("encoder", level, 0) - 1
        widths.append(shapes[f"encoder.stages.{level}.op_list.{last}.main.conv.weight"][0])
    return DcaeParams(
        latent=shapes["decoder.project_in.main.conv.weight"][1],
        widths=tuple(widths),
        encoder=tuple(blocks("encoder", level, int(level < levels - 1)) for level in inner),
        decoder=tuple(blocks("decoder", level, int(level < levels - 1)) for level in inner),
    )


class RmsNorm(nn.Module):  # type: ignore[misc,unused-ignore]
    """Over channels, with gain and offset."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        normed = (x / torch.sqrt(x.float().square().mean(1, keepdim=True) + 1e-5)).to(x.dtype)
        return normed * self.weight.view(-1, 1, 1, 1) + self.bias.view(-1, 1, 1, 1)


class Conv(nn.Module):  # type: ignore[misc,unused-ignore]
    """A convolution with zeros around on all three axes, then norm and SiLU where asked for."""

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int = 3,
        *,
        stride: tuple[int, int, int] = (1, 1, 1),
        groups: int = 1,
        bias: bool = True,
        norm: bool = False,
        silu: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=bias)
        self.norm = RmsNorm(out) if norm else None
        self.silu = silu

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = x if self.norm is None else self.norm(x)
        return F.silu(x) if self.silu else x


class Residual(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, main: nn.Module, shortcut: Callable[[Tensor], Tensor] | None = None) -> None:
        super().__init__()
        self.main = main
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + (x if self.shortcut is None else self.shortcut(x))


class ConvBlock(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = Conv(channels, channels, silu=True)
        self.conv2 = Conv(channels, channels, bias=False, norm=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


class LinearAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    """ReLU linear attention of every place to every other, at two scales (EfficientViT's LiteMLA in 3D)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        three, heads = 3 * channels, channels // HEAD
        self.qkv = Conv(channels, three, 1, bias=False)
        wide = nn.Conv3d(three, three, 5, padding=2, groups=three, bias=False)
        mix = nn.Conv3d(three, three, 1, groups=3 * heads, bias=False)
        self.aggreg = nn.ModuleList([nn.Sequential(wide, mix)])
        self.proj = Conv(2 * channels, channels, 1, bias=False, norm=True)

    def forward(self, x: Tensor) -> Tensor:
        both = self.qkv(x)
        both = torch.cat([both, self.aggreg[0](both)], dim=1)
        batch, _, *sides = both.shape
        query, key, value = both.flatten(2).unflatten(1, (-1, 3 * HEAD)).chunk(3, dim=2)
        ones_below = F.pad(value, (0, 0, 0, 1), value=1)  # the last row sums the weights up
        summed = ones_below @ F.relu(key).mT @ F.relu(query)
        summed = summed.float() if summed.dtype == torch.bfloat16 else summed
        mean = summed[:, :, :-1] / (summed[:, :, -1:] + 1e-15)
        return self.proj(mean.reshape(batch, -1, *sides).to(both.dtype))


class GatedConv(nn.Module):  # type: ignore[misc,unused-ignore]
    """EfficientViT's GLUMBConv in 3D."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        middle = 4 * channels
        self.inverted_conv = Conv(channels, 2 * middle, 1, silu=True)
        self.depth_conv = Conv(2 * middle, 2 * middle, groups=2 * middle)
        self.point_conv = Conv(middle, channels, 1, bias=False, norm=True)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.depth_conv(self.inverted_conv(x)).chunk(2, dim=1)
        return self.point_conv(value * F.silu(gate))


class AttentionBlock(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.context_module = Residual(LinearAttention(channels))
        self.local_module = Residual(GatedConv(channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.local_module(self.context_module(x))


class Enlarge(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int, out: int, over_time: bool) -> None:
        super().__init__()
        self.conv = Conv(channels, out)
        self.over_time = over_time

    def forward(self, x: Tensor) -> Tensor:
        factors = (2 if self.over_time and x.shape[2] > 1 else 1, 2, 2)
        return self.conv(F.interpolate(x, scale_factor=factors, mode="nearest"))


class Chain(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, parts: Sequence[nn.Module]) -> None:
        super().__init__()
        self.op_list = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        for part in self.op_list:
            x = part(x)
        return x


def folded(x: Tensor, out: int, factor: int, *, over_time: bool = False) -> Tensor:
    """Neighbouring places to channels, of which `out` means are taken; time only where there is more than a frame."""
    times = factor if over_time and x.shape[2] > 1 else 1
    b, c, f, h, w = x.shape
    x = x.reshape(b, c, f // times, times, h // factor, factor, w // factor, factor).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return x.reshape(b, out, -1, f // times, h // factor, w // factor).mean(2)


def unfolded(x: Tensor, out: int, factor: int, *, over_time: bool = False) -> Tensor:
    """Channels, repeated as often as needed, to neighbouring places."""
    times = factor if over_time and x.shape[2] > 1 else 1
    b, c, f, h, w = x.shape
    x = x.repeat_interleave(out * factor * factor * times // c, dim=1)
    x = x.reshape(b, out, times, factor, factor, f, h, w).permute(0, 1, 5, 2, 6, 3, 7, 4)
    return x.reshape(b, out, f * times, h * factor, w * factor)


class VideoDcae(nn.Module):  # type: ignore[misc,unused-ignore]
    """Latents have no scale: sampling works with them as they are."""

    def __init__(self, params: DcaeParams) -> None:
        super().__init__()
        widths, last = params.widths, len(params.widths) - 1
        self.params = params
        self.tile, self.tile_frames = TILE, TILE_FRAMES

        def blocks(level: int, count: int) -> list[nn.Module]:
            width = widths[level]
            if level < PLAIN_LEVELS:
                return [Residual(ConvBlock(width)) for _ in range(count)]
            return [AttentionBlock(width) for _ in range(count)]

        def shrink(level: int) -> nn.Module:
            out, over_time = widths[level + 1], level in params.over_time
            conv = Conv(widths[level], out, stride=(2 if over_time else 1, 2, 2))
            return Residual(conv, lambda x: folded(x, out, 2, over_time=over_time))

        def enlarge(level: int) -> nn.Module:
            out, over_time = widths[level], level in params.over_time
            grown = Enlarge(widths[level + 1], out, over_time)
            return Residual(grown, lambda x: unfolded(x, out, 2, over_time=over_time))

        self.encoder, self.decoder = nn.Module(), nn.Module()
        self.encoder.project_in = Conv(3, widths[0])
        self.encoder.stages = nn.ModuleList(
            Chain([*blocks(level, count), *([shrink(level)] if level < last else [])])
            for level, count in enumerate(params.encoder)
        )
        latent = params.latent
        self.encoder.project_out = Residual(Chain([Conv(widths[-1], latent)]), lambda x: folded(x, latent, 1))
        self.decoder.project_in = Residual(Conv(latent, widths[-1]), lambda x: unfolded(x, widths[-1], 1))
        self.decoder.stages = nn.ModuleList(
            Chain([*([enlarge(level)] if level < last else []), *blocks(level, count)])
            for level, count in enumerate(params.decoder)
        )
        self.decoder.project_out = Chain([RmsNorm(widths[0]), nn.ReLU(), Conv(widths[0], 3)])

    def encode(self, video: Tensor) -> Tensor:
        """(b, 3, f, h, w) in -1..1 -> (b, latent, f / 4, h / 32, w / 32); a single frame stays one."""
        sizes = (self.tile, self.tile // SPACE, self.tile_frames, self.tile_frames // TIME)
        return torch.cat(list(_tiles(video, self._encoded, *sizes)), dim=2)

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        """The way back, piece after piece of time."""
        sizes = (self.tile // SPACE, self.tile, self.tile_frames // TIME, self.tile_frames)
        return _tiles(latents, self._decoded, *sizes)

    def _encoded(self, x: Tensor) -> Tensor:
        x = self.encoder.project_in(x)
        for stage in self.encoder.stages:
            x = stage(x)
        return self.encoder.project_out(x)

    def _decoded(self, x: Tensor) -> Tensor:
        x = self.decoder.project_in(x)
        for stage in reversed(self.decoder.stages):
            x = stage(x)
        return self.decoder.project_out(x)


def _tiles(
    x: Tensor, code: Callable[[Tensor], Tensor], side: int, side_out: int, frames: int, frames_out: int
) -> Iterator[Tensor]:
    """Pieces of time that follow each other, each coded in tiles of space; what overlaps is faded.

    Upstream's tiling: pieces and tiles advance by three quarters of their size, also behind the last that is needed.
    """
    if x.shape[2] <= frames:
        yield _plane(x, code, side, side_out)
        return
    before: Tensor | None = None
    for start in range(0, x.shape[2], frames * 3 // 4):
        piece = _plane(x[:, :, start : start + frames], code, side, side_out)
        if before is not None:
            _fade(before, piece, 2, frames_out // 4)
        before = piece
        yield piece[:, :, : frames_out - frames_out // 4]


def _plane(x: Tensor, code: Callable[[Tensor], Tensor], side: int, side_out: int) -> Tensor:
    if max(x.shape[3:]) <= side:
        return code(x)
    stride, keep = side * 3 // 4, side_out - side_out // 4
    rows = [
        [code(x[:, :, :, top : top + side, left : left + side]) for left in range(0, x.shape[4], stride)]
        for top in range(0, x.shape[3], stride)
    ]
    for index, row in enumerate(rows):
        for column, tile in enumerate(row):
            # Down first, then across, each into what is faded already: corners come out otherwise in another order.
            if index:
                _fade(rows[index - 1][column], tile, 3, side_out // 4)
            if column:
                _fade(row[column - 1], tile, 4, side_out // 4)
    return torch.cat([torch.cat([tile[:, :, :, :keep, :keep] for tile in row], dim=4) for row in rows], dim=3)


def _fade(before: Tensor, after: Tensor, axis: int, length: int) -> None:
    """Fades the beginning of `after`, in place, out of the end of `before`."""
    length = min(before.shape[axis], after.shape[axis], length)
    ramp = (torch.arange(length, dtype=torch.float32) / length).to(after)
    ramp = ramp.view([-1 if i == axis else 1 for i in range(5)])
    ending = before.narrow(axis, before.shape[axis] - length, length)
    start = after.narrow(axis, 0, length)
    start.copy_(ending * (1 - ramp) + start * ramp)
