"""The 3D UNet of VideoCrafter and DynamiCrafter (He et al. 2022, "Latent Video Diffusion Models").

Layer for layer it is diffusers' UNet3DConditionModel. What that class lacks is here: a frame rate beside the time, and
a second cross-attention that reads image tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEXT_TOKENS = 77
TOKENS_PER_FRAME = 16  # of the image, where every frame has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class UNetParams:
    """Sizes of the network. All but `head` can be read off its weights."""

    channels_in: int  # 4; 8 where a picture's latents are joined to the noisy ones
    channels_out: int
    widths: tuple[int, ...]  # channels per level
    blocks: int  # residual blocks per level
    attention: tuple[bool, ...]  # per level
    context: int  # width of text and image tokens
    head: int  # channels of an attention head
    image_tokens: bool
    learnt_scale: bool  # of the attention to image tokens (DynamiCrafter 256)


class TimeAndRate(nn.Module):  # type: ignore[misc,unused-ignore]
    """Takes the place of the UNet's time embedding; the frame rate comes as `timestep_cond`, (b,) numbers."""

    def __init__(self, width: int) -> None:
        from diffusers.models.embeddings import TimestepEmbedding, Timesteps

        super().__init__()
        self.waves = Timesteps(width, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.time = TimestepEmbedding(width, 4 * width)
        self.rate = TimestepEmbedding(width, 4 * width)

    def forward(self, waves: Tensor, rate: Tensor) -> Tensor:
        return self.time(waves) + self.rate(self.waves(rate).to(waves.dtype))


class ImageTokenAttention(nn.Module):  # type: ignore[misc,unused-ignore]
    """An attn2 processor: text(q) + scale * image(q), the queries shared.

    With 16 image tokens per frame every frame reads its own; with any other number every frame reads all of them.
    """

    def __init__(self, context: int, inner: int, learnt_scale: bool) -> None:
        super().__init__()
        self.to_k_ip = nn.Linear(context, inner, bias=False)
        self.to_v_ip = nn.Linear(context, inner, bias=False)
        self.alpha = nn.Parameter(torch.zeros(())) if learnt_scale else None
        self.frames = 1  # set by the UNet around it before each run

    def forward(
        self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor, *unused: object, **words: object
    ) -> Tensor:
        """hidden_states (b * frames, h * w, c); encoder_hidden_states (b * frames, 77 + image tokens, context)."""
        text, image = encoder_hidden_states[:, :TEXT_TOKENS], encoder_hidden_states[:, TEXT_TOKENS:]
        if image.shape[1] == TOKENS_PER_FRAME * self.frames:
            rows = torch.arange(len(image), device=image.device)
            image = image.unflatten(1, (self.frames, TOKENS_PER_FRAME))[rows, rows % self.frames]
        query = _heads(attn.to_q(hidden_states), attn.heads)
        read = _read(query, attn.to_k(text), attn.to_v(text), attn.heads)
        seen = _read(query, self.to_k_ip(image), self.to_v_ip(image), attn.heads)
        scale = 1 if self.alpha is None else 1 + torch.tanh(self.alpha)
        return attn.to_out[1](attn.to_out[0](read + scale * seen))


class VideoUNet(nn.Module):  # type: ignore[misc,unused-ignore]
    """UNet3DConditionModel with a frame rate and, where asked for, image tokens."""

    def __init__(self, params: UNetParams) -> None:
        from diffusers import UNet3DConditionModel

        super().__init__()
        down = ["CrossAttnDownBlock3D" if has else "DownBlock3D" for has in params.attention]
        up = ["CrossAttnUpBlock3D" if has else "UpBlock3D" for has in reversed(params.attention)]
        self.net = UNet3DConditionModel(
            in_channels=params.channels_in,
            out_channels=params.channels_out,
            block_out_channels=params.widths,
            layers_per_block=params.blocks,
            down_block_types=down,
            up_block_types=up,
            cross_attention_dim=params.context,
            attention_head_dim=params.head,  # the width of a head here, whatever other UNets mean by it
        )
        self.net.time_embedding = TimeAndRate(params.widths[0])
        if params.image_tokens:
            for block in self._picture_blocks():
                inner = block.attn2.inner_dim
                block.attn2.set_processor(ImageTokenAttention(params.context, inner, params.learnt_scale))

    def forward(self, latents: Tensor, time: Tensor, context: Tensor, rate: Tensor) -> Tensor:
        """latents (b, c, f, h, w), time and rate (b,), context (b, tokens, width) -> (b, c, f, h, w).

        h and w must be multiples of two to the power of (levels - 1).
        """
        for module in self.modules():
            if isinstance(module, ImageTokenAttention):
                module.frames = latents.shape[2]
        return self.net(latents, time, context, timestep_cond=rate, return_dict=False)[0]

    def _picture_blocks(self) -> list[Any]:
        """The transformer blocks that work on one frame at a time: those that read a context."""
        return [
            module
            for name, module in self.net.named_modules()
            if hasattr(module, "attn2") and ".attentions." in f".{name}"
        ]


def unet_params(shapes: Mapping[str, tuple[int, ...]], head: int) -> UNetParams:
    """The sizes of a published checkpoint, read off the shapes of its weights (LDM names, without prefix).

    Raises KeyError or ValueError when they are not those of such a network.
    """
    last = 1 + max(int(key.split(".")[1]) for key in shapes if key.startswith("input_blocks."))
    downs = [index for index in range(last) if f"input_blocks.{index}.0.op.weight" in shapes]
    blocks = downs[0] - 1 if downs else last - 1
    firsts = [1 + level * (blocks + 1) for level in range(len(downs) + 1)]
    attends = [f"input_blocks.{first}.1.transformer_blocks.0.attn2.to_k.weight" for first in firsts]
    context = next(shapes[key][1] for key in attends if key in shapes)
    return UNetParams(
        channels_in=shapes["input_blocks.0.0.weight"][1],
        channels_out=shapes["out.2.weight"][0],
        widths=tuple(shapes[f"input_blocks.{first}.0.out_layers.3.weight"][0] for first in firsts),
        blocks=blocks,
        attention=tuple(key in shapes for key in attends),
        context=context,
        head=head,
        image_tokens=any(key.endswith(".to_k_ip.weight") for key in shapes),
        learnt_scale=any(key.endswith(".attn2.alpha") for key in shapes),
    )


def _heads(tokens: Tensor, heads: int) -> Tensor:
    return tokens.unflatten(-1, (heads, -1)).transpose(1, 2)


def _read(query: Tensor, keys: Tensor, values: Tensor, heads: int) -> Tensor:
    mixed = F.scaled_dot_product_attention(query, _heads(keys, heads), _heads(values, heads))
    return mixed.transpose(1, 2).flatten(2)
