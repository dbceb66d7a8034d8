"""The sides of a waist that a short top bares, and the waistband below it, on drawn planes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.closure import ROWS, stitched
from tryon.transfer.warping.hips import BAND, Lap, lap_of, outside
from tryon.transfer.warping.lap_cloth import continued
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.waist_sides import even_sides, filled_sides, without_thin_slits
from tryon.types import Person


def waist() -> tuple[Body, Regions, Array, Array]:
    """Body, regions, and rows and columns, px along the trunk and across it."""
    person = draw_person()
    body = read_body(person)
    shape = person.labels.shape
    return body, read_regions(person, body), body.along(shape), body.across(shape)


def test_a_bared_waist_has_even_sides_whatever_notches_an_old_hem_left() -> None:
    body, _, along, across = waist()
    rows = (0.55 * body.trunk, 0.85 * body.trunk)
    half = 0.42 * body.unit + 0.0016 * (along - 0.7 * body.trunk) ** 2
    flesh = (np.abs(across) < half).astype(np.float32)
    notched, at = flesh.copy(), (along > 0.66 * body.trunk) & (along < 0.69 * body.trunk)
    notched[at & (np.abs(across) > half - 5)] = 0
    notched[at & (along > 0.68 * body.trunk) & (np.abs(across) < half + 4)] = 1
    inside = (along > rows[0]) & (along < rows[1])
    even = even_sides(notched, np.zeros_like(flesh), body, 0.0, rows)
    assert np.abs(even - flesh)[inside].sum() < 0.4 * np.abs(notched - flesh)[inside].sum()
    np.testing.assert_array_equal(even[~inside], notched[~inside])
    beyond = half + 0.09 * body.unit + 3 * (np.floor(along) % 2)
    arms = (np.abs(across) > beyond).astype(np.float32)
    whole = even_sides(np.maximum(notched, arms), arms, body, 0.0, rows)
    assert whole[arms > 0].min() == 1  # an arm that comes near stays as it is
    arms = (np.abs(across) >= half).astype(np.float32)
    np.testing.assert_array_equal(even_sides(notched, arms, body, 0.0, rows), notched)  # beside arms nothing is told


@pytest.mark.parametrize(("wide", "share"), [(0.03, 1.0), (0.20, 0.0)], ids=["slit", "gap"])
def test_a_slit_between_a_waist_and_an_arm_is_closed_and_a_gap_is_not(wide: float, share: float) -> None:
    body, regions, along, across = waist()
    rows = (along > 0.5 * body.trunk) & (along < 0.8 * body.trunk)
    side, beyond = 0.4 * body.unit, (0.4 + wide) * body.unit
    arms = (rows & (across > beyond) & (across < beyond + 0.2 * body.unit)).astype(np.float32)
    flesh = np.maximum((rows & (np.abs(across) < side)).astype(np.float32), arms)
    worn = replace(regions, person=np.ones_like(rows), lower=np.zeros_like(rows))
    between = rows & (across > side + 1) & (across < beyond - 1)
    assert without_thin_slits(flesh, arms, worn, rows, body.unit)[between].mean() == pytest.approx(share, abs=0.2)
    bare = replace(worn, person=~between)  # wall was seen through it
    assert without_thin_slits(flesh, arms, bare, rows, body.unit)[between].max() < 0.5


def test_a_bay_in_the_label_of_a_trunks_side_is_none() -> None:
    body, regions, along, across = waist()
    trunk = np.abs(across) < 0.45 * body.unit
    bay = trunk & (across > 0.40 * body.unit) & (np.abs(along - 0.7 * body.trunk) < 0.15 * body.unit)
    none = np.zeros_like(trunk)
    person = replace(regions, person=trunk & ~bay, arms=none, hands=none, held=none)
    assert filled_sides(person, body.unit)[bay].mean() > 0.9
    assert filled_sides(person, body.unit)[across > 0.46 * body.unit].max() < 0.5


def test_trousers_stand_nowhere_above_their_new_waistband(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    down, across = lap.down(body, regions.lower.shape), body.across(regions.lower.shape) - lap.middle
    mound = (down < 0) & (down > -5) & (np.abs(across) < 10)
    assert outside(body, replace(regions, lower=regions.lower | mound), lap)[mound].mean() > 0.9


def test_thread_has_the_colour_of_the_cloth_and_not_of_what_is_beside_it(
    low_lap: tuple[Body, Lap, Array, Array],
) -> None:
    body, lap, down, inside = low_lap
    cloth = np.where(inside[..., None], 36.0, np.array((210.0, 150.0, 120.0))).astype(np.float32)
    row = inside & (np.abs(down - ROWS[1]) < 0.005)
    assert stitched(cloth, body, lap)[row].max() < 75


def test_a_waistband_that_goes_on_is_not_worn_in_patches(long_top: tuple[Person, Body, Regions]) -> None:
    person, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    lap = replace(lap, start=lap.top - 0.4 * body.unit)
    patches = np.kron(np.random.default_rng(3).normal(0, 14, (256, 192)), np.ones((4, 4)))[: regions.person.shape[0]]
    pixels = np.clip(110 + patches[:, : regions.person.shape[1], None], 0, 255).astype(np.uint8).repeat(3, axis=2)
    cloth = continued(pixels, regions.lower, body, lap, 1)
    down = lap.down(body, regions.person.shape)
    near = np.abs(body.across(down.shape) - lap.middle) < 0.8 * lap.waist
    band, below = (near & (down > low) & (down < low + 6) for low in (2.0, (BAND + 0.02) * body.unit + 2))
    assert person is not None and cloth[band].std() < 0.75 * cloth[below].std()
