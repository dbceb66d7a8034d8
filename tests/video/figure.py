"""A drawn figure with its analysis: a stand-in for a parsed photo."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.types import KEYPOINT, KEYPOINTS, LABEL, Box, Look, Person, Photo, Scene

SHAPES = (  # label, colour, polygon in units of 300 x 400
    ("left_leg", (200, 150, 130), ((152, 280), (182, 280), (178, 370), (162, 370))),
    ("right_leg", (200, 150, 130), ((118, 280), (148, 280), (138, 370), (122, 370))),
    ("left_shoe", (30, 30, 30), ((158, 366), (184, 366), (186, 378), (158, 378))),
    ("right_shoe", (30, 30, 30), ((116, 366), (142, 366), (142, 378), (114, 378))),
    ("skirt", (30, 60, 170), ((115, 195), (185, 195), (196, 290), (104, 290))),
    ("upper", (190, 40, 60), ((110, 100), (190, 100), (188, 205), (112, 205))),
    ("neck", (205, 155, 135), ((140, 78), (160, 78), (162, 106), (138, 106))),
    ("left_arm", (205, 155, 135), ((186, 102), (202, 110), (222, 205), (208, 208))),
    ("right_arm", (205, 155, 135), ((114, 102), (98, 110), (78, 205), (92, 208))),
    ("left_hand", (205, 155, 135), ((207, 204), (224, 202), (230, 232), (212, 234))),
    ("right_hand", (205, 155, 135), ((93, 204), (76, 202), (70, 232), (88, 234))),
)
JOINTS = {
    "nose": (150, 60), "neck": (150, 98), "right_shoulder": (114, 106), "right_elbow": (96, 158),
    "right_wrist": (84, 206), "left_shoulder": (186, 106), "left_elbow": (204, 158), "left_wrist": (216, 206),
    "right_hip": (132, 205), "right_knee": (132, 290), "right_ankle": (131, 362), "left_hip": (168, 205),
    "left_knee": (168, 290), "left_ankle": (170, 362), "right_eye": (142, 54), "left_eye": (158, 54),
    "right_ear": (134, 58), "left_ear": (166, 58),
}  # fmt: skip


def person(width: int = 300, height: int = 400, cut_at: float = 1.0) -> Person:
    """A standing figure before a grey wall with a slight gradient; `cut_at` keeps the upper share of the photo."""
    scale = np.array([width / 300, height / 400])
    column, row = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    noise = np.random.default_rng(0).normal(0, 1.5, (height, width))
    pixels = np.stack([170 + 30 * row - 10 * column + noise] * 3, axis=-1)
    pixels = np.clip(pixels + np.array([0, 2, 5]), 0, 255).astype(np.uint8)
    labels = np.zeros((height, width), np.uint8)
    for name, colour, polygon in SHAPES:
        points = np.rint(np.array(polygon) * scale).astype(np.int32)
        cv2.fillPoly(labels, [points], LABEL[name])
        cv2.fillPoly(pixels, [points], colour)
    _head(labels, pixels, scale)
    stripes = (labels == LABEL["upper"]) & (np.arange(height)[:, None] // max(3, height // 50) % 2 == 0)
    pixels[stripes] = (240, 235, 230)
    keep = round(height * cut_at)
    pixels, labels = np.ascontiguousarray(pixels[:keep]), np.ascontiguousarray(labels[:keep])
    outline = cv2.GaussianBlur((labels > 0).astype(np.uint8) * 255, (5, 5), 1.0)
    keypoints = np.zeros((len(KEYPOINTS), 3), np.float32)
    for name, place in JOINTS.items():
        x, y = np.array(place) * scale
        keypoints[KEYPOINT[name]] = (x, y, 0.9 if y < keep - 1 else 0)
    rows, columns = np.flatnonzero(labels.any(axis=1)), np.flatnonzero(labels.any(axis=0))
    return Person(
        photo=Photo(pixels),
        labels=labels,
        keypoints=keypoints,
        parts=np.zeros_like(labels),
        depth=(labels > 0).astype(np.float32) * 0.7,
        outline=outline,
        box=Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        confidence=0.9,
    )


def _head(labels: np.ndarray, pixels: np.ndarray, scale: np.ndarray) -> None:
    for name, colour, centre, size in (
        ("hair", (60, 40, 30), (150, 52), (24, 30)),
        ("face", (215, 165, 145), (150, 60), (18, 24)),
    ):
        place = tuple(int(v) for v in np.array(centre) * scale)
        axes = tuple(int(v) for v in np.array(size) * scale)
        cv2.ellipse(labels, place, axes, 0, 0, 360, LABEL[name], -1)
        cv2.ellipse(pixels, place, axes, 0, 0, 360, colour, -1)


def scene(prompt: str, someone: Person | None = None, **changes: object) -> Scene:
    someone = someone or person()
    look = Look(photo=someone.photo, person=someone, before=someone.photo, mask=None, garments=(), category="top")
    values: dict[str, object] = {
        "look": look, "prompt": prompt, "width": 180, "height": 320, "frames": 10, "fps": 16, "seed": 3, "steps": 1,
        "guidance": 1.0,
    }  # fmt: skip
    return Scene(**(values | changes))  # type: ignore[arg-type]
