"""Trousers, shorts and skirts: the garment's pieces below the waist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.bare_legs import bare_legs, hides, holds
from tryon.transfer.warping.body import CROTCH, SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth, half_plane
from tryon.transfer.warping.field import ribbed, thin_plate
from tryon.transfer.warping.hanging import COLUMNS, rows_across
from tryon.transfer.warping.leg_edges import between_legs, half_widths, leg_edges, smooth_edge
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.measure import HEM_RANGE, landmarks, trunk_rows, worn_ratio
from tryon.transfer.warping.pieces import Piece, slanted
from tryon.transfer.warping.reading import WAIST, Regions
from tryon.transfer.warping.waist import (
    Hem,
    Waistline,
    fork_of,
    hanging_hem,
    hides_waistband,
    level_line,
    seen_waist,
    waistline,
)
from tryon.types import Garment

# Shoulder distances by which the inside of a trouser leg may reach beyond it to meet the other, and where the photo
# shows the gap between them.
CLOSED, PARTED = 0.10, 0.025
CLOSES = 0.5  # stages below the crotch down to which they do
OVER = 0.020  # shoulder distances: so much further up than the old waistband goes the new one, to hide it
BELOW = 0.03  # shoulder distances: so much further down than old trousers go new ones, to hide them
BENT = 0.35  # of the trunk: so far below it rows still follow the waistband
ROUND = 0.08  # of a leg's width: how much lower its hem hangs in front than at its sides, seen from a little above
SKIRT_ROUND = 0.035  # likewise of a skirt's width, beyond what its rows hang anyway
WIDE = (1.6, 2.0)  # flat width of a leg at the knee in the knee's: from a straight one to a wide one
CLOSE = 1.05  # of a bare leg's half width: at least that of the trousers that hide it
RESTS = 0.04  # shoulder distances below the hem of old trousers that rest on shoes, where these are seen
LOOSE = 0.70  # of what a leg's half width is beyond three times the ankle's: so much of a wide hem is seen
OUTER, INNER = 0.8, 0.3  # stages below the crotch over which a leg's edges leave the hips' lines for the limb's
# Of how far patches and fringes stand out of a flat leg's outer edge at the hips, where they lie around a body, and
# from the crotch on.
LYING = (0.4, 0.8)
HANGS = 1.5  # stage of a leg, between crotch and knee, from which wide cloth hangs free
COMES_OUT = ((0.80, 0.98), (0.45, 0.12))  # of the trunk: where a top ends; px outwards per px down from under its hem
SPREADS, STANCE = 0.5, 0.6  # shoulder distances below it from which on legs may part, by so many px more
RISES = (0.26, 0.42)  # shoulder distances below the hip joints: how high and how low trousers may have their crotch
WAIST_RANGE = (0.60, 0.93)  # of the trunk, where a waistband may sit


def bottom_scale(garment: Garment, body: Body) -> float:
    """Working pixels per pixel of the garment's picture, from the hips."""
    points = landmarks(garment)
    hips = float(np.linalg.norm(points["hip_right"] - points["hip_left"]))
    waist = float(np.linalg.norm(points["waist_right"] - points["waist_left"]))
    left, right, _ = body.half_width(body.trunk)
    by_hips = 1.08 * (left + right) / max(hips, 1.0)
    left, right, _ = body.half_width(0.75 * body.trunk)
    by_waist = 1.05 * (left + right) / max(waist, 1.0)
    if garment.kind == "skirt":  # a flared skirt says nothing about the hips
        return float(np.clip(by_waist, 0.6 * by_hips, 1.5 * by_hips))
    return float(np.clip(by_hips, 0.8 * by_waist, 1.2 * by_waist))


def waist_for(garment: Garment, body: Body, regions: Regions, scale: float) -> Waistline:
    """The upper edge of the waistband: a little above the old one where the photo shows that, under the top's hem."""
    return replace(_waist(garment, body, regions, scale), hem=hanging_hem(body, regions))


def _waist(garment: Garment, body: Body, regions: Regions, scale: float) -> Waistline:
    low, high = (share * body.trunk for share in WAIST_RANGE)
    points, own = landmarks(garment), 0.76 * body.trunk
    if "crotch" in points:
        rise = float(points["crotch"][1] - (points["waist_left"][1] + points["waist_right"][1]) / 2) * scale
        own = float(np.clip(body.trunk + CROTCH * body.unit - rise, low, high))
    seen = seen_waist(body, regions)
    if seen is not None and (regions.lower & regions.one_piece).any():  # under the upper part of a dress
        return level_line(body, min(WAIST * body.trunk, own))
    if seen is None or seen > high * 1.05:
        return level_line(body, own)
    line = waistline(body, regions, seen)
    along = line.along - line.covered - OVER * body.unit
    if hides_waistband(line, body, regions):
        along = min(along, own)
    return replace(line, along=along)


def bottom_pieces(
    cloth: Cloth, garment: Garment, body: Body, regions: Regions, scale: float, waist: Waistline
) -> tuple[list[Piece], dict[Side, float], float]:
    """Two legs, or one skirt; arc lengths on the legs at which trouser legs end; where along a skirt ends.

    `scale`: working pixels per pixel of `cloth`.
    """
    size = (regions.lower.shape[0], regions.lower.shape[1])
    if garment.kind == "skirt" or "crotch" not in cloth.points:
        source, target = skirt_pairs(cloth, garment, body, scale, waist)
        part = np.ones(cloth.alpha.shape, np.float32)
        hem = float(body.coordinates(target)[-COLUMNS:, 1].mean())
        return [Piece(name="skirt", part=part, field=thin_plate(source, target, size, 2e-4))], {}, hem
    edges = {each: leg_edges(cloth.alpha, cloth.points, each) for each in SIDES}
    legs = [_leg_piece(cloth, edges, garment, body, side, regions, scale, waist) for side in SIDES]
    return [leg[0] for leg in legs], {side: leg[1] for side, leg in zip(SIDES, legs, strict=True)}, 0.0


def skirt_pairs(cloth: Cloth, garment: Garment, body: Body, scale: float, waist: Waistline) -> tuple[Array, Array]:
    """Rows from the waist to the hem: (n,2) source and target points."""
    points = dict(cloth.points)
    points |= {f"armpit_{s}": points[f"waist_{s}"] for s in SIDES}
    hips = {f"waist_{s}": points.get(f"hip_{s}", points[f"waist_{s}"]) for s in SIDES}
    hems = {f"hem_{s}": points[f"hem_{s}_outer"] for s in SIDES}
    edges = trunk_rows({**points, **hips, **hems}, cloth.alpha, 7)
    level = (edges.left[:, 1] + edges.right[:, 1]) / 2
    length = float(level[-1] - level[0]) * scale
    low, high = (share * body.trunk for share in HEM_RANGE.get(garment.length, (1.1, 3.05)))
    if garment.length in ("cropped", "hip"):
        low, high = 1.1 * body.trunk, 1.45 * body.trunk
    ankle = min(float(body.coordinates(leg.points)[-1, 1]) for leg in body.legs.values())
    high = min(high, ankle - 0.08 * body.trunk)  # a hem over the shoes would need the floor's perspective
    stretch = float(
        np.clip((np.clip(waist.along + length, min(low, high), high) - waist.along) / max(length, 1.0), 0.45, 1.25)
    )
    along = waist.along + (level - level[0]) * scale * stretch
    flat = np.linalg.norm(edges.right - edges.left, axis=1) / 2 * scale
    across = np.linspace(0, 1, COLUMNS)[None, :, None]
    source = edges.left[:, None] * (1 - across) + edges.right[:, None] * across
    rows = bent(fitted(rows_across(body, along, flat, 0.06, slant=slanted(edges)), body, waist), body, waist)
    low = SKIRT_ROUND * np.linalg.norm(rows[:, -1] - rows[:, 0], axis=1) * np.linspace(0, 1, len(rows)) ** 2
    rows = rows + (low[:, None] * (1 - (2 * across[..., 0] - 1) ** 2))[..., None] * body.down
    return source.reshape(-1, 2), rows.reshape(-1, 2)


def fitted(rows: Array, body: Body, waist: Waistline) -> Array:
    """Rows of points (n,m,2), those at the waistband as wide as the photo shows it at each side where it does."""
    across, along = np.moveaxis(body.coordinates(rows), -1, 0)
    result = across.copy()
    for k in range(len(rows)):
        middle = float(across[k, [0, -1]].mean())
        for side, end in zip(SIDES, (0, -1), strict=True):
            half = abs(float(across[k, end]) - middle)
            centre, seen = around_waist(waist, side, float(along[k, end]), middle, half, body)
            part = (across[k] - middle) * (-1 if side == "left" else 1) >= 0
            result[k, part] = centre + (across[k, part] - middle) * seen / max(half, 1.0)
    return body.place(result, along)


def around_waist(
    waist: Waistline, side: Side, along: float, middle: float, half: float, body: Body
) -> tuple[float, float]:
    """Middle and half width of a row at one side, px: at the waistband those that the photo shows."""
    if side not in waist.ends:
        return middle, half
    share = float(np.clip(1 - (along - waist.along) / (BENT * body.trunk), 0, 1)) ** 1.5
    sign = -1 if side == "left" else 1
    edge = middle + sign * half
    edge += share * (waist.middle + sign * waist.ends[side] - edge)
    middle += share * (waist.middle - middle)
    return middle, sign * (edge - middle)


def bent(rows: Array, body: Body, waist: Waistline) -> Array:
    """Rows of points (n,m,2) moved down the trunk as the waistline tilts and bends, the less the further below it."""
    across, along = np.moveaxis(body.coordinates(rows), -1, 0)
    share = np.clip(1 - (along - waist.along) / (BENT * body.trunk), 0, 1)
    result: Array = rows + (share * (waist.at(across) - waist.along))[..., None] * body.down
    return result


def _leg_piece(
    cloth: Cloth, edges: Mapping[Side, tuple[Array, Array, Array]], garment: Garment, body: Body, side: Side,
    regions: Regions, scale: float, waist: Waistline,
) -> tuple[Piece, float]:  # fmt: skip
    """One leg and the arc length on the limb at which it ends; `edges`: of both legs, of `leg_edges`."""
    outer, inner, share = edges[side]
    flats = half_widths(edges) * scale
    target_outer, target_inner, end = _leg_target(flats, inner, share, garment, body, side, scale, waist, regions)
    p = cloth.points
    middle = (p["waist_left"] + p["waist_right"]) / 2
    foot = (p["hem_left_inner"] + p["hem_right_inner"]) / 2
    soft = 0.02 * float(np.linalg.norm(p["waist_right"] - p["waist_left"]))
    lower = half_plane(cloth.alpha.shape, p["crotch"], foot, p[f"hem_{side}_outer"], soft)
    upper = half_plane(cloth.alpha.shape, middle, p["crotch"], p[f"hem_{side}_outer"], soft)
    below = half_plane(cloth.alpha.shape, p["crotch"] + [-9, 0], p["crotch"] + [9, 0], foot, 1.0)
    part = (upper * (1 - below) + lower * below) * (1 - between_legs(cloth.alpha.shape, edges))
    hung = hanging(
        ribs(target_outer, target_inner, np.interp(share, (0.6, 1.0), LYING)),
        share,
        ROUND - dip_of(cloth.alpha, outer[-1], inner[-1]),
    )
    field = ribbed(ribs(outer, inner), bent(hung, body, waist), regions.lower.shape[:2])
    return Piece(name=f"leg_{side}", part=part, field=field), end


def _leg_target(
    flats: Array, inner: Array, stage: Array, garment: Garment, body: Body, side: Side, scale: float,
    waist: Waistline, regions: Regions,
) -> tuple[Array, Array, float]:  # fmt: skip
    """Outer and inner edge (n,2) on the body of one leg, `flats` (n,) px half as wide in the catalogue at the stages
    `stage` (n,) of `leg_edges`, and the arc length on the limb at which it ends; `inner` (n,2): its edge there."""
    old, person = regions.lower, regions.person
    leg = body.legs[side]
    rise = float(inner[6][1] - inner[0][1]) * scale
    low, high = (body.trunk + at * body.unit for at in RISES)
    fork = fork_of(body, regions)
    crotch_along = min(float(np.clip(waist.along + rise, low, high)), fork or high)
    closed = body.unit * (CLOSED if fork is None else PARTED)
    sign = -1 if side == "left" else 1
    start = _arc_at(body, leg, crotch_along)
    end = _leg_end(start, float(inner[-1][1] - inner[6][1]) * scale, garment, body, side, regions)
    out_line, in_line = [], []
    hidden: list[tuple[Array, ...]] = []
    bare = bare_legs(regions, body.unit)
    arcs = start + (end - start) * (stage - 1) / 2
    widths = leg_widths(flats, np.array([leg.at(float(at))[2] for at in arcs]), stage)
    for i, s in enumerate(stage):
        flat, at, seen = float(flats[i]), float(arcs[i]), float(widths[i])
        if s <= 1:
            along = waist.along + (crotch_along - waist.along) * s
            left, right, middle = body.half_width(along)
            half = (left + right) / 2
            seen = half * float(worn_ratio(2 * flat / half))
            middle, seen = around_waist(waist, side, along, middle, seen, body)
            out_line.append(body.place(middle + sign * seen, along))
            in_line.append(body.place(middle, along))
            hidden = [(out_line[-1], in_line[-1])]  # the last of them, at the crotch, stays
            continue
        point, direction, half = leg.at(at)
        normal = np.array([direction[1], -direction[0]])
        if normal @ body.side * sign < 0:
            normal = -normal
        inside = point - normal * seen
        inside = inside + _towards(body, at, inside, closed * max(0.0, 1 - (s - 1) / CLOSES))
        reach = float((point - inside) @ normal)
        stands_off = max(0.0, seen - 1.1 * half) + body.unit * max(0.0, s - 1.4)  # a skirt's hem is no leg's edge
        inside = point - min(reach, _to_gap(old, person, point, -normal, reach) + stands_off) * normal
        start_out, start_in = out_line[6], in_line[6]
        shift = (at - start) * direction
        out_line.append(mixed(start_out + shift, point + normal * seen, (s - 1) / OUTER))
        in_line.append(mixed(start_in + shift, inside, (s - 1) / INNER))
        lacks = float((point + normal * CLOSE * half - out_line[-1]) @ normal)
        covers = lacks > 0 and holds(bare, point + 0.9 * half * normal)
        least = [out_line[-1] + lacks * normal if covers else out_line[-1], in_line[-1]]
        ways = (normal, -normal)
        hidden.append(
            tuple(edge + hides(bare, edge, way, body.unit) * way for edge, way in zip(least, ways, strict=True))
        )
    least_out, least_in = (np.array(line) for line in zip(*hidden, strict=True))
    outwards = smooth_edge(np.array(out_line[6:]), least_out, sign * body.side)
    inwards = smooth_edge(np.array(in_line[6:]), least_in, -sign * body.side, held=2)
    out, inside_line = np.concatenate([out_line[:6], outwards]), np.concatenate([in_line[:6], inwards])
    return within(out, body, waist.hem, sign), inside_line, end


def _leg_end(start: float, inseam: float, garment: Garment, body: Body, side: Side, regions: Regions) -> float:
    """The arc length on the limb, px, at which a leg ends that begins at `start` and is `inseam` px long."""
    total, end = float(body.legs[side].arc[-1]), start + inseam
    if garment.kind != "trousers" or garment.length not in ("ankle", "calf"):
        return float(np.clip(end, start + 0.06 * total, 1.05 * total))
    end = float(np.clip(end, (1.04 if garment.length == "ankle" else 0.72) * total, 1.06 * total))
    if garment.length == "calf":
        return end
    hem = old_hem(regions.lower, body, side)  # as far as the old trousers: what those hid of the shoes is not known
    lowest = min(hem + BELOW * body.unit, 1.12 * total)
    return lowest if on_shoes(regions, body, hem / total) else max(end, lowest)


def within(outer: Array, body: Body, hem: Hem | None, sign: int) -> Array:
    """The `outer` edge (n,2) of a leg at the right, `sign` 1, or left, -1, no further out than the top that hangs over
    it lets it come out: what that hides is no wider than it, whatever hands beside it make of the figure."""
    if hem is None:
        return outer
    across, along = np.moveaxis(body.coordinates(outer), -1, 0)
    below = np.maximum(along - hem.along, 0) / body.unit
    room = body.unit * (np.interp(hem.along / body.trunk, *COMES_OUT) * below + STANCE * np.maximum(below - SPREADS, 0))
    most = sign * (hem.right if sign > 0 else hem.left) + room
    return body.place(sign * np.minimum(sign * across, most), along)


def mixed(hips: Array, limb: Array, share: float) -> Array:
    """(2,) place of an edge that goes over from the line of the hips to that of the limb."""
    result: Array = hips + (limb - hips) * min(1.0, share)
    return result


def leg_widths(flat: Array, half: Array, stage: Array) -> Array:
    """(n,) half widths of a trouser leg as they are seen, px, from those of the cloth `flat` and of the limb `half`.

    Wide cloth hangs straight down from the thigh: it does not follow the calf.
    """
    seen = half * worn_ratio(flat / (1.05 * half)) + LOOSE * np.maximum(0, flat - 3 * 1.05 * half)
    hips, knee = (int(np.searchsorted(stage, at)) for at in (1.0, 2.0))
    kept = float(ramp(np.array(flat[knee] / half[knee]), *WIDE)) * ramp(stage, 1.0, HANGS)
    seen += kept * np.maximum(0, flat * min(1.0, seen[hips] / flat[hips]) - seen)  # as wide, beside the hips, as it is
    free = stage >= HANGS
    if not free.any():
        return seen
    straight = np.interp(stage, [HANGS, 3.0], [np.interp(HANGS, stage, seen), seen[-1]])
    own = np.interp(stage, [HANGS, 3.0], [np.interp(HANGS, stage, flat), flat[-1]])
    straight *= flat / own  # its own form: a bell, a carrot
    wide = float(np.clip((np.min(flat[free] / half[free]) - 1.4) / 0.5, 0, 1))
    return np.where(free, seen + (straight - seen) * wide, seen)


def old_hem(old: Array, body: Body, side: Side) -> float:
    """Arc length on a leg, px, at which what covers it in the photo ends near the ankle; 0 where nothing does.

    Both legs of trousers are as long: the longer one tells, which hides what the labels took from a shoe.
    """
    shares = [_covered(old, leg) / float(leg.arc[-1]) for leg in body.legs.values()]
    return max(shares) * float(body.legs[side].arc[-1])


def on_shoes(regions: Regions, body: Body, hem: float) -> bool:
    """Whether what covers both legs down to the share `hem` of them rests on shoes there: new trousers end on these,
    too, and do not cut into them."""
    shoes = regions.person & ~regions.skin & ~regions.lower
    return hem > 0 and all(
        holds(shoes, leg.at(hem * float(leg.arc[-1]) + RESTS * body.unit)[0]) for leg in body.legs.values()
    )


def _covered(old: Array, leg: Limb) -> float:
    total = float(leg.arc[-1])
    found = 0.0
    for at in np.arange(0.85 * total, 1.15 * total, 1.0):
        if holds(old, leg.at(float(at))[0]):
            found = float(at)
    return found


def _towards(body: Body, at: float, point: Array, most: float) -> Array:
    """(2,) step from a leg's inner edge `point` to the middle between the legs, `most` px at most: thighs meet."""
    middle = np.mean([body.legs[side].at(at)[0] for side in SIDES], axis=0)
    across = float((middle - point) @ body.side)
    step: Array = float(np.clip(across, -most, most)) * body.side
    return step


def _to_gap(old: Array, person: Array, point: Array, inwards: Array, most: float) -> float:
    """How far, px, what covers the leg in the photo goes from its middle to the gap; `most` without one: a hem of a
    top that hangs lower in front is no gap."""
    steps = np.arange(0.0, max(most, 0.0) + 1.0)
    x, y = np.rint(point[:, None] + inwards[:, None] * steps).astype(int)
    if not (0 <= y[0] < old.shape[0] and 0 <= x[0] < old.shape[1] and old[y[0], x[0]]):
        return most
    bare = np.flatnonzero(~person[np.clip(y, 0, old.shape[0] - 1), np.clip(x, 0, old.shape[1] - 1)])
    return float(steps[bare[0]]) if len(bare) else most


def _arc_at(body: Body, leg: Limb, along: float) -> float:
    """Arc length on the leg where it is `along` px down the trunk's axis."""
    down = body.coordinates(leg.points)[:, 1]
    return float(np.interp(along, np.maximum.accumulate(down), leg.arc))


def dip_of(alpha: Array, outer: Array, inner: Array) -> float:
    """How much lower a hem hangs between its corners (2,) in the cut-out `alpha` (h,w) 0..1, of its width; no more than
    hems do."""
    (x, y), wide = (outer + inner) / 2, max(float(np.linalg.norm(outer - inner)), 1.0)
    column = alpha[max(0, round(y)) : round(y + ROUND * wide) + 1, int(np.clip(round(x), 0, alpha.shape[1] - 1))]
    return min(float((column > 0.5).sum()) / wide, ROUND)


def hanging(ribs: Array, stage: Array, round_: float = ROUND) -> Array:
    """Ribs (n+2,m,2) of a leg at stages (n,), those near the hem lower in front: a hem is a ring around the leg, which
    hangs by `round_` of its width lower there."""
    span = ribs[1:-1, -2] - ribs[1:-1, 1]
    wide = np.linalg.norm(span, axis=1)
    down = np.stack([-span[:, 1], span[:, 0]], axis=1) / np.maximum(wide, 1e-6)[:, None]
    way = ribs[-1, 2] - ribs[-2, 2]
    down *= np.sign(down @ way)[:, None]
    share = np.linspace(-1, 1, ribs.shape[1])  # the outermost lie beyond the edges
    bow = np.clip(1 - (share * (ribs.shape[1] - 1) / (ribs.shape[1] - 3)) ** 2, -0.3, 1)
    low = round_ * wide * np.clip(stage - 2, 0, 1) ** 2
    moved = low[:, None, None] * bow[None, :, None] * down[:, None]
    result = ribs.copy()
    result[1:-1] += moved
    result[-1] += moved[-1]
    return result


def ribs(outer: Array, inner: Array, lying: float | Array = 1.0, across: int = 5, margin: float = 0.25) -> Array:
    """(n+2, across+2, 2) ribs between the edges, drawn out beyond them and beyond waist and hem; `lying`: of what
    stands out at the outer edge so much does, in all or each of (n,) ribs."""
    share = np.tile(np.concatenate([[-margin], np.linspace(0, 1, across), [1 + margin]]), (len(outer), 1))
    share[:, 0] *= lying
    ribs = outer[:, None] + (inner - outer)[:, None] * share[..., None]
    first = ribs[0] - 0.5 * (ribs[1] - ribs[0])
    last = ribs[-1] + 1.6 * (ribs[-1] - ribs[-2])
    return np.concatenate([first[None], ribs, last[None]])
