"""The film's cut-outs: edges of patterned cloth, and arms that are taken out of the figure."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.video.figure import person, scene
from tryon.types import LABEL, Person
from tryon.video.motion_grammar import read_sentence
from tryon.video.motion_timeline import settle
from tryon.video.relief.borders import border_by_colour, without_strips
from tryon.video.relief.matte import cut_out
from tryon.video.relief.stage import Set, build_set, build_stage

WALL = 205


def striped(first: int, second: int) -> tuple[np.ndarray, np.ndarray]:
    """A block with stripes on a grey wall: the picture (120,120,3) and its outline (120,120)."""
    outline = np.zeros((120, 120), np.uint8)
    outline[20:100, 40:] = 255
    cloth = np.where(np.arange(120)[:, None] // 5 % 2 == 0, first, second) + np.zeros((1, 120))
    outline = cv2.GaussianBlur(outline, (3, 3), 0.7)
    share = outline / 255.0
    luma = np.rint(cloth * share + WALL * (1 - share)).astype(np.uint8)
    return np.dstack([luma] * 3), outline


@pytest.mark.parametrize(("first", "second"), [(25, 245), (25, 60), (25, 25), (120, 250)])
def test_stripes_have_one_straight_edge(first: int, second: int) -> None:
    picture, outline = striped(first, second)
    backdrop = np.full_like(picture, WALL)
    texture = cut_out(picture, outline, backdrop, np.zeros(outline.shape, bool))
    alpha = texture[30:90, :, 3].astype(float)
    width = alpha[:, 30:60].sum(axis=1) / 255
    assert np.ptp(width) < 1.2  # px: no stripe is bitten into
    assert (alpha[:, 46:] > 240).all()
    again = texture[..., :3] + (1 - texture[..., 3:] / 255.0) * backdrop
    assert np.abs(again - picture)[30:90].max() < 40


def lifted(someone: Person) -> Set:
    asked = scene("she raises both hands", someone)
    return build_set(build_stage(asked, settle(read_sentence(asked.prompt), 0)))


def sleeved(known: bool) -> Person:
    """The figure in a wide long-sleeved top that is green on the arms and hangs before the trunk."""
    someone = person(600, 800)
    labels, pixels = someone.labels.copy(), someone.photo.pixels.copy()
    sleeves = np.zeros_like(labels)
    for code, name in ((1, "left_arm"), (2, "right_arm")):
        inward = (0, 0) if code == 1 else (60, 0)  # only over the trunk
        wide = cv2.dilate((labels == LABEL[name]).astype(np.uint8), np.ones((1, 61), np.uint8), anchor=inward) > 0
        wide &= ~np.isin(labels, [LABEL["left_hand"], LABEL["right_hand"]])
        labels[wide], pixels[wide], sleeves[wide] = LABEL["upper"], (40, 150, 70), code
    outline = cv2.GaussianBlur((labels > 0).astype(np.uint8) * 255, (5, 5), 1.0)
    photo = replace(someone.photo, pixels=pixels)
    return replace(someone, photo=photo, labels=labels, outline=outline, sleeves=sleeves if known else None)


def test_a_sleeve_that_is_known_is_lifted_as_a_whole() -> None:
    whole, guessed = (lifted(sleeved(known)) for known in (True, False))

    def green(scenery: Set) -> int:
        body = scenery.figure.textures[True, True].astype(int)
        return int(((body[..., 1] > body[..., 0] + 40) & (body[..., 3] > 128)).sum())

    standing = whole.figure.textures[False, False].astype(int)
    worn = int(((standing[..., 1] > standing[..., 0] + 40) & (standing[..., 3] > 128)).sum())
    assert green(whole) < 0.2 * worn  # the caps of the shoulders stay
    assert green(whole) < green(guessed)
    arms = [arm for arm, _ in whole.figure.arms]
    assert {arm.side for arm in arms} == {0, 1}
    for arm in arms:
        body = arm.upper.astype(int)
        assert (body[..., 1] > body[..., 0] + 40)[body[..., 3] > 200].mean() > 0.9


def test_a_sleeve_with_a_dark_cuff_is_lifted_with_its_pale_top() -> None:
    """The trunk beside it is of the colour that the sleeve has above its cuff."""
    someone = sleeved(True)
    pixels, sleeves = someone.photo.pixels.copy(), someone.sleeves
    assert sleeves is not None
    cloth = (sleeves > 0) | (someone.labels == LABEL["upper"])
    rows = np.arange(len(pixels))[:, None]
    pixels[cloth & (rows < 240)] = (150, 190, 230)
    pixels[cloth & (rows >= 240)] = (30, 30, 60)
    film = lifted(replace(someone, photo=replace(someone.photo, pixels=pixels)))
    assert len(film.figure.arms) == 2
    for arm, _ in film.figure.arms:
        pale = arm.upper[arm.upper[..., 3] > 200][:, 2] > 150
        assert pale.mean() > 0.13  # it is 0.15; the trunk's colour beside it would take a third of that


def test_a_print_beside_a_lifted_arm_is_not_seen_twice() -> None:
    someone = person(600, 800)
    pixels = someone.photo.pixels.copy()
    pixels[someone.labels == LABEL["upper"]] = (30, 30, 34)
    pixels[280:300, 240:360] = (250, 250, 250)
    scenery = lifted(replace(someone, photo=replace(someone.photo, pixels=pixels)))
    textures = scenery.figure.textures
    bright = [int((textures[key][..., 0] > 235).sum()) for key in ((False, False), (True, True))]
    assert bright[1] <= bright[0]


def test_borders_go_where_the_colours_change() -> None:
    texture = np.zeros((60, 80, 4), np.uint8)
    texture[..., 3] = 255
    texture[:, :40, 0], texture[:, 40:, 2] = 200, 200
    part = np.zeros((60, 80), bool)
    part[:, :44] = True  # four columns too many
    assert border_by_colour(texture, part, ~part, 6)[10:50].sum(axis=1).tolist() == [40] * 40
    assert without_strips(texture, part, ~part, 6)[10:50].sum(axis=1).tolist() == [40] * 40
    part[:, 36:] = False  # four too few
    assert border_by_colour(texture, part, ~part, 6)[10:50].sum(axis=1).tolist() == [40] * 40
    assert without_strips(texture, part, ~part, 6)[10:50].sum(axis=1).tolist() == [36] * 40


def test_borders_stay_where_both_sides_are_alike() -> None:
    texture = np.full((60, 80, 4), 255, np.uint8)
    texture[..., :3] = np.random.default_rng(0).integers(120, 136, (60, 80, 1))
    part = np.zeros((60, 80), bool)
    part[:, :40] = True
    assert (border_by_colour(texture, part, ~part, 6) == part).all()
    assert (without_strips(texture, part, ~part, 6) == part).all()


@pytest.mark.parametrize("known", [True, False])
def test_a_hand_before_a_skirt_that_swings_leaves_no_hole(known: bool) -> None:
    someone = person(600, 800, cut_at=0.68)
    labels, pixels = someone.labels.copy(), someone.photo.pixels.copy()
    for plane, value in ((labels, LABEL["left_hand"]), (pixels, (205, 155, 135))):
        cv2.ellipse(plane, (320, 490), (18, 36), 0, 0, 360, value, -1)
    sleeves = np.zeros_like(labels) if known else None
    someone = replace(someone, photo=replace(someone.photo, pixels=pixels), labels=labels, sleeves=sleeves)
    asked = scene("strong wind in the skirt", someone, width=600, height=544)
    scenery = build_set(build_stage(asked, settle(read_sentence(asked.prompt), 0)))
    body, skirt = scenery.figure.textures[False, False], scenery.figure.skirt
    assert skirt is not None
    assert (body[430:530, 290:350, 3] > 200).all()  # beside the hand the cloth is there twice
    rim = np.flatnonzero(skirt.layer[500, :, 3] > 200)
    assert (body[500, rim[:8], 3] < 60).all()  # next to the wall only in the layer that swings
