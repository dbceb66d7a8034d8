"""What is measured on a result, which try is kept, and prints that come back from the first guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from tests.drawing import draw_person, draw_tshirt
from tests.tiny_order import an_order
from tryon.events import Progress
from tryon.judging import Measures, best_of, ciede2000, measure, print_found
from tryon.masking import agnostic_mask, labelled
from tryon.prints import with_print
from tryon.trying import judged, tried
from tryon.types import LABEL, Box, Dressed, Fitting, Photo

PERSON, SHIRT = draw_person(), draw_tshirt()
HEIGHT, WIDTH = PERSON.labels.shape
TORSO = PERSON.labels == LABEL["upper"]


# Sharma, Wu and Dalal's published test pairs.
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000(first: tuple[float, ...], second: tuple[float, ...], expected: float) -> None:
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-4)


def worn(colour: tuple[int, int, int]) -> tuple[Photo, Any, Any]:
    """The person in one colour: photo, labels, alpha."""
    pixels = PERSON.photo.pixels.copy()
    pixels[TORSO] = colour
    return Photo(pixels), PERSON.labels, np.where(TORSO, 255, 0).astype(np.uint8)


def test_the_garments_own_colour_is_nearer_than_another() -> None:
    inside = SHIRT.photo.pixels[SHIRT.cutout > 250].mean(0)
    own = measure(PERSON, *worn(tuple(int(v) for v in inside)), [SHIRT])
    other = measure(PERSON, *worn((20, 160, 60)), [SHIRT])
    assert own.colour < 1.5 < other.colour
    assert own.outside == own.face == 0
    assert best_of([other, own]) == 1


def test_changes_outside_and_in_the_face_are_seen() -> None:
    photo, labels, alpha = worn((200, 30, 30))
    face = PERSON.labels == LABEL["face"]
    pixels = photo.pixels.copy()
    pixels[face] = 255 - pixels[face]
    found = measure(PERSON, Photo(pixels), labels, alpha, [SHIRT])
    assert found.face > 10 and found.outside > 0


def test_a_garment_that_is_not_there() -> None:
    nothing = np.zeros((HEIGHT, WIDTH), np.uint8)
    found = measure(PERSON, PERSON.photo, PERSON.labels, nothing, [SHIRT])
    assert found.colour == 100 and found.print == 0


def test_a_print_is_found_where_it_is() -> None:
    random = np.random.default_rng(1)
    noise = cv2.resize(random.integers(0, 256, (12, 10, 3), np.uint8), SHIRT.cutout.shape[::-1])
    printed = replace(SHIRT, photo=Photo(np.asarray(noise)))
    size = (WIDTH, HEIGHT)
    same = cv2.resize(printed.photo.pixels, size, interpolation=cv2.INTER_AREA)
    other = random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    everywhere = np.ones((HEIGHT, WIDTH), bool)
    assert print_found(printed, same, everywhere) > 0.8 > print_found(printed, other, everywhere)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([(5, 0.5, 0, 0), (2, 0.5, 0, 0)], 1),
        ([(5, 0.9, 0, 0), (5, 0.5, 0, 0)], 0),
        ([(5, 0.5, 0, 20), (5, 0.5, 0, 0)], 1),
        ([(5, 0.5, 0, 0), (5, 0.5, 0, 0)], 0),
    ],
)
def test_best_of(values: list[tuple[float, ...]], kept: int) -> None:
    assert best_of([Measures(colour=c, print=p, outside=o, face=f) for c, p, o, f in values]) == kept


# ---------------------------------------------------------------------------------------- prints


def guessed(pixels: Any) -> Dressed:
    return Dressed(pixels=pixels, alpha=np.where(TORSO, 255, 0).astype(np.uint8), labels=PERSON.labels)


def test_print_transfer_brings_fine_detail_back() -> None:
    random = np.random.default_rng(2)
    sharp = PERSON.photo.pixels.copy()
    sharp[TORSO] = (120 + random.integers(-40, 41, (int(TORSO.sum()), 3))).astype(np.uint8)
    soft = cv2.GaussianBlur(sharp, (0, 0), 3)
    result = replace(guessed(soft), labels=None)
    found = with_print(result, guessed(sharp), "top")
    middle = cv2.erode(TORSO.astype(np.uint8), np.ones((15, 15))) > 0
    before, after = (np.abs(p.astype(int) - sharp)[middle].mean() for p in (soft, found.pixels))
    assert after < 0.5 * before
    outside = cv2.dilate(TORSO.astype(np.uint8), np.ones((9, 9))) == 0
    assert (found.pixels[outside] == soft[outside]).all()
    assert found.alpha is result.alpha


def test_print_transfer_leaves_alone_what_lies_elsewhere() -> None:
    red, green = (PERSON.photo.pixels.copy() for _ in range(2))
    red[TORSO], green[TORSO] = (200, 20, 20), (20, 200, 20)
    assert (with_print(guessed(green), guessed(red), "top").pixels == green).all()
    same = with_print(guessed(red), guessed(red), "top")
    assert (same.pixels == red).all()


# ----------------------------------------------------------------------------------------- tries


def painter(fitting: Fitting) -> Iterator[Any]:
    """A model whose seed is its colour."""
    yield Progress("transfer", 0.5)
    yield Progress("transfer", 1.0)
    pixels = fitting.person.photo.pixels.copy()
    area = fitting.person.labels == LABEL["upper"]
    pixels[area] = (fitting.seed % 256, 30, 30)
    return Dressed(pixels=pixels, alpha=np.where(area, 255, 0).astype(np.uint8))


def finished(steps: Any) -> tuple[list[Any], Any]:
    events = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as stop:
            return events, stop.value


def test_tries_have_seeds_in_a_row_and_one_progress() -> None:
    events, results = finished(tried(painter, an_order(seed=2**32 - 2), 3))
    assert [event.fraction for event in events] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    area = an_order().person.labels == LABEL["upper"]
    assert [int(result.pixels[area][0, 0]) for result in results] == [254, 255, 0]


def test_the_nearest_colour_is_kept() -> None:
    order = an_order(seed=0)
    target = int(order.garments[0].photo.pixels[order.garments[0].cutout > 250].mean(0)[0])
    _, results = finished(tried(painter, replace(order, seed=target - 60), 4))
    close = finished(tried(painter, replace(order, seed=target), 1))[1]
    best, (said,) = judged(
        order.person, order, [*results, *close], lambda photo: replace(order.person, photo=photo), painted=True
    )
    assert said.code == "best_of"
    assert said.values["best"] == 5 and said.values["count"] == 5
    assert best.measures is not None and best.measures.face == 0


def whole_picture(fitting: Fitting) -> Iterator[Any]:
    """A model that paints over everything, whatever it is told."""
    yield Progress("transfer", 1.0)
    pixels = np.full_like(fitting.person.photo.pixels, 77)
    return Dressed(pixels=pixels, alpha=np.full(pixels.shape[:2], 255, np.uint8))


@pytest.mark.parametrize("drawn", ["ours", "everything"])
def test_face_hands_and_what_is_outside_the_mask_are_the_photos_own(drawn: str) -> None:
    """Bit for bit at the photo's size, also where the working size is much smaller and somebody masked everything."""
    ours = agnostic_mask(PERSON, (SHIRT,), "top")
    mask = ours if drawn == "ours" else np.full_like(ours, 255)
    order = an_order(crop=Box(0, 0, WIDTH, HEIGHT))
    _, results = finished(tried(whole_picture, order, 1))
    best, _ = judged(PERSON, order, results, lambda photo: replace(PERSON, photo=photo), painted=True, mask=mask)
    identity = labelled(PERSON.labels, ("face", "left_hand", "right_hand"))
    own = identity | (mask == 0)
    assert identity.any() and (best.photo.pixels[own] == PERSON.photo.pixels[own]).all()
    assert (best.photo.pixels[~own] == 77).all()
    assert best.measures is not None and best.measures.face == best.measures.outside == 0


def test_a_guess_from_which_nothing_may_move_is_the_result() -> None:
    order = an_order()
    guess = Dressed(pixels=order.person.photo.pixels, alpha=np.zeros_like(order.person.outline))
    events, results = finished(tried(painter, replace(order, guess=guess, strength=0.0), 3))
    assert events == [] and results == [guess]
