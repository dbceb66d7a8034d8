"""Hands whose fingers a pocket hides: a top or a dress that hangs over the pocket hangs over them too."""

from __future__ import annotations

import numpy as np

from tryon.masking.areas import dilated, eroded
from tryon.masking.maps import SEEN, Array, labelled
from tryon.types import KEYPOINT

REACH = 0.25  # of the shoulder distance: what goes less far beyond the wrist is not a whole hand (0.4 and more)
CLOTH = 0.35  # of its rim: how much of it the bottom hides at least
AROUND = 0.5  # of its rim: where so much is the bottom, its thumb does not count
THUMB = 0.045  # of the shoulder distance: more than half a thumb's width, less than half a palm's
CUFF = 0.1  # of its rim: where so much of it is cloth of the top the hand comes out of a cuff
HAND = 0.58  # of the shoulder distance: the length of a hand
HIGH = 0.15  # of the shoulder distance: how far above the wrist its key point may lie
NEAR = 0.7  # of the shoulder distance: how far a hand goes from its wrist at most


def around(wrist: Array, unit: float) -> tuple[slice, slice]:
    """The window in which the hand of a wrist, (2,) px, lies."""
    low, high = (np.maximum(wrist + sign * NEAR * unit, 0).astype(int) for sign in (-1, 1))
    return slice(low[1], high[1]), slice(low[0], high[0])


def in_pocket(hands: Array, lower: Array, wrist: Array, way: Array, unit: float) -> bool:
    """Whether the hand, `hands` (h,w) bool, beyond `wrist`, (2,) px, in the direction `way`, (2,) of length 1, ends in
    what covers the hips, `lower` (h,w) bool."""
    height, width = hands.shape
    window = around(wrist, unit)
    hand = hands[window]
    y, x = np.nonzero(hand)
    left = window[1].start + (int(x.min()) if len(x) else 0)
    if len(y) < 20 or y.max() + window[0].start > height - 4 or not 4 < left < width - 4:
        return False
    beyond = (x + window[1].start - wrist[0]) * way[0] + (y + window[0].start - wrist[1]) * way[1]
    rim = dilated(hand, 2) & ~hand
    cloth = float(lower[window][rim].mean())
    if np.percentile(beyond, 97) < REACH * unit and cloth > CLOTH:
        return True
    if cloth <= AROUND:
        return False
    palm = dilated(eroded(hand, THUMB * unit), THUMB * unit)[y, x]  # a thumb may be left outside
    return bool(palm.any() and np.percentile(beyond[palm], 97) < 1.15 * REACH * unit)


def out_of_cuff(hand: Array, upper: Array) -> bool:
    """Whether a hand, `hand` (h,w) bool, comes out of a sleeve of the top, `upper` (h,w) bool."""
    rim = dilated(hand, 3) & ~hand
    return bool((upper & rim).sum() >= CUFF * rim.sum())


def below_wrist(beyond: Array, unit: float) -> float:
    """How far, px, a hand begins below its wrist's key point, whose pixels lie `beyond` (n,) px that: no hand is longer
    than hands are. `unit`: shoulder distance, px."""
    return float(np.clip(np.percentile(beyond, 98) - HAND * unit, 0.0, HIGH * unit))


def pocketed(labels: Array, points: Array, unit: float) -> Array:
    """Boolean (h,w): hands in pockets, from labels and key points alone."""
    found = np.zeros(labels.shape, bool)
    hands = labelled(labels, ("left_hand", "right_hand", "gloves"))
    lower = labelled(labels, ("pants", "skirt", "belt", "dress", "jumpsuit"))
    for side in ("left", "right"):
        elbow, wrist = (points[KEYPOINT[f"{side}_{joint}"]] for joint in ("elbow", "wrist"))
        span = wrist[:2] - elbow[:2]
        length = float(np.hypot(*span))
        if min(elbow[2], wrist[2]) < SEEN or length < 1:
            continue
        if in_pocket(hands, lower, wrist[:2].astype(float), span / length, unit):
            window = around(wrist[:2].astype(float), unit)
            found[window] |= hands[window]
    return found
