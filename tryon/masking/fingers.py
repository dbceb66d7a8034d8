"""Hands before bare thighs, which have their colours, their shadows on pale cloth, and gaps between fingers that were
found in part only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded, hands_around, touching
from tryon.masking.maps import CLOTH, Array, labelled
from tryon.types import LABEL

ROOM = 0.10  # shoulder distances around a hand that are looked at
SURE = 0.025  # shoulder distances inside its label that a hand is surely one: less than half a finger's width
EVEN = 85  # percentile of the steps in a hand above which one may be its edge
NEAR = 0.25  # shoulder distances from a leg's label in which a hand's may be the leg
DARK = 0.5  # of a hand's median light, below which it is the shadow beside it
MOST = 0.3  # share of a hand that is not lost
AROUND = 0.09  # shoulder distances from what was found of a gap to its edge
SKIN = 0.5  # of the way from a gap's hue to the hand's from which on it is the hand
GAP = (3e-4, 0.03)  # squared shoulder distances: more than a light on a nail, and more than a gap between fingers
APART = 8.0  # 8-bit Lab a, b between two hues that are told apart
CLEAR, LEAST = 0.04, 60  # shoulder distances from a hand from which on cloth has its own hue; pixels that tell it
SHADE = (0.58, 0.70)  # of the way from that hue to the hand's, up to which pixels are surely cloth in shade, or may be
TURNED = (0.58, 0.70)  # the same of the angle between their hues, which tells what is lighter than skin as well
COLOURFUL, TURN = 8.0, 0.35  # 8-bit Lab a, b: greyer has no hue that tells; radians between hues that are told apart
GREY = 0.4  # of a hand's colourfulness below which nothing is skin
PALE = 0.4  # of the way from the hand's light to pale cloth's, up to which shade on that may be light
SPECK = 2.5e-4  # squared shoulder distances: less tells nothing
SHRED = 2e-3  # squared shoulder distances: less than a finger
LEGS = ("left_leg", "right_leg")


def with_whole_fingers(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) whose hands end where their edges are in the photo `pixels` (h,w,3) uint8: before bare legs, and
    around gaps between their fingers; `unit` is the shoulder distance, px."""
    result = labels.copy()
    for side, hand, window in hands_around(labels, unit, ROOM):
        picture = np.ascontiguousarray(pixels[window])
        lab = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), 3).astype(np.float32)
        _off_cloth(result[window], lab, side, unit)
        _off_legs(result[window], picture, side, unit)
        _off_grey(result[window], lab, side, unit)
        _wider_gaps(result[window], pixels[window], side, unit)
        _without_shreds(result[window], hand[window], side, unit)
    return result


def _off_legs(labels: NDArray[np.uint8], pixels: Array, side: str, unit: float) -> None:
    """Gives what of a hand's label is the thigh behind it to the leg, in place.

    A thigh has the hand's colours. From what is surely the one and the other both are flooded up to the edge between
    them (Meyer, "Topographic distance and watershed lines", 1994).
    """
    hand, legs = labelled(labels, (f"{side}_hand",)), labelled(labels, LEGS)
    near = hand & dilated(legs, NEAR * unit)
    if not (near & dilated(legs, 2)).any():
        return
    limb, own = labelled(labels, (f"{side}_arm", f"{side}_hand")), LABEL[f"{side}_hand"]
    marks = np.where(limb, 0, labels.astype(np.int32) + 1)
    even = cv2.medianBlur(pixels, 3)
    steps = cv2.morphologyEx(even, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=2)
    sure, palm = eroded(limb, SURE * unit), limb & ~near
    smooth = sure & (steps <= np.percentile(steps[sure], EVEN))
    marks[touching(smooth | palm, palm, 1.0, 0)] = own + 1
    found = cv2.watershed(even, marks) - 1
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    dark = near & (light < DARK * float(np.median(light[hand])))
    lost = near & ((found == LABEL["left_leg"]) | (found == LABEL["right_leg"])) | touching(dark, legs, 1.5, 0)
    lost |= near & ~dilated(eroded(limb & ~lost, 1.5), 2)  # shreds
    if lost.sum() < MOST * hand.sum():
        labels[lost] = np.bincount(labels[legs]).argmax()


def _off_cloth(labels: NDArray[np.uint8], lab: Array, side: str, unit: float) -> None:
    """Gives what of a hand's label has the hue of the cloth around it to that cloth, in place. `lab` (h,w,3) float32:
    the photo, 8-bit Lab."""
    limb, hand = labelled(labels, (f"{side}_arm", f"{side}_hand")), labelled(labels, (f"{side}_hand",))
    cloth = labelled(labels, CLOTH)
    clear, core = cloth & ~dilated(hand, CLEAR * unit), eroded(limb, SURE * unit)
    if min(clear.sum(), core.sum()) < LEAST:
        return
    there, skin = np.median(lab[clear], axis=0), np.median(lab[core], axis=0)
    if there[0] < skin[0]:  # on darker cloth a hand's own shades and nails may have its hue
        return
    for told in (_shade(lab, there, skin), _turned(lab[..., 1:], there[1:], skin[1:])):
        sure, like = (cv2.medianBlur((hand & plane).astype(np.uint8), 3) > 0 for plane in told)
        lost = touching(like, touching(sure, cloth, 3.0, SPECK * unit**2), 0.0, SPECK * unit**2)
        beside = labels[cloth & dilated(lost, 2)]
        if beside.size and lost.sum() < MOST * hand.sum():
            labels[lost] = np.bincount(beside).argmax()


def _shade(lab: Array, there: Array, skin: Array) -> tuple[Array, Array]:
    """Boolean (h,w) twice: what of `lab` (h,w,3) float32 is surely, or may be, the shadow of a hand of the colour
    `skin` (3,) on pale cloth, `there` (3,): a shadow is as light as skin may be, but has the cloth's hue."""
    way = skin[1:] - there[1:]
    if way @ way < APART**2:
        return np.zeros(lab.shape[:2], bool), np.zeros(lab.shape[:2], bool)
    share = (lab[..., 1:] - there[1:]) @ way / (way @ way)
    dim = lab[..., 0] < skin[0] + PALE * (there[0] - skin[0])  # nails and lights on knuckles are paler
    return dim & (share < SHADE[0]), dim & (share < SHADE[1])


def _turned(hue: Array, there: Array, skin: Array) -> tuple[Array, Array]:
    """Boolean (h,w) twice: where `hue` (h,w,2) float32 Lab a, b is surely, or may be, turned from that of the `skin`
    (2,) to that of cloth, `there` (2,): light and shade change how colourful cloth is, hardly its hue."""
    far, own, seen = (at[..., 0] - 128 + 1j * (at[..., 1] - 128) for at in (there, skin, hue))
    turn = float(np.angle(far * np.conj(own)))
    if min(abs(far), abs(own)) < COLOURFUL or abs(turn) < TURN:
        return np.zeros(hue.shape[:2], bool), np.zeros(hue.shape[:2], bool)
    share = 1 - np.angle(seen * np.conj(own)) / turn
    clear = np.abs(seen) > COLOURFUL
    return clear & (share < TURNED[0]), clear & (share < TURNED[1])


def _off_grey(labels: NDArray[np.uint8], lab: Array, side: str, unit: float) -> None:
    """Gives what of a hand's label is grey and no lighter than skin to what is beside it there, in place: frays, and a
    wall in the shade, seen between thumb and fingers. `lab` as of `_off_cloth`."""
    limb, hand = labelled(labels, (f"{side}_arm", f"{side}_hand")), labelled(labels, (f"{side}_hand",))
    core = eroded(limb, SURE * unit)
    if core.sum() < LEAST:
        return
    chroma = np.hypot(lab[..., 1] - 128, lab[..., 2] - 128)
    grey = hand & (chroma < GREY * float(np.median(chroma[core]))) & (lab[..., 0] < float(np.median(lab[core][:, 0])))
    beside = touching(~limb, ~limb, 0.0, GAP[0] * unit**2)  # no light on a nail
    lost = touching(cv2.medianBlur(grey.astype(np.uint8), 3) > 0, beside, 2.0, SPECK * unit**2)
    around = labels[dilated(lost, 3) & ~limb]
    if around.size and lost.sum() < MOST * hand.sum():
        labels[lost] = np.bincount(around).argmax()


def _wider_gaps(labels: NDArray[np.uint8], pixels: Array, side: str, unit: float) -> None:
    """Gives what has the hue of a gap around it to that gap, in place: what is seen through it lies in the shade."""
    hand = labelled(labels, (f"{side}_hand",))
    count, index, stats, _ = cv2.connectedComponentsWithStats((~hand).astype(np.uint8))
    height, width = hand.shape
    for k in range(1, count):
        x, y, wide, high, area = stats[k]
        if not GAP[0] <= area / unit**2 <= GAP[1] or min(x, y) < 1 or x + wide >= width or y + high >= height:
            continue
        window = bounds(index == k, round(AROUND * unit))
        gap, own = index[window] == k, hand[window]
        hue = cv2.cvtColor(np.ascontiguousarray(pixels[window]), cv2.COLOR_RGB2LAB)[..., 1:].astype(np.float32)
        there, skin = np.median(hue[gap], axis=0), np.median(hue[own], axis=0)
        way = skin - there
        if way @ way < APART**2:
            continue
        like = ((hue - there) @ way < SKIN * (way @ way)) & (own | gap)
        like = touching(cv2.medianBlur(like.astype(np.uint8), 3) > 0, gap, 1.0, 0) & dilated(gap, AROUND * unit)
        labels[window][like & own] = np.bincount(labels[window][gap]).argmax()


def _without_shreds(labels: NDArray[np.uint8], before: Array, side: str, unit: float) -> None:
    """Gives what a hand, which was `before` (h,w) bool, has lost its hold of to what is around it, in place."""
    hand = labelled(labels, (f"{side}_hand",))
    if hand.sum() == before.sum():
        return
    limb = labelled(labels, (f"{side}_arm", f"{side}_hand"))
    count, index, stats, _ = cv2.connectedComponentsWithStats(limb.astype(np.uint8), connectivity=4)
    for k in range(1, count):
        if stats[k, cv2.CC_STAT_AREA] < SHRED * unit**2:
            part = index == k
            around = dilated(part, 2) & ~limb
            labels[part & before] = np.bincount(labels[around]).argmax()
