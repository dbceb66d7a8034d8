"""The maker's label in a neck: found on plain cloth, not on patterns, and nothing breaks where it sits high."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.parsing.garment_inside import ABOVE, ASIDE, UNIT, Crop, front_neckline, shows
from tryon.parsing.garment_label import neck_label


def crop(top: float, bottom: float, pattern: bool = False) -> Crop:
    """A green neck region that begins a little below the neck points, or above them, with a black label in it."""
    shape = (round(6.1 * UNIT), round(2 * ASIDE * UNIT))
    y, x = (np.arange(n) / UNIT - o for n, o in zip(shape, (ABOVE, ASIDE), strict=True))
    lab = np.full((*shape, 3), (60.0, -40.0, 10.0), np.float32)
    lab[(y[:, None] > top + 0.1) & (y[:, None] < bottom) & (np.abs(x) < 0.25)] = (5.0, 0.0, 0.0)
    if pattern:
        lab[:, (np.arange(shape[1]) // 6) % 2 == 0] = (95.0, 0.0, 0.0)
    solid = np.broadcast_to(y[:, None] > top, shape).copy()
    return Crop(lab=lab, solid=solid, matrix=np.eye(2, 3), top=np.full(shape[1], solid.argmax(axis=0)[0]))


@pytest.mark.parametrize(("top", "bottom"), [(0.15, 0.5), (-0.6, -0.3)], ids=["crew", "tall collar"])
def test_a_label_lies_above_the_front_neckline(top: float, bottom: float) -> None:
    region = crop(top, bottom)
    label = neck_label(region.lab, region.solid, UNIT, ASIDE * UNIT, ABOVE * UNIT)
    assert label is not None and abs(label[3] - bottom) < 0.1
    found = front_neckline(region)
    assert found.labelled and shows(region, found) and found.depth > bottom


def test_spots_of_a_pattern_are_none() -> None:
    region = crop(0.15, 0.5, pattern=True)
    assert neck_label(region.lab, region.solid, UNIT, ASIDE * UNIT, ABOVE * UNIT) is None
