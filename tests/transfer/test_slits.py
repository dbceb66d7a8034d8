"""Tests of pockets that a new garment gets for hands that are in the old one's."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import SHIRT, SKIN, draw_tshirt
from tests.transfer.drawings import draw_dress, draw_trousers
from tests.transfer.test_remains import WRIST, altered, with_hand
from tryon.transfer.warping.body import SIDES, Body, Side, read_body
from tryon.transfer.warping.bunched import opened
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.pockets import LONGEST, beside_pockets, up_to_hands
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.slits import (
    BEYOND,
    Slit,
    behind_cloth,
    in_slits,
    lies_in,
    light_of,
    over_hand,
    slit_of,
    with_firm_hands,
)
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import LABEL, Person

HAND = 14  # px of a drawn hand that are seen
EVERYWHERE = np.ones((512, 384), np.float32)
ALONG, OFF = np.meshgrid(np.arange(-20.0, 20.0), np.arange(-20.0, 20.0))
LEVEL = Slit(window=(slice(30, 70), slice(30, 70)), along=ALONG, off=OFF, half=10.0)


def with_cuff(person: Person) -> Person:
    """The same with a long sleeve."""

    def sleeve(pixels: np.ndarray, labels: np.ndarray) -> None:
        arm = labels == LABEL["left_arm"]
        pixels[arm], labels[arm] = SHIRT, LABEL["upper"]

    return altered(person, sleeve)


def slits_of(body: Body, regions: Regions, worn: np.ndarray) -> dict[Side, Slit]:
    found = {side: slit_of(body, regions, side) for side in SIDES}
    return {side: slit for side, slit in found.items() if slit is not None and lies_in(slit, worn, body.unit)}


def test_a_pocket_is_where_the_hand_goes_into_the_old_one(person: Person) -> None:
    bent = with_hand(person, HAND)
    body = read_body(bent)
    regions = read_regions(bent, body)
    slits = slits_of(body, regions, EVERYWHERE)
    assert list(slits) == ["right"]
    slit = slits["right"]
    end = WRIST[1] + HAND - slit.window[0].start
    column = slice(WRIST[0] - 8 - slit.window[1].start, WRIST[0] + 6 - slit.window[1].start)
    assert np.abs(slit.off[end, column]).max() < 3
    assert (slit.off[end + 12, column] > 6).all() and (slit.off[end - 12, column] < -6).all()
    assert not slits_of(body, regions, 0 * EVERYWHERE)
    assert beside_pockets(body, regions, {}).any() and not beside_pockets(body, regions, slits).any()


def test_the_hand_goes_into_a_dark_slit_of_the_dress(person: Person) -> None:
    result = dress(with_hand(person, HAND), draw_dress(), "dress", None, read_wishes(""), 1)
    column = result.pixels[:, WRIST[0] - 4 : WRIST[0] + 3].mean(axis=(1, 2))
    edge = WRIST[1] + HAND
    assert column[edge - 3 : edge + 4].min() < 0.75 * column[edge + 12 : edge + 20].mean()
    assert np.abs(result.pixels - SKIN).max(axis=2)[WRIST[1] - 4 : WRIST[1] + 4, WRIST[0] - 4 : WRIST[0] + 3].max() < 30


@pytest.mark.parametrize("sleeve", [False, True])
def test_the_hand_goes_into_a_pocket_of_new_trousers(person: Person, sleeve: bool) -> None:
    bent = with_cuff(with_hand(person, HAND)) if sleeve else with_hand(person, HAND)
    result = dress(bent, draw_trousers(), "bottom", None, read_wishes(""), 1)
    column = result.pixels[:, WRIST[0] - 4 : WRIST[0] + 3].mean(axis=(1, 2))
    edge = WRIST[1] + HAND
    assert column[edge - 1 : edge + 5].min() < 0.85 * column[edge + 18 : edge + 24].mean()
    assert np.abs(result.pixels - SKIN).max(axis=2)[WRIST[1] + 2 : edge - 6, WRIST[0] - 4 : WRIST[0] + 3].max() < 30


def test_a_hand_in_a_pocket_lifts_the_cloth_over_it() -> None:
    light = light_of(LEVEL, 84.0)[:, 20]
    assert light[20 + round(0.08 * 84)] > 1.02 > 0.98 > light[20 + round(0.2 * 84)]


def test_a_hand_that_comes_out_of_an_old_sleeve_goes_into_a_pocket_too(person: Person) -> None:
    bent = with_cuff(with_hand(person, HAND))
    body = read_body(bent)
    assert list(slits_of(body, read_regions(bent, body), EVERYWHERE)) == ["right"]
    result = dress(bent, draw_dress(), "dress", None, read_wishes(""), 1)
    assert (result.worn[WRIST[1] - 4 : WRIST[1] + 4, WRIST[0] - 4 : WRIST[0] + 3] < 0.1).all()


def test_no_strip_of_a_hand_is_left_beside_the_hip_that_labels_missed(person: Person) -> None:
    bent = with_hand(person, HAND)
    strip = np.s_[WRIST[1] + 16 : WRIST[1] + 26, 263:266]
    bent.photo.pixels[strip] = SKIN
    for missed in (bent.labels, bent.outline):
        missed[strip] = 0
    result = dress(bent, draw_tshirt(), "top", None, read_wishes(""), 1)
    assert (np.abs(result.pixels - SKIN).max(axis=2)[strip] > 30).mean() > 0.9


def test_into_a_top_no_hand_goes_that_comes_out_of_an_old_sleeve(person: Person) -> None:
    bent = with_cuff(with_hand(person, HAND))
    body = read_body(bent)
    regions = read_regions(bent, body)
    dressing = put_on(draw_dress(), "dress", body, regions, read_wishes(""))
    assert list(opened(dressing, body, regions).slits) == ["right"]
    assert not opened(dressing, body, regions, sleeved=False).slits
    bare = read_regions(with_hand(person, HAND), body)
    assert list(opened(dressing, body, bare, sleeved=False).slits) == ["right"]


def test_a_cuff_covers_nothing_of_a_bare_hand_in_a_pocket(person: Person) -> None:
    def end(bent: Person) -> float:
        body = read_body(bent)
        return LONGEST * float(up_to_hands(body, read_regions(bent, body)).arms["right"].arc[-1])

    def palm(pixels: np.ndarray, labels: np.ndarray) -> None:  # it begins above the wrist's key point
        cv2.line(labels, WRIST, (WRIST[0] + 9, WRIST[1] - 9), LABEL["left_hand"], 18)

    bare = altered(with_hand(person, HAND), palm)
    arm = read_body(bare).arms["right"]
    assert end(bare) < float(arm.arc[-1]) - 18 < end(with_cuff(bare))


def test_a_forearm_before_a_new_pocket_stays_as_it_is(person: Person) -> None:
    bent = with_hand(person, HAND)
    arm = cv2.erode((bent.labels == LABEL["left_arm"]).astype(np.uint8), np.ones((7, 7))) > 0
    arm &= (np.arange(384) < WRIST[0] + 14) & (np.arange(512) < WRIST[1] - 6)[:, None]
    bent.photo.pixels[arm] -= np.uint8(24)
    result = dress(bent, draw_dress(), "dress", None, read_wishes(""), 1)
    seen = cv2.erode(arm.astype(np.uint8), np.ones((3, 3))) > 0
    assert seen.sum() > 20 and np.abs(result.pixels - bent.photo.pixels)[seen].max() < 12


def test_hands_end_at_a_slit_in_a_line_and_get_dark_there() -> None:
    before = behind_cloth({"right": replace(LEVEL, half=10 / BEYOND)}, (100, 100))
    assert before[52, 50] == 1 and before[47, 50] == 0 and before[52, 68] == 0
    shade = in_slits({"right": LEVEL}, np.ones((100, 100), bool), 84.0)
    assert shade[50, 50] > 0.9 > 0.2 > shade[40, 50] and shade[50, 66] == 0
    light = light_of(LEVEL, 84.0)
    assert light[20, 20] < 0.55 and light[21, 20] > light[20, 20] and light[32, 20] == pytest.approx(1, abs=0.02)


def test_lines_along_a_forearm_are_no_hands(person: Person) -> None:
    bent = with_hand(person, HAND)
    body = read_body(bent)
    regions = read_regions(bent, body)
    slits = slits_of(body, regions, EVERYWHERE)
    hands = regions.hands.copy()
    regions.hands[WRIST[1] - 40 : WRIST[1], WRIST[0] - 30] = True
    firm = with_firm_hands(regions, slits).hands
    assert not firm[:, WRIST[0] - 30].any() and (firm & hands).sum() > 0.9 * hands.sum()


def test_cloth_that_ends_before_a_hand_bulges_over_what_of_it_is_in_the_pocket() -> None:
    unit, y, x = 100.0, *np.mgrid[0:120, 0:100]
    cloth, hand = (x < 50) & (y < 110), (np.abs(x - 50) < 12) & (y > 20) & (y < 48)
    slit = Slit(window=(slice(0, 120), slice(0, 100)), along=x - 50.0, off=y - 44.0, half=12.0)
    more = over_hand(cloth, slit, hand | (x < 60), hand, "right", unit)
    assert not more[:44].any() and not more[:, :46].any()
    wide = [int(more[row].sum()) for row in range(46, 110)]
    assert 8 <= max(wide[:12]) <= 13 and wide[-20] == 0, "as far out as the hips, and back to its own side"
    assert np.abs(np.diff(wide)).max() <= 2
    mirrored = over_hand(cloth[:, ::-1], Slit(window=slit.window, along=slit.along[:, ::-1], off=slit.off, half=12.0),
                         (hand | (x < 60))[:, ::-1], hand[:, ::-1], "left", unit)  # fmt: skip
    assert (mirrored == more[:, ::-1]).all()
    far = over_hand(cloth & (x < 20), slit, hand | (x < 60), hand, "right", unit)
    assert not far.any(), "too far out"
