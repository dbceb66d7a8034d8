"""Listening to a pipeline's scheduler: one hook that works for every pipeline of diffusers.

The scheduler's class is exchanged for a subclass whose step() first tells how the clean result looks from here. That
works where a pipeline has no callback (HunyuanVideo 1.5), gives a recognisable picture from the first steps on instead
of noise, survives pipelines that copy their scheduler (LTX-2), and leaves every number as it was.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.types import Pixels

if TYPE_CHECKING:
    from torch import Tensor

# Gets a function that computes the clean latents when it is called: a preview is not made in every step.
Heard = Callable[[Callable[[], "Tensor"]], None]


@contextmanager
def tapped(scheduler: Any, heard: Heard) -> Iterator[None]:
    """Inside the block `heard` is called before every step of the scheduler. It may raise to leave the loop."""
    plain = type(scheduler)
    owner = scheduler

    @functools.wraps(plain.step)  # pipelines look at the signature to see what they may pass
    def step(self: Any, model_output: Any, *args: Any, **words: Any) -> Any:
        if self is owner:
            time, sample = _arguments(plain.__name__, args, words)
            heard(lambda: clean_latents(self, plain.__name__, model_output, time, sample))
        return plain.step(self, model_output, *args, **words)

    scheduler.__class__ = type(plain.__name__, (plain,), {"step": step, "__module__": plain.__module__})
    try:
        yield
    finally:
        scheduler.__class__ = plain


def _arguments(name: str, args: tuple[Any, ...], words: dict[str, Any]) -> tuple[Any, Any]:
    """Timestep and sample of a step() call. CogVideoX's DPM gets its previous estimate before the timestep."""
    if name == "CogVideoXDPMScheduler":
        return args[1], args[3]
    time = args[0] if args else words["timestep"]
    sample = args[1] if len(args) > 1 else words["sample"]
    return time, sample


def clean_latents(scheduler: Any, name: str, output: Tensor, time: Any, sample: Tensor) -> Tensor:
    """The clean latents that a model's output implies, in the sample's layout, float32.

    Flow matching: x + (sigma_end - sigma) v; EDM with v prediction (EulerDiscrete, SVD); v prediction over
    alphas_cumprod (CogVideoX).
    """
    output, sample = output.float(), sample.float()
    if name == "EulerDiscreteScheduler":
        sigma = float(scheduler.sigmas[_index(scheduler, time)])
        return output * (-sigma / (sigma**2 + 1) ** 0.5) + sample / (sigma**2 + 1)
    if hasattr(scheduler, "sigmas"):
        sigmas = scheduler.sigmas
        end, now = float(sigmas[-1]), float(sigmas[_index(scheduler, time)])
        return sample + (end - now) * output
    alpha = float(scheduler.alphas_cumprod[int(time)])
    return alpha**0.5 * sample - (1 - alpha) ** 0.5 * output


def _index(scheduler: Any, time: Any) -> int:
    if scheduler.step_index is None:
        scheduler._init_step_index(time)
    return int(scheduler.step_index)


class LinearPreview:
    """Latents to colours by a linear map, fitted to one picture whose latents are known.

    Colours lie nearly linearly in every autoencoder's latents, so that a least-squares fit of at most 129 unknowns
    gives a fair picture of any of them, without a table from anywhere.
    """

    def __init__(self, latents: Tensor, picture: Pixels) -> None:
        """latents: (C, h, w) as the denoiser has them; picture: (H, W, 3) that they stand for."""
        import torch

        height, width = latents.shape[-2:]
        small = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float()
        colours = torch.nn.functional.interpolate(small, size=(height, width), mode="area")[0]
        known = latents.detach().float().cpu().flatten(1).T
        known = torch.cat([known, torch.ones(len(known), 1)], dim=1)
        # A small ridge: a flat picture leaves some directions open.
        square = known.T @ known + 1e-4 * len(known) * torch.eye(known.shape[1])
        self._map = torch.linalg.solve(square, known.T @ colours.flatten(1).T)

    def __call__(self, latents: Tensor) -> Pixels:
        """(C, f, h, w) -> (f, h, w, 3) uint8."""
        values = latents.detach().float().cpu().permute(1, 2, 3, 0)
        colours = values @ self._map[:-1] + self._map[-1]
        return colours.clamp(0, 255).round().byte().numpy()
