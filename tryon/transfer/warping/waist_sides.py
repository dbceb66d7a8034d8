"""Two sides of a bared waist: even lines, whatever an old hem, a label's bays or slits beside an arm leave there."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds, touching
from tryon.transfer.warping.arrays import Array, grow, ramp, rounded_mask, smooth_mask
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.reading import Regions

THIN, WIDE = 0.05, 0.15  # shoulder distances: no wider is a slit between a waist and an arm, on average, and nowhere
BAY = 0.45  # shoulder distances: as tall is a bay in the label of cloth at a waist, which has none
FREE = 0.6  # of a side's rows: in so many it must lie beside wall
LEAST = 6  # rows that tell a side
MOVES = 0.07  # shoulder distances that an even side may lie off the uneven one
ALIKE = (2.0, 2.0)  # px, and times the median, that a row may lie off the line that is told by it


def filled_sides(regions: Regions, unit: float) -> Array:
    """(h,w) 0..1: the person, without bays in the sides of the trunk's label. `unit`: shoulder distance, px."""
    limbs = regions.arms | regions.hands | regions.held
    trunk, tall = (regions.person & ~limbs).astype(np.uint8), max(1, round(BAY * unit))
    whole = cv2.morphologyEx(trunk, cv2.MORPH_CLOSE, np.ones((tall, 1), np.uint8)) > 0
    return smooth_mask(regions.person | whole, 0.8)


def slits_beside_arms(flesh: Array, cloth: Array, person: Array, rows: Array, reach: float) -> Array:
    """Boolean (h,w): slits up to `reach` px beside a bared waist or an arm, `flesh` (h,w) 0..1, in `rows` (h,w) bool,
    through which no wall was seen beside what the `person` (h,w) bool wore; `cloth` (h,w) bool stays."""
    slits = person & ~cloth & (flesh < 0.9) & rows & grow(flesh > 0.5, reach)
    return slits & ~touching(slits, ~person, 2.0, 0)


def without_thin_slits(flesh: Array, arms: Array, regions: Regions, rows: Array, unit: float) -> Array:
    """`flesh` (h,w) 0..1 without thin slits between a waist and `arms` (h,w) 0..1, in `rows` (h,w) bool, through which
    no wall was seen. `unit`: shoulder distance, px."""
    result, window = flesh.copy(), bounds(rows, round(2 * THIN * unit))
    if not flesh[window].size:
        return result
    solid, wide = flesh[window] > 0.5, round(WIDE * unit)
    between = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 2 * wide + 1), np.uint8)) > 0
    between &= ~solid & rows[window]
    _, index, stats, _ = cv2.connectedComponentsWithStats(between.astype(np.uint8), connectivity=4)
    thin = stats[:, cv2.CC_STAT_AREA] < THIN * unit * stats[:, cv2.CC_STAT_HEIGHT]
    slits = between & thin[index] & grow(arms[window] > 0.5, 2 * wide)
    slits &= regions.person[window] & ~regions.lower[window]
    slits &= ~touching(slits, ~regions.person[window], 2.0, 0)
    result[window] = np.maximum(flesh[window], rounded_mask(solid | slits, 1.0) * grow(slits, 1.5))
    return result


def even_sides(flesh: Array, arms: Array, body: Body, middle: float, rows: tuple[float, float]) -> Array:
    """`flesh` (h,w) 0..1 whose waist, in `rows` px along the trunk about its `middle` px across, has even sides where
    wall lies beside them; `arms` (h,w) 0..1 stay."""
    along = body.along(flesh.shape)
    part = bounds((along > rows[0]) & (along < rows[1]) & (flesh > 0.5))
    if part[0].stop - part[0].start < LEAST:
        return flesh
    result = flesh.copy()
    centre = int(np.clip(round(float(body.place(middle, float(np.mean(rows)))[0])), 1, flesh.shape[1] - 1))
    for half in (np.s_[part[0], centre:], np.s_[part[0], centre - 1 :: -1]):
        result[half] = _even_side(result[half], arms[half], body.unit)
    return result


def _even_side(flesh: Array, arms: Array, unit: float) -> Array:
    """One side, (n,w) 0..1 from the middle outwards."""
    trunk = (flesh > 0.5) & (arms < 0.5)
    far = np.where(trunk.all(axis=1), 0, (~trunk).argmax(axis=1))
    y, reach = np.arange(len(far)), round(MOVES * unit)
    beside = np.minimum(far[:, None] + np.arange(reach), flesh.shape[1] - 1)
    free = (far > 0.2 * unit) & (arms[y[:, None], beside] < 0.5).all(axis=1)
    kept = free.copy()
    for _ in range(3):
        if kept.sum() < max(LEAST, FREE * len(y)):
            return flesh
        line = np.polyval(np.polyfit(y[kept], far[kept], 2), y)
        off = np.abs(line - far)
        kept = free & (off <= max(ALIKE[0], ALIKE[1] * float(np.median(off[kept]))))
    line = np.clip(line, far - reach, far + reach)
    x = np.arange(flesh.shape[1], dtype=np.float32)[None] + 0.5
    near = free[:, None] & (np.abs(x - line[:, None]) < reach + 2) & (arms < 0.01)
    return np.where(near, ramp(x - line[:, None], 0.7, -0.7), flesh).astype(np.float32)
