"""Ankles that come out of trousers stand in their shoes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.ankles import even_shoes, in_shoes, over_shoes, shaded_openings
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.undress import Base
from tryon.types import LABEL, Person


def _shod(toes: int) -> tuple[Person, Body, Regions]:
    """Somebody in trousers over shoes whose toes lie `toes` px to the right of their openings."""
    person = draw_person()
    body, labels = read_body(person), person.labels.copy()
    labels[np.isin(labels, [LABEL["left_leg"], LABEL["right_leg"]])] = LABEL["pants"]
    labels[np.isin(labels, [LABEL["left_shoe"], LABEL["right_shoe"], LABEL["socks"]])] = 0
    rows, columns = np.indices(labels.shape)
    for name, leg in zip(("right_shoe", "left_shoe"), body.legs.values(), strict=True):
        x, y = leg.points[-1] - (0.06 * body.unit * np.sign(toes), 0)  # key points lie in the middle of a wide hem
        wide, down = 0.12 * body.unit, rows - y
        middle = x + toes * np.clip(down / (0.25 * body.unit), 0, 1) ** 2
        shoe = (down > 0) & (down < 0.25 * body.unit) & (np.abs(columns - middle) < wide)
        labels[shoe] = LABEL[name]
        labels[(rows > y - 0.6 * body.unit) & (down <= 0) & (np.abs(columns - x) < wide)] = LABEL["pants"]
        labels[(down > 0) & ~np.isin(labels, [LABEL["left_shoe"], LABEL["right_shoe"]])] = 0
    person = replace(person, labels=labels)
    return person, body, read_regions(person, body)


@pytest.mark.parametrize("toes", [-24, 24])
def test_a_bared_ankle_comes_out_of_the_back_of_a_shoes_opening(toes: int) -> None:
    person, body, regions = _shod(toes)
    shoes = over_shoes(regions, person, body.unit)
    assert shoes is not None
    moved = in_shoes(body, shoes)
    for side, leg in body.legs.items():
        step = moved.legs[side].points - leg.points
        assert step[-1, 0] * -np.sign(toes) > 1 and abs(step[-1, 0]) < 0.13 * body.unit
        assert np.abs(step[:8]).max() < 0.5 and (step[:, 1] == 0).all()
    skin = np.zeros_like(regions.skin)
    skin[shoes] = True
    assert over_shoes(replace(regions, skin=skin), person, body.unit) is None


def test_skin_is_darker_where_it_goes_into_a_shoe_and_no_rag_stands_up_from_that() -> None:
    person, body, regions = _shod(12)
    shoes = over_shoes(regions, person, body.unit)
    assert shoes is not None
    top = int(np.flatnonzero(shoes.any(axis=1))[0])
    x = int(np.flatnonzero(shoes[top + 2])[4])
    ragged = shoes.copy()
    ragged[top - 3 : top, x] = True
    even = even_shoes(regions, ragged, body.unit)
    assert even.lower[top - 3, x] and even.lower[top + 8].sum() == regions.lower[top + 8].sum()
    plane = np.zeros(shoes.shape, np.float32)
    skin = plane.copy()
    skin[:top] = 1
    base = Base(pixels=np.full((*shoes.shape, 3), 200, np.float32), skin=skin, other=plane, area=skin)
    light = shaded_openings(base, regions, shoes, body.unit).pixels[:, x, 0]
    assert light[top - 1] < 150 and light[top - round(0.2 * body.unit)] == 200 and light[top + 3] == 200
