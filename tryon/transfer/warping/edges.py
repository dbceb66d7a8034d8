"""The edges of limbs that a new garment leaves bare."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, rounded_mask, sharpened

CREASE = 0.05  # shoulder distances over which the outline of an old sleeve is evened


def closed(outline: Array, radius: float) -> Array:
    """(h,w) float32 0..1 an outline without the slits that pale piping leaves in it before a pale wall."""
    size = 2 * max(1, round(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    plane = (outline * 255).astype(np.uint8)
    return cv2.morphologyEx(plane, cv2.MORPH_CLOSE, kernel).astype(np.float32) / np.float32(255)


def without_creases(inside: Array, sleeves: Array, unit: float) -> Array:
    """`inside` (h,w) 0..1, the outline that no bared limb leaves, without the creases of old sleeves: cloth that fits
    closely is ragged at a bent elbow, the arm in it is not. `sleeves` (h,w) 0..1: arms in them."""
    sigma = CREASE * unit
    window = bounds(sleeves > 0.02, round(3 * sigma))
    if not inside[window].size:
        return inside
    even = sharpened(blur(inside[window], sigma), sigma)
    there = np.clip(2 * blur(sleeves[window], 0.5 * sigma), 0, 1)
    mixed = inside[window] + (even - inside[window]) * there
    result = inside.copy()
    # Where one outline goes over into the other neither is the edge: a mean of both would be a haze.
    result[window] = np.where(there > 0, rounded_mask(mixed > 0.5, 1.0), inside[window])
    return result
