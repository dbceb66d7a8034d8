"""Parts and depth from geometry, for networks that do not answer with them."""

from __future__ import annotations

import numpy as np

from tryon.parsing.derive import body_parts, facing, relief, unit
from tryon.types import KEYPOINT, LABEL, PARTS, Person

PART = {name: index for index, name in enumerate(PARTS)}


def at(plane: np.ndarray, person: Person, *joints: str) -> int:
    x, y = np.mean([person.keypoints[KEYPOINT[j], :2] for j in joints], axis=0)
    return int(plane[round(float(y)), round(float(x))])


def test_parts_follow_the_limbs(person: Person) -> None:
    parts = body_parts(person.labels, person.keypoints)
    for side in ("left", "right"):
        assert at(parts, person, f"{side}_elbow", f"{side}_wrist") == PART[f"{side}_lower_arm_outer"]
        assert at(parts, person, f"{side}_hip", f"{side}_knee") == PART[f"{side}_upper_leg_front"]
        assert at(parts, person, f"{side}_knee", f"{side}_ankle") == PART[f"{side}_lower_leg_front"]
        assert (parts[person.labels == LABEL[f"{side}_hand"]] == PART[f"{side}_hand"]).mean() > 0.5
    assert at(parts, person, "neck", "left_hip", "right_hip") == PART["torso_front"]
    assert set(np.unique(parts[person.labels == LABEL["face"]])) <= {PART["head_left"], PART["head_right"]}
    assert not parts[person.labels == 0].any()


def test_a_turned_back_shows_backs(person: Person) -> None:
    points = person.keypoints.copy()
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "eye", "ear"):
        pair = [KEYPOINT[f"left_{joint}"], KEYPOINT[f"right_{joint}"]]
        points[pair] = points[pair[::-1]]
    points[KEYPOINT["nose"], 2] = 0
    assert facing(person.keypoints) and not facing(points)
    parts = body_parts(np.where(person.labels > 0, LABEL["upper"], 0).astype(np.uint8), points)
    assert PART["torso_back"] in parts and PART["torso_front"] not in parts


def test_relief_is_rounded_and_empty_outside(person: Person) -> None:
    depth = relief(person.labels, person.keypoints)
    assert depth.shape == person.labels.shape and depth.dtype == np.float32
    assert depth[person.labels == 0].max() == 0 and 0.5 < depth.max() <= 1
    y, x = person.keypoints[KEYPOINT["neck"], 1] + 60, person.keypoints[KEYPOINT["neck"], 0]
    middle, edge = depth[int(y), int(x)], depth[int(y), int(x) - 38]
    assert middle > edge


def test_without_joints_nothing_is_made_up(person: Person) -> None:
    nobody = np.zeros((18, 3), np.float32)
    assert unit(nobody) == 0
    assert not body_parts(person.labels, nobody).any()
    assert not relief(np.zeros((40, 30), np.uint8), nobody).any()
