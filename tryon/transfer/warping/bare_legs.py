"""Bare legs in the photo that new trousers have to hide."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.reading import Regions

REST = 0.10  # shoulder distances beyond the trousers' edge in which the rest of a bare leg is looked for
RIM = 0.02  # shoulder distances: so much further out than that goes their edge, which is drawn in and antialiased


def holds(mask: Array, point: Array) -> bool:
    """Whether a point (2,) lies in the picture and in a boolean (h,w) mask."""
    x, y = np.rint(point).astype(int)
    return bool(0 <= x < mask.shape[1] and 0 <= y < mask.shape[0] and mask[y, x])


def bare_legs(regions: Regions, unit: float) -> Array:
    """Boolean (h+unit,w): bare skin but that of arms, also below a picture that cuts legs off."""
    result: Array = np.pad(regions.skin & ~regions.arms, ((0, round(unit)), (0, 0)), mode="edge")
    return result


def hides(bare: Array, point: Array, way: Array, unit: float) -> float:
    """Px by which a leg's edge at `point` (2,) is moved along the unit vector `way` to hide what is `bare` (h,w) bool:
    more of a leg is seen than a limb is wide."""
    rest = beyond(bare, point, way, REST * unit) if holds(bare, point) else 0.0
    return rest + RIM * unit * (rest > 0)


def beyond(mask: Array, point: Array, way: Array, most: float) -> float:
    """Px from a `point` (2,) out of a boolean (h,w) mask along the unit vector `way`; 0 where that is beyond `most`."""
    steps = np.arange(1.0, most)
    out = [step for step in steps if not holds(mask, point + step * way)]
    return float(out[0]) if out else 0.0
