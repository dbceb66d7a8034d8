"""Legs of new trousers: they stand as the person's do, and part where theirs part."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_person
from tests.transfer.drawings import TROUSERS, draw_trousers
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.bottoms import _to_gap
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.limbs import strip
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.wishes import Wishes
from tryon.types import KEYPOINT, LABEL, Person, Photo

LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")
CUT = 380  # px, the row at which the picture ends


def cropped(spread: float, hand: bool = False) -> Person:
    """The drawn person down to the thighs, each leg led `spread` px outwards from the hips to the picture's end."""
    drawn = draw_person()
    labels, pixels = drawn.labels[:CUT].copy(), drawn.photo.pixels[:CUT].copy()
    wall = pixels[0, 0].tolist()
    below = np.s_[272:, :]
    labels[below], pixels[below] = np.where(labels[below] == LABEL["pants"], 0, labels[below]), wall
    for side, hip in ((-1, 166), (1, 218)):
        line = (hip, 262), (round(hip + side * spread), CUT + 20)
        cv2.line(labels, *line, LABEL["pants"], 46)  # type: ignore[call-overload]
        cv2.line(pixels, *line, (40, 52, 88), 46)
    if hand:
        cv2.circle(labels, (round(166 - spread - 22), CUT - 20), 30, LABEL["right_hand"], -1)  # type: ignore[call-overload]
    keypoints = drawn.keypoints.copy()
    keypoints[[KEYPOINT[name] for name in LEGS], 2] = 0
    outline = np.where(labels > 0, 255, 0).astype(np.uint8)
    return replace(
        drawn, photo=Photo(pixels), labels=labels, keypoints=keypoints, outline=outline,
        parts=drawn.parts[:CUT], depth=drawn.depth[:CUT], box=replace(drawn.box, y1=CUT),
    )  # fmt: skip


def lean(person: Person) -> dict[str, float]:
    """px outwards per px down, of each thigh."""
    legs = read_body(person).legs
    steps = {side: legs[side].points[4] - legs[side].points[0] for side in ("left", "right")}
    return {side: float((-1 if side == "left" else 1) * step[0] / step[1]) for side, step in steps.items()}


@pytest.mark.parametrize("spread", [20.0, 34.0])
def test_thighs_lean_as_the_gap_between_them_shows(spread: float) -> None:
    straight, found = lean(cropped(6)), lean(cropped(spread))
    for side in ("left", "right"):
        assert found[side] > straight[side] + 0.4 * (spread - 6) / 138


def test_a_hand_beside_a_thigh_does_not_turn_it() -> None:
    free, covered = lean(cropped(24)), lean(cropped(24, hand=True))
    assert abs(free["left"] - covered["left"]) < 0.05


def test_without_a_gap_thighs_hang_straight() -> None:
    person = cropped(20)
    person.labels[272:] = LABEL["skirt"]
    assert lean(person) == {"left": pytest.approx(0, abs=0.02), "right": pytest.approx(0, abs=0.02)}


def test_the_gap_between_legs_stays_where_it_was() -> None:
    person = cropped(34)
    result = dress(person, draw_trousers(), "bottom", None, Wishes(), 1)
    row = CUT - 8
    gap, open_ = (np.flatnonzero(part[row, 150:235]) for part in (person.labels == 0, result.worn < 0.2))
    assert np.ptp(open_) > 0.8 * np.ptp(gap) > 20


def test_a_shadow_where_the_legs_part_is_no_cloth(person: Person) -> None:
    garment = draw_trousers()
    pixels, cutout = garment.photo.pixels.copy(), garment.cutout.copy()
    fork = np.array([TROUSERS["crotch"], (188, 230), (196, 230)], np.int32)
    cv2.fillPoly(pixels, [fork], (255, 0, 255))
    cv2.fillPoly(cutout, [fork], 255)  # type: ignore[call-overload]
    result = dress(person, replace(garment, photo=Photo(pixels), cutout=cutout), "bottom", None, Wishes(), 1)
    red, green, blue = np.moveaxis(result.pixels.astype(int), -1, 0)
    assert (result.worn > 0.5).sum() > 5000
    assert ((red > green + 90) & (blue > green + 90)).sum() < 10  # what is left is the seam's width


def test_each_leg_is_as_long_as_its_own() -> None:
    person = cropped(20)
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    for side, other in (("left", "right"), ("right", "left")):
        own, _, _ = strip(body.legs[side], person.labels.shape)
        its, _, _ = strip(body.legs[other], person.labels.shape)
        alone = (own > 0.5) & (its == 0)
        assert (figure.along["legs", side][alone] > 0).mean() > 0.8  # not before the hip
        assert not figure.along["legs", other][alone].any()


def test_a_hem_that_hangs_lower_in_front_is_no_gap_between_legs() -> None:
    trousers, person = np.zeros((60, 60), bool), np.ones((60, 60), bool)
    trousers[20:, 5:55] = True
    trousers[20:26, 30:40] = False  # a top's
    person[30:, 40:45] = trousers[30:, 40:45] = False
    inwards = np.array([1.0, 0.0])
    assert _to_gap(trousers, person, np.array([12.0, 23.0]), inwards, 25) == 25
    assert _to_gap(trousers, person, np.array([12.0, 35.0]), inwards, 40) == 28
