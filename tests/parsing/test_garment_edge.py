"""The edge of a cut-out against the edge that was drawn, to fractions of a pixel."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.parsing.cutout import cut_out

Array = NDArray[Any]

HEIGHT, WIDTH = 640, 480
LEFT, RIGHT = np.linspace(150, 110, HEIGHT), np.linspace(330, 370, HEIGHT)  # its slanting sides, row by row
ROWS = slice(150, 490)


def drawn(cloth: Array, ground: int, shadow: float = 0.0) -> Array:
    """(h,w,3) uint8: `cloth` (h,w,3) between the slanting sides, from row 100 to 540, with a shadow of `shadow` grey
    levels at its right, compressed as photographs are."""
    x, y = np.arange(WIDTH)[None] + 0.0, np.arange(HEIGHT)[:, None]
    alpha = np.clip(np.minimum(x - LEFT[:, None], RIGHT[:, None] - x) + 0.5, 0, 1) * ((y >= 100) & (y < 540))
    cast = cv2.GaussianBlur(np.roll(alpha, (4, 10), axis=(0, 1)), (0, 0), 4) * shadow
    picture = (ground - cast)[..., None] * (1 - alpha[..., None]) + cloth * alpha[..., None]
    coded = cv2.imencode(".jpg", np.rint(picture[..., ::-1]).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    found = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert found is not None
    return np.ascontiguousarray(found[..., ::-1])


def of(colour: tuple[int, int, int]) -> Array:
    return np.full((HEIGHT, WIDTH, 3), colour, float)


def sides(alpha: Array) -> tuple[Array, Array]:
    """Where the sides lie in every row, px: as far as they are covered."""
    cover, middle = alpha[ROWS].astype(float) / 255, WIDTH // 2
    return middle - cover[:, :middle].sum(axis=1) - 0.5, middle - 0.5 + cover[:, middle:].sum(axis=1)


@pytest.mark.parametrize(
    ("colour", "ground", "shadow"),
    [((226, 20, 24), 245, 0.0), ((10, 150, 130), 254, 60.0), ((130, 132, 135), 254, 0.0), ((252, 252, 252), 238, 0.0)],
    ids=["red", "green before its shadow", "grey", "white on grey"],
)
def test_a_smooth_side_stays_smooth(colour: tuple[int, int, int], ground: int, shadow: float) -> None:
    found = cut_out(drawn(of(colour), ground, shadow))
    assert found is not None
    for seen, true in zip(sides(found.alpha), (LEFT, RIGHT), strict=True):
        off = seen - true[ROWS]
        assert abs(float(off.mean())) < 0.8
        assert float(np.abs(off - cv2.blur(off[:, None], (1, 41))[:, 0]).max()) < 0.7


def test_a_light_fold_at_the_side_is_solid() -> None:
    cloth = of((90, 90, 92))
    x = np.arange(WIDTH)[None]
    cloth += 70 * np.exp(-(((x - LEFT[:, None] - 5) / 2) ** 2))[..., None]
    found = cut_out(drawn(cloth, 245))
    assert found is not None
    inside = (x > LEFT[:, None] + 4) & (x < RIGHT[:, None] - 4)
    assert found.alpha[ROWS][inside[ROWS]].min() > 250


def test_a_hem_of_many_colours_ends_where_its_shadow_begins() -> None:
    cloth = of((240, 228, 215))
    cloth[:, np.arange(WIDTH) // 8 % 2 == 0] = (25, 25, 28)
    y = np.arange(HEIGHT)[:, None]
    picture = drawn(cloth, 238).astype(float)
    below = (y >= 540) & (np.arange(WIDTH)[None] > 100) & (np.arange(WIDTH)[None] < 380)
    picture -= (below * np.exp(-(((y - 540) / 9) ** 2)))[..., None] * (56, 56, 66)  # the cloth's own tint in it
    found = cut_out(np.clip(picture, 0, 255).astype(np.uint8))
    assert found is not None
    assert (found.alpha[546:, 140:340] > 127).mean() < 0.01
    assert (found.alpha[520:537, 140:340] > 127).mean() > 0.9
