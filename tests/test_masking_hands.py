"""Hands follow the photo's own edges; where colours tell nothing the labels stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.hands import with_fine_limbs
from tryon.masking.maps import Array
from tryon.types import LABEL

UNIT = 150.0  # px, shoulder distance of the drawn figure
SKIN, CLOTH, WALL = (205, 150, 120), (40, 70, 150), (225, 225, 220)


def drawn(skin: tuple[int, int, int] = SKIN, cloth: tuple[int, int, int] = CLOTH) -> tuple[Array, Array, Array]:
    """A photo (300,240,3) of a hand with a gap between thumb and fingers before a skirt, its labels, and the truth."""
    truth = np.zeros((300, 240), np.uint8)
    truth[:, 120:] = LABEL["skirt"]
    cv2.rectangle(truth, (95, 0), (130, 150), LABEL["right_arm"], -1)
    cv2.ellipse(truth, (115, 195), (34, 62), 0, 0, 360, LABEL["right_hand"], -1)
    truth[:140][truth[:140] == LABEL["right_hand"]] = LABEL["right_arm"]
    labels = truth.copy()
    cv2.ellipse(truth, (125, 222), (9, 20), 0, 0, 360, LABEL["skirt"], -1)
    labels[180:220, 146:155] = LABEL["right_hand"]  # what a coarse map gives to the hand
    photo = np.empty((300, 240, 3), np.uint8)
    photo[:] = WALL
    photo[truth == LABEL["skirt"]] = cloth
    photo[np.isin(truth, (LABEL["right_arm"], LABEL["right_hand"]))] = skin
    noise = np.random.default_rng(3).normal(0, 3, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8), labels, truth


def test_a_hand_loses_what_is_cloth() -> None:
    photo, labels, truth = drawn()
    fixed = with_fine_limbs(labels, photo, UNIT)
    wrong = labels != truth
    assert wrong.sum() > 700 and (fixed[wrong] == truth[wrong]).mean() > 0.8
    assert (fixed[~wrong] == truth[~wrong]).mean() > 0.995


def test_a_hand_gets_its_edge_back() -> None:
    photo, labels, truth = drawn()
    hand = (truth == LABEL["right_hand"]).astype(np.uint8)
    labels = np.where((truth == LABEL["right_hand"]) & (cv2.erode(hand, np.ones((9, 9))) == 0), 0, labels)
    labels = np.where(labels == 0, np.where(np.arange(240) >= 120, LABEL["skirt"], 0), labels).astype(np.uint8)
    fixed = with_fine_limbs(labels, photo, UNIT)
    missing = (truth == LABEL["right_hand"]) & (labels != truth)
    assert missing.sum() > 500 and (fixed[missing] == LABEL["right_hand"]).mean() > 0.7


@pytest.mark.parametrize("cloth", [SKIN, (200, 146, 118)])
def test_labels_stay_where_colours_tell_nothing(cloth: tuple[int, int, int]) -> None:
    photo, labels, _ = drawn(cloth=cloth)
    fixed = with_fine_limbs(labels, photo, UNIT)
    cloth_side = np.zeros_like(labels, bool)
    cloth_side[:, 135:] = True
    assert (fixed == labels)[cloth_side].mean() > 0.99


def test_a_map_without_bare_limbs_is_left_alone() -> None:
    photo, labels, _ = drawn()
    labels[np.isin(labels, (LABEL["right_hand"], LABEL["right_arm"]))] = LABEL["upper"]
    assert (with_fine_limbs(labels, photo, UNIT) == labels).all()


def test_an_arm_loses_the_strip_of_cloth_beside_it() -> None:
    photo, labels, truth = drawn()
    strip = np.zeros_like(labels, bool)
    strip[20:120, 131:139] = True
    labels[strip] = LABEL["right_arm"]
    fixed = with_fine_limbs(labels, photo, UNIT)
    assert (fixed[strip] == truth[strip]).mean() > 0.8


def test_a_hand_mostly_behind_a_skirt_is_seen_down_to_its_tip() -> None:
    photo, labels, _ = drawn()
    hand = np.isin(labels, (LABEL["right_hand"], LABEL["right_arm"]))
    columns, rows = np.arange(240), np.arange(300)[:, None]
    skirt = hand & ((columns > 90) | (rows > 222))
    photo[skirt], labels[skirt] = CLOTH, LABEL["skirt"]
    strip = hand & ~skirt & (rows > 175)
    tip = strip & (rows > 205)
    labels[strip], labels[tip] = LABEL["right_hand"], LABEL["skirt"]
    assert tip.sum() > 60
    fixed = with_fine_limbs(labels, photo, UNIT)
    assert (fixed[tip] == LABEL["right_hand"]).mean() > 0.7
    assert (fixed[:, 94:] != LABEL["right_hand"]).all()
