"""Left and right of arms and legs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.parsing.untangle import untangled
from tryon.types import KEYPOINT


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
