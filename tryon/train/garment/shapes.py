"""Random garments as flat outlines whose landmarks are known.

Lengths are in half widths of the chest (bottoms: of the waist): x to the right of the picture from the middle, y down
from the neck points (bottoms: from the waistband). A garment is a few polygons painted one over the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[Any]

SIDES = ("left", "right")
SIGNS = (("left", -1.0), ("right", 1.0))
TOP_MARKS = (
    "neck_left", "neck_right", "neck_front", "shoulder_left", "shoulder_right", "armpit_left", "armpit_right",
    "cuff_left_outer", "cuff_left_inner", "cuff_right_outer", "cuff_right_inner", "hem_left", "hem_right",
)  # fmt: skip
BOTTOM_MARKS = (
    "waist_left", "waist_right", "hem_left_outer", "hem_left_inner", "hem_right_outer", "hem_right_inner", "crotch",
)  # fmt: skip
MARKS = TOP_MARKS + BOTTOM_MARKS


@dataclass(frozen=True, slots=True)
class Piece:
    """A polygon (n,2) of cloth; `shade` multiplies its colour; `bare`: it lies behind and shows the cloth's back."""

    outline: Array
    shade: float = 1.0
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """Pieces from back to front, lines (n,2) of seams, and the landmarks that the garment has (names in MARKS)."""

    pieces: tuple[Piece, ...]
    seams: tuple[Array, ...]
    marks: dict[str, tuple[float, float]]


def smooth(*corners: tuple[float, float] | Array, count: int = 8) -> Array:
    """Catmull-Rom curve through the corners, both ends included."""
    points = np.array(corners, float)
    ends = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, count, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*parts, points[-1:]])


def flipped(points: Array) -> Array:
    return np.asarray(points * (-1, 1))


def random_shape(rng: Generator) -> Shape:
    """Tops and dresses twice as often as bottoms."""
    return bottom(rng) if rng.random() < 0.33 else top(rng)


@dataclass(frozen=True)
class _Neck:
    """Half of a neckline: the front's and the back's curve from the neck point to the middle, and what stands above."""

    width: float
    front: Array
    back: Array
    stand: Array | None  # a collar's or a hood's outline


def _neck(rng: Generator, strap: float, armpit: float) -> _Neck:
    r = rng.uniform
    if strap:
        width, depth, back = r(0.3, 0.72), r(0.45, 1.0) * armpit, r(0.2, 0.9) * armpit
    elif rng.random() < 0.15:
        width, depth, back = r(0.6, 0.95), r(0.08, 0.4), r(0.0, 0.1)
    else:
        width, depth, back = r(0.28, 0.55), r(0.15, 0.55), r(0.02, 0.14)
    pointed = rng.random() < 0.25
    if pointed:
        depth = max(depth, r(0.4, 1.9))
    back = min(back, depth)

    def curve(depth: float, pointed: bool) -> Array:
        t = np.linspace(0, 1, 14)
        power = r(0.9, 1.1) if pointed else r(1.6, 3.2)
        fall = 1 - (1 - t) ** power if not strap or pointed else t ** r(0.25, 0.6)
        return np.stack([width * (1 - t), depth * fall], 1)

    front, low = curve(depth, pointed), curve(back, False)
    stand = None
    if not strap and rng.random() < 0.22:
        high, lean = (r(0.5, 0.9), r(0.0, 0.25)) if rng.random() < 0.2 else (r(0.12, 0.38), r(-0.14, 0.04))
        stand = smooth((width, 0.02), (width + lean, -0.6 * high), (max(0.08, width - 0.08), -high), (0, -high))
    return _Neck(width, front, low, stand)


def _body_side(rng: Generator, armpit: Array, length: float, dress: bool) -> Array:
    """From the armpit down to the hem's corner."""
    r = rng.uniform
    waist = armpit[1] + min(r(0.6, 1.1), 0.6 * (length - armpit[1]))
    narrow = armpit[0] * (r(0.72, 1.0) if dress or rng.random() < 0.4 else r(0.9, 1.06))
    hem = (r(0.85, 1.25) if rng.random() < 0.4 else r(1.1, 2.3)) if dress else r(0.82, 1.2)
    if dress and rng.random() < 0.5:
        hip = (max(narrow, r(0.9, 1.15)), waist + r(0.5, 0.9))
        return smooth(armpit, (narrow, waist), hip, (hem, length))
    return smooth(armpit, (narrow, waist), (hem, length))


@dataclass(frozen=True)
class _Cut:
    """The right half of a top or a dress without its sleeve."""

    neck: _Neck
    armhole: Array  # from the shoulder's tip to the armpit
    side: Array  # from the armpit to the hem's corner
    hem: Array  # from there to the middle
    sleeved: bool


def _cut(rng: Generator) -> _Cut:
    r = rng.uniform
    dress, sleeved = rng.random() < 0.38, rng.random() < 0.72
    strap = 0.0 if sleeved else (r(0.04, 0.14) if rng.random() < 0.35 else r(0.2, 0.6))
    armpit = np.array([1.0, r(0.75, 1.35)])
    neck = _neck(rng, strap, float(armpit[1]))
    reach = r(0.82, 1.3) if sleeved else neck.width + strap
    fall = r(0.08, 0.22) if strap < 0.15 else r(0.18, 0.36)
    tip = np.array([max(reach, neck.width + 0.04), fall if sleeved else strap * r(0.05, 0.45)])
    length = r(2.9, 6.6) if dress else r(1.5, 2.1) if rng.random() < 0.2 else r(2.1, 3.2)
    side = _body_side(rng, armpit, length, dress)
    hem = _hem(rng, side[-1])
    inwards = max(min(tip[0], 1.0) - r(0.0, 0.2), 0.3)
    return _Cut(neck, smooth(tip, (inwards, 0.55 * tip[1] + 0.45 * armpit[1]), armpit), side, hem, sleeved)


def top(rng: Generator) -> Shape:
    """A top, a jacket or a dress."""
    cut = _cut(rng)
    neck, rim_shade = cut.neck, rng.uniform(0.45, 0.95)
    half = np.concatenate([np.array([[neck.width, 0.0]]), cut.armhole, cut.side[1:], cut.hem[1:]])
    rim = np.concatenate([flipped(neck.back), neck.back[::-1], neck.front, flipped(neck.front[::-1])])
    body = np.concatenate([half, flipped(half[::-1]), flipped(neck.front), neck.front[::-1]])
    parts, cuffs = _with_sleeves(rng, cut, Piece(body))
    marks = {"neck_front": (0.0, float(neck.front[-1, 1]))}
    for name, sign in SIGNS:
        outer, inner = cuffs[name]
        for key, at in (("neck_{}", (neck.width, 0.0)), ("shoulder_{}", cut.armhole[0]),
                        ("armpit_{}", cut.armhole[-1]), ("cuff_{}_outer", outer), ("cuff_{}_inner", inner),
                        ("hem_{}", cut.side[-1])):  # fmt: skip
            marks[key.format(name)] = (float(sign * at[0]), float(at[1]))
    seams = [cut.armhole, flipped(cut.armhole)] if cut.sleeved and rng.random() < 0.7 else []
    pieces = [Piece(rim, rim_shade, bare=True)]
    if neck.stand is not None:
        wing = np.concatenate([neck.stand, flipped(neck.stand[::-1])])
        pieces.append(Piece(np.concatenate([wing, flipped(neck.front), neck.front[::-1]]), rng.uniform(0.6, 1.05)))
    if rng.random() < 0.22:  # buttoned or zipped
        seams.append(np.array([neck.front[-1], cut.hem[-1]]))
    return Shape((*pieces, *parts), tuple(seams), marks)


def _with_sleeves(rng: Generator, cut: _Cut, body: Piece) -> tuple[list[Piece], dict[str, tuple[Array, Array]]]:
    """The body and its sleeves, over or under it, and both corners of each cuff on the right half."""
    r = rng.uniform
    way, cuff, bend = r(18, 84), r(0.22, 0.75), r(-22, 14)
    span = r(0.25, 1.3) if rng.random() < 0.55 else r(1.3, 3.1)
    bulge, alike = (r(0.1, 0.4) if rng.random() < 0.2 else r(-0.04, 0.06)), rng.random() < 0.85
    over, parts = rng.random() < 0.5, [body]
    if not cut.sleeved:
        return parts, dict.fromkeys(SIDES, (cut.armhole[0], cut.armhole[-1]))
    cuffs = {}
    for name, sign in SIGNS:
        angle = way + rng.normal(0, 2 if alike else 12)
        sleeve, outer, inner = _sleeve(cut.armhole, angle, span, cuff, bend, bulge)
        piece = Piece(sleeve * (sign, 1.0), float(rng.normal(0.97, 0.05)))
        parts.insert(len(parts) if over else 0, piece)
        cuffs[name] = outer, inner
    return parts, cuffs


def _hem(rng: Generator, corner: Array) -> Array:
    """From the hem's right corner to its middle: level, sagging, rising or frilled."""
    sag = rng.normal(0.03, 0.06) * corner[0] if rng.random() < 0.8 else rng.uniform(-0.1, 0.5)
    t = np.linspace(0, 1, 16)
    y = corner[1] + sag * (1 - (1 - t) ** 2)
    if rng.random() < 0.25:
        y = y + rng.uniform(0.0, 0.05) * np.sin(t * rng.uniform(8, 30)) * (t > 0.04)
    return np.stack([corner[0] * (1 - t), y], 1)


def _sleeve(
    armhole: Array, angle: float, span: float, cuff: float, bend: float, bulge: float
) -> tuple[Array, Array, Array]:
    """The right sleeve's outline, its cuff's outer and its inner corner; `angle` below the horizontal in degrees."""
    tip, armpit = armhole[0], armhole[-1]
    turn = np.radians([angle, angle + (bend if span > 1.3 else 0)])
    first, second = (np.array([np.cos(a), np.sin(a)]) for a in turn)
    elbow = tip + 0.5 * span * first
    outer = elbow + 0.5 * span * second
    across = np.array([-second[1], second[0]])
    width = min(cuff, 0.9 * float(np.linalg.norm(armpit - tip)))
    inner = outer + width * across
    side = np.array([first[1], -first[0]])  # away from the body
    upper = smooth(tip, tip + 0.2 * span * first + bulge * side, elbow + bulge * side, outer)
    middle = 0.5 * (inner + armpit) - 0.5 * bulge * side
    lower = smooth(inner, middle, armpit)
    return np.concatenate([upper, lower, armhole[::-1][1:]]), outer, inner


def bottom(rng: Generator) -> Shape:
    """Trousers, shorts or a skirt."""
    return _trousers(rng) if rng.random() < 0.68 else _skirt(rng)


def _waistband(rng: Generator) -> tuple[Array, Piece]:
    """Half of the front's upper edge from the middle to the corner, and the back's edge behind it."""
    dip = rng.uniform(0.0, 0.16)
    t = np.linspace(0, 1, 10)
    front = np.stack([t, dip * (1 - t**2)], 1)
    back = np.stack([t[::-1], -rng.uniform(-0.02, 0.04) * (1 - t[::-1] ** 2)], 1)
    strip = np.concatenate([front, back])
    return front, Piece(np.concatenate([strip, flipped(strip[::-1])]), rng.uniform(0.5, 0.95), bare=True)


def _hips(rng: Generator) -> tuple[float, float]:
    return rng.uniform(1.05, 1.4), rng.uniform(0.7, 1.2)


def _trousers(rng: Generator) -> Shape:
    r = rng.uniform
    edge, band = _waistband(rng)
    hip, crotch = _hips(rng), r(1.2, 1.85)
    short = rng.random() < 0.35
    length = crotch + (r(0.35, 1.5) if short else r(2.6, 5.2))
    gap = r(0.0, 0.12) if rng.random() < 0.6 else r(0.1, 0.5)
    wide = r(0.75, 1.3) if short or rng.random() < 0.3 else r(0.4, 0.85)
    halves, marks = [], {"crotch": (0.0, crotch)}
    for name, sign in SIGNS:
        shift, tilt = rng.normal(0, 0.03), rng.normal(0.02, 0.06)
        inner = np.array([gap + shift, length + rng.normal(0, 0.03)])
        outer = np.array([gap + wide + shift, inner[1] - tilt])
        knee = 0.5 * (crotch + length)
        thigh = (max(hip[0] + 0.02, 0.5 * (hip[0] + outer[0])), crotch)
        side = smooth((1.0, 0.0), hip, thigh, (0.5 * (thigh[0] + outer[0]) + rng.normal(-0.03, 0.03), knee), outer)
        inseam = smooth(inner, (0.6 * gap + 0.02 + abs(rng.normal(0, 0.02)), knee), (0.012, crotch))
        half = np.concatenate([edge, side[1:], inseam]) * (sign, 1)
        halves.append(half if sign > 0 else half[::-1])
        for key, at in (("waist_{}", (1.0, 0.0)), ("hem_{}_outer", outer), ("hem_{}_inner", inner)):
            marks[key.format(name)] = (float(sign * at[0]), float(at[1]))
    seams = [np.array([edge[0], (0.0, crotch)])]
    if rng.random() < 0.6:  # the waistband's lower edge
        seams += [flipped(edge) + np.array([0.0, r(0.12, 0.3)]), edge + np.array([0.0, r(0.12, 0.3)])]
    if gap < 0.12:
        seams.append(np.array([(0.0, crotch), (0.0, length)]))
    return Shape((band, *(Piece(half) for half in halves)), tuple(seams), marks)


def _skirt(rng: Generator) -> Shape:
    r = rng.uniform
    edge, band = _waistband(rng)
    length, hip = r(1.3, 5.5), _hips(rng)
    corner = (r(0.95, 1.5) if rng.random() < 0.5 else r(1.3, 2.6), length)
    side = smooth((1.0, 0.0), (min(hip[0], corner[0]), hip[1] * 0.7), corner)
    hem = _hem(rng, side[-1])
    half = np.concatenate([edge, side[1:], hem[1:]])
    marks = {}
    for name, sign in SIGNS:
        marks[f"waist_{name}"] = (sign, 0.0)
        marks[f"hem_{name}_outer"] = (sign * float(side[-1, 0]), float(side[-1, 1]))
        marks[f"hem_{name}_inner"] = (0.0, float(hem[-1, 1]))
    return Shape((band, Piece(np.concatenate([half, flipped(half[::-1])]))), (), marks)
