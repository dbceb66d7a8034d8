"""The whole analysis on generated figures, and what is no person."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.errors import NoPerson
from tryon.parsing.labels import BONES
from tryon.parsing.network import KEYPOINT_FLIP, flip_table
from tryon.spec import PersonParser
from tryon.train.parser.augment import Sample
from tryon.types import KEYPOINT, LABEL, LABELS, Person, Photo


def groups(labels: np.ndarray) -> np.ndarray:
    """Head, cloth and limbs: what even a first network must tell apart."""
    head = np.isin(labels, [LABEL[n] for n in ("hat", "hair", "sunglasses", "face", "neck")])
    cloth = np.isin(
        labels, [LABEL[n] for n in ("upper", "coat", "skirt", "pants", "dress", "jumpsuit", "belt", "scarf")]
    )
    return np.where(labels == 0, 0, np.where(head, 1, np.where(cloth, 2, 3)))


def test_maps_have_the_photo_size_and_range(people: list[Person]) -> None:
    for person in people:
        size = person.photo.pixels.shape[:2]
        for plane in (person.labels, person.parts, person.depth, person.outline):
            assert plane.shape == size
        assert person.labels.max() < len(LABELS) and person.parts.max() <= 24
        assert person.depth.min() >= 0 and 0.3 < person.depth.max() <= 1
        assert not person.depth[person.labels == 0].any() and not person.parts[person.labels == 0].any()
        assert person.keypoints.shape == (18, 3) and person.keypoints.dtype == np.float32
        assert 0 < person.confidence <= 1
        inside = person.labels[person.box.y0 : person.box.y1, person.box.x0 : person.box.x1]
        assert (inside > 0).sum() == (person.labels > 0).sum()


def test_outline_and_labels_agree_with_the_render(people: list[Person], renders: list[Sample]) -> None:
    for person, sample in zip(people, renders, strict=True):
        found, truth = person.outline > 127, sample.labels > 0
        assert (found & truth).sum() / (found | truth).sum() > 0.88
        both = found & truth
        assert (groups(person.labels)[both] == groups(sample.labels)[both]).mean() > 0.7


def test_sure_joints_lie_on_the_person_and_near_the_truth(people: list[Person], renders: list[Sample]) -> None:
    for person, sample in zip(people, renders, strict=True):
        near = cv2.dilate(person.outline, np.ones((15, 15), np.uint8))
        sure = np.flatnonzero(person.keypoints[:, 2] > 0.4)
        assert len(sure) >= 6
        for x, y, _ in person.keypoints[sure].tolist():
            assert near[round(y), round(x)] > 127
        distance = np.hypot(*(person.keypoints[sure, :2] - sample.points[sure]).T)
        assert np.median(distance) < 0.04 * sample.labels.shape[0]


def test_a_mirrored_photo_gives_the_mirrored_analysis(parser: PersonParser, people: list[Person]) -> None:
    person = people[1]
    mirrored = parser(Photo(np.ascontiguousarray(person.photo.pixels[:, ::-1])))
    labels = np.array(flip_table(LABELS), np.uint8)[mirrored.labels[:, ::-1]]
    assert (labels == person.labels).mean() > 0.97
    points = mirrored.keypoints[list(KEYPOINT_FLIP)]
    sure = (points[:, 2] > 0.4) & (person.keypoints[:, 2] > 0.4)
    across = person.photo.width - 1 - points[sure, 0]
    assert np.abs(across - person.keypoints[sure, 0]).max() < 12
    right, left = (person.keypoints[KEYPOINT[f"{side}_shoulder"], 0] for side in ("right", "left"))
    assert right < left  # the figure faces us


def test_the_same_photo_gives_the_same_answer(parser: PersonParser, people: list[Person]) -> None:
    again = parser(people[0].photo)
    assert np.array_equal(again.labels, people[0].labels)
    assert np.array_equal(again.outline, people[0].outline)
    assert np.array_equal(again.keypoints, people[0].keypoints)


def test_a_large_and_a_wide_photo(parser: PersonParser, people: list[Person]) -> None:
    person = people[1]
    large = cv2.resize(person.photo.pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    found = parser(Photo(large))
    assert found.labels.shape == large.shape[:2]
    sure = (found.keypoints[:, 2] > 0.4) & (person.keypoints[:, 2] > 0.4)
    assert np.abs(found.keypoints[sure, :2] / 4 - person.keypoints[sure, :2]).max() < 15
    wide = np.full((384, 800, 3), 200, np.uint8)
    wide[:, 500:788] = person.photo.pixels
    assert parser(Photo(wide)).box.x0 > 450


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_wall_is_no_person(parser: PersonParser, value: int) -> None:
    with pytest.raises(NoPerson):
        parser(Photo(np.full((480, 360, 3), value, np.uint8)))


def test_noise_is_no_person(parser: PersonParser) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 360, 3)).astype(np.uint8)
    with pytest.raises(NoPerson):
        parser(Photo(noise))


def test_bones_name_joints() -> None:
    assert all(0 <= k < 18 for bone in BONES for k in bone)


def test_normals_are_of_unit_length_and_face_the_camera(people: list[Person]) -> None:
    for person in people:
        assert person.normals is not None and person.normals.shape == person.photo.pixels.shape
        assert not person.normals[person.labels == 0].any()
        vectors = person.normals[person.labels > 0].astype(np.float32) / 127.5 - 1
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).mean() < 0.1
        assert vectors[:, 2].mean() > 0.4
        rows, columns = np.nonzero(person.labels > 0)
        middle = np.array(
            [np.median(columns[rows == row]) for row in range(person.labels.shape[0]) if (rows == row).any()]
        )
        place = columns - np.interp(rows, np.unique(rows), middle)
        assert vectors[place > 0, 0].mean() > vectors[place < 0, 0].mean() + 0.3  # round: each side faces its own way


def test_cloth_without_a_body_is_doubted(parser: PersonParser, people: list[Person]) -> None:
    from tryon.parsing.embedded import bodily
    from tryon.parsing.network import Maps, View

    planes = np.zeros((len(LABELS), 40, 30), np.float32)
    planes[0] = 1
    planes[:, 5:35, 5:25] = 0
    planes[LABEL["upper"], 5:35, 5:25] = 1
    maps = Maps(view=View(x=0, y=0, width=60, height=80), labels=planes, heat=planes[:18], parts=None, depth=None)
    assert bodily(maps, LABELS) == 0
    planes[:, 5:10, 10:20] = 0
    planes[LABEL["face"], 5:8, 10:20], planes[LABEL["hair"], 8:10, 10:20] = 1, 1
    assert bodily(maps, LABELS) == 2
