"""Folds of worn trousers, which none has that lies flat: from the crotch, at the knees, over the shoes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur
from tryon.transfer.warping.body import CROTCH, Body, Side
from tryon.transfer.warping.leg_creases import Crease, creased
from tryon.transfer.warping.limbs import Limb

# Seen in catalogue photos of straight trousers. Places across are half widths from a leg's (or the trunk's) middle,
# outwards positive, places down it are shoulder distances; how much darker the fold is; shoulder distances, how wide;
# how far it hangs through, of its length. Each leg has its own: nobody stands evenly.
Fold = tuple[tuple[float, float], tuple[float, float], float]
Worn = tuple[tuple[float, float], tuple[float, float], float, float, float]
CROTCH_FOLDS: Mapping[Side, tuple[Worn, ...]] = {
    "left": (
        ((0.10, -0.10), (0.66, -0.32), 0.040, 0.020, 0.05),
        ((0.04, -0.02), (0.46, -0.10), 0.057, 0.014, 0.07),
    ),
    "right": (
        ((0.12, -0.07), (0.70, -0.21), 0.040, 0.019, 0.06),
        ((0.04, 0.01), (0.40, -0.04), 0.054, 0.013, 0.08),
    ),
}  # fmt: skip
KNEE_FOLDS: Mapping[Side, tuple[Worn, ...]] = {
    "left": (
        ((-0.98, -0.13), (0.50, -0.02), 0.026, 0.021, 0.10),
        ((0.98, 0.03), (-0.30, 0.12), 0.022, 0.019, 0.08),
        ((-0.98, 0.10), (0.10, 0.22), 0.019, 0.020, 0.08),
        ((0.98, -0.34), (0.00, 0.00), 0.013, 0.037, 0.05),
        ((-0.98, 0.30), (0.60, 0.75), 0.015, 0.037, 0.05),
    ),
    "right": (
        ((-0.98, -0.03), (0.35, 0.05), 0.024, 0.020, 0.10),
        ((0.98, -0.06), (-0.10, 0.03), 0.020, 0.018, 0.08),
        ((0.98, 0.14), (-0.50, 0.30), 0.020, 0.022, 0.08),
        ((-0.98, -0.48), (0.50, -0.14), 0.013, 0.037, 0.05),
        ((-0.98, 0.20), (0.40, 0.62), 0.015, 0.035, 0.05),
    ),
}  # fmt: skip
SHOE_FOLDS: Mapping[Side, tuple[Worn, ...]] = {
    "left": (
        ((-0.99, -0.10), (0.70, -0.07), 0.145, 0.017, 0.14),
        ((0.99, -0.20), (-0.55, -0.13), 0.136, 0.016, 0.14),
        ((-0.99, -0.27), (0.45, -0.21), 0.102, 0.015, 0.12),
        ((0.99, -0.40), (-0.10, -0.31), 0.076, 0.016, 0.10),
    ),
    "right": (
        ((0.99, -0.09), (-0.75, -0.06), 0.145, 0.017, 0.14),
        ((-0.99, -0.18), (0.60, -0.12), 0.136, 0.016, 0.14),
        ((0.99, -0.29), (-0.35, -0.22), 0.093, 0.015, 0.12),
        ((-0.99, -0.37), (0.20, -0.30), 0.076, 0.016, 0.10),
    ),
}  # fmt: skip
LONG = 0.93  # of a leg: trousers that go further down lie in folds over the shoe
BOW = 0.12  # of a fold's length by which it hangs through where nothing pulls at it
WIDE = 0.011  # shoulder distances
GAIN = 5.0  # of a line after it is blurred
# Luminances of cloth, how many times as deep its folds are: what light it throws back into them is taken off again.
PALE = ((120.0, 225.0), (1.0, 1.4))
LIT = 0.55  # of a fold's darkness by which its upper side is lighter


def leg_folds(
    body: Body,
    ends: Mapping[Side, float],
    widths: Mapping[Side, float],
    shape: tuple[int, ...],
    crotch: Array | None = None,
) -> Array:
    """(h,w) float32 factor about 1 on trousers whose legs end at the arc lengths `ends`, px, on the body's legs and are
    `widths` times as wide as these; `crotch` (2,): where they are sewn together, if that is seen."""
    worn = {side: end for side, end in ends.items() if end > 0}
    return creased(
        (fold for side, end in worn.items() for fold in _folds(body, side, end, widths.get(side, 1.0), crotch)), shape
    )


def folded(
    lines: list[tuple[Array, float]], body: Body, shape: tuple[int, ...], step: int = 1, width: float = WIDE
) -> Array:
    """(h,w) float32 factor about 1: folds `width` shoulder distances wide along lines (n,2), each with how much darker
    it is, lighter above; every `step`-th pixel of it."""
    light = np.ones((-(-shape[0] // step), -(-shape[1] // step)), np.float32)
    if not lines:
        return light
    dark, bright = np.zeros_like(light), np.zeros_like(light)
    wide = width * body.unit / step
    thick = max(1, round(wide))
    up = -1.9 * wide * body.down
    for points, much in lines:
        _draw(dark, points / step, much * wide / thick, thick)
        _draw(bright, points / step + up, LIT * much * wide / thick, thick)
    part = bounds(np.maximum(dark, bright) > 0)
    margin = 4 * thick
    part = (slice(max(0, part[0].start - margin), part[0].stop + margin),
            slice(max(0, part[1].start - margin), part[1].stop + margin))  # fmt: skip
    light[part] += GAIN * (blur(bright[part], 1.3 * wide) - blur(dark[part], wide))
    return light


def _folds(body: Body, side: Side, end: float, wide: float, sewn: Array | None) -> Iterator[Crease]:
    """The folds of one leg, `wide` times as wide as the limb, and of the side of the crotch next to it."""
    leg, sign = body.legs[side], -1 if side == "left" else 1
    crotch = body.trunk + CROTCH * body.unit
    left, right, middle = body.half_width(crotch)
    half = (left + right) / 2
    if sewn is not None:
        middle, crotch = body.coordinates(sewn)

    def beside(across: float, along: float) -> Array:
        return body.place(middle + sign * across * half, crotch + along * body.unit)

    yield from (_crease(fold, beside, body) for fold in CROTCH_FOLDS[side])
    sets = [(KNEE_FOLDS, leg.bend)] if end > leg.bend + 0.25 * body.unit else []
    if end > LONG * float(leg.arc[-1]):
        sets.append((SHOE_FOLDS, end))
    for folds, at in sets:

        def on_leg(across: float, along: float, at: float = at) -> Array:
            return on_limb(leg, at + along * body.unit, max(wide, 1.0) * across, sign * body.side)

        yield from (_crease(fold, on_leg, body) for fold in folds[side])


def _crease(fold: Worn, placed: Callable[[float, float], Array], body: Body) -> Crease:
    start, stop, depth, width, bow = fold
    return Crease(placed(*start), placed(*stop), bow, width * body.unit, depth, -body.down)


def on_limb(limb: Limb, at: float, across: float, outward: Array) -> Array:
    """(2,) a place on a limb: an arc length, and half widths from its middle, `outward` (2,) positive."""
    point, direction, half = limb.at(at)
    normal = np.array([direction[1], -direction[0]])
    result: Array = point + normal * (np.sign(normal @ outward) * across * half)
    return result


def hung(start: Array, stop: Array, bow: Array) -> Array:
    """(n,2) a line between two points that hangs through by `bow` (2,) of its length."""
    share = np.linspace(0, 1, 17)[:, None]
    low = float(np.linalg.norm(stop - start)) * bow
    result: Array = start + (stop - start) * share + 4 * share * (1 - share) * low
    return result


def _draw(plane: Array, points: Array, much: float, thick: int) -> None:
    """Draws a line on (h,w) `plane` that begins at its first point and runs out towards its last."""
    share = (np.arange(len(points) - 1) + 0.5) / (len(points) - 1)
    strength = much * np.minimum(1, 6 * share) * (1 - share) ** 0.8
    fixed = np.rint(points * 8).astype(int)
    for a, b, value in zip(fixed[:-1], fixed[1:], strength, strict=True):
        cv2.line(plane, a.tolist(), b.tolist(), float(value), thick, cv2.LINE_8, 3)
