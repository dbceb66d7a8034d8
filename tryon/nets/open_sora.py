"""Open-Sora 2.0's sampling (Peng et al. 2025, arXiv:2503.09642; hpcaitech/Open-Sora, opensora/utils/sampling.py).

Latents are (b, c, f, h, w), tokens (b, f * h/p * w/p, c * p * p) in the order of time, height, width.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

FREE_STEPS = 10  # before guidance swings
SUFFIX_FPS = re.compile(r"\d+ FPS\.$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Scales of the two differences that are added to the prediction without text and picture."""

    text: float = 7.5
    image: float = 3.0


@dataclass(frozen=True, eq=False)
class Words:
    """A sentence and what is to be avoided, each as read by both text networks."""

    tokens: tuple[Tensor, Tensor]  # T5, (1, n, width)
    pooled: tuple[Tensor, Tensor]  # CLIP, (1, width)


def sentence(prompt: str, fps: int, motion: float) -> str:
    """What the model was trained to read: the rate and the amount of motion are said in words."""
    text = prompt.strip()
    if not text.endswith("."):
        text += "."
    if not SUFFIX_FPS.search(text):
        text += f" {fps} FPS."
    return f"{text} {motion:g} motion score."


def pack(latents: Tensor, patch: int) -> Tensor:
    """Latents -> tokens."""
    b, c, f, h, w = latents.shape
    parted = latents.reshape(b, c, f, h // patch, patch, w // patch, patch)
    return parted.permute(0, 2, 3, 5, 1, 4, 6).reshape(b, f * (h // patch) * (w // patch), c * patch * patch)


def unpack(tokens: Tensor, shape: tuple[int, ...], patch: int) -> Tensor:
    """Tokens -> latents of the shape (b, c, f, h, w)."""
    b, c, f, h, w = shape
    parted = tokens.reshape(b, f, h // patch, w // patch, c, patch, patch)
    return parted.permute(0, 4, 1, 2, 5, 3, 6).reshape(shape)


def positions(frames: int, height: int, width: int) -> Tensor:
    """(frame, row, column) of every token, (n, 3)."""
    return torch.cartesian_prod(torch.arange(frames), torch.arange(height), torch.arange(width)).float()


def sigmas(steps: int, tokens_per_frame: int, frames: int) -> Tensor:
    """steps + 1 times from 1 (noise) to 0, spent the longer near noise the larger the film is."""
    alpha = (1 + 2 * (tokens_per_frame - 256) / (4096 - 256)) * math.sqrt(frames)
    even = torch.linspace(1, 0, steps + 1)
    return alpha * even / (1 + (alpha - 1) * even)


def condition(shape: tuple[int, ...], given: Mapping[int, Tensor]) -> Tensor:
    """(b, 1 + c, f, h, w): a channel that marks the given frames, then their latents (b, c, h, w)."""
    b, c, *rest = shape
    made = torch.zeros(b, 1 + c, *rest)
    for frame, latents in given.items():
        made[:, 0, frame] = 1
        made[:, 1:, frame] = latents
    return made


def scales(index: int, steps: int, frames: int, guidance: Guidance, *, pictured: bool) -> tuple[float, Tensor]:
    """The text's scale at a step, and the picture's for every frame (frames,).

    After the first steps both fall to 1 in every other one. With a given picture, its scale grows along the film, less
    so the later the step.
    """
    swings = index > FREE_STEPS and index % 2 == 1
    text, image = (1.0, 1.0) if swings else (guidance.text, guidance.image)
    if image > 1 and pictured:
        return text, torch.linspace(1, float(torch.linspace(image, 1, steps + 1)[index]), frames)
    return text, torch.full((frames,), image)


def sample(
    transformer: Any,
    scheduler: Any,
    noise: Tensor,
    given: Mapping[int, Tensor],
    words: Words,
    *,
    steps: int,
    guidance: Guidance,
    patch: int,
    dtype: torch.dtype,
    on_step: Callable[[int, Tensor], None] = lambda index, tokens: None,
) -> Tensor:
    """Noise (1, c, f, h, w) -> latents, float32, on the device of the noise.

    transformer: FluxTransformer2DModel over tokens and condition side by side; scheduler: flow matching by Euler's
    method, without a shift of its own; given: latents (1, c, h, w) by frame, which the film ends with unchanged.
    on_step is told the step and the tokens before it.
    """
    device, shape = noise.device, tuple(noise.shape)
    frames, (rows, columns) = shape[2], (side // patch for side in shape[3:])
    tokens = pack(noise.float(), patch)
    beside = pack(condition(shape, given), patch).to(device, dtype)
    where, nowhere = positions(frames, rows, columns).to(device), torch.zeros(words.tokens[0].shape[1], 3).to(device)

    def predict(sigma: Tensor, beside: Tensor, which: int) -> Tensor:
        joined = torch.cat([tokens.to(dtype), beside], dim=-1)
        return transformer(
            joined,
            encoder_hidden_states=words.tokens[which].to(device, dtype),
            pooled_projections=words.pooled[which].to(device, dtype),
            timestep=sigma.to(device, dtype).expand(1),
            img_ids=where,
            txt_ids=nowhere,
            return_dict=False,
        )[0].float()

    times = sigmas(steps, rows * columns, frames)
    scheduler.set_timesteps(sigmas=times[:-1].tolist(), device=device)
    for index, time in enumerate(scheduler.timesteps):
        on_step(index, tokens)
        # One after the other: the numbers are those of one batch of three, at a third of the memory.
        full, image = (predict(times[index], beside, which) for which in (0, 1))
        neither = predict(times[index], torch.zeros_like(beside), 1)
        by_text, by_image = scales(index, steps, frames, guidance, pictured=bool(given))
        spread = by_image.to(device).repeat_interleave(rows * columns)[None, :, None]
        velocity = neither + spread * (image - neither) + by_text * (full - image)
        tokens = scheduler.step(velocity, time, tokens, return_dict=False)[0]
    latents = unpack(tokens, shape, patch)
    for frame, exact in given.items():
        latents[:, :, frame] = exact.to(latents)
    return latents
