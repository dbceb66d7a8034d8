"""From a network's own class names to the house's label table, and colours to show it with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import KEYPOINT, LABEL, LABELS

Array = NDArray[Any]

# Joints that a line connects when a skeleton is drawn.
BONES: tuple[tuple[int, int], ...] = (
    (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (0, 1), (0, 14), (0, 15), (14, 16), (15, 17),
)  # fmt: skip

# One colour (R, G, B) per entry of LABELS.
PALETTE: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0), (128, 64, 0), (110, 60, 20), (40, 40, 40), (225, 45, 45), (150, 20, 60), (60, 130, 240),
    (30, 60, 200), (225, 40, 200), (150, 60, 220), (90, 90, 0), (90, 90, 90), (130, 130, 130), (190, 190, 220),
    (255, 205, 160), (255, 150, 100), (250, 250, 60), (160, 120, 255), (60, 200, 70), (20, 130, 120),
    (170, 255, 60), (0, 235, 235), (200, 120, 40), (250, 120, 160), (120, 200, 200),
)  # fmt: skip


def table(names: Sequence[str]) -> Array:
    """Network class index -> index into LABELS, uint8.

    Coarser names of small networks get the nearest of ours; `lower` and `shoes` are settled by geometry after.
    """
    coarse = {"lower": "pants", "shoes": "left_shoe"}
    return np.array([LABEL[coarse.get(name, name)] for name in names], np.uint8)


def split_sides(labels: Array, points: Array, left: str, right: str, near: str) -> None:
    """Gives the parts of a pair that were found as one (`left`) to the side whose joint `near` is closer, in place."""
    joints = points[KEYPOINT[f"left_{near}"]], points[KEYPOINT[f"right_{near}"]]
    count, index, _, centres = cv2.connectedComponentsWithStats((labels == LABEL[left]).astype(np.uint8))
    for i in range(1, count):
        distances = [float(np.hypot(*(centres[i] - joint[:2]))) for joint in joints]
        if distances[1] < distances[0]:
            labels[index == i] = LABEL[right]


LIMBS = ((("arm", "hand"), ("elbow", "wrist")), (("leg", "shoe"), ("knee", "ankle")))


def agree_on_sides(labels: Array, points: Array) -> None:
    """Swaps left and right of arms and hands, or of legs and shoes, where all key points say so, in place.

    Labels (H,W) and key points (18,3) come from heads of their own: seen from behind or without a head one of them may
    take the sides the other way round, and the key points, fewer and surer, are right more often.
    """
    for kinds, joints in LIMBS:
        seen = {side: points[[KEYPOINT[f"{side}_{joint}"] for joint in joints]] for side in ("left", "right")}
        if min(float(p[:, 2].min()) for p in seen.values()) < 0.3:
            continue
        pixels = {side: np.isin(labels[::4, ::4], [LABEL[f"{side}_{k}"] for k in kinds]) for side in seen}
        if not all(mask.any() for mask in pixels.values()):
            continue
        middles = {side: 4.0 * np.argwhere(mask).mean(axis=0)[::-1] for side, mask in pixels.items()}
        targets = {side: p[:, :2].mean(axis=0) for side, p in seen.items()}
        other = {"left": "right", "right": "left"}
        kept = sum(float(np.hypot(*(middles[side] - targets[side]))) for side in seen)
        swapped = sum(float(np.hypot(*(middles[side] - targets[other[side]]))) for side in seen)
        if swapped < 0.5 * kept:
            table = np.arange(256, dtype=np.uint8)
            for kind in kinds:
                pair = LABEL[f"left_{kind}"], LABEL[f"right_{kind}"]
                table[list(pair)] = pair[::-1]
            labels[:] = table[labels]


def hem_closes(labels: Array, points: Array, garment: str) -> bool | None:
    """Whether what covers the hips hangs in one piece there where it ends above bare legs: True for a skirt.

    None where that is not to be seen: hips or knees unknown, no bare leg below, or an end at the hips.
    """
    cloth = labels == LABEL[garment]
    rows = np.flatnonzero(cloth.any(axis=1))
    knees = [points[KEYPOINT[f"{side}_knee"]] for side in ("left", "right")]
    hips = [points[KEYPOINT[f"{side}_hip"]] for side in ("left", "right")]
    if len(rows) < 8 or min(k[2] for k in knees + hips) < 0.12:
        return None
    hip_y, knee_y = float(np.mean([h[1] for h in hips])), float(np.mean([k[1] for k in knees]))
    legs = np.isin(labels, [LABEL["left_leg"], LABEL["right_leg"]])
    low = int(np.percentile(rows, 92))
    columns = np.flatnonzero(cloth[low])
    if low < hip_y + 0.15 * (knee_y - hip_y) or not legs[low:].any() or len(columns) < 4:
        return None
    return bool(cloth[low, columns[0] : columns[-1] + 1].mean() > 0.97)


def one_dress(labels: Array, pixels: Array) -> bool:
    """Whether top, dress and bottom bands are one piece: a dress band between two bands of one colour."""
    masks = {name: labels == LABEL[name] for name in ("upper", "dress", "pants", "skirt")}
    areas = {name: int(mask.sum()) for name, mask in masks.items()}
    total = sum(areas.values())
    if not total or areas["dress"] < 0.12 * total:
        return False
    if areas["dress"] > 0.6 * total:
        return True
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    lower = masks["pants"] | masks["skirt"] | masks["dress"]
    if areas["upper"] < 0.08 * total:
        return areas["dress"] > 0.4 * total
    top, bottom = (np.median(lab[mask], axis=0) for mask in (masks["upper"], lower))
    return float(np.linalg.norm(top - bottom)) < 16


def recolour(labels: Array) -> Array:
    """Labels (h,w) -> picture (h,w,3) uint8."""
    colours: Array = np.array(PALETTE, np.uint8)[labels]
    return colours


assert len(PALETTE) == len(LABELS)
