"""A top over a skirt that hides part of a forearm: one line from its armpit down to its hem, with the arm behind it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, grow, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.layers import Dressing, Layer
from tryon.transfer.warping.limbs import behind_skirt
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure
from tryon.transfer.warping.undress import beside_top

HIPS = 0.5  # of the trunk: from where on a dress's skirt counts as one
EDGE = 0.010  # shoulder distances: its pixels are of both
BELOW = 0.04  # of the trunk below an armpit: from there on a trunk has a side
HANGS = 0.25  # px outwards per px down the trunk: cloth hangs to a hip that stands out no more aslant
DRAWS_IN = 0.1  # px inwards per px down: how it leaves a skirt that stands out further and further
BEGINS, ROUND = 0.4, 1.0  # the same: how it begins to stand off the body, how a hem's corner ends
EVEN = 0.06  # shoulder distances over which labels' edges waver and a side does not
ASLANT = 2  # px inwards per px down: what draws in more is a hem, no side
CORNER = 0.06  # shoulder distances that a side is drawn in where its hem ends
STARTS = 0.12  # shoulder distances over which a side goes over from the edge above it
BARE = 0.10  # shoulder distances above the end of a sleeve from which on its arm counts as bare
DRAWN_OUT = 4.0  # of what a side goes on: the cloth inside of it that is drawn out for that
RIM = 3  # px of a cut-out's edge that have not quite the cloth's colour


def over_skirt(dressing: Dressing, body: Body, regions: Regions, figure: Figure) -> Dressing:
    """The layers with the trunk's cloth ending in one line before each arm that a skirt hides in part: over thin rims
    of that skirt, but no further over the arm."""
    for side in SIDES:
        arc = figure.along["arms", side]
        if behind_skirt(body.arms[side], figure.core * (arc > 0), arc, regions.lower):
            dressing = before_arm(dressing, body, regions, arc, side)
    return dressing


def before_arm(dressing: Dressing, body: Body, regions: Regions, arc: Array, side: Side) -> Dressing:
    """The layers with one side of the trunk's cloth where `side_line` has it; `arc` (h,w): px along the arm beside it,
    0 away from it."""
    trunks = [layer for layer in dressing.layers if layer.name.startswith("trunk")]
    if not trunks or side not in dressing.armpits:
        return dressing
    middle = round(float(body.place(0.0, body.trunk)[0]))
    half = (slice(None), slice(middle, None) if side == "right" else slice(middle, None, -1))
    layer = max(trunks, key=lambda one: float(one.alpha[half].sum()))
    edge = outermost(layer.alpha[half] > 0.5)
    first = round(float(dressing.armpits[side][1]) + BELOW * body.trunk)
    last = hem_row(edge, max(first, 0), CORNER * body.unit)
    if last - first < 0.2 * body.unit:
        return dressing
    part = (slice(max(first, 0), last), half[1])
    covers = regions.lower | (regions.one_piece & (body.along(arc.shape) > HIPS * body.trunk))
    rims = beside_top(body, grow(covers, EDGE * body.unit), dressing.alpha > 0.5, np.inf)
    rims &= grow(arc > 0, 0.05 * body.unit)
    limb = (((regions.arms & regions.skin) | regions.hands) & (arc > 0))[part]
    own = edge[part[0]]
    room = running_out(np.maximum(outermost(rims[part]) - own, 0))
    seen = np.minimum(own + room, innermost(limb))
    lean = float(body.down[0] / body.down[1]) * (1 if side == "right" else -1)
    line = side_line(seen.astype(np.float32), lean, body.unit)
    line = np.minimum(line, np.maximum(own, seen) + ROUND * np.arange(len(line))[::-1])
    out_of_sleeve = limb[0] & (arc[part][0] > dressing.sleeves.get(side, 0.0) - BARE * body.unit)
    if not out_of_sleeve[: own[0]].any():  # it goes on from what is above it: with a bare arm before it that is the arm
        line += (own[0] - line[0]) * ramp(np.arange(len(line)), STARTS * body.unit, 0.0)
    drawn = up_to(layer, part, own, line, 0.5 * EVEN * body.unit)
    layers = [drawn if one is layer else one for one in dressing.layers]
    return replace(dressing, layers=layers, over={**dressing.over, side: part[0]})


def outermost(mask: Array) -> Array:
    """(h,) the last column of `mask` (h,w) bool that is set in each row, -1 where none is."""
    last: Array = mask.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)
    return np.where(mask.any(axis=1), last, -1)


def innermost(limb: Array) -> Array:
    """(h,) the first column of `limb` (h,w) bool that is set in each row; where a garment hides it, that of the nearest
    rows, but above all of it inf."""
    known = np.flatnonzero(limb.any(axis=1))
    if not known.size:
        return np.full(len(limb), np.inf)
    result: Array = np.interp(np.arange(len(limb)), known, np.argmax(limb[known], axis=1), left=np.inf)
    return result


def running_out(room: Array) -> Array:
    """(n,) px that cloth goes on over rims `room` (n,) px wide: where they end above its hem, because a skirt stands
    out too far to be hidden, it draws in little by little."""
    steps = DRAWS_IN * np.arange(len(room))
    result: Array = np.maximum(np.maximum.accumulate(room + steps) - steps, 0)
    return result


def hem_row(edge: Array, first: int, corner: float) -> int:
    """The row at which a side of cloth ends, `edge` (h,) px outwards in every row: below it only its hem goes on, which
    may go aslant from its corner at once."""
    rows = edge[first:]
    out = np.flatnonzero((rows > 0) & (rows >= np.maximum.accumulate(rows) - corner))
    if not out.size:
        return first
    side = rows[: int(out[-1]) + 1]
    steady = np.flatnonzero(np.diff(side, prepend=side[0]) >= -ASLANT)
    return first + 1 + int(steady[-1])


def side_line(seen: Array, lean: float, unit: float) -> Array:
    """(n,) px outwards, row by row, where a side hangs that covers what is `seen` (n,) float32 of it; `lean`: px
    outwards per row of the trunk itself, `unit`: px of a shoulder distance."""
    rows = np.arange(len(seen), dtype=np.float32)
    size = max(1, round(0.5 * EVEN * unit))
    flat = np.pad(seen - lean * rows, 2 * size, mode="reflect", reflect_type="odd")[None].astype(np.float32)
    for step in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        flat = cv2.morphologyEx(flat, step, np.ones((1, 2 * size + 1), np.uint8))
    firm = flat[0, 2 * size : -2 * size]
    hung = np.maximum.accumulate((firm - HANGS * rows)[::-1])[::-1] + HANGS * rows
    hung = np.maximum(np.minimum(hung, firm[0] + BEGINS * rows), firm)
    line = even_line(hung, EVEN * unit)
    line += 2 * even_line(np.maximum(hung - line, 0), 0.5 * EVEN * unit)  # corners of what it covers stay under it
    result: Array = line + lean * rows
    return result


def even_line(line: Array, sigma: float) -> Array:
    """A line (n,) smoothed over `sigma` px, its ends going on straight."""
    size = max(1, round(3 * sigma))
    ends = np.pad(line, size, mode="reflect", reflect_type="odd") if len(line) > size else np.pad(line, size, "edge")
    result: Array = cv2.GaussianBlur(ends[None].astype(np.float32), (0, 0), sigma)[0, size:-size]
    return result


def up_to(layer: Layer, part: tuple[slice, slice], edge: Array, line: Array, even: float) -> Layer:
    """A layer whose cloth ends at `line` (n,) px in the rows and columns of `part`, instead of at its own `edge` (n,),
    drawn out from further in to there, in a line that is `even` over so many px."""
    size = np.ones((1, 2 * round(even) + 1), np.uint8)
    own = even_line(cv2.erode(edge[None].astype(np.float32), size, borderType=cv2.BORDER_REPLICATE)[0], even) - RIM
    firm = np.minimum(own, line - RIM)
    last = np.maximum(own, line)
    begins = np.maximum(own - DRAWN_OUT * (last - own), 0)
    y, x = np.indices((len(line), round(float(np.maximum(edge, line).max())) + RIM), np.float32)
    room = np.maximum(last - begins, 1e-6)[:, None]
    drawn = np.minimum(begins[:, None] + (x - begins[:, None]) * ((own - begins)[:, None] / room), own[:, None])
    drawn = np.where(x > begins[:, None], drawn, x).astype(np.float32)
    rgb, alpha = layer.rgb.copy(), layer.alpha.copy()
    cloth, cover = (plane[part][:, : x.shape[1]] for plane in (rgb, alpha))
    looked_up = cv2.remap(np.ascontiguousarray(cloth), drawn, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    there = (x > np.minimum(firm, begins)[:, None]) & (x <= np.maximum(edge, line)[:, None] + 2)
    cloth[there] = np.clip(looked_up[there], 0, 255)
    rim = there & (x > firm[:, None])
    cover[rim] = np.clip(line[:, None] - x + 0.5, 0, 1)[rim]
    return replace(layer, rgb=rgb, alpha=alpha)
