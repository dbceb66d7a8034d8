"""The garment's pieces on the body: for each one which part of the garment it is and where it goes.

Trunk and skirt are one thin-plate spline through rows of points; sleeves and trouser legs are ribbed strips that
follow the limb through its joint. Scale, length, width, neckline and sleeves are the garment's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.transfer.warping.armholes import armhole, within_arms
from tryon.transfer.warping.arrays import Array, grow, shrink
from tryon.transfer.warping.body import SIDES, Body, Limb, Side
from tryon.transfer.warping.cloth import Cloth, half_plane, inside_polygon
from tryon.transfer.warping.field import Field, ribbed, thin_plate
from tryon.transfer.warping.lines import on_line, on_outline, project, resample, snapped
from tryon.transfer.warping.measure import middle_scale, trunk_rows, worn_ratio, wrap
from tryon.transfer.warping.opened import halves
from tryon.types import Garment

COLUMNS = 7  # points across a row of the trunk
ROLLED = 0.62  # of the arm: where rolled sleeves end
SHOULDER_END = 0.52  # shoulder distances from the middle, where a sleeveless shoulder ends at the latest
SEAM = (0.0, 0.33, 0.67, 1.0)  # points along a shoulder seam


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One part of the garment: `part` (gh,gw) 0..1 in the garment's picture, and the field that puts it on."""

    name: str
    part: Array
    field: Field


@dataclass(frozen=True, kw_only=True)
class Worn:
    """Where the main points of a top came to lie on the body, for sleeves, masks and shading."""

    necks: Mapping[Side, Array]
    tips: Mapping[Side, Array]
    armpits: Mapping[Side, Array]
    top: float  # along the trunk, px: where the shoulder seams begin
    hem: float  # along the trunk, px
    sleeves: Mapping[Side, tuple[float, float]]  # arc lengths on the arm where they begin and end; equal: none
    scale: float
    kept: float  # share of the sleeves' length that is seen; less than 1 when they are rolled up


def along_line(body: Body, side: Side, across: float) -> float:
    """Arc length on the shoulder line at which it is `across` px from the middle of the trunk."""
    line = body.shoulders[side]
    out = np.maximum.accumulate(np.abs(body.coordinates(line)[:, 0]))
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    return float(np.interp(across, out, arc))


def top_pieces(
    cloth: Cloth, garment: Garment, body: Body, size: tuple[int, int], scale: float, stretch: float,
    rolled: bool = False, parted: bool = False,
) -> tuple[list[Piece], Worn]:  # fmt: skip
    """Trunk (with the skirt of a dress) and sleeves.

    `scale`: working pixels per pixel of `cloth`; `stretch`: how much more of it lengthwise; `rolled`: sleeves are
    rolled up to below the elbow; `parted`: the front is worn open.
    """
    part, seams = parts_of(cloth, garment)
    source, target, worn = trunk_pairs(cloth, garment, body, scale, stretch, cloth.alpha * part)
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
    soft = 0.10 * float(np.linalg.norm(points["armpit_left"] - points["armpit_right"]))
    for side in SIDES:
        sleeve = sleeve_region(cloth, side)
        tip, armpit, towards = points[f"shoulder_{side}"], points[f"armpit_{side}"], points[f"cuff_{side}_outer"]
        part *= 1 - sleeve * half_plane(part.shape, tip, armpit, towards, 0.0)
        seams[side] = sleeve * half_plane(part.shape, tip, armpit, towards, soft)
        seams[side] *= main_part(cloth.alpha * sleeve > 0.5, 0.2 * soft)
    return without_slivers(cloth, part), seams


def trunk_pairs(
    cloth: Cloth, garment: Garment, body: Body, scale: float, stretch: float, solid: Array
) -> tuple[Array, Array, Worn]:
    """Points of the garment's trunk and where they go: (n,2) source, (n,2) target, and the main points.

    `solid` (gh,gw) 0..1: the cut-out without sleeves.
    """
    points = cloth.points
    source: list[Array] = []
    target: list[Array] = []
    necks: dict[Side, Array] = {}
    tips: dict[Side, Array] = {}
    neck_along = []
    half_neck = float(np.linalg.norm(points["neck_right"] - points["neck_left"])) / 2 * scale
    for side in SIDES:
        line = body.shoulders[side]
        start = along_line(body, side, half_neck)
        seam = float(np.linalg.norm(points[f"shoulder_{side}"] - points[f"neck_{side}"])) * scale
        if garment.sleeves == "none":  # no cloth hangs over the arm
            seam = max(min(seam, along_line(body, side, SHOULDER_END * body.unit) - start), 0.3 * seam)
        for share in SEAM:
            point = points[f"neck_{side}"] * (1 - share) + points[f"shoulder_{side}"] * share
            source.append(
                point if share == 0 else snapped(cloth.alpha, point, np.array([0.0, -1.0]), 0.16 * seam / scale)
            )
            target.append(on_line(line, start + share * seam))
        necks[side], tips[side] = target[-len(SEAM)], target[-1]
        neck_along.append(float(body.coordinates(necks[side])[1]))
    base = float(np.mean(neck_along))
    neck_source = (points["neck_left"] + points["neck_right"]) / 2
    rows, places, hem = _trunk_rows(cloth.points, solid, garment, body, scale, stretch, neck_source, base)
    if "neck_front" in points:
        # In proportion between shoulder seams and armpits, so that the two never cross.
        depth = float(points["neck_front"][1] - neck_source[1])
        share = depth / max(float(rows[0][1] - neck_source[1]), 1.0)
        first = float(body.coordinates(places[0])[1])
        if share < 0.85:
            source.append(points["neck_front"])
            target.append(body.place(0.0, base + share * (first - base)))
    if garment.sleeves == "none":
        places = within_arms(body, np.array(places).reshape(-1, COLUMNS, 2))
        holes = [armhole(cloth, body, side, tips[side], places[0 if side == "left" else COLUMNS - 1]) for side in SIDES]
        for hole in holes:
            source.extend(hole[0])
            target.extend(hole[1])
    source.extend(rows)
    target.extend(places)
    armpits: dict[Side, Array] = {"left": places[0], "right": places[COLUMNS - 1]}
    sleeves = {side: _sleeve_span(cloth, garment, body, side, tips[side], scale) for side in SIDES}
    worn = Worn(necks=necks, tips=tips, armpits=armpits, top=base, hem=hem, sleeves=sleeves, scale=scale, kept=1.0)
    return np.array(source), np.array(target), worn


def rows_across(body: Body, along: Array, flat: Array, sag: float) -> Array:
    """(n, COLUMNS, 2) where rows of cloth `flat` half widths wide lie on the trunk at distances `along`, in px.

    Each hangs a little in its middle: `sag` is how much, as a share of its half width at the hips.
    """
    widths = np.array([body.half_width(float(a)) for a in along])
    half = (widths[:, 0] + widths[:, 1]) / 2
    seen = half * worn_ratio(flat / half)
    middle = np.polyval(np.polyfit(along, widths[:, 2], 1), along)  # cloth does not follow every bend of the waist
    middle, seen = around_hips(body, along, middle, seen, widths)
    middle, seen = over_legs(body, along, middle, seen)
    scale = middle_scale(seen / flat)
    rows = []
    for i in range(len(along)):
        across = wrap(COLUMNS, float(seen[i] / flat[i]), scale) * flat[i]
        drop = sag * seen[i] * min(1.5, float(along[i]) / body.trunk) * (1 - np.linspace(-1, 1, COLUMNS) ** 2)
        rows.append(body.place(middle[i] + across, along[i] + drop))
    return np.array(rows)


def around_hips(body: Body, along: Array, middle: Array, seen: Array, widths: Array) -> tuple[Array, Array]:
    """Middle and half width of rows of cloth, widened where hips stand out further on one side than on the other."""
    share = np.clip((along - 0.55 * body.trunk) / (0.15 * body.trunk), 0, 1)
    low = np.minimum(middle - seen, -1.03 * widths[:, 0] - 0.01 * body.unit)
    high = np.maximum(middle + seen, 1.03 * widths[:, 1] + 0.01 * body.unit)
    return middle + share * ((low + high) / 2 - middle), seen + share * ((high - low) / 2 - seen)


def over_legs(body: Body, along: Array, middle: Array, seen: Array) -> tuple[Array, Array]:
    """Middle and half width of rows of cloth, drawn to where the legs are below the hips: a skirt goes around both."""
    spans = []
    for side in SIDES:
        across, down = body.coordinates(body.legs[side].points).T
        at = np.maximum.accumulate(down)
        spans.append((np.interp(along, at, across), np.interp(along, at, body.legs[side].half)))
    (left, thick_left), (right, thick_right) = spans
    low, high = np.minimum(left - thick_left, right - thick_right), np.maximum(left + thick_left, right + thick_right)
    share = np.clip((along - body.trunk) / (0.7 * body.trunk), 0, 1)
    drawn = middle + share * ((low + high) / 2 - middle)
    needed = np.minimum(1.04 * (high - low) / 2, 1.4 * seen)
    return drawn, np.where(share > 0, np.maximum(seen, share * needed), seen)


def _sleeve_span(
    cloth: Cloth, garment: Garment, body: Body, side: Side, tip: Array, scale: float
) -> tuple[float, float]:
    """Arc lengths on the arm between which the sleeve lies."""
    arm = body.arms[side]
    start = float(np.clip(_project(arm, tip), 0.0, 0.5 * arm.arc[-1]))
    if garment.sleeves == "none":
        return start, start
    outer, _ = _sleeve_source(cloth.points, side)
    length = float(np.linalg.norm(np.diff(outer, axis=0), axis=1).sum()) * scale
    return start, _sleeve_end(garment, arm, start, start + length)


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
    places = rows_across(body, along, flat, 0.05)
    source, target = [], []
    for i in range(count):
        for u, place in zip(np.linspace(0, 1, COLUMNS), places[i], strict=True):
            source.append(edges.left[i] * (1 - u) + edges.right[i] * u)
            target.append(place)
    return source, target, float(along[-1])


def sleeve_region(cloth: Cloth, side: Side) -> Array:
    """(gh,gw) 0..1: the sleeve, generously outwards, with a little of the gap beside the trunk."""
    outer, inner = _snapped_edges(cloth, *_sleeve_source(cloth.points, side))
    outward = np.array([-1.0 if side == "left" else 1.0, 0.0])
    up = np.array([0.0, -1.0])
    tip, armpit = outer[0], inner[0]
    wide = float(np.linalg.norm(tip - armpit))
    onwards = (outer[-1] + inner[-1] - outer[-2] - inner[-2]) / 2
    onwards = onwards / max(float(np.linalg.norm(onwards)), 1e-6) * 0.6 * wide
    hem = cloth.points[f"hem_{side}"][0]
    # Never further than to the middle of the gap between sleeve and trunk.
    room = abs(float(inner[-1][0]) - float(hem)) / 2 if inner[-1][1] > armpit[1] + 0.2 * wide else wide
    shift = outward * min(0.08 * wide, room)
    inner = _beside(inner, armpit, outward)  # of a garment on somebody, landmarks of a sleeve can lie on the trunk
    onwards = _beside(onwards[None], np.zeros(2), outward)[0]
    polygon = [tip - outward * 0.5 * wide + up * 0.6 * wide, (tip + armpit) / 2 - outward * wide, armpit]
    polygon += [*(inner[3:] - shift), inner[-1] - shift + onwards, outer[-1] + outward * wide + onwards]
    polygon += [*(outer[:0:-1] + outward * wide), tip + outward * wide + up * 0.6 * wide]
    return inside_polygon(cloth.alpha.shape, np.array(polygon))


def _beside(points: Array, limit: Array, outward: Array) -> Array:
    """(n,2) points moved sideways to where they are no further inwards than `limit`."""
    short = np.minimum((points - limit) @ outward, 0.0)
    return points - short[:, None] * outward


def without_slivers(cloth: Cloth, part: Array) -> Array:
    """The trunk's part (gh,gw) 0..1 without what the sleeves' outlines left over beside it."""
    left, right = (float(cloth.points[f"armpit_{side}"][0]) for side in SIDES)
    thin = 0.03 * (right - left)
    x = np.arange(part.shape[1])[None]
    beside = (x < left - thin) | (x > right + thin)
    result: Array = part * ~(beside & ~main_part(cloth.alpha * part > 0.5, thin))
    return result


def main_part(solid: Array, thin: float) -> Array:
    """Boolean (gh,gw): the largest part of `solid` without what hangs on it by less than 2 `thin` px."""
    step = max(1, int(thin / 4))  # on a small copy: only the form counts
    small = solid[::step, ::step]
    _, index, stats, _ = cv2.connectedComponentsWithStats(shrink(small, thin / step).astype(np.uint8))
    if len(stats) < 2:
        return solid
    main = grow(index == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), 1.6 * thin / step)
    result: Array = cv2.resize(main.astype(np.uint8), solid.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return result


def roll_up(worn: Worn, body: Body) -> Worn:
    """Sleeves that end below the elbow, what is below that rolled away."""
    spans, kept = {}, 1.0
    for side, (start, end) in worn.sleeves.items():
        new = min(end, ROLLED * float(body.arms[side].arc[-1]))
        kept = min(kept, (new - start) / max(end - start, 1.0))
        spans[side] = (start, new)
    return replace(worn, sleeves=spans, kept=max(kept, 0.2))


def sleeve_field(cloth: Cloth, body: Body, side: Side, size: tuple[int, int], worn: Worn) -> Field:
    """The strip from the armhole to the cuff, along the arm."""
    outer, inner = _sleeve_source(cloth.points, side)
    outer, inner = _snapped_edges(cloth, outer, inner)
    inner, shares = paired(outer, inner)
    if worn.kept < 1:
        places = np.linspace(0, worn.kept, len(outer)) * (len(outer) - 1)
        index = np.arange(len(outer))
        outer, inner = (np.stack([np.interp(places, index, e[:, k]) for k in range(2)], axis=1) for e in (outer, inner))
        shares = np.interp(places, index, shares) / float(np.interp(places[-1], index, shares))
    arm = body.arms[side]
    target_outer, target_inner = _sleeve_target(outer, inner, shares, body, arm, side, worn)
    source, target = _ribs(outer, inner), _ribs(target_outer, target_inner)
    if worn.kept < 1:  # nothing of the sleeve beyond the roll
        source, target = source[:-1], target[:-1]
    # One rib inside the trunk, where the trunk's own field puts it, so that the seam closes.
    points = cloth.points
    other: Side = "right" if side == "left" else "left"
    seam = points[f"neck_{side}"] - outer[0], points[f"armpit_{other}"] - inner[0]
    across = worn.necks[side] - worn.tips[side], worn.armpits[other] - worn.armpits[side]
    first = _ribs(np.array([outer[0] + 0.5 * seam[0]]), np.array([inner[0] + 0.15 * seam[1]]))
    place = _ribs(np.array([worn.tips[side] + 0.5 * across[0]]), np.array([worn.armpits[side] + 0.15 * across[1]]))
    return ribbed(np.concatenate([first, source]), np.concatenate([place, target]), size)


def _sleeve_source(points: Mapping[str, Array], side: Side, count: int = 13) -> tuple[Array, Array]:
    """(n,2) outer and inner edge of the sleeve in the garment's picture, from the armhole to the cuff."""
    result = []
    for name, start in (("outer", points[f"shoulder_{side}"]), ("inner", points[f"armpit_{side}"])):
        line = [start]
        if f"elbow_{side}_{name}" in points:
            line.append(points[f"elbow_{side}_{name}"])
        line.append(points[f"cuff_{side}_{name}"])
        result.append(resample(np.array(line), count))
    return result[0], result[1]


def _snapped_edges(cloth: Cloth, outer: Array, inner: Array) -> tuple[Array, Array]:
    """Both edges of a sleeve moved onto the cut-out's outline, which may bulge between the landmarks."""
    outline = cloth.outline
    width = float(np.median(np.linalg.norm(outer - inner, axis=1)))
    return on_outline(outline, outer, 0.8 * width), on_outline(outline, inner, 0.5 * width)


def paired(outer: Array, inner: Array) -> tuple[Array, Array]:
    """The inner edge at the points opposite the outer edge's, and their shares 0..1 of its length.

    The outer edge is longer by the cap over the shoulder. There ribs fan out around the armpit; from then on both
    edges are as far from the cuff, so that ribs lie straight across. Of a short sleeve the cap is nearly all: its
    ribs turn evenly from the armhole to the hem.
    """
    lengths = [float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in (outer, inner)]
    cap = float(np.clip(1 - lengths[1] / max(lengths[0], 1e-6), 0.0, 0.8))
    share = np.linspace(0, 1, len(outer))
    slope = float(np.interp(cap, (0.25, 0.6), (0.12, 0.9)))
    shares = np.maximum(slope * share, (share - cap) / (1 - cap))
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(inner, axis=0), axis=1))])
    moved = np.stack([np.interp(shares * arc[-1], arc, inner[:, k]) for k in range(2)], axis=1)
    return moved, shares


def _sleeve_target(
    outer: Array, inner: Array, shares: Array, body: Body, arm: Limb, side: Side, worn: Worn
) -> tuple[Array, Array]:
    """Outer and inner edge on the arm: the garment's own length and width, at least as wide as the arm."""
    tip, armpit = worn.tips[side], worn.armpits[side]
    wrist = float(arm.arc[-1])
    start, end = worn.sleeves[side]
    pit = float(np.clip(_project(arm, armpit), start, end - 0.03 * wrist))
    outward = body.side * (-1 if side == "left" else 1)
    over, over_start = body.shoulders[side], project(body.shoulders[side], tip)
    flat = _widths(outer, inner) * worn.scale / 2
    out_line, in_line = [tip], [armpit]
    for i in range(1, len(outer)):
        share = i / (len(outer) - 1)
        # The ribs turn from the armhole's slant to straight across the arm.
        turn = max(0.0, 1 - share * (end - start) / (0.33 * wrist)) ** 1.3
        at = start + share * (end - start)
        edge, _ = _edge(arm, at, flat[i], outward, 1)
        out_line.append(edge * (1 - turn) + on_line(over, over_start + at - start) * turn)
        at = pit + float(shares[i]) * (end - pit)
        edge, direction = _edge(arm, at, flat[i], outward, -1)
        in_line.append(edge * (1 - turn) + (armpit + direction * (at - pit)) * turn)
    return np.array(out_line), np.array(in_line)


def _widths(outer: Array, inner: Array) -> Array:
    """(n,) widths of a strip straight across it, from ribs that may slant."""
    axis = np.gradient((outer + inner) / 2, axis=0)
    axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-6)
    rib = outer - inner
    result: Array = np.abs(rib[:, 0] * axis[:, 1] - rib[:, 1] * axis[:, 0])
    return result


def _sleeve_end(garment: Garment, arm: Limb, start: float, natural: float) -> float:
    """Arc length on the arm at which the sleeve ends: its own, within what its kind means."""
    wrist = float(arm.arc[-1])
    low, high = {"long": (0.97, 1.03), "elbow": (0.42, 0.86)}.get(garment.sleeves, (0.0, 0.50))
    return float(np.clip(natural, max(low * wrist, start + 0.10 * wrist), high * wrist))


def _edge(arm: Limb, at: float, flat: float, outward: Array, sign: int) -> tuple[Array, Array]:
    """A point of the sleeve's outer (+1) or inner (-1) edge, and the arm's direction there."""
    point, direction, half = arm.at(at)
    normal = np.array([-direction[1], direction[0]])
    if normal @ outward < 0:
        normal = -normal
    seen = half * float(worn_ratio(flat / (1.04 * half)))
    # Spare cloth hangs: below a raised arm it is all on the lower side, beside a hanging arm mostly on the outer one,
    # because the trunk is in the way.
    lower = float(np.clip(0.5 + sign * (0.5 * normal[1] + 0.22 * abs(normal[0])), 0.0, 1.0))
    return point + sign * normal * (half * 1.03 + 1.7 * lower * max(0.0, seen - half * 1.03)), direction


def _project(limb: Limb, point: Array) -> float:
    """Arc length of the limb's point nearest to `point`."""
    return project(limb.points, point)


def _ribs(outer: Array, inner: Array, across: int = 5) -> Array:
    """(n, across+2, 2) ribs between two edges, each drawn out beyond them, and one rib beyond the last.

    Outwards cloth may bulge; inwards lies the trunk's.
    """
    share = np.concatenate([[-0.4], np.linspace(0, 1, across), [1.12]])
    ribs = outer[:, None] + (inner - outer)[:, None] * share[None, :, None]
    if len(ribs) < 2:
        return ribs
    last = ribs[-1] + 0.6 * (ribs[-1] - ribs[-2])
    return np.concatenate([ribs, last[None]])
