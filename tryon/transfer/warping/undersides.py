"""The underside of a sleeve beside the trunk: one clean line from the armpit down, at the arm's inner edge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TypeAlias

import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, carried_on, fill, grow, projected, ramp, sharpened, shrink
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.lines import project
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.sleeve_hems import COVERED, NEAR, between
from tryon.transfer.warping.sleeves import Worn

STRETCH = 0.35  # shoulder distances below the armpit over which a longer sleeve's underside is cut raggedly
LEAST = 0.02  # shoulder distances: what is shorter has no underside that is seen
BESIDE = (0.01, 0.05)  # shoulder distances beyond its end at which the trunk's cloth lies, or else it hangs free
BAND = 0.10  # shoulder distances within the line over which holes and notches of the cut-out are closed
CURL = 0.30  # shoulder distances beyond it over which what stands out is taken off
SEWN = (-0.06, 0.01)  # shoulder distances down from the armpit: above that the sleeve goes on into the trunk
ENDS = 0.10  # shoulder distances over which the line goes over into the edge of a longer sleeve
SEEN = (-0.15, 0.20)  # shoulder distances from its hem down over which an arm that was bare is looked at
OVERLAP = 0.03  # shoulder distances by which a sleeve lies over the trunk beside the arm
FILLED = 0.6  # of the line, from the armpit: where the trunk goes on under what is taken off the sleeve
CORNER = 0.06  # shoulder distances around a hem's inner corner
ROUND = 0.018  # shoulder distances over which that is rounded

Planes: TypeAlias = Mapping[str, tuple[Array, Array]]  # rgb (h,w,3) 0..255 and alpha (h,w) 0..1 by a layer's name


def clean_undersides(planes: Planes, body: Body, worn: Worn, regions: Regions) -> None:
    """Draws the undersides of the sleeves in `planes` anew, in place: in the garment's picture a sharp crease or the
    gap's shade is where they begin, on a body a fold between arm and trunk."""
    trunk = [name for name in planes if name.startswith("trunk")]
    for side in SIDES:
        if f"sleeve_{side}" not in planes or not body.arms[side].seen:
            continue
        rgb, alpha = planes[f"sleeve_{side}"]
        line = underside(alpha, reduce(np.maximum, [planes[name][1] for name in trunk]), body, side, worn)
        if line is not None and line[2]:
            line = _narrowed(line, body.arms[side], worn.sleeves[side][1], regions, unit=body.unit)
        if line is not None:
            bare = _redrawn(rgb, alpha, line, body, side)
            for name in trunk:
                _gone_on(*planes[name], bare)


def underside(alpha: Array, trunk: Array, body: Body, side: Side, worn: Worn) -> tuple[Array, Array, bool] | None:
    """(2,) where the underside of a sleeve, `alpha` (h,w) 0..1, begins and ends that lies beside the `trunk` (h,w)
    0..1, and whether the sleeve ends there; None where it hangs free or is too short."""
    arm, armpit, unit = body.arms[side], worn.armpits[side], body.unit
    end, pit = worn.sleeves[side][1], project(arm.points, armpit)
    whole = end - pit < STRETCH * unit + ENDS * unit
    last = end if whole else pit + STRETCH * unit
    if last - pit < LEAST * unit:
        return None
    point, _, half = arm.at(last)
    inward = _inward(arm, last, body, side)
    off = COVERED * half
    if not whole:
        places = [arm.at(last + share * ENDS * unit)[0] for share in (-0.5, 0.0, 0.5)]
        own = [edge for edge in (_edge(alpha, place, inward, half) for place in places) if edge is not None]
        off = float(np.median(own)) if own else np.inf
    if not np.isfinite(off) or not all(_solid(trunk, point + inward * (off + more * unit)) for more in BESIDE):
        return None
    return armpit, point + inward * off, whole


def _inward(arm: Limb, at: float, body: Body, side: Side) -> Array:
    """(2,) unit vector across the arm towards the trunk at the arc length `at`."""
    way = arm.at(at)[1]
    across = np.array([-way[1], way[0]])
    return across * np.sign(across @ body.side * (1 if side == "left" else -1))


def _narrowed(
    line: tuple[Array, Array, bool], arm: Limb, end: float, regions: Regions, unit: float
) -> tuple[Array, Array, bool]:
    """The underside of a sleeve that ends no further in than the bare arm that comes out of it is seen."""
    first, last, ends = line
    point, _, half = arm.at(end)
    inward = (last - point) / max(float(np.linalg.norm(last - point)), 1e-6)
    steps = np.arange(-half, 1.5 * half)
    found = []
    for at in np.linspace(end + SEEN[0] * unit, end + SEEN[1] * unit, 9):
        x, y = np.rint(arm.at(at)[0] + inward * steps[:, None]).astype(int).T
        x, y = x.clip(0, regions.skin.shape[1] - 1), y.clip(0, regions.skin.shape[0] - 1)
        bare = np.flatnonzero((regions.skin & regions.arms)[y, x])
        if len(bare) and bare[-1] + 3 < len(steps) and regions.upper[y[bare[-1] + 3], x[bare[-1] + 3]]:
            found.append(float(steps[bare[-1]]))
    if len(found) < 8:  # an old sleeve hangs over the arm
        return line
    most = max(float(np.median(found)), 0.0) + OVERLAP * unit
    return first, point + inward * min(most, float(np.linalg.norm(last - point))), ends


def _solid(plane: Array, point: Array) -> bool:
    x, y = np.rint(point).astype(int)
    return bool(0 <= y < plane.shape[0] and 0 <= x < plane.shape[1] and plane[y, x] > 0.5)


def _edge(alpha: Array, point: Array, inward: Array, half: float) -> float | None:
    """How far from `point` (2,) a sleeve ends towards the trunk, px."""
    steps = np.arange(0, 2.5 * half)
    x, y = np.rint(point + inward * steps[:, None]).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < alpha.shape[1]) & (y < alpha.shape[0])
    cloth = alpha[y[inside], x[inside]] > 0.5
    if cloth.all() or not cloth.any() or not cloth[0]:
        return None
    return float(np.argmin(cloth))


def _redrawn(rgb: Array, alpha: Array, line: tuple[Array, Array, bool], body: Body, side: Side) -> Array:
    """Draws the underside of a sleeve along `line`, in place: rgb (h,w,3) and alpha (h,w). Returns a boolean (h,w):
    where it was and is no more."""
    first, last, ends = line
    unit, length = body.unit, float(np.linalg.norm(last - first))
    way = (last - first) / max(length, 1e-6)
    across = np.array([-way[1], way[0]])
    across *= np.sign(across @ body.side * (-1 if side == "left" else 1))  # towards the arm
    corners = np.array([first, last])
    low = np.maximum(corners.min(axis=0) - 0.35 * unit, 0).astype(int)
    high = np.maximum(corners.max(axis=0) + 0.35 * unit, 0).astype(int)
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    own, gone = alpha[part].copy(), np.zeros(alpha.shape, bool)
    if min(own.shape) < 4:
        return gone
    along, off = (projected(own.shape, first - low, axis) for axis in (way, across))
    share = ramp(along, SEWN[0] * unit, SEWN[1] * unit) * ramp(off, BAND * unit, 0.6 * BAND * unit)
    share *= off > -CURL * unit
    if not ends:
        share *= ramp(along, length, length - ENDS * unit)
    below = along > length if ends else np.zeros(own.shape, bool)  # the hem is another's
    whole = np.clip(off + 0.5, 0, 1) * np.maximum(own, ~below)
    mended = between(own, whole, share)
    if ends:
        corner = ramp(np.hypot(along - length, off), 2 * CORNER * unit, CORNER * unit)
        mended += corner * (sharpened(blur(mended, ROUND * unit), ROUND * unit) - mended)
    gone[part] = (own > 0.5) & (mended < 0.9) & (share > 0) & (along < FILLED * length)  # further down it may be a gap
    added = (mended > own) & (own < 0.9)
    alpha[part] = mended
    if added.any():
        near = bounds(added, NEAR)
        colours = fill(rgb[part][near], (own[near] > 0.9).astype(np.float32))
        rgb[part][near][added[near]] = colours[added[near]]
    return gone


def _gone_on(rgb: Array, alpha: Array, bare: Array) -> None:
    """Lets the trunk's cloth go on, in place, where a sleeve lay that is `bare` (h,w) bool now."""
    part = bounds(bare, NEAR)
    lost = grow(bare[part], 2) & (alpha[part] < 0.9)
    if not lost.any():
        return
    known = shrink(alpha[part] > 0.9, 3)
    if known.any():
        rgb[part] = carried_on(rgb[part], known, lost)
        alpha[part][lost] = 1.0
