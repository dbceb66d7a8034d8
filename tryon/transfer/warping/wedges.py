"""The gap between trouser legs: a wedge that begins in a point at the crotch, where both are sewn together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import CROTCH, Body, Side

POINTED = 0.16  # shoulder distances below its tip down to which a gap is narrowed to a wedge
PARTS = 0.12  # shoulder distances over which legs are apart below that: what closes before is a hole
BEGINS = 0.30  # shoulder distances below their waist that the tip lies at least
TOUCHES = 0.06  # shoulder distances below a crotch's usual place: where it is lower still, thighs touch below it
TANGENT = 8  # rows over which an edge's direction is told


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Rows in which both legs are, from `first` on: (n,) px, the last column of the left and the first of the right."""

    first: int
    left: Array
    right: Array
    tip: int  # of these rows the one in which the legs part for good
    joined: int = 0  # and the first in which they touch: above that a waistband's edge hangs through

    @property
    def middle(self) -> Array:
        """(n,) px across."""
        result: Array = (self.left + self.right) / 2
        return result


def gap_between(left: Array, right: Array, unit: float) -> Gap | None:
    """The gap between both legs, (h,w) 0..1 each; None where they do not part. `unit`: shoulder distance, px."""
    solid = left > 0.5, right > 0.5
    rows = np.flatnonzero(solid[0].any(axis=1) & solid[1].any(axis=1))
    if len(rows) < 2 or rows[-1] - rows[0] + 1 != len(rows):
        return None
    last = left.shape[1] - 1 - solid[0][rows, ::-1].argmax(axis=1)
    first = solid[1][rows].argmax(axis=1)
    closed = np.flatnonzero(first - last <= 2)
    if not len(closed):
        return None
    most = max(len(rows) - 1 - int(closed[-1]), 4)  # of a picture that ends at the thighs
    begins = np.flatnonzero(np.diff(closed, append=len(rows)) > min(PARTS * unit, most))
    if not len(begins):
        return None
    tip = int(closed[begins[0]]) + 1
    if tip < BEGINS * unit or tip > len(rows) - 4:
        return None
    return Gap(first=int(rows[0]), left=last.astype(float), right=first.astype(float), tip=tip, joined=int(closed[0]))


def pointed(left: Array, right: Array, unit: float) -> tuple[Array, Array]:
    """Both trouser legs (h,w) 0..1 with the gap between them beginning in a point; holes above that are closed."""
    gap = gap_between(left, right, unit)
    if gap is None:
        return left, right
    end = min(gap.tip + round(POINTED * unit), len(gap.left) - 1)
    start = gap.tip - 1
    tip = float(gap.middle[start])
    edges = [gap.middle.copy(), gap.middle.copy()]  # (n,) px: up to where each leg goes
    down = np.linspace(0, 1, end - start + 1)
    for edge, own in zip(edges, (gap.left + 0.5, gap.right - 0.5), strict=True):
        low, high = max(end - TANGENT, gap.tip), min(end + TANGENT, len(own) - 1)
        slope = (own[high] - own[low]) / max(high - low, 1) * (end - start)
        off = own[end] - tip
        edge[start : end + 1] = tip + (2 * off - slope) * down + (slope - off) * down**2
    both = np.concatenate([gap.left[: end + 1], gap.right[: end + 1]])
    part = (slice(gap.first, gap.first + end + 1), slice(max(0, int(both.min()) - 3), int(both.max()) + 4))
    columns = np.arange(left.shape[1], dtype=np.float32)[part[1]]
    result = left.copy(), right.copy()
    for plane, edge, own, sign in zip(result, edges, (gap.left, gap.right), (1, -1), strict=True):
        inside = np.clip(sign * (edge[: end + 1, None] - columns) + 0.5, 0, 1)
        beyond = sign * (columns - own[: end + 1, None]) > -1.5  # not over rips
        beyond[: gap.joined] = False
        plane[part] = np.maximum(plane[part], inside * beyond).astype(np.float32)
    return result


def sewn_at(legs: Mapping[Side, Array], body: Body) -> Array | None:
    """(2,) px where both `legs` (h,w) 0..1 of trousers are sewn together: where the gap between them begins, or further
    up where thighs touch; None where they do not part."""
    gap = gap_between(legs["left"], legs["right"], body.unit) if len(legs) == 2 else None
    if gap is None:
        return None
    tip = np.array([gap.middle[gap.tip], gap.first + gap.tip])
    most = body.place(0.0, body.trunk + (CROTCH + TOUCHES) * body.unit)[1]
    row = int(np.clip(min(tip[1], most) - gap.first, 0, gap.tip))
    return np.array([gap.middle[row], gap.first + row])
