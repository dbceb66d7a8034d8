"""What is behind the person: plain walls go on smoothly, busy scenes by examples from beside the figure."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.arrays import grow
from tryon.transfer.warping.background import complete
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.examples import by_example
from tryon.transfer.warping.hips import lap_of, other_area
from tryon.transfer.warping.reading import read_regions
from tryon.types import LABEL, Photo


@pytest.fixture
def bricks() -> np.ndarray:
    """A wall of bricks (300,240,3) uint8."""
    wall = np.full((300, 240, 3), (170, 90, 70), np.uint8)
    for row, y in enumerate(range(0, 300, 24)):
        cv2.line(wall, (0, y), (239, y), (225, 220, 210), 4)
        for x in range(24 * (row % 2), 240, 48):
            cv2.line(wall, (x, y), (x, y + 24), (225, 220, 210), 4)
    return wall


@pytest.fixture
def person() -> np.ndarray:
    mask = np.zeros((300, 240), bool)
    mask[40:300, 90:150] = True
    return mask


def test_a_plain_wall_stays_plain_beside_what_the_labels_missed(person: np.ndarray) -> None:
    picture = np.full((300, 240, 3), 250, np.uint8)
    picture[person] = (60, 30, 40)
    picture[100:260, 150:156] = (60, 30, 40)  # a hem that is no part of the figure
    wanted = np.zeros_like(person)
    wanted[120:240, 110:150] = True
    ground = complete(picture, person, wanted, 4.0, 1)
    assert ground[wanted].min() > 235


def test_a_wall_of_bricks_goes_on_behind_the_figure(bricks: np.ndarray, person: np.ndarray) -> None:
    picture = bricks.copy()
    picture[person] = (20, 30, 200)
    wanted = np.zeros_like(person)
    wanted[60:260, 84:110] = True
    done = by_example(picture, ~person, wanted)
    hole = wanted & person
    flat = bricks[~person].mean(axis=0)
    assert np.abs(done - bricks)[hole].mean() < 0.5 * np.abs(flat - bricks)[hole].mean()
    assert (done[~hole] == picture[~hole]).all()
    assert (done == by_example(picture, ~person, wanted)).all()


def test_examples_take_the_colours_around_the_hole(bricks: np.ndarray, person: np.ndarray) -> None:
    shaded = (bricks * np.linspace(0.3, 1.0, 300)[:, None, None]).astype(np.uint8)  # darker towards the top
    wanted = person & (np.arange(240) < 110)
    done = by_example(shaded, ~person, wanted)
    for rows in (slice(60, 120), slice(220, 280)):
        there = done[rows][wanted[rows]].mean()
        assert there == pytest.approx(float(shaded[rows][wanted[rows]].mean()), abs=18)


@pytest.mark.parametrize("known", [False, True])
def test_with_nothing_to_take_or_nothing_to_fill_the_picture_comes_back(bricks: np.ndarray, known: bool) -> None:
    everywhere = np.full(bricks.shape[:2], known)
    assert (by_example(bricks, everywhere, ~everywhere) == bricks).all()


def test_busy_backgrounds_keep_their_detail_and_plain_ones_stay_plain(bricks: np.ndarray, person: np.ndarray) -> None:
    wanted = person & (np.arange(240) < 110)
    inner = wanted & (np.arange(240) > 94)
    busy = complete(bricks, person, wanted, 2.0, 1)
    plain = complete(np.full_like(bricks, 180), person, wanted, 2.0, 1)
    assert busy[inner].std() > 0.5 * bricks[inner].std()
    assert plain[inner].std() < 2


def test_a_strip_beside_an_open_coat_does_not_tell_how_wide_trousers_are() -> None:
    drawn = draw_person()
    body = read_body(drawn)
    along, across = body.along(drawn.labels.shape), body.across(drawn.labels.shape)
    trousers = drawn.labels == LABEL["pants"]
    coat = trousers & (along < 1.3 * body.trunk)
    strip = coat & (along > 1.0 * body.trunk) & (across > np.percentile(across[coat], 82))

    def lap(hidden: np.ndarray) -> np.ndarray:
        labels, pixels = drawn.labels.copy(), drawn.photo.pixels.copy()
        labels[hidden] = LABEL["upper"]
        pixels[hidden] = np.median(pixels[drawn.labels == LABEL["upper"]], axis=0)
        regions = read_regions(replace(drawn, photo=Photo(pixels), labels=labels), body)
        hem = np.zeros(labels.shape, bool)
        return other_area(body, regions, lap_of(body, regions, 0.5 * body.trunk), hem) > 0.5

    whole, beside = lap(coat), lap(coat & ~strip)
    assert whole.sum() > 0.5 * coat.sum()
    assert (beside & ~strip).sum() > 0.9 * (whole & ~strip).sum()


def test_a_strip_of_the_top_that_was_taken_for_a_busy_scene_is_found_by_its_colour() -> None:
    drawn = draw_person()
    body = read_body(drawn)
    noise = np.random.default_rng(0).integers(60, 200, drawn.photo.pixels.shape)
    scene = np.where((drawn.labels > 0)[..., None], drawn.photo.pixels, noise * (0.3, 1.0, 0.4)).astype(np.uint8)
    upper = drawn.labels == LABEL["upper"]
    strip = grow(upper, 5) & (drawn.labels == 0)
    scene[strip] = np.median(scene[upper], axis=0)
    told = read_regions(replace(drawn, photo=Photo(scene), settled=None), body).upper
    assert told[strip].mean() > 0.8
    scene[strip] = (40, 160, 60)  # the scene itself
    told = read_regions(replace(drawn, photo=Photo(scene), settled=None), body).upper
    assert told[strip].mean() < 0.3


def test_what_labels_miss_of_a_hem_does_not_spread_over_a_plain_wall(person: np.ndarray) -> None:
    wall = np.full((300, 240, 3), 240, np.uint8)
    wall[person] = (190, 170, 170)
    wall[200:210, 150:156] = (190, 170, 170)  # a corner that stands out of the labels by 6 px
    behind = complete(wall, person, person, 4.0, 1)
    assert np.abs(behind[person] - 240).max() < 6
