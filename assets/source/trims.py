"""What is put on a garment after it has been draped: buttons and folded collars."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from body import normals
from cloth import Solid
from patterns import Sewn

Array = npt.NDArray[Any]


def place_on_front(sewn: Sewn, points: Array, at: tuple[float, float]) -> tuple[Array, Array]:
    """The point and the normal of the draped front panel at a place of its pattern."""
    faces = sewn.cloth.faces[sewn.side == 0]
    flat = sewn.flat[faces]
    k = int(np.linalg.norm(flat.mean(1) - np.array(at), axis=1).argmin())
    n = normals(points, sewn.cloth.faces)[faces[k]].mean(0)
    return points[faces[k]].mean(0), n / np.linalg.norm(n)


def button(centre: Array, normal: Array, radius: float) -> tuple[Array, Array]:
    """A turned disc with a rim, as points and triangles."""
    side = np.cross(normal, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side) + 1e-9
    up = np.cross(side, normal)
    profile = [(1.0, 0.0), (1.0, 0.32), (0.88, 0.42), (0.72, 0.30), (0.0, 0.30)]
    n = 24
    ring = np.linspace(0, 2 * np.pi, n, endpoint=False)
    pts = [
        centre + radius * (r * (np.cos(a) * side + np.sin(a) * up) + (h + 0.10) * normal)
        for r, h in profile
        for a in ring
    ]
    faces = []
    for j in range(len(profile) - 1):
        for i in range(n):
            a, b, c, d = j * n + i, j * n + (i + 1) % n, (j + 1) * n + (i + 1) % n, (j + 1) * n + i
            faces += [(a, b, c), (a, c, d)]
    return np.array(pts), np.array(faces)


def collar(sewn: Sewn, points: Array, stand: float, fall: float) -> tuple[Array, Array, Array]:
    """A collar that stands at the neck and folds over: points, triangles and corner coordinates in decimetres."""

    def order(ids: list[int]) -> Array:
        p = points[ids]
        return p if p[0, 0] < p[-1, 0] else p[::-1]

    names = [k for k in sewn.loops if k.split("_")[1] == "neck"]
    front = [order(sewn.loops[k]) for k in names if k.startswith("front")]
    back = [order(sewn.loops[k]) for k in names if k.startswith("back")]
    front.sort(key=lambda p: -p[:, 0].mean())
    back.sort(key=lambda p: -p[:, 0].mean())
    path = np.concatenate([front[0], back[0][::-1], back[1][::-1], front[1]])  # from the middle, round the back
    keep = np.r_[True, np.linalg.norm(np.diff(path, axis=0), axis=1) > 1e-4]
    path = path[keep]
    arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    n = 140
    t = np.linspace(0.012, 0.988, n) * arc[-1]
    path = np.stack([gaussian_filter1d(np.interp(t, arc, path[:, k]), 2.0, mode="nearest") for k in range(3)], 1)
    centre = path.mean(0)
    out = path - centre
    out[:, 1] = 0
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
    out = gaussian_filter1d(out, 3.0, axis=0, mode="nearest")
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    s = np.linspace(-1, 1, n)
    edge = np.abs(s) ** 3
    up = np.array([0.0, 1.0, 0.0])
    rise = stand * (1 - 0.62 * edge)
    drop = fall * (0.78 + 0.42 * np.abs(s) ** 4)
    rows = []
    for k in np.linspace(0, 1, 7):
        rows.append(path + up * (rise * k)[:, None] - out * (0.10 * k * (1 - edge))[:, None])
    for a in np.linspace(0, np.pi, 7)[1:]:
        rows.append(rows[6] + out * (0.045 * (1 - np.cos(a))) + up * (0.05 * np.sin(a)))
    last = rows[-1]
    spread = 0.30 + 0.10 * edge
    for k in np.linspace(0, 1, 12)[1:]:
        tip = np.array([1.0, 0, 0]) * (-np.sign(s) * 0.30 * np.abs(s) ** 12 * k)[:, None]
        rows.append(last + out * (spread * drop * k)[:, None] - up * (drop * k)[:, None] + tip)
    grid = np.stack(rows)
    body = Solid(points, sewn.cloth.faces, normals(points, sewn.cloth.faces))
    flat = grid[13:].reshape(-1, 3)
    for _ in range(6):
        q, nrm, dist = body.nearest(flat)
        depth = np.einsum("ij,ij->i", flat - q, nrm) - 0.09
        flat = flat - nrm * np.minimum(depth, 0)[:, None] * (dist < 0.8)[:, None]
    leaf = flat.reshape(-1, n, 3)
    for _ in range(3):
        leaf[1:] = gaussian_filter1d(gaussian_filter1d(leaf, 1.5, axis=1, mode="nearest"), 1.0, axis=0, mode="nearest")[
            1:
        ]
    grid[13:] = leaf
    rows_n = len(grid)
    length = np.cumsum(np.r_[0, np.linalg.norm(np.diff(grid[:, n // 2], axis=0), axis=1)])
    u = np.tile(t, (rows_n, 1))
    v = np.tile(length[:, None], (1, n))
    ids = np.arange(rows_n * n).reshape(rows_n, n)
    a, b, c, d = ids[:-1, :-1].ravel(), ids[:-1, 1:].ravel(), ids[1:, 1:].ravel(), ids[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    uv = np.stack([u.ravel(), v.ravel()], 1)[faces]
    return grid.reshape(-1, 3), faces, uv
