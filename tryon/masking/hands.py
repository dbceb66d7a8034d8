"""Hands and bare arms cut out along the photo's own edges: a label map rounds fingers off and fills the gaps between
them, and gives strips of cloth to the arms beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, compact, dilated, eroded, touching
from tryon.masking.likeness import Likeness, likeness_of
from tryon.masking.maps import BOTTOMS, CLOTH, TOPS, Array, labelled
from tryon.types import LABEL

REACH = 0.06  # shoulder distances: how far a hand may go on beyond its label
FIRM = 0.04  # shoulder distances inside the label, and near the arm, it is surely a hand
SLENDER = 0.5  # of that, and REACH by it, where only a strip of it is seen
LEAST = 100  # pixels that tell its colours
GAP = 0.015  # shoulder distances: gaps between fingers are wider than twice this, nails and creases are not
NAIL = 0.005  # squared shoulder distances: more than the area of a nail, which may have the colours of cloth
HANDLE = 0.3  # shoulder distances from a bag to the hand that holds its handle
BAND = 0.08  # shoulder distances by which an arm's label may be wrong beside cloth
AROUND = (TOPS, BOTTOMS, ("background",), ("bag",))
KEPT = ("face", "hair", "bag", "left_hand", "right_hand", "left_leg", "right_leg", "gloves")  # no hand grows over them


def with_fine_limbs(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with hands and bare arms that follow the photo `pixels` (h,w,3) uint8; `unit` is the shoulder
    distance, px.

    Their colours against those around them, smoothed along the picture's edges; where they are the same the labels
    stay as they are.
    """
    result = labels.copy()
    with ThreadPoolExecutor(2) as pool:  # OpenCV lets two threads work at once
        for work, name in ((_fine_arm, "arm"), (_fine_hand, "hand")):
            masks = {side: labelled(result, (f"{side}_{name}",)) for side in ("left", "right")}
            sides = [side for side, mask in masks.items() if mask.sum() > 0.01 * unit**2]
            windows = [bounds(masks[side], round(0.2 * unit)) for side in sides]
            parts = pool.map(work, [result[w] for w in windows], [pixels[w] for w in windows], sides, [unit] * 2)
            for window, part, old in zip(windows, parts, [result[w].copy() for w in windows], strict=True):
                result[window] = np.where(part != old, part, result[window])
    return result


def _fine_hand(labels: Array, pixels: Array, side: str, unit: float) -> NDArray[np.uint8]:
    """A window of the label map around a hand with that hand cut out."""
    arm, limb = labelled(labels, (f"{side}_arm",)), labelled(labels, (f"{side}_arm", f"{side}_hand"))
    inner, reach = eroded(limb, FIRM * unit), REACH * unit
    slender = inner.sum() < LEAST
    if slender:  # a skirt hides most of it, and labels see still less
        inner, reach = eroded(limb, SLENDER * FIRM * unit), reach / SLENDER
    firm = inner & (arm | dilated(arm, 0.25 * unit))
    likeness = likeness_of(labels, pixels, limb, firm, firm if firm.sum() > LEAST else inner, AROUND, reach)
    result = _exchanged(labels, likeness, inner, side, unit)
    won = labelled(result, (f"{side}_hand",)) & ~limb
    if slender and won.any():  # along all of the forearm
        _, place = cv2.distanceTransformWithLabels(
            (~limb).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        own = np.zeros(int(place.max()) + 1, np.uint8)
        own[place[limb]] = labels[limb]
        result[won] = own[place[won]]
    return result


def _fine_arm(labels: Array, pixels: Array, side: str, unit: float) -> NDArray[np.uint8]:
    """A window of the label map around a bare arm with cloth beside it told from it, on every other pixel."""
    step = 2 if unit > 120 else 1
    size = (labels.shape[1] // step, labels.shape[0] // step)
    few = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    limb = labelled(few, (f"{side}_arm", f"{side}_hand"))
    core = eroded(limb, BAND * unit / step)
    if (core & labelled(few, (f"{side}_arm",))).sum() < 0.2 * limb.sum():  # hardly seen beside the trunk
        core = eroded(limb, 0.4 * BAND * unit / step)
    if core.sum() < 60:
        return labels
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    likeness = likeness_of(few, small, limb, core, core, AROUND[:2], REACH * unit / step)
    if not likeness.told:
        return labels
    seen = np.where(touching(likeness.likely > 0, core, 1.0, 0), likeness.likely, np.minimum(likeness.likely, -0.1))
    likely = cv2.resize(seen, labels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    limb = labelled(labels, (f"{side}_arm", f"{side}_hand"))
    arm, cloth = labelled(labels, (f"{side}_arm",)), labelled(labels, CLOTH)
    result = labels.copy()
    place = cv2.distanceTransformWithLabels(limb.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)[1]
    beside = np.zeros(int(place.max()) + 1, np.uint8)
    beside[place[~limb]] = labels[~limb]
    lost = arm & (likely < 0) & labelled(beside[None], CLOTH)[0][place]
    if lost.sum() > 0.5 * arm.sum():
        return labels
    result[lost] = beside[place[lost]]
    result[cloth & (likely > 0)] = LABEL[f"{side}_arm"]
    return result


def _exchanged(labels: Array, likeness: Likeness, inner: Array, side: str, unit: float) -> NDArray[np.uint8]:
    """A window of the label map with the hand where it is likely and goes on from the `inner` (h,w) bool of its
    limb."""
    hand, limb = labelled(labels, (f"{side}_hand",)), labelled(labels, (f"{side}_arm", f"{side}_hand"))
    seen = touching(likeness.likely > 0, inner, 1.0, 0)
    seen |= compact(~seen, NAIL * unit**2)
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
