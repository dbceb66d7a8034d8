"""Garments on coloured, grainy floors, as shoppers photograph them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.parsing.garment_drawing import Scene, draw, top
from tryon.parsing.cutout import _against_plain, cut_out
from tryon.parsing.garment_ground import Background, apart

Array = NDArray[Any]


def laid_out(pixels: Array, true: Array, floor: tuple[int, int, int]) -> Array:
    """A garment, `true` (h, w) 0..1 of `pixels`, with a contact shadow at its lower right on boards with a grain."""
    cloth = cv2.GaussianBlur(true.astype(np.float32), (0, 0), 0.6)[..., None]
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(0, 1, true.shape).astype(np.float32), (0, 0), sigmaX=25, sigmaY=1.2)
    shadow = cv2.GaussianBlur(np.roll(cloth[..., 0], (8, 8), (0, 1)), (0, 0), 6)[..., None]
    boards = np.float32(floor) + 7 * (grain / grain.std())[..., None]
    mixed = pixels * cloth + boards * (1 - 0.45 * shadow) * (1 - cloth) + rng.normal(0, 2, pixels.shape)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def test_the_shadow_on_a_coloured_floor_is_no_cloth() -> None:
    pixels, true, _ = draw(top(sleeve=0.75, width=0.6), Scene(colour=(60, 95, 150), noise=0, scale=0.6))
    found = cut_out(laid_out(pixels, true, (150, 110, 75)))
    assert found is not None
    assert ((found.alpha > 127) & (true < 0.5)).sum() < 0.02 * true.sum()
    assert ((found.alpha <= 127) & (true > 0.5)).sum() < 0.02 * true.sum()


def test_cloth_little_more_coloured_than_a_grainy_floor_stays_whole() -> None:
    true = np.zeros((400, 300), np.float32)
    cv2.rectangle(true, (80, 80), (220, 320), 1, -1)
    floor = np.full((400, 300, 3), (72, 1, 15), np.float32)
    grain = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, floor.shape), (0, 0), sigmaX=8, sigmaY=0.8)
    tint = np.float32((-5, -10.5, -8)) * np.linspace(0.75, 1.25, 300, dtype=np.float32)[:, None]
    lab = floor + grain / grain.std() * (2.2, 0.8, 0.8) + cv2.GaussianBlur(true, (0, 0), 1)[..., None] * tint
    body = _against_plain(lab.astype(np.float32), Background(lab=floor, noise=(2.0, 0.7), plain=0.92))
    assert (body & (true > 0)).sum() > 0.95 * true.sum()


def test_a_shadow_differs_from_its_ground_in_lightness_alone() -> None:
    ground = np.full((4, 4, 3), (150, 110, 75), np.float32) / 255
    lab = cv2.cvtColor(ground, cv2.COLOR_RGB2LAB)
    linear = ((ground + 0.055) / 1.055) ** 2.4 * 0.4
    shaded = cv2.cvtColor((1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32), cv2.COLOR_RGB2LAB)
    light, green, blue = cv2.split(apart(shaded, lab))
    assert light.max() < -10
    assert np.hypot(green, blue).max() < 1.0
