"""What kind of garment a silhouette is: category, kind, sleeves, length, neckline, each by plain measures.

Lengths are read in units that a body gives: the width across the shoulders (about 42 cm) for tops and dresses, the
waist laid flat (about 38 cm) for bottoms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_legs import leg_gap
from tryon.parsing.garment_outline import Frame
from tryon.parsing.landmarks import Points, Shape
from tryon.types import Category, Sleeves

FULL = 1.52  # shoulder widths: full sleeves laid flat are longer (1.62 to 1.75 here; on the forearm 1.33 to 1.40)
OPEN = 0.20  # of the chest's width: what ends on the forearm is wider (0.23, 0.32; cuffs of wide tops 0.11 to 0.17)

Array = NDArray[Any]
Length: TypeAlias = Literal["cropped", "hip", "thigh", "knee", "calf", "ankle"]
Neckline: TypeAlias = Literal["crew", "v", "collar", "wide", "straps", "strapless", "high", "hood", "none"]
Kind: TypeAlias = Literal["shirt", "jacket", "trousers", "shorts", "skirt", "dress"]


@dataclass(frozen=True, slots=True)
class Guess:
    """A category and how sure it is, 0..1; `legs`: a bottom with two legs."""

    category: Category
    confidence: float
    legs: bool


def _sure(value: float, threshold: float, width: float) -> float:
    """0.5 at the threshold, towards 1 a `width` and more away from it."""
    return 0.5 + 0.5 * float(np.tanh(abs(value - threshold) / width))


def flat_top(frame: Frame) -> float:
    """How uneven the upper edge is, in half widths: under 0.15 a waistband, over 0.25 shoulders, straps, a neckline."""
    solid = frame.canvas > 127
    rows = np.flatnonzero(solid.any(axis=1))
    band = solid[rows[0] : rows[0] + max(3, int(0.08 * len(rows)))]
    columns = np.flatnonzero(band.any(axis=0))
    half = (columns[-1] - columns[0] + 1) / 2
    middle = (columns[-1] + columns[0]) / 2
    xs = np.arange(round(middle - 0.86 * half), round(middle + 0.86 * half) + 1)
    first = np.array([np.flatnonzero(solid[:, x])[0] if solid[:, x].any() else rows[-1] for x in xs], float)
    slope = np.polyfit(xs - middle, first, 1)[0] if len(xs) > 4 else 0.0
    level = first - np.clip(slope, -0.12, 0.12) * (xs - middle)
    return float((np.percentile(level, 96) - np.percentile(level, 4)) / max(1.0, half))


def guess_category(frame: Frame, shape: Shape) -> Guess:
    """Top, bottom or dress from the silhouette; `shape` is the outline read as a top."""
    gap, uneven = leg_gap(frame), flat_top(frame)
    if gap > 0.25 and uneven < 0.2:
        return Guess("bottom", _sure(gap, 0.1, 0.12) * _sure(uneven, 0.3, 0.15), True)
    if not shape.has_sleeves or shape.margin < 0.8:
        if gap > 0.12 and uneven < 0.3:
            return Guess("bottom", _sure(gap, 0.1, 0.12) * _sure(uneven, 0.3, 0.15), True)
        if uneven < 0.17 and not _bust(frame):
            return Guess("bottom", 0.9 * _sure(uneven, 0.17, 0.08), False)
    ratio = dress_ratio(shape.points)
    category: Category = "dress" if ratio > 2.45 else "top"
    return Guess(category, _sure(ratio, 2.45, 0.45), False)


def _bust(frame: Frame) -> bool:
    """Whether the silhouette is wider at its top than at a waist below: a strapless top or dress, not a skirt."""
    solid = frame.canvas > 127
    rows = np.flatnonzero(solid.any(axis=1))
    width = solid[rows[0] : rows[-1] + 1].sum(axis=1).astype(float)
    count = len(width)
    chest = width[int(0.04 * count) : int(0.2 * count)].max()
    waist = width[int(0.2 * count) : int(0.6 * count)].min()
    return bool(waist < 0.93 * chest)


def dress_ratio(points: Points) -> float:
    """Length below the shoulders in chest widths, raised for a hem that flares: dresses lie above 2.4."""
    top_y = (points["shoulder_left"][1] + points["shoulder_right"][1]) / 2
    hem_y = max(points["hem_left"][1], points["hem_right"][1], points["hem_front"][1])
    chest = max(1.0, points["armpit_right"][0] - points["armpit_left"][0])
    flare = (points["hem_right"][0] - points["hem_left"][0]) / chest
    return (hem_y - top_y) / chest + 0.8 * float(np.clip(flare - 1.1, 0, 0.8))


def shoulder_width(points: Points) -> float:
    """Canvas pixels that stand for the width across a body's shoulders."""
    tips = points["shoulder_right"][0] - points["shoulder_left"][0]
    chest = points["armpit_right"][0] - points["armpit_left"][0]
    return max(1.0, float(np.clip(tips, 0.75 * chest, 1.25 * chest)))


def sleeve_class(points: Points, bare: float = 0.0) -> Sleeves:
    """Sleeve length from shoulder tip to the middle of the cuff; up to `bare` shoulder widths count as none."""
    unit = shoulder_width(points)
    lengths = []
    for name in ("left", "right"):
        cuff = (np.array(points[f"cuff_{name}_outer"]) + points[f"cuff_{name}_inner"]) / 2
        lengths.append(float(np.linalg.norm(cuff - points[f"shoulder_{name}"])))
    ratio = max(lengths) / unit
    if ratio < bare:
        return "none"
    return "short" if ratio < 0.72 else "elbow" if ratio < 1.02 else "long"


def open_ended(points: Points) -> bool:
    """Whether sleeves laid flat that count as long end on the forearm: they are shorter than full ones, and wider at
    their end than a cuff around a wrist is, which dropped shoulders and a wide trunk make as short."""
    unit = shoulder_width(points)
    chest = max(1.0, points["armpit_right"][0] - points["armpit_left"][0])
    ends, lengths = [], []
    for name in ("left", "right"):
        outer, inner = (np.array(points[f"cuff_{name}_{edge}"]) for edge in ("outer", "inner"))
        ends.append(float(np.linalg.norm(outer - inner)) / chest)
        lengths.append(float(np.linalg.norm((outer + inner) / 2 - points[f"shoulder_{name}"])) / unit)
    return max(lengths) < FULL and min(ends) > OPEN


def top_length(points: Points) -> Length:
    """Where the hem of a top or a dress falls."""
    top_y = (points["shoulder_left"][1] + points["shoulder_right"][1]) / 2
    hem_y = (points["hem_left"][1] + points["hem_right"][1] + points["hem_front"][1]) / 3
    # Straps lie inside the body's shoulders, which are about 1.1 chests wide: then the chest is the measure.
    chest = points["armpit_right"][0] - points["armpit_left"][0]
    ratio = (hem_y - top_y) / max(shoulder_width(points), 1.1 * chest)
    return _class(ratio, (1.05, 1.75, 2.15, 2.65, 3.15))


def bottom_length(points: Points) -> Length:
    """Where the hem of a bottom falls; a mini is "thigh"."""
    top_y = (points["waist_left"][1] + points["waist_right"][1]) / 2
    hem_y = (points["hem_left_outer"][1] + points["hem_right_outer"][1]) / 2
    width = max(1.0, points["waist_right"][0] - points["waist_left"][0])
    ratio = (hem_y - top_y) / width
    if "crotch" in points and "knee_left_outer" not in points:
        ratio = min(ratio, 1.7)  # shorts end at the knee at the latest, however narrow their waist
    return _class(ratio, (0.3, 0.6, 1.35, 1.75, 2.3))


def _class(ratio: float, limits: tuple[float, ...]) -> Length:
    names: tuple[Length, ...] = ("cropped", "hip", "thigh", "knee", "calf", "ankle")
    return names[int(np.searchsorted(limits, ratio))]


def neckline_of(points: Points, shape: Shape, frame: Frame, *, pointed: bool = False) -> Neckline:
    """The neckline from where the neck points lie, how deep the front is (and whether it comes to a point), and what
    stands above them.
    """
    unit = shoulder_width(points)
    width = (points["neck_right"][0] - points["neck_left"][0]) / unit
    level = (points["neck_left"][1] + points["neck_right"][1]) / 2
    depth = (points["neck_front"][1] - level) / unit
    above = (level - float(np.flatnonzero((frame.canvas > 127).any(axis=1))[0])) / unit
    strap = max(abs(points[f"shoulder_{s}"][0] - points[f"neck_{s}"][0]) for s in ("left", "right")) / unit
    if above > 0.3:
        return "hood"
    if above > 0.05:
        return "collar" if depth > -0.03 and (width > 0.3 or depth > 0.1) else "high"
    if not shape.has_sleeves and strap < 0.14:
        return "straps" if depth > 0.1 else "strapless"
    if depth > (0.22 if pointed else 0.42):
        return "v"
    return "wide" if width > 0.62 else "crew"


def worn_neckline(points: Points) -> Neckline:
    """The neckline of a worn garment, coarsely, from how deep its front lies."""
    level = (points["neck_left"][1] + points["neck_right"][1]) / 2
    depth = (points["neck_front"][1] - level) / shoulder_width(points)
    return "v" if depth > 0.42 else "wide" if depth > 0.28 else "crew"


def kind_of(points: Points, category: Category) -> Kind:
    """The kind that the landmarks show; jackets are told by others."""
    if category == "dress":
        return "dress"
    if category == "top":
        return "shirt"
    if "crotch" not in points:
        return "skirt"
    return "trousers" if "knee_left_outer" in points else "shorts"
