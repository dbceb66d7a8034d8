"""The gap between trouser legs: a wedge whose tip is at the crotch, from where folds run out and legs are round."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.body import CROTCH, SIDES, Body, read_body
from tryon.transfer.warping.leg_light import leg_light
from tryon.transfer.warping.trouser_folds import leg_folds
from tryon.transfer.warping.wedges import gap_between, pointed, sewn_at

UNIT = 100.0


@pytest.fixture(scope="module")
def body() -> Body:
    return read_body(draw_person())


def legs(gap: int = 12, hole: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(260,200) 0..1 each: legs that part bluntly in row 120, `gap` px at once and more below that; with a `hole`
    between them from row 104 to 112."""
    left, right = np.zeros((2, 260, 200), np.float32)
    left[20:, 50:100], right[20:, 100:150] = 1, 1
    for row in [*range(120, 260), *(range(104, 112) if hole else ())]:
        half = (gap + max(row - 120, 0) // 5) // 2
        left[row, 100 - half :], right[row, : 100 + half] = 0, 0
    return left, right


def test_a_blunt_gap_between_legs_becomes_a_wedge_that_begins_in_a_point() -> None:
    before = legs()
    after = pointed(*before, UNIT)
    open_, was = ((np.maximum(*pair) < 0.5).sum(axis=1) - 100 for pair in (after, before))
    assert open_[119] == 0 and open_[121] <= 4 < was[121]
    assert (np.diff(open_[118:150]) >= 0).all()
    assert np.array_equal(open_[140:], was[140:])


def test_a_hole_between_legs_above_their_gap_is_closed_by_both() -> None:
    before = legs(hole=True)
    after = pointed(*before, UNIT)
    assert np.maximum(*before)[108, 100] == 0 and np.maximum(*after)[60:118, 60:140].min() > 0.9
    assert after[0][108, 95:99].min() > 0.9 and after[1][108, 102:105].min() > 0.9


def test_legs_that_never_or_always_meet_stay_as_they_are() -> None:
    left, right = legs()
    apart = np.roll(left, -10, axis=1), right
    together = left.copy(), right.copy()
    together[0][20:, 50:100], together[1][20:, 100:150] = 1, 1
    for pair in (apart, together):
        assert gap_between(*pair, UNIT) is None
        assert all(np.array_equal(old, new) for old, new in zip(pair, pointed(*pair, UNIT), strict=True))


def worn(body: Body, aside: float) -> dict[str, np.ndarray]:
    """Trousers that part below the crotch, `aside` px from the body's middle."""
    size = draw_person().labels.shape
    along, across = body.along(size) - body.trunk - CROTCH * body.unit, body.across(size) - aside
    planes = {}
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        gap = np.where(along > 0, 0.05 * body.unit + 0.3 * along, 0)
        inside = (sign * across >= gap) & (np.abs(across) < 0.5 * body.unit) & (np.abs(along) < 0.6 * body.unit)
        planes[side] = inside.astype(np.float32)
    return planes


def test_folds_run_out_from_where_the_legs_are_sewn_together(body: Body) -> None:
    size = draw_person().labels.shape
    ends = {side: 0.3 * float(body.legs[side].arc[-1]) for side in SIDES}
    places = [sewn_at(worn(body, aside), body) for aside in (0.0, 12.0)]
    assert places[0] is not None and places[1] is not None
    assert places[1][0] - places[0][0] == pytest.approx(12, abs=2)
    first, second = (leg_folds(body, ends, {}, size, place) for place in places)
    columns = [float((np.arange(size[1]) * (1 - light).clip(0).sum(axis=0)).sum() / (1 - light).clip(0).sum())
               for light in (first, second)]  # fmt: skip
    assert columns[1] - columns[0] == pytest.approx(12, abs=2)
    assert sewn_at({}, body) is None


def test_no_edge_of_light_lies_across_both_thighs_where_legs_part(body: Body) -> None:
    size = draw_person().labels.shape
    light = leg_light(body, list(worn(body, 0.0).values()), 0.6)
    across = body.across(size)
    column = (np.abs(across) > 0.2 * body.unit) & (np.abs(across) < 0.3 * body.unit)
    along = body.along(size) - body.trunk - CROTCH * body.unit
    rows = [light[column & (np.abs(along - at) < 1)].mean() for at in np.arange(-0.1, 0.2, 0.02) * body.unit]
    assert np.abs(np.diff(rows)).max() < 0.02


def test_a_waistband_that_hangs_through_is_not_filled_to_a_straight_edge() -> None:
    left, right = legs()
    rows, columns = np.indices(left.shape)
    hangs = rows > 30 - 10 * (np.abs(columns - 100) / 50) ** 2
    before = left * hangs, right * hangs
    after = pointed(*before, UNIT)
    assert np.maximum(*after)[(rows < 60) & ~hangs].sum() < 2
