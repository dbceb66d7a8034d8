"""The front edge of a collar that stands up: above it the inside of the collar's back shows.

Among ellipses between the collar's sides the one that parts the collar's colours best (Otsu, "A threshold selection
method from gray-level histograms", 1979), if it is about as deep as they are: the inside lies in shade, or is the
cloth's reverse. Where colours tell little, a neck is still before the collar's back and behind its front.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array

UNIT = 40.0  # px per half neck width at which it is looked for
BESIDE = 0.45  # half neck widths beside the neck points that a collar may flare out
LOOKED = 0.6  # half neck widths of the collar below its upper edge that are looked at
LEVEL = 0.15  # the same: where its width is measured
ENDS = np.arange(0.0, 0.31, 0.1)  # the same below the corners at which an ellipse begins
DEPTHS = np.arange(0.0, 0.9, 0.045)  # and how deep it is
POWERS = (2.0, 3.5)  # of its form
LEAST = 0.1  # half neck widths of the inside that show in the middle at the least
USUAL, SPREAD = 0.3, 0.45  # half neck widths: how deep they are in the middle; standard deviation of its logarithm
APART = 20.0  # CIE Lab: how far the inside's colour is from the front's where patches of it are told
PATCH, LEFT = 0.6, 0.12  # half neck widths that patches reach down at the most; the share of them that may stay
PATCHES = 0.1  # half neck widths squared that they cover at the least
WAVES = 0.02  # half neck widths by which a frill's upper edge goes up and down at the least, as a standard deviation
FAINT = 4.0  # CIE Lab squared: a variance that tells nothing


def collar_opening(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Array:
    """(h,w) 0..1: where the inside of a standing collar's back shows; `rgb` (h,w,3) 0..255 and `alpha` (h,w) 0..1 of
    the garment, `points` its landmarks in their pixels."""
    found = np.zeros(alpha.shape, np.float32)
    left, right = points["neck_left"], points["neck_right"]
    half = float(np.linalg.norm(right - left)) / 2
    low = np.array([left[0] - BESIDE * half, min(points["neck_front"][1], left[1], right[1]) - half])
    high = np.array([right[0] + BESIDE * half, max(left[1], right[1]) + LOOKED * half])
    low, high = np.maximum(np.floor(low), 0).astype(int), np.minimum(np.ceil(high).astype(int), alpha.shape[::-1])
    if half < 8 or (high - low < half).any():
        return found
    window, scale = (slice(low[1], high[1]), slice(low[0], high[0])), UNIT / half
    size = np.rint((high - low) * scale).astype(int).tolist()
    small = cv2.resize(rgb[window].astype(np.float32) / np.float32(255), size, interpolation=cv2.INTER_AREA)
    solid = cv2.resize(alpha[window], size, interpolation=cv2.INTER_AREA) > 0.8
    curve = front_edge(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), solid)
    if curve is None:
        return found
    line = (curve + 0.5) / scale - 0.5 + low
    above = np.array([[line[-1, 0], low[1]], [line[0, 0], low[1]]])
    canvas = np.zeros(alpha.shape, np.uint8)
    polygon = np.rint(np.concatenate([line, above]) * 8).astype(np.int32)
    cv2.fillPoly(canvas, [polygon], 255, lineType=cv2.LINE_AA, shift=3)
    return canvas.astype(np.float32) / 255


def front_edge(lab: Array, solid: Array) -> Array | None:
    """(n,2) px of the front's edge in a collar's picture `lab` (h,w,3), UNIT px to half its width, `solid` (h,w) bool
    where it is; None where it is too small, or a frill that stands up before the neck in its whole height."""
    height = len(solid)
    tops = np.where(solid.any(axis=0), solid.argmax(axis=0), height)
    middle = solid.shape[1] // 2
    upper = float(np.median(tops[middle - 5 : middle + 6]))
    level = round(upper + LEVEL * UNIT)
    if not 0 < level < height or not solid[level].any():
        return None
    filled = np.flatnonzero(solid[level])
    first, last = int(filled[0]), int(filled[-1])
    columns = np.arange(first, last + 1)
    if len(columns) < UNIT:
        return None
    share = 2 * (columns - first) / (last - first) - 1
    outer = np.abs(share) > 0.8
    corner, bottom = float(np.median(tops[columns][outer])), min(height, round(upper + LOOKED * UNIT))
    forms = [
        corner + end * UNIT + depth * UNIT * (1 - np.abs(share) ** power) ** (1 / power)
        for end in ENDS for depth in DEPTHS for power in POWERS
    ]  # fmt: skip
    curves = np.array([form for form in forms if form[len(form) // 2] > upper + LEAST * UNIT])
    if not len(curves):
        return None
    usual = np.exp(-0.5 * (np.log((curves[:, len(share) // 2] - upper) / (USUAL * UNIT)) / SPREAD) ** 2)
    usual *= 1 - (curves[:, 0] - corner) / UNIT  # they begin at the corners, unless colours tell
    best = int((usual * (FAINT + parted(lab[:bottom, columns], solid[:bottom, columns], curves))).argmax())
    deeper = beneath(lab[:bottom, columns], solid[:bottom, columns], curves, best)
    if deeper != best and wavy(tops[columns]):  # the front's frill is turned over: those patches are its own reverse
        return None
    return np.stack([columns.astype(float), curves[deeper]], axis=1)


def wavy(tops: Array) -> bool:
    """Whether an upper edge, px down per column (n,), goes up and down beside its usual curve, as frills do."""
    columns = np.arange(len(tops))
    return bool(np.std(tops - np.polyval(np.polyfit(columns, tops, 2), columns)) > WAVES * UNIT)


def beneath(lab: Array, solid: Array, curves: Array, best: int) -> int:
    """Which of `curves` (k,w) is the front's edge where the `best` cuts through patches of the inside's colour, as of a
    frill's reverse: the next deeper one that leaves hardly any of them below it. Other arguments as of `parted`."""
    rows, middle = np.arange(len(solid))[:, None], curves.shape[1] // 2
    above, below = solid & (rows < curves[best]), solid & (rows >= curves[best])
    if not above.any() or not below.any():
        return best
    # Seams of smocking part no patch.
    plain = cv2.medianBlur(cv2.morphologyEx(lab, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), 3)
    own, other = np.median(plain[above], axis=0), np.median(plain[below], axis=0)
    apart, off = np.linalg.norm(own - other), np.linalg.norm(plain - own, axis=2)
    like = solid & (off < np.minimum(apart, np.linalg.norm(plain - other, axis=2)))
    _, index = cv2.connectedComponents(like.astype(np.uint8))
    patches = np.isin(index, np.intersect1d(index[above & like], index[below & like])) & below
    deeper = curves[:, middle] - curves[best, middle]
    left = np.array([(patches & (rows >= curve)).sum() for curve in curves])
    fits = (left <= LEFT * patches.sum()) & (curves[:, 0] <= curves[best, 0] + 1)
    fits &= (deeper > 0) & (deeper < PATCH * UNIT)
    if apart < APART or patches.sum() < PATCHES * UNIT**2 or not fits.any():
        return best
    return int(np.where(fits, curves.sum(axis=1), np.inf).argmin())


def parted(lab: Array, solid: Array, curves: Array) -> Array:
    """(k,) variance of `lab` (h,w,3) where `solid` (h,w) bool between what is above and below each of `curves` (k,w),
    px down."""
    weight = solid.astype(np.float64)
    sums = np.pad(np.cumsum(np.dstack([weight, lab * weight[..., None]]), axis=0), ((1, 0), (0, 0), (0, 0)))
    rows = np.clip(np.rint(curves).astype(int), 0, len(solid))
    above = sums[rows, np.arange(solid.shape[1])].sum(axis=1)
    whole = sums[-1].sum(axis=0)
    below = whole - above
    counts = np.maximum(above[:, 0], 1), np.maximum(below[:, 0], 1)
    apart = above[:, 1:] / counts[0][:, None] - below[:, 1:] / counts[1][:, None]
    result: Array = counts[0] * counts[1] / whole[0] ** 2 * (apart**2).sum(axis=1)
    return result
