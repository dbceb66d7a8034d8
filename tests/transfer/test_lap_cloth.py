"""The cloth of trousers that go on upwards under what was a longer top."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import shrink
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.hips import beside_hem, lap_of
from tryon.transfer.warping.lap_cloth import continued, legs_part, out_of_shadow, patterned
from tryon.transfer.warping.reading import Regions
from tryon.types import Person


def test_plain_cloth_goes_on_without_a_mirror_and_a_pattern_with_one(long_top: tuple[Person, Body, Regions]) -> None:
    person, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    along, across = body.along(regions.person.shape), body.across(regions.person.shape)
    plain = person.photo.pixels.copy()
    label = (np.abs(along - lap.top - 0.35 * body.unit) < 4) & (np.abs(across - lap.middle) < 9)
    plain[label] = (230, 230, 230)  # a label: it is on the trousers once
    fly = np.abs(across - lap.middle - 14) < 1.5
    plain[fly & regions.lower] = (10, 10, 14)
    above = (along < lap.top) & (along > lap.top - 0.3 * body.unit) & (np.abs(across - lap.middle) < 0.7 * lap.half)
    cloth = continued(plain, regions.lower, body, lap, 1)
    assert cloth[above & (np.abs(across - lap.middle) < 9)].max() < 120
    assert cloth[above & fly].mean() < cloth[above & (across < lap.middle)].mean() - 5
    striped = person.photo.pixels.copy()
    striped[regions.lower & (np.floor(along / 6) % 2 > 0)] = (240, 240, 240)
    assert patterned(striped.astype(np.float32), regions.lower, body.unit) > 0.9
    assert patterned(plain.astype(np.float32), regions.lower, body.unit) < 0.1
    assert np.ptp(continued(striped, regions.lower, body, lap, 1)[above], axis=0).min() > 60


def test_the_shadow_of_an_old_hem_is_lifted_from_plain_cloth_only(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    away = cv2.distanceTransform((~regions.upper).astype(np.uint8), cv2.DIST_L2, 3)
    shade = np.where(regions.lower, 1 - 0.15 * np.clip(1 - away / (0.2 * body.unit), 0, 1), 1)[..., None]
    plain = np.full((*away.shape, 3), 150, np.float32)
    near = shrink(regions.lower & (away < 0.1 * body.unit), 1)
    lifted = out_of_shadow(plain * shade, regions.lower, regions.upper, body)
    assert np.abs(lifted - plain)[near].mean() < 0.4 * np.abs(plain * shade - plain)[near].mean()
    np.testing.assert_array_equal(lifted[~regions.lower], (plain * shade)[~regions.lower])
    striped = plain.copy()
    striped[np.floor(np.arange(away.shape[0]) / 6) % 2 > 0] = 240
    np.testing.assert_allclose(
        out_of_shadow(striped * shade, regions.lower, regions.upper, body), striped * shade, atol=2
    )


def test_the_weave_that_goes_on_has_no_speckles_of_other_colours(long_top: tuple[Person, Body, Regions]) -> None:
    _person, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    noise = np.random.default_rng(1).normal(0, 6, (*regions.person.shape, 3))
    grey = np.clip(110 + noise, 0, 255).astype(np.uint8)
    cloth = continued(grey, regions.lower, body, lap, 1)
    along, across = body.along(regions.person.shape), np.abs(body.across(regions.person.shape) - lap.middle)
    above = (along < lap.top - 3) & (along > lap.top - 0.2 * body.unit) & (across < 0.6 * lap.half)
    assert cloth[above].mean(axis=1).std() > 1
    assert (cloth[..., 0] - cloth[..., 2])[above].std() < 0.5 * (grey[..., 0] - grey[..., 2].astype(float)).std()


def test_the_shade_between_legs_does_not_go_on_upwards(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    low = replace(lap, top=body.trunk + 0.3 * body.unit)
    along, across = body.along(regions.person.shape), body.across(regions.person.shape)
    legs = regions.lower & (along > low.top)
    shaded = np.full((*legs.shape, 3), 160.0, np.float32)
    shaded[np.abs(across - lap.middle) < 0.04 * body.unit] = 90
    above = (along < low.top) & (along > low.top - 0.2 * body.unit) & (np.abs(across - lap.middle) < 0.3 * body.unit)
    assert continued(shaded, legs, body, low, 1)[above].min() > 150
    assert not legs_part(body, replace(lap, top=0.9 * body.trunk), legs.shape[1]).any()


def test_what_goes_on_has_the_tone_of_the_cloth_next_to_it(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    along, across = body.along(regions.person.shape), np.abs(body.across(regions.person.shape) - lap.middle)
    worn = np.where(along < lap.top + 0.35 * body.unit, 100.0, 150.0).astype(np.float32)[..., None]
    cloth = continued(np.repeat(worn, 3, axis=2), regions.lower, body, lap, 1)
    assert np.abs(cloth[(along < lap.start + 0.1 * body.unit) & (along > lap.start) & (across < 9)] - 100).mean() < 8


def test_below_the_edge_of_an_old_hem_the_cloth_is_the_photos_own(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    _, fade, hem = beside_hem("top", body, regions, lap_of(body, regions, 0.5 * body.trunk))
    away = cv2.distanceTransform((~regions.upper).astype(np.uint8), cv2.DIST_L2, 3)
    middle = regions.lower & (np.abs(body.across(away.shape)) < 0.2 * body.unit)
    assert hem[middle & (away < 0.1 * body.unit)].all() and not hem[middle & (away > 0.14 * body.unit)].any()
    assert fade[middle & (away > 0.09 * body.unit) & hem].max() < 0.6 and fade[middle & (away < 3)].min() == 1
