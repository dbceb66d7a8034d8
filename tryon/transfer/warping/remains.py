"""What labels missed of an old garment's edge: it goes, and nothing of the background is taken from it."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds, compact
from tryon.transfer.warping.arrays import Array, blur, grow, largest, shrink
from tryon.transfer.warping.background import complete
from tryon.transfer.warping.reading import Regions

THICK = 0.035  # shoulder distances: half of how wide cloth is that leaves its colour in the background
AROUND = 0.4  # shoulder distances around it in which that is continued anew
SOFT = 4.0  # px that its blur goes further
CUFF = 0.25  # shoulder distances from a top within which a hand may come out of its cuff
SPECK = 3e-4  # square shoulder distances: so small are specks that labels leave in what is replaced


def without_remains(
    pixels: Array, seen: Array, regions: Regions, old: Array, unit: float, seed: int
) -> tuple[Array, Array]:
    """The background (h,w,3) float32 where it is `seen` (h,w) bool, and cloth that the labels missed, (h,w) bool, of
    which nothing is in it: what goes on from `old` (h,w) bool clothes."""
    margin = 2.5 * max(1.5, 0.012 * unit)
    ground = complete(pixels, regions.person, seen, margin, seed)
    rest = remains(pixels, ground, regions, old, unit)
    thick = shrink(rest, THICK * unit)
    if not thick.any():
        return ground, rest
    part = bounds(thick, round(AROUND * unit))
    figure = (regions.person | rest)[part]
    ground[part] = complete(pixels[part], figure, (seen | rest)[part], margin, seed)
    return ground, rest | (grow(thick, THICK * unit + SOFT) & ~regions.person)


def remains(pixels: Array, ground: Array, regions: Regions, old: Array, unit: float) -> Array:
    """Boolean (h,w): what the labels missed of the edge of `old` (h,w) bool clothes before a plain background.
    `ground` (h,w,3) float32 is the background continued: what lies beside the garment and is unlike it is not wall."""
    around = ~grow(regions.person, 0.15 * unit)
    near = grow(old, 0.08 * unit) & ~regions.person
    ring = around & grow(old, 0.4 * unit)
    if not near.any() or ring.sum() < 200:
        return np.zeros(old.shape, bool)
    off = blur(largest(cv2.absdiff(pixels.astype(np.float32), ground)) * ~regions.person, 1.0)
    noise = float(np.percentile(off[ring], 90))
    if noise > 6:
        return np.zeros(old.shape, bool)
    kept = grow(regions.hair | regions.face | regions.held | regions.feet, 0.06 * unit) | grow(regions.hands, 1.5)
    # A cuff's corner hangs beside the hand. Beside one that comes out of no sleeve there is none.
    kept |= grow(regions.hands & grow(regions.upper, CUFF * unit), 0.06 * unit) & ~grow(old, 0.035 * unit)
    return grow(near & ~kept & (off > max(3.0, 3.0 * noise)), 1.5) & ~regions.person


def without_specks(area: Array, unit: float) -> Array:
    """The replaced `area` (h,w) bool with the specks in it that labels left; `unit`: shoulder distance, px."""
    result, part = area.copy(), bounds(area, 2)
    result[part] |= compact(~area[part], SPECK * unit**2)
    return result
