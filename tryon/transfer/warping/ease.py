"""The body's own width where what was worn stood off it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tryon.transfer.warping.arrays import ramp
from tryon.transfer.warping.body import TRUNK_AT, TRUNK_HALF, Body
from tryon.transfer.warping.reading import Regions

WIDEST = 1.04  # of its usual width: what a trunk is taken to be where loose cloth hides it
LAP = (0.65, 0.95)  # shoulder distances above a skirt or trousers over which they may go on under an old top
HELD = 0.05  # shoulder distances inside the trunk's edge, where what lies there is looked up
EVENED = np.array([1, 2, 3, 2, 1]) / 9


def without_ease(body: Body, regions: Regions) -> Body:
    """The figure without what a loose old top stood off it, for a garment whose sleeves hang beside its trunk.

    A trunk as wide as a loose top reaches to the arms: then sleeves and trunk were one broad surface. Where a skirt or
    trousers are at the trunk's edge or go on under the old top it keeps its width: they would show beside the new one.
    """
    usual = WIDEST * np.interp(body.rows / body.trunk, TRUNK_AT, TRUNK_HALF)[:, None] * body.unit
    own = body.edges - body.middle[:, None]
    spare = own - np.clip(own, -usual, usual)
    along, across = (plane(regions.lower.shape)[regions.lower] for plane in (body.along, body.across))
    for k, inwards in enumerate((1, -1)):
        at = body.place(body.edges[:, k] + inwards * HELD * body.unit, body.rows)
        x, y = np.rint(at).astype(int).T
        height, width = regions.lower.shape
        spare[regions.lower[y.clip(0, height - 1), x.clip(0, width - 1)], k] = 0
        lower = along[across * inwards < 0]
        highest = float(np.percentile(lower, 1)) if lower.size else np.inf
        spare[:, k] *= ramp((highest - body.rows) / body.unit, LAP[0], LAP[1])
        spare[:, k] = np.convolve(np.pad(spare[:, k], 2, mode="edge"), EVENED, mode="valid")
    return replace(body, edges=body.edges - spare)
