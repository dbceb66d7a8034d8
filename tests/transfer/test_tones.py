"""The tone and the light of skin that is not seen, from what is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.transfer.warping.arrays import luminance
from tryon.transfer.warping.body import SIDES, read_body
from tryon.transfer.warping.leaves import SHADOW, shaded
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.skin import read_figure, skin_colour
from tryon.transfer.warping.tones import HARDNESS, TINT, covered_arms, seen_light, shaded_skin, sleeve_side, tone_of
from tryon.types import Person

PARTS = {"hands": (66.0, 18.0, 20.0), "face": (70.0, 13.0, 24.0), "skin": (82.0, 8.0, 20.0)}


def sleeved(person: Person) -> tuple[np.ndarray, Regions, float]:
    """A picture whose hands, face and neck have the colours of PARTS, arms in sleeves."""
    body = read_body(person)
    regions = read_regions(person, body)
    regions = replace(regions, skin=regions.skin & ~regions.arms)
    lab = np.full((*regions.person.shape, 3), (50.0, 0.0, 0.0), np.float32)
    for name, colour in PARTS.items():
        lab[getattr(regions, name)] = colour
    picture: np.ndarray = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255
    return picture, regions, body.unit


def test_sleeved_arms_are_between_red_hands_and_a_pale_neck(person: Person) -> None:
    picture, regions, unit = sleeved(person)
    weight = regions.skin + 0.5 * regions.hands.astype(np.float32)
    tone = tone_of(picture, regions, weight, unit)
    light, red, yellow = cv2.cvtColor((tone / 255)[None, None], cv2.COLOR_RGB2LAB)[0, 0]
    assert PARTS["hands"][0] < light < PARTS["skin"][0]
    assert PARTS["skin"][1] + 2 < red < PARTS["hands"][1] - 2
    assert 19 < yellow < 25


def test_without_hands_face_and_neck_the_arms_keep_the_usual_tone(person: Person) -> None:
    picture, regions, unit = sleeved(person)
    none = np.zeros_like(regions.hands)
    usual = np.array([60.0, 15.0, 20.0], np.float32)
    bare = replace(regions, hands=none, skin=none)
    assert (covered_arms(picture, bare, none, unit, usual) == usual).all()
    assert covered_arms(picture, replace(bare, skin=regions.skin), none, unit, usual)[0] == pytest.approx(82.0, abs=0.5)


def test_a_neck_of_which_little_is_seen_counts_for_the_tone(person: Person) -> None:
    picture, regions, unit = sleeved(person)
    usual, face = np.array([60.0, 15.0, 20.0], np.float32), regions.face
    little = np.zeros_like(regions.skin)
    little[10:14, 10:70], picture[10:14, 10:70] = True, picture[regions.skin][0]
    none, some = (
        covered_arms(picture, replace(regions, skin=skin), face, unit, usual)
        for skin in (np.zeros_like(little), little)
    )
    assert some[1] < none[1] - 1, "hands and faces are redder"


def test_a_wide_bare_chest_tells_more_of_covered_arms_than_hands_and_face(person: Person) -> None:
    picture, regions, unit = sleeved(person)
    usual, chest = np.zeros(3, np.float32), np.zeros_like(regions.skin)
    chest[10 : 10 + round(0.6 * unit), 10 : 10 + round(0.6 * unit)] = True
    picture[chest] = picture[regions.skin][0]
    little, wide = (
        covered_arms(picture, replace(regions, skin=skin), regions.face & ~chest, unit, usual)
        for skin in (regions.skin & ~chest, chest)
    )
    off = np.abs(np.array([little, wide]) - PARTS["skin"])[:, :2]
    assert (off[1] < 0.65 * off[0]).all() and off[1, 1] < 3


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("hardness", [0.5, 1.0])
def test_light_on_limbs_is_told_by_how_they_are_shaded(share: float, hardness: float) -> None:
    across = np.linspace(-0.9, 0.9, 400).astype(np.float32)
    front, aside = 0.3 + 0.7 * np.sqrt(1 - across**2), 0.25 * across
    light = (front + share * aside) ** hardness
    redness = np.array([0.7, 1.0, 1.3], np.float32)
    noise = np.random.default_rng(1).normal(0, 0.01, (400, 1))
    colours = np.log(np.array([200.0, 150.0, 120.0])) + np.log(light)[:, None] * redness + noise
    told = seen_light(colours.astype(np.float32), front.astype(np.float32), aside.astype(np.float32))
    assert told[0] == pytest.approx(share, abs=0.01)
    assert told[1] == pytest.approx(hardness * (redness @ [0.299, 0.587, 0.114]), rel=0.08)
    assert told[2] == pytest.approx((redness + TINT) / 2, abs=0.04)


@pytest.mark.parametrize("share", [-0.25, 0.0, 0.125])
def test_a_sleeve_tells_from_where_light_falls_on_its_arm(share: float) -> None:
    across = np.linspace(-0.9, 0.9, 400).astype(np.float32)
    front, aside = np.sqrt(1 - 0.8 * across**2), 0.5 * across
    folds = np.random.default_rng(1).normal(0, 0.1, 400)
    assert sleeve_side(0.6 * np.log(front + share * aside) + folds, front, aside) == share
    assert sleeve_side(-0.3 * np.log(front), front, aside) == 0, "dark in its middle: no light does that"


def test_covered_arms_that_are_both_lighter_outside_are_lit_from_both_sides(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    covered = replace(regions, skin=regions.skin & ~regions.arms, upper=regions.upper | regions.arms)
    picture = np.repeat(120 - 40 * figure.inward[..., None], 3, axis=2)
    light = luminance(skin_colour(picture.astype(np.float32), covered, figure, body, 5))
    for side in SIDES:
        share = figure.along["arms", side] / body.arms[side].arc[-1]
        part = (figure.arms > 0.9) & (share > 0.3) & (share < 0.42)
        outer, middle = (light[part & (np.abs(figure.inward - at) < 0.15)].mean() for at in (-0.5, 0.0))
        assert outer > 0.94 * middle


def test_flat_skin_is_shaded_as_usual() -> None:
    light = np.linspace(0.6, 1.0, 200).astype(np.float32)
    colours = np.log(np.tile(np.array([200.0, 150.0, 120.0], np.float32), (200, 1)))
    share, hardness, tint = seen_light(colours, light, np.zeros_like(light))
    assert 0 <= share <= 1 and HARDNESS[0] <= hardness <= HARDNESS[1] and np.isfinite(tint).all()


def test_a_shadow_deepens_colours_and_leaves_grey_grey() -> None:
    picture = np.zeros((4, 6, 3), np.float32)
    picture[:, :2], picture[:, 2:4], picture[:, 4:] = (200, 150, 120), (128, 128, 128), (40, 70, 130)
    cast = np.zeros((4, 6), np.float32)
    cast[2:] = 0.8
    dark = shaded(picture, cast)
    assert (dark[:2] == picture[:2]).all() and (dark[2:] < picture[2:]).all()
    skin, grey, denim = dark[3, 0] / picture[3, 0], dark[3, 2] / picture[3, 2], dark[3, 5] / picture[3, 5]
    assert skin[0] > skin[1] > skin[2] and denim[2] > denim[1] > denim[0]
    assert grey == pytest.approx(np.full(3, 1 - SHADOW * 0.8), abs=1e-6)


def test_the_shade_of_the_old_folds_makes_skin_redder() -> None:
    skin = np.full((2, 2, 3), (200.0, 160.0, 130.0), np.float32)
    light = np.array([[1.0, 0.8], [0.8, 1.0]], np.float32)
    lit = shaded_skin(skin, light)
    assert np.array_equal(lit[0, 0], skin[0, 0]) and lit[0, 1, 1] == pytest.approx(128)
    assert lit[0, 1, 0] / lit[0, 1, 1] > 1.05 * 200 / 160 and lit[0, 1, 2] < 0.8 * 130
