"""Skin that is bare in the photo and that the new garment covers."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.layers import Dressing
from tryon.transfer.warping.necks import beside_collar
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure


def covered_skin(body: Body, regions: Regions, figure: Figure, dressing: Dressing) -> Array:
    """Boolean (h,w): skin that is bare in the photo and lies under the new garment."""
    shape = regions.person.shape
    hidden = np.zeros(shape, bool)
    for side in SIDES:
        arc = figure.along["arms", side]
        hidden |= (arc > 0) & (arc < 0.94 * dressing.sleeves.get(side, 0.0)) & (arc > 0.10 * body.unit)
    hidden &= regions.arms & regions.skin
    if any(end > 0 for end in dressing.sleeves.values()):
        hidden |= regions.skin & over_shoulders(body, shape, dressing)
    limbs = regions.skin & ~regions.arms & (figure.legs > 0)
    if dressing.skirt > 0:
        hidden |= limbs & (body.along(shape) < dressing.skirt)
    for side in SIDES:
        arc = figure.along["legs", side]
        end = min(dressing.legs.get(side, 0.0), float(body.legs[side].arc[-1]))  # a foot stays under a longer leg
        hidden |= limbs & (arc > 0) & (arc < end)
    return hidden


def over_shoulders(body: Body, shape: tuple[int, ...], dressing: Dressing) -> Array:
    """Boolean (h,w): beside the neck opening, above the armpits: covered when the garment has sleeves."""
    across = body.across(shape)
    opening = max(dressing.neck, 0.22 * body.unit) + 0.06 * body.unit
    beside = np.maximum(np.abs(across), np.abs(across - dressing.aside)) > opening
    result: Array = beside & (body.along(shape) < 0.18 * body.trunk)
    if not dressing.standing and not dressing.aside:
        return result
    return result | beside_collar(body, dressing.alpha > 0.5, dressing.neck)
