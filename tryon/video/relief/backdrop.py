"""The background without the person: a smooth membrane plus the photo's own texture, mirrored at the border."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Pixels

Array = NDArray[Any]

COARSE = 192  # px, longest side of the grid on which the membrane is solved
ROUNDS = 120  # relaxations of the membrane; the pyramid's guess is near already


def complete(picture: Pixels, known: Array) -> Pixels:
    """picture (h,w,3), known (h,w) bool -> the picture with the unknown filled; known pixels are returned as they are.

    Low frequencies come from a membrane (Laplace's equation with the known pixels as its border), high ones are
    mirrored at the nearest known pixel, so that walls keep their grain and structures run on for a little.
    """
    if known.all():
        return picture.copy()
    if not known.any():
        return np.full_like(picture, 200)
    low = membrane(picture, known)
    filled = _mirrored(picture, low, known)
    np.copyto(filled, picture, where=known[..., None])
    return filled


def membrane(picture: Pixels, known: Array) -> Array:
    """(h,w,3) float32: smooth everywhere, near the picture where known, a membrane where not."""
    height, width = known.shape
    scale = min(1.0, COARSE / max(height, width))
    size = max(4, round(width * scale)), max(4, round(height * scale))
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    masked = np.where(known[..., None], picture, 0).astype(np.float32)
    total = cv2.resize(masked, size, interpolation=cv2.INTER_AREA)
    coarse = _pulled(total, weight)
    fixed = np.minimum(weight * 4, 1)[..., None]  # a cell with a quarter of known pixels is known
    anchor = np.where(weight[..., None] > 0.02, total / np.maximum(weight, 0.02)[..., None], 0)
    for _ in range(ROUNDS):
        coarse = fixed * anchor + (1 - fixed) * cv2.blur(coarse, (3, 3), borderType=cv2.BORDER_REPLICATE)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 0.8, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _pulled(total: Array, weight: Array) -> Array:
    """Pull-push: every cell without data gets the average of the nearest level of a pyramid that has some."""
    if min(weight.shape) <= 2 or weight.min() > 0.5:
        mean = total.sum((0, 1)) / max(float(weight.sum()), 1e-6)
        share = np.clip(weight * 2, 0, 1)[..., None]
        return share * total / np.maximum(weight, 1e-6)[..., None] + (1 - share) * mean
    size = (weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2
    above = _pulled(
        cv2.resize(total, size, interpolation=cv2.INTER_AREA), cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    )
    wide = cv2.resize(above, (weight.shape[1], weight.shape[0]), interpolation=cv2.INTER_LINEAR)
    share = np.clip(weight * 4, 0, 1)[..., None]
    return share * total / np.maximum(weight, 1e-6)[..., None] + (1 - share) * wide


def _mirrored(picture: Pixels, low: Array, known: Array) -> Pixels:
    """low plus the difference (picture - low) of the point that lies as far outside as this one lies inside."""
    height, width = known.shape
    unknown = (~known).astype(np.uint8)
    rows, columns = np.nonzero(unknown)
    _, label = cv2.distanceTransformWithLabels(unknown, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    border_y, border_x = np.nonzero(known)
    lookup = np.zeros(int(label.max()) + 1, np.int64)
    lookup[label[border_y, border_x]] = np.arange(len(border_y))
    nearest = lookup[label[rows, columns]]
    y, x = 2 * border_y[nearest] - rows, 2 * border_x[nearest] - columns
    y, x = _reflect(y, height), _reflect(x, width)
    usable = known[y, x]
    source = picture[y, x].astype(np.float32) - low[y, x]
    source[~usable] = 0
    result = np.clip(low, 0, 255)
    grain = _grain(picture, low, known, (~usable).sum())
    if grain is not None:
        source[~usable] = grain
    result[rows, columns] = np.clip(low[rows, columns] + source, 0, 255)
    return np.rint(result).astype(np.uint8)


def _reflect(index: Array, size: int) -> Array:
    index = np.abs(index)
    period = max(1, 2 * (size - 1))
    index = index % period
    return np.minimum(index, period - index)


def _grain(picture: Pixels, low: Array, known: Array, count: int) -> Array | None:
    """Noise of the photo's own strength (a robust guess, so that edges do not count) for places without a mirror."""
    if count == 0:
        return None
    step = max(1, known.shape[0] // 256)
    sample = known[1:-1:step, 1:-1:step]
    luma = picture[..., 1].astype(np.float32)
    rough = luma[1:-1:step, 1:-1:step] * 2 - luma[1:-1:step, :-2:step] - luma[1:-1:step, 2::step]
    values = np.abs(rough[:, : sample.shape[1]][sample[:, : rough.shape[1]]])
    sigma = float(np.median(values)) / 0.6745 / 6**0.5 if values.size else 0.0
    noise = np.random.default_rng(0).standard_normal((count, 1)).astype(np.float32)
    return noise * min(sigma, 6.0)
