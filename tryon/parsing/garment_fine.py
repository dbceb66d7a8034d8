"""The cut-out's outline at the photo's own resolution: frills, lace, and the ground seen through straps.

On the coarse grid that a garment is found on, threads and narrow loops are closed and a pale spot of a print at the
edge looks like a bite. Where the ground is plain, every pixel of the photo tells by itself whether it shows it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_edge import BARE, alike, around, coverage, evened, reaching, solid_beyond
from tryon.parsing.garment_ground import Background, apart
from tryon.parsing.garment_matte import halved
from tryon.parsing.garment_pieces import SHADOW, disk, only_beside, reached
from tryon.parsing.garment_rim import within_rim
from tryon.types import Mask

Array = NDArray[Any]

CERTAIN = 5  # grid px inside the rough outline, from where on the body is believed
LIMIT = 5  # grid px outside it, beyond which nothing is cloth
SHARP = 3.0  # CIE L a px, from where on a change of lightness is an edge
PALE = 0.01  # share of the deep cloth that may look like ground, before nothing is told from it
BAND = 5  # px inside the rough outline in which colours tell where it is: shadows look like cloth there
THIN = 2  # px inside it for what is too thin for that
FRAYED = 0.05  # share of an edge's surroundings that is threads where it is no line
BEYOND = 3  # px outside it
BESIDE = 7  # px to look along an edge for the colours of cloth and ground
AMID = 0.55  # of the rim of a pale place of a print that is cloth: more than beside a straight edge
CORNER = 16  # grid px: outlines that turn inwards more sharply than round a disk of that radius have a corner
BESIDE_CORNER = 20  # grid px from a corner that a gap behind it begins within
SURE = 0.7  # of a spot that shows the ground or its shadow, where it may as well be a print
SMALL = 4  # times smaller are the planes on which corners are found
COLOURED = 8.0  # CIE Lab, mean chroma of cloth that tells its pale places from shadows
DEEP_TINT = 0.2  # chroma that a shadow has more for one lightness less
OWN_TINT = 1.0  # CIE Lab, of the cloth's own chroma that a shadow beside it has less
LOOP = 2.5  # how many times longer than the cloth around it is thick a gap is at least: a shorter one is a print
WINDOW = np.ones((9, 9), np.uint8)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What single pixels tell, booleans (h, w)."""

    even: Array  # has the ground's very colour
    ground: Array  # the same, or is a shadow on it
    like: Array  # the same, or what compression smears beside a strong edge
    clear: Array  # stands out, even beside stronger things


def fine_matte(pixels: Array, body: Array, background: Background) -> Mask | None:
    """Soft alpha (h, w) of the garment whose rough form is `body` (gh, gw) bool; None where its cloth and the ground
    are too alike. `pixels` (h, w, 3) uint8.
    """
    height, width = pixels.shape[:2]
    factor = width / body.shape[1]
    margin = (LIMIT + 3) * factor
    spans = []
    for axis, length in ((1, height), (0, width)):
        at = np.flatnonzero(body.any(axis=axis)) * factor
        spans.append(slice(max(0, int(at[0] - margin)), min(length, int(at[-1] + margin + factor))))
    part = (spans[0], spans[1])
    solid = np.ascontiguousarray(pixels[part])
    enlarged = [_enlarged(plane.astype(np.float32), part, factor) for plane in (body, background.lab)]
    found = _matte(solid, enlarged[0] > 0.5, enlarged[1], background.noise, factor)
    if found is None:
        return None
    alpha = np.zeros((height, width), np.uint8)
    alpha[part] = found
    return alpha


def _enlarged(plane: Array, part: tuple[slice, slice], factor: float) -> Array:
    """A plane of the grid at the photo's size, there the window `part`."""
    rows, columns = part
    shift = 0.5 * factor - 0.5
    matrix = np.array([[factor, 0, shift - columns.start], [0, factor, shift - rows.start]])
    size = (columns.stop - columns.start, rows.stop - rows.start)
    return cv2.warpAffine(plane, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _matte(pixels: Array, rough: Array, ground: Array, noise: tuple[float, float], factor: float) -> Mask | None:
    rest = apart(cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB), ground)
    inner = cv2.erode(rough.astype(np.uint8), disk(round(CERTAIN * factor))) > 0
    if not inner.any():
        return None
    evidence = _evidence(rest, noise, inner)
    if _pale(rough, inner, evidence.like):
        return None
    cloth = _cloth(rough, evidence, factor)
    return _soft(rest, cloth & ~_cast(rest, cloth, factor), noise[0], factor)


def _pale(rough: Array, inner: Array, like: Array) -> bool:
    """Whether too much of the deep cloth `inner` looks like the ground to tell them apart: prints in its colour do,
    gaps that open to the ground beside the garment do not unless they are many."""
    share = float(like[inner].mean())
    if not PALE < share <= 3 * PALE:
        return share > PALE
    _, index = cv2.connectedComponents((like | ~rough).astype(np.uint8), connectivity=4)
    outside = np.unique(index[~rough])
    return float((inner & like & ~np.isin(index, outside)).sum()) > PALE * float(inner.sum())


def _evidence(rest: Array, noise: tuple[float, float], inner: Array) -> Evidence:
    """What pixels tell by `rest` (h, w, 3), CIE Lab that they differ from the ground by; `inner` (h, w) bool is
    cloth."""
    light, green, blue = cv2.split(cv2.GaussianBlur(rest, (0, 0), 0.6))
    dark, light = light, np.abs(light)
    chroma = cv2.magnitude(green, blue)
    tint, bright = 0.8 + 2.5 * noise[1], 0.8 + 3 * noise[0]
    faint = chroma < tint
    smeared = (chroma < 0.12 * cv2.dilate(chroma, WINDOW)) & (light < min(bright, 2.5))
    slope = cv2.magnitude(cv2.Scharr(dark, cv2.CV_32F, 1, 0), cv2.Scharr(dark, cv2.CV_32F, 0, 1))
    shade = faint & (dark < -2.5) & (dark > -SHADOW / 2) & (slope < 32 * 5.0)
    even = faint & (light < bright)
    level = light + chroma
    no_shadow = (chroma > 0.4 * light) | (dark > 0) | (dark < -SHADOW)
    clear = no_shadow & (level > np.maximum(8.0, 0.3 * cv2.dilate(level, WINDOW)))
    deep = _tinted_shade((dark, green, blue), chroma, tint, inner)
    if deep is not None:
        deep &= slope < 32 * 5.0
        # A shadow is entered from the bare ground, without an edge; a grey print is not.
        entered = reaching((deep | even)[::2, ::2], even[::2, ::2]).astype(np.uint8)
        deep &= (dark > -SHADOW / 4) | (cv2.resize(entered, even.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)
        whole = cv2.morphologyEx((even | shade | deep).astype(np.uint8), cv2.MORPH_CLOSE, disk(1)) > 0
        shade |= deep | (whole & ~clear)
    return Evidence(even=even, ground=even | shade, like=even | smeared | shade, clear=clear)


def _tinted_shade(rest: tuple[Array, Array, Array], chroma: Array, tint: float, inner: Array) -> Array | None:
    """Boolean (h, w): the deep and tinted shadows in the corners of an outline, deeper ones with more `chroma` (h, w)
    than `tint`. Pale cloth is tinted as the cloth around it. None where nothing is told by that, as the cloth `inner`
    (h, w) bool is grey, or has such shades."""
    dark, green, blue = rest
    cloth = inner.astype(np.uint8)
    usual = [cv2.mean(plane, cloth)[0] for plane in (green, blue)]
    size = math.hypot(*usual)
    if size < COLOURED:
        return None
    own = cv2.addWeighted(green, usual[0] / size, blue, usual[1] / size, 0)
    limit = cv2.addWeighted(chroma, 1, dark, DEEP_TINT, 0)
    found = (own < OWN_TINT) & (limit < tint) & (dark > -SHADOW) & (dark < -1.0)
    return found if np.count_nonzero(found & inner) < PALE * np.count_nonzero(inner) else None


def _cloth(rough: Array, evidence: Evidence, factor: float) -> Array:
    """Boolean (h, w): the garment with its frills and without what of the ground shows through it."""
    near = cv2.dilate(rough.astype(np.uint8), disk(round(LIMIT * factor))) > 0
    found = (rough & ~evidence.like) | (near & evidence.clear)
    count, index, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    if count < 2:
        return rough
    main = index == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    # Narrow gaps that are not quite as even as the ground are pale stripes of the cloth.
    closed = cv2.morphologyEx(main.astype(np.uint8), cv2.MORPH_CLOSE, disk(round(factor))) > 0
    main |= closed & rough & ~evidence.even
    main |= _own_bites(main, evidence, factor)
    return main | _own_spots(~main, evidence.ground, rough, factor)


def _own_bites(cloth: Array, evidence: Evidence, factor: float) -> Array:
    """Boolean (h, w): pale places of a print at an edge of the `cloth` (h, w) bool, which is on most of their sides;
    on the others is the bare ground, without the shade in which a shadow ends."""
    half = cloth[::2, ::2], evidence.like[::2, ::2], evidence.even[::2, ::2]
    pale = cv2.morphologyEx((~half[0] & ~half[1]).astype(np.uint8), cv2.MORPH_OPEN, disk(1))
    _, index, stats, _ = cv2.connectedComponentsWithStats(pale, connectivity=4)
    result = np.zeros(cloth.shape, bool)
    for k in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= 1.5 * factor**2):
        x, y, w, h = (int(v) for v in stats[k, :4])
        top, left = max(0, y - 4), max(0, x - 4)
        part = (slice(top, y + h + 4), slice(left, x + w + 4))
        spot = (index[part] == k).astype(np.uint8)
        body, _, even = (plane[part] for plane in half)
        rim = cv2.dilate(spot, disk(3)) > cv2.dilate(spot, disk(2))
        inside, bare = (rim & body).sum(), (rim & even & ~body).sum()
        if inside > AMID * rim.sum() and bare > 0.6 * (rim.sum() - inside):
            there = result[2 * top : 2 * part[0].stop, 2 * left : 2 * part[1].stop]
            whole = cv2.dilate(spot, disk(2)).repeat(2, axis=0).repeat(2, axis=1)[: there.shape[0], : there.shape[1]]
            there |= whole > 0
    return result & ~evidence.like


def _cast(rest: Array, cloth: Array, factor: float) -> Array:
    """Boolean (h, w): shadows at hems that were taken for cloth. They get lighter evenly towards the ground, and the
    cloth that casts them begins with a sharp edge all along."""
    light, green, blue = cv2.split(cv2.GaussianBlur(rest, (0, 0), 0.8))
    chroma, dark = cv2.magnitude(green, blue), -light
    slope = cv2.magnitude(cv2.Scharr(light, cv2.CV_32F, 1, 0), cv2.Scharr(light, cv2.CV_32F, 0, 1)) / 32
    even = slope < np.minimum(SHARP, 0.25 * cv2.dilate(dark + chroma, WINDOW) + 0.3)
    found = even & (dark > 2.5) & (dark < SHADOW) & (chroma < 2.5 + 0.2 * dark) & cloth
    found &= cv2.distanceTransform(cloth.astype(np.uint8), cv2.DIST_L2, 3) <= LIMIT * factor + 2
    least = 30 * factor  # px; a smaller one is no matter
    if found.sum() < least:
        return np.zeros(cloth.shape, bool)
    outer = ~cloth
    found &= reaching(cv2.morphologyEx((found | outer).astype(np.uint8), cv2.MORPH_OPEN, disk(2)) > 0, outer)
    count, index, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=4)
    labels = cv2.dilate(index.astype(np.float32), np.ones((5, 5), np.uint8)).astype(int)
    rim = (labels > 0) & cloth & ~found
    total = np.bincount(labels[rim], minlength=count)
    sharp = np.bincount(labels[rim & (cv2.dilate(slope, np.ones((5, 5), np.uint8)) > SHARP)], minlength=count)
    shadows = (stats[:, cv2.CC_STAT_AREA] > least) & (sharp > 0.95 * total)
    shadows[0] = False
    return shadows[index]


def _own_spots(spots: Array, ground: Array, rough: Array, factor: float) -> Array:
    """Boolean (h, w): enclosed spots that are not the ground: too small for a gap, of another colour, or amid
    cloth as a print is."""
    count, index, stats, _ = cv2.connectedComponentsWithStats(spots.astype(np.uint8), connectivity=4)
    outer = np.zeros(count, bool)
    outer[np.concatenate([index[0], index[-1], index[:, 0], index[:, -1]])] = True
    large = ~outer & (stats[:, cv2.CC_STAT_AREA] >= 6 * factor**2)
    large[0] = False
    gap = np.zeros(count, bool)
    if large.any():
        core = cv2.erode(spots.astype(np.uint8), disk(2)) > 0
        total = np.maximum(np.bincount(index[core], minlength=count), 1)
        bare = np.bincount(index[ground & core], minlength=count) / total
        beside = np.zeros(count, bool)
        beside[index[only_beside(large[index], rough)]] = True
        away = cv2.distanceTransform((~outer[index]).astype(np.uint8), cv2.DIST_L2, 3)
        within = large[index]
        thickness = np.full(count, np.inf)
        np.minimum.at(thickness, index[within], away[within])
        loop = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) > LOOP * thickness
        if (large & beside & ~loop).any():
            loop |= _at_corners(index, ~outer, factor) & (bare > SURE)
        gap = large & beside & loop & (bare > 0.4)
    own = ~outer & ~gap
    own[0] = False
    return own[index]


def _at_corners(index: Array, whole: Array, factor: float) -> Array:
    """(n,) bool: the spots of `index` (h, w) beside a corner into the outline of the garment, as between a cuff and the
    trunk that it touches; `whole` (n,) tells the spots of the garment's form, without holes."""
    form = np.pad(whole[index[::SMALL, ::SMALL]].astype(np.uint8), round(CORNER * factor))
    reach = disk(round(CORNER * factor / SMALL))
    corner = cv2.morphologyEx(cv2.morphologyEx(form, cv2.MORPH_CLOSE, reach) - form, cv2.MORPH_OPEN, disk(1))
    near = cv2.dilate(corner, disk(round(BESIDE_CORNER * factor / SMALL)))
    margin = round(CORNER * factor)
    there = index[::SMALL, ::SMALL][near[margin:-margin, margin:-margin] > 0]
    result = np.zeros(len(whole), bool)
    result[there] = True
    return result


def _soft(rest: Array, cloth: Array, noise: float, factor: float) -> Mask:
    """Alpha (h, w) uint8: along the outline, how far pixels lie from the ground's colour, or its shadow's, to that of
    cloth beside; where the two are too alike or the cloth beside is of many colours, the outline itself, smoothed.
    """
    solid = cloth.astype(np.uint8)
    sure, thin = (cv2.erode(solid, disk(reach)) for reach in (BAND, THIN))
    beyond = cv2.dilate(solid, disk(BEYOND))
    band = (beyond > 0) & (sure == 0)
    small = halved(rest, sure)
    full, spread, known = around(*small, 2 * BESIDE + 1, band)
    narrow = known == 0
    if narrow.any():
        full[narrow], spread[narrow], known[narrow] = (
            found[narrow] for found in around(*halved(rest, thin), 2 * BESIDE + 1, band)
        )
    ground = _shaded(rest, 1 - beyond, band)
    trusted = 1 - alike(*small, factor, band)
    threads = known == 0
    if threads.any():
        full[threads] = _mean_of(rest, _strongest(rest, solid), 5)[0][band][threads]
        ground[threads], spread[threads] = 0, 0
    share, trust = coverage(rest[band] - ground, full - ground, spread, noise, full[:, 0] > 0)
    trust *= trusted
    form = np.clip(2.75 * (cv2.GaussianBlur(_evened(solid), (0, 0), 2.2) - 0.5) + 0.5, 0, 1)
    smooth = within_rim(rest, form, noise, factor)[band]
    trust[threads], smooth[threads] = np.maximum(trust, solid[band])[threads], 0
    frayed = _frayed(solid, thin)[band]
    smooth += frayed * (cv2.GaussianBlur(solid.astype(np.float32), (3, 3), 0.5)[band] - smooth)
    trust *= 1 - frayed
    alpha = sure.astype(np.float32)
    alpha[band] = smooth + trust * (share - smooth)
    return np.rint(255 * solid_beyond(alpha, reaching(alpha <= BARE, solid == 0))).astype(np.uint8)


def _frayed(solid: Array, thin: Array) -> Array:
    """(h, w) 0..1: where much of `solid` (h, w) is threads, which are gone from `thin`, the same eroded."""
    lost = solid & ~cv2.dilate(thin, disk(THIN)) & 1
    return np.clip(cv2.blur(lost.astype(np.float32), (15, 15)) / FRAYED - 1, 0, 1)


def _evened(solid: Array) -> Array:
    """(h, w) float32 0..1 `evened` on the grid of half the size; nothing is taken away, and no hole is filled."""
    half = cv2.resize(solid, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    whole = cv2.resize(evened(half), solid.shape[::-1], interpolation=cv2.INTER_LINEAR)
    empty = half < 1
    holes = (empty & ~reached(empty)).astype(np.uint8)
    if holes.any():
        whole[cv2.resize(cv2.dilate(holes, disk(1)), solid.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0] = 0
    return np.maximum(whole, solid.astype(np.float32))


def _shaded(rest: Array, outside: Array, band: Array) -> Array:
    """(n, 3) the ground's colour near the pixels of `band`, as `rest`: 0, or darker in a shadow."""
    mean, _, known = around(*halved(rest, outside), 2 * BESIDE + 1, band)
    shade = np.zeros_like(mean)
    shade[:, 0] = np.clip(mean[:, 0], -SHADOW, 0) * known
    return shade


def _mean_of(rest: Array, mask: Array, reach: int) -> tuple[Array, Array]:
    """(h, w, 3) the mean of the masked pixels within `reach` px, and (h, w) bool where there are any."""
    size = (2 * reach + 1, 2 * reach + 1)
    weight = mask.astype(np.float32)
    mass = cv2.boxFilter(weight, -1, size, normalize=False)
    total = cv2.boxFilter(rest * cv2.merge([weight] * 3), -1, size, normalize=False)
    return total / cv2.merge([np.maximum(mass, 0.5)] * 3), mass > 0.5


def _strongest(rest: Array, solid: Array) -> Array:
    """Boolean (h, w): what differs most from the ground around it: a thread's own colour."""
    light, green, blue = cv2.split(np.abs(rest))
    size = (light + green + blue) * solid
    return (size >= cv2.dilate(size, WINDOW)) & (solid > 0)
