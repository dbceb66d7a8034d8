"""The back of a neckline beside the neck."""

from __future__ import annotations

import numpy as np

from tests.drawing import draw_tshirt
from tryon.transfer.warping.backs import LONG, THICK, back_slivers
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person


def test_a_back_tapers_from_the_ends_of_the_neckline_to_behind_the_neck(person: Person) -> None:
    body = read_body(person)
    shape, unit = person.labels.shape, body.unit
    across, along = body.across(shape), body.along(shape)
    figure = along > -0.25 * unit + 0.3 * np.abs(across)  # shoulders
    cloth = figure & (np.abs(across) > 0.2 * unit)
    skin = (figure & ~cloth) | ((np.abs(across) < 0.1 * unit) & (along > -0.6 * unit))
    worn, window = np.stack([cloth, cloth]).astype(np.float32), (slice(0, shape[0]), slice(0, shape[1]))
    none = np.zeros(shape, bool)
    found = back_slivers(body, window, worn, skin.astype(np.float32), none)
    assert set(found) == {"left", "right"}
    for side, (sliver, beside) in found.items():
        sign = -1 if side == "left" else 1
        seen, place = sliver > 0.5, sign * across / unit
        assert seen.any() and beside.any() and not (beside & ~cloth).any()
        assert not (seen & skin).any()
        assert place[seen].max() < 0.26 and place[seen].min() > 0.2 - LONG
        near, far = (sliver[np.abs(place - at) < 0.02].sum() / (0.04 * unit) for at in (0.16, 0.10))
        assert 0.3 * THICK * unit < near < 1.6 * THICK * unit and far < 0.5 * near
    assert not back_slivers(body, window, worn, skin.astype(np.float32), skin)  # hair hides it


def test_a_back_lies_below_the_layers_so_that_films_carry_it(person: Person) -> None:
    sheet = lay_out(person, read_body(person), draw_tshirt(), "top", read_wishes(""), 1)
    assert {leaf.layer.name.removeprefix("under_") for leaf in sheet.leaves} == {
        layer.name for layer in sheet.dressing.layers
    }  # each of them is looked up in the garment's own picture
