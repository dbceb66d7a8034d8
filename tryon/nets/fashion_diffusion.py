"""The diffusion process of FashionFlow and X2Fashion: 1000 times, the first frame known throughout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

TIMES = 1000
LEAST, MOST = 1e-4, 0.02

Predict = Callable[[Tensor, Tensor], Tensor]  # noisy latents (b, c, f, h, w), times (b,) -> noise


@dataclass(frozen=True, slots=True, eq=False)
class FashionStep:
    """One finished step."""

    index: int
    total: int
    latents: Tensor
    clean: Tensor  # the clean latents it foresees


def betas() -> Tensor:
    """(1000,) float32: a cosine in the betas themselves, unlike what is called a cosine schedule."""
    angles = np.arange(TIMES)[::-1] / (TIMES - 1) * np.pi
    return torch.from_numpy((LEAST + 0.5 * (MOST - LEAST) * (1 + np.cos(angles))).astype(np.float32))


def training_pair(latents: Tensor, noise: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """What the UNet is given and what it should answer, both (b, c, f, h, w): noisy frames after a clean first one,
    and the noise, of which the first frame has none."""
    alphas = torch.cumprod(1 - betas(), 0).to(latents.device)[times].to(latents.dtype)[:, None, None, None, None]
    noisy = alphas.sqrt() * latents + (1 - alphas).sqrt() * noise
    target = noise.clone()
    noisy[:, :, 0], target[:, :, 0] = latents[:, :, 0], 0
    return noisy, target


def training_loss(answer: Tensor, target: Tensor) -> Tensor:
    """The published sum over frames of each frame's mean squared error."""
    return F.mse_loss(answer.float(), target.float()) * target.shape[2]


def published_steps(
    predict: Predict,
    latents: Tensor,
    first: Tensor,
    noise: Callable[[tuple[int, ...]], Tensor],
    on_step: Callable[[FashionStep], None],
    times: list[int] | None = None,
) -> Tensor:
    """The authors' sampler: ancestral steps through all 1000 times (or `times`), the first frame put back in each.

    latents: noise (b, c, f, h, w); first: (b, c, 1, h, w). Written with the betas themselves: diffusers' DDPMScheduler
    loses four digits near the end.
    """
    beta = betas().to(latents.device)
    alpha = torch.cumprod(1 - beta, 0)
    latents = _with_first(latents, first)
    for index, time in enumerate(times := times or list(range(TIMES))[::-1]):
        output = _answer(predict, latents, time)
        clean = (latents - (1 - alpha[time]).sqrt() * output) / alpha[time].sqrt()
        latents = (1 / (1 - beta[time])).sqrt() * (latents - beta[time] * output / (1 - alpha[time]).sqrt())
        drawn = noise(tuple(latents.shape)).to(latents)
        if time:
            latents = latents + (beta[time] * (1 - alpha[time - 1]) / (1 - alpha[time])).sqrt() * drawn
        latents = _with_first(latents, first)
        on_step(FashionStep(index, len(times), latents, clean))
    return latents


def quick_steps(
    predict: Predict, latents: Tensor, first: Tensor, steps: int, on_step: Callable[[FashionStep], None]
) -> Tensor:
    """DPM-Solver++ (Lu et al. 2022) over the same process: some tens of steps in place of 1000. Not upstream's."""
    from diffusers import DPMSolverMultistepScheduler

    scheduler: Any = DPMSolverMultistepScheduler(
        num_train_timesteps=TIMES, trained_betas=betas().numpy(), timestep_spacing="trailing"
    )
    scheduler.set_timesteps(steps)
    alpha = torch.cumprod(1 - betas(), 0).to(latents.device)
    latents = _with_first(latents, first)
    for index, time in enumerate(scheduler.timesteps.tolist()):
        output = _answer(predict, latents, time)
        clean = (latents - (1 - alpha[time]).sqrt() * output) / alpha[time].sqrt()
        latents = _with_first(scheduler.step(output, time, latents).prev_sample, first)
        on_step(FashionStep(index, steps, latents, clean))
    return latents


def _answer(predict: Predict, latents: Tensor, time: int) -> Tensor:
    return predict(latents, torch.full((len(latents),), float(time), device=latents.device)).float()


def _with_first(latents: Tensor, first: Tensor) -> Tensor:
    return torch.cat([first.to(latents), latents[:, :, 1:]], dim=2)
