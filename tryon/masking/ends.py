"""Where a figure's ends come out of clothes: throats that labels take for faces, shoes that they take for trousers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import dilated, eroded, solid, touching
from tryon.masking.colours import ALIKE, colour_odds, colour_share, overlap
from tryon.masking.maps import BODICES, SEEN, Array, labelled
from tryon.types import KEYPOINT, LABEL

COLLAR = 0.07  # shoulder distances from a collar within which a face's label may be the throat
CHIN = 0.3  # shoulder distances above the line of the shoulders and below the nose between which chins are
MOST = 0.15  # of the shoes that a cuff may be
CUFF = 0.7  # log odds of what is no shoe
SHOES = ("left_shoe", "right_shoe")


def with_throat(labels: NDArray[np.uint8], points: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with a face's label that goes down to a collar, well below the chin, made neck.

    A face is never painted over: rims of a red collar that it touches would stay. `unit`: shoulder distance, px.
    """
    chin = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 1].mean() - CHIN * unit
    nose = points[KEYPOINT["nose"]]
    if nose[2] >= SEEN:
        chin = max(chin, nose[1] + CHIN * unit)
    low = labelled(labels, ("face",)) & (np.arange(labels.shape[0])[:, None] > chin)
    if not low.any():
        return labels
    result = labels.copy()
    result[low & dilated(labelled(labels, BODICES), COLLAR * unit)] = LABEL["neck"]
    return result


def with_shoes(labels: NDArray[np.uint8], lab: Array, points: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with what is labelled trousers at a foot but has the colours of the shoes given to them, and cuffs
    that are labelled shoes to the trousers.

    `lab` (h,w,3) uint8 is the photo in Lab. Trousers of the shoes' colours keep what they have.
    """
    trousers, shoes = labelled(labels, ("pants",)), labelled(labels, SHOES)
    ankles = {name: points[KEYPOINT[f"{name[:-5]}_ankle"]] for name in SHOES}
    ankles = {name: ankle for name, ankle in ankles.items() if ankle[2] >= SEEN}
    if not shoes.any() or not ankles:
        return labels
    rows = np.arange(labels.shape[0])[:, None]
    high = min(ankle[1] for ankle in ankles.values())
    cloth = eroded(trousers, 0.03 * unit) & (rows < high - 0.05 * unit) & (rows > high - unit)
    leather = eroded(shoes, 0.02 * unit)
    if min(cloth.sum(), leather.sum()) < 60:
        return labels
    own, other = colour_share(lab, leather), colour_share(lab, cloth)
    if overlap(own, other) > ALIKE:
        return labels
    odds = colour_odds(lab, own, other, 3e-4)
    score = cv2.GaussianBlur(odds, (0, 0), max(0.8, 0.02 * unit))
    result = labels.copy()
    for name, ankle in ankles.items():
        shoe = labelled(labels, (name,))
        near = trousers & (rows > ankle[1] - 0.15 * unit) & dilated(shoe, 0.4 * unit)
        found = touching(solid(near & (score > 0.3), max(1.0, 0.02 * unit)), shoe, 2.0, 2e-3 * unit**2)
        laces = ~dilated(~dilated(found | shoe, 0.04 * unit), 0.04 * unit) & near & (score > -1.5)
        result[found | (laces & dilated(found, 0.04 * unit))] = LABEL[name]
    cuffs = shoes & (odds < -CUFF) & dilated(trousers, 0.15 * unit)
    cuffs = touching(cuffs, trousers, 2.0, 0)
    if cuffs.sum() < MOST * shoes.sum():  # a shoe that has another's colours is a shoe
        result[cuffs] = LABEL["pants"]
    return result
