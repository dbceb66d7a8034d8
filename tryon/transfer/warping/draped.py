"""Folds of real cut: cloth that was sewn, put on bodies and left to hang, as slopes in a garment's own coordinates.

assets/source/folds.py makes them. On a trunk a place is -1..1 across it, and down it the share of the way from the
shoulders to the hips; on a sleeve -1..1 from its outer to its inner edge, and the share of the arm's length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, luminance

FILE = Path(__file__).with_name("draped.npz")
SCALE = 32.0  # levels of 8 bits per unit of slope
TRUNK = (-0.15, 1.5)  # shares of the trunk that its maps cover
SLEEVE = (0.0, 1.05)  # and of the arm
KEPT = (0.75, 1.6)  # how far folds are pulled or pushed together so that they end at the hem
CHEST = 0.25  # of the trunk: above that they stay where they are
LONG = 0.6  # of an arm: sleeves that go further down are long ones
ABOVE = 0.5  # how far light comes from above
HOLLOW = 0.5  # how much darker hollows are, which less light reaches
LEFT = -0.2  # how far light comes from the right if a face is lit evenly
ASIDE = 2.0  # and how much further per share of it that comes from there
DARKEST, BRIGHTEST = 3.0, 0.9  # times the usual depth of folds: the deepest and the highest
# Luminances and how much the logarithm of the light on it varies, measured at the scale of folds on people's tops; the
# dark ground of a print shines as dark cloth does.
DEPTHS = ((8.0, 18.0, 35.0, 90.0, 230.0), (0.400, 0.240, 0.120, 0.080, 0.050))
# How much luminances vary and how much deeper folds are: patterned cloth is mostly thin and woven.
PATTERNED = ((15.0, 40.0), (1.0, 1.5))


@dataclass(frozen=True)
class Relief:
    """How cloth hangs: (h,w,3) float32 slopes to the right (a sleeve: inwards) and downwards, and hollowness, such that
    the light that falls on it varies by about 1; the share of trunk or arm at which it ends."""

    slopes: Array
    end: float

    def mirrored(self) -> Relief:
        return Relief(np.ascontiguousarray(self.slopes[:, ::-1] * np.array([-1, 1, 1], np.float32)), self.end)


@cache
def reliefs(kind: str) -> tuple[Relief, ...]:
    """Those of a `kind`: trunk, short or long (sleeves); the last trunk is a tunic's."""
    with np.load(FILE) as data:
        maps, ends = data[kind], data[f"{kind}_ends"]
    return tuple(
        Relief((one.astype(np.float32) - 128) / np.float32(SCALE), float(end))
        for one, end in zip(maps, ends, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class Hang:
    """In which folds cloth hangs, and what light falls on it."""

    number: int  # equal ones are the same folds
    tone: float  # mean luminance of the cloth, 0..255
    aside: float  # -0.5..0.5: how much of the light comes from the right, as a face shows it
    own: float = 0.0  # how much folds that the photo shows vary the logarithm of its light already
    varied: float = 0.0  # how much luminance varies from place to place: a pattern

    @property
    def light(self) -> Array:
        """(2,) how far light comes from the right and from below, against 1 from the front."""
        return np.array([LEFT + ASIDE * self.aside, -ABOVE])

    def depths(self, rgb: Array) -> Array:
        """(h,w) float32: how much its folds vary the logarithm of the light on colours (h,w,3) 0..255."""
        wanted = np.interp(np.arange(256), *DEPTHS) * np.interp(self.varied, *PATTERNED)
        table = np.sqrt(np.maximum(wanted**2 - self.own**2, 0.0)).astype(np.float32)
        result: Array = table[np.clip(luminance(rgb), 0, 255).astype(np.uint8)]
        return result


def trunk_relief(hem: float, number: int) -> Relief:
    """That of a top which ends at the share `hem` of the trunk; equal numbers get the same."""
    *short, tunic = reliefs("trunk")
    one = tunic if hem > (tunic.end + short[0].end) / 2 else short[number % len(short)]
    return one.mirrored() if number // len(short) % 2 else one


def sleeve_relief(end: float, number: int) -> Relief:
    """That of a sleeve which ends at the share `end` of the arm; equal numbers get the same."""
    some = reliefs("long" if end > LONG else "short")
    return some[number % len(some)]


def to_hem(share: Array, hem: float, relief: Relief) -> Array:
    """(h,w) shares of the trunk of somebody whose top ends at the share `hem` -> those of the relief."""
    much = float(np.clip((relief.end - CHEST) / max(hem - CHEST, 0.1), *KEPT))
    result: Array = np.where(share > CHEST, CHEST + (share - CHEST) * much, share)
    return result


def relief_light(relief: Relief, place: tuple[Array, Array], over: tuple[float, float], light: Array) -> Array:
    """(h,w) about -DARKEST..BRIGHTEST: how much lighter the relief is at places (h,w) across, -1..1, and along, of
    which it covers the stretch `over`. `light` (2,): how far light comes from what is across and what is along."""
    (high, wide), (first, last) = relief.slopes.shape[:2], over
    column = ((place[0] + 1) * np.float32((wide - 1) / 2)).astype(np.float32)
    row = ((place[1] - np.float32(first)) * np.float32((high - 1) / (last - first))).astype(np.float32)
    lit = -(relief.slopes @ np.array([*light, HOLLOW], np.float32))
    found = cv2.remap(lit, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    limit = np.where(found < 0, np.float32(DARKEST), np.float32(BRIGHTEST))
    result: Array = limit * np.tanh(found / limit)
    return result
