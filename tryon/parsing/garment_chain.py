"""Finds the corners of a garment's outline in their order, by dynamic programming over one side's chain of points.

A sleeved side reads: cuff outer corner, cuff inner corner, armpit, hem corner. A sleeveless side: shoulder tip,
armpit corner, hem corner. A trouser side: waist corner, hem outer corner, hem inner corner. Every point and every
stretch between two points is rewarded for what it should look like; the best sum wins. Lengths are in units of the
torso's half width, angles in degrees (0 outwards, 90 down).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_outline import Pairs, Side, pairs

Array = NDArray[Any]
NEVER = -1e6
TOUCHING = 1.0  # what a sleeve that lies against the body is given for the inner corner that it lacks


@dataclass(frozen=True, slots=True)
class Chain:
    """Indices into a side's points and how well they fit; a sleeveless chain has both cuffs at -1."""

    cuff_outer: int
    cuff_inner: int
    armpit: int
    hem: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Everything that the rewards are made of, once for a side."""

    side: Side
    unit: float  # half width of the torso, canvas pixels
    between: Pairs

    @property
    def x(self) -> Array:
        return self.side.points[:, 0] / self.unit

    @property
    def y(self) -> Array:
        return self.side.points[:, 1] / self.unit


def read(side: Side, unit: float) -> Reading:
    return Reading(side=side, unit=unit, between=pairs(side))


def ramp(value: Array, low: float, high: float) -> Array:
    """0 at `low`, 1 at `high`, straight between."""
    return np.clip((value - low) / (high - low), 0, 1)


def apart(one: Array, other: Array | float) -> Array:
    """Absolute difference, 0..180 degrees, of two directions that are less than one and a half turns apart."""
    off = np.abs(one - other)
    return np.minimum(off, np.abs(off - 360))  # a remainder takes five times as long


def _later(matrix: Array, gap: int = 1) -> Array:
    """Forbids pairs that are not in order."""
    return np.where(np.triu(np.ones(matrix.shape, bool), gap), matrix, NEVER)


def _near(reading: Reading, at: tuple[float, float] | None) -> Array:
    """A bonus for points near the place where the other side has this landmark."""
    if at is None:
        return np.zeros(len(reading.x))
    distance = np.hypot(reading.x - at[0], reading.y - at[1])
    return 0.9 * np.exp(-((distance / 0.25) ** 2))


def _hem(reading: Reading) -> Array:
    """(n, n) reward of the stretch from the armpit (row) to the hem corner (column), the corner's own included."""
    side, unit, b = reading.side, reading.unit, reading.between
    length = b.length / unit
    corner = 1.2 * ramp(side.turn(0.2 * unit), 20, 80) + 0.4 * ramp(side.turn(0.08 * unit), 20, 80)
    below = (side.points[:, 1].max() - side.points[:, 1]) / unit
    tail = np.clip(apart(side.heading(0.25 * unit, ahead=True), 180) - 40, 0, 60) / 60
    corner = corner - 1.2 * below - 0.6 * tail
    way = 0.5 * np.minimum(length, 1.2) - 1.5 * np.clip(apart(b.heading, 90) - 22, 0, 90) / 30
    return _later(way - 1.5 * b.bend / unit + corner[None], 3)


def sleeved(reading: Reading, hint: dict[str, tuple[float, float]] | None = None) -> Chain:
    """The best sleeved reading of a side."""
    hint = hint or {}
    side, unit = reading.side, reading.unit
    fine, coarse = side.turn(0.1 * unit), side.turn(0.22 * unit)
    corner = 0.6 * ramp(fine, 15, 70) + 0.6 * ramp(coarse, 20, 80)
    cuff, hems = _cuff(reading), _hem(reading) + _near(reading, hint.get("hem"))[None]
    end = cuff + (corner + _near(reading, hint.get("cuff_outer")))[:, None]
    armpit = 1.6 * ramp(-coarse, 20, 90) + 0.6 * ramp(-fine, 15, 70) + _near(reading, hint.get("armpit"))
    armpit = armpit - 2 * np.clip(0.45 - reading.x, 0, 1)
    hem = hems.max(axis=1)
    under = _underside(reading) + (corner + _near(reading, hint.get("cuff_inner")))[:, None]
    touching = _cuff(reading, open_sleeve=False) + end - cuff
    best = Chain(0, 1, 2, 3, NEVER)
    for a in np.flatnonzero(coarse < -15):
        # A cuff ends further out than the armpit; what does not is a neckline.
        outside = -2.5 * np.clip(reading.x[a] + 0.15 - reading.x, 0, 1)
        ends = end + outside[:, None]
        inner = (ends.max(axis=0) + under[:, a])[:a]
        i = int(inner.argmax()) if len(inner) else 0
        score = float(inner[i] if len(inner) else NEVER)
        closed = touching[:, a] + outside
        if float(closed.max()) + TOUCHING > score:
            i, score = int(a), float(closed.max()) + TOUCHING
        outer = int((closed if i == a else ends[:, i]).argmax())
        score += float(armpit[a] + hem[a])
        if score > best.score:
            best = Chain(outer, i, int(a), 0, score)
    last = int(hems[best.armpit].argmax())
    return Chain(best.cuff_outer, best.cuff_inner, best.armpit, last, best.score)


def _cuff(reading: Reading, *, open_sleeve: bool = True) -> Array:
    """(n, n) reward of the sleeve's end, from its outer corner (row) to its inner corner (column).

    A sleeve that is not open lies against the body: its end runs straight into the body's side.
    """
    side, unit, b = reading.side, reading.unit, reading.between
    length = b.length / unit
    arrive, leave = side.heading(0.3 * unit, ahead=False), side.heading(0.3 * unit, ahead=True)
    end = np.maximum(1.0 - (apart(b.heading, (arrive + 90)[:, None]) / 45) ** 2, -1.5)
    if open_sleeve:
        end = end + np.maximum(1.0 - (apart(leave[None], b.heading + 90) / 45) ** 2, -1.5)
    end = end - 6 * b.bend / np.maximum(b.length, 1e-6) - 2 * np.clip(0.14 - length, 0, 1) / 0.14
    end = end - 3.0 * np.clip(length - 0.85, 0, 2) - 2 * ramp(apart(arrive, 55), 65, 110)[:, None]
    return _later(end, 2)


def _underside(reading: Reading) -> Array:
    """(n, n) reward of the sleeve's underside, from the inner cuff corner (row) to the armpit (column)."""
    b = reading.between
    length = b.length / reading.unit
    under = 0.8 * np.minimum(length, 1.0) - np.clip(apart(b.heading, -125) - 55, 0, 90) / 30
    return _later(under - 2.5 * b.bend / reading.unit, 1)


def sleeveless(reading: Reading, hint: dict[str, tuple[float, float]] | None = None) -> Chain:
    """The best sleeveless reading of a side; `cuff_outer` is the shoulder tip, `cuff_inner` is -1."""
    hint = hint or {}
    side, unit, b = reading.side, reading.unit, reading.between
    length = b.length / unit
    fine, coarse = side.turn(0.1 * unit), side.turn(0.22 * unit)
    tip = 0.7 * ramp(fine, 15, 70) + 0.7 * ramp(coarse, 20, 80) + _near(reading, hint.get("cuff_outer"))
    tip = tip - 1.5 * (reading.y - reading.y.min())
    corner = 0.8 * ramp(coarse, 8, 45) + 0.5 * ramp(fine, 8, 35) + _near(reading, hint.get("armpit"))
    hole = (
        0.5
        - np.clip(apart(b.heading, 85) - 35, 0, 90) / 25
        - 2.0 * np.clip(b.bend / np.maximum(b.length, 1) - 0.14, 0, 1)
    )
    hole = hole - 4 * np.maximum(0, b.bulge / unit - 0.02)  # an armhole is cut in, a shoulder stands out
    hole = hole - 5 * np.clip(0.5 - length, 0, 1) - 1.2 * np.clip(length - 1.3, 0, 3)
    first = _later(hole + tip[:, None] + corner[None], 2)
    hem = _hem(reading) + _near(reading, hint.get("hem"))[None]
    total = first.max(axis=0) + hem.max(axis=1)
    a = int(total.argmax())
    return Chain(int(first[:, a].argmax()), -1, a, int(hem[a].argmax()), float(total[a]))
