"""Step-LLM, the text network of Step-Video (19.6B, causal): its last block's output, without a norm after it.

Positions lie in the attention alone. Upstream computes that in a closed CUDA library ("redesigned ALiBi" in the paper);
here it is what StepFun publishes as its replacement in plain PyTorch (modeling_step1.py of Step-Audio): a penalty that
grows with the root of the distance. That both are equal has not been seen: the library runs on few machines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tryon.nets.step_video import by_head

START, END, FILLER = 1, 2, 2  # tokens
LENGTH = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmParams:
    """Sizes of the network; the defaults are the published ones."""

    width: int = 6144
    heads: int = 48
    groups: int = 8  # of heads that share keys and values
    layers: int = 48
    inner: int = 16896  # of the feed-forward layer, rounded up to a multiple of 256
    words: int = 65536

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> LlmParams:
        """From the published config.json; what it does not say is as published."""
        names = {
            "width": "hidden_size", "heads": "num_attention_heads", "groups": "num_attention_groups",
            "layers": "num_layers", "inner": "ffn_hidden_size", "words": "padded_vocab_size",
        }  # fmt: skip
        return cls(**{ours: int(config[theirs]) for ours, theirs in names.items() if theirs in config})


def slopes(heads: int) -> Tensor:
    """ALiBi's (Press et al. 2021): powers of 2^(-8/p) for the p heads of a power of two, odd powers of its root for
    the rest."""
    whole = 2 ** math.floor(math.log2(heads))
    first = (2 ** (-8 / whole)) ** torch.arange(1, whole + 1)
    return torch.cat([first, (2 ** (-4 / whole)) ** torch.arange(1, 1 + 2 * (heads - whole), 2)])


def penalty(heads: int, length: int) -> Tensor:
    """(heads, length, length): -slope * sqrt(distance) to what came before, -inf to what comes."""
    distance = torch.arange(length)[:, None] - torch.arange(length)
    fall = -distance.clamp(min=0).float().sqrt() * slopes(heads)[:, None, None]
    return torch.where(distance < 0, -torch.inf, fall)


class Layer(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, params: LlmParams) -> None:
        super().__init__()
        width, head = params.width, params.width // params.heads
        inner = math.ceil(params.inner / 256) * 256
        self.heads, self.groups = params.heads, params.groups
        self.attention, self.feed_forward = nn.Module(), nn.Module()
        self.attention.wqkv = nn.Linear(width, width + 2 * params.groups * head, bias=False)
        self.attention.wo = nn.Linear(width, width, bias=False)
        self.feed_forward.w1 = nn.Linear(width, 2 * inner, bias=False)
        self.feed_forward.w2 = nn.Linear(inner, width, bias=False)
        self.attention_norm, self.ffn_norm = (nn.RMSNorm(width, 1e-5) for _ in range(2))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        joined, width = self.attention.wqkv(self.attention_norm(x)), x.shape[-1]
        query, rest = joined.split([width, joined.shape[-1] - width], dim=-1)
        shared = by_head(rest, self.groups).repeat_interleave(self.heads // self.groups, dim=1)
        key, value = shared.chunk(2, dim=-1)
        seen = F.scaled_dot_product_attention(by_head(query, self.heads), key, value, attn_mask=bias.to(x))
        x = x + self.attention.wo(seen.transpose(1, 2).flatten(2))
        gate, value = self.feed_forward.w1(self.ffn_norm(x)).chunk(2, dim=-1)
        return x + self.feed_forward.w2(F.silu(gate) * value)


class StepLlm(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, params: LlmParams) -> None:
        super().__init__()
        self.heads = params.heads
        self.tok_embeddings, self.transformer = nn.Module(), nn.Module()
        self.tok_embeddings.word_embeddings = nn.Embedding(params.words, params.width)
        self.transformer.layers = nn.ModuleList(Layer(params) for _ in range(params.layers))

    def forward(self, ids: Tensor) -> Tensor:
        """(b, n) -> (b, n, width). What fills up the end is not masked: nothing before it can see it."""
        x = self.tok_embeddings.word_embeddings(ids)
        bias = penalty(self.heads, ids.shape[1]).to(x.device)
        for layer in self.transformer.layers:
            x = layer(x, bias)
        return x


class StepTokenizer:
    """sentencepiece's pieces between a start and an end."""

    def __init__(self, model: str) -> None:
        import sentencepiece

        self._pieces = sentencepiece.SentencePieceProcessor(model_file=model)

    def __call__(self, text: str) -> dict[str, list[int]]:
        return {"input_ids": [START, *self._pieces.encode(text), END]}

    def filled(self, text: str) -> tuple[Tensor, Tensor]:
        """(1, 320) ids, cut where there are too many, and their mask."""
        pieces = self._pieces.encode(text)[: LENGTH - 2]
        ids = [START, *pieces, END]
        mask = [1] * len(ids) + [0] * (LENGTH - len(ids))
        return torch.tensor([ids + [FILLER] * (LENGTH - len(ids))]), torch.tensor([mask])
