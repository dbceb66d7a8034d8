"""A garment in the light of the person's photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import draw_person, draw_tshirt
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.scene_light import DIM, in_light_of, scene_gain, tamed
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Person, Photo

WARM = np.array([0.75, 0.66, 0.52])


def lit(person: Person, light: np.ndarray) -> Person:
    return replace(person, photo=Photo((person.photo.pixels * light).astype(np.uint8)))


def test_a_catalogues_light_changes_nothing() -> None:
    garment = draw_tshirt()
    assert in_light_of(garment, np.full((40, 30, 3), 245, np.uint8)) is garment
    assert in_light_of(garment, draw_person().photo.pixels) is garment


def test_a_white_shirt_in_a_warm_dim_room_is_neither_white_nor_bright() -> None:
    person, garment = draw_person(), draw_tshirt((246, 246, 246))
    colours = []
    for worn_by in (person, lit(person, WARM)):
        result = dress(worn_by, garment, "top", None, Wishes(), 1)
        colours.append(np.median(result.pixels[result.worn > 0.9], axis=0))
    bright, dim = colours
    assert dim.max() < 0.92 * bright.max()
    assert dim[0] > dim[1] + 4 > dim[2] + 8


def test_before_a_grey_wall_bright_skin_is_not_the_lights_colour() -> None:
    pixels = np.full((128, 96, 3), 218, np.uint8)
    pixels[30:60, 40:60] = (240, 224, 218)
    assert (scene_gain(pixels) > 0.98).all()
    pixels[:] = np.minimum(pixels * np.array([1.0, 0.93, 0.86]), 255)
    warm = scene_gain(pixels)
    assert warm[0] > warm[1] + 0.02 > warm[2] + 0.04


@given(st.lists(st.integers(1, 255), min_size=3, max_size=3))
def test_the_gain_never_brightens_and_never_blackens(colour: list[int]) -> None:
    pixels = np.full((20, 16, 3), colour, np.uint8)
    gain = scene_gain(pixels)
    assert (gain <= 1).all() and (gain > 0.25 * DIM).all()
    brighter = scene_gain(np.minimum(pixels.astype(int) * 2, 255).astype(np.uint8))
    if max(colour) <= 127:  # of the same colour, only brighter
        assert (brighter >= gain - 0.02).all()


def test_colours_that_glare_are_as_cloth_shows_them() -> None:
    pixels = np.full((40, 40, 3), 246, np.uint8)
    pixels[10:30, 10:30] = (236, 19, 22)
    pixels[10:30, 32:38] = (120, 40, 40)
    result = tamed(pixels)
    red, dull = result[20, 20].astype(int), result[20, 35]
    assert red[0] < 236 and red[1] > 19 and red[2] > 22
    assert red[0] > 205, "it stays red"
    assert (dull == (120, 40, 40)).all() and (result[0] == 246).all()
    calm = np.full((40, 40, 3), (120, 40, 40), np.uint8)
    assert tamed(calm) is calm
