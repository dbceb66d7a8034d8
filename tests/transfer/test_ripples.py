"""Worn cloth is not as straight as cloth laid flat, and letters on it stay straight all the same."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping import ripples as module
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.ripples import STEP, ripples
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person

UNIT = 150.0


def test_waves_are_slight_long_and_below_the_chest() -> None:
    cloth = prepare(draw_tshirt(), 1.0)
    waves = ripples(cloth, UNIT)
    assert (waves == ripples(cloth, UNIT)).all()
    below = waves[(len(waves) * 3) // 5 :]
    assert 0.004 * UNIT < below.std() < 0.012 * UNIT and np.abs(waves).max() < 0.04 * UNIT
    across, down = (np.abs(np.diff(waves, axis=axis)).mean() / STEP for axis in (1, 0))
    assert 0.01 < across < 0.08, "a stripe leans, but no letter does"
    assert down < 0.8 * across, "folds run down"
    chest = int(max(cloth.points[f"armpit_{side}"][1] for side in ("left", "right")) / STEP)
    assert (waves[:chest] == 0).all()


def test_a_stripe_on_a_worn_top_waves(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    body, regions = read_body(person), read_regions(person, read_body(person))

    def rows() -> Array:
        layers = put_on(draw_tshirt(), "top", body, regions, read_wishes("")).layers
        field = next(layer.piece.field for layer in layers if layer.name == "trunk")
        wide, places = (
            int(0.4 * body.unit),
            [body.place(0.0, share * body.trunk) for share in (0.1, 0.6, 0.7, 0.8, 0.9)],
        )
        return np.array([field.y[round(y), round(x) - wide : round(x) + wide] for x, y in places])

    worn = rows()
    monkeypatch.setattr(module, "MOVED", 0.0)
    off = worn - rows()
    assert (off[0] == 0).all()
    assert (np.ptp(off[1:], axis=1) > 0.004 * body.unit).all() and np.abs(off).max() < 0.04 * body.unit
