"""Landmarks of a garment from its silhouette: the corners of the outline, and what lies between them.

All positions are on the upright canvas of a Frame until `to_photo`. See Garment in tryon/types.py for the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
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


def _without_ties(frame: Frame) -> Array:
    """The canvas without ties and cords that hang down: nothing thin below the middle."""
    solid = (frame.canvas > 127).astype(np.uint8)
    rows = np.flatnonzero(solid.any(axis=1))
    middle = int(rows[0] + 0.4 * len(rows))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19))
    opened = cv2.morphologyEx(solid, cv2.MORPH_OPEN, disk)
    opened[:middle] = solid[:middle]
    count, index, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count > 2:
        opened[index != 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())] = 0
    return opened * 255


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
    readings = [read(side, unit) for side in sides(frame, _without_ties(frame))]
    with_sleeves = _both(readings, sleeved)
    without = _both(readings, sleeveless)
    one, other = (sum(c.score for c in chains) / 2 for chains in (with_sleeves, without))
    has_sleeves = one > max(other + 0.6, 5.6)
    chains = with_sleeves if has_sleeves else without
    points: Points = {}
    necks = _necks(readings, chains)
    for name, reading, chain, neck in zip(SIDES, readings, chains, necks, strict=True):
        _side_points(points, name, reading, chain, neck, frame.axis)
    _middle_points(points, readings, frame.axis)
    return Shape(points=points, has_sleeves=has_sleeves, score=max(one, other), margin=abs(one - other - 0.6))


def _both(readings: list[Reading], find: Any) -> list[Chain]:
    """Both sides: one read freely, the other with the first one's corners as a hint; the better of the two ways."""
    left, right = readings
    free_left, free_right = find(left), find(right)
    led_right, led_left = find(right, _places(left, free_left)), find(left, _places(right, free_right))
    if free_left.score + led_right.score >= free_right.score + led_left.score:
        return [free_left, led_right]
    return [led_left, free_right]


def _places(reading: Reading, chain: Chain) -> dict[str, tuple[float, float]]:
    names = ("cuff_outer", "cuff_inner", "armpit", "hem")
    index = {name: getattr(chain, name) for name in names}
    return {name: (float(reading.x[i]), float(reading.y[i])) for name, i in index.items() if i >= 0}


def _side_points(points: Points, name: str, reading: Reading, chain: Chain, neck: int, axis: float) -> None:
    side = reading.side
    tip = _shoulder(reading, chain, neck) if chain.cuff_inner >= 0 else max(neck, chain.cuff_outer)
    outer = chain.cuff_outer if chain.cuff_inner >= 0 else tip
    inner = chain.cuff_inner if chain.cuff_inner >= 0 else chain.armpit
    armpit = _armpit(reading, chain, tip)
    places = {
        f"neck_{name}": neck,
        f"shoulder_{name}": tip,
        f"cuff_{name}_outer": outer,
        f"cuff_{name}_inner": inner,
        f"hem_{name}": chain.hem,
    }
    for key, index in places.items():
        points[key] = _on_canvas(side, index, axis)
    points[f"armpit_{name}"] = axis + side.sign * armpit[0], armpit[1]
    if chain.cuff_inner < 0:
        points[f"cuff_{name}_inner"] = points[f"armpit_{name}"]
    points[f"waist_{name}"] = _waist(reading, chain, axis)


def _on_canvas(side: Side, index: int, axis: float) -> Point:
    x, y = side.points[index]
    return axis + side.sign * float(x), float(y)


def _shoulder(reading: Reading, chain: Chain, neck: int) -> int:
    """The shoulder tip of a sleeved side: the knee between shoulder line and sleeve, about above the armpit."""
    last = max(neck + 3, chain.cuff_outer - 1)
    x, bend = reading.x, reading.between.bend / reading.unit
    knee = np.arange(neck + 1, last)
    error = (knee - neck) * bend[neck, knee] ** 2 + (chain.cuff_outer - knee) * bend[knee, chain.cuff_outer] ** 2
    crooked = np.sqrt(error / max(1, chain.cuff_outer - neck))
    off = (x[knee] - 1.0 * x[chain.armpit]) / 0.22
    high = np.clip(reading.y[knee] - reading.y[chain.armpit] + 0.25, 0, 3)  # a shoulder lies above its armpit
    return int(knee[(10 * crooked + 0.5 * off**2 + 3 * high).argmin()])


def _armpit(reading: Reading, chain: Chain, tip: int) -> Point:
    """The armpit (x outwards, y). A sleeve that lies against the body hides it: then it is put where it usually is,
    about the chest's half width below the shoulder, on the body's side prolonged upwards.
    """
    side = reading.side
    x, y = (float(v) for v in side.points[chain.armpit])
    usual = float(side.points[tip, 1]) + 1.1 * x
    if chain.cuff_inner < 0 or y < usual + 0.45 * x:
        return x, y
    below = side.points[chain.armpit : chain.hem + 1]
    slope = 0.0
    if len(below) > 4 and np.ptp(below[:, 1]) > 0.5 * reading.unit:
        slope = float(np.clip(np.polyfit(below[:, 1], below[:, 0], 1)[0], -0.12, 0.12))
    return x - slope * (y - usual), usual


def _necks(readings: list[Reading], chains: list[Chain]) -> list[int]:
    """Where the collar meets the shoulder seam: the foot of a standing collar, else the top corner of the outline."""
    feet = [_foot(reading, chain) for reading, chain in zip(readings, chains, strict=True)]
    if min(turn for _, turn in feet) > 10 and sum(turn for _, turn in feet) > 44:
        return [index for index, _ in feet]
    return [_top_corner(reading, chain) for reading, chain in zip(readings, chains, strict=True)]


def _foot(reading: Reading, chain: Chain) -> tuple[int, float]:
    """The inward bend below a standing collar or a hood, and how sharp it is in degrees (0: there is none)."""
    last = max(3, chain.cuff_outer + 1)
    x, y = reading.x[:last], reading.y[:last]
    turn = -reading.side.turn(0.12 * reading.unit)[:last]
    risen = y - np.minimum.accumulate(y)  # how far the outline has come down from the collar's edge
    allowed = (x > 0.12) & (x < 0.85 * reading.x[chain.armpit]) & (risen > 0.07)
    turn = np.where(allowed, turn, 0.0)
    best = int(turn.argmax())
    return best, float(turn[best])


def _top_corner(reading: Reading, chain: Chain) -> int:
    last = max(3, chain.cuff_outer + 1)
    turn = reading.side.turn(0.12 * reading.unit)[:last]
    x, y = reading.x[:last], reading.y[:last]
    corner = ramp(turn, 8, 60) - 1.8 * (y - y.min()) - 1.0 * np.clip(0.2 - x, 0, 1) / 0.2
    corner = corner - 3 * np.clip(x - 1.02 * reading.x[chain.armpit], 0, 3)
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
    top_y = (points["waist_left"][1] + points["waist_right"][1]) / 2
    width = points["waist_right"][0] - points["waist_left"][0]
    if y - top_y > 1.35 * width:
        return axis, top_y + 0.95 * width
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
