"""Latent pictures: quick colours for previews, the clean picture that a step foresees, masks at latent size."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

# Least-squares colours (R, G, B in -1..1) of the four latent channels, scaled latents, as the community measured them.
SD15_RGB = ((0.298, 0.207, 0.208), (0.187, 0.286, 0.173), (-0.158, 0.189, 0.264), (-0.184, -0.271, -0.473))
SDXL_RGB = ((0.365, 0.423, 0.434), (-0.253, -0.004, 0.107), (0.108, 0.111, -0.036), (-0.317, -0.249, -0.219))
Rgb = tuple[tuple[float, float, float], ...]


def quick_picture(latents: Tensor, colours: Rgb) -> Any:
    """(4, h, w) scaled latents -> (h, w, 3) uint8 array, an eighth of the picture's size."""
    factors = torch.tensor(colours, dtype=torch.float32)
    values = torch.einsum("chw,ck->hwk", latents.detach().float().cpu(), factors)
    return ((values + 1) * 127.5).clamp(0, 255).round().to(torch.uint8).numpy()


def foreseen(latents: Tensor, noise: Tensor, alpha: Tensor | float) -> Tensor:
    """The clean latents that a noise prediction implies: (x - sqrt(1 - a) e) / sqrt(a), `alpha` the step's
    cumulative product (Ho et al. 2020, eq. 15)."""
    alpha = torch.as_tensor(alpha, dtype=torch.float32, device=latents.device)
    return (latents - (1 - alpha).sqrt() * noise) / alpha.sqrt()


def foreseen_by_velocity(latents: Tensor, velocity: Tensor, alpha: Tensor | float) -> Tensor:
    """The same from a velocity: sqrt(a) x - sqrt(1 - a) v (Salimans and Ho 2022, appendix D)."""
    alpha = torch.as_tensor(alpha, dtype=torch.float32, device=latents.device)
    return alpha.sqrt() * latents - (1 - alpha).sqrt() * velocity


def shrunk(picture: Tensor, like: Tensor) -> Tensor:
    """(n, c, H, W) at the latents' height and width, by nearest neighbour, as every system here does with masks."""
    return F.interpolate(picture, size=like.shape[-2:], mode="nearest")
