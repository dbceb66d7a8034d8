"""Trousers of about the colour of skin, of which a label map gives parts to bare legs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import dilated, eroded
from tryon.masking.maps import Array, labelled
from tryon.types import LABEL

LIGHT = 0.5  # of a difference in lightness counts: legs lie in their own shade
ALIKE = 7.0  # 8-bit CIELAB: what belongs to one cloth
UNLIKE = 6.0  # so much further away is the person's skin


def with_whole_trousers(labels: Array, lab: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) in which bare legs beside trousers, of their colour and not of the skin's, are trousers.

    `lab` (h,w,3) uint8 CIELAB of the photo; `unit` the shoulder distance, px. Below shorts legs stay: only what lies at
    the same heights as the cloth is of it.
    """
    pants, legs = labelled(labels, ("pants",)), labelled(labels, ("left_leg", "right_leg"))
    rows = legs.any(axis=1)
    if not rows.any() or (rows & pants.any(axis=1)).sum() < 0.6 * rows.sum():
        return labels
    bare = labelled(labels, ("face", "neck", "left_arm", "right_arm", "left_hand", "right_hand"))
    areas = (
        eroded(pants, 0.02 * unit),
        eroded(legs, 0.02 * unit) & dilated(pants, 0.5 * unit),
        eroded(bare, 0.02 * unit),
    )
    if min(area.sum() for area in areas) < 0.01 * unit**2:
        return labels
    weight = np.array([LIGHT, 1.0, 1.0])
    cloth, limb, skin = (np.median(lab[area], axis=0) * weight for area in areas)
    off = float(np.linalg.norm(limb - cloth))
    if off > ALIKE or float(np.linalg.norm(limb - skin)) < off + UNLIKE:
        return labels
    result = labels.copy()
    result[legs] = LABEL["pants"]
    return result
