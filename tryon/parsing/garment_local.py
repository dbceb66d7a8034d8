"""Pale cloth told from the ground beside it: by small steady differences in hue, and by the edges between the two.

A soft shadow changes the ground's lightness smoothly and its hue hardly at all. So the ground next to a garment can be
foretold from the ground a little further out, much closer than by one surface for the whole picture, and cloth that
differs by one or two units of hue is seen to its very edge, be its print or its shading what it may.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import length
from tryon.parsing.garment_ground import apart
from tryon.parsing.garment_pieces import SHADOW, disk, filled, reached, steepness

Array = NDArray[Any]

REACH = 18.0  # px, one sigma of the window that the ground is foretold from
LEAK = 6  # px, half the width of a gap in an edge that the ground does not flow through
HUE = 1.1  # CIE Lab units of a and b, least difference that counts at all


def refine(lab: Array, ground: Array, body: Array) -> Array:
    """The body (h, w) bool with its outline found again; `ground` (h, w, 3) is the model of the whole picture."""
    smooth = cv2.GaussianBlur(lab, (0, 0), 0.7)
    near, noise = _local_ground(smooth, ground, body)
    rest = apart(smooth, near)
    sure = _surely_cloth(rest, noise, body)
    slope = steepness(smooth)
    open_ground = _open_ground(rest, slope, noise, sure)
    return mended(_trimmed(_settle(sure, open_ground, rest), rest))


def _local_ground(smooth: Array, ground: Array, body: Array) -> tuple[Array, tuple[float, float]]:
    """The ground's colour everywhere from the ground nearby, (h, w, 3), and one sigma of lightness and hue around it.

    Bites of the rough cut-out show cloth outside the body: what is off the large model's hue counts less.
    """
    rest = apart(smooth, ground)
    hue = np.hypot(rest[..., 1], rest[..., 2])
    outside = cv2.dilate(body.astype(np.uint8), disk(6)) == 0
    usual = float(np.median(hue[outside])) if outside.any() else 0.5
    weight = outside / (1.0 + (hue / (1.0 + 2 * usual)) ** 4) + 1e-6
    off = np.dstack([rest * weight[..., None], weight]).astype(np.float32)
    little = cv2.resize(off, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    spread = np.zeros(little.shape, np.float32)
    for sigma, share in ((REACH / 4, 1.0), (REACH, 0.02), (4 * REACH, 1e-4)):
        spread += share * cv2.GaussianBlur(little, (0, 0), sigma)
    mean = spread[..., :3] / np.maximum(1e-9, spread[..., 3:])
    mean = cv2.resize(mean, smooth.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    near = ground + mean
    left = (rest - mean)[weight > 0.3]
    if len(left) < 100:
        return near, (1.0, 1.0)
    light = 1.4826 * float(np.median(np.abs(left[:, 0])))
    return near, (max(0.15, light), max(0.1, 1.2 * float(np.median(np.hypot(left[:, 1], left[:, 2])))))


def _surely_cloth(rest: Array, noise: tuple[float, float], body: Array) -> Array:
    """What no shadow of the local ground can be, connected to the body."""
    light = rest[..., 0]
    hue = cv2.GaussianBlur(rest[..., 1:], (0, 0), 0.8)
    hue = np.hypot(hue[..., 0], hue[..., 1])
    found = (hue > HUE + 3 * noise[1] - 0.04 * np.minimum(0, light)) | (light > 1.2 + 3 * noise[0]) | (light < -SHADOW)
    found = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, disk(1))
    count, index = cv2.connectedComponents(cv2.dilate(found, disk(2)))
    inside = np.bincount(index[cv2.erode(body.astype(np.uint8), disk(4)) > 0], minlength=count) > 0
    inside[0] = False
    return found.astype(bool) & inside[index]


def _open_ground(rest: Array, slope: Array, noise: tuple[float, float], sure: Array) -> Array:
    """What is reached from the picture's border without crossing an edge or cloth; through narrow places (between
    sleeve and side, or a leak in a weak edge) only where it has the ground's colour.
    """
    edge = slope > 0.55 + 1.5 * noise[0]
    barrier = (edge | sure).astype(np.uint8)
    wide = reached(cv2.morphologyEx(barrier, cv2.MORPH_CLOSE, disk(LEAK)) == 0)
    narrow = reached(cv2.morphologyEx(barrier, cv2.MORPH_CLOSE, disk(1)) == 0) & ~wide
    count, index = cv2.connectedComponents(narrow.astype(np.uint8), connectivity=4)
    area = np.maximum(1, np.bincount(index.ravel(), minlength=count))
    means = [np.bincount(index.ravel(), rest[..., i].ravel(), count) / area for i in range(3)]
    like = (means[0] < 0.5) & (np.hypot(means[1], means[2]) < 0.5 * HUE + 1.5 * noise[1] - 0.04 * means[0])
    like[0] = False
    return wide | like[index]


def _settle(sure: Array, open_ground: Array, rest: Array) -> Array:
    """What is neither surely cloth nor open ground goes to the side that it is not parted from by an edge."""
    inside = filled(cv2.morphologyEx(sure.astype(np.uint8), cv2.MORPH_CLOSE, disk(3)).astype(bool)) & ~open_ground
    inside = cv2.erode(inside.astype(np.uint8), disk(1)).astype(bool) | sure
    markers = np.zeros(sure.shape, np.int32)
    markers[cv2.erode(open_ground.astype(np.uint8), disk(2), borderValue=1) > 0] = 1
    markers[inside] = 2
    picture = np.clip(128 + 10 * rest, 0, 255).astype(np.uint8)
    cv2.watershed(np.ascontiguousarray(picture), markers)
    body = cv2.dilate((markers == 2).astype(np.uint8), disk(1))
    return cv2.morphologyEx(body, cv2.MORPH_OPEN, disk(2)).astype(bool)


def _trimmed(body: Array, rest: Array) -> Array:
    """The outline where the cloth's difference from the ground has half its height, as compressed colours bleed."""
    size = np.minimum(length(rest), 6.0)
    core = cv2.erode(body.astype(np.uint8), disk(4)).astype(np.float32)
    weight = cv2.boxFilter(core, -1, (25, 25), normalize=False)
    usual = cv2.boxFilter(core * size, -1, (25, 25), normalize=False) / np.maximum(1.0, weight)
    near = cv2.GaussianBlur(body.astype(np.float32), (0, 0), 2.0)
    share = np.clip(size / np.maximum(1.0, usual), 0, 1)
    steady = np.clip((usual - 1.5) / 2, 0, 1) * (weight > 20)
    out = near + 0.9 * steady * (share - 0.55) > 0.5
    return cv2.morphologyEx(out.astype(np.uint8), cv2.MORPH_OPEN, disk(2)).astype(bool)


def mended(body: Array) -> Array:
    """Bites out of one side of a nearly symmetric body that the other side does not have are filled."""
    columns = body.sum(axis=0).astype(np.float64)
    total = int(np.correlate(columns, columns[::-1], "full").argmax())  # x and total - x are mirrored
    source = total - np.arange(len(columns))
    inside = (source >= 0) & (source < len(columns))
    other = np.zeros(body.shape, bool)
    other[:, inside] = body[:, source[inside]]
    if (other & body).sum() < 0.9 * (other | body).sum():
        return body
    closed = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_CLOSE, disk(9)).astype(bool)
    bites = cv2.erode(other.astype(np.uint8), disk(2)).astype(bool) & closed & ~body
    mend = cv2.dilate(cv2.morphologyEx(bites.astype(np.uint8), cv2.MORPH_OPEN, disk(1)), disk(4)).astype(bool)
    whole = body | (mend & closed)
    _, index, stats, _ = cv2.connectedComponentsWithStats((~whole).astype(np.uint8), connectivity=4)
    pinholes = stats[:, cv2.CC_STAT_AREA] < 5e-4 * whole.sum()
    return whole | (pinholes[index] & closed)
