"""The front neckline of a garment lies where its colours say, not only where its landmarks do."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.necklines import (
    neck_curve,
    neck_opening,
    own_edge,
    pointed,
    up_to_front,
    with_shade,
    within,
)

LEFT, RIGHT, FRONT = np.array([120.0, 100.0]), np.array([280.0, 100.0]), np.array([200.0, 160.0])
POINTS = {"neck_left": LEFT, "neck_right": RIGHT, "neck_front": FRONT}
CLOTH, INSIDE, BAND = (230, 228, 224), (60, 58, 66), (250, 200, 60)


def front(depth: float, colour: tuple[int, int, int] = CLOTH) -> tuple[Array, Array]:
    """A shirt laid flat whose back's inside reaches down to a parabola `depth` px below its neck points."""
    picture, alpha = np.full((400, 400, 3), 240, np.uint8), np.zeros((400, 400), np.float32)
    picture[96:], alpha[96:] = colour, 1.0
    return inside_up_to(picture, depth, INSIDE), alpha


def parabola(depth: float) -> Array:
    x = np.linspace(LEFT[0], RIGHT[0], 81)
    return np.stack([x, 100 + depth * (1 - ((x - 200) / 80) ** 2)], axis=1)


def inside_up_to(picture: Array, depth: float, colour: tuple[int, int, int]) -> Array:
    area = np.concatenate([parabola(depth), [[RIGHT[0], 96.0], [LEFT[0], 96.0]]])
    cv2.fillPoly(picture, [np.rint(area * 8).astype(np.int32)], colour, lineType=cv2.LINE_AA, shift=3)
    return picture


def rows_of(opening: Array, columns: Array) -> Array:
    """(n,) the lowest row of the opening in each column."""
    return opening.shape[0] - 1 - (opening[::-1, columns] > 0.5).argmax(axis=0)


def test_opening_ends_at_the_step_in_colour() -> None:
    picture, alpha = front(60)
    opening = neck_opening(picture, alpha, POINTS, "crew")
    usual = neck_curve(LEFT, RIGHT, FRONT, 2.0)
    columns = np.arange(140, 261, 10)
    truth = np.interp(columns, *parabola(60).T)
    off = np.abs(rows_of(opening, columns) - truth)
    assert off.max() < 4
    assert off.mean() < 0.4 * np.abs(np.interp(columns, *usual.T) - truth).mean()


def test_round_neckline_is_even_though_its_picture_is_not() -> None:
    picture, alpha = front(60)
    wavy = parabola(60)
    wavy[:, 1] += 2.5 * np.sin(wavy[:, 0] / 9)
    picture[:] = CLOTH
    cv2.fillPoly(picture, [np.rint(np.concatenate([wavy, [[RIGHT[0], 96.0], [LEFT[0], 96.0]]])).astype(int)], INSIDE)
    columns = np.arange(150, 251)
    depth = neck_opening(picture, alpha, POINTS, "crew")[:, columns].sum(axis=0)
    assert np.std(depth - np.polyval(np.polyfit(columns - 200, depth, 4), columns - 200)) < 0.32


def test_neckband_is_of_the_front_all_along() -> None:
    picture, alpha = front(60)
    picture = inside_up_to(inside_up_to(picture, 60, BAND), 48, INSIDE)
    points = POINTS | {"neck_front": FRONT - [0, 6]}  # told in the middle of the band
    opening = neck_opening(picture, alpha, points, "crew")
    columns = np.arange(150, 251, 10)
    assert np.abs(rows_of(opening, columns) - np.interp(columns, *parabola(48).T)).max() < 4


def test_without_a_step_the_usual_form_stays() -> None:
    picture, alpha = np.full((400, 400, 3), CLOTH, np.uint8), np.ones((400, 400), np.float32)
    opening = neck_opening(picture, alpha, POINTS, "crew")
    columns = np.arange(130, 271, 10)
    assert np.abs(rows_of(opening, columns) - np.interp(columns, *neck_curve(LEFT, RIGHT, FRONT, 2.0).T)).max() < 2


def test_pattern_does_not_draw_the_neckline() -> None:
    rng = np.random.default_rng(4)
    blocks = rng.integers(0, 255, (50, 50, 3)).astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    opening = neck_opening(blocks, np.ones((400, 400), np.float32), POINTS, "crew")
    columns = np.arange(130, 271, 10)
    assert np.abs(rows_of(opening, columns) - np.interp(columns, *neck_curve(LEFT, RIGHT, FRONT, 2.0).T)).max() < 2


def test_sides_of_a_v_meet_in_a_point() -> None:
    left = np.array([[120 + t, 100 + 2.0 * t] for t in range(70)])
    right = np.array([[280 - t, 100 + 2.0 * t] for t in range(70)])
    blunt = np.concatenate([left, right[::-1]])  # cut off level between x = 189 and 211
    curve = pointed(blunt, 80.0)
    assert np.abs(curve[curve[:, 1].argmax()] - (200, 260)).max() < 0.5
    upright = np.stack([np.repeat([120.0, 280.0], 60), np.r_[np.arange(100.0, 160), np.arange(159.0, 99, -1)]], axis=1)
    assert np.array_equal(pointed(upright, 80.0), upright)  # these never meet


def test_a_v_ends_where_the_inside_does_and_not_at_a_button_below() -> None:
    picture, alpha = front(90)
    cv2.circle(picture, (200, 208), 8, INSIDE, -1)
    points = POINTS | {"neck_front": np.array([200.0, 212.0])}
    opening = neck_opening(picture, alpha, points, "v")
    assert opening[196:].max() == 0, "neither the button nor the cloth above it"
    assert opening[120:180, 195:205].min() > 0.9
    stripes = picture.copy()
    stripes[:, np.arange(400) // 6 % 2 == 0] = CLOTH
    whole = (opening > 0.5).astype(np.float32)
    whole[190:214, 192:209] = 1
    assert np.array_equal(up_to_front(whole, stripes, alpha, 80.0), whole), "nothing is told in a pattern"


def test_deep_shade_at_a_vs_point_is_no_cloth() -> None:
    """The back in the shadow of the front that lies over it: a dark scrap hung there before the skin."""
    picture, alpha = np.full((400, 400, 3), 200, np.uint8), np.ones((400, 400), np.float32)
    opening = np.zeros((400, 400), np.float32)
    v, shade = np.array([(120, 90), (280, 90), (200, 260)]), np.array([(200, 260), (203, 268), (216, 232), (212, 234)])
    cv2.fillPoly(opening, [v], 1.0)
    cv2.fillPoly(picture, [v], (150, 150, 160))
    assert np.array_equal(with_shade(opening, picture, alpha, 80.0), opening), "without shade nothing is added"
    cv2.fillPoly(picture, [shade], (30, 30, 36))
    cv2.circle(picture, (200, 300), 8, (30, 30, 36), -1)  # a button further down
    found = with_shade(opening, picture, alpha, 80.0)
    assert found[(picture[..., 0] == 30) & (np.arange(400)[:, None] < 275)].mean() > 0.9
    assert found[280:].max() == 0
    assert np.abs(found - opening)[:200].max() == 0


def test_front_without_a_back_behind_it_is_whole() -> None:
    """A square neckline fills the corners of the usual round form: they are the front's unless a back shows."""
    picture, alpha = np.full((400, 400, 3), 240, np.uint8), np.zeros((400, 400), np.float32)
    picture[100:], alpha[100:] = CLOTH, 1.0
    backless = alpha.copy()
    backless[:160, 136:264] = 0
    assert neck_opening(picture, backless, POINTS, "wide").max() == 0
    picture[110:160, 136:264] = INSIDE
    backless[110:160, 136:264] = 1
    assert neck_opening(picture, backless, POINTS, "wide")[120:150, 180:220].min() == 1


def test_an_edge_that_is_almost_level_is_as_even_as_its_curve() -> None:
    x = np.linspace(10.0, 90.0, 81)
    depth = 20.3 + 0.03 * x
    found = within(np.concatenate([np.stack([x, depth], axis=1), [[90.0, 5.0], [10.0, 5.0]]]), (60, 100))
    drawn = found[:, 15:85].sum(axis=0)
    off = drawn - (depth[5:75] - 5)
    assert np.abs(off).max() < 0.3 and np.std(off) < 0.09
    assert not within(np.array([[-30.0, -9.0], [-20.0, -9.0], [-20.0, -2.0]]), (60, 100))[:, 5:].any()


def test_a_front_has_its_own_colour_up_to_its_neckline() -> None:
    picture, alpha = front(60)
    inside = within(np.concatenate([parabola(58.5), [[RIGHT[0], 90.0], [LEFT[0], 90.0]]]), alpha.shape)
    own = own_edge(picture.astype(np.float32), alpha, inside, 80.0)
    visible = (inside < 0.9) & (alpha > 0.9)
    assert np.abs(picture[visible].astype(float) - CLOTH).max() > 100, "the back's shade"
    assert np.abs(own[visible] - CLOTH).max() < 3
    assert (own[inside == 1] == picture[inside == 1]).all()
