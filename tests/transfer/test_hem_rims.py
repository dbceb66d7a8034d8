"""Hems of tops over a new bottom: no rim of the old one under them, and a seam where a dress is one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.hem_rims import with_own_hem
from tryon.transfer.warping.order import Order
from tryon.transfer.warping.reading import Regions, parting
from tryon.transfer.warping.tuck import hanging_bodice
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


def test_the_hem_of_a_dress_worn_over_trousers_is_seen_in_dark_cloth_and_faint_in_pale() -> None:
    person = draw_person()
    body, size = read_body(person), person.labels.shape
    dress = np.abs(body.across(size)) < 0.4 * body.unit
    edge = parting(body, body.across(size), over=True)
    regions = cast(Regions, SimpleNamespace(upper=dress & (body.along(size) < edge), one_piece=dress))
    none = np.zeros(size, np.float32)
    near = (np.abs(body.across(size)) < 0.3 * body.unit) & (np.abs(body.along(size) - edge + 0.04 * body.unit) < 8)
    spread = []
    for tone in (40.0, 225.0):
        photo = np.full((*size, 3), tone, np.float32)
        base = Base(pixels=photo.copy(), skin=none, other=none, area=none)
        after, over = hanging_bodice(base, photo, body, regions, dress)
        seen = after.pixels[..., 0][near & (over > 0.99)] / tone
        spread.append(float(np.ptp(seen)))
    assert spread[0] > 0.18 > 0.12 > spread[1] > 0.02


def test_a_coloured_top_in_its_own_shade_over_a_black_bottom_stays_as_it_is() -> None:
    regions, base, order = worn(HEM)
    pixels = np.full((*SIZE, 3), (150, 20, 50), np.uint8)
    pixels[HEM - 7 : HEM] = (96, 18, 36)
    pixels[HEM:] = (18, 18, 20)
    ground, after = with_own_hem(base, order, pixels, regions, UNIT)
    assert ground is base and after is order
