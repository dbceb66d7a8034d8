"""A world that a small network learns in minutes: a coloured square moves up, down, left or right over grey, and one
of four words says which way."""

from __future__ import annotations

import torch
from torch import Tensor

from tryon.nets.stiv import StivParams, Text

FRAMES, SIDE, WORDS = 6, 8, 3
GREY = -0.5
WAYS = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]])
PARAMS = StivParams(
    layers=3, width=64, heads=2, tail=2, channels=3, text=32, facts=0, side=SIDE, frames=FRAMES
)  # fmt: skip


def films(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """(n, 3, 6, 8, 8) in -1..1, and the number of the word of each."""
    ways = torch.randint(0, 4, (count,), generator=generator)
    colours = torch.rand(count, 3, generator=generator) * 2 - 1
    starts = torch.randint(2, 5, (count, 2), generator=generator)
    made = torch.full((count, 3, FRAMES, SIDE, SIDE), GREY)
    for film, colour, start, way in zip(made, colours, starts, WAYS[ways], strict=True):
        for frame in range(FRAMES):
            row, column = (start + (way * frame / 2).round().long()).clamp(0, SIDE - 2).tolist()
            film[:, frame, row : row + 2, column : column + 2] = colour[:, None, None]
    return made, ways


def words(ways: Tensor) -> Text:
    """Of films by their way; -1 is the empty sentence."""
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randn(5, WORDS, PARAMS.text, generator=generator)
    return Text(tokens[ways], tokens[ways].mean(1))


def right_ways(made: Tensor, ways: Tensor) -> float:
    """The share of films whose square went as it was told."""
    weight = (made - GREY).abs().mean(1)
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    total = weight.sum((2, 3)) + 1e-6
    middle = torch.stack([(weight * axis).sum((2, 3)) / total for axis in (rows, columns)], dim=-1)
    moved = middle[:, -1] - middle[:, 0]
    return float(((moved * WAYS[ways]).sum(-1) > 0.7).float().mean())
