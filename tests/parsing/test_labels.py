"""Tables: names, mirror images, colours."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.parsing.labels import PALETTE, agree_on_sides, hem_closes, one_dress, recolour, split_sides, table
from tryon.parsing.network import KEYPOINT_FLIP, PART_FLIP, flip_table
from tryon.types import KEYPOINT, KEYPOINTS, LABEL, LABELS, PARTS, Person


def test_every_label_has_its_own_colour() -> None:
    assert len(PALETTE) == len(LABELS) == len(set(PALETTE))
    assert recolour(np.array([[0, 4]], np.uint8)).tolist() == [[list(PALETTE[0]), list(PALETTE[4])]]


@pytest.mark.parametrize(
    ("names", "order"),
    [(LABELS, flip_table(LABELS)), (KEYPOINTS, KEYPOINT_FLIP), (PARTS, PART_FLIP)],
    ids=["labels", "keypoints", "parts"],
)
def test_mirror_changes_sides_and_nothing_else(names: tuple[str, ...], order: list[int]) -> None:
    assert [order[i] for i in order] == list(range(len(names)))
    for index, other in enumerate(order):
        swapped = names[index].replace("left", "?").replace("right", "left").replace("?", "right")
        assert names[other] == swapped


def test_network_names_map_into_the_house_table() -> None:
    assert table(("background", "upper", "lower", "shoes")).tolist() == [
        0,
        LABEL["upper"],
        LABEL["pants"],
        LABEL["left_shoe"],
    ]
    with pytest.raises(KeyError):
        table(("trombone",))


def test_shoes_go_to_the_nearer_ankle(person: Person) -> None:
    labels = person.labels.copy()
    truth = labels.copy()
    labels[labels == LABEL["right_shoe"]] = LABEL["left_shoe"]
    split_sides(labels, person.keypoints, "left_shoe", "right_shoe", "ankle")
    assert np.array_equal(labels, truth)


def test_trousers_do_not_say(person: Person) -> None:
    assert hem_closes(person.labels, person.keypoints, "pants") is None  # no bare leg below


def test_a_skirt_closes_the_gap_between_the_legs(person: Person) -> None:
    labels = person.labels.copy()
    knee = int(person.keypoints[KEYPOINT["left_knee"], 1])
    rows, columns = np.mgrid[0 : labels.shape[0], 0 : labels.shape[1]]
    bare = (labels == LABEL["pants"]) & (rows > knee)
    labels[bare] = LABEL["left_leg"]
    labels[(rows > 240) & (rows <= knee) & (columns > 140) & (columns < 244)] = LABEL["pants"]
    assert hem_closes(labels, person.keypoints, "pants") is True
    labels[(rows > 300) & (columns > 185) & (columns < 199)] = 0
    assert hem_closes(labels, person.keypoints, "pants") is False


@pytest.mark.parametrize(("colour", "expected"), [((70, 110, 190), True), ((200, 40, 40), False)])
def test_bands_of_one_colour_are_one_dress(colour: tuple[int, int, int], expected: bool) -> None:
    labels = np.zeros((90, 30), np.uint8)
    labels[:40], labels[40:60], labels[60:] = LABEL["upper"], LABEL["dress"], LABEL["skirt"]
    pixels = np.full((90, 30, 3), (70, 110, 190), np.uint8)
    pixels[40:] = colour
    assert one_dress(labels, pixels) is expected


def test_sides_follow_the_key_points_where_all_disagree() -> None:
    labels = np.zeros((80, 80), np.uint8)
    labels[10:60, 5:15], labels[60:70, 5:15] = LABEL["left_arm"], LABEL["left_hand"]
    labels[10:60, 60:70], labels[60:70, 60:70] = LABEL["right_arm"], LABEL["right_hand"]
    points = np.zeros((18, 3), np.float32)
    for side, x in (("right", 10), ("left", 65)):
        points[KEYPOINT[f"{side}_elbow"]], points[KEYPOINT[f"{side}_wrist"]] = (x, 35, 0.9), (x, 60, 0.9)
    found = labels.copy()
    agree_on_sides(found, points)
    assert found[30, 10] == LABEL["right_arm"] and found[65, 10] == LABEL["right_hand"]
    assert found[30, 65] == LABEL["left_arm"] and ((found > 0) == (labels > 0)).all()
    again = found.copy()
    agree_on_sides(again, points)
    assert np.array_equal(again, found)
    points[KEYPOINT["left_wrist"], 2] = 0.1  # unsure: the labels stay
    unsure = labels.copy()
    agree_on_sides(unsure, points)
    assert np.array_equal(unsure, labels)
