"""Renders of our own generator with their truth, and the embedded parser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tryon.parsing.embedded import SPEC, load
from tryon.spec import PersonParser, Runtime
from tryon.train.parser.augment import Sample
from tryon.types import Person, Photo


@pytest.fixture(scope="session")
def renders() -> list[Sample]:
    """Three generated figures of 384 x 288; none of them was trained on."""
    with np.load(Path(__file__).parent / "renders.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    empty = np.zeros(arrays["labels"].shape[1:], np.uint8)
    columns = zip(arrays["image"], arrays["labels"], arrays["parts"], arrays["points"], strict=True)
    return [Sample(image=i, labels=a, parts=p, depth=empty, points=k) for i, a, p, k in columns]


@pytest.fixture(scope="session")
def parser() -> PersonParser:
    return load(Runtime(spec=SPEC, threads=1))


@pytest.fixture(scope="session")
def people(parser: PersonParser, renders: list[Sample]) -> list[Person]:
    return [parser(Photo(sample.image)) for sample in renders]
