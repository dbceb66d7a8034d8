"""How brightness changes when a relief turns in the light that the photo was taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Pixels
from tryon.video.relief.pose import Pose
from tryon.video.relief.rig import Rig

Array = NDArray[Any]

DEPTH = 0.30  # share of the light that comes from one direction; the rest is everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Direction of the light (across, towards the camera) and the relief's normals on the rest grid."""

    across: float
    front: float
    normal_x: Array
    normal_z: Array

    def gain(self, rig: Rig, pose: Pose) -> Array | None:
        """(rows, columns) float32 factor on the brightness by Lambert's law; None when the figure has not turned."""
        yaw = pose.yaw + rig.head * pose.head_yaw
        if abs(pose.yaw) + abs(pose.head_yaw) < 1e-4:
            return None
        c, s = np.cos(yaw), np.sin(yaw)
        x = self.normal_x * c + self.normal_z * s
        z = self.normal_z * c - self.normal_x * s
        change = self.across * (x - self.normal_x) + self.front * (z - self.normal_z)
        return np.clip(1 + DEPTH * change, 0.75, 1.2).astype(np.float32)


def find_light(rig: Rig, canvas: Pixels) -> Light:
    """The side from which the figure is lit: how its brightness follows the slope of its relief, left to right."""
    relief = rig.relief * (1 - rig.head) + rig.head_relief * rig.head
    slope = cv2.GaussianBlur(np.gradient(relief, rig.cell, axis=1).astype(np.float32), (0, 0), 2.0)
    normal_z = 1 / np.sqrt(1 + slope * slope)
    normal_x = -slope * normal_z
    columns = np.clip(rig.x[0], 0, canvas.shape[1] - 1).astype(int)
    rows = np.clip(rig.y[:, 0], 0, canvas.shape[0] - 1).astype(int)
    luma = canvas[np.ix_(rows, columns)].astype(np.float32).mean(axis=2)
    solid = rig.body > 0.95
    across = 0.0
    if solid.sum() > 50:
        # Against the row's own mean: garments of different colours lie above each other, light runs across.
        weight = solid.astype(np.float32)
        mean = (luma * weight).sum(1, keepdims=True) / np.maximum(weight.sum(1, keepdims=True), 1)
        rise = ((luma - mean) * normal_x * weight).sum() / max(1e-3, float((normal_x**2 * weight).sum()))
        across = float(np.clip(rise / 60.0, -0.7, 0.7))
    return Light(across=across, front=0.8, normal_x=normal_x, normal_z=normal_z)
