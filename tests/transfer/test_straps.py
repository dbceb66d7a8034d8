"""Tops on thin straps: where the straps lie, and what is seen through and beside them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.transfer.drawings import draw_camisole
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.straps import single_straps
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Person


def test_straps_lie_between_the_neck_and_the_shoulders_end(person: Person) -> None:
    body = read_body(person)
    layer = put_on(draw_camisole(), "top", body, read_regions(person, body), Wishes()).layers[0]
    across, along = (plane / body.unit for plane in (body.across(layer.alpha.shape), body.along(layer.alpha.shape)))
    strap = (layer.alpha > 0.5) & (along < -0.12)
    for side in (-1, 1):
        places = side * across[strap & (side * across > 0)]
        assert len(places) > 8 and 0.25 < np.median(places) < 0.40


@pytest.mark.parametrize("front", ["inner", "outer"])
def test_of_a_loop_of_strap_the_front_is_left(front: str) -> None:
    rgb, alpha = np.full((200, 200, 3), 246, np.uint8), np.zeros((200, 200), np.uint8)
    top = [(48, 116), (72, 90)] if front == "inner" else [(48, 90), (72, 116)]
    cv2.fillPoly(alpha, [np.array([(30, 190), (40, 140), *top, (100, 150), (100, 190)], np.int32)], 255)
    for foot in top:
        cv2.line(alpha, (58, 22), foot, 255, 6)
    rgb[alpha > 0] = (230, 190, 40)
    points = {
        "neck_left": np.array([58.0, 20.0]), "neck_right": np.array([142.0, 20.0]),
        "armpit_left": np.array([40.0, 140.0]), "armpit_right": np.array([160.0, 140.0]),
    }  # fmt: skip
    strand = single_straps(rgb, alpha.astype(np.float32) / 255, points)
    rows = strand[35:80]
    assert np.ptp(rows.sum(axis=1)) < 2.0  # of constant width
    middle = (rows * np.arange(200)).sum(axis=1) / rows.sum(axis=1)
    assert (middle[-1] > 60) == (front == "inner")
    assert np.array_equal(strand[160:], alpha[160:] / np.float32(255))


def test_cloth_without_a_loop_stays_as_it_was() -> None:
    garment = draw_camisole()
    points = {name: np.asarray(xy, float) for name, xy in garment.landmarks.items()}
    alpha = garment.cutout.astype(np.float32) / 255
    assert np.array_equal(single_straps(garment.photo.pixels, alpha, points), alpha)
