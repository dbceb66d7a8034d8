"""Tables of renamed keys: (regular expression, replacement) pairs, applied in order to every key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

Rules = tuple[tuple[str, str], ...]
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
# Buffers that older versions saved as if they were weights.
POSITION_IDS = r"\.position_ids$"


def renamed(key: str, rules: Rules) -> str:
    """`key` after all rules."""
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def matches(key: str, patterns: Iterable[str]) -> bool:
    """Whether any of the regular expressions is found in `key`."""
    return any(re.search(pattern, key) for pattern in patterns)


def below(tensors: Mapping[str, T], prefix: str) -> dict[str, T]:
    """The entries whose keys start with `prefix`, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
