"""Limbs as areas of the picture."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import Limb


def strip(limb: Limb, size: tuple[int, ...], widen: float = 1.0) -> tuple[Array, Array, Array]:
    """Coverage (h,w) 0..1 of a limb, the position across it, -1..1 at its edges, and the arc length along it."""
    best = np.full(size, 1e9, np.float32)
    across, far = np.zeros(size, np.float32), np.zeros(size, np.float32)
    arc, half = limb.arc.astype(np.float32), (limb.half * widen).astype(np.float32)
    points = limb.points.astype(np.float32)
    low = np.maximum(limb.points.min(axis=0) - half.max() * 1.5, 0).astype(int)
    high = (limb.points.max(axis=0) + half.max() * 1.5 + 2).astype(int)
    window = (slice(low[1], max(high[1], 0)), slice(low[0], max(high[0], 0)))
    wy = np.arange(size[0], dtype=np.float32)[window[0], None]
    wx = np.arange(size[1], dtype=np.float32)[None, window[1]]
    if wx.size == 0 or wy.size == 0:
        return np.zeros(size, np.float32), across, far
    near, where, along = best[window], across[window], far[window]
    last = len(points) - 1
    for k in range(0, last, 2):
        n = min(k + 2, last)
        a, b = points[k], points[n]
        span = b - a
        length = np.float32(max(float(np.hypot(*span)), 1e-6))
        t = np.clip(((wx - a[0]) * span[0] + (wy - a[1]) * span[1]) / length**2, 0, 1)
        dx, dy = wx - a[0] - t * span[0], wy - a[1] - t * span[1]
        width = half[k] + t * (half[n] - half[k])
        ratio = cv2.magnitude(dx, dy) / width
        signed = (span[0] * dy - span[1] * dx) / (length * width)
        closer = ratio < near
        np.copyto(near, ratio, where=closer)
        np.copyto(where, signed, where=closer)
        np.copyto(along, arc[k] + t * (arc[n] - arc[k]), where=closer)
    edge = max(0.8 / float(half.mean()), 0.01)
    return ramp(best, 1 + edge, 1 - edge), across, far


def share_along(limb: Limb, strip_mask: Array, along: Array, part: Array) -> Array:
    """(33,) which share of the limb's area is `part`, at evenly spaced arc lengths from 0 to its end."""
    inside = strip_mask > 0.5
    length = max(float(limb.arc[-1]), 1e-6)
    place = np.clip(along[inside] / length * 32, 0, 32).astype(int)
    whole = np.bincount(place, minlength=33)
    some = np.bincount(place, weights=part[inside].astype(float), minlength=33)
    share = np.where(whole > 0, some / np.maximum(whole, 1), 0.0)
    padded = np.pad(share, 2, mode="edge")
    result: Array = np.convolve(padded, np.array([1, 2, 3, 2, 1]) / 9, mode="valid")
    return result


def spread(limb: Limb, along: Array, values: Array) -> Array:
    """(h,w) the value of every pixel's place along the limb, from `share_along`."""
    length = max(float(limb.arc[-1]), 1e-6)
    result: Array = np.interp(along / length, np.linspace(0, 1, 33), values).astype(np.float32)
    return result
