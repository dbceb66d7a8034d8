"""Landmarks of trousers, shorts and skirts from their silhouette, on the upright canvas of a Frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_chain import Reading, read
from tryon.parsing.garment_outline import Frame, Side, sides
from tryon.parsing.landmarks import SIDES, Point, Points, Shape, half_width

Array = NDArray[Any]


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
        points[f"waist_{name}"] = on_canvas(reading.side, waist, frame.axis)
        points[f"hem_{name}_outer"] = on_canvas(reading.side, hem, frame.axis)
        if legs:
            points[f"hem_{name}_inner"] = on_canvas(reading.side, _inner_hem(reading, hem), frame.axis)
        else:
            points[f"hem_{name}_inner"] = (frame.axis, float(reading.side.points[-1, 1]))
    if legs:
        points["crotch"] = _crotch(points, solid, frame.axis)
    _hips(points, solid, frame.axis)
    return Shape(points=points, has_sleeves=False, score=8.0 * frame.symmetry, margin=2.0)


def _waist_and_hem(reading: Reading) -> tuple[int, int]:
    """The upper and the lower outer corner of a bottom's side."""
    side = reading.side
    x, y = side.points[:, 0], side.points[:, 1]
    half = len(y) // 2
    high = y < y.min() + 0.15 * np.ptp(y)
    waist = int(np.where(high, x - 2.2 * y, -np.inf)[:half].argmax())
    low = y > y.max() - 0.12 * np.ptp(y)
    hem = int(np.where(low, 0.8 * x + y, -np.inf)[waist + 2 :].argmax())
    return waist, waist + 2 + hem


def _inner_hem(reading: Reading, hem: int) -> int:
    x, y = reading.side.points[:, 0], reading.side.points[:, 1]
    start = min(hem + 2, len(y) - 2)
    low = y > y.max() - 0.12 * np.ptp(y)
    return start + int(np.where(low, y - 0.8 * x, -np.inf)[start:].argmax())


def _crotch(points: Points, solid: Array, axis: float) -> Point:
    """Top of the gap between the legs; where they touch, where the body has it."""
    x, y = _gap_top(solid, axis)
    y = _closing(solid, x, y)
    top_y = (points["waist_left"][1] + points["waist_right"][1]) / 2
    width = points["waist_right"][0] - points["waist_left"][0]
    (left, _), (right, _) = _outer(solid, y, axis)
    if y - top_y > 1.35 * max(width, 0.8 * (right - left)):
        return axis, top_y + 0.95 * width
    return x, y


def _closing(solid: Array, x: float, y: float) -> float:
    """Where the edges of the legs would meet above the highest visible ground between them."""
    rows = np.arange(round(y) + 4, min(solid.shape[0] - 1, round(y) + 60))
    widths = []
    for row in rows:
        (left, _), (right, _) = _inner(solid, float(row), x)
        widths.append(right - left)
    if len(rows) < 20 or min(widths) < 1:
        return y
    slope, start = np.polyfit(rows, widths, 1)
    meet = -start / slope if slope > 0.02 else y
    return float(np.clip(meet, y - 0.015 * solid.shape[0], y))


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


def on_canvas(side: Side, index: int, axis: float) -> Point:
    x, y = side.points[index]
    return axis + side.sign * float(x), float(y)
