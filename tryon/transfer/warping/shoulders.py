"""The outline of bare shoulders: from the neck over the shoulder's muscle into the arm, as far as the photo tells."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, grow, ramp, shrink
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.reading import Regions

# From the neck's foot to the outer end of the collarbone: shares of the way to the shoulder joint, and heights above
# it in shoulder distances. After the line of relaxed adult shoulders from the front: hollow at the neck, then straight.
SHARES = np.array([0.32, 0.40, 0.55, 0.70, 0.85, 0.98])
RISE = np.array([0.455, 0.365, 0.285, 0.240, 0.205, 0.165])
LEAN = 0.08  # shoulder distances by which the line may be lifted or lowered as a whole, and at its end
CLOTH = 0.022  # shoulder distances: how thick cloth lies on a shoulder, or stands off it
MUSCLE = 0.30  # of the arm's length: where the shoulder's muscle runs out
SLACK = 0.035  # shoulder distances that a sleeve mostly stands off
ROUND = 0.03  # shoulder distances over which the edge of cloth on shoulders is evened
TIGHT = 1.12  # of an arm's width: sleeves that are no wider
TURNED, TURNS = 0.26, 0.036  # light that straps lose where they turn over them; shoulder distances over which they do
THICK = 0.005  # shoulder distances that straps and sleeveless shoulders stand above bare skin
NEAR = 1.5  # px: as near an outline and the labels' edge may be beside each other
BENT = 0.08  # shoulder distances over which an outline is led inwards
SLIVERS = 0.35  # shoulder distances from the shoulder line, as far as slivers of shoulders are looked for
NARROW = 0.015  # shoulder distances: half as wide as they may be
LAST = 0.62  # of the arm's length: as far down as an outline is drawn


def bare_outlines(body: Body, regions: Regions) -> Mapping[Side, Array]:
    """(n,2) per side: outline of the bare figure from beside the neck to below the elbow, px. Where skin is seen it
    is that; cloth only tells how far out it can be. A side with a raised arm, or one that is not seen, is left out."""
    result: dict[Side, Array] = {}
    for side in SIDES:
        arm = body.arms[side]
        if arm.seen and hangs(arm, body):
            result[side] = _outline(body, regions, side)
    return result


def hangs(arm: Limb, body: Body) -> bool:
    """Whether the upper arm goes down, more or less."""
    way = arm.at(MUSCLE * float(arm.arc[-1]))[0] - arm.points[0]
    return bool(way @ body.down > 0.6 * np.linalg.norm(way))


def _outline(body: Body, regions: Regions, side: Side) -> Array:
    top = _over_shoulder(body, regions, side)
    arm = _down_arm(body, regions, side)
    first, last = top[-1] - top[-2], arm[1] - arm[0]
    reach = 1.15 * float(np.linalg.norm(arm[0] - top[-1]))
    muscle = hermite(top[-1], arm[0], _unit(first) * reach, _unit(last) * reach)
    line = _on_skin(np.concatenate([top[:-1], muscle, arm[1:]]), body, regions, side)
    return _under_cloth(line, body, regions, side)


def _outward(line: Array, side: Side) -> Array:
    """(n,2) unit vectors away from the body at the points of an outline (n,2)."""
    way = np.gradient(line, axis=0)
    out = np.stack([way[:, 1], -way[:, 0]], axis=1) * (1 if side == "right" else -1)
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6))


def _under_cloth(line: Array, body: Body, regions: Regions, side: Side) -> Array:
    """The outline moved inwards where it would stand out of the figure that is seen, in one curve: where that cuts it
    off, there is a corner."""
    out = _outward(line, side)
    steps = np.arange(-0.16 * body.unit, 1.0, 1.0)
    x, y = _pixels((line[:, None] + out[:, None] * steps[None, :, None]).reshape(-1, 2), regions.person.shape)
    solid = regions.person[y, x].reshape(len(line), len(steps))
    last = solid.shape[1] - 1 - np.argmax(solid[:, ::-1], axis=1)
    over = np.where(solid.any(axis=1), np.maximum(-steps[last] - NEAR, 0.0), 0.0)
    over[: np.searchsorted(SHARES, 0.5)] = 0.0  # the neck's foot
    if not over.any():
        return line
    off = np.linalg.norm(line[:, None] - line[None], axis=2) / (BENT * body.unit)
    shift = (np.exp(-(off**2)) * over).max(axis=1)
    return np.asarray(line - out * shift[:, None])


def _on_skin(line: Array, body: Body, regions: Regions, side: Side) -> Array:
    """The outline moved to where bare skin ends before the background, going over into itself beside cloth."""
    out = _outward(line, side)
    steps = np.arange(-0.10 * body.unit, 0.14 * body.unit, 1.0)
    x, y = _pixels((line[:, None] + out[:, None] * steps[None, :, None]).reshape(-1, 2), regions.skin.shape)
    shape = (len(line), len(steps))
    skin, person = regions.skin[y, x].reshape(shape), regions.person[y, x].reshape(shape)
    # Between background outside and bare skin inside; neck and head stand further up.
    last = shape[1] - 1 - np.argmax(skin[:, ::-1], axis=1)
    beyond = np.minimum(last + 3, shape[1] - 1)
    rows = np.arange(shape[0])
    told = skin.any(axis=1) & (last < shape[1] - 4) & ~person[rows, beyond] & skin[rows, np.maximum(last - 3, 0)]
    told &= skin[:, 0] | (last > shape[1] // 3)
    told[: np.searchsorted(SHARES, 0.5)] = False
    if not told.any():
        return line
    known = np.flatnonzero(told)
    away = np.abs(rows[:, None] - known).min(axis=1)
    # A strap's end is labelled cloth where it goes over the shoulder: skin ends in the middle of that.
    covered = np.stack([person[rows, np.minimum(last + more, shape[1] - 1)] for more in (1, 2)]).sum(axis=0)
    edge = steps[last] + 1.0 + 0.5 * covered
    shift = np.interp(rows, known, edge[known]) * np.exp(-((away / 5.0) ** 2))
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    shift = np.convolve(np.pad(shift, 2, mode="edge"), kernel, mode="valid")
    return np.asarray(line + out * shift[:, None])


def _unit(vector: Array) -> Array:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6))


def hermite(start: Array, end: Array, leaving: Array, arriving: Array, count: int = 16) -> Array:
    """(count,2) cubic curve between two points with the given tangents there."""
    t = np.linspace(0, 1, count)[:, None]
    a, b = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    return np.asarray(a * start + b * leaving + (1 - a) * end + (t**3 - t**2) * arriving)


def _over_shoulder(body: Body, regions: Regions, side: Side) -> Array:
    """(n,2) from the neck to the outer end of the shoulder: the usual line, leaning as this person's does."""
    sign = -1 if side == "left" else 1
    joint = body.coordinates(body.arms[side].points[0])
    across, lower = SHARES * abs(float(joint[0])) * sign, SHARES * float(joint[1])
    rise = RISE * body.unit
    seen, bare = np.zeros(len(SHARES)), np.zeros(len(SHARES), bool)
    solid = regions.person & ~(regions.hair | regions.face | regions.held)
    for i in range(len(SHARES)):
        seen[i], bare[i] = _top(solid, regions.skin, body, float(across[i]), float(lower[i]))
    off = np.where(bare, seen, seen - CLOTH * body.unit) - rise
    told = (np.abs(off) < np.where(bare, 0.2, 0.12) * body.unit) & (SHARES > 0.5)  # nearer it is the neck that goes up
    if told.any():
        weight = np.where(bare, 3.0, 1.0) * told
        lean = np.polyfit(SHARES, off, min(1, int(told.sum()) - 1), w=weight)
        rise = rise + np.clip(np.polyval(lean, SHARES), -LEAN * body.unit, LEAN * body.unit)
    return np.asarray(body.place(across, lower - rise))


def _top(solid: Array, skin: Array, body: Body, across: float, along: float) -> tuple[float, bool]:
    """How far the figure goes up from a place, px, and whether it is bare there."""
    steps = np.arange(0.0, 0.7 * body.unit, 1.0)
    x, y = _pixels(body.place(np.full(len(steps), across), along - steps), solid.shape)
    outside = np.flatnonzero(~solid[y, x])
    last = int(outside[0]) if len(outside) else len(steps) - 1
    inner = slice(max(0, last - 6), max(1, last - 1))
    return float(steps[last]), bool(skin[y[inner], x[inner]].mean() > 0.5)


def _pixels(points: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Columns and rows (n,) of the pixels at points (n,2)."""
    place = np.rint(points).astype(int)
    return np.clip(place[:, 0], 0, shape[1] - 1), np.clip(place[:, 1], 0, shape[0] - 1)


def _down_arm(body: Body, regions: Regions, side: Side) -> Array:
    """(n,2) the arm's outer edge from the muscle's end, or from where it is bare further up, to below the elbow."""
    arm, sign = body.arms[side], -1 if side == "left" else 1
    length = float(arm.arc[-1])
    at = np.arange(0.12, LAST + 0.001, 0.04)
    usual, measured = np.zeros(len(at)), np.full(len(at), np.nan)
    points, normals = np.zeros((len(at), 2)), np.zeros((len(at), 2))
    for i, share in enumerate(at):
        points[i], direction, half = arm.at(float(share) * length)
        normal = np.array([-direction[1], direction[0]])
        normals[i] = normal if normal @ body.side * sign > 0 else -normal
        usual[i] = half
        measured[i] = _edge(regions, points[i], normals[i], half)
    bare = np.isfinite(measured)
    # A lone row is a scrap of label; from the hem on every row is bare.
    bare &= np.convolve(np.pad(bare, 1, mode="edge"), np.ones(3), mode="valid") >= 2
    out = usual.copy()
    if bare.any():
        known = np.flatnonzero(bare)
        ratio = np.interp(at, at[known], (measured / usual)[known])
        out = np.where(bare, np.nan_to_num(measured), usual * ratio)
        first = int(known[0])
    else:
        slack = CLOTH if lies_close(regions, points, normals, usual) else SLACK
        out -= slack * body.unit * np.clip((LAST - at) / (LAST - MUSCLE), 0, 1)
        first = len(at)
    begin = min(first, int(np.searchsorted(at, MUSCLE)))
    line = points[begin:] + normals[begin:] * out[begin:, None]
    middle = line.copy()  # rows of labels are stairs
    middle[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    return middle


def lies_close(regions: Regions, points: Array, normals: Array, half: Array) -> bool:
    """Whether a sleeve lies close around an arm: both its edges are seen, no further apart than the arm is wide."""
    steps = np.arange(0.0, 1.3 * float(half.max()), 1.0)
    ends = []
    for sign in (-1, 1):
        x, y = _pixels((points[:, None] + sign * normals[:, None] * steps[None, :, None]).reshape(-1, 2),
                       regions.person.shape)  # fmt: skip
        outside = ~regions.person[y, x].reshape(len(points), len(steps))
        ends.append(np.where(outside.any(axis=1), np.argmax(outside, axis=1), np.nan))
    wide = (ends[0] + ends[1]) / (2 * half)
    known = np.isfinite(wide)
    return bool(known.sum() >= 3 and np.median(wide[known]) < TIGHT)


def _edge(regions: Regions, point: Array, normal: Array, half: float) -> float:
    """How far out bare skin goes from an arm's middle, px; NaN where it is not bare."""
    steps = np.arange(0.0, 2.2 * half, 1.0)
    x, y = _pixels(point + normal * steps[:, None], regions.skin.shape)
    bare = regions.skin[y, x]
    inside = bare[: max(2, int(1.6 * half))]
    if inside.mean() < 0.12:
        return float("nan")
    last = int(np.flatnonzero(inside)[-1])
    beyond = min(last + 3, len(steps) - 1)
    cloth = regions.upper[y[beyond], x[beyond]]
    if cloth or not bare[max(0, last - 4) : last].all():
        return float("nan")
    soft = regions.outline[y, x][last : last + 5]  # labels end a little before the figure does
    return float(steps[last]) + float(soft.sum()) - 0.5


def drawn(body: Body, outlines: Mapping[Side, Array], size: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Three (h,w) float32 0..1: arms up to their outlines, chest and shoulders up to them, what lies outside."""
    planes = [np.zeros(size, np.uint8) for _ in range(3)]
    middle = body.place(0.0, np.array([-0.45 * body.unit, 0.2 * body.trunk]))
    for side, line in outlines.items():
        arm = body.arms[side]
        axis = np.array([arm.at(float(share) * float(arm.arc[-1]))[0] for share in np.arange(LAST, 0.05, -0.06)])
        first = len(SHARES) + 4  # from the top of the muscle on it is the arm's
        away = body.side * (-1 if side == "left" else 1)
        beyond, way, half = arm.at((LAST + 0.15) * float(arm.arc[-1]))
        normal = np.array([-way[1], way[0]]) * (1 if np.array([-way[1], way[0]]) @ away > 0 else -1)
        edge = np.concatenate([line, (beyond + 1.25 * half * normal)[None]])  # it leaves the limb without a step
        far = edge + 0.6 * body.unit * (away - 0.4 * body.down)
        for plane, polygon in zip(
            planes,
            (
                np.concatenate([line[first:], axis]),
                np.concatenate([line[: len(SHARES) + 15], axis[-5:], middle[::-1]]),
                np.concatenate([edge, far[::-1]]),
            ),
            strict=True,
        ):
            cv2.fillPoly(plane, [np.rint(polygon * 8).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=3)
    arms, chest, outer = (plane.astype(np.float32) / 255 for plane in planes)
    return arms, chest, outer


def slivers(body: Body, bare: Array, worn: Array, wall: Array) -> Array:
    """Boolean (h,w): strips of bare shoulder, `bare` (h,w) bool, that stand out narrowly between cloth that lies on it,
    `worn` (h,w) bool, and the `wall` (h,w) bool: cloth ends where the shoulder does."""
    result = np.zeros(bare.shape, bool)
    rows = bounds(np.abs(body.along(bare.shape)) < SLIVERS * body.unit)
    thin = NARROW * body.unit
    beside = bare[rows] & ~worn[rows]
    near = beside & grow(worn[rows], 2 * thin) & grow(wall[rows], 2 * thin)
    if near.any():
        result[rows] = near & ~grow(shrink(beside, thin), 1.5 * thin)
    return result


def above_shoulders(body: Body, regions: Regions, trunk: Array, stands: float = THICK) -> Array:
    """(h,w) 0..1: over the bare shoulders, where straps go down behind them. `stands`: shoulder distances that cloth
    does above bare skin."""
    rows, away = off_shoulders_edge(body, regions, trunk)
    high = ramp(body.along(regions.person.shape), 0.10 * body.unit, 0.0)
    high[rows] *= ramp(away, stands * body.unit, stands * body.unit + 1.5)
    return high


def over_shoulders_light(body: Body, regions: Regions, trunk: Array) -> Array:
    """(h,w) factor up to 1 on straps: where they turn over the shoulders they get less light."""
    rows, away = off_shoulders_edge(body, regions, trunk)
    light = np.ones(regions.person.shape, np.float32)
    light[rows] -= TURNED * ramp(away, -TURNS * body.unit, 0.0) ** 2
    return light


def off_shoulders_edge(body: Body, regions: Regions, trunk: Array) -> tuple[tuple[slice, slice], Array]:
    """The window down to below the shoulders, and (n,w) px that its pixels are outside of their evened edge; negative
    inside. `trunk` (h,w) 0..1: the bare figure's."""
    rows = bounds(body.along(regions.person.shape) < 0.10 * body.unit)
    bare = (trunk[rows] > 0.5) | (regions.skin | regions.face | regions.hair)[rows]
    # Labels have stairs, shoulders none. How far a pixel is from the evened edge, its blur tells to less than a pixel.
    even = blur(bare.astype(np.float32), ROUND * body.unit)
    return rows, (0.5 - even) * np.float32(math.sqrt(2 * math.pi) * ROUND * body.unit)
