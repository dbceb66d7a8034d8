"""The body's own width where what was worn stood off it, or where it is seen to end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import SIDES, TRUNK_AT, TRUNK_HALF, Body, Side
from tryon.transfer.warping.reading import Regions

WIDEST = 1.04  # of its usual width: what a trunk is taken to be where loose cloth hides it
LAP = (0.0, 0.30)  # shoulder distances above what shows below a new hem over which a trunk narrows to its own width
LEAST = 0.84  # of its usual width: no trunk is slimmer
HELD = 0.05  # shoulder distances inside the trunk's edge, where what lies there is looked up
EVENED = np.array([1, 2, 3, 2, 1]) / 9
CHEST = 0.22  # of the trunk: further up arms and trunk are one
INSIDE = 0.30  # shoulder distances from the middle: so wide is every trunk
UNDER = 0.03  # shoulder distances that cloth goes on under a bare arm which hides its edge


def without_ease(body: Body, regions: Regions, hem: float) -> Body:
    """The figure without what a loose old top stood off it, for a top with sleeves that ends at `hem`, px along it.

    A trunk as wide as a loose top reaches to the arms: then sleeves and trunk were one broad surface. Where a skirt or
    trousers are at the trunk's edge, or show below the hem and go on up there, it keeps its width: they would show
    beside the new top. Nowhere is it wider than the photo shows it beside a bare arm or the wall.
    """
    usual = np.interp(body.rows / body.trunk, TRUNK_AT, TRUNK_HALF)[:, None] * body.unit
    own = body.edges - body.middle[:, None]
    spare = own - np.clip(own, -WIDEST * usual, WIDEST * usual)
    along, across = (plane(regions.lower.shape)[regions.lower] for plane in (body.along, body.across))
    signs = np.array([-1, 1])
    for k, sign in enumerate(signs):
        at = body.place(body.edges[:, k] - sign * HELD * body.unit, body.rows)
        x, y = np.rint(at).astype(int).T
        height, width = regions.lower.shape
        spare[regions.lower[y.clip(0, height - 1), x.clip(0, width - 1)], k] = 0
        lower = along[across * sign > 0]
        highest = float(np.percentile(lower, 1)) if lower.size else np.inf
        spare[:, k] *= ramp((min(highest, hem) - body.rows) / body.unit, *LAP)
    seen = np.stack([seen_extent(body, regions, side, LEAST * usual[:, 0]) for side in SIDES], axis=1)
    over = np.maximum(np.abs(body.edges - spare) - seen, 0.0)
    over = np.where(np.isnan(seen), over[:, ::-1], over)  # what one side does not tell is as on the other
    spare += signs * np.nan_to_num(over)
    even = [np.convolve(np.pad(side, 2, mode="edge"), EVENED, mode="valid") for side in spare.T]
    return replace(body, edges=body.edges - np.stack(even, axis=1))


def seen_extent(body: Body, regions: Regions, side: Side, least: Array) -> Array:
    """(n,) px from the axis to where the photo shows that cloth or skin of the trunk ends at the rows of the `body`,
    before the wall or a bare upper arm; NaN where a sleeve, hair or a bag hides that, or an arm across the trunk:
    nearer to the axis than `least` (n,) px. A forearm may lie before the hip."""
    steps = np.arange(INSIDE * body.unit, body.unit, 1.0)
    places = body.place(
        steps[None] * (-1 if side == "left" else 1), np.broadcast_to(body.rows[:, None], (len(body.rows), len(steps)))
    )
    x, y = np.rint(places).astype(int).transpose(2, 0, 1)
    height, width = regions.person.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    before = regions.hands[y, x] | regions.arms[y, x]
    trunk = (regions.upper | regions.lower | regions.skin)[y, x] & ~before
    end = np.argmin(trunk, axis=1)
    rows = np.arange(len(body.rows))
    wall = ~regions.person[y, x][rows, end]
    arm = body.arms[side]
    elbow = float(body.coordinates(arm.at(arm.bend)[0])[1])
    bare = before[rows, end] & ~regions.upper[y, x][rows, end] & (body.rows < elbow)
    known = (end > 0) & inside[rows, end] & (wall | bare) & (body.rows > CHEST * body.trunk)
    extent = steps[end] + bare * UNDER * body.unit
    result: Array = np.where(known & (extent > least), extent, np.nan)
    return result
