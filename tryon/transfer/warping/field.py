"""Warp fields: thin-plate splines on a coarse grid, ribbed meshes for limbs, and sampling through them.

A field says for every pixel of the person's picture where in the garment's picture it comes from: two (h,w)
float32 planes, far outside the picture (OUTSIDE) where the field is not defined.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array

OUTSIDE = -1e4
GRID = 8  # px between the points at which a spline is evaluated


@dataclass(frozen=True, kw_only=True)
class Field:
    """Where every pixel comes from: `x` and `y`, both (h,w) float32 in source pixels."""

    x: Array
    y: Array


def thin_plate(source: Array, target: Array, size: tuple[int, int], stiffness: float = 0.0) -> Field:
    """The spline through pairs of (n,2) points, from target back to source, for a picture of `size` = (h,w).

    Bookstein, "Principal warps" (1989): r^2 log r kernel plus an affine part. `stiffness` >= 0 lets the spline
    miss its points to stay smooth, in units of the mean squared distance of the target points.
    """
    centre, scale = target.mean(axis=0), max(float(target.std()), 1e-6)
    nodes = (target - centre) / scale
    weights, affine = _solve(nodes, source.astype(np.float64), stiffness)
    height, width = size
    gx, gy = np.arange(0, width + GRID, GRID), np.arange(0, height + GRID, GRID)
    grid = np.stack(np.meshgrid(gx, gy), axis=-1).reshape(-1, 2)
    points = (grid - centre) / scale
    values = _kernel(points, nodes) @ weights + affine[0] + points @ affine[1:]
    planes = values.reshape(len(gy), len(gx), 2).astype(np.float32)
    x, y = (_enlarge(planes[..., k], size) for k in range(2))
    return Field(x=x, y=y)


def _kernel(points: Array, nodes: Array) -> Array:
    squared = ((points[:, None] - nodes[None]) ** 2).sum(axis=2)
    result: Array = 0.5 * squared * np.log(np.maximum(squared, 1e-12))
    return result


def _solve(nodes: Array, values: Array, stiffness: float) -> tuple[Array, Array]:
    count = len(nodes)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(nodes, nodes) + stiffness * np.eye(count)
    system[:count, count] = 1
    system[:count, count + 1 :] = nodes
    system[count:, :count] = system[:count, count:].T
    right = np.concatenate([values, np.zeros((3, 2))])
    solution = np.linalg.lstsq(system, right, rcond=None)[0]
    return solution[:count], solution[count:]


def _enlarge(coarse: Array, size: tuple[int, int]) -> Array:
    """Values at every GRID-th pixel -> values at every pixel, bilinear and exact at the grid points."""
    height, width = size
    x = np.tile(np.arange(width, dtype=np.float32) / GRID, (height, 1))
    y = np.tile((np.arange(height, dtype=np.float32) / GRID)[:, None], (1, width))
    result: Array = cv2.remap(coarse, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return result


def ribbed(source: Array, target: Array, size: tuple[int, int]) -> Field:
    """The field of a strip given by ribs: (n,m,2) points in source and target, n ribs of m points each.

    Each cell is two triangles with an affine map; cells are drawn from the first rib to the last, so that where
    a bent limb folds over itself the later part lies on top.
    """
    height, width = size
    x, y = np.full(size, OUTSIDE, np.float32), np.full(size, OUTSIDE, np.float32)
    for i in range(source.shape[0] - 1):
        for j in range(source.shape[1] - 1):
            corners = ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j))
            for triangle in ((0, 1, 2), (0, 2, 3)):
                index = [corners[k] for k in triangle]
                _triangle(x, y, np.array([source[k] for k in index]), np.array([target[k] for k in index]))
    del height, width
    return Field(x=x, y=y)


def _triangle(x: Array, y: Array, source: Array, target: Array) -> None:
    """Writes the affine map of one triangle into both planes."""
    low = np.maximum(np.floor(target.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(target.max(axis=0)).astype(int) + 1, [x.shape[1], x.shape[0]])
    if (high <= low).any():
        return
    edge_a, edge_b = target[1] - target[0], target[2] - target[0]
    area = edge_a[0] * edge_b[1] - edge_a[1] * edge_b[0]
    if abs(area) < 1e-6:
        return
    gx = np.arange(low[0], high[0]) - target[0, 0]
    gy = (np.arange(low[1], high[1]) - target[0, 1])[:, None]
    b = (gx * edge_b[1] - gy * edge_b[0]) / area
    c = (edge_a[0] * gy - edge_a[1] * gx) / area
    inside = (b >= -1e-3) & (c >= -1e-3) & (b + c <= 1 + 1e-3)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    for plane, k in ((x, 0), (y, 1)):
        value = source[0, k] + b * (source[1, k] - source[0, k]) + c * (source[2, k] - source[0, k])
        np.copyto(plane[window], value.astype(np.float32), where=inside)


def sample(picture: Array, field: Field, *, sharp: bool) -> Array:
    """(gh,gw[,c]) float32 looked up through the field; 0 outside. `sharp`: Lanczos, for prints; else bilinear."""
    flags = cv2.INTER_LANCZOS4 if sharp else cv2.INTER_LINEAR
    result: Array = cv2.remap(picture, field.x, field.y, flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return result
