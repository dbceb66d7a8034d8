"""Where cloth without sleeves ends on the shoulders, its edge is as even as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from tryon.transfer.warping.bare_shoulders import over_shoulders
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.layers import Dressing, Layer
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.shoulders import above_shoulders
from tryon.types import LABEL, Person


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


def test_cloth_goes_up_to_the_outline_of_bare_shoulders_just_above_it(person: Person) -> None:
    body = read_body(person)
    labels = np.where(person.labels == LABEL["upper"], LABEL["left_arm"], person.labels)
    bare = read_regions(replace(person, labels=labels.astype(np.uint8)), body)
    shape = labels.shape
    first = (bare.person | (body.along(shape) > 0)).argmax(axis=0)[None]
    rows, beside = np.indices(shape)[0], np.abs(np.abs(body.across(shape)) - 0.4 * body.unit) < 0.15 * body.unit
    shirt = ((rows >= first + 2) & bare.skin & beside).astype(np.float32)
    rgb, none = np.full((*shape, 3), 90, np.float32), np.zeros(shape, np.float32)
    layer = Layer(name="trunk", piece=cast(Any, None), rgb=rgb, alpha=shirt, inside=none)
    shown: dict[str, Any] = {"cloth": None, "sleeves": {}, "trunk": (0.0, 0.0), "legs": {}, "neck": 0.0, "skirt": 0.0}
    on = over_shoulders(Dressing(layers=[layer], **shown), body, bare)
    line = (rows >= first) & (rows < first + 2) & bare.skin & beside & (body.along(shape) < -0.05 * body.unit)
    assert line.sum() > 30
    assert (on.layers[0].alpha[line] > 0.5).mean() > 0.8
