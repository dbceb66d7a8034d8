"""How tops hang: the light on their front, their folds, and how deep those look."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping import leaves
from tryon.transfer.warping.arrays import Array, shrink
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.draped import Hang, reliefs, sleeve_relief, to_hem, trunk_relief
from tryon.transfer.warping.leaves import hang_of
from tryon.transfer.warping.shading import lights
from tryon.transfer.warping.top_folds import COARSE, front_light, hung_light, own_folds, trunk_folds, trunk_places
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person, Photo


def hang(tone: float = 80.0, aside: float = 0.0, number: int = 0, own: float = 0.0) -> Hang:
    return Hang(number=number, tone=tone, aside=aside, own=own)


def cloth(shape: tuple[int, ...], tone: float = 80.0) -> Array:
    """(h,w,3) of one colour."""
    return np.full((*shape[:2], 3), tone, np.float32)


def test_a_front_turns_away_from_the_light_at_its_sides(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    light, _ = front_light(*trunk_places(body, shape), 80.0, 0.0)
    assert light.shape == (-(-shape[0] // COARSE), -(-shape[1] // COARSE))
    assert light.min() > 0.75 and light.max() < 1.03
    light = cv2.resize(light, shape[::-1])
    x, y = np.rint(body.place(0.0, 0.7 * body.trunk)).astype(int)
    half, nearer = (round(share * body.half_width(0.7 * body.trunk)[1]) for share in (0.97, 0.6))
    assert np.abs(light[y, [x - nearer, x + nearer]] - light[y, x]).max() < 0.03, "most of it faces the light"
    assert light[y, x] > light[y, x + half] + 0.05 and light[y, x] > light[y, x - half] + 0.05
    chest, below = (
        light[tuple(np.rint(body.place(0.0, share * body.trunk)).astype(int)[::-1])] for share in (0.2, 0.5)
    )
    assert chest > below + 0.02


def test_light_from_one_side_leaves_the_other_side_of_a_top_in_shade(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    share, places = 0.7 * body.trunk, trunk_places(body, shape)
    left, right, middle = (
        tuple(np.rint(body.place(off * body.half_width(share)[1], share) / COARSE).astype(int)[::-1])
        for off in (-0.7, 0.7, 0.0)
    )
    assert (front_light(*places, 80.0, 0.0)[1] == 1).all()
    for tone, lit, dark in ((80.0, 0.05, 0.05), (240.0, 0.0, 0.03)):
        slant = front_light(*places, tone, 0.5)[1]
        assert slant[right] > slant[middle] + lit and slant[left] < slant[middle] - dark
        assert slant[right] < 1.02 or tone < 200, "white cloth cannot get lighter"
        mirrored = front_light(*places, tone, -0.5)[1]
        assert mirrored[left] > 1 > mirrored[right]
    trunk, sleeves = hung_light(body, body.trunk, hang(aside=0.5), cloth(shape))
    assert trunk[right[0] * COARSE, right[1] * COARSE] > trunk[left[0] * COARSE, left[1] * COARSE] + 0.1
    assert sleeves.max() > 1.05


def test_a_top_is_round_and_lies_in_folds(person: Person) -> None:
    body, rgb = read_body(person), cloth(person.labels.shape)
    places, share = trunk_places(body, rgb.shape), 0.7 * body.trunk
    known = hang(own=1.0)  # the photo shows enough of its folds
    bare, folded = (hung_light(body, 1.2 * body.trunk, how, rgb)[0] for how in (known, hang()))
    folds = trunk_folds(places, 1.2, hang(), rgb)
    assert np.abs(bare - folded).max() > 0.05 and folded == pytest.approx(bare * folds, abs=1e-5)
    x, y = np.rint(body.place(0.0, share)).astype(int)
    assert bare[y, x] > bare[y, x + round(0.9 * body.half_width(share)[1])] + 0.05


@pytest.mark.parametrize("number", range(12))
def test_folds_are_as_deep_as_on_tops_that_people_wear_and_end_above_the_hem(person: Person, number: int) -> None:
    body, shape = read_body(person), person.labels.shape
    places, along = trunk_places(body, shape), body.along(shape) / body.trunk
    inside = np.abs(body.across(shape)) < 0.7 * body.half_width(0.7 * body.trunk)[1]
    for hem in (0.75, 1.1):
        folds = np.log(trunk_folds(places, hem, hang(number=number), cloth(shape)))
        assert 0.02 < folds[inside & (along > 0.4) & (along < hem)].std() < 0.12
        assert folds.min() > -0.35 and folds.max() < 0.2, "light only: a print stays readable"
        assert np.abs(folds[along < -0.1]).max() < 0.02
    assert np.abs(folds[(along > 1.12) & inside]).max() < 0.03


def test_equal_garments_lie_in_equal_folds_and_neighbours_in_others(person: Person) -> None:
    body, rgb = read_body(person), cloth(person.labels.shape)
    places = trunk_places(body, rgb.shape)
    kinds = [trunk_folds(places, 1.0, hang(number=number), rgb) for number in (0, 1, len(reliefs("trunk")) - 1, 0)]
    assert (kinds[0] == kinds[3]).all()
    assert min(np.abs(np.log(kinds[0] / kind)).max() for kind in kinds[1:3]) > 0.05


def test_a_garment_keeps_its_folds_when_its_light_changes(person: Person) -> None:
    body, shirt, numbers = read_body(person), draw_tshirt(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaves, "hang_of", lambda *known: numbers.append((made := hang_of(*known)).number) or made)
        for pixels in (shirt.photo.pixels, shirt.photo.pixels // 2 + 40):
            lay_out(person, body, replace(shirt, photo=Photo(pixels)), "top", read_wishes(""), 1)
    assert numbers[0] == numbers[1]


def test_folds_go_with_the_hem_and_a_tunic_has_its_own() -> None:
    one, shares = trunk_relief(1.0, 0), np.array([[0.1, 0.25, 0.9]])
    moved = to_hem(shares, 0.9, one)
    assert moved[0, :2] == pytest.approx([0.1, 0.25]) and moved[0, 2] == pytest.approx(one.end, abs=0.01)
    assert trunk_relief(1.6, 0).end > 1.3 > one.end
    assert sleeve_relief(0.4, 3).end < 0.6 < sleeve_relief(0.9, 3).end


def test_light_from_a_side_falls_on_the_side_of_a_fold_that_faces_it(person: Person) -> None:
    body, rgb = read_body(person), cloth(person.labels.shape)
    places = trunk_places(body, rgb.shape)
    left, right = (np.log(trunk_folds(places, 1.6, hang(aside=aside), rgb)) for aside in (-0.4, 0.5))
    inside = body.along(rgb.shape) > 0.4 * body.trunk
    assert np.corrcoef(left[inside], right[inside])[0, 1] < 0.5


def test_folds_look_deeper_in_dark_cloth_and_less_is_added_to_what_a_photo_shows(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    places = trunk_places(body, shape)
    black, white, known = (
        float(np.log(trunk_folds(places, 1.0, hang(tone, own=own), cloth(shape, tone))).std())
        for tone, own in ((30.0, 0.0), (235.0, 0.0), (235.0, 0.04))
    )
    assert black > 1.5 * white > 1.5 * 1.3 * known > 0
    shade, all_over = np.ones(shape, np.float32), np.ones(shape, np.float32)
    assert own_folds(shade, all_over, body.unit) == 0
    shade += 0.05 * np.sin(np.arange(shape[0]) / (0.02 * body.unit), dtype=np.float32)[:, None]
    assert 0.02 < own_folds(shade, all_over, body.unit) < 0.04


def test_the_folds_of_an_old_top_can_be_kept_in_part() -> None:
    unit, y, x = 100.0, *np.mgrid[0:240, 0:240]
    body = (y > 30) & (np.abs(x - 120) < 75)
    tone = np.where(body, 180 + 12 * np.sin(y / 6), 240.0)
    pixels = np.repeat(tone[..., None], 3, axis=2).astype(np.uint8)
    whole, half = (lights(pixels, body, unit, kept)[0][100:180, 100:140].std() for kept in (1.0, 0.5))
    assert 0.4 * whole < half < 0.6 * whole


def test_white_cloth_is_hardly_lit_further(person: Person) -> None:
    body, bright = read_body(person), []
    for colour in ((196, 60, 52), (245, 245, 245)):
        one = draw_tshirt(colour)
        laid = lay_out(person, body, one, "top", read_wishes(""), 1).leaves
        trunk = next(leaf for leaf in laid if leaf.layer.name == "trunk")
        inner = shrink(trunk.layer.alpha > 0.9, 0.1 * body.unit)  # beside a sleeve its edge is lit
        bright.append(float(trunk.light[inner].max()))
    assert 1 < bright[1] < 1 + 0.7 * (bright[0] - 1)


def test_both_factors_are_as_large_as_the_picture(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    for plane in hung_light(body, body.trunk, hang(120.0), cloth(shape)):
        assert plane.shape == shape and plane.dtype == np.float32 and np.isfinite(plane).all() and plane.min() > 0.5


def test_a_garment_cut_from_somebody_has_its_own_folds(person: Person) -> None:
    body, shirt = read_body(person), draw_tshirt()
    shirts = (shirt, replace(shirt, worn=True))
    light = []
    for one in shirts:
        laid = lay_out(person, body, one, "top", read_wishes(""), 1).leaves
        light.append(next(leaf.light for leaf in laid if leaf.layer.name == "trunk"))
    x, y = np.rint(body.place(0.0, 0.5 * body.trunk)).astype(int)
    assert light[0][y, x] < light[1][y, x] - 0.01


def test_the_shade_on_an_old_tops_strap_is_not_printed_on_a_new_one() -> None:
    unit, y, x = 100.0, *np.mgrid[0:240, 0:240]
    body, strap = (y > 90) & (np.abs(x - 120) < 55), (y > 20) & (y <= 90) & (np.abs(x - 85) < 12)
    tone = np.where(body | strap, 180.0, 240.0)
    tone[strap & (y < 60)] = 150  # shade of the hair
    tone[body] += 12 * np.sin(y[body] / 6)
    pixels = np.repeat(tone[..., None], 3, axis=2).astype(np.uint8)
    folds, _ = lights(pixels, body | strap, unit)
    detail = folds - cv2.GaussianBlur(folds, (0, 0), 0.25 * unit)
    assert detail[150:200, 100:140].std() > 0.01, "folds of the body are"
    assert np.abs(detail[30:80, 70:100]).max() < 0.015
