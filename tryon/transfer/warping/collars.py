"""The front edge of a collar that stands up: above it the inside of the collar's back shows.

Among ellipses between the collar's sides the one that parts the collar's colours best (Otsu, "A threshold selection
method from gray-level histograms", 1979), if it is about as deep as they are: the inside lies in shade, or is the
cloth's reverse. Where colours tell little, a neck is still before the collar's back and behind its front.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.worn_necks import mirrored

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
HIGH = 0.1  # half neck widths: how high its waves are at the most
FAINT = 4.0  # CIE Lab squared: a variance that tells nothing


@dataclass(frozen=True, kw_only=True)
class Collar:
    """A standing collar: the `opening` above its front's edge, where the inside of its back shows, and the `flaps` of
    its reverse that hang over the front below that, both (h,w) 0..1."""

    opening: Array
    flaps: Array


def stands_up(points: Mapping[str, Array], neckline: str) -> bool:
    """Whether a `neckline` is that of a collar which stands up above the neck points among a garment's landmarks."""
    if neckline != "high" or not {"neck_left", "neck_right", "neck_front"} <= points.keys():
        return False
    return bool(points["neck_front"][1] < max(points["neck_left"][1], points["neck_right"][1]))


def standing_collar(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Collar:
    """The collar of a garment, `rgb` (h,w,3) 0..255 and `alpha` (h,w) 0..1 of it, `points` its landmarks in their
    pixels."""
    none = Collar(opening=np.zeros(alpha.shape, np.float32), flaps=np.zeros(alpha.shape, np.float32))
    left, right = points["neck_left"], points["neck_right"]
    half = float(np.linalg.norm(right - left)) / 2
    low = np.array([left[0] - BESIDE * half, min(points["neck_front"][1], left[1], right[1]) - half])
    high = np.array([right[0] + BESIDE * half, max(left[1], right[1]) + LOOKED * half])
    low, high = np.maximum(np.floor(low), 0).astype(int), np.minimum(np.ceil(high).astype(int), alpha.shape[::-1])
    if half < 8 or (high - low < half).any():
        return none
    window, scale = (slice(low[1], high[1]), slice(low[0], high[0])), UNIT / half
    size = np.rint((high - low) * scale).astype(int).tolist()
    small = cv2.resize(rgb[window].astype(np.float32) / np.float32(255), size, interpolation=cv2.INTER_AREA)
    solid = cv2.resize(alpha[window], size, interpolation=cv2.INTER_AREA) > 0.8
    front = front_edge(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), solid)
    if front is None:
        return none
    line = (front.curve + 0.5) / scale - 0.5 + low
    above = np.array([[line[-1, 0], low[1]], [line[0, 0], low[1]]])
    canvas = np.zeros(alpha.shape, np.uint8)
    polygon = np.rint(np.concatenate([line, above]) * 8).astype(np.int32)
    cv2.fillPoly(canvas, [polygon], 255, lineType=cv2.LINE_AA, shift=3)
    flaps = none.flaps
    flaps[window] = cv2.resize(front.flaps.astype(np.float32), (high - low).tolist(), interpolation=cv2.INTER_LINEAR)
    return Collar(opening=canvas.astype(np.float32) / 255, flaps=flaps)


def own_front(rgb: Array, alpha: Array, collar: Collar, width: float) -> Array:
    """`rgb` (h,w,3) 0..255 of a garment of coverage `alpha` (h,w) 0..1 whose `collar`'s front goes on as it is below
    the flaps of its reverse that hang over it; its neck is `width` px wide."""
    part = bounds(collar.flaps > 0, round(width / 2) + 2)
    if not rgb[part].size:
        return rgb
    flaps = cv2.dilate(collar.flaps[part], np.ones((3, 3), np.uint8)) > 0.1
    covered = np.cumsum(flaps[::-1], axis=0)[::-1] > 0
    front = (alpha[part] > 0.9) & (collar.opening[part] < 0.01) & ~covered
    result = rgb.copy()
    result[part][flaps] = mirrored(rgb[part], front, width)[flaps]
    return result


@dataclass(frozen=True)
class Front:
    """A collar's front: its edge as a `curve` (n,2) px, and the `flaps` (h,w) bool of its reverse below that."""

    curve: Array
    flaps: Array


def front_edge(lab: Array, solid: Array) -> Front | None:
    """The front of a collar in its picture `lab` (h,w,3), UNIT px to half its width, `solid` (h,w) bool where it is;
    None where it is too small."""
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
    flaps, waves = np.zeros(solid.shape, bool), along(tops[columns])
    if deeper == best or np.std(waves) <= WAVES * UNIT:
        return Front(np.stack([columns.astype(float), curves[deeper]], axis=1), flaps)
    # The front's frill is turned over: those patches are its own reverse, and its edge goes in waves as well.
    rows = np.arange(height)[:, None]
    between = (rows >= curves[best] + np.minimum(waves, 0) - 1) & (rows < curves[deeper] + 2)
    flaps[:, columns] = between & patches(lab[:, columns], solid[:, columns], curves[best])[0]
    return Front(np.stack([columns.astype(float), curves[best] + waves], axis=1), flaps)


def along(tops: Array) -> Array:
    """(n,) px by which an upper edge, px down per column (n,), goes up and down beside its usual curve."""
    columns = np.arange(len(tops))
    off = tops - np.polyval(np.polyfit(columns, tops, 2), columns)
    return np.clip(off, -HIGH * UNIT, HIGH * UNIT)


def beneath(lab: Array, solid: Array, curves: Array, best: int) -> int:
    """Which of `curves` (k,w) is the front's edge where the `best` cuts through patches of the inside's colour, as of a
    frill's reverse: the next deeper one that leaves hardly any of them below it. Other arguments as of `parted`."""
    found, apart = patches(lab, solid, curves[best])
    rows, middle = np.arange(len(solid))[:, None], curves.shape[1] // 2
    deeper = curves[:, middle] - curves[best, middle]
    left = np.array([(found & (rows >= curve)).sum() for curve in curves])
    fits = (left <= LEFT * found.sum()) & (curves[:, 0] <= curves[best, 0] + 1)
    fits &= (deeper > 0) & (deeper < PATCH * UNIT)
    if apart < APART or found.sum() < PATCHES * UNIT**2 or not fits.any():
        return best
    return int(np.where(fits, curves.sum(axis=1), np.inf).argmin())


def patches(lab: Array, solid: Array, curve: Array) -> tuple[Array, float]:
    """(h,w) bool patches below a `curve` (w,) that go on from above it in the colours of what is above, and how far
    those are from the colours below, CIE Lab. Other arguments as of `parted`."""
    rows = np.arange(len(solid))[:, None]
    above, below = solid & (rows < curve), solid & (rows >= curve)
    if not above.any() or not below.any():
        return np.zeros(solid.shape, bool), 0.0
    # Seams of smocking part no patch.
    plain = cv2.medianBlur(cv2.morphologyEx(lab, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), 3)
    own, other = np.median(plain[above], axis=0), np.median(plain[below], axis=0)
    apart = float(np.linalg.norm(own - other))
    like = solid & (np.linalg.norm(plain - own, axis=2) < np.linalg.norm(plain - other, axis=2))
    _, index = cv2.connectedComponents(like.astype(np.uint8))
    return np.isin(index, np.intersect1d(index[above & like], index[below & like])) & below, apart


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
