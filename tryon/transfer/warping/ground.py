"""The catalogue's ground in a garment's cut-out: how much of its rim is like it, and scraps of it beside an edge."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, largest, smooth_mask

LIKE_GROUND = 18  # grey levels by which the catalogue's ground varies in shades
SAME = 5  # grey levels by which the very ground does
SCRAP = 9  # px, how wide a scrap of it beside a cut-out's edge is


def in_scraps(rgb: Array, alpha: Array) -> Array:
    """(h,w) 0..1: scraps of the catalogue's ground that a cut-out has beside an edge, where cloth near by is as pale.

    They have its very colour and cloth of another colour begins beside them all along; a pale stripe goes on inwards.
    """
    found, ground = np.zeros(alpha.shape, np.float32), alpha < 0.02
    if not ground.any():
        return found
    colour = np.median(rgb[::4, ::4][ground[::4, ::4]], axis=0)
    off = largest(cv2.absdiff(rgb, np.broadcast_to(np.rint(colour).astype(np.uint8), rgb.shape)))
    near = cv2.dilate(ground.astype(np.uint8), np.ones((2 * SCRAP + 1, 2 * SCRAP + 1), np.uint8)) > 0
    like = (off <= SAME) & near & ~ground
    count, index, stats, _ = cv2.connectedComponentsWithStats(like.astype(np.uint8), connectivity=4)
    around = cv2.dilate(index.astype(np.float32), np.ones((5, 5), np.uint8))
    beside = np.flatnonzero((around > 0) & ~like)
    part, bare, step = around.flat[beside].astype(int), ground.flat[beside], off.flat[beside] > 3 * LIKE_GROUND
    rim = ~bare & (alpha.flat[beside] > 0.5)
    total, other, outside = (np.bincount(part[which], minlength=count) for which in (rim, rim & step, bare))
    scraps = (stats[:, cv2.CC_STAT_AREA] > 2 * SCRAP) & (outside > 0) & (total > 0) & (other > 0.75 * total)
    scraps[0] = False
    if scraps.any():
        found = smooth_mask(cv2.dilate(scraps[index].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 0.8)
    return found


def like_ground(rgb: Array, alpha: Array) -> float:
    """0..1: the share of the cut-out's rim, `alpha` (h,w) 0..1, that has about the catalogue's ground's colour."""
    few = (slice(None, None, 4), slice(None, None, 4))
    some, solid = rgb[few], (alpha[few] > 0.98).astype(np.uint8)
    ground = alpha[few] < 0.02
    outer, inner = (cv2.erode(solid, np.ones((width, width), np.uint8)) for width in (3, 7))
    rim = (outer > 0) & (inner == 0)
    if not ground.any() or not rim.any():
        return 0.0
    colour = np.median(some[ground][::4], axis=0).astype(np.float32)
    off = np.abs(some[rim].astype(np.float32) - colour).max(axis=1)
    return float((off < 1.7 * LIKE_GROUND).mean())
