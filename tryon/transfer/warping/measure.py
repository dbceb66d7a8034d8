"""How large the garment is on this body: its own proportions, measured on its landmarks and its cut-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body
from tryon.types import Garment

# Width over the shoulders where set-in sleeves begin, and over the chest below the arms, in shoulder distances.
SHOULDERS = 1.17
CHEST = 0.98
SHOULDER = -0.30  # shoulder distances along the trunk: where shoulder seams begin at the neck
TAPERED = 0.96  # of its width over the chest: a hem that is narrower
# Half a neckline's width, shoulder distances: wider ones lie spread in the catalogue and draw in on a body, whose
# shoulders take their corners to the back; those of tops that leave the shoulders bare begin and are all between the
# other two.
WIDE_NECK = (0.30, 0.50, 0.58)
DRAWN_IN = 0.45  # of what they are wider, that they are when worn
USUAL_NECK = 1.85  # widths of its neck that a usual top is wide over the chest
USUAL_LENGTH = 2.1  # widths over its chest that it is long
# Measured on the tops among our trial photos: fitted ones widen from the waist to the hem by 1.10 to 1.29, boxy ones by
# 0.88 to 1.0.
STRAIGHT = (1.02, 1.10)  # width of a top's hem in its waist's: from straight to shaped
ROOMY = 0.7  # power of what is wider than both, that a top is worn larger
ROOMIEST = 1.4
BREADTH = 0.64  # shoulder distance of an average figure as a share of its trunk
# How far down the trunk (shoulder line 0, hip joints 1) the hem of each length class may end.
HEM_RANGE: Mapping[str, tuple[float, float]] = {
    "cropped": (0.45, 0.92),
    "hip": (0.92, 1.32),
    "thigh": (1.2, 1.75),
    "knee": (1.6, 2.15),
    "calf": (1.95, 2.65),
    "ankle": (2.4, 3.05),
}


def landmarks(garment: Garment) -> dict[str, Array]:
    """Landmarks as float arrays."""
    return {name: np.asarray(xy, float) for name, xy in garment.landmarks.items()}


def distance(points: Mapping[str, Array], a: str, b: str) -> float:
    return float(np.linalg.norm(points[a] - points[b]))


def top_scale(garment: Garment, body: Body) -> float:
    """Working pixels per pixel of the garment's picture for a top or a dress."""
    points = landmarks(garment)
    chest = CHEST * body.unit / max(distance(points, "armpit_left", "armpit_right"), 1.0)
    if garment.sleeves == "none":
        return chest if close_fitting(garment) else 1.10 * chest
    shoulders = distance(points, "shoulder_left", "shoulder_right")
    by_shoulders = SHOULDERS * body.unit / max(shoulders, 1.0)
    # A dropped shoulder seam shows in a neck that is narrow beside it: then the garment is worn larger.
    if garment.neckline in ("crew", "collar", "high", "v"):
        neck = distance(points, "neck_left", "neck_right")
        roomy = np.clip(0.40 * shoulders / max(neck, 1.0), 1.0, 1.35) ** 0.4
        by_shoulders *= float(roomy)
    # It must close around the chest, as loosely as it is cut, and is not worn as a tent.
    return float(np.clip(by_shoulders, chest * roominess(garment), 1.75 * chest))


def roominess(garment: Garment) -> float:
    """How many times as wide as usual a top with sleeves is cut over the chest, 1 or more: beside its neck, which is as
    wide as necks are, and beside its length, as far as it hangs straight. One that is cut to a figure, however it lies
    in the photo, widens from the waist to the hips."""
    if garment.category != "top" or garment.worn or garment.neckline not in ("crew", "collar"):
        return 1.0
    points = landmarks(garment)
    chest, waist, hem = (distance(points, f"{name}_left", f"{name}_right") for name in ("armpit", "waist", "hem"))
    neck = distance(points, "neck_left", "neck_right")
    length = sum(distance(points, f"neck_{side}", f"hem_{side}") for side in SIDES) / 2
    straight = float(np.interp(hem / max(waist, 1.0), STRAIGHT, (1.0, 0.0)))
    wide = chest / max(USUAL_NECK * neck, 1.0) * USUAL_LENGTH * chest / max(length, 1.0)
    return float(np.clip(wide ** (ROOMY * straight), 1.0, ROOMIEST))


def worn_neck(half: float) -> float:
    """Half the distance between a neckline's corners when worn, of what it is laid flat, both in shoulder distances."""
    drawn = WIDE_NECK[0] + DRAWN_IN * (half - WIDE_NECK[0])
    off = float(np.clip((half - WIDE_NECK[1]) / (WIDE_NECK[2] - WIDE_NECK[1]), 0, 1))
    return half if half <= WIDE_NECK[0] else drawn + off * (half - drawn)


def close_fitting(garment: Garment) -> bool:
    """Whether it is cut to the body: a short top without sleeves that tapers from the chest to the waist."""
    points = landmarks(garment)
    if garment.category != "top" or garment.sleeves != "none" or garment.length != "cropped":
        return False
    return distance(points, "hem_left", "hem_right") < TAPERED * distance(points, "armpit_left", "armpit_right")


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """Working pixels per pixel of the garment's picture, and how much more of it lengthwise."""

    scale: float
    stretch: float


def top_sizing(garment: Garment, body: Body) -> Sizing:
    """How large a top or a dress is worn.

    The width in the photo tells the size badly (flat or on a dummy, armpits in folds), which shows most in the
    length. So where the hem would fall is drawn towards where hems of its kind fall, half by size, half by length.
    Shoulders that measure broad for the trunk (a turned or bent trunk, arms held out) do not make a top longer.
    """
    points = landmarks(garment)
    scale = top_scale(garment, body)
    top = (points["neck_left"][1] + points["neck_right"][1]) / 2
    length = float((points["hem_left"][1] + points["hem_right"][1]) / 2 - top) * scale
    start = (-1.02 if garment.neckline == "strapless" else SHOULDER) * body.unit
    broad = 1.0 if garment.category == "dress" else min(1.0, (BREADTH * body.trunk / body.unit) ** 0.5)
    natural = (start + length * broad) / body.trunk
    wanted = 0.95 + (natural - 0.95) * (0.85 if garment.category == "dress" else 0.6) if natural > 0.95 else natural
    factor = float(np.clip((wanted * body.trunk - start) / max(length, 1.0), 0.75, 1.2))
    return Sizing(scale=scale * factor**0.5, stretch=factor**0.5)


def hem_along(garment: Garment, body: Body, sizing: Sizing) -> float:
    """About where along the trunk, px, a top's hem will lie."""
    points = landmarks(garment)
    length = sum(float(points[f"hem_{side}"][1] - points[f"neck_{side}"][1]) for side in SIDES) / 2
    return SHOULDER * body.unit + length * sizing.scale * sizing.stretch


def worn_ratio(flat: float | Array) -> Array:
    """Width seen on the body over the body's own, from the flat width over the body's own.

    Flat cloth is half the way around; a body is an ellipse of about 1.3 half circumferences per width, so a
    width up to about 1.35 goes around without standing off. What is more hangs beside the body, partly in folds.
    """
    flat = np.asarray(flat, float)
    result: Array = np.interp(flat, [0.0, 1.0, 1.35, 2.0, 4.5], [1.02, 1.03, 1.15, 1.55, 3.3])
    return result


def wrap(count: int, ratio: float, middle: float) -> Array:
    """Positions across the body of `count` evenly spaced positions -1..1 across the flat cloth, in flat half widths.

    Cloth around a body turns away towards its edges. In the middle it keeps the scale `middle`, the same in every
    row, so that prints stay unbent; at the edges it ends at `ratio`, the width seen over the flat one. A cubic in
    between, rising everywhere as long as middle < 1.5 * ratio.
    """
    even = np.linspace(-1, 1, count)
    result: Array = middle * even + (ratio - middle) * even**3
    return result


def middle_scale(ratios: Array) -> float:
    """The scale across the middle that all rows can have: 1 where the body is wide enough, else as much as fits."""
    return float(min(1.0, 1.38 * np.min(ratios)))


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Where the garment's trunk part has its edges: (n,2) left and right points, from the armpits to the hem."""

    left: Array
    right: Array


def trunk_rows(points: Mapping[str, Array], alpha: Array, count: int) -> Rows:
    """Edges of the trunk part in `count` rows, on the cut-out where it agrees with the landmarks."""
    stations = ["armpit", "waist", "hem"]
    left = np.array([points[f"{name}_left"] for name in stations])
    right = np.array([points[f"{name}_right"] for name in stations])
    share = np.linspace(0, 1, count)
    knots = np.cumsum([0.0, *np.abs(np.diff(left[:, 1] + right[:, 1]))])
    knots = knots / max(knots[-1], 1e-6)
    edges = []
    for side in (left, right):
        edges.append(np.stack([np.interp(share, knots, side[:, k]) for k in range(2)], axis=1))
    for i in range(1, count - 1):
        width = float(np.linalg.norm(edges[1][i] - edges[0][i]))
        for edge, sign in ((edges[0], -1), (edges[1], 1)):
            edge[i, 0] += _snap(alpha, edge[i], sign, 0.18 * width)
    return Rows(left=edges[0], right=edges[1])


def _snap(alpha: Array, point: Array, sign: int, reach: float) -> float:
    """Sideways step from `point` to the cut-out's edge, 0 when there is none within `reach`."""
    y = int(np.clip(round(float(point[1])), 0, alpha.shape[0] - 1))
    steps = np.arange(-reach, reach + 0.5, 1.0)
    x = np.rint(point[0] + sign * steps).astype(int)
    inside = np.zeros(len(steps), bool)
    ok = (x >= 0) & (x < alpha.shape[1])
    inside[ok] = alpha[y, x[ok]] > 0.5
    if not inside[0] or inside[-1]:
        return 0.0
    last = int(np.flatnonzero(inside)[-1])
    return float(sign * steps[last])
