"""How high trousers sit and how their cloth is laid along the legs, on drawn figures whose right answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.transfer.drawings import draw_trousers
from tests.transfer.test_waist import with_hem
from tryon.transfer.warping.bare_legs import bare_legs, beyond, hides
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.bottoms import bottom_pieces, bottom_scale, waist_for, within
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.field import sample
from tryon.transfer.warping.joints import HIGHEST, HIP_AT, under_skirt
from tryon.transfer.warping.order import around_old_waistband
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.waist import FORK, LOW, Hem, fork_of
from tryon.transfer.warping.wishes import Wishes
from tryon.types import KEYPOINT, LABEL, Person


@pytest.mark.parametrize("knee", [250.0, 360.0])
def test_a_print_has_one_scale_from_the_crotch_to_the_hem(person: Person, knee: float) -> None:
    garment = draw_trousers()
    points = {name: (x, knee if name.startswith("knee") else y) for name, (x, y) in garment.landmarks.items()}
    garment = replace(garment, landmarks=points)
    body = read_body(person)
    regions = read_regions(person, body)
    scale = bottom_scale(garment, body)
    waist = waist_for(garment, body, regions, scale)
    pieces, _, _ = bottom_pieces(prepare(garment, 1.0), garment, body, regions, scale, waist)
    leg = body.legs["left"]
    places = [np.rint(leg.at(share * float(leg.arc[-1]))[0]).astype(int) for share in (0.35, 0.5, 0.65, 0.8)]
    steps = np.diff([pieces[0].field.y[y, x] for x, y in places])
    assert steps.max() < 1.15 * steps.min()


def test_a_low_hem_hides_the_waistband_and_a_high_one_lies_on_it(person: Person) -> None:
    garment = draw_trousers()
    found = {}
    for name, hem in {"low": 238.0, "high": 190.0}.items():
        worn = with_hem(person, np.full(384, hem))
        body = read_body(worn)
        found[name] = waist_for(garment, body, read_regions(worn, body, over=True), bottom_scale(garment, body))
        assert (hem - body.origin[1] > LOW * body.trunk) == (name == "low")
    assert found["low"].along < 0.9 * (238 - body.origin[1]) and found["low"].hem is not None
    assert abs(found["high"].along - (190 - body.origin[1])) < 6 and found["high"].hem is None


def test_a_new_waistband_s_ends_stand_neither_beside_the_old_one_nor_on_the_top(person: Person) -> None:
    worn = with_hem(person, np.full(384, 190.0))
    body = read_body(worn)
    regions = read_regions(worn, body, over=True)
    none = np.zeros(regions.person.shape, np.float32)
    hidden = around_old_waistband(body, regions)
    across, level = body.across(none.shape), body.along(none.shape) + body.origin[1] - 190
    off = np.abs(across) - np.abs(across[regions.lower & (np.abs(level - 3) < 2)]).max()
    beside = ~regions.lower & (off > 4) & (off < 8)
    assert hidden[beside & (np.abs(level) < 3)].min() > 0.9
    assert hidden[beside & (np.abs(level - 0.4 * body.unit) < 4)].max() < 0.1
    assert hidden[regions.lower & (level > 3) & (off < -3)].max() < 0.2
    above = regions.upper & (np.abs(across) < 0.3 * body.unit) & (np.abs(level + 0.06 * body.unit) < 2)
    assert hidden[above].min() > 0.9


def test_legs_part_where_the_photo_shows_a_gap_between_them(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body, over=True)
    found = fork_of(body, regions)
    assert found is not None
    between = ~regions.person[:, round(float(body.origin[0]))]
    first = np.flatnonzero(between & (np.arange(512) > body.origin[1] + 0.9 * body.trunk))[0] - body.origin[1]
    assert first <= found <= first + 3 + 0.05 * body.unit < body.trunk + FORK * body.unit
    labels = np.where(person.labels == LABEL["background"], LABEL["skirt"], person.labels)
    assert fork_of(body, read_regions(replace(person, labels=labels), body, over=True)) is None
    garment = draw_trousers()
    low = replace(garment, landmarks={**garment.landmarks, "crotch": (192.0, 230.0)})
    for each in (garment, low):
        scale = bottom_scale(each, body)
        pieces, _, _ = bottom_pieces(
            prepare(each, 1.0), each, body, regions, scale, waist_for(each, body, regions, scale)
        )
        gap = (np.max([sample(piece.part, piece.field, sharp=False) for piece in pieces], axis=0) < 0.5)[:, 192]
        assert gap[round(found + body.origin[1] + 0.12 * body.unit)]


def test_legs_come_out_from_under_a_top_no_wider_than_it(person: Person) -> None:
    body = read_body(person)
    hem = Hem(along=0.97 * body.trunk, left=-0.4 * body.unit, right=0.4 * body.unit)
    rows = np.linspace(0.97 * body.trunk, 2 * body.trunk, 9)
    for sign in (-1, 1):
        wide = body.place(sign * 0.6 * body.unit, rows)
        across = sign * body.coordinates(within(wide, body, hem, sign))[:, 0]
        assert across[0] == pytest.approx(0.4 * body.unit) and (np.diff(across) >= -1e-9).all()
        assert across[1] < 0.45 * body.unit and across[-1] == pytest.approx(0.6 * body.unit)
    np.testing.assert_allclose(within(wide, body, None, 1), wide)


def _in_skirt(person: Person, low: int) -> Person:
    """The figure in a skirt down to its shins, its hip joints `low` px too low."""
    labels, points = person.labels.copy(), person.keypoints.copy()
    labels[230:400, 150:234] = LABEL["skirt"]
    points[[KEYPOINT[f"{side}_hip"] for side in ("left", "right")], 1] += low
    return replace(person, labels=labels, keypoints=points)


def test_hips_under_a_skirt_are_no_lower_than_they_can_be(person: Person) -> None:
    found = _in_skirt(person, 15)
    hips, ankles, shoulders = (
        [KEYPOINT[f"{side}_{joint}"] for side in ("left", "right")] for joint in ("hip", "ankle", "shoulder")
    )
    moved = under_skirt(found.keypoints.astype(float), found.labels)
    top, foot = moved[shoulders, 1].mean(), moved[ankles, 1].mean()
    assert moved[hips, 1].mean() - top <= HIP_AT * (foot - top) + 1 < found.keypoints[hips, 1].mean() - top
    seen = under_skirt(person.keypoints.astype(float), person.labels)  # trousers show where legs part
    np.testing.assert_allclose(seen, person.keypoints)


def test_hips_are_no_lower_than_a_waistband_allows(person: Person) -> None:
    found = _in_skirt(person, 0)
    labels, points = found.labels.copy(), found.keypoints.astype(float)
    points[[KEYPOINT[f"{side}_ankle"] for side in ("left", "right")], 2] = 0
    labels[180:400, 150:234] = LABEL["skirt"]
    moved = under_skirt(points, labels)
    hips = [KEYPOINT[f"{side}_hip"] for side in ("left", "right")]
    top = points[[KEYPOINT[f"{side}_shoulder"] for side in ("left", "right")], 1].mean()
    assert moved[hips, 1].mean() - top == pytest.approx((180 - top) / HIGHEST, abs=3)


def test_a_foot_under_longer_trousers_stays_the_photos_own(person: Person) -> None:
    bare = person.labels.copy()
    pixels = person.photo.pixels.copy()
    below = (np.arange(512) > 300)[:, None] & (bare == LABEL["pants"])
    for side, part in (("right", slice(0, 192)), ("left", slice(192, 384))):
        bare[:, part][below[:, part]] = LABEL[f"{side}_leg"]
    pixels[below] = (214, 170, 140)
    worn = replace(person, labels=bare, photo=replace(person.photo, pixels=pixels))
    result = dress(worn, draw_trousers(), "bottom", None, Wishes(), 1)
    feet = (np.arange(512) > 480)[:, None] & (result.worn < 0.02)
    assert np.abs(result.pixels[feet].astype(float) - pixels[feet]).max() < 30


def test_the_rest_of_a_bare_leg_is_found_outside_of_trousers() -> None:
    bare = np.zeros((20, 60), bool)
    bare[:, :42] = True
    assert beyond(bare, np.array([36.0, 10.0]), np.array([1.0, 0.0]), 20.0) == 6
    assert beyond(bare, np.array([10.0, 10.0]), np.array([1.0, 0.0]), 20.0) == 0  # too far: another thing


@pytest.mark.parametrize("shoes", [True, False])
def test_new_trousers_end_on_the_shoes_that_old_ones_rested_on(person: Person, shoes: bool) -> None:
    labels = person.labels.copy()
    labels[440:] = np.where(labels[440:] == LABEL["pants"], LABEL["left_shoe" if shoes else "left_leg"], labels[440:])
    body = read_body(replace(person, labels=labels))
    regions = read_regions(replace(person, labels=labels), body)
    garment = draw_trousers()
    scale = bottom_scale(garment, body)
    waist = waist_for(garment, body, regions, scale)
    _, ends, _ = bottom_pieces(prepare(garment, 1.0), garment, body, regions, scale, waist)
    for side, end in ends.items():
        hem = float(body.legs[side].at(end)[0][1])
        assert hem < 440 + 0.05 * body.unit if shoes else hem > 448  # or over the ankle


def test_trousers_hide_a_bare_leg_that_the_picture_cuts_off(person: Person) -> None:
    labels = person.labels.copy()
    labels[500:, 140:180] = LABEL["right_leg"]  # seen in the lowest rows only, between two ribs of the cloth
    body = read_body(person)
    bare = bare_legs(read_regions(replace(person, labels=labels), body), body.unit)
    for edge, sign in ((176.0, 1.0), (144.0, -1.0)):
        moved = hides(bare, np.array([edge, 520.0]), np.array([sign, 0.0]), body.unit)
        assert 4 <= moved <= 5 + 0.03 * body.unit
    assert hides(bare, np.array([130.0, 520.0]), np.array([-1.0, 0.0]), body.unit) == 0
