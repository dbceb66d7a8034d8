"""The garment's pieces on the body: for each one which part of the garment it is and where it goes.

Trunk and skirt are one thin-plate spline through rows of points; sleeves (sleeves.py) and trouser legs are ribbed
strips that follow the limb through its joint. Scale, length, width, neckline and sleeves are the garment's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.armholes import armhole, beside_arm, within_arms
from tryon.transfer.warping.arrays import Array, grow, ramp, shrink
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.camisoles import find_straps, strap_pairs
from tryon.transfer.warping.cloth import Cloth, half_plane
from tryon.transfer.warping.field import Field, thin_plate
from tryon.transfer.warping.hanging import COLUMNS, rows_across
from tryon.transfer.warping.lines import on_line, rounded, snapped
from tryon.transfer.warping.measure import Rows, close_fitting, trunk_rows, worn_neck
from tryon.transfer.warping.necks import Neck, close_to_neck, standing
from tryon.transfer.warping.opened import halves
from tryon.transfer.warping.sleeves import Worn, bow_for, roll_up, sleeve_field, sleeve_region, sleeve_span
from tryon.types import Garment

UPRIGHT = Neck()
STRAP_AT = 0.33  # shoulder distances from the middle: half way from the neck to the shoulder's end, where straps lie
TILT = 0.7  # of the way between where both shoulders meet a high collar: so far aslant it stands
OVER = 0.05  # shoulder distances that straps go on over the shoulders' line, behind which they are out of sight
SHOULDER_END = 0.52  # shoulder distances from the middle, where a sleeveless shoulder ends at the latest
# Shoulder distances down by which the hem of a loose top, and what is above it, swings between its sides.
WAVES = np.outer((0.25, 0.6, 1.0), (0.004, 0.013, -0.006, 0.009, -0.008, 0.012, 0.003))
TURNED = 0.35  # half widths off the middle that a front is seen at the most
TURNS = (0.8, 0.45)  # of what is seen at the neck, at the chest and at the hem
SEAM = (0.0, 0.33, 0.67, 1.0)  # points along a shoulder seam
LAPPED = 0.015  # of the chest: how far a sleeve lies over the trunk at its seam; more would blur a pattern there
SEWN = (0.35, 0.7)  # along an armhole
SOFT = 0.05  # of a piece's soft border: what of it is left alone is seen as a thread
SLANTED = (0.06, 0.12)  # px down per px across: from how a garment was laid to how it is cut


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One part of the garment: `part` (gh,gw) 0..1 in the garment's picture, and the field that puts it on."""

    name: str
    part: Array
    field: Field


def along_line(body: Body, side: Side, across: float) -> float:
    """Arc length on the shoulder line at which it is `across` px from the middle of the trunk."""
    line = rounded(body.shoulders[side])
    out = np.maximum.accumulate(np.abs(body.coordinates(line)[:, 0]))
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    return float(np.interp(across, out, arc))


def top_pieces(
    cloth: Cloth, garment: Garment, body: Body, size: tuple[int, int], scale: float, stretch: float,
    rolled: bool = False, parted: bool = False, neck: Neck = UPRIGHT,
) -> tuple[list[Piece], Worn]:  # fmt: skip
    """Trunk (with the skirt of a dress) and sleeves.

    `scale`: working pixels per pixel of `cloth`; `stretch`: how much more of it lengthwise; `rolled`: sleeves are
    rolled up to below the elbow; `parted`: the front is worn open; `neck`: where it is held; a neckline that lies
    close goes around it.
    """
    part, seams = parts_of(cloth, garment)
    source, target, worn = trunk_pairs(cloth, garment, body, scale, stretch, cloth.alpha * part, neck)
    if rolled and garment.sleeves == "long":
        worn = roll_up(worn, body)
    pieces = [
        Piece(name=f"sleeve_{side}", part=seam, field=sleeve_field(cloth, body, side, size, worn))
        for side, seam in seams.items()
    ]
    if parted:
        both = halves(cloth, body, source, target, part, size)
        trunk = [Piece(name=f"trunk_{side}", part=own, field=field) for side, (own, field) in both.items()]
    else:
        trunk = [Piece(name="trunk", part=part, field=thin_plate(source, target, size, 2e-4))]
    return [*trunk, *pieces], worn


def parts_of(cloth: Cloth, garment: Garment) -> tuple[Array, dict[Side, Array]]:
    """Which of the garment's picture is its trunk, (gh,gw) 0..1, and which its sleeves, overlapping at the seams."""
    points = cloth.points
    part = np.ones(cloth.alpha.shape, np.float32)
    if garment.sleeves == "none":
        return part, {}
    seams: dict[Side, Array] = {}
    chest = float(np.linalg.norm(points["armpit_left"] - points["armpit_right"]))
    for side in SIDES:
        sleeve = sleeve_region(cloth, side, garment.worn)
        tip, armpit, towards = points[f"shoulder_{side}"], points[f"armpit_{side}"], points[f"cuff_{side}_outer"]
        below = (np.arange(len(part)) > armpit[1])[:, None]  # there the sleeve's own edge is its border
        part *= 1 - sleeve * np.maximum(half_plane(part.shape, tip, armpit, towards, 0.0), below)
        seams[side] = sleeve * np.maximum(half_plane(part.shape, tip, armpit, towards, LAPPED * chest), below)
        corner = overhang(cloth, cloth.alpha * part > SOFT, side)
        part *= ~corner
        seams[side] = np.maximum(seams[side] * main_part(cloth.alpha * sleeve > 0.5, 0.008 * chest), corner)
    return without_slivers(cloth, part), seams


def trunk_pairs(
    cloth: Cloth, garment: Garment, body: Body, scale: float, stretch: float, solid: Array, neck: Neck = UPRIGHT
) -> tuple[Array, Array, Worn]:
    """Points of the garment's trunk and where they go: (n,2) source, (n,2) target, and the main points.

    `solid` (gh,gw) 0..1: the cut-out without sleeves; `neck` as of `top_pieces`.
    """
    points = cloth.points
    source: list[Array] = []
    target: list[Array] = []
    necks: dict[Side, Array] = {}
    tips: dict[Side, Array] = {}
    neck_along = []
    half_neck = float(np.linalg.norm(points["neck_right"] - points["neck_left"])) / 2 * scale
    if garment.neckline == "straps":  # laid flat they spread
        half_neck = min(half_neck, STRAP_AT * body.unit)
    drawn_in = half_neck
    if garment.neckline != "straps" and not garment.worn:
        drawn_in = worn_neck(half_neck / body.unit) * body.unit
    neck_source = (points["neck_left"] + points["neck_right"]) / 2
    close = close_to_neck(garment, half_neck / body.unit)
    aside = neck.middle * close
    feet = collar_feet(body, half_neck, aside) if standing(garment) else {}
    for side in SIDES:
        line = rounded(body.shoulders[side])
        towards = 1 if side == "right" else -1
        out = (
            max(0.0, towards * neck.middle) if garment.neckline == "straps" else 0.0
        )  # clear of a neck that comes nearer
        start = along_line(body, side, half_neck + out)
        beside = neck.sides[side] * (close > 0)
        first = along_line(body, side, max(drawn_in + towards * aside + out, beside))
        seam = float(np.linalg.norm(points[f"shoulder_{side}"] - points[f"neck_{side}"])) * scale
        if garment.sleeves == "none":  # no cloth hangs over the arm
            seam = max(min(seam, along_line(body, side, SHOULDER_END * body.unit) - start), 0.3 * seam)
        high = 0.35 if garment.worn else 0.16  # over somebody's shoulder it rises between its ends
        foot = points[f"neck_{side}"]
        if feet:  # of a standing collar they are told to a few pixels
            foot = np.array([foot[0], neck_source[1]])
        for share in SEAM:
            point = foot * (1 - share) + points[f"shoulder_{side}"] * share
            source.append(
                point if share == 0 else snapped(cloth.alpha, point, np.array([0.0, -1.0]), high * seam / scale)
            )
            target.append(feet[side] if share == 0 and feet else on_line(line, first + share * (start + seam - first)))
        necks[side], tips[side] = target[-len(SEAM)], target[-1]
        neck_along.append(float(body.coordinates(feet.get(side, on_line(line, start)))[1]))
    base = float(np.mean(neck_along))
    rows, places, hem = _trunk_rows(cloth.points, solid, garment, body, scale, stretch, neck_source, base)
    straps = find_straps(cloth) if garment.neckline == "straps" and garment.sleeves == "none" else None
    if "neck_front" in points and straps is None:
        # In proportion between shoulder seams and armpits, so that the two never cross.
        depth = float(points["neck_front"][1] - neck_source[1])
        share = depth / max(float(rows[0][1] - neck_source[1]), 1.0)
        first = float(body.coordinates(places[0])[1])
        if share < 0.85:
            source.append(points["neck_front"])
            target.append(body.place(aside, base + share * (first - base)))
    if garment.sleeves == "none":
        places = within_arms(body, np.array(places).reshape(-1, COLUMNS, 2), straps is not None)
    if straps is not None:
        grid = np.array(places).reshape(-1, COLUMNS, 2)
        tops = {side: necks[side] - OVER * body.unit * body.down for side in SIDES}
        own = strap_pairs(cloth, body, straps, tops, grid, scale * stretch)
        count = len(SIDES) * len(SEAM)  # the seams' points come first
        target[:count] = [place - OVER * body.unit * body.down for place in target[:count]]
        source.extend(own[0])
        target.extend(own[1])
    elif garment.sleeves == "none":
        holes = [armhole(cloth, body, side, tips[side], places[0 if side == "left" else COLUMNS - 1]) for side in SIDES]
        for hole in holes:
            source.extend(hole[0])
            target.extend(hole[1])
    armpits: dict[Side, Array] = {"left": places[0], "right": places[COLUMNS - 1]}
    if garment.sleeves != "none":  # where sleeves are sewn on, so that they and the trunk agree there
        for side in SIDES:
            sewn = points[f"shoulder_{side}"], points[f"armpit_{side}"]
            source.extend(sewn[0] + (sewn[1] - sewn[0]) * share for share in SEWN)
            target.extend(tips[side] + (armpits[side] - tips[side]) * share for share in SEWN)
        armpits = {side: beside_arm(body, side, at) for side, at in armpits.items()}
    source.extend(rows)
    target.extend(places)
    sleeves = {side: sleeve_span(cloth, garment, body, side, tips[side], scale) for side in SIDES}
    bow = bow_for(garment)
    worn = Worn(
        necks=necks, tips=tips, armpits=armpits, top=base, hem=hem, sleeves=sleeves, scale=scale, kept=1.0, bow=bow,
        flat=not garment.worn,
    )  # fmt: skip
    return np.array(source), np.array(target), worn


def collar_feet(body: Body, half: float, neck: float) -> dict[Side, Array]:
    """(2,) where a high collar, `half` px from its middle to its sides, stands on the shoulders: level, however far
    they rise to the neck, which has its middle `neck` px across from the trunk's."""
    places: dict[Side, Array] = {}
    for side in SIDES:
        own = max(0.0, half + (-neck if side == "left" else neck))
        places[side] = body.coordinates(on_line(rounded(body.shoulders[side]), along_line(body, side, own)))
    along = (places["left"][1] + places["right"][1]) / 2
    apart = (places["right"][0] - places["left"][0]) / 2
    tilt = TILT * (places["right"][1] - places["left"][1]) / 2
    return {"left": body.place(neck - apart, along - tilt), "right": body.place(neck + apart, along + tilt)}


def _trunk_rows(
    points: Mapping[str, Array], solid: Array, garment: Garment, body: Body, scale: float, stretch: float, neck: Array,
    base: float,
) -> tuple[list[Array], list[Array], float]:  # fmt: skip
    """Rows from the armpits to the hem: source points, target points, and where the hem lies along the trunk."""
    count = 8 if garment.category == "dress" else 6
    edges = trunk_rows(points, solid, count)
    level = (edges.left[:, 1] + edges.right[:, 1]) / 2
    # Below the armpits at the earliest: what is higher pushes the whole garment down.
    first = base + float(level[0] - neck[1]) * scale * stretch
    push = max(0.0, 0.22 * body.trunk - first)
    along = base + push + (level - neck[1]) * scale * stretch
    flat = np.linalg.norm(edges.right - edges.left, axis=1) / 2 * scale
    close = close_fitting(garment)
    slant = slanted(edges) if garment.category == "dress" and not garment.worn else 0.0
    places = rows_across(body, along, flat, 0.05, close=close, slant=slant, upright=not garment.worn)
    if garment.category == "top" and not close and not garment.worn:  # what is cut from somebody has its own
        places[-len(WAVES) :] += WAVES[..., None] * body.unit * body.down
    turned = turned_by(edges, points) if garment.worn else np.zeros(count)
    even = np.linspace(-1, 1, COLUMNS)
    source, target = [], []
    for i in range(count):
        for u, place in zip((even + turned[i] * (1 - even**2) + 1) / 2, places[i], strict=True):
            source.append(edges.left[i] * (1 - u) + edges.right[i] * u)
            target.append(place)
    return source, target, float(along[-1])


def slanted(edges: Rows) -> Array:
    """(n,) how much lower the rows `edges` of a skirt hang to the right than to the left, px per px across: a hem that
    is cut aslant stays so, and what is less is how the garment was laid."""
    way = edges.right - edges.left
    slope = way[:, 1] / np.maximum(way[:, 0], 1.0)
    result: Array = slope * ramp(np.abs(slope), *SLANTED)
    return result


def turned_by(edges: Rows, points: Mapping[str, Array]) -> Array:
    """(n,) how far the front's middle lies from the middle of the rows `edges` of a worn garment, in half widths: whose
    wearer turns shows one half wider, and laid out by its edges the front would bend. The lowest point of the
    neckline tells it, and hips turn less than the chest."""
    if "neck_front" not in points:
        return np.zeros(len(edges.left))
    middle = (edges.left + edges.right) / 2
    way = middle[0] - middle[-1]
    top = middle[0, 0] + way[0] * (points["neck_front"][1] - middle[0, 1]) / min(float(way[1]), -1.0)
    off = (points["neck_front"][0] - top) / (np.linalg.norm(edges.right[0] - edges.left[0]) / 2)
    return float(np.clip(off, -TURNED, TURNED)) * np.linspace(*TURNS, len(edges.left))


def without_slivers(cloth: Cloth, part: Array) -> Array:
    """The trunk's part (gh,gw) 0..1 without what the sleeves' outlines left over beside it."""
    left, right = (float(cloth.points[f"armpit_{side}"][0]) for side in SIDES)
    thin = 0.03 * (right - left)
    x = np.arange(part.shape[1])[None]
    beside = (x < left - thin) | (x > right + thin)
    result: Array = part * ~(beside & ~main_part(cloth.alpha * part > 0.5, thin))
    return result


def overhang(cloth: Cloth, solid: Array, side: Side) -> Array:
    """Boolean (gh,gw): the inner corner of a short sleeve's hem that lies beside the trunk `solid` (gh,gw) bool and
    away from the sleeve's landmarks: beyond the trunk's edge, with nothing of the trunk below it."""
    armpit, waist, hem = (cloth.points[f"{name}_{side}"] for name in ("armpit", "waist", "hem"))
    ends = max(float(cloth.points[f"cuff_{side}_{edge}"][1]) for edge in ("outer", "inner"))
    margin = 0.04 * float(hem[1] - armpit[1])
    found = np.zeros(solid.shape, bool)
    rows = slice(max(0, round(float(armpit[1]))), min(solid.shape[0], round(ends + margin)))
    if rows.stop >= min(waist[1], solid.shape[0] - 1) or rows.stop <= rows.start:
        return found  # a long sleeve's cuff is beside the trunk's own cloth
    y = np.arange(rows.start, rows.stop)
    edge = np.interp(y, (armpit[1], waist[1]), (armpit[0], waist[0]))[:, None]
    off = (np.arange(solid.shape[1])[None] - edge) * (-1 if side == "left" else 1)
    found[rows] = solid[rows] & (off > 0) & ~solid[rows.stop][None]
    return found


def main_part(solid: Array, thin: float) -> Array:
    """Boolean (gh,gw): the largest part of `solid` without what hangs on it by less than 2 `thin` px."""
    step = max(1, int(thin / 4))  # on a small copy: only the form counts
    small = solid[::step, ::step]
    thick = shrink(small, thin / step)
    part = bounds(thick)
    if not thick[part].size:
        return solid
    _, index, stats, _ = cv2.connectedComponentsWithStats(thick[part].astype(np.uint8))
    main = np.zeros(small.shape, bool)
    main[part] = index == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    main = grow(main, 1.6 * thin / step)
    result: Array = cv2.resize(main.astype(np.uint8), solid.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return result
