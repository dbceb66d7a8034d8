"""Hair that lies over a garment, cut out along the photo's own edges: a label map gives it collars and what is seen
between its strands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded, largest, touching
from tryon.masking.colours import ALIKE, colour_odds, colour_share, overlap
from tryon.masking.likeness import along_edges
from tryon.masking.maps import TOPS, Array, labelled

REACH = 0.14  # shoulder distances into the hair, where a collar may have been taken for it
SURE = 1.5  # log odds
PIECE = 0.1  # squared shoulder distances: the most of a piece of wall between hair, neck and shoulder
CRUMB = 2e-4  # the same of what is left of it beside it
BESIDE = 0.15  # shoulder distances beside it in which its colour is the wall's
WALL = 8.0  # 8-bit levels that it differs from the wall's
MIXED = 4.0  # times as much where the lens mixed it with skin
RIM = 0.05  # shoulder distances along it in which the neck's label may lie over wall


def with_fine_hair(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with hair and cloth told apart where they meet; `pixels` (h,w,3) uint8 RGB, `unit` the shoulder
    distance, px. Where both have the same colours the labels stay as they are."""
    hair, cloth = labelled(labels, ("hair",)), labelled(labels, TOPS)
    meeting = dilated(hair, 2.0) & dilated(cloth, 2.0)
    if meeting.sum() < 0.1 * unit:
        return labels
    window = bounds(meeting, round(0.4 * unit))
    hair, cloth, part = hair[window], cloth[window], labels[window]
    firm, garment = eroded(hair, 0.5 * REACH * unit), eroded(cloth, 0.05 * unit)
    if min(firm.sum(), garment.sum()) < 100:
        return labels
    lab = cv2.cvtColor(np.ascontiguousarray(pixels[window]), cv2.COLOR_RGB2LAB)
    shares = colour_share(lab, firm), colour_share(lab, garment)
    if overlap(*shares) > ALIKE:
        return labels
    odds = np.clip(colour_odds(lab, *shares, 1e-4), -4, 4) + np.where(hair, 0.5, -0.5).astype(np.float32)
    odds = along_edges(lab.astype(np.float32), odds, 2, 30.0)
    lost = touching(hair & dilated(cloth, REACH * unit) & (odds < -SURE), cloth, 1.5, 6)
    result, fixed = labels.copy(), part.copy()
    fixed[lost] = np.bincount(part[cloth]).argmax()
    result[window] = fixed
    return result


def without_wall_under_hair(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) without pieces of a top beside the neck under hair, apart from the top, that have the colour of the
    wall beside them in the photo `pixels` (h,w,3) uint8: before a pale wall white is worn often. `unit`: shoulder
    distance, px."""
    hair, neck = labelled(labels, ("hair",)), labelled(labels, ("neck",))
    if not hair.any() or not neck.any():
        return labels
    window = bounds(hair | neck, round(BESIDE * unit))
    cloth = labelled(labels[window], TOPS)
    count, index, stats, _ = cv2.connectedComponentsWithStats(cloth.astype(np.uint8))
    found = np.zeros(cloth.shape, bool)
    for k in range(1, count):
        if stats[k, cv2.CC_STAT_AREA] > PIECE * unit**2:
            continue
        piece = index == k
        wall, around = dilated(piece, BESIDE * unit) & (labels[window] == 0), dilated(piece, 2.0)
        if not all((around & side).any() for side in (hair[window], neck[window], wall)):
            continue
        colour, own = (np.median(pixels[window][part], axis=0) for part in (wall, piece))
        if np.abs(colour - own).max() < WALL:
            # Its label lies over the edge of the neck, too.
            pale = largest(np.abs(pixels[window].astype(np.float32) - colour)) < MIXED * WALL
            found |= piece | (dilated(piece, RIM * unit) & neck[window] & pale)
    result = labels.copy()
    crumbs = np.append(True, stats[1:, cv2.CC_STAT_AREA] < CRUMB * unit**2)[index] & dilated(found, 0.5 * BESIDE * unit)
    result[window][found | (crumbs & cloth)] = 0
    return result
