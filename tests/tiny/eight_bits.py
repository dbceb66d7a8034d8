"""How much of a network stays as it is when its weights are stored in eight bits."""

from __future__ import annotations

import re
from typing import Any

import torch

from tryon.runtime.placing import kept_whole
from tryon.spec import Component, Footprint

LINEAR = (torch.nn.Linear,)
CAST = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Conv3d)  # what layerwise casting stores in fp8


def in_two_bytes(module: Any, layers: tuple[type, ...]) -> float:
    """Share of the parameters that is not in the weights of `layers` which may be stored in eight bits."""
    stored = {
        layer.weight
        for name, layer in module.named_modules()
        if isinstance(layer, layers) and not any(re.search(pattern, name) for pattern in kept_whole(module))
    }
    return 1 - sum(weight.numel() for weight in stored) / sum(weight.numel() for weight in module.parameters())


def check_kept(footprint: Footprint, part: Component, module: Any) -> None:
    """What the planner counts with is what the published network has, or up to a twentieth more."""
    ways = [LINEAR] if "int8" in footprint.savings and part.role in ("denoiser", "text") else []
    ways += [CAST] if "fp8" in footprint.savings and part.role == "denoiser" else []
    for layers in ways:
        share = in_two_bytes(module, layers)
        assert part.kept - 0.05 < share < part.kept + 0.005, f"{part.name}: {share:.3f}"
