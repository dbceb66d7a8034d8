"""How tops hang: the light on their front, their folds, and how deep those look."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arrays import shrink
from tryon.transfer.warping.body import SIDES, read_body
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.folds import deepened, in_folds
from tryon.transfer.warping.leaves import glow_of
from tryon.transfer.warping.shading import hung_wide, lights
from tryon.transfer.warping.top_folds import (
    CREASES,
    STEP,
    close_light,
    front_light,
    hung_light,
    sleeve_folds,
    waist_creases,
    waist_folds,
)
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person


def test_a_front_turns_away_from_the_light_at_its_sides(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    light, _ = front_light(body, shape, 80.0, 0.0)
    assert light.shape == (shape[0] // STEP, shape[1] // STEP)
    assert light.min() > 0.75 and light.max() < 1.03
    x, y = np.rint(body.place(0.0, 0.7 * body.trunk) / STEP).astype(int)
    half = round(0.97 * body.half_width(0.7 * body.trunk)[1] / STEP)
    nearer = round(0.6 * body.half_width(0.7 * body.trunk)[1] / STEP)
    assert np.abs(light[y, [x - nearer, x + nearer]] - light[y, x]).max() < 0.03, "most of it faces the light"
    assert light[y, x] > light[y, x + half] + 0.05 and light[y, x] > light[y, x - half] + 0.05
    chest, below = (
        light[tuple(np.rint(body.place(0.0, share * body.trunk) / STEP).astype(int)[::-1])] for share in (0.2, 0.5)
    )
    assert chest > below + 0.02


def test_light_from_one_side_leaves_the_other_side_of_a_top_in_shade(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    share = 0.7 * body.trunk
    left, right, middle = (
        tuple(np.rint(body.place(off * body.half_width(share)[1], share) / STEP).astype(int)[::-1])
        for off in (-0.7, 0.7, 0.0)
    )
    assert (front_light(body, shape, 80.0, 0.0)[1] == 1).all()
    for tone, lit, dark in ((80.0, 0.05, 0.05), (240.0, 0.0, 0.03)):
        slant = front_light(body, shape, tone, 0.5)[1]
        assert slant[right] > slant[middle] + lit and slant[left] < slant[middle] - dark
        assert slant[right] < 1.02 or tone < 200, "white cloth cannot get lighter"
        mirrored = front_light(body, shape, tone, -0.5)[1]
        assert mirrored[left] > 1 > mirrored[right]
    trunk, sleeves = hung_light(body, body.trunk, {}, shape, (80.0, 80.0), 0.5)
    assert (
        trunk[right[0] * STEP, right[1] * STEP] > trunk[left[0] * STEP, left[1] * STEP] + 0.1
    ) and sleeves.max() > 1.05


def test_a_top_without_sleeves_is_round_and_has_no_folds(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    bare, sleeved = (
        hung_light(body, 1.2 * body.trunk, ends, shape, (80.0, 80.0), 0.0)[0] for ends in ({}, {"left": 20.0})
    )
    assert np.abs(bare - sleeved).max() > 0.02
    x, y = np.rint(body.place(0.0, 0.7 * body.trunk)).astype(int)
    assert bare[y, x] > bare[y, x + round(0.9 * body.half_width(0.7 * body.trunk)[1])] + 0.05


def test_folds_run_in_from_the_sides_above_the_hem_only(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    folds = waist_folds(body, 1.2 * body.trunk, shape)
    assert 0.85 < folds.min() < 0.985 and 1.003 < folds.max() < 1.1
    assert (waist_folds(body, 0.5 * body.trunk, shape) == 1).all(), "a cropped top ends above them"
    along = body.along(shape)[::STEP, ::STEP]
    assert (folds[along < 0.2 * body.trunk] == 1).all()


def test_long_sleeves_lie_in_folds_at_elbow_and_cuff(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    full = {side: float(body.arms[side].arc[-1]) for side in SIDES}
    cap = dict.fromkeys(SIDES, 0.3 * body.unit)
    three_quarter = {side: body.arms[side].bend + 0.3 * body.unit for side in SIDES}
    assert (sleeve_folds(body, cap, shape) == 1).all() and (sleeve_folds(body, {}, shape) == 1).all()
    long, half = (
        sleeve_folds(body, full, shape),
        sleeve_folds(body, {s: min(full[s], three_quarter[s]) for s in SIDES}, shape),
    )
    for side in SIDES:
        arm = body.arms[side]
        for at, plane in ((arm.bend, long), (0.9 * full[side], long), (arm.bend, half)):
            x, y = np.rint(arm.at(at)[0] / STEP).astype(int)
            reach = round(0.2 * body.unit / STEP)
            assert plane[y - reach : y + reach, x - reach : x + reach].min() < 0.98


def test_a_short_sleeve_has_a_fold_from_the_armpit_down_to_its_outer_edge(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    ends = dict.fromkeys(SIDES, 0.55 * body.unit)
    folds = sleeve_folds(body, ends, shape)
    for side in SIDES:
        arm, reach = body.arms[side], round(0.1 * body.unit / STEP)
        x, y = np.rint(arm.at(0.68 * ends[side])[0] / STEP).astype(int)
        near = folds[y - reach : y + reach, x - reach : x + reach]
        assert near.min() < 0.975 and near.max() > 1.0
        x, y = np.rint(arm.at(ends[side] + 0.3 * body.unit)[0] / STEP).astype(int)
        assert folds[y, x] == 1, "below it the arm is bare"


def test_folds_on_a_sleeve_are_no_deeper_than_its_paler_part_bears(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    ends = dict.fromkeys(SIDES, 0.55 * body.unit)
    dark, pale = (hung_light(body, body.trunk, ends, shape, (40.0, tone), 0.0) for tone in (40.0, 200.0))
    assert np.array_equal(dark[0], pale[0]) and dark[1].min() < pale[1].min() - 0.01


def test_folds_look_deeper_in_dark_cloth_than_in_pale_and_are_seen_in_both() -> None:
    light = np.array([[0.9, 1.0, 1.05]], np.float32)
    black, white = (deepened(light, tone) for tone in (30.0, 230.0))
    for found in (black, white):
        assert found[0, 1] == pytest.approx(1.0)
        assert found[0, 0] < in_folds(light, 230.0)[0, 0] - 0.02 and found[0, 2] > 1.02
    assert black[0, 0] < light[0, 0] < white[0, 0] and black[0, 2] > white[0, 2]


def test_pale_cloth_has_few_folds_with_a_crisp_edge_and_a_cropped_one_none(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    ends, hem = dict.fromkeys(SIDES, 0.55 * body.unit), 1.2 * body.trunk
    steps = []
    for tone in (140.0, 240.0):
        trunk = hung_light(body, hem, ends, shape, (tone, tone), 0.0)[0]
        x, y = np.rint(body.place(-0.6 * body.half_width(0.66 * body.trunk)[0], 0.66 * body.trunk)).astype(int)
        line = trunk[y - round(0.12 * body.unit) : y + round(0.12 * body.unit), x]
        steps.append(float(np.abs(np.diff(line, 2)).max()))  # how suddenly light turns into shade
    assert steps[1] > 2 * steps[0]
    assert len(list(waist_creases(body, hem, 1.0))) == len(CREASES)
    assert not list(waist_creases(body, 0.45 * body.trunk, 1.0))


def test_the_folds_of_an_old_top_can_be_kept_in_part() -> None:
    unit, y, x = 100.0, *np.mgrid[0:240, 0:240]
    body = (y > 30) & (np.abs(x - 120) < 75)
    tone = np.where(body, 180 + 12 * np.sin(y / 6), 240.0)
    pixels = np.repeat(tone[..., None], 3, axis=2).astype(np.uint8)
    whole, half = (lights(pixels, body, unit, kept)[0][100:180, 100:140].std() for kept in (1.0, 0.5))
    assert 0.4 * whole < half < 0.6 * whole


def test_white_cloth_is_hardly_lit_further(person: Person) -> None:
    body, bright = read_body(person), []
    for colour in ((96, 60, 52), (245, 245, 245)):
        one = draw_tshirt(colour)
        leaves = lay_out(person, body, one, "top", read_wishes(""), 1).leaves
        trunk = next(leaf for leaf in leaves if leaf.layer.name == "trunk")
        inner = shrink(trunk.layer.alpha > 0.9, 0.1 * body.unit)  # beside a sleeve its edge is lit
        bright.append(float(trunk.light[inner].max()))
    assert 1 < bright[1] < 1 + 0.7 * (bright[0] - 1)


def test_both_factors_are_as_large_as_the_picture(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    for plane in hung_light(body, body.trunk, {}, shape, (120.0, 120.0), 0.0):
        assert plane.shape == shape and plane.dtype == np.float32 and np.isfinite(plane).all() and plane.min() > 0.5


def test_a_garment_cut_from_somebody_has_its_own_folds(person: Person) -> None:
    body, shirt = read_body(person), draw_tshirt()
    shirts = (shirt, replace(shirt, worn=True))
    light = []
    for one in shirts:
        leaves = lay_out(person, body, one, "top", read_wishes(""), 1).leaves
        light.append(next(leaf.light for leaf in leaves if leaf.layer.name == "trunk"))
    x, y = np.rint(body.place(0.0, 0.5 * body.trunk)).astype(int)
    assert light[0][y, x] < light[1][y, x] - 0.01


def test_the_shade_on_an_old_tops_strap_is_not_printed_on_a_new_one() -> None:
    unit, y, x = 100.0, *np.mgrid[0:240, 0:240]
    body, strap = (y > 90) & (np.abs(x - 120) < 55), (y > 20) & (y <= 90) & (np.abs(x - 85) < 12)
    tone = np.where(body | strap, 180.0, 240.0)
    tone[strap & (y < 60)] = 150  # shade of the hair
    tone[body] += 12 * np.sin(y[body] / 6)
    pixels = np.repeat(tone[..., None], 3, axis=2).astype(np.uint8)
    folds, _ = lights(pixels, body | strap, unit)
    detail = folds - cv2.GaussianBlur(folds, (0, 0), 0.25 * unit)
    assert detail[150:200, 100:140].std() > 0.01, "folds of the body are"
    assert np.abs(detail[30:80, 70:100]).max() < 0.015


def test_a_wide_skirt_is_lit_over_its_own_width(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    along, across = body.along(shape), body.across(shape)
    half = body.half_width(body.trunk)[1]
    cloth = ((along > 0) & (along < 1.8 * body.trunk)).astype(np.float32)
    cloth *= np.abs(across) < half * np.clip(along / body.trunk, 1.0, 2.0) ** 1.5
    wide = hung_wide(body, cloth)
    assert wide.half_width(0.5 * body.trunk) == pytest.approx(body.half_width(0.5 * body.trunk))
    assert wide.half_width(1.6 * body.trunk)[1] > 1.6 * half
    x, y = np.rint(body.place(1.3 * half, 1.6 * body.trunk) / STEP).astype(int)
    before, after = (front_light(one, shape, 120.0, 0.0)[0][y, x] for one in (body, wide))
    assert after > before + 0.05
    assert hung_wide(body, cloth * (along < 0.5 * body.trunk)) is body


def test_the_folds_of_a_bright_colour_are_lit_as_pale_cloth(person: Person) -> None:
    tones = []
    for colour in ((225, 30, 30), (80, 80, 80)):
        sheet = lay_out(person, read_body(person), draw_tshirt(colour), "top", read_wishes(""), 1)
        tones.append(glow_of([leaf.layer for leaf in sheet.leaves if leaf.layer.name == "trunk"]))
    assert tones[0] > tones[1] + 60


def test_a_close_top_without_sleeves_is_lit_round(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    light = close_light(body, shape, 120.0)

    def at(across: float, along: float) -> float:
        x, y = np.rint(body.place(across * body.unit, along * body.trunk)).astype(int)
        return float(light[y, x])

    side = 0.97 * body.half_width(0.6 * body.trunk)[1] / body.unit
    assert at(0.19, 0.36) > at(0.0, 0.40) + 0.02 and at(0.19, 0.36) > at(0.19, 0.54) + 0.05
    assert at(0.0, 0.62) > at(side, 0.62) + 0.03 and at(-0.19, 0.36) == pytest.approx(at(0.19, 0.36), abs=0.02)
    pale = close_light(body, shape, 250.0)
    assert np.ptp(pale) < np.ptp(light), "pale cloth throws light back into its shade"
