"""The rim of ground that a cut-out has all along its outline where its cloth comes in the ground's colours too.

Pale flowers and stripes at an edge tell nothing of where it is; what lies between them does, and the outline goes on
evenly from one to the next.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import looked_up
from tryon.parsing.garment_pieces import disk

Array = NDArray[Any]

STEPS = 9  # half px of the grid that colours are followed inwards from an outline
DEEP = 5  # of them after which there is cloth, of a colour of its own
WIDEST = 4  # of them: a wider rim is rather an edging
CLEAR = (8.0, 16.0)  # CIE Lab that cloth differs from the ground, from where on it tells, and tells surely
COVERED = 0.65  # of that difference: where cloth begins
ALONG = 5.0  # px of the grid along an outline over which its rim is as wide
SILENT = 0.1  # of an outline: what tells less of it tells nothing
THIN = 6  # px of the grid, half as wide as straps are, which would be gone without their rims
LONG = 4  # times as long
SMALL = 4  # times smaller are the planes in which that is evened


def within_rim(rest: Array, form: Array, noise: float, factor: float) -> Array:
    """(h, w) float32 0..1: `form` (h, w) 0..1, its outline drawn in to where cloth begins that is told from the ground.

    `rest` (h, w, 3): what colours differ from the ground by, CIE Lab, `noise` how much that itself does; `factor`: px
    of a px of the grid that the garment is found on.
    """
    solid = (form > 0.5).astype(np.uint8)
    y, x = np.nonzero(solid - cv2.erode(solid, np.ones((3, 3), np.uint8)))
    if not len(x):
        return form
    told, wide = _widths(rest, (x, y), _inwards(solid, (x, y)) * 0.5 * factor, noise)
    depth = cv2.GaussianBlur(cv2.distanceTransform(solid, cv2.DIST_L2, 3), (5, 5), 1.0)
    drawn = _evened(form.shape, (x, y), told, told * wide * 0.5 * factor, ALONG * factor)
    drawn *= _broad(depth, THIN * factor)
    inner = np.clip(0.5 * (depth - drawn) + 0.25, 0, 1).astype(np.float32)
    return np.where(drawn > 0.5, cv2.min(form, inner), form)


def _broad(depth: Array, thin: float) -> Array:
    """(h, w) float32 0..1: 0 on straps and the like and around their feet: what is longer than wide and whose `depth`
    (h, w) px, from the outline, is nowhere `thin`."""
    small, reach = depth[::SMALL, ::SMALL], max(1, round(thin / SMALL))
    whole = cv2.dilate((small > thin).astype(np.uint8), disk(reach), iterations=2)
    _, index, stats, _ = cv2.connectedComponentsWithStats(((small > 0) & (whole == 0)).astype(np.uint8))
    straps = (stats[:, cv2.CC_STAT_HEIGHT] > LONG * reach)[index] & (index > 0)
    free = 1 - cv2.dilate(straps.astype(np.uint8), disk(reach), iterations=4).astype(np.float32)
    grown = cv2.resize(free, None, fx=SMALL, fy=SMALL, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(grown[: depth.shape[0], : depth.shape[1]])


def _inwards(solid: Array, at: tuple[Array, Array]) -> Array:
    """(2, n) unit vectors, across and down, from the outline of `solid` (h, w) uint8 to its inside, at places (n,)."""
    soft = cv2.blur(cv2.blur(solid * 255, (7, 7)), (7, 7))
    way = np.stack([cv2.Sobel(soft, cv2.CV_16S, *order, ksize=5)[at[1], at[0]] for order in ((1, 0), (0, 1))])
    return way / np.maximum(np.hypot(*way), 1e-6)


def _widths(rest: Array, at: tuple[Array, Array], way: Array, noise: float) -> tuple[Array, Array]:
    """(n,) 0..1 how surely the cloth inside of places (n,) of the outline is told from the ground, and (n,) after how
    many steps of `way` (2, n) it begins."""
    steps = np.arange(STEPS, dtype=np.float32)[:, None]
    x, y = ((first + steps * part).astype(np.float32) for first, part in zip(at, way, strict=True))
    colour = looked_up(rest, x, y)
    cloth = colour[DEEP:]
    least = np.sqrt(np.einsum("knc,knc->kn", cloth, cloth).min(axis=0))
    told = np.clip((least - CLEAR[0] - 3 * noise) / (CLEAR[1] - CLEAR[0]), 0, 1)
    own = cloth.mean(axis=0)
    share = np.einsum("knc,nc->kn", colour, own) / np.maximum(np.einsum("nc,nc->n", own, own), 1e-6)
    wide = np.logical_and.accumulate(share < COVERED, axis=0).sum(axis=0)
    return told * (wide <= WIDEST), wide


def _evened(shape: tuple[int, ...], at: tuple[Array, Array], told: Array, drawn: Array, along: float) -> Array:
    """(h, w) float32: `drawn` (n,) px of places (n,) on an outline, as far as `told` (n,), even over `along` px."""
    size = (-(-shape[0] // SMALL), -(-shape[1] // SMALL))
    place = (at[1] // SMALL) * size[1] + at[0] // SMALL
    weight, total = (
        cv2.GaussianBlur(
            np.bincount(place, values, size[0] * size[1]).reshape(size).astype(np.float32), (0, 0), along / SMALL
        )
        for values in (told, drawn)
    )
    silent = SILENT * SMALL**2 / (2.5 * along)
    even = cv2.resize(total / (weight + silent), None, fx=SMALL, fy=SMALL, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(even[: shape[0], : shape[1]])
