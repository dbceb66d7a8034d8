"""A first guess for a sampler: the garment as our own warp puts it on, noised as far as is wished.

A sampler that starts from pure noise invents the print. One that starts from the warped garment with some noise on it
keeps where everything is and settles what a warp cannot: folds, light, the way into the body (SDEdit, Meng et al.
2022).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tryon.types import Fitting, Pixels

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """The guessed picture (1, 3, H, W) in -1..1, and how far a sampler may go from it: near 0 hardly, 1 anywhere."""

    picture: Tensor
    strength: float


def guess_of(fitting: Fitting, as_tensor: Callable[[Pixels], Tensor]) -> Guess | None:
    """The order's first guess; None where it has none."""
    if fitting.guess is None:
        return None
    return Guess(as_tensor(fitting.guess.pixels), fitting.strength)


def middle(vae: Any, guess: Guess | None) -> Tensor | None:
    """The guess as scaled latents (1, 4, h, w): the middle of the autoencoder's posterior, nothing is drawn for it."""
    if guess is None or guess.strength >= 1:
        return None
    latents: Tensor = vae.encode(guess.picture.to(vae.device, vae.dtype)).latent_dist.mode().float()
    return latents * vae.config.scaling_factor


def begun(scheduler: Any, steps: int, noise: Tensor, clean: Tensor | None, strength: float) -> tuple[Tensor, Tensor]:
    """First latents and timesteps of a run. Without a guess they are noise and all of the steps; with one the last
    `strength` of the steps are run, from the guess with the noise of the first of them."""
    scheduler.set_timesteps(steps)
    times = scheduler.timesteps
    if clean is None:
        return noise * scheduler.init_noise_sigma, times
    skipped = len(times) - max(1, round(len(times) * strength))
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(skipped)
    first = times[skipped : skipped + 1].repeat(len(noise))
    return scheduler.add_noise(clean.to(noise).expand_as(noise), noise, first.to(noise.device)), times[skipped:]


def strength_of(guess: Guess | None) -> float:
    """1 where there is no guess."""
    return 1.0 if guess is None else guess.strength
