"""Raised, waving and akimbo arms: the cut-out pieces of arms.py turned at shoulder and elbow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.video.relief.arms import Arm
from tryon.video.relief.render import Similar, over
from tryon.video.relief.rig import Bones

Array = NDArray[Any]

AKIMBO = 0.24  # share by which a forearm looks shorter with the hand on the hip: the elbow points backwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """How far an arm is in its gestures (0..1), and where its waving is (radians)."""

    raised: float = 0.0
    wave: float = 0.0
    swing: float = 0.0
    hip: float = 0.0

    @property
    def rests(self) -> bool:
        return self.raised == 0 and self.hip == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Angles (upper arm, forearm) at the end of each gesture, fitted to the frame and the body."""

    raised: tuple[float, float]
    hip: tuple[float, float]


def reach(arm: Arm, bones: Bones, room: tuple[float, float]) -> Reach:
    """A raised hand that stays inside the canvas columns `room`, and a hand on the hip by two-bone IK."""
    upper, fore = arm.lengths
    for degrees, up in ((46, 168), (34, 170), (24, 174), (14, 178), (8, 181)):
        raised = np.deg2rad(degrees), np.deg2rad(up)
        way = upper * np.sin(raised[0]) + 1.5 * fore * np.sin(raised[1]) + 0.3 * fore
        if room[0] < arm.shoulder[0] + arm.outward * way < room[1]:
            break
    wide = max(0.3 * bones.trunk, 0.98 * abs(float(arm.shoulder[0] - bones.hip[0])))
    goal = bones.hip + np.array([arm.outward * (wide + 0.10 * bones.trunk), -0.34 * bones.trunk])
    fore *= 1 - AKIMBO
    to = goal - arm.shoulder
    distance = float(np.clip(np.hypot(*to), abs(upper - fore) + 1, 0.97 * (upper + fore)))
    down = float(np.arctan2(to[0] * arm.outward, to[1]))
    bend = float(np.arccos(np.clip((upper**2 + distance**2 - fore**2) / (2 * upper * distance), -1, 1)))
    elbow = arm.shoulder + upper * np.array([arm.outward * np.sin(down + bend), np.cos(down + bend)])
    rest = goal - elbow
    return Reach(
        raised=(float(raised[0]), float(raised[1])),
        hip=(down + bend, float(np.arctan2(rest[0] * arm.outward, rest[1]))),
    )


def draw_arm(
    frame: Array, arm: Arm, goal: Reach, lift: Lift, at: Array, lens: Similar, margin: tuple[int, int]
) -> None:
    """Draws both pieces with the shoulder at canvas point `at`, in place."""
    rest = arm.rest
    angles = [rest[i] + lift.raised * (goal.raised[i] - rest[i]) + lift.hip * (goal.hip[i] - rest[i]) for i in (0, 1)]
    angles[0] += np.deg2rad(2.5) * lift.wave * np.sin(lift.swing - 0.6)
    angles[1] += np.deg2rad(15) * lift.wave * (np.sin(lift.swing) - 0.4)  # more outwards: not before the face
    # Half-way up a hand comes towards the camera instead of sweeping the floor: the forearm looks shorter there.
    short = 1 - 0.5 * np.sin(np.pi * min(1.0, lift.raised)) ** 2 - AKIMBO * lift.hip
    upper = arm.lengths[0]
    elbow = at + upper * np.array([arm.outward * np.sin(angles[0]), np.cos(angles[0])])
    # The upper arm over it: a sleeve that ends at the elbow keeps its hem.
    _draw_fore(frame, arm, elbow, angles[1] - rest[1], float(short), lens, margin)
    _draw_upper(frame, arm, at, angles[0] - rest[0], lens, margin)


def _clockwise(arm: Arm, turn: float) -> float:
    """Away from the body is counter-clockwise on the picture's right (y points down)."""
    return -turn * arm.outward


def _draw_upper(frame: Array, arm: Arm, at: Array, turn: float, lens: Similar, margin: tuple[int, int]) -> None:
    """Turned about the shoulder, more the further from it, so that it stays joined to the trunk.

    Every point keeps its distance from the shoulder, so the inverse is the same turn backwards.
    """
    place = lens.scale * at + np.array([lens.dx, lens.dy]) - np.array(margin)
    back = -_clockwise(arm, turn)
    covered = np.argwhere(arm.upper[::8, ::8, 3] > 0)[:, ::-1] * 8.0 + np.array(arm.corner) - arm.shoulder
    if not len(covered):
        return
    ends = _swirled(covered[:, 0], covered[:, 1], -back, arm.lengths[0])
    low = place + lens.scale * np.array([ends[0].min(), ends[1].min()]) - 12
    high = place + lens.scale * np.array([ends[0].max(), ends[1].max()]) + 12
    x0, y0 = np.maximum(np.floor(low).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(high).astype(int), (frame.shape[1], frame.shape[0]))
    if x1 <= x0 or y1 <= y0:
        return
    x, y = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    dx, dy = (x - np.float32(place[0])) / np.float32(lens.scale), (y - np.float32(place[1])) / np.float32(lens.scale)
    from_x, from_y = _swirled(dx, dy, back, arm.lengths[0])
    start = arm.shoulder - np.array(arm.corner)
    map_x, map_y = from_x + np.float32(start[0]), from_y + np.float32(start[1])
    layer = cv2.remap(
        arm.upper,
        map_x.astype(np.float32),
        map_y.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    over(frame[y0:y1, x0:x1], layer)


def _swirled(x: Array, y: Array, angle: float, length: float) -> tuple[Array, Array]:
    """Points about the shoulder turned by `angle`, less the nearer they are to it."""
    share = np.clip((np.hypot(x, y) / np.float32(length) - 0.12) / 0.5, 0, 1)
    share = share * share * (3 - 2 * share)
    c, s = np.cos(angle * share), np.sin(angle * share)
    return c * x - s * y, s * x + c * y


def _draw_fore(
    frame: Array, arm: Arm, at: Array, turn: float, short: float, lens: Similar, margin: tuple[int, int]
) -> None:
    angle = _clockwise(arm, turn)
    c, s = np.cos(angle) * lens.scale, np.sin(angle) * lens.scale
    rotation = np.array([[c, -s], [s, c]]) @ _shortened(arm.wrist - arm.elbow, short)
    place = lens.scale * at + np.array([lens.dx, lens.dy]) - np.array(margin)
    matrix = np.hstack([rotation, (place - rotation @ (arm.elbow - np.array(arm.corner)))[:, None]])
    used = cv2.boundingRect((arm.fore[..., 3] > 0).astype(np.uint8))
    corners = np.array([[used[0] + i * used[2], used[1] + j * used[3], 1.0] for i in (0, 1) for j in (0, 1)]) @ matrix.T
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - 2, 0)
    x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int) + 3, (frame.shape[1], frame.shape[0]))
    if x1 <= x0 or y1 <= y0:
        return
    matrix[:, 2] -= (x0, y0)
    size = int(x1 - x0), int(y1 - y0)
    layer = cv2.warpAffine(arm.fore, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    over(frame[y0:y1, x0:x1], layer)


def _shortened(way: Array, share: float) -> Array:
    """(2,2): lengths along `way` times `share`, those across it kept."""
    d = way / max(1e-3, float(np.hypot(*way)))
    return np.eye(2) - (1 - share) * np.outer(d, d)
