"""Small tools on boolean areas that the corrections of labels share."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np

from tryon.masking.maps import Array, labelled

MANY = 16384  # places that are looked up at once
HAND = 0.01  # squared shoulder distances: a label of less is no hand
SLENDER = 0.2  # area by the squared diagonal of the box around a part; a disc has 0.39


def touching(mask: Array, other: Array, reach: float, least: float) -> Array:
    """The connected parts of `mask` of at least `least` px that come within `reach` px of `other`."""
    kept, window = np.zeros(mask.shape, bool), bounds(mask)
    part = mask[window]
    if not part.size:
        return kept
    _, index, stats, _ = cv2.connectedComponentsWithStats(part.astype(np.uint8))
    met = np.zeros(len(stats), bool)
    met[index[part & dilated(other, reach)[window]]] = True
    kept[window] = (met & (stats[:, cv2.CC_STAT_AREA] >= least))[index]
    return kept


def compact(mask: Array, most: float) -> Array:
    """The connected parts of `mask` (h,w) bool of at most `most` px that are about as wide as long."""
    count, index, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    width, height, area = (stats[:, k].astype(float) for k in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    kept = (area <= most) & (area >= SLENDER * (width**2 + height**2))
    kept[0] = False
    result: Array = kept[index] if count > 1 else np.zeros_like(mask)
    return result


def _disc(radius: float) -> Array:
    size = 2 * max(0, round(radius)) + 1
    kernel: Array = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return kernel


def largest(planes: Array) -> Array:
    """Largest of three channels; much faster than numpy's along a short axis."""
    first, second, third = cv2.split(planes)
    result: Array = cv2.max(cv2.max(first, second), third)
    return result


def length(planes: Array) -> Array:
    """Euclidean length over the three channels; much faster than numpy's norm along a short axis."""
    first, second, third = cv2.split(cv2.multiply(planes, planes))
    result: Array = cv2.sqrt(first + second + third)
    return result


def looked_up(plane: Array, x: Array, y: Array, border: int = cv2.BORDER_REPLICATE) -> Array:
    """(k,n,c) of a `plane` (h,w,c) float32 at places `x`, `y` (k,n) float32, however many: OpenCV takes no 32768."""
    parts = [
        cv2.remap(plane, x[:, i : i + MANY].copy(), y[:, i : i + MANY].copy(), cv2.INTER_LINEAR, borderMode=border)
        for i in range(0, x.shape[1], MANY)
    ]
    found: Array = np.concatenate(parts, axis=1) if parts else np.zeros((*x.shape, plane.shape[2]), np.float32)
    return found.reshape(*x.shape, plane.shape[2])


def hands_around(labels: Array, unit: float, reach: float) -> Iterator[tuple[str, Array, tuple[slice, slice]]]:
    """Each hand of a label map that is more than a speck: "left" or "right", where it is (h,w) bool, and the window
    `reach` shoulder distances around it; `unit`: such a distance, px."""
    for side in ("left", "right"):
        hand = labelled(labels, (f"{side}_hand",))
        if hand.sum() > HAND * unit**2:
            yield side, hand, bounds(hand, round(reach * unit))


def dilated(mask: Array, radius: float) -> Array:
    if not mask.size:  # a window of `bounds` around nothing, which OpenCV refuses
        return mask > 0
    if radius < 5:
        return cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0
    result, part = np.zeros(mask.shape, bool), bounds(mask, math.ceil(radius))
    if mask[part].size:
        result[part] = cv2.distanceTransform((~mask[part]).astype(np.uint8), cv2.DIST_L2, 3) <= radius
    return result


def eroded(mask: Array, radius: float) -> Array:
    if not mask.size:
        return mask > 0
    if radius < 5:
        return cv2.erode(mask.astype(np.uint8), _disc(radius), borderValue=1) > 0
    result, part = np.zeros(mask.shape, bool), bounds(mask, 1)
    if mask[part].size:
        result[part] = cv2.distanceTransform(mask[part].astype(np.uint8), cv2.DIST_L2, 3) > radius
    return result


def bounds(mask: Array, margin: int = 0) -> tuple[slice, slice]:
    """The smallest window that holds all of a boolean (h,w) mask and `margin` px around it; an empty one where there
    is nothing."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    spans = (slice(max(0, int(at[0]) - margin), int(at[-1]) + margin + 1) for at in (rows, columns))
    return next(spans), next(spans)


def solid(mask: Array, radius: float) -> Array:
    """Without specks: opened by a small disc, then grown back."""
    result: Array = dilated(eroded(mask, radius), 1.5 * radius) & mask
    return result
