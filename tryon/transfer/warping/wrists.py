"""Where completed arms meet the photo's own hands."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds, touching
from tryon.transfer.warping.arrays import Array, blur, fill, grow, mix, ramp, sharpened, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure

EVEN = 0.012  # shoulder distances over which colours are compared: much finer than a wrist
REACH = 0.45  # shoulder distances over which the difference fades
RIM = 0.035  # shoulder distances that completed skin reaches into a hand
LAST = 0.8  # of an arm's length: where its wrist begins
LINE = 0.05  # shoulder distances over which the outline of a wrist is evened
INNER = 2.0  # px from a person's outline inwards: there an arm is mixed with no wall
ALONG = 0.45  # shoulder distances from where completed skin meets a hand in which it is
STRIP = 0.15  # pixels of a strip at the least, per px of the shoulder distance
STEP = 2  # px between the places at which it is worked out


def at_wrists(body: Body, figure: Figure) -> Array:
    """Boolean (h,w): the last stretch of each arm, where it is as solid as an arm."""
    arcs = ((figure.along["arms", side], LAST * float(body.arms[side].arc[-1])) for side in SIDES)
    result: Array = np.logical_or.reduce([arc > first for arc, first in arcs]) & (figure.arms > 0.5)
    return result


def in_line(
    flesh: Array, area: Array, wrists: Array, arms: Array, regions: Regions, unit: float
) -> tuple[Array, Array, Array]:
    """`flesh` (h,w) 0..1 and `area` (h,w) bool with the outline of each forearm running smoothly into its hand's, and
    (h,w) bool what of the old cuff's place lies outside of that line: where labels end a cuff is uneven, and it stands
    off. `wrists` as of `at_wrists`, `arms` (h,w) 0..1 as drawn; `unit`: shoulder distance, px."""
    outside = np.zeros(area.shape, bool)
    near = bounds(regions.hands & ~area, 3)
    meeting = outside.copy()
    meeting[near] = grow((regions.hands & ~area)[near], 2) & area[near] & wrists[near]
    meeting[near] &= grow(regions.upper[near], LINE * unit)  # beside a bare arm other things are replaced
    if not meeting.any():
        return flesh, area, outside
    window = bounds(meeting, round(1.5 * ALONG * unit))
    own = ((regions.hands | regions.skin) & ~area)[window]
    bare = area[window] & (flesh[window] > 0.5)
    new = bare & grow(arms[window] > 0.5, LINE * unit)
    line = sharpened(blur((own | new).astype(np.float32), LINE * unit), LINE * unit)
    away = cv2.distanceTransform((~meeting[window]).astype(np.uint8), cv2.DIST_L2, 3)
    reached = (away < ALONG * unit) & grow(new, 0.5 * LINE * unit) & ~own
    reached &= ~grow(bare & ~new, 2) & ~(regions.held | regions.hair)[window]
    flesh, area = flesh.copy(), area.copy()
    area[window] |= reached & (line > 0)
    weight = ramp(away, ALONG * unit, 0.6 * ALONG * unit) * reached
    flesh[window] += weight * (line - flesh[window])
    outside[window] = grow((weight > 0) & (line < 1), 2)
    return flesh, area, outside


def beside_cloth(ground: Array, base: Array, outside: Array, cloth: Array, wall: Array, unit: float) -> Array:
    """`ground` (h,w,3) with what lies `outside` (h,w) bool of a wrist, and nearer to `cloth` (h,w) bool than to the
    `wall` (h,w) bool, in the colours that `base` (h,w,3) has there."""
    if not outside.any():
        return ground
    window = bounds(outside, round(LINE * unit))
    to_cloth, to_wall = (
        cv2.distanceTransform((~plane[window]).astype(np.uint8), cv2.DIST_L2, 3) for plane in (cloth, wall)
    )
    part = outside[window] & (to_cloth < np.minimum(to_wall, LINE * unit))
    known = shrink(cloth[window], 2.0)
    if not part.any() or not known.any():
        return ground
    result = ground.copy()
    result[window][part] = fill(base[window], known.astype(np.float32))[part]
    return result


def seamless(bared: Array, skin: Array, unit: float) -> Array:
    """(h,w) 0..1: how far completed skin, `bared` (h,w) bool, reaches into the photo's own, `skin` (h,w) bool, beside
    it, so that they meet without a line."""
    if not bared.any():
        return np.zeros(bared.shape, np.float32)
    reach, result = 0.06 * unit, np.zeros(bared.shape, np.float32)
    part = bounds(bared, round(reach) + 6)
    bared, skin = bared[part], skin[part]
    away = cv2.distanceTransform((~bared).astype(np.uint8), cv2.DIST_L2, 3)
    result[part] = ramp(away, reach, 0.0) * smooth_mask(skin | (bared & grow(skin, 3)), 1.0)
    return result


def led_over(filled: Array, base: Array, flesh: Array, hands: Array, unit: float) -> Array:
    """`filled` (h,w,3) with the completed skin, `flesh` (h,w) bool, led over to the colours that the `hands` (h,w)
    bool have in `base` (h,w,3) right behind the line where they meet, each part of a wrist to those beside it.

    A hand lies in its own light: one tone for the whole of it leaves a step. `unit`: shoulder distance, px.
    """
    if not hands.any():
        return filled
    around = bounds(hands, 3)
    meeting = np.zeros_like(hands)
    meeting[around] = grow(flesh[around], 2) & grow(hands[around], 2)
    if not meeting.any():
        return filled
    window = bounds(meeting, round(REACH * unit))
    part = tuple(slice(span.start, span.stop, STEP) for span in window)
    sides = (flesh[part], hands[part])
    step, known = _difference((filled[part], base[part]), sides, unit / STEP)
    known *= grow(meeting[part], 1.0)
    if not (known > 0.05).any():
        return filled
    away = cv2.distanceTransform((~meeting[part]).astype(np.uint8), cv2.DIST_L2, 3)
    skin = grow(sides[0], RIM * unit / STEP) & (sides[0] | sides[1])
    share = ramp(away, REACH * unit / STEP, 0.0) ** 2 * smooth_mask(grow(skin, 1.0), 1.0)
    change = fill(step, known * (known > 0.05)) * share[..., None]
    size = filled[window].shape[1::-1]
    result = filled.copy()
    result[window] += cv2.resize(change, size, interpolation=cv2.INTER_LINEAR)
    return result


def _difference(pictures: tuple[Array, Array], sides: tuple[Array, Array], unit: float) -> tuple[Array, Array]:
    """(h,w,3) how much what the second side has in its picture differs from the first side in its own, and (h,w) 0..1
    how far both are near: edges are of the wall, too, and tell nothing."""
    inner = shrink(sides[0] | sides[1], max(1.0, 0.008 * unit))
    sigma, means, weights = max(1.0, EVEN * unit), [], []
    for picture, side in zip(pictures, sides, strict=True):
        clear = (inner & side).astype(np.float32)
        weights.append(blur(clear, sigma))
        means.append(blur(picture * clear[..., None], sigma) / np.maximum(weights[-1], 1e-3)[..., None])
    return means[1] - means[0], np.minimum(*weights)


def own_strips(blank: Array, skin: Array, person: Array, unit: float) -> Array:
    """Boolean (h,w): what of the photo's own `skin` (h,w) bool of an arm lies inside the `person` (h,w) bool where no
    skin is painted, `blank` (h,w) bool: wall in the place of a strip beside an old skirt would show as a line. Bits of
    an arm's shaded edge are no strips, and would show as ticks. `unit`: shoulder distance, px."""
    strips = blank & skin & shrink(person, INNER)
    return touching(strips, strips, 0.0, STRIP * unit)


def bridged(filled: Array, base: Array, joints: Array, flesh: Array, photo: Array) -> Array:
    """`filled` (h,w,3) with the `joints` between limbs in the colour of the skin around them: of `flesh`, completed,
    and of `photo`, seen in `base` (h,w,3)."""
    window = bounds(grow(joints > 0.02, 12)) if joints.any() else (slice(0, 0), slice(0, 0))
    known = ((flesh | photo) & (joints < 0.02))[window]
    if not known.any():
        return filled
    around = np.where(photo[window][..., None], base[window], filled[window])
    result = filled.copy()
    result[window] = mix(filled[window], fill(around, known.astype(np.float32)), np.clip(2 * joints[window], 0, 1))
    return result
