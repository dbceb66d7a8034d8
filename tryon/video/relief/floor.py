"""Where a plain floor begins: it may move with the figure that walks on it, and takes the shadow along."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.types import Pixels
from tryon.video.relief.rig import Bones

PLAIN = 3.0  # levels: mean fine detail of a floor on which a slow stretch cannot be seen


def find_floor(backdrop: Pixels, bones: Bones) -> tuple[float, float] | None:
    """Canvas rows (begins, is reached) of the floor; None where no feet stand on it or it has a pattern."""
    if not bones.feet:
        return None
    length = bones.floor - bones.hip[1]
    begin, level = bones.floor - 0.55 * length, bones.floor - 0.12 * length
    part = backdrop[max(0, int(begin)) :]
    if part.shape[0] < 8:
        return None
    gray = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(gray - cv2.blur(gray, (15, 15))).mean()
    return (float(begin), float(level)) if detail < PLAIN else None
