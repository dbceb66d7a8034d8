"""Tables of renamed keys: (regular expression, replacement) pairs, applied in order to every key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

Rules = tuple[tuple[str, str], ...]
Parted = tuple[tuple[str, tuple[str, ...]], ...]  # (piece of a key, what it is replaced by in each part)
T = TypeVar("T")

# Autoencoders saved by early diffusers name the attention of their middle block otherwise (sd-vae-ft-mse does).
OLD_VAE: Rules = (
    (r"(\.mid_block\.attentions\.\d+)\.query\.", r"\1.to_q."),
    (r"(\.mid_block\.attentions\.\d+)\.key\.", r"\1.to_k."),
    (r"(\.mid_block\.attentions\.\d+)\.value\.", r"\1.to_v."),
    (r"(\.mid_block\.attentions\.\d+)\.proj_attn\.", r"\1.to_out.0."),
)
# transformers 5 has no prefix in a text encoder without projection; published files have one.
TEXT_ENCODER: Rules = ((r"^text_model\.", ""),)
# IP-Adapter's Resampler as its authors name it -> diffusers' IPAdapterPlusImageProjection.
RESAMPLER: Rules = (
    (r"^layers\.(\d+)\.0\.norm1\.", r"layers.\1.ln0."),
    (r"^layers\.(\d+)\.0\.norm2\.", r"layers.\1.ln1."),
    (r"^layers\.(\d+)\.0\.to_out\.", r"layers.\1.attn.to_out.0."),
    (r"^layers\.(\d+)\.0\.", r"layers.\1.attn."),
    (r"^layers\.(\d+)\.1\.0\.", r"layers.\1.ff.0."),
    (r"^layers\.(\d+)\.1\.1\.", r"layers.\1.ff.1.net.0.proj."),
    (r"^layers\.(\d+)\.1\.3\.", r"layers.\1.ff.1.net.2."),
)
RESAMPLER_PARTED: Parted = ((".to_kv.", (".to_k.", ".to_v.")),)
# The image keys and values of a cross-attention, where diffusers allows several adapters.
IP_ADAPTER: Rules = ((r"\.processor\.(to_[kv]_ip)\.", r".processor.\1.0."),)
# Buffers that older versions saved as if they were weights.
POSITION_IDS = r"(^|\.)position_ids$"


def renamed(key: str, rules: Rules) -> str:
    """`key` after all rules."""
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def parts(key: str, tensor: Any, parted: Parted) -> Iterator[tuple[str, Any]]:
    """(key, tensor), or its equal parts along the first axis where a tensor is several weights in one."""
    for piece, names in parted:
        if piece in key:
            pieces = tensor.chunk(len(names), dim=0)
            yield from ((key.replace(piece, name), part) for name, part in zip(names, pieces, strict=True))
            return
    yield key, tensor


def matches(key: str, patterns: Iterable[str]) -> bool:
    """Whether any of the regular expressions is found in `key`."""
    return any(re.search(pattern, key) for pattern in patterns)


def below(tensors: Mapping[str, T], prefix: str) -> dict[str, T]:
    """The entries whose keys start with `prefix`, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
