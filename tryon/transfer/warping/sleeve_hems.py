"""The open end of a sleeve: a shallow curve between two clear corners."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, projected, ramp, rounded_mask
from tryon.transfer.warping.limbs import Limb

SIDES_AT = (0.10, 0.26)  # shoulder distances above a hem over which its sleeve's long edges are read
OVER = 0.05  # shoulder distances above a hem over which its sleeve's own edges come back, from there to where they end
BELOW = 0.10  # shoulder distances below the end of a sleeve that its hem may reach
STRAIGHT = 0.012  # shoulder distances that an edge may leave its line, rms: what bends more ends as it is
HEM_PART = (0.3, 0.7)  # share of a sleeve's width over which its hem is read: its corners are what is not known
HEM_BOW = 0.06  # of a sleeve's width: how much deeper a hem hangs in its middle, where that is not known
KNOWN = (0.1, 0.7)  # share of a sleeve's width from its outer edge over which a known hem's curve is read
BOWS = (0.0, 0.2)  # of its width: the least and the most of that
ROUND = 0.006  # shoulder distances over which the corners of cloth are rounded
MARGIN = 0.06  # shoulder distances beside a hem in which its corners may lie
SHORT = 0.55  # of the arm's length: up to which the inner corner of a hem lies beside the trunk
NEAR = 12  # px around what is drawn anew in which its colour is looked for
CUFF = 0.8  # of the arm's length: from where on it does so again
COVERED = 1.12  # of an arm's half width: no hem ends nearer to its middle on the trunk's side
ASLANT = 1.0  # px across per px up an arm, of an inner corner that is cut off
INNER = (0.7, 0.85)  # share of a sleeve's width towards the trunk over which its corner begins

WAVES = (0.0025, 0.0035)  # shoulder distances, rms, that a hem waves about its curve: from none to what is mended
ONE_WAVE = 0.7  # of that: at most so much remains beside one wave
WAVE_MARGIN = 0.08  # of a sleeve's width at either corner that does not count
LEVEL = (0.25, 0.18)  # px along an arm per px across it: a hem that slants more is as somebody's pose has it
ASIDE = 0.2  # the same by which the hem of a garment that lies flat is laid higher at its outer end
HEM_REACH = 0.05  # shoulder distances from its curve up to which an edge is the hem


@dataclass(frozen=True, kw_only=True)
class End:
    """The end of a sleeve in the coordinates of its arm, px from `point`: `along` it and `across` to its right."""

    point: Array  # (2,) x,y
    way: Array  # (2,) unit vector
    first: tuple[float, float]  # across = a + b * along: its edge at the smaller values
    second: tuple[float, float]
    hem: tuple[float, float]  # along = c + d * across, its bow aside
    bow: float = HEM_BOW  # of its width: how much deeper it hangs in its middle
    waves: float = 0.0  # 0..1: how far it waves once over its width, as one lifted or turned over does

    @property
    def side(self) -> Array:
        """(2,) unit vector across."""
        return np.array([-self.way[1], self.way[0]])

    def corners(self) -> tuple[float, float]:
        """Where the two edges meet the hem, px across."""
        c, d = self.hem
        first, second = ((a + b * c) / (1 - b * d) for a, b in (self.first, self.second))
        return first, second

    def window(self, shape: tuple[int, ...], unit: float) -> tuple[slice, slice]:
        """Rows and columns of a picture of `shape` in which the end lies."""
        ends = [(at, self.hem[0] + self.hem[1] * at) for at in self.corners()]
        low, high = min(ends)[0] - MARGIN * unit, max(ends)[0] + MARGIN * unit
        top, bottom = min(y for _, y in ends) - SIDES_AT[0] * unit, max(y for _, y in ends) + BELOW * unit
        box = np.array([self.point + x * self.side + y * self.way for x in (low, high) for y in (top, bottom)])
        first = np.clip(np.floor(box.min(axis=0)).astype(int), 0, (shape[1], shape[0]))
        last = np.clip(np.ceil(box.max(axis=0)).astype(int) + 1, first, (shape[1], shape[0]))
        return slice(first[1], last[1]), slice(first[0], last[0])


def with_hem(
    rgb: Array, alpha: Array, arm: Limb, end: float, unit: float, inward: Array, unsure: bool
) -> tuple[Array, Array]:
    """A sleeve's rgb (h,w,3) 0..255 and alpha (h,w) 0..1 with a clear hem.

    Where the cut-out is `unsure`, the corners that a pale ground has eaten are drawn anew; else only what waves, and
    the inner corner of a short sleeve or a cuff, which the gap beside the trunk cuts raggedly. `end`: arc length on
    the arm, px; `unit`: shoulder distance, px; `inward`: unit vector towards the trunk.
    """
    beside = not SHORT < end / float(arm.arc[-1]) < CUFF
    found = read_end(alpha, arm, end, unit, None if unsure else inward)
    if found is None or not (unsure or beside or found.waves > 0):
        return rgb, alpha
    part = found.window(alpha.shape, unit)
    own = alpha[part]
    if min(own.shape) < 4:
        return rgb, alpha
    corner = found.point - (part[1].start, part[0].start)
    along, across = (projected(own.shape, corner, axis) for axis in (found.way, found.side))
    first, second = found.corners()
    share = np.clip((across - first) / (second - first), 0, 1)
    line = found.hem[0] + found.hem[1] * across
    hem = line + found.bow * (second - first) * (4 * share * (1 - share) - 0.95) - along
    edges = across - found.first[0] - found.first[1] * along, found.second[0] + found.second[1] * along - across
    inner = 1 if found.side @ inward > 0 else 0  # there it covers the arm: no skin between it and the trunk
    least = COVERED * arm.at(end)[2]
    room = least - np.abs((first, second)[inner])
    edges[inner][:] += max(0.0, room) * np.clip((along - line) / (SIDES_AT[0] * unit) + 1, 0, 1)
    # Nor does it stand further off the arm than the outer corner, as a point over the trunk: from there it goes aslant
    # to the armpit.
    sign = 2 * inner - 1
    most = max(least, abs((second, first)[inner])) + ASLANT * np.maximum(line - along, 0)
    edges[inner][:] = np.minimum(edges[inner], most - sign * across)
    whole = rounded_mask(np.minimum(np.minimum(*edges), hem) > 0, ROUND * unit)
    # The outline goes over into the sleeve's own, with no step where what is drawn anew begins.
    known = ramp((along - line) / np.float32(unit), -SIDES_AT[0], -OVER)
    if not unsure:
        corner_only = ramp(share, *(INNER if inner else (1 - INNER[0], 1 - INNER[1])))
        known = known * np.maximum(corner_only * np.float32(beside), np.float32(found.waves))
    mended = alpha.copy()
    mended[part] = between(own, whole, known)
    added = (mended[part] > own) & (own < 0.9)
    if not added.any():
        return rgb, mended
    coloured, near = rgb.copy(), bounds(added, NEAR)
    coloured[part][near][added[near]] = fill(rgb[part][near], (own[near] > 0.9).astype(np.float32))[added[near]]
    return coloured, mended


def between(first: Array, second: Array, share: Array) -> Array:
    """(h,w) 0..1 coverage whose outline goes over from that of `first` (h,w) to that of `second` (h,w) as `share`
    (h,w) 0..1 says: a mixture of the two would be half transparent where they part."""
    off = [_off_line(plane > 0.5) for plane in (first, second)]
    moved = np.clip(off[0] + share * (off[1] - off[0]) + 0.5, 0, 1)
    result: Array = np.where(share <= 0, first, np.where(share >= 1, second, moved)).astype(np.float32)
    return result


def _off_line(solid: Array) -> Array:
    """(h,w) px from the outline of `solid` (h,w) bool, more than 0 inside, no more than `NEAR`."""
    inside, outside = (cv2.distanceTransform(one.astype(np.uint8), cv2.DIST_L2, 3) for one in (solid, ~solid))
    return blur(np.clip(np.where(solid, inside - 0.5, 0.5 - outside), -NEAR, NEAR).astype(np.float32), 1.0)


def read_end(alpha: Array, arm: Limb, end: float, unit: float, inward: Array | None = None) -> End | None:
    """Where the edges and the hem of a sleeve, `alpha` (h,w) 0..1, are; None where it does not end in a plain hem.
    `inward`: unit vector towards the trunk where its hem is known but for the corner there."""
    point, way, half = arm.at(end)
    side = np.array([-way[1], way[0]])
    wide, above, below = round(2.6 * half + 0.1 * unit), round(0.32 * unit), round(2 * BELOW * unit)
    corner = point - wide * side - above * way
    look = np.column_stack([side, way, corner]).astype(np.float32)
    size = (2 * wide + 1, above + below + 1)
    solid = cv2.warpAffine(alpha, look, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP) > 0.5
    inner = solid[:above, wide - 2 : wide + 3].all(axis=1)
    if not inner[-round(0.3 * above) :].any():
        return None
    spans = np.array([_span(row, wide) for row in solid])
    ends = _hem(solid, spans, above)
    if ends is None:
        return None
    (c, d), lowest = ends
    rows = np.arange(max(0, round(lowest - SIDES_AT[1] * unit)), max(0, round(lowest - SIDES_AT[0] * unit)))
    rows = rows[spans[rows, 0] >= 0]
    if len(rows) < 6:
        return None
    lines = []
    for edge in spans[rows].T:
        slope, start = np.polyfit(rows - above, edge - wide, 1)
        if np.std(edge - wide - start - slope * (rows - above)) > STRAIGHT * unit:
            return None
        start = float(np.mean(edge[-4:] - wide - slope * (rows[-4:] - above)))  # it goes on from where it is
        lines.append((start, float(slope)))
    towards = 0 if inward is None else int(np.sign(side @ inward))
    waves, (wide_c, wide_d) = _waves(solid, spans, above, unit, towards * ASIDE)
    found = End(point=point, way=way, first=lines[0], second=lines[1], hem=(c - above, d), waves=waves)
    if towards and waves < 1:
        found = _curved(found, solid, above, towards)
    c, d = found.hem
    return replace(found, hem=(c + waves * (wide_c - above - c), d + waves * (wide_d - d)))


def _curved(end: End, solid: Array, above: int, towards: int) -> End:
    """The `end` of a sleeve whose hem goes on to the corner `towards` which it lies, -1 or 1 across, in the curve that
    it has up to there, or else the corner would hang below it."""
    first, second = end.corners()
    wide, middle = second - first, solid.shape[1] // 2
    shares = KNOWN if towards > 0 else (1 - KNOWN[1], 1 - KNOWN[0])
    columns = np.arange(*(round(middle + first + share * wide) for share in shares))
    columns = columns[(columns >= 0) & (columns < solid.shape[1])]
    start = max(0, round(above + end.hem[0] - BELOW * above))
    gone = ~solid[start:, columns]
    if len(columns) < 12 or not gone.any(axis=0).all():
        return end
    along, across = start + gone.argmax(axis=0) - 0.5 - above, columns - middle
    share = (across - first) / wide
    bow = float(np.clip(-np.polyfit(share, along, 2)[0] / (4 * wide), *BOWS))
    slope, level = np.polyfit(across, along - bow * wide * (4 * share * (1 - share) - 0.95), 1)
    return replace(end, hem=(float(level), float(slope)), bow=bow)


def _waves(solid: Array, spans: Array, above: int, unit: float, slant: float) -> tuple[float, tuple[float, float]]:
    """How far a hem waves, as of `End`, and its line over nearly all its width, as of `_hem`; up to `slant` it slants
    as it was laid. What has many waves is a frill; what leaves the line far is not the hem."""
    last = int(np.flatnonzero(spans[:, 0] >= 0)[-1])
    first, second = spans[max(0, last - round(0.3 * above))]
    margin, start = WAVE_MARGIN * (second - first), max(0, last - round(0.5 * above))
    columns = np.arange(round(first + margin), round(second - margin))
    gone = ~solid[start:, columns]
    if len(columns) < 12 or not gone.any(axis=0).all():
        return 0.0, (0.0, 0.0)
    rows, middle = start + gone.argmax(axis=0) - 0.5, solid.shape[1] // 2
    at = (columns - columns.mean()) / len(columns)
    bent, waved = (rows - np.polyval(np.polyfit(at, rows, degree), at) for degree in (2, 4))
    if np.abs(bent).max() > HEM_REACH * unit or waved.std() > ONE_WAVE * bent.std():
        return 0.0, (0.0, 0.0)
    slope, level = np.polyfit(columns - middle, rows, 1)
    aside = abs(slope - np.clip(slope, min(slant, 0.0), max(slant, 0.0)))
    waves = ramp(np.array(bent.std() / unit), *WAVES) * ramp(np.array(aside), *LEVEL)
    return float(waves), (float(level), float(slope))


def _span(row: Array, middle: int) -> tuple[int, int]:
    """First and last place of the run of a boolean (n,) row that goes through its `middle`; -1, -1 where none does."""
    if not row[middle]:
        return -1, -1
    empty = np.flatnonzero(~row)
    low, high = empty[empty < middle], empty[empty > middle]
    return int(low[-1] + 1) if len(low) else 0, int(high[0] - 1) if len(high) else len(row) - 1


def _hem(solid: Array, spans: Array, above: int) -> tuple[tuple[float, float], float] | None:
    """(c, d) of the hem's line, row = c + d * (column - middle), and its row in the middle."""
    known = np.flatnonzero(spans[:, 0] >= 0)
    last = int(known[-1])
    if last >= len(solid) - 2:
        return None
    first, second = spans[max(0, last - round(0.3 * above))]
    if second - first < 8:
        return None
    middle = solid.shape[1] // 2
    columns = np.arange(round(first + HEM_PART[0] * (second - first)), round(first + HEM_PART[1] * (second - first)))
    start = max(0, last - round(0.5 * above))
    gone = ~solid[start:, columns]
    if not gone.any(axis=0).all():
        return None
    rows = start + gone.argmax(axis=0) - 0.5
    slope, level = np.polyfit(columns - middle, rows, 1)
    return (float(level), float(slope)), float(level)
