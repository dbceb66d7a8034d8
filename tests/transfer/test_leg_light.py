"""Light on worn trousers: crisp folds, round legs, and no folds of a skirt that hung there before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.body import CROTCH, Body, read_body
from tryon.transfer.warping.compose import TAUT, folds_kept
from tryon.transfer.warping.leg_creases import Crease, creased
from tryon.transfer.warping.leg_light import leg_light
from tryon.types import LABEL, Garment


@pytest.fixture(scope="module")
def body() -> Body:
    return read_body(draw_person())


def test_a_fold_is_lit_on_its_back_and_dark_right_below_its_crease() -> None:
    start, stop, above = np.array([20.0, 50.0]), np.array([90.0, 50.0]), np.array([0.0, -1.0])
    light = creased([Crease(start, stop, 0.0, 6.0, 0.2, above)], (100, 120))
    column = light[:, 32]
    assert column.min() < 0.88 and column.max() > 1.04
    assert 50 <= column.argmin() <= 53 and 40 < column.argmax() < 49
    assert column[48] - column[53] > 0.6 * np.ptp(column)  # crisp, not smudged
    assert np.ptp(light[:, 80]) < 0.3 * np.ptp(column) and (light[:, :10] == 1).all()  # it runs out
    turned = creased([Crease(start, stop, 0.0, 6.0, 0.2, -above)], (100, 120))
    np.testing.assert_allclose(turned[1:], light[:0:-1], atol=1e-5)
    assert (creased([Crease(start - 500, stop - 500, 0.0, 6.0, 0.2, above)], (100, 120)) == 1).all()


def test_legs_are_round_lit_from_one_side_and_shade_each_other(body: Body) -> None:
    size = draw_person().labels.shape
    along, across = body.along(size), body.across(size)
    crotch = body.trunk + CROTCH * body.unit
    half, middle = 0.22 * body.unit, 0.27 * body.unit
    long = (along > crotch) & (along < crotch + 2 * body.unit)
    legs = [(long & (np.abs(across - sign * middle) < half)).astype(np.float32) for sign in (-1, 1)]
    row = np.abs(along - crotch - 0.9 * body.unit) < 2

    def at(light: np.ndarray, off: float) -> float:
        return float(light[row & (np.abs(across - middle - off * half) < 2)].mean())

    even, left = leg_light(body, legs), leg_light(body, legs, -1.0)
    assert at(even, 0.0) > at(even, 0.85) + 0.08
    assert at(left, -0.6) > at(left, 0.6) + 0.15 and abs(at(even, -0.6) - at(even, 0.6)) < 0.08
    near = (np.abs(along - crotch - 0.4 * body.unit) < 2) & (np.abs(across - middle + 0.9 * half) < 2)
    alone = leg_light(body, [0 * legs[0], legs[1]])
    assert even[near].mean() < alone[near].mean() - 0.012


def test_trousers_have_no_folds_of_the_skirt_that_hung_there_before() -> None:
    skirt, trousers = (np.full((40, 30), LABEL[name], np.uint8) for name in ("dress", "pants"))
    new, other = (cast(Garment, SimpleNamespace(kind=kind)) for kind in ("trousers", "skirt"))
    assert folds_kept("bottom", new, skirt) == 0 and folds_kept("bottom", other, trousers) == 0
    assert folds_kept("bottom", new, trousers) == 1 and folds_kept("bottom", other, skirt) == 1
    assert folds_kept("top", new, skirt) == TAUT
