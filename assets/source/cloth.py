"""A small position-based cloth solver (XPBD, small steps) with body contact, friction and self-repulsion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.spatial import cKDTree

Array = npt.NDArray[Any]


@dataclass
class Fabric:
    bend: float = 0.12  # share of a bending error that one step repairs
    stretch: float = 0.9
    damping: float = 0.985
    friction: float = 0.35
    thickness: float = 0.06
    gravity: float = 98.0
    uneven: float = 0.025  # how much the cloth's length varies from place to place: seeds of wrinkles


@dataclass
class Cloth:
    points: Array
    faces: Array
    edges: Array
    edge_rest: Array
    bends: Array
    bend_rest: Array
    pins: dict[int, Array] = field(default_factory=dict)
    bend_scale: Array | None = None
    sticks: Array | None = None  # vertices that do not slide on the body: waistbands


@nb.njit(cache=True, fastmath=True)
def _solve(p: Array, idx: Array, rest: Array, gain: Array, only_long: bool, w: Array) -> None:  # pragma: no cover
    for k in range(idx.shape[0]):
        i, j = idx[k, 0], idx[k, 1]
        wi, wj = w[i], w[j]
        if wi + wj == 0.0:
            continue
        dx, dy, dz = p[j, 0] - p[i, 0], p[j, 1] - p[i, 1], p[j, 2] - p[i, 2]
        length = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9
        err = length - rest[k]
        if only_long and err > 0:
            continue
        s = gain[k] * err / length / (wi + wj)
        p[i, 0] += wi * s * dx
        p[i, 1] += wi * s * dy
        p[i, 2] += wi * s * dz
        p[j, 0] -= wj * s * dx
        p[j, 1] -= wj * s * dy
        p[j, 2] -= wj * s * dz


@nb.njit(cache=True, fastmath=True)
def _contact(
    p: Array, old: Array, q: Array, n: Array, near: Array, thick: float, mu: Array
) -> None:  # pragma: no cover
    for i in range(p.shape[0]):
        if not near[i]:
            continue
        d = (p[i, 0] - q[i, 0]) * n[i, 0] + (p[i, 1] - q[i, 1]) * n[i, 1] + (p[i, 2] - q[i, 2]) * n[i, 2] - thick
        if d >= 0:
            continue
        push = min(-d, 0.08)
        for k in range(3):
            p[i, k] += push * n[i, k]
        mx, my, mz = p[i, 0] - old[i, 0], p[i, 1] - old[i, 1], p[i, 2] - old[i, 2]
        mn = mx * n[i, 0] + my * n[i, 1] + mz * n[i, 2]
        tx, ty, tz = mx - mn * n[i, 0], my - mn * n[i, 1], mz - mn * n[i, 2]
        size = np.sqrt(tx * tx + ty * ty + tz * tz) + 1e-12
        keep = min(mu[i] * push / size, 1.0) if mu[i] < 1 else 1.0
        p[i, 0] -= keep * tx
        p[i, 1] -= keep * ty
        p[i, 2] -= keep * tz


class Solid:
    """What cloth cannot enter: points with outward normals."""

    def __init__(self, points: Array, faces: Array, normals: Array) -> None:
        centre = points[faces].mean(1)
        cn = normals[faces].mean(1)
        cn /= np.linalg.norm(cn, axis=1, keepdims=True) + 1e-9
        used = np.unique(faces)
        self.points = np.concatenate([points[used], centre])
        self.normals = np.concatenate([normals[used], cn])
        self.tree = cKDTree(self.points)

    def nearest(self, x: Array) -> tuple[Array, Array, Array]:
        dist, at = self.tree.query(x, k=3)
        weight = 1 / (dist + 0.02)
        weight /= weight.sum(1, keepdims=True)
        q = (self.points[at] * weight[..., None]).sum(1)
        n = (self.normals[at] * weight[..., None]).sum(1)
        n /= np.linalg.norm(n, axis=1, keepdims=True) + 1e-9
        return q, n, dist[:, 0]


def neighbours(cloth: Cloth, rings: int) -> Any:
    n = len(cloth.points)
    i, j = cloth.edges.T
    a = sp.csr_matrix((np.ones(2 * len(i)), (np.r_[i, j], np.r_[j, i])), shape=(n, n)) + sp.eye(n)
    out = a
    for _ in range(rings - 1):
        out = out @ a
    return out.tocsr()


def relax(
    cloth: Cloth,
    fabric: Fabric,
    solid_at: Callable[[int], Solid],
    frames: int,
    substeps: int = 10,
    self_distance: float = 0.09,
    settle: int = 0,
    record: Callable[[int, Array], None] | None = None,
) -> Array:
    """Let the cloth fall for `frames` sixtieths of a second; `solid_at(frame)` is the body at that moment."""
    p = np.ascontiguousarray(cloth.points, np.float64)
    v = np.zeros_like(p)
    w = np.ones(len(p))
    for i, at in cloth.pins.items():
        w[i] = 0.0
        p[i] = at
    close = neighbours(cloth, 4)
    edge_gain = np.full(len(cloth.edges), fabric.stretch)
    bend_gain = np.full(len(cloth.bends), fabric.bend)
    if cloth.bend_scale is not None:
        bend_gain = np.clip(bend_gain * cloth.bend_scale, 0, 0.9)
    friction = np.full(len(p), fabric.friction)
    if cloth.sticks is not None:
        friction[cloth.sticks] = 1.0
    dt = 1 / 60 / substeps
    pairs, pair_rest, pair_gain = np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0)
    solid = solid_at(0)
    for frame in range(frames):
        solid = solid_at(frame)
        q, n, dist = solid.nearest(p)
        near = dist < 0.8
        if frame % 3 == 0 and self_distance > 0:
            found = cKDTree(p).query_pairs(self_distance * 1.6, output_type="ndarray").astype(np.int64)
            if len(found):
                touching = np.asarray(close[found[:, 0], found[:, 1]]).ravel() == 0
                found = found[touching]
            pairs = found
            pair_rest = np.full(len(pairs), self_distance)
            pair_gain = np.full(len(pairs), 0.3)
        damping = fabric.damping if frame < frames - settle else fabric.damping * 0.9
        for _ in range(substeps):
            old = p.copy()
            v[:, 1] -= fabric.gravity * dt
            v *= damping
            speed = np.linalg.norm(v, axis=1, keepdims=True)
            v *= np.minimum(1.0, 25.0 / (speed + 1e-9))
            p += v * dt * w[:, None]
            _solve(p, cloth.bends, cloth.bend_rest, bend_gain, False, w)
            _solve(p, cloth.edges, cloth.edge_rest, edge_gain, False, w)
            if len(pairs):
                _solve(p, pairs, pair_rest, pair_gain, True, w)
            _contact(p, old, q, n, near, fabric.thickness, friction)
            v = (p - old) / dt
        if record:
            record(frame, p)
    return p
