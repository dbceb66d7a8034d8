"""Limbs: tapered strips along two bones, moved to where the photo shows them, and as areas of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, ramp

# Shoulder muscle, its end, narrow above the elbow, the forearm's thickest, and the wrist; likewise hip, thigh, knee,
# calf and ankle. The joint in the middle lies at 0.5.
ARM_AT = np.array([0.0, 0.15, 0.30, 0.47, 0.60, 0.80, 1.0])
ARM_HALF = np.array([0.165, 0.168, 0.145, 0.122, 0.128, 0.102, 0.078])
LEG_AT = np.array([0.0, 0.25, 0.44, 0.50, 0.56, 0.67, 0.80, 0.88, 1.0])
LEG_HALF = np.array([0.27, 0.235, 0.172, 0.164, 0.152, 0.170, 0.126, 0.099, 0.082])
TIGHT = 0.6  # of a limb's usual width: what is narrower is half hidden
SLIM = 0.75  # of a limb's usual width: what is narrower may be half hidden
EDGE = 0.95  # of its half width: how far from a limb's middle its edge is seen
CLOTH = 0.03  # share of a tight sleeve's width that is cloth


@dataclass(frozen=True, kw_only=True)
class Limb:
    """An arm or a leg: its middle line and its half width along it."""

    points: Array  # (n,2) middle line, from the trunk outwards
    half: Array  # (n,) half width of the limb itself in px
    bend: float  # arc length in px where elbow or knee lies
    seen: bool  # False: guessed, not in the picture

    @cached_property
    def arc(self) -> Array:
        """(n,) arc length of every point from the first."""
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def at(self, distance: float) -> tuple[Array, Array, float]:
        """Point, unit direction and half width at an arc length; beyond the ends it goes straight on."""
        point, direction = self._on(distance)
        # The direction turns over a stretch around the joint, as cloth does.
        reach = 0.09 * float(self.arc[-1])
        span = self._on(distance + reach)[0] - self._on(distance - reach)[0]
        length = math.hypot(*span)
        if length > 1e-6:
            direction = span / length
        return point, direction, float(np.interp(distance, self.arc, self.half))

    def _on(self, distance: float) -> tuple[Array, Array]:
        """Point and unit direction of the middle line itself at an arc length."""
        k = min(max(int(self.arc.searchsorted(distance)) - 1, 0), len(self.arc) - 2)
        step = self.points[k + 1] - self.points[k]
        direction = step / max(math.hypot(*step), 1e-6)
        return self.points[k] + direction * (distance - self.arc[k]), direction


def centred(
    limb: Limb, own: Array, reach: float, cloth: Array | None = None, outward: Array | None = None, least: int = 3,
    sleeve: Array | None = None,
) -> Limb:  # fmt: skip
    """The limb moved to the middle of what is seen of it bare, and given its width there; elsewhere blended.

    `cloth` (h,w) bool: what may cover it; together they tell the middle where they are as narrow as a limb, and
    else by their edge towards `outward` (2,) before the background. `least`: so many places must tell. `sleeve` (h,w)
    bool: cloth that no limb is wider than, where both its edges are seen.
    """
    shift, width, placed, known, folded, edged = (np.zeros(len(limb.points)) for _ in range(6))
    normals = np.zeros((len(limb.points), 2))
    for i, at in enumerate(limb.arc):
        point, direction, half = limb.at(float(at))
        normals[i] = [-direction[1], direction[0]]
        if outward is not None and normals[i] @ outward < 0:
            normals[i] = -normals[i]
        steps = np.arange(-reach - 2 * half, reach + 2 * half, 1.0)
        line = point + normals[i] * steps[:, None]
        x = np.clip(np.rint(line[:, 0]).astype(int), 0, own.shape[1] - 1)
        y = np.clip(np.rint(line[:, 1]).astype(int), 0, own.shape[0] - 1)
        where, wide, edged[i] = _told(own[y, x], None if cloth is None else cloth[y, x], steps, half, reach)
        if sleeve is not None and wide is None:
            tight = _within(own[y, x] | sleeve[y, x], steps, half, reach)
            folded[i], (where, wide) = tight is not None, tight or (where, wide)
        if where is not None:
            shift[i], placed[i] = where, 1.0
        if wide is not None:
            width[i], known[i] = wide, 1.0
    if placed.sum() < least:
        return limb
    # A slim person is slim under the cloth too; a hand's width says nothing.
    bare = width[(known > 0) & (limb.arc < 0.9 * limb.arc[-1])]
    everywhere = float(np.median(bare)) if len(bare) else 0.88
    everywhere = float(np.clip(everywhere, SLIM, 1.25))
    scale = _between(width, known, everywhere)
    # A slender arm's middle is nearer to its edge; of a forearm that a skirt hides in part the width is not known.
    shift = shift + edged * (limb.arc <= limb.bend) * EDGE * limb.half * (1 - np.clip(scale, SLIM, 1.0))
    shift = _between(shift, placed, 0.0)  # towards the trunk the limb runs into its joint as the key point has it
    shift = np.convolve(np.pad(shift, 1, mode="edge"), np.array([1, 2, 1]) / 4, mode="valid")
    near = np.pad(scale, 1, mode="edge")
    scale = np.median([near[:-2], near[1:-1], near[2:]], axis=0)  # an average would make it narrower than is seen
    if folded.any():  # a sleeve's folds are not the arm's
        shift, scale = (values + folded * (_evened(values) - values) for values in (shift, scale))
    return replace(limb, points=limb.points + normals * shift[:, None], half=limb.half * np.clip(scale, 0.6, 1.5))


def _evened(values: Array) -> Array:
    """(n,) values averaged with those of three places on either side."""
    kernel = np.array([1, 2, 3, 4, 3, 2, 1]) / 16
    return np.convolve(np.pad(values, 3, mode="edge"), kernel, mode="valid")


def _told(
    own: Array, cloth: Array | None, steps: Array, half: float, reach: float
) -> tuple[float | None, float | None, bool]:
    """What one line across a limb of `half` width px tells: how far its middle is off, px, and how wide it is as a
    share of `half`; None for what it does not. `own`, `cloth` (n,) bool at `steps` (n,) px, outwards positive. And
    whether it was an edge alone that told, of a limb `half` wide."""
    centre, extent = _nearest_run(own, steps)
    if abs(centre) < reach and 0.5 * half < extent < 1.8 * half:
        return centre, extent / half, False
    if cloth is None:
        return None, None, False
    run, extent = _nearest_run(own | cloth, steps)
    edge = run + extent - EDGE * half
    if 0.7 * half < extent < 1.7 * half and abs(run) < 0.6 * reach:
        return run, None, False
    if extent > 0 and run + extent < steps[-1] - 1 and abs(edge) < 0.8 * reach:
        # A loose sleeve stands off outwards: it tells only how far out the arm can be.
        outer = bool(own[np.abs(steps - run - extent) < 4].any())
        if outer or edge < 0:
            return edge, None, outer
    return None, None, False


def _within(tight: Array, steps: Array, half: float, reach: float) -> tuple[float, float] | None:
    """As of `_told` where a sleeve, `tight` (n,) bool, is narrower than the limb is thought to be; None elsewhere."""
    centre, extent = _nearest_run(tight, steps)
    if abs(centre) < reach and TIGHT * half < extent < 1.02 * half:
        return centre, (1 - CLOTH) * extent / half
    return None


def ending_at(limb: Limb, hand: Array, unit: float) -> Limb:
    """The forearm turned from the elbow so that it ends where the hand, (h,w) bool, comes out of its sleeve, as wide as
    that is there: a cuff stands off and tells neither; likewise a shin and its ankle. Unchanged where nothing of it is
    seen beside the limb's end."""
    last = float(limb.arc[-1])
    at = np.arange(last - 0.10 * unit, last + 0.30 * unit, max(1.0, 0.01 * unit))
    steps = np.arange(-0.26 * unit, 0.26 * unit, 1.0)
    _, direction, wrist = limb.at(last)
    normal = np.array([-direction[1], direction[0]])
    points = limb.points[-1] + direction * (at - last)[:, None]
    places = np.rint(points[:, None] + normal * steps[None, :, None]).astype(int)
    inside = (places >= 0).all(axis=2) & (places < np.array(hand.shape[::-1])).all(axis=2)
    x, y = np.clip(places[..., 0], 0, hand.shape[1] - 1), np.clip(places[..., 1], 0, hand.shape[0] - 1)
    runs = np.array([_nearest_run(row, steps) for row in hand[y, x] & inside])
    wide = np.flatnonzero((runs[:, 1] > 0.65 * wrist) & (np.abs(runs[:, 0]) < 0.22 * unit))
    if not len(wide):
        return limb
    first = int(wide[0])
    near = runs[wide[at[wide] < at[first] + 0.08 * unit]]  # further on fingers and a thumb make it wider
    whole = near[near[:, 1] > 0.95 * near[:, 1].max()]  # a cuff that lies aslant leaves part of its first lines
    off, width = (float(value) for value in whole[0])
    share = np.clip((limb.arc - limb.bend) / max(last - limb.bend, 1.0), 0, 1)
    onward = direction * (float(at[first]) + 0.07 * unit - last)
    moved = limb.points + share[:, None] * (onward + normal * off)
    ratio = float(np.clip(width / wrist, 0.85, 1.15))
    build = 1 + 0.5 * (ratio - 1)  # large hands have stout arms
    half = limb.half * (build + (ratio - build) * share**2)
    half[-1] = float(np.clip(width, half[-1], 1.6 * wrist))  # towards the knuckles a hand gets wider
    return replace(limb, points=moved, half=half)


def _between(values: Array, known: Array, first: float) -> Array:
    """(n,) values where they are known, interpolated elsewhere from `first` at the beginning."""
    at = np.flatnonzero(known)
    start = [] if known[0] else [0]
    result: Array = np.interp(np.arange(len(known)), [*start, *at], [*(first for _ in start), *values[at]])
    return result


def bent_limb(a: Array, b: Array, c: Array, at: Array, half: Array, unit: float, seen: bool) -> Limb:
    """A limb of 17 points whose middle line rounds the joint; `at` counts half the way to the joint as 0.25."""
    share = np.linspace(0, 1, 17)
    line = np.where(share[:, None] < 0.5, a + (b - a) * share[:, None] * 2, b + (c - b) * (share[:, None] * 2 - 1))
    rounded = line.copy()
    rounded[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    steps = np.linalg.norm(np.diff(rounded, axis=0), axis=1)
    return Limb(points=rounded, half=np.interp(share, at, half) * unit, bend=float(steps[:8].sum()), seen=seen)


def _nearest_run(hit: Array, steps: Array) -> tuple[float, float]:
    """Middle and half length of the run of hits nearest to 0; half length 0 without one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], hit.astype(int), [0]])))
    runs = [
        (float(steps[a] + steps[b - 1]) / 2, float(b - a) / 2) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    long = [run for run in runs if run[1] > 3]
    return min(long, key=lambda run: max(0.0, abs(run[0]) - run[1]) + 0.1 * abs(run[0])) if long else (0.0, 0.0)


def strip(limb: Limb, size: tuple[int, ...], widen: float = 1.0) -> tuple[Array, Array, Array]:
    """Coverage (h,w) 0..1 of a limb, the position across it, -1..1 at its edges, and the arc length along it."""
    across, far = np.zeros(size, np.float32), np.zeros(size, np.float32)
    arc, half = limb.arc.astype(np.float32), (limb.half * widen).astype(np.float32)
    points = limb.points.astype(np.float32)
    low = np.maximum(limb.points.min(axis=0) - half.max() * 1.5, 0).astype(int)
    high = (limb.points.max(axis=0) + half.max() * 1.5 + 2).astype(int)
    window = (slice(low[1], max(high[1], 0)), slice(low[0], max(high[0], 0)))
    wy = np.arange(size[0], dtype=np.float32)[window[0], None]
    wx = np.arange(size[1], dtype=np.float32)[None, window[1]]
    if wx.size == 0 or wy.size == 0:
        return np.zeros(size, np.float32), across, far
    near, where, along = np.full((wy.size, wx.size), 1e9, np.float32), across[window], far[window]
    last = len(points) - 1
    for k in range(0, last, 2):
        n = min(k + 2, last)
        a, b = points[k], points[n]
        span = b - a
        length = np.float32(max(float(np.hypot(*span)), 1e-6))
        t = np.clip(((wx - a[0]) * span[0] + (wy - a[1]) * span[1]) / length**2, 0, 1)
        dx, dy = wx - a[0] - t * span[0], wy - a[1] - t * span[1]
        width = half[k] + t * (half[n] - half[k])
        ratio = cv2.magnitude(dx, dy) / width
        signed = (span[0] * dy - span[1] * dx) / (length * width)
        closer = ratio < near
        np.copyto(near, ratio, where=closer)
        np.copyto(where, signed, where=closer)
        np.copyto(along, arc[k] + t * (arc[n] - arc[k]), where=closer)
    edge = max(0.8 / float(half.mean()), 0.01)
    whole = np.zeros(size, np.float32)
    whole[window] = ramp(near, 1 + edge, 1 - edge)
    return whole, across, far


def share_along(limb: Limb, strip_mask: Array, along: Array, part: Array) -> Array:
    """(33,) which share of the limb's area is `part`, at evenly spaced arc lengths from 0 to its end."""
    inside = strip_mask > 0.5
    length = max(float(limb.arc[-1]), 1e-6)
    place = np.clip(along[inside] / length * 32, 0, 32).astype(int)
    whole = np.bincount(place, minlength=33)
    some = np.bincount(place, weights=part[inside].astype(float), minlength=33)
    share = np.where(whole > 0, some / np.maximum(whole, 1), 0.0)
    padded = np.pad(share, 2, mode="edge")
    result: Array = np.convolve(padded, np.array([1, 2, 3, 2, 1]) / 9, mode="valid")
    return result


def spread(limb: Limb, along: Array, values: Array) -> Array:
    """(h,w) the value of every pixel's place along the limb, from `share_along`."""
    length = max(float(limb.arc[-1]), 1e-6)
    result: Array = np.interp(along / length, np.linspace(0, 1, 33), values).astype(np.float32)
    return result


HIDDEN = 0.3  # of a forearm or of its lower half: what lies behind a skirt
FOREARM, END = 0.5, 0.75  # of an arm's length: where they begin


def behind_skirt(arm: Limb, core: Array, arc: Array, lower: Array) -> bool:
    """Whether a forearm lies behind the skirt, `lower` (h,w) bool, so that less than its width is seen: along its end,
    which a skirt may only reach, or along all of it, which comes out from behind a short one with its hand."""
    stretches = [(core > 0.5) & (arc > share * arm.arc[-1]) for share in (FOREARM, END)]
    return any(float(lower[part].mean()) > HIDDEN for part in stretches if part.any())


def in_front(arm: Limb, core: Array, arc: Array, skin: Array) -> bool:
    """Whether an arm lies before the trunk: where it comes out of its sleeve, most of its width is seen."""
    share = share_along(arm, core, arc, skin)
    seen = share[:26][share[:26] > 0.2]  # a hand in a pocket says nothing of the upper arm
    return len(seen) == 0 or float(np.median(seen)) > 0.7


def before_trunk(arm: Limb, core: Array, inward: Array, arc: Array, bare: Array, lower: Array) -> tuple[bool, bool]:
    """Whether the upper arm and the forearm lie before the trunk: where its outer half is bare, the inner one must be
    too. What a sleeve hides is as the other part of the arm, and before it where nothing tells. A loose old top may
    hang over an upper arm, but a forearm that is before the trunk comes from before it.

    `inward` (h,w): position across the arm, 1 at its inner edge; `core` and `arc` as of `in_front`; `bare` (h,w) bool:
    skin and hands; `lower` (h,w) bool: what covers hips and legs, which says nothing of the trunk.
    """
    half = core * (inward >= 0)
    outer, inner = share_along(arm, core - half, arc, bare), share_along(arm, half, arc, bare)
    free = share_along(arm, half, arc, ~lower)
    told: list[bool | None] = []
    for part in (slice(7, 17), slice(18, 30)):  # a shoulder and a hand lie elsewhere
        known = (outer[part] > 0.4) & (free[part] > 0.3)
        told.append(
            bool((inner / np.maximum(free, 0.3))[part][known].mean() > 0.5) if known.sum() >= 0.4 * known.size else None
        )
    above, below = told
    if below is None:
        below = above if above is not None else True
    return bool(above) or below, below
