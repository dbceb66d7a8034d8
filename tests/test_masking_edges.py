"""Rims of hands keep nothing of what is behind them; nails stay, and so does a hand whose colours tell nothing."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import compact
from tryon.masking.edges import without_cloth_rims, without_limb_specks, without_mixed_rims
from tryon.masking.maps import Array
from tryon.transfer.warping.compose import unmixed
from tryon.types import LABEL

UNIT = 300.0  # px, shoulder distance of the drawn figure
SKIN, WALL = (205, 150, 120), (225, 225, 220)
HAND = LABEL["right_hand"]


def drawn(cloth: Array, wide: int) -> tuple[Array, Array, Array]:
    """A photo (400,300,3) of a hand before `cloth` (400,300,3), labels that give the hand `wide` px too much, and the
    truth."""
    hand = np.zeros((400, 300), np.uint8)
    cv2.ellipse(hand, (140, 210), (50, 130), 0, 0, 360, 1, -1)
    truth = np.full((400, 300), LABEL["skirt"], np.uint8)
    truth[:, :110] = 0
    labels = truth.copy()
    truth[hand > 0] = HAND
    labels[cv2.dilate(hand, np.ones((2 * wide + 1, 2 * wide + 1), np.uint8)) > 0] = HAND
    photo = np.where((truth == LABEL["skirt"])[..., None], cloth, np.uint8(WALL))
    photo[truth == HAND] = SKIN
    noise = np.random.default_rng(3).normal(0, 2, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 1.0) + noise, 0, 255).astype(np.uint8), labels, truth


def zebra() -> Array:
    stripes = (np.arange(400)[:, None] // 9 + np.arange(300) // 40) % 2
    return np.repeat(np.where(stripes > 0, 245, 20).astype(np.uint8)[..., None], 3, axis=2)


def test_a_patterned_skirt_leaves_no_scraps_at_a_hand() -> None:
    photo, labels, truth = drawn(zebra(), wide=3)
    fixed = without_mixed_rims(labels, photo, UNIT)
    wrong = (labels == HAND) & (truth != HAND)
    assert wrong.sum() > 1000 and (fixed[wrong] != HAND).mean() > 0.95
    inner = cv2.erode((truth == HAND).astype(np.uint8), np.ones((5, 5))) > 0
    assert (fixed[inner] == HAND).all()


def test_what_is_cut_off_goes_to_what_is_beside() -> None:
    photo, labels, truth = drawn(np.full((400, 300, 3), (40, 70, 150), np.uint8), wide=3)
    gone = (labels == HAND) & (without_mixed_rims(labels, photo, UNIT) != HAND)
    assert (without_mixed_rims(labels, photo, UNIT)[gone] == truth[gone]).mean() > 0.9


def test_a_pale_nail_before_pale_cloth_stays() -> None:
    cloth = np.full((400, 300, 3), (235, 220, 200), np.uint8)
    photo, labels, _ = drawn(cloth, wide=1)
    nail = np.zeros((400, 300), np.uint8)
    cv2.circle(nail, (165, 230), 8, 1, -1)
    photo[nail > 0] = (228, 200, 186)
    assert (without_mixed_rims(labels, photo, UNIT)[nail > 0] == HAND).all()


def test_cloth_of_the_colour_of_skin_takes_nothing() -> None:
    photo, labels, _ = drawn(np.full((400, 300, 3), SKIN, np.uint8), wide=3)
    fixed = without_mixed_rims(labels, photo, UNIT)
    right = np.zeros(labels.shape, bool)
    right[:, 150:] = True
    assert (fixed == labels)[right].all()


def test_compact_parts_are_small_and_about_as_wide_as_long() -> None:
    mask = np.zeros((80, 80), np.uint8)
    cv2.circle(mask, (20, 20), 6, 1, -1)
    mask[50:53, 10:60] = 1
    cv2.circle(mask, (60, 20), 15, 1, -1)
    found = compact(mask > 0, 200)
    assert found[20, 20] and not found[51].any() and not found[20, 60]


def test_a_soft_edge_before_a_new_garment_has_the_hand_s_own_colours() -> None:
    hand = np.zeros((60, 80), np.float32)
    hand[:, :40] = 1
    front = cv2.GaussianBlur(hand, (0, 0), 1.2)
    photo = (front[..., None] * np.array(SKIN) + (1 - front[..., None]) * np.array((20, 20, 20))).astype(np.uint8)
    worn = np.ones_like(front)
    own = unmixed(photo, front, worn)
    rim = (front > 0.1) & (front < 0.9)
    assert np.abs(own[rim] - np.array(SKIN)).max() < 12
    assert (own[front == 1] == photo[front == 1]).all()
    assert (unmixed(photo, front, np.zeros_like(front)) == photo).all()


def test_a_thread_of_cloth_along_an_arm_before_the_wall_is_the_arms_and_a_skirts_edge_stays() -> None:
    labels = np.zeros((300, 240), np.uint8)
    labels[:, :100] = LABEL["skirt"]
    labels[40:180, 80:120], labels[180:240, 80:120] = LABEL["left_arm"], LABEL["left_hand"]
    truth = labels.copy()
    labels[60:230:3, 120] = LABEL["skirt"]  # specks of it
    clean = without_cloth_rims(labels, np.zeros((300, 240, 3), np.uint8), 150.0)
    specks = labels != truth
    assert specks.any() and (clean[specks & (np.arange(300) < 176)[:, None]] == LABEL["left_arm"]).all()
    assert (clean[specks & (np.arange(300) > 184)[:, None]] == LABEL["left_hand"]).all()
    assert (clean[~specks] == labels[~specks]).all()
    bare = np.where(np.isin(labels, (LABEL["left_arm"], LABEL["left_hand"])), 0, labels).astype(np.uint8)
    assert (without_cloth_rims(bare, np.zeros((300, 240, 3), np.uint8), 150.0) == bare).all()


def test_specks_of_a_hand_along_its_forearm_are_none_of_it() -> None:
    labels = np.zeros((300, 240), np.uint8)
    labels[40:200, 100:220] = LABEL["pants"]
    labels[20:150, 60:100] = LABEL["left_arm"]
    labels[150:190, 60:100] = LABEL["left_hand"]
    labels[150:190, 110:116] = LABEL["left_hand"]  # a finger beyond a gap
    clean = labels.copy()
    labels[100:104, 100] = LABEL["left_hand"]
    labels[120:122, 99] = LABEL["left_hand"]
    assert (without_limb_specks(labels, np.zeros((300, 240, 3), np.uint8), 150.0) == clean).all()
