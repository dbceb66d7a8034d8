"""What VITON-HD's tools draw of a person, on the drawn one: what is taken, what is kept, at any size."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.masking import cihp20
from tryon.transfer.diffusion.vitonhd import GREY, agnostic_labels, agnostic_picture, merged_planes
from tryon.types import KEYPOINT, LABEL, LABELS, Floats, Person


def person_with_hands(*size: int) -> Person:
    """The drawn person with hands as long as hands are."""
    person = draw_person(*size)
    height, width = person.labels.shape
    for side in ("left", "right"):
        x, y = person.keypoints[KEYPOINT[f"{side}_wrist"], :2].astype(int)
        person.labels[y : y + round(0.11 * height), x - round(0.02 * width) : x + round(0.02 * width)] = LABEL[
            f"{side}_hand"
        ]
    return person


def points(person: Person) -> Floats:
    return np.where(person.keypoints[:, 2:] > 0, person.keypoints[:, :2], 0).astype(np.float32)


@pytest.mark.parametrize("size", [(384, 512), (768, 1024), (300, 520)])
def test_labels_without_the_top(size: tuple[int, int]) -> None:
    person = person_with_hands(*size)
    labels = cihp20(person.labels)
    left = agnostic_labels(labels, points(person))
    assert left.shape == labels.shape
    assert not np.isin(left, (5, 6, 7, 10)).any(), "neither clothes nor neck"
    assert (left[labels == 9] == 9).all() and (left[labels == 13] == 13).all(), "trousers and face stay"
    arms = np.isin(labels, (14, 15))
    assert 0 < np.isin(left, (14, 15)).sum() < 0.6 * arms.sum(), "hands stay, arms go"
    rows = np.nonzero(np.isin(left, (14, 15)))[0]
    assert rows.mean() > np.nonzero(arms)[0].mean(), "what stays is the lower end"


def test_the_greyed_photo() -> None:
    person = person_with_hands()
    labels, photo = cihp20(person.labels), person.photo.pixels
    picture = agnostic_picture(photo, labels, points(person))
    grey = (picture == GREY).all(axis=2) & (photo != GREY).any(axis=2)
    assert grey[labels == 5].mean() > 0.97, "the old top is gone"
    assert not grey[np.isin(labels, (13, 9, 18, 19))].any(), "face, trousers and shoes are seen"
    hands = np.isin(person.labels, (LABEL["left_hand"], LABEL["right_hand"]))
    assert (picture[~grey] == photo[~grey]).all() and (~grey)[hands].mean() > 0.2


@pytest.mark.parametrize("missing", [(3,), (4, 7), (9, 12), (1,), tuple(range(18))])
def test_missing_joints(missing: tuple[int, ...]) -> None:
    person = draw_person()
    found = points(person)
    found[list(missing)] = 0
    labels = cihp20(person.labels)
    assert agnostic_labels(labels, found).shape == labels.shape
    picture = agnostic_picture(person.photo.pixels, labels, found)
    assert picture.shape == person.photo.pixels.shape


def test_merged_planes() -> None:
    labels = np.arange(20, dtype=np.uint8)[None]
    planes = merged_planes(labels)
    assert planes.shape == (13, 1, 20)
    assert (planes.sum(axis=0) == 1).all(), "every class is in exactly one"
    assert planes[3, 0, [5, 6, 7]].all() and planes[0, 0, 10] == 1


def test_our_labels_as_theirs() -> None:
    """The bare neck has a class of its own there."""
    ours = np.arange(len(LABELS), dtype=np.uint8)[None]
    theirs = dict(zip(LABELS, cihp20(ours)[0].tolist(), strict=True))
    assert theirs["neck"] == 10 and theirs["jumpsuit"] == 6
    assert theirs["left_arm"] == theirs["left_hand"] == 14 and theirs["right_arm"] == 15
