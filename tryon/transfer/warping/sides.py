"""A trunk's sides: what a print in the catalogue's ground's colour bit out of a cut-out's edge is cloth again."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, grow, ramp, shrink
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.sleeves import EVEN, Worn, evened

WIDE = 0.15  # shoulder distances: what is wider than twice that is the garment's form
DEEP = 0.015  # shoulder distances: what is less deep is a seam's corner
STEP = 0.012  # shoulder distances between the places at which bites are looked for
ASIDE = 0.25  # shoulder distances off the body's middle from which on cloth has a side


def without_bites(alpha: Array, body: Body, worn: Worn) -> Array:
    """(h,w) 0..1 a trunk's coverage with the bites in its two sides filled, from below the armpits to well above its
    hem, and the line evened there."""
    step, edge = max(1, round(STEP * body.unit)), EVEN * body.unit
    few = (slice(step // 2, None, step), slice(step // 2, None, step))
    along = body.along(alpha.shape)[few]
    pit = max(float(body.coordinates(pit)[1]) for pit in worn.armpits.values())
    inside = (along > pit) & (along < worn.hem - WIDE * body.unit)
    inside &= np.abs(body.across(alpha.shape)[few]) > ASIDE * body.unit
    bites = deep_bites(alpha[few] > 0.5, inside, body.unit / step)
    if not bites.any():
        return alpha
    window = bounds(bites, round(5 * edge / step))
    coarse = tuple(slice(span.start, min(span.stop, size)) for span, size in zip(window, bites.shape, strict=True))
    part = (slice(coarse[0].start * step, coarse[0].stop * step), slice(coarse[1].start * step, coarse[1].stop * step))
    result = alpha.copy()
    rows, columns = result[part].shape
    filled = np.repeat(np.repeat(bites[coarse], step, axis=0), step, axis=1)[:rows, :columns]
    result[part] = np.maximum(result[part], filled)
    share = ramp(blur(grow(filled, 2 * edge).astype(np.float32), edge), 0.0, 0.6)
    return evened(result, part, share, edge)


def deep_bites(solid: Array, inside: Array, unit: float) -> Array:
    """Boolean (h,w): where a disc does not go in from outside of `solid` (h,w) bool, within `inside` (h,w) bool;
    `unit`: px of a shoulder distance. What is no deeper than a seam's corner is left out."""
    wide = WIDE * unit
    window = bounds(solid, round(2 * wide))
    closed = shrink(grow(solid[window], wide), wide)
    bites = np.zeros(solid.shape, bool)
    bites[window] = closed & ~solid[window] & inside[window]
    count, index = cv2.connectedComponents(bites[window].astype(np.uint8))
    depth, deepest = cv2.distanceTransform(closed.astype(np.uint8), cv2.DIST_L2, 3), np.zeros(count, np.float32)
    np.maximum.at(deepest, index[bites[window]], depth[bites[window]])
    bites[window] &= (deepest > DEEP * unit)[index]
    return bites
