"""Lace along an upper edge: the catalogue's ground that is seen through it is none of it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, largest, smooth_mask
from tryon.transfer.warping.straps import ground_like

DEEP = 0.10  # of the distance between the armpits: how far below the neckline's lowest point ground is looked for
MESH = 0.012  # of it: a lace's holes lie as close together
OPEN = 0.25  # share of ground in lace, at least
THIN = 0.05  # of the distance between the armpits: no strap is wider
OWN = 0.30  # share of the deep cloth that may have the ground's colour
BRIDGE = 0.12  # of that distance: how far to each side of the neckline's lowest point the back's edge is seen
DARK = 90  # grey levels from the ground to threads, at least
VEILED = 0.55  # of the way from the ground to the threads' colour: as dark is ground seen through a fine mesh
ASLANT = 1.0  # px up per px across that a neckline's edge rises from its point at the most
OVER = 0.3  # of the spot's height with the back's edge: how far above that its corners are looked for
CLEAR = ((0.3, 0.55, 1.0), (0.06, 0.4, 1.0))  # of what is left of lace, the share that is kept: a veil would be grey
FULL = 0.8  # of the way from the ground to the threads' colour, from where on nothing shines through


def without_ground(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> tuple[Array, Array]:
    """Picture (h,w,3) uint8 and cut-out (h,w) 0..1 of a strappy top with its lace taken off the ground, without spots
    of ground between the front's and the back's edge, nor that edge. `rgb` (h,w,3) uint8."""
    bare = alpha[::4, ::4] < 0.02
    if not {"armpit_left", "armpit_right", "neck_front"} <= points.keys() or not bare.any():
        return rgb, alpha
    colour = np.median(rgb[::4, ::4][bare], axis=0).astype(np.float32)
    left, right = points["armpit_left"], points["armpit_right"]
    width = float(np.linalg.norm(right - left))
    last = int(min(points["neck_front"][1] + DEEP * width, len(alpha)))
    mesh = max(1, round(MESH * width))
    columns = slice(max(0, int(points["neck_left"][0]) - mesh), int(points["neck_right"][0]) + mesh)
    part = (slice(max(0, int(points["neck_left"][1])), last), columns)
    if not alpha[part].size or ground_in(rgb[last::2, ::2], alpha[last::2, ::2], colour) > OWN:
        return rgb, alpha
    cloth = alpha[part] > 0.3
    off = largest(np.abs(rgb[part].astype(np.float32) - colour))
    threads = float(np.percentile(off[cloth], 80)) if cloth.any() else 0.0
    if threads < DARK:
        return rgb, alpha
    share = lace(ground_like(rgb[part], colour, VEILED * threads) & cloth, alpha[part] < 0.02, mesh, width)
    share *= on_body(cloth, THIN * width)
    left_over = np.interp(off / threads, [0.0, 0.5, FULL], [0.0, 0.5, 1.0]).astype(np.float32) * alpha[part]
    result, picture = alpha.copy(), rgb.copy()
    result[part] = alpha[part] + (left_over - alpha[part]) * share
    back = back_edge(result[part], float(points["neck_front"][0]) - columns.start, width)
    off_body = np.maximum(back, beside_spot(result[part], back))
    clear = np.interp(left_over, *CLEAR).astype(np.float32)  # between dark threads skin is seen as it is
    result[part] = (alpha[part] + (np.minimum(clear, left_over) - alpha[part]) * share) * (1 - off_body)
    own = colour + (rgb[part] - colour) / np.maximum(left_over, 0.15)[..., None]
    picture[part] = np.rint(np.clip(rgb[part] + (own - rgb[part]) * share[..., None], 0, 255)).astype(np.uint8)
    return picture, result


def ground_in(rgb: Array, alpha: Array, colour: Array) -> float:
    """How much of the deep cloth has the ground's colour itself, as a share: then nothing is told from it."""
    cloth = alpha > 0.98
    return float((ground_like(rgb, colour) & cloth).sum()) / max(int(cloth.sum()), 1)


def on_body(cloth: Array, thin: float) -> Array:
    """(h,w) 0..1: near what of `cloth` (h,w) bool is wider than `thin` px: not along straps."""
    step = max(1, int(thin / 4))
    size = 2 * round(0.5 * thin / step) + 1
    small = np.pad(cloth[::step, ::step].astype(np.uint8), size)  # a strap at the border is as thin as others
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    body = cv2.dilate(cv2.morphologyEx(small, cv2.MORPH_OPEN, disk), np.ones((3, 3), np.uint8))[size:-size, size:-size]
    return cv2.resize(body.astype(np.float32), cloth.shape[::-1], interpolation=cv2.INTER_LINEAR)


def lace(seen: Array, ground: Array, mesh: int, width: float) -> Array:
    """(h,w) 0..1: where `seen` (h,w) bool, what looks like ground, lies close together beside `ground` (h,w) bool."""
    dense = cv2.boxFilter((seen | ground).astype(np.float32), -1, (2 * mesh + 1, 2 * mesh + 1)) > OPEN
    near = cv2.distanceTransform((~ground).astype(np.uint8), cv2.DIST_L2, 3) < 0.10 * width
    _, index = cv2.connectedComponents((dense & near).astype(np.uint8))
    reached = np.isin(index, np.unique(index[ground])) & (index > 0)
    return smooth_mask(reached & ~ground, 1.0)


def back_edge(alpha: Array, middle: float, width: float) -> Array:
    """(h,w) 0..1: the back's upper edge, a thin bridge of cloth in the `middle` column between the ground above it and
    a spot of ground below."""
    window = slice(max(0, round(middle - BRIDGE * width)), max(0, round(middle + BRIDGE * width)))
    empty, result = alpha[:, window] < 0.3, np.zeros_like(alpha)
    if not empty.size:
        return result
    cloth_from = np.where(empty.all(axis=0), len(empty), (~empty).argmax(axis=0))
    spot = cv2.morphologyEx(empty.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    spot &= np.arange(len(empty))[:, None] > cloth_from
    first = spot.argmax(axis=0)
    thin = spot.any(axis=0) & (first - cloth_from < THIN * width)
    rows = np.arange(len(empty))[:, None]
    result[:, window] = smooth_mask((rows >= cloth_from - 1) & (rows <= first) & thin, 0.8)
    return result


def beside_spot(alpha: Array, back: Array) -> Array:
    """(h,w) 0..1: the corners that cloth, `alpha` (h,w) 0..1, has at both sides of the spot of ground below its back's
    edge, `back` (h,w) 0..1: on a body the front's two sides go aslant to the lowest point between them."""
    rows, across = np.arange(len(back), dtype=np.float32)[:, None], np.arange(back.shape[1], dtype=np.float32)
    spot = np.flatnonzero((back > 0.5).any(axis=0))
    if not spot.size:
        return np.zeros_like(back)
    below = np.where(back[:, spot] > 0.5, rows, 0).max(axis=0)
    lowest = ((alpha[:, spot] > 0.3) & (rows > below + 1)).argmax(axis=0).astype(np.float32)  # where the front begins
    line = (lowest[:, None] - ASLANT * np.abs(spot[:, None] - across)).max(axis=0)
    first = int((back > 0.5).any(axis=1).argmax())
    upper = first - OVER * (float(lowest.max()) - first)  # the back's edge sags, and its ends lie higher
    result: Array = np.clip(line - rows, 0, 1) * (rows >= upper)
    return result
