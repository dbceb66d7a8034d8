"""The line over a shoulder on which cloth lies: on the figure's outline, from the neck down the outer upper arm."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.limbs import Limb
from tryon.types import LABEL

THICK = 0.10  # of the shoulder distance: so much higher than usual cloth makes a shoulder; more is loose
BARE = 0.10  # shoulder distances: skin that is seen so much higher than a usual shoulder is the neck's
GAP = 4  # px: shorter gaps in a figure are none
MUSCLE = 0.05  # shoulder distances that the shoulder's muscle may stand out between the shoulder's end and the arm


def shoulder_line(
    labels: Array, joint: Array, origin: Array, down: Array, across: Array, unit: float, arm: Limb
) -> Array:
    """(m,2) from the neck's foot over the shoulder and down the outer upper arm, on the figure's outline."""
    skin = np.isin(labels, [LABEL[n] for n in ("neck", "left_arm", "right_arm")])
    solid = (labels > 0) & ~np.isin(labels, [LABEL[n] for n in ("hair", "hat", "face", "bag", "sunglasses")])
    local = joint - origin
    sign = -1 if local @ across < 0 else 1
    lean = float(local @ down)  # a lowered shoulder
    reach = abs(float(local @ across))
    shares = np.array([0.40, 0.55, 0.70, 0.85, 1.0, 1.15])
    rise = np.array([0.34, 0.275, 0.235, 0.205, 0.175, 0.125]) * unit
    bases = origin + across * (sign * reach * shares)[:, None] + down * (lean * shares)[:, None]
    higher = np.array([_climb(labels, solid, base, -down, 0.62 * unit) for base in bases]) - rise
    higher[~((higher > -0.12 * unit) & (higher < 0.16 * unit))] = np.nan
    told = np.flatnonzero(np.isfinite(higher))
    higher = np.interp(np.arange(len(shares)), told, higher[told]) if len(told) else np.zeros(len(shares))
    height = rise + 0.9 * np.minimum(higher, THICK * unit)
    bare = np.array([_reach(skin, base, -down, 0.62 * unit) for base in bases])  # skin is no loose cloth
    height = np.maximum(height, np.where(bare < rise + BARE * unit, bare, 0.0))
    line = list(bases - down * height[:, None])
    total = arm.arc[-1]
    for share in (0.12, 0.25, 0.4, 0.5):
        point, direction, half = arm.at(share * total)
        normal = np.array([-direction[1], direction[0]])
        if normal @ across * sign < 0:
            normal = -normal
        line.append(point + normal * half * 1.05)
    return with_muscle(labels, solid, np.array(line), len(shares), unit)


def with_muscle(labels: Array, solid: Array, line: Array, first: int, unit: float) -> Array:
    """The shoulder's line (m,2) as far out as its muscle is seen to be, between its points before and at `first`; there
    cloth would cut its corner. `labels` (h,w), `solid` (h,w) bool: the figure; `unit`: shoulder distance, px."""
    start, stop = line[first - 1], line[first]
    way = (stop - start) / max(float(np.linalg.norm(stop - start)), 1e-6)
    out = np.array([way[1], -way[0]]) * (1 if line[-1][0] > line[0][0] else -1)
    middle = start + (stop - start) * np.array([[0.25], [0.5], [0.75]])
    far = np.array([_climb(labels, solid, one, out, 2 * MUSCLE * unit) for one in middle])
    if not np.isfinite(far).all():
        return line
    far = np.clip(far, 0, MUSCLE * unit)
    return np.concatenate([line[:first], middle + out * far[:, None], line[first:]])


def _reach(plane: Array, start: Array, direction: Array, limit: float) -> float:
    """How far from `start` in `direction` the last of a `plane` (h,w) bool lies, px, up to `limit`; 0: none does."""
    steps = np.arange(0.0, limit, 0.5)
    found = np.flatnonzero(_along(plane, start, direction, steps))
    return float(steps[found[-1]]) if len(found) else 0.0


def _along(plane: Array, start: Array, direction: Array, steps: Array) -> Array:
    """(n,) of a plane (h,w) at `steps` (n,) px from `start` in `direction`."""
    line = start + direction * steps[:, None]
    x = np.clip(np.rint(line[:, 0]).astype(int), 0, plane.shape[1] - 1)
    y = np.clip(np.rint(line[:, 1]).astype(int), 0, plane.shape[0] - 1)
    found: Array = plane[y, x]
    return found


def _climb(labels: Array, solid: Array, start: Array, direction: Array, limit: float) -> float:
    """How far one can go from `start` in `direction` before leaving `solid`, gaps that labels leave between skin and
    cloth aside, in px; NaN where hair hides that."""
    steps = np.arange(0.0, limit, 0.5)
    outside = ~_along(solid, start, direction, steps)
    for first in np.flatnonzero(outside[1:] & ~outside[:-1]) + 1:
        if not outside[first : first + 2 * GAP].all():
            outside[first : first + 2 * GAP] = False
    at = np.flatnonzero(outside)
    if len(at) and _along(labels, start, direction, steps)[at[0]] == LABEL["hair"]:
        return float("nan")
    return float(steps[at[0]]) if len(at) else limit
