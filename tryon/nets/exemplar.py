"""Paint-by-Example's view of a picture (Yang et al., CVPR 2023): one CLIP token through a few blocks."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn


class ExemplarEncoder(nn.Module):  # type: ignore[misc,unused-ignore]
    """CLIP's class token (after its last norm), `depth` one-token transformer blocks, a norm, a projection."""

    def __init__(self, clip: nn.Module, *, width: int, depth: int, out: int) -> None:
        """`clip`: a transformers CLIPVisionModel of hidden size `width`."""
        from diffusers.models.attention import BasicTransformerBlock

        super().__init__()
        self.clip = clip
        self.blocks = nn.ModuleList(
            [BasicTransformerBlock(width, 1, width, activation_fn="gelu", attention_bias=True) for _ in range(depth)]
        )
        self.norm, self.proj = nn.LayerNorm(width), nn.Linear(width, out)
        self.nothing = nn.Parameter(torch.zeros(1, 1, out))  # what the half without a garment is told

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 3, side, side) as CLIP normalises them -> (n, 1, out)."""
        token = self.clip(pixel_values=pixels).pooler_output[:, None]
        for block in self.blocks:
            token = block(token)
        return cast(Tensor, self.proj(self.norm(token)))
