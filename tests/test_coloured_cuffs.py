"""Cuffs of another colour than their sleeve, which a label map gives to the hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.cuffs import with_cuffs
from tryon.types import LABEL

SKIN, SLEEVE = (190, 140, 115), (40, 40, 60)


def arm(cuff: tuple[int, int, int], gap: int = 0, width: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """A hanging sleeve, a band of `cuff`'s colour `gap` px below it, and a hand: labels and CIELAB, (140,80)."""
    labels, pixels = np.zeros((140, 80), np.uint8), np.full((140, 80, 3), 220, np.uint8)
    labels[:80, 28:52], pixels[:80, 28:52] = LABEL["upper"], SLEEVE
    labels[80:130, 28:52], pixels[80:130, 28:52] = LABEL["left_hand"], SKIN
    pixels[80 + gap : 92 + gap, 28 : 28 + width] = cuff
    return labels, cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)


@pytest.mark.parametrize("cuff", [(225, 180, 40), (40, 160, 90), (230, 60, 140)])
def test_a_cuff_is_the_sleeves(cuff: tuple[int, int, int]) -> None:
    labels, lab = arm(cuff)
    found = with_cuffs(labels, lab, 100.0)
    assert (found[80:91, 29:51] == LABEL["upper"]).mean() > 0.95
    assert (found[97:] == labels[97:]).all()


@pytest.mark.parametrize(
    ("cuff", "gap", "width"),
    [
        ((225, 180, 40), 10, 24),  # a bracelet with skin above it
        ((225, 180, 40), 0, 9),  # a ribbon at one side
        ((160, 112, 90), 0, 24),  # the sleeve's shadow
        (SKIN, 0, 24),
    ],
)
def test_what_is_no_cuff_stays(cuff: tuple[int, int, int], gap: int, width: int) -> None:
    labels, lab = arm(cuff, gap, width)
    assert (with_cuffs(labels, lab, 100.0) == labels).all()
