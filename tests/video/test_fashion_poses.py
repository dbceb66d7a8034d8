"""Poses of a fashion film: the walk, those of a clip, their pictures; and where points lie in a framed picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawing import draw_person
from tryon.types import KEYPOINT, Box, Clip, Footage
from tryon.video.diffusion.framing import framed, framed_points
from tryon.video.fashion import poses

PERSON = draw_person(192, 256)


def test_the_walk_sets_out_from_the_pose_and_lifts_the_feet_in_turn() -> None:
    track = poses.walk(PERSON.keypoints, 48, 12)
    assert (track[0] == PERSON.keypoints).all() and track.shape == (48, 18, 3)
    right, left = (PERSON.keypoints[KEYPOINT[f"{side}_ankle"], 1] - track[:, KEYPOINT[f"{side}_ankle"], 1]
                   for side in ("right", "left"))  # fmt: skip
    assert right.max() > 5 and left.max() > 5
    assert (np.minimum(right, left) < 1e-3).all(), "one foot always stands"
    assert np.abs(np.diff(track[:, :, :2], axis=0)).max() < 15, "nothing jumps"


def test_a_clip_is_followed_from_where_the_person_stands() -> None:
    moved = [replace(PERSON, keypoints=_shifted(0.5, 20 + 4 * index, 10)) for index in range(6)]
    frames = np.zeros((6, 256, 192, 3), np.uint8)
    footage = Footage(clip=Clip(frames, 12.0), at=tuple(range(6)), people=(*moved[:3], None, *moved[4:]), key=0)
    track = poses.follow(PERSON.keypoints, footage, 8, 12)
    assert np.allclose(track[0], PERSON.keypoints, atol=1e-3)
    hip = KEYPOINT["left_hip"]
    assert np.allclose(track[2, hip, 0] - track[0, hip, 0], 16, atol=1e-2), "twice as large, so twice as far"
    assert (track[3] == track[2]).all(), "where nobody is seen the pose is held"
    assert (track[7] == track[5]).all(), "the last pose stays"


def _shifted(scale: float, x: float, y: float) -> np.ndarray:
    points = PERSON.keypoints.copy()
    points[:, :2] = points[:, :2] * scale + (x, y)
    return points


def test_skeletons_have_openposes_colours() -> None:
    picture = poses.skeleton(PERSON.keypoints, 192, 256)
    for name, colour in (("nose", (255, 0, 0)), ("right_wrist", (170, 255, 0)), ("left_hip", (0, 85, 255))):
        x, y = PERSON.keypoints[KEYPOINT[name], :2]
        assert picture[round(float(y)), round(float(x))].tolist() == list(colour), name
    knee, ankle = (PERSON.keypoints[KEYPOINT[f"right_{name}"], :2] for name in ("knee", "ankle"))
    x, y = (knee + ankle) / 2
    assert picture[round(float(y)), round(float(x))].tolist() == [0, 153, 102]
    assert not picture[:8].any() and (picture.any(2).mean() < 0.2)


def test_unseen_joints_are_not_drawn() -> None:
    points = PERSON.keypoints.copy()
    points[:, 2] = 0
    assert not poses.skeleton(points, 192, 256).any()


@settings(deadline=None, max_examples=30)
@given(st.integers(8, 30), st.integers(8, 30), st.booleans())
def test_points_go_where_the_picture_goes(wide: int, high: int, narrow: bool) -> None:
    """A white square in a picture lies, framed, where its centre is said to lie."""
    picture = np.zeros((256, 192, 3), np.uint8)
    picture[96:112, 80:96] = 255
    person = Box(70, 20, 120, 240) if narrow else Box(4, 4, 188, 252)
    width, height = 8 * wide, 8 * high
    seen = framed(picture, person, width, height)[..., 0].astype(float) > 128
    place = framed_points(np.array([[88.0, 104.0, 1.0]], np.float32), picture, person, width, height)[0]
    rows, columns = np.nonzero(seen)
    assert abs(columns.mean() + 0.5 - place[0]) < 2.5 and abs(rows.mean() + 0.5 - place[1]) < 2.5
    assert place[2] == 1
