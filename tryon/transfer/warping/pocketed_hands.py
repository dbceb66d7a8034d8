"""Hands that are in the pockets of the old trousers or skirt."""

from __future__ import annotations

from dataclasses import dataclass

from tryon.masking.pockets import around, in_pocket
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import Body, Side
from tryon.transfer.warping.reading import Regions


@dataclass(frozen=True, kw_only=True)
class PocketedHand:
    """A hand in a pocket: its `wrist` (2,) px, the `way` (2,) of length 1 in which its arm ends, and the `window`
    (rows, columns) in which it lies."""

    wrist: Array
    way: Array
    window: tuple[slice, slice]


def hand_in_pocket(body: Body, regions: Regions, side: Side) -> PocketedHand | None:
    """The hand of one side; None of one that is in no pocket, or whose arm is not seen."""
    arm = body.arms[side]
    wrist, way, _ = arm.at(float(arm.arc[-1]))
    if not arm.seen or not in_pocket(regions.hands, regions.lower, wrist, way, body.unit):
        return None
    return PocketedHand(wrist=wrist, way=way, window=around(wrist, body.unit))
