"""Where a sleeve and the trunk meet: darker the closer the two are, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tryon.transfer.warping.arrays import grow
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.folds import PIT, armpit_folds, in_folds
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.shading import BESIDE_TRUNK, CREASE, RIM, beside_trunk, crease
from tryon.transfer.warping.skin import read_figure
from tryon.types import Person


def test_a_sleeve_is_darkest_right_beside_the_trunk(person: Person) -> None:
    body = read_body(person)
    trunk = np.zeros(person.labels.shape, np.float32)
    x, y = (round(float(v)) for v in body.origin)
    trunk[:, x - 40 : x + 40] = 1
    armpit = 0.25 * body.trunk
    light = beside_trunk(body, trunk, armpit)
    row = light[round(y + 0.6 * body.trunk), x + 40 : x + 40 + round(0.5 * body.unit)]
    assert (np.diff(row) >= -1e-3).all()
    assert 1 - BESIDE_TRUNK <= row[0] < 0.9
    assert row[-1] > 0.99
    assert (light[: round(y)] == 1).all(), "above the armpit sleeve and trunk are one piece of cloth"


def test_a_fold_runs_between_trunk_and_arms_below_the_armpit(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    light = crease(figure, body, {})
    assert light.min() >= 1 - CREASE
    assert light.min() < 0.95
    assert (light[body.along(light.shape) < 0.1 * body.trunk] == 1).all()
    wide = grow(figure.trunk > 0, (RIM + 0.02) * body.unit)
    assert (light[~wide] == 1).all(), "no shadow where no cloth can be"
    off = np.abs(body.across(light.shape))
    far = off > np.abs(body.across(light.shape) * (figure.arms > 0.5)).max(axis=1, keepdims=True)
    rim = replace(figure, trunk=np.maximum(figure.trunk, (far & grow(figure.arms > 0.5, 2)).astype(np.float32)))
    outer = (rim.trunk > figure.trunk) & far & (figure.arms > 0.5).any(axis=1, keepdims=True)
    assert outer.sum() > 50
    assert (crease(rim, body, {})[outer] == 1).all(), "nor along an arm's outer side"
    assert light[round(float(body.origin[1] + 0.5 * body.trunk)), round(float(body.origin[0]))] > 0.99


def test_cloth_that_is_wider_than_the_trunk_is_dark_up_to_the_arm(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    narrow = replace(figure, trunk=figure.trunk * ~grow(figure.arms > 0.5, 0.05 * body.unit))
    row = round(float(body.origin[1] + 0.35 * body.trunk))
    light = crease(narrow, body, {})[row]
    x = np.arange(len(light))
    right = figure.arms[row] * (x > body.origin[0])
    edge = int(np.flatnonzero(right > 0.05)[0])
    beside = light[edge - round(0.08 * body.unit) : edge - 1]
    assert beside[-1] < 0.9 and (np.diff(beside) <= 1e-3).all(), "darkest at the arm"


def test_folds_run_out_from_the_armpits_of_hanging_arms_only(person: Person) -> None:
    body = read_body(person)
    shape = person.labels.shape
    pit = body.place(0.45 * body.unit, 0.25 * body.trunk)
    light = armpit_folds(body, {"right": pit}, shape)
    x, y = np.rint(pit).astype(int)
    assert light[y, x] < light.min() + 0.01 and 1 - 2 * PIT < light.min() < 1 - 0.5 * PIT
    assert light.max() < 1.1
    far = np.hypot(np.arange(shape[1])[None] - pit[0], np.arange(shape[0])[:, None] - pit[1])
    assert (light[far > 0.36 * 1.5 * body.unit] == 1).all(), "nowhere else"
    assert np.abs(np.diff(light, axis=0)).max() < 0.08, "soft"
    arm = body.arms["right"]
    across = arm.points[:1] + np.arange(len(arm.points))[:, None] * 4.0 * body.side
    raised = replace(body, arms={**body.arms, "right": replace(arm, points=across)})
    assert (armpit_folds(raised, {"right": pit}, shape) == 1).all(), "a raised arm pulls the cloth taut"


def test_folds_of_pale_cloth_are_less_dark_than_those_of_dark_cloth() -> None:
    light = np.linspace(0.7, 1.1, 41).astype(np.float32)
    black, grey, white = (in_folds(light, tone) for tone in (0.0, 120.0, 240.0))
    shaded = light < 0.99
    assert (white[shaded] > grey[shaded]).all() and (grey[shaded] > black[shaded]).all() and (black == light).all()
    assert (white[shaded] < 1).all() and (np.diff(white) > 0).all()
