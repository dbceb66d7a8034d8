"""Garments without sleeves: they end where the arms begin, with their own armholes."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.lines import on_outline, project

ARMPIT = (0.42, 0.50)  # shoulder distances from the middle, where arms begin at the armpit, least and most
FOLD = 0.13  # shoulder distances by which an arm may cover the trunk's cloth at the armpit


def within_arms(body: Body, rows: Array) -> list[Array]:
    """The points of (n,m,2) rows of a sleeveless trunk, the upper ones drawn in to lie between the arms."""
    first = float(body.coordinates(rows[0]).mean(axis=0)[1])
    result: list[Array] = []
    for row in rows:
        across, along = body.coordinates(row).T
        room = armpit_room(body, first) + 0.6 * np.maximum(along - first, 0.0)
        widest = np.where(across < 0, -across[0], across[-1])
        result.extend(body.place(across * np.minimum(1.0, room / np.maximum(widest, 1.0)), along))
    return result


def armpit_room(body: Body, along: float) -> float:
    """Half width of the trunk between the arms at a distance down it, px."""
    found = []
    for side in SIDES:
        arm = body.arms[side]
        across, down = body.coordinates(arm.points).T
        reach = float(np.interp(along, np.maximum.accumulate(down), np.abs(across)))
        found.append(reach - float(np.interp(along, np.maximum.accumulate(down), arm.half)))
    return float(np.clip(np.mean(found) / body.unit, *ARMPIT)) * body.unit


def beside_arm(body: Body, side: Side, armpit: Array) -> Array:
    """(2,) an armpit of cloth that would lie under the arm, moved to the arm's inner edge: there the fold begins
    between sleeve and trunk that is seen."""
    arm = body.arms[side]
    point, direction, half = arm.at(project(arm.points, armpit))
    normal = np.array([-direction[1], direction[0]])
    if normal @ body.side * (1 if side == "left" else -1) < 0:
        normal = -normal
    short = 0.97 * half - float((armpit - point) @ normal)
    return armpit + normal * float(np.clip(short, 0.0, FOLD * body.unit))


def armhole(cloth: Cloth, body: Body, side: Side, tip: Array, armpit: Array) -> tuple[Array, Array]:
    """Pairs along the edge of an armhole, its ends left out: (n,2) on the cut-out, (n,2) beside the arm."""
    share = np.array([0.0, 0.3, 0.6, 0.85, 1.0])
    ends = cloth.points[f"shoulder_{side}"], cloth.points[f"armpit_{side}"]
    line = ends[0] + (ends[1] - ends[0]) * np.linspace(0, 1, 21)[:, None]
    edge = on_outline(cloth.outline, line, 0.5 * float(np.linalg.norm(ends[1] - ends[0])))
    source = edge[np.rint(share * 20).astype(int)]
    inwards = (1 if side == "left" else -1) * body.side
    bow = 0.09 * float(np.linalg.norm(armpit - tip)) * np.sin(np.pi * share)
    target = tip + (armpit - tip) * share[:, None] + inwards * bow[:, None]
    return source[1:-1], target[1:-1]
