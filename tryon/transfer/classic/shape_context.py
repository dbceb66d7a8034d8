"""Outlines matched by shape contexts, and the thin-plate spline that carries one into the other.

Belongie, Malik and Puzicha (PAMI 2002), with the constants of VITON's MATLAB code: two binary shapes on a small grid,
100 points on each outline, log-polar histograms of where the others lie, an assignment with dummies for outliers, a
regularised spline, six times over. Coordinates are MATLAB's inside this file: x, y, counted from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.types import Floats

Array = NDArray[Any]

WIDTH, HEIGHT = 48, 64  # of the grid on which shapes are matched
CONTROL = 10  # control points a side
POINTS = 100  # on each outline
ROUNDS = 6
ANGLES, RINGS, INNER, OUTER = 12, 5, 1 / 8, 2.0  # of the histograms; radii in mean distances
ANGLE_SHARE = 0.1  # of the cost, for the directions of the outlines
DUMMY_COST, DUMMIES = 0.25, 25
FIRST_STIFFNESS = 1000.0  # in squares of the mean distance; 1 in later rounds
TINY = float(np.finfo(float).eps)


class OutlineLost(ValueError):
    """A shape has too few outline points to be matched."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Points on the edge of a shape: (n, 2) x, y and (n,) the direction of the edge, radians."""

    points: Array
    angles: Array

    def __getitem__(self, index: Array) -> Outline:
        return Outline(self.points[index], self.angles[index])


@dataclass(frozen=True, eq=False)
class Spline:
    """A thin-plate spline: nodes (n, 2) and coefficients (n + 3, 2), bending first, then 1, x, y."""

    nodes: Array
    coefficients: Array

    def __call__(self, places: Array) -> Array:
        count = len(self.nodes)
        bending = _kernel(squared(places, self.nodes)) @ self.coefficients[:count]
        result: Array = _affine(places) @ self.coefficients[count:] + bending
        return result


def control_points(garment: Array, worn: Array, rng: np.random.Generator) -> Array:
    """(2, 10, 10) x, y in 0..1 of the garment's picture for a regular grid on the person's.

    garment: (64, 48) the shape of the flat garment, worn: (64, 48) the shape that it shall have, both crossing 0.5 at
    their edges. Raises OutlineLost.
    """
    ours, theirs = (thinned(outline(shape), rng) for shape in (garment, worn))
    return grid_of(match(ours, theirs))


def garment_shape(solid: NDArray[np.bool_]) -> Array:
    """(h, w) where the garment is in its photo -> (64, 48) 0 or 1, without holes and specks."""
    from scipy.ndimage import binary_fill_holes, median_filter  # here and below: the page does not wait for scipy

    rows, columns = (
        ((np.arange(small) + 0.5) * large / small).astype(int)
        for small, large in zip((HEIGHT, WIDTH), solid.shape, strict=True)
    )
    filled = binary_fill_holes(solid[rows][:, columns]).astype(np.float64)
    result: Array = median_filter(filled, size=3, mode="constant")
    return result


def outline(shape: Array, level: float = 0.5) -> Outline:
    """The points where a shape crosses the level between neighbouring pixels, with the direction of its edge there."""
    down, across = np.gradient(shape)
    found = []
    for axis, step in ((0, (0.0, 1.0)), (1, (1.0, 0.0))):
        first, second = (np.take(shape, np.arange(shape.shape[axis] - 1) + k, axis=axis) for k in (0, 1))
        row, column = np.nonzero((first >= level) != (second >= level))
        a, b = first[row, column], second[row, column]
        share = (level - a) / (b - a)
        found.append(np.stack([column + 1 + share * step[0], row + 1 + share * step[1]], axis=1))
    points = np.concatenate(found)
    x, y = (np.floor(points[:, k] + 0.5).astype(int) - 1 for k in (0, 1))
    return Outline(points, np.arctan2(down[y, x], across[y, x]) + np.pi / 2)


def thinned(edge: Outline, rng: np.random.Generator | None, count: int = POINTS) -> Outline:
    """`count` points of an outline, evenly spread: of a random three times as many, one of the closest pair goes again
    and again. Without `rng` the first ones are taken. Raises OutlineLost where there are not enough."""
    if len(edge.points) < count:
        raise OutlineLost(f"{len(edge.points)} outline points, fewer than {count}")
    order = np.arange(len(edge.points)) if rng is None else rng.permutation(len(edge.points))
    edge = edge[order[: 3 * count]]
    distance = squared(edge.points, edge.points)
    np.fill_diagonal(distance, np.inf)
    kept = np.ones(len(edge.points), bool)
    for _ in range(len(edge.points) - count):
        column = int(distance.min(axis=0).argmin())
        kept[column] = False
        distance[column] = distance[:, column] = np.inf
    return edge[np.flatnonzero(kept)]


def match(garment: Outline, worn: Outline, trace: list[tuple[Array, Array]] | None = None) -> Spline:
    """The spline that carries the garment's outline into the worn one. `trace` hears each round's costs (n, n) and the
    garment's point for every worn one (n + dummies,), n and more being dummies."""
    from scipy.optimize import linear_sum_assignment

    count = len(garment.points)
    total = count + DUMMIES
    moved, seen = garment, (np.ones(count, bool), np.ones(count, bool))
    spline = Spline(garment.points, np.zeros((count + 3, 2)))
    for round_ in range(ROUNDS):
        ours, _ = histograms(moved.points, seen[0])
        theirs, mean = histograms(worn.points, seen[1])
        turned = 0.5 * (1 - np.cos(moved.angles[:, None] - worn.angles[None]))
        cost = (1 - ANGLE_SHARE) * chi_squared(ours, theirs) + ANGLE_SHARE * turned
        full = np.full((total, total), DUMMY_COST)
        full[:count, :count] = cost
        rows, columns = linear_sum_assignment(full)
        owner = np.empty(total, int)
        owner[columns] = rows
        seen = columns[:count] < count, owner[:count] < count
        if trace is not None:
            trace.append((cost, owner))
        matched = np.flatnonzero(seen[1])
        if len(matched) < 4:
            raise OutlineLost("the outlines have nothing in common")
        stiffness = mean**2 * (FIRST_STIFFNESS if round_ == 0 else 1.0)
        spline = fitted(garment.points[owner[matched]], worn.points[matched], stiffness)
        moved = _carried(spline, garment)
    return spline


def histograms(points: Array, counted: Array) -> tuple[Array, float]:
    """(n, 60) how many of the counted points lie in each ring and direction around each point, and the mean distance
    of the counted ones."""
    step = points[None] - points[:, None]
    distance = np.sqrt(squared(points, points))
    mean = float(distance[np.ix_(counted, counted)].mean())
    limits = np.logspace(np.log10(INNER), np.log10(OUTER), RINGS)
    ring = (distance[..., None] / mean < limits).sum(axis=-1)
    angle = np.arctan2(step[..., 1], step[..., 0])
    sector = np.floor(np.fmod(np.fmod(angle, 2 * np.pi) + 2 * np.pi, 2 * np.pi) / (2 * np.pi / ANGLES)).astype(int)
    found = np.zeros((len(points), ANGLES * RINGS))
    row, column = np.nonzero((ring > 0) & counted[None])
    np.add.at(found, (row, sector[row, column] + ANGLES * (ring[row, column] - 1)), 1)
    return found, mean


def chi_squared(ours: Array, theirs: Array) -> Array:
    """(n, m) half the chi-squared distance of histograms (n, k) and (m, k), each brought to the sum 1."""
    a, b = (values / (values.sum(axis=1, keepdims=True) + TINY) for values in (ours, theirs))
    difference = (a[:, None] - b[None]) ** 2 / (a[:, None] + b[None] + TINY)
    result: Array = 0.5 * difference.sum(axis=-1)
    return result


def fitted(source: Array, target: Array, stiffness: float) -> Spline:
    """The spline from (n, 2) to (n, 2) points that may miss them to stay smooth (Bookstein 1989, regularised)."""
    count = len(source)
    distance = squared(source, source)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = distance * np.log(distance + np.eye(count)) + stiffness * np.eye(count)
    system[:count, count:] = _affine(source)
    system[count:, :count] = _affine(source).T
    return Spline(source, np.linalg.solve(system, np.concatenate([target, np.zeros((3, 2))])))


def grid_of(spline: Spline) -> Array:
    """(2, 10, 10): for a regular grid on the person the place in the garment that the spline carries nearest to it."""
    from scipy.spatial import cKDTree

    x, y = (np.linspace(-2 * side, 2 * side, 4 * side + 1) for side in (WIDTH, HEIGHT))
    places = np.stack([value.T.ravel() for value in np.meshgrid(x, y)], axis=1)  # column by column, as MATLAB
    wanted = np.meshgrid(np.linspace(1, WIDTH, CONTROL), np.linspace(1, HEIGHT, CONTROL))
    nearest = cKDTree(spline(places)).query(np.stack([value.T.ravel() for value in wanted], axis=1))[1]
    shares: Array = places[nearest] / (WIDTH, HEIGHT)
    return shares.T.reshape(2, CONTROL, CONTROL, order="F")


def warped(picture: Floats, controls: Array, width: int, height: int) -> Floats:
    """(h, w, c) looked up through control points: (height, width, c) float32; beyond the picture its border goes on."""
    return _looked_up(picture, places(controls, width, height).clip(-1, 1))


def places(controls: Array, width: int, height: int) -> Array:
    """(height, width, 2): where in the garment's picture each pixel comes from, x, y, -1..1 from its first pixel's
    middle to its last's.

    controls: (2, n, n) x, y in 0..1 of the picture, for a regular grid (n x n) on the result.
    """
    side = controls.shape[1]
    grid = np.stack([v.ravel() for v in np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))], axis=1)
    values = controls.reshape(2, -1).T.astype(np.float64) * 2 - 1
    system = np.zeros((side**2 + 3, side**2 + 3))
    system[: side**2, :3] = _affine(grid)
    system[: side**2, 3:] = _kernel(squared(grid, grid), 1e-12)
    system[side**2 :, 3:] = _affine(grid).T
    coefficients = np.linalg.solve(system, np.concatenate([values, np.zeros((3, 2))]))
    x = np.linspace(-1, 1, width)
    rows = []
    for y in np.linspace(-1, 1, height):  # a row at a time: the kernel of a whole picture is large
        points = np.stack([x, np.full(width, y)], axis=1)
        rows.append(np.concatenate([_affine(points), _kernel(squared(points, grid), 1e-12)], axis=1) @ coefficients)
    return np.stack(rows)


def squared(a: Array, b: Array) -> Array:
    """(n, m) squared distances."""
    result: Array = np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T, 0)
    return result


def _kernel(distance: Array, least: float = TINY) -> Array:
    result: Array = distance * np.log(distance + least)
    return result


def _affine(places: Array) -> Array:
    return np.concatenate([np.ones((len(places), 1)), places], axis=1)


def _carried(spline: Spline, edge: Outline) -> Outline:
    """An outline and its directions after the spline."""
    points = spline(edge.points)
    ahead = spline(edge.points + np.stack([np.cos(edge.angles), np.sin(edge.angles)], axis=1)) - points
    return Outline(points, np.arctan2(ahead[:, 1], ahead[:, 0]))


def _looked_up(picture: Floats, places: Array) -> Floats:
    """Bilinear values at (h, w, 2) places x, y in -1..1, the ends being the middles of the outermost pixels."""
    height, width = picture.shape[:2]
    x, y = ((places[..., k] + 1) / 2 * (side - 1) for k, side in ((0, width), (1, height)))
    left, top = (np.floor(value).astype(int) for value in (x, y))
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    above = picture[top, left] * (1 - across) + picture[top, right] * across
    below = picture[bottom, left] * (1 - across) + picture[bottom, right] * across
    return (above * (1 - down) + below * down).astype(np.float32)
