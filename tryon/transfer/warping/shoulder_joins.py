"""Where a sleeve is sewn to the shoulder: one line, without a notch or a corner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TypeAlias

import numpy as np

from tryon.transfer.warping.arrays import Array, blur, fill, ramp, sharpened
from tryon.transfer.warping.body import SIDES, Side
from tryon.transfer.warping.sleeves import Worn

EVENED = 0.05  # shoulder distances over which the outline is evened at the join
AROUND = 0.28  # shoulder distances around the join
NECK = 0.7  # of the way to the neck: beyond that is the neckline's own corner

Planes: TypeAlias = Mapping[str, tuple[Array, Array]]  # rgb (h,w,3) 0..255 and alpha (h,w) 0..1 by a layer's name


def join_at_shoulders(planes: Planes, worn: Worn, unit: float) -> None:
    """Evens the outline of trunk and sleeves in `planes`, in place, where they join over the shoulder.

    Each is laid on by landmarks of its own, and where an arm is lowered or turned away their ends part. `unit`: px of a
    shoulder distance.
    """
    for side in SIDES:
        if f"sleeve_{side}" in planes:
            _join(planes, worn, side, unit)


def _join(planes: Planes, worn: Worn, side: Side, unit: float) -> None:
    tip, sigma = worn.tips[side], EVENED * unit
    reach = min(AROUND * unit, NECK * float(np.linalg.norm(tip - worn.necks[side])))
    low, high = (np.maximum(np.rint(tip + sign * (reach + 3 * sigma)), 0).astype(int) for sign in (-1, 1))
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    near = {name: two for name, two in planes.items() if name == f"sleeve_{side}" or name.startswith("trunk")}
    both = reduce(np.maximum, [alpha[part] for _, alpha in near.values()])
    if min(both.shape) < 4:
        return
    rows, columns = np.indices(both.shape, np.float32)
    share = ramp(np.hypot(columns + low[0] - tip[0], rows + low[1] - tip[1]), reach, 0.6 * reach)
    line = both + share * (sharpened(blur(both, sigma), sigma) - both)
    if np.abs(line - both).max() < 0.5:
        return
    colours = np.zeros((*both.shape, 3), np.float32)
    for rgb, alpha in near.values():
        colours = np.where((alpha[part] > 0.5)[..., None], rgb[part], colours)
    colours, more = fill(colours, (both > 0.9).astype(np.float32)), line > both
    for name, (rgb, alpha) in near.items():
        alpha[part] = np.minimum(alpha[part], line)
        if name.startswith("sleeve"):
            rgb[part][more], alpha[part][more] = colours[more], line[more]
