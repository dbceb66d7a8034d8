"""Outlines of cloth: clean lines, as sharp as a lens draws them, where a mask left haze, specks and teeth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, grow, ramp
from tryon.transfer.warping.wedges import pointed

LINE = 0.0034  # of the picture's height: over how much of it a cut-out's outline is smoothed
CORNER = 0.0012  # likewise where hems end
AROUND = 0.018  # of the picture's height around landmarks of hems in which their corners lie
LEGS = 0.02  # shoulder distances over which that of trouser legs is, which polygons part
LOWEST = 0.75  # of the trousers: further up no leg ends
SHADE = 0.02  # shoulder distances around the narrow end of a gap between legs in which colours are of both
WEAVE = 3.0  # times the median of what a cloth's structure is lighter or darker: nearly all of it
PRINTED = 3.5  # grey levels of that median, without the weave's own, from which on cloth has a pattern
FORM = 0.18  # of the cloth around a point of the outline: what smoothing takes more than that from is the cloth's form
THREAD = 2.0  # px beyond that line at which cloth is a thread
BAND = 0.4  # of a waistband's width: a narrower dip in its upper edge is a wave of gathered cloth
WAVE = 0.08  # likewise: how deep such a wave may be
NOTCH = (0.10, 0.045)  # of a neck's width: narrower and no deeper are bites of a print's pale spots in its front edge
FRONT = (0.22, 0.78)  # of the way from the left to the right neck point: beside it the edge goes up over the shoulders
DRAWN_IN = 0.7  # px by which the outline is drawn in, so that no fringe of the background comes along
EDGE = 1.4  # px, how wide an edge is


def clean_outline(alpha: Array, points: Mapping[str, Array], hazy: bool = False) -> Array:
    """(h,w) 0..1 a cut-out's coverage with a smooth and sharp outline, smoothed less where hems have corners by the
    landmarks `points`; where it has threads, frills, straps or lace it keeps its own, drawn in one sharp line where
    that is `hazy`: of cloth that is like the ground."""
    sigma, least = (max(1.0, share * alpha.shape[0]) for share in (LINE, CORNER))
    solid = np.clip(2 * alpha - 0.5, 0, 1)  # haze is none of the cloth
    around = blur(solid, sigma)
    line = _drawn(around, sigma, DRAWN_IN)
    reach = AROUND * alpha.shape[0]
    for name, (x, y) in points.items():
        if not name.startswith(("hem", "cuff")):
            continue
        first = np.maximum(np.rint([y - 2 * reach, x - 2 * reach]).astype(int), 0)
        last = np.rint([y + 2 * reach, x + 2 * reach]).astype(int)
        part = (slice(first[0], max(last[0], 0)), slice(first[1], max(last[1], 0)))
        if min(solid[part].shape) > 0:
            rows, columns = np.indices(solid[part].shape, np.float32)
            near = ramp(np.hypot(columns + first[1] - x, rows + first[0] - y), 1.6 * reach, reach)
            line[part] += near * (_drawn(blur(solid[part], least), least, DRAWN_IN) - line[part])
    form = (np.abs(around - 0.5) > FORM) & ((solid > 0.5) != (around > 0.5))
    form |= (solid > 0.5) & ~grow(line > 0.5, THREAD)
    if form.any():
        part = bounds(form, round(5 * sigma))
        own = _drawn(blur(solid[part], least), least, DRAWN_IN) if hazy else tighten(alpha[part])
        line[part] = _kept(line[part], own, form[part], sigma)
    return line


def tighten(alpha: Array, pixels: float = DRAWN_IN) -> Array:
    """The soft edge drawn in by a fraction of a pixel, so that no fringe of the background comes along."""
    eroded = cv2.erode(alpha, np.ones((3, 3), np.uint8))
    solid = cv2.dilate((eroded > 0.97).astype(np.uint8), np.ones((7, 7), np.uint8))
    share = pixels * solid  # not of threads
    result: Array = alpha * (1 - share) + eroded * share
    return result


def level_waistband(alpha: Array, points: Mapping[str, Array]) -> Array:
    """(h,w) 0..1 a bottom's coverage with the waves of its upper edge filled: a body stretches a band that lies
    gathered or slack in the catalogue's picture."""
    first, last = sorted(points[name][0] for name in ("waist_left", "waist_right"))
    wide = float(last - first)
    columns = slice(max(round(first), 0), round(last) + 1)
    upper = alpha[: max(round(max(points[f"waist_{side}"][1] for side in ("left", "right")) + 0.2 * wide), 0), columns]
    result = alpha.copy()
    result[: len(upper), columns] = _levelled(upper, BAND * wide, WAVE * wide, max(1.0, LINE * alpha.shape[0]))
    return result


def without_notches(alpha: Array, points: Mapping[str, Array]) -> Array:
    """(h,w) 0..1 a top's coverage with the narrow notches in the upper edge of its front filled, which pale spots of a
    print leave where the catalogue's ground is as pale."""
    left, right, front = (points[f"neck_{place}"] for place in ("left", "right", "front"))
    wide = float(np.linalg.norm(right - left))
    first, last = (round(float(left[0] + share * (right[0] - left[0]))) for share in FRONT)
    columns = slice(max(first, 0), max(last, 0))
    upper = alpha[: max(round(front[1] + 0.2 * wide), 0), columns]
    result = alpha.copy()
    result[: len(upper), columns] = _levelled(upper, NOTCH[0] * wide, NOTCH[1] * wide, 1.0)
    return result


def _levelled(upper: Array, narrow: float, shallow: float, sigma: float) -> Array:
    """`upper` (h,w) 0..1 with dips in its upper edge that are narrower and no deeper than so many px filled, the new
    edge evened over `sigma` px."""
    solid = upper > 0.5
    if min(upper.shape) < 8 or not solid.any(axis=0).all():
        return upper
    top = solid.argmax(axis=0).astype(np.float32)
    level = cv2.morphologyEx(top[None], cv2.MORPH_OPEN, np.ones((1, round(narrow))), borderType=cv2.BORDER_REPLICATE)
    filled = cv2.GaussianBlur(np.maximum(level, (top - shallow)[None]), (0, 0), sigma)[0]
    row = np.arange(len(upper), dtype=np.float32)[:, None]
    result: Array = np.maximum(upper, np.clip(row - filled + 0.5, 0, 1) * (filled < top))
    return result


def clean_legs(left: Array, right: Array, unit: float) -> tuple[Array, Array]:
    """(h,w) 0..1 coverages of both trouser legs with the outline around both smoothed; the narrow end of the gap
    between them is closed, rips and corners stay. `unit`: shoulder distance, px."""
    sigma = LEGS * unit
    part = bounds((left > 0) | (right > 0), round(3 * sigma))
    both = np.maximum(left[part], right[part])
    across = np.ones((1, 2 * round(sigma) + 1), np.uint8)
    between = np.minimum(*(cv2.dilate((plane[part] > 0.5).astype(np.float32), across) for plane in (left, right)))
    around = blur(np.maximum(both, between), sigma)
    line = _drawn(around, sigma, 0.0)
    line += _ends(both, sigma) * (_drawn(blur(both, 1.0), 1.0, 0.0) - line)
    line = _kept(line, both, (around < 0.5 - FORM) & (both > 0.5), sigma)
    nearer = blur(right[part] - left[part], sigma)  # where the gap closes both go on a little beyond its middle
    closed = grow(line - both > 0.2, 0.5 * sigma)  # likewise where they are sewn together
    result = left.copy(), right.copy()
    for plane, sign in zip(result, (-1, 1), strict=True):
        plane[part] = np.minimum(np.maximum(plane[part], ramp(sign * nearer, -0.2, 0.0) * closed), line)
    return result


def _ends(legs: Array, sigma: float) -> Array:
    """(h,w) 0..1: about the hems of trouser `legs` (h,w) 0..1, whose corners a blur of `sigma` px would round."""
    reach = round(2 * sigma)
    ends = legs > 0.5
    ends[:-reach] &= legs[reach:] <= 0.5
    ends[-reach:] &= legs[-1] <= 0.5
    ends[: round(LOWEST * len(legs))] = False
    wide = np.ones((1, 2 * reach + 1), np.uint8)  # of a leg that leans only its hem is so wide
    hems = cv2.morphologyEx(ends.astype(np.uint8), cv2.MORPH_OPEN, wide) > 0
    return blur(grow(hems, 2 * reach).astype(np.float32), sigma)


def worn_legs(legs: Sequence[tuple[Array, Array]], unit: float) -> list[tuple[Array, Array]]:
    """Colours (h,w,3) 0..255 and coverage (h,w) 0..1 of both trouser legs, left first, as `clean_legs` outlines them
    and in the cloth's own colour where it closes the gap between them. `unit`: shoulder distance, px."""
    planes = pointed(*clean_legs(legs[0][1], legs[1][1], unit), unit)
    both = legs[0][1] + legs[1][1]  # where these meet each has its own colour
    return [
        (continued(rgb, alpha, plane * (both < 0.5), unit), plane)
        for (rgb, alpha), plane in zip(legs, planes, strict=True)
    ]


def continued(rgb: Array, before: Array, after: Array, unit: float) -> Array:
    """`rgb` (h,w,3) 0..255 of cloth with its own structure where its coverage `after` (h,w) 0..1 is more than it was
    `before`, and around there, where the catalogue's shade lies between trouser legs."""
    new = after - before > 0.5
    if not new.any():
        return rgb
    near = SHADE * unit
    part = bounds(new, round(4 * near))
    cloth, there = rgb[part], grow(new[part], near)
    known = (before[part] > 0.95) & ~there
    if not known.any():
        return rgb
    detail = cloth - blur(cloth, near)
    usual = float(np.median(np.abs(detail[known])))
    if np.median(np.abs(blur(detail, near / 2)[known])) > PRINTED:  # what is seen of a print is its own
        near = 1.0
        there = grow(new[part], near)
        known = (before[part] > 0.95) & ~there
        own = fill(cloth, known.astype(np.float32))
    else:
        turned = np.clip(_turned_over(detail, known, there), -WEAVE * usual, WEAVE * usual)
        own = fill(cloth, known.astype(np.float32)) + turned
    result = rgb.copy()
    result[part] += blur(there.astype(np.float32), near / 2)[..., None] * (own - rgb[part])
    return result


def _turned_over(rgb: Array, known: Array, wanted: Array) -> Array:
    """`rgb` (h,w,3) where what is `wanted` (h,w) bool mirrors what is `known` (h,w) bool across its border."""
    _, index = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(known)
    place = np.zeros((int(index.max()) + 1, 2), int)
    place[index[rows, columns]] = np.stack([rows, columns], axis=1)
    at = np.argwhere(wanted)
    border = place[index[wanted]]
    beyond = np.clip(2 * border - at, 0, np.array(known.shape) - 1)
    beyond = np.where(known[tuple(beyond.T)][:, None], beyond, border)
    result = rgb.copy()
    result[wanted] = rgb[tuple(beyond.T)]
    return result


def _drawn(around: Array, sigma: float, inwards: float) -> Array:
    """(h,w) 0..1 inside of the line on which `around` (h,w), a coverage blurred by `sigma` px, is a half, `inwards` px
    further in."""
    slope = np.float32(max(np.sqrt(2 * np.pi) * sigma / EDGE, 1 + 2 * inwards / EDGE))
    line: Array = np.clip((around - 0.5) * slope + np.float32(0.5 - inwards / EDGE), 0, 1)
    return line


def _kept(line: Array, kept: Array, form: Array, sigma: float) -> Array:
    """`line` (h,w) 0..1, but `kept` (h,w) 0..1 about `form` (h,w) bool."""
    share = ramp(blur(grow(form, 2 * sigma).astype(np.float32), sigma), 0.0, 0.6)
    result: Array = line + share * (kept - line)
    return result
