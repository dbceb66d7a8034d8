"""A drawn person and a drawn garment with known answers, so that tests need nothing from outside."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.types import KEYPOINTS, LABEL, Box, Garment, Person, Photo

# Key points of the figure in a 384 x 512 picture; the person faces us, so their right is our left.
FIGURE = {
    "nose": (192, 62),
    "neck": (192, 104),
    "right_shoulder": (150, 112),
    "right_elbow": (128, 182),
    "right_wrist": (116, 246),
    "left_shoulder": (234, 112),
    "left_elbow": (256, 182),
    "left_wrist": (268, 246),
    "right_hip": (166, 250),
    "right_knee": (162, 350),
    "right_ankle": (160, 448),
    "left_hip": (218, 250),
    "left_knee": (222, 350),
    "left_ankle": (224, 448),
    "right_eye": (182, 54),
    "left_eye": (202, 54),
    "right_ear": (170, 60),
    "left_ear": (214, 60),
}
SKIN, HAIR, SHIRT, TROUSERS, SHOES, WALL = (
    (214, 170, 140),
    (60, 42, 34),
    (70, 110, 190),
    (60, 60, 70),
    (30, 30, 30),
    (226, 224, 220),
)


def draw_person(width: int = 384, height: int = 512) -> Person:
    """A standing figure in a T-shirt and trousers, with its exact analysis."""
    pixels = np.full((512, 384, 3), WALL, np.uint8)
    labels = np.zeros((512, 384), np.uint8)

    def both(name: str, colour: tuple[int, int, int], draw: object) -> None:
        draw(pixels, colour)  # type: ignore[operator]
        draw(labels, LABEL[name])  # type: ignore[operator]

    def line(a: str, b: str, thick: int) -> object:
        return lambda canvas, c: cv2.line(canvas, FIGURE[a], FIGURE[b], c, thick)

    def polygon(*points: tuple[int, int]) -> object:
        return lambda canvas, c: cv2.fillPoly(canvas, [np.array(points, np.int32)], c)

    def ellipse(centre: tuple[int, int], axes: tuple[int, int]) -> object:
        return lambda canvas, c: cv2.ellipse(canvas, centre, axes, 0, 0, 360, c, -1)

    both("hair", HAIR, ellipse((192, 50), (30, 34)))
    both("neck", SKIN, polygon((180, 80), (204, 80), (208, 112), (176, 112)))
    for side in ("right", "left"):
        both(f"{side}_arm", SKIN, line(f"{side}_shoulder", f"{side}_elbow", 26))
        both(f"{side}_arm", SKIN, line(f"{side}_elbow", f"{side}_wrist", 22))
        both(f"{side}_hand", SKIN, ellipse(FIGURE[f"{side}_wrist"], (12, 16)))
        both("pants", TROUSERS, line(f"{side}_hip", f"{side}_knee", 46))
        both("pants", TROUSERS, line(f"{side}_knee", f"{side}_ankle", 36))
        x, y = FIGURE[f"{side}_ankle"]
        both(f"{side}_shoe", SHOES, ellipse((x, y + 22), (20, 12)))
    both("pants", TROUSERS, polygon((146, 240), (238, 240), (240, 270), (144, 270)))
    both("upper", SHIRT, polygon((150, 98), (234, 98), (240, 160), (236, 256), (148, 256), (144, 160)))
    both("upper", SHIRT, line("right_shoulder", "right_elbow", 34))
    both("upper", SHIRT, line("left_shoulder", "left_elbow", 34))
    both("neck", SKIN, ellipse((192, 98), (20, 12)))
    both("face", SKIN, ellipse((192, 62), (23, 29)))
    outline = np.where(labels > 0, 255, 0).astype(np.uint8)
    depth = cv2.distanceTransform((labels > 0).astype(np.uint8), cv2.DIST_L2, 3)
    keypoints = np.array([(*FIGURE[name], 0.9) for name in KEYPOINTS], np.float32)
    keypoints[:, :2] *= (width / 384, height / 512)
    size = (width, height)
    outline = cv2.resize(outline, size, interpolation=cv2.INTER_LINEAR)
    rows, columns = np.where(outline.max(1) > 127)[0], np.where(outline.max(0) > 127)[0]
    return Person(
        photo=Photo(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)),
        labels=cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST),
        keypoints=keypoints,
        parts=np.where(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST) > 0, 2, 0).astype(np.uint8),
        depth=cv2.resize(depth / max(1.0, float(depth.max())), size).astype(np.float32),
        outline=outline,
        box=Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        confidence=0.9,
    )


# Landmarks of the drawn T-shirt in a 384 x 512 picture.
TSHIRT = {
    "neck_left": (158.0, 108.0),
    "neck_right": (226.0, 108.0),
    "neck_front": (192.0, 134.0),
    "shoulder_left": (112.0, 124.0),
    "shoulder_right": (272.0, 124.0),
    "armpit_left": (118.0, 200.0),
    "armpit_right": (266.0, 200.0),
    "cuff_left_outer": (52.0, 206.0),
    "cuff_left_inner": (88.0, 236.0),
    "cuff_right_outer": (332.0, 206.0),
    "cuff_right_inner": (296.0, 236.0),
    "waist_left": (118.0, 300.0),
    "waist_right": (266.0, 300.0),
    "hem_left": (116.0, 404.0),
    "hem_right": (268.0, 404.0),
    "hem_front": (192.0, 406.0),
}


def draw_tshirt(colour: tuple[int, int, int] = (196, 60, 52)) -> Garment:
    """A T-shirt lying flat on near-white, with a white bar on its chest, and its exact analysis."""
    names = [
        "neck_left",
        "neck_front",
        "neck_right",
        "shoulder_right",
        "cuff_right_outer",
        "cuff_right_inner",
        "armpit_right",
        "waist_right",
        "hem_right",
        "hem_front",
        "hem_left",
        "waist_left",
        "armpit_left",
        "cuff_left_inner",
        "cuff_left_outer",
        "shoulder_left",
    ]
    outline = np.array([TSHIRT[name] for name in names], np.int32)
    pixels = np.full((512, 384, 3), 246, np.uint8)
    cutout = np.zeros((512, 384), np.uint8)
    cv2.fillPoly(pixels, [outline], colour, cv2.LINE_AA)
    cv2.rectangle(pixels, (152, 220), (232, 250), (250, 250, 250), -1)
    cv2.fillPoly(cutout, [outline], 255, cv2.LINE_AA)
    return Garment(
        photo=Photo(pixels),
        cutout=cutout,
        category="top",
        confidence=0.9,
        sleeves="short",
        length="hip",
        neckline="crew",
        kind="shirt",
        worn=False,
        landmarks=TSHIRT,
    )
