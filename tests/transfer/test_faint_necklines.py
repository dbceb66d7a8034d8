"""A front neckline is found where white cloth lies before the white inside of its back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.transfer.warping.necklines import neck_curve, neck_opening

Array = NDArray[Any]

POINTS = {
    "neck_left": np.array([100.0, 60.0]),
    "neck_right": np.array([220.0, 60.0]),
    "neck_front": np.array([160.0, 110.0]),
}


def white_tee(power: float, front: float, shade: float) -> tuple[Array, Array, Array]:
    """Picture (h,w,3) 0..255, alpha (h,w) and where the inside shows (h,w) bool: `shade` grey levels darker than the
    front, above a neckline that is `front` px deep and of the form `power`."""
    x = np.arange(320)
    curve = neck_curve(POINTS["neck_left"], POINTS["neck_right"], np.array([160.0, front]), power)
    line = np.interp(x, curve[:, 0], curve[:, 1], left=0, right=0)
    alpha = np.zeros((320, 320), np.float32)
    alpha[70:, 40:280] = 1
    alpha[58:, 40:101] = alpha[58:, 220:280] = 1
    inside = (np.arange(320)[:, None] < line) & (alpha > 0)
    noise = np.random.default_rng(2).normal(0, 1.5, (320, 320, 1))
    rgb = 245 - shade * inside[..., None] + noise + np.zeros(3)
    return rgb.astype(np.float32), alpha, inside


@pytest.mark.parametrize("neckline", ["crew", "wide"])
@pytest.mark.parametrize(("power", "front"), [(3.5, 110.0), (2.0, 104.0)], ids=["square", "higher"])
def test_a_breath_of_shade_tells_the_front(neckline: str, power: float, front: float) -> None:
    rgb, alpha, inside = white_tee(power, front, 9.0)
    found = (neck_opening(rgb, alpha, POINTS, neckline) > 0.5) & (alpha > 0)
    assert (found != inside).sum() < 0.15 * inside.sum()


@pytest.mark.parametrize(("neckline", "power"), [("crew", 2.0), ("wide", 1.7)])
def test_where_nothing_tells_the_usual_form_stays(neckline: str, power: float) -> None:
    rgb, alpha, usual = white_tee(power, 110.0, 0.0)
    found = (neck_opening(rgb, alpha, POINTS, neckline) > 0.5) & (alpha > 0)
    assert (found != usual).sum() < 0.15 * usual.sum()


def test_a_print_below_the_neckline_does_not_move_it() -> None:
    rgb, alpha, usual = white_tee(2.0, 110.0, 0.0)
    rgb[118:200, 110:210] = (220, 30, 40)
    found = (neck_opening(rgb, alpha, POINTS, "crew") > 0.5) & (alpha > 0)
    assert (found != usual).sum() < 0.2 * usual.sum()
