"""Products of halves as fast as those of whole numbers, on a CPU whose own are ten to fifty times slower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

HALVES = (torch.bfloat16, torch.float16)
PLAIN = (torch.Tensor, torch.nn.Parameter)  # weights of eight bits are tensors of their own classes


def quick(patch: pytest.MonkeyPatch) -> None:
    """Layers of halves compute in 32 bits and round what they give, as a graphics card does. What has two types fails
    as ever."""
    for name in ("conv1d", "conv2d", "conv3d", "linear"):
        patch.setattr(torch.nn.functional, name, _in_32_bits(getattr(torch.nn.functional, name)))


def _in_32_bits(right: Callable[..., Any]) -> Callable[..., Any]:
    def layer(input: Any, weight: Any, bias: Any = None, *args: Any, **words: Any) -> Any:
        kind = input.dtype
        same = all(type(one) in PLAIN and one.dtype == kind for one in (input, weight, bias) if one is not None)
        if kind not in HALVES or not same or weight.device.type != "cpu":
            return right(input, weight, bias, *args, **words)
        return right(input.float(), weight.float(), None if bias is None else bias.float(), *args, **words).to(kind)

    return layer
