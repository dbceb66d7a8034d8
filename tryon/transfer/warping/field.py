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
    squared = sum(
        (points[:, None, k] - nodes[None, :, k]) ** 2 for k in range(2)
    )  # a sum along so short an axis is slow
    result: Array = np.log(np.maximum(squared, 1e-12))
    result *= 0.5 * squared
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
    matrix = np.array([[1 / GRID, 0, 0], [0, 1 / GRID, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    result: Array = cv2.warpAffine(coarse, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result


def ribbed(source: Array, target: Array, size: tuple[int, int]) -> Field:
    """The field of a strip given by ribs: (n,m,2) points in source and target, n ribs of m points each.

    Each cell is two triangles with an affine map; cells are drawn from the first rib to the last, so that where
    a bent limb folds over itself the later part lies on top.
    """
    x, y = np.full(size, OUTSIDE, np.float32), np.full(size, OUTSIDE, np.float32)
    ribs, points = source.shape[:2]
    first = (np.arange(ribs - 1)[:, None] * points + np.arange(points - 1)).reshape(-1, 1, 1)  # a corner of each cell
    index = (first + np.array([[0, 1, points + 1], [0, points + 1, points]])).reshape(-1, 3)
    origins, corners = source.reshape(-1, 2)[index], target.reshape(-1, 2)[index]
    low = np.maximum(np.floor(corners.min(axis=1)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=1)).astype(int) + 1, size[::-1])
    for k in np.flatnonzero((high > low).all(axis=1)):
        window = (slice(low[k, 1], high[k, 1]), slice(low[k, 0], high[k, 0]))
        _triangle((x[window], y[window]), origins[k].tolist(), (corners[k] - low[k]).tolist())
    return Field(x=x, y=y)


def _triangle(planes: tuple[Array, Array], source: list[list[float]], target: list[list[float]]) -> None:
    """Writes the affine map of one triangle into windows (h,w) of both planes; `target` in pixels of the window."""
    (x, y), (right, down), (left, up) = target
    ax, ay, bx, by = right - x, down - y, left - x, up - y
    area = ax * by - ay * bx
    if abs(area) < 1e-6:
        return
    height, width = planes[0].shape
    gx, gy = np.arange(width) - x, (np.arange(height) - y)[:, None]
    b = (gx * by - gy * bx) / area
    c = (ax * gy - ay * gx) / area
    inside = (b >= -1e-3) & (c >= -1e-3) & (b + c <= 1 + 1e-3)
    for plane, (start, one, other) in zip(planes, zip(*source, strict=True), strict=True):
        np.copyto(plane, start + b * (one - start) + c * (other - start), where=inside, casting="same_kind")


def sample(picture: Array, field: Field, *, sharp: bool) -> Array:
    """(gh,gw[,c]) float32 looked up through the field; 0 outside. `sharp`: Lanczos, for prints; else bilinear."""
    flags = cv2.INTER_LANCZOS4 if sharp else cv2.INTER_LINEAR
    result: Array = cv2.remap(picture, field.x, field.y, flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return result
