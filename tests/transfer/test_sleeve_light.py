"""Tests of the light around sleeves."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side, read_body
from tryon.transfer.warping.draped import Hang
from tryon.transfer.warping.layers import Layer
from tryon.transfer.warping.limbs import strip
from tryon.transfer.warping.pieces import Piece
from tryon.transfer.warping.sleeve_light import tube_light


def lit(alpha: Array, body: Body, side: Side, aside: float = 0.0, end: float = 0.0) -> Array:
    """The light on a grey sleeve; it lies in folds if it ends somewhere."""
    rgb = np.full((*alpha.shape, 3), 128, np.float32)
    piece = cast(Piece, None)  # its outline does not matter here
    layer = Layer(name=f"sleeve_{side}", piece=piece, rgb=rgb, alpha=alpha, inside=np.zeros_like(alpha))
    return tube_light(layer, body, side, Hang(number=0, tone=128.0, aside=aside), end)


@pytest.fixture(scope="module")
def sleeves() -> tuple[Body, dict[Side, Array]]:
    """Somebody, and long sleeves a little wider than the arms."""
    person = draw_person()
    body = read_body(person)
    return body, {side: strip(body.arms[side], person.labels.shape, 1.2)[0] for side in SIDES}


def row_of(light: Array, alpha: Array, side: Side) -> Array:
    """The light across a sleeve, at its elbow, from its outer to its inner edge."""
    y = int(np.percentile(np.nonzero(alpha > 0.5)[0], 60))
    row: Array = light[y][alpha[y] > 0.9]
    return row if side == "left" else row[::-1]


@pytest.mark.parametrize("side", SIDES)
def test_a_sleeve_is_lit_on_its_outer_half_and_darkest_towards_the_trunk(
    sleeves: tuple[Body, dict[Side, Array]], side: Side
) -> None:
    body, alphas = sleeves
    light = lit(alphas[side], body, side)
    assert np.isfinite(light).all() and light.min() > 0.6 and light.max() < 1.15
    row = row_of(light, alphas[side], side)
    assert 0.2 < row.argmax() / len(row) < 0.5
    assert row[-4:].min() < row[:4].min() - 0.03 < row.max() - 0.1
    assert np.abs(np.diff(row)).max() < 0.08  # a tube has no edges


def test_a_light_from_one_side_is_caught_on_that_side(sleeves: tuple[Body, dict[Side, Array]]) -> None:
    body, alphas = sleeves
    rows = [row_of(lit(alphas["left"], body, "left", aside), alphas["left"], "left") for aside in (-0.4, 0.0, 0.4)]
    outer, inner = ([float(row[part].mean()) for row in rows] for part in (slice(0, 8), slice(-8, None)))
    assert outer[0] > outer[1] > outer[2] and inner[0] < inner[1] < inner[2]


def test_a_sleeve_goes_over_into_the_shoulder_and_an_empty_one_has_no_light(
    sleeves: tuple[Body, dict[Side, Array]],
) -> None:
    body, alphas = sleeves
    light = lit(alphas["left"], body, "left")
    inner = (body.along(light.shape) < 0.1 * body.trunk) & (body.across(light.shape) > body.coordinates(
        body.arms["left"].points[0])[0])  # fmt: skip
    assert np.abs(light[inner] - 1).max() < 0.06
    assert (lit(np.zeros_like(light), body, "left") == 1).all()


@pytest.mark.parametrize("side", SIDES)
def test_a_long_sleeve_lies_in_folds_between_shoulder_and_cuff(
    sleeves: tuple[Body, dict[Side, Array]], side: Side
) -> None:
    body, alphas = sleeves
    arm, alpha = body.arms[side], alphas[side]
    folds = np.log(lit(alpha, body, side, end=float(arm.arc[-1])) / lit(alpha, body, side))
    _, across, far = strip(arm, alpha.shape, 1.2)
    inside = (alpha > 0.5) & (np.abs(across) < 0.6) & (far > 0)
    share = far / float(arm.arc[-1])
    for low, high in ((0.2, 0.5), (0.5, 0.95)):
        assert 0.02 < folds[inside & (share > low) & (share < high)].std() < 0.25
    assert np.abs(folds[inside & (share < 0.03)]).max() < 0.02, "above them it is one with the trunk"


def test_the_two_sleeves_of_a_top_lie_in_different_folds(sleeves: tuple[Body, dict[Side, Array]]) -> None:
    body, alphas = sleeves
    rows = []
    for side in SIDES:
        length = float(body.arms[side].arc[-1])
        folds = lit(alphas[side], body, side, end=length) / lit(alphas[side], body, side)
        _, across, far = strip(body.arms[side], folds.shape, 1.2)
        middle = (np.abs(across) < 0.2) & (alphas[side] > 0.9)
        place = np.clip(20 * far[middle] / length, 0, 19).astype(int)
        rows.append(np.bincount(place, folds[middle], 20) / np.bincount(place, minlength=20))
    assert np.nanmax(np.abs(rows[0] - rows[1])) > 0.03
