"""DDIM as VideoCrafter and DynamiCrafter run it (Song et al. 2021, with what the two add).

diffusers' DDIMScheduler can express neither of the two scalings of the signal, nor the step lists for numbers of steps
that do not divide 1000, nor the clamp that keeps the first step of a zero-SNR schedule from being NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

TIMES = 1000
SCALE_RAMP = 400  # steps over which the scale falls to its base

Branch = Literal["whole", "nothing", "picture"]  # text and picture; neither; the picture without the text
Predict = Callable[[Tensor, int, Branch], Tensor]
Scaling = Literal["none", "dynamic", "signal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A checkpoint's diffusion process."""

    velocity: bool  # predicts v, not noise
    zero_snr: bool  # betas rescaled to no signal at the last time (Lin et al. 2023)
    trailing: bool  # steps counted from the last time downwards
    scaling: Scaling  # "dynamic": the clean picture is rescaled (DynamiCrafter); "signal": it is stored scaled
    base_scale: float = 1.0

    def alphas(self) -> Tensor:
        """Cumulative products, (1000,) float32."""
        betas = np.linspace(0.00085**0.5, 0.012**0.5, TIMES, dtype=np.float64) ** 2
        root = np.sqrt(np.cumprod(1 - betas))
        if self.zero_snr:
            root = (root - root[-1]) * root[0] / (root[0] - root[-1])
        return torch.tensor(root**2, dtype=torch.float32)

    def scales(self) -> Tensor:
        """Scale of the clean signal at each time, (1000,) float32."""
        ramp = np.linspace(1.0, self.base_scale, SCALE_RAMP)
        return torch.tensor(np.append(ramp, np.full(TIMES - SCALE_RAMP, self.base_scale)), dtype=torch.float32)

    def times(self, steps: int) -> list[int]:
        """The times visited, falling. Counted from the first time, a number that does not divide 1000 makes more of
        them than were asked for, as upstream."""
        if self.trailing:
            times = np.round(np.arange(TIMES, 0, -TIMES / steps)).astype(int) - 1
            return [int(time) for time in times if time >= 0]  # 61 steps would end at -1, by rounding
        # 3, 9, 27 and 37 steps would begin at 1000, which is no time.
        return [min(time + 1, TIMES - 1) for time in range(0, TIMES, TIMES // steps)][::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Classifier-free guidance. `picture`: a scale of its own for the image (multi-condition guidance)."""

    scale: float
    rescale: float = 0.0  # share of the result whose spread is drawn back to the conditional one's (Lin et al. 2023)
    picture: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DdimStep:
    """One finished step."""

    index: int
    total: int
    latents: Tensor  # after the step
    clean: Tensor  # the clean latents it foresees


def guided(predict: Predict, latents: Tensor, time: int, guidance: Guidance) -> Tensor:
    """The prediction at one time, after guidance."""
    whole = predict(latents, time, "whole")
    if guidance.scale == 1.0:
        return whole
    nothing = predict(latents, time, "nothing")
    if guidance.picture is None:
        mixed = nothing + guidance.scale * (whole - nothing)
    else:
        picture = predict(latents, time, "picture")
        mixed = nothing + guidance.picture * (picture - nothing) + guidance.scale * (whole - picture)
    if guidance.rescale > 0:
        axes = list(range(1, mixed.ndim))
        drawn = mixed * (whole.std(axes, keepdim=True) / mixed.std(axes, keepdim=True))
        mixed = guidance.rescale * drawn + (1 - guidance.rescale) * mixed
    return mixed


def kept(times: list[int], share: float) -> list[int]:
    """The times up to `share` of the first."""
    return [time for time in times if time <= share * times[0]]


def started(
    schedule: Schedule, clean: Tensor, noise: Tensor, times: list[int], share: float
) -> tuple[Tensor, list[int]]:
    """(noisy latents, times left) for beginning part-way from clean latents: at most `share` of the first time."""
    left = kept(times, share)
    alpha = schedule.alphas()[left[0]].to(clean)
    scale = schedule.scales()[left[0]].to(clean) if schedule.scaling == "signal" else 1
    return alpha.sqrt() * scale * clean + (1 - alpha).sqrt() * noise, left


def ddim(
    predict: Predict,
    latents: Tensor,
    schedule: Schedule,
    times: list[int],
    guidance: Guidance,
    *,
    eta: float,
    noise: Callable[[tuple[int, ...]], Tensor],
    on_step: Callable[[DdimStep], None],
) -> Tensor:
    """From noise at times[0] to clean latents (b, c, f, h, w). `noise(shape)` is asked for once per step."""
    alphas, scales = schedule.alphas().to(latents), schedule.scales().to(latents)
    for index, time in enumerate(times):
        last = index + 1 == len(times)
        after = 0 if last else times[index + 1]
        output = guided(predict, latents, time, guidance).float()
        alpha, alpha_after = alphas[time].double(), alphas[after].double()
        epsilon, clean = split(output, latents, alpha, velocity=schedule.velocity)
        if schedule.scaling == "dynamic":  # in its last step DynamiCrafter takes the scale of the step itself
            clean = clean * (scales[time if last else after] / scales[time])
        signal = 1.0
        if schedule.scaling == "signal":
            clean, signal = clean / scales[time], scales[after]
        sigma = eta * ((1 - alpha_after) / (1 - alpha) * (1 - alpha / alpha_after)).sqrt()
        # With zero SNR and eta 1 this is a rounding error below zero in the first step: NaN without the clamp.
        direction = (1 - alpha_after - sigma**2).clamp(min=0).sqrt()
        drawn = noise(tuple(latents.shape)).to(latents)
        latents = alpha_after.sqrt().float() * signal * clean + direction.float() * epsilon + sigma.float() * drawn
        on_step(DdimStep(index, len(times), latents, clean))
    return latents


def split(output: Tensor, latents: Tensor, alpha: Tensor, *, velocity: bool) -> tuple[Tensor, Tensor]:
    """A network's output as (noise, clean latents) at cumulative product `alpha`."""
    signal, spread = alpha.sqrt().float(), (1 - alpha).sqrt().float()
    if velocity:
        return signal * output + spread * latents, signal * latents - spread * output
    return output, (latents - spread * output) / signal
