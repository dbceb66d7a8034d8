"""Hands before bare legs, and gaps between fingers."""

import cv2
import numpy as np

from tryon.masking.fingers import with_whole_fingers
from tryon.types import LABEL

UNIT = 150.0
SKIN, WALL, DEEP = (190, 135, 110), (225, 225, 225), (90, 50, 40)


def _hand_before_thigh() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and photo of a hand that hangs before a thigh of its colour, dark along its edge, and where that hand is;
    its label goes on to a level line."""
    pixels = np.full((200, 160, 3), WALL, np.uint8)
    labels = np.zeros((200, 160), np.uint8)
    pixels[120:, 60:150], labels[120:, 60:150] = SKIN, LABEL["right_leg"]
    hand = np.zeros((200, 160), np.uint8)
    cv2.line(hand, (70, 60), (80, 140), 1, 26)
    pixels[cv2.dilate(hand, np.ones((5, 5))) > 0] = DEEP
    pixels[hand > 0] = SKIN
    labels[:40, 56:84] = LABEL["right_arm"]
    pixels[:40, 56:84] = SKIN
    pixels[40:60, 56:84], labels[40:60, 56:84] = SKIN, LABEL["right_hand"]
    labels[hand > 0] = LABEL["right_hand"]
    labels[120:160, 66:104] = LABEL["right_hand"]  # what a map gives it of the thigh
    hand[40:60, 56:84] = 1
    return labels, cv2.GaussianBlur(pixels, (0, 0), 0.7), hand > 0


def test_a_hand_before_a_thigh_ends_at_its_own_edge() -> None:
    labels, pixels, hand = _hand_before_thigh()
    found = with_whole_fingers(labels, pixels, UNIT) == LABEL["right_hand"]
    beyond = cv2.dilate(hand.astype(np.uint8), np.ones((7, 7))) == 0  # the dark line around it may be either's
    assert (labels == LABEL["right_hand"])[beyond].sum() > 200
    assert not (found & beyond).any()
    assert (found & hand).sum() > 0.97 * hand.sum()


def _with_gap(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, tuple[slice, slice]]:
    """Labels and photo of a hand with a gap of the wall's colour, in the shade on one side, of which the label has
    found `size` px."""
    pixels = np.full((180, 120, 3), WALL, np.uint8)
    labels = np.zeros((180, 120), np.uint8)
    pixels[10:160, 30:90], labels[10:160, 30:90] = SKIN, LABEL["left_hand"]
    gap = (slice(90, 130), slice(54, 66))
    pixels[gap] = WALL
    pixels[gap][:, :6] = (110, 110, 112)
    labels[92 : 92 + size[0], 61 : 61 + size[1]] = 0
    return labels, pixels, gap


def test_a_gap_that_was_found_in_part_is_found_whole_with_what_lies_in_shade() -> None:
    labels, pixels, gap = _with_gap((20, 4))
    found = with_whole_fingers(labels, pixels, UNIT)
    opened = found == 0
    assert opened[gap].mean() > 0.8
    opened[gap] = labels[gap] == 0
    assert (opened == (labels == 0)).all()  # no finger beside it is lost


def test_a_light_on_a_nail_is_no_gap() -> None:
    labels, pixels, _ = _with_gap((2, 2))
    assert (with_whole_fingers(labels, pixels, UNIT) == labels).all()


def test_hands_without_gaps_and_legs_stay() -> None:
    labels, pixels, hand = _hand_before_thigh()
    labels = np.where(hand, labels, 0).astype(np.uint8)
    assert (with_whole_fingers(labels, pixels, UNIT) == labels).all()


def test_the_shadow_of_a_hand_on_pale_cloth_is_cloth_and_nails_stay() -> None:
    pixels = np.full((180, 140, 3), (240, 236, 228), np.uint8)
    labels = np.full((180, 140), LABEL["skirt"], np.uint8)
    hand, shadow, nail = np.s_[10:130, 40:90], np.s_[70:150, 90:102], np.s_[100:112, 60:70]
    labels[hand], labels[shadow] = LABEL["left_hand"], LABEL["left_hand"]
    pixels[hand], pixels[shadow], pixels[nail] = SKIN, (182, 166, 154), (238, 214, 206)
    found = with_whole_fingers(labels, pixels, UNIT)
    assert (found[hand] == LABEL["left_hand"]).all()
    assert (found[shadow] == LABEL["skirt"]).mean() > 0.9
    dark = np.where(labels[..., None] == LABEL["skirt"], 60, pixels).astype(np.uint8)
    assert (with_whole_fingers(labels, dark, UNIT) == labels).all(), "on dark cloth no shadow is as light as skin"


def test_cloth_between_fingers_is_told_by_its_hue_where_it_is_lighter_than_dark_skin() -> None:
    pixels = np.full((180, 140, 3), (238, 226, 200), np.uint8)
    labels = np.full((180, 140), LABEL["pants"], np.uint8)
    hand, between, nail = np.s_[10:130, 40:90], np.s_[100:130, 58:72], np.s_[112:124, 44:54]
    labels[hand], pixels[hand] = LABEL["left_hand"], (140, 82, 66)
    pixels[between], pixels[nail] = (190, 160, 118), (214, 186, 180)
    found = with_whole_fingers(labels, pixels, UNIT) == LABEL["left_hand"]
    assert found[between].mean() < 0.2
    assert found[nail].all()
    found[between] = True
    assert found[hand].mean() > 0.98


def test_a_shadow_that_comes_only_near_pale_cloth_stays() -> None:
    pixels = np.full((180, 140, 3), (240, 236, 228), np.uint8)
    labels = np.full((180, 140), LABEL["skirt"], np.uint8)
    hand, shadow = np.s_[10:150, 40:90], np.s_[70:150, 90:102]
    labels[8:152, 38:105] = 0  # a strip that no map gives to either
    labels[hand], labels[shadow] = LABEL["left_hand"], LABEL["left_hand"]
    pixels[hand], pixels[shadow] = SKIN, (182, 166, 154)
    assert (with_whole_fingers(labels, pixels, UNIT)[shadow] == LABEL["left_hand"]).mean() > 0.9


def test_a_grey_shade_between_thumb_and_fingers_is_what_is_beside_it_and_a_nail_stays() -> None:
    pixels = np.full((180, 120, 3), (120, 70, 45), np.uint8)
    labels = np.full((180, 120), LABEL["left_leg"], np.uint8)
    hand, grey, nail = np.s_[10:150, 30:90], np.s_[100:150, 56:68], np.s_[136:148, 34:46]
    labels[hand], pixels[hand] = LABEL["left_hand"], SKIN
    pixels[grey], pixels[nail] = (96, 94, 92), (226, 208, 200)
    labels[120:150, 56:68] = LABEL["left_leg"]  # of the gap a part is known
    found = with_whole_fingers(labels, pixels, UNIT) == LABEL["left_hand"]
    assert found[grey].mean() < 0.1 and found[nail].all()


def test_before_dark_cloth_of_a_skins_hue_a_hand_stays_whole() -> None:
    pixels = np.full((180, 140, 3), (60, 36, 40), np.uint8)
    labels = np.full((180, 140), LABEL["dress"], np.uint8)
    hand, flushed = np.s_[10:130, 40:90], np.s_[90:130, 40:60]
    labels[hand], pixels[hand], pixels[flushed] = LABEL["left_hand"], SKIN, (216, 150, 150)
    assert (with_whole_fingers(labels, pixels, UNIT) == labels).all()
