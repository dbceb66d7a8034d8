"""A throat that is labelled a face becomes neck down at the collar; what has a shoe's colours at a foot is shoe."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.ends import with_shoes, with_throat
from tryon.masking.maps import Array
from tryon.types import KEYPOINT, LABEL

UNIT = 80.0  # px, shoulder distance of the drawn figure


def points(**seen: tuple[float, float]) -> Array:
    result = np.zeros((len(KEYPOINT), 3), np.float32)
    for name, place in seen.items():
        result[KEYPOINT[name]] = (*place, 1)
    return result


def throat() -> Array:
    """(200,200) labels: a face whose label goes down its throat to the collar of a top."""
    labels = np.zeros((200, 200), np.uint8)
    labels[20:92, 75:125], labels[92:200, 40:160] = LABEL["face"], LABEL["upper"]
    return labels


def test_a_throat_at_the_collar_is_neck_and_a_chin_stays_a_face() -> None:
    labels = throat()
    fixed = with_throat(labels, points(left_shoulder=(140, 100), right_shoulder=(60, 100), nose=(100, 45)), UNIT)
    assert (fixed[88:92, 75:125] == LABEL["neck"]).all()
    assert (fixed[:84] == labels[:84]).all() and (fixed[92:] == labels[92:]).all()


def test_a_chin_in_a_high_collar_stays_a_face() -> None:
    labels = throat()
    fixed = with_throat(labels, points(left_shoulder=(140, 100), right_shoulder=(60, 100), nose=(100, 72)), UNIT)
    assert (fixed == labels).all()


def feet(shoe: tuple[int, int, int]) -> tuple[Array, Array, Array]:
    """A photo (200,200,3) of two trouser legs over shoes, labels that give the tongue of one of them to the trousers,
    and the truth."""
    truth = np.zeros((200, 200), np.uint8)
    truth[:150, 30:80], truth[:150, 120:170] = LABEL["pants"], LABEL["pants"]
    truth[150:190, 30:80], truth[150:190, 120:170] = LABEL["right_shoe"], LABEL["left_shoe"]
    labels = truth.copy()
    labels[150:170, 120:155] = LABEL["pants"]
    photo = np.full((200, 200, 3), 240, np.uint8)
    photo[truth == LABEL["pants"]] = (60, 90, 150)
    photo[truth > LABEL["pants"]] = shoe
    noise = np.random.default_rng(3).normal(0, 3, photo.shape)
    return cv2.cvtColor(np.clip(photo + noise, 0, 255).astype(np.uint8), cv2.COLOR_RGB2LAB), labels, truth


def test_the_tongue_of_a_shoe_is_no_trousers() -> None:
    lab, labels, truth = feet((25, 22, 20))
    fixed = with_shoes(labels, lab, points(left_ankle=(145, 148), right_ankle=(55, 148)), UNIT)
    assert (labels != truth).sum() == 700 and (fixed != truth).sum() < 70
    assert (fixed[:148] == labels[:148]).all()


@pytest.mark.parametrize("ankle", [{}, {"left_ankle": (145, 148)}])
def test_a_cuff_beside_a_shoe_is_trousers(ankle: dict[str, tuple[float, float]]) -> None:
    lab, _, truth = feet((225, 222, 220))
    labels = truth.copy()
    labels[146:150, 30:80] = LABEL["right_shoe"]
    labels[145:150, 120:170] = LABEL["left_shoe"]
    fixed = with_shoes(labels, lab, points(right_ankle=(55, 148), **ankle), UNIT)
    assert (labels != truth).sum() == 450 and (fixed != truth).sum() < 30


def test_shoes_of_the_trousers_colour_keep_their_labels() -> None:
    lab, labels, _ = feet((60, 90, 150))
    fixed = with_shoes(labels, lab, points(left_ankle=(145, 148), right_ankle=(55, 148)), UNIT)
    assert (fixed == labels).all()
