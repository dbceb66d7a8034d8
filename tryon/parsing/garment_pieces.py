"""Pieces of ground and shadow inside a rough cut-out, and the parting of pale cloth from its shadow."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SHADOW = 34.0  # CIE L, how much darker than the background a soft shadow may be


def unshaded(light: Array, chroma: Array, flooded: Array, limits: tuple[float, float]) -> Array:
    """What no shadow can be: brighter or more colourful than any of the flooded ground, or far too dark."""
    bright, tint = limits
    if flooded.mean() > 0.05:
        bright = max(bright, float(np.percentile(light[flooded], 98)))
        tint = max(tint, float(np.percentile(chroma[flooded], 98)))
    found = (light > bright + 1) | (chroma > tint + 1) | (light < -SHADOW)
    return cv2.erode(found.astype(np.uint8), disk(1)).astype(bool)


def watershed(whole: Array, certain: Array, rest: Array) -> Array:
    """Pale cloth and its shadow parted along the sharpest line between the ground and what is certainly cloth."""
    certain = certain & whole
    if certain.sum() < 0.15 * whole.sum():
        depth = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 5)
        certain = depth > 0.35 * depth.max()
    return _part(cv2.dilate(whole.astype(np.uint8), disk(2)) == 0, certain, rest)


def from_middle(rest: Array) -> Array:
    """The object in the middle of the picture, parted from the picture's border along the sharpest line."""
    height, width = rest.shape[:2]
    outside, inside = np.ones((height, width), bool), np.zeros((height, width), np.uint8)
    outside[3:-3, 3:-3] = False
    cv2.circle(inside, (width // 2, height // 2), round(0.07 * min(height, width)), 1, -1)
    return _part(outside, inside.astype(bool), rest)


def _part(outside: Array, inside: Array, rest: Array) -> Array:
    """Watershed between two markers."""
    markers = outside.astype(np.int32)
    markers[inside] = 2
    picture = np.clip(128 + 14 * cv2.GaussianBlur(rest, (0, 0), 1.0), 0, 255).astype(np.uint8)
    cv2.watershed(np.ascontiguousarray(picture), markers)
    body = cv2.dilate((markers == 2).astype(np.uint8), disk(1))
    body = cv2.morphologyEx(body, cv2.MORPH_CLOSE, disk(4))
    return cv2.morphologyEx(body, cv2.MORPH_OPEN, disk(3)).astype(bool)


def best_outlined(bodies: list[Array], slope: Array) -> Array:
    """The largest of the bodies whose outline runs along edges nearly as much as the best one's does."""
    support = [outlined(body, slope) for body in bodies]
    good = [body for body, value in zip(bodies, support, strict=True) if value >= 0.85 * max(support)]
    return max(good, key=lambda body: int(body.sum()))


def outlined(body: Array, slope: Array) -> float:
    """How much of the body's outline runs along edges, 0..1; 0 for what is too small or too large."""
    strong = cv2.dilate(np.clip(slope / 1.2, 0, 1).astype(np.float32), disk(2))
    solid = body.astype(np.uint8)
    rim = (solid - cv2.erode(solid, disk(1), borderValue=0)) > 0
    return float(strong[rim].mean()) if rim.any() and 0.01 < float(body.mean()) < 0.9 else 0.0


def filled(body: Array) -> Array:
    return ~reached(~body)


def steepness(smooth: Array) -> Array:
    """Steepest change of colour a pixel, CIE Lab units."""
    gx = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 32
    gy = cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 32
    first, second, third = cv2.split(gx * gx + gy * gy)
    return np.sqrt(first + second + third)


def reached(passable: Array) -> Array:
    """The part of `passable` that is connected to the border of the picture."""
    padded = np.pad(passable.astype(np.uint8), 1, constant_values=1)
    _, index = cv2.connectedComponents(padded, connectivity=4)
    return (index == index[0, 0])[1:-1, 1:-1]


def open_gaps(body: Array, empty: Array, edge: Array, rest: Array, noise: tuple[float, float]) -> Array:
    """Takes ground out of the body that lies between straps or between sleeve and side, (h, w) bool.

    Candidates are the pieces of `empty`. A garment has few such gaps; when there are many, they are its own pattern,
    and only pieces as even as the ground itself count. Cloth of the ground's colour is left whole.
    """
    level = np.abs(rest[..., 0]) + np.hypot(rest[..., 1], rest[..., 2])
    calm = 1.3 + 4 * sum(noise)
    if not body.any() or np.percentile(level[body], 30) < 1.5:
        return body
    core = cv2.erode(empty.astype(np.uint8), disk(1))
    count, index, stats, _ = cv2.connectedComponentsWithStats(empty.astype(np.uint8), connectivity=4)
    area = np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    clear = np.bincount(index[(core > 0) & (level < calm)], minlength=count) / area
    found = [i for i in range(1, count) if area[i] > 2.5e-4 * body.sum()]
    found = [i for i in found if clear[i] > 0.3 or _empty(level[(index == i) & (core > 0)])]
    found = [i for i in found if _bordered(index == i, body, edge)]
    if len(found) > 6:
        even = 0.25 + 1.2 * sum(noise)
        found = [i for i in found if area[i] > 2e-3 * body.sum() and np.median(level[index == i]) < even]
    if len(found) > 8:
        return body
    out = body.copy()
    for i in found:
        region = cv2.dilate((index == i).astype(np.uint8), disk(1)).astype(bool)
        out[region & (level < SHADOW / 2)] = False
    return out


def _soft_pieces(pieces: Array, body: Array, own: Array, slope: Array, rest: Array) -> Array:
    """Shadowed gaps between sleeve and side or between legs: dark, thin, open to the ground at a narrow mouth only,
    and fading out there, as pale cloth does not. More than five of them are stripes that end at the outline.
    """
    light, level = rest[..., 0], np.abs(rest[..., 0]) + np.hypot(rest[..., 1], rest[..., 2])
    count, index, stats, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=4)
    size = np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    rim = pieces & cv2.dilate((~body).astype(np.uint8), disk(1)).astype(bool)
    around = pieces & (cv2.erode(pieces.astype(np.uint8), disk(1)) == 0)
    sharp = slope > 0.28 * cv2.dilate(level, np.ones((9, 9), np.uint8))
    outer, whole = np.bincount(index[rim], minlength=count), np.bincount(index[around], minlength=count)
    crisp = np.bincount(index[rim & sharp], minlength=count) / np.maximum(1, outer)
    dark, thick = np.bincount(index[pieces], light[pieces], count) / size, np.zeros(count)
    np.maximum.at(thick, index[pieces], cv2.distanceTransform(pieces.astype(np.uint8), cv2.DIST_L2, 3)[pieces])
    gap = (size > 5e-4 * body.sum()) & (outer > 0) & (outer < 0.2 * whole) & (thick < 13)
    gap &= (crisp < 0.4) & (dark < -5) & (thick > 3) & (size > 1.5e-3 * body.sum())
    columns, rows = np.flatnonzero(body.any(axis=0)), np.flatnonzero(body.any(axis=1))
    across = np.abs(stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] / 2 - (columns[0] + columns[-1]) / 2)
    gap &= (across > 0.15 * len(columns)) | (stats[:, cv2.CC_STAT_TOP] > rows[0] + 0.2 * len(rows))
    gap[0] = False
    soft = np.zeros(body.shape, bool)
    for i in np.flatnonzero(gap)[: 6 if gap.sum() <= 5 else 0]:
        piece = index == i
        ring = cv2.dilate(piece.astype(np.uint8), disk(4)).astype(bool) & ~piece & body
        if ring.any() and own[ring].mean() > 0.8:
            soft |= piece
    return soft


def only_beside(pieces: Array, body: Array) -> Array:
    """The enclosed pieces that may be gaps: beside the middle, or long as between two legs.

    What shows the ground's colour in the middle of the chest is a print.
    """
    columns, rows = np.flatnonzero(body.any(axis=0)), np.flatnonzero(body.any(axis=1))
    if not len(columns):
        return pieces
    _, index, stats, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=4)
    middle, half = (columns[0] + columns[-1]) / 2, (columns[-1] - columns[0] + 1) / 2
    offset = np.abs(stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] / 2 - middle) / half
    kept = (offset > 0.45) | (stats[:, cv2.CC_STAT_HEIGHT] > 0.22 * len(rows))
    kept[0] = False
    return kept[index]


def _bordered(piece: Array, body: Array, edge: Array) -> bool:
    """Whether cloth around a piece begins with an edge, as around a gap; folds that touch the ground's colour fade."""
    ring = cv2.dilate(piece.astype(np.uint8), disk(2)).astype(bool) & ~piece & body
    return bool(ring.any() and edge[ring].mean() > 0.5)


def _empty(level: Array) -> bool:
    """Whether a piece is perfectly even and about as light as the ground: painted out, not photographed."""
    return len(level) > 12 and float(level.mean()) < 8 and float(level.std()) < 0.35


def trim_shadow(body: Array, sure: Array, rest: Array, noise: tuple[float, float], slope: Array) -> Array:
    """Takes off the rim of contact shadow, where the cloth just inside is too unlike the ground to be its own rim."""
    light, chroma = rest[..., 0], np.hypot(rest[..., 1], rest[..., 2])
    tint = 1.4 + 4 * noise[1] - 0.05 * np.minimum(0, light)
    shade = ~sure & (chroma < tint) & (light < 0.6 + 4 * noise[0])
    own = (sure | (chroma > tint + 2)).astype(np.float32)
    soft = _soft_pieces(body & shade, body, own, slope, rest)
    out = body
    for _ in range(4):  # a wide shadow hides the cloth beside it until its rim is gone
        core = cv2.erode(out.astype(np.uint8), disk(5)).astype(np.float32) * ~soft
        weight = cv2.boxFilter(core, -1, (33, 33), normalize=False)
        unlike = (weight > 12) & (cv2.boxFilter(core * own, -1, (33, 33), normalize=False) > 0.78 * weight)
        _, index = cv2.connectedComponents((out & shade & unlike).astype(np.uint8), connectivity=4)
        touched = np.unique(index[cv2.dilate((~out).astype(np.uint8), disk(1)).astype(bool)])
        if not touched.any():
            break
        out = out & ~np.isin(index, touched[touched > 0])
    # Short deep bites as light as the ground are the cloth's own pale pattern; shadows are long, or dark.
    depth = cv2.distanceTransform(body.astype(np.uint8), cv2.DIST_L2, 3)
    count, index, stats, _ = cv2.connectedComponentsWithStats((body & ~out).astype(np.uint8), connectivity=8)
    reach = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    darkness = np.bincount(index.ravel(), light.ravel(), count) / np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    pattern = np.isin(index, np.flatnonzero((reach < 45) & (darkness > -3 - 4 * noise[0])))
    return out | (pattern & body & (depth > 3))


def disk(radius: int) -> Array:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
