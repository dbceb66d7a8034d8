"""Second thoughts from the photo's own colours: is this sleeve or skin, top or skirt?

Where the network hesitates between bare skin and cloth, the photo itself knows better: the skin of face, neck and
hands and the cloth of the garment have colours of their own in it. Each gets a colour histogram from the pixels that
the network is sure of, and the probabilities are weighed with them. In the same way the cloth well above the hips and
the cloth well below them tell where the top ends, and whether they are one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
BINS = (12, 24, 24)  # of L, a and b
LEAST = 40  # pixels that a histogram needs
SKIN_SEEDS = (("face", "neck"), ("left_hand", "right_hand"))  # the second where a photo cuts the head off
CLOTH = ("upper", "skirt", "pants", "dress", "jumpsuit")
Waist = tuple[float, float]  # row of the hip joints and length of the trunk, on the grid


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which of two groups a pixel belongs to: bare limbs, or the garments that may cover them."""

    limbs: tuple[str, ...]
    garments: tuple[str, ...]


QUESTIONS = (
    Question(limbs=("left_arm", "right_arm"), garments=("upper", "coat", "dress", "jumpsuit")),
    Question(limbs=("left_hand", "right_hand"), garments=("upper", "coat", "dress", "jumpsuit")),
    Question(limbs=("face", "neck"), garments=("hair", "hat")),
    Question(limbs=("neck",), garments=("upper", "coat", "dress", "jumpsuit", "belt")),
    Question(limbs=("left_leg", "right_leg"), garments=("pants", "skirt", "dress", "jumpsuit")),
    Question(limbs=("left_leg", "right_leg"), garments=("left_shoe", "right_shoe")),
)


class Colours:
    """The colours of one photo on the grid of the planes."""

    def __init__(self, picture: Array) -> None:
        """picture (h,w,3) uint8 RGB."""
        self.bins = _binned(picture)

    def halves(self, planes: Array, names: Sequence[str], waist: Waist | None) -> tuple[Array, Array] | None:
        """Histograms of the cloth above and below the hips, or None where either is not to be seen."""
        cloth = [i for i, name in enumerate(names) if name in CLOTH]
        if waist is None or len(cloth) < len(CLOTH):
            return None
        hips, trunk = waist
        sure = planes[cloth].sum(0) > 0.6
        rows = np.arange(planes.shape[1])[:, None]
        above = _histogram(self.bins, sure & (rows < hips - 0.5 * trunk))
        # Well below the hips, where no top reaches; a photo that ends there leaves what it shows.
        below = _histogram(self.bins, sure & (rows > hips + 0.25 * trunk))
        if below is None:
            below = _histogram(self.bins, sure & (rows > hips))
        return None if above is None or below is None else (above, below)

    def part(self, planes: Array, names: Sequence[str], halves: tuple[Array, Array], strength: float = 1.2) -> Array:
        """Probabilities with top and bottom weighed by the colours of the two halves."""
        result = planes.copy()
        index = {name: i for i, name in enumerate(names)}
        above, below = halves
        lower = [index["skirt"], index["pants"]]
        # A pattern shows by its neighbourhood, not by single pixels: white in zebra stripes is no white shirt.
        reach = planes.shape[1] / 50
        _reweigh(result, _odds(self.bins, above, below, reach), [index["upper"]], lower, strength)
        return result


def alike(halves: tuple[Array, Array]) -> float:
    """Overlap 0..1 of two histograms (Bhattacharyya)."""
    return float(np.sqrt(halves[0] * halves[1]).sum())


def weigh(planes: Array, names: Sequence[str], colours: Colours, strength: float = 1.0) -> Array:
    """Probabilities (C,h,w) with bare skin and garments weighed by colour."""
    if not {name for seeds in SKIN_SEEDS for name in seeds} <= set(names):
        return planes
    bins = colours.bins
    index = {name: i for i, name in enumerate(names)}
    sure = planes.max(0) > 0.55
    winner = planes.argmax(0)
    seeds = (np.isin(winner, [index[name] for name in group]) & sure for group in SKIN_SEEDS)
    skin = next((found for found in (_histogram(bins, seed) for seed in seeds) if found is not None), None)
    if skin is None:
        return planes
    result = planes.copy()
    for question in QUESTIONS:
        garments = [index[n] for n in question.garments if n in index]
        limbs = [index[n] for n in question.limbs if n in index]
        cloth = _histogram(bins, np.isin(winner, garments) & sure)
        if cloth is not None:
            _reweigh(result, _odds(bins, skin, cloth, planes.shape[1] / 500), limbs, garments, strength)
    return result


def _binned(picture: Array) -> Array:
    """Histogram cell (h,w) of every pixel."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.int32)
    # a and b of photographs lie near the middle: the outer quarter on both sides shares the last cells.
    ab = np.clip((lab[..., 1:] - 64) * 2, 0, 255)
    cells = lab[..., 0] * BINS[0] // 256, ab[..., 0] * BINS[1] // 256, ab[..., 1] * BINS[2] // 256
    result: Array = (cells[0] * BINS[1] + cells[1]) * BINS[2] + cells[2]
    return result


def _histogram(bins: Array, chosen: Array) -> Array | None:
    """Smoothed share of every cell among the chosen pixels, (cells,), or None where they are too few."""
    if int(chosen.sum()) < LEAST:
        return None
    counts = np.bincount(bins[chosen], minlength=BINS[0] * BINS[1] * BINS[2]).astype(np.float32).reshape(BINS)
    for axis in range(3):
        before, after = np.roll(counts, 1, axis), np.roll(counts, -1, axis)
        counts = 0.5 * counts + 0.25 * (before + after)
    total: Array = counts.ravel() / counts.sum()
    return total


def _odds(bins: Array, first: Array, second: Array, reach: float) -> Array:
    """Log odds (h,w) that a pixel has a colour of the first histogram, averaged over `reach` pixels around it."""
    floor = 2e-4
    table = np.log((first + floor) / (second + floor)).astype(np.float32)
    return cv2.GaussianBlur(table[bins], (0, 0), max(0.3, reach))


def _reweigh(planes: Array, evidence: Array, limbs: list[int], garments: list[int], strength: float) -> None:
    """Moves probability between two groups of classes by log odds (h,w), in place; their sum stays."""
    odds = np.exp(strength * evidence)
    limb, garment = planes[limbs].sum(0), planes[garments].sum(0)
    both = limb + garment
    # Neither is ruled out by the network alone, but what it excludes stays unlikely.
    before = np.clip(limb / np.maximum(both, 1e-6), 0.03, 0.97)
    after = before * odds / (before * odds + 1 - before)
    for indices, old, share in ((limbs, limb, after), (garments, garment, 1 - after)):
        parts, least, empty = [planes[index] for index in indices], np.maximum(old, 1e-6), old < 1e-3
        near = [cv2.blur(part, (31, 31)) for part in parts] if empty.any() else []
        around = reduce(np.add, near) if near else old
        known, whole, total = around > 1e-4, both * share, np.maximum(around, 1e-6)
        for k, (index, part) in enumerate(zip(indices, parts, strict=True)):
            own = part / least
            if near:
                own = np.where(empty, np.where(known, near[k] / total, np.float32(1 / len(indices))), own)
            planes[index] = own * whole
