"""Light around a sleeve: a tube, lit where it faces the light, turning away at both edges, more towards the trunk."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import Body, Side
from tryon.transfer.warping.folds import in_folds
from tryon.transfer.warping.limbs import Limb, strip
from tryon.transfer.warping.skin import inner_sign

STEP = 6  # px between the places at which it is worked out: it has no edges
LIT_AT = -0.3  # across a sleeve, -1 at its outer edge, 1 at its inner one: where light falls on it straight
ASIDE = 0.6  # how much further that is towards a light from one side, per share of it that comes from there
TOP = 0.05  # how much lighter it is there
INNER = 0.17  # how much darker its inner edge is
EDGES = 0.08  # and both edges, which turn away
DEEPER = ((25.0, 90.0, 160.0, 225.0), (1.6, 1.0, 1.2, 1.9))  # luminances of cloth, how many times as much of it is seen
BEGINS = (0.04, 0.20)  # of an arm's length: where a sleeve becomes a tube
SEWN = (0.34, 0.16)  # of the trunk: where its inner half goes over into the trunk's cloth
BINS = 16  # stretches along an arm in which a sleeve's edges are read
POINTS = 17  # of an arm's middle line: light is not more exact
WIDE = 3.0  # of an arm's half width: no sleeve stands off further


def tube_light(alpha: Array, body: Body, side: Side, tone: float, aside: float) -> Array:
    """(h,w) float32 factor about 1 on a sleeve, `alpha` (h,w) 0..1. `tone`: mean luminance of its cloth, 0..255;
    `aside`: -0.5..0.5, how much of the light comes from the right."""
    light, arm = np.ones(alpha.shape, np.float32), body.arms[side]
    part = bounds(alpha > 0.5, STEP)
    few = (slice(STEP // 2, None, STEP), slice(STEP // 2, None, STEP))
    cloth = np.ascontiguousarray(alpha[part][few]) > 0.5
    if cloth.sum() < BINS or not arm.seen:
        return light
    kept = np.linspace(0, len(arm.points) - 1, POINTS).round().astype(int)
    corner = np.array([part[1].start, part[0].start]) + STEP // 2
    small = replace(arm, points=(arm.points[kept] - corner) / STEP, half=arm.half[kept] / STEP)
    across, far = around(small, cloth)
    across *= inner_sign(arm, body, side)
    share = far / np.float32(small.arc[-1])
    place = LIT_AT + ASIDE * aside * (1 if side == "left" else -1)
    shade = TOP - (TOP + INNER) * (np.abs(across - place) / (1 + abs(place))) ** 2 - EDGES * np.abs(across) ** 6
    down = body.along(alpha.shape)[part][few] / body.trunk
    weight = ramp(share, *BEGINS) * (1 - ramp(down, *SEWN) * ramp(across, -0.3, 0.3)) * np.interp(tone, *DEEPER)
    found = in_folds(1 + shade * weight, tone).astype(np.float32)
    light[part] = cv2.resize(found, light[part].shape[::-1], interpolation=cv2.INTER_LINEAR)
    return light


def around(arm: Limb, cloth: Array) -> tuple[Array, Array]:
    """(h,w) the place across a sleeve `cloth` (h,w) bool, -1..1 at its own edges, and the arc length along its arm."""
    _, across, far = strip(arm, cloth.shape, WIDE)
    length = float(arm.arc[-1])
    bins = np.clip(far * np.float32((BINS - 1) / length), 0, BINS - 1)
    low, high = (np.full(BINS, sign, np.float32) for sign in (2.0, -2.0))
    at = np.rint(bins[cloth]).astype(int)
    np.minimum.at(low, at, across[cloth])
    np.maximum.at(high, at, across[cloth])
    known = np.flatnonzero(high >= low)
    low, high = (cv2.blur(np.interp(np.arange(BINS), known, edge[known])[None], (3, 1))[0] for edge in (low, high))
    first, last = (np.interp(bins, np.arange(BINS), edge).astype(np.float32) for edge in (low, high))
    placed: Array = np.clip((2 * across - first - last) / np.maximum(last - first, 1e-3), -1, 1)
    return placed, far
