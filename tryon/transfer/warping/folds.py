"""Folds of worn cloth at the armpits, which no garment lying flat has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import Body, Side

# From the armpit: direction in degrees from straight inwards to the chest, downwards positive; length in shoulder
# distances; how much darker. Seen on hanging arms in catalogue photos of T-shirts.
CREASES = ((-42.0, 0.28, 0.070), (14.0, 0.24, 0.050), (128.0, 0.16, 0.050))
PIT = 0.18  # how much darker the armpit itself
GLOW = 0.75  # of the light that white cloth throws back which stays in its folds
SHINE = ((25.0, 90.0, 225.0), (3.0, 1.9, 1.9))  # luminances of cloth, how many times as deep its folds look
BEND = 12.0  # degrees by which a crease turns down over its length


def in_folds(light: Array, tone: float) -> Array:
    """(h,w) factor about 1 of folds in cloth of mean luminance `tone`, 0..255: pale cloth throws light back into them,
    again and again, so that they are less dark.
    """
    glow = np.float32(GLOW * (tone / 255) ** 2.2)
    result: Array = light / (1 - glow * (1 - light))
    return result


def deepened(light: Array, tone: float) -> Array:
    """(h,w) factor about 1 of folds in cloth of mean luminance `tone`, 0..255: what is seen of them in dark cloth is
    how much it shines, which is more of it; in pale cloth as deep as people's own white tops show them."""
    gain = np.float32(np.interp(tone, *SHINE))
    result: Array = in_folds(np.maximum(1 + (light - 1) * gain, 0), tone)
    return result


def armpit_folds(body: Body, pits: Mapping[Side, Array], shape: tuple[int, ...]) -> Array:
    """(h,w) float32 factor about 1 on a top with sleeves: creases that run out from the armpits `pits`, (2,) each.

    A raised arm pulls the cloth taut: none.
    """
    light = np.ones(shape[:2], np.float32)
    reach = 0.36 * body.unit
    for side, pit in pits.items():
        arm = body.arms[side]
        _, way, _ = arm.at(0.25 * float(arm.arc[-1]))
        strength = float(ramp(np.array(way @ body.down), 0.5, 0.85))
        low = np.maximum(np.floor(pit - reach), 0).astype(int)
        high = np.minimum(np.ceil(pit + reach) + 1, shape[1::-1]).astype(int)
        if strength <= 0 or (high <= low).any():
            continue
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        x = (np.arange(low[0], high[0], dtype=np.float32) - np.float32(pit[0])) / np.float32(body.unit)
        y = ((np.arange(low[1], high[1], dtype=np.float32) - np.float32(pit[1])) / np.float32(body.unit))[:, None]
        inwards = body.side * (1 if side == "left" else -1)
        inner = x * np.float32(inwards[0]) + y * np.float32(inwards[1])
        down = x * np.float32(body.down[0]) + y * np.float32(body.down[1])
        light[window] -= np.float32(strength) * _fan(inner, down)
    return light


def _fan(inner: Array, down: Array) -> Array:
    """(h,w) how much darker cloth is at places in shoulder distances from an armpit; negative where it is lighter."""
    far = np.sqrt(inner**2 + down**2)
    angle = np.arctan2(down, inner)
    result: Array = PIT * np.exp(-((far / 0.035) ** 2))
    for degrees, length, dark in CREASES:
        share = np.clip(far / length, 0, 1)
        off = angle - np.deg2rad(degrees + BEND * share).astype(np.float32)
        off = np.abs(off) < 1.2, far * np.sin(off)
        wide = 0.012 + 0.085 * far
        line = np.exp(-((off[1] / wide) ** 2)) - 0.45 * np.exp(-(((off[1] + 1.7 * wide) / wide) ** 2))
        result += off[0] * dark * line * ramp(far, 0.0, 0.05) * (1 - ramp(share, 0.25, 1.0))
    return result
