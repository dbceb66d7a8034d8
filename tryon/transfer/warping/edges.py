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
    result, middle = inside.copy(), inside.shape[1] // 2
    for part in (slice(0, middle), slice(middle, None)):  # one arm is mostly far from the other
        own = np.zeros(sleeves.shape, bool)
        own[:, part] = sleeves[:, part] > 0.02
        window = bounds(own, round(3 * CREASE * unit))
        if (own[window] & (inside[window] < 0.5)).any():  # a loose sleeve cuts nothing off
            result[window] = _evened(result[window], sleeves[window] * own[window], CREASE * unit)
    return result


def _evened(inside: Array, sleeves: Array, sigma: float) -> Array:
    even = sharpened(blur(inside, sigma), sigma)
    there = np.clip(2 * blur(sleeves, 0.5 * sigma), 0, 1)
    mixed = inside + (even - inside) * there
    # Where one outline goes over into the other neither is the edge: a mean of both would be a haze.
    result: Array = np.where(there > 0, rounded_mask(mixed > 0.5, 1.0), inside)
    return result
