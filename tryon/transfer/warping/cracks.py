"""Cracks between a trunk's cloth and its sleeves, holes between legs: so small that cloth lies on cloth there."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, carried_on, grow, shrink, smooth_mask
from tryon.transfer.warping.leaves import Leaf
from tryon.transfer.warping.order import Order, Wearing

WIDTH = 0.05  # shoulder distances: wider gaps are those between arms and a body
ABOVE = 0.1  # of the trunk: above that it is the shoulder
STEP = 2  # px between the places at which cracks are looked for
OPEN = 1  # of those places at which a crack may meet other wall: its corner
SLENDER = 4  # times as long as it is wide is a crack at least
LONG = 12  # px of those places: shorter ones are corners
HOLE = 0.004  # square shoulder distances: larger ones are the gap between two legs
SOLID = 0.8  # of cloth: less shows the wall
RIM = 2  # px of a piece's edge that have not quite the cloth's colour


def without_cracks(leaves: list[Leaf], wearing: Wearing, order: Order) -> list[Leaf]:
    """The leaves with the trunk's cloth going on up to its sleeves where only a crack is between them."""
    trunk = next((k for k, leaf in enumerate(leaves) if leaf.layer.name.startswith("trunk")), None)
    sleeves = [one.layer.alpha * one.keep for one in leaves if "sleeve" in one.layer.name]
    if trunk is None or not sleeves:
        return leaves
    leaf, body, before = leaves[trunk], wearing.body, reduce(np.maximum, sleeves)
    few = (slice(None, None, STEP), slice(None, None, STEP))
    cloth = (leaf.layer.alpha * leaf.keep)[few] > 0.5
    wall = (order.solid[few] < 0.5) & (body.along(before.shape)[few] > ABOVE * body.trunk)
    found = cracks(cloth, before[few] > 0.5, wall, WIDTH * body.unit / STEP)
    if not found.any():
        return leaves
    crack = cv2.resize(found.astype(np.uint8), before.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return [*leaves[:trunk], over(leaf, crack, np.maximum(before, order.arms)), *leaves[trunk + 1 :]]


def cracks(cloth: Array, beside: Array, wall: Array, width: float) -> Array:
    """Boolean (h,w): gaps in which `wall` is seen between `cloth` and what is `beside` it, all (h,w) bool, where both
    are nowhere further apart than `width` px: what opens to a wider gap is one."""
    both, reach = cloth | beside, 0.5 * width
    near = grow(cloth, width) & grow(beside, width) & wall & ~both
    result = np.zeros_like(near)
    if not near.any():
        return result
    window = bounds(near, round(3 * width))
    narrow = shrink(grow(both[window], reach), reach) & near[window]
    count, index, stats, _ = cv2.connectedComponentsWithStats(narrow.astype(np.uint8))
    length = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    rest = wall[window] & ~both[window] & ~narrow
    opened = np.bincount(index[grow(rest, 1) & narrow], minlength=count) > OPEN
    opened |= (SLENDER * stats[:, cv2.CC_STAT_AREA] > length**2) | (length < LONG)
    opened[0] = True
    result[window] = ~opened[index]
    return result


def over(leaf: Leaf, crack: Array, before: Array) -> Leaf:
    """A leaf whose cloth goes on over a `crack` (h,w) bool, mirrored at its edge, up to what is `before` it, (h,w)
    0..1."""
    window = bounds(crack, 12)
    layer, near = leaf.layer, grow(crack[window], RIM)
    alpha, keep = layer.alpha[window], leaf.keep[window]
    known = shrink(alpha * keep > 0.9, RIM)
    if not known.any():
        return leaf
    rgb = layer.rgb.copy()
    rgb[window] = carried_on(layer.rgb[window], known, near)
    filled = smooth_mask(near | known, 0.8) * np.clip(1.5 * (1 - before[window]), 0, 1)
    planes = layer.alpha.copy(), leaf.keep.copy()
    more = near & (filled > alpha * keep)
    for plane, value in zip(planes, (filled[more], 1.0), strict=True):
        plane[window][more] = value
    return replace(leaf, layer=replace(layer, rgb=rgb, alpha=planes[0]), keep=planes[1])


def without_holes(leaves: list[Leaf], unit: float) -> list[Leaf]:
    """The leaves with cloth of trousers in small holes between both legs, above where they part; `unit`: px between the
    shoulders."""
    legs = [k for k, leaf in enumerate(leaves) if leaf.layer.name.startswith("leg")]
    if len(legs) != 2:
        return leaves
    first, second = (leaves[k].layer.alpha * leaves[k].keep for k in legs)
    hole = holes(first, second, HOLE * unit**2)
    if not hole.any():
        return leaves
    filled = over(leaves[legs[0]], hole, np.zeros_like(second))
    return [*leaves[: legs[0]], filled, *leaves[legs[0] + 1 :]]


def holes(first: Array, second: Array, largest: float) -> Array:
    """Boolean (h,w): what both coverages (h,w) 0..1 leave open and close in between them, up to `largest` px."""
    both = np.maximum(first, second)
    found = np.zeros(both.shape, bool)
    if not both.any():
        return found
    window = bounds(both > 0.5, 1)
    free = both[window] < SOLID
    count, index, stats, _ = cv2.connectedComponentsWithStats(free.astype(np.uint8))
    closed = stats[:, cv2.CC_STAT_AREA] < largest
    for edge in (index[0], index[-1], index[:, 0], index[:, -1]):
        closed[edge] = False
    for leg in (first, second):
        beside = np.bincount(index[grow(leg[window] > 0.5, 2) & free], minlength=count) > 0
        closed &= beside
    closed[0] = False
    found[window] = closed[index]
    return found
