"""Hands cut out along the photo's own edges: a label map rounds fingers off and fills the gaps between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded, touching
from tryon.masking.colours import colour_odds, colour_share
from tryon.masking.maps import Array, labelled
from tryon.types import LABEL

REACH = 0.06  # shoulder distances: how far a hand may go on beyond its label
FIRM = 0.04  # shoulder distances inside the label, and near the arm, it is surely a hand
CLEAR = 5.0  # log odds of what is no question
HUE = 9.0  # 8-bit Lab: skin of one person differs less in a and b
HUED = 1.5  # log odds
PRIOR = 0.5  # log odds by which the label map is believed
ALIKE = 0.5  # Bhattacharyya's coefficient of two areas' colours from which on they tell nothing
GAP = 0.015  # shoulder distances: gaps between fingers are wider than twice this, nails and creases are not
HANDLE = 0.3  # shoulder distances from a bag to the hand that holds its handle
CLOTH = ("upper", "coat", "dress", "jumpsuit", "pants", "skirt", "belt", "scarf")
AROUND = (CLOTH, ("background",), ("bag",))
KEPT = ("face", "hair", "bag", "left_hand", "right_hand", "left_leg", "right_leg", "gloves")  # no hand grows over them


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How the pixels in a window around a hand look; all planes (h,w)."""

    likely: Array  # float32 log odds that it is of the hand or its arm
    rival: Array  # uint8: the label that it has otherwise, by its colour
    strange: Array  # bool: of quite another hue than the hand


def with_fine_hands(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with hands that follow the photo `pixels` (h,w,3) uint8; `unit` is the shoulder distance, px.

    The colours of a hand and its wrist against those around it, smoothed along the picture's edges; where they are the
    same the labels stay as they are.
    """
    sides = [side for side in ("left", "right") if labelled(labels, (f"{side}_hand",)).sum() > 0.01 * unit**2]
    result = labels.copy()
    windows = [bounds(labelled(labels, (f"{side}_hand",)), round(0.2 * unit)) for side in sides]
    with ThreadPoolExecutor(2) as pool:  # OpenCV lets two threads work at once
        seen = pool.map(lambda window, side: _likeness(labels[window], pixels[window], side, unit), windows, sides)
        for window, side, likeness in zip(windows, sides, seen, strict=True):
            result[window] = _exchanged(result[window], likeness, side, unit)
    return result


def _likeness(labels: Array, pixels: Array, side: str, unit: float) -> Likeness:
    """How a window around a hand looks."""
    arm, limb = labelled(labels, (f"{side}_arm",)), labelled(labels, (f"{side}_arm", f"{side}_hand"))
    inner = eroded(limb, FIRM * unit)
    firm = inner & (arm | dilated(arm, 0.25 * unit))
    core = firm if firm.sum() > 100 else inner
    likely, rival = np.where(limb, CLEAR, -CLEAR).astype(np.float32), np.zeros(labels.shape, np.uint8)
    strange = np.zeros_like(limb)
    if core.sum() < 60:
        return Likeness(likely=likely, rival=rival, strange=strange)
    lab = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB)
    skin, away = colour_share(lab, core), ~dilated(limb, 0.5 * REACH * unit)
    near = dilated(limb, REACH * unit)
    window = bounds(near, 4)
    part, own = lab[window], limb[window]
    odds, told = np.full(own.shape, CLEAR, np.float32), own.copy()
    for group in AROUND:
        beside = labelled(labels, group) & away
        if beside.sum() < 60:
            continue
        share = colour_share(lab, beside)
        apart = 1 - float(np.sqrt(skin * share).sum()) / ALIKE
        if apart > 0:
            other = apart * colour_odds(part, skin, share, 1e-4)
            rival[window][other < odds] = np.bincount(labels[beside]).argmax()
            odds = np.minimum(odds, other)
            told |= labelled(labels[window], group)
    odds = np.maximum(odds, -CLEAR) + np.where(own, PRIOR, -PRIOR).astype(np.float32)
    odds[firm[window]], odds[~near[window] | ~told] = CLEAR, -CLEAR
    # A palm may have colours of what is around, but not its hue.
    hue = np.linalg.norm(part[..., 1:].astype(np.float32) - np.median(lab[core][:, 1:], axis=0), axis=2)
    odds[own & (hue < HUE)] += HUED
    likely[window], strange[window] = along_edges(part.astype(np.float32), odds, 3, 30.0), hue > 1.5 * HUE
    return Likeness(likely=likely, rival=rival, strange=strange)


def along_edges(guide: Array, plane: Array, radius: int, noise: float) -> Array:
    """`plane` (h,w) float32 smoothed along the edges of `guide` (h,w,3) float32: the mean of He et al., "Guided image
    filtering" (2010), by each channel; `noise` is the variance that is none."""

    def box(values: Array) -> Array:
        return cv2.boxFilter(values, -1, (2 * radius + 1, 2 * radius + 1))

    result, mean = np.zeros_like(plane), box(plane)
    for channel in cv2.split(guide):
        level = box(channel)
        slope = (box(channel * plane) - level * mean) / (box(channel * channel) - level * level + noise)
        result += box(slope) * channel + box(mean - slope * level)
    return result / 3


def _exchanged(labels: Array, likeness: Likeness, side: str, unit: float) -> NDArray[np.uint8]:
    """A window of the label map with the hand where it is likely."""
    hand, limb = labelled(labels, (f"{side}_hand",)), labelled(labels, (f"{side}_arm", f"{side}_hand"))
    seen = touching(likeness.likely > 0, eroded(limb, FIRM * unit), 1.0, 0)
    lost, won = hand & ~seen, seen & ~limb & ~labelled(labels, KEPT)
    result = labels.copy()
    handle = lost & dilated(labelled(labels, ("bag",)), HANDLE * unit)  # may have the colours of what is behind it
    result[handle] = LABEL["bag"]
    lost &= ~handle
    if max(lost.sum(), won.sum()) > 0.5 * hand.sum() or limb.all():
        return result
    _give_rims(result, lost, limb, likeness.rival)
    _open_gaps(result, lost, hand, limb, likeness, unit)
    result[won] = LABEL[f"{side}_hand"]
    return result


def _give_rims(labels: Array, lost: Array, limb: Array, rival: Array) -> None:
    """Gives what of a rim is no hand, `lost` (h,w) bool, to what lies beside the `limb` (h,w) bool there, in place."""
    count, index, stats, _ = cv2.connectedComponentsWithStats(lost.astype(np.uint8))
    rim = np.bincount(index[dilated(~limb, 1.0)], minlength=count) > 0
    _, place = cv2.distanceTransformWithLabels(limb.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    beside = np.zeros(int(place.max()) + 1, np.uint8)
    beside[place[~limb]] = labels[~limb]
    wall = np.bincount(index[(rival == 0) & (beside[place] != 0)], minlength=count) / stats[:, cv2.CC_STAT_AREA]
    given = lost & (rim & (wall < 0.9))[index]  # a nail may have the wall's colour where there is none
    labels[given] = beside[place[given]]


def _open_gaps(labels: Array, lost: Array, hand: Array, limb: Array, likeness: Likeness, unit: float) -> None:
    """Gives gaps between fingers to what is seen through them, in place."""
    odd = hand & (lost | likeness.strange)
    count, index, stats, _ = cv2.connectedComponentsWithStats(odd.astype(np.uint8))
    rim = np.bincount(index[dilated(~limb, 1.0)], minlength=count) > 0
    wide = np.bincount(index[eroded(odd, GAP * unit)], minlength=count) > 0  # no crease, no nail
    clear = np.bincount(index[lost], minlength=count) > 0.3 * stats[:, cv2.CC_STAT_AREA]
    for k in np.flatnonzero(wide & clear & ~rim):
        gap = odd & (index == k)
        labels[gap] = np.bincount(likeness.rival[gap]).argmax()
