"""The waist and hips that a shorter top uncovers: the other garment continued up to its waistband, and what is bare."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, distance, grow, ramp, smooth_mask
from tryon.transfer.warping.body import TRUNK_AT, TRUNK_HALF, Body
from tryon.transfer.warping.folds import in_folds
from tryon.transfer.warping.reading import SAG, WAIST, Regions
from tryon.transfer.warping.waist_sides import even_sides, filled_sides, without_thin_slits
from tryon.types import Category

WAISTBAND = 0.80  # of the trunk: where trousers or a skirt begin when the photo does not show it
HIDDEN = 0.97  # of the trunk: a visible upper edge below this is the hem of the top that hides the real one
CORNER = 0.02  # shoulder distances by which a waistband's upper corners are lower
RIBS = 0.97  # of the width of a hem around them
TAPERS = 0.35  # px inwards per px downwards that a waist narrows below them at the most
ABOVE_HEM = 0.3  # shoulder distances above it from which on no thin slit is left beside an arm
COMES_OUT = 0.3  # px outwards per px downwards that a waist may widen below a hem that is narrower
SLIT = 0.16  # shoulder distances: narrower strips of skin are none between a top and what it is worn with
UNDER = 0.03  # shoulder distances that a waistband goes on under a hem then
LEVEL, ROUNDED = 0.06, 0.04  # shoulder distances in which the upper edge of a waistband and its rounded corners lie
LOW = 0.84  # of the trunk: so it is below this if cloth lies right above it; a low waistband has skin there


@dataclass(frozen=True, kw_only=True)
class Lap:
    """Where trousers or a skirt go on under the hem of a long top, or a dress below its waist; px of the trunk's
    frame."""

    start: float  # down the trunk: where the waistband begins, at its sides
    top: float  # down the trunk: their first row that the photo shows over all its width
    middle: float  # across
    waist: float  # half their width at the waistband
    half: float  # half their width at `top`
    parted: bool  # a dress, whose lower part is in the photo up to the waistband
    band: float = 0.0  # how high the waistband is, down to which they do not widen

    def half_at(self, along: Array | float) -> Array:
        """Half their width at distances down the trunk."""
        below = self.start + self.band
        share = np.clip((np.asarray(along) - below) / max(self.top - below, 1.0), 0, 1)
        result: Array = self.waist + (self.half - self.waist) * (1.4 - 0.4 * share) * share
        return result

    def down(self, body: Body, shape: tuple[int, ...]) -> Array:
        """(h,w) px below the upper edge of the waistband, which hangs a little lower in front."""
        off = np.abs(np.clip((body.across(shape) - self.middle) / self.waist, -1, 1))
        ends = CORNER * np.clip((off - 0.9) / 0.1, 0, 1) ** 2  # it goes around to the back there
        result: Array = body.along(shape) - self.start - body.unit * (SAG * (1 - off**2) + ends)
        return result

    def beyond(self, body: Body, shape: tuple[int, ...]) -> Array:
        """(h,w) px outside of their two sides; negative inside."""
        result = np.abs(body.across(shape) - self.middle)
        rows = bounds(body.along(shape) < self.top + 0.3 * body.unit)
        result[rows] -= self.half_at(body.along(shape)[rows])
        return result


def lap_of(body: Body, regions: Regions, hem: float) -> Lap | None:
    """How the other garment goes on upwards; None where its real upper edge is seen, or nothing of it, or where the new
    top, down to `hem` px along the trunk, covers a dress's waist."""
    lower = regions.lower
    if lower.sum() < 0.05 * body.unit**2:
        return None
    along, across = body.along(lower.shape), body.across(lower.shape)
    few = (slice(None, None, 3), slice(None, None, 3))
    top = float(np.percentile(along[few][lower[few]], 2)) if lower[few].any() else 0.0
    parted = (lower & regions.one_piece)[few].sum() > 0.5 * lower[few].sum()
    start = (WAIST if parted else WAISTBAND) * body.trunk
    if parted and hem > start:
        return None
    if 0 < start + SAG * body.unit - hem < SLIT * body.unit:
        start = hem - (SAG + UNDER) * body.unit
    if parted:
        top = HIDDEN * body.trunk
    columns = np.flatnonzero(lower.any(axis=0))
    if not parted and top < HIDDEN * body.trunk:
        above = np.maximum(lower.argmax(axis=0)[columns] - max(3, round(0.02 * body.unit)), 0)
        if top < LOW * body.trunk or hem > top or regions.upper[above, columns].mean() < 0.6:
            return None
    # Not the highest point: beside an open coat the cloth below it is seen as a thin strip first.
    top = max(top, float(np.median(along[lower.argmax(axis=0)[columns], columns])))
    rows = (along > top) & (along < top + 0.12 * body.unit)
    if not (lower & rows).any():
        return None
    part = bounds(lower & rows)
    seen, at = (lower & rows)[part], across[part]
    seen, at = seen[seen.any(axis=1)], at[seen.any(axis=1)]
    ends = np.where(seen, at, np.inf).min(axis=1), np.where(seen, at, -np.inf).max(axis=1)
    sides = np.median(ends, axis=1)
    before = (regions.arms | regions.hands | regions.held) & grow(lower, 3) & rows
    left, right, _ = body.half_width(top)
    for k, (sign, known) in enumerate(((-1, left), (1, right))):
        off = sign * (across - sides[k])
        beside = before & (off > 0) & (off < 0.05 * body.unit)
        if beside.any(axis=1).sum() > 0.5 * rows.any(axis=1).sum():  # a hand hides where they end
            sides[k] = sign * max(sign * sides[k], known)
    half = float(sides[1] - sides[0]) / 2
    # Narrower as a waist is, but by less, because cloth does not follow it in; a dress is gathered to it.
    usual, below = np.interp([start / body.trunk, top / body.trunk], TRUNK_AT, TRUNK_HALF)
    waist = half * float(np.sqrt(min(1.0, usual / below)))
    if parted:
        waist = min(waist, float(usual) * body.unit)
    band = min(BAND * body.unit, 0.5 * (top - start))
    return Lap(start=start, top=top, middle=float(sides.mean()), waist=waist, half=half, parted=bool(parted), band=band)


def beside_hem(category: Category, body: Body, regions: Regions, lap: Lap | None) -> tuple[Array, Array, Array]:
    """Where the other garment goes on under an old top, (h,w) 0..1; how far what is painted fades into the photo's own
    there, (h,w) 0..1; and what of it the old hem's edge blurs, (h,w) bool."""
    shape = regions.person.shape
    fade = np.ones(shape, np.float32)
    if category != "top" or (lap is not None and lap.parted):
        return np.zeros(shape, np.float32), fade, np.zeros(shape, bool)
    reach = max(4.0, 0.12 * body.unit)
    hem = grow(regions.upper, reach) & regions.lower
    hem |= arch(regions, body.unit)
    around = grow(hem, 3) & regions.lower
    fade[around] = below(regions.upper, reach)[around]
    return other_area(body, regions, lap, hem), fade, hem


def arch(regions: Regions, unit: float) -> Array:
    """Boolean (h,w): the upper corners of the gap between two legs under an old top's hem, which cuts it off straight:
    where legs meet it is round."""
    lower, shape = regions.lower, regions.person.shape
    found = np.zeros(shape, bool)
    columns = np.flatnonzero(lower.any(axis=0))
    if not len(columns):
        return found
    line = np.interp(np.arange(shape[1]), columns, lower.argmax(axis=0)[columns])
    inner = np.arange(columns[0], columns[-1] + 1)
    below = np.clip(np.rint(line[inner] + 0.04 * unit).astype(int), 0, shape[0] - 1)
    above = np.clip(np.rint(line[inner] - 0.04 * unit).astype(int), 0, shape[0] - 1)
    gap = ~regions.person[below, inner] & regions.upper[above, inner]
    for first, last in np.flatnonzero(np.diff(np.concatenate([[0], gap.astype(int), [0]]))).reshape(-1, 2):
        half = (last - first) / 2
        if not 2 <= half < GAP * unit:
            continue
        x = inner[first:last]
        open_at = half - np.sqrt(np.maximum(half**2 - (x + 0.5 - x[0] - half) ** 2, 0))  # px below the hem
        y = np.arange(shape[0])[:, None]
        found[:, x] = (y >= line[x] - 2) & (y < line[x] + open_at) & ~regions.person[:, x]
    return found


def other_area(body: Body, regions: Regions, lap: Lap | None, hem: Array) -> Array:
    """(h,w) 0..1: where trousers or skirt go on under what was the old top; `hem` (h,w) bool: what its edge blurs."""
    shape = regions.person.shape
    if lap is None:
        return np.zeros(shape, np.float32)
    along = body.along(shape)
    columns = np.flatnonzero(regions.lower.any(axis=0))
    x = np.arange(shape[1])
    between = (x >= columns[0]) & (x <= columns[-1])
    above = ramp(lap.top + 0.12 * body.unit - along, -1.0, 1.0) * filled_sides(regions, body.unit) * between
    above *= ramp(lap.beyond(body, shape), 0.7, -0.7)
    edge = smooth_mask(hem & ~outside(body, regions, lap), 0.8)
    result: Array = ramp(lap.down(body, shape), -0.8, 0.8) * np.maximum(above, edge) * ~(regions.lower & ~hem)
    return result.astype(np.float32)


def hidden_by(top: Array, other: Array, hem: Array) -> Array:
    """`other` (h,w) 0..1, cloth that goes on under the trunk of a new top, `top` (h,w) 0..1, without what would stand
    beside that above its `hem`, (h,w) bool: there a trunk is narrower than hips. Below a raised hem it shows."""
    result = other.copy()
    beside = (other > 0) & (top < 0.98) & hem
    window = bounds(beside)
    cloth = top[:, window[1]] > 0.5
    above, below = np.logical_or.accumulate(cloth), np.logical_or.accumulate(cloth[::-1])[::-1]
    result[window] *= ~beside[window] | (above & ~below)[window[0]]
    return result


def outside(body: Body, regions: Regions, lap: Lap) -> Array:
    """Boolean (h,w): what stands out of the other garment's sides above its first whole row: of a wide dress that is
    gathered there, or curls of it that labels see around the corners of an old hem, or above the new waistband."""
    part = bounds(regions.lower & (body.along(regions.lower.shape) < lap.top))
    found = np.zeros(regions.lower.shape, bool)
    found[part] = regions.lower[part] & (body.along(found.shape)[part] < lap.top)
    beyond = lap.beyond(body, found.shape)[part] > (-2 if lap.parted else 0)
    found[part] &= beyond | ((lap.down(body, found.shape)[part] < 1) & (not lap.parted))
    return found


def bare_waist(
    body: Body, regions: Regions, lap: Lap, flesh: Array, arms: Array, hem: float,
    ends: tuple[float, float] = (-np.inf, np.inf),
) -> Array:  # fmt: skip
    """`flesh` (h,w) 0..1 with the waist between a new top's `hem`, px down the trunk, and the waistband: as wide as
    that, and no bare hips beside it; `arms` (h,w) 0..1 stay; `ends`: where the hem ends, px across the trunk: a waist
    comes out of it, and not beside it."""
    shape = flesh.shape
    along = body.along(shape)
    end = lap.start + 2 * SAG * body.unit + 4
    below = ramp(along, hem - 0.05 * body.unit, hem - 0.02 * body.unit)
    off = np.maximum(body.across(shape) - ends[1], ends[0] - body.across(shape)) > -0.005 * body.unit
    beside = off * ramp(along, hem - 0.20 * body.unit, hem - 0.17 * body.unit)
    result: Array = flesh * (1 - np.maximum(below, beside) * (1 - arms))
    part = bounds((below > 0) & (along < end))
    usual = np.interp(along[part] / body.trunk, TRUNK_AT, TRUNK_HALF)
    usual /= np.interp(lap.start / body.trunk, TRUNK_AT, TRUNK_HALF)
    half = (lap.waist - 0.005 * body.unit) * np.sqrt(usual)
    if np.isfinite(ends).all():  # ribs are about as wide as what lies around them
        wider = np.clip(RIBS * (ends[1] - ends[0]) / 2 - half, 0, TAPERS * max(lap.start - hem, 0))
        half += wider * np.clip((lap.start - along[part]) / max(lap.start - hem, 1.0), 0, 1) ** 1.5
    across, room = body.across(shape)[part], COMES_OUT * np.maximum(along[part] - hem, 0) - 0.005 * body.unit
    waist = ramp(np.abs(across - lap.middle) - half, 0.7, -0.7)
    waist *= ramp(np.maximum(across - ends[1], ends[0] - across) - room, 0.7, -0.7)
    waist *= filled_sides(regions, body.unit)[part] * ramp(along[part], end, end - 4) * below[part]
    result[part] = np.maximum(result[part], waist)
    result = even_sides(result, arms, body, lap.middle, (hem - 0.05 * body.unit, lap.start))
    rows = (along > hem - ABOVE_HEM * body.unit) & (along < lap.start)
    return without_thin_slits(result, arms, regions, rows, body.unit)


def above_band(bottom: Array, unit: float) -> Array:
    """(h,w) 0..1: above the upper edge of a new `bottom` (h,w) 0..1, and of the line in which it goes on beside that: a
    waistband goes all around, and no skin is seen beside it. `unit`: shoulder distance, px."""
    solid = bottom > 0.5
    columns = np.flatnonzero(solid.any(axis=0))
    first = solid.argmax(axis=0)[columns]
    level = first < np.median(first) + LEVEL * unit if len(columns) else np.zeros(0, bool)
    columns, first = columns[level], first[level]
    inner = round(ROUNDED * unit)  # its corners are rounded
    if len(columns) < 4 * inner:
        return np.ones(bottom.shape, np.float32)
    x, inside = np.arange(bottom.shape[1]), slice(inner, len(columns) - inner)
    line = np.interp(x, columns[inside], first[inside])
    line -= np.where((x < columns[inner]) | (x > columns[-inner - 1]), inner / 2, 0.0)
    return ramp(line[None] - np.arange(bottom.shape[0])[:, None], -3.0, -1.0)


def below(cloth: Array, reach: float) -> Array:
    """(h,w) 0..1: 1 beside `cloth` (h,w) bool, fading to 0 at `reach` px from it: what was painted runs out there."""
    return ramp(distance(cloth, reach), reach, 0.4 * reach)


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


GAP = 0.3  # shoulder distances: half of how wide a gap between legs is under a hem
SHEEN = 1.2  # more light that dark cloth's edges throw back
GATHERS = (23.0, 37.0, 58.0)  # rad per half width: small folds below a band that gathers its cloth
GATHERED = 0.40  # how much lighter or darker it is in them
BAND = 0.105  # shoulder distances: how high a waistband is, about 4 cm
# Light on it: places below its upper edge, their width and how much lighter (or darker) it is there.
STITCHED = ((0.004, 0.005, 0.10), (0.017, 0.004, -0.10), (BAND - 0.014, 0.004, -0.08), (BAND, 0.006, -0.30),
            (BAND + 0.012, 0.006, 0.06), (BAND + 0.02, 0.03, -0.07))  # fmt: skip


def gathers(across: Array, below: Array) -> Array:
    """How much lighter cloth is in the small folds in which a band gathers it, at places `across` half widths from the
    middle and `below` shoulder distances below that band, where they run out."""
    waves = [np.sin(np.float32(each) * across + k * below + 2 * k) for k, each in enumerate(GATHERS)]
    folds = sum(waves) / len(GATHERS)
    result: Array = GATHERED * folds * ramp(below, -0.005, 0.015) * ramp(below, 0.30, 0.02)
    return result


def waistband(body: Body, lap: Lap, cloth: Array) -> Array:
    """(h,w) factor about 1 on continued trousers or a skirt, `cloth` (h,w,3) 0..255: a band with its seams, and turned
    away at both sides."""
    shape = cloth.shape[:2]
    down = lap.down(body, shape) / np.float32(body.unit)
    light = np.ones(shape, np.float32)
    part = bounds((down > -0.02) & (down < 2.5 * BAND))
    tone = float(cloth[part][::4, ::4].mean()) if light[part].size else 0.0
    pale = 1 - 0.75 / 255 * tone
    sheen = 1 + SHEEN * float(ramp(np.array(pale), 0.80, 0.90))  # on dark cloth a little light is seen the most
    for at, wide, much in STITCHED:
        much *= pale * sheen if much > 0 else pale
        light[part] += np.float32(much) * np.exp(-(((down[part] - at) / np.float32(wide)) ** 2))
    if lap.parted:
        across = (body.across(shape)[part] - lap.middle) / lap.half_at(body.along(shape)[part])
        folds = 1 + gathers(across.astype(np.float32), down[part] - BAND) * np.float32(pale * sheen)
        light[part] *= in_folds(folds, tone)
    part = bounds((down > -0.02) & (body.along(shape) < lap.top + 0.3 * body.unit))
    off = np.abs(body.across(shape)[part] - lap.middle) / lap.half_at(body.along(shape)[part])
    fresh = ramp(body.along(shape)[part], lap.top, 0.5 * (lap.start + lap.top))  # the photo's own has its own light
    light[part] *= in_folds(1 - 0.26 * np.clip(off, 0, 1).astype(np.float32) ** 6 * fresh, tone)
    return light
