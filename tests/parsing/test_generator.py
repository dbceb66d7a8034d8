"""The parts of the generator that need no assets: rasteriser, geometry, cloth patterns, backdrops."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

from tryon.train.parser.backdrop import backdrop
from tryon.train.parser.layers import box, ring, tube
from tryon.train.parser.look import Palette, cloth, noise
from tryon.train.parser.raster import draw, normals


def canvas(height: int = 40, width: int = 40) -> tuple[np.ndarray, np.ndarray]:
    return np.full((height, width), 1e9, np.float32), np.full((height, width), -1, np.int32)


def rasterise(
    points: list[tuple[float, float, float]], faces: list[tuple[int, int, int]], keep: list[float]
) -> np.ndarray:
    nearest, triangle = canvas()
    n = len(points)
    draw(
        np.array(points, np.float32), np.array(faces, np.int32), np.array(keep, np.float32),
        np.zeros(len(faces), np.int8), np.zeros((n, 2), np.float32), np.zeros((4, 4), np.float32), np.float32(0),
        nearest, triangle,
    )  # fmt: skip
    return triangle


def test_the_nearer_triangle_hides_the_farther() -> None:
    points = [(0, 0, 9), (39, 0, 9), (0, 39, 9), (0, 0, 5), (20, 0, 5), (0, 20, 5)]
    triangle = rasterise(points, [(0, 1, 2), (3, 4, 5)], [1.0] * 6)
    assert triangle[2, 2] == 1 and triangle[2, 30] == 0 and triangle[39, 39] == -1


def test_negative_keep_cuts_a_surface() -> None:
    triangle = rasterise([(0, 0, 1), (39, 0, 1), (0, 39, 1)], [(0, 1, 2)], [-1.0, 1.0, -1.0])
    assert triangle[2, 35] == 0 and triangle[2, 2] == -1


@pytest.mark.parametrize(
    ("points", "faces"),
    [
        ring(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), (2, 1), 0.1, 0.3),
        tube(np.array([[0.0, 0, 0], [0, 1, 0], [0.5, 2, 0]]), 0.2),
        box(np.zeros(3), np.eye(3), (1, 2, 0.5), 0.5),
    ],
    ids=["ring", "tube", "box"],
)
def test_things_are_closed_enough_to_draw(points: np.ndarray, faces: np.ndarray) -> None:
    assert faces.min() >= 0 and faces.max() < len(points)
    direction = normals(points.astype(np.float32), faces.astype(np.int32))
    assert np.isfinite(direction).all()


def test_pieces_of_one_look_have_one_cloth() -> None:
    palette = Palette(np.array([0.8, 0.6, 0.5], np.float32), np.array([0.9, 0.9, 0.9], np.float32))
    rng = np.random.default_rng(0)
    u, v = (rng.uniform(-3, 3, 200).astype(np.float32) for _ in range(2))
    rest = rng.uniform(-3, 3, (200, 3)).astype(np.float32)
    for look in range(30):
        first, second = (cloth(np.random.default_rng(look), palette, u, v, rest, False) for _ in range(2))
        assert np.array_equal(first, second)
        assert first.min() >= 0 and first.max() <= 1


def test_backdrops_are_light_and_repeat() -> None:
    for seed in range(12):
        first, second = (backdrop(np.random.default_rng(seed), 64, 48, None) for _ in range(2))
        assert first.shape == (64, 48, 3) and np.array_equal(first, second) and first.min() >= 0


def test_noise_has_unit_spread() -> None:
    plane = noise(np.random.default_rng(1), 64, 1.4)
    assert abs(float(plane.mean())) < 1e-3 and abs(float(plane.std()) - 1) < 1e-3
