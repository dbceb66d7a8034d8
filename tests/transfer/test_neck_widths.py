"""Where the corners of a neckline lie on the shoulders, on a drawn figure and drawn garments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.measure import worn_neck
from tryon.transfer.warping.pieces import trunk_pairs
from tryon.transfer.warping.sleeves import Worn
from tryon.types import Garment, Person


def with_neck(half: float, body: Body, worn: bool) -> Garment:
    """The drawn T-shirt with a neckline whose corners lie `half` shoulder distances from its middle."""
    shirt = draw_tshirt()
    points = dict(shirt.landmarks)
    middle = (points["neck_left"][0] + points["neck_right"][0]) / 2
    for side, sign in (("left", -1), ("right", 1)):
        points[f"neck_{side}"] = (middle + sign * half * body.unit, points[f"neck_{side}"][1])
    return replace(shirt, neckline="wide", landmarks=points, worn=worn)


def put_on(shirt: Garment, body: Body) -> Worn:
    cloth = prepare(shirt, 1.0)
    return trunk_pairs(cloth, shirt, body, 1.0, 1.0, cloth.alpha)[2]


def half_of(worn: Worn, body: Body) -> float:
    return float(np.linalg.norm(worn.necks["right"] - worn.necks["left"])) / 2 / body.unit


def test_a_wide_neckline_draws_in_and_the_shoulders_end_where_they_did(person: Person) -> None:
    body = read_body(person)
    flat, seen = (put_on(with_neck(0.42, body, worn), body) for worn in (False, True))
    assert half_of(flat, body) < 0.37 < 0.40 < half_of(seen, body), "one that is worn in its picture has drawn in"
    assert np.allclose(flat.tips["left"], seen.tips["left"], atol=0.01 * body.unit)


@pytest.mark.parametrize("half", [0.2, 0.3, 0.6])
def test_close_ones_and_bare_shoulders_stay(half: float) -> None:
    assert worn_neck(half) == pytest.approx(half)


def test_a_wider_one_is_worn_wider() -> None:
    assert (np.diff([worn_neck(half) for half in np.linspace(0.2, 0.7, 40)]) > 0).all()
