"""Button, belt loops and pockets of trousers that go on under a long top: where a fly is seen, these belong to it."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, luminance, mix, ramp
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.hips import BAND, Lap

FLY = 2.5  # times as clear as the cloth's own lines is that of a fly
LEAST = 4.0  # grey levels
NEAR = 0.14  # shoulder distances from the middle within which it lies
BUTTON = 0.021  # shoulder distances, its radius
METAL = (0.98, 0.95, 0.90)  # its colour: brushed, neither silver nor brass
SHINE = ((-0.35, -0.40, 0.45, 0.95), (0.30, 0.40, 0.60, 0.22))  # on it: radii right, down, wide; how much lighter
LOOPS = (0.44, 0.035)  # half widths from the middle where belt loops sit; shoulder distances, half of how wide they are
ROWS = (0.014, BAND - 0.014)  # shoulder distances below its upper edge: rows of stitches on a waistband
HEMMED = (0.010, 0.028)  # shoulder distances beyond a pocket's edge: rows on the cloth around it
STITCH = (0.0032, 0.017)  # shoulder distances: how wide one is, and from one to the next
SHOWN = 0.55  # how much of the thread's own colour is seen
YELLOW = (172, 128, 84)  # of it on denim
LIGHTER = 22  # grey levels, on other cloth
BLUE = (12.0, 40.0)  # grey levels by which denim is bluer than red
WORN = 0.10  # how much lighter the backs of puckers are
PUCKER = (0.030, 0.016)  # shoulder distances between the puckers that a seam draws its cloth into
POCKET = (0.46, 0.30)  # a front pocket: how far it reaches inwards, half widths, and down, shoulder distances
SHALLOW = 0.14  # shoulder distances
# Light on it: places inside of a pocket's edge, shoulder distances, their width and how much lighter it is there.
EDGE = ((-0.003, 0.005, -0.34), (0.006, 0.007, 0.16), (0.028, 0.004, -0.08), (-0.016, 0.012, -0.16))


def fastened(cloth: Array, body: Body, lap: Lap) -> Array:
    """Continued trousers `cloth` (h,w,3) 0..255 with what belongs to their fly. Without a fly they are as they were:
    what has none is drawn on and has a plain front."""
    fly = fly_of(cloth, body, lap)
    if fly is None:
        return cloth
    sewn = stitched(cloth * closure(body, lap, cloth.shape[:2])[..., None], body, lap)
    return _buttoned(sewn, body, lap, fly)


def stitched(cloth: Array, body: Body, lap: Lap) -> Array:
    """`cloth` (h,w,3) 0..255 with the stitches along its waistband and pockets: of yellow thread on blue denim, else in
    its own colour, lighter; along a seam the cloth lies in puckers, lighter on their backs where it is worn."""
    down = lap.down(body, cloth.shape[:2])
    part = bounds((down > -0.02 * body.unit) & (down < (BAND + POCKET[1] + 0.05) * body.unit))
    if not cloth[part].size:
        return cloth
    low = down[part] / np.float32(body.unit)
    across = body.across(cloth.shape[:2])[part] - np.float32(lap.middle)
    half = lap.half_at(body.along(cloth.shape[:2])[part]).astype(np.float32)
    inside = np.abs(across) / half
    across /= np.float32(body.unit)
    own = (low > 0) & (inside < 0.95)
    plain = np.median(cloth[part][own], axis=0) if own.any() else np.full(3, 128.0)
    denim = float(ramp(np.array(plain[2] - plain[0]), *BLUE))
    thread = np.minimum(plain + LIGHTER, 255) * (1 - denim) + np.array(YELLOW) * denim
    rows = sum(_line(low, at) for at in ROWS) * ramp(inside, 1.0, 0.97)
    rows *= np.abs(np.abs(across) - LOOPS[0] * half / body.unit) > LOOPS[1]  # under the loops
    deep = _depth(body, lap)
    if deep > SHALLOW:
        edge = _beyond(inside, low, lap.half / body.unit, deep)
        rows += sum(_line(edge, at) for at in HEMMED) * ramp(low, BAND, BAND + 0.004) * ramp(inside, 1.0, 0.97)
    dashes = 0.7 + 0.3 * np.sin(np.float32(2 * np.pi / STITCH[1]) * (np.abs(across) - low))
    worn = np.exp(-(((low - BAND - 0.012) / 0.010) ** 2)) + 0.8 * np.exp(-(((low - 0.004) / 0.006) ** 2))
    worn *= 0.55 + 0.45 * sum(np.sin(np.float32(2 * np.pi / every) * across + k) for k, every in enumerate(PUCKER)) / 2
    result = cloth.copy()
    result[part] *= (1 + WORN * (0.4 + 0.6 * denim) * worn)[..., None]
    sewn = np.full_like(result[part], thread)
    result[part] = mix(result[part], sewn, (SHOWN * rows * dashes).astype(np.float32))
    return result


def closure(body: Body, lap: Lap, shape: tuple[int, ...]) -> Array:
    """(h,w) factor about 1: belt loops and the edges of pockets."""
    light = np.ones(shape, np.float32)
    down = lap.down(body, light.shape)
    part = bounds((down > -0.03 * body.unit) & (down < (BAND + POCKET[1] + 0.1) * body.unit))
    if not light[part].size:
        return light
    across = body.across(light.shape)[part] - np.float32(lap.middle)
    half = lap.half_at(body.along(light.shape)[part]).astype(np.float32)
    low = down[part] / np.float32(body.unit)
    light[part] = _loops(across / np.float32(body.unit), half / np.float32(body.unit), low)
    deep = _depth(body, lap)
    if deep > SHALLOW:  # no pocket ends where the photo's own begin
        light[part] *= _pockets(np.abs(across) / half, low, lap.half / body.unit, deep)
    return light


def fly_of(cloth: Array, body: Body, lap: Lap) -> float | None:
    """Where, px across the trunk, the fly of continued trousers `cloth` (h,w,3) 0..255 is; None without one."""
    rows = lap.start + np.linspace(BAND + 0.05, BAND + 0.20, 25) * body.unit
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


def _line(away: Array, at: float) -> Array:
    """0..1 on a row of stitches at places `away` shoulder distances from the edge that it runs along, `at` such."""
    result: Array = np.exp(-(((away - at) / np.float32(STITCH[0])) ** 2))
    return result


def _depth(body: Body, lap: Lap) -> float:
    """Shoulder distances down that a front pocket reaches: where the photo's own cloth begins it has ended."""
    return min(POCKET[1], (lap.top - lap.start) / body.unit - BAND)


def _beyond(off: Array, low: Array, half: float, deep: float) -> Array:
    """Shoulder distances from a pocket's edge inwards, negative in its opening, at places `off` half widths from the
    middle and `low` shoulder distances below the upper edge."""
    inwards = POCKET[0]
    far = np.sqrt(((1 - off) / np.float32(inwards)) ** 2 + (np.clip(low - BAND, 0, None) / np.float32(deep)) ** 2)
    result: Array = (far - 1) * np.float32(min(inwards * half, deep))
    return result


def _pockets(off: Array, low: Array, half: float, deep: float) -> Array:
    """Factor at places `off` half widths from the middle and `low` shoulder distances below the upper edge."""
    inner = _beyond(off, low, half, deep)
    shown = ramp(low, BAND - 0.004, BAND + 0.004) * ramp(off, 1.02, 1.0)
    round_it = low - off * np.float32(half)  # along the edge, shoulder distances
    shown *= 0.75 + 0.15 * sum(np.sin(np.float32(2 * np.pi / every) * round_it) for every in PUCKER)
    light = np.ones(off.shape, np.float32)
    for at, wide, much in EDGE:
        light += shown * np.float32(much) * np.exp(-(((inner - at) / np.float32(wide)) ** 2))
    return light


def _loops(across: Array, half: Array, low: Array) -> Array:
    """Factor at places `across` shoulder distances from the middle: a loop is nearer to the light than the band, its
    seams are on both sides, and its shadow falls on one."""
    at, wide = LOOPS
    beside = (np.abs(across) - at * half) / np.float32(wide)
    tall = ramp(low, -0.010, -0.006) * ramp(low, BAND + 0.016, BAND + 0.010)
    seams = np.exp(-(((np.abs(beside) - 0.62) / 0.12) ** 2))
    shadow = np.exp(-(((beside * np.sign(across) - 1.15) / 0.22) ** 2))
    edge = np.exp(-(((np.abs(beside) - 1.0) / 0.14) ** 2))
    result: Array = 1 + tall * (0.12 * ramp(np.abs(beside), 1.0, 0.9) + 0.06 * seams - 0.16 * edge - 0.32 * shadow)
    return result


def _buttoned(cloth: Array, body: Body, lap: Lap, fly: float) -> Array:
    """`cloth` (h,w,3) with a metal button above the fly, at `fly` px across the trunk, and the end of the band that it
    holds."""
    down = lap.down(body, cloth.shape[:2])
    part = bounds((down > -0.02 * body.unit) & (down < 1.3 * BAND * body.unit))
    low = down[part] / np.float32(body.unit)
    across = (body.across(cloth.shape[:2])[part] - np.float32(fly)) / np.float32(body.unit)
    end = ramp(low, 0.0, 0.006) * ramp(low, BAND + 0.004, BAND) * np.exp(-(((across - 0.036) / 0.005) ** 2))
    right, below = across / BUTTON, (low - BAND / 2) / BUTTON
    far = np.hypot(right, below)
    fallen = np.exp(-((np.clip(np.hypot(right - 0.15, below - 0.35) - 0.75, 0, None) / 0.45) ** 2))
    result = cloth.copy()
    result[part] *= ((1 - 0.24 * end) * (1 - 0.45 * fallen))[..., None]
    tone = np.full(far.shape, 96.0, np.float32) - 34 * np.exp(-(((far - 0.62) / 0.13) ** 2)) - 30 * ramp(far, 0.8, 1.0)
    for x, y, wide, much in SHINE:
        tone += 110 * much * np.exp(-((np.hypot(right - x, below - y) / wide) ** 2))
    metal = np.clip(tone, 0, 255)[..., None] * np.array(METAL, np.float32)
    result[part] = mix(result[part], metal, ramp(far, 1.04, 0.90))
    return result
