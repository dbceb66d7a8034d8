"""Trousers of about the skin's colour are not taken for bare legs, and shorts end above legs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.legs import with_whole_trousers
from tryon.types import LABEL

UNIT = 80.0
SKIN, BEIGE, BLUE = (205, 155, 130), (205, 188, 160), (60, 80, 140)


@pytest.mark.parametrize(
    ("pants", "legs", "side_by_side", "whole"),
    [(BEIGE, BEIGE, True, True), (BEIGE, BEIGE, False, False), (BLUE, SKIN, True, False), (BEIGE, SKIN, True, False),
     (SKIN, SKIN, True, False)],
)  # fmt: skip
def test_legs_beside_trousers_of_their_colour(
    pants: tuple[int, ...], legs: tuple[int, ...], side_by_side: bool, whole: bool
) -> None:
    labels, pixels = np.zeros((300, 200), np.uint8), np.full((300, 200, 3), 230, np.uint8)
    labels[10:60, 70:130], pixels[10:60, 70:130] = LABEL["face"], SKIN
    area = np.s_[150:290, 60:100] if side_by_side else np.s_[100:150, 60:140]
    labels[150:290, 60:140], pixels[150:290, 60:140] = LABEL["left_leg"], legs
    labels[area], pixels[area] = LABEL["pants"], pants
    result = with_whole_trousers(labels, cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), UNIT)
    assert (result != labels).any() == whole
    if whole:
        assert not (result == LABEL["left_leg"]).any()
        np.testing.assert_array_equal(result == LABEL["face"], labels == LABEL["face"])
