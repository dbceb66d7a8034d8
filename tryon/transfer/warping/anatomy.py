"""What light shows of a bare body beside its roundness: collarbones, the hollows above them, armpits, the navel."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, luminance, ramp, shrink
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import Regions

# In shoulder distances, measured on five bare chests in catalogue photos: how far below the shoulders' line, where that
# is as far from the axis as the first number says, the hollow of the throat and the outer ends of the collarbones lie.
NOTCH_BELOW = (0.15, 0.130)
BONE_BELOW = (0.30, 0.050)
NOTCH = (-0.26, -0.10)  # where the hollow lies, whatever a collar tells of the shoulders
RISE = (-0.45, -0.16)  # how steeply a collarbone may rise outwards
BONE = (0.065, 0.43)  # from where to where from the axis a collarbone shows
# How strongly, as shares of what is below (their dark edges take 0.10 to 0.18 of the light away): light that comes from
# a side shows one of them better.
BONES_SHOW = {"left": 0.75, "right": 0.60}
MORE = 0.6  # how much stronger a chest's forms are than those of even light: flat ones look airbrushed
CHEST = 0.025  # how much lighter the chest is than the rest, beside what is below, on five bare ones
MUSCLE_EDGE = 0.20  # from the axis
NAVEL = 0.73  # of the trunk
# Light on it, beside and below its middle, its extents, how much lighter: a crease, the fold over it, its lower lip.
NAVEL_FORMS = (
    (0.000, 0.000, 0.012, 0.026, -0.30),
    (0.000, -0.012, 0.032, 0.020, -0.12),
    (0.002, 0.042, 0.030, 0.018, 0.06),
)
ALBA = (0.024, 0.055)  # the groove from the breastbone down to the navel: its extent, and how dark it is
RIBS = ((0.07, 0.40), (0.31, 0.64))  # the ribs' lower edge, from the axis and as shares of the trunk
# Light on an arm: share of its length, position across it (1 towards the trunk), their extents, and how much lighter.
ARM_FORMS = (
    (0.11, -0.85, 0.10, 0.60, 0.07),  # the shoulder's outer rim, which light from everywhere reaches
    (0.17, 0.93, 0.075, 0.10, -0.22),  # the fold before the armpit
    (0.30, 0.10, 0.10, 0.45, 0.07),  # the biceps
    (0.33, 0.65, 0.13, 0.25, -0.07),  # and the shade behind it
    (0.485, 0.45, 0.009, 0.55, -0.07),  # the crease of the elbow
    (0.472, 0.30, 0.0030, 0.30, -0.06),  # its two fine lines
    (0.491, 0.50, 0.0030, 0.26, -0.05),
    (0.525, 0.35, 0.030, 0.45, -0.04),
    (0.62, -0.35, 0.09, 0.35, 0.07),  # the forearm's muscle
    (0.70, 0.10, 0.13, 0.16, -0.05),  # and the furrow beside it
    (0.95, 0.05, 0.05, 0.25, -0.05),  # the wrist
)
# How much darker an arm is where it faces the trunk, by share of its length and by position across it: what is left of
# the light on twenty bare arms of ten people beside roundness and the forms above (0.08 to 0.35 as logarithms).
FACING_AT = (0.06, 0.16, 0.26, 0.48, 0.62, 1.0)
FACING = (0.0, 0.16, 0.11, 0.13, 0.23, 0.26)
FACING_FROM = (0.40, 0.95)
# The crease before an armpit, where it lies on eleven of thirteen arms that show it: the shares of the arm's length
# between which it is seen, the position across the arm at its upper end and how fast that grows, and how dark it is.
CREASE = (0.085, 0.155)
CREASE_AT = (0.60, 4.6)
CREASED = 0.22
LEG_FORMS = (
    (0.485, 0.0, 0.026, 0.50, 0.05),  # the kneecap
    (0.445, 0.0, 0.016, 0.60, -0.04),
    (0.525, 0.0, 0.013, 0.50, -0.08),  # the hollow below it
    (0.490, 0.75, 0.035, 0.25, -0.07),  # and beside it
    (0.490, -0.75, 0.035, 0.25, -0.07),
    (0.70, -0.10, 0.13, 0.18, 0.05),  # the shin
    (0.66, 0.65, 0.10, 0.30, -0.06),  # the calf turns away
    (0.30, 0.55, 0.14, 0.35, -0.05),  # the inner thigh
)
FINEST = 1.3  # steps: how fine a form can be that is worked out at some places only
COARSE = 3  # px between the places at which this soft light is worked out


def modelled(body: Body, skin: Array) -> Array:
    """(h,w) float32 factor about 1 on skin; where `skin` (h,w) bool shows a collarbone none is drawn."""
    shape = skin.shape
    unit = body.unit
    part = (slice(None, None, COARSE), slice(None, None, COARSE))
    across, along = (plane[part] / np.float32(unit) for plane in (body.across(shape), body.along(shape)))
    light = np.ones(across.shape, np.float32)
    zone = (np.abs(across) > 0.08) & (np.abs(across) < 0.40) & (along > -0.20) & (along < 0.0)
    hidden = 1 - ramp(np.array(skin[part][zone].mean() if zone.any() else 1.0), 0.2, 0.5)
    notch, finest = throat(body), 1.3 * COARSE / unit
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        lean = float((body.coordinates(body.arms[side].points[0]))[1]) / unit  # a raised or lowered shoulder
        out = sign * across
        light += hidden * BONES_SHOW[side] * _collarbone(out, along - _bone(body, side, out, notch), finest)
        light -= 0.05 * _ridge(out, along, (0.40, 0.05 + lean), (0.42, 0.26), 0.035)
        light += 0.035 * np.exp(-(((out - 0.24) / 0.13) ** 2) - ((along - 0.17) / 0.10) ** 2)  # above the breast
    light -= 0.075 * np.exp(-((across / 0.035) ** 2) - ((along - notch) / 0.03) ** 2)
    # The chest faces the light, below it the body turns away; the breastbone and the line to the navel are hollow.
    light -= 0.04 * ramp(along, 0.30, 0.60)
    light += CHEST * np.exp(-np.square(np.square(across / 0.36))) * ramp(along, -0.14, 0.0) * ramp(along, 0.45, 0.15)
    light -= 0.065 * np.exp(-((across / 0.055) ** 2)) * ramp(along, 0.04, 0.22)
    light += (light - 1) * MORE * ramp(along, 0.65, 0.45)
    down = along * np.float32(unit / body.trunk)
    belly = ramp(down, 0.50, 0.62) * ramp(down, 1.02, 0.86)
    beside = np.abs(across) - np.float32(MUSCLE_EDGE)
    light -= 0.050 * belly * np.exp(-((beside / 0.040) ** 2))  # where the belly's straight muscles end
    light += 0.035 * belly * np.exp(-(((beside + 0.09) / 0.06) ** 2))
    light -= 0.050 * _ridge(np.abs(across), down, *RIBS, 0.035)
    wide, dark = ALBA
    light -= dark * np.exp(-np.square(across / wide)) * ramp(down, 0.42, 0.55) * ramp(down, NAVEL, NAVEL - 0.05)
    below = (down - np.float32(NAVEL)) * np.float32(body.trunk / unit)
    for off, low, wide, high, much in NAVEL_FORMS:
        light += much * np.exp(-np.square((across - off) / max(wide, 0.75 * finest)) - np.square((below - low) / high))
    result: Array = cv2.resize(light.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return result


def throat(body: Body) -> float:
    """Where the hollow of the throat lies down the trunk, in shoulder distances."""
    at, below = NOTCH_BELOW
    return float(np.clip(np.mean([_over(body, side, at) for side in SIDES]) + below, *NOTCH))


def _over(body: Body, side: Side, out: float) -> float:
    """How far down the trunk the line over a shoulder lies, `out` from the axis, both in shoulder distances."""
    across, along = (body.coordinates(body.shoulders[side]) / body.unit).T
    order = np.argsort(np.abs(across))
    return float(np.interp(out, np.abs(across)[order], along[order]))


def _bone(body: Body, side: Side, out: Array, notch: float) -> Array:
    """Where the upper edge of a collarbone lies down the trunk, at every `out`; all in shoulder distances."""
    at, below = BONE_BELOW
    rise = (_over(body, side, at) + below - notch) / (at - BONE[0])
    share = np.clip((out - BONE[0]) / (BONE[1] - BONE[0]), 0, 1)
    bent = 0.008 * np.sin(2 * np.pi * share)  # an S from above and from the front
    result: Array = notch + float(np.clip(rise, *RISE)) * (BONE[1] - BONE[0]) * share - bent
    return result


def _collarbone(out: Array, below: Array, finest: float) -> Array:
    """Light over one collarbone: it shows by the thin dark edge of the hollow above it, and hardly by itself; `out`
    from the axis, `below` its upper edge in shoulder distances, `finest` of them the least width of a line."""
    first, last = BONE
    reach = ramp(out, first - 0.02, first + 0.07) * ramp(out, last, first + 0.55 * (last - first))
    edge = 0.22 * np.exp(-np.square(below / max(0.012, finest)))
    hollow = np.exp(-np.square((below + 0.042) / 0.040)) * (0.04 + 0.07 * np.exp(-np.square((out - 0.19) / 0.09)))
    bone = 0.09 * np.exp(-np.square((below - 0.032) / 0.022))
    head = np.exp(-np.square((out - first - 0.01) / 0.028))
    knob = 0.08 * head * np.exp(-np.square((below - 0.020) / 0.024))
    result: Array = reach * (bone - edge - hollow) + knob
    return result


def _ridge(out: Array, along: Array, first: tuple[float, float], last: tuple[float, float], wide: float) -> Array:
    """(h,w) 0..1 around a straight line between two places."""
    (x0, y0), (x1, y1) = first, last
    share = np.clip((along - y0) / (y1 - y0), 0, 1)
    near = np.exp(-(((out - x0 - (x1 - x0) * share) / wide) ** 2))
    result: Array = near * ramp(along, y0 - 0.04, y0 + 0.06) * ramp(along, y1 + 0.05, y1 - 0.05)
    return result


def limb_forms(
    body: Body, along: Mapping[tuple[str, Side], Array], inward: Array, planes: Mapping[str, Array], step: int
) -> tuple[Array, Array]:
    """Two planes, every `step`-th pixel: a factor about 1 of the light on arms and legs, and how red they are, 0..1, at
    elbows, wrists and knees. `along` (h,w) px by limb, `inward` (h,w) -1..1 towards the trunk or the other leg,
    `planes` (h,w) 0..1 by name."""
    part = (slice(None, None, step), slice(None, None, step))
    light = np.ones(inward[part].shape, np.float32)
    red = np.zeros_like(light)
    for name, limbs, forms in (("arms", body.arms, ARM_FORMS), ("legs", body.legs, LEG_FORMS)):
        for side in SIDES:
            arc, plane = along[name, side][part], planes[name][part]
            window = bounds((arc > 0) & (plane > 0))
            if not arc[window].size:
                continue
            length = max(float(limbs[side].arc[-1]), 1.0)
            far = arc[window] / np.float32(length)
            off = inward[part][window]
            own = plane[window] * ramp(far, 0.0, 0.06)  # it starts in the trunk, without a line
            for at, out, long, wide, much in forms:
                seen = max(long, FINEST * step / length)
                bent = far - at - 0.02 * off + 0.02 * np.square(off - out)  # around the limb
                spot = np.exp(-((bent / seen) ** 2) - ((off - out) / wide) ** 2)
                light[window] += np.float32(much) * spot * own
            if name == "arms":
                darker = np.interp(far, FACING_AT, FACING).astype(np.float32)
                light[window] *= 1 - (darker * ramp(off, *FACING_FROM) + _crease(far, off, step / length)) * own
            joint = np.exp(-(((far - 0.49) / 0.05) ** 2) - (off / 0.6) ** 2)
            flush = joint + 0.7 * ramp(far, 0.85, 1.0) if name == "arms" else 0.8 * joint
            red[window] = np.maximum(red[window], flush * own)
    return light, red


def _crease(far: Array, off: Array, finest: float) -> Array:
    """How much darker an arm is in the crease before its armpit, at shares `far` of its length and positions `off`
    across it; `finest`: the share of its length that a step of the picture is."""
    start, growth = CREASE_AT
    beside = off - (start + growth * (far - CREASE[0]))
    seen = ramp(far, CREASE[0] - 0.02, CREASE[0] + 0.01) * ramp(far, CREASE[1] + 0.04, CREASE[1] - 0.01)
    line = np.exp(-np.square(beside / max(0.08, 12 * FINEST * finest)))
    soft = np.exp(-np.square((beside + 0.10) / 0.22))
    result: Array = CREASED * seen * ramp(off, 1.0, 0.7) * (line + 0.35 * soft)  # the fold there is dark by itself
    return result


def light_side(pixels: Array, regions: Regions, unit: float) -> float:
    """-0.5..0.5: how much of the light falls on the face from the right of the picture."""
    face = shrink(regions.face, 0.03 * unit)
    if face.sum() < 0.02 * unit**2:
        return 0.0
    light = luminance(pixels)
    columns = np.flatnonzero(face.any(axis=0))
    right = np.arange(face.shape[1])[None] > (columns[0] + columns[-1]) / 2
    means = [float(np.median(light[face & part])) if (face & part).any() else 1.0 for part in (~right, right)]
    return float(np.clip(5 * (means[1] - means[0]) / max(sum(means), 1.0), -0.5, 0.5))
