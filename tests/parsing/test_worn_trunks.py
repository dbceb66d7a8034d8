"""The trunk of a garment that somebody wears: its rows, and what of trousers and wall is taken for it beside arms."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.parsing.garment_below import below_hem
from tryon.parsing.garment_joints import askew
from tryon.parsing.garment_worn import _gaps
from tryon.parsing.landmarks import Points

WHITE, BLUE, BROWN = (95.0, 0.0, 0.0), (50.0, -2.0, -25.0), (20.0, 5.0, 5.0)


def hemmed(scrap: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A brown top with a white hem over blue trousers, an arm at its left, and there a `scrap` below the hem that is
    labelled as top: picture (200,200,3) CIE Lab, top, arm and trousers (200,200) bool."""
    lab = np.full((200, 200, 3), 90.0, np.float32)
    found, arms, other = (np.zeros((200, 200), bool) for _ in range(3))
    found[20:120, 50:150], arms[60:160, 35:48] = True, True
    other[120:190, 60:150] = True
    lab[found], lab[other] = BROWN, BLUE
    lab[112:120, 50:150] = WHITE
    found[120:130, 50:60] = True
    lab[120:130, 50:60] = scrap
    return lab, found, arms, other


def test_trousers_below_a_hem_beside_an_arm_are_none_of_the_top() -> None:
    lab, found, arms, other = hemmed((40.0, 0.0, -18.0))
    below = below_hem(lab, found, arms, other, (50, 150, 110))
    assert below[120:130, 50:60].all() and below.sum() == 100


@pytest.mark.parametrize(("size", "told"), [(4, True), (2, False)])
def test_a_small_scrap_of_trousers_is_told_from_a_soft_edge(size: int, told: bool) -> None:
    lab, found, arms, other = hemmed((40.0, 0.0, -18.0))
    found[120:, 50 + size :] = found[120 + size :] = False
    assert below_hem(lab, found, arms, other, (50, 150, 110))[120 : 120 + size, 50 : 50 + size].all() == told


@pytest.mark.parametrize("case", ["hem", "no arm", "no trousers"])
def test_a_hem_that_hangs_lower_stays(case: str) -> None:
    lab, found, arms, other = hemmed((75.0, 1.0, 1.0) if case == "hem" else (40.0, 0.0, -18.0))
    arms, other = arms & (case != "no arm"), other & (case != "no trousers")
    if case == "no arm":
        arms[0, 0] = True
    assert not below_hem(lab, found, arms, other, (50, 150, 110)).any()


def test_a_waist_that_turns_against_chest_and_hem_is_askew() -> None:
    points: Points = {}
    for row, left, right in (("armpit", 100, 140), ("waist", 200, 220), ("hem", 300, 300)):
        points[f"{row}_left"], points[f"{row}_right"] = (100.0, float(left)), (400.0, float(right))
    assert askew(points) < 0.01, "a trunk that bends evenly"
    points["waist_left"] = (100.0, 260.0)
    assert askew(points) == pytest.approx(0.2, abs=0.01)


def test_a_narrow_gap_along_an_arm_is_wall_and_a_stitched_trim_across_it_is_cloth() -> None:
    lab = np.full((200, 200, 3), (92.0, 0.0, 0.0), np.float32)
    arms, found = np.zeros((200, 200), bool), np.zeros((200, 200), bool)
    arms[60:180, 40:70] = True
    found[70:150, 71:79] = True  # beside the arm
    found[52:60, 36:76] = True  # a cuff's trim above it
    gaps = _gaps(lab, found, arms, 30)
    assert gaps[72:148, 72:78].all() and not gaps[52:60].any()
    lab[::2, ::2] -= 12
    assert not _gaps(lab, found, arms, 30).any(), "stitches"
