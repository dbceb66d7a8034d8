"""Garments without sleeves: they end where the arms begin, with their own armholes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.lines import on_outline, project

ARMPIT = (0.42, 0.50)  # shoulder distances from the middle, where arms begin at the armpit, least and most
BETWEEN = (0.28, 0.50)  # the same for one arm by itself
UNDER = 0.03  # shoulder distances by which a top that ends in the armpit goes on under the arm
CLOSING = 0.3  # px across per px down: how bare sides close in on the end of a deep armhole
FOLD = 0.13  # shoulder distances by which an arm may cover the trunk's cloth at the armpit


def within_arms(body: Body, rows: Array, close: bool = False) -> list[Array]:
    """The points of (n,m,2) rows of a sleeveless trunk, the upper ones drawn in to lie between the arms; `close`: as
    far as each of them is from the middle, by itself."""
    first = float(body.coordinates(rows[0]).mean(axis=0)[1])
    at = {side: inner_edge(body, side, first) / body.unit for side in SIDES}
    if close:
        rooms = [float(np.clip(at[side] + UNDER, *BETWEEN)) * body.unit for side in SIDES]
    else:
        rooms = [armpit_room(body, first)] * 2
    result: list[Array] = []
    for row in rows:
        across, along = body.coordinates(row).T
        more = 0.6 * np.maximum(along - first, 0.0)
        room = np.where(across < 0, rooms[0], rooms[1]) + more
        widest = np.where(across < 0, -across[0], across[-1])
        result.extend(body.place(across * np.minimum(1.0, room / np.maximum(widest, 1.0)), along))
    return result


def inner_edge(body: Body, side: Side, along: float) -> float:
    """How far from the middle of the trunk an arm begins at a distance down it, px."""
    arm = body.arms[side]
    across, down = body.coordinates(arm.points).T
    down = np.maximum.accumulate(down)
    return float(np.interp(along, down, np.abs(across))) - float(np.interp(along, down, arm.half))


def armpit_room(body: Body, along: float) -> float:
    """Half width of the trunk between the arms at a distance down it, px."""
    found = [inner_edge(body, side, along) for side in SIDES]
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


def flanks(body: Body, armpits: Mapping[Side, Array], worn: Array, along: Array, first: float) -> Array:
    """(h,w) 0..1: the trunk's sides that armholes bare which are cut deep, from `first` px along the trunk to their
    ends `armpits` (2,), where they close in on the cloth `worn` (h,w) 0..1; `along` (h,w) px along the trunk."""
    bare = np.zeros(along.shape, np.float32)
    across = body.across(along.shape)
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        if side not in armpits:
            continue
        wide, deep = body.coordinates(armpits[side])
        out = np.arange(0.2 * body.unit, sign * wide)
        x, y = np.rint(body.place(sign * out, np.full(len(out), deep))).astype(int).T
        cloth = worn[np.clip(y, 0, worn.shape[0] - 1), np.clip(x, 0, worn.shape[1] - 1)] > 0.5
        if not cloth.any():
            continue
        room = out[cloth].max() + CLOSING * (deep - along)
        own = (sign * across >= 0) & (along > first) & (along < deep)
        bare = np.maximum(bare, own * ramp(sign * across - room, 1.0, -1.0))
    return bare
