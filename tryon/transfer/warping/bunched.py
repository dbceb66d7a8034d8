"""A top beside a hand in a pocket: its hem is pushed up to the wrist, its side ends behind the forearm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.masking.pockets import out_of_cuff
from tryon.transfer.warping.arrays import Array, carried_on, grow, mix, ramp, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.layers import Dressing, Layer
from tryon.transfer.warping.pocketed_hands import hand_in_pocket
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure
from tryon.transfer.warping.slits import Slit, lies_in, light_of, over_hand, slit_of

INNER = 0.06  # shoulder distances from a hand's innermost point outwards in which the pocket begins
RESTS = 0.55  # of the way from where the pocket begins to where it ends: there the hem lies
MOST = 0.18  # shoulder distances: a hem that hangs lower hides the hand: pushed up further it runs aslant to strangers
WIDE = 0.45  # shoulder distances over which a hem rises to a wrist at least
SLANT = 0.95  # px that it rises per px at the most, on the average
HIGH = 1.0  # shoulder distances above a hem over which the cloth that is pushed up lies closer
LEAST = 2.0  # px: less is none
SOFT = 2  # px around a limb that are mixed with what is behind it
CORNER = 0.10  # shoulder distances that the corner of an old cuff stands off a limb
CLOTH = ("trunk", "skirt", "leg")
ELBOW, BEFORE = 0.55, 0.85  # of an arm's length: from there to there more and more of it lies before the trunk's side


@dataclass(frozen=True, kw_only=True)
class Pocket:
    """Where a hand goes into a pocket: the columns `inner` and `outer` between which it is seen, outwards, and the row
    `rest` on which a hem rests, px."""

    inner: float
    outer: float
    rest: float


def pushed_up(dressing: Dressing, body: Body, regions: Regions, figure: Figure) -> Dressing:
    """The layers of a top with the trunk's hem resting on each wrist that goes into a pocket below it, and its side
    behind the forearm. An arm all of which the cloth hides at the elbow goes into the pocket beneath it."""
    for side in SIDES:
        found = pocket_of(body, regions, side)
        if found is None:
            continue
        trunks = [layer for layer in dressing.layers if layer.name.startswith("trunk")]
        solid = np.max([layer.alpha for layer in trunks], axis=0) > 0.5
        up = None if covers_elbow(solid, body, side) else lift(solid, found, body.unit)
        if up is None:
            continue
        beside = behind_arm(body, regions, figure, side)
        layers = [
            without(raised(layer, up, body.unit), beside) if layer.name.startswith("trunk") else layer
            for layer in dressing.layers
        ]
        dressing = replace(dressing, layers=layers)
    return dressing


def pocket_of(body: Body, regions: Regions, side: Side) -> Pocket | None:
    """The pocket in which the hand of one side is; None where it is in none."""
    found = hand_in_pocket(body, regions, side)
    if found is None:
        return None
    window = found.window
    y, x = (at + span.start for at, span in zip(np.nonzero(regions.hands[window]), window, strict=True))
    outward = 1 if side == "right" else -1
    inner, outer = (float(np.percentile(outward * x, share)) for share in (1, 99))
    near = outward * x < inner + INNER * body.unit
    top, end = float(np.percentile(y[near], 3)), float(np.percentile(y, 97))
    rest = top + RESTS * max(0.0, end - top)
    return Pocket(inner=outward * inner, outer=outward * outer, rest=rest)


def covers_elbow(solid: Array, body: Body, side: Side) -> bool:
    """Whether cloth, `solid` (h,w) bool, lies over all of an arm where its forearm begins."""
    arm = body.arms[side]
    middle, _, half = arm.at(ELBOW * float(arm.arc[-1]))
    x, y = np.rint((middle[0] + (half if side == "right" else -half), middle[1])).astype(int)
    return bool(0 <= y < solid.shape[0] and 0 <= x < solid.shape[1] and solid[y, x])


def lift(solid: Array, pocket: Pocket, unit: float) -> tuple[Array, Array] | None:
    """(w,) px by which the hem of cloth, `solid` (h,w) bool, is pushed up in each column to lie above a pocket, and
    (w,) the row where it hangs; None where it ends above that, or too far below."""
    columns = np.arange(solid.shape[1], dtype=np.float32)
    hem = solid.shape[0] - np.argmax(solid[::-1], axis=0).astype(np.float32)
    hem = np.where(solid.any(axis=0), hem, 0)
    first, last = sorted((round(pocket.inner), round(pocket.outer)))
    most = float(hem[max(first, 0) : last + 1].max(initial=0)) - pocket.rest
    if not LEAST < most < MOST * unit:
        return None
    outward = np.float32(1 if pocket.outer > pocket.inner else -1)
    share = ramp(outward * (columns - pocket.inner), -max(WIDE * unit, most / SLANT), 0.0)
    return most * share * share, hem


def raised(layer: Layer, up: tuple[Array, Array], unit: float) -> Layer:
    """A layer whose cloth lies closer above a hem that is pushed `up`, as of `lift`."""
    much, hem = up
    moved = (much > 0.5) & (hem > 0)
    if not moved.any():
        return layer
    lowest = float(hem[moved].max())
    rows = slice(max(0, int(lowest - HIGH * unit)), min(layer.alpha.shape[0], int(lowest) + 4))
    columns = bounds(moved[None], 2)[1]
    part = (rows, columns)
    row, x = np.indices(layer.alpha[part].shape, np.float32)
    reach = np.maximum(lowest - much[columns] - rows.start, 1.0)
    y = row + much[columns] * (row / reach)
    planes = []
    for plane in (layer.rgb, layer.alpha, layer.inside):
        result = plane.copy()
        source = np.ascontiguousarray(plane[rows.start :, columns])
        result[part] = cv2.remap(source, x, y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
        planes.append(result)
    rgb, alpha, inside = planes
    return replace(layer, rgb=np.clip(rgb, 0, 255), alpha=np.clip(alpha, 0, 1), inside=np.clip(inside, 0, 1))


def behind_arm(body: Body, regions: Regions, figure: Figure, side: Side) -> Array:
    """(h,w) 0..1: outwards of the middle of the forearm on one side, as far as the photo shows nothing else there."""
    arm, arc = body.arms[side], figure.along["arms", side]
    at = np.linspace(ELBOW, 1.0, 20) * float(arm.arc[-1])
    x, y = (np.interp(at, arm.arc, arm.points[:, axis]) for axis in (0, 1))
    inner = max(round(float(x.min())), 0), round(float(x.max())) + 1
    part = (slice(max(round(float(y.min())), 0), None), slice(inner[0], None) if side == "right" else slice(inner[1]))
    rows, columns = (np.arange(size)[span] for size, span in zip(arc.shape, part, strict=True))
    order = np.argsort(y)
    outward = 1 if side == "right" else -1
    x = x + outward * np.interp(at, arm.arc, arm.half) * ramp(at, BEFORE * float(arm.arc[-1]), float(at[0]))
    middle = np.interp(rows, y[order], x[order])
    beyond = outward * (columns - middle[:, None]) > 0
    limb = regions.hands[part] | ((arc[part] > 0) & ((figure.arms[part] > 0.5) | regions.arms[part]))
    limb |= grow(limb, CORNER * body.unit) & regions.upper[part]
    beyond &= grow(limb, SOFT) | ~regions.person[part]
    result = np.zeros(arc.shape, np.float32)
    result[part] = smooth_mask(beyond, 0.8)
    return result


def without(layer: Layer, plane: Array) -> Layer:
    """A layer but for what a `plane` (h,w) 0..1 takes of it."""
    return replace(layer, alpha=layer.alpha * (1 - plane))


def opened(dressing: Dressing, body: Body, regions: Regions, sleeved: bool = True) -> Dressing:
    """The layers with an opening in the trunk's cloth for each hand that goes into a pocket below it, over what of
    which is in it the cloth bulges; for such that come out of an old sleeve if `sleeved`."""
    slits = {}
    for side in SIDES:
        slit = slit_of(body, regions, side)
        if slit is not None and not sleeved and out_of_cuff(regions.hands[slit.window], regions.upper[slit.window]):
            continue
        if slit is None:
            continue
        layers = [bulging(layer, slit, side, body, regions) for layer in dressing.layers]
        wider = replace(dressing, layers=layers)
        if lies_in(slit, wider.body, body.unit):
            slits[side] = slit
            dressing = replace(wider, layers=[cut(layer, slit, body.unit) for layer in layers])
    return replace(dressing, slits=slits) if slits else dressing


def cut(layer: Layer, slit: Slit, unit: float) -> Layer:
    """A layer with a `slit` in it, if it is the trunk's."""
    if not layer.name.startswith(CLOTH):
        return layer
    rgb = layer.rgb.copy()
    rgb[slit.window] = np.clip(rgb[slit.window] * light_of(slit, unit)[..., None], 0, 255)
    return replace(layer, rgb=rgb)


def bulging(layer: Layer, slit: Slit, side: Side, body: Body, regions: Regions) -> Layer:
    """A layer whose cloth, if it is the trunk's, goes on over the hand in a `slit`."""
    if not layer.name.startswith((*CLOTH[:2], f"leg_{side}")):
        return layer
    cloth, hand = layer.alpha[slit.window] > 0.5, regions.hands[slit.window]
    more = over_hand(cloth, slit, hand | regions.lower[slit.window], hand, side, body.unit)
    if not more.any():
        return layer
    rgb, alpha = layer.rgb.copy(), layer.alpha.copy()
    solid = shrink(layer.alpha[slit.window] > 0.9, SOFT)
    fresh = grow(more, SOFT) | (cloth & ~solid & grow(more, 2 * SOFT))
    filled = carried_on(layer.rgb[slit.window], solid, fresh).astype(np.float32)
    rgb[slit.window] = mix(filled, cv2.medianBlur(filled, 3), fresh.astype(np.float32))
    alpha[slit.window] = np.maximum(layer.alpha[slit.window], smooth_mask(more | cloth, 0.8) * grow(more, SOFT))
    return replace(layer, rgb=rgb, alpha=alpha)
