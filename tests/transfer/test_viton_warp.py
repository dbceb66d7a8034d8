"""VITON's matching and spline without its networks: a shape bent into another, a garment bent onto a person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawing import draw_person, draw_tshirt
from tests.transfer.drawings import draw_dress, draw_trousers
from tryon.catalog import build_catalog
from tryon.masking import agnostic_mask
from tryon.spec import Runtime
from tryon.transfer.classic.shape_context import (
    HEIGHT,
    WIDTH,
    OutlineLost,
    control_points,
    garment_shape,
    outline,
    places,
    warped,
)
from tryon.types import KEYPOINT, LABEL, Box, Dressed, Fitting, Garment, Note

MODEL = build_catalog().get("transfer", "viton-warp")


def bell(width: float, top: int, bottom: int) -> Any:
    """A shape that widens downwards."""
    shape = np.zeros((HEIGHT, WIDTH))
    for row in range(top, bottom):
        half = width * (0.6 + 0.4 * (row - top) / (bottom - top))
        shape[row, max(0, round(WIDTH / 2 - half)) : round(WIDTH / 2 + half)] = 1
    return shape


@settings(deadline=None, max_examples=8)
@given(st.floats(12, 20), st.integers(4, 12), st.integers(48, 58))
def test_a_shape_is_bent_into_another(width: float, top: int, bottom: int) -> None:
    source, target = bell(14, 8, 56), bell(width, top, bottom)
    controls = control_points(source, target, np.random.default_rng(1))
    moved = warped(source[..., None].astype(np.float32), controls, WIDTH, HEIGHT)[..., 0] > 0.5
    wanted = target > 0.5
    assert (moved & wanted).sum() / (moved | wanted).sum() > 0.85


def test_the_same_shape_stays() -> None:
    shape = bell(14, 8, 56)
    controls = control_points(shape, shape, np.random.default_rng(1))
    x, y = np.moveaxis(places(controls, WIDTH, HEIGHT), -1, 0)
    columns, rows = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    inside = shape > 0
    assert max(np.abs(x - columns)[inside].max(), np.abs(y - rows)[inside].max()) < 0.1


@pytest.mark.parametrize("shape", [np.zeros((HEIGHT, WIDTH)), np.ones((HEIGHT, WIDTH)), bell(2, 30, 34)])
def test_too_short_outlines_are_refused(shape: Any) -> None:
    with pytest.raises(OutlineLost):
        control_points(bell(14, 8, 56), shape, np.random.default_rng(1))


def test_shapes_lose_holes_and_specks() -> None:
    solid = np.zeros((640, 480), bool)
    solid[100:500, 100:380] = True
    solid[200:260, 200:260] = False
    solid[20:25, 20:25] = True
    shape = garment_shape(solid)
    assert shape.shape == (HEIGHT, WIDTH)
    assert shape[10:50, 10:38].min() >= 0 and shape[23, 23] == 1 and not shape[:8].any()


def test_directions_run_along_the_edge() -> None:
    shape = np.zeros((HEIGHT, WIDTH))
    shape[10:50, 10:40] = 1
    edge = outline(shape)
    left = np.abs(edge.points[:, 0] - 10.5) < 0.01
    assert left.sum() == 40
    assert np.allclose(np.abs(np.cos(edge.angles[left][5:-5])), 0, atol=1e-6), "straight down"


def fitting(garment: Garment, **changes: Any) -> Fitting:
    person = draw_person()
    values: dict[str, Any] = {
        "person": person,
        "garments": (garment,),
        "category": garment.category,
        "mask": agnostic_mask(person, (garment,), garment.category),
        "crop": Box(0, 0, person.photo.width, person.photo.height),
        "prompt": "",
        "seed": 3,
        "steps": 1,
        "guidance": 1.0,
    }
    return Fitting(**{**values, **changes})


def finished(steps: Generator[Any, None, Dressed]) -> tuple[list[Any], Dressed]:
    events = []
    try:
        while True:
            events.append(next(steps))
    except StopIteration as stop:
        return events, stop.value


@pytest.mark.parametrize(
    ("garment", "colour", "worn"),
    [(draw_tshirt(), (196, 60, 52), "upper"), (draw_trousers(), (40, 150, 70), "pants"),
     (draw_dress(), (230, 200, 40), "upper")],
    ids=["top", "bottom", "dress"],
)  # fmt: skip
def test_a_garment_on_a_person(garment: Garment, colour: tuple[int, int, int], worn: str) -> None:
    order = fitting(garment)
    events, dressed = finished(MODEL.load(Runtime(spec=MODEL.spec))(order))
    photo, labels = order.person.photo.pixels, order.person.labels
    assert not [event for event in events if isinstance(event, Note)]
    assert (dressed.pixels[dressed.alpha == 0] == photo[dressed.alpha == 0]).all()
    assert not dressed.alpha[labels == LABEL["face"]].any()
    near = np.abs(dressed.pixels.astype(int) - colour).max(2) < 60
    core = cv2.erode((labels == LABEL[worn]).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    shoulders = order.person.keypoints[[KEYPOINT["right_shoulder"], KEYPOINT["left_shoulder"]], 0]
    trunk = core.copy()  # what is beside the trunk the sleeveless dress bares
    trunk[:, : int(shoulders.min()) + 6] = trunk[:, int(shoulders.max()) - 6 :] = False
    printed = (dressed.pixels > 240).all(axis=2)  # the T-shirt's white print
    assert (near | printed)[trunk].mean() > 0.95
    if garment.sleeves != "none" or worn == "pants":
        assert near[core].mean() > 0.75
    old = np.median(photo[core], axis=0)
    assert (np.abs(dressed.pixels[core].astype(int) - old).max(1) < 30).mean() < 0.02
    _, again = finished(MODEL.load(Runtime(spec=MODEL.spec))(order))
    assert (again.pixels == dressed.pixels).all()


def test_an_empty_cutout_is_told() -> None:
    """Without an outline to match, the embedded engine's own layers are kept."""
    from dataclasses import replace

    garment = draw_tshirt()
    small = np.zeros_like(garment.cutout)
    small[250:256, 188:194] = 255
    events, dressed = finished(MODEL.load(Runtime(spec=MODEL.spec))(fitting(replace(garment, cutout=small))))
    assert [event.code for event in events if isinstance(event, Note)] == ["outline_lost"]
    assert dressed.pixels.shape == (512, 384, 3)
