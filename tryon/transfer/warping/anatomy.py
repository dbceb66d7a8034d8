"""What light shows of a bare body beside its roundness: collarbones, the hollows above them, armpits, the navel."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, luminance, ramp, shrink
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import Regions

# Places in shoulder distances from the trunk's axis and below the shoulder joints, after anatomical drawings of an
# adult; strengths as shares of the light, measured on bare shoulders in catalogue photos (0.04 to 0.12).
NOTCH = -0.125
BONE_ENDS = ((0.075, -0.125), (0.42, -0.190))
BONES_SHOW = {"left": 0.70, "right": 0.45}  # how strongly: light that comes from a side shows one of them better
NAVEL = 0.755  # of the trunk
MUSCLE_EDGE = 0.20
NAVEL_SIZE = (0.016, 0.024)
# Light on an arm: share of its length, position across it (1 towards the trunk), their extents, and how much lighter.
ARM_FORMS = (
    (0.11, -0.85, 0.10, 0.60, 0.07),  # the shoulder's outer rim, which light from everywhere reaches
    (0.17, 0.93, 0.075, 0.10, -0.22),  # the fold before the armpit
    (0.30, 0.10, 0.10, 0.45, 0.05),  # the biceps
    (0.33, 0.65, 0.13, 0.25, -0.07),  # and the shade behind it
    (0.485, 0.45, 0.009, 0.55, -0.07),  # the crease of the elbow
    (0.472, 0.30, 0.0030, 0.30, -0.06),  # its two fine lines
    (0.491, 0.50, 0.0030, 0.26, -0.05),
    (0.525, 0.35, 0.030, 0.45, -0.04),
    (0.62, -0.35, 0.09, 0.35, 0.05),  # the forearm's muscle
    (0.70, 0.10, 0.13, 0.16, -0.05),  # and the furrow beside it
    (0.95, 0.05, 0.05, 0.25, -0.05),  # the wrist
)
# How much darker an arm is where it faces the trunk, by share of its length and by position across it: what is left of
# the light on twenty bare arms of ten people beside roundness and the forms above (0.08 to 0.35 as logarithms).
FACING_AT = (0.06, 0.16, 0.26, 0.48, 0.62, 1.0)
FACING = (0.0, 0.16, 0.11, 0.13, 0.23, 0.26)
FACING_FROM = (0.40, 0.95)
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
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        lean = float((body.coordinates(body.arms[side].points[0]))[1]) / unit  # a raised or lowered shoulder
        out, down = sign * across, along - lean * np.clip(sign * across / 0.45, 0, 1)
        light += hidden * BONES_SHOW[side] * _collarbone(out, down, 1.3 * COARSE / unit)
        light -= 0.05 * _ridge(out, along, (0.40, 0.05 + lean), (0.42, 0.26), 0.035)
        light += 0.035 * np.exp(-(((out - 0.24) / 0.13) ** 2) - ((along - 0.17) / 0.10) ** 2)  # above the breast
    light -= 0.10 * np.exp(-((across / 0.035) ** 2) - ((along - NOTCH) / 0.03) ** 2)
    # The chest faces the light, below it the body turns away; the breastbone and the line to the navel are hollow.
    light += 0.03 * ramp(along, 0.35, 0.05) - 0.03 * ramp(along, 0.30, 0.60)
    light -= 0.040 * np.exp(-((across / 0.06) ** 2)) * ramp(along, 0.06, 0.28)
    down = along * np.float32(unit / body.trunk)
    belly = ramp(down, 0.50, 0.62) * ramp(down, 1.02, 0.86)
    beside = np.abs(across) - np.float32(MUSCLE_EDGE)
    light -= 0.032 * belly * np.exp(-((beside / 0.040) ** 2))  # where the belly's straight muscles end
    light += 0.022 * belly * np.exp(-(((beside + 0.09) / 0.06) ** 2))
    wide, high = NAVEL_SIZE
    light -= 0.30 * np.exp(-((across / wide) ** 2) - (((down - NAVEL) * body.trunk / unit) / high) ** 2)
    result: Array = cv2.resize(light.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return result


def _collarbone(out: Array, along: Array, finest: float) -> Array:
    """Light over one collarbone: it shows by the thin dark edge of the hollow above it, and hardly by itself; `out`,
    `along` in shoulder distances, `finest` of them the least width of a line."""
    (x0, y0), (x1, y1) = BONE_ENDS
    share = np.clip((out - x0) / (x1 - x0), 0, 1)
    line = y0 + (y1 - y0) * share - 0.008 * np.sin(2 * np.pi * share)  # an S from above and from the front
    below = along - line
    reach = ramp(out, x0 - 0.02, x0 + 0.05) * ramp(out, x1, x0 + 0.3 * (x1 - x0))
    edge = 0.22 * np.exp(-((below / max(0.013, finest)) ** 2))
    hollow = 0.06 * np.exp(-(((below + 0.040) / 0.035) ** 2))
    bone = 0.10 * np.exp(-(((below - 0.032) / 0.022) ** 2))
    head = np.exp(-(((out - x0 - 0.01) / 0.028) ** 2))
    knob = 0.08 * head * np.exp(-(((below - 0.020) / 0.024) ** 2))
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
            own = plane[window] * (far > 0)
            for at, out, long, wide, much in forms:
                seen = max(long, FINEST * step / length)
                bent = far - at - 0.02 * off + 0.02 * np.square(off - out)  # around the limb
                spot = np.exp(-((bent / seen) ** 2) - ((off - out) / wide) ** 2)
                light[window] += np.float32(much) * spot * own
            if name == "arms":
                darker = np.interp(far, FACING_AT, FACING).astype(np.float32)
                light[window] *= 1 - darker * ramp(off, *FACING_FROM) * own
            joint = np.exp(-(((far - 0.49) / 0.05) ** 2) - (off / 0.6) ** 2)
            flush = joint + 0.7 * ramp(far, 0.85, 1.0) if name == "arms" else 0.8 * joint
            red[window] = np.maximum(red[window], flush * own)
    return light, red


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
