"""Landmarks of a garment that somebody wears in its photo, from key points and the person parser's labels.

They are where the garment's own outline lies near the joints: shoulders next to the shoulder joints, cuffs where the
cloth ends along the arm, hems where it ends along the legs; at the neck, where cloth meets skin.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.landmarks import Points
from tryon.types import KEYPOINT, LABEL, Category, Mask, Person

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]

MEETS = 0.03  # of the shoulder distance: as near as cloth is to the skin that it meets
FRONT, SIDES = 0.25, 0.45  # shoulder distances from the middle within which a neckline's front and sides lie
BESIDE = 0.35  # of the distance between a neck's sides: as far beyond them a collar may stand
CLIFF = 0.3  # of that distance: how much higher than the cloth in front of the neck it does
PIT = 0.36  # shoulder distances below the shoulder joints where armpits lie
BARE = 10  # of the 40 places along an upper arm: as far as a top without sleeves covers it
UNEVEN = 0.75  # of the longer sleeve's places: where the other ends before, the longer one is none so far
DEEPEST = 0.9  # shoulder distances below the shoulder joints: no neckline reaches further down


class _Body:
    """Key points by side of the picture ("left": the left of the picture) and probes of the garment's outline."""

    def __init__(self, person: Person, alpha: Mask) -> None:
        self.solid = alpha > 127
        self.points = person.keypoints
        shoulders = self.points[[KEYPOINT["right_shoulder"], KEYPOINT["left_shoulder"]], 0]
        own = ("right", "left") if shoulders[0] <= shoulders[1] else ("left", "right")
        self.own = dict(zip(("left", "right"), own, strict=True))
        self.unit = max(8.0, float(abs(shoulders[1] - shoulders[0])))

    def joint(self, side: str, name: str) -> Array:
        return self.points[KEYPOINT[f"{self.own[side]}_{name}"], :2].astype(np.float64)

    def seen(self, side: str, name: str) -> bool:
        return bool(self.points[KEYPOINT[f"{self.own[side]}_{name}"], 2] > 0.08)

    def axes(self) -> tuple[Array, Array, Array]:
        """(2,) each: the middle between the shoulder joints, the way to the right across the trunk, the way down it."""
        neck = (self.joint("left", "shoulder") + self.joint("right", "shoulder")) / 2
        down = (self.joint("left", "hip") + self.joint("right", "hip")) / 2 - neck
        down = down / max(1.0, float(np.linalg.norm(down)))
        return neck, np.array([down[1], -down[0]]), down

    def inside(self, point: Array) -> bool:
        x, y = round(float(point[0])), round(float(point[1]))
        height, width = self.solid.shape
        return 0 <= x < width and 0 <= y < height and bool(self.solid[y, x])

    def walk(self, start: Array, direction: Array, reach: float) -> Array:
        """The last point inside the garment on the way from `start`; `start` itself when it lies outside."""
        unit = direction / max(1e-9, float(np.linalg.norm(direction)))
        last = start
        for distance in np.arange(0, reach, 1.0):
            point = start + distance * unit
            if self.inside(point):
                last = point
            elif distance > 0.05 * self.unit:
                break
        return last


def worn_landmarks(person: Person, alpha: Mask, category: Category) -> Points:
    """Landmarks of a worn garment in pixels of the photo, complete for the category."""
    body = _Body(person, alpha)
    if category == "bottom":
        return _worn_bottom(body)
    skin = np.isin(person.labels, [LABEL["neck"], LABEL["face"]])
    return {**_worn_top(body), **_worn_neck(body, skin)}


def _worn_top(body: _Body) -> Points:
    points: Points = {}
    neck, across, down = body.axes()
    hips = (body.joint("left", "hip") + body.joint("right", "hip")) / 2
    length = max(1.0, float(np.linalg.norm(hips - neck)))
    covered = [d for d in np.arange(0, 1.5 * length, 1.0) if body.inside(neck + d * down)] or [0.0]
    # A cropped top ends above the waist: what stands for it lies on the top.
    waist = min(0.62 * length, PIT * body.unit + 0.6 * max(0.0, covered[-1] - PIT * body.unit))
    arms = {side: _arm(body, side) for side in ("left", "right")}
    ends = {side: _run_end([i for i, point in enumerate(arm) if body.inside(point)]) for side, arm in arms.items()}
    # An arm that lies along the trunk looks covered to where it leaves it; both sleeves are of one length.
    shorter = min(ends.values())
    for side, sign in (("left", -1.0), ("right", 1.0)):
        out = sign * across
        _worn_shoulder(points, body, side, neck, out, down)
        _worn_sleeve(
            points, body, side, down, arms[side], shorter if BARE < shorter < UNEVEN * ends[side] else ends[side]
        )
        points[f"waist_{side}"] = _pair(body.walk(neck + waist * down, out, 0.9 * body.unit))
    points["neck_front"] = _pair(neck + covered[0] * down)
    _worn_hem(points, body, down, hips)
    return points


def _worn_shoulder(points: Points, body: _Body, side: str, neck: Array, out: Array, down: Array) -> None:
    joint = body.joint(side, "shoulder")
    tip = body.walk(joint + 0.05 * body.unit * down, out - 0.6 * down, 0.3 * body.unit)
    points[f"shoulder_{side}"] = _pair(tip)
    base = neck + 0.3 * body.unit * out
    for distance in np.arange(-0.3 * body.unit, 0.5 * body.unit, 1.0):
        if body.inside(base + distance * down):
            base = base + distance * down
            break
    points[f"neck_{side}"] = _pair(base)


def _worn_neck(body: _Body, skin: Array) -> Points:
    """Where cloth meets the neck's `skin` (h,w) bool: highest at its sides, lowest in front; nothing where it hardly
    does."""
    neck, out, down = body.axes()
    skin = _reaching_up(skin, body)
    reach = np.ones((2 * round(MEETS * body.unit) + 1,) * 2, np.uint8)
    y, x = np.nonzero(body.solid & (cv2.dilate(skin.astype(np.uint8), reach) > 0))
    places = np.stack([x, y], axis=1).astype(float)
    across, along = (places - neck) @ out / body.unit, (places - neck) @ down
    inner = (np.abs(across) < FRONT) & (along < DEEPEST * body.unit)
    if not inner.any():
        return {}
    lowest = inner & (along > along[inner].max() - MEETS * body.unit)  # a square neckline is level there
    front = float(across[lowest].mean())
    points: Points = {"neck_front": _pair(places[lowest].mean(axis=0))}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        off = (across - front) * sign
        beside = (off > 0.08) & (np.abs(across) < SIDES)  # beyond, it is an armhole that meets skin
        if not beside.any():
            return {}
        points[f"neck_{side}"] = _pair(places[int(np.where(beside, along, np.inf).argmin())])
    return points


def _reaching_up(skin: Array, body: _Body) -> Array:
    """Boolean (h,w): the parts of `skin` (h,w) bool that begin above the shoulder joints: below a cropped top a bare
    waist meets cloth too."""
    high = max(1, round(max(float(body.joint(side, "shoulder")[1]) for side in ("left", "right"))))
    _, index = cv2.connectedComponents(skin.astype(np.uint8))
    result: Array = skin & np.isin(index, np.unique(index[:high]))
    return result


def at_collar(points: Points, alpha: Mask) -> Points:
    """The `points` with the neck's sides where the cut-out `alpha` (h,w) stands up beside it: where collar, skin and
    hair meet, labels tell them only roughly apart."""
    left, right = (np.array(points[f"neck_{side}"]) for side in ("left", "right"))
    width = float(np.linalg.norm(right - left))
    moved = dict(points)
    for side, at, sign in (("left", left, -1), ("right", right, 1)):
        columns = np.rint(at[0] + sign * np.arange(0, BESIDE * width)).astype(int)
        columns = columns[(columns >= 0) & (columns < alpha.shape[1])]
        high = max(0, round(at[1] - 0.2 * width))
        solid = alpha[high : round(at[1] + 1.5 * width), columns] > 127
        if not len(columns) or not solid.any(axis=0).all():
            continue
        tops = high + solid.argmax(axis=0)
        peak = int(tops.argmin())
        if peak > 0 and tops[0] - tops[peak] > CLIFF * width:
            moved[f"neck_{side}"] = (float(columns[peak]), float(at[1]))
    return moved


def askew(points: Points) -> float:
    """How far the waist turns against the rows above and below it, px down per px across: a trunk bends evenly."""
    slopes = []
    for row in ("armpit", "waist", "hem"):
        (x0, y0), (x1, y1) = points[f"{row}_left"], points[f"{row}_right"]
        slopes.append((y1 - y0) / max(1.0, abs(x1 - x0)))
    return float(abs(slopes[1] - (slopes[0] + slopes[2]) / 2))


def _arm(body: _Body, side: str) -> list[Array]:
    """Places along an arm, 40 from its shoulder to the elbow and, where the wrist is seen, 40 from there to it."""
    shoulder, elbow, wrist = (body.joint(side, name) for name in ("shoulder", "elbow", "wrist"))
    path = [shoulder, elbow, wrist] if body.seen(side, "wrist") else [shoulder, elbow]
    return [a + t * (b - a) for a, b in pairwise(path) for t in np.linspace(0, 1, 40)]


def _worn_sleeve(points: Points, body: _Body, side: str, down: Array, samples: list[Array], end: int) -> None:
    """Armpit, cuff and elbow points of one side; the sleeve ends at that of the `samples` along its arm."""
    shoulder = body.joint(side, "shoulder")
    across = body.joint(_other(side), "shoulder") - shoulder
    armpit = shoulder + PIT * body.unit * down + 0.06 * across
    points[f"armpit_{side}"] = _pair(armpit)
    if end < BARE:
        points[f"cuff_{side}_outer"], points[f"cuff_{side}_inner"] = points[f"shoulder_{side}"], _pair(armpit)
        return
    outer, inner = _across(body, samples, end, side)
    beyond = float((np.array(inner) - armpit) @ across / (across @ across))
    if end < 40 and beyond > 0:  # a short sleeve that lies against the trunk ends before that
        inner = _pair(np.array(inner) - beyond * across)
    points[f"cuff_{side}_outer"], points[f"cuff_{side}_inner"] = outer, inner
    if end > 55:
        points[f"elbow_{side}_outer"], points[f"elbow_{side}_inner"] = _across(body, samples, 40, side)


def _run_end(covered: list[int]) -> int:
    """Last sample of the unbroken cover; gaps of up to six samples (hair, a strap) do not break it."""
    end = 0
    for i in covered:
        if i - end > 6:
            break
        end = i
    return end


def _across(body: _Body, samples: list[Array], at: int, side: str) -> tuple[Point, Point]:
    """The two edges of a side's sleeve across the arm at a sample, outer first: the one on the shoulder tip's hand all
    along the arm, also where a bent forearm has it below."""
    ahead, behind = samples[min(at + 3, len(samples) - 1)], samples[max(at - 3, 0)]
    along = (ahead - behind) / max(1e-9, float(np.linalg.norm(ahead - behind)))
    normal = np.array([along[1], -along[0]]) * (1 if side == "right" else -1)
    centre = samples[at]
    outer = body.walk(centre, normal, 0.3 * body.unit)
    half = float(np.linalg.norm(outer - centre))
    # Towards the trunk the cloth may not end; an arm is about as thick on either side of its bone.
    inner = body.walk(centre, -normal, min(0.3 * body.unit, max(1.25 * half, 0.1 * body.unit)))
    return _pair(outer), _pair(inner)


def _worn_hem(points: Points, body: _Body, down: Array, hips: Array) -> None:
    """Hem corners and middle: where the cloth ends below the trunk, arms left aside."""
    x0, x1 = (points[f"waist_{side}"][0] for side in ("left", "right"))
    widen = 0.25 * body.unit
    columns = np.arange(int(max(0, x0 - widen)), int(min(body.solid.shape[1], x1 + widen)))
    solid = _below(body.solid, (points["waist_left"], points["waist_right"]), columns)
    last = [np.flatnonzero(solid[:, x])[-1] for x in columns if solid[:, x].any()]
    low = float(np.percentile(last, 90)) if last else float(hips[1])
    row = round(low - 0.06 * body.unit)
    filled = np.flatnonzero(solid[int(np.clip(row, 0, solid.shape[0] - 1)), columns[0] : columns[-1] + 1])
    left, right = (columns[0] + filled[0], columns[0] + filled[-1]) if len(filled) else (x0, x1)
    for side, x in (("left", float(left)), ("right", float(right))):
        column = solid[:, int(np.clip(x + (2 if side == "left" else -2), 0, solid.shape[1] - 1))]
        bottom = np.flatnonzero(column)
        points[f"hem_{side}"] = (x, float(bottom[-1]) if len(bottom) else low)
    points["hem_front"] = ((float(left) + float(right)) / 2, low)


def _below(solid: Array, waist: tuple[Point, Point], columns: Array) -> Array:
    """Boolean (h,w): what of `solid` (h,w) bool hangs from the `waist`'s two ends within `columns`; sleeves that hang
    apart from it do not."""
    top, first = max(0, round((waist[0][1] + waist[1][1]) / 2)), int(columns[0])
    part = solid[top:, first : int(columns[-1]) + 1]
    if not part.size:
        return solid
    _, index = cv2.connectedComponents(part.astype(np.uint8))
    between = index[0, max(0, round(waist[0][0]) - first) : round(waist[1][0]) - first + 1]
    if not between.any():
        return solid
    found = np.zeros_like(solid)
    found[top:, first : int(columns[-1]) + 1] = index == np.bincount(between[between > 0]).argmax()
    return found


def _worn_bottom(body: _Body) -> Points:
    points: Points = {}
    rows = np.flatnonzero(body.solid.any(axis=1))
    top, low = (float(rows[0]), float(rows[-1])) if len(rows) else (0.0, 1.0)
    hips = (body.joint("left", "hip") + body.joint("right", "hip")) / 2
    knees = (body.joint("left", "knee") + body.joint("right", "knee")) / 2
    waist_y = min(top + 0.02 * (low - top) + 1, float(hips[1]))
    points["waist_left"], points["waist_right"] = _row(body, waist_y)
    points["hip_left"], points["hip_right"] = _row(body, max(waist_y + 2, float(hips[1])))
    crotch_y = float(hips[1] + 0.16 * (knees[1] - hips[1]))
    legs = _split(body, low, top)
    for side in ("left", "right"):
        _worn_leg(points, body, side, low, legs, float(hips[0]))
    if legs:
        gap = [y for y in range(round(crotch_y), round(low)) if not body.solid[y, round(float(hips[0]))]]
        near = gap and gap[0] < crotch_y + 0.35 * (knees[1] - hips[1])
        points["crotch"] = (float(hips[0]), float(gap[0]) if near else crotch_y)
    return points


def _worn_leg(points: Points, body: _Body, side: str, low: float, legs: bool, middle: float) -> None:
    if not legs:
        left, right = _row(body, low - 0.04 * body.unit)
        points[f"hem_{side}_outer"] = left if side == "left" else right
        points[f"hem_{side}_inner"] = ((left[0] + right[0]) / 2, low)
        return
    hip, knee, ankle = (body.joint(side, name) for name in ("hip", "knee", "ankle"))
    path = [hip, knee, ankle] if body.seen(side, "ankle") else [hip, knee]
    samples = [a + t * (b - a) for a, b in pairwise(path) for t in np.linspace(0, 1, 40)]
    end = _run_end([i for i, point in enumerate(samples) if body.inside(point)])
    for name, at in (("hem", max(end, 8)), ("knee", 40)):
        if name == "knee" and end < 48:
            continue
        y = float(samples[at][1])
        out = np.array([-1.0 if side == "left" else 1.0, 0.0])
        reach = 0.45 * body.unit
        points[f"{name}_{side}_outer"] = _pair(body.walk(samples[at], out, reach))
        inner = body.walk(samples[at], -out, reach)
        points[f"{name}_{side}_inner"] = (float(inner[0]), y)


def _split(body: _Body, low: float, top: float) -> bool:
    """Whether the lower part hangs in two pieces."""
    row = body.solid[int(np.clip(low - 0.12 * (low - top), 0, body.solid.shape[0] - 1))]
    filled = np.flatnonzero(row)
    return len(filled) > 4 and int(np.diff(filled).max()) > max(3, 0.03 * body.unit)


def _row(body: _Body, y: float) -> tuple[Point, Point]:
    filled = np.flatnonzero(body.solid[int(np.clip(round(y), 0, body.solid.shape[0] - 1))])
    if not len(filled):
        columns = np.flatnonzero(body.solid.any(axis=0))
        return (float(columns[0]), y), (float(columns[-1]), y)
    return (float(filled[0]), y), (float(filled[-1]), y)


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


def _pair(point: Array) -> Point:
    return float(point[0]), float(point[1])
