"""Thin straps: a catalogue lays their front and their back side by side, on a body only the front is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, fill, largest

LOOP = 0.12  # of the distance between the armpits: how far beside its top a loop may lie
LONG = 0.25  # of the way from a strap's top to the armpit: how long a loop is at least
WIDE = 2.0  # times its usual width: from where on nothing is a strand
SPREADS = 0.15  # of its width by which a strand's other edge lies further out where its foot begins
RIM = 0.2  # of its width at each side of a strand that has taken on the ground's colour
FALL = 0.8  # px down per px across that an upper edge falls beside a strap
BODY = 1.4  # times it: where a strand's foot begins
CLOSED = (0.006, 0.012)  # of the distance between the armpits: gaps in a strand that the cut-out made
ALIKE = 0.05  # share of the cloth that may look like the ground where the two are told apart by their colours
STRAND = 0.12  # of the distance between the straps' tops: none is wider
SHADED, TINTED = 40, 5  # grey levels by which the ground varies in shadows, and in colour


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A loop of strap row by row, in columns of its window: (n,) rows, the ground in it and its outer edges."""

    rows: Array
    ground: Array  # (n,2) first column of the ground in the loop, and the one after it
    outer: Array  # (n,2) where the strand left of it begins, and the column after the one right of it
    crown: Array  # (m,3) above it, where both strands are one: row, first column, the one after it


def single_straps(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> tuple[Array, Array]:
    """Picture (h,w,3) uint8 and cut-out (h,w) 0..1 with one strand of constant width, all in the strap's colours, in
    place of each loop of strap. `rgb` (h,w,3) uint8."""
    ground = alpha[::4, ::4] < 0.02
    if not {"armpit_left", "armpit_right"} <= points.keys() or not ground.any():
        return rgb, alpha
    colour = np.median(rgb[::4, ::4][ground], axis=0).astype(np.float32)
    width = float(np.linalg.norm(points["armpit_right"] - points["armpit_left"]))
    deep = alpha[::4, ::4] > 0.98
    told = deep.any() and float(ground_like(rgb[::4, ::4], colour)[deep].mean()) < ALIKE
    picture, result = rgb.copy(), alpha.copy()
    for side in ("left", "right"):
        top, pit = points[f"neck_{side}"], points[f"armpit_{side}"]
        low = np.maximum([top[0] - LOOP * width, top[1] - 0.05 * width], 0).astype(int)
        high = np.array([top[0] + LOOP * width, pit[1] + 0.05 * width]).astype(int)
        part = (slice(low[1], high[1]), slice(low[0], high[0]))
        if not alpha[part].size:
            continue
        solid, least = alpha[part] > 0.5, LONG * float(pit[1] - top[1])
        bare = solid & ~ground_like(rgb[part], colour)
        for gap, cloth in ((0.0, bare if told else solid), *((gap, bare) for gap in CLOSED)):
            loop = find_loop(cloth, round(gap * width), least)
            if loop is not None:
                result[part] = one_strand(alpha[part], loop, -1 if side == "left" else 1)
                picture[part] = coloured(rgb[part], result[part], cloth, loop, RIM if told else 0.0)
                break
    return picture, result


def coloured(rgb: Array, alpha: Array, cloth: Array, loop: Loop, rim: float) -> Array:
    """(h,w,3) uint8: `rgb` with what of the strand `alpha` (h,w) 0..1 lies beside the strap of the photo, whose `cloth`
    (h,w) bool is known, or on its `rim`, a share of its width, continued from it."""
    rows = slice(0, int(loop.rows[-1]) + 1)
    within = round(rim * float(np.median(np.abs(loop.outer - loop.ground))))
    own = cv2.erode(cloth[rows].astype(np.uint8), np.ones((1, 2 * within + 1), np.uint8)) > 0
    foreign = (alpha[rows] > 0) & ~own
    known = own & (alpha[rows] > 0.5)
    result = rgb.copy()
    if known.any() and foreign.any():
        continued = fill(rgb[rows].astype(np.float32), known.astype(np.float32))
        result[rows] = np.where(foreign[..., None], np.rint(np.clip(continued, 0, 255)), rgb[rows]).astype(np.uint8)
    return result


def ground_like(rgb: Array, colour: Array, shaded: float = SHADED) -> Array:
    """Boolean (h,w): the ground of this colour, or it in a shadow of up to `shaded` grey levels, which takes no
    colour."""
    off = rgb.astype(np.float32) - colour
    tint = cv2.GaussianBlur(off - off.mean(axis=2, keepdims=True), (0, 0), 1.0)
    result: Array = (largest(np.abs(off)) < shaded) & (largest(np.abs(tint)) < TINTED)
    return result


def find_loop(solid: Array, gap: int, least: float) -> Loop | None:
    """The largest upright hole in `solid` (h,w) bool, at least `least` px long; gaps of `gap` px around it close."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * gap + 1, 2 * gap + 1))
    whole = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, disk) > 0
    count, index, stats, _ = cv2.connectedComponentsWithStats((~whole).astype(np.uint8), connectivity=4)
    open_ones = np.unique(np.concatenate([index[0], index[-1], index[:, 0], index[:, -1]]))
    found = [
        k for k in range(1, count)
        if k not in open_ones
        and stats[k, cv2.CC_STAT_HEIGHT] > max(least, 1.5 * stats[k, cv2.CC_STAT_WIDTH])
    ]  # fmt: skip
    if not found:
        return None
    hole = index == max(found, key=lambda k: int(stats[k, cv2.CC_STAT_AREA]))
    rows = np.flatnonzero(hole.any(axis=1))
    ground = np.stack([hole[rows].argmax(axis=1), solid.shape[1] - hole[rows][:, ::-1].argmax(axis=1)], axis=1)
    above = np.arange(rows[0])
    over = edges_of(whole[above], np.repeat(ground[:1].mean(axis=1)[:, None], len(above), axis=0).repeat(2, axis=1))
    apart = np.flatnonzero(~whole[above, int(ground[0].mean())])
    crown = slice(int(apart[-1]) + 1 if len(apart) else 0, None)
    return Loop(
        rows=rows, ground=ground, outer=edges_of(whole[rows], ground),
        crown=np.concatenate([above[:, None], over], axis=1)[crown],
    )  # fmt: skip


def edges_of(whole: Array, within: Array) -> Array:
    """(n,2) per row of `whole` (n,w) bool where cloth begins and ends around the columns `within` (n,2)."""
    columns = np.arange(whole.shape[1])
    left = np.where(~whole & (columns < within[:, :1]), columns + 1, 0).max(axis=1, initial=0)
    right = np.where(~whole & (columns >= within[:, 1:]), columns, whole.shape[1]).min(axis=1, initial=whole.shape[1])
    return np.stack([left, right], axis=1)


def front_strand(loop: Loop) -> int:
    """0 or 1, the left or the right strand: the front, sewn to the upper edge; the other one goes down behind it."""
    widths = np.abs(loop.outer - loop.ground)
    usual = np.maximum(np.median(widths, axis=0), 1.0)
    feet = _feet(loop)
    if abs(int(feet[0]) - int(feet[1])) > 1:
        return int(feet.argmax())
    return int(np.std(widths / usual, axis=0).argmin())


def one_strand(alpha: Array, loop: Loop, outwards: int) -> Array:
    """(h,w) 0..1: `alpha` with the loop's front strand as a band of constant width, and without the other; `outwards`:
    -1 or 1, where the arm is."""
    front = front_strand(loop)
    widths = np.abs(loop.outer - loop.ground)
    width = np.median(widths, axis=0)
    thin = widths < WIDE * width
    usual = thin[:, front]
    if usual.sum() < 8 or width.min() < 1:
        return alpha
    away = 1 if front == 1 else -1
    line = middle_line(loop, usual, front, float(width[front]))
    beyond = away * (loop.outer[:, front] - np.polyval(line, loop.rows)) - width[front] / 2
    foot = int((beyond[::-1] > SPREADS * width[front]).cumprod().sum())  # there its other side has become an upper edge
    if 0 < foot < len(usual) and usual[:-foot].sum() >= 8:
        usual[-foot:] = False
        line = middle_line(loop, usual, front, float(width[front]))
    band = drawn_band(alpha.shape, line, float(width[front]))
    result = alpha * (1 - stub(alpha, loop, front, width, line, outwards))
    top = int(loop.crown[0, 0]) if len(loop.crown) else int(loop.rows[0])
    result[: int(loop.rows[0])] = band[: int(loop.rows[0])] * (np.arange(int(loop.rows[0])) >= top)[:, None]
    columns = np.arange(alpha.shape[1])
    for i, row in enumerate(loop.rows):
        ends = np.where(thin[i], loop.outer[i] + (-3, 3), loop.ground[i])
        if i >= len(usual) - foot and thin[i, front]:
            ends[front] = round(float(np.polyval(line, row)))
        span = (columns >= ends[0]) & (columns < ends[1])
        result[row] = np.where(span, band[row], result[row])
    return result


def middle_line(loop: Loop, usual: Array, front: int, width: float) -> Array:
    """The polynomial of y that the middle of the front strand, `width` px wide, follows over its `usual` (n,) rows."""
    inward = 0.5 * width * (1 if front == 0 else -1)
    middle = np.concatenate([loop.crown[:, 1 + front] + inward, loop.outer[usual, front] + inward]) - 0.5
    result: Array = np.polyfit(np.concatenate([loop.crown[:, 0], loop.rows[usual]]), middle, 3)
    return result


def stub(alpha: Array, loop: Loop, front: int, width: Array, line: Array, outwards: int) -> Array:
    """(h,w) 0..1: what is left of the strand behind beside the foot of the front one, whose middle is the polynomial
    `line` of y: above an upper edge that falls from there, under the arm to where that strand came up behind it.
    `width` (2,): how wide the left and the right strand are, px."""
    last = len(loop.rows) - max(1, int(_feet(loop)[front]))
    away = -1 if front == 1 else 1
    start = np.array([loop.ground[last, front] - 0.5, float(loop.rows[last])])
    reach = abs(float(loop.outer[-1, 1 - front]) - start[0]) + 0.3 * float(width[1 - front])
    low = start + reach * np.array([away, FALL])
    if away == outwards:
        low = armhole_corner(alpha > 0.5, loop, front, start) - np.array([0.0, 0.5])
        start[0] = away * min(away * start[0], away * np.polyval(line, start[1]) + 0.5 * float(width[front]))
    beyond = [[low[0] + away * reach, low[1]], [low[0] + away * reach, start[1] - reach], [start[0], start[1] - reach]]
    return polygon(alpha.shape, np.array([start, low, *beyond]))


def polygon(shape: tuple[int, ...], corners: Array) -> Array:
    """(h,w) 0..1 inside a polygon (n,2)."""
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.rint(corners * 8).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=3)
    return canvas.astype(np.float32) / 255


def armhole_corner(solid: Array, loop: Loop, front: int, foot: Array) -> Array:
    """(2,) where the strand behind comes up from the edge under the arm: the corner that the outline of `solid` (h,w)
    bool has below the loop, seen from the front strand's `foot`."""
    half = len(loop.rows) // 2
    rows = np.arange(loop.rows[half], len(solid))
    below = edges_of(solid[int(loop.rows[-1]) + 1 :], np.full((len(solid) - int(loop.rows[-1]) - 1, 2), foot[0]))
    edge = np.concatenate([loop.outer[half:, 1 - front], below[:, 1 - front]])[: len(rows)].astype(float)
    chord = np.linspace(edge[0], edge[-1], len(edge))
    at = int(((edge - chord) * (1 if front == 1 else -1)).argmax())
    return np.array([edge[at], float(rows[at])])


def _feet(loop: Loop) -> Array:
    """(2,) in how many of the last rows the left and the right strand have become the body of the garment."""
    widths = np.abs(loop.outer - loop.ground)
    usual = np.maximum(np.median(widths, axis=0), 1.0)
    feet: Array = (widths[::-1] > BODY * usual).cumprod(axis=0).sum(axis=0)
    return feet


def drawn_band(shape: tuple[int, ...], line: Array, width: float) -> Array:
    """(h,w) 0..1: a band `width` px wide across along x = polynomial `line` of y, from the top to the bottom."""
    y = np.arange(-2, shape[0] + 2, dtype=float)
    x = np.polyval(line, y)
    edge = np.concatenate([np.stack([x - width / 2, y], axis=1), np.stack([x + width / 2, y], axis=1)[::-1]])
    return polygon(shape, edge)


def run_at(row: Array, at: float, reach: int = 6) -> tuple[int, int] | None:
    """First column of the stretch of `row` (w,) bool at the column `at` or next to it, and the one after its last."""
    low = max(0, round(at) - reach)
    near = np.flatnonzero(row[low : round(at) + reach + 1])
    if not near.size:
        return None
    seed = low + int(near[np.abs(near + low - at).argmin()])
    before, after = np.flatnonzero(~row[:seed]), np.flatnonzero(~row[seed:])
    return (int(before[-1]) + 1 if before.size else 0), (seed + int(after[0]) if after.size else len(row))


def strands(alpha: Array, points: Mapping[str, Array]) -> Array:
    """Boolean (h,w): both straps of the cut-out `alpha` (h,w) 0..1 from their tops down to where they widen."""
    solid, found = alpha > 0.5, np.zeros(alpha.shape, bool)
    widest = STRAND * float(np.linalg.norm(points["neck_right"] - points["neck_left"]))
    for side in ("left", "right"):
        at, top = points[f"neck_{side}"]
        ends = (max(0, round(at - widest)), max(0, round(at + widest)))
        found[: int(np.ceil(top)) + 1, slice(*ends)] = True
        for row in range(max(0, int(np.ceil(top))), len(solid)):
            run = run_at(solid[row], float(at))
            if run is None and row < top + 4:  # a landmark may lie a little above the cloth
                continue
            if run is None or run[1] - run[0] > widest:
                break
            found[row, run[0] - 1 : run[1] + 1] = True  # with their soft edges
            at = (run[0] + run[1] - 1) / 2
    return found
