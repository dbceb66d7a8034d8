"""How trousers hang: folds that only worn ones have, round hems, and what a catalogue shows between the legs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.body import CROTCH, SIDES, Body, read_body
from tryon.transfer.warping.bottoms import ROUND, dip_of, hanging, leg_widths
from tryon.transfer.warping.fork import closed_fork
from tryon.transfer.warping.hanging import fallen, rows_across
from tryon.transfer.warping.leg_hems import squared
from tryon.transfer.warping.leg_light import leg_light
from tryon.transfer.warping.measure import Rows
from tryon.transfer.warping.order import over_arms
from tryon.transfer.warping.pieces import slanted
from tryon.transfer.warping.trouser_folds import leg_folds


@pytest.fixture(scope="module")
def body() -> Body:
    return read_body(draw_person())


def test_folds_run_from_the_crotch_and_lie_over_the_shoes_of_long_trousers(body: Body) -> None:
    size = draw_person().labels.shape
    ends = {side: float(body.legs[side].arc[-1]) for side in SIDES}
    long, short = (leg_folds(body, {side: share * end for side, end in ends.items()}, {}, size) for share in (1.0, 0.3))
    along = body.along(size)
    crotch, shin = body.trunk + CROTCH * body.unit, body.coordinates(body.legs["left"].points)[-1, 1]
    near = np.abs(along - crotch) < 0.3 * body.unit
    assert long[near].min() < 0.98 and short[near].min() < 0.98
    foot = np.abs(along - shin) < 0.3 * body.unit
    assert long[foot].min() < 0.97 and (short[foot] == 1).all()
    assert long.min() > 0.75 and long.max() < 1.15
    shins = long[
        np.abs(along - body.coordinates(body.legs["left"].at(body.legs["left"].bend)[0])[1] - 0.3 * body.unit) < 2
    ]
    assert 0.002 < np.ptp(shins[shins != 1]) < 0.1  # soft folds run down the legs
    assert (leg_folds(body, {}, {}, size) == 1).all()


def test_a_hem_hangs_lower_in_front_and_nothing_else_moves() -> None:
    ribs = np.stack(np.broadcast_arrays(np.linspace(-5, 25, 7)[None], 10.0 * np.arange(8)[:, None]), axis=-1)
    moved = hanging(ribs, np.linspace(0, 3, 6)) - ribs
    assert (moved[..., 0] == 0).all() and (moved[:5] == 0).all()
    assert moved[-1, 3, 1] == pytest.approx(20 * ROUND) and moved[-2, 3, 1] == pytest.approx(20 * ROUND)
    np.testing.assert_allclose(moved[-1, [1, 5], 1], 0, atol=1e-9)


@pytest.mark.parametrize("patterned", [False, True])
def test_shade_between_legs_that_a_cut_out_holds_becomes_cloth(patterned: bool) -> None:
    rgb = np.full((300, 200, 3), (200, 60, 40), np.float32)
    if patterned:
        rgb[:, (np.arange(200) // 5) % 2 > 0] = (40, 60, 200)
    alpha = np.zeros((300, 200), np.float32)
    alpha[20:290, 40:160] = 1
    alpha[150:290, 97:104] = 0
    rgb[110:150, 98:103] = (120, 120, 122)
    points = {
        "waist_left": (40, 20), "waist_right": (160, 20), "crotch": (100, 110),
        "knee_left_inner": (97, 210), "knee_right_inner": (104, 210),
    }  # fmt: skip
    result = closed_fork(rgb, alpha, {name: np.array(xy, float) for name, xy in points.items()})
    if patterned:
        np.testing.assert_array_equal(result, rgb)
        return
    red = result[120:148, 98:103]
    assert (red[..., 0] > 2 * red[..., 1]).all()
    assert red[4:16, 2, 0].max() < 180 and red[:, [0, 4], 0].min() > red[4:16, 2, 0].max()  # no more than a line
    np.testing.assert_array_equal(result[:, 40:90], rgb[:, 40:90])
    np.testing.assert_array_equal(closed_fork(rgb, alpha, {}), rgb)


def test_a_fly_s_shade_is_no_stronger_in_colour_than_its_cloth_and_stitching_stays() -> None:
    rgb = np.full((300, 200, 3), (230, 220, 200), np.float32)
    rgb[60:110, 98:101] = (200, 150, 100)
    rgb[60:110, 92:94] = (120, 130, 180)
    rgb[110:150, 98:103] = (120, 120, 122)
    alpha = np.zeros((300, 200), np.float32)
    alpha[20:290, 40:160] = 1
    alpha[150:290, 97:104] = 0
    points = {
        "waist_left": (40, 20), "waist_right": (160, 20), "crotch": (100, 130),
        "knee_left_inner": (97, 210), "knee_right_inner": (104, 210),
    }  # fmt: skip
    result = closed_fork(rgb, alpha, {name: np.array(xy, float) for name, xy in points.items()})
    shade = result[72:80, 99]
    assert (shade[:, 0] - shade[:, 2]).max() < 45 and (shade[:, 0] < 215).all()
    np.testing.assert_allclose(result[72:80, 92:94], rgb[72:80, 92:94], atol=1)


def test_legs_that_touch_part_in_a_thin_dark_line_below_the_crotch(body: Body) -> None:
    size = draw_person().labels.shape
    along, across = body.along(size), body.across(size)
    crotch = body.trunk + CROTCH * body.unit
    both = (along > 0.8 * body.trunk) & (along < crotch + body.unit) & (np.abs(across) < 0.5 * body.unit)
    light = leg_light(body, [(both & (across < 0)).astype(np.float32), (both & (across >= 0)).astype(np.float32)])
    line = np.abs(across) < 1.5
    low, high = (both & (np.abs(along - crotch - share * body.unit) < 3) for share in (0.4, -0.3))
    assert light[low & line].min() < light[low & (np.abs(np.abs(across) - 0.05 * body.unit) < 1)].max() - 0.12
    assert light[high & line].min() > 0.97


def test_wide_legs_hang_straight_and_tight_ones_follow_the_calf() -> None:
    stage = np.linspace(0, 3, 19)
    half = np.interp(stage, [0, 1, 2, 2.4, 3], [44.0, 44, 28, 30, 14])
    wide = leg_widths(np.full(19, 90.0), half, stage)
    below = wide[stage >= 1.5]
    assert np.abs(np.diff(below, 2)).max() < 1e-6 and below[-1] > 0.6 * 90
    tight = leg_widths(1.1 * half, half, stage)
    assert tight[-1] < 0.6 * tight[stage == 2][0]
    assert (leg_widths(np.full(19, 60.0), half, stage)[stage < 1.5] <= 60).all()


def test_wide_legs_are_as_wide_beside_the_hips_as_in_the_catalogue_and_straight_ones_as_they_were() -> None:
    stage = np.linspace(0, 3, 19)
    half = np.interp(stage, [0, 1, 2, 3], [37.0, 36, 22, 10])
    flat = np.interp(stage, [0, 1, 2, 3], [34.0, 47, 45, 38])
    seen = leg_widths(flat, half, stage)
    np.testing.assert_allclose((seen / flat)[stage >= 2], seen[6] / flat[6], rtol=0.03)
    assert (np.diff(seen[stage > 1]) < 1.0).all()
    straight = np.interp(stage, [0, 1, 2, 3], [34.0, 40, 33, 30])
    assert leg_widths(straight, half, stage)[12] < 0.85 * 33


def test_round_hems_get_corners_and_level_ones_stay() -> None:
    rows, columns = np.mgrid[:300, :200]
    level = ((np.abs(columns - 60) < 25) | (np.abs(columns - 130) < 25)) & (rows > 100) & (rows <= 280)
    level |= (rows > 20) & (rows <= 100) & (columns > 35) & (columns < 155)
    rolled = level.copy()
    for middle in (60, 130):
        leg = np.abs(columns - middle) < 35
        rolled &= ~(leg & (rows > 264) & (((columns - middle) / 25) ** 2 + ((rows - 264) / 17) ** 2 > 1))
    points = {
        "crotch": (95, 100), "hem_left_outer": (41, 274), "hem_left_inner": (79, 274),
        "hem_right_outer": (149, 274), "hem_right_inner": (111, 274),
    }  # fmt: skip
    named = {name: np.array(xy, float) for name, xy in points.items()}
    filled, moved = squared(rolled.astype(np.float32), named)
    assert filled[270, 38:82].min() > 0.9 and filled[270, 108:152].min() > 0.9
    assert filled[278, 45:76].min() > 0.9 > filled[280, [40, 80]].max()  # one curve, without a step
    assert (filled[282:] == 0).all() and (filled[:200] == rolled[:200]).all() and filled[:260, 86:104].max() <= 1
    assert abs(moved["hem_left_outer"][0] - 36) < 2 and abs(moved["hem_right_inner"][0] - 106) < 2
    same, still = squared(level.astype(np.float32), named)
    np.testing.assert_array_equal(same, level)
    assert still == named
    np.testing.assert_array_equal(squared(rolled.astype(np.float32), {})[0], rolled)


def test_a_wide_skirt_falls_straight_from_the_hips(body: Body) -> None:
    along = np.linspace(0.75, 2.2, 8) * body.trunk
    half = np.full(8, 0.55 * body.unit)
    seen = np.array([0.55, 0.75, 0.85, 0.88, 0.89, 0.90, 0.91, 0.92]) * body.unit
    result = fallen(body, along, seen, half)
    assert result[-1] == pytest.approx(seen[-1]) and result[0] == seen[0]
    assert (result <= seen + 1e-9).all() and result[2] < 0.75 * body.unit
    assert (np.diff(result) > -1e-6).all()
    pencil = np.full(8, 0.57 * body.unit)
    np.testing.assert_allclose(fallen(body, along, pencil, half), pencil)
    short = along * 0.5
    np.testing.assert_array_equal(fallen(body, short, seen, half), seen)


def test_a_sleeveless_dress_is_cut_beside_the_arms_and_not_at_its_hem(body: Body) -> None:
    cut = over_arms(body, (512, 384))
    along, across = body.along(cut.shape), np.abs(body.across(cut.shape))
    assert cut[(along > 1.0 * body.trunk)].max() == 0
    assert cut[(np.abs(along - 0.3 * body.trunk) < 2) & (across > 1.2 * body.unit)].min() == 1
    pit, reach = 0.22 * body.trunk, 0.06 * body.unit
    inner = [across[(np.abs(along - row) < 0.6) & (cut > 0.5)].min() for row in (pit - reach, pit, pit + reach)]
    assert (inner[0] + inner[2]) / 2 - inner[1] < 0.025 * body.unit, "round in the armpit, without a tip"


def test_a_skirt_s_slanted_hem_stays_slanted_and_a_garment_laid_a_little_askew_hangs_level(body: Body) -> None:
    left = np.array([[100.0, 50.0], [100.0, 200.0], [100.0, 300.0]])
    edges = Rows(left=left, right=left + np.array([[150, 0], [150, 6], [150, 24]]))
    assert slanted(edges) == pytest.approx([0, 0, 0.16])
    along = np.array([0.8, 1.6, 2.2]) * body.trunk
    flat = np.full(3, 0.5 * body.unit)
    level, aslant = (rows_across(body, along, flat, 0.05, slant=each) for each in (0.0, slanted(edges)))
    np.testing.assert_allclose(aslant[:2], level[:2])
    lower = body.coordinates(aslant[2] - level[2] + body.origin)[:, 1]
    across = body.coordinates(level[2])[:, 0]
    assert lower[-1] - lower[0] == pytest.approx(0.16 * (across[-1] - across[0]))


def test_a_hem_that_is_round_already_hangs_no_lower_in_front() -> None:
    alpha = np.zeros((120, 80), np.float32)
    alpha[:100, 10:61] = 1
    corners = np.array([10.0, 99.0]), np.array([60.0, 99.0])
    assert dip_of(alpha, *corners) < 0.03
    alpha[100:103, 25:46] = 1
    assert 0.06 < dip_of(alpha, *corners) <= ROUND
    alpha[100:, 25:46] = 1
    assert dip_of(alpha, *corners) == ROUND
