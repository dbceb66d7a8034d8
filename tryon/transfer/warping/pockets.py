"""Hands in the pockets of the old trousers or skirt: a top or dress that hangs over the pocket hangs over them too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tryon.masking.pockets import around, below_wrist, out_of_cuff
from tryon.transfer.warping.arrays import Array, grow, projected, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.lines import on_line
from tryon.transfer.warping.pocketed_hands import hand_in_pocket
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure
from tryon.transfer.warping.slits import Slit

CUFF = 0.03  # shoulder distances that a cuff reaches over a hand that was in another
LONGEST = 1.03  # of an arm's length: where a long sleeve ends at the most
BESIDE = 0.3  # shoulder distances beside an arm in which its own hand lies
LEAST = 0.8  # of an arm's length: a sleeve ends no sooner
EDGE = 0.12  # half widths of a forearm over which what is behind cloth goes over into what is before it


def hidden_hands(body: Body, regions: Regions, worn: Array) -> Mapping[Side, Array]:
    """Boolean (h,w) of what is seen of each hand that ends in the bottom, because a pocket hides its fingers, and
    lies where the new garment hangs, `worn` (h,w) 0..1."""
    found: dict[Side, Array] = {}
    for side in SIDES:
        pocketed = hand_in_pocket(body, regions, side)
        if pocketed is None:
            continue
        window = pocketed.window
        hand = regions.hands[window]
        if worn[window][hand].mean() > 0.5:
            found[side] = np.zeros(regions.hands.shape, bool)
            found[side][window] = hand
    return found


def up_to_hands(body: Body, regions: Regions) -> Body:
    """The figure with arms that end where hands in pockets begin, on whose hips cuffs lie, and hands in the cuffs of
    old sleeves, beyond which new ones would hide fingers: so do sleeves."""
    arms = dict(body.arms)
    for side, arm in body.arms.items():
        end = _hand_begins(arm, body, regions, side)
        if end is None:
            continue
        at = np.linspace(0, max(end, LEAST * float(arm.arc[-1])), len(arm.arc))
        points = np.array([on_line(arm.points, float(place)) for place in at])
        arms[side] = replace(arm, points=points, half=np.interp(at, at[-1] / arm.arc[-1] * arm.arc, arm.half))
    return replace(body, arms=arms)


def _hand_begins(arm: Limb, body: Body, regions: Regions, side: Side) -> float | None:
    """Arc length on an arm at which it ends for a sleeve; None where its wrist tells."""
    last = float(arm.arc[-1])
    wrist, way, _ = arm.at(last)
    window, pocketed = around(wrist, body.unit), hand_in_pocket(body, regions, side)
    hand = regions.hands[window]
    corner = wrist - (window[1].start, window[0].start)
    beyond = projected(hand.shape, corner, way)
    if pocketed is None:  # the other hand may be near
        hand = hand & (np.abs(projected(hand.shape, corner, np.array([-way[1], way[0]]))) < BESIDE * body.unit)
    covered = arm.seen and bool(hand.any()) and out_of_cuff(hand, regions.upper[window])
    if pocketed is None and not (covered and out_of_cuff(hand, (regions.upper & regions.arms)[window])):
        further = below_wrist(beyond[hand], body.unit) if arm.seen and hand.any() else 0.0
        return last + further if further > 0 else None
    begins = min(0.0, float(np.percentile(beyond[hand], 2)))
    if pocketed is not None and covered:  # up to there nothing is known of it
        return last + min(0.0, begins + CUFF * body.unit)
    return (last + min(0.0, begins + (CUFF * body.unit if covered else 0.0))) / LONGEST


def beside_pockets(body: Body, regions: Regions, slits: Mapping[Side, Slit]) -> Array:
    """Boolean (h,w): around hands in pockets that are seen. There hips stay, however narrow the top above them is;
    `slits`: other hands go into pockets of the top."""
    found = np.zeros(regions.hands.shape, bool)
    for side in SIDES:
        pocketed = hand_in_pocket(body, regions, side) if side not in slits else None
        if pocketed is not None:
            found[pocketed.window] = True
    return found


def without_hands(regions: Regions, hands: Mapping[Side, Array]) -> Regions:
    """Such hands go with the sleeves that end at them: arms are drawn, which fit them less than cloth fits arms."""
    for hand in hands.values():
        if not out_of_cuff(hand, regions.upper):
            continue
        regions = replace(regions, hands=regions.hands & ~hand, upper=regions.upper | hand)
    return regions


def tucked_away(body: Body, figure: Figure, hands: Mapping[Side, Array], worn: Array, skirt: bool) -> Array:
    """(h,w) 0..1: `hands` of `hidden_hands` and the forearms that they end, which go behind the cloth with them.

    A forearm that hangs beside the cloth `worn` (h,w) 0..1, or in a wide `skirt`, does so from the elbow on, one
    before a top at the wrist.
    """
    result = np.zeros(figure.arms.shape, np.float32)
    for side, hand in hands.items():
        length = float(body.arms[side].arc[-1])
        arc = figure.along["arms", side]
        forearm = (arc > 0.58 * length) & (arc < 0.86 * length) & (figure.core > 0.5)
        before = bool(forearm.any()) and float((worn[forearm] > 0.5).mean()) > 0.5
        start, end = (0.90, 0.92) if before and not skirt else (0.52, 0.68)
        share = (arc / np.float32(length) - start) / (end - start)
        crossed = ramp(2 * share - 1 + figure.inward, 0.0, EDGE)  # from its inner edge outwards, or it would fade
        result = np.maximum(result, np.maximum(crossed * (arc > 0), grow(hand, 2)))
    return result
