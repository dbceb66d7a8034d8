"""The soft alpha of a cut-out, and edges that carry nothing of the old background."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_ground import reduced
from tryon.parsing.garment_pieces import disk
from tryon.types import Mask, Pixels

Array = NDArray[Any]

MATTE_SIDE = 1536  # px, longest side of the grid that the alpha is computed on; larger photos get it enlarged


def matte(pixels: Array, body: Array) -> Mask:
    """Soft alpha (h, w): in a band around the outline, how far a pixel lies from the ground's colour to the cloth's.

    The two colours are local means over a few pixels inside and outside; where they hardly differ the smooth outline
    decides alone.
    """
    work = reduced(pixels, MATTE_SIDE)
    height, width = work.shape[:2]
    factor = max(1.0, width / body.shape[1])
    mask = cv2.resize(body.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.6 * factor + 0.2)
    reach = round(1.6 * factor) + 1
    part = window(mask > 0.5, 8 * reach)
    alpha = np.zeros((height, width), np.float32)
    alpha[part] = _soft(np.ascontiguousarray(work[part]), mask[part], factor, reach)
    if alpha.shape != pixels.shape[:2]:
        alpha = cv2.resize(alpha, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.round(alpha * 255).astype(np.uint8)


def window(mask: Array, margin: int) -> tuple[slice, slice]:
    """Where the mask is, and `margin` px around it; from even places on, so that half of it is half of the whole."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, mask.shape[0]), slice(0, mask.shape[1])
    spans = []
    for at, length in ((rows, mask.shape[0]), (columns, mask.shape[1])):
        last = int(at[-1]) + 1 + margin
        spans.append(slice(max(0, int(at[0]) - margin) // 2 * 2, min(length, last + last % 2)))
    return spans[0], spans[1]


def _soft(work: Array, mask: Array, factor: float, reach: int) -> Array:
    """Alpha (h, w) 0..1 of a part of the picture whose smooth outline is `mask` (h, w) 0..1."""
    hard = (mask > 0.5).astype(np.uint8)
    inside = cv2.erode(hard, disk(reach))
    outside = 1 - cv2.dilate(hard, disk(reach))
    colour = work.astype(np.float32)
    band = (inside == 0) & (outside == 0)
    cloth, spread, cloth_ok = _around(colour, inside, 4 * reach + 1, band)
    ground, noise, ground_ok = _around(colour, outside, 4 * reach + 1, band)
    axis = cloth - ground
    span = np.sqrt((axis * axis).sum(axis=1)) + 1e-3
    share = ((colour[band] - ground) * axis).sum(axis=1) / (span * span)
    along = np.clip((share - 0.08) / 0.84, 0, 1)
    trust = np.clip((span - 4 - 4 * noise) / 12, 0, 1) * np.clip(1.7 - 3 * spread / span, 0, 1) * cloth_ok * ground_ok
    soft = np.clip((mask[band] - 0.5) * 1.6 * factor / 2 + 0.5, 0, 1)
    alpha = inside.astype(np.float32)
    alpha[band] = trust * along + (1 - trust) * soft
    return cv2.GaussianBlur(alpha, (0, 0), 0.5)


def dot(one: Array, other: Array) -> Array:
    """(h, w) sums of products of three channels; much faster than numpy's sum along a short axis."""
    first, second, third = cv2.split(cv2.multiply(one, other))
    return first + second + third


def _around(colour: Array, mask: Array, window: int, band: Array) -> tuple[Array, Array, Array]:
    """For the pixels of `band` (h, w) bool the mean colour (n, 3) of the masked pixels in a window, their spread around
    it (n,), and whether there are any (n,)."""
    count, total, square = sums(*halved(colour, mask), window)
    safe = np.maximum(1, count)
    mean = total / safe[..., None]
    spread = np.sqrt(np.maximum(0, square / safe - dot(mean, mean)))
    there = (count >= 1).astype(np.float32)
    return sampled(mean, band), sampled(spread, band), sampled(there, band, cv2.INTER_NEAREST)


def halved(colour: Array, mask: Array) -> tuple[Array, Array]:
    """A picture and a mask at half size, where means over a dozen pixels are reckoned; 0 where not all is masked."""
    half = (max(1, colour.shape[1] // 2), max(1, colour.shape[0] // 2))
    weight = cv2.resize(mask.astype(np.float32), half, interpolation=cv2.INTER_AREA)
    weight[weight < 0.99] = 0
    return cv2.resize(colour, half, interpolation=cv2.INTER_AREA), weight


def sums(small: Array, weight: Array, window: int) -> tuple[Array, Array, Array]:
    """Over a window of so many px of the whole size: the weight (h, w), weighted colour (h, w, 3) and its square."""
    size = (window // 2 + 1, window // 2 + 1)
    planes = weight, small * weight[..., None], dot(small, small) * weight
    count, total, square = (cv2.boxFilter(plane, -1, size, normalize=False) for plane in planes)
    return count, total, square


def sampled(plane: Array, band: Array, how: int = cv2.INTER_LINEAR) -> Array:
    """A plane of half size, (h, w) or (h, w, c), at the pixels of `band`, (n,) or (n, c)."""
    ys, xs = np.nonzero(band)
    rows, columns = plane.shape[0] / band.shape[0], plane.shape[1] / band.shape[1]
    if how == cv2.INTER_NEAREST:
        near: Array = plane[(ys * rows).astype(int), (xs * columns).astype(int)]
        return near
    size = (-1, 1024)
    pad = -len(ys) % 1024
    x, y = (
        np.pad(((at + 0.5) * scale - 0.5).astype(np.float32), (0, pad)).reshape(size)
        for at, scale in ((xs, columns), (ys, rows))
    )
    found = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.reshape(-1, *plane.shape[2:])[: len(ys)]


def clean_edges(pixels: Pixels, alpha: Mask) -> Pixels:
    """The picture with the background's colour taken out of its half-transparent edge pixels.

    Where `alpha` is below 250 the colour becomes that of the nearest fully opaque pixel, slightly smoothed along the
    edge, so that nothing of the old background shows when the cut-out is laid on another picture, and so that
    sampling between pixels at the edge finds cloth outside too. (h, w, 3) uint8; alpha 0 everywhere: unchanged.
    """
    solid = cv2.erode((alpha >= 250).astype(np.uint8), disk(1))
    if not solid.any():
        return pixels
    _, index = cv2.distanceTransformWithLabels(1 - solid, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    ys, xs = np.nonzero(solid)
    lookup = np.zeros((int(index.max()) + 1, 2), np.int32)
    lookup[index[ys, xs]] = np.stack([ys, xs], axis=1)
    nearest = lookup[index]
    filled = pixels[nearest[..., 0], nearest[..., 1]]
    smooth = cv2.GaussianBlur(filled, (0, 0), 1.0)
    out = np.where((solid > 0)[..., None], pixels, smooth)
    return np.ascontiguousarray(out)
