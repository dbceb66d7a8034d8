"""Busy backgrounds continued by examples: what is missing is taken from nearby, moved by a few well chosen offsets.

After Kaimin He and Jian Sun, "Statistics of Patch Offsets for Image Completion" (ECCV 2012), with the offsets tried on
a grid instead of found by statistics and chosen by what fits around the hole instead of by a graph cut.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, fill, grow

COARSE = 4  # the offsets are compared on a copy smaller by this factor
SIDEWAYS = range(-44, 45, 4)  # px of that copy; people stand upright, so the background is beside them
UPWARDS = range(-18, 19, 6)
NEAR = 5.0  # px of that copy: how far around the hole its surroundings are compared
MOST = 24  # offsets used in one picture
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
    copied = _moved(part, seen, _offsets(part, seen, missing))
    # Moved colours end as the colours around the hole begin: the step at the border is spread over the copy.
    border = seen & grow(missing, COARSE)
    step = fill(part - copied, border.astype(np.float32)) if border.any() else np.zeros_like(part)
    result[window] = np.where(missing[..., None], np.clip(copied + step, 0, 255), part)
    return result


def _offsets(part: Array, seen: Array, missing: Array) -> list[tuple[int, int, Array]]:
    """The offsets (dx, dy) px that fit best somewhere, and where, planes 0..1 of the coarse copy's size."""
    size = (max(1, seen.shape[1] // COARSE), max(1, seen.shape[0] // COARSE))
    weight = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(part * seen[..., None], size, interpolation=cv2.INTER_AREA) / np.maximum(weight, 1e-3)[..., None]
    sure = weight > 0.9
    hole = cv2.resize(missing.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    ring = (sure & grow(hole, NEAR)).astype(np.float32)
    best, chosen = np.full(ring.shape, 0.5 * UNFIT, np.float32), np.full(ring.shape, -1)
    wide, tall = max(SIDEWAYS), max(UPWARDS)
    far = cv2.copyMakeBorder(small, tall, tall, wide, wide, cv2.BORDER_CONSTANT)
    fit = cv2.copyMakeBorder(sure.astype(np.float32), tall, tall, wide, wide, cv2.BORDER_CONSTANT)
    around = (2 * round(2 * NEAR) + 1,) * 2
    tried = [(dx, dy) for dy in UPWARDS for dx in SIDEWAYS if abs(dx) + abs(dy) >= NEAR]
    for index, (dx, dy) in enumerate(tried):
        place = (slice(tall + dy, tall + dy + ring.shape[0]), slice(wide + dx, wide + dx + ring.shape[1]))
        compared = ring * fit[place]
        unlike = cv2.transform(cv2.absdiff(far[place], small), np.ones((1, 3), np.float32)) * compared
        total, mass = cv2.blur(unlike, around), cv2.blur(compared, around)
        cost = total / (mass + 1e-4) + UNFIT * (1 - cv2.blur(fit[place], (5, 5))) + 0.15 * np.hypot(dx, dy)
        better = (cost < best) & (mass > 1e-3)
        best[better] = cost[better]
        chosen[better] = index
    counts = np.bincount(chosen[hole & (chosen >= 0)], minlength=len(tried))
    most = [int(index) for index in np.argsort(-counts)[:MOST] if counts[index]]
    soft = [(index, cv2.GaussianBlur((chosen == index).astype(np.float32), (0, 0), 1.5)) for index in most]
    return [(COARSE * tried[index][0], COARSE * tried[index][1], plane) for index, plane in soft]


def _moved(part: Array, seen: Array, offsets: list[tuple[int, int, Array]]) -> Array:
    """(h,w,3) float32: `part` looked up by the offsets where each is best; elsewhere continued smoothly."""
    height, width = seen.shape
    total = np.full((height, width), 1e-3, np.float32)
    result = fill(part, seen.astype(np.float32)) * total[..., None]
    for dx, dy, plane in offsets:
        if not (plane > 0.1).any():
            continue
        rows, columns = bounds(plane > 0.1)
        # Sharp seams between offsets would show, and so would wide mixtures of two.
        weight = cv2.resize(plane[rows, columns], None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_LINEAR) ** 4
        (top, bottom), (left, right) = (
            (max(COARSE * span.start, -shift), min(COARSE * span.stop, length, length - shift))
            for span, shift, length in ((rows, dy, height), (columns, dx, width))
        )
        if top >= bottom or left >= right:
            continue
        here = (slice(top, bottom), slice(left, right))
        there = (slice(top + dy, bottom + dy), slice(left + dx, right + dx))
        inside = (slice(top - COARSE * rows.start, None), slice(left - COARSE * columns.start, None))
        share = weight[inside][: bottom - top, : right - left] * seen[there]
        total[here] += share
        result[here] += part[there] * share[..., None]
    return result / total[..., None]
