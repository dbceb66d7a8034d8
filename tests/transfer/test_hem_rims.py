"""Hems of tops over a new bottom: no rim of the old one under them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from tryon.transfer.warping.hem_rims import with_own_hem
from tryon.transfer.warping.order import Order
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.undress import Base

SIZE, UNIT, HEM = (300, 300), 200.0, 150


def worn(label: int) -> tuple[Regions, Base, Order]:
    """A top down to row 150 that labels end at the row `label`, over a bottom."""
    rows = np.broadcast_to(np.arange(SIZE[0])[:, None], SIZE)
    regions = cast(Regions, SimpleNamespace(upper=rows < label, lower=rows >= label))
    none = np.zeros(SIZE, np.float32)
    front = (rows < label).astype(np.float32)
    base = Base(pixels=np.full((*SIZE, 3), 200, np.float32), skin=none, other=none, area=1 - front)
    planes = dict.fromkeys(("neck", "arms", "forearms", "away", "hidden", "beyond", "solid"), none)
    return regions, base, Order(**planes, behind={}, front=front)


@pytest.mark.parametrize("top", [(30, 30, 30), (235, 235, 238)])
def test_a_rim_of_the_old_bottom_below_a_hem_gets_the_tops_colour(top: tuple[int, int, int]) -> None:
    regions, base, order = worn(HEM + 7)
    pixels = np.full((*SIZE, 3), top, np.uint8)
    pixels[HEM - 8] = np.array(top) - 12  # a seam
    pixels[HEM:] = (18, 24, 48)  # the bottom in the hem's shade
    pixels[HEM + 7 :] = (50, 80, 160)
    ground, after = with_own_hem(base, order, pixels, regions, UNIT)
    rim = slice(HEM + 1, HEM + 6)
    np.testing.assert_allclose(ground.pixels[rim], np.broadcast_to(top, (5, 300, 3)), atol=8)
    assert after.front[rim].max() < 0.1 and after.hidden[rim].min() > 0.9
    assert (after.front[: HEM - 4] == 1).all() and (after.hidden[HEM + 12 :] == 0).all()


def test_a_hem_without_such_a_rim_stays_as_it_is() -> None:
    regions, base, order = worn(HEM)
    pixels = np.full((*SIZE, 3), 120, np.uint8)
    pixels[HEM - 6] = 100
    pixels[HEM:] = (112, 118, 124)
    ground, after = with_own_hem(base, order, pixels, regions, UNIT)
    assert ground is base and after is order
