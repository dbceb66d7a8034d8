"""What a sleeve hid or stained of trousers and skirts beside a forearm."""

from __future__ import annotations

import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, grow, mix, shrink, smooth_mask
from tryon.transfer.warping.reading import Regions

EDGE = 0.012  # shoulder distances that a sleeve's colour goes into what is beside it
GAP = 0.008  # shoulder distances, half the width of slits between arm and cloth in which there is no wall


def cleaned(ground: Array, base: Array, area: Array, regions: Regions, arms: Array, unit: float) -> tuple[Array, Array]:
    """`ground` (h,w,3), the picture behind the figure, with what is worn below going on to where a sleeve ended before
    it, and (h,w) bool: the rim of that in `base` (h,w,3) that has the sleeve's colour. `area` (h,w) bool is what is
    replaced, `arms` (h,w) 0..1 where the figure's arms are. Beside the wall the wall goes on."""
    edge = max(2.0, EDGE * unit)
    sleeve = regions.upper & regions.arms
    stained = np.zeros(area.shape, bool)
    if not sleeve.any():
        return ground, stained
    window = bounds(sleeve, round(4 * edge))
    lower = regions.lower[window]
    if not (lower & grow(sleeve[window], edge)).any():
        return ground, stained
    stained[window] = grow(sleeve[window], edge) & lower
    both, reach = lower | (arms[window] > 0.5), GAP * unit
    hidden = shrink(grow(both, reach), reach) & grow(lower, 2 * reach) & area[window] & ~lower
    clean = lower & ~grow(regions.upper[window], edge + 1)
    if not clean.any():
        return ground, np.zeros_like(stained)
    cloth = fill(blur(base[window], 0.8), clean.astype(np.float32))
    result = ground.copy()
    rim = grow(stained[window], 3) & (lower | (arms[window] > 0.5))  # its soft edge lies under the arm
    result[window] = mix(ground[window], cloth, smooth_mask(hidden | stained[window] | rim, 1.0))
    return result, stained
