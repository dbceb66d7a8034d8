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
from tryon.parsing.garment_matte import MATTE_SIDE, dot, window
from tryon.parsing.garment_pieces import disk
from tryon.types import Mask

Array = NDArray[Any]

LAB = 0.4  # CIE Lab units for a level of 255, about
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
    rough, filled = (cv2.GaussianBlur(plane, (0, 0), 0.6 * factor + 0.2) for plane in (rough, filled))
    hard = (rough > 0.5).astype(np.uint8)
    inside, outside = cv2.erode(hard, disk(round(3 * factor) + 1)), 1 - cv2.dilate(hard, disk(round(1.6 * factor) + 1))
    colour = work * np.float32(LAB)
    cloth, spread, known = _beside(colour, inside, factor)
    ground, noise, seen = _beside(colour, outside, factor)
    band = (inside == 0) & (outside == 0)
    along, trust = coverage((colour - ground)[band], (cloth - ground)[band], spread[band], noise[band])
    striped = alike(colour - ground, cv2.bitwise_and(inside, (seen > 0).astype(np.uint8)), factor)[band]
    trust *= (known * seen)[band] * (1 - striped)
    mask = rough[band] + striped * (filled - rough)[band]
    soft = np.clip((mask - 0.5) * 1.6 * factor / 2 + 0.5, 0, 1)
    alpha = inside.astype(np.float32)
    alpha[band] = trust * along + (1 - trust) * soft
    alpha[band & ~reaching(alpha > 0.5, inside > 0)] = 0
    alpha[band & ~reaching(alpha < 0.5, outside > 0) & (alpha < 0.5)] = 1
    return cv2.GaussianBlur(alpha, (0, 0), 0.6)


def _beside(colour: Array, mask: Array, factor: float) -> tuple[Array, Array, Array]:
    """As `around`, from next to every pixel, or from further off where there is nothing."""
    near, far = (around(colour, mask, round(reach * factor) + 1) for reach in (8, 24))
    there = near[2] > 0
    return np.where(there[..., None], near[0], far[0]), np.where(there, near[1], far[1]), far[2]


def alike(rest: Array, sure: Array, factor: float) -> Array:
    """(h, w) 0..1: where cloth near by comes in the ground's colours too, so that they tell nothing."""
    return np.clip(10 * like_ground(rest, sure, round(30 * factor)) - 0.6, 0, 1)


def evened(mask: Array) -> Array:
    """(h, w) float32 0 and 1: a mask with its shallow hollows filled, where pale stripes run into pale ground."""
    solid = mask.astype(np.uint8)
    closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, disk(STRIPE))
    return cv2.min(closed, cv2.dilate(solid, disk(SHALLOW))).astype(np.float32)


def coverage(colour: Array, cloth: Array, spread: Array, noise: Array | float) -> tuple[Array, Array]:
    """How much of a pixel cloth covers, and how far colours can tell, both (n,) 0..1.

    `colour` and `cloth` (n, 3): what a pixel and the cloth beside it differ from the ground by, `spread` (n,) how much
    colours of that cloth do from each other, `noise` those of the ground. The more they do, the less like the mean
    cloth does a pixel have to be.
    """
    square = (cloth * cloth).sum(axis=1) + 1e-6
    span = np.sqrt(square)
    uneven = spread / (span + 1e-3)
    share = (colour * cloth).sum(axis=1) / square
    trust = np.clip((span - 4 - 4 * noise) / 12, 0, 1) * np.clip(2.2 - 3 * uneven, 0, 1)
    return np.clip((share - 0.1) / np.clip(0.82 - 1.5 * uneven, 0.4, 0.8), 0, 1), trust


def reaching(mask: Array, goal: Array) -> Array:
    """Boolean (h, w): the parts of `mask` that touch `goal`; both boolean (h, w)."""
    _, index = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    there = np.zeros(int(index.max()) + 1, bool)
    there[index[goal]] = True
    there[0] = False
    return there[index]


def around(colour: Array, mask: Array, window: int) -> tuple[Array, Array, Array]:
    """Mean colour (h, w, 3) of the masked pixels in a window, their spread around it (h, w), where there are any.

    Reckoned at half size: means over a dozen pixels need no more.
    """
    small, weight = _halved(colour, mask)
    size = (window // 2 + 1, window // 2 + 1)
    count = cv2.boxFilter(weight, -1, size, normalize=False)
    total = cv2.boxFilter(small * weight[..., None], -1, size, normalize=False)
    square = cv2.boxFilter(dot(small, small) * weight, -1, size, normalize=False)
    full = colour.shape[1::-1]
    mass = cv2.resize(count, full, interpolation=cv2.INTER_LINEAR)
    safe = np.maximum(mass, 1e-3)
    mean = cv2.resize(total, full, interpolation=cv2.INTER_LINEAR) / safe[..., None]
    square = cv2.resize(square, full, interpolation=cv2.INTER_LINEAR) / safe
    return mean, np.sqrt(np.maximum(0, square - dot(mean, mean))), (mass >= 0.5).astype(np.float32)


def like_ground(rest: Array, mask: Array, window: int) -> Array:
    """(h, w) 0..1: of the masked pixels in a window, the share that differs from the ground much less than all of them
    do on average; `rest` (h, w, 3) is what pixels differ from the ground by. Pale stripes and prints on pale ground."""
    small, weight = _halved(rest, mask)
    size = (window // 2 + 1, window // 2 + 1)
    far = np.sqrt(dot(small, small))
    count = np.maximum(cv2.boxFilter(weight, -1, size, normalize=False), 1.0)
    usual = cv2.boxFilter(far * weight, -1, size, normalize=False) / count
    near = cv2.boxFilter((far < 0.4 * usual) * weight, -1, size, normalize=False) / count
    return cv2.resize(near, rest.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _halved(colour: Array, mask: Array) -> tuple[Array, Array]:
    half = (max(1, colour.shape[1] // 2), max(1, colour.shape[0] // 2))
    weight = cv2.resize(mask.astype(np.float32), half, interpolation=cv2.INTER_AREA)
    weight[weight < 0.99] = 0
    return cv2.resize(colour, half, interpolation=cv2.INTER_AREA), weight
