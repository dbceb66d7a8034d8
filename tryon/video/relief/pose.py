"""A pose moves the nodes of the rest grid: limbs, breath and cloth first, then the turn, the stance and the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.video.relief.rig import Rig

Array = NDArray[Any]

DISTANCE = 3.4  # from camera to person, in lengths of the figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One frame's state. Angles in radians, lengths as shares of the trunk, + towards the picture's right."""

    yaw: float = 0.0  # trunk, + turns to the person's left
    head_yaw: float = 0.0  # on top of the trunk's
    head_pitch: float = 0.0  # + nods down
    head_roll: float = 0.0
    shift: float = 0.0  # pelvis to the side
    lean: float = 0.0  # shoulders to the side, against the pelvis
    breath: float = 0.0
    bob: float = 0.0  # whole body up (-) and down (+)
    lift: tuple[float, float] = (0.0, 0.0)  # left, right foot off the floor, share of the leg
    step: tuple[float, float] = (0.0, 0.0)  # left, right foot nearer (+) to the camera, share of the leg
    planted: tuple[float, float] = (0.0, 0.0)  # left, right foot's size against the body's, minus 1
    swing: tuple[float, float] = (0.0, 0.0)  # left, right arm forward (+) and back
    hem: tuple[float, float] = (0.0, 0.0)  # cloth's offset x, y
    hair: tuple[float, float] = (0.0, 0.0)
    sleeve: float = 0.0
    wind: float = 0.0
    wind_phase: float = 0.0


def displaced(rig: Rig, pose: Pose) -> tuple[Array, Array]:
    """New x and y of every node (rows, columns) float32."""
    unit = rig.bones.trunk
    x, y = _limbs(rig, pose, unit)
    x, y = _cloth(rig, pose, unit, x, y)
    relief = rig.relief
    bx, by = _turned(rig, pose.yaw, x, y, relief)
    bx, by = _stance(rig, pose, unit, bx, by)
    hx, hy = _head(rig, pose, unit)
    head = rig.head
    dx, dy = bx + head * (hx - bx) - rig.x, by + head * (hy - by) - rig.y
    return rig.x + rig.free_x * dx, rig.y + rig.free_y * dy


def _limbs(rig: Rig, pose: Pose, unit: float) -> tuple[Array, Array]:
    bones = rig.bones
    x, y = rig.x.copy(), rig.y.copy()
    rise = pose.breath * 0.012 * unit
    x += pose.breath * 0.014 * rig.chest * (rig.x - bones.neck[0])
    shoulders = np.clip((bones.hip[1] - rig.y) / (bones.hip[1] - bones.neck[1]), 0, 1)
    y -= rise * shoulders * shoulders
    for side in (0, 1):
        leg = rig.legs[side]
        length = max(8.0, bones.ankles[side][1] - bones.hips[side][1])
        y += leg * length * (pose.step[side] - pose.lift[side])
        # A foot on the floor stays where it is while the body comes nearer.
        horizon = bones.horizon
        y += leg * pose.planted[side] * (bones.ankles[side][1] - horizon)
        x += leg * pose.planted[side] * (bones.ankles[side][0] - bones.hip[0])
        # A lifted knee comes forward: the shin looks shorter, the thigh hangs a little outwards.
        knee = 4 * leg * (1 - leg)
        x += knee * pose.lift[side] * 0.25 * length * np.sign(bones.hips[side][0] - bones.hip[0] + 1e-6)
        arm, swing = rig.arms[side], pose.swing[side]
        reach = max(8.0, float(np.hypot(*(bones.wrists[side] - bones.shoulders[side]))))
        inward = np.sign(bones.neck[0] - bones.shoulders[side][0] + 1e-6)
        y -= arm * arm * reach * abs(swing) * 0.16
        x += arm * arm * reach * swing * 0.10 * inward
    return x, y


def _cloth(rig: Rig, pose: Pose, unit: float, x: Array, y: Array) -> tuple[Array, Array]:
    bones = rig.bones
    cloth = rig.hem + rig.tail
    x = x + cloth * pose.hem[0] * unit + rig.hair * pose.hair[0] * unit + rig.sleeves * pose.sleeve * unit
    y = y + cloth * pose.hem[1] * unit + rig.hair * pose.hair[1] * unit
    if pose.wind:
        along = (rig.x - bones.hip[0]) / unit
        down = (rig.y - bones.hip[1]) / unit
        wave = np.sin(pose.wind_phase - 4.2 * along - 1.6 * down) + 0.5 * np.sin(
            1.7 * pose.wind_phase - 7.5 * along + 2.2 * down
        )
        push = 0.45 + 0.35 * np.sin(0.6 * pose.wind_phase)
        force = pose.wind * unit
        x = x + force * (cloth * (0.034 * wave + 0.055 * push) + rig.hair * (0.02 * wave + 0.035 * push))
        y = y + force * (cloth * (0.022 * wave - 0.035 * push) - rig.hair * 0.012 * push)
        x = x + force * rig.sleeves * 0.022 * wave
    return x.astype(np.float32), y.astype(np.float32)


def _axis(rig: Rig) -> Array:
    """x of the upright axis that the body turns about, per row (rows, 1)."""
    bones = rig.bones
    feet = (bones.ankles[0][0] + bones.ankles[1][0]) / 2
    ys = [bones.neck[1], bones.hip[1], max(bones.hip[1] + 1, (bones.ankles[0][1] + bones.ankles[1][1]) / 2)]
    return np.interp(rig.y[:, 0], ys, [bones.neck[0], bones.hip[0], feet])[:, None].astype(np.float32)


def _turned(rig: Rig, yaw: float, x: Array, y: Array, relief: Array) -> tuple[Array, Array]:
    """The relief turned about its upright axis, seen from DISTANCE; the feet stay where they stand."""
    if not yaw:
        return x, y
    bones = rig.bones
    ground = bones.floor - 0.10 * (bones.floor - bones.hip[1])
    share = np.clip((ground - rig.y) / max(8.0, ground - bones.hip[1] - 0.1 * bones.trunk), 0, 1)
    angle = yaw * share * share * (3 - 2 * share)
    sine, cosine = np.sin(angle), np.cos(angle)
    axis = _axis(rig)
    away = x - axis
    depth = relief * cosine - away * sine - relief
    figure = bones.floor - bones.neck[1] + 0.6 * bones.trunk
    near = 1 + depth / (DISTANCE * figure)
    horizon = bones.neck[1] + 0.35 * bones.trunk
    turned = (away * cosine + relief * sine) * near
    return axis + turned, horizon + (y - horizon) * near


def _stance(rig: Rig, pose: Pose, unit: float, x: Array, y: Array) -> tuple[Array, Array]:
    """Pelvis and shoulders to the side over standing feet, and the bob of a step."""
    sx, sy = _stance_at(rig, pose, unit, rig.y)
    roll = pose.shift * 0.22 - pose.lean * 0.12
    # The pelvis rises over the leg that bears the weight, the shoulders dip on that side.
    across = (rig.x - rig.bones.hip[0]) / unit
    level = np.exp(-(((rig.y - rig.bones.hip[1]) / (0.5 * unit)) ** 2))
    upper = np.clip((rig.bones.hip[1] - rig.y) / unit, 0, 1) ** 2
    return x + sx, y + sy + unit * roll * across * (0.7 * upper - 0.5 * level) * 0.8


def _stance_at(rig: Rig, pose: Pose, unit: float, y: Array) -> tuple[Array, Array]:
    bones = rig.bones
    legs = np.clip(
        (bones.floor - 0.06 * (bones.floor - bones.hip[1]) - y) / max(8.0, 0.94 * (bones.floor - bones.hip[1])), 0, 1
    )
    legs = legs * legs * (3 - 2 * legs)
    trunk = np.clip((bones.hip[1] - y) / unit, 0, 1.5)
    sideways = pose.shift * (legs - 0.35 * np.minimum(trunk, 1.2) ** 1.3) + pose.lean * np.minimum(trunk, 1.4) ** 1.5
    return unit * sideways, unit * pose.bob * legs


def _head(rig: Rig, pose: Pose, unit: float) -> tuple[Array, Array]:
    """The head as one stiff piece on the neck, its features sliding over a ball when it turns."""
    bones = rig.bones
    pivot = np.array([bones.neck[0], 0.5 * (bones.neck[1] + bones.chin)])
    row = int(np.clip(round((pivot[1] - rig.y0) / rig.cell), 0, rig.y.shape[0] - 1))
    column = int(np.clip(round((pivot[0] - rig.x0) / rig.cell), 0, rig.x.shape[1] - 1))
    sx, sy = _stance_at(rig, pose, unit, pivot[1:])
    sine = np.sin(pose.yaw)
    # The neck stands on the trunk's axis; the head's own middle lies before it.
    px = pivot[0] + float(sx[0]) + 0.35 * float(rig.relief[row, column]) * sine
    py = pivot[1] + float(sy[0]) - pose.breath * 0.012 * unit
    yaw = pose.yaw + pose.head_yaw
    roll = pose.head_roll + 0.10 * pose.lean - 0.06 * pose.shift
    x = rig.x + rig.head_relief * np.sin(yaw) * 0.75 - (rig.x - bones.head[0]) * (1 - np.cos(yaw)) * 0.6
    y = rig.y + rig.head_relief * np.sin(pose.head_pitch) * 0.7
    c, s = np.cos(roll), np.sin(roll)
    dx, dy = x - pivot[0], y - pivot[1]
    sway_x, sway_y = rig.hair * pose.hair[0] * unit, rig.hair * pose.hair[1] * unit
    return (px + c * dx - s * dy + sway_x).astype(np.float32), (py + s * dx + c * dy + sway_y).astype(np.float32)
