"""The open ends of sleeves on a drawn figure's arm."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arrays import Array, projected, rounded_mask
from tryon.transfer.warping.body import SIDES, Body, read_body
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.field import OUTSIDE, Field
from tryon.transfer.warping.layers import cloth_for, coloured, render
from tryon.transfer.warping.pieces import top_pieces
from tryon.transfer.warping.sleeve_hems import between, with_hem
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person

SHARE = 0.4  # of the arm: a short sleeve
HALF = 1.3  # of the arm's own half width


def frame(person: Person, body: Body, end: float) -> tuple[Array, Array, float]:
    """Px along the arm from `end` and across it towards the trunk, (h,w), and half the sleeve's width."""
    point, way, half = body.arms["left"].at(end)
    side = np.array([-way[1], way[0]])
    side = side if side @ body.side > 0 else -side
    shape = person.labels.shape
    return projected(shape, point, way), projected(shape, point, side), HALF * half


def cut(alpha: Array, body: Body, end: float, unsure: bool) -> Array:
    rgb = np.full((*alpha.shape, 3), 240, np.float32) * (alpha > 0)[..., None]
    new, plane = with_hem(rgb, alpha, body.arms["left"], end, body.unit, body.side, unsure)
    assert plane.min() >= 0 and plane.max() <= 1
    assert np.allclose(new[plane > 0.5], 240, atol=1), "what is drawn anew has the cloth's colour"
    return plane


def test_a_pale_sleeves_rounded_end_gets_its_corners_back(person: Person) -> None:
    body = read_body(person)
    end = SHARE * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    square = (along < 0) & (along > -0.5 * body.unit) & (np.abs(across) < half)
    alpha = rounded_mask(square, 0.06 * body.unit)
    corners = square & (along > -0.05 * body.unit) & (np.abs(across) > half - 0.04 * body.unit)
    mended = cut(alpha, body, end, True)
    assert mended[corners].mean() > alpha[corners].mean() + 0.25
    assert mended[~square & (along > 0.02 * body.unit)].max() == 0
    above = along < -0.14 * body.unit
    assert np.array_equal(mended[above], alpha[above])


def test_what_hangs_off_the_inner_corner_of_a_hem_is_cut(person: Person) -> None:
    body = read_body(person)
    end = SHARE * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    square = (along < 0) & (along > -0.5 * body.unit) & (np.abs(across) < half)
    tail = (np.abs(along) < 0.03 * body.unit) & (across >= half) & (across < half + 0.06 * body.unit)
    mended = cut((square | tail).astype(np.float32), body, end, False)
    assert mended[tail].mean() < 0.35
    assert mended[square].mean() > 0.98


@pytest.mark.parametrize(("share", "mends"), [(0.95, True), (0.65, False)])
def test_a_cuff_that_the_gap_beside_the_trunk_has_cut_in_a_step_is_whole(
    person: Person, share: float, mends: bool
) -> None:
    body = read_body(person)
    end = share * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    square = (along < 0) & (along > -0.5 * body.unit) & (np.abs(across) < half)
    step = square & (along > -0.08 * body.unit) & (across > 0.8 * half)
    alpha = (square & ~step).astype(np.float32)
    mended = cut(alpha, body, end, False)
    assert mended[step].mean() > 0.3 if mends else np.array_equal(mended, alpha)


def test_the_inner_corner_of_a_hem_stands_off_no_further_than_the_outer_one(person: Person) -> None:
    body = read_body(person)
    end = SHARE * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    flared = (along < 0) & (along > -0.5 * body.unit) & (across > -half) & (across < 1.5 * half + 0.3 * along)
    point = flared & (across > half + 0.03 * body.unit) & (along > -0.06 * body.unit)
    assert point.any()
    mended = cut(flared.astype(np.float32), body, end, False)
    assert mended[point].mean() < 0.1
    assert mended[flared & (np.abs(across) < 0.9 * half)].mean() > 0.98


def test_no_corner_hangs_below_the_curve_of_its_hem(person: Person) -> None:
    body = read_body(person)
    end = SHARE * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    curve = 0.5 * half * (1 - (across / half) ** 2)
    whole = (along < curve) & (along > -0.5 * body.unit) & (across > -half) & (across < 1.1 * half + 0.2 * along)
    nick = whole & (along > curve - 0.03 * body.unit) & (across > 0.8 * half)
    below = (along > curve + 1) & (np.abs(across) < 1.3 * half)
    mended = cut((whole & ~nick).astype(np.float32), body, end, False)
    assert mended[nick].mean() > 0.15
    assert mended[below].sum() < 5


@pytest.mark.parametrize("share", [0.4, 0.65])
def test_a_fold_in_a_hem_that_is_laid_higher_at_its_outer_end_is_laid_even(person: Person, share: float) -> None:
    body = read_body(person)
    end = share * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    line = 0.15 * across
    fold = 0.015 * body.unit * np.sin(np.pi * across / half)
    sides = (np.abs(across) < half) & (along > -0.5 * body.unit)
    folded, plain = (rounded_mask(sides & (along < hem), 0.6) for hem in (line + fold, line))
    near = (np.abs(across) < 0.7 * half) & (np.abs(along - line) < 0.05 * body.unit)
    mended = cut(folded, body, end, False)
    off, before = (float(np.abs(one - plain)[near].sum()) for one in (mended, folded))
    assert off < 0.75 * before


def test_a_sleeve_that_does_not_end_plainly_stays(person: Person) -> None:
    body = read_body(person)
    end = SHARE * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    waves = half * (1 + 0.4 * np.sin(along / (0.02 * body.unit)))
    alpha = ((along < 0) & (along > -0.5 * body.unit) & (np.abs(across) < waves)).astype(np.float32)
    for unsure in (True, False):
        assert np.array_equal(cut(alpha, body, end, unsure), alpha)


@pytest.mark.parametrize("down", [0.0, 90.0])
def test_an_arm_comes_out_of_the_shadow_of_its_sleeve(person: Person, down: float) -> None:
    body, shirt = read_body(person), draw_tshirt()
    if down:  # one that ends on the forearm
        lower = {name: (x, y + down * name.startswith("cuff")) for name, (x, y) in shirt.landmarks.items()}
        names = ("shoulder_{}", "cuff_{}_outer", "cuff_{}_inner", "armpit_{}")
        cutout = shirt.cutout.copy()
        for side in SIDES:
            outline = np.array([lower[name.format(side)] for name in names], np.int32)
            cv2.fillPoly(cutout, [outline], 255)
        shirt = replace(shirt, landmarks=lower, cutout=cutout, sleeves="elbow")
    sheet = lay_out(person, body, shirt, "top", read_wishes(""), 1)
    assert not down or sheet.dressing.sleeves["left"] > 0.62 * body.arms["left"].arc[-1]
    for side in SIDES:
        arm, end = body.arms[side], sheet.dressing.sleeves[side]
        under = next(leaf for leaf in sheet.leaves if leaf.layer.name == f"under_sleeve_{side}")
        places = [np.rint(arm.at(end + far * body.unit)[0]).astype(int) for far in (0.06, 0.11, 0.36)]
        near, on, far = (float(under.cast[y, x] / (1 - under.layer.alpha[y, x])) for x, y in places)
        assert near > on > 0.05 and far < 1e-9
        assert under.cast[sheet.figure.along["arms", side] == 0].max() == 0
    long = lay_out(person, body, replace(draw_tshirt(), sleeves="long"), "top", read_wishes(""), 1)
    assert all(leaf.cast.max() == 0 for leaf in long.leaves if leaf.layer.name.startswith("under"))


def waved(person: Person, waves: float, deep: float) -> tuple[Array, Array, Body, float]:
    """A short sleeve whose hem waves `waves` times over its width by `deep` shoulder distances, as it should hang, and
    its end."""
    body = read_body(person)
    arm = body.arms["left"]
    end = SHARE * float(arm.arc[-1])
    along, across, half = frame(person, body, end)
    wave = deep * body.unit * np.sin(np.pi * waves * across / half)
    sides = (np.abs(across) < half) & (along > -0.4 * body.unit)
    ragged, plain = (rounded_mask(sides & (along < hem), 0.6) for hem in (wave, np.zeros_like(wave)))
    return ragged, plain, body, end


def test_a_hem_that_is_lifted_on_one_side_hangs_evenly_and_a_frill_stays(person: Person) -> None:
    off = {}
    for waves in (1, 6):
        ragged, plain, body, end = waved(person, waves, 0.015)
        hung = cut(ragged, body, end, unsure=False)
        along, across, half = frame(person, body, end)
        near = (np.abs(across) < 0.35 * half) & (np.abs(along) < 0.05 * body.unit)
        off[waves] = [float(np.abs(one - other)[near].sum()) for one, other in ((ragged, plain), (hung, ragged))]
    assert off[1][1] > 0.4 * off[1][0]
    assert off[6][1] == 0


def test_a_hem_that_is_mended_in_part_has_no_grey_rim(person: Person) -> None:
    body = read_body(person)
    end = SHARE * float(body.arms["left"].arc[-1])
    along, across, half = frame(person, body, end)
    wave = 0.009 * body.unit * np.sin(np.pi * across / half)  # one that is mended in part
    wide = 1.7 * half + 0.35 * along
    ragged = (along < wave) & (along > -0.5 * body.unit) & (across > -half) & (across < wide)
    alpha = rounded_mask(ragged, 0.6)
    mended = cut(alpha, body, end, unsure=False)
    soft, before = (int(((plane > 0.2) & (plane < 0.8)).sum()) for plane in (mended, alpha))
    assert soft <= 1.05 * before, "its outline is a little longer with its corner"


def test_between_two_hems_the_outline_slopes_and_nothing_is_half_transparent() -> None:
    y, x = np.indices((80, 120), np.float32)
    short, deep = ((y < end).astype(np.float32) for end in (40, 50))
    share = np.clip((x - 40) / 40, 0, 1)
    moved = between(short, deep, share)
    assert np.array_equal(moved[:, :40], short[:, :40]) and np.array_equal(moved[:, 81:], deep[:, 81:])
    assert ((moved > 0.1) & (moved < 0.9)).sum(axis=0).max() <= 3
    ends = moved.sum(axis=0)
    assert np.abs(ends - 40 - 10 * share[0]).max() < 1.5
    assert np.diff(ends).min() > -0.5


def test_a_sleeves_evened_edge_has_the_cloths_colour_beyond_its_field() -> None:
    x = np.tile(np.arange(80, dtype=np.float32), (60, 1))
    ends = 50 + 2 * (np.arange(60) % 2)[:, None]  # a mesh ends in stairs
    field = Field(x=np.where(x < ends, x, OUTSIDE).astype(np.float32), y=x)
    rgb = np.where((x < ends)[..., None], np.float32([200, 30, 40]), 0).astype(np.float32)
    alpha = (x < 53).astype(np.float32)
    new = coloured(rgb, alpha, field)
    assert np.abs(new[alpha > 0] - [200, 30, 40]).max() < 2
    assert np.array_equal(new[:, :40], rgb[:, :40])
    assert coloured(rgb, alpha * (x < 45), field) is rgb, "nothing is lost"


def test_where_a_layer_is_evened_its_colour_is_known(person: Person) -> None:
    body = read_body(person)
    cloth = cloth_for(draw_tshirt(), "top", body)
    pieces, _ = top_pieces(cloth, draw_tshirt(), body, (512, 384), 0.5, 1.0)
    layer = render(cloth, next(piece for piece in pieces if piece.name == "sleeve_left"))
    there = layer.alpha > 0
    around = (cv2.dilate(there.astype(np.uint8), np.ones((5, 5))) > 0) & (layer.piece.field.x > OUTSIDE)
    assert (around & ~there).sum() > 20 and layer.rgb[around].max(axis=1).min() > 0
