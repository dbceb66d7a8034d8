"""Gaps between a trunk and its arms: where cloth goes on into them, and where they begin."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.layers import Dressing, Layer
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure

THIN = 0.06  # shoulder distances: a wider gap is the garment's own form
OPENING = 0.15  # px across per px down by which a gap opens
SPECKS = 0.02  # shoulder distances of a row of the gap that labels may miss
UNDER = 2  # px that cloth goes on under the arm's soft edge
RIM = 3  # px of a cut-out's edge that have not quite the cloth's colour
EVEN = 0.015  # shoulder distances over which the new edge is evened
ABOVE = 0.2  # of the trunk: from where on above an armpit
LAST = 0.9  # of the trunk: down to where cloth lies beside an upper arm
SHORT = 0.3  # shoulder distances: a gap that is closed again so far down is a hole, out of which cloth would be cut
LEAST = 0.06  # shoulder distances that a gap is long at the least
WIDEST = 0.5  # shoulder distances: a wider one is no gap beside an arm
POINTED = 0.3  # shoulder distances from its upper end over which the way of its sides is told
MEETS = 0.05  # px across per px down by which they come together at the least
WAVERS = 0.04  # shoulder distances over which labels have its sides waver
UNDER_ARM = 0.05  # shoulder distances that a gap goes on under its arm
COMES_UP = 0.015  # shoulder distances by which the trunk's side comes nearer to the arm above it
ABOVE_GAP = 0.2  # shoulder distances up to which they go on


def closed_beside_arms(dressing: Dressing, body: Body, regions: Regions, figure: Figure) -> Dressing:
    """The layers of a sleeveless dress with the trunk's going on into thin gaps beside the arms, where the photo shows
    that its body fills them."""
    trunks = [layer for layer in dressing.layers if layer.name.startswith("trunk")]
    if len(trunks) != len(dressing.layers) or not dressing.armpits:
        return dressing
    widest = max(trunks, key=lambda layer: float(layer.alpha.sum()))
    closed = widest
    for side in SIDES:
        if body.arms[side].seen:
            closed = in_gap(closed, dressing.armpits[side], body, regions, figure, side)
    return replace(dressing, layers=[closed if layer is widest else layer for layer in dressing.layers])


def in_gap(layer: Layer, armpit: Array, body: Body, regions: Regions, figure: Figure, side: Side) -> Layer:
    """A layer whose cloth goes on towards one arm about its `armpit` (2,), row by row as at its edge."""
    arm = (figure.along["arms", side] > 0) & ((regions.arms & regions.skin) | (figure.arms > 0.5))
    first = round(float(armpit[1]) - ABOVE * body.trunk)
    middle, last = (round(float(value)) for value in body.place(0.0, LAST * body.trunk))
    columns = slice(middle, None) if body.arms[side].points[0][0] > middle else slice(middle, None, -1)
    part = (slice(max(first, 0), max(last, 0)), columns)
    cloth, limb, old = layer.alpha[part] > 0.5, arm[part], (regions.upper | regions.one_piece)[part]
    both = cloth.any(axis=1) & limb.any(axis=1)
    if both.sum() < 8:
        return layer
    at = np.arange(cloth.shape[1])
    edge = cloth.shape[1] - 1 - np.argmax(cloth[:, ::-1], axis=1)
    gap = np.argmax(limb, axis=1) - edge - 1
    between = (at > edge[:, None]) & (at <= (edge + gap)[:, None])
    filled = both & ((between & ~old).sum(axis=1) <= SPECKS * body.unit) & (gap <= THIN * body.unit)
    room = opening(np.where(filled, np.maximum(gap, 0) + UNDER, 0).astype(np.float32))
    line = cv2.GaussianBlur((edge + room).astype(np.float32)[:, None], (0, 0), 0.01, sigmaY=EVEN * body.unit)
    row, column = np.nonzero((at >= (edge - RIM)[:, None]) & (at <= line + 2) & (room > 0.5)[:, None])
    if not row.size:
        return layer
    inside = np.maximum(2 * (edge[row] - RIM) - column, 0)
    alpha, rgb = layer.alpha.copy(), layer.rgb.copy()
    rgb[part][row, column] = layer.rgb[part][row, inside]
    alpha[part][row, column] = np.maximum(alpha[part][row, column], np.clip(line[row, 0] - column + 0.5, 0, 1))
    return replace(layer, rgb=rgb, alpha=alpha)


def opening(room: Array) -> Array:
    """(n,) px across per row, up to `room` (n,), none in its first and last row, that change by OPENING at most."""
    steps = OPENING * np.arange(len(room), dtype=np.float32)
    least = room.copy()
    least[[0, -1]] = 0
    down = np.minimum.accumulate(least - steps) + steps
    result: Array = np.minimum(np.minimum.accumulate((down + steps)[::-1])[::-1] - steps, least)
    return result


def beside_arms(body: Body, person: Array) -> Array:
    """(h,w) 0..1: the gaps that the `person` (h,w) bool shows between trunk and arms, with even sides that meet in a
    point above: labels end a gap where it is a few pixels wide, and a blur where it is wider still."""
    canvas = np.zeros(person.shape, np.uint8)
    first, last = (max(round(float(body.place(0.0, share * body.trunk)[1])), 0) for share in (0.1, LAST))
    for side in SIDES:
        middle = round(float(body.place(0.0, 0.5 * body.trunk)[0]))
        way = 1 if body.arms[side].points[0][0] > middle else -1
        outline = gap_outline(person[first:last, middle::way], body.unit)
        if outline is not None and body.arms[side].seen:
            place = np.stack([middle + way * outline[:, 0], first + outline[:, 1]], axis=1)
            cv2.fillPoly(canvas, [np.rint(place * 8).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=3)
    return canvas.astype(np.float32) / 255


def without_short_gaps(person: Array, unit: float) -> Array:
    """The `person` (h,w) bool with the short holes in it closed that labels leave between an arm and a trunk which
    touch above and below. `unit`: shoulder distance, px."""
    count, index, stats, _ = cv2.connectedComponentsWithStats((~person).astype(np.uint8), connectivity=4)
    short = stats[:, cv2.CC_STAT_HEIGHT] < SHORT * unit
    short[0] = False  # the person
    for k in range(1, count):
        x, y, w, h = stats[k, :4]
        short[k] &= x > 0 and y > 0 and x + w < person.shape[1] and y + h < person.shape[0]
    result: Array = person | short[index]
    return result


def gap_outline(solid: Array, unit: float) -> Array | None:
    """(n,2) x and y of the outline of the uppermost gap in `solid` (h,w) bool, seen from its first column; None without
    one. `unit`: shoulder distance, px."""
    if not solid.size:
        return None
    inner = np.argmin(solid, axis=1)
    width = np.array([np.argmax(row[start:]) for row, start in zip(solid, inner, strict=True)])
    there = (inner > 0) & (width > 0) & (width < WIDEST * unit)
    at = np.flatnonzero(there)
    runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    rows = next((run for run in runs if len(run) > LEAST * unit), None)
    if rows is None:
        return None
    edges = np.stack([inner[rows], inner[rows] + width[rows]], axis=1).astype(np.float32) - 0.5
    sides = cv2.GaussianBlur(edges, (0, 0), 0.01, sigmaY=WAVERS * unit, borderType=cv2.BORDER_REPLICATE)
    near = rows < rows[0] + POINTED * unit
    (inward, start), (outward, end) = (np.polyfit(rows[near], sides[near, k], 1) for k in (0, 1))
    opens, top = float(outward - inward), float(rows[0])
    if opens > MEETS:
        top = float(np.clip((start - end) / opens, top - ABOVE_GAP * unit, top))
    # A trunk that goes on beside the arm comes up to it aslant, without a step: its own soft edge lies further in.
    meets = min(outward * top + end, float(sides[0, 1])) if opens > MEETS else float(sides[0, 1])
    off = float(np.clip(meets - sides[0, 0], 0.0, None)) * (top >= rows[0]) + COMES_UP * unit
    point = np.array([[meets + COMES_UP * unit, top - min(off / OPENING, ABOVE_GAP * unit)]] * 2)
    under = UNDER_ARM * unit  # so that nothing is left between the gap and the arm
    left, right = (np.stack([sides[:, k] + k * under, rows.astype(np.float32)], axis=1) for k in (0, 1))
    return np.concatenate([point[:1], left, right[::-1], point[1:] + np.array([under, 0.0])])
