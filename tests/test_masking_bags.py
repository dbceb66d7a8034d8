"""A bag's border follows the photo where its colours are not those of the cloth behind it; a sleeve is no bag."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.held import with_fine_bag, with_held
from tryon.masking.maps import Array
from tryon.types import KEYPOINT, KEYPOINTS, LABEL

UNIT = 150.0  # px, shoulder distance of the drawn figure


def drawn(bag: tuple[int, int, int], cloth: tuple[int, int, int]) -> tuple[Array, Array, Array]:
    """A photo (240,240,3) of a bag before trousers, labels that are some pixels off, and the truth."""
    truth = np.zeros((240, 240), np.uint8)
    truth[:, 80:] = LABEL["pants"]
    labels = truth.copy()
    truth[70:150, 60:160], labels[70:150, 60:166] = LABEL["bag"], LABEL["bag"]
    labels[70:76, 80:166] = LABEL["pants"]
    photo = np.full((240, 240, 3), 230, np.uint8)
    photo[truth == LABEL["pants"]], photo[truth == LABEL["bag"]] = cloth, bag
    noise = np.random.default_rng(2).normal(0, 3, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8), labels, truth


def test_a_bag_gets_its_edge_and_loses_the_cloth_beside_it() -> None:
    photo, labels, truth = drawn((150, 60, 50), (40, 40, 60))
    fixed = with_fine_bag(labels, photo, UNIT)
    wrong = labels != truth
    assert wrong.sum() > 800 and (fixed[wrong] == truth[wrong]).mean() > 0.85
    assert (fixed[~wrong] == truth[~wrong]).mean() > 0.995


@pytest.mark.parametrize("bag", [(225, 215, 200), (222, 213, 199)])
def test_a_bag_of_the_colour_behind_it_stays(bag: tuple[int, int, int]) -> None:
    photo, labels, _ = drawn(bag, (225, 215, 200))
    assert (with_fine_bag(labels, photo, UNIT) == labels).all()


def cropped_top(wrist: float) -> tuple[Array, Array]:
    """Labels (300,240) of a short top with a bent long sleeve that ends in the picture's lower border, with a bit of
    the hand, and key points whose wrist has the score `wrist`."""
    labels = np.zeros((300, 240), np.uint8)
    labels[190:, 60:150] = LABEL["pants"]
    labels[40:190, 55:150] = LABEL["upper"]
    cv2.polylines(labels, [np.array([(140, 50), (205, 200), (165, 299)])], False, LABEL["upper"], 30)
    labels[282:, 145:180] = LABEL["left_hand"]
    points = np.zeros((len(KEYPOINTS), 3), np.float32)
    for name, at in (("right_shoulder", (60, 50)), ("left_shoulder", (140, 50)), ("left_elbow", (205, 200))):
        points[KEYPOINT[name]] = (*at, 1)
    points[KEYPOINT["left_wrist"]] = (165, 299, wrist)
    return labels, points


@pytest.mark.parametrize("wrist", [0.0, 1.0])
def test_a_sleeve_whose_wrist_the_picture_cuts_off_is_no_bag(wrist: float) -> None:
    labels, points = cropped_top(wrist)
    assert (with_held(labels, points, 100.0) == labels).all()


def test_cloth_that_hangs_at_a_hand_beside_its_forearm_is_a_bag() -> None:
    labels, points = cropped_top(0.0)
    labels[225:299, 185:235] = LABEL["upper"]
    cv2.line(labels, (205, 200), (165, 299), LABEL["upper"], 30)
    labels[282:, 145:200] = LABEL["left_hand"]
    assert (with_held(labels, points, 100.0)[230:299, 215:235] == LABEL["bag"]).mean() > 0.5
