"""Folds in which the cloth of wide trouser legs hangs: of simulated trousers, lit from where the photo is lit.

`leg_folds.npz` (assets/source/leg_folds.py makes it) has for each kind of trousers the slope of their folds in a leg's
own coordinates: (2,rows,columns,2) int8, the leg at the picture's left and right; rows from above the crotch to the
hem, columns from the outer edge to the inner one; outwards and upwards positive, 127 is `STEEPEST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import CROTCH, SIDES, Body, Side

STEEPEST = 0.8  # of a normal's length: what 127 stands for
ABOVE = 0.12  # of a leg's length: so far above the crotch the first row lies
WIDTHS = ((1.05, 1.30, 2.0), (0.0, 1.0, 1.0))  # of a leg below the knee in the limb's; share of the folds that it has
KINDS = ((1.40, "straight"), (np.inf, "wide"))  # up to that width
ACROSS, UPWARDS = 0.26, 0.21  # how much lighter cloth is that faces the light from the side, and from above
MATT = 0.5  # of that, where it is lighter: more would be satin
SEEN = 0.35  # of their depth: deeper ones are satin's on dark cloth, blotches on pale cloth
LEFT, ASIDE = -0.4, 2.5  # from the side, as most pictures are lit, and more by what a face shows
EVENED = 0.04  # of a leg's length: over which its edges are evened
BEGIN = (0.08, 0.32)  # of the way down a map: over which the folds begin; further up they are the crotch's


@lru_cache(1)
def fold_maps() -> Mapping[str, Array]:
    """(2,rows,columns,2) float32 slopes -1..1 by kind."""
    with np.load(Path(__file__).with_name("leg_folds.npz")) as stored:
        return {kind: stored[kind].astype(np.float32) * np.float32(STEEPEST / 127) for kind in stored.files}


def looseness(alpha: Array, body: Body, side: Side) -> float:
    """How wide a leg with coverage `alpha` (h,w) 0..1 is half way down the shin, in the widths of the limb."""
    leg = body.legs[side]
    point, _, half = leg.at((leg.bend + float(leg.arc[-1])) / 2)
    y, x = round(float(point[1])), round(float(point[0]))
    if not (0 <= y < alpha.shape[0] and 0 <= x < alpha.shape[1]):  # of a picture that ends at the thighs
        point, _, half = leg.at(0.9 * leg.bend)
        y = min(round(float(point[1])), alpha.shape[0] - 1)
    return float((alpha[y] > 0.5).sum() / max(2 * half, 1.0))


def sideways_of(aside: float) -> float:
    """-1..1: how much of the light on trousers comes from the right; `aside` -0.5..0.5: what a face shows of that."""
    return float(np.clip(LEFT + ASIDE * aside, -1, 1))  # without a step: a film's light wavers


def hung_legs(body: Body, legs: Mapping[Side, Array], ends: Mapping[Side, float], aside: float) -> Array:
    """(h,w) float32 factor about 1: folds of `legs`, the coverage (h,w) 0..1 of each, which end at the arc lengths
    `ends`, px; `aside` -0.5..0.5: how much of the light comes from the right."""
    light = np.ones(next(iter(legs.values())).shape, np.float32)
    sideways = sideways_of(aside)
    wide = float(np.mean([looseness(legs[side], body, side) for side in SIDES]))
    share = SEEN * float(np.interp(wide, *WIDTHS))
    kind = next(name for most, name in KINDS if wide <= most)
    for k, side in enumerate(SIDES):
        part = bounds(legs[side] > 0.5)
        if share <= 0 or not light[part].size:
            continue
        slopes = _placed(legs[side][part], fold_maps()[kind][k], _rows(body, side, ends[side], part[0].start), k == 0)
        outwards = -1 if side == "left" else 1
        lit = ACROSS * sideways * outwards * slopes[..., 0] + UPWARDS * slopes[..., 1]
        light[part] += np.float32(share) * np.where(lit > 0, MATT * lit, lit) * legs[side][part]
    return light


def _rows(body: Body, side: Side, end: float, first: int) -> tuple[float, float]:
    """Rows, counted from the `first`, at which a leg begins and ends."""
    start = float(body.place(0.0, body.trunk + CROTCH * body.unit)[1])
    hem = float(body.legs[side].at(end)[0][1])
    return start - ABOVE * (hem - start) - first, hem - first


def _placed(leg: Array, slopes: Array, rows: tuple[float, float], outer_first: bool) -> Array:
    """(h,w,2) of `slopes` (rows,columns,2) laid on a `leg` (h,w) 0..1 between its edges, row by row."""
    solid = leg > 0.5
    sigma = max(1.0, EVENED * (rows[1] - rows[0]))
    known, at = solid.any(axis=1), np.arange(len(leg))
    edges = solid.argmax(axis=1), leg.shape[1] - 1 - solid[:, ::-1].argmax(axis=1)
    ends = (np.interp(at, at[known], each[known]) for each in edges)
    first, last = (cv2.GaussianBlur(each.astype(np.float32)[:, None], (1, 0), 0, sigmaY=sigma) for each in ends)
    x = (np.arange(leg.shape[1], dtype=np.float32) - first) / np.maximum(last - first, 1)
    x = x if outer_first else 1 - x
    y = (at[:, None] - rows[0]) / max(rows[1] - rows[0], 1.0)
    down = np.broadcast_to(y * (slopes.shape[0] - 1), x.shape).astype(np.float32)
    laid = cv2.remap(slopes, x * (slopes.shape[1] - 1), down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    result: Array = laid * ramp(y, *BEGIN)[..., None]
    return result
