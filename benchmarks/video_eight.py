"""Products in eight bits: float8 (e4m3) of weights and inputs, each row with a scale of its own, summed in bfloat16.

Needs no package: torch._scaled_mm, on cards from Ada and Hopper on, and slowly on a CPU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

LARGEST = 448.0  # of e4m3
MULTIPLE = 16  # what the product wants of its sides


class EightBits(nn.Module):  # type: ignore[misc,unused-ignore]
    """A linear layer."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        scale = linear.weight.float().abs().amax(1, keepdim=True).clamp(min=1e-12) / LARGEST
        self.register_buffer("weight", (linear.weight.float() / scale).to(torch.float8_e4m3fn))
        self.register_buffer("scale", scale.T.contiguous())
        self.bias = linear.bias

    def forward(self, inputs: Tensor) -> Tensor:
        rows = inputs.reshape(-1, inputs.shape[-1])
        scale = rows.float().abs().amax(1, keepdim=True).clamp(min=1e-12) / LARGEST
        small = (rows.float() / scale).to(torch.float8_e4m3fn)
        product = torch._scaled_mm(small, self.weight.t(), scale_a=scale, scale_b=self.scale, out_dtype=torch.bfloat16)
        product = product.to(inputs.dtype).reshape(*inputs.shape[:-1], -1)
        return product if self.bias is None else product + self.bias


def in_eight_bits(model: Any) -> None:
    """Exchanges the linear layers of a denoiser's blocks whose sides allow it; ValueError where none has them."""
    found = [
        (parent, name, part)
        for place, parent in model.named_modules()
        if "blocks" in place.split(".")[0]
        for name, part in parent.named_children()
        if type(part) is nn.Linear and not (part.in_features % MULTIPLE or part.out_features % MULTIPLE)
    ]
    for parent, name, linear in found:
        setattr(parent, name, EightBits(linear))
    if not found:
        raise ValueError(f"no linear layer of its blocks has sides of multiples of {MULTIPLE}")
