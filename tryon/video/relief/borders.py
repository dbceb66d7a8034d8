"""The border between two parts of the figure, moved to where the picture's colours change."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TOLD = 20.0  # distance in OpenCV's 8 bit Lab at which two cloths side by side are told apart


def _deep(mask: Array, depth: int) -> Array:
    return cv2.erode(mask.astype(np.uint8), np.ones((2 * depth + 1, 2 * depth + 1), np.uint8)) > 0


def border_by_colour(texture: Array, part: Array, other: Array, band: int) -> Array:
    """`part` (h,w) bool, its border to `other` moved by up to `band` px: pixels go to the nearer of two local means.

    texture (h,w,4) premultiplied RGBA. Where both have one colour next to the border, it stays about where it is.
    """
    own, others, unsure = _apart(texture, part, other, band)
    found = np.where(unsure, own < others, part)
    thick = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)) > 0
    return found & (thick | part)


def without_strips(texture: Array, part: Array, other: Array, band: int) -> Array:
    """`part` (h,w) bool without what, up to `band` px from its border to `other`, is surely of the other's colour."""
    own, others, unsure = _apart(texture, part, other, band)
    return part & ~(unsure & (others < 0.5 * own))


def _apart(texture: Array, part: Array, other: Array, band: int) -> tuple[Array, Array, Array]:
    """Distances (h,w) in Lab from the local means of the part and of the other, and where both tell something."""
    sure_part, sure_other = _deep(part, band), _deep(other, band)
    unsure = (part | other) & ~sure_part & ~sure_other
    unsure &= cv2.dilate(other.astype(np.uint8), np.ones((4 * band + 1, 4 * band + 1), np.uint8)) > 0
    colour = texture[..., :3] * (255.0 / np.maximum(texture[..., 3:], 1))
    lab = cv2.cvtColor(np.clip(colour, 0, 255).astype(np.uint8), cv2.COLOR_RGB2LAB).astype(np.float32)
    apart, means = [], []
    for sure in (sure_part, sure_other):
        weight = cv2.blur(sure.astype(np.float32), (8 * band + 1, 8 * band + 1))
        mean = cv2.blur(lab * sure[..., None].astype(np.float32), (8 * band + 1, 8 * band + 1))
        mean = mean / np.maximum(weight, 1e-4)[..., None]
        means.append(mean)
        apart.append(np.where(weight > 0.005, np.linalg.norm(lab - mean, axis=2), np.inf))
    both = np.isfinite(apart[0]) & np.isfinite(apart[1])
    both &= np.linalg.norm(means[0] - means[1], axis=2) > TOLD
    return apart[0], apart[1], unsure & both
