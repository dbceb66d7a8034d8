"""The edge that parts a sleeve from the trunk's cloth of the same colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, read_body
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.parting import parted_from, parting
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person

UNIT = 200.0
EDGE = 80  # the upper cloth's last column


def planes() -> tuple[Array, Array, Array]:
    upper, lower, weight = (np.zeros((120, 160), np.float32) for _ in range(3))
    upper[:, : EDGE + 1], lower[:, 40:], weight[60:] = 1, 1, 1
    return upper, lower, weight


@pytest.mark.parametrize("tone", [25.0, 200.0])
def test_the_lower_cloth_is_shaded_and_the_edge_of_the_upper_one_lit(tone: float) -> None:
    light, cast = parting(*planes(), UNIT, tone)
    row = 100
    assert light[row, EDGE] > 1.05 and light[row, EDGE - 30] < 1.01
    assert np.all(light[:, EDGE + 1 :] == 1)
    assert cast[row, EDGE + 1] > 0.8 > 0.5 > cast[row, EDGE + 8] > cast[row, EDGE + 30]
    assert not cast[:, : EDGE + 1].any()


def test_dark_cloth_gets_the_brighter_edge() -> None:
    dark, pale = (parting(*planes(), UNIT, tone)[0].max() for tone in (25.0, 200.0))
    assert dark > pale + 0.1


def test_where_both_are_one_piece_there_is_no_edge() -> None:
    upper, lower, weight = planes()
    light, cast = parting(upper, lower, weight, UNIT, 25.0)
    assert not cast[:60].any() and np.all(light[:40] == 1)
    light, cast = parting(upper, lower * 0, weight, UNIT, 25.0)
    assert not cast.any() and np.all(light == 1), "nor beside the background"


def test_a_dressed_figures_sleeves_have_an_edge_on_the_trunk(person: Person) -> None:
    body = read_body(person)
    sheet = lay_out(person, body, draw_tshirt(), "top", read_wishes(""), 1)
    leaves = {leaf.layer.name: leaf for leaf in sheet.leaves}
    trunk = leaves["trunk"]
    edges = []
    for side in SIDES:
        upper = leaves[f"sleeve_{side}"]
        beside = (trunk.layer.alpha * trunk.keep > 0.9) & (upper.layer.alpha * upper.keep < 0.1)
        edges.append(float(upper.cast[beside].max()))
    assert max(edges) > 0.5


def test_a_deep_armhole_is_folded_from_the_bodys_armpit_on_beside_a_hanging_arm(person: Person) -> None:
    body = read_body(person)
    for side in SIDES:
        usual, deep = (parted_from(body, side, share * body.unit) for share in (0.36, 0.7))
        assert deep[0] < 0.45 * body.unit and deep[1] < 0.65 * body.unit, "the arms hang"
        assert usual[0] < usual[1] < 0.36 * body.unit
        arm = body.arms[side]
        way = np.array([0.95, 0.2]) if side == "right" else np.array([-0.95, 0.2])
        raised = replace(arm, points=arm.points[0] + arm.arc[:, None] * way)
        up = replace(body, arms={**body.arms, side: raised})
        assert parted_from(up, side, 0.7 * body.unit)[1] > 0.6 * body.unit
