"""People that several of these tests dress."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.hips import Lap, lap_of
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.types import LABEL, Person, Photo


@pytest.fixture(scope="module")
def long_top() -> tuple[Person, Body, Regions]:
    """The drawn person, whose top hangs over the hips."""
    drawn = draw_person()
    body = read_body(drawn)
    labels, pixels = drawn.labels.copy(), drawn.photo.pixels.copy()
    below = (labels == LABEL["upper"]) & (body.along(labels.shape) > body.trunk)
    labels[below] = LABEL["pants"]
    pixels[below] = np.median(pixels[drawn.labels == LABEL["pants"]], axis=0)
    person = replace(drawn, photo=Photo(pixels), labels=labels)
    return person, body, read_regions(person, body)


@pytest.fixture(scope="module")
def low_lap(long_top: tuple[Person, Body, Regions]) -> tuple[Body, Lap, Array, Array]:
    """Their waistband where it begins half a shoulder distance higher, (h,w) shoulder distances down from its top, and
    (h,w) bool where it is away from its sides."""
    _, body, regions = long_top
    found = lap_of(body, regions, 0.5 * body.trunk)
    assert found is not None
    lap = replace(found, start=found.top - 0.5 * body.unit)
    shape = regions.person.shape
    inside = np.abs(body.across(shape) - lap.middle) < 0.9 * lap.half_at(body.along(shape))
    return body, lap, lap.down(body, shape) / body.unit, inside
