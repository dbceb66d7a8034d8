"""The skin that a shorter or narrower garment uncovers, in the person's own tone, rounded like a limb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, fill, grow, ramp, shrink
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.limbs import share_along, spread, strip
from tryon.transfer.warping.reading import Regions


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The bare figure: where it lies and how it is rounded. All (h,w) float32."""

    arms: Array  # 0..1
    legs: Array  # 0..1
    trunk: Array  # 0..1
    across: Array  # position across the trunk, -1..1 at its edges
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
            along[name, side] = np.zeros(size, np.float32)
            if name == "arms" and not limb.seen:
                continue
            mask, across, far = strip(limb, size)
            light = roundness(across)
            # Where the limb is bare it is where its skin is seen; the strip is for what cloth hides.
            bare = spread(limb, far, share_along(limb, mask, far, regions.skin | regions.hands))
            mask = mask * ramp(bare, 0.65, 0.35)
            along[name, side] = far
            shade = np.where(mask > plane, light, shade).astype(np.float32)
            plane = np.maximum(plane, mask)
        planes[name], rounds[name] = plane, shade
    trunk, across = trunk_area(body, size)
    rounds["trunk"] = roundness(across * 0.85)
    return Figure(arms=planes["arms"], legs=planes["legs"], trunk=trunk, across=across, rounds=rounds, along=along)


def whole_round(figure: Figure) -> Array:
    """(h,w) light over the bare figure: that of the limb, and of the trunk elsewhere."""
    result: Array = figure.rounds["trunk"]
    for name, plane in (("legs", figure.legs), ("arms", figure.arms)):
        result = result * (1 - plane) + figure.rounds[name] * plane
    return result.astype(np.float32)


def roundness(across: Array) -> Array:
    """Light over a limb from its middle (0) to its edge (1): flat in the middle, darker at the rim."""
    edge = np.clip(np.abs(across), 0, 1.1)
    result: Array = (1.04 - 0.10 * edge**2 - 0.22 * edge**5).astype(np.float32)
    return result


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


def tone_of(even: Array, regions: Regions, weight: Array, unit: float) -> Array:
    """(3,) the person's tone: the hue of face and neck, the brightness of the limbs that share it."""
    face = shrink(regions.face & ~grow(regions.hair, 0.05 * unit), 0.04 * unit)
    sure = even[face] if face.sum() > 50 else even[weight > 0.4] if (weight > 0.4).any() else even[weight > 0]
    lab = _lab(sure)
    hue = np.median(lab, axis=0)
    limbs = _lab(even[weight > 0.4]) if (weight > 0.4).any() else lab
    like = limbs[np.linalg.norm((limbs - hue) * [0.35, 1, 1], axis=1) < 11]
    if len(like) < 50:
        like = lab
    tone = np.array([np.percentile(like[:, 0], 55), *np.median(like[:, 1:], axis=0)], np.float32)
    result: Array = cv2.cvtColor(tone[None, None], cv2.COLOR_LAB2RGB)[0, 0] * 255
    return result


def _lab(colours: Array) -> Array:
    """(n,3) RGB 0..255 -> CIE Lab."""
    result: Array = cv2.cvtColor(np.clip(colours[None] / 255, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return result


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
    median = tone_of(even, regions, weight, unit)
    # Shadows, highlights and cloth that was taken for skin are not the tone: only pixels near it speak.
    off = np.abs(np.log((even + 8) / (median + 8))).mean(axis=2)
    weight *= ramp(off, 0.42, 0.18)
    tone = fill(blur(even, 1.5), weight)
    far = 1 - np.clip(3 * blur(weight, 0.25 * unit), 0, 1)[..., None]
    tone = blur(tone, 0.05 * unit)
    tone = tone + (median - tone) * (0.25 + 0.5 * far)
    result: Array = tone * light
    return result
