"""The two kinds of warp field against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.transfer.warping.arrays import fill
from tryon.transfer.warping.field import OUTSIDE, ribbed, sample, thin_plate
from tryon.transfer.warping.measure import middle_scale, worn_ratio, wrap


@settings(deadline=None)
@given(st.floats(0.4, 2.0), st.floats(-0.6, 0.6), st.floats(-40, 40), st.floats(-40, 40))
def test_a_spline_through_a_similarity_is_that_similarity(size: float, turn: float, dx: float, dy: float) -> None:
    target = np.array([[10, 10], [90, 12], [88, 70], [14, 66], [50, 40], [30, 20]], float)
    rotation = size * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    source = target @ rotation.T + [dx, dy]
    field = thin_plate(source, target, (80, 100))
    y, x = np.mgrid[0:80, 0:100]
    wanted = np.stack([x, y], axis=-1) @ rotation.T + [dx, dy]
    assert np.abs(np.stack([field.x, field.y], axis=-1) - wanted).max() < 0.05


def test_a_spline_goes_through_its_points() -> None:
    target = np.array([[8, 8], [72, 8], [72, 56], [8, 56], [40, 32]], float)
    source = target + np.array([[3, -2], [-4, 1], [2, 5], [0, -3], [6, 6]])
    field = thin_plate(source, target, (64, 80))
    found = np.array([[field.x[int(y), int(x)], field.y[int(y), int(x)]] for x, y in target])
    assert np.abs(found - source).max() < 1e-2


def test_a_strip_maps_its_ribs_and_nothing_else() -> None:
    target = np.array([[[20, 10], [40, 10]], [[20, 30], [40, 30]], [[22, 50], [42, 50]]], float)
    source = target * 2 + 5
    field = ribbed(source, target, (64, 64))
    assert field.x[20, 30] == pytest.approx(65, abs=0.01) and field.y[20, 30] == pytest.approx(45, abs=0.01)
    assert field.x[20, 50] == OUTSIDE and field.x[60, 30] == OUTSIDE


def test_sampling_outside_is_empty() -> None:
    field = ribbed(np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), (8, 8))
    assert not sample(np.ones((5, 5), np.float32), field, sharp=False).any()


@settings(deadline=None)
@given(st.lists(st.floats(0.4, 1.6), min_size=2, max_size=8))
def test_rows_share_the_scale_of_their_middle_and_never_fold(ratios: list[float]) -> None:
    middle = middle_scale(np.array(ratios))
    for ratio in ratios:
        places = wrap(41, ratio, middle)
        steps = np.diff(places) / 0.05
        assert places[0] == pytest.approx(-ratio) and places[-1] == pytest.approx(ratio)
        assert steps[20] == pytest.approx(middle, rel=0.02, abs=0.01)
        assert steps.min() > 0


@settings(deadline=None)
@given(st.floats(0, 3), st.floats(0, 3))
def test_wider_cloth_is_never_seen_narrower(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert worn_ratio(low) <= worn_ratio(high)
    assert worn_ratio(low) >= 1


def test_fill_keeps_what_is_known_and_continues_it() -> None:
    picture = np.zeros((40, 50, 3), np.float32)
    picture[:, :25], picture[:, 25:] = 100, 200
    known = np.ones((40, 50), np.float32)
    known[10:30, 5:45] = 0
    filled = fill(picture, known)
    assert np.abs(filled[known > 0] - picture[known > 0]).max() < 1e-3
    assert 95 < filled[20, 8, 0] < filled[20, 42, 0] < 205
    assert np.isfinite(fill(picture, np.zeros_like(known))).all()
