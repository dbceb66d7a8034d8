"""The undersides of sleeves beside a drawn figure's trunk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.transfer.warping.arrays import Array, projected
from tryon.transfer.warping.body import SIDES, Body, Side, read_body
from tryon.transfer.warping.field import Field
from tryon.transfer.warping.layers import without_stairs
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.sleeve_hems import COVERED
from tryon.transfer.warping.sleeves import CREASED, SHADED, Worn, within_cloth
from tryon.transfer.warping.undersides import OVERLAP, clean_undersides
from tryon.types import LABEL, Person

PIT, END = 0.14, 0.36  # of the arm: where its sleeve's underside begins and ends
RED, GREEN = np.array([200.0, 0, 0], np.float32), np.array([0, 200.0, 0], np.float32)


def frame(shape: tuple[int, ...], body: Body, side: Side) -> tuple[Array, Array]:
    """Px down the arm from the sleeve's end and towards the trunk from the arm's middle, (h,w)."""
    point, way, _ = body.arms[side].at(END * float(body.arms[side].arc[-1]))
    across = np.array([-way[1], way[0]]) * np.sign(np.array([-way[1], way[0]]) @ body.side)
    return projected(shape, point, way), projected(shape, point, across * (1 if side == "left" else -1))


def dressed(person: Person, body: Body) -> tuple[dict[str, tuple[Array, Array]], Worn]:
    """A red trunk, and green sleeves whose inner edges go in steep waves over it."""
    shape = person.labels.shape
    armpits, sleeves = {}, {}
    planes = {"trunk": np.abs(body.across(shape)) < 0.6 * body.unit}
    for side in SIDES:
        arm = body.arms[side]
        length = float(arm.arc[-1])
        along, inwards = frame(shape, body, side)
        point, _, half = arm.at(PIT * length)
        armpits[side] = point + half * body.side * (1 if side == "left" else -1)
        sleeves[side] = (0.0, END * length)
        ragged = (COVERED + 0.2 * np.sign(np.sin(along / (0.02 * body.unit)))) * arm.at(END * length)[2]
        planes[f"sleeve_{side}"] = (along < 0) & (np.abs(inwards) < ragged)
    colours = {name: RED if name == "trunk" else GREEN for name in planes}
    drawn = {name: (plane[..., None] * colours[name], plane.astype(np.float32)) for name, plane in planes.items()}
    worn = Worn(
        necks=armpits, tips=armpits, armpits=armpits, top=0.0, hem=body.trunk, sleeves=sleeves, scale=1.0, kept=1.0
    )
    return drawn, worn


def inner_edge(alpha: Array, body: Body, side: Side) -> Array:
    """Px from the arm's middle to where its sleeve ends towards the trunk, from the armpit almost down to the hem."""
    along, inwards = frame(alpha.shape, body, side)
    length = (END - PIT) * float(body.arms[side].arc[-1])
    rows = np.arange(-0.7 * length, -0.2 * length, 2.0)
    return np.array([inwards[(np.abs(along - row) < 1) & (alpha > 0.5)].max() for row in rows])


@pytest.mark.parametrize("side", SIDES)
def test_the_underside_of_a_sleeve_is_one_line_in_its_own_colour(person: Person, side: Side) -> None:
    body = read_body(person)
    planes, worn = dressed(person, body)
    before = inner_edge(planes[f"sleeve_{side}"][1], body, side)
    clean_undersides(planes, body, worn, read_regions(person, body))
    rgb, alpha = planes[f"sleeve_{side}"]
    after = inner_edge(alpha, body, side)
    straight = np.polyval(np.polyfit(np.arange(len(after)), after, 1), np.arange(len(after)))
    assert np.abs(after - straight).max() < 1.5 < 0.5 * np.ptp(before)
    assert np.allclose(rgb[alpha > 0.9], GREEN, atol=1)
    assert planes["trunk"][1][(alpha < 0.5) & (np.abs(body.across(alpha.shape)) < 0.5 * body.unit)].min() > 0.9


def test_a_sleeve_ends_beside_the_arm_that_the_photo_shows_bare(person: Person) -> None:
    body = read_body(person)
    along, inwards = frame(person.labels.shape, body, "left")
    half = body.arms["left"].at(END * float(body.arms["left"].arc[-1]))[2]
    labels = person.labels.copy()
    near = np.abs(along) < 0.4 * body.unit
    labels[near & (np.abs(inwards) < 1.2 * half)] = LABEL["upper"]  # the trunk is before half of it
    labels[near & (inwards < 0.2 * half) & (inwards > -half)] = LABEL["right_arm"]
    regions = read_regions(person, body)
    bare = (labels == LABEL["right_arm"]) & near
    regions = replace(regions, skin=bare, arms=bare, upper=(labels == LABEL["upper"]))
    planes, worn = dressed(person, body)
    clean_undersides(planes, body, worn, regions)
    alpha = planes["sleeve_left"][1]
    last = (np.abs(along + 0.1 * body.unit) < 1) & (alpha > 0.5)
    assert inwards[last].max() < 0.2 * half + 3 * OVERLAP * body.unit


def test_a_sleeve_that_hangs_free_keeps_its_underside(person: Person) -> None:
    body = read_body(person)
    planes, worn = dressed(person, body)
    planes["trunk"][1][:] = 0
    kept = planes["sleeve_left"][1].copy()
    clean_undersides(planes, body, worn, read_regions(person, body))
    assert np.array_equal(planes["sleeve_left"][1], kept)


def test_a_sleeves_inner_edge_is_taken_from_whole_cloth() -> None:
    alpha = np.ones((120, 120), np.float32)
    alpha[20:40, 90:] = 0  # a crease beside the armpit
    outer, inner = (np.stack([np.full(13, x), np.linspace(10, 110, 13)], axis=1) for x in (0.0, 100.0))
    moved = within_cloth(alpha, outer, inner)
    assert alpha[np.rint(moved[:, 1]).astype(int), np.rint(moved[:, 0]).astype(int)].min() == 1
    assert (100 - moved[:, 0]).max() <= 100 * CREASED + 1e-6
    assert np.allclose(moved[-1], [100 - 100 * SHADED[1], 110]) and np.array_equal(moved[:, 1], inner[:, 1])


def test_where_a_sleeves_mesh_folds_over_itself_there_are_no_stairs() -> None:
    y, x = np.indices((40, 40), np.float32)
    beyond = x > 20 + y / 3
    rgb = np.where(beyond[..., None], 200, 20).repeat(3, axis=2).astype(np.float32)
    field = Field(x=np.where(beyond, x + 50, x).astype(np.float32), y=y)
    soft = without_stairs(rgb, field)
    steps = np.abs(np.diff(soft[5:-5, :, 0], axis=1)).max(axis=1)
    assert steps.max() < 0.6 * 180
    assert np.array_equal(soft[:, :12], rgb[:, :12])
    assert without_stairs(rgb, Field(x=x, y=y)) is rgb
