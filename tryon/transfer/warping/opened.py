"""A jacket worn open: its front parted in the middle, each half on its own side, what is worn under it seen between."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth, half_plane
from tryon.transfer.warping.field import Field, thin_plate
from tryon.types import Garment

# Half width of the opening in shoulder distances, at these shares of the way down the trunk.
OPEN_AT = np.array([-0.2, 0.1, 0.6, 1.1, 1.6])
OPEN_HALF = np.array([0.09, 0.15, 0.22, 0.28, 0.31])
CAN_OPEN = ("collar", "v", "hood", "high")  # necklines of garments that may have a front to open


def can_open(garment: Garment) -> bool:
    return garment.category == "top" and (garment.kind == "jacket" or garment.neckline in CAN_OPEN)


def opening_half(body: Body, along: Array) -> Array:
    """Half width of the opening, px, at distances down the trunk."""
    result: Array = np.interp(along / body.trunk, OPEN_AT, OPEN_HALF) * body.unit
    return result


def halves(
    cloth: Cloth, body: Body, source: Array, closed: Array, part: Array, size: tuple[int, int]
) -> dict[Side, tuple[Array, Field]]:
    """Part in the cloth and field of the two halves of a trunk that pairs (n,2) `source`, `closed` would put on closed;
    `part` (gh,gw) 0..1 is the whole trunk in the cloth."""
    points = cloth.points
    top = (points["neck_left"] + points["neck_right"]) / 2
    low = points["hem_front"] if "hem_front" in points else (points["hem_left"] + points["hem_right"]) / 2
    across, along = body.coordinates(closed).T
    middle = np.array([body.half_width(float(a))[2] for a in along])
    across = across - middle
    reach = float(np.abs(across).max())
    result: dict[Side, tuple[Array, Field]] = {}
    for side in SIDES:
        sign = -1 if side == "left" else 1
        own = sign * across >= -0.02 * body.unit
        distance = np.abs(across[own])
        shift = opening_half(body, along[own]) * (1 - np.clip(distance / reach, 0, 1))
        target = body.place(middle[own] + sign * (distance + shift), along[own])
        half = half_plane(part.shape, top, low, points[f"hem_{side}"], 0.6)
        result[side] = part * half, thin_plate(source[own], target, size, 2e-4)
    return result


def opening(body: Body, hem: float, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: between the parted halves and a little under them, from the neck to the hem at `hem` px."""
    across, along = body.across(shape), body.along(shape)
    middle = np.interp(along, body.rows, body.middle)
    edge = opening_half(body, along) + 0.06 * body.unit
    soft = 0.01 * body.unit
    inside = ramp(np.abs(across - middle) - edge, soft, 0.0)
    result: Array = inside * ramp(along, hem + 0.1 * body.unit, hem)
    return result
