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
from tryon.parsing.garment_outline import Frame, sides

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
    tips = [_tip(reading, chain, neck) for reading, chain, neck in zip(readings, chains, necks, strict=True)]
    armpits = _armpits(readings, chains, tips)
    for i, name in enumerate(SIDES):
        _side_points(points, name, readings[i], chains[i], (necks[i], tips[i]), armpits[i], frame.axis)
    _middle_points(points, readings, frame.axis)
    balance(points, unit, has_sleeves)
    _raise_waists(points)
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


def _corner(reading: Reading, index: int, reach: float) -> Point:
    """The very corner near a point of the chain, (x outwards, y): the furthest place along the corner's bisector."""
    side = reading.side
    p = side.points
    k = max(2, round(0.25 * reading.unit / side.step))
    before, after = p[index] - p[max(0, index - k)], p[min(len(p) - 1, index + k)] - p[index]
    bisector = before / max(1e-6, float(np.linalg.norm(before))) - after / max(1e-6, float(np.linalg.norm(after)))
    if float(np.linalg.norm(bisector)) < 0.3:
        return float(p[index, 0]), float(p[index, 1])  # hardly a corner
    near = np.flatnonzero(np.abs(side.arc - index * side.step) <= max(reach, side.step))
    x, y = side.dense[near[int((side.dense[near] @ bisector).argmax())]]
    return float(x), float(y)


def _tip(reading: Reading, chain: Chain, neck: int) -> int:
    return _shoulder(reading, chain, neck) if chain.cuff_inner >= 0 else max(neck, chain.cuff_outer)


def _side_points(
    points: Points, name: str, reading: Reading, chain: Chain, top: tuple[int, int], armpit: Point, axis: float
) -> None:
    side = reading.side
    neck, tip = top
    outer = chain.cuff_outer if chain.cuff_inner >= 0 else tip
    inner = chain.cuff_inner if chain.cuff_inner >= 0 else chain.armpit
    places = {
        f"neck_{name}": neck,
        f"shoulder_{name}": tip,
        f"cuff_{name}_outer": outer,
        f"cuff_{name}_inner": inner,
        f"hem_{name}": chain.hem,
    }
    for key, index in places.items():
        corner = key.startswith("hem") or (key.startswith("cuff") and chain.cuff_inner >= 0)
        x, y = _corner(reading, index, 0.12 * reading.unit if corner else 1.5 * side.step)
        points[key] = axis + side.sign * x, y
    points[f"armpit_{name}"] = axis + side.sign * armpit[0], armpit[1]
    if chain.cuff_inner < 0:
        points[f"cuff_{name}_inner"] = points[f"armpit_{name}"]
    points[f"waist_{name}"] = _waist(reading, chain, axis)


def _shoulder(reading: Reading, chain: Chain, neck: int) -> int:
    """The shoulder tip of a sleeved side: the knee between shoulder line and sleeve, about above the armpit."""
    last = max(neck + 3, chain.cuff_outer - 1)
    x, bend = reading.x, reading.between.bend / reading.unit
    knee = np.arange(neck + 1, last)
    error = (knee - neck) * bend[neck, knee] ** 2 + (chain.cuff_outer - knee) * bend[knee, chain.cuff_outer] ** 2
    crooked = np.sqrt(np.maximum(0, error) / max(1, chain.cuff_outer - neck))
    off = (x[knee] - 1.0 * x[chain.armpit]) / 0.22
    high = np.clip(reading.y[knee] - reading.y[chain.armpit] + 0.25, 0, 3)  # a shoulder lies above its armpit
    return int(knee[(10 * crooked + 0.5 * off**2 + 3 * high).argmin()])


def _armpits(readings: list[Reading], chains: list[Chain], tips: list[int]) -> list[Point]:
    """The armpits (x outwards, y). Sleeves that lie against the body hide them: then they are put where they usually
    are, about the chest's half width below the shoulder, on the body's side prolonged upwards.
    """
    raw = [
        _corner(reading, chain.armpit, 1.5 * reading.side.step) for reading, chain in zip(readings, chains, strict=True)
    ]
    seen = [_gap_end(reading, chain) for reading, chain in zip(readings, chains, strict=True)]
    if min(a[1] - b[1] for a, b in zip(raw, seen, strict=True)) < 0.05 * readings[0].unit:
        seen = raw  # a gap that thins out does so on both sides
    usual = [
        float(reading.side.points[tip, 1]) + 1.1 * float(point[0])
        for reading, tip, point in zip(readings, tips, seen, strict=True)
    ]
    low = [(float(point[1]) - y) / max(1.0, float(point[0])) for point, y in zip(seen, usual, strict=True)]
    if chains[0].cuff_inner < 0 or (sum(low) / 2 < 0.4 and max(low) < 0.8):
        return [(float(point[0]), float(point[1])) for point in seen]
    # One sleeve may lie apart and the other against the body: each for itself, unless they nearly agree.
    alike = abs(low[0] - low[1]) < 0.35
    hidden = [alike or value > 0.4 for value in low]
    if hidden[0] != hidden[1]:  # where one shows, the other is as far below its shoulder
        shown = hidden.index(False)
        fall = float(seen[shown][1]) - float(readings[shown].side.points[tips[shown], 1])
        usual[1 - shown] = float(readings[1 - shown].side.points[tips[1 - shown], 1]) + fall
    return [
        (_prolonged(reading, chain, y), y) if hide else (float(point[0]), float(point[1]))
        for reading, chain, point, y, hide in zip(readings, chains, seen, usual, hidden, strict=True)
    ]


def _gap_end(reading: Reading, chain: Chain) -> Point:
    """The visible armpit, (x outwards, y): where sleeve and side meet, prolonged where the gap gets too thin to see."""
    x, y = _corner(reading, chain.armpit, 1.5 * reading.side.step)
    k = round(0.6 * reading.unit / reading.side.step)
    p = reading.side.points
    if chain.cuff_inner < 0 or chain.armpit - chain.cuff_inner < k or chain.hem - chain.armpit < k:
        return x, y
    lines = []
    for part in (p[chain.armpit - k : chain.armpit - 2], p[chain.armpit + 3 : chain.armpit + k + 1]):
        if float(np.ptp(part[:, 1])) < 0.3 * reading.unit:
            return x, y  # the sleeve stands off
        lines.append(np.polyfit(part[:, 1], part[:, 0], 1))
    opening = lines[0][0] - lines[1][0]
    if opening < 0.02 or opening > 0.2:
        return x, y
    meet = float(np.clip(-(lines[0][1] - lines[1][1]) / opening, y - 0.35 * reading.unit, y))
    return float(np.polyval(lines[1], meet)), meet


def _prolonged(reading: Reading, chain: Chain, y: float) -> float:
    """How far out the body's side would be at height `y` above the place where the sleeve leaves it."""
    below = reading.side.points[chain.armpit : chain.hem + 1]
    slope = 0.0
    if len(below) > 4 and float(np.ptp(below[:, 1])) > 0.5 * reading.unit:
        slope = float(np.clip(np.polyfit(below[:, 1], below[:, 0], 1)[0], -0.12, 0.12))
    return float(below[0, 0]) - slope * (float(below[0, 1]) - y)


def _necks(readings: list[Reading], chains: list[Chain]) -> list[int]:
    """Where the collar meets the shoulder seam: the foot of a standing collar, else the top corner of the outline."""
    feet = [_foot(reading, chain) for reading, chain in zip(readings, chains, strict=True)]
    if min(turn for _, turn in feet) > 15 and sum(turn for _, turn in feet) > 38:
        return [index for index, _ in feet]
    return _top_corners(readings, chains)


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


def _top_corners(readings: list[Reading], chains: list[Chain]) -> list[int]:
    """The pair of corners that look most like the neck's ends, where they mirror each other."""
    left, right = (_cornered(reading, chain) for reading, chain in zip(readings, chains, strict=True))
    (xl, yl), (xr, yr) = ((reading.x, reading.y) for reading in readings)
    apart = np.hypot(xl[: len(left), None] - xr[None, : len(right)], yl[: len(left), None] - yr[None, : len(right)])
    both = left[:, None] + right[None] - 1.5 * np.minimum(apart, 0.6)
    i, j = np.unravel_index(int(both.argmax()), both.shape)
    return [int(i), int(j)]


def _cornered(reading: Reading, chain: Chain) -> Array:
    """How much each place (n,) between the middle and the shoulder's end looks like the neck's end."""
    last = max(3, chain.cuff_outer + 1)
    turn = reading.side.turn(0.12 * reading.unit)[:last]
    x, y = reading.x[:last], reading.y[:last]
    corner = ramp(turn, 8, 60) - 3.0 * (y - y.min()) - 1.0 * np.clip(0.2 - x, 0, 1) / 0.2 - 0.15 * x
    return corner - 3 * np.clip(x - 1.02 * reading.x[chain.armpit], 0, 3)


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


def balance(points: Points, unit: float, sleeves: bool) -> None:
    """Shoulder tips and armpits that nearly mirror each other do so wholly, in place, where all corners of the outline
    that are plain to see do; of two waists at different heights the one nearer to a body's waist holds.
    """
    middles = [(points[f"{name}_left"][0] + points[f"{name}_right"][0]) / 2 for name in ("neck", "hem")]
    axis = sum(middles) / 2

    def off(name: str) -> Array:
        (xl, yl), (xr, yr) = points[name.replace("*", "left")], points[name.replace("*", "right")]
        return np.array([xl + xr - 2 * axis, yl - yr]) / unit

    corners = ("neck_*", "hem_*", "cuff_*_outer") if sleeves else ("neck_*", "hem_*")
    if max(float(np.linalg.norm(off(name))) for name in corners) > 0.35:
        return
    for name in ("shoulder_*", "armpit_*") if sleeves else ("armpit_*",):
        gap = off(name) * unit
        if 0.1 * unit < float(np.linalg.norm(gap)) < 0.6 * unit:
            (xl, yl), (xr, yr) = points[name.replace("*", "left")], points[name.replace("*", "right")]
            points[name.replace("*", "left")] = (xl - gap[0] / 2, yl - gap[1] / 2)
            points[name.replace("*", "right")] = (xr - gap[0] / 2, yr + gap[1] / 2)
    if not sleeves:
        points.update({f"cuff_{side}_inner": points[f"armpit_{side}"] for side in SIDES})
    if abs(float(off("waist_*")[1])) > 0.2:
        usual = (points["armpit_left"][1] + points["armpit_right"][1]) / 2 + 0.8 * unit
        near, far = sorted(SIDES, key=lambda side: abs(points[f"waist_{side}"][1] - usual))
        x, y = points[f"waist_{near}"]
        points[f"waist_{far}"] = (2 * axis - x, y)


def _raise_waists(points: Points) -> None:
    """Waists that were looked for beside hanging sleeves and found at the hem: put where a body has them, in place."""
    for name in SIDES:
        armpit, hem = np.array(points[f"armpit_{name}"]), np.array(points[f"hem_{name}"])
        if points[f"waist_{name}"][1] > armpit[1] + 0.9 * (hem[1] - armpit[1]):
            x, y = armpit + 0.6 * (hem - armpit)
            points[f"waist_{name}"] = float(x), float(y)


def add_elbows(points: Points) -> None:
    """Elbow points of long sleeves, in place: a little above the middle between shoulder and cuff, on the outline."""
    for name in SIDES:
        shoulder, armpit = np.array(points[f"shoulder_{name}"]), np.array(points[f"armpit_{name}"])
        outer, inner = np.array(points[f"cuff_{name}_outer"]), np.array(points[f"cuff_{name}_inner"])
        points[f"elbow_{name}_outer"] = tuple(shoulder + 0.54 * (outer - shoulder))
        points[f"elbow_{name}_inner"] = tuple(armpit + 0.46 * (inner - armpit))
