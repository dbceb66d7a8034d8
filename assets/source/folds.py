"""The folds that tops lie in, as the package reads them: `python folds.py --data mh.npz` (see README.md).

Each top is draped (drape.py), looked at from the front, and what its slopes have beside the body's roundness is kept in
the garment's own coordinates: tryon/transfer/warping/draped.py says which.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import cv2
import numba as nb
import numpy as np
import numpy.typing as npt

from body import load
from drape import Worn, worn
from fold_tops import LONG, SHORT, TOPS, TRUNKS

sys.path.insert(0, str(Path(__file__).parents[2]))
from tryon.transfer.warping.draped import ABOVE, FILE, HOLLOW, SCALE, SLEEVE, TRUNK

Array = npt.NDArray[Any]
PX = 40  # per dm
TRUNK_SIZE, SLEEVE_SIZE = (160, 128), (112, 48)
EMPTY = -1e9
ROUND = 7.0  # places on a sleeve: what is wider is the sleeve itself
ASLANT = 0.25  # how far light comes from one side when a relief's depth is measured
DEEP = 0.25  # dm that a hollow is deep when it gets no light


@nb.njit(cache=True)
def _fill(points: Array, faces: Array, depth: Array) -> None:  # pragma: no cover
    high, wide = depth.shape
    for t in range(faces.shape[0]):
        a, b, c = points[faces[t, 0]], points[faces[t, 1]], points[faces[t, 2]]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(area) < 1e-9:
            continue
        for y in range(max(0, int(min(a[1], b[1], c[1]))), min(high - 1, int(max(a[1], b[1], c[1])) + 1) + 1):
            for x in range(max(0, int(min(a[0], b[0], c[0]))), min(wide - 1, int(max(a[0], b[0], c[0])) + 1) + 1):
                u = ((b[0] - x - 0.5) * (c[1] - y - 0.5) - (b[1] - y - 0.5) * (c[0] - x - 0.5)) / area
                v = ((c[0] - x - 0.5) * (a[1] - y - 0.5) - (c[1] - y - 0.5) * (a[0] - x - 0.5)) / area
                if min(u, v, 1 - u - v) > -1e-6:
                    depth[y, x] = max(depth[y, x], u * a[2] + v * b[2] + (1 - u - v) * c[2])


class Front:
    """What is seen of a part of some cloth from the front; places in the picture are px, y down."""

    def __init__(self, points: Array, faces: Array) -> None:
        self.low, self.top = points[:, 0].min() - 0.3, points[:, 1].max() + 0.3
        wide, high = np.ptp(points[:, 0]) + 0.6, np.ptp(points[:, 1]) + 0.6
        self.depth = np.full((int(np.ceil(high * PX)), int(np.ceil(wide * PX))), EMPTY)
        placed = np.concatenate([self.place(points[:, :2]), points[:, 2:]], axis=1)
        _fill(placed, faces.astype(np.int64), self.depth)
        self.cloth = self.depth > EMPTY

    def place(self, points: Array) -> Array:
        """(...,2) dm -> px."""
        return np.stack([(points[..., 0] - self.low) * PX, (self.top - points[..., 1]) * PX], axis=-1)

    def slopes(self, fine: float, broad: float) -> Array:
        """(h,w,3) slopes to the right and down and hollowness, of forms between `fine` and `broad` dm."""
        cloth = self.cloth.astype(np.float32)
        depth = np.where(self.cloth, self.depth, 0).astype(np.float32)
        depth = averaged(np.where(self.cloth, depth, averaged(depth, cloth, 8)), cloth, fine * PX)
        inner = cv2.erode(cloth, np.ones((3, 3)))
        planes = []
        for order in ((1, 0), (0, 1)):
            slope = np.clip(cv2.Sobel(depth, cv2.CV_32F, *order, ksize=3, scale=PX / 8), -2.5, 2.5) * inner
            planes.append((slope - averaged(slope, inner, broad * PX)) * inner)
        hollow = np.clip((averaged(depth, inner, 0.3 * PX) - depth) * inner / DEEP, -1, 1)
        return np.stack([*planes, hollow], axis=-1)


def averaged(values: Array, weight: Array, sigma: float) -> Array:
    mass = cv2.GaussianBlur(weight, (0, 0), sigma)
    return cv2.GaussianBlur((values * weight).astype(np.float32), (0, 0), sigma) / np.maximum(mass, 1e-3)


def armhole(one: Worn, sign: int) -> tuple[Array, Array]:
    """(n,2) pattern positions with the sleeve in question at the right, and how far they are beyond its armhole."""
    flat, (tip, under) = one.sewn.flat * np.array([sign, 1]), (one.pattern.marks[name] for name in ("tip", "under"))
    share = np.clip((flat[:, 1] - under[1]) / (tip[1] - under[1]), 0, 1)
    return flat, flat[:, 0] - under[0] - (tip[0] - under[0]) * share


def trunk_map(one: Worn) -> tuple[Array, float]:
    """(h,w,3) slopes on the front of a trunk, and the share of it at which the top ends."""
    points, faces, under = one.points, one.sewn.cloth.faces, one.pattern.marks["under"]
    own = np.ones(len(points), bool)
    for sign in (-1, 1):
        flat, beyond = armhole(one, sign)
        own &= ~((beyond > 0) & ((flat[:, 1] > under[1] - 0.05) | (flat[:, 0] > under[0] + 0.3)))
    front = Front(points, faces[own[faces].all(1) & (one.sewn.side == 0)])
    shoulders, hips = (
        np.mean([one.joints[f"{bone}.{side}"][1] for side in "LR"]) for bone in ("upperarm01", "upperleg01")
    )
    shares = np.linspace(*TRUNK, TRUNK_SIZE[0])
    rows = ((front.top - shoulders + shares * (shoulders - hips)) * PX).astype(int)
    seam = own & (one.sewn.layer == 2) & (one.sewn.flat[:, 1] < under[1] + 0.35) & (np.abs(one.sewn.flat[:, 0]) > 1.2)
    pit = (shoulders - points[seam, 1].max()) / (shoulders - hips)
    edges = np.full((len(rows), 2), np.nan)
    for i, row in enumerate(rows):
        seen = np.flatnonzero(front.cloth[row]) if 0 <= row < len(front.cloth) else ()
        if len(seen) > 20:
            edges[i] = seen[0], seen[-1]
    hem = shares[np.isfinite(edges[:, 0])][-1]
    first = int(np.searchsorted(shares, pit + 0.04))
    edges[:first] = edges[first]  # further up there are sleeves
    edges = evened(edges)
    across = np.linspace(-1, 1, TRUNK_SIZE[1])
    columns = edges.mean(1)[:, None] + across * (edges[:, 1] - edges[:, 0])[:, None] / 2
    slopes = looked_up(front.slopes(0.045, 0.5), columns, np.repeat(rows[:, None], TRUNK_SIZE[1], axis=1))
    away, down = np.abs(across)[None], shares[:, None]
    keep = np.interp(away, (0.78, 0.98), (1, 0.3)) * np.interp(down, (hem - 0.14, hem - 0.04), (1, 0))
    keep = keep * np.interp(down, (-0.1, 0.15), (0, 1))
    keep *= 1 - np.interp(down, (pit - 0.02, pit + 0.08), (1, 0)) * np.interp(away, (0.6, 0.9), (0, 1))
    return even_depth(slopes, keep, (shares > 0.3) & (shares < hem)), float(hem)


def sleeve_map(one: Worn, side: str, most: float = 1.0) -> tuple[Array, float]:
    """(h,w,3) slopes on the front of a sleeve, inwards and down, and the share of the arm at which it ends,
    `most` of it."""
    sign, under = (1 if side == "L" else -1), one.pattern.marks["under"]
    flat, beyond = armhole(one, sign)
    own = (beyond > -0.02) & (flat[:, 0] > max(under[0] - 0.05, 0.8)) & (flat[:, 1] > under[1] - 3.5)
    own &= ~((flat[:, 1] < under[1] - 0.02) & (flat[:, 0] < under[0] + 0.12))
    shoulder = (beyond > -1.0) & (flat[:, 1] > under[1] + 0.25)
    faces = one.sewn.cloth.faces
    front, sleeve = (Front(one.points, faces[part[faces].all(1)]) for part in (own | shoulder, own))
    arm = np.array([one.joints[f"{bone}.{side}"][:2] for bone in ("upperarm01", "lowerarm01", "wrist")])
    arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(arm, axis=0), axis=1))]
    shares = np.linspace(*SLEEVE, SLEEVE_SIZE[0])
    ways = [along(arm, arc, share * arc[-1], sign) for share in shares]
    edges = np.array([edges_at(sleeve if s > 0.12 else front, *way[::2]) for s, way in zip(shares, ways, strict=True)])
    end = min(float(shares[np.isfinite(edges[:, 0])][-1]), most)
    wide = np.ptp(edges, axis=1)
    half = float(np.nanmedian(wide[shares > 0.3])) / 2
    edges = evened(np.clip(edges, -1.5 * half, 1.35 * half))
    across = np.linspace(-1, 1, SLEEVE_SIZE[1])
    off = edges.mean(1)[:, None] + across * (edges[:, 1] - edges[:, 0])[:, None] / 2
    middle, down, inwards = (np.array([way[k] for way in ways])[:, None] for k in range(3))
    at = front.place(middle + off[..., None] * inwards)
    found = looked_up(front.slopes(0.035, 0.32), at[..., 0], at[..., 1])
    turned = [found[..., 0] * axis[..., 0] - found[..., 1] * axis[..., 1] for axis in (inwards, down)]
    keep = np.interp(np.abs(across), (0.7, 0.97), (1, 0.3))[None] * np.interp(shares, (0.0, 0.12), (0, 1))[:, None]
    keep = keep * np.interp(shares, (end - 0.06, end - 0.02), (1, 0))[:, None]
    whole = keep.astype(np.float32)  # the roundness of a sleeve is no fold
    turned = [plane - averaged(plane, whole, ROUND) for plane in (*turned, found[..., 2])]
    return even_depth(np.stack(turned, axis=-1), keep, (shares > 0.1) & (shares < end)), end


def along(arm: Array, arc: Array, at: float, sign: int) -> tuple[Array, Array, Array]:
    """(2,) each, dm, y up: the place at an arc length on an arm, the way down it and the way inwards."""

    def point(s: float) -> Array:
        beyond = max(s - arc[-1], 0.0) * (arm[2] - arm[1]) / (arc[2] - arc[1])
        return np.array([np.interp(s, arc, arm[:, k]) for k in range(2)]) + beyond

    reach = 0.15 * arc[-1]
    way = point(at + reach) - point(max(at - reach, 0.0))
    way /= np.linalg.norm(way)
    return point(at), way, np.array([way[1], -way[0]]) * sign


def edges_at(seen: Front, middle: Array, inwards: Array) -> tuple[float, float]:
    """Outer and inner edge, dm from the middle, of the cloth that is seen around it; NaN: none."""
    steps = np.linspace(-1.6, 1.6, 321)
    at = seen.place(middle + steps[:, None] * inwards).astype(int).clip(0, np.array(seen.cloth.shape[::-1]) - 1)
    on = seen.cloth[at[:, 1], at[:, 0]]
    if on[140:180].sum() <= 5:
        return np.nan, np.nan
    gaps = np.flatnonzero(~on)
    before, after = gaps[gaps < 140], gaps[gaps > 180]
    return steps[before[-1] if len(before) else 0], steps[after[0] if len(after) else -1]


def evened(edges: Array) -> Array:
    """(n,2) edges where all are known, without their jags."""
    known = np.flatnonzero(np.isfinite(edges[:, 0]))
    filled = np.stack([np.interp(np.arange(len(edges)), known, edges[known, k]) for k in range(2)], axis=1)
    return cv2.GaussianBlur(filled.astype(np.float32), (1, 11), sigmaX=0.1, sigmaY=1.7)


def looked_up(planes: Array, columns: Array, rows: Array) -> Array:
    return cv2.remap(planes, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)


def even_depth(slopes: Array, keep: Array, part: Array) -> Array:
    """Slopes that are nowhere steep, fade as `keep` (h,w) 0..1 says, and are such that light varies by 1 in `part`."""
    steep = np.sqrt(1 + np.square(slopes[..., :2]).sum(-1, keepdims=True))
    soft = cv2.GaussianBlur((slopes / steep * keep[..., None]).astype(np.float32), (0, 0), 0.5)
    return soft / (soft[part] @ np.array([ASLANT, ABOVE, -HOLLOW])).std()


def packed(found: list[tuple[Array, float]]) -> tuple[Array, Array]:
    """(n,h,w,3) uint8 maps and (n,) where they end."""
    levels = [np.clip(np.rint(slopes * SCALE) + 128, 0, 255).astype(np.uint8) for slopes, _ in found]
    return np.stack(levels), np.array([end for _, end in found], np.float32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("TRYON_MAKEHUMAN"))
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    if args.data is None:
        parser.error("say where the CC0 data is: --data or TRYON_MAKEHUMAN")
    data, tops = load(args.data), {}
    for name, drape in TOPS.items():
        print(name, flush=True)
        tops[name] = worn(data, drape)
    maps = {"trunk": packed([trunk_map(tops[name]) for name in TRUNKS])}
    for kind, names in (("short", SHORT), ("long", LONG)):
        maps[kind] = packed([sleeve_map(tops[name], *where) for name, *where in names])
    arrays = {name: levels for name, (levels, _) in maps.items()} | {f"{n}_ends": ends for n, (_, ends) in maps.items()}
    np.savez_compressed(args.out, **arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main())
