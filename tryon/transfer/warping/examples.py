"""Busy backgrounds continued by examples: what is missing is taken from nearby, moved by a few well chosen offsets.

After Kaimin He and Jian Sun, "Statistics of Patch Offsets for Image Completion" (ECCV 2012), with the offsets tried on
a grid instead of found by statistics and chosen by what fits around the hole instead of by a graph cut.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, bounds, fill, grow

COARSE = 4  # the offsets are compared on a copy smaller by this factor
SIDEWAYS = range(-44, 45, 4)  # px of that copy; people stand upright, so the background is beside them
UPWARDS = range(-18, 19, 6)
NEAR = 5.0  # px of that copy: how far around the hole its surroundings are compared
UNFIT = 1e3  # cost of an offset that leads onto the person or out of the picture


def by_example(pixels: Array, known: Array, wanted: Array) -> Array:
    """(h,w,3) float32: `pixels` (h,w,3) with `wanted` (h,w) bool continued from where `known` (h,w) bool is true.

    Every part of the hole is a copy of one place nearby, brought to the colours around it. Outside the hole the
    picture comes back as it was; where nothing nearby fits it is continued smoothly.
    """
    whole = pixels.astype(np.float32)
    hole = wanted & ~known
    if not hole.any() or not known.any():
        return whole
    window = bounds(grow(hole, COARSE * (max(SIDEWAYS) + 2 * NEAR)))
    part, seen, missing = whole[window], known[window], hole[window]
    result = whole.copy()
    copied = _moved(part, seen, _chosen(part, seen, missing))
    # Moved colours end as the colours around the hole begin: the step at the border is spread over the copy.
    border = seen & grow(missing, COARSE)
    step = fill(part - copied, border.astype(np.float32)) if border.any() else np.zeros_like(part)
    result[window] = np.where(missing[..., None], np.clip(copied + step, 0, 255), part)
    return result


def _chosen(part: Array, seen: Array, missing: Array) -> Array:
    """(h,w,2) float32: the offset, px, by which every pixel is looked up, smooth between places that disagree."""
    height, width = seen.shape
    size = (max(1, width // COARSE), max(1, height // COARSE))
    weight = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(part * seen[..., None], size, interpolation=cv2.INTER_AREA) / np.maximum(weight, 1e-3)[..., None]
    sure = weight > 0.9
    hole = cv2.resize(missing.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    ring = (sure & grow(hole, NEAR)).astype(np.float32)
    best = np.full(ring.shape, np.inf, np.float32)
    offset = np.zeros((*ring.shape, 2), np.float32)
    wide, tall = max(SIDEWAYS), max(UPWARDS)
    far = cv2.copyMakeBorder(small, tall, tall, wide, wide, cv2.BORDER_CONSTANT)
    fit = cv2.copyMakeBorder(sure.astype(np.float32), tall, tall, wide, wide, cv2.BORDER_CONSTANT)
    around = (2 * round(2 * NEAR) + 1,) * 2
    for dy in UPWARDS:
        for dx in SIDEWAYS:
            if abs(dx) + abs(dy) < NEAR:
                continue
            place = (slice(tall + dy, tall + dy + ring.shape[0]), slice(wide + dx, wide + dx + ring.shape[1]))
            compared = ring * fit[place]
            unlike = cv2.transform(cv2.absdiff(far[place], small), np.ones((1, 3), np.float32)) * compared
            total, mass = cv2.blur(unlike, around), cv2.blur(compared, around)
            cost = total / (mass + 1e-4) + UNFIT * (1 - cv2.blur(fit[place], (5, 5))) + 0.15 * np.hypot(dx, dy)
            better = (cost < best) & (mass > 1e-3)
            best[better] = cost[better]
            offset[better] = (COARSE * dx, COARSE * dy)
    offset[best > 0.5 * UNFIT] = 0
    return cv2.resize(offset, (width, height), interpolation=cv2.INTER_NEAREST)


def _moved(part: Array, seen: Array, offset: Array) -> Array:
    """(h,w,3) float32: `part` looked up by `offset`; where that leads to nothing known, continued smoothly."""
    height, width = seen.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    found = cv2.remap(part, x + offset[..., 0], y + offset[..., 1], cv2.INTER_NEAREST)
    good = cv2.remap(
        seen.astype(np.uint8), x + offset[..., 0], y + offset[..., 1], cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip
    smooth = fill(part, seen.astype(np.float32))
    soft = cv2.GaussianBlur(good.astype(np.float32), (0, 0), 1.0) * good
    result: Array = smooth + (found - smooth) * soft[..., None]
    return result
