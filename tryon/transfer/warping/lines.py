"""Polylines: points along them, projections onto them, and a garment's outline in their place."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array


def on_line(line: Array, distance: float) -> Array:
    """(2,) point at an arc length along a polyline; straight on beyond its end."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    k = int(np.clip(np.searchsorted(arc, distance) - 1, 0, len(arc) - 2))
    return line[k] + (line[k + 1] - line[k]) * (distance - arc[k]) / max(steps[k], 1e-6)


def on_outline(outline: Array, line: Array, reach: float) -> Array:
    """The part of the outline between the ends of `line`, evenly spaced, if it stays within `reach` of it."""
    if len(outline) < 8:
        return line
    i, j = (int(np.linalg.norm(outline - end, axis=1).argmin()) for end in (line[0], line[-1]))
    if max(np.linalg.norm(outline[i] - line[0]), np.linalg.norm(outline[j] - line[-1])) > 0.5 * reach or i == j:
        return line
    low, high = min(i, j), max(i, j)
    ways = [outline[low : high + 1], np.concatenate([outline[high:], outline[: low + 1]])]
    way = min(ways, key=lambda points: float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()))
    if np.linalg.norm(way[0] - line[0]) > np.linalg.norm(way[-1] - line[0]):
        way = way[::-1]
    length = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
    path = resample(way, len(line))
    own = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())
    if own > 1.7 * length or np.linalg.norm(path - line, axis=1).max() > reach:
        return line
    path[0], path[-1] = line[0], line[-1]
    return smoothed(path)


def smoothed(line: Array) -> Array:
    """A polyline with its inner points averaged with their neighbours."""
    result: Array = line.copy()
    result[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    return result


def rounded(line: Array) -> Array:
    """(m,2) a polyline with its corners cut twice, as Chaikin did (1974); its ends stay."""
    for _ in range(2):
        before, after = line[:-1], line[1:]
        cut = np.stack([0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after], axis=1).reshape(-1, 2)
        line = np.concatenate([line[:1], cut[1:-1], line[-1:]])
    return line


def snapped(alpha: Array, point: Array, outwards: Array, reach: float) -> Array:
    """`point` moved along `outwards` (or against it) onto the edge of the cut-out, at most `reach` px."""
    steps = np.arange(-reach, reach + 0.5, 1.0)
    line = point + outwards * steps[:, None]
    x, y = np.rint(line[:, 0]).astype(int), np.rint(line[:, 1]).astype(int)
    ok = (x >= 0) & (y >= 0) & (x < alpha.shape[1]) & (y < alpha.shape[0])
    inside = np.zeros(len(steps), bool)
    inside[ok] = alpha[y[ok], x[ok]] > 0.5
    if not inside[0] or inside[-1]:
        return point
    last = int(np.flatnonzero(inside)[-1])
    result: Array = point + outwards * steps[last]
    return result


def resample(line: Array, count: int) -> Array:
    """(count,2) points evenly spaced along a polyline."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, arc[-1], count)
    return np.stack([np.interp(at, arc, line[:, k]) for k in range(2)], axis=1)


def project(line: Array, point: Array) -> float:
    """Arc length of the polyline's point nearest to `point`."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    best, place = np.inf, 0.0
    for k in range(len(arc) - 1):
        a, b = line[k], line[k + 1]
        span = b - a
        t = float(np.clip((point - a) @ span / max(span @ span, 1e-9), 0, 1))
        gap = float(np.linalg.norm(point - a - span * t))
        if gap < best:
            best, place = gap, float(arc[k] + t * (arc[k + 1] - arc[k]))
    return place
