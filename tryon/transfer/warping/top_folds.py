"""How a top hangs on a body: the light on its front, and the folds of its trunk."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.draped import TRUNK, Hang, relief_light, to_hem, trunk_relief
from tryon.transfer.warping.folds import in_folds

SIDES_DARK = 0.11  # how much darker cloth is where it turns away at the trunk's sides
ROUNDER = ((25.0, 90.0), (1.5, 1.0))  # luminances of cloth, how many times as much of that is seen
# Down the trunk, shares of it: where the chest catches light from above, where it throws a shade, the belly, the hips.
FRONT = ((0.0, 0.20, 0.50, 0.76, 1.0, 1.3), (0.99, 1.0, 0.94, 0.985, 0.965, 0.955))
# Light from one side, over the front from its middle to a side: measured on twelve tops that people wear, plain ones,
# whose sides differ by three tenths of what the halves of the face do.
ASLANT = 0.22
BRIGHTEST = ((130.0, 230.0), (1.0, 0.2))  # luminances of cloth, the share of that by which its lit side gets lighter
FILLED = ((180.0, 235.0), (1.0, 0.6))  # and the share by which its other side gets darker
STEP = 2  # px between the places at which folds are worked out
COARSE = 4 * STEP  # and at which places and the light on the front are: they have no edges
SWELL = 0.2  # shoulder distances: what is wider is the body's form and no fold


def hung_light(body: Body, hem: float, hang: Hang, rgb: Array) -> tuple[Array, Array]:
    """Two (h,w) float32 factors about 1, on the trunk of a top that ends at `hem`, px along the body's, and on its
    sleeves, whose folds are not in it. `rgb` (h,w,3) 0..255: its colours."""
    places = trunk_places(body, rgb.shape)
    front, slant = front_light(*places, hang.tone, hang.aside)
    trunk, sleeves = (
        cv2.resize(one, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR) for one in (front * slant, slant)
    )
    return trunk * trunk_folds(places, hem / body.trunk, hang, rgb), sleeves


def trunk_places(body: Body, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Two (h,w) float32, every COARSE-th pixel: places on the trunk, -1..1 across it and the share of the way down."""
    few = (slice(None, None, COARSE), slice(None, None, COARSE))
    along, across = body.along(shape[:2])[few], body.across(shape[:2])[few]
    left, right = (np.interp(along, body.rows, body.edges[:, k]) for k in range(2))
    off = np.clip((across - (left + right) / 2) / np.maximum((right - left) / 2, 1.0), -1.08, 1.08)
    return off.astype(np.float32), (along / body.trunk).astype(np.float32)


def front_light(off: Array, share: Array, tone: float, aside: float) -> tuple[Array, Array]:
    """Two (h,w) float32 factors about 1 at places `off` and `share` (h,w) on a trunk: of a front that turns away from
    the light at its sides and below the chest, and of light from one side."""
    below = np.interp(share, (0.15, 0.35), (0.3, 1.0))
    # A shade on white cloth is filled by what the cloth beside it throws back; its turned sides face other things.
    sides = SIDES_DARK * np.interp(tone, *ROUNDER)
    front = in_folds(np.interp(share, *FRONT), tone) - sides * below * off**4 + 0.15 * sides
    slant = ASLANT * aside * below * np.clip(off, -1, 1)
    slant = 1 + slant * np.where(slant > 0, np.interp(tone, *BRIGHTEST), np.interp(tone, *FILLED))
    return front.astype(np.float32), slant.astype(np.float32)


def trunk_folds(places: tuple[Array, Array], hem: float, hang: Hang, rgb: Array) -> Array:
    """(h,w) float32 factor about 1: folds of a top of colours `rgb` (h,w,3) 0..255 that ends at the share `hem` of the
    trunk, at `places` on that, two (h,w) of every COARSE-th pixel."""
    relief, cloth = trunk_relief(hem, hang.number), np.ascontiguousarray(rgb[::STEP, ::STEP])
    coarse = (places[0], to_hem(places[1], hem, relief).astype(np.float32))
    across, along = (cv2.resize(plane, cloth.shape[1::-1], interpolation=cv2.INTER_LINEAR) for plane in coarse)
    folds = np.exp(hang.depths(cloth) * relief_light(relief, (across, along), TRUNK, hang.light))
    result: Array = cv2.resize(folds, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return result


def own_folds(shade: Array, cloth: Array, unit: float) -> float:
    """How much folds vary the logarithm of the light `shade` (h,w) that a photo shows on `cloth` (h,w) 0..1."""
    few = (slice(None, None, COARSE), slice(None, None, COARSE))
    inside, light = cloth[few] > 0.9, np.log(np.maximum(shade[few], 0.1)).astype(np.float32)
    fine = (light - blur(light, SWELL * unit / COARSE))[inside]
    return float(fine.std()) if fine.size else 0.0
