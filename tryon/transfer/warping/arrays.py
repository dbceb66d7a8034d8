"""Small array tools that the steps of the transfer share."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded

Array: TypeAlias = NDArray[Any]


def blur(plane: Array, sigma: float) -> Array:
    """Gaussian blur of (h,w) or (h,w,c) float32; wide ones are done on a smaller copy, where they cost little."""
    if sigma <= 0.3:
        return plane
    shrink = int(sigma // 4)
    if shrink < 2 or min(plane.shape[:2]) < 8 * shrink:
        result: Array = cv2.GaussianBlur(plane, (0, 0), sigma)
        return result
    height, width = plane.shape[:2]
    size = (max(1, width // shrink), max(1, height // shrink))
    small = cv2.GaussianBlur(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / shrink)
    result = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return result


def grow(mask: Array, radius: float) -> Array:
    """Boolean (h,w) mask dilated by `radius` px."""
    return dilated(mask, radius)


def shrink(mask: Array, radius: float) -> Array:
    """Boolean (h,w) mask eroded by `radius` px; the picture's border does not eat."""
    return eroded(mask, radius)


def distance(mask: Array, most: float) -> Array:
    """(h,w) float32 px to boolean (h,w) `mask`, right up to `most`; what lies further away is told only to do so."""
    margin = round(most / 0.95) + 2  # OpenCV counts a step along an axis as 0.955 px
    result, part = np.full(mask.shape, most + 1, np.float32), bounds(mask, margin)
    if mask[part].size:
        result[part] = cv2.distanceTransform((~mask[part]).astype(np.uint8), cv2.DIST_L2, 3)
    return result


def smooth_mask(mask: Array, sigma: float) -> Array:
    """Boolean (h,w) -> float32 0..1 with an antialiased edge about two sigma wide and its corners rounded."""
    soft = blur(mask.astype(np.float32), sigma)
    result: Array = np.clip((soft - 0.5) * 1.6 + 0.5, 0, 1)
    return result


def rounded_mask(mask: Array, sigma: float) -> Array:
    """Boolean (h,w) -> float32 0..1 with its corners rounded as by a blur of `sigma`, and an edge 1.4 px wide."""
    return sharpened(blur(mask.astype(np.float32), sigma), sigma)


def sharpened(plane: Array, sigma: float) -> Array:
    """(h,w) float32 0..1 an edge that a blur of `sigma` px made soft, 1.4 px wide; a threshold would leave stairs."""
    slope = np.float32(np.sqrt(2 * np.pi) / 1.4 * max(sigma, 0.6))
    result: Array = np.clip((plane - 0.5) * slope + 0.5, 0, 1)
    return result


def ramp(values: Array, start: float, end: float) -> Array:
    """float32 0 below `start`, 1 above `end`, smooth between; `end` may lie below `start`."""
    span = end - start if abs(end - start) > 1e-6 else 1e-6
    x = np.asarray(np.subtract(values, start, dtype=np.float32))  # in place from here: dozens of planes go through
    x /= span
    np.clip(x, 0, 1, out=x)
    result: Array = -2 * x
    result += 3
    x *= x
    result *= x
    return result


def projected(shape: tuple[int, ...], origin: Array, axis: Array) -> Array:
    """(h,w) float32: how far, px, every pixel lies from `origin` (x,y) in the direction of the unit vector `axis`."""
    x = (np.arange(shape[1]) - origin[0]) * axis[0]
    y = (np.arange(shape[0]) - origin[1]) * axis[1]
    result: Array = x[None].astype(np.float32) + y[:, None].astype(np.float32)
    return result


def fill(picture: Array, weight: Array) -> Array:
    """Smooth continuation of (h,w,c) float32 into where `weight` (h,w) 0..1 is 0: push and pull over a pyramid.

    Gortler et al., "The Lumigraph" (1996): average known values down the pyramid, then take the coarser level
    where a finer one knows nothing. With no known pixel at all the picture comes back unchanged.
    """
    if not float(weight.max()) > 0:
        return picture
    known, many = np.clip(weight, 0, 1).astype(np.float32), picture.shape[2]
    own = np.array(picture, np.float32)
    own *= spread(known, many)
    levels = [(own, known)]
    while min(levels[-1][1].shape) > 2:
        value, mass = levels[-1]
        size = ((mass.shape[1] + 1) // 2, (mass.shape[0] + 1) // 2)
        value = cv2.resize(cv2.GaussianBlur(value, (5, 5), 1.0), size, interpolation=cv2.INTER_AREA)
        mass = cv2.resize(cv2.GaussianBlur(mass, (5, 5), 1.0), size, interpolation=cv2.INTER_AREA)
        gain = np.minimum(1.0, 4.0 * mass) / np.maximum(mass, 1e-6)
        value = value.reshape(*mass.shape, many)  # OpenCV drops the axis of a single channel
        value *= spread(gain, many)
        levels.append((value, mass * gain))
    value, mass = levels.pop()
    result = value / spread(np.maximum(mass, 1e-6), many)
    while levels:
        value, mass = levels.pop()
        result = cv2.resize(result, mass.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(value.shape)
        result *= spread(1 - mass, many)
        result += value
    return result


def carried_on(picture: Array, known: Array, where: Array) -> Array:
    """(h,w,c) with what it is like inside `known` (h,w) bool going on over `where` (h,w) bool, mirrored at the edge in
    its row, so that stripes and weaves go on."""
    at = np.nonzero(where & ~known)
    if not at[0].size or not known.any():
        return picture
    _, place = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    first = np.zeros(int(place.max()) + 1, np.intp)
    first[place[known]] = np.flatnonzero(known)
    edge = np.unravel_index(first[place[at]], known.shape)
    mirrored = (at[0], np.clip(2 * edge[1] - at[1], 0, known.shape[1] - 1))
    inside = tuple(np.where(known[mirrored], m, e) for m, e in zip(mirrored, edge, strict=True))
    result = picture.copy()
    result[at] = picture[inside]
    return result


def spread(plane: Array, channels: int) -> Array:
    """(h,w) -> (h,w,channels), the same in each: numpy is slow along a last axis of a single value."""
    if not plane.size:  # which OpenCV refuses
        return np.zeros((*plane.shape, channels), plane.dtype)
    result: Array = cv2.merge([plane] * channels).reshape(*plane.shape, channels)
    return result


def luminance(pixels: Array) -> Array:
    """(h,w,3) RGB 0..255 -> (h,w) float32 0..255, Rec. 601 weights."""
    result: Array = cv2.cvtColor(np.clip(pixels, 0, 255).astype(np.float32), cv2.COLOR_RGB2GRAY)
    return result


def mix(under: Array, over: Array, alpha: Array) -> Array:
    """`over` laid on `under`, both (h,w,c), with (h,w) alpha 0..1; float32 unless one of them is wider."""
    result: Array = np.array(under, np.result_type(under, over, alpha))
    window = bounds(alpha > 0)
    laid = over[window] - result[window]
    laid *= spread(alpha[window], laid.shape[2])
    result[window] += laid
    return result


def largest(planes: Array) -> Array:
    """(h,w) largest of the three channels of (h,w,3); much faster than numpy's along a short axis."""
    first, second, third = cv2.split(planes)
    result: Array = cv2.max(cv2.max(first, second), third)
    return result
