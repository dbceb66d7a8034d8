"""How a top hangs on a body: the light on its front, and the folds of one with sleeves at waist, elbows and cuffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import Body, Side
from tryon.transfer.warping.folds import deepened, in_folds
from tryon.transfer.warping.leg_creases import Crease, creased
from tryon.transfer.warping.trouser_folds import BOW, WIDE, Fold, folded, hung, on_limb

# Seen in catalogue photos of shirts and sweatshirts. Places across are half widths from the middle, on a trunk to the
# right of the picture and on an arm outwards positive; places down are shares of the trunk, and on an arm shoulder
# distances; the last number is how much darker the fold is.
WAIST_FOLDS: tuple[Fold, ...] = (
    ((-0.99, 0.57), (-0.22, 0.73), 0.060), ((-0.99, 0.74), (-0.45, 0.80), 0.045), ((-0.97, 0.95), (-0.40, 0.88), 0.040),
    ((0.99, 0.64), (0.30, 0.72), 0.055), ((0.99, 0.83), (0.28, 0.90), 0.050),
)  # fmt: skip
# Wide and soft ones: down from the bust, in from the armpits, up from the hem.
DRAPES: tuple[Fold, ...] = (
    ((-0.34, 0.47), (-0.58, 1.02), 0.034), ((0.40, 0.46), (0.56, 0.98), 0.030), ((0.92, 0.44), (0.18, 0.64), 0.026),
    ((-0.94, 0.46), (-0.30, 0.62), 0.022), ((-0.02, 1.10), (-0.10, 0.62), 0.022), ((0.34, 1.12), (0.24, 0.74), 0.024),
)  # fmt: skip
# Fine and short ones, where cloth that is too much for the waist is pushed together.
CRINKLES: tuple[Fold, ...] = (
    ((-0.97, 0.60), (-0.50, 0.67), 0.060), ((-0.74, 0.66), (-0.30, 0.77), 0.050), ((-0.97, 0.69), (-0.62, 0.70), 0.055),
    ((-0.62, 0.82), (-0.12, 0.87), 0.040), ((-0.97, 0.85), (-0.55, 0.945), 0.050), ((-0.36, 0.50), (0.04, 0.52), 0.035),
    ((0.97, 0.58), (0.52, 0.69), 0.060), ((0.80, 0.70), (0.40, 0.755), 0.050), ((0.98, 0.775), (0.60, 0.78), 0.055),
    ((0.68, 0.865), (0.20, 0.96), 0.040), ((0.97, 0.945), (0.62, 0.99), 0.045), ((0.42, 0.60), (0.06, 0.65), 0.035),
)  # fmt: skip
# Few and crisp ones of pale cloth, as dark as they are seen; the last number is their width in shoulder distances. On
# five people's white tops what is finer than a hundredth of these is 1.6 to 4 times as strong as soft folds have it.
CREASES: tuple[tuple[tuple[float, float], tuple[float, float], float, float], ...] = (
    ((-0.97, 0.585), (-0.14, 0.765), 0.115, 0.018), ((-0.98, 0.685), (-0.56, 0.735), 0.095, 0.012),
    ((-0.98, 0.905), (-0.26, 0.815), 0.105, 0.016), ((-0.93, 0.400), (-0.42, 0.500), 0.065, 0.014),
    ((0.98, 0.630), (0.44, 0.690), 0.100, 0.014), ((0.98, 0.745), (0.10, 0.800), 0.105, 0.017),
    ((0.98, 0.900), (0.42, 0.950), 0.085, 0.015), ((0.93, 0.420), (0.46, 0.490), 0.060, 0.013),
)  # fmt: skip
PALE = (150.0, 215.0)  # luminances of cloth, from none of those to all
TAUT = 0.04  # of their length by which they hang through
SOFTER = 0.5  # how much less soft folds are seen there
CRINKLED = 0.6  # times as wide as other folds
DRAPED = 2.6  # times as wide as other folds
ELBOW_FOLDS: tuple[Fold, ...] = (
    ((-0.95, -0.06), (0.60, 0.01), 0.120), ((-0.95, 0.05), (0.35, 0.14), 0.100), ((0.95, -0.16), (-0.10, -0.09), 0.075),
)  # fmt: skip
CUFF_FOLDS: tuple[Fold, ...] = (
    ((-0.95, -0.22), (0.50, -0.17), 0.09), ((0.95, -0.17), (-0.30, -0.13), 0.09), ((0.95, -0.36), (0.0, -0.29), 0.07),
)  # fmt: skip
# Of a short sleeve, places down it being shares of it: from the armpit down to its outer edge, and back from there.
SHORT_FOLDS: tuple[Fold, ...] = (
    ((-0.95, 0.46), (0.85, 0.90), 0.075), ((-0.95, 0.68), (0.40, 0.97), 0.055), ((1.15, 0.34), (0.05, 0.70), 0.050),
)  # fmt: skip
SHORT_WIDE = 1.5  # times as wide as other folds
SHORTEST = 0.35  # shoulder distances: a cap is too short for folds
LONG = 0.8  # of an arm: a sleeve that goes further down lies in folds over the wrist
SIDES_DARK = 0.11  # how much darker cloth is where it turns away at the trunk's sides
ROUNDER = ((25.0, 90.0), (1.5, 1.0))  # luminances of cloth, how many times as much of that is seen
# Down the trunk, shares of it: where the chest catches light from above, where it throws a shade, the belly, the hips.
FRONT = ((0.0, 0.20, 0.50, 0.76, 1.0, 1.3), (0.99, 1.0, 0.94, 0.985, 0.965, 0.955))
# Light from one side, over the front from its middle to a side: measured on twelve tops that people wear, plain ones,
# whose sides differ by three tenths of what the halves of the face do.
ASLANT = 0.22
BRIGHTEST = ((130.0, 230.0), (1.0, 0.2))  # luminances of cloth, the share of that by which its lit side gets lighter
FILLED = ((180.0, 235.0), (1.0, 0.6))  # and the share by which its other side gets darker
# Light on a close top without sleeves: places from the axis in shoulder distances and down the trunk, their extents in
# the same, and how much lighter: the breasts, the shade below them, the hollow between them.
CLOSE_FORMS = ((0.19, 0.36, 0.11, 0.09, 0.05), (0.19, 0.52, 0.14, 0.06, -0.075), (0.0, 0.40, 0.05, 0.10, -0.035))
TURNED = 0.09  # how much darker it is where it turns away at the sides, beside what looser ones are
STEP = 2  # px between the places at which it is worked out


def hung_light(
    body: Body, hem: float, ends: Mapping[Side, float], shape: tuple[int, ...], tones: tuple[float, float], aside: float
) -> tuple[Array, Array]:
    """Two (h,w) float32 factors about 1, on the trunk of a top that ends at `hem`, px along the body's, and on its
    sleeves, that end at the arc lengths `ends`, px, on the arms; none: it has no sleeves. `tones`: luminances of
    its cloth, 0..255, on the trunk and on the arms; `aside`: -0.5..0.5, how much of the light comes from the right."""
    trunk, slant = front_light(body, shape, tones[0], aside)
    planes = [trunk * slant, slant]
    pale = float(ramp(np.array(tones[0]), *PALE))
    if ends:
        soft = 1 - SOFTER * pale
        planes[0] = planes[0] * deepened(1 + soft * (waist_folds(body, hem, shape) - 1), tones[0])
        planes[1] = planes[1] * deepened(sleeve_folds(body, ends, shape), tones[1])
    enlarged = [cv2.resize(plane, shape[1::-1], interpolation=cv2.INTER_LINEAR) for plane in planes]
    if ends and pale > 0:
        enlarged[0] *= creased(waist_creases(body, hem, pale), shape)
    return enlarged[0], enlarged[1]


def front_light(body: Body, shape: tuple[int, ...], tone: float, aside: float) -> tuple[Array, Array]:
    """Two (h,w) float32 factors about 1, every STEP-th pixel: of a front that turns away from the light at its sides
    and below the chest, and of light from one side."""
    few = (slice(None, None, 4 * STEP), slice(None, None, 4 * STEP))  # it has no edges
    along, across = body.along(shape[:2])[few], body.across(shape[:2])[few]
    left, right = (np.interp(along, body.rows, body.edges[:, k]) for k in range(2))
    off = np.clip((across - (left + right) / 2) / np.maximum((right - left) / 2, 1.0), -1.08, 1.08)
    share = along / body.trunk
    below = np.interp(share, (0.15, 0.35), (0.3, 1.0))
    # A shade on white cloth is filled by what the cloth beside it throws back; its turned sides face other things.
    sides = SIDES_DARK * np.interp(tone, *ROUNDER)
    front = in_folds(np.interp(share, *FRONT), tone) - sides * below * off**4 + 0.15 * sides
    slant = ASLANT * aside * below * np.clip(off, -1, 1)
    slant = 1 + slant * np.where(slant > 0, np.interp(tone, *BRIGHTEST), np.interp(tone, *FILLED))
    size = (-(-shape[1] // STEP), -(-shape[0] // STEP))
    found = [cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) for plane in (front, slant)]
    return found[0], found[1]


def close_light(body: Body, shape: tuple[int, ...], tone: float) -> Array:
    """(h,w) float32 factor about 1 on a close top without sleeves, of cloth of mean luminance `tone`, 0..255."""
    few = (slice(None, None, 4 * STEP), slice(None, None, 4 * STEP))
    along, across = body.along(shape[:2])[few] / body.trunk, body.across(shape[:2])[few] / body.unit
    left, right = (np.interp(along, body.rows / body.trunk, body.edges[:, k] / body.unit) for k in range(2))
    off = np.clip((across - (left + right) / 2) / np.maximum((right - left) / 2, 0.01), -1.08, 1.08)
    light = 1 - TURNED * np.abs(off) ** 3 * np.interp(along, (0.2, 0.35), (0.0, 1.0))
    for out, down, wide, high, much in CLOSE_FORMS:
        for sign in (-1, 1) if out else (1,):
            light += much * np.exp(-np.square((across - sign * out) / wide) - np.square((along - down) / high))
    result: Array = in_folds(light, tone).astype(np.float32)
    return cv2.resize(result, shape[1::-1], interpolation=cv2.INTER_LINEAR)


def waist_folds(body: Body, hem: float, shape: tuple[int, ...]) -> Array:
    """(h,w) float32 factor about 1, every STEP-th pixel: folds that run in from a trunk's sides, above the `hem`."""
    narrow = folded(list(_above(body, WAIST_FOLDS, hem - 0.1 * body.unit)), body, shape, STEP)
    wide = folded(list(_above(body, DRAPES, hem)), body, shape, STEP, DRAPED * WIDE)
    fine = folded(list(_above(body, CRINKLES, hem - 0.1 * body.unit)), body, shape, STEP, CRINKLED * WIDE)
    return narrow * wide * fine


def waist_creases(body: Body, hem: float, much: float) -> Iterator[Crease]:
    """Those of the folds of a trunk, above the `hem`, px along the body, that are crisp; `much` 0..1 times as dark."""
    for start, stop, dark, width in CREASES:
        if max(start[1], stop[1]) * body.trunk < hem - 0.1 * body.unit:
            first, last = (_on_trunk(body, *place) for place in (start, stop))
            yield Crease(first, last, TAUT, width * body.unit, much * dark, -body.down)


def _above(body: Body, folds: tuple[Fold, ...], hem: float) -> Iterator[tuple[Array, float]]:
    """Lines (n,2) of what of some folds ends above `hem`, px along the body, and how dark each is."""
    for start, stop, much in folds:
        if max(start[1], stop[1]) * body.trunk < hem:
            first, last = (_on_trunk(body, *place) for place in (start, stop))
            yield hung(first, last, BOW * body.down), much


def sleeve_folds(body: Body, ends: Mapping[Side, float], shape: tuple[int, ...]) -> Array:
    """(h,w) float32 factor about 1, every STEP-th pixel: folds of sleeves that end at the arc lengths `ends`, px."""
    narrow = folded([line for side, end in ends.items() for line in _on_sleeve(body, side, end)], body, shape, STEP)
    soft = [line for side, end in ends.items() for line in _on_short_sleeve(body, side, end)]
    return narrow * folded(soft, body, shape, STEP, SHORT_WIDE * WIDE) if soft else narrow


def _on_short_sleeve(body: Body, side: Side, end: float) -> Iterator[tuple[Array, float]]:
    """Lines (n,2) of the folds of a sleeve that ends above the elbow, and how dark each is."""
    arm, outward = body.arms[side], body.side * (-1 if side == "left" else 1)
    if SHORTEST * body.unit < end <= arm.bend + 0.25 * body.unit:
        for start, stop, much in SHORT_FOLDS:
            first, last = (on_limb(arm, share * end, across, outward) for across, share in (start, stop))
            yield hung(first, last, BOW * body.down), much


def _on_sleeve(body: Body, side: Side, end: float) -> Iterator[tuple[Array, float]]:
    arm, outward = body.arms[side], body.side * (-1 if side == "left" else 1)
    sets = [(ELBOW_FOLDS, arm.bend)] if end > arm.bend + 0.25 * body.unit else []
    if end > LONG * float(arm.arc[-1]):
        sets.append((CUFF_FOLDS, end))
    for folds, at in sets:
        for start, stop, much in folds:
            first, last = (on_limb(arm, at + along * body.unit, across, outward) for across, along in (start, stop))
            yield hung(first, last, BOW * body.down), much


def _on_trunk(body: Body, across: float, along: float) -> Array:
    left, right, _ = body.half_width(along * body.trunk)
    return body.place((right - left) / 2 + across * (left + right) / 2, along * body.trunk)
