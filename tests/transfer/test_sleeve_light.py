"""Tests of the light around sleeves."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side, read_body
from tryon.transfer.warping.limbs import strip
from tryon.transfer.warping.sleeve_light import tube_light


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
    light = tube_light(alphas[side], body, side, 128.0, 0.0)
    assert np.isfinite(light).all() and light.min() > 0.6 and light.max() < 1.15
    row = row_of(light, alphas[side], side)
    assert 0.2 < row.argmax() / len(row) < 0.5
    assert row[-4:].min() < row[:4].min() - 0.03 < row.max() - 0.1
    assert np.abs(np.diff(row)).max() < 0.08  # a tube has no edges


def test_a_light_from_one_side_is_caught_on_that_side(sleeves: tuple[Body, dict[Side, Array]]) -> None:
    body, alphas = sleeves
    rows = [
        row_of(tube_light(alphas["left"], body, "left", 128.0, aside), alphas["left"], "left")
        for aside in (-0.4, 0.0, 0.4)
    ]
    outer, inner = ([float(row[part].mean()) for row in rows] for part in (slice(0, 8), slice(-8, None)))
    assert outer[0] > outer[1] > outer[2] and inner[0] < inner[1] < inner[2]


def test_a_sleeve_goes_over_into_the_shoulder_and_an_empty_one_has_no_light(
    sleeves: tuple[Body, dict[Side, Array]],
) -> None:
    body, alphas = sleeves
    light = tube_light(alphas["left"], body, "left", 128.0, 0.0)
    inner = (body.along(light.shape) < 0.1 * body.trunk) & (body.across(light.shape) > body.coordinates(
        body.arms["left"].points[0])[0])  # fmt: skip
    assert np.abs(light[inner] - 1).max() < 0.06
    assert (tube_light(np.zeros_like(light), body, "left", 128.0, 0.0) == 1).all()
