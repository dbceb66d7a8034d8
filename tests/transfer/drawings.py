"""Drawn trousers and a drawn dress, beside the T-shirt of tests/drawing.py, with their exact analyses."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.types import Garment, Photo

TROUSERS = {
    "waist_left": (140.0, 60.0), "waist_right": (244.0, 60.0), "hip_left": (128.0, 140.0), "hip_right": (256.0, 140.0),
    "crotch": (192.0, 190.0),
    "knee_left_outer": (128.0, 310.0), "knee_left_inner": (178.0, 310.0),
    "knee_right_inner": (206.0, 310.0), "knee_right_outer": (256.0, 310.0),
    "hem_left_outer": (130.0, 470.0), "hem_left_inner": (176.0, 470.0),
    "hem_right_inner": (208.0, 470.0), "hem_right_outer": (254.0, 470.0),
}  # fmt: skip
TROUSERS_OUTLINE = (
    "waist_left", "waist_right", "hip_right", "knee_right_outer", "hem_right_outer", "hem_right_inner",
    "knee_right_inner", "crotch", "knee_left_inner", "hem_left_inner", "hem_left_outer", "knee_left_outer", "hip_left",
)  # fmt: skip
DRESS = {
    "neck_left": (166.0, 30.0), "neck_right": (218.0, 30.0), "neck_front": (192.0, 52.0),
    "shoulder_left": (140.0, 38.0), "shoulder_right": (244.0, 38.0),
    "armpit_left": (142.0, 104.0), "armpit_right": (242.0, 104.0),
    "cuff_left_outer": (140.0, 38.0), "cuff_left_inner": (142.0, 104.0),
    "cuff_right_outer": (244.0, 38.0), "cuff_right_inner": (242.0, 104.0),
    "waist_left": (150.0, 190.0), "waist_right": (234.0, 190.0),
    "hem_left": (112.0, 330.0), "hem_right": (272.0, 330.0), "hem_front": (192.0, 332.0),
}  # fmt: skip
DRESS_OUTLINE = (
    "neck_left", "neck_front", "neck_right", "shoulder_right", "armpit_right", "waist_right", "hem_right", "hem_front",
    "hem_left", "waist_left", "armpit_left", "shoulder_left",
)  # fmt: skip


def _drawn(points: dict[str, tuple[float, float]], outline: tuple[str, ...], colour: tuple[int, int, int]):
    pixels, cutout = np.full((512, 384, 3), 246, np.uint8), np.zeros((512, 384), np.uint8)
    corners = np.array([points[name] for name in outline], np.int32)
    cv2.fillPoly(pixels, [corners], colour, cv2.LINE_AA)
    cv2.fillPoly(cutout, [corners], 255, cv2.LINE_AA)
    return Photo(pixels), cutout


def draw_trousers() -> Garment:
    """Green trousers down to the ankles."""
    photo, cutout = _drawn(TROUSERS, TROUSERS_OUTLINE, (40, 150, 70))
    return Garment(
        photo=photo, cutout=cutout, category="bottom", confidence=0.9, sleeves="none", length="ankle", neckline="none",
        kind="trousers", worn=False, landmarks=TROUSERS,
    )  # fmt: skip


def draw_dress() -> Garment:
    """A yellow sleeveless dress to the knee."""
    photo, cutout = _drawn(DRESS, DRESS_OUTLINE, (230, 200, 40))
    return Garment(
        photo=photo, cutout=cutout, category="dress", confidence=0.9, sleeves="none", length="knee", neckline="crew",
        kind="dress", worn=False, landmarks=DRESS,
    )  # fmt: skip


CAMISOLE = {
    "neck_left": (112.0, 40.0), "neck_right": (272.0, 40.0), "neck_front": (192.0, 150.0),
    "shoulder_left": (112.0, 40.0), "shoulder_right": (272.0, 40.0),
    "armpit_left": (96.0, 140.0), "armpit_right": (288.0, 140.0),
    "cuff_left_outer": (112.0, 40.0), "cuff_left_inner": (96.0, 140.0),
    "cuff_right_outer": (272.0, 40.0), "cuff_right_inner": (288.0, 140.0),
    "waist_left": (100.0, 210.0), "waist_right": (284.0, 210.0),
    "hem_left": (92.0, 330.0), "hem_right": (292.0, 330.0), "hem_front": (192.0, 332.0),
}  # fmt: skip
CAMISOLE_OUTLINE = np.array(
    [(108, 40), (116, 40), (120, 105), (192, 150), (264, 105), (268, 40), (276, 40), (276, 105), (288, 140), (284, 210),
     (292, 330), (192, 332), (92, 330), (100, 210), (96, 140), (108, 105)], np.int32,
)  # fmt: skip


def draw_camisole() -> Garment:
    """A blue top on thin straps that are laid as wide apart as its body."""
    pixels, cutout = np.full((512, 384, 3), 246, np.uint8), np.zeros((512, 384), np.uint8)
    cv2.fillPoly(pixels, [CAMISOLE_OUTLINE], (40, 60, 160), cv2.LINE_AA)
    cv2.fillPoly(cutout, [CAMISOLE_OUTLINE], 255, cv2.LINE_AA)
    return Garment(
        photo=Photo(pixels), cutout=cutout, category="top", confidence=0.9, sleeves="none", length="hip",
        neckline="straps", kind="shirt", worn=False, landmarks=CAMISOLE,
    )  # fmt: skip
