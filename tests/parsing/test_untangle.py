"""Left and right of arms and legs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.parsing.untangle import sides_unclear, untangled, without_loose_ends
from tryon.types import KEYPOINT, LABEL


@pytest.mark.parametrize("joint", ["elbow", "knee"])
def test_exchanged_joints_are_given_back(joint: str) -> None:
    points = draw_person().keypoints
    ends = [KEYPOINT[f"left_{joint}"], KEYPOINT[f"right_{joint}"]]
    wrong = points.copy()
    wrong[ends] = wrong[ends[::-1]]
    assert np.array_equal(untangled(wrong), points)


def test_what_is_right_stays() -> None:
    points = draw_person().keypoints
    assert np.array_equal(untangled(points), points)
    crossed = points.copy()  # arms folded: wrists on the other side, elbows where they are
    crossed[KEYPOINT["left_wrist"], :2], crossed[KEYPOINT["right_wrist"], :2] = (165, 190), (220, 190)
    assert np.array_equal(untangled(crossed), crossed)


def test_two_ankles_in_one_foot_are_one() -> None:
    points = draw_person().keypoints
    points[KEYPOINT["left_ankle"], :2] = points[KEYPOINT["right_ankle"], :2] + 4
    assert untangled(points)[KEYPOINT["left_ankle"], 2] == 0
    assert untangled(points)[KEYPOINT["right_ankle"], 2] > 0


def test_crossed_upper_arms_are_a_mix_up_and_crossed_wrists_are_not() -> None:
    points = np.zeros((18, 3), np.float32)
    places = {"shoulder": (30, 20), "elbow": (26, 50), "wrist": (24, 80), "hip": (38, 80), "knee": (36, 120)}
    for name, (x, y) in places.items():
        points[KEYPOINT[f"right_{name}"]], points[KEYPOINT[f"left_{name}"]] = (x, y, 0.9), (100 - x, y, 0.9)
    good = points.copy()
    points = untangled(points)
    assert np.array_equal(points, good)
    for joint in ("elbow", "wrist"):
        pair = [KEYPOINT[f"left_{joint}"], KEYPOINT[f"right_{joint}"]]
        points[pair] = points[pair[::-1]]
    points = untangled(points)
    assert np.array_equal(points, good)
    folded = good.copy()
    pair = [KEYPOINT["left_wrist"], KEYPOINT["right_wrist"]]
    folded[pair] = folded[pair[::-1]]
    assert np.array_equal(untangled(folded), folded)


def test_backs_and_side_views_are_not_believed() -> None:
    person = draw_person()
    labels, points = person.labels.copy(), person.keypoints.copy()
    assert not sides_unclear(labels, points)
    away = np.where(labels == LABEL["face"], LABEL["hair"], labels).astype(np.uint8)
    assert sides_unclear(away, points)
    shoulders = [KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]]
    known = points.copy()
    known[shoulders, 0] = known[shoulders[::-1], 0]
    assert not sides_unclear(away, known)  # read as the back that it is
    side = points.copy()
    side[shoulders, 0] = side[shoulders, 0].mean() + np.array([4, -4])
    assert sides_unclear(labels, side)


def test_a_shoulder_behind_a_hand_is_where_neck_and_the_other_shoulder_place_it() -> None:
    good = draw_person().keypoints
    slipped, elbow = KEYPOINT["right_shoulder"], KEYPOINT["right_elbow"]
    lost = good.copy()
    lost[slipped, :2] = 0.8 * good[elbow, :2] + 0.2 * good[slipped, :2]
    lost[elbow, :2] = good[slipped, :2] + (0, 10)
    assert np.array_equal(untangled(lost), lost)  # whoever is sure is believed
    lost[[slipped, elbow], 2] = 0.4
    found = untangled(lost)
    bone = np.linalg.norm(good[slipped, :2] - good[elbow, :2])
    for joint in (slipped, elbow):
        assert np.linalg.norm(found[joint, :2] - good[joint, :2]) < 0.35 * bone
    near = good.copy()
    near[slipped] = (*(good[slipped, :2] + (4, 6)), 0.4)
    assert np.array_equal(untangled(near), near)


@pytest.mark.parametrize(("elbow", "wrist", "believed"), [(0.0, 0.25, False), (0.0, 0.8, True), (0.7, 0.25, True)])
def test_a_doubtful_wrist_without_an_elbow_is_none(elbow: float, wrist: float, believed: bool) -> None:
    points = draw_person().keypoints
    points[KEYPOINT["left_elbow"], 2], points[KEYPOINT["left_wrist"], 2] = elbow, wrist
    found = without_loose_ends(points)
    assert found[KEYPOINT["left_wrist"], 2] == pytest.approx(wrist if believed else 0.0)
    assert found[KEYPOINT["right_wrist"], 2] == points[KEYPOINT["right_wrist"], 2]
