"""What benchmarks/quality.py measures on pictures and films. Everything takes plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.judging import ciede2000 as ciede2000
from tryon.parsing.flow import carried, flow_to

Array = NDArray[Any]


def structural(first: Array, second: Array) -> float:
    """Mean SSIM of two pictures (h,w,3) uint8 of one size, on brightness (Wang et al., 2004: 11 px Gaussian)."""
    a, b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64) for picture in (first, second))

    def mean(plane: Array) -> Array:
        result: Array = cv2.GaussianBlur(plane, (11, 11), 1.5)
        return result

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    both = mean(a * b) - mean_a * mean_b
    small, dark = (0.03 * 255) ** 2, (0.01 * 255) ** 2
    score = (2 * mean_a * mean_b + dark) * (2 * both + small)
    score /= (mean_a**2 + mean_b**2 + dark) * (var_a + var_b + small)
    return float(score.mean())


def print_fidelity(patch: Array, worn: Array) -> tuple[float, float]:
    """How well a piece of the garment (ph,pw,3) is found again in the picture (h,w,3), at its best size and place.

    Normalised correlation and SSIM of the two there; (1, 1) is the very same print, unbent.
    """
    best = (0.0, 0.0)
    for scale in np.geomspace(0.12, 1.0, 34):
        small = cv2.resize(patch, None, fx=float(scale), fy=float(scale), interpolation=cv2.INTER_AREA)
        if min(small.shape[:2]) < 16 or small.shape[0] >= worn.shape[0] or small.shape[1] >= worn.shape[1]:
            continue
        match = cv2.matchTemplate(worn, small, cv2.TM_CCOEFF_NORMED)
        _, found, _, (x, y) = cv2.minMaxLoc(match)
        if found > best[0]:
            best = found, structural(small, worn[y : y + small.shape[0], x : x + small.shape[1]])
    return best


def flicker(frames: Sequence[Array], area: Array) -> float:
    """Mean change of brightness levels from frame to frame that motion does not explain, inside `area` (h,w) bool.

    Every frame is compared to the one before, carried to it by the flow; the brighter tenth is left out, where things
    come out from behind others.
    """
    found = []
    for before, after in pairwise(frames):
        moved = carried(before, flow_to(after, before))
        off = np.abs(moved.astype(np.int16) - after).mean(axis=2)[area]
        if off.size:
            found.append(float(np.sort(off)[: max(1, int(0.9 * off.size))].mean()))
    return float(np.mean(found)) if found else 0.0


def unrest(frames: Sequence[Array], area: Array) -> float:
    """Mean change in levels from frame to frame inside `area` (h,w) bool; 0 for a background that stands still."""
    steps = [np.abs(b.astype(np.int16) - a)[area].mean() for a, b in pairwise(frames)]
    return float(np.mean(steps)) if steps and area.any() else 0.0
