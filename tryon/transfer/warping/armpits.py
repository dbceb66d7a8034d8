"""Skin in the armholes of tops without sleeves: what is seen between cloth and an upper arm that meet again below."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import cv2
import numpy as np

from tryon.masking.areas import bounds, touching
from tryon.transfer.warping.arrays import Array, blur, fill, grow, mix, smooth_mask
from tryon.transfer.warping.body import SIDES
from tryon.transfer.warping.leaves import Leaf, shaded
from tryon.transfer.warping.order import Wearing
from tryon.transfer.warping.undress import Base

BETWEEN = (0.10, 0.70)  # of the trunk: where armholes are
LONGEST = 0.5  # shoulder distances: what is longer is the gap between an arm and a trunk
NEAR = 3  # px within which cloth and an arm bound it
FADES = 0.04  # shoulder distances over which skin that was completed runs out beside it, and so does its shade
MARGIN = 0.15  # shoulder distances around it from which the skin's colour comes


def with_armpits(base: Base, leaves: list[Leaf], wearing: Wearing) -> Base:
    """The picture under the garment with skin where wall would be seen through a deep armhole: the photo shows somebody
    there, and cloth and arm close it in, so it is the flank that the armhole bares."""
    if any("sleeve" in leaf.layer.name for leaf in leaves) or not leaves:
        return base
    body, figure = wearing.body, wearing.figure
    worn = reduce(np.maximum, [leaf.layer.alpha * leaf.keep for leaf in leaves])
    along = body.along(worn.shape) / body.trunk
    open_there = (worn < 0.5) & (base.skin < 0.5) & (base.other < 0.5) & (base.area > 0.5)
    open_there &= wearing.regions.person & (along > BETWEEN[0]) & (along < BETWEEN[1])
    arm = (base.skin > 0.5) & (sum(figure.along["arms", side] > 0 for side in SIDES) > 0)
    seen = ~wearing.regions.person & (worn < 0.5) & (base.skin < 0.5)
    found = closed_in(open_there, worn > 0.5, arm, seen, LONGEST * body.unit)
    return filled(base, found, body.unit) if found.any() else base


def closed_in(open_there: Array, cloth: Array, arm: Array, wall: Array, longest: float) -> Array:
    """Boolean (h,w): parts of what is `open_there` up to `longest` px long, which `cloth` and an `arm` bound, all (h,w)
    bool, with no way out between the two: they meet again below it, or it is the gap beside a bare waist. What meets
    `wall` (h,w) bool that the photo shows is the upper end of such a gap."""
    result = np.zeros(open_there.shape, bool)
    window = bounds(open_there, NEAR + 1)
    if not open_there[window].any():
        return result
    free = open_there[window]
    _, index, stats, _ = cv2.connectedComponentsWithStats(free.astype(np.uint8), connectivity=4)
    closed = (stats[:, cv2.CC_STAT_HEIGHT] < longest) & (stats[:, cv2.CC_STAT_AREA] > 4)
    around = grow(free, 1) & ~free
    for k in np.flatnonzero(closed[1:]) + 1:
        x, y, w, h = stats[k, :4]
        part = (slice(max(y - NEAR, 0), y + h + NEAR), slice(max(x - NEAR, 0), x + w + NEAR))
        own = index[part] == k
        rim = grow(own, 1) & ~own & around[part]
        by_cloth, by_arm = (plane[window][part] for plane in (cloth, arm))
        lowest = own & (np.arange(len(own)) >= len(own) - 2 * NEAR)[:, None]
        met = (grow(own, NEAR) & by_arm).any() and (grow(lowest, NEAR) & by_cloth).any()
        closed[k] = bool(met and (by_cloth | by_arm)[rim].mean() > 0.9)
    closed[0] = False
    result[window] = closed[index]
    return result & ~touching(result, wall, 2.0, 0)


def filled(base: Base, found: Array, unit: float) -> Base:
    """The picture with skin in what was `found` (h,w) bool, as what is beside it, in shade."""
    window = bounds(found, round(MARGIN * unit))
    hole = grow(found[window], 2) | (grow(found[window], 2 * FADES * unit) & (base.skin[window] < 0.97))
    known = (base.skin[window] > 0.97) & ~grow(hole, 1)
    if not known.any():
        return base
    pixels, skin, area = base.pixels.copy(), base.skin.copy(), base.area.copy()
    share = smooth_mask(hole, 1.0)
    deep = blur(found[window].astype(np.float32), FADES * unit)  # little light falls into an armpit
    known_colour = fill(base.pixels[window], known.astype(np.float32))
    flesh = shaded(mix(base.pixels[window], known_colour, share), deep)
    beside = grow(hole, round(FADES * unit))  # the shade runs out on the skin above it, and on the arm
    pixels[window] = mix(base.pixels[window], flesh, smooth_mask(beside, 1.0))
    skin[window] = np.maximum(skin[window], share)
    area[window] = np.maximum(area[window], share)
    return replace(base, pixels=pixels, skin=skin, area=area)
