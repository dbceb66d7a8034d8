"""Stripes of a worn garment, continued along themselves over the shoulder on which hair hid them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array

# All as shares of the distance between the neck points, `width`.
OUTER, INNER, DEEP = 0.35, 0.3, 0.5  # beside where something is hidden, and below, that stripes are looked for in
MESH = 0.03  # what is smaller is no stripe
SEEN = 0.055  # how much of the cloth's upper end may be hidden where its stripes are taken from
LEVEL = 0.04  # how much lower the upper edge may lie along a stripe
LEAST, MOST = 0.1, 0.3  # how much of a stripe is repeated
SLOPES = np.linspace(-0.7, 0.7, 29)  # px down per px inwards
# Of what colours vary by: what they vary by along stripes, and what something else, as a collar, differs by from them.
STRIPED, OTHER = 0.4, 0.9
PLAIN = 20.0  # of 255: what varies by less has no stripes


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Stripes that go on: `where` (h,w) bool, by colours from `source` (h,w,2), x and y, px; and on which `sides` (h,w)
    bool there are any."""

    where: Array
    source: Array
    sides: Array

    def on(self, rgb: Array) -> Array:
        """`rgb` (h,w,3) with its stripes continued."""
        there = cv2.remap(rgb, self.source[..., 0], self.source[..., 1], cv2.INTER_LINEAR)
        result: Array = np.where(self.where[..., None], there, rgb)
        return result


def along_rows(rgb: Array, own: Array, hidden: Array, points: Mapping[str, Array], width: float) -> Rows:
    """The stripes of `rgb` (h,w,3) continued towards the neck over what is `hidden` (h,w) bool, on each side of it on
    which what is seen of the cloth, `own` (h,w) bool, has any. `points`: the neck's; `width` px between them."""
    rows = Rows(
        where=np.zeros(own.shape, bool),
        source=np.zeros((*own.shape, 2), np.float32),
        sides=np.zeros(own.shape, bool),
    )
    left, right = (int(points[f"neck_{side}"][0]) for side in ("left", "right"))
    down = np.arange(len(own), dtype=np.float32)[:, None]
    for half in (np.s_[:, :left], np.s_[:, :right:-1]):
        columns = np.arange(own.shape[1], dtype=np.float32)[half[1]]
        found = _continued(np.ascontiguousarray(rgb[half]), own[half], hidden[half], width)
        if found is None:
            continue
        rows.where[half], source, slope = found
        place = np.interp(source, np.arange(len(columns)), columns)
        rows.source[half][..., 0] = place
        rows.source[half][..., 1] = down - slope * (np.arange(len(columns)) - source)
        rows.sides[half] = True
    return rows


def _continued(rgb: Array, own: Array, hidden: Array, width: float) -> tuple[Array, Array, float] | None:
    """Where stripes go on from left to right, (h,w) bool, from which columns, (w,) px, and how steep they fall; None
    if there are none."""
    high = hidden.sum(axis=0)
    before = np.flatnonzero(high[: int(high.argmax())] < SEEN * width)
    if not len(before):
        return None
    last = int(before[-1])  # there nearly all of the cloth is seen
    tops = np.where(own.any(axis=0), own.argmax(axis=0), len(own))
    step = max(1, int(MESH * width))
    size = (max(1, own.shape[1] // step), max(1, own.shape[0] // step))
    coarse = cv2.GaussianBlur(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), (0, 0), 1.0)
    some = cv2.resize(own.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    down = slice(int(tops[last]) // step, int(tops[last] + DEEP * width) // step)
    start, stop = (max(0, int(last + at * width) // step) for at in (-OUTER, INNER))
    near, part = (coarse[:, start:stop], some[:, start:stop]), (down, slice(0, stop - start))
    spread, slope = min((_spread(*near, part, at)[1], float(at)) for at in SLOPES)
    x = np.arange(len(tops), dtype=np.float32)
    lower = np.flatnonzero(tops[:last] - slope * (x[:last] - last) > tops[last] + LEVEL * width)
    seen = min(last - int(lower[-1] if len(lower) else 0), MOST * width)
    if spread > STRIPED or seen < LEAST * width:
        return None
    off = _spread(coarse, some, (down, slice(start, len(tops))), slope)[0]
    others = step * (start + np.flatnonzero(off > OTHER))
    end = min(others[others > last], default=len(tops))
    source = last - (seen - np.abs(np.mod(x - last, 2 * seen) - seen))
    return hidden & (x > last) & (x < end), source, slope


def _spread(rgb: Array, own: Array, part: tuple[slice, slice], slope: float) -> tuple[Array, float]:
    """For the columns of a `part`, (n,), and for all of it: how much colours of `own` (h,w), 0 or 1, differ from the
    means along lines that fall by `slope`, as a share of what they vary by in all."""
    turn = np.array([[1, 0, 0], [slope, 1, -slope * part[1].start]], np.float32)
    size, flags = own.shape[::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    known = cv2.warpAffine(own, turn, size, flags=flags)[part] > 0.9
    colours = cv2.warpAffine(rgb, turn, size, flags=flags)[part] * known[..., None]
    if not known.any() or np.var(rgb[part][own[part] > 0], axis=0).sum() < PLAIN**2:
        return np.ones(known.shape[1]), 1.0
    mean = colours.sum(axis=1) / np.maximum(known.sum(axis=1), 1)[:, None]
    apart = np.square(colours - mean[:, None]).sum(axis=2) * known
    count, varied = known.sum(axis=0), max(float(np.var(colours[known], axis=0).sum()), PLAIN**2)
    return apart.sum(axis=0) / np.maximum(count, 1) / varied, float(apart.sum()) / count.sum() / varied
