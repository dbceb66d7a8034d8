"""People who end at the chest: their arms go on to the picture's edge, and a wrist is no ear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import FIGURE, draw_person
from tests.transfer.drawings import draw_dress
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.wishes import Wishes
from tryon.types import KEYPOINT, KEYPOINTS, LABEL, Person, Photo

CUT = 168  # px, above the elbows


@pytest.fixture
def bust() -> Person:
    drawn = draw_person()
    keypoints = drawn.keypoints.copy()
    keypoints[[index for index, name in enumerate(KEYPOINTS) if FIGURE[name][1] >= CUT], 2] = 0
    return replace(
        drawn, photo=Photo(drawn.photo.pixels[:CUT].copy()), labels=drawn.labels[:CUT].copy(), keypoints=keypoints,
        outline=drawn.outline[:CUT], parts=drawn.parts[:CUT], depth=drawn.depth[:CUT], box=replace(drawn.box, y1=CUT),
    )  # fmt: skip


def test_sleeved_arms_that_leave_the_picture_are_there(bust: Person) -> None:
    assert all(arm.seen for arm in read_body(bust).arms.values())
    without = bust.labels.copy()
    without[120:, :147] = 0
    arms = read_body(replace(bust, labels=without)).arms
    assert not arms["left"].seen and arms["right"].seen


def test_bared_arms_go_on_to_the_edge(bust: Person) -> None:
    result = dress(bust, draw_dress(), "dress", None, Wishes(), 1)
    bare = result.bare[CUT - 4] > 0.5
    assert bare[100:150].sum() > 12 and bare[236:284].sum() > 12


def test_a_wrist_on_the_head_without_a_hand_is_none(person: Person) -> None:
    labels, keypoints = person.labels.copy(), person.keypoints.copy()
    labels[np.isin(labels, (LABEL["left_hand"], LABEL["right_hand"]))] = LABEL["pants"]
    keypoints[KEYPOINT["left_wrist"], :2] = FIGURE["left_ear"]
    arm = read_body(replace(person, labels=labels, keypoints=keypoints)).arms["right"]
    assert arm.points[-1, 1] > arm.points[8, 1]
    raised = person.labels.copy()
    raised[50:75, 215:235] = LABEL["left_hand"]
    arm = read_body(replace(person, labels=raised, keypoints=keypoints)).arms["right"]
    assert arm.points[-1, 1] < arm.points[8, 1]
