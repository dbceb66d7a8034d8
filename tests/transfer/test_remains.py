"""What is left of the old clothes, and hands: on a drawn figure whose right answer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import FIGURE, SHIRT, SKIN, TROUSERS, WALL, draw_person, draw_tshirt
from tests.transfer.drawings import draw_camisole, draw_dress
from tryon.masking import agnostic_mask, corrected_labels
from tryon.transfer.warping.arrays import grow
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.covered import covered_skin
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.limbs import behind_skirt
from tryon.transfer.warping.pockets import beside_pockets, hidden_hands, tucked_away, up_to_hands
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.remains import remains, without_specks
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.undress import beside_top, own_skin
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import KEYPOINT, LABEL, Person, Photo

RED = (196, 60, 52)
WRIST = (236, 232)


def altered(person: Person, *steps: Callable[[np.ndarray, np.ndarray], None]) -> Person:
    """The person with `steps` done on copies of its pixels and labels."""
    pixels, labels = person.photo.pixels.copy(), person.labels.copy()
    for step in steps:
        step(pixels, labels)
    return replace(person, photo=Photo(pixels), labels=labels, outline=np.where(labels > 0, 255, 0).astype(np.uint8))


def with_hand(person: Person, length: int) -> Person:
    """The left hand bent to the hip before the trousers, `length` px of it seen below the wrist."""

    def draw(pixels: np.ndarray, labels: np.ndarray) -> None:
        gone = np.isin(labels, (LABEL["left_arm"], LABEL["left_hand"]))
        pixels[gone], labels[gone] = WALL, 0
        cv2.rectangle(pixels, (196, 226), (262, 330), TROUSERS, -1)
        cv2.rectangle(labels, (196, 226), (262, 330), LABEL["pants"], -1)
        cv2.line(pixels, FIGURE["left_elbow"], WRIST, SKIN, 20)
        cv2.line(labels, FIGURE["left_elbow"], WRIST, LABEL["left_arm"], 20)
        cv2.rectangle(pixels, (WRIST[0] - 10, WRIST[1]), (WRIST[0] + 8, WRIST[1] + length), SKIN, -1)
        cv2.rectangle(labels, (WRIST[0] - 10, WRIST[1]), (WRIST[0] + 8, WRIST[1] + length), LABEL["left_hand"], -1)

    keypoints = person.keypoints.copy()
    keypoints[KEYPOINT["left_wrist"], :2] = WRIST
    return replace(altered(person, draw), keypoints=keypoints)


@pytest.mark.parametrize(("length", "pocket"), [(14, True), (44, False)])
def test_a_hand_in_a_pocket_goes_into_one_of_the_dress_and_a_whole_hand_stays(
    person: Person, length: int, pocket: bool
) -> None:
    bent = with_hand(person, length)
    hand = cv2.erode((bent.labels == LABEL["left_hand"]).astype(np.uint8), np.ones((7, 7))) > 0
    result = dress(bent, draw_dress(), "dress", None, read_wishes(""), 1)
    shown = np.abs(result.pixels - SKIN).max(axis=2)[hand]
    assert np.quantile(shown, 0.8) < 40 if pocket else (shown < 2).all()  # in the shade of the opening
    body = read_body(bent)
    regions = read_regions(bent, body)
    assert (list(hidden_hands(body, regions, np.ones(hand.shape))) == ["right"]) is pocket
    assert not hidden_hands(body, regions, np.zeros(hand.shape))  # where the new garment does not reach
    mask = agnostic_mask(bent, (draw_tshirt(RED),), "top")
    assert (mask[hand] == (255 if pocket else 0)).all()


@pytest.mark.parametrize(("length", "pocket"), [(14, True), (44, False)])
def test_a_sleeve_ends_where_a_hand_in_a_pocket_begins(person: Person, length: int, pocket: bool) -> None:
    def palm(pixels: np.ndarray, labels: np.ndarray) -> None:  # it begins above the wrist's key point
        cv2.line(labels, WRIST, (WRIST[0] + 9, WRIST[1] - 9), LABEL["left_hand"], 18)

    bent = altered(with_hand(person, length), palm)
    body = read_body(bent)
    regions = read_regions(bent, body)
    shorter = up_to_hands(body, regions)
    assert shorter.arms["left"] is body.arms["left"]
    ends = [float(one.arms["right"].arc[-1]) for one in (body, shorter)]
    assert (0.79 * ends[0] < ends[1] < ends[0]) if pocket else ends[1] == ends[0]
    assert beside_pockets(body, regions, {}).any() == pocket


@pytest.mark.parametrize(("width", "pocket"), [(4, True), (18, False)])
def test_a_thumb_outside_a_pocket_makes_no_whole_hand(person: Person, width: int, pocket: bool) -> None:
    def thumb(pixels: np.ndarray, labels: np.ndarray) -> None:
        ends = (WRIST[0] - 10, WRIST[1] + 6), (WRIST[0] - 10 + width, WRIST[1] + 44)
        cv2.rectangle(pixels, *ends, SKIN, -1)
        cv2.rectangle(labels, *ends, LABEL["left_hand"], -1)  # type: ignore[call-overload]

    bent = altered(with_hand(person, 14), thumb)
    body = read_body(bent)
    assert (list(hidden_hands(body, read_regions(bent, body), np.ones(bent.labels.shape))) == ["right"]) is pocket


def test_no_shadow_of_the_cloth_falls_on_a_forearm_before_it(person: Person) -> None:
    result = dress(person, draw_tshirt(RED), "top", None, read_wishes(""), 1)
    arm = cv2.erode(np.isin(person.labels, (LABEL["left_arm"], LABEL["left_hand"])).astype(np.uint8), np.ones((5, 5)))
    low = (arm > 0) & (np.arange(512)[:, None] > 222)
    assert low.sum() > 200
    assert np.abs(result.pixels - person.photo.pixels.astype(float)).max(axis=2)[low].max() < 2


def test_wall_beside_an_arm_is_no_arm(person: Person) -> None:
    rows, columns = slice(190, 230), slice(236, 246)
    assert not np.isin(person.labels[rows, columns], (LABEL["left_arm"], LABEL["left_hand"])).all()

    def widen(pixels: np.ndarray, labels: np.ndarray) -> None:
        part, seen = labels[rows, columns], pixels[rows, columns]
        seen[part == 0] = np.array(WALL) - 5  # in the shade of the arm
        part[part == 0] = LABEL["left_arm"]

    wide = altered(person, widen)
    wall = (wide.labels == LABEL["left_arm"]) & (person.labels == 0)
    assert wall.sum() > 200
    fixed = corrected_labels(wide)
    assert (fixed[wall] == 0).mean() > 0.8
    arm = cv2.erode((person.labels == LABEL["left_arm"]).astype(np.uint8), np.ones((7, 7))) > 0
    assert (fixed[arm] == LABEL["left_arm"]).all()


def test_a_hand_in_its_own_light_is_no_cuff(person: Person) -> None:
    """Under a long sleeve, a hand in shade may be nearer to the cloth than to the face."""
    tint = tuple(round(0.4 * s + 0.6 * c) for s, c in zip(SKIN, SHIRT, strict=True))

    def sleeve(pixels: np.ndarray, labels: np.ndarray) -> None:
        arms, hand = labels == LABEL["left_arm"], labels == LABEL["left_hand"]
        pixels[arms], labels[arms], pixels[hand] = SHIRT, LABEL["upper"], tint

    shaded = altered(person, sleeve)
    fixed = corrected_labels(shaded)
    hand = shaded.labels == LABEL["left_hand"]
    assert (fixed[hand] == LABEL["left_hand"]).mean() > 0.95


def test_rims_of_a_skirt_beside_a_top_over_it_go_and_a_wide_skirt_stays(person: Person) -> None:
    body = read_body(person)
    lower, worn = np.zeros((2, 512, 384), bool)
    worn[120:300, 150:234] = True
    lower[220:340, 147:300] = True  # 3 px to the left of the top, far out to its right
    hem = 300.0 - float(body.origin[1])
    rims = beside_top(body, lower, worn, hem)
    assert rims[230:270, 147:150].all()
    assert not rims[:, 240:].any() and not rims[295:].any() and not (rims & worn).any()


def test_a_skirt_that_stands_out_before_a_forearm_stays_before_it() -> None:
    drawn = draw_person()
    body = read_body(drawn)
    figure = read_figure(body, read_regions(drawn, body))
    arc = figure.along["arms", "left"]
    core, length = figure.core * (arc > 0), float(body.arms["left"].arc[-1])
    skirt = (arc > 0.7 * length) & (core > 0.5)
    assert behind_skirt(body.arms["left"], core, arc, skirt)
    assert not behind_skirt(body.arms["left"], core, arc, (arc > 0.97 * length) & skirt)
    short = (arc > 0.5 * length) & (core > 0.5)  # from behind it the hand comes out with its wrist
    assert behind_skirt(body.arms["left"], core, arc, short & (arc < 0.8 * length))
    assert not behind_skirt(body.arms["left"], core, arc, short & (arc < 0.58 * length))


@pytest.mark.parametrize("skirt", [False, True])
def test_a_forearm_before_a_top_is_hidden_at_its_wrist_and_one_in_a_skirt_from_the_elbow(
    person: Person, skirt: bool
) -> None:
    bent = with_hand(person, 14)
    body = read_body(bent)
    regions = read_regions(bent, body)
    figure = read_figure(body, regions)
    everywhere = np.ones(bent.labels.shape, np.float32)
    hands = hidden_hands(body, regions, everywhere)
    away = tucked_away(body, figure, hands, everywhere, skirt)
    length = float(body.arms["right"].arc[-1])
    middle = (np.abs(figure.along["arms", "right"] - 0.75 * length) < 3) & (figure.core > 0.5)
    beyond = cv2.dilate(hands["right"].astype(np.uint8), np.ones((9, 9))) == 0
    assert away[middle & beyond].mean() == pytest.approx(1.0 if skirt else 0.0, abs=0.05)
    beside = tucked_away(body, figure, hands, 0 * everywhere, False)
    assert beside[middle & beyond].mean() > 0.9
    crossing = (np.abs(figure.along["arms", "right"] - 0.60 * length) < 3) & (figure.core > 0.5)
    assert (
        beside[crossing & (figure.inward > 0.6)].min() > 0.95 and beside[crossing & (figure.inward < -0.6)].max() < 0.05
    )
    assert ((beside > 0.1) & (beside < 0.9) & crossing).sum() < 0.2 * crossing.sum(), "an edge, no haze"


def test_a_bare_forearm_that_nothing_is_painted_on_stays_up_to_its_hand(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure, dressing = read_figure(body, regions), put_on(draw_camisole(), "top", body, regions, read_wishes(""))
    blank = np.ones(regions.skin.shape, bool)
    hidden = covered_skin(body, regions, figure, dressing)
    kept = own_skin(blank, "top", body, regions, hidden)
    assert kept.any() and not (kept & ~(regions.skin & regions.arms)).any()
    assert not (kept & grow(regions.upper, 1.5)).any()
    assert not (kept & ~grow(regions.hands, 0.21 * body.unit)).any()
    assert not own_skin(~blank, "top", body, regions, hidden).any()
    without = replace(regions, hands=~blank)
    assert not own_skin(blank, "top", body, without, hidden).any()


def test_the_corner_of_a_cuff_beside_a_hand_goes_and_a_thumb_further_on_stays(person: Person) -> None:
    body = read_body(person)
    none, shape, unit = np.zeros((160, 120), bool), (160, 120), 100.0
    sleeve, hand, corner, thumb = none.copy(), none.copy(), none.copy(), none.copy()
    sleeve[20:60, 40:80], hand[60:100, 50:80] = True, True
    corner[60:63, 45:48], thumb[66:90, 47:50] = True, True  # not labelled
    regions = replace(
        read_regions(person, body), person=sleeve | hand, upper=sleeve, lower=none, skin=none, hands=hand, face=none,
        hair=none, held=none, feet=none, arms=sleeve,
    )  # fmt: skip
    pixels = np.full((*shape, 3), 240, np.uint8)
    ground = pixels.astype(np.float32)
    pixels[sleeve], pixels[hand | thumb], pixels[corner] = RED, SKIN, RED
    gone = remains(pixels, ground, regions, regions.upper, unit)
    assert gone[corner].all() and not gone[thumb].any() and not gone[hand].any()


def test_cloth_that_labels_missed_beside_a_hand_goes_where_that_comes_out_of_no_sleeve(person: Person) -> None:
    body = read_body(person)
    none, shape, unit = np.zeros((160, 120), bool), (160, 120), 200.0
    trousers, hand, missed = none.copy(), none.copy(), none.copy()
    trousers[60:150, 20:60], hand[50:80, 50:64], missed[80:85, 69:73] = True, True, True
    trousers &= ~hand
    regions = replace(
        read_regions(person, body), person=trousers | hand, upper=none, lower=trousers, skin=none, hands=hand,
        face=none, hair=none, held=none, feet=none, arms=none,
    )  # fmt: skip
    pixels = np.full((*shape, 3), 240, np.uint8)
    ground = pixels.astype(np.float32)
    pixels[trousers | missed], pixels[hand] = TROUSERS, SKIN
    assert remains(pixels, ground, regions, trousers, unit)[missed].mean() > 0.9


def test_what_a_legs_label_has_beside_the_drawn_leg_is_covered_but_no_buckle_of_a_shoe(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure, dressing = read_figure(body, regions), put_on(draw_dress(), "dress", body, regions, read_wishes(""))
    thigh = (body.along(regions.skin.shape) < 0.9 * dressing.skirt) & (body.along(regions.skin.shape) > body.trunk)
    rim = grow(figure.legs > 0, 2) & ~(figure.legs > 0) & thigh & ~regions.arms & ~regions.hands
    wide = replace(regions, skin=regions.skin | rim)
    assert rim.sum() > 20 and covered_skin(body, wide, figure, dressing)[rim].all()
    assert not covered_skin(body, replace(wide, feet=rim), figure, dressing)[rim].any()


def test_specks_that_labels_missed_go_with_the_old_garment_around_them() -> None:
    area = np.zeros((200, 200), bool)
    area[20:180, 20:180] = True
    area[50:54, 60:63], area[100:130, 100:130] = False, False  # a speck, and a hand
    found = without_specks(area, 300.0)
    assert found[50:54, 60:63].all() and not found[100:130, 100:130].any() and not found[:20].any()
