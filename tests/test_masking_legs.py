"""Trousers of about the skin's colour are not taken for bare legs, shorts end above legs, long dresses over boots."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_person
from tests.transfer.drawings import draw_dress, draw_trousers
from tryon.masking import agnostic_mask
from tryon.masking.legs import with_whole_trousers
from tryon.types import KEYPOINT, LABEL

UNIT = 80.0
SKIN, BEIGE, BLUE = (205, 155, 130), (205, 188, 160), (60, 80, 140)


@pytest.mark.parametrize(
    ("pants", "legs", "side_by_side", "whole"),
    [(BEIGE, BEIGE, True, True), (BEIGE, BEIGE, False, False), (BLUE, SKIN, True, False), (BEIGE, SKIN, True, False),
     (SKIN, SKIN, True, False)],
)  # fmt: skip
def test_legs_beside_trousers_of_their_colour(
    pants: tuple[int, ...], legs: tuple[int, ...], side_by_side: bool, whole: bool
) -> None:
    labels, pixels = np.zeros((300, 200), np.uint8), np.full((300, 200, 3), 230, np.uint8)
    labels[10:60, 70:130], pixels[10:60, 70:130] = LABEL["face"], SKIN
    area = np.s_[150:290, 60:100] if side_by_side else np.s_[100:150, 60:140]
    labels[150:290, 60:140], pixels[150:290, 60:140] = LABEL["left_leg"], legs
    labels[area], pixels[area] = LABEL["pants"], pants
    result = with_whole_trousers(labels, cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), UNIT)
    assert (result != labels).any() == whole
    if whole:
        assert not (result == LABEL["left_leg"]).any()
        np.testing.assert_array_equal(result == LABEL["face"], labels == LABEL["face"])


@pytest.mark.parametrize(("length", "over"), [("ankle", True), ("calf", True), ("knee", False)])
def test_a_long_dress_falls_over_boots_and_a_shorter_one_leaves_them_alone(length: str, over: bool) -> None:
    person = draw_person()
    labels = person.labels.copy()
    ankle, knee = (person.keypoints[KEYPOINT[f"left_{name}"], 1] for name in ("ankle", "knee"))
    rows = np.arange(labels.shape[0])[:, None]
    boot = (labels == LABEL["pants"]) & (rows > (ankle + knee) / 2) & (np.arange(labels.shape[1]) > 192)
    labels[boot] = LABEL["left_shoe"]
    mask = agnostic_mask(replace(person, labels=labels), (replace(draw_dress(), length=length),), "dress")
    shin, foot = boot & (rows < ankle - 4), (labels == LABEL["left_shoe"]) & (rows > ankle + 0.15 * UNIT)
    assert shin.sum() > 50
    assert (mask[shin] > 0).mean() > 0.9 if over else (mask[shin] == 0).all()
    assert (mask[foot] == 0).all()


def test_trousers_fall_further_over_shoes_than_dresses() -> None:
    person = draw_person()
    labels = person.labels.copy()
    ankle = person.keypoints[KEYPOINT["left_ankle"], 1]
    rows, columns = np.arange(labels.shape[0])[:, None], np.arange(labels.shape[1])
    labels[(labels == LABEL["pants"]) & (rows > ankle) & (columns > 192)] = LABEL["left_shoe"]
    front = (labels == LABEL["left_shoe"]) & (rows > ankle + 0.11 * UNIT) & (rows < ankle + 0.26 * UNIT)
    assert front.any()
    worn = replace(person, labels=labels)
    assert (agnostic_mask(worn, (draw_trousers(),), "bottom")[front] > 0).all()
    assert not agnostic_mask(worn, (replace(draw_dress(), length="ankle"),), "dress")[front].any()
