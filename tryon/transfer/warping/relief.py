"""How light falls on the bare figure: heights of limbs, chest and muscles, and the shade on their slopes."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, distance, grow, ramp
from tryon.transfer.warping.body import SIDES, Body

# All in shoulder distances, after anatomical drawings of adults.
DEPTH = 0.26  # how far the trunk's front stands out before its sides
ROUND = 0.17  # how far in from the outline a shoulder is rounded
# How far in from its outline an arm is rounded, and how steep it is there: that light falls off from its middle to its
# edge as on twenty bare arms (3, 6, 12 and 19 per cent of it a third, half, seven tenths and nine tenths of the way).
ARM_ROUND, ARM_STEEP = 0.120, 1.22
ARM_HIGH = 0.155  # how far its middle stands out: as a shoulder's does
BESIDE = 0.03  # how far beside its outline an arm's light goes on, so that none of the wall's lies on its rim
# Swellings and hollows, mirrored: across, along, their size there, and their height.
FORMS = (
    (0.250, 0.340, 0.150, 0.130, 0.045),  # the breast
    (0.505, 0.090, 0.080, 0.150, 0.016),  # the shoulder's muscle
    (0.375, 0.030, 0.050, 0.070, -0.016),  # the hollow between them
    (0.330, 0.860, 0.090, 0.180, -0.012),  # the flank below the ribs
)
KNEE = ((0.0, -0.02, 0.075, 0.085, 0.030), (-0.09, 0.10, 0.040, 0.050, -0.010), (0.09, 0.10, 0.040, 0.050, -0.010))
ELBOW = ((0.0, 0.0, 0.085, 0.022, -0.006),)
EDGE = 1.0  # places over which an arm's light ends
ABOVE = 0.40  # how far light comes from above, against 1 from the front: a studio's main light
AMBIENT = 0.5  # share of the light that comes from everywhere
SKY = 0.4  # how much more of that comes from above: shoulders are hardly darker along their tops than in front


def shade(
    body: Body, trunk: Array, across: Array, arms: Array, legs: Array, far: Array, step: int
) -> tuple[Array, Array]:
    """Two (h,w) float32: light on the figure from the front, about 0.6..1.1, 1 where skin faces us, and what is added
    to it where all of it comes from the right, about -0.5..0.5; all planes are every `step`-th pixel.

    `trunk` (0..1) holds the arms too, `across` is -1..1 over the trunk, `far` the arc length on the arms in px.
    """
    size = (trunk.shape[0] * step, trunk.shape[1] * step)
    x, y = (plane(size)[::step, ::step] / np.float32(body.unit) for plane in (body.across, body.along))
    height = _trunk(body, np.maximum(trunk, arms), np.clip(across, -1, 1), y, step)  # no edge of it lies on an arm
    length = max(float(arm.arc[-1]) for arm in body.arms.values())
    beside = grow(arms > 0.5, BESIDE * body.unit / step) & ((arms > 0.5) | (trunk < 0.5))
    around = np.ones((2 * round(2 * BESIDE * body.unit / step) + 1,) * 2, np.uint8)
    near = np.where(far > 0, far, cv2.dilate(far, around))  # a bend's inside is on neither half's strip
    on_arm = blur(beside * ramp(near, 0.06 * length, 0.26 * length), EDGE)  # or before a waist it has stairs
    on_leg = (legs > 0.5) & (arms < 0.5) & (y > body.trunk / body.unit)
    height = np.where(on_leg, _swollen(legs, 0.17 * body.unit, step) / body.unit, height)
    arched = ARM_HIGH + _arched(arms, ARM_ROUND * body.unit, step) / body.unit
    for form in FORMS:
        for sign in (-1, 1):
            height += _blob(sign * x, y, form)
    for limbs, forms, plane in ((body.legs, KNEE, height), (body.arms, ELBOW, arched)):
        for side in SIDES:
            middle = body.coordinates(limbs[side].at(limbs[side].bend)[0]) / body.unit
            for form in forms:
                plane += _blob(x - np.float32(middle[0]), y - np.float32(middle[1]), form)
    # Lights go over into each other: a height that went over would be a slope, with a shade across the arm.
    front, aside = _lit(height, body.unit / step)
    if not on_arm.any():
        return front, aside
    part = bounds(on_arm > 0, round(BESIDE * body.unit / step))
    for light, own in zip((front, aside), _lit(arched[part], body.unit / step), strict=True):
        light[part] += (own - light[part]) * on_arm[part]
    return front, aside


def _trunk(body: Body, trunk: Array, across: Array, along: Array, step: int) -> Array:
    """(h,w) heights in shoulder distances: a barrel below the armpits, above them flat and rounded at the outline."""
    barrel = np.sqrt(np.clip(1 - (0.96 * across) ** 2, 0.02, 1)) * np.float32(DEPTH)
    share = body.trunk / body.unit
    upper = _swollen(trunk, ROUND * body.unit, step) / np.float32(body.unit) + 0.35 * barrel
    down = ramp(along, 0.16 * share, 0.40 * share)
    result: Array = upper + (barrel - upper) * down
    return result


def _swollen(part: Array, radius: float, step: int) -> Array:
    """(h,w) heights in px of a part that is round as a limb of `radius` px towards its outline."""
    away = cv2.distanceTransform((part > 0.5).astype(np.uint8), cv2.DIST_L2, 3) * np.float32(step / radius)
    result: Array = np.sqrt(np.clip(1 - (1 - np.minimum(away, 1)) ** 2, 0, 1)) * np.float32(radius)
    return result


def _arched(part: Array, radius: float, step: int) -> Array:
    """(h,w) heights in px, up to 0, of a part arched `radius` px in from its outline, falling on outside it."""
    inside = part > 0.5
    away = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, 3) - distance(inside, radius / step)
    beyond = np.square(1 - np.minimum(away * np.float32(step / radius), 1))
    result: Array = beyond * np.float32(-0.5 * ARM_STEEP * radius)
    return result


def _blob(x: Array, y: Array, form: tuple[float, ...]) -> Array:
    at_x, at_y, wide, high, up = form
    result: Array = np.exp(-(((x - at_x) / wide) ** 2) - ((y - at_y) / high) ** 2) * np.float32(up)
    return result


def _lit(height: Array, unit: float) -> tuple[Array, Array]:
    """Light on heights in shoulder distances of `unit` places, from everywhere and from the front and above, and what
    light from the right adds to it: (h,w) each."""
    height = blur(height.astype(np.float32), 0.014 * unit)
    slope_x, slope_y = (cv2.Sobel(height, cv2.CV_32F, *order, ksize=3, scale=unit / 8) for order in ((1, 0), (0, 1)))
    facing = 1 / cv2.sqrt(1 + slope_x * slope_x + slope_y * slope_y)
    direct = np.clip((1 + np.float32(ABOVE) * slope_y) * facing, 0, 1.3)
    above = SKY * np.maximum(slope_y, 0) * facing
    light = AMBIENT * (0.6 + 0.4 * facing + above) + (1 - AMBIENT) * direct
    aside = (AMBIENT - 1) * slope_x * facing
    return blur(light.astype(np.float32), 0.012 * unit), blur(aside.astype(np.float32), 0.012 * unit)
