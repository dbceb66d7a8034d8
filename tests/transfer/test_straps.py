"""Tops on thin straps: where the straps lie, and what is seen through and beside them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.transfer.drawings import draw_camisole
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.lace import back_edge, without_ground
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


@pytest.mark.parametrize("pale", [False, True], ids=["dark cloth", "striped in the ground's colour"])
def test_ground_seen_through_lace_is_none_of_it(pale: bool) -> None:
    rgb, alpha = np.full((240, 200, 3), 240, np.uint8), np.zeros((240, 200), np.float32)
    rgb[100:220, 20:180] = (30, 30, 34)
    rgb[80:100:4, 40:160] = 30  # threads
    rgb[80:100, 40:160:4] = 30
    if pale:
        rgb[140:220:4, 20:180] = rgb[141:220:4, 20:180] = 240
    alpha[80:100, 40:160] = alpha[100:220, 20:180] = 1
    points = {
        "neck_left": np.array([40.0, 20.0]), "neck_right": np.array([160.0, 20.0]),
        "neck_front": np.array([100.0, 100.0]),
        "armpit_left": np.array([20.0, 110.0]), "armpit_right": np.array([180.0, 110.0]),
    }  # fmt: skip
    picture, cut = without_ground(rgb, alpha, points)
    if pale:
        assert np.array_equal(cut, alpha) and np.array_equal(picture, rgb)
        return
    holes, threads = cut[82:92:4, 60:140][:, 2::4], cut[84:92:4, 60:140]
    assert holes.max() < 0.1 and threads.min() > 0.9
    assert picture[84:92:4, 60:140].max() < 60
    assert np.array_equal(cut[112:], alpha[112:]) and np.array_equal(picture[112:], rgb[112:])


def test_the_backs_edge_over_a_spot_of_ground_is_not_worn() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[40:] = 1
    alpha[46:56, 90:110] = 0  # the ground, or a label, between back and front
    alpha[70:80, 90:110] = 0  # far from the edge: the garment's own
    edge = back_edge(alpha, 100.0, 160.0)
    assert edge[41:45, 93:107].min() > 0.9
    assert edge[58:].max() == 0 and edge[:, :84].max() == 0 and edge[:, 116:].max() == 0
