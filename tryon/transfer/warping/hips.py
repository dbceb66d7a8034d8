"""The waist and hips that a shorter top uncovers: the other garment continued up to its waistband, and what is bare."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, grow, largest, ramp, shrink, smooth_mask
from tryon.transfer.warping.body import TRUNK_AT, TRUNK_HALF, Body
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure
from tryon.types import Category

WAISTBAND = 0.80  # of the trunk: where trousers or a skirt begin when the photo does not show it
HIDDEN = 0.97  # of the trunk: a visible upper edge below this is the hem of the top that hides the real one


def beside_hem(category: Category, body: Body, regions: Regions, figure: Figure) -> tuple[Array, Array, Array]:
    """Where the other garment goes on under an old top, (h,w) 0..1; how far what is painted fades into the photo's own
    there, (h,w) 0..1; and what of it the old hem's edge blurs, (h,w) bool."""
    shape = regions.person.shape
    fade = np.ones(shape, np.float32)
    if category != "top":
        return np.zeros(shape, np.float32), fade, np.zeros(shape, bool)
    reach = max(4.0, 0.15 * body.unit)
    hem = grow(regions.upper, reach) & regions.lower
    around = grow(hem, 3) & regions.lower
    fade[around] = below(regions.upper, reach)[around]
    return other_area(body, regions, figure, hem), fade, hem


def other_area(body: Body, regions: Regions, figure: Figure, hem: Array) -> Array:
    """(h,w) 0..1: where trousers or skirt go on under what was the old top; `hem` (h,w) bool: what its edge blurs."""
    if regions.lower.sum() < 0.05 * body.unit**2:
        return np.zeros(regions.person.shape, np.float32)
    along = body.along(regions.person.shape)
    columns = np.flatnonzero(regions.lower.any(axis=0))
    top = np.percentile(along[regions.lower], 2)
    if top < HIDDEN * body.trunk:  # that is its real upper edge
        return np.zeros(regions.person.shape, np.float32)
    start = WAISTBAND * body.trunk
    x = np.arange(along.shape[1])
    # Not the highest point: beside an open coat the cloth below it is seen as a thin strip first.
    level = float(np.median(along[regions.lower.argmax(axis=0)[columns], columns]))
    inside = within_hips(body, regions.lower, along, max(float(top), level)) * ((x >= columns[0]) & (x <= columns[-1]))
    legs = figure.legs * ramp(along, 0.90 * body.trunk, 1.0 * body.trunk)  # above the hips they are round caps
    body_area = np.maximum(figure.trunk, legs) * smooth_mask(regions.person, 0.8)
    return (ramp(along, start - 1, start + 1) * body_area * inside * ~(regions.lower & ~hem)).astype(np.float32)


def within_hips(body: Body, lower: Array, along: Array, top: float) -> Array:
    """(h,w) 0..1: no wider than the garment is at its upper edge `top`, px down, and narrower towards the waist."""
    across = body.across(lower.shape)
    edge = lower & (along > top) & (along < top + 0.12 * body.unit)
    left, right = np.percentile(across[edge], (1, 99)) if edge.any() else (-0.5 * body.unit, 0.5 * body.unit)
    usual = np.interp(along / body.trunk, TRUNK_AT, TRUNK_HALF)
    half = (right - left) / 2 * np.minimum(1.0, usual / np.interp(top / body.trunk, TRUNK_AT, TRUNK_HALF))
    return ramp(np.abs(across - (left + right) / 2) - half, 0.7, -0.7)


def beside_waist(other: Array, body: Body) -> Array:
    """(h,w) 0..1: what lies beside a waist that goes into the continued other garment `other` (h,w) 0..1."""
    along, across = body.along(other.shape), body.across(other.shape)
    start = WAISTBAND * body.trunk
    edge = (other > 0.5) & (along < start + 0.04 * body.unit)
    if edge.sum() < 8:
        return np.zeros(other.shape, np.float32)
    left, right = np.percentile(across[edge], (1, 99))
    room = 0.3 * np.maximum(start - along, 0)
    beyond = np.maximum(across - right, left - across) - room + 0.02 * body.unit
    result: Array = ramp(beyond, -1.0, 1.0) * ramp(along, start - 0.35 * body.trunk, start - 0.25 * body.trunk)
    return result


def below(cloth: Array, reach: float) -> Array:
    """(h,w) 0..1: 1 beside `cloth` (h,w) bool, fading to 0 at `reach` px from it: what was painted runs out there."""
    away = cv2.distanceTransform((~cloth).astype(np.uint8), cv2.DIST_L2, 3)
    return ramp(away, reach, 0.6 * reach)


def waist_light(flesh: Array, other: Array, body: Body, hem: float) -> Array:
    """(h,w) factor about 1 on a waist `flesh` (h,w) 0..1 between a top's `hem`, px down the trunk, and the other
    garment `other` (h,w) 0..1: it turns away at its own two sides, and the waistband lies close to it."""
    light = np.ones(flesh.shape, np.float32)
    along = body.along(flesh.shape)
    window = bounds((flesh > 0.5) & (along > hem - 0.25 * body.unit) & (along < 1.1 * body.trunk))
    if flesh[window].size == 0:
        return light
    window = (slice(window[0].start, window[0].stop + round(0.08 * body.unit)), window[1])  # the waistband too
    # From a little higher and lower, so that only its sides count as edges.
    side = cv2.copyMakeBorder(
        (np.maximum(flesh, other)[window] > 0.5).astype(np.uint8), 40, 40, 0, 0, cv2.BORDER_REPLICATE
    )
    side = cv2.copyMakeBorder(side, 0, 0, 1, 1, cv2.BORDER_CONSTANT)
    away = cv2.distanceTransform(side, cv2.DIST_L2, 3)[40:-40, 1:-1]
    turned = 1 - np.clip(away / np.float32(0.20 * body.unit), 0, 1)
    close = blur(other[window].astype(np.float32), 0.022 * body.unit)
    light[window] = (1 - 0.24 * turned**2) * (1 - 0.45 * close)
    return light


def continued(pixels: Array, garment: Array, body: Body) -> Array:
    """(h,w,3) float32: the garment mirrored upwards at its upper edge, its colour going on where that ends."""
    height, width = garment.shape
    columns = np.flatnonzero(garment.any(axis=0))
    if not len(columns):
        return pixels.astype(np.float32)
    upper = garment.argmax(axis=0)[columns]
    line = np.interp(np.arange(width), columns, upper).astype(np.float32)
    edge = cv2.GaussianBlur(line[None], (0, 0), max(1.0, 0.06 * body.unit))[0]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    gap = 0.07 * body.unit
    source = np.where(y < edge + gap, 2 * (edge + gap) - y, y).astype(np.float32)
    mirrored = cv2.remap(pixels.astype(np.float32), x, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    valid = cv2.remap(shrink(garment, 3).astype(np.float32), x, source, cv2.INTER_LINEAR, borderValue=0)
    deep = shrink(garment, 0.05 * body.unit)
    deep = deep if deep.any() else garment
    lit = deep & (y > edge + 0.18 * body.unit)  # below what the old hem shades
    lit = lit if lit.any() else deep
    smooth = blur(fill(pixels.astype(np.float32), lit.astype(np.float32)), 0.04 * body.unit)
    near = lit & (y < edge + 0.8 * body.unit)
    tone = np.median(pixels[near if near.any() else lit], axis=0)  # legs are darker between them than a lap is
    smooth += 0.6 * (tone - smooth)
    detail = mirrored - blur(mirrored, 0.06 * body.unit)
    # As strong as it is in the cloth itself: what is stronger is the gap between the legs.
    usual = 1.5 * float(np.percentile(largest(np.abs(detail))[deep], 80))
    cloth = smooth + 0.8 * np.clip(detail, -usual, usual) * blur(np.clip(valid, 0, 1), 2.0)[..., None]
    # The seam below a waistband.
    below = body.along(garment.shape) - (WAISTBAND * body.trunk + 0.12 * body.unit)
    seam = np.exp(-((below / max(1.0, 0.008 * body.unit)) ** 2))
    result: Array = cloth * (1 - 0.2 * seam)[..., None]
    return result
