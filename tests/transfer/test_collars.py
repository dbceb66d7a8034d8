"""Collars and cuffs: those that stand up are level around the neck, those of sleeves lie around the wrist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.body import SIDES, read_body
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.necks import ASIDE, beside_collar, neck_middle, standing
from tryon.transfer.warping.order import cuffed
from tryon.transfer.warping.pieces import collar_feet
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.sleeves import BOW
from tryon.transfer.warping.wishes import Wishes
from tryon.types import LABEL, Garment, Person


def collared() -> Garment:
    """A garment whose front stands up beyond its neck points, one of which was told too low."""
    garment = draw_tshirt()
    points = dict(garment.landmarks)
    (left, low), (right, _) = points["neck_left"], points["neck_right"]
    points |= {"neck_front": ((left + right) / 2, low - 8.0), "neck_left": (left, low + 6.0)}
    return replace(garment, landmarks=points)


def head_aside(person: Person, shift: int) -> Person:
    """The person with neck and face `shift` px further to the right."""
    labels = person.labels.copy()
    head = np.isin(labels, (LABEL["neck"], LABEL["face"], LABEL["hair"]))
    labels[head] = LABEL["background"]
    moved = np.roll(np.where(head, person.labels, 0), shift, axis=1)
    return replace(person, labels=np.where(labels == 0, moved, labels).astype(np.uint8))


def test_a_collar_that_stands_up_is_told_by_its_front() -> None:
    assert standing(collared()) and standing(replace(draw_tshirt(), neckline="high"))
    assert not standing(draw_tshirt())
    assert not standing(replace(collared(), neckline="collar")) and not standing(replace(collared(), worn=True))


@pytest.mark.parametrize("shift", [-6, 0, 6])
def test_the_necks_middle_is_where_it_is_seen(person: Person, shift: int) -> None:
    aside = head_aside(person, shift)
    body = read_body(aside)
    assert neck_middle(body, read_regions(aside, body)) == pytest.approx(shift, abs=2.5)
    far = head_aside(person, round(2 * ASIDE * body.unit))
    assert neck_middle(body, read_regions(far, body)) == 0


def test_a_standing_collar_holds_the_neck_together(person: Person) -> None:
    body = read_body(person)
    half = 0.2 * body.unit
    across, along = body.across(person.labels.shape), body.along(person.labels.shape)
    front = (np.abs(across) < half) & (along > -0.3 * body.unit)
    frill = (across < -0.5 * half) & (across > -half) & (along > -0.4 * body.unit)  # at one side only
    hidden = beside_collar(body, front | frill, half)
    outside = (np.abs(across) > half + 2) & (along > -0.28 * body.unit) & (along < 0)
    assert hidden[outside].mean() > 0.97
    assert not hidden[np.abs(across) < half - 2].any()
    assert not hidden[(along < -0.32 * body.unit) | (along > 0)].any()  # neither above it nor on the chest


def test_a_standing_collar_is_level_around_the_neck(person: Person) -> None:
    body = read_body(person)
    feet = collar_feet(body, 0.25 * body.unit, 7.0)
    across, along = np.array([body.coordinates(feet[side]) for side in SIDES]).T
    assert across.mean() == pytest.approx(7.0) and along[0] == pytest.approx(along[1])
    assert across[1] - across[0] > 0.3 * body.unit


def test_a_collars_two_ends_come_to_the_same_height(person: Person) -> None:
    body = read_body(person)
    dressing = put_on(collared(), "top", body, read_regions(person, body), Wishes())
    trunk = next(layer for layer in dressing.layers if layer.name == "trunk")
    points = dressing.cloth.points
    level = (points["neck_left"][1] + points["neck_right"][1]) / 2
    heights = []
    for side in SIDES:
        off = np.hypot(trunk.piece.field.x - points[f"neck_{side}"][0], trunk.piece.field.y - level)
        heights.append(np.unravel_index(off.argmin(), off.shape)[0])
    assert abs(int(heights[0]) - int(heights[1])) <= 2


def test_a_hand_lies_behind_the_bow_of_its_cuffs_hem(person: Person) -> None:
    body = read_body(person)
    ends = {side: float(body.arms[side].arc[-1]) for side in SIDES}
    dressing = replace(
        put_on(replace(draw_tshirt(), sleeves="long"), "top", body, read_regions(person, body), Wishes()), sleeves=ends
    )
    inside = cuffed(body, dressing, person.labels.shape)
    for side, end in ends.items():
        point, way, half = body.arms[side].at(end)
        x, y = np.rint(point + way * BOW * 2 * half).astype(int)
        assert inside[y, x]
        x, y = np.rint(point + way * half).astype(int)
        assert not inside[y, x]
