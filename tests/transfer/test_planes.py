"""Small steps of the transfer on planes whose right answer is plain to see."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.masking import corrected_labels
from tryon.masking.areas import bounds, dilated, eroded
from tryon.transfer.warping.arrays import distance, grow, projected, ramp, rounded_mask
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.leaves import adrift
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.remains import remains, without_remains
from tryon.transfer.warping.shading import lights
from tryon.types import LABEL, Person, Photo


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_a_ramp_goes_from_its_start_to_its_end(start: float, end: float) -> None:
    values = ramp(np.linspace(-30, 30, 301, dtype=np.float32), start, end)
    assert values.dtype == np.float32 and values.min() >= 0 and values.max() <= 1
    rises = end > start or abs(end - start) <= 1e-6
    steps = np.diff(values) if rises else -np.diff(values)
    assert steps.min() > -1e-6


def test_planes_along_an_axis_are_those_of_a_grid() -> None:
    y, x = np.mgrid[0:7, 0:5]
    axis, origin = np.array([0.6, 0.8]), np.array([2.0, 3.5])
    assert np.allclose(projected((7, 5), origin, axis), (x - 2.0) * 0.6 + (y - 3.5) * 0.8, atol=1e-5)


def test_bounds_hold_all_of_a_mask_and_no_more() -> None:
    mask = np.zeros((9, 11), bool)
    assert mask[bounds(mask)].size == 0
    mask[2, 3] = mask[6, 8] = True
    assert bounds(mask) == (slice(2, 7), slice(3, 9))


def test_a_rounded_mask_loses_corners_and_keeps_sharp_edges() -> None:
    mask = np.zeros((80, 80), bool)
    mask[20:60, 20:60] = True
    soft = rounded_mask(mask, 6.0)
    assert soft[20, 20] < 0.1 and soft[40, 40] == 1
    assert ((soft[40] > 0.02) & (soft[40] < 0.98)).sum() <= 6


def test_scraps_beside_an_arm_are_adrift_and_what_lies_on_the_person_is_not() -> None:
    person = np.zeros((60, 60), bool)
    person[:, 10:50] = True
    worn = np.zeros((60, 60), bool)
    worn[10:50, 15:35] = True
    worn[20:25, 2:6] = True  # in the air
    worn[20:25, 42:46] = True  # on the person, behind an arm
    loose = adrift(worn, person)
    assert loose[22, 4] and not loose[22, 44] and not loose[30, 25]
    assert not adrift(worn & person, person).any()


def test_what_the_labels_missed_beside_the_garment_is_found_before_a_plain_wall(person: Person) -> None:
    regions = read_regions(person, read_body(person))
    wall = np.full(person.photo.pixels.shape, 200.0, np.float32)
    picture = np.where(regions.person[..., None], person.photo.pixels, 200).astype(np.uint8)
    away = ~grow(regions.person, 4)  # nearer is the photo's own blur of the edge
    assert not (remains(picture, wall, regions, regions.upper, 100.0) & away).any()
    missed = grow(regions.upper, 7) & away
    picture[missed] = 230
    assert remains(picture, wall, regions, regions.upper, 100.0)[missed].mean() > 0.9
    rough = picture.copy()
    rough[::2, ::3] = 90  # on a busy wall nothing can be told
    assert not remains(rough, wall, regions, regions.upper, 100.0).any()


def test_the_wall_is_not_continued_from_cloth_that_the_labels_missed(person: Person) -> None:
    """A strip of it beside a seam along which they ended."""
    regions = read_regions(person, read_body(person))
    picture = np.where(regions.person[..., None], person.photo.pixels, 200).astype(np.uint8)
    strip = grow(regions.upper, 9) & ~regions.person
    picture[strip] = (230, 120, 60)
    ground, rest = without_remains(picture, regions.upper, regions, regions.upper, 100.0, 1)
    assert rest[strip].mean() > 0.9
    assert np.abs(ground[regions.upper] - 200).max() < 8


@pytest.mark.parametrize("brighter", ["left", "right"])
def test_completed_skin_is_lit_from_where_the_plain_cloth_was(brighter: str) -> None:
    old = np.zeros((120, 120), bool)
    old[10:110, 10:110] = True
    light = np.linspace(110, 190, 120)
    shade = light[::-1] if brighter == "left" else light
    pixels = np.repeat(np.broadcast_to(shade, (120, 120))[..., None], 3, axis=2).astype(np.uint8)
    factor = lights(pixels, old, 80.0)[1][60]
    first, last = factor[25], factor[95]
    assert (first > last) == (brighter == "left") and abs(first - last) > 0.1
    checked = pixels.copy()
    checked[::8], checked[1::8] = (200, 40, 40), (40, 200, 40)  # a pattern tells nothing
    assert all(np.allclose(factor, 1) for factor in lights(checked, old, 80.0))


def test_pale_cloth_missed_before_a_pale_wall_is_found_with_its_faint_part(person: Person) -> None:
    labels = np.where(person.labels == LABEL["upper"], LABEL["upper"], person.labels)
    cloth = labels == LABEL["upper"]
    pixels = np.where((labels > 0)[..., None], person.photo.pixels, 225).astype(np.uint8)
    pixels[cloth] = 240
    rows = np.flatnonzero(cloth.any(axis=1))
    cut = np.zeros(cloth.shape, bool)
    middle = (rows[0] + rows[-1]) // 2
    columns = np.flatnonzero(cloth[middle])
    cut[middle - 25 : middle + 25, columns[-1] - 10 : columns[-1] + 1] = True
    cut &= cloth
    pixels[cut] = 229  # so faint that alone it would be wall
    pixels[cut & (np.arange(cloth.shape[0])[:, None] > middle + 8)] = 240
    seen = replace(person, photo=Photo(pixels), labels=np.where(cut, 0, labels).astype(np.uint8))
    assert (corrected_labels(seen)[cut] == LABEL["upper"]).mean() > 0.7


@pytest.mark.parametrize("radius", [2.0, 9.0])
def test_a_window_around_nothing_grows_and_shrinks_to_nothing(radius: float) -> None:
    nothing = np.zeros((40, 50), bool)
    window = nothing[bounds(nothing)]
    assert dilated(window, radius).shape == eroded(window, radius).shape == (0, 0)


@given(st.integers(0, 119), st.integers(0, 89), st.floats(1, 60))
def test_distances_are_right_up_to_where_they_are_asked_for_and_larger_beyond(x: int, y: int, most: float) -> None:
    mask = np.zeros((90, 120), bool)
    mask[y : y + 3, x : x + 3] = True
    found, whole = distance(mask, most), cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    assert np.allclose(found[whole <= most], whole[whole <= most], atol=1e-3)
    assert (found[whole > most + 1e-3] > most).all()
    assert (distance(np.zeros_like(mask), most) > most).all()
