"""Where a sleeve is sewn to the shoulder: one line, without a notch or a corner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TypeAlias

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, fill, ramp, sharpened
from tryon.transfer.warping.body import SIDES, Side
from tryon.transfer.warping.sleeves import Worn

EVENED = 0.05  # shoulder distances over which the outline is evened at the join
AROUND = 0.28  # shoulder distances around the join
HOLE = 0.022  # shoulder distances over which a trunk's edge along its armhole is evened
BELOW = 0.24  # shoulder distances below the armpit down to which that goes
WIDE = 0.32  # shoulder distances: landmarks of armpits lie so far inside the cloth at the most, on either side
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


def even_armholes(planes: Planes, worn: Worn, unit: float) -> None:
    """Evens the edge of the trunk in `planes`, in place, from the shoulder to below the armpit: where an arm is behind
    the trunk it is seen, and where cloth touches the landmarks of its sleeve cut it raggedly. Bumps are cut only where
    the sleeve goes on under them. `unit`: px of a shoulder distance."""
    for side in SIDES:
        sleeve = planes.get(f"sleeve_{side}")
        for name, (rgb, alpha) in planes.items():
            if sleeve is not None and name in ("trunk", f"trunk_{side}"):
                _even(rgb, alpha, sleeve[1], worn.tips[side], worn.armpits[side], unit)


def _even(rgb: Array, alpha: Array, sleeve: Array, tip: Array, armpit: Array, unit: float) -> None:
    sigma = HOLE * unit
    down = (armpit - tip) / max(float(np.linalg.norm(armpit - tip)), 1e-6)
    line = np.array([tip + 0.15 * unit * down, armpit, armpit + BELOW * unit * down])
    margin = WIDE * unit
    low = np.maximum(line.min(axis=0) - margin, 0).astype(int)
    high = np.maximum(line.max(axis=0) + margin, 0).astype(int)
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    own = alpha[part]
    if min(own.shape) < 4:
        return
    near = np.zeros(own.shape, np.float32)
    cv2.polylines(near, [np.rint(line - low).astype(np.int32)], False, 1.0, max(1, round(WIDE * unit)))
    change = (sharpened(blur(own, sigma), sigma) - own) * blur(near, sigma)
    even = own + np.where(change < 0, change * sleeve[part], change)
    added = (even > own) & (own < 0.9)
    if added.any():
        rgb[part][added] = fill(rgb[part], (own > 0.9).astype(np.float32))[added]
    alpha[part] = even
