"""Hems of trousers: a catalogue's dummy rolls their corners to the back, which on a body hang level with the front."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES

ABOVE = (0.45, 0.90)  # of a leg's width above its lowest point: between there its sides are straight
HANGS = 0.07  # of its width: so much lower a hem hangs in front than at its corners
ROUND = 0.94  # of the width between the sides, a little above the hem: what is narrower is rolled in
LEAN = (0.04, 0.12)  # of its width: by no more do the sides go on inwards, or outwards, down to the hem


def squared(alpha: Array, points: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
    """A bottom's coverage (h,w) 0..1 with the corners of round trouser hems filled, and its landmarks moved to them.

    The sides of a leg go straight on to its hem. Hems that are level already, and skirts, stay as they are.
    """
    moved = dict(points)
    if not {"crotch", "hem_left_inner", "hem_right_inner", "hem_left_outer", "hem_right_outer"} <= points.keys():
        return alpha, moved
    result = alpha
    for side in SIDES:
        outer, inner = (points[f"hem_{side}_{edge}"] for edge in ("outer", "inner"))
        corners = _corners(alpha > 0.5, outer, inner, float(points["crotch"][1]))
        if corners is None:
            continue
        if result is alpha:
            result = alpha.copy()
        filled = np.zeros(alpha.shape, np.uint8)
        cv2.fillPoly(filled, [np.rint(_hung(corners) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        result = np.maximum(result, filled.astype(np.float32) / 255)
        first, last = (2, 1) if outer[0] < inner[0] else (1, 2)
        moved[f"hem_{side}_outer"], moved[f"hem_{side}_inner"] = corners[first], corners[last]
    return result, moved


def _hung(corners: Array) -> Array:
    """(n,2) the outline of a leg's end, `corners` (4,2), whose hem is one curve from corner to corner: a round hem that
    stood out below a straight one left a step at both of its sides."""
    right, left = corners[1], corners[2]
    share = np.linspace(0, 1, 25)[:, None]
    low = 4 * HANGS * share * (1 - share) * float(np.linalg.norm(right - left))
    hem: Array = right + (left - right) * share + low * np.array([0.0, 1.0])
    return np.concatenate([corners[:1], hem, corners[3:]])


def _corners(solid: Array, outer: Array, inner: Array, crotch: float) -> Array | None:
    """(4,2) the end of a leg: its right side further up, its right and left corner, its left side; None where its hem
    is level. `solid` (h,w) bool; `outer`, `inner` (2,): its hem's corners as they were found."""
    middle = round(float(outer[0] + inner[0]) / 2)
    rows = np.flatnonzero(solid[:, middle]) if 0 <= middle < solid.shape[1] else np.zeros(0, int)
    if not len(rows) or rows[-1] < crotch:
        return None
    low = int(rows[-1])
    wide = abs(float(outer[0] - inner[0]))
    for _ in range(2):  # the corners that were found are rolled in: measured further up
        sides = [_sides(solid[max(0, low - round(share * wide))], middle) for share in (*ABOVE, 2 * HANGS)]
        wide = max(float(sides[0][1] - sides[0][0]), 1.0)
    near, far, hem = sides
    if hem[1] - hem[0] > ROUND * wide or low - ABOVE[1] * wide < crotch:
        return None
    on = ABOVE[0] - HANGS
    leans = (sign * (near[k] - far[k]) * on / (ABOVE[1] - ABOVE[0]) for k, sign in enumerate((-1, 1)))
    out = [float(np.clip(lean, -LEAN[0] * wide, LEAN[1] * wide)) for lean in leans]
    left, right = near[0] - out[0], near[1] + out[1]
    upper, lower = low - ABOVE[0] * wide, low - HANGS * wide
    return np.array([[near[1], upper], [right, lower], [left, lower], [near[0], upper]])


def _sides(row: Array, middle: int) -> tuple[int, int]:
    """First and last column of the run of a boolean (w,) that `middle` lies in."""
    empty = np.flatnonzero(~row)
    left, right = empty[empty < middle], empty[empty > middle]
    return (int(left[-1]) + 1 if len(left) else 0), (int(right[0]) - 1 if len(right) else len(row) - 1)
