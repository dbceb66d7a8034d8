"""A garment's silhouette set upright on its axis of symmetry, and its outline as two chains of points.

Each chain runs from the middle of the top to the middle of the bottom along one side. Its x counts outwards from the
axis, so that the left and the right side read alike; a convex corner turns positive, a concave one negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Mask

Array = NDArray[Any]

SIDE = 448  # px, longest side of the garment on the canvas
PAD = 24  # px, ground around it
POINTS = 240  # points of a chain


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The silhouette on a canvas, upright: `canvas` (h, w) uint8 0..255, symmetric about column `axis`."""

    canvas: Mask
    axis: float
    matrix: Array  # (2, 3) photo pixels -> canvas pixels
    symmetry: float  # 0..1, overlap with the mirror image
    angle: float  # degrees that the garment was turned by

    def to_photo(self, points: Array) -> Array:
        """(n, 2) canvas -> (n, 2) photo pixels."""
        back = cv2.invertAffineTransform(self.matrix)
        return points @ back[:, :2].T + back[:, 2]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of the outline, from the middle of the top to the middle of the bottom."""

    points: Array  # (n, 2) float64: x outwards from the axis, y down, canvas pixels
    dense: Array  # (m, 2) the same outline at every pixel
    arc: Array  # (m,) length along it, canvas pixels
    sign: int  # -1: left of the picture, 1: right
    step: float  # canvas pixels between neighbours

    def turn(self, reach: float) -> Array:
        """(n,) degrees that the outline turns at each point between chords of `reach` canvas pixels; + is convex."""
        k = max(1, round(reach / self.step))
        p = np.pad(self.points, ((k, k), (0, 0)), mode="edge")
        before, after = self.points - p[: -2 * k], p[2 * k :] - self.points
        cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        return np.degrees(np.arctan2(cross, (before * after).sum(axis=1)))

    def heading(self, reach: float, *, ahead: bool) -> Array:
        """(n,) direction in degrees (0 outwards, 90 down, 180 inwards) of the chord that arrives, or that leaves."""
        k = max(1, round(reach / self.step))
        p = np.pad(self.points, ((k, k), (0, 0)), mode="edge")
        chord = p[2 * k :] - self.points if ahead else self.points - p[: -2 * k]
        return np.degrees(np.arctan2(chord[:, 1], chord[:, 0]))


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What lies between points i < j of a chain, (n, n) each; nonsense where i >= j."""

    length: Array  # chord, canvas pixels
    heading: Array  # degrees
    bend: Array  # rms distance of the outline between from the chord, canvas pixels
    bulge: Array  # mean distance, positive where the outline lies outside the chord (convex)


def upright(alpha: Mask) -> Frame:
    """Finds the axis of symmetry (up to 12 degrees off the vertical) and sets the silhouette upright."""
    ys, xs = np.nonzero(alpha > 127)
    centre = np.array([(xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2])
    extent = float(max(np.ptp(xs), np.ptp(ys)) + 1)
    angle, _ = _lean(alpha, centre, extent)
    matrix = _turned(centre, angle, SIDE / extent, (SIDE / 2, SIDE / 2))
    corners = np.stack([xs, ys], axis=1)[:: max(1, len(xs) // 5000)] @ matrix[:, :2].T + matrix[:, 2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    matrix[:, 2] += PAD - low
    size = np.ceil(high - low).astype(int) + 2 * PAD
    canvas = cv2.warpAffine(alpha, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_AREA)
    if SIDE / extent < 1:
        blurred = cv2.GaussianBlur(alpha, (0, 0), 0.4 * extent / SIDE)
        canvas = cv2.warpAffine(blurred, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    axis, symmetry = _axis(canvas)
    return Frame(canvas=canvas, axis=axis, matrix=matrix, symmetry=symmetry, angle=angle)


def _turned(centre: Array, angle: float, scale: float, to: tuple[float, float]) -> Array:
    radians = np.radians(angle)
    turn = scale * np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]])
    return np.column_stack([turn, np.array(to) - turn @ centre])


def _lean(alpha: Mask, centre: Array, extent: float) -> tuple[float, float]:
    """How far the axis leans from the vertical, degrees, and the overlap with the mirror image there."""
    side = 96
    soft = cv2.GaussianBlur(alpha, (0, 0), max(0.5, 0.4 * extent / side)).astype(np.float32) / 255.0
    angles = np.arange(-12, 12.5, 1.5)
    scores = np.array([_mirrored(soft, centre, a, side / extent) for a in angles])
    best = int((scores - 0.0012 * np.abs(angles)).argmax())
    fine = angles[best] + np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    values = np.array([_mirrored(soft, centre, a, side / extent) for a in fine])
    angle = float(fine[int((values - 0.0012 * np.abs(fine)).argmax())])
    straight = float(scores[len(angles) // 2])
    if values.max() < straight + 0.012 or values.max() < 0.75:
        return 0.0, straight
    return angle, float(values.max())


def _mirrored(soft: Array, centre: Array, angle: float, scale: float) -> float:
    size = 128
    turned = cv2.warpAffine(soft, _turned(centre, angle, scale, (size / 2, size / 2)), (size, size))
    return _axis(turned)[1]


def _axis(soft: Array) -> tuple[float, float]:
    """Column of the best vertical axis of symmetry, and the overlap (intersection over union) there."""
    step = max(1, soft.shape[1] // 128)
    # Every second row tells as much of a vertical axis at half the work.
    small = soft[:: 2 * step, ::step].astype(np.float32) / max(1.0, float(soft.max()))
    columns = np.flatnonzero(small.sum(axis=0) > 0.5)
    middle = (columns[0] + columns[-1]) / 2
    width = small.shape[1]
    total = 2 * float(small.sum())
    found = []
    for twice in range(round(2 * middle - 0.3 * len(columns)), round(2 * middle + 0.3 * len(columns)) + 1):
        # Column x meets column twice - x.
        low, high = max(0, twice - width + 1), min(width - 1, twice)
        span = small[:, low : high + 1]
        both = float(np.minimum(span, span[:, ::-1]).sum())
        found.append((both / (total - both), twice / 2))
    score, column = max(found)
    return column * step + (step - 1) / 2, score


def sides(frame: Frame, canvas: Array | None = None) -> tuple[Side, Side]:
    """The outline's left and right chain."""
    canvas = frame.canvas if canvas is None else canvas
    contours, _ = cv2.findContours((canvas > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)[:, 0].astype(np.float64)
    column = round(frame.axis)
    near = np.flatnonzero(np.abs(outline[:, 0] - column) <= 1)
    if not len(near):
        near = np.flatnonzero(np.abs(outline[:, 0] - column) <= np.abs(outline[:, 0] - column).min() + 1)
    top = near[outline[near, 1].argmin()]
    bottom = near[outline[near, 1].argmax()]
    ring = np.roll(outline, -int(top), axis=0)
    split = (int(bottom) - int(top)) % len(outline)
    one, other = ring[: split + 1], np.vstack([ring[split:], ring[:1]])[::-1]
    if one[:, 0].mean() > other[:, 0].mean():
        one, other = other, one
    return _chain(one, frame.axis, -1), _chain(other, frame.axis, 1)


def _chain(points: Array, axis: float, sign: int) -> Side:
    local = np.column_stack([sign * (points[:, 0] - axis), points[:, 1]])
    smooth = np.column_stack([_smooth(local[:, 0]), _smooth(local[:, 1])])
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(smooth, axis=0), axis=1))])
    at = np.linspace(0, arc[-1], POINTS)
    even = np.column_stack([np.interp(at, arc, smooth[:, 0]), np.interp(at, arc, smooth[:, 1])])
    return Side(points=even, dense=smooth, arc=arc, sign=sign, step=max(1e-6, float(arc[-1]) / (POINTS - 1)))


def _smooth(values: Array) -> Array:
    kernel = np.array([1, 4, 6, 4, 1]) / 16.0
    return np.convolve(np.pad(values, 2, mode="reflect", reflect_type="odd"), kernel, mode="valid")


def pairs(side: Side) -> Pairs:
    """Chords between all points of a chain; sums of squares come from running totals."""
    p = side.points - side.points.mean(axis=0)
    x, y = p[:, 0], p[:, 1]
    chord = p[None] - p[:, None]
    length = np.hypot(chord[..., 0], chord[..., 1])
    safe = np.maximum(length, 1e-6)
    nx, ny = -chord[..., 1] / safe, chord[..., 0] / safe
    offset = nx * x[:, None] + ny * y[:, None]
    count = np.maximum(1, np.arange(len(p))[None] - np.arange(len(p))[:, None])

    def between(values: Array) -> Array:
        total = np.concatenate([[0.0], np.cumsum(values)])
        return total[None, :-1] - total[:-1, None]

    mean = nx * between(x) + ny * between(y)
    square = nx * nx * between(x * x) + 2 * nx * ny * between(x * y) + ny * ny * between(y * y)
    spread = square - 2 * offset * mean + count * offset * offset
    bend = np.sqrt(np.maximum(0, spread) / count)
    bulge = offset - mean / count  # the normal points inwards
    heading = np.degrees(np.arctan2(chord[..., 1], chord[..., 0]))
    return Pairs(length=length, heading=heading, bend=bend, bulge=bulge)
