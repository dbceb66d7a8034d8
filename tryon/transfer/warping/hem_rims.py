"""Rims of an old bottom that labels gave to the hem of the top above it: they get the top's colours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds, touching
from tryon.transfer.warping.arrays import Array, blur, grow, shrink, smooth_mask
from tryon.transfer.warping.order import Order
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.undress import Base

RIM = 0.045  # shoulder distances by which labels may give a shaded bottom to the hem above it
DEEP = 0.05  # shoulder distances from its edge inwards: there a cloth has its own colours
AROUND = 0.05  # shoulder distances over which these are gathered
STEP = 3  # px between the places at which they are
HUED = 14.0  # CIELAB units in a and b from which on two cloths differ in hue
TINGED = (0.16, 4.0)  # of the way to the bottom's hue, and CIELAB units at the least, from which a pixel is no top's
LIGHT = 40.0  # CIELAB units of lightness from which on cloths without that differ
NEARER = 0.5  # likewise of the way to the bottom's lightness: a hem in its own shade goes less


def with_own_hem(ground: Base, order: Order, pixels: Array, regions: Regions, unit: float) -> tuple[Base, Order]:
    """The picture below a new bottom, and what is in front of that, with the hem of the top above it in the top's own
    colours where the photo `pixels` (h,w,3) 0..255 shows the old bottom; `unit`: shoulder distance, px."""
    near = regions.upper & grow(regions.lower, RIM * unit)
    if not near.any():
        return ground, order
    part = bounds(near, round(2 * (DEEP + AROUND) * unit))
    photo = pixels[part].astype(np.float32)
    upper, lower = regions.upper[part], regions.lower[part]
    top, bottom = (shrink(plane, DEEP * unit) for plane in (upper, lower))
    if not top.any() or not bottom.any():
        return ground, order
    lab = cv2.cvtColor(photo / np.float32(255), cv2.COLOR_RGB2LAB)
    own, other = (_around(lab, plane, AROUND * unit) for plane in (top, bottom))
    over = near[part] | (lower & (order.front[part] > 0))
    rim = touching(_alien(lab, own, other) & over, lower, 2.0, 0)
    rim = grow(np.logical_or.accumulate(rim, axis=0), 1) & over  # what hangs below it is no top's either
    if not rim.any():
        return ground, order
    share, around = smooth_mask(rim, 0.8), grow(rim, 3)
    below, front, hidden = ground.pixels.copy(), order.front.copy(), order.hidden.copy()
    below[part][around] = (cv2.cvtColor(own, cv2.COLOR_LAB2RGB) * np.float32(255))[around]
    hidden[part] = np.maximum(hidden[part], np.where(around, front[part], 0))  # nothing new shines through its edge
    front[part] *= 1 - share
    return replace(ground, pixels=below), replace(order, front=front, hidden=hidden)


def _around(lab: Array, known: Array, reach: float) -> Array:
    """(h,w,3) the colours of what is `known` (h,w) bool near by, further away the middle ones."""
    few, weight = lab[::STEP, ::STEP], known[::STEP, ::STEP].astype(np.float32)
    middle = np.median(lab[known], axis=0).astype(np.float32)
    near = blur((few - middle) * weight[..., None], reach / STEP) / (blur(weight, reach / STEP) + 1e-3)[..., None]
    result: Array = middle + cv2.resize(near, lab.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return result


def _alien(lab: Array, own: Array, other: Array) -> Array:
    """Boolean (h,w): pixels `lab` (h,w,3) that are tinged as the `other` (h,w,3) cloth is, not as their `own`."""
    way, off = other - own, lab - own
    hue = np.linalg.norm(way[..., 1:], axis=2)
    goes = (way[..., 1:] * off[..., 1:]).sum(axis=2) / np.maximum(hue, 1e-3)  # CIELAB units towards it
    tinged = (hue > HUED) & (goes > np.maximum(TINGED[0] * hue, TINGED[1]))
    tinged &= np.linalg.norm(other[..., 1:], axis=2) > HUED  # towards grey goes a cloth in its own shade, too
    lighter = np.abs(way[..., 0]) > LIGHT
    return tinged | (lighter & (off[..., 0] * np.sign(way[..., 0]) > NEARER * np.abs(way[..., 0])))
