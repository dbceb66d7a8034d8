"""Cracks beside sleeves and holes between legs are closed, gaps between an arm and the body or two legs are not."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.cracks import cracks, holes, over
from tryon.transfer.warping.field import Field
from tryon.transfer.warping.layers import Layer
from tryon.transfer.warping.leaves import Leaf
from tryon.transfer.warping.pieces import Piece


def beside(width: int, last: int = 70) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cloth and a sleeve that meet above and, unless `last` is the lowest row, below a gap `width` px wide; all wall
    that is between and around them."""
    cloth, sleeve = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    cloth[10:90, 40:80], sleeve[10:90, 10:40] = True, True
    sleeve[20:last, 40 - width : 40] = False
    return cloth, sleeve, ~(cloth | sleeve)


def test_a_crack_is_found_whole() -> None:
    cloth, sleeve, wall = beside(4)
    found = cracks(cloth, sleeve, wall, 6.0)
    assert found[20:70, 36:40].all() and not found[:, :36].any() and not (found & (cloth | sleeve)).any()


def test_gaps_that_are_wide_short_or_open_are_no_cracks() -> None:
    for width, last in ((10, 70), (4, 28), (4, 90)):
        assert not cracks(*beside(width, last), 6.0).any()


def test_cloth_goes_on_over_a_crack_as_at_its_edge_and_not_over_the_sleeve() -> None:
    cloth, sleeve, wall = beside(4)
    none = np.zeros((2, 2), np.float32)
    rgb = np.zeros((100, 100, 3), np.float32)
    rgb[cloth] = np.where(np.arange(100)[:, None] % 20 < 10, 40.0, 200.0).repeat(100, 1)[cloth][:, None]  # stripes
    piece = Piece(name="trunk", field=Field(x=none, y=none), part=none)
    layer = Layer(name="trunk", piece=piece, rgb=rgb, alpha=cloth.astype(np.float32), inside=np.zeros((100, 100)))
    plane = np.ones((100, 100), np.float32)
    leaf = Leaf(layer=layer, keep=plane, light=plane, cast=0 * plane)
    closed = over(leaf, cracks(cloth, sleeve, wall, 6.0), sleeve.astype(np.float32))
    worn = closed.layer.alpha * closed.keep
    assert worn[22:68, 37:40].min() > 0.95 and worn[sleeve].max() < 0.05
    assert np.abs(closed.layer.rgb[22:68, 38] - rgb[22:68, 60]).max() < 1


def test_small_holes_between_legs_are_closed_and_the_gap_they_stand_over_is_not() -> None:
    left, right = np.zeros((100, 100), np.float32), np.zeros((100, 100), np.float32)
    left[5:95, 20:50], right[5:95, 50:80] = 1, 1
    left[20:26, 46:50], left[60:, 40:50], right[60:, 50:60] = 0.3, 0, 0
    left[30:34, 25:29] = 0  # torn on one leg
    found = holes(left, right, 100.0)
    assert found[20:26, 46:50].all() and found.sum() == 24
    assert not holes(left, right, 20.0).any() and not holes(0 * left, 0 * right, 100.0).any()
