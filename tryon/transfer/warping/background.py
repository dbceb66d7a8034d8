"""What was behind the person, where a narrower garment uncovers it."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, fill, grow
from tryon.transfer.warping.examples import by_example


def complete(pixels: Array, person: Array, wanted: Array, reach: float, seed: int) -> Array:
    """(h,w,3) float32: the photo with the person's area continued from around it.

    `person` (h,w) bool is the figure, `wanted` (h,w) bool the part that will be seen, `reach` px how far the
    figure's edge and its blur go. Plain backgrounds are continued smoothly with their own grain; busy ones by
    examples from beside the figure.
    """
    blocked = grow(person, reach)
    if blocked.all() or not wanted.any():
        return pixels.astype(np.float32)
    ring = grow(wanted, 6 * reach) & ~blocked
    busy = _busyness(pixels, ring if ring.any() else ~blocked)
    if busy > 14:
        return by_example(pixels, ~blocked, blocked & grow(wanted, 2 * reach))
    # What labels miss of a sheer hem, and the dark line that sharpening leaves beside an edge, would spread inwards.
    clear = ~grow(person, 2 * reach)
    known = clear if clear.any() else ~blocked
    smooth = fill(pixels.astype(np.float32), known.astype(np.float32))
    result: Array = smooth + grain(pixels, ~blocked, seed)[..., None]
    return result


def _busyness(pixels: Array, ring: Array) -> float:
    """Standard deviation of mid frequencies, in grey levels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = grey - blur(grey, 12)
    return float(detail[ring].std())


def grain(pixels: Array, where: Array, seed: int) -> Array:
    """(h,w) float32 noise as strong as the photo's own in its flat places."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), 1.2)
    values = np.abs(detail[where]) if where.any() else np.abs(detail)
    strength = min(float(np.median(values)) * 1.48, 5.0)
    noise = np.random.default_rng(seed).standard_normal(grey.shape).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.7)
    result: Array = soft / max(float(soft.std()), 1e-6) * strength
    return result
