"""One outfit per person: bands of two readings become one."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.parsing.outfit import settle
from tryon.types import LABEL, LABELS


def figure(*bands: tuple[int, int, str, float]) -> np.ndarray:
    """Planes (25,60,20); each band of rows has a class with some probability, the background has the rest."""
    planes = np.zeros((len(LABELS), 60, 20), np.float32)
    for top, bottom, name, chance in bands:
        planes[LABEL[name], top:bottom, 4:16] = chance
    planes[0] = 1 - planes.sum(0)
    return planes


def classes(planes: np.ndarray, row: int) -> str:
    return LABELS[int(planes[:, row, 10].argmax())]


@pytest.mark.parametrize(
    ("bands", "upper", "lower"),
    [
        (((5, 25, "upper", 0.9), (25, 50, "pants", 0.9)), "upper", "pants"),
        (((5, 25, "upper", 0.9), (25, 35, "pants", 0.9), (35, 50, "skirt", 0.9)), "upper", "skirt"),
        (((5, 20, "upper", 0.9), (20, 30, "dress", 0.9), (30, 50, "skirt", 0.9)), "upper", "skirt"),
        (((5, 12, "upper", 0.9), (12, 50, "dress", 0.9)), "dress", "dress"),
        (((5, 45, "dress", 0.9), (45, 50, "skirt", 0.9)), "dress", "dress"),
        (((5, 30, "jumpsuit", 0.9), (30, 45, "dress", 0.6)), "jumpsuit", "jumpsuit"),
    ],
)
def test_readings_become_garments(bands: tuple[tuple[int, int, str, float], ...], upper: str, lower: str) -> None:
    planes = settle(figure(*bands), LABELS)
    assert classes(planes, 8) == upper
    assert classes(planes, bands[-1][1] - 3) == lower
    assert np.allclose(planes.sum(0), 1, atol=1e-5)


def test_hips_end_a_top() -> None:
    bands = (5, 25, "upper", 0.9), (25, 48, "dress", 0.7), (48, 55, "pants", 0.9)
    planes = settle(figure(*bands), LABELS, waist=(25.0, 18.0))
    assert classes(planes, 15) == "upper" and classes(planes, 40) == "pants"


def test_networks_of_few_classes_keep_their_planes() -> None:
    planes = figure((5, 25, "upper", 0.9))[:5]
    assert settle(planes, ("background", "hair", "upper", "lower", "dress")) is planes


@pytest.mark.parametrize(
    ("end", "lower", "whole"), [(27, "skirt", False), (38, "skirt", True), (30, "pants", False), (44, "pants", False)]
)
def test_a_top_that_goes_on_below_the_hips_is_a_dress(end: int, lower: str, whole: bool) -> None:
    planes = settle(figure((5, end, "upper", 0.9), (end, 52, lower, 0.9)), LABELS, waist=(25.0, 18.0), alike=0.9)
    assert (classes(planes, 10), classes(planes, 50)) == (("dress", "dress") if whole else ("upper", lower))
