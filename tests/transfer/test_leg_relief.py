"""Folds of hanging trouser legs, laid on drawn ones."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping import leg_relief
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side, read_body
from tryon.transfer.warping.leg_relief import fold_maps, hung_legs, looseness


@pytest.fixture(scope="module")
def body() -> Body:
    return read_body(draw_person())


def _legs(body: Body, wide: float) -> dict[Side, Array]:
    """Coverage (h,w) of straight legs, `wide` times as wide as a shin."""
    legs: dict[Side, Array] = {}
    for side in SIDES:
        leg = body.legs[side]
        point, _, half = leg.at((leg.bend + float(leg.arc[-1])) / 2)
        plane = np.zeros(draw_person().labels.shape, np.float32)
        first, last = round(float(point[0]) - wide * half), round(float(point[0]) + wide * half)
        plane[260 : round(float(leg.points[-1][1])), first : last + 1] = 1
        legs[side] = plane
    return legs


def test_maps_are_slopes_of_two_legs_of_each_kind() -> None:
    for planes in fold_maps().values():
        assert planes.shape[0] == 2 and planes.shape[3] == 2 and np.abs(planes).max() <= 1
        assert (
            0.05 < planes[..., 0].std() < 0.3 and np.abs(planes.mean(axis=(1, 2))).max() < 0.03
        )  # folds, no roundness


def test_wide_legs_hang_in_folds_and_narrow_ones_do_not(body: Body) -> None:
    ends = {side: float(body.legs[side].arc[-1]) for side in SIDES}
    wide, narrow = _legs(body, 1.6), _legs(body, 1.0)
    assert looseness(wide["left"], body, "left") == pytest.approx(1.6, abs=0.15)
    light = hung_legs(body, wide, ends, 0.3)
    inside = np.maximum(wide["left"], wide["right"]) > 0.5
    assert 0.004 < light[inside].std() < 0.02 and (light[~inside] == 1).all()
    assert (hung_legs(body, narrow, ends, 0.3) == 1).all()


def test_folds_are_lit_from_where_the_light_comes(body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    outwards = np.zeros((2, 60, 20, 2), np.float32)
    outwards[..., 0] = 0.2
    monkeypatch.setattr(leg_relief, "fold_maps", lambda: {"straight": outwards, "wide": outwards})
    ends = {side: float(body.legs[side].arc[-1]) for side in SIDES}
    legs = _legs(body, 1.6)
    for aside in (0.4, -0.4):
        light = hung_legs(body, legs, ends, aside)
        left, right = (light[300:400][legs[side][300:400] > 0.5].mean() for side in SIDES)
        assert (right > 1.003 and left < 0.995) if aside > 0 else (left > 1.003 and right < 0.995)
