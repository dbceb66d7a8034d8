"""Trousers, shorts and skirts: the garment's pieces below the waist."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth, half_plane
from tryon.transfer.warping.field import ribbed, thin_plate
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.lines import resample
from tryon.transfer.warping.measure import HEM_RANGE, landmarks, trunk_rows, worn_ratio
from tryon.transfer.warping.pieces import COLUMNS, Piece, rows_across
from tryon.types import Garment

CROTCH = 0.20  # below the hip joints, in shoulder distances
OVER = 0.03  # of the shoulder width: so much further up than the old waistband goes the new one, to hide it
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


def waist_level(garment: Garment, body: Body, scale: float, seen: float | None) -> float:
    """Where the waistband sits, px along the trunk; `seen`: where the photo shows one."""
    low, high = (share * body.trunk for share in WAIST_RANGE)
    if seen is not None and seen <= high * 1.05:
        return seen - OVER * body.unit
    points = landmarks(garment)
    if "crotch" in points:
        rise = float(points["crotch"][1] - (points["waist_left"][1] + points["waist_right"][1]) / 2) * scale
        return float(np.clip(body.trunk + CROTCH * body.unit - rise, low, high))
    return 0.76 * body.trunk


def bottom_pieces(
    cloth: Cloth, garment: Garment, body: Body, size: tuple[int, int], scale: float, waist: float
) -> tuple[list[Piece], dict[Side, float], float]:
    """Two legs, or one skirt; arc lengths on the legs at which trouser legs end; where along a skirt ends.

    `scale`: working pixels per pixel of `cloth`.
    """
    if garment.kind == "skirt" or "crotch" not in cloth.points:
        source, target = skirt_pairs(cloth, garment, body, scale, waist)
        part = np.ones(cloth.alpha.shape, np.float32)
        hem = float(body.coordinates(target)[-COLUMNS:, 1].mean())
        return [Piece(name="skirt", part=part, field=thin_plate(source, target, size, 2e-4))], {}, hem
    legs = [_leg_piece(cloth, garment, body, side, size, scale, waist) for side in SIDES]
    return [leg[0] for leg in legs], {side: leg[1] for side, leg in zip(SIDES, legs, strict=True)}, 0.0


def skirt_pairs(cloth: Cloth, garment: Garment, body: Body, scale: float, waist: float) -> tuple[Array, Array]:
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
    stretch = float(np.clip((np.clip(waist + length, min(low, high), high) - waist) / max(length, 1.0), 0.45, 1.25))
    along = waist + (level - level[0]) * scale * stretch
    flat = np.linalg.norm(edges.right - edges.left, axis=1) / 2 * scale
    across = np.linspace(0, 1, COLUMNS)[None, :, None]
    source = edges.left[:, None] * (1 - across) + edges.right[:, None] * across
    return source.reshape(-1, 2), rows_across(body, along, flat, 0.06).reshape(-1, 2)


def _leg_piece(
    cloth: Cloth, garment: Garment, body: Body, side: Side, size: tuple[int, int], scale: float, waist: float
) -> tuple[Piece, float]:
    outer, inner, share = _leg_source(cloth.points, side)
    target_outer, target_inner, end = _leg_target(outer, inner, share, garment, body, side, scale, waist)
    p = cloth.points
    middle = (p["waist_left"] + p["waist_right"]) / 2
    foot = (p["hem_left_inner"] + p["hem_right_inner"]) / 2
    soft = 0.02 * float(np.linalg.norm(p["waist_right"] - p["waist_left"]))
    lower = half_plane(cloth.alpha.shape, p["crotch"], foot, p[f"hem_{side}_outer"], soft)
    upper = half_plane(cloth.alpha.shape, middle, p["crotch"], p[f"hem_{side}_outer"], soft)
    below = half_plane(cloth.alpha.shape, p["crotch"] + [-9, 0], p["crotch"] + [9, 0], foot, 1.0)
    part = upper * (1 - below) + lower * below
    field = ribbed(_ribs(outer, inner), _ribs(target_outer, target_inner), size)
    return Piece(name=f"leg_{side}", part=part, field=field), end


def _leg_source(points: Mapping[str, Array], side: Side) -> tuple[Array, Array, Array]:
    """Outer and inner edge of one half, and for every rib its stage: 0 waist, 1 crotch, 2 knee, 3 hem."""
    crotch = points["crotch"]
    middle = (points["waist_left"] + points["waist_right"]) / 2
    hip, waist, hem = (points[name] for name in (f"hip_{side}", f"waist_{side}", f"hem_{side}_outer"))
    has_knee = f"knee_{side}_outer" in points
    knee = points[f"knee_{side}_outer"] if has_knee else (hip + hem) / 2
    knee_in = points[f"knee_{side}_inner"] if has_knee else (crotch + points[f"hem_{side}_inner"]) / 2
    t = float(np.clip((crotch[1] - hip[1]) / max(knee[1] - hip[1], 1e-6), 0, 1))
    fork = hip + (knee - hip) * t
    outer = np.concatenate(
        [
            resample(np.array([waist, hip, fork]), 7),
            resample(np.array([fork, knee]), 7)[1:],
            resample(np.array([knee, hem]), 7)[1:],
        ]
    )
    inner = np.concatenate(
        [
            resample(np.array([middle, crotch]), 7),
            resample(np.array([crotch, knee_in]), 7)[1:],
            resample(np.array([knee_in, points[f"hem_{side}_inner"]]), 7)[1:],
        ]
    )
    return outer, inner, np.linspace(0, 3, 19)


def _leg_target(
    outer: Array, inner: Array, stage: Array, garment: Garment, body: Body, side: Side, scale: float, waist: float
) -> tuple[Array, Array, float]:
    leg = body.legs[side]
    crotch_along = body.trunk + CROTCH * body.unit
    sign = -1 if side == "left" else 1
    total = float(leg.arc[-1])
    inseam = float(inner[-1][1] - inner[6][1]) * scale
    start = _arc_at(body, leg, crotch_along)
    end = start + inseam
    if garment.kind == "trousers" and garment.length in ("ankle", "calf"):
        end = float(np.clip(end, (0.97 if garment.length == "ankle" else 0.72) * total, 1.05 * total))
    else:
        end = float(np.clip(end, start + 0.06 * total, 1.05 * total))
    out_line, in_line = [], []
    for i, s in enumerate(stage):
        flat = float(np.linalg.norm(outer[i] - inner[i])) / 2 * scale
        if s <= 1:
            along = waist + (crotch_along - waist) * s
            left, right, middle = body.half_width(along)
            half = (left + right) / 2
            seen = half * float(worn_ratio(2 * flat / half))
            out_line.append(body.place(middle + sign * seen, along))
            in_line.append(body.place(middle, along))
            continue
        at = start + (end - start) * (s - 1) / 2
        point, direction, half = leg.at(at)
        normal = np.array([direction[1], -direction[0]])
        if normal @ body.side * sign < 0:
            normal = -normal
        seen = half * float(worn_ratio(flat / (1.05 * half)))
        blend = min(1.0, (s - 1) * 2.2)
        start_out, start_in = out_line[6], in_line[6]
        shift = (at - start) * direction
        out_line.append((point + normal * seen) * blend + (start_out + shift) * (1 - blend))
        in_line.append((point - normal * seen) * blend + (start_in + shift) * (1 - blend))
    return np.array(out_line), np.array(in_line), end


def _arc_at(body: Body, leg: Limb, along: float) -> float:
    """Arc length on the leg where it is `along` px down the trunk's axis."""
    down = body.coordinates(leg.points)[:, 1]
    return float(np.interp(along, np.maximum.accumulate(down), leg.arc))


def _ribs(outer: Array, inner: Array, across: int = 5, margin: float = 0.25) -> Array:
    """(n+2, across+2, 2) ribs between the edges, drawn out beyond them and beyond waist and hem."""
    share = np.concatenate([[-margin], np.linspace(0, 1, across), [1 + margin]])
    ribs = outer[:, None] + (inner - outer)[:, None] * share[None, :, None]
    first = ribs[0] - 0.5 * (ribs[1] - ribs[0])
    last = ribs[-1] + 1.6 * (ribs[-1] - ribs[-2])
    return np.concatenate([first[None], ribs, last[None]])
