"""A pocket of the new garment: where a dress or a long top hangs over the pocket in which a hand is, the hand goes into
one of its own there, through an opening in the cloth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.masking.pockets import around, in_pocket, out_of_cuff
from tryon.transfer.warping.arrays import Array, grow, ramp, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import Regions

EDGE = 3  # px before the edge of its pocket in which a hand is told by it
LEAST = 30  # pixels that tell that edge
COVERED = 0.9  # of an opening: so much of it lies in the cloth
LONGER = 0.035  # shoulder distances by which an opening goes on beyond the hand on either side
BESIDE = 0.02  # shoulder distances into the cloth from an opening's line
LINE, SEWN, WELT = 0.004, 0.014, 0.005  # shoulder distances: half a slit's width, how far its edge lies, half its width
THIN = 2  # px: half as wide are no hands
DARK, LIT = 0.6, 0.08  # of the light: what a slit takes, what its edge adds
DEEP = 0.03  # shoulder distances over which a hand gets lighter outside of a slit


@dataclass(frozen=True, kw_only=True)
class Slit:
    """An opening along a bow, in a `window` (rows, columns) of the picture: `along` (h,w) px from its middle, `off`
    (h,w) px from its line, more in the cloth, and `half` of its length, px."""

    window: tuple[slice, slice]
    along: Array
    off: Array
    half: float


def slit_of(body: Body, regions: Regions, side: Side) -> Slit | None:
    """The opening of the pocket in which the hand of one side is; None where it is in none, or comes out of a cuff."""
    arm = body.arms[side]
    wrist, way, _ = arm.at(float(arm.arc[-1]))
    if not arm.seen or not in_pocket(regions.hands, regions.lower, wrist, way, body.unit):
        return None
    window = around(wrist, body.unit)
    hand = regions.hands[window]
    if out_of_cuff(hand, regions.upper[window]):  # its arm is drawn, and lies under the cloth
        return None
    before = np.array([[1, 0, -EDGE * way[0]], [0, 1, -EDGE * way[1]]])
    lower = cv2.warpAffine(regions.lower[window].astype(np.uint8), before, hand.shape[::-1]) > 0
    edge = np.argwhere(hand & lower)[:, ::-1].astype(np.float64)
    if len(edge) < LEAST:
        return None
    inside = np.argwhere(hand)[:, ::-1].mean(axis=0)
    middle = edge.mean(axis=0)
    line = np.linalg.svd(edge - middle, full_matrices=False)[2][0]
    across = np.array([-line[1], line[0]])
    across *= -np.sign((inside - middle) @ across)
    at, out = (edge - middle) @ line, (edge - middle) @ across
    bow = np.polyfit(at, out, 2)
    y, x = np.indices(hand.shape, np.float32)
    along = (x - middle[0]) * line[0] + (y - middle[1]) * line[1]
    off = (x - middle[0]) * across[0] + (y - middle[1]) * across[1] - np.polyval(bow, along)
    low, high = np.percentile(at, (1, 99))
    middle_of, half = 0.5 * (low + high), 0.5 * (high - low)
    return Slit(
        window=window, along=(along - middle_of).astype(np.float32), off=off.astype(np.float32), half=float(half)
    )


def slits_of(body: Body, regions: Regions, worn: Array) -> Mapping[Side, Slit]:
    """The openings that lie in the cloth of the trunk, `worn` (h,w) 0..1."""
    found = {}
    for side in SIDES:
        slit = slit_of(body, regions, side)
        if slit is None:
            continue
        edge = (np.abs(slit.along) < slit.half) & (np.abs(slit.off - BESIDE * body.unit) < 1.5)
        if edge.any() and (worn[slit.window][edge] > 0.5).mean() > COVERED:
            found[side] = slit
    return found


def light_of(slit: Slit, unit: float) -> Array:
    """(h,w) factor about 1 on the cloth in a slit's window."""
    there = ramp(np.abs(slit.along), slit.half + LONGER * unit, slit.half)
    line = np.exp(-((slit.off / max(0.8, LINE * unit)) ** 2))
    edge = np.exp(-(((slit.off - SEWN * unit) / max(0.8, WELT * unit)) ** 2))
    result: Array = (1 - DARK * there * line + LIT * there * edge).astype(np.float32)
    return result


def behind_cloth(slits: Mapping[Side, Slit], shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: the cloth in front of hands that go into slits: they end in a line, where labels waver."""
    result = np.zeros(shape, np.float32)
    for slit in slits.values():
        before = ramp(slit.off, -0.7, 0.7) * (np.abs(slit.along) < slit.half)
        result[slit.window] = np.maximum(result[slit.window], before)
    return result


def with_firm_hands(regions: Regions, slits: Mapping[Side, Slit]) -> Regions:
    """The regions without the lines that labels give to hands along the edge of a forearm, beside hands in slits."""
    hands = regions.hands.copy()
    for slit in slits.values():
        hand = hands[slit.window]
        hands[slit.window] = hand & grow(shrink(hand, THIN), THIN + 1)
    return replace(regions, hands=hands) if slits else regions


def around_slits(slits: Mapping[Side, Slit], shape: tuple[int, ...]) -> Array:
    """Boolean (h,w): around hands that go into slits."""
    result = np.zeros(shape, bool)
    for slit in slits.values():
        result[slit.window] = True
    return result


def in_slits(slits: Mapping[Side, Slit], hands: Array, unit: float) -> Array:
    """(h,w) 0..1: the shade on hands, `hands` (h,w) bool, where they go into a slit."""
    shade = np.zeros(hands.shape, np.float32)
    for slit in slits.values():
        deep = np.exp(-np.maximum(-slit.off, 0) / (DEEP * unit)) * ramp(np.abs(slit.along), 1.2 * slit.half, slit.half)
        shade[slit.window] = np.maximum(shade[slit.window], deep * smooth_mask(grow(hands[slit.window], 1), 0.8))
    return shade
