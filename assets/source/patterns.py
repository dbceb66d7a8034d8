"""Garments as flat patterns: a front and a back outline that share their seams, meshed and sewn (decimetres)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from cloth import Cloth

Array = npt.NDArray[Any]
SEAM, OPEN = "seam", "open"


@dataclass(frozen=True)
class Part:
    """One stretch of an outline; `kind` is seam (sewn to the other panel) or open; `name` such as hem or neck."""

    points: Array
    kind: str
    name: str


@dataclass
class Panel:
    parts: list[Part]

    def outline(self) -> Array:
        return np.concatenate([p.points[:-1] for p in self.parts])


@dataclass
class Pattern:
    front: Panel
    back: Panel
    marks: dict[str, Any] = field(default_factory=dict)
    fullness: Callable[[Array], Array] | None = None  # extra width as a factor of the flat one
    tight: dict[str, tuple[float, float]] = field(default_factory=dict)  # open edge -> (rest factor, reach in dm)
    split_front: bool = False


@dataclass
class Sewn:
    cloth: Cloth
    flat: Array  # pattern position of each vertex
    side: Array  # per face 0 front, 1 back
    layer: Array  # per vertex 0 front, 1 back, 2 seam
    loops: dict[str, list[int]]  # open edges
    near_open: Array  # distance to the nearest open edge in the pattern
    ripple: Array  # where gathered cloth starts in waves


def curve(points: list[tuple[float, float]] | Array, n: int = 24) -> Array:
    """Catmull-Rom curve through the points."""
    pts = np.asarray(points, float)
    ext = np.concatenate([[2 * pts[0] - pts[1]], pts, [2 * pts[-1] - pts[-2]]])
    out = []
    for i in range(len(pts) - 1):
        p0, p1, p2, p3 = ext[i : i + 4]
        t = np.linspace(0, 1, n, endpoint=False)[:, None]
        out.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    return np.concatenate([*out, pts[-1:]])


def mirrored(parts: list[Part]) -> list[Part]:
    """A half outline (x >= 0, from the centre line at the top round to the centre line at the hem) made whole."""
    flip = np.array([-1.0, 1.0])
    return parts + [Part(p.points[::-1] * flip, p.kind, p.name + "_r") for p in reversed(parts)]


def resample(points: Array, step: float) -> Array:
    seg = np.linalg.norm(np.diff(points, axis=0), axis=1)
    s = np.r_[0, np.cumsum(seg)]
    n = max(2, round(float(s[-1]) / step) + 1)
    t = np.linspace(0, s[-1], n)
    return np.stack([np.interp(t, s, points[:, k]) for k in range(2)], 1)


def _panel_mesh(
    panel: Panel, step: float, rng: np.random.Generator
) -> tuple[Array, Array, list[tuple[str, str, Array]]]:
    ring: list[Array] = []
    spans: list[tuple[str, str, Array]] = []
    count = 0
    for part in panel.parts:
        pts = resample(part.points, step)
        ids = np.arange(count, count + len(pts))
        ring.append(pts[:-1])
        count += len(pts) - 1
        spans.append((part.kind, part.name, ids))
    border = np.concatenate(ring)
    spans = [(k, n, ids % len(border)) for k, n, ids in spans]
    lo, hi = border.min(0), border.max(0)
    ys = np.arange(lo[1], hi[1], step * 0.866)
    grid = np.concatenate(
        [
            np.stack(
                [
                    np.arange(lo[0], hi[0], step) + (i % 2) * step / 2,
                    np.full(len(np.arange(lo[0], hi[0], step)), y),
                ],
                1,
            )
            for i, y in enumerate(ys)
        ]
    )
    grid = grid + rng.normal(0, step * 0.04, grid.shape)
    contour = border.astype(np.float32)
    inside = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), True) for x, y in grid]) > step * 0.55
    pts = np.concatenate([border, grid[inside]])
    tri = Delaunay(pts).simplices
    centre = pts[tri].mean(1)
    keep = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), True) for x, y in centre]) > 1e-4
    tri = tri[keep]
    a, b, c = (pts[tri[:, i]] for i in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    tri[area < 0] = tri[area < 0][:, ::-1]
    return pts, tri[np.abs(area) > 1e-6], spans


def _waves(flat: Array, layer: Array, rng: np.random.Generator, n: int = 60) -> Array:
    """Smooth noise over the pattern, another one on the back, about one in size."""
    out = np.zeros(len(flat))
    for _ in range(n):
        k = rng.normal(0, 1, 2)
        k *= 2 * np.pi / rng.uniform(0.45, 2.2) / np.linalg.norm(k)
        out += np.sin(flat @ k + rng.uniform(0, 6.28) + 1.7 * (layer == 1))
    return out / np.sqrt(n / 2)


def sew(pattern: Pattern, step: float, seed: int = 1, uneven: float = 0.0) -> Sewn:
    """Mesh both panels, merge the seams, derive rest lengths from the flat pattern."""
    rng = np.random.default_rng(seed)
    fp, ft, fs = _panel_mesh(pattern.front, step, rng)
    bp, bt, bs = _panel_mesh(pattern.back, step, rng)
    back_of = np.full(len(bp), -1)
    for kind, name, ids in bs:
        if kind == SEAM:
            mate = next(i for k, n, i in fs if n == name)
            back_of[ids] = mate
    new = back_of < 0
    back_of[new] = len(fp) + np.arange(int(new.sum()))
    flat = np.concatenate([fp, bp[new]])
    layer = np.concatenate([np.zeros(len(fp), int), np.ones(int(new.sum()), int)])
    layer[back_of[~new]] = 2
    faces = np.concatenate([ft, back_of[bt][:, ::-1]])
    side = np.r_[np.zeros(len(ft), int), np.ones(len(bt), int)]
    loops = {f"front_{n}": list(i) for k, n, i in fs if k == OPEN}
    loops |= {f"back_{n}": list(back_of[i]) for k, n, i in bs if k == OPEN}
    near, waist = np.full(len(flat), 9.0), np.full(len(flat), 9.0)
    factor = np.ones(len(flat))
    for name, ids in loops.items():
        member = layer != (1 if name.startswith("front") else 0)
        gap = np.linalg.norm(flat[member][:, None] - flat[ids][None], axis=2).min(1)
        near[member] = np.minimum(near[member], gap)
        stem = name.split("_")[1]
        if stem == "waist":
            waist[member] = np.minimum(waist[member], gap)
        if stem in pattern.tight:
            shrink, reach = pattern.tight[stem]
            factor[member] = np.where(gap < reach, np.minimum(factor[member], shrink), factor[member])
    edges, rest, bends, bend_rest = _constraints(flat, faces, side, layer, pattern.fullness)
    calm = np.clip(near / 0.4 - 0.3, 0, 1)
    factor = factor * (1 + uneven * calm * (0.6 + _waves(flat, layer, rng)))
    rest = rest * (factor[edges[:, 0]] + factor[edges[:, 1]]) / 2
    cloth = Cloth(np.zeros((len(flat), 3)), faces, edges, rest, bends, bend_rest, sticks=waist < 0.3)
    ripple = np.zeros(len(flat))
    if pattern.fullness is not None and pattern.marks.get("kind") != "trousers":
        wave = np.sin(2 * np.pi * flat[:, 0] / 0.62 + 1.3 * layer)
        ripple = np.clip(pattern.fullness(flat) - 1, 0, 1) * 0.28 * wave
    return Sewn(cloth, flat, side, layer, loops, near, ripple)


def _constraints(
    flat: Array, faces: Array, side: Array, layer: Array, fullness: Callable[[Array], Array] | None
) -> tuple[Array, Array, Array, Array]:
    half: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for f, (tri, s) in enumerate(zip(faces.tolist(), side.tolist(), strict=True)):
        for k in range(3):
            a, b, c = tri[k], tri[(k + 1) % 3], tri[(k + 2) % 3]
            half.setdefault((min(a, b), max(a, b)), []).append((c, s))
        del f
    edges = np.array(list(half), np.int64)

    def dist(a: Array, b: Array) -> Array:
        d = b - a
        if fullness is not None:
            d = d * np.stack([fullness((a + b) / 2), np.ones(len(d))], 1)
        return np.linalg.norm(d, axis=1)

    rest = dist(flat[edges[:, 0]], flat[edges[:, 1]])
    bends, length = [], []
    for (a, b), others in half.items():
        if len(others) != 2:
            continue
        (c, sc), (d, sd) = others
        pc, pd = flat[c], flat[d].copy()
        if sc != sd:  # across a seam: unfold the other panel over it
            axis = flat[b] - flat[a]
            axis = axis / (np.linalg.norm(axis) + 1e-9)
            rel = pd - flat[a]
            pd = flat[a] + 2 * axis * (rel @ axis) - rel
        bends.append((c, d))
        length.append(dist(pc[None], pd[None])[0])
    return edges, rest, np.array(bends, np.int64), np.array(length)
