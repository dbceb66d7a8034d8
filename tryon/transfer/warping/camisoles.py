"""Tops on thin straps: the body of the top keeps its form, and the straps become as long as they must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.straps import run_at

SPREAD = 1.8  # times its usual width: from where on a strap has become the body of the top
FOOT = (0.20, 0.40)  # shoulder distances from the middle at which straps are sewn on, least and most
SHORTEST = 0.35  # of the way from the shoulders to the armpits: as long as straps are at least
BOW = 0.07  # of its length: how far an edge under an arm runs inside the straight line
TAUT = (0.2, 0.4, 0.6, 0.8)  # of the way from its top to its foot, where a strap is held to a straight line
EDGE = (0.0, 0.3, 0.6, 0.85)  # points along it, from the strap's foot to the armpit
DEEP = 0.12  # of the trunk below the armpits: no neckline goes further down


@dataclass(frozen=True, kw_only=True)
class Strap:
    """A strap in the garment's picture: its foot, where it is sewn on, points on its middle line between its top and
    that, and the edge under the arm from its foot to the armpit, row by row."""

    line: Array  # (n,2) at the shares TAUT of the way down
    foot: Array  # (2,)
    edge: Array  # (n,2)


def find_straps(cloth: Cloth) -> Mapping[Side, Strap] | None:
    """Both straps of a top; None where one of them is not seen as one strand down to its foot."""
    found: dict[Side, Strap] = {}
    for side in SIDES:
        strap = follow(cloth.alpha > 0.5, cloth.points[f"neck_{side}"], cloth.points[f"armpit_{side}"], side)
        if strap is None:
            return None
        found[side] = strap
    return found


def follow(solid: Array, top: Array, armpit: Array, side: Side) -> Strap | None:
    """One strap of the cut-out `solid` (h,w) bool from its top down, and on to the armpit."""
    rows = np.arange(max(0, int(np.ceil(top[1])) + 1), min(len(solid), int(armpit[1])))
    at, runs, seen = float(top[0]), [], []
    for row in rows:
        run = run_at(solid[row], at)
        if run is not None:
            runs.append(run)
            seen.append(row)
            at = (run[0] + run[1] - 1) / 2 if run[1] - run[0] < SPREAD * _width(runs) else at
    if len(runs) < max(16, 0.9 * len(rows)):
        return None
    ends, rows = np.array(runs, float), np.array(seen)
    widths = ends[:, 1] - ends[:, 0]
    usual = max(1.0, float(np.percentile(widths[: max(8, len(widths) // 2)], 40)))
    wide = np.convolve(widths > SPREAD * usual, np.ones(4), "valid") == 4
    foot = int(wide.argmax())
    if not wide.any() or foot < 0.15 * len(rows) or usual > 0.15 * len(rows):
        return None
    outer = ends[foot:, 0] if side == "left" else ends[foot:, 1] - 1
    centre = (ends[:, 0] + ends[:, 1] - 1) / 2
    at_shares = np.rint(np.array(TAUT) * foot).astype(int)
    return Strap(
        line=np.stack([centre[at_shares], rows[at_shares]], axis=1),
        foot=np.array([centre[max(foot - 1, 0)], rows[foot]]),
        edge=np.stack([outer, rows[foot:]], axis=1).astype(float),
    )


def _width(runs: list[tuple[int, int]]) -> float:
    return max(4.0, float(np.median([end - start for start, end in runs])))


def strap_pairs(
    cloth: Cloth, body: Body, straps: Mapping[Side, Strap], tops: Mapping[Side, Array], rows: Array, scale: float
) -> tuple[list[Array], list[Array]]:
    """Points of both straps, of the edges under the arms and of the neckline, and where they go: lists of (2,).

    `tops`: where the straps lie on the shoulders; `rows` (n,m,2): where the trunk's rows go, the first one between the
    armpits; `scale`: working pixels per pixel of `cloth` lengthwise.
    """
    source: list[Array] = []
    target: list[Array] = []
    left, right = cloth.points["armpit_left"], cloth.points["armpit_right"]
    middle, chest = float(left[0] + right[0]) / 2, float(right[0] - left[0])
    ends = body.coordinates(rows[0][[0, -1]])
    centre, half = float(ends[:, 0].mean()), float(ends[1, 0] - ends[0, 0]) / 2
    for side, armpit in zip(SIDES, rows[0][[0, -1]], strict=True):
        strap, sign = straps[side], -1 if side == "left" else 1
        across = sign * (2 * (strap.foot[0] - middle) / chest * half + centre)
        first = float(body.coordinates(armpit)[1])
        top = float(body.coordinates(tops[side])[1])
        along = first - float(cloth.points[f"armpit_{side}"][1] - strap.foot[1]) * scale
        along = max(along, top + SHORTEST * (first - top))
        foot = body.place(sign * float(np.clip(across / body.unit, *FOOT)) * body.unit, along)
        source.extend([*strap.line, strap.foot])  # laid flat it bows, worn it is taut
        target.extend([*(tops[side] + (foot - tops[side]) * np.array(TAUT)[:, None]), foot])
        start = foot + sign * body.side * abs(float(strap.edge[0, 0] - strap.foot[0])) * scale
        way = armpit - start
        for share in EDGE:
            source.append(strap.edge[round(share * (len(strap.edge) - 1))])
            bow = BOW * float(np.linalg.norm(way)) * np.sin(np.pi * share)
            target.append(start + way * share - sign * body.side * bow)
    if "neck_front" in cloth.points:
        level = float(cloth.points["neck_front"][1] - (left[1] + right[1]) / 2) * scale
        # As far from the armpits' row as it was cut, where that row is: it need not have its middle half way.
        share = (float(cloth.points["neck_front"][0]) - left[0]) / chest
        row = body.coordinates(rows[0])
        at, first = (np.interp(share, np.linspace(0, 1, len(row)), row[:, k]) for k in range(2))
        source.append(cloth.points["neck_front"])
        target.append(body.place(float(at), float(first) + min(level, DEEP * body.trunk)))
    return source, target
