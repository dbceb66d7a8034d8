"""Deep V necks and open fronts: two long, nearly straight edges that meet far below the neck, and what runs on below.

A cardigan's opening leaves the back collar inside the outline, is four times as deep as half the neck is wide, and
is seldom straight to within a few pixels: so each side is followed by itself, with some tolerance across.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import length
from tryon.parsing.garment_inside import ABOVE, ASIDE, UNIT, Crop
from tryon.types import Mask, Pixels

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]

TOP = 0.5  # neck units below the neck points, from where on the sides of an opening are looked at
DEPTHS = (1.9, 4.9)  # neck units
STRIP = 80  # px, width of the strip below the neckline in which an opening is looked for
BOWS = (0.65, 0.8, 1.0)  # exponents of the sides, 1 straight, below 1 bulging outwards
WIDTHS = (0.68, 0.76, 0.84, 0.92, 1.0, 1.07)  # neck units from the middle, where the sides begin


@dataclass(frozen=True, slots=True)
class DeepV:
    """The lowest point of an opening in neck units, and how much of the weaker side lies on a colour step, 0..1."""

    x: float
    depth: float
    clear: float
    usual: float  # the same of any two such lines in this picture


def deep_v(crop: Crop) -> DeepV:
    """The clearest pair of long edges that meet; whether it is one is for `is_deep_v` to say."""
    step = _across(crop)
    depths = np.arange(*DEPTHS, 0.06)
    share = np.linspace(0.02, 0.97, 48)  # of the way from the top down
    middles = (-0.16, -0.08, 0.0, 0.08, 0.16)
    both = np.zeros((len(middles), len(depths)))
    for i, middle in enumerate(middles):
        sides = [_side(step, depths, share, middle, sign) for sign in (-1, 1)]
        both[i] = np.minimum(*sides)
    best = float(both.max())
    # The band of a cardigan has two edges: the upper V is the opening.
    column = int(np.flatnonzero(both.max(axis=0) >= 0.985 * best)[0])
    row = int(both[:, column].argmax())
    return DeepV(middles[row], float(depths[column]), float(both[row, column]), float(np.median(both)))


def is_deep_v(found: DeepV) -> bool:
    return found.clear > 0.72 and found.clear > found.usual + 0.3


def _across(crop: Crop) -> Array:
    """Colour steps from left to right (h, w), 0..1, with a tolerance of two pixels."""
    shifted = [np.roll(crop.lab, k, axis=1) for k in (4, -4)]
    size = length(shifted[0] - shifted[1])
    step = np.clip((size - 3.0) / 7.0, 0, 1).astype(np.float32) * crop.solid
    step[:, :4] = step[:, -4:] = 0
    tolerant: Array = cv2.dilate(step, np.ones((1, 5), np.uint8))
    return tolerant


def _side(step: Array, depths: Array, share: Array, middle: float, sign: int) -> Array:
    """How much of the best side to each depth (d,) lies on steps."""
    y = TOP + (depths[:, None] - TOP) * share[None]
    rows = np.clip(np.rint((y + ABOVE) * UNIT), 0, step.shape[0] - 1).astype(np.intp)
    best = np.zeros(len(depths))
    for width in WIDTHS:
        for bow in BOWS:
            x = middle + sign * (width - sign * middle) * (1 - share) ** bow
            columns = np.clip(np.rint((x + ASIDE) * UNIT), 0, step.shape[1] - 1).astype(np.intp)
            values = step[rows, np.broadcast_to(columns, rows.shape)]
            thirds = np.stack([part.mean(axis=1) for part in np.array_split(values, 3, axis=1)])
            best = np.maximum(best, 0.5 * values.mean(axis=1) + 0.5 * thirds.min(axis=0))
    return best


def opens_below(pixels: Pixels, alpha: Mask, landmarks: Mapping[str, Point]) -> bool:
    """Whether an edge runs down the middle from the lowest point of the neckline to the hem: an open or buttoned front.

    A placket ends before a third of the way.
    """
    lab, solid = _strip(pixels, alpha, landmarks)
    if lab.shape[0] < 24:
        return False
    size = length(np.roll(lab, 3, axis=1) - np.roll(lab, -3, axis=1)) * solid
    step = cv2.dilate(size.astype(np.float32), np.ones((1, 5), np.uint8))
    parts = np.stack([np.clip((part - 2.0) / 5.0, 0, 1).mean(axis=0) for part in np.array_split(step, 6, axis=0)])
    line = np.sort(parts, axis=0)[1]  # one part may be hidden by a pocket or a print
    width = line.shape[0]
    middle = line[round(0.35 * width) : round(0.65 * width)]
    aside = np.concatenate([line[4 : round(0.3 * width)], line[round(0.7 * width) : -4]])
    return bool(middle.max() > 0.45 and middle.max() > np.median(aside) + 0.25)


def _strip(pixels: Pixels, alpha: Mask, landmarks: Mapping[str, Point]) -> tuple[Array, Array]:
    """The cloth between neckline and hem, as wide as the neck, STRIP pixels wide: Lab (h, w, 3), solid (h, w) bool."""
    start, end = np.array(landmarks["neck_front"]), np.array(landmarks["hem_front"])
    half = float(np.linalg.norm(np.subtract(landmarks["neck_right"], landmarks["neck_left"]))) / 2
    length, scale = float(np.linalg.norm(end - start)), max(half, 1.0) / (STRIP / 2)
    down = (end - start) / max(1e-6, length)
    along = np.array([down[1], -down[0]])
    corner = start + 0.1 * half * down - half * along
    matrix = np.column_stack([along * scale, down * scale, corner])
    shape = (STRIP, max(1, round((length - 0.25 * half) / scale)))
    low = np.maximum(0, np.minimum(start, end) - 1.5 * half).astype(int)
    high = (np.maximum(start, end) + 1.5 * half).astype(int)
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    matrix[:, 2] -= low
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.GaussianBlur(pixels[window], (0, 0), max(0.3, 0.6 * scale))
    colours = cv2.warpAffine(picture, matrix, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    solid = cv2.warpAffine(np.ascontiguousarray(alpha[window]), matrix, shape, flags=flags) > 127
    lab = cv2.cvtColor(colours.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    return cv2.GaussianBlur(lab, (0, 0), 0.8), solid
