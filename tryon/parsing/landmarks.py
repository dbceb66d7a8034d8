"""Landmarks of a garment from its silhouette: the corners of the outline, and what lies between them.

All positions are on the upright canvas of a Frame until `to_photo`. See Garment in tryon/types.py for the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_chain import Chain, Reading, ramp, read, sleeved, sleeveless
from tryon.parsing.garment_outline import Frame, Side, sides

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]
Points: TypeAlias = dict[str, Point]

SIDES = ("left", "right")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Landmarks on the canvas and what the outline says about the garment."""

    points: Points
    has_sleeves: bool
    score: float  # how well the outline reads, higher is better
    margin: float  # how clearly sleeved or sleeveless, in the same units


def to_photo(frame: Frame, points: Mapping[str, Point]) -> Points:
    """The same landmarks in pixels of the photo."""
    if not points:
        return {}
    moved = frame.to_photo(np.array(list(points.values()), np.float64))
    return {name: (float(x), float(y)) for name, (x, y) in zip(points, moved, strict=True)}


def half_width(frame: Frame) -> float:
    """Half the width of the torso (or hips), canvas pixels: median of the middle runs of the lower rows."""
    solid = frame.canvas > 127
    rows = np.flatnonzero(solid.any(axis=1))
    column = int(np.clip(round(frame.axis), 0, solid.shape[1] - 1))
    widths = []
    for y in rows[int(0.35 * len(rows)) : int(0.9 * len(rows)) : 3]:
        if solid[y, column]:
            gaps = np.flatnonzero(~solid[y])
            at = int(np.searchsorted(gaps, column))
            left = gaps[at - 1] if at > 0 else -1
            right = gaps[at] if at < len(gaps) else solid.shape[1]
            widths.append((right - left - 1) / 2)
    if len(widths) < 5:
        columns = np.flatnonzero(solid.any(axis=0))
        return max(8.0, len(columns) / 3)
    return max(8.0, float(np.median(widths)))


# ---------------------------------------------------------------------------------------- tops and dresses


def top(frame: Frame) -> Shape:
    """Landmarks of a top or a dress; elbows and the front neckline are added by others."""
    unit = half_width(frame)
    readings = [read(side, unit) for side in sides(frame)]
    with_sleeves = _both(readings, sleeved)
    without = _both(readings, sleeveless)
    one, other = (sum(c.score for c in chains) / 2 for chains in (with_sleeves, without))
    has_sleeves = one > max(other + 0.6, 6.2)
    chains = with_sleeves if has_sleeves else without
    points: Points = {}
    for name, reading, chain in zip(SIDES, readings, chains, strict=True):
        _side_points(points, name, reading, chain, frame.axis)
    _middle_points(points, readings, frame.axis)
    return Shape(points=points, has_sleeves=has_sleeves, score=max(one, other), margin=abs(one - other - 0.6))


def _both(readings: list[Reading], find: Any) -> list[Chain]:
    """Each side on its own, then once more with the other side's corners as a hint."""
    first: list[Chain] = [find(reading) for reading in readings]
    hints = [_places(reading, chain) for reading, chain in zip(readings, first, strict=True)]
    return [find(readings[0], hints[1]), find(readings[1], hints[0])]


def _places(reading: Reading, chain: Chain) -> dict[str, tuple[float, float]]:
    names = ("cuff_outer", "cuff_inner", "armpit", "hem")
    index = {name: getattr(chain, name) for name in names}
    return {name: (float(reading.x[i]), float(reading.y[i])) for name, i in index.items() if i >= 0}


def _side_points(points: Points, name: str, reading: Reading, chain: Chain, axis: float) -> None:
    side = reading.side
    tip = _shoulder(reading, chain) if chain.cuff_inner >= 0 else chain.cuff_outer
    neck = _neck(reading, tip)
    outer, inner = (chain.cuff_outer, chain.cuff_inner) if chain.cuff_inner >= 0 else (tip, chain.armpit)
    places = {
        f"neck_{name}": neck,
        f"shoulder_{name}": tip,
        f"armpit_{name}": chain.armpit,
        f"cuff_{name}_outer": outer,
        f"cuff_{name}_inner": inner,
        f"hem_{name}": chain.hem,
    }
    for key, index in places.items():
        points[key] = _on_canvas(side, index, axis)
    points[f"waist_{name}"] = _waist(reading, chain, axis)


def _on_canvas(side: Side, index: int, axis: float) -> Point:
    x, y = side.points[index]
    return axis + side.sign * float(x), float(y)


def _shoulder(reading: Reading, chain: Chain) -> int:
    """The shoulder tip of a sleeved side: where the outline bends into the sleeve, about above the armpit."""
    last = max(3, chain.cuff_outer - 1)
    x = reading.x
    bend = 1.0 * ramp(reading.side.turn(0.3 * reading.unit), 4, 40)
    off = (x - 0.96 * x[chain.armpit]) / 0.2
    high = np.clip(reading.y - reading.y[chain.armpit] + 0.25, 0, 3)  # a shoulder lies above its armpit
    score = bend - 0.5 * off**2 - 3 * high
    start = int(reading.y[:last].argmin())
    start = min(start, last - 2)
    return start + int(score[start:last].argmax())


def _neck(reading: Reading, tip: int) -> int:
    """Where the collar meets the shoulder seam: the top corner of the outline, or the foot of a standing collar."""
    last = max(3, tip)
    turn = reading.side.turn(0.12 * reading.unit)[:last]
    x, y = reading.x[:last], reading.y[:last]
    inside = (x > 0.12) & (x < max(0.2, 0.93 * reading.x[tip]))
    foot = np.where(inside, -turn, -180)
    best = int(foot.argmax())
    if foot[best] > 22 and y[: best + 1].min() < y[best] - 0.07 and x[best] > 0.8 * x[int(y[: best + 1].argmin())]:
        return best
    corner = ramp(turn, 8, 60) - 1.8 * (y - y.min()) - 1.0 * np.clip(0.2 - x, 0, 1) / 0.2
    return int(corner.argmax())


def _waist(reading: Reading, chain: Chain, axis: float) -> Point:
    """The narrowest place between armpit and hem; without one, where the body has its waist."""
    side = reading.side
    stretch = side.points[chain.armpit : chain.hem + 1]
    top_y, bottom_y = stretch[0, 1], stretch[-1, 1]
    usual = top_y + min(0.8 * stretch[0, 0], 0.7 * (bottom_y - top_y))
    rows = np.linspace(top_y + 0.2 * (bottom_y - top_y), top_y + 0.85 * (bottom_y - top_y), 40)
    order = np.argsort(stretch[:, 1], kind="stable")
    widths = np.interp(rows, stretch[order, 1], stretch[order, 0])
    pull = 0.12 * ((rows - usual) / max(1.0, stretch[0, 0])) ** 2  # towards the body's waist
    best = int((widths / max(1.0, stretch[0, 0]) + pull).argmin())
    return axis + side.sign * float(widths[best]), float(rows[best])


def _middle_points(points: Points, readings: list[Reading], axis: float) -> None:
    """neck_front (of the outline) and hem_front."""
    left, right = (reading.side.points for reading in readings)
    points["neck_front"] = (axis, float(max(left[0, 1], right[0, 1])))
    points["hem_front"] = (axis, float(max(left[-1, 1], right[-1, 1])))
    level = (points["waist_left"][1] + points["waist_right"][1]) / 2
    for name in SIDES:
        x, y = points[f"waist_{name}"]
        points[f"waist_{name}"] = (x, (y + level) / 2)


def add_elbows(points: Points) -> None:
    """Elbow points of long sleeves, in place: a little above the middle between shoulder and cuff, on the outline."""
    for name in SIDES:
        shoulder, armpit = np.array(points[f"shoulder_{name}"]), np.array(points[f"armpit_{name}"])
        outer, inner = np.array(points[f"cuff_{name}_outer"]), np.array(points[f"cuff_{name}_inner"])
        points[f"elbow_{name}_outer"] = tuple(shoulder + 0.54 * (outer - shoulder))
        points[f"elbow_{name}_inner"] = tuple(armpit + 0.46 * (inner - armpit))


# -------------------------------------------------------------------------------------------------- bottoms


def leg_gap(frame: Frame) -> float:
    """Height of the gap between two legs, as a share of the garment's height; 0 for skirts."""
    solid = frame.canvas > 127
    rows = np.flatnonzero(solid.any(axis=1))
    low = rows[-1]
    return max(0.0, (low - _gap_top(solid, frame.axis)[1]) / len(rows))


def _gap_top(solid: Array, axis: float) -> Point:
    """The highest ground point between the legs that is open to below."""
    rows = np.flatnonzero(solid.any(axis=1))
    columns = np.flatnonzero(solid.any(axis=0))
    half = (columns[-1] - columns[0] + 1) / 2
    best: Point = (axis, float(rows[-1]))
    for x in range(max(0, round(axis - 0.25 * half)), min(solid.shape[1] - 1, round(axis + 0.25 * half)) + 1):
        filled = np.flatnonzero(solid[:, x])
        y = float(filled[-1]) if len(filled) else float(rows[0])
        if y < best[1]:
            best = (float(x), y)
    return best


def bottom(frame: Frame, *, legs: bool) -> Shape:
    """Landmarks of trousers and shorts (`legs`) or of a skirt."""
    solid = frame.canvas > 127
    readings = [read(side, half_width(frame)) for side in sides(frame)]
    points: Points = {}
    for name, reading in zip(SIDES, readings, strict=True):
        waist, hem = _waist_and_hem(reading)
        points[f"waist_{name}"] = _on_canvas(reading.side, waist, frame.axis)
        points[f"hem_{name}_outer"] = _on_canvas(reading.side, hem, frame.axis)
        if legs:
            points[f"hem_{name}_inner"] = _on_canvas(reading.side, _inner_hem(reading, hem), frame.axis)
        else:
            points[f"hem_{name}_inner"] = (frame.axis, float(reading.side.points[-1, 1]))
    if legs:
        points["crotch"] = _crotch(points, solid, frame.axis)
    _hips(points, solid, frame.axis)
    return Shape(points=points, has_sleeves=False, score=8.0 * frame.symmetry, margin=2.0)


def _waist_and_hem(reading: Reading) -> tuple[int, int]:
    """The upper and the lower outer corner of a bottom's side."""
    side, unit = reading.side, reading.unit
    turn = ramp(side.turn(0.15 * unit), 10, 70)
    y = side.points[:, 1]
    height = max(1.0, float(np.ptp(y)))
    x = reading.x / max(1e-6, float(reading.x.max()))
    upper = turn - 6 * np.clip((y - y.min()) / height - 0.02, 0, 1) + 0.3 * x
    lower = turn - 6 * np.clip((y.max() - y) / height - 0.02, 0, 1) + 0.5 * x
    waist = int(upper[: len(y) // 2].argmax())
    return waist, waist + 2 + int(lower[waist + 2 :].argmax())


def _inner_hem(reading: Reading, hem: int) -> int:
    side = reading.side
    rest = slice(min(hem + 2, len(side.points) - 2), len(side.points) - 1)
    turn = ramp(side.turn(0.12 * reading.unit)[rest], 10, 70)
    y = side.points[rest, 1]
    height = max(1.0, float(np.ptp(side.points[:, 1])))
    low = (side.points[:, 1].max() - y) / height
    return rest.start + int((turn - 6 * np.clip(low - 0.02, 0, 1)).argmax())


def _crotch(points: Points, solid: Array, axis: float) -> Point:
    """Top of the gap between the legs; where they touch, where the body has it."""
    x, y = _gap_top(solid, axis)
    top_y = (points["waist_left"][1] + points["waist_right"][1]) / 2
    width = points["waist_right"][0] - points["waist_left"][0]
    if y - top_y > 1.35 * width:
        return axis, top_y + 0.8 * width
    return x, y


def _hips(points: Points, solid: Array, axis: float) -> None:
    """hip_*, knee_* (when there are legs), in place."""
    top_y = (points["waist_left"][1] + points["waist_right"][1]) / 2
    width = points["waist_right"][0] - points["waist_left"][0]
    low = max(points["hem_left_outer"][1], points["hem_right_outer"][1])
    crotch = points.get("crotch")
    hip_y = top_y + 0.72 * (crotch[1] - top_y) if crotch else top_y + min(0.5 * width, 0.5 * (low - top_y))
    points["hip_left"], points["hip_right"] = _outer(solid, hip_y, axis)
    if crotch and low - crotch[1] > 1.1 * width:
        inseam = min(low - crotch[1], 2.05 * width)
        knee_y = min(crotch[1] + 0.46 * max(inseam, 1.6 * width), low - 0.1 * width)
        outer = _outer(solid, knee_y, axis)
        inner = _inner(solid, knee_y, crotch[0])
        for i, name in enumerate(SIDES):
            points[f"knee_{name}_outer"], points[f"knee_{name}_inner"] = outer[i], inner[i]


def _outer(solid: Array, y: float, axis: float) -> tuple[Point, Point]:
    row = np.flatnonzero(solid[int(np.clip(round(y), 0, solid.shape[0] - 1))])
    if not len(row):
        return (axis, y), (axis, y)
    return (float(row[0]), y), (float(row[-1]), y)


def _inner(solid: Array, y: float, x: float) -> tuple[Point, Point]:
    """The two edges of the gap between the legs at height y; both at x where they touch."""
    row = solid[int(np.clip(round(y), 0, solid.shape[0] - 1))]
    filled = np.flatnonzero(row)
    if not len(filled):
        return (x, y), (x, y)
    gaps = np.flatnonzero(np.diff(filled) > 2)
    if not len(gaps):
        return (x, y), (x, y)
    widest = gaps[np.diff(filled)[gaps].argmax()]
    return (float(filled[widest]), y), (float(filled[widest + 1]), y)
