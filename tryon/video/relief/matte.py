"""The person cut out with soft, clean edges: alpha and colours without the background's."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Mask, Pixels

Array = NDArray[Any]

PATTERN = (
    60.0  # levels: colours of the sure inside that lie so far from their average say little of what is at the edge
)


def band_width(height: int) -> int:
    """px around the outline in which alpha is uncertain."""
    return max(2, round(height * 0.006))


def excluded(outline: Mask, height: int) -> Array:
    """Where the background may hold traces of the person (bool): the outline, grown."""
    reach = 2 * band_width(height) + 3
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate((outline > 12).astype(np.uint8), kernel) > 0


def cut_out(picture: Pixels, outline: Mask, backdrop: Pixels, hair: Array) -> Array:
    """(h,w,4) uint8, premultiplied RGBA: over `backdrop` it gives `picture` back near the person.

    Inside a band around the outline, with the backdrop B and the colour F of the nearest sure inside both known,
    alpha is the projection of the picture on the line from B to F (the compositing equation solved for alpha), as
    far as F and B differ and the backdrop is calm; elsewhere the outline's own. The premultiplied colour then is
    what the picture leaves: I - (1 - alpha) B.
    """
    height = picture.shape[0]
    reach = band_width(height)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode((outline > 245).astype(np.uint8), kernel) > 0
    near = cv2.dilate((outline > 20).astype(np.uint8), kernel) > 0
    if hair.any():
        far = cv2.dilate(hair.astype(np.uint8), kernel, iterations=3) > 0
        near |= far & (cv2.dilate(near.astype(np.uint8), kernel, iterations=2) > 0)
    band = near & ~inside
    front, spread = nearest_inside(picture, inside, band)
    alpha = _solved(picture, outline, backdrop, (front, spread), band)
    return _premultiplied(picture, alpha, backdrop, (front, spread))


def nearest_inside(picture: Pixels, inside: Array, band: Array) -> tuple[Array, Array]:
    """(h,w,3) float32: in the band an average of the colours of the nearest sure inside, elsewhere the picture.

    Then (h,w) float32: how far those colours lie from their average (RMS over the three channels together, levels); 0
    outside the band.
    """
    weight = inside.astype(np.float32)
    total = picture.astype(np.float32) * weight[..., None]
    square = cv2.transform(total * picture, np.ones((1, 3), np.float32))
    result = picture.astype(np.float32)
    spread = np.zeros(inside.shape, np.float32)
    done = np.zeros(inside.shape, bool)
    for size in (5, 9, 17, 33, 65):
        w = cv2.blur(weight, (size, size))
        take = band & ~done & (w > 0.04)
        if take.any():
            t, q = cv2.blur(total, (size, size)), cv2.blur(square, (size, size))
            result[take] = t[take] / w[take][:, None]
            spread[take] = np.sqrt(np.maximum(q[take] / w[take] - (result[take] ** 2).sum(1), 0))
            done |= take
        if done[band].all():
            break
    return result, spread


def _solved(picture: Pixels, outline: Mask, backdrop: Pixels, front: tuple[Array, Array], band: Array) -> Array:
    alpha = outline.astype(np.float32) / 255
    rows, columns = np.nonzero(band)
    if not len(rows):
        return alpha
    image, back, fore = (plane[rows, columns].astype(np.float32) for plane in (picture, backdrop, front[0]))
    line = fore - back
    length = (line**2).sum(1)
    guess = ((image - back) * line).sum(1) / np.maximum(length, 1)
    guess = np.clip((guess - 0.04) / 0.9, 0, 1)
    # How far off the line the picture lies: another colour than F and B was there, so the solution means little.
    off = ((image - back - guess[:, None] * line) ** 2).sum(1)
    trust = length / (length + 40.0**2) * np.exp(-off / 45.0**2) * _calm(backdrop)[rows, columns]
    # A stripe's edge in front: which of its colours goes on outward is not known.
    trust *= np.exp(-((front[1][rows, columns] / PATTERN) ** 2))
    prior = alpha[rows, columns]
    alpha[rows, columns] = trust * guess + (1 - trust) * prior
    return _without_holes(alpha, outline)


def _without_holes(alpha: Array, outline: Mask) -> Array:
    """A pale stripe on a sleeve is no window: what is clear inside the outline has to be open to the outside."""
    clear = (alpha < 0.6).astype(np.uint8)
    _, parts = cv2.connectedComponents(clear, connectivity=4)
    open_parts = np.zeros(int(parts.max()) + 1, bool)
    open_parts[np.unique(parts[(outline < 20) & (clear > 0)])] = True
    closed = (clear > 0) & ~open_parts[parts] & (outline > 100)
    return np.where(closed, outline.astype(np.float32) / 255, alpha)


def _calm(backdrop: Pixels) -> Array:
    """(h,w) 0..1: how even the backdrop is here; 1 on a studio wall."""
    luma = cv2.cvtColor(backdrop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(luma, (max(1, luma.shape[1] // 4), max(1, luma.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32)
    mean = cv2.blur(small, (9, 9))
    spread = np.sqrt(np.maximum(cv2.blur(small * small, (9, 9)) - mean * mean, 0))
    calm = np.exp(-((spread / 9.0) ** 2))
    return cv2.resize(calm, (luma.shape[1], luma.shape[0]), interpolation=cv2.INTER_LINEAR)


def _premultiplied(picture: Pixels, alpha: Array, backdrop: Pixels, front: tuple[Array, Array]) -> Array:
    exact = picture.astype(np.float32) - (1 - alpha)[..., None] * backdrop
    # Where the exact remainder is no plausible colour of the person, the neighbours' colour is: that removes halos.
    own = alpha[..., None] * front[0]
    edge = alpha < 0.98
    # Hardly anything of the backdrop is in what is nearly opaque: that keeps its own colour, whatever lies inside it.
    slack = 28.0 + 2 * front[1] + 255 * np.clip((alpha - 0.8) / 0.15, 0, 1)
    limit = (slack * alpha)[..., None]
    exact = np.where(edge[..., None], np.clip(exact, own - limit, own + limit), exact)
    result = np.empty((*picture.shape[:2], 4), np.uint8)
    a255 = np.rint(alpha * 255)
    result[..., 3] = a255
    result[..., :3] = np.rint(np.clip(exact, 0, a255[..., None]))
    result[a255 < 2] = 0
    return result
