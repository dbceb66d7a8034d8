"""From the network's coarse probabilities to labels and an outline that follow the photo's own edges.

Three steps, each on the coarsest grid that is good enough: a guided filter per class (He et al., "Guided image
filtering", and its fast form that computes the coefficients on a small grid), GrabCut for the outer contour seeded
by the network, and a last guided filter that turns the contour into a soft alpha, so that hair keeps its edge.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def _box(plane: Array, radius: int) -> Array:
    size = 2 * radius + 1
    return cv2.boxFilter(plane, -1, (size, size))


class GuidedFilter:
    """Edge-aware smoothing of many planes along one picture, coefficients on a small grid.

    `picture` (H,W,3) uint8 is the full guide; the sums are taken on the `grid` = (height, width) version of it.
    The three Lab channels each guide on their own and are averaged, which needs no 3x3 inverse per pixel.
    """

    def __init__(self, picture: Array, grid: tuple[int, int], radius: int, epsilon: float) -> None:
        lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
        small = cv2.resize(lab, (grid[1], grid[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        self._full = [plane.astype(np.float32) / 255 for plane in cv2.split(lab)]
        self._small = list(cv2.split(small))
        self._radius, self._epsilon = radius, epsilon
        self._means = [_box(plane, radius) for plane in self._small]
        self._variances = [
            _box(plane * plane, radius) - mean * mean + epsilon
            for plane, mean in zip(self._small, self._means, strict=True)
        ]

    def coefficients(self, plane: Array) -> tuple[list[Array], Array]:
        """Plane (h,w) float32 on the small grid -> three slopes and one offset on that grid."""
        mean = _box(plane, self._radius)
        slopes, offset = [], np.zeros_like(mean)
        for guide, guide_mean, variance in zip(self._small, self._means, self._variances, strict=True):
            slope = (_box(guide * plane, self._radius) - guide_mean * mean) / variance / 3
            slopes.append(_box(slope, self._radius))
            offset += _box(mean / 3 - slope * guide_mean, self._radius)
        return slopes, offset

    def small(self, plane: Array) -> Array:
        """Filtered plane on the small grid."""
        slopes, offset = self.coefficients(plane)
        result: Array = offset
        for slope, guide in zip(slopes, self._small, strict=True):
            result = result + slope * guide
        return result

    def full(self, plane: Array) -> Array:
        """Filtered plane at the size of the picture."""
        slopes, offset = self.coefficients(plane)
        height, width = self._full[0].shape
        result = cv2.resize(offset, (width, height), interpolation=cv2.INTER_LINEAR)
        for slope, guide in zip(slopes, self._full, strict=True):
            result += cv2.resize(slope, (width, height), interpolation=cv2.INTER_LINEAR) * guide
        return result


def _seed(background: Array) -> Array:
    """GrabCut's four-valued start from the probability of background (h,w)."""
    seed = np.full(background.shape, cv2.GC_PR_BGD, np.uint8)
    seed[background < 0.5] = cv2.GC_PR_FGD
    reach = max(3, background.shape[0] // 48) | 1
    sure_person = cv2.erode((background < 0.2).astype(np.uint8), np.ones((reach, reach), np.uint8))
    sure_background = cv2.erode((background > 0.85).astype(np.uint8), np.ones((reach, reach), np.uint8))
    seed[sure_person > 0] = cv2.GC_FGD
    seed[sure_background > 0] = cv2.GC_BGD
    return seed


def contour(picture: Array, background: Array, rounds: int = 1) -> Array:
    """Foreground (h,w) float32 0..1 by GrabCut, mixed with the network's own view of it.

    picture (h,w,3) uint8 RGB and background (h,w) float32 probability share one small grid. GrabCut follows edges
    well and colours badly, so its say is limited to where the network is not sure.
    """
    seed = _seed(background)
    counts = np.bincount(seed.ravel(), minlength=4)
    person = (1 - background).astype(np.float32)
    if min(int(counts[cv2.GC_FGD]), int(counts[cv2.GC_BGD])) < 60:
        return person
    agreed: Array = 0.4 * person + 0.6 * grab_cut(picture, seed, rounds).astype(np.float32)
    return agreed


def grab_cut(picture: Array, seed: Array, rounds: int) -> Array:
    """Foreground (h,w) bool of `picture` (h,w,3) uint8 RGB from a four-valued start `seed` (h,w) uint8.

    Rother et al., "GrabCut: interactive foreground extraction using iterated graph cuts" (2004).
    """
    cv2.setRNGSeed(7)  # it clusters with OpenCV's global generator: same photo, same outline
    models = np.zeros((1, 65)), np.zeros((1, 65))
    mask = seed.copy()
    cv2.grabCut(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), mask, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    found: Array = (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)
    return found


def keep_largest(mask: Array, share: float = 0.04) -> Array:
    """Boolean mask (h,w) without specks: parts under `share` of the largest one go, small holes are filled."""
    count, index, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 1:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept: Array = (areas >= share * areas.max())[index]
    holes, index, stats, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < 0.001 * areas.max()
    small[0] = False
    filled: Array = kept | small[index] if holes > 1 else kept
    return filled


def soft_outline(guide: GuidedFilter, mask: Array) -> Array:
    """Binary foreground (h,w) on the guide's small grid -> alpha (H,W) uint8 at the picture's size."""
    alpha = guide.full(mask.astype(np.float32))
    # A guided filter leaves a faint veil: stretch so that sure background is 0 and sure person is 255.
    stretched = np.clip((alpha - 0.2) / 0.6, 0, 1)
    return (stretched * 255 + 0.5).astype(np.uint8)


def strongest(guide: GuidedFilter, planes: Array, floor: float = 0.05) -> Array:
    """Class index (H,W) uint8 of the largest filtered plane; planes (C,h,w) on the guide's small grid.

    Classes that never reach `floor` are left out, which is most of them on most photos.
    """
    height, width = guide._full[0].shape
    best = np.full((height, width), -1e9, np.float32)
    index = np.zeros((height, width), np.uint8)
    seen = [channel for channel, plane in enumerate(planes) if float(plane.max()) >= floor]
    with ThreadPoolExecutor(2) as pool:  # numpy and OpenCV let two threads work at once
        for channel, value in zip(seen, pool.map(guide.full, [planes[channel] for channel in seen]), strict=True):
            better = value > best
            np.copyto(best, value, where=better)
            np.copyto(index, np.uint8(channel), where=better)
    return index
