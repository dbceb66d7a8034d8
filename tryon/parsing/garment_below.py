"""What hangs below the hem of a worn top, beside an arm: labels take what shows of the trousers there for the top."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BAND = 0.04  # shoulder distances: of a hem so much tells its colour
EVEN = 0.6  # of a hem's pixels that have one colour, where it tells anything
HUE, LIGHT = 7.0, 35.0  # CIE Lab: what is off by less in a and b, and in L, is the hem in shade
REACH = 0.15  # shoulder distances from an arm, and up from below, within which labels are wrong so
LOWEST = 0.2  # shoulder distances above the hem's middle: what ends further up is no hem
LEAST = 100  # pixels of other clothes that tell their colour


def below_hem(lab: Array, found: Array, arms: Array, other: Array, span: tuple[float, float, float]) -> Array:
    """Boolean (h,w): what of the garment `found` (h,w) bool is below its own hem, beside `arms` (h,w) bool, and of the
    colour of the `other` (h,w) bool clothes under it. `lab` (h,w,3) is the picture in CIE Lab, `span` the columns where
    the trunk begins and ends and the shoulder distance, px."""
    none = np.zeros(found.shape, bool)
    left, right, unit = span
    columns = np.arange(max(0, round(left)), min(found.shape[1], round(right) + 1))
    columns = columns[found[:, columns].any(axis=0)] if len(columns) else columns
    if len(columns) < 8 or other.sum() < LEAST:
        return none
    height = len(found)
    bottom = height - 1 - found[::-1, columns].argmax(axis=0)
    quarter = len(columns) // 4
    middle = slice(quarter, len(columns) - quarter)
    up = np.arange(1, max(3, round(BAND * unit)))
    hem = lab[np.maximum(bottom[middle] - up[:, None], 0), columns[middle]].reshape(-1, 3)
    colour, lower = np.median(hem, axis=0), np.median(lab[other], axis=0)
    if _alike(hem, colour).mean() < EVEN:
        return none
    reach = round(REACH * unit)
    near = cv2.distanceTransform((~arms).astype(np.uint8), cv2.DIST_L2, 3) < reach
    like = cv2.morphologyEx(_alike(lab, colour).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 1), np.uint8)) > 0
    low = float(np.median(bottom[middle])) - LOWEST * unit
    below = none.copy()
    for x, end in zip(columns.tolist(), bottom.tolist(), strict=True):
        if end < low or not near[end, x] or columns[middle][0] <= x <= columns[middle][-1]:
            continue
        own = np.flatnonzero(like[max(0, end - reach) : end + 1, x])
        start = max(0, end - reach) + int(own[-1]) + 1 if len(own) else end + 1
        rest = lab[start : end + 1, x]
        if len(rest) and _hue(rest, lower) < _hue(rest, colour):
            below[start : end + 1, x] = True
    below &= found
    sure = cv2.morphologyEx(below.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return below if sure.any() else none  # soft edges are thinner


def _alike(lab: Array, colour: Array) -> Array:
    off = np.abs(lab - colour)
    result: Array = (np.hypot(off[..., 1], off[..., 2]) < HUE) & (off[..., 0] < LIGHT)
    return result


def _hue(lab: Array, colour: Array) -> float:
    """How far the hue of `lab` (n,3) is from that of `colour` (3,)."""
    return float(np.linalg.norm(np.median(lab, axis=0)[1:] - colour[1:]))
