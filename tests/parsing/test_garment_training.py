"""The garment landmark recipe: drawn landmarks lie where they should, seeds repeat, a few steps learn."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.train.garment.draw import ABSENT, draw
from tryon.train.garment.shapes import BOTTOM_MARKS, MARKS, TOP_MARKS

torch = pytest.importorskip("torch")

OUTER = ("neck_left", "neck_right", "hem_left", "hem_right", "waist_left", "waist_right", "hem_left_outer",
         "hem_right_outer")  # fmt: skip


def test_drawn_corners_lie_on_the_edge_of_the_cloth() -> None:
    rng = np.random.default_rng(1)
    far = []
    for _ in range(30):
        drawn = draw(rng, 192, 160)
        solid = (drawn.cover > 0.5).astype(np.uint8)
        edge = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        distance = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5)
        for name, (x, y) in zip(MARKS, drawn.points, strict=True):
            if name in OUTER and x != ABSENT:
                far.append(float(distance[round(float(y)), round(float(x))]))
    # Sleeves that hang over a hem's corner and collars around the neck hide a few.
    assert len(far) > 100 and np.mean(np.array(far) < 3) > 0.85


def test_a_garment_has_the_landmarks_of_its_kind() -> None:
    rng, kinds = np.random.default_rng(2), set()
    for _ in range(20):
        shown = {name for name, (x, _) in zip(MARKS, draw(rng, 64, 64).points, strict=True) if x != ABSENT}
        kinds.add("top" if "neck_front" in shown else "bottom")
        if "neck_front" in shown:
            assert shown == set(TOP_MARKS)
        else:
            assert shown in (set(BOTTOM_MARKS), set(BOTTOM_MARKS) - {"crotch"})
    assert kinds == {"top", "bottom"}


def test_pictures_repeat_from_their_seed() -> None:
    first, second = (draw(np.random.default_rng(5), 64, 64) for _ in range(2))
    assert np.array_equal(first.image, second.image) and np.array_equal(first.points, second.points)


@pytest.mark.slow
def test_a_few_steps_learn() -> None:
    from tryon.train.garment.train import NET, Trainer, batch

    small = replace(NET, height=64, width=64, widths=(8, 12, 16, 24, 32), attention=1, heads=2, decoder=16)
    rng, trainer = np.random.default_rng(0), Trainer(small, rate=3e-3)
    values = [trainer.step(batch(rng, small, 6), 0.0) for _ in range(40)]
    assert np.mean(values[-8:]) < 0.7 * np.mean(values[:8])
