"""Garments as cut-outs of the base mesh's helper surfaces: any neckline, sleeve and hem is one scalar field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from tryon.train.parser.assets import Fitted
from tryon.train.parser.body import FOOT_L, BodyModel
from tryon.train.parser.layers import Dressing
from tryon.types import LABEL

Array = NDArray[Any]
f32 = np.float32
FAR = 9.0  # dm, "not limited here"


@dataclass(frozen=True)
class Cut:
    """A garment for the trunk. Heights in base mesh dm (chin 6.9, shoulder 5.3, waist 1.6, crotch -0.3, knee -3.7).

    sleeve: end along the arm (0 shoulder, 1 elbow, 2 wrist), negative for none; neck: kind; depth, width: of the
    neckline; loose: 0..1; off: distance from the skin.
    """

    hem: float
    sleeve: float
    neck: str
    depth: float
    width: float
    loose: float
    off: float


def random_cut(rng: Generator, hem: float, dress: bool = False) -> Cut:
    sleeveless = 0.42 if dress else 0.2
    if rng.random() < sleeveless:
        neck = str(rng.choice(["tank", "strap", "halter", "off", "tank_v"], p=[0.42, 0.26, 0.12, 0.06, 0.14]))
        sleeve = -0.1
    else:
        neck = str(rng.choice(["crew", "v", "scoop", "square", "turtle"], p=[0.46, 0.19, 0.16, 0.07, 0.12]))
        lengths, odds = [0.16, 0.35, 0.55, 0.8, 1.2, 1.6, 1.97], [0.12, 0.12, 0.16, 0.1, 0.05, 0.06, 0.39]
        sleeve = float(rng.choice(lengths, p=odds) + rng.normal(0, 0.05))
    wide = {"crew": (0.62, 0.95), "v": (0.5, 0.95), "scoop": (0.7, 1.35), "square": (0.75, 1.2), "turtle": (0.1, 0.7)}
    low, high = wide.get(neck, (0.7, 1.15))
    loose = rng.uniform(0.3, 1.0) if rng.random() < (0.35 if dress else 0.6) else rng.uniform(0, 0.25)
    depth = rng.uniform(0.5, 2.1) if neck in ("v", "tank_v") else rng.uniform(0.4, 1.4)
    return Cut(hem, sleeve, neck, float(depth), float(rng.uniform(low, high)), float(loose), 0.05)


def trunk_field(body: BodyModel, cut: Cut) -> Array:
    """(n,) over base vertices, positive where the garment is."""
    y, x, z = body.y, np.abs(body.base[:, 0]), body.base[:, 2]
    hem = np.where(body.is_arm, FAR, y - cut.hem)
    sleeve = np.where(body.on_arm > 0.25, (cut.sleeve - body.arm) * 2.6, FAR)
    neck = np.minimum(_neckline(cut, x, y, z), (6.75 if cut.neck == "turtle" else 6.2) - y - (body.on_head > 0.3))
    return np.minimum(np.minimum(hem, sleeve), neck).astype(f32)


def _neckline(cut: Cut, x: Array, y: Array, z: Array) -> Array:
    front = (z > 0.25) | (y > 5.9)
    w, d = cut.width, cut.depth
    back = np.where(y > 5, np.hypot(x, y - 6.15) - w, FAR)
    if cut.neck in ("v", "tank_v"):
        vee = np.maximum((6.0 - d - y) + x * d / max(w, 0.2), x - w * 1.05)
        line = np.where(front, vee, back)
    elif cut.neck == "scoop":
        line = np.where(front, np.hypot(x / w, (np.minimum(y, 6.1) - 6.1) / d) - 1, back)
    elif cut.neck == "square":
        line = np.where(front, np.maximum(6.0 - d - y, x - w), back)
    elif cut.neck == "turtle":
        return np.where(y > 5.5, w - (y - 6.0), FAR)
    elif cut.neck == "strap":
        straps = np.minimum(x - w, w + 0.1 + 0.2 * (d - 0.4) - x)
        line = np.where(y > 4.35, straps, FAR)
        return np.where((y < 4.9) & (x < 1.75), np.maximum(line, 4.55 + 0.25 * d - y), line)
    elif cut.neck == "halter":
        edge = 1.75 - (y - 4.2) * (1.75 - 0.55 * w) / 1.7  # narrows from the armpit to the side of the neck
        return np.where(y > 4.2, np.minimum(edge - x, np.hypot(x, y - 6.3) - 0.6), FAR)
    elif cut.neck == "off":
        return 4.85 - y
    else:
        line = np.where(y > 4.5, np.hypot(x, (y - 6.15) * 1.1) - w, FAR)
    if cut.neck.startswith("tank"):
        edge = np.interp(y, [4.2, 4.7, 5.6, 6.2], [2.3, 1.62, max(w + 0.35, 1.25), w + 0.3])
        line = np.minimum(np.hypot(x, (y - 6.15) * 1.1) - w if cut.neck == "tank" else line, edge - x)
    return line


def drape(dressing: Dressing, loose: float) -> Array:
    """Rest points (m,3) of the tights mesh hanging from the chest: below it the cloth does not follow the waist in.

    A running maximum of the trunk's radius from the chest downwards, on a grid of angle and height.
    """
    body, ids = dressing.body, dressing.body.tights.ids
    points = dressing.figure.points[ids]
    trunk = np.clip(1 - body.on_arm[ids] * 1.3, 0, 1)
    y, z = points[:, 1], points[:, 2]
    axis = np.interp(y, [-8, 0, 2, 4, 6], [0.2, 0.15, 0.25, 0.2, 0.1])
    angle, radius = np.arctan2(points[:, 0], z - axis), np.hypot(points[:, 0], z - axis)
    columns, rows, low, high = 36, 40, -4.0, 6.3
    column = ((angle + np.pi) / (2 * np.pi) * columns).astype(int) % columns
    row = np.clip((high - y) / (high - low) * rows, 0, rows - 1).astype(int)
    grid = np.zeros((rows, columns))
    m = trunk > 0.5
    np.maximum.at(grid, (row[m], column[m]), radius[m])
    for i in range(columns):
        gap = grid[:, i] == 0
        if gap.any() and not gap.all():
            grid[gap, i] = np.interp(np.flatnonzero(gap), np.flatnonzero(~gap), grid[~gap, i])
    start = int((high - 4.6) / (high - low) * rows)
    decay = dressing.rng.uniform(0, 0.05)
    hung = grid.copy()
    for j in range(start, rows):
        hung[j] = np.maximum(hung[j], hung[j - 1] - decay)
    hung = (hung + np.roll(hung, 1, 1) + np.roll(hung, -1, 1)) / 3
    hung[start:] = np.maximum(hung[start:], grid[start:])
    factor = np.where(
        radius > 1e-3, (radius + (hung[row, column] - radius) * loose * trunk) / np.maximum(radius, 1e-3), 1
    )
    result = points.copy()
    result[:, 0] *= factor
    result[:, 2] = axis + (z - axis) * factor
    return result


def wave(body: BodyModel, ids: Array, rng: Generator, amount: float) -> Array:
    """Slow unevenness of a surface (m,) in dm."""
    gu, gv = body.gu[ids], body.gv[ids]
    total = np.zeros(len(ids))
    for _ in range(4):
        f, a = rng.uniform(0.4, 2.6), rng.uniform(0, 2 * np.pi)
        total += np.sin(gu * f * np.cos(a) * 2 + gv * f * np.sin(a) + rng.uniform(0, 6.3))
    return amount * total / 2


def wear_top(
    d: Dressing, cut: Cut, label: str, look: int, fold: float, opening: Callable[[Array], Array] | None = None
) -> Array:
    """A top on the tights mesh; `opening`: height -> half width of the gap in front. Returns its field (n,)."""
    body, rng, ids = d.body, d.rng, d.body.tights.ids
    keep = trunk_field(body, cut)
    keep = np.where(body.is_leg & (body.y < -3.3), -FAR, keep)
    if opening is not None:
        front = (body.base[:, 2] > 0.1) | (body.y > 5.8)
        keep = np.minimum(keep, np.where(front, np.abs(body.base[:, 0]) - opening(body.y), FAR))
    rest = drape(d, cut.loose)
    on_arm, arm = body.on_arm[ids], body.arm[ids]
    width = 0.02 + 0.3 * cut.loose * rng.uniform(0.2, 1.1)
    if rng.random() < 0.15:
        width *= 2.2  # bell and kimono sleeves
    sleeve = np.clip(on_arm * 1.2 - 0.2, 0, 1) * width * np.clip(arm * 1.6, 0, 1) * np.clip(arm / 2 + 0.35, 0, 1.1)
    flare = 0.1 * cut.loose * np.clip((4 - body.y[ids]) / 4, 0, 1.5)
    off = cut.off + sleeve + flare + wave(body, ids, rng, 0.02 + 0.08 * cut.loose)
    rest = rest + d.out[ids] * off[:, None]
    d.from_base(body.tights, rest, keep[ids], "cloth", LABEL[label], look=look, fold=fold)
    return keep


def wear_skirt(
    d: Dressing, top: float, hem: float, label: str, look: int, fold: float, width: float, base: float,
    opening: float = -1.0,
) -> Array:  # fmt: skip
    """A piece that hangs in one from `top` to `hem` on the skirt mesh. `base`: width factor at the top, `width`: flare.

    Returns its field over base vertices (n,).
    """
    body, rng, ids = d.body, d.rng, d.body.skirt.ids
    keep = np.minimum(top - body.y, body.y - hem + 0.2 * rng.normal() * np.abs(body.base[:, 0]) * 0.3)
    if opening >= 0:
        keep = np.minimum(keep, np.where(body.base[:, 2] > 0.1, np.abs(body.base[:, 0]) - opening, FAR))
    rest = d.figure.points[ids].copy()
    fall = np.clip(min(top, 1.8) - body.y[ids], 0, 9)
    pleats = np.sin(body.around[ids] * rng.integers(6, 16) + rng.uniform(0, 6.3)) * np.clip(fall / 2, 0, 2)
    factor = base + width * np.clip(fall / 4, 0, 1.3) + 0.06 * (0.25 + max(width, 0)) * pleats
    rest[:, 0] *= factor
    rest[:, 2] = 0.2 + (rest[:, 2] - 0.2) * factor
    d.from_base(body.skirt, rest, keep[ids], "cloth", LABEL[label], look=look, fold=fold)
    return keep


def wear_trousers(
    d: Dressing, waist: float, length: float, wide: float, label: str, look: int, fold: float, crotch: float
) -> Array:
    """length: 0 hip .. 1 knee .. 2 ankle; wide: how far they stand off the leg; crotch: drop in dm."""
    body, rng, ids = d.body, d.rng, d.body.tights.ids
    keep = np.minimum(
        np.where(body.is_arm, -FAR, waist - body.y), np.where(body.is_leg | (body.y < 0), (length - body.leg) * 4, FAR)
    )
    if length < 1.98:
        keep = np.where(body.region >= FOOT_L, -FAR, keep)
    flare = wide * np.clip(body.leg[ids], 0, 2) ** rng.uniform(0.3, 1.3) * np.clip(body.on_leg[ids], 0, 1)
    off = 0.05 + flare + wave(body, ids, rng, 0.015 + 0.08 * wide)
    rest = d.figure.points[ids] + d.out[ids] * off[:, None]
    seat = np.clip(1 - np.abs(body.y[ids] + 0.2) / 0.8, 0, 1) * np.clip(1 - np.abs(body.base[ids, 0]) / 0.6, 0, 1)
    rest[:, 1] -= crotch * seat
    d.from_base(body.tights, rest, keep[ids], "cloth", LABEL[label], look=look, fold=fold)
    return keep


def wear_legwear(d: Dressing, low: float, label: str, look: int, off: float, both: bool = True) -> None:
    """Socks, stockings and boot shafts: the leg from `low` (1 knee, 2 ankle) to the toes."""
    body, ids = d.body, d.body.tights.ids
    keep = np.where(body.is_leg, (body.leg - low) * 4, -FAR)
    rest = d.figure.points[ids] + d.out[ids] * off
    sides = ((1, "left_"), (-1, "right_")) if both else ((0, ""),)
    for sign, prefix in sides:
        side = keep if sign == 0 else np.where(body.base[:, 0] * sign > 0, keep, -FAR)
        d.from_base(body.tights, rest, side[ids], "cloth", LABEL[prefix + label], look=look, fold=0.15, plain=True)
    d.hide(keep - 0.1)


def wear_low_shoes(d: Dressing, look: int) -> None:
    """Pumps, ballerinas and sandals: sole, toe cap, heel cap and straps cut out of the feet; the instep is bare."""
    body, rng, ids = d.body, d.rng, d.body.skin.ids
    foot = body.region >= FOOT_L
    x, y, z = np.abs(body.base[:, 0] - np.sign(body.base[:, 0]) * 2.2), body.y, body.base[:, 2]
    sole, ankle = float(y[foot].min()), -7.45
    toe, heel = float(z[foot].max()), float(z[foot].min())
    rim = sole + rng.uniform(0.12, 0.4)
    keep = rim - y
    if rng.random() < 0.75:  # closed toes
        keep = np.maximum(keep, z - (toe - rng.uniform(0.5, 1.3)))
    if rng.random() < 0.8:
        keep = np.maximum(keep, np.minimum(heel + rng.uniform(0.3, 0.8) - z, ankle + rng.uniform(-0.1, 0.3) - y))
    for _ in range(int(rng.integers(0, 4)) if rng.random() < 0.5 else 0):
        keep = np.maximum(keep, rng.uniform(0.06, 0.2) - np.abs(z - rng.uniform(0.2, 1.6) + 0.3 * x))
    if rng.random() < 0.3:  # ankle strap
        keep = np.maximum(keep, rng.uniform(0.05, 0.15) - np.abs(y - ankle - rng.uniform(-0.1, 0.3)))
    rest = d.figure.points[ids] + d.out[ids] * rng.uniform(0.03, 0.09)
    near_foot = foot | ((body.leg > 1.9) & body.is_leg)
    keep = np.where(near_foot, keep * 2, -FAR)
    d.from_base(body.skin, rest, keep[ids], "cloth", LABEL["left_shoe"], look=look, fold=0.0, plain=True)


def split_suits(body: BodyModel) -> tuple[dict[str, Fitted], dict[str, Fitted]]:
    """The CC0 suits cut into tops and bottoms by connected piece."""
    tops: dict[str, Fitted] = {}
    bottoms: dict[str, Fitted] = {}
    for name, suit in body.assets.clothes.items():
        if "suit" not in name or name in ("male_casualsuit01", "male_worksuit01"):
            continue
        corners = suit.source[suit.faces]
        count = int(suit.source.max()) + 1
        links = sp.coo_matrix(
            (np.ones(corners.size), (corners.ravel(), np.roll(corners, 1, 1).ravel())), shape=(count, count)
        )
        _, piece = connected_components(links, directed=False)
        height = (suit.basis @ body.base + suit.offset)[:, 1]
        middle = {
            int(i): (height[piece[suit.source] == i].min() + height[piece[suit.source] == i].max()) / 2
            for i in np.unique(piece[suit.source])
        }
        for upper, shelf in ((True, tops), (False, bottoms)):
            chosen = [i for i, h in middle.items() if (h > 2.0) == upper]
            if chosen:
                shelf[name] = _subset(body, suit, np.isin(piece[suit.source], chosen), upper)
    return tops, bottoms


def _subset(body: BodyModel, suit: Fitted, member: Array, upper: bool) -> Fitted:
    faces = suit.faces[member[suit.faces[:, 0]]]
    used, inverse = np.unique(faces, return_inverse=True)
    limit = (body.y > 1.0) | body.is_arm if upper else (body.y < 1.3) & ~body.is_arm
    return replace(
        suit, basis=suit.basis[used], weights=suit.weights[used], offset=suit.offset[used], uv=suit.uv[used],
        faces=inverse.reshape(-1, 3).astype(np.int32), hides=suit.hides & limit, source=suit.source[used],
    )  # fmt: skip
