"""The inside of a standing collar's back is told from its front."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.transfer.warping.collars import own_front, standing_collar
from tryon.transfer.warping.necklines import neck_opening

Array = NDArray[Any]

POINTS = {
    "neck_left": np.array([110.0, 120.0]),
    "neck_right": np.array([210.0, 120.0]),
    "neck_front": np.array([160.0, 80.0]),
}


def roll_neck(inner: float, depth: int) -> tuple[Array, Array, Array]:
    """Picture (h,w,3) 0..255, alpha (h,w) 0..1 and the inside of the back (h,w) bool of a collar seen a little from
    above: `inner` is the inside's lightness, its front edge lies `depth` px below the back's."""
    alpha = np.zeros((320, 320), np.float32)
    alpha[80:, 112:209] = 1
    alpha[130:, 40:280] = 1
    inside = np.zeros(alpha.shape, np.uint8)
    cv2.ellipse(inside, (160, 80), (50, depth), 0, 0, 180, 1, -1)
    rng = np.random.default_rng(3)
    rgb = (
        np.where(inside[..., None] > 0, inner, 170.0) + rng.normal(0, 4, (320, 320, 1)) + np.array([0.0, -30.0, -60.0])
    )
    return np.clip(rgb, 0, 255).astype(np.float32), alpha, (inside > 0) & (alpha > 0)


@pytest.mark.parametrize("depth", [12, 20])
@pytest.mark.parametrize("inner", [100.0, 220.0], ids=["in shade", "pale reverse"])
def test_the_inside_is_above_the_fronts_edge(depth: int, inner: float) -> None:
    rgb, alpha, inside = roll_neck(inner, depth)
    found = (neck_opening(rgb, alpha, POINTS, "high") > 0.5) & (alpha > 0)
    assert (found & inside).sum() > 0.85 * inside.sum()
    assert (found & ~inside).sum() < 0.3 * inside.sum()


def with_patches() -> tuple[Array, Array, Array]:
    """Picture (h,w,3) 0..255, alpha (h,w) 0..1 and (h,w) bool patches of a dark collar's pale reverse, which go on
    below the inside of its back."""
    rgb, alpha, inside = roll_neck(230.0, 16)
    rgb[(inside == 0) & (alpha > 0)] -= 110  # dark cloth
    patches = np.zeros(alpha.shape, np.uint8)
    for x in (140, 178):
        cv2.ellipse(patches, (x, 92), (9, 19), 0, 0, 360, 1, -1)
    rgb[(patches > 0) & ~inside] += 170
    return np.clip(rgb, 0, 255), alpha, (patches > 0) & ~inside


def test_no_patches_of_a_collars_reverse_stay_below_the_fronts_edge() -> None:
    rgb, alpha, below = with_patches()
    found = neck_opening(rgb, alpha, POINTS, "high") > 0.5
    assert (found & below).sum() > 0.85 * below.sum()
    assert not found[135:].any()


def test_a_frill_that_is_turned_over_goes_in_waves_without_its_reverse() -> None:
    rgb, alpha, below = with_patches()
    columns = np.arange(112, 209)
    waves = 80 + 3 * np.sin(columns / 3)
    alpha[:, columns] *= np.arange(len(alpha))[:, None] > waves
    collar = standing_collar(rgb, alpha, POINTS)
    edge = (collar.opening[:, 120:200] > 0.5).sum(axis=0)
    along = np.arange(80)
    assert np.std(edge - np.polyval(np.polyfit(along, edge, 2), along)) > 1
    assert not (collar.opening > 0.5)[105:].any()
    clean = own_front(rgb, alpha, collar, 100.0)
    seen = below & (collar.opening < 0.01)
    assert rgb[seen].mean() > clean[seen].mean() + 60
    far = cv2.dilate(collar.flaps, np.ones((9, 9))) == 0
    np.testing.assert_array_equal(clean[far], rgb[far])


def test_where_colours_tell_nothing_a_shallow_curve_is_open() -> None:
    rgb, alpha, _ = roll_neck(170.0, 12)
    found = (neck_opening(rgb, alpha, POINTS, "high") > 0.5) & (alpha > 0)
    middle = int(found[:, 158:162].any(axis=1).sum())
    assert 4 < middle < 30
    assert not found[130:].any()
    assert not found[90:, :116].any()


def test_no_other_neckline_that_lies_high_is_opened() -> None:
    rgb, alpha, _ = roll_neck(100.0, 16)
    assert not neck_opening(rgb, alpha, POINTS, "crew").any()
