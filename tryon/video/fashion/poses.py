"""The poses of an X2Fashion film: from a clip, or a walk on the spot; and their pictures, as OpenPose draws them."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.footage import person_at
from tryon.types import KEYPOINT, Floats, Footage, Pixels

Track = NDArray[np.float32]  # (frames, 18, 3): x, y in px, score

# OpenPose's limbs of the COCO-18 body in its own order; limb i and joint i share a colour.
LIMBS = (
    ("neck", "right_shoulder"), ("neck", "left_shoulder"), ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
    ("neck", "right_hip"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("neck", "left_hip"),
    ("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("neck", "nose"), ("nose", "right_eye"),
    ("right_eye", "right_ear"), ("nose", "left_eye"), ("left_eye", "left_ear"),
)  # fmt: skip
COLOURS = tuple(tuple(round(255 * v) for v in colorsys.hsv_to_rgb(index / 18, 1, 1)) for index in range(18))
LIMB_SHARE = 0.6  # of a limb's colour; joints are drawn in full
THICKNESS = 4 / 512  # of the picture's height: OpenPose's 4 px
SEEN = 0.05  # least score of a joint that is drawn

STEPS_PER_SECOND = 1.7  # of a walk on the spot
EASE = 0.5  # seconds until a walk has its full stride
# Of the body's height (neck to ankles), at full stride.
LIFT_ANKLE, LIFT_KNEE, SWAY, BOB, SWING = 0.085, 0.03, 0.016, 0.008, 0.035


def skeleton(points: Floats, width: int, height: int) -> Pixels:
    """(18, 3) key points in px of a width x height picture -> the coloured skeleton on black."""
    canvas = np.zeros((height, width, 3), np.uint8)
    radius = max(1, round(THICKNESS * height))
    seen = points[:, 2] > SEEN
    for colour, limb in zip(COLOURS, LIMBS, strict=False):
        a, b = (KEYPOINT[name] for name in limb)
        if seen[a] and seen[b]:
            _limb(canvas, points[a, :2], points[b, :2], radius, colour)
    canvas = np.rint(canvas * LIMB_SHARE).astype(np.uint8)
    for index in np.flatnonzero(seen):
        x, y = (round(float(value)) for value in points[index, :2])
        cv2.circle(canvas, (x, y), radius, COLOURS[index], -1)
    return canvas


def walk(points: Floats, frames: int, fps: float) -> Track:
    """A walk on the spot towards the camera that sets out from `points` (18, 3): frame 0 is them, unchanged.

    The legs take turns: a lifted foot comes nearer to the camera, which from the front is a knee and an ankle that
    rise; the hips go over the standing foot, the arms swing against the legs.
    """
    track = np.repeat(points[None].astype(np.float32), frames, axis=0)
    height = _height(points)
    seconds = np.arange(frames) / fps
    strength = np.clip(seconds / EASE, 0, 1) * height
    phase = np.pi * STEPS_PER_SECOND * seconds
    right, left = np.maximum(np.sin(phase), 0) * strength, np.maximum(-np.sin(phase), 0) * strength
    sway = SWAY * np.sin(phase) * strength  # towards the standing foot, which is the picture's right for a right step
    bob = BOB * np.abs(np.sin(phase)) * strength
    ankles = {KEYPOINT["right_ankle"], KEYPOINT["left_ankle"]}
    for index in range(len(points)):
        if index not in ankles:
            share = 0.5 if index in (KEYPOINT["right_knee"], KEYPOINT["left_knee"]) else 1.0
            track[:, index, 0] += share * sway
            track[:, index, 1] -= share * bob
    for side, lift, other in (("right", right, left), ("left", left, right)):
        track[:, KEYPOINT[f"{side}_ankle"], 1] -= LIFT_ANKLE * lift
        track[:, KEYPOINT[f"{side}_knee"], 1] -= LIFT_KNEE * lift
        track[:, KEYPOINT[f"{side}_wrist"], 1] -= SWING * other
        track[:, KEYPOINT[f"{side}_elbow"], 1] -= 0.3 * SWING * other
    return track


def follow(points: Floats, footage: Footage, frames: int, fps: float) -> Track:
    """The poses of a clip, moved and scaled so that its first one stands where `points` (18, 3) does.

    A clip that is shorter than the film stays at its last pose; where nobody is seen the pose before is held.
    """
    last = len(footage.clip.frames) - 1
    at = [min(last, round(index * footage.clip.fps / fps)) for index in range(frames)]
    seen = [person_at(footage, index) for index in at]
    known = next((person.keypoints for person in seen if person is not None), points)
    poses = [known := known if person is None else person.keypoints for person in seen]
    track = np.stack(poses).astype(np.float32)
    scale = _height(points) / _height(track[0])
    shift = _middle(points) - _middle(track[0]) * scale
    track[:, :, :2] = track[:, :, :2] * scale + shift
    return track


def _limb(canvas: Pixels, a: Floats, b: Floats, radius: int, colour: tuple[int, ...]) -> None:
    middle, way = (a + b) / 2, b - a
    centre = round(float(middle[0])), round(float(middle[1]))
    axes = max(1, round(float(np.hypot(*way)) / 2)), radius
    angle = round(float(np.degrees(np.arctan2(way[1], way[0]))))
    cv2.fillConvexPoly(canvas, cv2.ellipse2Poly(centre, axes, angle, 0, 360, 1), colour)


def _height(points: Floats) -> float:
    """From the neck down to what is seen of the legs, px, at least 1."""
    legs = [points[KEYPOINT[f"{side}_{name}"]] for side in ("right", "left") for name in ("ankle", "knee", "hip")]
    ends = [float(point[1]) for point in legs if point[2] > SEEN]
    return max(1.0, max(ends, default=float(points[:, 1].max())) - float(points[KEYPOINT["neck"], 1]))


def _middle(points: Floats) -> Floats:
    """Between the hips, or the neck where they are not seen."""
    hips = points[[KEYPOINT["right_hip"], KEYPOINT["left_hip"]]]
    return (hips[:, :2].mean(0) if (hips[:, 2] > SEEN).all() else points[KEYPOINT["neck"], :2]).astype(np.float32)
