"""What a sleeve hid or stained of trousers and skirts beside a forearm."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, grow, mix, smooth_mask
from tryon.transfer.warping.reading import Regions

EDGE = 0.012  # shoulder distances that a sleeve's colour goes into what is beside it
WIDE = 0.10  # shoulder distances that a sleeve stands off an arm at most where it is not the wall that comes out


def cleaned(ground: Array, base: Array, area: Array, regions: Regions, unit: float) -> tuple[Array, Array]:
    """`ground` (h,w,3), the picture behind the figure, with what is worn below going on to where a sleeve ended before
    it, and (h,w) bool: the rim of that in `base` (h,w,3) that has the sleeve's colour. `area` (h,w) bool is what is
    replaced. Beside the wall the wall goes on."""
    edge = max(2.0, EDGE * unit)
    sleeve = regions.upper & regions.arms
    stained = np.zeros(area.shape, bool)
    if not sleeve.any():
        return ground, stained
    window = bounds(sleeve, round(WIDE * unit) + 3)
    lower = regions.lower[window]
    if not (lower & grow(sleeve[window], edge)).any():
        return ground, stained
    stained[window] = grow(sleeve[window], edge) & lower
    away = [
        cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L2, 3) for part in (lower, ~regions.person[window])
    ]
    hidden = grow(sleeve[window], edge) & area[window] & ~lower & (away[0] < np.minimum(away[1], WIDE * unit))
    clean = lower & ~grow(regions.upper[window], edge + 1)
    if not clean.any():
        return ground, np.zeros_like(stained)
    cloth = fill(blur(base[window], 0.8), clean.astype(np.float32))
    result = ground.copy()
    rim = grow(hidden | stained[window], 3) & ~(hidden | stained[window]) & (area | regions.lower)[window]
    result[window] = mix(ground[window], cloth, smooth_mask(hidden | stained[window] | rim, 1.0))
    return result, stained
