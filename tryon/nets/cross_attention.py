"""Cross-attention to what stays the same in all steps of a run: its keys and values are made once.

In a stock UNet every step projects the words (and an image adapter's tokens) again, in every block: in IDM-VTON that is
420 of a step's matrix products. The numbers are the same bit for bit, because they come from the same products.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from tryon.nets.reference_attention import heads_of, transformer_blocks


@contextmanager
def told_once(unet: nn.Module, text: Tensor, image: Tensor | None = None) -> Iterator[None]:
    """Inside the block every cross-attention of a stock UNet reads `text` (n, tokens, width) and, where it has an image
    adapter, `image` (n, 1, tokens, width), whatever it is called with. n is the rows of the UNet's batch."""
    attentions = [block.attn2 for block in transformer_blocks(unet).values() if block.attn2 is not None]
    before = [attention.processor for attention in attentions]
    for attention in attentions:
        attention.set_processor(_Told(attention, text, image))
    try:
        yield
    finally:
        for attention, processor in zip(attentions, before, strict=True):
            attention.set_processor(processor)


class _Told:
    """The processor of one attention that knows its keys and values."""

    def __init__(self, attn: Any, text: Tensor, image: Tensor | None) -> None:
        own = attn.processor
        pairs = [(attn.to_k(text), attn.to_v(text), 1.0)]
        if hasattr(own, "to_k_ip"):
            if image is None:
                raise ValueError("an image adapter needs its tokens")
            tokens = image.flatten(1, 2)
            layers = zip(own.to_k_ip, own.to_v_ip, own.scale, strict=True)
            pairs += [(keys(tokens), values(tokens), scale) for keys, values, scale in layers]
        self._known = [
            (heads_of(keys, attn.heads), heads_of(values, attn.heads), scale) for keys, values, scale in pairs
        ]

    def __call__(self, attn: Any, hidden_states: Tensor, *unused: object, **also: object) -> Tensor:
        query = heads_of(attn.to_q(hidden_states), attn.heads)
        mixed: Tensor | None = None
        for keys, values, scale in self._known:
            found = F.scaled_dot_product_attention(query, keys, values).transpose(1, 2).flatten(2)
            found = found if scale == 1 else found * scale
            mixed = found if mixed is None else mixed + found
        result: Tensor = attn.to_out[1](attn.to_out[0](mixed))
        return result
