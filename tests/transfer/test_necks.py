"""Collars around a neck: where it stands, and what is seen of a collar's back beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arrays import Array, grow
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.covered import aslant
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.necks import (
    FOLLOWS,
    Neck,
    beside_collar,
    close_to_neck,
    collar_scraps,
    neck_middle,
    neck_sides,
    off_shoulders,
)
from tryon.transfer.warping.order import still_there
from tryon.transfer.warping.pieces import collar_feet, trunk_pairs
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.undress import Base, over_shoulders
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Person

UNIT = 100.0


def between_hair(person: Person, body: Body, first: float, last: float) -> Regions:
    """A neck that is seen from `first` to `last` shoulder distances across, with hair at both sides of it."""
    regions = read_regions(person, body)
    across, high = body.across(regions.skin.shape) / body.unit, body.along(regions.skin.shape) < 0
    neck, none = (across > first) & (across < last) & high, np.zeros(high.shape, bool)
    return replace(regions, skin=neck, face=none, hair=(np.abs(across) < 0.6) & high & ~neck)


def test_of_a_neck_between_hair_what_is_seen_tells_how_far_aside_it_stands(person: Person) -> None:
    body = read_body(person)
    aside = neck_middle(body, between_hair(person, body, 0.03, 0.24)) / body.unit
    assert 0.04 < aside < 0.08
    assert neck_middle(body, between_hair(person, body, -0.1, 0.12)) == 0, "there is room for it in the middle"


def test_a_turned_down_collar_goes_with_the_neck_and_the_shoulders_stay(person: Person) -> None:
    body, shirt = read_body(person), replace(draw_tshirt(), neckline="collar")
    cloth = prepare(shirt, 1.0)
    middle, aside = (trunk_pairs(cloth, shirt, body, 1.0, 1.0, cloth.alpha, Neck(middle=px))[2] for px in (0.0, 12.0))
    for side in ("left", "right"):
        assert body.coordinates(aside.necks[side])[0] - body.coordinates(middle.necks[side])[0] == pytest.approx(
            12, abs=2
        )
        assert np.allclose(aside.tips[side], middle.tips[side], atol=0.5)


def test_a_close_neckline_goes_with_the_neck_and_a_wide_one_stays_on_the_shoulders() -> None:
    shirt = draw_tshirt()
    assert close_to_neck(shirt, 0.22) == FOLLOWS
    assert close_to_neck(shirt, 0.36) == 0
    assert close_to_neck(replace(shirt, neckline="straps"), 0.22) == 0
    assert close_to_neck(replace(shirt, neckline="collar"), 0.36) == 1


def test_no_close_neckline_ends_before_the_side_of_the_neck(person: Person) -> None:
    body, shirt = read_body(person), draw_tshirt()
    cloth = prepare(shirt, 1.0)
    far = 0.34 * body.unit
    necks = (Neck(), Neck(sides={"left": 0.1 * body.unit, "right": far}))
    usual, broad = (trunk_pairs(cloth, shirt, body, 0.6, 1.0, cloth.alpha, neck)[2] for neck in necks)
    assert body.coordinates(usual.necks["right"])[0] < far - 4
    assert body.coordinates(broad.necks["right"])[0] == pytest.approx(far, abs=2)
    assert np.allclose(broad.necks["left"], usual.necks["left"])


def test_a_necks_sides_are_told_where_it_is_narrowest_and_no_hair_lies_beside_it(person: Person) -> None:
    body = read_body(person)
    regions = between_hair(person, body, -0.18, 0.25)
    assert neck_sides(body, regions) == {"left": 0.0, "right": 0.0}
    sides = neck_sides(body, replace(regions, hair=np.zeros_like(regions.hair)))
    assert sides["left"] == pytest.approx(0.18 * body.unit, abs=2)
    assert sides["right"] == pytest.approx(0.25 * body.unit, abs=2)


def test_a_high_collar_stands_aslant_where_one_shoulder_rises_higher(person: Person) -> None:
    body = read_body(person)
    half = 0.25 * body.unit
    level = collar_feet(body, half, 0.0)
    assert abs(level["left"][1] - level["right"][1]) < 0.02 * body.unit
    raised = replace(body, shoulders={**body.shoulders, "right": body.shoulders["right"] - 0.1 * body.unit * body.down})
    feet = collar_feet(raised, half, 0.0)
    assert 0.05 < (feet["left"] - feet["right"])[1] / body.unit < 0.1


def test_a_neck_that_is_held_aside_stays_above_the_neckline(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    dressing = put_on(draw_tshirt(), "top", body, regions, Wishes())
    across, along = body.across(regions.skin.shape) / body.unit, body.along(regions.skin.shape) / body.unit
    free = dressing.alpha < 0.5
    neck = (across > 0.1) & (across < 0.5) & (along < -0.1) & (along > -0.5) & free
    rim = free & grow(~free, 0.03 * body.unit) & (across < -0.35) & (along < 0)
    regions = replace(regions, skin=neck | rim, face=np.zeros_like(neck), arms=np.zeros_like(neck))
    side = aslant(body, regions, dressing.alpha > 0.5)
    assert side[neck & (across > 0.3)].mean() > 0.9
    assert not side[rim].any(), "a narrow rim of a shoulder is no neck"


def test_beside_a_high_collar_no_skin_stays_where_the_shoulder_rises_again(person: Person) -> None:
    body = read_body(person)
    size = person.labels.shape
    across, along = body.across(size) / body.unit, body.along(size) / body.unit
    collar = (np.abs(across) < 0.2) & (along > -0.4) & (along < 0)
    shoulder = (across > 0.3) & (across < 0.6) & (along > -0.2) & (along < 0)
    notch = (across > 0.23) & (across < 0.28) & (along > -0.15) & (along < -0.02)
    assert beside_collar(body, collar | shoulder, 0.2 * body.unit, 0.0)[notch].all()


def test_beside_a_collar_that_went_aside_no_skin_stays(person: Person) -> None:
    body = read_body(person)
    dressing = put_on(draw_tshirt(), "top", body, read_regions(person, body), Wishes())
    size = dressing.alpha.shape
    middle, aside = (
        over_shoulders(body, size, replace(dressing, aside=px, collared=True)) for px in (0.0, 0.07 * body.unit)
    )
    assert (aside[middle]).all()
    assert (aside & ~middle & (body.across(size) < 0)).any(), "on the side that it left"


def test_skin_is_left_between_the_ends_of_a_neckline_that_lies(person: Person) -> None:
    body = read_body(person)
    dressing = put_on(draw_tshirt(), "top", body, read_regions(person, body), Wishes())
    size = dressing.alpha.shape
    middle, aside = (over_shoulders(body, size, replace(dressing, aside=px)) for px in (0.0, 0.07 * body.unit))
    across = body.across(size)
    assert (middle & ~aside & (across > 0)).any() and (aside & ~middle & (across < 0)).any()


def test_at_its_ends_a_neckline_lies_on_the_skin_and_cloth_is_thick_further_out(person: Person) -> None:
    body = read_body(person)
    across, along = (plane(person.labels.shape) / body.unit for plane in (body.across, body.along))
    flesh = along > 0.6 * np.abs(across) - 0.4  # shoulders that fall to both sides
    off = off_shoulders(body, flesh, flesh, flesh & (np.abs(across) < 0.2))
    stands = ~flesh & (along > 0.6 * np.abs(across) - 0.43)
    end, out = (stands & (np.abs(np.abs(across) - at) < 0.01) for at in (0.21, 0.45))
    assert off[end].mean() > 0.6
    assert not off[out].any()
    assert off[flesh].mean() < 0.01


def collar(left: int, right: int) -> tuple[Array, Array]:
    """The inside of a collar's back (h,w) 0..1 and a neck before it, beside which `left` and `right` px of it show."""
    inside, neck = np.zeros((2, 120, 200), np.float32)
    neck[:, 70:130] = 1
    inside[50:58, 70 - left : 130 + right] = 1
    return inside, neck


@pytest.mark.parametrize(("left", "right", "scraps"), [(0, 6, True), (3, 7, True), (6, 7, False), (0, 20, False)])
def test_a_slim_back_that_is_not_seen_at_both_sides_is_closed(left: int, right: int, scraps: bool) -> None:
    found = collar_scraps(*collar(left, right), UNIT)
    assert (found[50:58, 130 : 130 + right] > 0.5).all() == scraps
    if scraps:
        assert found[52, 138] > 0.5, "and the thin end of its front outside of it"
        assert found[64:].max() < 0.05
    else:
        assert not found.any()


def test_a_wide_necklines_back_goes_and_its_front_stays() -> None:
    found = collar_scraps(*collar(0, 6), UNIT, stands=False)
    assert (found[50:58, 130:136] > 0.5).all()
    assert found[50:58, 137:].max() == 0


def test_a_collar_whose_back_is_not_seen_at_all_has_no_scraps() -> None:
    inside, neck = collar(0, 0)
    assert not collar_scraps(np.zeros_like(inside), neck, UNIT).any()


def test_skin_that_was_taken_away_is_before_nothing() -> None:
    seen, plane = np.ones((20, 30), bool), np.zeros((20, 30), np.float32)
    area, skin = plane.copy(), plane.copy()
    area[:, 10:] = 1
    skin[:, 20:] = 1
    found = still_there(seen, Base(pixels=np.zeros((20, 30, 3), np.float32), skin=skin, other=plane, area=area))
    assert found[10, 5] == 1 and found[10, 15] == 0 and found[10, 25] == 1
