"""The edges of limbs that a new garment leaves bare."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds, solid, touching
from tryon.transfer.warping.arrays import Array, blur, grow, rounded_mask, sharpened
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.limbs import behind_skirt
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure

CREASE = 0.05  # shoulder distances over which the outline of an old sleeve is evened
HIPS = 0.5  # of the trunk: from where on a dress is a skirt beside a forearm
BOTH = 0.012  # shoulder distances: pixels at an edge are of both sides
WAVERS = 0.045  # shoulder distances by which labels may miss an old garment's edge
UNLIKE = 60.0  # 8-bit levels: what differs so much there is no skin
SPECK = 1  # px: half as wide as specks of cloth are that labels have on a limb's outer edge
NICK = 0.09  # shoulder distances: a square of it is larger than a nick between a forearm and a skirt before it
EVEN = 2.5  # px over which the inner outline of a forearm's strip is even
UNDER = 0.02  # shoulder distances that skin goes on under the soft edge of what hangs before it


def beside_skirt(pixels: Array, body: Body, regions: Regions, figure: Figure, old: Array) -> tuple[Array, Array]:
    """Boolean (h,w): what is seen in the photo, `pixels` (h,w,3), of forearms that a skirt hides in part, thin strips,
    all of which would count as an edge of the `old` (h,w) bool garment; and their border to that, where they go on."""
    strips = np.zeros(old.shape, bool)
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        arm, arc = body.arms[side], figure.along["arms", side]
        part = bounds(arc > 0.5 * arm.arc[-1], round(0.5 * body.unit))
        along, across = body.along(old.shape)[part], body.across(old.shape)[part]
        skirt = regions.lower[part] | (regions.one_piece[part] & (along > HIPS * body.trunk))
        if behind_skirt(arm, figure.core[part] * (arc[part] > 0), arc[part], skirt):
            below = along > float(body.coordinates(arm.at(arm.bend)[0])[1])
            strips[part] |= ((regions.arms & regions.skin) | regions.hands)[part] & below & (across * sign > 0)
    edge = np.zeros_like(strips)
    if not strips.any():
        return strips, edge
    window = bounds(strips, round(WAVERS * body.unit) + 2)
    whole = strips[window]
    wall = ~regions.person[window]
    inner = ~grow(wall, 2 * SPECK)
    beside, cloth = (solid(part[window], SPECK) | (part[window] & inner) for part in (old, old | regions.lower))
    off = unlike(pixels[window], whole, wall, cloth)
    wrong = (off > UNLIKE) & grow(cloth, WAVERS * body.unit)
    firm = whole & ~grow(beside, max(1.5, BOTH * body.unit)) & ~grow(wrong, 1.5)
    edge[window] = grow(firm, max(3.0, UNDER * body.unit)) & (whole | beside) & ~firm
    strips[window] = firm
    return strips, edge


def evened_edge(strips: Array, edge: Array) -> Array:
    """(h,w) 0..1: the `edge` (h,w) bool beside the `strips` (h,w) bool of forearms, as of `beside_skirt`, where skin
    goes on, with an even outline: that of labels has stairs and nicks."""
    result = np.zeros(edge.shape, np.float32)
    part = bounds(edge, round(4 * EVEN) + 2)
    if edge[part].size:
        whole = rounded_mask((strips | edge)[part], EVEN)
        beside = edge[part] & grow(strips[part], 1.5)  # of what is thin a blur leaves too little
        result[part] = np.maximum(whole * (grow(edge[part], 2) & ~strips[part]), beside)
    return result


def nicks(strips: Array, blank: Array, unit: float) -> Array:
    """Boolean (h,w): the small parts of `blank` (h,w) bool, where wall would come to light, beside the `strips` (h,w)
    bool of a forearm: nicks between these, the end of the drawn arm and the skirt. `unit`: shoulder distance, px."""
    found, part = np.zeros(strips.shape, bool), bounds(strips, round(NICK * unit))
    if not strips.any():
        return found
    few = touching(blank[part], strips[part], 2.0, 0)
    found[part] = few & ~touching(few, few, 0.0, (NICK * unit) ** 2)
    return found


def bared(area: Array, worn: Array, arms: Array) -> Array:
    """Boolean (h,w): what of the replaced `area` (h,w) bool comes to light as skin: where nothing is `worn` (h,w) 0..1,
    and where `arms` (h,w) 0..1, bare beyond their sleeves, may lie before what is."""
    result: Array = area & ((worn < 0.5) | (arms > 0.5))
    return result


def unlike(pixels: Array, skin: Array, wall: Array, cloth: Array) -> Array:
    """(h,w) float32, 8-bit levels: how far `pixels` (h,w,3) are from the colour of the `skin` (h,w) bool, or, where the
    `wall` (h,w) bool is no further away than the `cloth` (h,w) bool, from what the lens mixed of both at its edge."""
    tone = np.median(pixels[skin], axis=0)
    away = pixels - tone
    result: Array = np.abs(away).max(axis=2)
    if wall.any():
        way = np.median(pixels[wall], axis=0) - tone
        share = np.clip(away @ way / max(float(way @ way), 1.0), 0, 1)
        far, near = (cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) for mask in (cloth, wall))
        result = np.where(near <= far, np.abs(away - share[..., None] * way).max(axis=2), result)
    return result


def closed(outline: Array, radius: float) -> Array:
    """(h,w) float32 0..1 an outline without the slits that pale piping leaves in it before a pale wall."""
    size = 2 * max(1, round(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    plane = (outline * 255).astype(np.uint8)
    return cv2.morphologyEx(plane, cv2.MORPH_CLOSE, kernel).astype(np.float32) / np.float32(255)


def without_creases(inside: Array, sleeves: Array, unit: float) -> Array:
    """`inside` (h,w) 0..1, the outline that no bared limb leaves, without the creases of old sleeves: cloth that fits
    closely is ragged at a bent elbow, the arm in it is not. `sleeves` (h,w) 0..1: arms in them."""
    result, middle = inside.copy(), inside.shape[1] // 2
    for part in (slice(0, middle), slice(middle, None)):  # one arm is mostly far from the other
        own = np.zeros(sleeves.shape, bool)
        own[:, part] = sleeves[:, part] > 0.02
        window = bounds(own, round(3 * CREASE * unit))
        if (own[window] & (inside[window] < 0.5)).any():  # a loose sleeve cuts nothing off
            result[window] = _evened(result[window], sleeves[window] * own[window], CREASE * unit)
    return result


def _evened(inside: Array, sleeves: Array, sigma: float) -> Array:
    even = sharpened(blur(inside, sigma), sigma)
    there = np.clip(2 * blur(sleeves, 0.5 * sigma), 0, 1)
    mixed = inside + (even - inside) * there
    # Where one outline goes over into the other neither is the edge: a mean of both would be a haze.
    result: Array = np.where(there > 0, rounded_mask(mixed > 0.5, 1.0), inside)
    return result
