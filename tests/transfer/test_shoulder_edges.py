"""Where cloth without sleeves ends on the shoulders, its edge is as even as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.shoulders import above_shoulders
from tryon.types import Person


def test_stairs_of_labels_leave_none_on_the_shoulders(person: Person) -> None:
    body = read_body(person)
    none = np.zeros(person.labels.shape, bool)
    regions = replace(read_regions(person, body), skin=none, face=none, hair=none)
    across, along = body.across(none.shape), body.along(none.shape)
    top = -0.2 * body.unit
    teeth = 0.04 * body.unit * (np.floor(across / (0.04 * body.unit)) % 2)
    cut = above_shoulders(body, regions, (along > top + teeth).astype(np.float32))
    near = np.abs(across) < 0.4 * body.unit
    columns = np.flatnonzero(near.any(axis=0))
    first = np.array([np.flatnonzero(cut[:, x] < 0.5)[0] for x in columns])
    assert np.ptp(first) <= 2
    assert abs(along[first, columns].mean() - top) < 0.04 * body.unit


def test_the_edge_on_a_slanted_shoulder_has_no_steps_of_whole_pixels(person: Person) -> None:
    body = read_body(person)
    none = np.zeros(person.labels.shape, bool)
    regions = replace(read_regions(person, body), skin=none, face=none, hair=none)
    across, along = body.across(none.shape), body.along(none.shape)
    top = -0.3 * body.unit + 0.15 * across
    cut = above_shoulders(body, regions, (along > top).astype(np.float32))
    near = (np.abs(across) < 0.3 * body.unit).any(axis=0) & (np.abs(along - top).min(axis=0) < 1)
    edge = cut[: int(body.origin[1]), near].sum(axis=0)  # rows, to less than one by its soft pixels
    line = np.polyval(np.polyfit(np.arange(edge.size), edge, 2), np.arange(edge.size))
    assert np.abs(edge - line).max() < 0.2
