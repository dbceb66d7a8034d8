"""Light on trousers as one sees them worn: round legs that stand out at thighs and knees and shade each other."""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, ramp
from tryon.transfer.warping.body import CROTCH, SIDES, Body

APART = (-0.08, 0.40)  # shoulder distances below the crotch over which two round legs come out of round hips
TOUCH = 0.025  # shoulder distances beside the line on which trouser legs touch that lie in the shade of both
TOUCH_DARK = 0.08
SPLIT, THIN = 0.004, 0.7  # shoulder distances, and px at the least, beside that line over which it is darkest
SPLIT_DARK = 0.30
TURNS, RIM_DARK = 0.16, 0.16  # shoulder distances from a leg's edge over which it turns away, how dark it gets there
FRONT = 1.0  # how light its middle is
ROUND_DARK = 0.10  # how much darker than its middle it would be at its edges without that, like a barrel
ASIDE_DARK = 0.30  # how much darker it would be at the side away from light that comes from the other side only
MATT = 0.5  # of that it is lighter at the side towards it: more would be satin
HALF, COARSE = 2, 4  # px of the picture per px of what is soft, and of what is softer
BETWEEN, REACHED = 0.25, 0.10  # of its light that the other leg takes beside it; shoulder distances that it does so
# What stands out of a leg: half widths of the limb from its middle, outwards; of the way from the crotch to the knee;
# its size, and how much lighter it is.
FORMS = ((0.15, 0.42, 0.60, 0.34, 0.05), (0.0, 1.0, 0.5, 0.10, 0.035), (0.0, 1.24, 0.8, 0.14, -0.05))


def leg_light(body: Body, legs: list[Array], sideways: float = 0.0) -> Array:
    """(h,w) factor about 1: trousers, each of whose `legs` (h,w) 0..1 turns away from the light towards its edges, most
    on the side away from it, as thighs and knees stand out of it; `sideways` -1..1: how much comes from the right.

    Above the crotch they are one.
    """
    result = np.ones(legs[0].shape, np.float32)
    both = reduce(np.maximum, legs)
    window = bounds(both > 0.5)
    if not both[window].size:
        return result
    few = tuple(slice(part.start, part.stop, HALF) for part in window)
    size = (window[1].stop - window[1].start, window[0].stop - window[0].start)
    start, unit = body.trunk + CROTCH * body.unit, body.unit / HALF
    apart = ramp(body.along(both.shape)[few] - start, *(at * body.unit for at in APART))
    forms = [_turned(part, unit, sideways) for part in (_spanned(both[few] > 0.5), *(leg[few] > 0.5 for leg in legs))]
    each = np.where(legs[-1][few] > 0.5, forms[-1], forms[1])
    soft = blur((forms[0] + (each - forms[0]) * apart).astype(np.float32), 0.02 * unit)
    light = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)
    if len(legs) > 1:
        light *= _standing_out(body, both.shape, window)
        crotch = body.along(both.shape)[window] - np.float32(start)
        touch = _touch(legs, window, TOUCH * body.unit)
        light -= TOUCH_DARK * touch * ramp(crotch, 0.0, 0.3 * body.unit)
        below = ramp(crotch, -0.06 * body.unit, 0.12 * body.unit)
        light -= SPLIT_DARK * _touch(legs, window, max(SPLIT * body.unit, THIN)) * below
        beside = _beside_other(legs, window, REACHED * body.unit) * (1 - touch)
        light *= 1 - BETWEEN * beside * ramp(crotch, 0.0, 0.35 * body.unit)
    result[window] = light
    return result


def _spanned(inside: Array) -> Array:
    """(h,w) bool: from the first to the last of `inside` (h,w) bool in every row: hips know of no gap between legs."""
    left, right = (np.logical_or.accumulate(inside[:, ::step], axis=1)[:, ::step] for step in (1, -1))
    result: Array = left & right
    return result


def _turned(inside: Array, unit: float, sideways: float) -> Array:
    """(h,w) factor about 1: a round thing `inside` (h,w) bool, `sideways` -1..1: how much of its light comes from the
    right."""
    left, right = _to_sides(inside)
    rim = np.square(1 - np.clip(np.minimum(left, right) / np.float32(TURNS * unit), 0, 1))
    across = (left - right) / np.maximum(left + right, 1)
    aside = np.float32(sideways) * across
    turned = RIM_DARK * rim + ROUND_DARK * np.square(across)
    light: Array = FRONT - turned + ASIDE_DARK * np.where(aside > 0, MATT * aside, aside)
    return light


def _standing_out(body: Body, shape: tuple[int, ...], window: tuple[slice, slice]) -> Array:
    """(h,w) factor about 1 in a window of a picture of `shape`: light on what of legs stands out to the front."""
    few = tuple(slice(part.start, part.stop, COARSE) for part in window)
    along, across = body.along(shape)[few], body.across(shape)[few]
    light, crotch = np.ones(along.shape, np.float32), body.trunk + CROTCH * body.unit
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        leg = body.legs[side]
        places, knee = body.coordinates(leg.points), float(body.coordinates(leg.at(leg.bend)[0])[1])
        rows = along[:, along.shape[1] // 2]
        middle, half = (
            np.interp(rows, places[:, 1], each)[:, None].astype(np.float32) for each in (places[:, 0], leg.half)
        )
        out = sign * (across - middle) / np.maximum(half, 1)
        down = (along - np.float32(crotch)) / np.float32(max(knee - crotch, 1.0))
        for x, y, wide, high, much in FORMS:
            light += np.float32(much) * np.exp(-np.square((out - x) / wide) - np.square((down - y) / high))
    size = (window[1].stop - window[1].start, window[0].stop - window[0].start)
    result: Array = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)
    return result


def _beside_other(legs: list[Array], window: tuple[slice, slice], reach: float) -> Array:
    """(h,w) 0..1 in a window: how much of what each of `legs` (h,w) 0..1 faces is the other one."""
    solid = [np.ascontiguousarray(part[window]) for part in legs]
    near = [blur(part, reach) for part in solid]
    result: Array = solid[0] * near[1] * (1 - solid[1]) + solid[1] * near[0] * (1 - solid[0])
    return result


def _touch(legs: list[Array], window: tuple[slice, slice], reach: float) -> Array:
    """(h,w) 0..1 in a window: beside the line on which `legs` (H,W) 0..1 touch, `reach` px from it."""
    touch: Array = 4 * reduce(np.multiply, [blur((part[window] > 0.5).astype(np.float32), reach) for part in legs])
    return np.clip(touch, 0, 1)


def _to_sides(inside: Array) -> tuple[Array, Array]:
    """(h,w) float32 px across from the left and from the right edge of a boolean (h,w) mask; a hem is no side."""
    at = np.arange(1, inside.shape[1] + 1, dtype=np.float32)
    left = at - np.maximum.accumulate(np.where(inside, np.float32(0), at), axis=1)
    back = at[::-1]
    right = back - np.maximum.accumulate(np.where(inside, np.float32(0), back)[:, ::-1], axis=1)[:, ::-1]
    return left, right
