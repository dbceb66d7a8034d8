"""The maker's label that shows inside the back of a neck: whatever lies above its lower end is not the front."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

UNLIKE = 24.0  # CIE Lab distance from the cloth around it
PATTERNED = 0.04  # share of other colours beside the middle from which cloth is called patterned
SHALLOW = 0.45  # units below the neck points: an outline deeper than that is a front neckline


def neck_label(lab: Array, solid: Array, unit: float, middle: float, zero: float) -> Box | None:
    """The box of the label (and of a print close under it), in units from the neck points' middle; None without one.

    `lab` (h,w,3) CIE Lab and `solid` (h,w) bool of the neck region upright, `unit` pixels per half neck width, the
    neck points' middle at column `middle` and row `zero`. Looked for on plain cloth only: on patterns, spots are
    everywhere.
    """
    height, width = solid.shape
    x = (np.arange(width) - middle)[None, :] / unit
    y = (np.arange(height) - zero)[:, None] / unit
    column = solid[:, round(middle) - 2 : round(middle) + 3].any(axis=1)
    if not column.any():
        return None
    outline = (int(column.argmax()) - zero) / unit
    near = solid & (np.abs(x) < 1.0) & (y > outline) & (y < outline + 0.6)
    if outline > SHALLOW or near.sum() < 100:
        return None
    odd = near & (np.linalg.norm(lab - np.median(lab[near], axis=0), axis=2) > UNLIKE)
    aside = near & (np.abs(x) > 0.62) & (np.abs(x) < 0.95) & (y < outline + 0.45)
    if odd[aside].mean() > PATTERNED:
        return None
    return _label(_blobs(odd, unit, middle, zero), outline)


def _blobs(odd: Array, unit: float, middle: float, zero: float) -> list[Box]:
    """Boxes of spots of another colour, in units, from the top down."""
    joined = cv2.morphologyEx(odd.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    boxes = []
    for left, top, wide, high, area in stats[1:]:
        if area < 0.006 * unit**2:
            continue
        x, y = (left - middle) / unit, (top - zero) / unit
        boxes.append((x, y, x + wide / unit, y + high / unit))
    return sorted(boxes, key=lambda box: box[1])


def _label(boxes: list[Box], outline: float) -> Box | None:
    """The label together with what follows it closely."""
    label: Box | None = None
    for left, top, right, bottom in boxes:
        small = right - left < 1.0 and bottom - top < 0.55
        middle = abs(left + right) / 2 < 0.22 and min(abs(left), abs(right)) < 0.5
        if not (small and middle):
            continue
        if label is None and top < outline + 0.5:
            label = (left, top, right, bottom)
        elif label is not None and top < label[3] + 0.12:
            label = (min(left, label[0]), label[1], max(right, label[2]), max(bottom, label[3]))
    return label
