"""What VITON-HD's and HR-VITON's tools draw of a person for the systems that were trained on it.

Lines and discs are drawn on 768 x 1024, the size of that data, whatever the size of the photo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tryon.transfer.diffusion.masks import Labels, Plane, is_one_of
from tryon.types import Floats, Pixels

WIDTH, HEIGHT = 768, 1024
GREY = 128
HEAD, BELOW, CLOTHES, NECK = (4, 13), (9, 12, 16, 17, 18, 19), (5, 6, 7), (10,)  # of CIHP's classes
LEFT_ARM, RIGHT_ARM = 14, 15
# The person's left and right arm: its label, the other shoulder, shoulder, elbow, wrist (OpenPose's numbers).
ARMS = ((LEFT_ARM, (2, 5, 6, 7)), (RIGHT_ARM, (5, 2, 3, 4)))
# CIHP's classes as the warper reads them: background, hair, face, upper, bottom, arms, legs, shoes, socks, the rest.
MERGED = ((0, 10), (1, 2), (4, 13), (5, 6, 7), (9, 12), (14,), (15,), (16,), (17,), (18,), (19,), (8,), (3, 11))
NO_HIPS = 1.5  # shoulder widths from the shoulders to hips that are not seen


def agnostic_labels(cihp: Labels, keypoints: Floats) -> Labels:
    """CIHP labels (h, w) without the old top, the neck and the arms down to the hands (HR-VITON's recipe).

    keypoints: (18, 2) px of the labels, (0, 0) where a joint was not found.
    """
    points = _placed(keypoints, cihp.shape)
    gone = is_one_of(cihp, (*CLOTHES, *NECK))
    for label, joints in ARMS:
        arm = _limb(points, joints, width=100, elbow=150, wrist=40)
        gone |= (cihp == label) & _sized(arm, cihp.shape)
    return np.where(gone, 0, cihp).astype(np.uint8)


def agnostic_picture(pixels: Pixels, cihp: Labels, keypoints: Floats) -> Pixels:
    """The photo (h, w, 3) with trunk, neck and arms painted over in grey, but for head, legs and hands."""
    points = _joints_with_hips(_placed(keypoints, cihp.shape))
    unit = int(np.linalg.norm(points[5] - points[2]) / 16) + 1
    width, elbow, shoulder = 10 * unit, 5 * unit, (5 * unit, 6 * unit)
    grey, kept = _trunk(points, unit), is_one_of(cihp, (*HEAD, *BELOW))
    for label, joints in ARMS:
        grey |= _limb(points, joints[1:], width=width, elbow=elbow, wrist=elbow, shoulder=shoulder)
        # What of the arm is not under the line is the hand.
        arm = _limb(points, joints[1:], width=width, elbow=elbow, wrist=4 * unit, shoulder=shoulder)
        kept |= (cihp == label) & ~_sized(arm, cihp.shape)
    over = _sized(grey, cihp.shape) & ~kept
    return np.where(over[..., None], np.uint8(GREY), pixels)


def merged_planes(cihp: Labels) -> Floats:
    """(13, h, w) 0 or 1: CIHP's labels as the classes that the warper reads."""
    return np.stack([is_one_of(cihp, classes) for classes in MERGED]).astype(np.float32)


def _trunk(points: Floats, unit: int) -> Plane:
    """Shoulders, flanks, hips and neck as thick shapes."""
    canvas, draw = _canvas()
    corner = [_point(points[joint]) for joint in (2, 5, 12, 9)]
    for joint in (9, 12):
        _disc(draw, points[joint], 3 * unit, 6 * unit)
    draw.line([corner[0], corner[3]], fill=1, width=6 * unit)
    draw.line([corner[1], corner[2]], fill=1, width=6 * unit)
    draw.line([corner[3], corner[2]], fill=1, width=12 * unit)
    draw.polygon(corner, fill=1)
    draw.line([corner[0], corner[1]], fill=1, width=12 * unit)
    x, y = _point(points[1])
    draw.rectangle((x - 5 * unit, y - 9 * unit, x + 5 * unit, y), fill=1)
    return np.asarray(canvas) > 0


def _limb(
    points: Floats,
    joints: Sequence[int],
    *,
    width: int,
    elbow: int,
    wrist: int,
    shoulder: tuple[int, int] | None = None,
) -> Plane:
    """A line from joint to joint, with discs of these radii at its ends; joints that were not found are left out."""
    canvas, draw = _canvas()
    if shoulder is not None:
        _disc(draw, points[joints[0]], *shoulder)
    before = joints[0]
    for joint in joints[1:]:
        if _seen(points[[before, joint]]):
            draw.line([_point(points[before]), _point(points[joint])], fill=1, width=width)
            radius = wrist if joint == joints[-1] else elbow
            _disc(draw, points[joint], radius, radius)
            before = joint
    return np.asarray(canvas) > 0


def _joints_with_hips(points: Floats) -> Floats:
    """Joints with hips as wide as the shoulders; hips that were not found lie below them."""
    points = points.copy()
    shoulder = float(np.linalg.norm(points[5] - points[2]))
    if _seen(points[[9, 12]]):
        middle = (points[9] + points[12]) / 2
    else:
        middle = (points[2] + points[5]) / 2 + np.array([0.0, NO_HIPS * shoulder], np.float32)
        points[[9, 12]] = middle + np.array([[-1.0, 0.0], [1.0, 0.0]], np.float32)
    across = max(float(np.linalg.norm(points[12] - points[9])), 1e-6)
    for joint in (9, 12):
        points[joint] = middle + (points[joint] - middle) / across * shoulder
    return points


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("L", (WIDTH, HEIGHT))
    return canvas, ImageDraw.Draw(canvas)


def _disc(draw: ImageDraw.ImageDraw, centre: Floats, across: int, down: int) -> None:
    x, y = _point(centre)
    draw.ellipse((x - across, y - down, x + across, y + down), fill=1)


def _point(point: Iterable[float]) -> tuple[float, float]:
    x, y = point
    return float(x), float(y)


def _seen(points: Floats) -> bool:
    return bool((points != 0).any(axis=-1).all())


def _placed(keypoints: Floats, shape: tuple[int, ...]) -> Floats:
    return (keypoints * (WIDTH / shape[1], HEIGHT / shape[0])).astype(np.float32)


def _sized(plane: Plane, shape: tuple[int, ...]) -> Plane:
    """A drawn plane at the labels' own size."""
    return cv2.resize(plane.astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST) > 0
