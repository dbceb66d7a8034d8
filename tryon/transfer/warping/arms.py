"""Bare arms and hands that hang before the cloth of the trunk."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, distance, grow, ramp, sharpened, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.layers import Dressing
from tryon.transfer.warping.limbs import Limb, behind_skirt, in_front
from tryon.transfer.warping.lines import project
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure, inner_sign

BUMP = 0.50  # shoulder distances along an arm: what stands out of its inner edge over a shorter stretch is not of it
RUNS_OUT = 0.25  # px by which an old top's rim on a forearm may be wide per px above what is worn below it
BEGINS = 5  # steps over which an arm's inner edge goes over into that line at its upper end
HIGHER = 0.10  # shoulder distances that a hem may end above that somewhere
EVEN = 0.014  # shoulder distances over which an arm's edge before a top on straps is evened
HEM = 0.02  # shoulder distances around the end of a sleeve over which its arm comes out of it


def front_arms(
    body: Body, regions: Regions, figure: Figure, dressing: Dressing, bare: Array, forearms: Array,
    close: bool = False,
) -> Array:  # fmt: skip
    """(h,w) 0..1: bare arms that lie in front of the trunk, below the armpit and beyond the sleeve; `forearms` (h,w)
    0..1: as of `forearms_of`; `close`: cloth without sleeves ends in the armpit, as tops on thin straps do."""
    # An edge's pixels are of both, but towards the hand, which is never cut, no step may come of it.
    edge, hand = distance(regions.lower, 0.15 * body.unit), distance(regions.hands, body.unit / 3)
    beside = regions.lower | (edge <= 0.024 * np.minimum(body.unit / 3, hand))
    # Beside elbows labels give a bare waist to the arm; towards the wrist they know better where it is.
    away = distance(figure.arms > 0.5, 0.1 * body.unit)
    allowed = np.zeros(bare.shape, np.float32)
    for side in SIDES:
        arc = figure.along["arms", side]
        length = max(float(body.arms[side].arc[-1]), 1.0)
        own = (0.03 + 0.06 * np.clip((arc / np.float32(length) - 0.35) / 0.65, 0, 1)) * np.float32(body.unit)
        allowed = np.maximum(allowed, own * (arc > 0))
    near = (away <= allowed) | (figure.arms > 0.5)
    arm = regions.arms & regions.skin & near & ~beside
    # What comes out of an old sleeve goes on from what is seen: one area, without a seam.
    new = (figure.core * bare > 0.5) & (regions.upper | regions.skin) & ~beside
    # What an old hem's edge hid of a forearm.
    rim = under_hem(arm, 0.035 * body.unit * forearms, edge)
    forearm = (figure.arms * bare > 0.5) & regions.upper & rim
    hidden = {}
    for side in SIDES:
        limb, arc = body.arms[side], figure.along["arms", side]
        core = figure.core * (arc > 0)
        hidden[side] = behind_skirt(limb, core, arc, regions.lower)
        if in_front(limb, core, arc, regions.skin) and not hidden[side]:
            arm |= (new | forearm) & (arc > 0)
    lobe = 0.045 * body.unit  # of a bare waist beside an elbow
    partly = np.zeros(bare.shape, bool)  # an arm whose inner part a skirt hides is as narrow as it shows
    for side in SIDES:
        if hidden[side]:
            partly |= figure.along["arms", side] > 0
    arm &= grow(shrink(arm | regions.hands, lobe), 1.2 * lobe) | (figure.arms > 0.5) | partly
    for side in SIDES:  # where a skirt hides part of it, an arm's inner edge is the skirt's
        if not hidden[side]:
            arm &= ~bumps(arm & ~regions.hands, body, figure.along["arms", side], side)
    arm = smooth_mask(arm | regions.hands, max(0.8, 0.010 * body.unit))
    # No wall beside it; where completed and real skin meet, each is half of it.
    uncovered = bare + smooth_mask(regions.skin | regions.hands, 0.8)
    arm = np.minimum(arm, uncovered)
    for side in SIDES:
        if not hidden[side]:
            arm = one_line(arm, regions.hands, body, figure.along["arms", side], side)
    along = body.along(bare.shape)
    if any(end > 0 for end in dressing.sleeves.values()):
        arm *= ramp(along, 0.14 * body.trunk, 0.24 * body.trunk)
    else:
        far = np.maximum(figure.along["arms", "left"], figure.along["arms", "right"])
        reach = max(float(far.max()), 1.0)
        inner = armpit_share(body, dressing) if close else 0.30
        past = far / np.float32(reach) - armhole_edge(figure.inward, inner)
        arm *= np.where(far > 0, ramp(past, 0.0, 0.02), ramp(along, 0.14 * body.trunk, 0.24 * body.trunk))
        if close:
            even = sharpened(blur(arm, EVEN * body.unit), EVEN * body.unit)
            arm += (np.minimum(even, uncovered) - arm) * ramp(hand, 0.1 * body.unit, 0.2 * body.unit)
    for side in SIDES:
        end, arc = dressing.sleeves.get(side, 0.0), figure.along["arms", side]
        if end > 0:
            out = ramp(arc, end - HEM * body.unit, end + HEM * body.unit)
            part, below = below_hem(dressing, body, side)
            out[part] = np.maximum(out[part], below)
            arm *= np.where(arc > 0, out, 1.0)
        if side in dressing.over:
            rows = dressing.over[side]
            arm[rows] *= (arc[rows] <= 0) | (dressing.alpha[rows] <= 0)
    return arm


def below_hem(dressing: Dressing, body: Body, side: Side) -> tuple[tuple[slice, slice], Array]:
    """The window around the end of the sleeve on an arm and (n,m) 0..1 there: close below its hem, as of
    `out_of_hem`."""
    end = dressing.sleeves[side]
    part = around_hem(body.arms[side], end, body.unit)
    result = np.zeros(dressing.alpha[part].shape, np.float32)
    for layer in dressing.layers:
        if layer.name == f"sleeve_{side}" and min(result.shape) > 1:
            result = np.maximum(result, out_of_hem(layer.alpha[part], body.arms[side], end, body.unit))
    return part, result


def below_hems(dressing: Dressing, body: Body, figure: Figure) -> Array:
    """(h,w) 0..1: the same below the hems of both sleeves, on the arms: up to where a hem hangs higher skin comes out
    of it, however near the shoulder that is."""
    result = np.zeros(dressing.alpha.shape, np.float32)
    for side in SIDES:
        end = dressing.sleeves.get(side, 0.0)
        if end > 0:
            part, near = below_hem(dressing, body, side)
            lower = figure.along["arms", side][part] > end - HIGHER * body.unit
            result[part] = np.maximum(result[part], near * lower)
    return result


def around_hem(arm: Limb, end: float, unit: float) -> tuple[slice, slice]:
    """The window in which a sleeve's hem about `end` px down an `arm` lies, and what comes out of it."""
    point, _, half = arm.at(end)
    low, high = (np.rint(point + sign * (2.2 * half + HIGHER * unit)).astype(int) for sign in (-1, 1))
    return slice(max(low[1], 0), max(high[1], 0)), slice(max(low[0], 0), max(high[0], 0))


def out_of_hem(sleeve: Array, arm: Limb, end: float, unit: float) -> Array:
    """(n,m) 0..1: close below the hem of a `sleeve` (n,m) 0..1, which ends about `end` px down the `arm`: where a hem
    hangs aslant or higher at its corners the arm comes out of it there, and no cloth of the trunk shows between."""
    way, reach = arm.at(end)[1], HIGHER * unit
    cloth, result = np.ascontiguousarray(sleeve), np.zeros_like(sleeve)
    for share in (0.25, 0.5, 0.75, 1.0):
        moved = np.array([[1, 0, share * reach * way[0]], [0, 1, share * reach * way[1]]], np.float32)
        result = np.maximum(result, cv2.warpAffine(cloth, moved, cloth.shape[::-1]))
    result *= 1 - cloth  # the sleeve itself is another matter: beside it the trunk may lie before both
    return result


def armhole_edge(inward: Array, inner: float) -> Array:
    """How far down an arm, as a share of its length, an armhole's edge crosses it at the places `inward`, -1 at its
    outer edge, 1 at its inner one: down into the armpit at `inner`, but steeply only there, or a corner of cloth would
    stand out before the arm."""
    result: Array = np.float32(inner) * (0.3 + 0.7 * (0.5 * (inward + 1)) ** 4)
    return result


def under_hem(arm: Array, reach: Array, off: Array) -> Array:
    """Boolean (h,w): at most `reach` (h,w) px away from an `arm` (h,w) bool, less and less towards what is worn below,
    `off` (h,w) px away: an old top hid a rim of the arm, what its hem ends on hides none, and no step may come of it.
    """
    return within(arm, np.minimum(reach, RUNS_OUT * off))


def armpit_share(body: Body, dressing: Dressing) -> float:
    """How far down the arms, as a share of their length, cloth begins that ends in the armpits."""
    shares = [
        project(body.arms[side].points, dressing.armpits[side]) / max(float(body.arms[side].arc[-1]), 1.0)
        for side in SIDES
    ]
    return float(np.clip(np.mean(shares) - 0.05, 0.10, 0.22))


def forearms_of(body: Body, figure: Figure) -> Array:
    """(h,w) 0..1: forearms, which hang before the trunk: no cloth throws its shadow on them, nor on their hands."""
    result = np.zeros(figure.arms.shape, np.float32)
    for side in SIDES:
        length = float(body.arms[side].arc[-1])
        result = np.maximum(result, ramp(figure.along["arms", side], 0.40 * length, 0.62 * length))
    return result


def within(mask: Array, reach: Array) -> Array:
    """Boolean (h,w): at most `reach` (h,w) px away from `mask` (h,w) bool."""
    result = mask.copy()
    part = bounds(reach > 0)
    if mask[part].any():
        result[part] |= cv2.distanceTransform((~mask[part]).astype(np.uint8), cv2.DIST_L2, 3) <= reach[part]
    return result


def bumps(mask: Array, body: Body, arc: Array, side: Side) -> Array:
    """Boolean (h,w): what of `mask` (h,w) bool stands out of an arm's inner edge over a short stretch, as a bare waist
    does that labels gave to the elbow beside it; `arc` (h,w) px along that arm, 0 away from it."""
    result, seen = np.zeros(mask.shape, bool), profile(mask, mask, body, arc, side)
    if seen is None:
        return result
    size = np.ones((1, 2 * round(0.5 * BUMP * body.unit / seen.step) + 1), np.uint8)
    even = cv2.morphologyEx(seen.edge[None], cv2.MORPH_OPEN, size, borderType=cv2.BORDER_REPLICATE)[0]
    off = seen.out > even[seen.at.astype(int)] + 0.012 * body.unit
    result[seen.y[off], seen.x[off]] = True
    return result


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An arm's inner edge: pixels at `y`, `x` (n,) lie `at` (n,) steps of `step` px along it and `out` (n,) px inwards
    of its middle; `edge` (m,) how far, step by step, the outermost of them does."""

    y: Array
    x: Array
    at: Array
    out: Array
    edge: Array
    step: float


def profile(mask: Array, solid: Array, body: Body, arc: Array, side: Side) -> Profile | None:
    """The pixels of `mask` (h,w) bool on one arm, the edge being that of `solid` in it; `arc` as of `bumps`. None
    where there is none."""
    arm = body.arms[side]
    length = float(arm.arc[-1])
    y, x = np.nonzero(mask & (arc > 0.2 * length) & (arc < 0.9 * length))
    if not x.size or not arm.seen:
        return None
    at, step = arc[y, x], max(1.0, 0.02 * body.unit)
    lines = np.gradient(arm.points, axis=0)
    lines /= np.maximum(np.linalg.norm(lines, axis=1, keepdims=True), 1e-6)
    middle, line = ([np.interp(at, arm.arc, values[:, axis]) for axis in (0, 1)] for values in (arm.points, lines))
    out = inner_sign(arm, body, side) * ((y - middle[1]) * line[0] - (x - middle[0]) * line[1])
    at = (at - at.min()) / np.float32(step)
    edge = np.full(int(at.max()) + 1, -np.inf, np.float32)
    firm = solid[y, x]
    np.maximum.at(edge, at[firm].astype(int), out[firm].astype(np.float32))
    known = np.flatnonzero(np.isfinite(edge))
    if not known.size:
        return None
    edge = np.interp(np.arange(len(edge)), known, edge[known]).astype(np.float32)
    return Profile(y=y, x=x, at=at, out=out, edge=edge, step=step)


def one_line(plane: Array, hands: Array, body: Body, arc: Array, side: Side) -> Array:
    """Arms `plane` (h,w) 0..1 before cloth, the inner edge of one of them drawn as a line: labels know where it is to a
    few pixels. Cloth hides a rim of skin rather than that it bares what is beside the arm; `hands` (h,w) bool stay."""
    seen = profile((plane > 0) & ~hands, plane > 0.5, body, arc, side)
    if seen is None or len(seen.edge) < 8:
        return plane
    sizes = [np.ones((1, 2 * round(0.5 * share * body.unit / seen.step) + 1), np.uint8) for share in (0.20, 0.14)]
    edge, border = seen.edge[None], cv2.BORDER_REPLICATE
    closed = np.minimum(cv2.morphologyEx(edge, cv2.MORPH_CLOSE, sizes[0], borderType=border), edge + 0.03 * body.unit)
    low = np.maximum(cv2.erode(closed, sizes[1], borderType=border), closed - 0.03 * body.unit)
    line = cv2.GaussianBlur(low, (0, 0), 0.07 * body.unit / seen.step, borderType=border)[0]
    line[-4:] += np.array([0.25, 0.5, 0.75, 1.0], np.float32) * (seen.edge[-4:] - line[-4:])  # on to the hand
    inside = np.clip(np.interp(seen.at - 0.5, np.arange(len(line)), line) - seen.out + 0.5, 0, 1)
    inside = np.maximum(inside, 1 - seen.at / BEGINS)
    result = plane.copy()
    result[seen.y, seen.x] *= inside
    return result
