"""The maker's label that shows inside the back of a neck: whatever lies above its lower end is not the front."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import length

Array = NDArray[Any]
Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

# CIE Lab distance from the cloth around it, and the share of such colours beside the middle from which cloth is called
# patterned: first what is plain to see, then a white label on grey.
UNLIKE = ((24.0, 0.04), (16.0, 0.15))
COLLAR = 0.55  # units below the neck points down to which a label hangs in a standing collar
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
    near = solid & (np.abs(x) < 1.0) & (y > outline) & (y < max(outline + 0.6, COLLAR))
    if outline > SHALLOW or near.sum() < 100:
        return None
    off = lab - np.median(lab[near], axis=0)
    aside = near & (np.abs(x) > 0.62) & (np.abs(x) < 0.95) & (y < outline + 0.45)
    size = length(off)
    for least, patterned in UNLIKE:
        odd = near & (size > least)
        if odd[aside].mean() > patterned:
            continue
        # Light and dark apart: a white label on the dark band of a collar is not one spot with it.
        boxes = [box for part in (off[..., 0] > 0, off[..., 0] <= 0) for box in _blobs(odd & part, unit, middle, zero)]
        label = _label(sorted(boxes, key=lambda box: box[1]), outline)
        if label is not None:
            return label
    return None


def _blobs(odd: Array, unit: float, middle: float, zero: float) -> list[Box]:
    """Boxes of spots of another colour, in units."""
    joined = cv2.morphologyEx(odd.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    boxes = []
    for left, top, wide, high, area in stats[1:]:
        if area < 0.006 * unit**2:
            continue
        x, y = (left - middle) / unit, (top - zero) / unit
        boxes.append((x, y, x + wide / unit, y + high / unit))
    return boxes


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
