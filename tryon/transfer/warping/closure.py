"""Button, belt loops and pockets of trousers that go on under a long top: where a fly is seen, these belong to it."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, luminance, ramp
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.hips import BAND, Lap

FLY = 2.5  # times as clear as the cloth's own lines is that of a fly
LEAST = 4.0  # grey levels
NEAR = 0.14  # shoulder distances from the middle within which it lies
BUTTON = 0.026  # shoulder distances, its radius
LOOPS = (0.42, 0.09)  # half widths from the middle where belt loops sit; of it, how wide they are: half of that
POCKET = (0.46, 0.30)  # a front pocket: how far it reaches inwards, half widths, and down, shoulder distances
SHALLOW = 0.14  # shoulder distances
# Light on it: places inside of a pocket's edge, shoulder distances, their width and how much lighter it is there.
EDGE = ((0.0, 0.006, -0.26), (0.012, 0.005, 0.08), (0.030, 0.004, 0.10), (-0.010, 0.012, -0.08))


def closure(body: Body, lap: Lap, cloth: Array, fly: float | None) -> Array:
    """(h,w) factor about 1 on continued trousers `cloth` (h,w,3) 0..255 whose fly is at `fly` px across the trunk.

    Without a fly all is 1: what has none is drawn on and has a plain front.
    """
    light = np.ones(cloth.shape[:2], np.float32)
    if fly is None:
        return light
    down = lap.down(body, light.shape)
    part = bounds((down > -0.03 * body.unit) & (down < (BAND + POCKET[1] + 0.1) * body.unit))
    if not light[part].size:
        return light
    across = body.across(light.shape)[part]
    off = np.abs(across - lap.middle) / lap.half_at(body.along(light.shape)[part]).astype(np.float32)
    low = down[part] / np.float32(body.unit)
    light[part] = _loops(off, low)
    deep = min(POCKET[1], (lap.top - lap.start) / body.unit - BAND)
    if deep > SHALLOW:  # no pocket ends where the photo's own begin
        light[part] *= _pockets(off, low, lap.half / body.unit, deep)
    light[part] *= _button((across - fly) / np.float32(body.unit), low)
    return light


def fly_of(cloth: Array, body: Body, lap: Lap) -> float | None:
    """Where, px across the trunk, the fly of continued trousers `cloth` (h,w,3) 0..255 is; None without one."""
    rows = lap.start + np.linspace(BAND + 0.05, BAND + 0.20, 9) * body.unit
    reach = 0.8 * lap.waist
    across = lap.middle + np.arange(-reach, reach + 1)
    x, y = np.moveaxis(np.rint(body.place(across[None], rows[:, None])).astype(int), -1, 0)
    inside = (x >= 0) & (y >= 0) & (x < cloth.shape[1]) & (y < cloth.shape[0])
    if not inside.all() or len(across) < 9:
        return None
    line = np.median(luminance(cloth)[y, x], axis=0)[None]
    detail = np.abs(line - cv2.GaussianBlur(line, (0, 0), max(1.0, 0.05 * body.unit)))[0]
    near = np.abs(across - lap.middle) < NEAR * body.unit
    if not near.any() or near.all() or detail[near].max() < max(LEAST, FLY * float(np.percentile(detail[~near], 95))):
        return None
    return float(across[near][int(detail[near].argmax())])


def _pockets(off: Array, low: Array, half: float, deep: float) -> Array:
    """Factor at places `off` half widths from the middle and `low` shoulder distances below the upper edge."""
    inwards = POCKET[0]
    far = np.sqrt(((1 - off) / np.float32(inwards)) ** 2 + (np.clip(low - BAND, 0, None) / np.float32(deep)) ** 2)
    inner = (far - 1) * np.float32(min(inwards * half, deep))
    shown = ramp(low, BAND - 0.004, BAND + 0.004) * ramp(off, 1.02, 1.0)
    light = np.ones(off.shape, np.float32)
    for at, wide, much in EDGE:
        light += shown * np.float32(much) * np.exp(-(((inner - at) / np.float32(wide)) ** 2))
    return light


def _loops(off: Array, low: Array) -> Array:
    at, wide = LOOPS
    beside = np.abs(off - at) / np.float32(wide / 2)
    tall = ramp(low, -0.014, -0.008) * ramp(low, BAND + 0.022, BAND + 0.016)
    rim = np.exp(-(((beside - 1) / np.float32(0.28)) ** 2))
    result: Array = 1 + tall * (0.07 * ramp(beside, 1.0, 0.8) - 0.24 * rim)
    return result


def _button(across: Array, low: Array) -> Array:
    far = np.hypot(across, low - BAND / 2) / np.float32(BUTTON)
    shine = np.clip(1 - np.hypot(across + 0.3 * BUTTON, low - BAND / 2 + 0.3 * BUTTON) / BUTTON, 0, 1)
    result: Array = 1 + ramp(far, 1.0, 0.85) * (0.35 + 0.6 * shine) - 0.35 * np.exp(-(((far - 1.05) / 0.22) ** 2))
    return result
