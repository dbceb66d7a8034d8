"""The skin that a shorter or narrower garment uncovers, in the person's own tone, rounded like a limb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, fill, grow, ramp, shrink
from tryon.transfer.warping.body import SIDES, Body, Limb, Side
from tryon.transfer.warping.reading import Regions


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The bare figure: where it lies and how it is rounded. All (h,w) float32."""

    arms: Array  # 0..1
    legs: Array  # 0..1
    trunk: Array  # 0..1
    rounds: Mapping[str, Array]  # "arms", "legs", "trunk": light over an evenly lit cylinder, about 0.7..1.05
    along: Mapping[tuple[str, Side], Array]  # ("arms", "left"): (h,w) arc length on that limb, 0 away from it


def read_figure(body: Body, regions: Regions) -> Figure:
    """Limbs as tapered strips as wide as the visible ones, the trunk between its measured edges."""
    size = regions.person.shape
    planes = {}
    along: dict[tuple[str, Side], Array] = {}
    rounds = {}
    for name, limbs in (("arms", body.arms), ("legs", body.legs)):
        plane, shade = np.zeros(size, np.float32), np.ones(size, np.float32)
        for side in SIDES:
            limb = limbs[side]
            if name == "arms" and not limb.seen:
                continue
            mask, across, far = strip(limb, size)
            light = roundness(across)
            along[name, side] = far
            shade = np.where(mask > plane, light, shade).astype(np.float32)
            plane = np.maximum(plane, mask)
        planes[name], rounds[name] = plane, shade
    trunk, across = trunk_area(body, size)
    rounds["trunk"] = roundness(across * 0.85)
    return Figure(arms=planes["arms"], legs=planes["legs"], trunk=trunk, rounds=rounds, along=along)


def whole_round(figure: Figure) -> Array:
    """(h,w) light over the bare figure: that of the limb, and of the trunk elsewhere."""
    result: Array = figure.rounds["trunk"]
    for name, plane in (("legs", figure.legs), ("arms", figure.arms)):
        result = result * (1 - plane) + figure.rounds[name] * plane
    return result.astype(np.float32)


def roundness(across: Array) -> Array:
    """Light over a limb from its middle (0) to its edge (1): flat in the middle, darker at the rim."""
    edge = np.clip(np.abs(across), 0, 1.1)
    result: Array = (1.03 - 0.24 * edge**3.2).astype(np.float32)
    return result


def strip(limb: Limb, size: tuple[int, ...], widen: float = 1.0) -> tuple[Array, Array, Array]:
    """Coverage (h,w) 0..1 of a limb, the position across it, -1..1 at its edges, and the arc length along it."""
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    best = np.full(size, 1e9, np.float32)
    across, far = np.zeros(size, np.float32), np.zeros(size, np.float32)
    arc, half = limb.arc, limb.half * widen
    low = np.maximum(limb.points.min(axis=0) - half.max() * 1.5, 0).astype(int)
    high = (limb.points.max(axis=0) + half.max() * 1.5 + 2).astype(int)
    window = (slice(low[1], max(high[1], 0)), slice(low[0], max(high[0], 0)))
    wx, wy = x[window], y[window]
    if wx.size == 0:
        return np.zeros(size, np.float32), across, far
    near, where, along = best[window], across[window], far[window]
    for k in range(len(limb.points) - 1):
        a, b = limb.points[k], limb.points[k + 1]
        span = b - a
        length = max(float(np.hypot(*span)), 1e-6)
        t = np.clip(((wx - a[0]) * span[0] + (wy - a[1]) * span[1]) / length**2, 0, 1)
        dx, dy = wx - a[0] - t * span[0], wy - a[1] - t * span[1]
        width = half[k] + t * (half[k + 1] - half[k])
        ratio = np.hypot(dx, dy) / width
        signed = (span[0] * dy - span[1] * dx) / length / width
        closer = ratio < near
        near[closer] = ratio[closer]
        where[closer] = signed[closer]
        along[closer] = (arc[k] + t * length)[closer]
    edge = max(0.8 / float(half.mean()), 0.01)
    return ramp(best, 1 + edge, 1 - edge), across, far


def trunk_area(body: Body, size: tuple[int, ...]) -> tuple[Array, Array]:
    """Coverage (h,w) of neck, shoulders and trunk, and the position across it, -1..1 at its edges."""
    left = [body.place(e[0], a) for e, a in zip(body.edges, body.rows, strict=True) if a > 0.25 * body.trunk]
    right = [body.place(e[1], a) for e, a in zip(body.edges, body.rows, strict=True) if a > 0.25 * body.trunk]
    over_left, over_right = body.shoulders["left"][:6], body.shoulders["right"][:6]
    neck = [body.place(s * 0.2 * body.unit, -0.75 * body.unit) for s in (-1, 1)]
    polygon = np.array([*left[::-1], *over_left[::-1], *neck, *over_right, *right])
    canvas = np.zeros(size, np.uint8)
    cv2.fillPoly(canvas, [np.rint(polygon * 8).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=3)
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    along = (x - body.origin[0]) * body.down[0] + (y - body.origin[1]) * body.down[1]
    sideways = (x - body.origin[0]) * body.side[0] + (y - body.origin[1]) * body.side[1]
    low = np.interp(along, body.rows, body.edges[:, 0])
    high = np.interp(along, body.rows, body.edges[:, 1])
    across = (2 * sideways - low - high) / np.maximum(high - low, 1.0)
    return canvas.astype(np.float32) / 255, across.astype(np.float32)


def skin_colour(pixels: Array, regions: Regions, figure: Figure, unit: float) -> Array:
    """(h,w,3) float32: skin for the whole picture, continued from what is bare, with the limbs' roundness."""
    bare = shrink(regions.skin & ~grow(regions.upper | regions.lower, 2), max(1.5, 0.012 * unit))
    weight = bare.astype(np.float32)
    weight += 0.5 * shrink(regions.hands, 0.03 * unit)
    if weight.sum() < 0.05 * unit * unit:
        weight += 0.6 * shrink(regions.face & ~grow(regions.hair, 0.06 * unit), 0.10 * unit)
    if not weight.any():
        return np.broadcast_to(np.float32([205, 165, 140]), pixels.shape).copy()
    light = whole_round(figure)[..., None]
    even = pixels.astype(np.float32) / light
    median = np.median(even[weight > 0.5] if (weight > 0.5).any() else even[weight > 0], axis=0)
    # Shadows and highlights next to the edge are not the tone: only pixels near the median speak.
    off = np.abs(np.log((even + 8) / (median + 8))).mean(axis=2)
    weight *= ramp(off, 0.42, 0.18)
    tone = fill(blur(even, 1.5), weight)
    tone = 0.75 * blur(tone, 0.05 * unit) + 0.25 * median
    result: Array = tone * light
    return result
