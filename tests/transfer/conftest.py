"""People that several of these tests dress."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.body import Body, read_body
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
