"""What is seen between and beside fingers is no hand, whatever light it lies in; wall beside arms is no cloth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.gaps import wall_beside_arms, with_open_gaps, with_wall_at_arms, with_wall_beside_hands
from tryon.masking.maps import Array
from tryon.types import LABEL

UNIT = 150.0  # px, shoulder distance of the drawn figure
SKIN, WALL = (205, 150, 120), (225, 225, 220)
HAND = LABEL["right_hand"]


def drawn(behind: str, colour: tuple[int, int, int], shaded: tuple[int, int, int]) -> tuple[Array, Array, Array]:
    """A photo (300,240,3) of a hand before what is `behind` it, `shaded` between thumb and fingers; its labels, to
    which the gap and a wedge beside the thumb are hand, and the truth."""
    truth = np.zeros((300, 240), np.uint8)
    truth[:, 110:] = LABEL[behind]
    cv2.rectangle(truth, (95, 0), (130, 150), LABEL["right_arm"], -1)
    cv2.ellipse(truth, (115, 195), (34, 62), 0, 0, 360, HAND, -1)
    truth[:140][truth[:140] == HAND] = LABEL["right_arm"]
    labels = truth.copy()
    gap = cv2.ellipse(np.zeros_like(truth), (122, 215), (8, 24), 0, 0, 360, 1, -1) > 0
    truth[gap] = LABEL[behind]
    labels[200:240, 138:152] = HAND
    photo = np.full((300, 240, 3), WALL, np.uint8)
    photo[truth == LABEL[behind]] = colour
    photo[gap] = shaded
    photo[np.isin(truth, (LABEL["right_arm"], HAND))] = SKIN
    noise = np.random.default_rng(3).normal(0, 3, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8), labels, truth


@pytest.mark.parametrize(
    ("behind", "colour", "shaded"),
    [
        ("skirt", (40, 70, 150), (12, 20, 45)),
        ("dress", (70, 45, 50), (30, 20, 22)),
        ("right_leg", (150, 95, 70), (90, 55, 40)),
    ],
)
def test_a_hand_loses_what_is_behind_it(
    behind: str, colour: tuple[int, int, int], shaded: tuple[int, int, int]
) -> None:
    photo, labels, truth = drawn(behind, colour, shaded)
    opened = with_open_gaps(labels, photo, UNIT)
    wrong = (labels == HAND) & (truth != HAND)
    assert wrong.sum() > 700 and (opened[wrong] == truth[wrong]).mean() > 0.8
    assert (opened[~wrong] == labels[~wrong]).mean() > 0.995


def test_creases_and_nails_stay() -> None:
    photo, _, truth = drawn("skirt", (40, 70, 150), (205, 150, 120))
    whole = np.where(cv2.ellipse(np.zeros_like(truth), (115, 195), (34, 62), 0, 0, 360, 1, -1) > 0, HAND, truth)
    whole = whole.astype(np.uint8)
    photo[whole == HAND] = SKIN
    for x in (105, 117, 129):
        cv2.line(photo, (x, 185), (x, 245), (70, 40, 30), 1)
        cv2.circle(photo, (x + 6, 238), 3, (235, 205, 195), -1)
    assert (with_open_gaps(whole, photo, UNIT) == whole).all()


def test_labels_stay_where_colours_tell_nothing() -> None:
    photo, labels, _ = drawn("skirt", SKIN, SKIN)
    assert (with_open_gaps(labels, photo, UNIT) != labels).mean() < 0.001


def test_nothing_but_hands_changes_and_twice_is_the_same() -> None:
    photo, labels, _ = drawn("skirt", (40, 70, 150), (12, 20, 45))
    opened = with_open_gaps(labels, photo, UNIT)
    assert ((opened == labels) | (labels == HAND)).all()
    np.testing.assert_array_equal(opened, with_open_gaps(labels, photo, UNIT))


def beside_trunk(shade: bool) -> tuple[Array, Array, Array, Array, Array]:
    """A photo (200,160,3) of an arm beside a white top before a grey wall, its labels, which fill the gap between them,
    the gap, how far the photo is off the wall, and where that is known. `shade`: no gap; the top lies in shade there,
    as grey as the wall."""
    labels = np.zeros((200, 160), np.uint8)
    labels[:, 50:] = LABEL["upper"]
    labels[:, 20:50] = LABEL["right_arm"]
    photo = np.full((200, 160, 3), 222, np.float32)
    photo[:, 20:50] = SKIN
    gap = np.zeros(labels.shape, bool)
    gap[70:190, 50:66] = True
    photo[:, 50:] = np.interp(np.arange(50, 160), (50, 66, 110), (220, 222, 250))[None, :, None] if shade else 250
    if not shade:
        photo[gap] = 224
    noise = np.random.default_rng(3).normal(0, 0.5, photo.shape)
    pixels = np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8)
    off = cv2.GaussianBlur(np.abs(pixels.astype(np.float32) - 222).max(axis=2), (0, 0), 1.2)
    known = np.zeros(labels.shape, bool)
    known[:, :14] = True
    return pixels, labels, gap, off, known


def test_wall_between_arm_and_trunk_is_no_cloth() -> None:
    pixels, labels, gap, off, known = beside_trunk(shade=False)
    found = wall_beside_arms(labels, pixels, off, known, 130.0)
    assert found[gap].mean() > 0.9
    assert not found[~cv2.dilate(gap.astype(np.uint8), np.ones((7, 7))).astype(bool)].any()


def test_shaded_cloth_with_the_colour_of_the_wall_stays_cloth() -> None:
    pixels, labels, _, off, known = beside_trunk(shade=True)
    assert (off[:, 54:66] < 6).all()  # as grey as the wall
    assert not wall_beside_arms(labels, pixels, off, known, 130.0).any()


def beside_hand(rows: slice) -> tuple[Array, Array, Array]:
    """A photo (300,240,3) of a hand, a gap of some `rows` beside it and a skirt; labels that lack the gap; the gap."""
    labels, gap = np.zeros((300, 240), np.uint8), np.zeros((300, 240), bool)
    labels[:, 100:] = LABEL["skirt"]
    labels[100:200, 60:100] = HAND
    gap[rows, 100:108] = True
    photo = np.full((300, 240, 3), WALL, np.uint8)
    photo[labels == LABEL["skirt"]], photo[labels == HAND] = (40, 70, 150), SKIN
    photo[gap] = WALL
    noise = np.random.default_rng(3).normal(0, 1, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8), labels, gap


def test_wall_in_a_narrow_gap_between_hand_and_skirt_is_no_skirt() -> None:
    photo, labels, gap = beside_hand(slice(110, 190))
    opened = with_wall_beside_hands(labels, photo, UNIT)
    assert (opened[cv2.erode(gap.astype(np.uint8), np.ones((3, 3))) > 0] == 0).mean() > 0.95
    near = cv2.dilate(gap.astype(np.uint8), np.ones((7, 7))) > 0
    assert (opened[~near] == labels[~near]).all()


def test_cloth_of_the_walls_colour_that_goes_on_stays_cloth() -> None:
    photo, labels, _ = beside_hand(slice(0, 300))
    assert (with_wall_beside_hands(labels, photo, UNIT) == labels).all()


def test_before_a_busy_scene_no_wall_is_found_beside_hands() -> None:
    photo, labels, _ = beside_hand(slice(110, 190))
    scene = np.random.default_rng(4).integers(0, 255, photo.shape).astype(np.uint8)
    photo = np.where((labels == 0)[..., None], scene, photo)
    assert (with_wall_beside_hands(labels, photo, UNIT) == labels).all()


def test_an_arm_ends_where_the_wall_beside_it_begins() -> None:
    rng = np.random.default_rng(3)
    pixels = np.clip(rng.normal((205, 199, 192), 1.5, (300, 240, 3)), 0, 255).astype(np.uint8)
    pixels[20:280, 60:100] = (214, 170, 140)
    pixels[20:280, 130:220] = (60, 80, 120)
    labels = np.zeros((300, 240), np.uint8)
    labels[20:280, 130:220] = LABEL["pants"]
    labels[20:280, 60:100] = LABEL["left_arm"]
    right = labels.copy()
    labels[60:260, 100:105] = LABEL["left_arm"]
    assert (with_wall_at_arms(labels, pixels, 150.0) == right).all()
    assert (with_wall_at_arms(right, pixels, 150.0) == right).all()
    pixels[20:280, 60:100] = (200, 190, 180)  # skin that is like the wall
    assert (with_wall_at_arms(labels, pixels, 150.0) == labels).all()
