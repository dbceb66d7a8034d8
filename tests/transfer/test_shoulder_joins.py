"""The outline where a sleeve is sewn to the shoulder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Side
from tryon.transfer.warping.shoulder_joins import even_armholes, join_at_shoulders
from tryon.transfer.warping.sleeves import Worn

UNIT = 100.0
TIPS = {"left": np.array([90.0, 60.0]), "right": np.array([209.0, 60.0])}
NECKS = {"left": np.array([135.0, 60.0]), "right": np.array([165.0, 60.0])}
DOWN = np.array([0.0, 60.0])


def worn() -> Worn:
    return Worn(
        necks=NECKS, tips=TIPS, armpits=TIPS, top=0.0, hem=150.0, sleeves=dict.fromkeys(SIDES, (0.0, 50.0)),
        scale=1.0, kept=1.0,
    )  # fmt: skip


def planes(step: int) -> dict[str, tuple[Array, Array]]:
    """A red trunk from x 90 to 210 below y 60, and green sleeves beside it that begin `step` px lower."""
    y, x = np.indices((220, 300))
    parts = {
        "trunk": (x >= 90) & (x < 210) & (y >= 60),
        "sleeve_left": (x >= 60) & (x < 95) & (y >= 60 + step),
        "sleeve_right": (x >= 205) & (x < 240) & (y >= 60 + step),
    }
    colours = {"trunk": (200.0, 0.0, 0.0), "sleeve_left": (0.0, 200.0, 0.0), "sleeve_right": (0.0, 200.0, 0.0)}
    return {
        name: ((part[..., None] * np.array(colours[name])).astype(np.float32), part.astype(np.float32))
        for name, part in parts.items()
    }


@pytest.mark.parametrize("side", SIDES)
def test_a_step_between_shoulder_and_sleeve_becomes_one_slope_in_the_cloths_colours(side: Side) -> None:
    before, sign = planes(9), -1 if side == "left" else 1
    after = planes(9)
    join_at_shoulders(after, worn(), UNIT)
    rgb, alpha = after[f"sleeve_{side}"]
    corner = round(TIPS[side][0] + 3 * sign), 67  # beside the trunk's corner, above the sleeve
    assert before[f"sleeve_{side}"][1][corner[1], corner[0]] == 0
    assert alpha[corner[1], corner[0]] > 0.9
    assert rgb[corner[1], corner[0], :2].sum() > 120 and rgb[corner[1], corner[0], 2] == 0
    edge = round(TIPS[side][0] - sign), 60
    assert after["trunk"][1][edge[1], edge[0]] < 0.5  # the corner itself is rounded


def test_an_even_shoulder_and_all_that_is_far_from_the_join_stay() -> None:
    even, same = planes(0), planes(0)
    join_at_shoulders(same, worn(), UNIT)
    assert all(np.array_equal(same[name][k], even[name][k]) for name in even for k in range(2))
    before = planes(9)
    after = planes(9)
    join_at_shoulders(after, worn(), UNIT)
    y, x = np.indices((220, 300))
    far = np.min([np.hypot(x - tip[0], y - tip[1]) for tip in TIPS.values()], axis=0) > 0.3 * UNIT
    for name, (rgb, alpha) in before.items():
        assert np.array_equal(after[name][0][far], rgb[far]) and np.array_equal(after[name][1][far], alpha[far])


def test_cloth_without_sleeves_and_a_shoulder_out_of_the_picture_stay() -> None:
    trunk, before = {"trunk": planes(9)["trunk"]}, planes(9)
    join_at_shoulders(trunk, worn(), UNIT)
    assert np.array_equal(trunk["trunk"][1], before["trunk"][1])
    small = {name: (rgb[:20, :20], alpha[:20, :20]) for name, (rgb, alpha) in planes(9).items()}
    join_at_shoulders(small, worn(), UNIT)
    assert all(np.array_equal(alpha, before[name][1][:20, :20]) for name, (_, alpha) in small.items())


def ragged(sleeve: float) -> dict[str, tuple[Array, Array]]:
    """A trunk whose edge at the left sleeve has teeth of 3 px and is cut at x 90, over that sleeve, 0..1."""
    both = planes(0)
    y, x = np.indices((220, 300))
    teeth = (x >= 90 + 3 * (y // 3 % 2)) & (x < 210) & (y >= 60)
    rgb = (teeth[..., None] * np.array((200.0, 0.0, 0.0))).astype(np.float32)
    both["trunk"] = rgb, teeth.astype(np.float32)
    both["sleeve_left"][1][:] *= sleeve
    return both


def test_a_trunks_edge_along_its_armhole_is_even_in_the_cloths_colour() -> None:
    armpits = {side: tip + DOWN for side, tip in TIPS.items()}
    before, after = ragged(1.0), ragged(1.0)
    even_armholes(after, replace(worn(), armpits=armpits), UNIT)
    rows = slice(85, 120)
    lengths = after["trunk"][1][rows, :150].sum(axis=1)
    assert np.abs(np.diff(lengths)).max() < 0.7 < np.abs(np.diff(before["trunk"][1][rows, :150].sum(axis=1))).max()
    rgb, alpha = after["trunk"]
    assert np.abs(rgb[rows][alpha[rows] > 0.6] - (200, 0, 0)).max() < 30
    assert np.array_equal(alpha[:, 120:180], before["trunk"][1][:, 120:180])
    assert np.array_equal(alpha[180:], before["trunk"][1][180:])


def test_no_hole_is_cut_where_no_sleeve_is_below() -> None:
    armpits = {side: tip + DOWN for side, tip in TIPS.items()}
    before, after = ragged(0.0), ragged(0.0)
    even_armholes(after, replace(worn(), armpits=armpits), UNIT)
    left = (slice(None), slice(None, 150))
    assert (after["trunk"][1][left] >= before["trunk"][1][left] - 1e-6).all()
