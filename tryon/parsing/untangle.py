"""Elbows and knees that were given to the other side of the body, and two ankles found in one foot."""

from __future__ import annotations

import numpy as np

from tryon.types import KEYPOINT, Floats

SEEN = 0.12
ONE_PLACE = 0.35  # of the distance between the knees: ankles nearer to each other than that are one and the same


def untangled(points: Floats) -> Floats:
    """(18, 3) key points: elbows and knees do not cross over; of two ankles in one foot the unlikely one has score 0.

    Wrists and ankles may cross, and are left where they are.
    """
    result = points.copy()
    for joint, above in (("elbow", "shoulder"), ("knee", "hip")):
        ends, roots = ([KEYPOINT[f"{side}_{name}"] for side in ("left", "right")] for name in (joint, above))
        if result[ends + roots, 2].min() < SEEN:
            continue
        way = result[roots[0], :2] - result[roots[1], :2]
        own = np.linalg.norm(result[ends, :2] - result[roots, :2], axis=1).sum()
        other = np.linalg.norm(result[ends[::-1], :2] - result[roots, :2], axis=1).sum()
        if (result[ends[0], :2] - result[ends[1], :2]) @ way < 0 and other < own:
            result[ends] = result[ends[::-1]]
    knees, ankles = ([KEYPOINT[f"{side}_{name}"] for side in ("left", "right")] for name in ("knee", "ankle"))
    if result[knees + ankles, 2].min() >= SEEN:
        apart = float(np.linalg.norm(result[knees[0], :2] - result[knees[1], :2]))
        if float(np.linalg.norm(result[ankles[0], :2] - result[ankles[1], :2])) < ONE_PLACE * apart:
            off = np.abs(result[ankles, 0] - result[knees, 0])
            result[ankles[int(np.argmax(off))], 2] = 0
    return result
