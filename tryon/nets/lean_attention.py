"""Attention of HunyuanVideo 1.5 without its mask.

diffusers pads the text to about 1985 tokens, marks what is padding in a matrix of all tokens by all tokens, and builds
that in every layer: 12.9 GB of booleans for 121 frames at 720p, and no flash kernel takes it. The valid tokens come
first, so that it is enough to leave the padded keys out: the video's tokens come out the same.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class LeanAttention:
    """Attention processor for the blocks of HunyuanVideo15Transformer3DModel."""

    _attention_backend = None  # set by diffusers' set_attention_backend
    _parallel_config = None

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """hidden_states (n, video tokens, c), encoder_hidden_states (n, text tokens, c), attention_mask (n, text
        tokens), 1 where a text token counts, those first."""
        from diffusers.models.attention_dispatch import dispatch_attention_fn
        from diffusers.models.embeddings import apply_rotary_emb

        def heads(values: Tensor) -> Tensor:
            return values.unflatten(2, (attn.heads, -1))

        query, key = attn.norm_q(heads(attn.to_q(hidden_states))), attn.norm_k(heads(attn.to_k(hidden_states)))
        value = heads(attn.to_v(hidden_states))
        if image_rotary_emb is not None:
            query, key = (apply_rotary_emb(part, image_rotary_emb, sequence_dim=1) for part in (query, key))
        count, mask = query.shape[1], None
        if encoder_hidden_states is not None:
            words = [
                heads(project(encoder_hidden_states)) for project in (attn.add_q_proj, attn.add_k_proj, attn.add_v_proj)
            ]
            if attn.norm_added_q is not None:
                words[:2] = attn.norm_added_q(words[0]), attn.norm_added_k(words[1])
            query, key, value = (torch.cat(pair, dim=1) for pair in zip((query, key, value), words, strict=True))
            if attention_mask is not None:
                key, value, mask = _without_padding(key, value, attention_mask, count)
        out = dispatch_attention_fn(
            query, key, value, attn_mask=mask, backend=self._attention_backend, parallel_config=self._parallel_config
        )
        out = out.flatten(2, 3).to(query.dtype)
        if encoder_hidden_states is None:
            return out
        return attn.to_out[1](attn.to_out[0](out[:, :count])), attn.to_add_out(out[:, count:])


def _without_padding(key: Tensor, value: Tensor, words: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Keys and values that count; texts of different lengths in one batch need a mask, of tokens, not of pairs."""
    lengths = words.bool().sum(dim=1)
    if int(lengths.min()) == int(lengths.max()):
        kept = count + int(lengths[0])
        return key[:, :kept], value[:, :kept], None
    mask = torch.cat([words.new_ones(len(words), count), words], dim=1).bool()
    return key, value, mask[:, None, None]


def make_lean(transformer: Any) -> None:
    """Gives every block of a HunyuanVideo 1.5 transformer the lean attention."""
    for block in transformer.transformer_blocks:
        block.attn.processor = LeanAttention()
