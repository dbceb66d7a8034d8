"""Step-Video's autoencoder, version 2 (arXiv:2502.10248, section 4.1): 16 x 16 pixels and 17 frames to 3 latent frames
of 64 channels, with names of the published file.

Each piece of 17 frames is coded by itself; what is decoded is mixed where pieces meet. Norms see one frame at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPACE, FRAMES, LATENTS = 16, 17, 3  # px to one place; frames of a piece, latent frames of one
LEADING = 3  # frames that decoding makes before the first
SHARE = 0.6  # of a frame itself where two pieces meet; the rest is the other's


@dataclass(frozen=True, slots=True, kw_only=True)
class StepVaeParams:
    """Sizes of the network; the defaults are the published ones."""

    latent: int = 64
    encoder: tuple[int, ...] = (32, 128, 256, 512, 512)  # channels at the entry, then per level
    decoder: tuple[int, ...] = (128, 256, 512, 512)  # per level
    blocks: int = 2  # residual blocks per level of the encoder; the decoder has one more
    groups: int = 32  # of norms, which no weight tells


def vae_params(shapes: Mapping[str, tuple[int, ...]], groups: int) -> StepVaeParams:
    """Sizes read off the weights. Raises KeyError where it is another model's file."""
    levels = 1 + max(int(key.split(".")[2]) for key in shapes if key.startswith("encoder.down."))
    lead = "encoder.down.0.block."
    conv = "block.0.conv1.conv.weight"
    down = (shapes[f"encoder.down.{level}.{conv}"][0] for level in range(levels))
    return StepVaeParams(
        latent=shapes["decoder.conv_in.conv.weight"][1],
        encoder=(shapes["encoder.conv_in.conv.weight"][0], *down),
        decoder=tuple(shapes[f"decoder.up.{level}.{conv}"][0] for level in range(levels)),
        blocks=1 + max(int(key.split(".")[4]) for key in shapes if key.startswith(lead)),
        groups=groups,
    )


class CausalConv(nn.Module):  # type: ignore[misc,unused-ignore]
    """Sees the frames before, with zeros before the first."""

    def __init__(self, channels: int, out: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, out, kernel, stride)
        self.around = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        side = self.around
        return self.conv(F.pad(x, (side, side, side, side, 2 * side, 0)) if side else x)


class Wrapped(nn.Module):  # type: ignore[misc,unused-ignore]
    """A convolution one name deeper."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def by_frame(x: Tensor) -> Tensor:
    """(b, c, f, h, w) -> (b f, c, h, w)."""
    return x.transpose(1, 2).flatten(0, 1)


def as_film(x: Tensor, batch: int) -> Tensor:
    """The way back."""
    return x.unflatten(0, (batch, -1)).transpose(1, 2)


class FrameNorm(nn.GroupNorm):  # type: ignore[misc,unused-ignore]
    def forward(self, x: Tensor) -> Tensor:
        return as_film(super().forward(by_frame(x)), len(x))


class ResBlock(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int, out: int, groups: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = FrameNorm(groups, channels), CausalConv(channels, out)
        self.norm2, self.conv2 = FrameNorm(groups, out), CausalConv(out, out)
        self.nin_shortcut = CausalConv(channels, out, 1) if channels != out else None

    def forward(self, x: Tensor) -> Tensor:
        changed = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return changed + (x if self.nin_shortcut is None else self.nin_shortcut(x))


class Attention(nn.Module):  # type: ignore[misc,unused-ignore]
    """One head over all places of a piece, each of which sees what comes before it in the order of time and rows."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = FrameNorm(groups, channels)
        self.q, self.k, self.v, self.proj_out = (CausalConv(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        query, key, value = (part(normed).flatten(2).mT[:, None] for part in (self.q, self.k, self.v))
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return x + self.proj_out(seen[:, 0].mT.reshape(x.shape))


class ShrinkPlane(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return as_film(self.conv(F.pad(by_frame(x), (0, 1, 0, 1))), len(x))


class EnlargePlane(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return as_film(self.conv(F.interpolate(by_frame(x), scale_factor=2)), len(x))


class EnlargeAll(nn.Module):  # type: ignore[misc,unused-ignore]
    """Doubles time too."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.conv3d = nn.Module()
        self.conv3d.conv1, self.conv3d.norm1 = CausalConv(channels, channels), FrameNorm(groups, channels)
        self.conv3d.conv2, self.conv3d.norm2 = CausalConv(channels, channels), FrameNorm(groups, channels)

    def forward(self, x: Tensor) -> Tensor:
        x, inner = F.interpolate(x, scale_factor=2), self.conv3d
        changed = F.silu(inner.norm1(inner.conv1(x)))
        return F.silu(inner.norm2(inner.conv2(changed)) + x) + x


class Middle(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.block_1, self.block_2 = (ResBlock(channels, channels, groups) for _ in range(2))
        self.attn_1 = Attention(channels, groups)

    def forward(self, x: Tensor) -> Tensor:
        return self.block_2(self.attn_1(self.block_1(x)))


class Level(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, channels: int, out: int, count: int, groups: int) -> None:
        super().__init__()
        self.block = nn.ModuleList(ResBlock(channels if i == 0 else out, out, groups) for i in range(count))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.block:
            x = block(x)
        return x


def folded(x: Tensor) -> Tensor:
    """2 x 2 x 2 neighbours to channels; an empty frame before the first makes their number even."""
    x = F.pad(x, (0, 0, 0, 0, 1, 0))
    b, c, f, h, w = x.shape
    parted = x.reshape(b, c, f // 2, 2, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return parted.reshape(b, 8 * c, f // 2, h // 2, w // 2)


def unfolded(x: Tensor) -> Tensor:
    """The way back."""
    b, c, f, h, w = x.shape
    parted = x.reshape(b, c // 8, 2, 2, 2, f, h, w).permute(0, 1, 5, 2, 6, 3, 7, 4)
    return parted.reshape(b, c // 8, 2 * f, 2 * h, 2 * w)[:, :, 1:]


def averaged(x: Tensor, channels: int) -> Tensor:
    """Fewer channels: each the mean of neighbours."""
    return x.unflatten(1, (channels, -1)).mean(2)


class Encoder(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, params: StepVaeParams) -> None:
        super().__init__()
        widths, groups, last = params.encoder, params.groups, len(params.encoder) - 2
        self.inner = 32 * params.latent
        self.conv_in = CausalConv(3, widths[0])
        self.down = nn.ModuleList()
        for level in range(last + 1):
            made = Level(widths[level], widths[level + 1], params.blocks, groups)
            if level < last:
                width = widths[level + 1]
                made.downsample = Wrapped(CausalConv(width, width, 3, 2)) if level in (1, 2) else ShrinkPlane(width)
            self.down.append(made)
        self.mid = Middle(widths[-1], groups)
        self.norm_out = FrameNorm(groups, widths[-1])
        self.conv_patchify = Wrapped(CausalConv(widths[-1], self.inner // 8))
        self.conv_out = CausalConv(self.inner, 2 * params.latent)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
            x = level.downsample(x) if hasattr(level, "downsample") else x
        x = F.silu(self.norm_out(self.mid(x)))
        x = folded(self.conv_patchify(x)) + averaged(folded(x), self.inner)
        return self.conv_out(x) + averaged(x, self.conv_out.conv.out_channels)


class Decoder(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, params: StepVaeParams) -> None:
        super().__init__()
        widths, groups, top = params.decoder, params.groups, params.decoder[-1]
        self.inner, self.top = 32 * params.latent, top
        self.conv_in = CausalConv(params.latent, self.inner)
        self.conv_unpatchify = Wrapped(CausalConv(self.inner, 8 * top))
        self.mid = Middle(top, groups)
        self.up = nn.ModuleList()
        for level, width in enumerate(widths):
            made = Level(widths[min(level + 1, len(widths) - 1)], width, params.blocks + 1, groups)
            if level:
                made.upsample = EnlargeAll(width, groups) if level in (2, 3) else EnlargePlane(width)
            self.up.append(made)
        self.norm_out = FrameNorm(groups, widths[0])
        self.conv_out = nn.Conv3d(widths[0], 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x) + x.repeat_interleave(self.inner // x.shape[1], dim=1)
        x = unfolded(self.conv_unpatchify(x)) + unfolded(x.repeat_interleave(8 * self.top // self.inner, dim=1))
        x = self.mid(x)
        for level in reversed(self.up):
            x = level(x)
            x = level.upsample(x) if hasattr(level, "upsample") else x
        x = F.pad(F.silu(self.norm_out(x)), (1, 1, 1, 1, 2, 0))
        return self.conv_out(x)[:, :, LEADING:]


class StepVae(nn.Module):  # type: ignore[misc,unused-ignore]
    """Latents have no scale: sampling works with them as they are."""

    def __init__(self, params: StepVaeParams) -> None:
        super().__init__()
        self.params = params
        self.encoder, self.decoder = Encoder(params), Decoder(params)

    def encode(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """(b, f, 3, h, w) in -1..1 -> mean and standard deviation (b, latent frames, latent, h / 16, w / 16)."""
        pieces = [self.encoder(piece.transpose(1, 2)).transpose(1, 2) for piece in video.split(FRAMES, dim=1)]
        mean, spread = torch.cat(pieces, dim=1).chunk(2, dim=2)
        return mean, torch.exp(0.5 * spread.clamp(-30, 20))

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        """(b, n, latent, h, w) -> pieces (b, f, 3, H, W) in the order of time, each settled when it comes."""
        ending: Tensor | None = None
        for part in latents.split(LATENTS, dim=1):
            piece = self.decoder(part.transpose(1, 2)).transpose(1, 2)
            if ending is not None:
                # Upstream mixes in place: the frame before is mixed with what the frame after has become.
                start = SHARE * piece[:, :1] + (1 - SHARE) * ending
                yield SHARE * ending + (1 - SHARE) * start
                piece = torch.cat([start, piece[:, 1:]], dim=1)
            ending = piece[:, -1:]
            if piece.shape[1] > 1:
                yield piece[:, :-1]
        if ending is not None:
            yield ending
