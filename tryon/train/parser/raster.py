"""A z-buffer rasteriser: about fifteen 512x384 people a second on one core, compiled by numba."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def draw(
    points: Array, faces: Array, keep: Array, alpha: Array, uv: Array, noise: Array, level: float,
    nearest: Array, triangle: Array,
) -> None:  # fmt: skip
    """Writes depth and triangle index of the nearest surface of every pixel, in place.

    points (n,3) float32 x, y px and distance; faces (t,3) int32; keep (n,): a fragment whose interpolated value is
    negative is not there, which cuts necklines and hems out of meshes without cutting the meshes; alpha (t,) int8:
    where 1, a fragment also needs noise (s,s) at its uv above `level` (strands of hair).
    """
    height, width = nearest.shape
    size = noise.shape[0]
    for k in range(faces.shape[0]):
        a, b, c = faces[k, 0], faces[k, 1], faces[k, 2]
        if keep[a] < 0 and keep[b] < 0 and keep[c] < 0:
            continue
        x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, int(np.ceil(min(x0, x1, x2)))), min(width - 1, int(np.floor(max(x0, x1, x2))))
        top, bottom = max(0, int(np.ceil(min(y0, y1, y2)))), min(height - 1, int(np.floor(max(y0, y1, y2))))
        inverse = 1.0 / area
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * inverse
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * inverse
                w0 = 1.0 - w1 - w2
                if w0 < 0 or w1 < 0 or w2 < 0:
                    continue
                z = w0 * points[a, 2] + w1 * points[b, 2] + w2 * points[c, 2]
                if z >= nearest[y, x] or w0 * keep[a] + w1 * keep[b] + w2 * keep[c] < 0:
                    continue
                if alpha[k] > 0:
                    u = w0 * uv[a, 0] + w1 * uv[b, 0] + w2 * uv[c, 0]
                    v = w0 * uv[a, 1] + w1 * uv[b, 1] + w2 * uv[c, 1]
                    if noise[int(v * size) % size, int(u * size) % size] < level:
                        continue
                nearest[y, x] = z
                triangle[y, x] = k


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def interpolate(points: Array, faces: Array, triangle: Array, ys: Array, xs: Array, values: Array, out: Array) -> None:
    """Vertex values (n,c) at the pixels ys, xs of a drawn picture -> out (len(ys),c), in place."""
    channels = values.shape[1]
    for i in range(len(ys)):
        y, x = ys[i], xs[i]
        k = triangle[y, x]
        a, b, c = faces[k, 0], faces[k, 1], faces[k, 2]
        x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        inverse = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * inverse
        w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * inverse
        w0 = 1 - w1 - w2
        for j in range(channels):
            out[i, j] = w0 * values[a, j] + w1 * values[b, j] + w2 * values[c, j]


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def normals(points: Array, faces: Array) -> Array:
    """Unit vertex normals (n,3), weighted by triangle area."""
    result = np.zeros_like(points)
    for k in range(faces.shape[0]):
        a, b, c = faces[k, 0], faces[k, 1], faces[k, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for q in (a, b, c):
            result[q, 0] += nx
            result[q, 1] += ny
            result[q, 2] += nz
    for i in range(result.shape[0]):
        length = np.sqrt(result[i, 0] ** 2 + result[i, 1] ** 2 + result[i, 2] ** 2) + 1e-12
        result[i, 0] /= length
        result[i, 1] /= length
        result[i, 2] /= length
    return result
