"""A pocket of the new garment: where a dress or a long top hangs over the pocket in which a hand is, the hand goes into
one of its own there, through an opening in the cloth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, grow, ramp, shrink, smooth_mask
from tryon.transfer.warping.body import Body, Side
from tryon.transfer.warping.pocketed_hands import hand_in_pocket
from tryon.transfer.warping.reading import Regions

EDGE = 3  # px before the edge of its pocket in which a hand is told by it
LEAST = 30  # pixels that tell that edge
COVERED = 0.9  # of an opening: so much of it lies in the cloth
LONGER = 0.035  # shoulder distances by which an opening goes on beyond the hand on either side
BESIDE = 0.02  # shoulder distances into the cloth from an opening's line
LINE, SEWN, WELT = 0.004, 0.014, 0.005  # shoulder distances: half a slit's width, how far its edge lies, half its width
DEPTH = 0.20  # shoulder distances that a hand goes down into a pocket
ROUND = 0.3  # shoulder distances by which a rounded hem draws in at the side
EVEN = 0.04  # shoulder distances along which cloth over a hand is even
BACK = 0.15  # shoulder distances below a hand down to where the side of cloth that bulges over it is its own again
WIDEST = 0.2  # shoulder distances by which cloth bulges over a hand at the most
BEYOND = 2.5  # times half an opening's length: so far along its line hands end at it
THIN = 2  # px: half as wide are no hands
DARK, LIT = 0.5, 0.08  # of the light: what a slit takes, what its edge adds
KNUCKLES, WIDE = (0.08, 0.20), 0.06  # shoulder distances into the cloth where a hand in it lifts it, and where it falls
RAISED = 0.05  # of the light: what cloth that is lifted so gains, and what it lacks where it falls
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
    """The opening of the pocket in which the hand of one side is; None where it is in none."""
    found = hand_in_pocket(body, regions, side)
    if found is None:
        return None
    way, window = found.way, found.window
    hand = regions.hands[window]
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
    low, high = np.percentile(at, (1, 99))
    off = (x - middle[0]) * across[0] + (y - middle[1]) * across[1] - np.polyval(bow, np.clip(along, low, high))
    middle_of, half = 0.5 * (low + high), 0.5 * (high - low)
    return Slit(
        window=window, along=(along - middle_of).astype(np.float32), off=off.astype(np.float32), half=float(half)
    )


def lies_in(slit: Slit, worn: Array, unit: float) -> bool:
    """Whether a slit lies in the cloth of the trunk, `worn` (h,w) 0..1; `unit`: shoulder distance, px."""
    edge = (np.abs(slit.along) < slit.half) & (np.abs(slit.off - BESIDE * unit) < 1.5)
    return bool(edge.any() and (worn[slit.window][edge] > 0.5).mean() > COVERED)


def over_hand(cloth: Array, slit: Slit, hips: Array, hand: Array, side: Side, unit: float) -> Array:
    """Boolean (h,w) in a slit's window: where cloth, `cloth` (h,w) bool, that ends before the outer edge of the `hand`
    (h,w) bool, bulges over what of it is in the pocket, and runs back to its own side above its hem. In its pocket a
    hand is often taken for cloth: it goes as far out as the hips and the hand, `hips` (h,w) bool."""
    result = np.zeros(cloth.shape, bool)
    sign = 1 if side == "right" else -1
    below = slit.off > 0
    own, outer = outermost(cloth, sign), outermost(hips & below, sign)
    first = np.flatnonzero((hand & below).any(axis=1))[:1]
    if not len(first):
        return result
    at = np.arange(first[0], len(own))
    side_there = np.isfinite(own[at]) & np.isfinite(outer[at]) & (own[at] > own[first[0]] - ROUND * unit)
    at = at[: int(np.argmin(np.r_[side_there, False]))]
    if not len(at):
        return result
    deep = min(len(at), round(DEPTH * unit))
    out = np.maximum(outer[at] - own[at], 0)
    if out[:deep].max() > WIDEST * unit:
        return result
    out[deep:] = out[deep - 1] * ramp(at[deep:], at[deep - 1] + BACK * unit, at[deep - 1])
    out = cv2.GaussianBlur(out[None], (0, 0), EVEN * unit, borderType=cv2.BORDER_REPLICATE)[0]
    columns = sign * np.arange(cloth.shape[1])[None]
    even = cv2.GaussianBlur(own[at][None], (0, 0), 0.5 * EVEN * unit, borderType=cv2.BORDER_REPLICATE)[0]
    edge = own[at][:, None]
    reach = np.minimum(even, own[at] + THIN) + out  # a hem is not evened
    result[at] = (columns <= reach[:, None]) & (columns > edge - THIN) & below[at] & ~cloth[at]
    return result


def outermost(plane: Array, sign: int) -> Array:
    """(h,) the outermost column of a plane (h,w) bool in each row, times `sign`, 1 if that is right; nan: none."""
    columns = np.where(plane, sign * np.arange(plane.shape[1], dtype=np.float64)[None], -np.inf).max(axis=1)
    return np.where(np.isfinite(columns), columns, np.nan)


def light_of(slit: Slit, unit: float) -> Array:
    """(h,w) factor about 1 on the cloth in a slit's window."""
    there = ramp(np.abs(slit.along), slit.half + LONGER * unit, slit.half)
    line = np.exp(-((slit.off / max(0.8, LINE * unit)) ** 2))
    edge = np.exp(-(((slit.off - SEWN * unit) / max(0.8, WELT * unit)) ** 2))
    over, below = (np.exp(-(((slit.off - at * unit) / (WIDE * unit)) ** 2)) for at in KNUCKLES)
    hand = np.exp(-((slit.along / max(slit.half, 1.0)) ** 2)) * (over - below) * (slit.off > 0)
    result: Array = (1 - DARK * there * line + LIT * there * edge + RAISED * hand).astype(np.float32)
    return result


def behind_cloth(slits: Mapping[Side, Slit], shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: the cloth in front of hands that go into slits: they end in a line, where labels waver."""
    result = np.zeros(shape, np.float32)
    for slit in slits.values():
        before = ramp(slit.off, -0.7, 0.7) * (np.abs(slit.along) < BEYOND * slit.half)
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
