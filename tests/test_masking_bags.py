"""A bag's border follows the photo where its colours are not those of the cloth behind it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.masking.held import with_fine_bag
from tryon.masking.maps import Array
from tryon.types import LABEL

UNIT = 150.0  # px, shoulder distance of the drawn figure


def drawn(bag: tuple[int, int, int], cloth: tuple[int, int, int]) -> tuple[Array, Array, Array]:
    """A photo (240,240,3) of a bag before trousers, labels that are some pixels off, and the truth."""
    truth = np.zeros((240, 240), np.uint8)
    truth[:, 80:] = LABEL["pants"]
    labels = truth.copy()
    truth[70:150, 60:160], labels[70:150, 60:166] = LABEL["bag"], LABEL["bag"]
    labels[70:76, 80:166] = LABEL["pants"]
    photo = np.full((240, 240, 3), 230, np.uint8)
    photo[truth == LABEL["pants"]], photo[truth == LABEL["bag"]] = cloth, bag
    noise = np.random.default_rng(2).normal(0, 3, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8), labels, truth


def test_a_bag_gets_its_edge_and_loses_the_cloth_beside_it() -> None:
    photo, labels, truth = drawn((150, 60, 50), (40, 40, 60))
    fixed = with_fine_bag(labels, photo, UNIT)
    wrong = labels != truth
    assert wrong.sum() > 800 and (fixed[wrong] == truth[wrong]).mean() > 0.85
    assert (fixed[~wrong] == truth[~wrong]).mean() > 0.995


@pytest.mark.parametrize("bag", [(225, 215, 200), (222, 213, 199)])
def test_a_bag_of_the_colour_behind_it_stays(bag: tuple[int, int, int]) -> None:
    photo, labels, _ = drawn(bag, (225, 215, 200))
    assert (with_fine_bag(labels, photo, UNIT) == labels).all()
