"""Hips and knees that a skirt or dress hides: key points no further down than they can be."""

from __future__ import annotations

import numpy as np

from tryon.masking import labelled
from tryon.transfer.warping.arrays import Array
from tryon.types import KEYPOINT

SEEN = 0.12  # least score of a key point that is used
HIP_AT, KNEE_AT = 0.39, 0.70  # of the way from the shoulders to the ankles: the lowest hips and knees
HIGHEST = 0.58  # of the trunk: where the highest waistbands are
LEAST = 0.8  # of where hips were found: by no more are they too low
SIDES = ("left", "right")


def under_skirt(points: Array, labels: Array) -> Array:
    """Key points (18,3) with hips, and knees below a skirt or dress, no further down than they can be, by the ankles
    and by the waistband: where cloth hides the crotch they are put too low."""
    result = points.copy()
    shoulders, hips, knees, ankles = (
        [KEYPOINT[f"{side}_{joint}"] for side in SIDES] for joint in ("shoulder", "hip", "knee", "ankle")
    )
    if min(points[[*shoulders, *hips], 2]) < SEEN:
        return result
    top, middle, foot = (points[each, :2].mean(axis=0) for each in (shoulders, hips, ankles))
    most = 1.0
    if _covers(labelled(labels, ("dress", "skirt")), points[hips]) and points[ankles, 2].min() >= SEEN:
        whole = max(float(np.linalg.norm(foot - top)), 1.0)
        most = HIP_AT * whole / max(float(np.linalg.norm(middle - top)), 1.0)
        knee = float(np.linalg.norm(points[knees, :2].mean(axis=0) - top)) / whole
        result[knees, :2] += min(0.0, KNEE_AT - knee) * (foot - top)
    lower = labelled(labels, ("skirt", "pants"))
    if _covers(lower, points[hips]):
        x, y = _pixels(top + (middle - top) * np.linspace(0, 1, 200)[:, None], labels.shape)
        most = min(most, np.flatnonzero(~lower[y, x]).max(initial=0) / 200 / HIGHEST)
    result[hips, :2] += (float(np.clip(most, LEAST, 1.0)) - 1) * (middle - top)
    return result


def _pixels(points: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Columns and rows (n,) of points (n,2+), those outside of the picture moved to its edge."""
    x, y = (np.rint(points[:, k]).astype(int).clip(0, shape[1 - k] - 1) for k in range(2))
    return x, y


def _covers(mask: Array, points: Array) -> bool:
    """Whether all points (n,2+) lie in a boolean (h,w) mask."""
    x, y = _pixels(points, mask.shape)
    return bool(mask[y, x].all())
