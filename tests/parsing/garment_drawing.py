"""Draws catalogue photographs of garments whose landmarks are known.

A garment is the outline of its right half in units of half the chest's width: x outwards from the middle, y down from
the top of the shoulders. The left half mirrors it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Point = tuple[float, float]


@dataclass(frozen=True)
class Pattern:
    """Outline of the right half from the middle of the top to the middle of the bottom, and its landmarks."""

    outline: tuple[Point, ...]
    marks: dict[str, Point]  # names without side for pairs: "shoulder", "cuff_outer", "hem_inner"
    category: str
    sleeves: str = "none"
    front: tuple[Point, ...] = ()  # right half of the front neckline, from the neck point to the middle
    holes: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True)
class Scene:
    """How a pattern is photographed."""

    colour: tuple[int, int, int] = (40, 90, 160)
    ground: tuple[int, int, int] = (246, 246, 246)
    slope: float = 0.0  # lightness that the ground gains from top to bottom
    shadow: float = 0.0  # 0..1 of a soft shadow below right
    cast: float = 0.0  # 0..1 of a wide soft shadow on a wall behind, right and below, and of light that falls off
    angle: float = 0.0  # degrees
    shift: tuple[float, float] = (0.0, 0.0)  # of the picture's size
    scale: float = 0.8  # share of the picture that the garment fills
    noise: float = 1.0
    stripes: tuple[int, int, int] | None = None
    size: tuple[int, int] = (480, 640)  # width, height


def arc(start: Point, bend: Point, end: Point, count: int = 14) -> list[Point]:
    """Quadratic curve from start to end that leaves towards `bend`; without its last point."""
    t = np.linspace(0, 1, count, endpoint=False)[:, None]
    a, b, c = (np.array(p, float) for p in (start, bend, end))
    points = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c
    return [(float(x), float(y)) for x, y in points]


def top(
    *,
    sleeve: float = 0.0,
    spread: float = 45.0,
    width: float = 0.45,
    length: float = 2.7,
    flare: float = 1.0,
    waist: float = 0.95,
    neck: float = 0.42,
    dip: float = 0.1,
    category: str = "top",
    sleeves: str = "short",
) -> Pattern:
    """A sleeved top or dress: `sleeve` long in chest halves, hanging `spread` degrees below the horizontal."""
    shoulder, armpit = (1.0, 0.24), (1.0, 1.05)
    way = np.array([np.cos(np.radians(spread)), np.sin(np.radians(spread))])
    side = np.array([-way[1], way[0]])
    outer = np.array(shoulder) + sleeve * way
    inner = outer + width * side
    hem = (flare, length)
    middle_y = 0.55 * length + 0.3
    outline = [
        *arc((0.0, dip), (neck * 0.8, dip), (neck, 0.0)),
        (neck, 0.0),
        shoulder,
        tuple(outer),
        tuple(inner),
        *arc(armpit, (waist, middle_y), hem),
        hem,
        (0.0, length),
    ]
    marks = {
        "neck": (neck, 0.0),
        "shoulder": shoulder,
        "cuff_outer": tuple(outer),
        "cuff_inner": tuple(inner),
        "armpit": armpit,
        "hem": hem,
    }
    front = (*tuple(arc((neck, 0.0), (neck, 0.55), (0.0, 0.55), 20)), (0.0, 0.55))
    marks["neck_front"] = (0.0, 0.55)
    return Pattern(tuple(outline), marks, category, sleeves, front)


def tank(
    *,
    strap: float = 0.3,
    neck: float = 0.45,
    front: float = 0.9,
    length: float = 2.7,
    flare: float = 1.0,
    waist: float = 0.92,
    category: str = "top",
) -> Pattern:
    """A sleeveless top or dress whose outline shows the front neckline."""
    shoulder, armpit, hem = (neck + strap, 0.06), (1.0, 0.95), (flare, length)
    outline = [
        *arc((0.0, front), (neck * 0.9, front), (neck, 0.0)),
        (neck, 0.0),
        *arc(shoulder, (neck + strap - 0.05, 0.75), armpit),
        *arc(armpit, (waist, 0.5 * length), hem),
        hem,
        (0.0, length),
    ]
    marks = {"neck": (neck, 0.0), "shoulder": shoulder, "armpit": armpit, "hem": hem, "neck_front": (0.0, front)}
    marks |= {"cuff_outer": shoulder, "cuff_inner": armpit}
    return Pattern(tuple(outline), marks, category)


def trousers(*, length: float = 5.4, ankle: float = 0.38, thigh: float = 1.1, gap: float = 0.16) -> Pattern:
    """Trousers or shorts, waist two units wide."""
    waist, crotch = (1.0, 0.0), (0.0, 1.5)
    outer, inner = (gap + 2 * ankle, length), (gap, length)
    outline = [
        (0.0, 0.05),
        waist,
        *arc((1.08, 0.9), (thigh, 1.4), outer),
        outer,
        inner,
        *arc(inner, (0.08, 1.9), crotch)[1:],
        crotch,
    ]
    marks = {"waist": waist, "hem_outer": outer, "hem_inner": inner, "crotch": crotch}
    return Pattern(tuple(outline), marks, "bottom")


def skirt(*, length: float = 2.2, flare: float = 1.4) -> Pattern:
    waist, hem = (0.8, 0.0), (flare, length)
    outline = [(0.0, 0.04), waist, *arc((0.95, 0.5), (1.05, 0.8), hem), hem, (0.0, length + 0.05)]
    return Pattern(tuple(outline), {"waist": waist, "hem_outer": hem}, "bottom")


def hoodie() -> Pattern:
    base = top(sleeve=2.9, spread=72, width=0.42, length=2.8, sleeves="long")
    hood = [(0.0, -0.75), *arc((0.1, -0.75), (0.6, -0.72), (0.58, -0.1)), (0.5, 0.04)]
    start = base.outline.index((1.0, 0.24))
    marks = {key: value for key, value in base.marks.items() if key != "neck_front"} | {"neck": (0.5, 0.04)}
    return replace(base, outline=(*hood, *base.outline[start:]), marks=marks, front=())


def polo(rise: float = 0.16) -> Pattern:
    """A T-shirt with a collar that stands `rise` chest halves above its shoulders, leaning outwards to its foot."""
    base = top(sleeve=0.75, width=0.6)
    start = base.outline.index((1.0, 0.24))
    marks = {key: value for key, value in base.marks.items() if key != "neck_front"} | {"neck": (0.5, 0.04)}
    collar = [(0.0, -rise), (0.3, -rise), (0.5, 0.04)]
    front = ((0.3, -rise), (0.12, 0.1), (0.0, 0.16))
    return replace(base, outline=(*collar, *base.outline[start:]), marks=marks, front=front)


def draw(pattern: Pattern, scene: Scene, seed: int = 0) -> tuple[Array, Array, dict[str, Point]]:
    """The photo (h, w, 3) uint8 RGB, the true alpha (h, w) float 0..1, and the landmarks in its pixels."""
    width, height = scene.size
    right = np.array(pattern.outline, float)
    whole = np.vstack([right, right[::-1] * [-1, 1]])
    low, high = whole.min(axis=0), whole.max(axis=0)
    unit = scene.scale * min(width / (high[0] - low[0]), height / (high[1] - low[1]))
    turn = np.radians(scene.angle)
    matrix = unit * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    place = np.array([width * (0.5 + scene.shift[0]), height * (0.5 + scene.shift[1])])

    def put(points: Array) -> Array:
        return (points - (low + high) / 2) @ matrix.T + place

    alpha = _fill(put(whole), scene.size)
    picture = _ground(scene)
    if scene.shadow:
        blurred = cv2.GaussianBlur(np.roll(alpha, (5, 7), axis=(0, 1)), (0, 0), 7)
        picture *= 1 - 0.35 * scene.shadow * blurred[..., None]
    if scene.cast:
        wide = cv2.GaussianBlur(np.roll(alpha, (40, 45), axis=(0, 1)), (0, 0), 16)
        falls = np.linspace(-0.5, 0.5, width)[None, :] ** 2 + np.linspace(0, 0.4, height)[:, None] ** 2
        picture *= 1 - scene.cast * (0.12 * wide + 0.1 * falls)[..., None]
    cloth = _cloth(scene, seed)
    if pattern.front:
        half = np.array(pattern.front, float)
        inside = _fill(put(np.vstack([half, half[::-1] * [-1, 1]])), scene.size)[..., None]
        cloth = cloth * (1 - 0.3 * inside)
    picture = picture * (1 - alpha[..., None]) + cloth * alpha[..., None]
    rng = np.random.default_rng(seed)
    picture = picture + rng.normal(0, scene.noise, picture.shape)
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    return pixels, alpha, _marks(pattern, put)


def _fill(points: Array, size: tuple[int, int]) -> Array:
    big = np.zeros((size[1] * 4, size[0] * 4), np.uint8)
    cv2.fillPoly(big, [np.round(points * 64 + 24).astype(np.int32)], 255, shift=4)
    return cv2.resize(big, size, interpolation=cv2.INTER_AREA).astype(np.float64) / 255.0


def _ground(scene: Scene) -> Array:
    width, height = scene.size
    ramp = np.linspace(-0.5, 0.5, height)[:, None, None] * scene.slope
    return np.clip(np.broadcast_to(np.array(scene.ground, float) + ramp, (height, width, 3)), 0, 255).copy()


def _cloth(scene: Scene, seed: int) -> Array:
    """Cloth with soft folds, striped on request."""
    width, height = scene.size
    folds = np.random.default_rng(seed + 1).normal(0, 1, (height // 8, width // 8))
    folds = cv2.GaussianBlur(cv2.resize(folds, (width, height), interpolation=cv2.INTER_CUBIC), (0, 0), 12)
    shade = 1 + 0.05 * folds / max(1e-6, float(np.abs(folds).max()))
    cloth = np.broadcast_to(np.array(scene.colour, float), (height, width, 3)).copy()
    if scene.stripes is not None:
        cloth[(np.arange(height) // 14) % 2 == 0] = scene.stripes
    return cloth * shade[..., None]


def _marks(pattern: Pattern, put: Any) -> dict[str, Point]:
    """Landmarks by their full names."""
    found: dict[str, Point] = {}
    for name, (x, y) in pattern.marks.items():
        if name in ("neck_front", "crotch"):
            found[name] = tuple(put(np.array([[x, y]]))[0])
            continue
        head, _, tail = name.partition("_")
        for side, sign in (("left", -1), ("right", 1)):
            full = f"{head}_{side}_{tail}" if tail else f"{head}_{side}"
            found[full] = tuple(put(np.array([[sign * x, y]]))[0])
    return found
