"""Folds of worn trousers, which none has that lies flat: from the crotch, at the knees, over the shoes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur
from tryon.transfer.warping.body import CROTCH, Body, Side
from tryon.transfer.warping.limbs import Limb

# Seen in catalogue photos of straight trousers. Places across are half widths from a leg's (or the trunk's) middle,
# outwards positive, places down it are shoulder distances; the last number is how much darker the fold is.
Fold = tuple[tuple[float, float], tuple[float, float], float]
CROTCH_FOLDS: tuple[Fold, ...] = (
    ((0.04, -0.03), (0.66, -0.27), 0.046), ((0.03, 0.03), (0.74, -0.12), 0.059), ((0.04, 0.10), (0.56, 0.06), 0.043),
    ((0.06, 0.17), (0.40, 0.27), 0.034),
)  # fmt: skip
KNEE_FOLDS: tuple[Fold, ...] = (
    ((-0.95, -0.08), (0.35, 0.03), 0.056),
    ((0.95, 0.14), (0.15, 0.12), 0.042),
)
LONG_FOLDS: tuple[Fold, ...] = (  # soft ones, from one side of a leg down to its other
    ((-0.80, -0.62), (0.60, -0.10), 0.035), ((0.90, -0.52), (0.25, -0.02), 0.029),
    ((0.85, 0.22), (-0.20, 0.62), 0.041), ((-0.85, 0.16), (0.05, 0.50), 0.030),
)  # fmt: skip
SHOE_FOLDS: tuple[Fold, ...] = (
    ((-1.0, -0.11), (0.85, -0.06), 0.072), ((1.0, -0.17), (-0.60, -0.115), 0.076),
    ((-1.0, -0.235), (0.40, -0.185), 0.064), ((1.0, -0.30), (-0.10, -0.265), 0.051),
    ((-1.0, -0.37), (0.05, -0.335), 0.047), ((1.0, -0.44), (0.10, -0.40), 0.038),
)  # fmt: skip
LESS = 0.7  # of a fold's darkness is that on the right leg: nobody stands evenly
LONG = 0.93  # of a leg: trousers that go further down lie in folds over the shoe
BOW = 0.12  # of a fold's length by which it hangs through where nothing pulls at it
WIDE = 0.011  # shoulder distances
SOFT = 0.030  # likewise, of long folds
STEP = 3  # px of the picture per px of them
GAIN = 5.0  # of a line after it is blurred
# Luminances of cloth, how many times as deep its folds are: what light it throws back into them is taken off again.
PALE = ((120.0, 225.0), (1.0, 1.4))
LIT = 0.55  # of a fold's darkness by which its upper side is lighter


def leg_folds(body: Body, ends: Mapping[Side, float], shape: tuple[int, ...]) -> Array:
    """(h,w) float32 factor about 1 on trousers whose legs end at the arc lengths `ends`, px, on the body's legs."""
    worn = {side: end for side, end in ends.items() if end > 0}
    long = [line for side, end in worn.items() for line in _long_lines(body, side, end)]
    light = folded([line for side, end in worn.items() for line in _lines(body, side, end)], body, shape)
    return light * enlarged(folded(long, body, shape, STEP, SOFT), shape)


def enlarged(light: Array, shape: tuple[int, ...]) -> Array:
    """(h,w) of every `STEP`-th pixel of it."""
    result: Array = cv2.resize(light, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return result


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


def _lines(body: Body, side: Side, end: float) -> Iterator[tuple[Array, float]]:
    """Lines (n,2) of folds on one leg and the side of the crotch next to it, and how dark each is."""
    leg, sign, even = body.legs[side], -1 if side == "left" else 1, 1 if side == "left" else LESS
    crotch = body.trunk + CROTCH * body.unit
    left, right, middle = body.half_width(crotch)
    half = (left + right) / 2
    for start, stop, much in CROTCH_FOLDS:
        first, last = (
            body.place(middle + sign * across * half, crotch + along * body.unit) for across, along in (start, stop)
        )
        yield hung(first, last, 0.0 * body.down), much * even
    sets = [(KNEE_FOLDS, leg.bend)] if end > leg.bend + 0.25 * body.unit else []
    if end > LONG * float(leg.arc[-1]):
        sets.append((SHOE_FOLDS, end))
    for folds, at in sets:
        for start, stop, much in folds:
            first, last = (
                on_limb(leg, at + along * body.unit, across, sign * body.side) for across, along in (start, stop)
            )
            yield hung(first, last, BOW * body.down), much * even


def _long_lines(body: Body, side: Side, end: float) -> Iterator[tuple[Array, float]]:
    """Lines (n,2) of the soft folds that run down one leg, and how dark each is."""
    leg, sign, even = body.legs[side], -1 if side == "left" else 1, 1 if side == "left" else LESS
    if end <= leg.bend + LONG_FOLDS[-1][1][1] * body.unit:
        return
    for start, stop, much in LONG_FOLDS:
        first, last = (
            on_limb(leg, leg.bend + along * body.unit, across, sign * body.side) for across, along in (start, stop)
        )
        yield hung(first, last, 0.06 * body.down), much * even


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
