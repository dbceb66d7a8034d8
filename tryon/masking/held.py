"""Bags and what else is held: made whole where a label map gives parts of them to the clothes behind."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded, touching
from tryon.masking.colours import ALIKE, colour_share, overlap
from tryon.masking.likeness import likeness_of
from tryon.masking.maps import BOTTOMS, CLOTH, SEEN, TOPS, Array, labelled
from tryon.types import KEYPOINT, LABEL

EDGE = 0.06  # of the shoulder distance: how far a bag's border may be off
APART = 0.3  # a bag as pale as the dress behind it keeps its label
REACH = 0.6  # of the shoulder distance: how far a bag may go on beyond what is labelled as one


def with_held(labels: NDArray[np.uint8], points: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with what was taken for a top but hangs at a hand below the top's hem made a bag."""
    upper = labelled(labels, ("upper", "coat"))
    middle = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 0].mean()
    columns = np.abs(np.arange(labels.shape[1]) - middle) < 0.25 * unit
    lowest = labels.shape[0] - upper[::-1].argmax(axis=0)
    known = columns & upper.any(axis=0)
    if known.sum() < 4:
        return labels
    hem = float(np.median(lowest[known]))
    below = upper & (np.arange(labels.shape[0])[:, None] > hem + 0.12 * unit)
    hands = labelled(labels, ("left_hand", "right_hand"))
    for side in ("left", "right"):  # a sleeve reaches the hand too, but along the arm
        ends = _forearm(points, side, hands)
        if ends is not None:
            canvas = np.zeros(labels.shape, np.uint8)
            line = [tuple(np.rint(end).astype(int).tolist()) for end in ends]
            cv2.line(canvas, line[0], line[1], 1, max(1, round(0.40 * unit)))
            below &= canvas == 0
    found = touching(below & dilated(hands, 0.5 * unit), hands, 0.25 * unit, 0.03 * unit**2)
    result = labels.copy()
    result[dilated(found, 0.06 * unit) & upper & (np.arange(labels.shape[0])[:, None] > hem - 0.05 * unit)] = LABEL[
        "bag"
    ]
    return result


def _forearm(points: Array, side: str, hands: Array) -> tuple[Array, Array] | None:
    """Both ends (x, y) of a forearm, px; a wrist that the picture's border cuts off is where one of the `hands` (h, w)
    bool is nearest to the elbow. None where the elbow or both are not seen."""
    elbow, wrist = (points[KEYPOINT[f"{side}_{joint}"]] for joint in ("elbow", "wrist"))
    if elbow[2] < SEEN or (wrist[2] < SEEN and not hands.any()):
        return None
    if wrist[2] >= SEEN:
        return elbow[:2], wrist[:2]
    there = np.argwhere(hands)[:, ::-1]
    return elbow[:2], there[np.hypot(*(there - elbow[:2]).T).argmin()]


def whole_bag(labels: NDArray[np.uint8], pixels: Array, lab: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with what of a bag was taken for the clothes behind it given back to it.

    Rother et al., "GrabCut" (2004), in the neighbourhood of what is labelled a bag, over cloth alone; nothing changes
    where the bag's colours are the clothes' own.
    """
    bag, cloth = labelled(labels, ("bag",)), labelled(labels, CLOTH)
    near = dilated(bag, REACH * unit)
    open_ = cloth & near
    core = eroded(bag, 0.02 * unit)
    far = cloth & ~dilated(bag, 0.9 * REACH * unit)
    if core.sum() < 0.004 * unit**2 or open_.sum() < 50 or far.sum() < 200:
        return labels
    if overlap(colour_share(lab, core), colour_share(lab, far)) > ALIKE:
        return labels
    window = bounds(near, 4)
    plan = np.full(labels.shape, cv2.GC_BGD, np.uint8)
    plan[open_] = cv2.GC_PR_BGD
    plan[open_ & dilated(bag, 0.35 * REACH * unit)] = cv2.GC_PR_FGD
    plan[bag] = cv2.GC_FGD
    part = np.ascontiguousarray(plan[window])
    cv2.setRNGSeed(0)
    cv2.grabCut(np.ascontiguousarray(pixels[window]), part, None, np.zeros((1, 65)), np.zeros((1, 65)), 2,
                cv2.GC_INIT_WITH_MASK)  # fmt: skip
    found = np.zeros_like(bag)
    found[window] = (part == cv2.GC_FGD) | (part == cv2.GC_PR_FGD)
    grown = touching(found & open_, bag, 2.0, 1e-3 * unit**2)
    if grown.sum() > 4 * bag.sum():
        return labels
    result = labels.copy()
    result[grown] = LABEL["bag"]
    return result


def with_fine_bag(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with a bag's border to the cloth behind it where the photo `pixels` (h,w,3) uint8 has it; `unit` is
    the shoulder distance, px."""
    bag = labelled(labels, ("bag",))
    if bag.sum() < 0.02 * unit**2:
        return labels
    window = bounds(bag, round(3 * EDGE * unit))
    part, own = labels[window], bag[window]
    core = eroded(own, EDGE * unit)
    if core.sum() < 60:
        return labels
    seen = likeness_of(part, pixels[window], own, core, core, (TOPS, BOTTOMS), EDGE * unit, False, APART)
    if not seen.told:
        return labels
    result = labels.copy()
    cloth = labelled(part, CLOTH)
    large = touching(cloth, cloth, 0, 0.02 * unit**2)
    lost = touching(own & dilated(large, EDGE * unit) & (seen.likely < 0), large, 1.5, 0)
    result[window][lost] = seen.rival[lost]
    result[window][cloth & touching(seen.likely > 0, core, 1.0, 0)] = LABEL["bag"]
    return result
