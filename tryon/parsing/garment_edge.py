"""The outline of a cut-out to the pixel: where colours go over from those of the ground to those of the cloth beside.

A rough outline may be a few pixels off; ringing of compression, shadows at hems and pale stripes or flowers on a pale
ground would leave its edge nibbled.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_ground import reduced
from tryon.parsing.garment_matte import MATTE_SIDE, dot, halved, sampled, sums, window
from tryon.parsing.garment_pieces import disk
from tryon.parsing.garment_rim import within_rim
from tryon.types import Mask

Array = NDArray[Any]

LAB = 0.4  # CIE Lab units for a level of 255, about
EDGE = 3  # px that an edge is wide at most
BARE = 0.12  # alpha up to which a pixel shows the ground
STRIPE, SHALLOW = 7, 1  # px: hollows of an outline narrower than a disk of that radius, and so deep, are no form


def edge_matte(pixels: Array, body: Array) -> Mask:
    """Soft alpha (h, w) as of `matte`, the outline moved to where colours change, up to a few px of the grid away."""
    work = reduced(pixels, MATTE_SIDE)
    size = work.shape[1::-1]
    factor = max(1.0, size[0] / body.shape[1])
    planes = [cv2.resize(p, size, interpolation=cv2.INTER_CUBIC) for p in (body.astype(np.float32), evened(body))]
    part = window(planes[0] > 0.5, round(16 * factor))
    alpha = np.zeros(size[::-1], np.float32)
    alpha[part] = _moved(np.ascontiguousarray(work[part]), planes[0][part], planes[1][part], factor)
    if alpha.shape != pixels.shape[:2]:
        alpha = cv2.resize(alpha, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.round(alpha * 255).astype(np.uint8)


def _moved(work: Array, rough: Array, filled: Array, factor: float) -> Array:
    """Alpha (h, w) 0..1 of a part of the picture whose outline is about that of `rough` (h, w) 0..1, or of `filled`
    where stripes run into it."""
    sigma = 1.6 * factor
    hard = (cv2.GaussianBlur(rough, (0, 0), 0.6 * factor + 0.2) > 0.5).astype(np.uint8)
    rough, filled = (cv2.GaussianBlur(plane, (0, 0), sigma) for plane in (rough, filled))
    inside = (cv2.distanceTransform(hard, cv2.DIST_L2, 3) > 3 * factor + 1).astype(np.uint8)
    outside = (cv2.distanceTransform(1 - hard, cv2.DIST_L2, 3) > 1.6 * factor + 1).astype(np.uint8)
    band = (inside == 0) & (outside == 0)
    colour = work * np.float32(LAB)
    cloth, spread, known = _beside(colour, inside, factor, band)
    ground, noise, seen = _beside(colour, outside, factor, band)
    bright = np.all(cloth > ground, axis=1, keepdims=True)[:, 0]
    along, trust = coverage(colour[band] - ground, cloth - ground, spread, noise, bright)
    rest, near = _apart(colour, outside, factor)
    striped = alike(rest, halved(colour, inside)[1] * near, factor, band)
    trust *= known * seen * (1 - striped)
    rough[band] += striped * (filled - rough)[band]
    form = np.clip((rough - 0.5) * 1.25 * sigma + 0.5, 0, 1)  # 2 px wide
    soft = within_rim(cv2.resize(rest, form.shape[::-1]), form, float(np.median(noise)), factor)[band]
    alpha = inside.astype(np.float32)
    alpha[band] = trust * along + (1 - trust) * soft
    alpha[band] *= reaching(alpha > BARE, inside > 0)[band]
    return cv2.GaussianBlur(solid_beyond(alpha, reaching(alpha <= BARE, outside > 0)), (0, 0), 0.6)


def _beside(colour: Array, mask: Array, factor: float, band: Array) -> tuple[Array, Array, Array]:
    """As `around`, from next to every pixel, or from further off where there is nothing."""
    small = halved(colour, mask)
    near, far = (around(*small, round(reach * factor) + 1, band) for reach in (8, 24))
    there = near[2] > 0
    return np.where(there[:, None], near[0], far[0]), np.where(there, near[1], far[1]), far[2]


def _apart(colour: Array, outside: Array, factor: float) -> tuple[Array, Array]:
    """(h/2, w/2, 3) what a picture differs by from the ground around it, and (h/2, w/2) bool where there is any."""
    small, weight = halved(colour, outside)
    count, total, _ = sums(small, weight, round(24 * factor) + 1)
    return small - total / np.maximum(count, 1)[..., None], count >= 1


def alike(rest: Array, weight: Array, factor: float, band: Array) -> Array:
    """(n,) 0..1 for the pixels of `band` (h, w) bool: whether cloth near by comes in the ground's colours too, so that
    they tell nothing. `rest` (h/2, w/2, 3) is what pixels differ from the ground by, `weight` (h/2, w/2) 1 where cloth
    is, else 0."""
    far = np.sqrt(dot(rest, rest))
    size = (round(15 * factor) + 1, round(15 * factor) + 1)
    count = np.maximum(cv2.boxFilter(weight, -1, size, normalize=False), 1.0)
    usual = cv2.boxFilter(far * weight, -1, size, normalize=False) / count
    near = cv2.boxFilter((far < 0.4 * usual) * weight, -1, size, normalize=False) / count
    return np.clip(10 * sampled(near, band) - 0.6, 0, 1)


def evened(mask: Array) -> Array:
    """(h, w) float32 0 and 1: a mask with its shallow hollows filled, where pale stripes run into pale ground."""
    solid = mask.astype(np.uint8)
    closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, disk(STRIPE))
    return cv2.min(closed, cv2.dilate(solid, disk(SHALLOW))).astype(np.float32)


def coverage(colour: Array, cloth: Array, spread: Array, noise: Array | float, bright: Array) -> tuple[Array, Array]:
    """How much of a pixel cloth covers, and how far colours can tell, both (n,) 0..1.

    `colour` and `cloth` (n, 3): what a pixel and the cloth beside it differ from the ground by, `spread` (n,) how much
    colours of that cloth do from each other, `noise` those of the ground. The more they do, the less like the mean
    cloth does a pixel have to be. `bright` (n,) bool: brighter than the ground, which no shadow makes it.
    """
    square = (cloth * cloth).sum(axis=1) + 1e-6
    span = np.sqrt(square)
    uneven = spread / (span + 1e-3)
    share = (colour * cloth).sum(axis=1) / square
    clear = np.where(bright, (span - 1.5 - 2 * noise) / 4, (span - 4 - 4 * noise) / 12)
    trust = np.clip(clear, 0, 1) * np.clip(2.2 - 3 * uneven, 0, 1)
    return np.clip((share - 0.1) / np.clip(0.82 - 1.5 * uneven, 0.4, 0.8), 0, 1), trust


def reaching(mask: Array, goal: Array) -> Array:
    """Boolean (h, w): the parts of `mask` that touch `goal`; both boolean (h, w)."""
    _, index = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    there = np.zeros(int(index.max()) + 1, bool)
    there[index[goal]] = True
    there[0] = False
    return there[index]


def solid_beyond(alpha: Array, ground: Array) -> Array:
    """Alpha (h, w) 0..1 with what is no edge made solid: cloth of another shade further off the `ground` (h, w) bool
    than an edge is wide."""
    near = cv2.dilate(ground.astype(np.uint8), disk(EDGE)) > 0
    return np.where(near, alpha, np.float32(1))


def around(small: Array, weight: Array, window: int, band: Array) -> tuple[Array, Array, Array]:
    """For the pixels of `band` (h, w) bool: mean colour (n, 3) of what is weighted in a window, its spread (n,), and
    1 where there is any (n,), else 0. The first two are as of `halved`."""
    count, total, square = (sampled(plane, band) for plane in sums(small, weight, window))
    safe = np.maximum(count, 1e-3)
    mean = total / safe[:, None]
    spread = np.sqrt(np.maximum(0, square / safe - (mean * mean).sum(axis=1)))
    return mean, spread, (count >= 0.5).astype(np.float32)
