"""How trousers hang: folds that only worn ones have, round hems, and what a catalogue shows between the legs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.body import CROTCH, SIDES, Body, read_body
from tryon.transfer.warping.bottoms import ROUND, hanging
from tryon.transfer.warping.drape import leg_folds
from tryon.transfer.warping.fork import closed_fork


@pytest.fixture(scope="module")
def body() -> Body:
    return read_body(draw_person())


def test_folds_run_from_the_crotch_and_lie_over_the_shoes_of_long_trousers(body: Body) -> None:
    size = draw_person().labels.shape
    ends = {side: float(body.legs[side].arc[-1]) for side in SIDES}
    long, short = leg_folds(body, ends, size), leg_folds(body, {side: 0.3 * end for side, end in ends.items()}, size)
    along = body.along(size)
    crotch, shin = body.trunk + CROTCH * body.unit, body.coordinates(body.legs["left"].points)[-1, 1]
    near = np.abs(along - crotch) < 0.3 * body.unit
    assert long[near].min() < 0.97 and short[near].min() < 0.97
    foot = np.abs(along - shin) < 0.3 * body.unit
    assert long[foot].min() < 0.97 and (short[foot] == 1).all()
    assert long.min() > 0.75 and long.max() < 1.15
    assert (leg_folds(body, {}, size) == 1).all()


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
    red = result[120:148, 99:102]
    assert (red[..., 0] > 2 * red[..., 1]).all() and red[..., 0].mean() < 195
    np.testing.assert_array_equal(result[:, 40:90], rgb[:, 40:90])
    np.testing.assert_array_equal(closed_fork(rgb, alpha, {}), rgb)
