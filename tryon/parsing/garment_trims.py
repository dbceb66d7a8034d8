"""Trims of a worn garment that are hardly paler than the wall: they belong to it, and its sleeves end with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_pieces import disk
from tryon.parsing.garment_worn import (
    LOWER,
    NEAR_ARM,
    REDRAW,
    TRIM,
    WALL,
    continued,
    shoulder_width,
    skin_coloured,
    softened,
)
from tryon.types import LABEL, Garment, Mask, Person

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]

ALONG = 0.15  # shoulder distances that a trim goes on from what is surely one
PALER = 1.0  # CIE Lab: what differs more from an even wall, and is paler, is not of it
BESIDE, DEEP = 0.2, 0.5  # cuff widths beside a cuff's corners, and before and beyond it, that its trim is within
STEP = 0.1  # cuff widths along it that are counted as one
SOME = 0.35  # of a cuff that its trim is along
NARROW = 0.35  # cuff widths that it ends within
GAP = 0.35  # cuff widths: how far apart pieces of a trim may be
END = 90  # percentile of a trim's pixels that a sleeve ends at


def with_trims(garment: Garment, person: Person, told: Mask) -> Garment:
    """`garment` as `person` wears it with its trims, in its cut-out and at the ends of its sleeves; `told` (h,w) is its
    alpha by labels."""
    height, width = garment.cutout.shape
    scale = min(1.0, REDRAW / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = cv2.resize(person.photo.pixels, size, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(person.labels, size, interpolation=cv2.INTER_NEAREST)
    found, cloth = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) > 127 for plane in (garment.cutout, told))
    unit = shoulder_width(person.keypoints) * scale
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    ground = continued(lab[::4, ::4], labels[::4, ::4] == LABEL["background"], NEAR_ARM * unit / 4)
    rest = lab - cv2.resize(ground, size, interpolation=cv2.INTER_LINEAR)
    bare = skin_coloured(pixels) | np.isin(labels, [LABEL[name] for name in (*LOWER, "hair", "face", "neck")])
    trims = _pale_trims(rest, found.astype(np.uint8), labels, cloth & ~bare, unit) * ~bare
    trims, points = _at_cuffs(trims, garment.landmarks, scale)
    if not trims.any():
        return garment
    trims |= _joined(trims | found, trims, points, scale) & ~bare
    plane = cv2.resize((trims | found).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    near = cv2.resize(cv2.dilate(trims, disk(1)), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    alpha = np.where(near, np.round(softened(plane, max(height, width)) * 255).astype(np.uint8), 0)
    return replace(garment, cutout=np.maximum(garment.cutout, alpha), landmarks=points)


def _at_cuffs(trims: Array, points: Mapping[str, Point], scale: float) -> tuple[Array, dict[str, Point]]:
    """Those of `trims` (h,w) uint8 that are along a cuff, and narrow: a paler wall goes on. And the landmarks
    `points`, px of which `scale` are one of theirs, with cuffs that end with them."""
    y, x = np.nonzero(trims)
    place = np.stack([x, y], axis=1) / scale
    kept, result = np.zeros_like(trims), dict(points)
    for side in ("left", "right"):
        names = [f"cuff_{side}_{end}" for end in ("outer", "inner")]
        if not {*names, f"shoulder_{side}"} <= points.keys():
            continue
        outer, inner = (np.array(points[name]) for name in names)
        across = inner - outer
        wide = max(1.0, float(np.linalg.norm(across)))
        way = np.array([-across[1], across[0]]) / wide
        way *= 1 if way @ ((outer + inner) / 2 - points[f"shoulder_{side}"]) > 0 else -1
        at, on = (place - outer) @ across / wide**2, (place - outer) @ way / wide
        here = (np.abs(at - 0.5) < 0.5 + BESIDE) & (on > -DEEP) & (on < DEEP)
        along = np.unique(np.floor(at[here & (np.abs(at - 0.5) < 0.5)] / STEP))
        if len(along) * STEP < SOME or np.percentile(on[here], END) > NARROW:
            continue
        ends = [np.percentile(on[here & (np.floor(at / STEP) == step)], END) for step in along]
        here &= on < np.median(ends) + STEP / 2  # beyond it, the pale rim of an arm before the wall
        kept[y[here], x[here]] = 1
        for name, corner, share in ((names[0], outer, 0.0), (names[1], inner, 1.0)):
            beside = here & (np.abs(at - share) < 0.5) & (on > 0)
            if beside.any():
                end = corner + way * wide * np.percentile(on[beside], END)
                result[name] = (float(end[0]), float(end[1]))
    return kept, result


def _joined(cloth: Array, trims: Array, points: Mapping[str, Point], scale: float) -> Array:
    """(h,w) uint8 0 or 1: the `cloth` (h,w) uint8 of cuffs that end with `trims` (h,w) uint8, in one piece along them:
    where a trim goes over from shade to light it is just as light as the wall. `points` and `scale` as above."""
    whole = cloth.copy()
    for side in ("left", "right"):
        names = [f"cuff_{side}_{end}" for end in ("outer", "inner")]
        if not {*names, f"shoulder_{side}"} <= points.keys():
            continue
        corners = np.array([points[name] for name in names]) * scale
        across = corners[1] - corners[0]
        reach = round(GAP * float(np.linalg.norm(across)))
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - reach, 0)
        high = np.maximum(np.ceil(corners.max(axis=0)).astype(int) + reach, low)
        part = (slice(low[1], high[1]), slice(low[0], high[0]))
        if reach < 2 or not trims[part].any():
            continue
        half = np.rint(GAP / 2 * across).astype(int)
        line = np.zeros(2 * np.abs(half[::-1]) + 1, np.uint8)
        middle = np.abs(half)
        cv2.line(line, (middle - half).tolist(), (middle + half).tolist(), 1)
        up = NARROW * np.array([across[1], -across[0]])
        up *= 1 if up @ (np.array(points[f"shoulder_{side}"]) * scale - corners[0]) > 0 else -1
        ends = np.array([corners[0], corners[1], corners[1] + up, corners[0] + up]) - low
        cuff = cv2.fillConvexPoly(np.zeros_like(line, shape=cloth[part].shape), np.rint(ends).astype(np.int32), 1)
        closed = cv2.morphologyEx(cloth[part], cv2.MORPH_CLOSE, line) & cuff
        whole[part] |= cv2.morphologyEx(closed, cv2.MORPH_OPEN, disk(1))
    return whole


def _pale_trims(rest: Array, found: Array, labels: Array, told: Array, unit: float) -> Array:
    """(h,w) uint8 0 or 1: trims beside the garment `found` (h,w) uint8 that are hardly paler than a plain wall, which
    `rest` (h,w,3), CIE Lab, is the difference from: nothing that the figure throws on a wall makes it paler. Beside
    what is that, they go on in shade where labels have `told` (h,w) bool cloth."""
    size = np.linalg.norm(rest, axis=2)
    wall = cv2.erode((labels == LABEL["background"]).astype(np.uint8), disk(round(TRIM * unit))) > 0
    if not wall.any():
        return np.zeros_like(found)
    least = PALER + 2 * float(np.median(size[wall]))
    may_be = (size < WALL) & (found == 0)
    paler = (may_be & (size > least) & (rest[..., 0] > 0)).astype(np.uint8)
    sure = cv2.morphologyEx(paler, cv2.MORPH_OPEN, disk(1))  # no thin rims, as sharpening makes them
    closed = cv2.morphologyEx(sure, cv2.MORPH_CLOSE, disk(round(TRIM * unit)))  # stitches have shades
    seam = cv2.morphologyEx(closed | found, cv2.MORPH_CLOSE, disk(round(TRIM * unit / 2))) & cv2.dilate(closed, disk(2))
    shaded = told & (size > least) & (np.hypot(rest[..., 1], rest[..., 2]) < WALL)
    shaded &= cv2.dilate(sure, disk(round(ALONG * unit))) > 0
    whole = cv2.morphologyEx(found | ((closed | seam) & may_be) | shaded, cv2.MORPH_OPEN, disk(1))
    trim = whole & ~found & cv2.dilate(found, disk(round(2 * TRIM * unit))) & 1
    _, index, stats, _ = cv2.connectedComponentsWithStats(trim)
    large = stats[:, cv2.CC_STAT_AREA] > (TRIM * unit) ** 2
    large[0] = False
    return large[index].astype(np.uint8)
