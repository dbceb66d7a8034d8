"""Pictures of the work: what the stage strip shows of an analysis, a mask and a garment."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.types import KEYPOINT, LABEL, Garment, Mask, Person, Photo, Pixels

# One colour per label, chosen to tell neighbours apart; background stays the photo.
_COLOURS: dict[str, tuple[int, int, int]] = {
    "hat": (156, 108, 74),
    "hair": (120, 86, 150),
    "sunglasses": (60, 60, 70),
    "upper": (226, 98, 66),
    "coat": (200, 70, 90),
    "skirt": (70, 122, 190),
    "pants": (58, 108, 176),
    "dress": (222, 84, 140),
    "jumpsuit": (196, 100, 170),
    "belt": (90, 70, 50),
    "left_shoe": (92, 92, 100),
    "right_shoe": (112, 112, 122),
    "socks": (150, 150, 140),
    "face": (250, 206, 120),
    "neck": (240, 180, 110),
    "left_leg": (110, 190, 150),
    "right_leg": (80, 170, 130),
    "left_arm": (130, 200, 90),
    "right_arm": (170, 214, 90),
    "left_hand": (90, 210, 190),
    "right_hand": (70, 190, 210),
    "bag": (180, 140, 60),
    "scarf": (200, 160, 200),
    "gloves": (130, 130, 200),
}
LIMBS = (
    ("neck", "right_shoulder"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("neck", "left_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("neck", "right_hip"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("neck", "left_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("neck", "nose"),
)
SHOWN = 768  # px, longest side of a preview


def person_overlay(person: Person) -> Pixels:
    """The photo with its labels in colour and the key points drawn; longest side at most SHOWN."""
    table = np.zeros((256, 3), np.uint8)
    for name, colour in _COLOURS.items():
        table[LABEL[name]] = colour
    pixels = _small(person.photo.pixels)
    height, width = pixels.shape[:2]
    labels = cv2.resize(person.labels, (width, height), interpolation=cv2.INTER_NEAREST)
    mixed = cv2.addWeighted(pixels, 0.45, table[labels], 0.55, 0)
    faded = cv2.addWeighted(pixels, 0.5, np.full_like(pixels, 246), 0.5, 0)
    out = np.where((labels > 0)[..., None], mixed, faded)
    return _skeleton(np.ascontiguousarray(out), person, width / person.photo.width)


def _skeleton(out: Pixels, person: Person, scale: float) -> Pixels:
    thick = max(2, round(min(out.shape[:2]) / 220))
    points = person.keypoints

    def spot(index: int) -> tuple[int, int]:
        return int(points[index, 0] * scale), int(points[index, 1] * scale)

    for a, b in LIMBS:
        i, j = KEYPOINT[a], KEYPOINT[b]
        if min(points[i, 2], points[j, 2]) > 0.15:
            cv2.line(out, spot(i), spot(j), (255, 255, 255), thick, cv2.LINE_AA)
    for index in range(len(points)):
        if points[index, 2] > 0.15:
            cv2.circle(out, spot(index), thick * 2, (31, 27, 24), -1, cv2.LINE_AA)
            cv2.circle(out, spot(index), thick + 1, (255, 255, 255), -1, cv2.LINE_AA)
    return out


def mask_overlay(photo: Photo, mask: Mask) -> Pixels:
    """The photo with the area that may be painted veiled in grey, as the papers draw an agnostic picture."""
    pixels = _small(photo.pixels)
    height, width = pixels.shape[:2]
    alpha = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)[..., None].astype(np.float32) / 255
    veil = np.full_like(pixels, 140)
    return (pixels * (1 - 0.85 * alpha) + veil * (0.85 * alpha)).astype(np.uint8)


def garment_cutout(garment: Garment, ground: int = 246) -> Pixels:
    """The cut-out garment on a plain ground with its landmarks dotted in."""
    alpha = garment.cutout[..., None].astype(np.float32) / 255
    out = (garment.photo.pixels * alpha + ground * (1 - alpha)).astype(np.uint8)
    small = np.ascontiguousarray(_small(out))
    scale = small.shape[1] / out.shape[1]
    size = max(3, round(min(small.shape[:2]) / 130))
    for x, y in garment.landmarks.values():
        spot = (int(x * scale), int(y * scale))
        cv2.circle(small, spot, size + 2, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(small, spot, size, (168, 67, 31), -1, cv2.LINE_AA)
    return small


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = min(1.0, SHOWN / max(height, width))
    if scale == 1.0:
        return pixels
    return cv2.resize(pixels, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
