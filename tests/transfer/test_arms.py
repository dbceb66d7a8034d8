"""Bare arms beside the trunk: their edges, and what is not of them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arms import bumps, forearms_of, front_arms, one_line, profile, within
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.undress import bridges
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person


def test_what_stands_out_of_an_arm_at_the_elbow_is_not_of_it(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    for side, inwards in (("left", 1.0), ("right", -1.0)):
        arc, arm = figure.along["arms", side], body.arms[side]  # type: ignore[index]
        mask = (figure.arms > 0.5) & (arc > 0)
        assert bumps(mask, body, arc, side).sum() < 0.01 * mask.sum(), "an arm as it is stays"  # type: ignore[arg-type]
        point, _, half = arm.at(0.5 * float(arm.arc[-1]))
        canvas = np.zeros(mask.shape, np.uint8)
        centre = point + inwards * body.side * 1.1 * half
        cv2.circle(canvas, (round(float(centre[0])), round(float(centre[1]))), round(0.06 * body.unit), 1, -1)
        lobe = (canvas > 0) & ~mask & (arc > 0)
        assert lobe.sum() > 10
        off = bumps(mask | lobe, body, arc, side)  # type: ignore[arg-type]
        assert off[lobe].mean() > 0.6
        assert (off & mask).sum() < 0.02 * mask.sum()


def test_the_inner_edge_of_an_arm_before_cloth_is_one_line(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    hands = np.zeros(figure.arms.shape, bool)
    for side in ("left", "right"):
        arc = figure.along["arms", side]  # type: ignore[index]
        mask = (figure.arms > 0.5) & (arc > 0)
        seen = profile(mask, mask, body, arc, side)  # type: ignore[arg-type]
        assert seen is not None
        bitten = mask.copy()  # as labels bite: every now and then a few pixels
        off = (seen.at // 3 % 2 == 0) & (seen.out > seen.edge[seen.at.astype(int)] - 3.5)
        bitten[seen.y[off], seen.x[off]] = False
        edges = []
        for plane in (bitten.astype(np.float32), one_line(bitten.astype(np.float32), hands, body, arc, side)):  # type: ignore[arg-type]
            assert (plane[~bitten] == 0).all()
            found = profile(plane > 0.5, plane > 0.5, body, arc, side)  # type: ignore[arg-type]
            assert found is not None
            edges.append(found.edge)
        rough, even = (float(np.abs(np.diff(edge, 2)).mean()) for edge in edges)
        assert even < 0.5 * rough
        kept = one_line(mask.astype(np.float32), hands, body, arc, side)  # type: ignore[arg-type]
        assert kept[mask].mean() > 0.9, "an even arm loses a rim at most"
        assert (one_line(mask.astype(np.float32), mask, body, arc, side) == mask).all(), "hands stay"  # type: ignore[arg-type]


def test_reach_may_differ_from_place_to_place() -> None:
    mask, reach = np.zeros((20, 30), bool), np.zeros((20, 30), np.float32)
    mask[:, :10] = True
    reach[10:] = 4
    found = within(mask, reach)
    assert (found[:10] == mask[:10]).all()
    assert found[10:, :13].all() and not found[:, 15:].any()


def test_a_hand_is_not_joined_to_the_thigh_beside_it(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    hands = cv2.distanceTransform((~regions.hands).astype(np.uint8), cv2.DIST_L2, 3)
    away = np.maximum(figure.arms, figure.legs) < 0.3
    flesh = (hands > 0.05 * body.unit) & (hands < 0.5 * body.unit) & away & ~regions.skin
    regions = replace(regions, person=np.ones_like(flesh))
    joined = bridges(flesh, ~regions.hands, body, regions, figure)
    assert flesh.any() and joined.max() == 0


def test_what_a_skirt_leaves_of_a_forearm_stays_before_a_top_however_narrow(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    dressing = put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None)
    for side in ("left", "right"):
        arc, length = figure.along["arms", side], float(body.arms[side].arc[-1])  # type: ignore[index]
        inner = (figure.arms > 0.5) & (arc > 0)
        beside = cv2.distanceTransform((~inner).astype(np.uint8), cv2.DIST_L2, 3)
        outer = np.abs(body.across(inner.shape)) > np.abs(body.across(inner.shape)[inner]).mean()
        rim = (beside > 0) & (beside < 0.06 * body.unit) & outer & (arc > 0.5 * length) & (arc < 0.95 * length)
        seen = replace(regions, lower=inner & (arc > 0.4 * length), skin=rim, arms=rim, upper=np.zeros_like(rim))
        seen = replace(seen, hands=np.zeros_like(rim))
        front = front_arms(body, seen, figure, dressing, np.zeros(rim.shape, np.float32), forearms_of(body, figure))
        firm = rim & (beside > 0.024 * body.unit)
        assert firm.sum() > 20 and front[firm].mean() > 0.6
