"""Where a sleeve lies against the trunk's cloth: the edge that parts two pieces of one colour."""

from __future__ import annotations

import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, ramp
from tryon.transfer.warping.body import Body, Side

LINE = 0.007  # shoulder distances that the dark slit between the two is deep
LINE_DARK = 0.75
SOFT = 0.035  # shoulder distances that the shade of the upper one goes on the lower one
SOFT_DARK = 0.45
TURN = 0.022  # shoulder distances over which the upper one's edge catches light
TURN_LIGHT = (0.10, 0.42)  # how much lighter it is there on light and on dark cloth
DARK = (90.0, 30.0)  # luminance from light to dark cloth: of that an eye sees only what is large
APART = (0.10, 0.02)  # of the trunk above a garment's armpit: where its sleeve begins to part from it, and where it has
FOLDED = (0.32, 0.58)  # shoulder distances down: where the fold beside a hanging arm begins, and where it is whole
HANGING = (0.6, 0.9)  # of an arm's way that goes down: from where on it hangs


def parted_from(body: Body, side: Side, pit: float) -> tuple[float, float]:
    """Px down the trunk at which a sleeve whose armpit is at `pit` px begins to part from it, and where it has: below
    that armpit, or below the body's where the armhole is cut deeper and the hanging arm folds what is between."""
    arm = body.arms[side]
    way = arm.at(0.25 * float(arm.arc[-1]))[1]
    hangs = float(ramp(np.array(way @ body.down), *HANGING))
    own = np.array([pit - share * body.trunk for share in APART])
    begins, whole = own + hangs * np.minimum(0.0, np.array(FOLDED) * body.unit - own)
    return float(begins), float(whole)


def parting(upper: Array, lower: Array, weight: Array, unit: float, tone: float) -> tuple[Array, Array]:
    """(h,w) factor >= 1 on the cloth `upper` (h,w) 0..1 and (h,w) 0..1 its shadow on the cloth `lower` (h,w) 0..1 that
    it lies over; `weight` (h,w) 0..1: where the two are not one piece, `unit`: shoulder distance, px, `tone`: luminance
    of the cloth, 0..255."""
    light, cast = np.ones(upper.shape, np.float32), np.zeros(upper.shape, np.float32)
    part = bounds((upper > 0) & (weight > 0), round(4 * SOFT * unit))
    if not upper[part].size:
        return light, cast
    above, there = upper[part], (lower * weight)[part].astype(np.float32)
    beside = there * (1 - above)
    line, soft = (blur(above, reach * unit) for reach in (LINE, SOFT))
    cast[part] = np.minimum(2 * LINE_DARK * line + 2 * SOFT_DARK * soft, 1.3) * beside
    much = TURN_LIGHT[0] + (TURN_LIGHT[1] - TURN_LIGHT[0]) * float(ramp(np.array(tone), *DARK))
    light[part] += 2 * much * blur(beside, TURN * unit) * above
    return light, cast
