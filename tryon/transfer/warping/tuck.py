"""What lies over a new waistband: the shadow of the top's hem, and the upper part of a dress, worn like a blouse."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, grow, luminance, mix, ramp, smooth_mask
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.folds import in_folds
from tryon.transfer.warping.layers import Dressing
from tryon.transfer.warping.reading import HIP, Regions, parting
from tryon.transfer.warping.undress import Base
from tryon.transfer.warping.waist import seen_waist, waistline

DEPTH = 0.30  # shoulder distances that a hem is looked for above where it ends
STITCHES, ROLL = 0.026, 0.013  # shoulder distances from the edge of a hem to its seam, and to what is lit of its roll
DARK = (
    (40.0, 150.0),
    (2.5, 1.0),
)  # luminances of cloth, how many times as clear its hem is: of dark cloth little is seen
SHORT = 0.15  # shoulder distances below a waistband's edge that a top may end and be worn in it: a band and a half
WEDGE = 3e-3  # squared shoulder distances of a waistband that is seen beside such a top, above its hem
HEM_SHADOW = 0.42  # how dark the shadow of a hem on the cloth below it is where it is full


def hem_shadow(body: Body, regions: Regions, cloth: Array) -> Array:
    """(h,w) float32 factor 0..1 on a new bottom `cloth` (h,w) 0..1: the shadow of the top that hangs over it, and a
    weaker one of arms and hands before it."""
    light = np.ones(cloth.shape, np.float32)
    reach = 0.045 * body.unit
    rows, columns = bounds(cloth > 0)
    window = (slice(max(0, rows.start - int(4 * reach)), rows.stop), columns)
    over = regions.upper[window].astype(np.float32)
    over = np.maximum(over, 0.5 * (regions.hands | regions.arms)[window])
    if rows.start < rows.stop and over.any():
        fallen = cv2.warpAffine(over, np.array([[1, 0, 0], [0, 1, 0.4 * reach]], np.float32), over.shape[::-1])
        light[window] = 1 - HEM_SHADOW * blur(fallen, reach)
    return light


def slips_in(dressing: Dressing, body: Body, regions: Regions) -> bool:
    """Whether a top ends on a waistband that stands out beside it: no cloth lies flat on a band that is wider, so it is
    worn in it. Not in a dress, which goes on under it."""
    hem, seen = dressing.trunk[1], seen_waist(body, regions)
    if (regions.lower & regions.one_piece).sum() > 0.5 * regions.lower.sum():
        return False
    if seen is None or not 0 < hem - waistline(body, regions, seen).along < SHORT * body.unit:
        return False
    worn, arms = dressing.alpha > 0.5, regions.arms | regions.hands
    above = regions.lower & (body.along(worn.shape) < hem - 0.02 * body.unit)
    part = bounds(above, 2)
    beside = above[part] & ~worn[part] & ~grow(arms[part], 2)
    return float(beside.sum()) > WEDGE * body.unit**2


def hanging_bodice(base: Base, photo: Array, body: Body, regions: Regions, one_piece: Array) -> tuple[Base, Array]:
    """The base with a dress cut at the hips, whose upper part hangs over a new waistband, and where, (h,w) 0..1.

    `photo` (h,w,3) 0..255; `one_piece` (h,w) bool: where the dress is. Its edge is hemmed: it turns under, and a seam
    runs along it.
    """
    over = np.zeros(one_piece.shape, np.float32)
    part = one_piece & regions.upper
    along = body.along(part.shape)
    part &= along > HIP * body.trunk - DEPTH * body.unit
    if not part.any():
        return base, over
    window = bounds(part)
    edge = parting(body, body.across(part.shape)[window], over=True)
    above = (edge - along[window]) / np.float32(body.unit)
    beyond = smooth_mask(grow(part[window], 3) & one_piece[window], 0.8)  # its own colour under its soft edge
    over[window] = beyond * ramp(above * np.float32(body.unit), -0.6, 0.6) * (above < DEPTH)
    seam = np.exp(-(((above - STITCHES) / 0.004) ** 2))
    tone = float(np.median(luminance(photo[part][::7, None])))
    rolled = np.exp(-(((above - ROLL) / 0.005) ** 2))
    drawn = -0.22 * np.exp(-((above / 0.006) ** 2)) - 0.10 * seam + 0.03 * rolled
    light = in_folds(1 + np.float32(np.interp(tone, *DARK)) * drawn, tone)
    pixels, area = base.pixels.copy(), base.area.copy()
    pixels[window] = mix(pixels[window], photo[window] * light[..., None], beyond)
    area[window] = np.maximum(area[window], over[window])
    return replace(base, pixels=pixels, area=area), over
