"""Pale plain trousers: their own seams are seen, and no blotches of folds that they have not."""

from __future__ import annotations

import numpy as np

from tests.drawing import draw_person
from tryon.transfer.warping.body import CROTCH, SIDES, read_body
from tryon.transfer.warping.crisp import DEEPEST, crisp
from tryon.transfer.warping.leg_relief import hung_legs
from tryon.transfer.warping.outlines import continued
from tryon.transfer.warping.trouser_folds import leg_folds

SIZE = (300, 240)
POINTS = {"waist_left": np.array([20.0, 20.0]), "waist_right": np.array([220.0, 20.0])}


def cloth(tone: float) -> np.ndarray:
    """A faint seam that runs down and a button."""
    plane = np.full(SIZE, tone, np.float32)
    plane[:, 119:121] -= 8
    plane[30:34, 60:64] = 20
    return np.repeat(plane[..., None], 3, axis=2)


def test_a_pale_cloths_faint_seam_is_seen_better_and_a_button_gets_no_rim() -> None:
    before, alpha = cloth(215.0), np.ones(SIZE, np.float32)
    after = crisp(before, alpha, POINTS)
    seam = (after[100:200, 90].mean() - after[100:200, 119:121].mean()) / 8
    assert 1.5 < seam < 2.5
    assert np.abs(after - before).max() <= DEEPEST + 1e-3
    assert np.abs(after[200:, :60] - before[200:, :60]).max() < 0.1


def test_dark_and_patterned_cloth_stays_as_it_is() -> None:
    alpha, dark = np.ones(SIZE, np.float32), cloth(90.0)
    assert crisp(dark, alpha, POINTS) is dark
    stripes = cloth(215.0)
    stripes[:, ::8] -= 60
    stripes[:, 1::8] -= 60
    assert crisp(stripes, alpha, POINTS) is stripes


def test_folds_of_pale_trousers_are_no_blotches() -> None:
    person = draw_person()
    body = read_body(person)
    along, across = (plane(person.labels.shape) for plane in (body.along, body.across))
    start = body.trunk + CROTCH * body.unit
    legs = {
        side: ((along > start) & (np.abs(across - sign * 0.27 * body.unit) < 0.25 * body.unit)).astype(np.float32)
        for side, sign in zip(SIDES, (-1, 1), strict=True)
    }
    ends = {side: float(body.legs[side].arc[-1]) for side in SIDES}
    hung = hung_legs(body, legs, ends, 0.0)
    assert 0 < np.abs(hung - 1).max() < 0.06
    drawn = leg_folds(body, ends, dict.fromkeys(SIDES, 1.0), person.labels.shape)
    knees = (
        np.abs(along - float(body.coordinates(body.legs["left"].at(body.legs["left"].bend)[0])[1])) < 0.1 * body.unit
    )
    assert 0 < np.abs(drawn - 1)[knees].max() < 0.04


def test_cloth_that_closes_the_gap_between_legs_is_as_light_as_theirs() -> None:
    rgb, before = np.full((60, 60, 3), 200.0, np.float32), np.zeros((60, 60), np.float32)
    before[:, :25] = before[:, 35:] = 1
    after = continued(rgb, before, np.ones_like(before), 100.0)
    assert np.abs(after - 200).max() < 1
