"""Both ends of a waistband that a shorter top leaves free: what is told of it there, and the waist above it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, grow, largest, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.waist import Waistline, seen_waist, waistline
from tryon.transfer.warping.waist_sides import even_sides, slits_beside_arms

HORN = 0.012  # shoulder distances above a waistband's line from which on its label may be wrong
HIGH = 0.22  # likewise, up to where
CORNER, LOW = 0.8, 0.04  # of the way to its ends, beyond which the line is not sure, and down to where then
SIDE = 0.62  # shoulder distances to both sides of the line's middle in which it is followed
OWN = (0.02, 0.10)  # shoulder distances below the line that have the bottom's own colours
COLUMNS = 6.0  # px to both sides over which they are told
ALIKE, VARIES = 16.0, 2.0  # 8-bit levels by which its cloth varies at least, and times what four fifths of it do
BESIDE = 0.02  # shoulder distances to both sides of a horn that tell the colours below it
SAMPLES, UNLIKE, WRONG = 48, 14.0, 0.5  # of these; 8-bit levels from the nearest; share of a horn that is off so far
TAPER = (0.30, 0.10)  # px inwards, and outwards, per px upwards that a waist may go from a waistband's end
UNDER = 0.03  # shoulder distances below its line where its ends are told
EDGE = 0.15  # shoulder distances from them that count as a side
SLIT = 0.05  # likewise: half as wide are slits between it and an arm through which no wall is seen
SPECK = 3  # px: as small are holes in it that are none
FEW = 6  # rows of a bare waist that tell where it ends
CLEAR = 4  # px beside it where wall is seen
WIDENS, ROUND = (0.42, 0.9), 0.06  # px that it widens per px upwards, and downwards; shoulder distances, how roundly
TALL = 0.30  # shoulder distances above a waistband over which it does


def top_waist(regions: Regions, body: Body) -> Waistline | None:
    """The upper edge of what is worn below a top, where the photo shows that it ends at the waist."""
    seen = seen_waist(body, regions)
    if seen is None or (regions.lower & regions.one_piece).any():
        return None
    return waistline(body, regions, seen)


def without_horns(regions: Regions, pixels: Array, body: Body, line: Waistline) -> Regions:
    """The regions with horns of the bottom's label above its waistband, whose upper edge `line` follows, given to the
    top: shadows under its hem, skin and wall beside it that have none of the colours of `pixels` (h,w,3) below it."""
    shape = regions.lower.shape
    low, high = (body.place(line.middle, line.along) + sign * body.unit * np.array((SIDE, 0.4)) for sign in (-1, 1))
    first, last = (np.clip(np.rint(corner).astype(int), 0, shape[::-1]) for corner in (low, high))
    part = (slice(first[1], last[1]), slice(first[0], last[0]))
    lower = regions.lower[part]
    if not lower.any():
        return regions
    across = body.across(shape)[part]
    level = (body.along(shape)[part] - line.at(across)) / body.unit
    ends = ends_under(line, body, regions)
    off = np.where(across < line.middle, *(CORNER * ends.get(side, np.inf) for side in SIDES))
    zone = np.where(np.abs(across - line.middle) > off, LOW, -HORN)
    own = lower & (level > OWN[0]) & (level < OWN[1])
    horns = lower & (level > -HIGH) & (level < zone) & strange(pixels[part], own)
    horns = cv2.medianBlur(horns.astype(np.uint8), 3) > 0
    horns |= strange_parts(pixels[part], lower & (level > -HIGH) & (level < -HORN), own, BESIDE * body.unit)
    horns &= ~np.logical_or.accumulate(lower & ~horns, axis=0)  # nothing of the bottom is above them
    if not horns.any():
        return regions
    gone = np.zeros(shape, bool)
    gone[part] = horns
    return replace(regions, lower=regions.lower & ~gone, upper=regions.upper | gone)


def strange(pixels: Array, own: Array) -> Array:
    """Boolean (h,w): what of `pixels` (h,w,3) is unlike the cloth in `own` (h,w) bool in the columns around it."""
    if not own.any():
        return own
    colours = pixels.astype(np.float32)
    known = own.astype(np.float32)
    sums = cv2.GaussianBlur(
        np.concatenate([(colours * known[..., None]).sum(axis=0), known.sum(axis=0)[:, None]], axis=1),
        (0, 0),
        0.01,
        sigmaY=COLUMNS,
    )
    off = largest(np.abs(colours - (sums[:, :3] / np.maximum(sums[:, 3:], 1e-3))[None]))
    result: Array = off > max(ALIKE, VARIES * float(np.percentile(off[own], 80)))
    return result


def strange_parts(pixels: Array, above: Array, own: Array, reach: float) -> Array:
    """Boolean (h,w): the connected parts of `above` (h,w) bool most of whose `pixels` (h,w,3) have none of the colours
    in `own` (h,w) bool, down to `reach` px beside them."""
    found = np.zeros(above.shape, bool)
    count, index = cv2.connectedComponents(above.astype(np.uint8))
    for k in range(1, count):
        there = index == k
        known = pixels[own & grow(there.any(axis=0)[None], reach)]
        if len(known) < SAMPLES:
            continue
        samples = known[:: len(known) // SAMPLES].astype(np.float32)
        off = np.abs(pixels[there].astype(np.float32)[:, None] - samples).max(axis=2).min(axis=1)
        if float((off > UNLIKE).mean()) > WRONG:
            found |= there
    return found


def waist_to_ends(flesh: Array, arms: Array, body: Body, regions: Regions, line: Waistline, hem: float) -> Array:
    """`flesh` (h,w) 0..1 whose waist, below a new top's `hem`, px along the trunk, ends where the waistband below it
    does; `arms` (h,w) 0..1 stay as they are."""
    if hem > line.along + EDGE * body.unit:
        return flesh
    result, along = flesh.copy(), body.along(flesh.shape)
    waist = (flesh > 0) & (along > hem - 2) & (along < line.along + EDGE * body.unit)
    part = bounds(waist, round(EDGE * body.unit))
    if not flesh[part].size:
        return result
    across = body.across(flesh.shape)[part] - line.middle
    up = line.at(body.across(flesh.shape)[part]) - body.along(flesh.shape)[part]
    there = ramp(body.along(flesh.shape)[part], hem - 2, hem + 2) * (up < TALL * body.unit) * (1 - arms[part])
    inner, outer = flesh[part], np.ones_like(there)
    for side, end in ends_under(line, body, regions).items():
        off = (-1 if side == "left" else 1) * across - end
        outer = np.minimum(outer, ramp(off - TAPER[1] * np.maximum(up, 0), 0.7, -0.7))
        bare = bare_end(regions, arms, body, line, -1 if side == "left" else 1)
        if bare is not None:  # the photo shows where the waist ends below an old hem, and it hardly widens from there
            rise = bare[1] - body.along(flesh.shape)[part]
            curve = np.where(rise > 0, *WIDENS) * (np.hypot(rise, ROUND * body.unit) - ROUND * body.unit)
            outer = np.minimum(outer, ramp(off + end - bare[0] - curve, 0.7, -0.7))
        within = ramp(off + TAPER[0] * np.maximum(up, 0), 0.7, -0.7) * (off > -EDGE * body.unit)
        inner = np.maximum(inner, within * (up > 0) * regions.person[part])
    result[part] += (np.minimum(inner, outer) - flesh[part]) * there
    rows = (up > -EDGE * body.unit) & (body.along(flesh.shape)[part] > hem - EDGE * body.unit)  # it rises to its sides
    slits = slits_beside_arms(result[part], regions.lower[part], regions.person[part], rows, SLIT * body.unit)
    result[part][slits] = 1.0
    around = np.ones((SPECK, SPECK), np.uint8)
    cloth = cv2.morphologyEx(regions.lower[part].astype(np.uint8), cv2.MORPH_OPEN, around) > 0
    whole = cv2.morphologyEx(result[part], cv2.MORPH_CLOSE, around)
    result[part] = np.where(regions.person[part] & ~cloth, whole, result[part])
    return even_sides(result, arms, body, line.middle, (hem - EDGE * body.unit, line.along))


def bare_end(regions: Regions, arms: Array, body: Body, line: Waistline, sign: int) -> tuple[float, float] | None:
    """How far, px, a waist that the photo shows bare goes to one side, `sign` -1 or 1, of the waistband's middle where
    it is narrowest, and where that is, px along the trunk; None where no wall is seen beside it."""
    along = body.along(arms.shape)
    skin = regions.skin & ~regions.arms & (arms < 0.5)
    skin &= (along > line.along - TALL * body.unit) & (along < line.along)
    rows = np.flatnonzero(skin.any(axis=1))
    far = np.array([np.flatnonzero(skin[row])[-1 if sign > 0 else 0] for row in rows], int)
    beside = np.clip(far + sign * CLEAR, 0, skin.shape[1] - 1)
    free = np.flatnonzero(~regions.person[rows, beside])
    if len(free) < FEW:
        return None
    least = free[np.argmin(sign * far[free])]
    across, down = body.coordinates(np.array([float(far[least]), float(rows[least])]))
    return sign * (float(across) - line.middle), float(down)


def ends_under(line: Waistline, body: Body, regions: Regions) -> dict[Side, float]:
    """How far, px, the bottom goes to both sides of the middle of its upper edge, also where an arm lies beside it."""
    found: dict[Side, float] = {}
    height, width = regions.lower.shape
    for side, sign, half in zip(SIDES, (-1, 1), body.half_width(line.along)[:2], strict=True):
        off = np.arange(0.6 * half, 1.3 * half, 0.5)
        across = line.middle + sign * off
        x, y = np.rint(body.place(across, line.at(across) + UNDER * body.unit)).astype(int).T
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        lower = regions.lower[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] & inside
        out = np.flatnonzero(~lower)
        if len(out) and out[0] > 0 and inside[out[0]]:
            found[side] = float(off[out[0]])
    return found
