"""Where the top ends and the bottom begins: a line that tilts and bends with the hips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import SAG, Regions

REACH = 0.25  # shoulder distances up and down in which the line is looked for
COLUMNS = 21
LOW = 0.80  # of the trunk: waistbands sit above that, so a top that ends below it hangs over one
FORK = 0.42  # shoulder distances below the hip joints: legs that part above that do it at the crotch
PARTED = 0.02  # shoulder distances: as wide is a gap that is one


@dataclass(frozen=True, kw_only=True)
class Waistline:
    """A parabola across the trunk, px."""

    along: float  # down the trunk's axis, in the middle
    middle: float  # across, where the middle is
    tilt: float  # px down per px to the right
    bend: float  # px down per square px away from the middle; negative: lower in the middle than at the sides
    ends: Mapping[Side, float] = field(default_factory=dict)  # px to both sides where the bottom ends, if seen
    covered: float = 0.0  # how far above it the top's hem lies where that covers it
    hem: Hem | None = None  # of a top that hangs over it
    reach: float = np.inf  # px to both sides of the middle over which it is told: beyond that it goes on straight

    def at(self, across: float | Array) -> Array:
        """Px along the trunk at px across it."""
        off = np.asarray(across) - self.middle
        result: Array = self.along + self.tilt * off + self.bend * np.clip(off, -self.reach, self.reach) ** 2
        return result


@dataclass(frozen=True, kw_only=True)
class Hem:
    """Where a top ends that hangs over the waistband, px of the trunk's frame."""

    along: float  # down the trunk
    left: float  # across: its left end, infinite where it is not seen
    right: float


def seen_waist(body: Body, regions: Regions, lowest: float = 1.0) -> float | None:
    """Where, px along the trunk, the top ends and the bottom begins; None where the photo does not show it.

    Looked for down to `lowest` trunk lengths: beyond 1 the top hangs over the waistband.
    """
    for along in np.linspace(0.5, lowest, round(80 * lowest) - 40) * body.trunk:
        _, _, middle = body.half_width(float(along))
        points = np.rint(body.place(middle + np.linspace(-0.15, 0.15, 9) * body.unit, np.full(9, along))).astype(int)
        x = np.clip(points[:, 0], 0, regions.person.shape[1] - 1)
        y = np.clip(points[:, 1], 0, regions.person.shape[0] - 1)
        if regions.lower[y, x].mean() > 0.7:
            return float(along)
    return None


def hanging_hem(body: Body, regions: Regions) -> Hem | None:
    """The hem of a top that hangs over the waistband; None of one that ends at the waist and leaves the hips free."""
    along = seen_waist(body, regions, lowest=1.6)
    if along is None:
        return None
    line = waistline(body, regions, along)
    if not ((regions.lower & regions.one_piece).any() or hides_waistband(line, body, regions)):
        return None
    shape = regions.person.shape
    across = body.across(shape)
    level = body.along(shape) - line.at(across)
    edge = regions.upper & ~regions.arms & (np.abs(level + 0.06 * body.unit) < 0.03 * body.unit)
    left, right = np.percentile(across[edge], (1, 99)) if edge.sum() >= 8 else (-np.inf, np.inf)
    return Hem(along=along, left=float(left), right=float(right))


def fork_of(body: Body, regions: Regions) -> float | None:
    """Where, px along the trunk, the legs of trousers or shorts in the photo part; None where that is not seen, or
    lower than crotches are: legs that touch part below them."""
    rows = np.arange(0.9 * body.trunk, body.trunk + FORK * body.unit, 2.0)
    ends = []
    for leg in body.legs.values():
        down = np.maximum.accumulate(body.coordinates(leg.points)[:, 1])
        ends.append(np.stack([np.interp(rows, down, leg.points[:, k]) for k in range(2)], axis=1))
    share = np.linspace(0, 1, 31)[None, :, None]
    points = np.rint(ends[0][:, None] * (1 - share) + ends[1][:, None] * share).astype(int)
    x, y = np.moveaxis(points, -1, 0)
    inside = ((x >= 0) & (x < regions.person.shape[1]) & (y >= 0) & (y < regions.person.shape[0])).all(axis=1)
    x, y = x.clip(0, regions.person.shape[1] - 1), y.clip(0, regions.person.shape[0] - 1)
    wide = (~regions.person[y, x]).mean(axis=1) * np.linalg.norm(ends[1] - ends[0], axis=1)
    parted = inside & regions.lower[y, x][:, [0, -1]].all(axis=1) & (wide > PARTED * body.unit)
    return float(rows[parted.argmax()]) if parted.any() else None


def hides_waistband(line: Waistline, body: Body, regions: Regions) -> bool:
    """Whether a top ends so low at a `line` that it hides the waistband, and is not worn in it."""
    if line.along < LOW * body.trunk:
        return False
    across = line.middle + np.linspace(-0.3, 0.3, COLUMNS) * body.unit
    x, y = np.rint(body.place(across, line.at(across) - 0.04 * body.unit)).astype(int).T
    return bool(regions.upper[y.clip(0, len(regions.upper) - 1), x.clip(0, regions.upper.shape[1] - 1)].mean() > 0.6)


def level_line(body: Body, along: float) -> Waistline:
    """The line of a waistband that the photo does not show: a little lower in front."""
    left, right, middle = body.half_width(along)
    half = (left + right) / 2
    return Waistline(along=along, middle=middle, tilt=0.0, bend=-SAG * body.unit / half**2)


def waistline(body: Body, regions: Regions, seen: float) -> Waistline:
    """The upper edge of what covers the hips, followed over its width from where it was `seen` in the middle."""
    left, right, middle = body.half_width(seen)
    half = (left + right) / 2
    straight = Waistline(along=seen, middle=middle, tilt=0.0, bend=0.0)
    off = np.linspace(-0.9, 0.9, COLUMNS) * half
    reach = REACH * body.unit
    steps = np.arange(-reach, reach)
    points = np.rint(body.place(middle + off[None], seen + steps[:, None])).astype(int)
    height, width = regions.lower.shape
    inside = (points[..., 0] >= 0) & (points[..., 0] < width) & (points[..., 1] >= 0) & (points[..., 1] < height)
    x, y = np.clip(points[..., 0], 0, width - 1), np.clip(points[..., 1], 0, height - 1)
    lower = regions.lower[y, x] & inside
    first = lower.argmax(axis=0)
    columns = np.arange(COLUMNS)
    above = (np.maximum(first - 3, 0), columns)
    arm = (regions.arms & ~regions.upper) | regions.hands
    known = (first > 3) & inside[first, columns] & ~arm[y, x][above]
    if known.sum() < 7 or np.ptp(off[known]) < half:
        return straight
    edge = steps[first].astype(float)
    fit, kept = np.zeros(3), known
    for _ in range(3):  # a fold or a pocket's hand is not the line
        fit = np.polyfit(off[kept], edge[kept], 2)
        away = np.abs(np.polyval(fit, off) - edge)
        kept = known & (away <= max(2.0, 2.0 * float(np.median(away[known]))))
        if kept.sum() < 7:
            return straight
    bend = float(np.clip(fit[0], -0.15 * body.unit / half**2, 0.10 * body.unit / half**2))
    tilt = float(np.clip(fit[1], -0.25, 0.25))
    middle_edge = float(np.median(edge[kept] - bend * off[kept] ** 2 - tilt * off[kept]))
    over = known & regions.upper[y, x][above]
    above_line = middle_edge + tilt * off + bend * off**2 - edge
    covered = min(max(0.0, float(np.percentile(above_line[over], 95))), 0.04 * body.unit) if over.any() else 0.0
    told = float(np.abs(off[kept]).max())
    line = Waistline(along=seen + middle_edge, middle=middle, tilt=tilt, bend=bend, covered=covered, reach=told)
    return replace(line, ends=_ends(line, body, regions))


def _ends(line: Waistline, body: Body, regions: Regions) -> dict[Side, float]:
    """How far, px, what is worn below the line goes to both sides of its middle, where no arm hides that."""
    found: dict[Side, float] = {}
    height, width = regions.lower.shape
    arm = regions.arms | regions.hands | regions.held
    for side, sign, half in zip(SIDES, (-1, 1), body.half_width(line.along)[:2], strict=True):
        off = np.arange(0.4 * half, 1.4 * half, 0.5)
        across = line.middle + sign * off
        x, y = np.rint(body.place(across, line.at(across) + 0.03 * body.unit)).astype(int).T
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
        out = np.flatnonzero(~(regions.lower[y, x] & inside))
        if len(out) and inside[out[0]] and not arm[y, x][out[0] : out[0] + 4].any():
            found[side] = float(np.clip(off[out[0]], 0.7 * half, 1.05 * half))
    return found
