"""The numbers of benchmarks/quality.py, where the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measures import ciede2000, flicker, print_fidelity, structural, unrest


def noise(seed: int, size: tuple[int, int] = (96, 72)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Sharma, Wu, Dalal (2005), table 1
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_colour_difference(first: tuple[float, ...], second: tuple[float, ...], expected: float) -> None:
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-3)


def test_structure() -> None:
    assert structural(noise(1), noise(1)) == pytest.approx(1.0)
    assert structural(noise(1), noise(2)) < 0.1


def test_a_print_is_found_again() -> None:
    picture = noise(3, (200, 160))
    picture[40:140, 30:110] = np.kron(noise(4, (10, 8)), np.ones((10, 10, 1), np.uint8))
    found, ssim = print_fidelity(picture[40:140, 30:110].copy(), picture)
    assert found > 0.98 and ssim > 0.95
    assert print_fidelity(np.kron(noise(5, (10, 8)), np.ones((10, 10, 1), np.uint8)), picture)[0] < 0.6


def test_steadiness() -> None:
    area = np.ones((96, 72), bool)
    still = [noise(6)] * 4
    blinking = [np.clip(noise(6).astype(int) // 2 + 40 * (i % 2), 0, 255).astype(np.uint8) for i in range(4)]
    assert flicker(still, area) < 0.5 and unrest(still, area) == 0
    assert flicker(blinking, area) > 20 and unrest(blinking, area) == pytest.approx(40)
