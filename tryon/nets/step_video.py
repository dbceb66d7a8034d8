"""Step-Video-TI2V's denoiser (Huang et al. 2025, arXiv:2503.11251; after Step-Video-T2V, arXiv:2502.10248).

No stock class takes its weights: queries, keys and values lie joined head by head, there is a norm of queries and keys
in both attentions, and positions turn in three unequal parts. Names are those of the published files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WAVES = 256  # channels of the sinusoids of time and motion


@dataclass(frozen=True, slots=True, kw_only=True)
class DenoiserParams:
    """Sizes of the network; the defaults are the published ones."""

    heads: int = 48
    head: int = 128  # channels
    layers: int = 48
    channels: int = 64  # of the latents
    llm: int = 6144  # width of Step-LLM's tokens
    clip: int = 1024  # width of the bilingual text tower's


def denoiser_params(shapes: Mapping[str, tuple[int, ...]]) -> DenoiserParams:
    """Sizes read off the weights. Raises KeyError where they are another model's."""
    head = shapes["transformer_blocks.0.attn1.q_norm.weight"][0]
    lead = "transformer_blocks."
    return DenoiserParams(
        heads=shapes["proj_out.weight"][1] // head,
        head=head,
        layers=1 + max(int(key.split(".")[1]) for key in shapes if key.startswith(lead)),
        channels=shapes["proj_out.weight"][0],
        llm=shapes["caption_projection.linear_1.weight"][1],
        clip=shapes["clip_projection.weight"][1],
    )


def rotation(frames: int, height: int, width: int, head: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines and sines (tokens, head): half of a head's channels turn with time, a quarter each with row and column.

    Angles are rounded to the run's type first, as upstream does: in bfloat16 the model was trained with that.
    """
    place = torch.cartesian_prod(torch.arange(frames), torch.arange(height), torch.arange(width)).float()
    angles = []
    for axis, channels in zip(place.unbind(1), _parts(head), strict=True):
        angle = axis[:, None] / 1e4 ** (torch.arange(0, channels, 2).float() / channels)
        angles += [angle, angle]
    both = torch.cat(angles, dim=1).to(dtype)
    return both.cos(), both.sin()


def turned(x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
    """(b, heads, tokens, head) with the halves of each part turned against each other."""
    cosines, sines = rope
    quarter = [
        torch.cat([-second, first], dim=-1)
        for first, second in (part.chunk(2, dim=-1) for part in x.split(_parts(x.shape[-1]), dim=-1))
    ]
    return x * cosines.to(x) + torch.cat(quarter, dim=-1) * sines.to(x)


def _parts(head: int) -> tuple[int, int, int]:
    return head // 2, head // 4, head // 4


def by_head(x: Tensor, heads: int) -> Tensor:
    """(b, tokens, channels) -> (b, heads, tokens, channels of a head)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


class SelfAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, width: int, head: int) -> None:
        super().__init__()
        self.heads = width // head
        self.wqkv = nn.Linear(width, 3 * width, bias=False)
        self.wo = nn.Linear(width, width, bias=False)
        self.q_norm, self.k_norm = (nn.RMSNorm(head, 1e-6) for _ in range(2))

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
        query, key, value = by_head(self.wqkv(x), self.heads).chunk(3, dim=-1)
        query, key = turned(self.q_norm(query), rope), turned(self.k_norm(key), rope)
        return self.wo(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class CrossAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, width: int, head: int) -> None:
        super().__init__()
        self.heads = width // head
        self.wq = nn.Linear(width, width, bias=False)
        self.wkv = nn.Linear(width, 2 * width, bias=False)
        self.wo = nn.Linear(width, width, bias=False)
        self.q_norm, self.k_norm = (nn.RMSNorm(head, 1e-6) for _ in range(2))

    def forward(self, x: Tensor, text: Tensor, mask: Tensor) -> Tensor:
        key, value = by_head(self.wkv(text), self.heads).chunk(2, dim=-1)
        query, key = self.q_norm(by_head(self.wq(x), self.heads)), self.k_norm(key)
        return self.wo(F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).flatten(2))


class Block(nn.Module):  # type: ignore[misc,unused-ignore]
    """Text is read without norm and modulation before it, and without a gate after it."""

    def __init__(self, width: int, head: int) -> None:
        from diffusers.models.attention import FeedForward

        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, 1e-5) for _ in range(2))
        self.attn1, self.attn2 = SelfAttention(width, head), CrossAttention(width, head)
        self.ff = FeedForward(width, activation_fn="gelu-approximate", bias=False)
        self.scale_shift_table = nn.Parameter(torch.zeros(6, width))

    def forward(self, x: Tensor, text: Tensor, modulation: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (self.scale_shift_table + modulation).chunk(6, dim=1)
        x = x + gate1 * self.attn1(self.norm1(x) * (1 + scale1) + shift1, rope)
        x = x + self.attn2(x, text, mask)
        return x + gate2 * self.ff(self.norm2(x) * (1 + scale2) + shift2)


class TimeAndMotion(nn.Module):  # type: ignore[misc,unused-ignore]
    """One modulation for all blocks, of the time and of how much shall move."""

    def __init__(self, width: int) -> None:
        from diffusers.models.embeddings import TimestepEmbedding, Timesteps

        super().__init__()
        self.emb = nn.Module()
        self.waves = Timesteps(WAVES, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.emb.timestep_embedder = TimestepEmbedding(WAVES, width)
        self.emb.motion_score_embedder = TimestepEmbedding(WAVES, width)
        self.linear = nn.Linear(width, 6 * width)

    def forward(self, time: Tensor, motion: Tensor) -> tuple[Tensor, Tensor]:
        """(b,) in 0..1 and (b,) -> (b, 6, width), (b, width). The type is that of `time`: stored weights may be in
        eight bits. A time is multiplied in that type too: in bfloat16, 790.3 becomes 788, as in upstream's."""
        dtype = time.dtype
        seen = self.emb.timestep_embedder(self.waves(time * 1000).to(dtype))
        seen = seen + self.emb.motion_score_embedder(self.waves(motion).to(dtype))
        return self.linear(F.silu(seen)).unflatten(-1, (6, -1)), seen


class StepDenoiser(nn.Module):  # type: ignore[misc,unused-ignore]
    """Predicts the velocity from noise to film."""

    kept_whole = ("pos_embed", "norm", "adaln_single", "caption_projection", "clip_projection", "^proj_out$")

    def __init__(self, params: DenoiserParams) -> None:
        from diffusers.models.embeddings import PixArtAlphaTextProjection

        super().__init__()
        width = params.heads * params.head
        self.params = params
        self.pos_embed = nn.Module()
        self.pos_embed.proj = nn.Conv2d(2 * params.channels, width, 1)
        self.adaln_single = TimeAndMotion(width)
        self.caption_projection = PixArtAlphaTextProjection(params.llm, width)
        self.clip_projection = nn.Linear(params.clip, width)
        self.transformer_blocks = nn.ModuleList(Block(width, params.head) for _ in range(params.layers))
        self.scale_shift_table = nn.Parameter(torch.zeros(2, width))
        self.proj_out = nn.Linear(width, params.channels)

    def forward(
        self, latents: Tensor, picture: Tensor, time: Tensor, motion: Tensor, llm: Tensor, clip: Tensor, mask: Tensor
    ) -> Tensor:
        """latents, picture: (b, f, c, h, w), the second with the given frame and zeros; time (b,) from 0, noise, to 1;
        motion (b,); llm (b, n, width), clip (b, m, width); mask (b, m + n), 1 for words -> (b, f, c, h, w)."""
        batch, frames, _, height, width = latents.shape
        x = self.pos_embed.proj(torch.cat([latents, picture], dim=2).flatten(0, 1)).unflatten(0, (batch, frames))
        x = x.permute(0, 1, 3, 4, 2).flatten(1, 3)
        modulation, seen = self.adaln_single(time, motion)
        llm = self.caption_projection(F.layer_norm(llm, llm.shape[-1:], eps=1e-6))
        text = torch.cat([self.clip_projection(clip), llm], dim=1)
        # Counted in integers: upstream's sum in bfloat16 rounds above 256.
        counts = mask.long().sum(1, keepdim=True)
        longest = int(counts.max())
        words = (torch.arange(longest, device=x.device) < counts)[:, None, None]
        cosines, sines = rotation(frames, height, width, self.params.head, x.dtype)
        rope = cosines.to(x.device), sines.to(x.device)
        for block in self.transformer_blocks:
            x = block(x, text[:, :longest], modulation, rope, words)
        shift, scale = (self.scale_shift_table + seen[:, None]).chunk(2, dim=1)
        x = self.proj_out(F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift)
        return x.unflatten(1, (frames, height, width)).permute(0, 1, 4, 2, 3)


@dataclass(frozen=True, eq=False)
class Words:
    """The sentence and what is to be avoided as both text networks read them, each first and second."""

    llm: Tensor  # (2, n, width)
    clip: Tensor  # (2, m, width)
    mask: Tensor  # (2, m + n)


def sigmas(steps: int) -> list[float]:
    """From 1 (noise) towards 0, evenly; the scheduler's shift spends them near noise."""
    return torch.linspace(1, 0, steps + 1)[:-1].tolist()


def sample(
    denoiser: Any,
    scheduler: Any,
    noise: Tensor,
    first: Tensor,
    words: Words,
    *,
    steps: int,
    guidance: float,
    motion: float,
    dtype: torch.dtype,
    on_step: Callable[[int, Tensor], None] = lambda index, latents: None,
) -> Tensor:
    """Noise (1, f, c, h, w) and the picture's latents (1, 1, c, h, w) -> latents, float32, on the noise's device.

    scheduler: flow matching by Euler's method with a shift. The picture is there in both predictions.
    """
    device = noise.device
    latents, picture = noise.float(), torch.zeros_like(noise)
    picture[:, :1] = first.to(noise)
    picture = picture.to(dtype)
    moved = torch.full((1,), motion, dtype=dtype, device=device)

    def predict(time: Tensor, which: int) -> Tensor:
        one = slice(which, which + 1)
        llm, clip = (part[one].to(device, dtype) for part in (words.llm, words.clip))
        return denoiser(latents.to(dtype), picture, time, moved, llm, clip, words.mask[one].to(device)).float()

    scheduler.set_timesteps(sigmas=sigmas(steps), device=device)
    for index, time in enumerate(scheduler.timesteps):
        on_step(index, latents)
        now = (1 - scheduler.sigmas[index]).to(device, dtype).expand(1)
        with_words, without = predict(now, 0), predict(now, 1)
        # The scheduler's time runs the other way.
        velocity = -(without + guidance * (with_words - without))
        latents = scheduler.step(velocity, time, latents, return_dict=False)[0]
    return latents
