"""Skin that is bare in the photo and that the new garment covers."""

from __future__ import annotations

import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, grow, shrink
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.layers import Dressing
from tryon.transfer.warping.necks import beside_collar
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure

NECK = 0.05  # shoulder distances: half as broad as what is left of a neck above cloth, at the least
RIM = 0.03  # shoulder distances by which a leg's label may stand out of the drawn one
SHOE = 0.25  # shoulder distances above a shoe in which its buckles and straps may be taken for the leg's


def covered_skin(body: Body, regions: Regions, figure: Figure, dressing: Dressing) -> Array:
    """Boolean (h,w): skin that is bare in the photo and lies under the new garment."""
    shape = regions.person.shape
    hidden = np.zeros(shape, bool)
    for side in SIDES:
        arc = figure.along["arms", side]
        hidden |= (arc > 0) & (arc < 0.94 * dressing.sleeves.get(side, 0.0)) & (arc > 0.10 * body.unit)
    hidden &= regions.arms & regions.skin
    if any(end > 0 for end in dressing.sleeves.values()):
        hidden |= regions.skin & over_shoulders(body, shape, dressing) & ~aslant(body, regions, dressing.alpha > 0.5)
    legs = figure.legs > 0
    legs |= grow(legs, RIM * body.unit) & ~grow(regions.feet, SHOE * body.unit)
    limbs = regions.skin & ~regions.arms & legs
    if dressing.skirt > 0:
        hidden |= limbs & (body.along(shape) < dressing.skirt)
    for side in SIDES:
        arc = figure.along["legs", side]
        end = min(dressing.legs.get(side, 0.0), float(body.legs[side].arc[-1]))  # a foot stays under a longer leg
        hidden |= limbs & (arc > 0) & (arc < end)
    return hidden


def aslant(body: Body, regions: Regions, worn: Array) -> Array:
    """Boolean (h,w): the side of a neck that is held aside or turned, broad above what is `worn` (h,w) bool: it goes
    beyond the neck opening there and yet lies under no cloth. What is narrow above cloth is a shoulder's rim."""
    result = np.zeros(worn.shape, bool)
    rows = bounds(body.along(worn.shape) < 0)
    bare = (regions.skin | regions.face)[rows] & ~regions.arms[rows] & ~worn[rows]
    result[rows] = bare & grow(shrink(bare, NECK * body.unit), 2.5 * NECK * body.unit)
    return result


def over_shoulders(body: Body, shape: tuple[int, ...], dressing: Dressing) -> Array:
    """Boolean (h,w): beside the neck opening, above the armpits: covered when the garment has sleeves."""
    across = body.across(shape)
    opening = max(dressing.neck, 0.22 * body.unit) + 0.06 * body.unit
    off = np.abs(across - dressing.aside)
    if dressing.collared:
        off = np.maximum(np.abs(across), off)
    beside = off > opening
    result: Array = beside & (body.along(shape) < 0.18 * body.trunk)
    if not dressing.standing and not (dressing.collared and dressing.aside):
        return result
    return result | beside_collar(body, dressing.alpha > 0.5, dressing.neck, dressing.aside)
