"""Cuts a garment out of its photo: a smooth background model, edges against shadows, a soft alpha, clean edges.

Catalogue photographs have a background that a polynomial of second degree in x and y describes to within the noise
of the picture, except for soft shadows. So the cut needs no learning: what the model does not explain is the garment,
unless it is only darker and its outline has no edge (a shadow). Backgrounds that are not plain go to GrabCut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import length
from tryon.parsing.garment_edge import edge_matte
from tryon.parsing.garment_fine import fine_matte
from tryon.parsing.garment_ground import Background, apart, fit_background, reduced, refit_background
from tryon.parsing.garment_local import refine
from tryon.parsing.garment_matte import clean_edges, matte
from tryon.parsing.garment_pieces import (
    SHADOW,
    best_outlined,
    disk,
    filled,
    from_middle,
    only_beside,
    open_gaps,
    outlined,
    reached,
    steepness,
    trim_shadow,
    unshaded,
    watershed,
)
from tryon.parsing.refine import grab_cut
from tryon.types import Mask, Pixels

__all__ = ["Cut", "clean_edges", "cut_out"]

Array = NDArray[Any]

GRID = 512  # px, longest side of the grid that the garment is found on
FINE = 0.9  # share of the border explained, from which the model is believed to a pixel
UNLIKE = 4.0  # CIE Lab units by which nearly all of the cloth has to differ from the ground for that
PALE = 15.0  # CIE Lab units between garment and ground, below which light and shadow on the ground matter


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A cut-out and what is known about it."""

    alpha: Mask  # (h, w) soft, 0 outside
    form: Mask  # (h, w) soft, the same without its frills and holes: what tells where the garment's corners are
    plain: float  # 0..1, share of the picture's border that the background model explains
    contrast: float  # CIE Lab units between garment and background, median


def cut_out(pixels: Pixels) -> Cut | None:
    """The largest object on a plain or near-plain background; None when nothing stands out of the picture.

    `pixels` (h, w, 3) uint8 RGB. Takes about 0.1 s at 768x1024.
    """
    small = reduced(pixels, GRID)
    lab = _lab(small)
    background = fit_background(lab)
    if background.plain >= 0.5:
        body, background = _seen_closely(lab, background, _one_object(_against_plain(lab, background)))
    else:
        body = _against_anything(small, background.plain)
    body = _one_object(body)
    share = float(body.mean())
    if not 0.01 < share < 0.93:
        return None
    contrast = float(np.median(_difference(lab, background)[body]))
    told = background.plain >= FINE and _stands_out(lab, background, body)
    alpha = fine_matte(pixels, body, background) if told else None
    if alpha is None:
        alpha = edge_matte(pixels, body)
    return Cut(alpha=alpha, form=matte(pixels, body), plain=background.plain, contrast=contrast)


def _stands_out(lab: Array, background: Background, body: Array) -> bool:
    """Whether nearly all of the cloth is unlike the ground, so that single pixels tell which of the two they show."""
    deep = cv2.erode(body.astype(np.uint8), disk(5)) > 0
    return bool(deep.any()) and float(np.percentile(_difference(lab, background)[deep], 5)) > UNLIKE


def _seen_closely(lab: Array, background: Background, body: Array) -> tuple[Array, Background]:
    """Pale cloth on uneven ground, its outline found again next to the ground beside it; and the better ground."""
    even = background.plain > 0.985 and background.noise[0] < 0.4
    if even or not body.any() or float(np.median(_difference(lab, background)[body])) > PALE:
        return body, background
    refitted = refit_background(lab, background, body)
    again = _one_object(refine(lab, refitted.lab, body))
    slope = steepness(cv2.GaussianBlur(lab, (0, 0), 0.7))
    if outlined(again, slope) > outlined(body, slope) - 0.02:
        return again, refitted
    return body, background


def _difference(lab: Array, background: Background) -> Array:
    return length(lab - background.lab)


def _lab(pixels: Array) -> Array:
    return cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)


# ------------------------------------------------------------------------------------------------ the object


def _against_plain(lab: Array, background: Background) -> Array:
    """What differs from a plain background and is not a soft shadow on it (h, w) bool."""
    smooth = cv2.GaussianBlur(lab, (0, 0), 0.7)
    rest = apart(smooth, background.lab)
    light, chroma = rest[..., 0], np.hypot(rest[..., 1], rest[..., 2])
    sigma_l, sigma_c = background.noise
    bright, dark, tint = 0.6 + 4 * sigma_l, 0.7 + 4 * sigma_l, 1.4 + 4 * sigma_c
    sure = (chroma > 5.5 + tint - 0.04 * np.minimum(0, light)) | (light > 2 * bright) | (light < -SHADOW)
    different = (chroma > tint) | (light > bright) | (light < -dark)
    edge = _edges(smooth, np.abs(light) + chroma, sigma_l)
    # The background is what can be reached from the border without crossing an edge, through soft shadows too, and
    # through any gap, however narrow, that shows the background's own colour.
    barrier = cv2.morphologyEx((edge | sure).astype(np.uint8), cv2.MORPH_CLOSE, disk(3))
    flooded = reached(barrier == 0)
    ground = cv2.dilate(flooded.astype(np.uint8), disk(3)).astype(bool) & ~sure
    body = ~ground
    # Pale stripes between dark ones, flooded from the side, are bridged.
    bridge = cv2.morphologyEx(sure.astype(np.uint8), cv2.MORPH_CLOSE, disk(8)).astype(bool)
    body |= bridge & different
    whole = _one_object(different)
    if not whole.any():
        return whole
    pale = bool((sure & whole).sum() < 0.4 * whole.sum())
    slope, found = steepness(smooth), _one_object(body)
    if pale or (whole.sum() > 1.15 * found.sum() and outlined(found, slope) < 0.95):
        # Cloth hardly different from the ground looks like a shadow, all but its print.
        certain = unshaded(light, chroma, flooded, (bright, tint))
        ways = [watershed(whole, certain, rest), from_middle(rest)]
        ways += [body] if 2 * found.sum() > whole.sum() else []
        body = best_outlined([filled(_one_object(way)) for way in ways], slope)
    if pale:
        return open_gaps(body, body & reached(~different), edge, rest, background.noise)
    body = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_CLOSE, disk(4)).astype(bool)
    gaps = body & reached(~different)
    holes = only_beside(body & ~(edge | sure), body)
    body = open_gaps(body, gaps, edge, rest, background.noise) & open_gaps(body, holes, edge, rest, background.noise)
    return trim_shadow(body, sure, rest, background.noise, slope)


def _edges(smooth: Array, level: Array, sigma: float) -> Array:
    """Sharp steps: steep in themselves, or steep for how little the place differs from the background.

    A step that the lens blurs over a pixel climbs 0.4 of its height a pixel; the foot of a soft shadow climbs
    less than 0.25 of what it reaches four pixels further on.
    """
    slope = steepness(smooth)
    height = cv2.dilate(level, np.ones((9, 9), np.uint8))
    grain = 3.2 * float(np.median(slope[level < 3 + 4 * sigma])) if (level < 3 + 4 * sigma).any() else 0.0
    return (slope > max(0.7 + 1.8 * sigma, grain)) | ((slope > max(0.2 + 1.4 * sigma, grain)) & (slope > 0.3 * height))


def _against_anything(small: Array, plain: float) -> Array:
    """GrabCut from the middle of the picture, for backgrounds with a pattern."""
    little = reduced(small, 256)
    height, width = little.shape[:2]
    seeds = np.full((height, width), cv2.GC_PR_FGD, np.uint8)
    margin = (max(2, height // 25), max(2, width // 25))
    seeds[: margin[0]] = seeds[-margin[0] :] = cv2.GC_BGD
    seeds[:, : margin[1]] = seeds[:, -margin[1] :] = cv2.GC_BGD
    found = cv2.morphologyEx(grab_cut(little, seeds, 3).astype(np.uint8), cv2.MORPH_OPEN, disk(2))
    return cv2.resize(found * 255, small.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 127


def _one_object(body: Array) -> Array:
    """The largest object; thread-thin appendages (hang tags, hanger wires) are dropped, thin straps are kept."""
    body = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_OPEN, disk(1))
    count, index, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=8)
    if count < 2:
        return np.zeros(body.shape, bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return index == 1 + int(areas.argmax())
