"""Hands in the pockets of the old trousers or skirt: a top or dress that hangs over the pocket hangs over them too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tryon.transfer.warping.arrays import Array, grow, opened, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure

REACH = 0.25  # of the shoulder distance: what goes less far beyond the wrist is not a whole hand (0.4 and more)
CLOTH = 0.35  # of its rim: how much of it the bottom hides at least
AROUND = 0.5  # of its rim: where so much is the bottom, its thumb does not count
THUMB = 0.045  # of the shoulder distance: more than half a thumb's width, less than half a palm's


def hidden_hands(body: Body, regions: Regions, worn: Array) -> Mapping[Side, Array]:
    """Boolean (h,w) of what is seen of each hand that ends in the bottom, because a pocket hides its fingers, and
    lies where the new garment hangs, `worn` (h,w) 0..1."""
    found: dict[Side, Array] = {}
    height, width = regions.hands.shape
    for side in SIDES:
        arm = body.arms[side]
        wrist, way, _ = arm.at(float(arm.arc[-1]))
        near = 0.7 * body.unit
        low, high = np.maximum(wrist - near, 0).astype(int), np.maximum(wrist + near, 0).astype(int)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        hand = regions.hands[window]
        y, x = np.nonzero(hand)
        if not arm.seen or len(y) < 20 or y.max() + low[1] > height - 4 or not 4 < x.min() + low[0] < width - 4:
            continue
        beyond = (x + low[0] - wrist[0]) * way[0] + (y + low[1] - wrist[1]) * way[1]
        rim = grow(hand, 2) & ~hand
        cloth = float(regions.lower[window][rim].mean())
        short = np.percentile(beyond, 97) < REACH * body.unit and cloth > CLOTH
        if not short and cloth > AROUND:  # a thumb may be left outside
            palm = opened(hand, THUMB * body.unit)[y, x]
            short = palm.any() and np.percentile(beyond[palm], 97) < 1.15 * REACH * body.unit
        if short and worn[window][hand].mean() > 0.5:
            found[side] = np.zeros(regions.hands.shape, bool)
            found[side][window] = hand
    return found


def without_hands(regions: Regions, hands: Mapping[Side, Array]) -> Regions:
    """Such hands go with the sleeves that end at them: arms are drawn, which fit them less than cloth fits arms."""
    for hand in hands.values():
        rim = grow(hand, 3) & ~hand
        if (regions.upper & rim).sum() < 0.1 * rim.sum():
            continue
        regions = replace(regions, hands=regions.hands & ~hand, upper=regions.upper | hand)
    return regions


def tucked_away(body: Body, figure: Figure, hands: Mapping[Side, Array]) -> Array:
    """(h,w) 0..1: `hands` of `hidden_hands` and the forearms that they end, which go behind the cloth with them."""
    result = np.zeros(figure.arms.shape, np.float32)
    for side, hand in hands.items():
        length = float(body.arms[side].arc[-1])
        arc = figure.along["arms", side]
        result = np.maximum(result, np.maximum(ramp(arc, 0.86 * length, 0.92 * length), grow(hand, 2)))
    return result
