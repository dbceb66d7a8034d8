"""What the try-on benchmark's systems are made of: networks with random weights, made where they are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.transfer_scale import Scale
from tryon.spec import TransferSpec
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.sampling import Place

Run = Callable[[int, int], Tensor]  # (steps, samples) -> pictures (samples, 3, H, W)
SCHEDULE: Mapping[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                               "steps_offset": 1}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Built:
    """A system ready to run."""

    ours: Run
    upstream: Callable[[], Any]  # a context: inside it `ours` computes what the authors' code computes
    networks: tuple[nn.Module, ...]  # what is compiled, or stored channels last
    system: Any
    differs: str = ""  # what upstream does besides, in words


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One row of the table."""

    spec: TransferSpec
    build: Callable[[Scale, str, torch.dtype], Built]
    dtype: torch.dtype  # the authors' on a GPU
    size: tuple[int, int] = (768, 1024)

    @property
    def name(self) -> str:
        return self.spec.name


def drawn(make: Callable[[], nn.Module], device: str, dtype: torch.dtype) -> Any:
    """A module with its initial random weights, made on the device."""
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            module = make()
    finally:
        torch.set_default_dtype(before)
    return module.to(device, dtype).eval().requires_grad_(False)


def unet(config: Mapping[str, Any], channels: int, device: str, dtype: torch.dtype, **changes: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return drawn(lambda: UNet2DConditionModel(**{**config, "in_channels": channels, **changes}), device, dtype)


def autoencoder(scale: Scale, device: str, dtype: torch.dtype) -> Any:
    from diffusers import AutoencoderKL

    return drawn(lambda: AutoencoderKL(**scale.vae), device, dtype)


def picture(scale: Scale, device: str, seed: int) -> Tensor:
    """(1, 3, H, W) in -1..1."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, scale.height, scale.width, generator=generator).to(device) * 2 - 1


def mask(scale: Scale, device: str) -> Tensor:
    """(1, 1, H, W), 1 in the middle."""
    plane = torch.zeros(1, 1, scale.height, scale.width, device=device)
    plane[..., scale.height // 4 : scale.height // 2, scale.width // 4 : -scale.width // 4] = 1
    return plane


def here(device: str, *, captures: bool | None = None) -> Place:
    """Where systems compute: as the product, on a GPU with captured steps (TRYON_GRAPHS=1)."""
    return Place(device, captures=device == "cuda" if captures is None else captures)


def silent(step: Any) -> None:
    """Nobody listens to steps here."""


def rows(tensor: Tensor, samples: int) -> Tensor:
    return tensor.repeat(samples, *[1] * (tensor.ndim - 1))


@contextmanager
def exchanged(system: Any, name: str, value: Any) -> Iterator[None]:
    """A field of a frozen system is another one inside the block."""
    before = getattr(system, name)
    object.__setattr__(system, name, value)
    try:
        yield
    finally:
        object.__setattr__(system, name, before)


class Unsupported(Exception):
    """A system cannot do what an option asks."""


def with_adapter(net: Any, tokens: int, device: str, dtype: torch.dtype) -> Any:
    """A UNet with an image adapter's keys and values, drawn."""
    models.add_image_adapter(net, tokens=tokens)
    for name, module in net.named_modules():
        if name.endswith(".attn2"):
            module.processor.to_empty(device=device).to(dtype)
            for weight in module.processor.parameters():
                nn.init.normal_(weight, std=0.02)
    return net.requires_grad_(False)
