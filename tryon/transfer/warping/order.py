"""What lies before what: neck, arms, hands, waistbands and the garment's pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from tryon.masking.agnostic import behind_forearm
from tryon.masking.areas import bounds
from tryon.transfer.warping.armholes import armpit_room
from tryon.transfer.warping.arms import forearms_of, front_arms
from tryon.transfer.warping.arrays import (
    Array,
    blur,
    distance,
    grow,
    projected,
    ramp,
    rounded_mask,
    shrink,
    smooth_mask,
)
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.covered import over_shoulders
from tryon.transfer.warping.gaps import beside_arms, without_short_gaps
from tryon.transfer.warping.layers import Dressing
from tryon.transfer.warping.limbs import before_trunk, behind_skirt
from tryon.transfer.warping.measure import close_fitting
from tryon.transfer.warping.necks import LYING, collar_scraps, off_shoulders
from tryon.transfer.warping.parting import parted_from
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.shoulders import THICK, above_shoulders
from tryon.transfer.warping.skin import Figure
from tryon.transfer.warping.sleeves import bow_of
from tryon.transfer.warping.slits import around_slits, behind_cloth
from tryon.transfer.warping.undress import Base
from tryon.transfer.warping.waist import Hem, hanging_hem, seen_waist, waistline
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Category, Garment

LONG = 0.6  # of the arm's length: what ends before that is no sleeve over a forearm
SKIRT = 0.5  # of the trunk: where a dress's skirt may begin to stand out before an arm
FLARE = 0.55  # px outwards per px downwards that cloth may stand off below a hem that lies over it
THIN = 0.03  # shoulder distances: half as wide are strips of arms beside an old skirt, seen or wrongly labelled
EDGE = 0.008  # shoulder distances: pixels beside an old garment are of both
RAGGED = 0.08  # shoulder distances beyond the end of a sleeve that its hem may reach
FLAP = 0.04  # shoulder distances that flaps of an old bottom may stand out over an arm
BEHIND = 0.25  # of a forearm: what lies behind the old bottom
SOLID, EDGES = 0.98, 4  # of something in front: less is an edge; px within which it is
ENDS = 0.20  # shoulder distances above an old waistband's upper edge in which a new one's ends may lie
COMES_OUT = 0.45  # likewise below it down to which a new one comes out from there
AROUND = (1.2, 0.7)  # shoulder distances sideways, and up and down, in which that is
TOLD = 0.03  # likewise, where the ends of the old one are told
CLOSE = 0.012  # shoulder distances that the new one may go on a top there
PIT_ROUND = 0.05  # shoulder distances over which the line is rounded that parts sleeveless cloth from arms in the pit
HEM_ROUND = 0.03  # shoulder distances over which the outline of an old top's label wavers, its hem does not


@dataclass(frozen=True, kw_only=True)
class Wearing:
    """Who wears what, as it was read."""

    category: Category
    garment: Garment
    wishes: Wishes
    body: Body
    regions: Regions
    figure: Figure
    dressing: Dressing
    one_piece: Array  # (h,w) bool: a dress or jumpsuit in the photo
    aside: float  # -0.5..0.5: how much of the light comes from the right

    @cached_property
    def below_armpits(self) -> Mapping[Side, Array]:
        """(h,w) 0..1: below each armpit, above which a sleeve and the trunk's cloth are one."""
        along = self.body.along(self.one_piece.shape)
        pits = {side: armpit_along(self.body, self.dressing, side) for side in self.dressing.armpits}
        return {side: ramp(along, *parted_from(self.body, side, pit)) for side, pit in pits.items()}


@dataclass(frozen=True, kw_only=True)
class Order:
    """Planes (h,w) float32 0..1 that say where something is in front of something else."""

    neck: Array  # of what shows inside the collar
    arms: Array  # bare arms, of the trunk's cloth
    forearms: Array  # those of them that hang free of it
    away: Array  # where hands in pockets and their forearms are behind the cloth
    hidden: Array  # where a waistband or a top is before the trunk's or the bottom's cloth
    beyond: Array  # where the trunk's cloth would stand out of the figure
    behind: Mapping[Side, Array]  # where a sleeve is behind the trunk's cloth
    solid: Array  # the figure and what it wears: what a shadow can fall on
    front: Array  # the photo's own, of everything


def order_of(wearing: Wearing, base: Base, away: Array, over: Array) -> Order:
    """`away` (h,w) 0..1: hands in pockets with their forearms; `over` (h,w) 0..1: a bodice over a new waistband."""
    body, regions, figure, dressing = wearing.body, wearing.regions, wearing.figure, wearing.dressing
    shape = over.shape
    forearms = forearms_of(body, figure)
    neck = still_there(regions.skin | regions.face | regions.hair, base)
    if dressing.opening is not None:  # what is worn under it is before the inside of its back
        neck = np.maximum(neck, dressing.opening * smooth_mask(regions.upper, 1.0))
    beyond = _beyond(wearing, shape)
    lies = wearing.garment.neckline in LYING and not wearing.garment.worn
    if dressing.standing or lies:
        inside = reduce(np.maximum, [layer.inside * layer.alpha for layer in dressing.layers])
        beyond = np.maximum(beyond, collar_scraps(inside, neck, body.unit, dressing.standing))
    if lies:
        shown = (regions.skin | regions.face | (base.skin > 0.5)) & (dressing.alpha < 0.5)
        shown &= ~over_shoulders(body, shape, dressing)
        beyond = np.maximum(beyond, off_shoulders(body, neck > 0.5, (figure.trunk > 0.5) & regions.person, shown))
    skirt = regions.lower | (wearing.one_piece & (body.along(shape) > SKIRT * body.trunk))
    sleeved = any(layer.name.startswith("sleeve") for layer in dressing.layers)
    cuffs = cuffed(body, dressing, shape) | (away > 0.5)
    close = wearing.garment.neckline == "straps" and not sleeved
    free = (1 - away) * (1 - smooth_mask(regions.hands & cuffs, 0.8))
    rims, aside = behind_rims(wearing, shape)
    own = always_front(wearing.category, body, bags_behind(body, regions, dressing), wearing.wishes, cuffs)
    own = own * (1 - np.maximum(over, before_arms(wearing, shape)))
    before = 1 - behind_cloth(dressing.slits, shape)
    free_of_cloth = (1 - led_into(base.skin, regions)) * (1 - sides_over_hands(body, regions, dressing)) * before
    front = np.maximum(own, rims) * free_of_cloth
    return Order(
        neck=neck,
        arms=front_arms(body, regions, figure, dressing, base.skin, forearms, close) * free * before,
        forearms=forearms,
        away=away,
        hidden=np.maximum(np.maximum(_hidden(wearing, shape), over), aside),
        beyond=beyond,
        behind={s: behind_trunk(body, regions, skirt, figure, dressing, s) for s in SIDES} if sleeved else {},
        solid=np.minimum(smooth_mask(regions.person, 1.0) * (1 - base.area) + base.skin + base.other, 1),
        front=front if wearing.category == "bottom" else without_slit_edges(front, regions, dressing),
    )


def without_slit_edges(front: Array, regions: Regions, dressing: Dressing) -> Array:
    """`front` (h,w) 0..1 without the soft edges of hands that go into slits, before the trunk's cloth: there an arm has
    its own, in its own shade."""
    if not dressing.slits:
        return front
    edges = around_slits(dressing.slits, front.shape) & ~shrink(regions.hands, EDGES) & (dressing.body > 0.5)
    result: Array = np.where(edges & (front < SOLID), 0, front)
    return result


def still_there(seen: Array, base: Base) -> Array:
    """(h,w) 0..1: what is `seen` (h,w) bool in the photo, or painted as skin, without what was taken away of it."""
    result: Array = np.maximum(smooth_mask(seen, 1.0) * (1 - (base.area - base.skin)), base.skin)
    return result


def led_into(skin: Array, regions: Regions) -> Array:
    """(h,w) 0..1: where completed `skin` (h,w) 0..1 reaches into hands, with their soft edges beside an old cuff."""
    edges = grow(regions.hands, 2) & grow(regions.upper, 2)
    result: Array = skin * (regions.hands | edges)
    return result


def _hidden(wearing: Wearing, shape: tuple[int, ...]) -> Array:
    body, regions = wearing.body, wearing.regions
    if wearing.category == "bottom":
        hem = hanging_hem(body, regions)
        return around_old_waistband(body, regions) if hem is None else under_top(body, regions, hem)
    waist = seen_waist(body, regions) if wearing.wishes.tucked and wearing.category == "top" else None
    return np.zeros(shape, np.float32) if waist is None else below_waist(body, waist, shape)


def _beyond(wearing: Wearing, shape: tuple[int, ...]) -> Array:
    body, regions, figure, garment = wearing.body, wearing.regions, wearing.figure, wearing.garment
    hood = garment.neckline == "hood"
    beyond = np.zeros(shape, np.float32) if hood else beside_neck(body, regions, figure)
    if wearing.category != "bottom" and garment.sleeves == "none":
        stands = 0.0 if garment.neckline == "straps" else THICK
        beyond = np.maximum(beyond, over_arms(body, shape))
        beyond = np.maximum(beyond, above_shoulders(body, regions, figure.trunk, stands))
    if close_fitting(garment):
        beyond = np.maximum(beyond, beside_figure(body, regions))
    return beyond


def behind_rims(wearing: Wearing, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """(h,w) 0..1 the strips that the old skirt left of forearms behind it, and what is beyond them: a new one hangs
    before them too, but no further out than that did, or it would break the arm in two."""
    body, regions, figure = wearing.body, wearing.regions, wearing.figure
    rims, beyond = np.zeros(shape, bool), np.zeros(shape, bool)
    if wearing.category != "bottom":
        return rims.astype(np.float32), beyond.astype(np.float32)
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        arm, arc = body.arms[side], figure.along["arms", side]
        part = bounds(arc > 0.5 * arm.arc[-1], round(0.1 * body.unit))
        if not behind_skirt(arm, figure.core[part] * (arc[part] > 0), arc[part], regions.lower[part]):
            continue
        seen = ((regions.arms & regions.skin) | regions.hands)[part]
        seen &= ((arc[part] > 0.5 * arm.arc[-1]) | regions.hands[part]) & ~grow(regions.lower[part], EDGE * body.unit)
        seen &= ~grow(shrink(seen, THIN * body.unit), THIN * body.unit)
        outward = seen[:, ::sign]
        rims[part] |= seen
        beyond[part] |= np.logical_or.accumulate(outward, axis=1)[:, ::sign]
    return smooth_mask(rims, 0.8), rounded_mask(beyond, HEM_ROUND * body.unit)


def before_arms(wearing: Wearing, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: the edge of arms that the old bottom hung before, over which the new one hangs with its own edge: a
    flap or frill of that one leaves steps in theirs."""
    body, regions, figure = wearing.body, wearing.regions, wearing.figure
    covered = np.zeros(shape, np.float32)
    for side in SIDES if wearing.category == "bottom" else ():
        arm, arc = body.arms[side], figure.along["arms", side]
        part = bounds(arc > 0.4 * arm.arc[-1], round(0.1 * body.unit))
        core = (figure.core[part] > 0.5) & (arc[part] > 0.4 * arm.arc[-1]) & (arc[part] < 0.9 * arm.arc[-1])
        lower = regions.lower[part]
        if not core.any() or lower[core].mean() < BEHIND:
            continue
        bare, far = regions.skin[part] & regions.arms[part], 0.4 * body.unit
        reach = FLAP * body.unit * ramp(distance(regions.hands[part], far), 0.1 * body.unit, far)  # none at the hand
        edge = bare * ramp(distance(lower, FLAP * body.unit + 1) - reach, 0.7, -0.7)
        covered[part] = np.maximum(covered[part], blur(edge, 0.8))
    return covered * wearing.dressing.alpha


def beside_neck(body: Body, regions: Regions, figure: Figure) -> Array:
    """(h,w) 0..1: above the shoulders and off the figure, where a collar wider than the neck would stand out."""
    figure_there = regions.person | (figure.trunk > 0.5)
    away = cv2.distanceTransform((~figure_there).astype(np.uint8), cv2.DIST_L2, 3)
    high = ramp(body.along(figure_there.shape), -0.10 * body.unit, -0.16 * body.unit)
    return ramp(away, 0.03 * body.unit, 0.05 * body.unit) * high


def beside_figure(body: Body, regions: Regions) -> Array:
    """(h,w) 0..1: off the figure, where nothing that is cut to it can stand out: it is no wider than what was worn."""
    person = without_short_gaps(regions.person, body.unit)
    inside = np.minimum(rounded_mask(person, HEM_ROUND * body.unit), 1 - beside_arms(body, person))
    return (1 - inside) * ramp(body.along(inside.shape), 0.0, 0.1 * body.unit)


def over_arms(body: Body, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: where cloth without sleeves would lie on the arms, from the shoulders to the chest."""
    along = body.along(shape)
    across = body.across(shape)
    first = 0.22 * body.trunk
    room = armpit_room(body, first)
    rows = np.linspace(0.0, 0.6, 61) * body.trunk
    line = np.interp(rows, [0.0, first, rows[-1]], [0.62 * body.unit, room, room + 0.3 * body.trunk])
    line = gaussian_filter1d(line, PIT_ROUND * body.unit / (rows[1] - rows[0]), mode="nearest")  # no tip bites in
    limit = np.interp(along, rows, line)
    past = ramp(np.abs(across) - limit, 0.02 * body.unit, 0.04 * body.unit)
    return past * ramp(along, 0.0, 0.02 * body.unit) * ramp(along, 0.8 * body.trunk, 0.6 * body.trunk)  # no skirt


def below_waist(body: Body, waist: float, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: what is below a waistband, where a tucked top is out of sight."""
    return ramp(body.along(shape), waist + 0.02 * body.unit, waist + 0.05 * body.unit)


def picture_side(name: str) -> Side:
    """The side that a layer's name ends with."""
    return "left" if name.endswith("left") else "right"


def armpit_along(body: Body, dressing: Dressing, side: Side) -> float:
    """How far down the trunk, px, a sleeve joins it."""
    return float(body.coordinates(dressing.armpits[side])[1])


def behind_trunk(body: Body, regions: Regions, skirt: Array, figure: Figure, dressing: Dressing, side: Side) -> Array:
    """(h,w) 0..1: where an arm, and the sleeve on it, lies behind the cloth of the trunk; `skirt` (h,w) bool: what
    covers hips and legs."""
    arm, arc = body.arms[side], figure.along["arms", side]
    some = (slice(None, None, 3), slice(None, None, 3))  # shares of whole stretches are asked for
    core, bare = figure.core[some] * (arc[some] > 0), regions.skin[some] | regions.hands[some]
    upper, lower = before_trunk(arm, core, figure.inward[some], arc[some], bare, skirt[some])
    length = float(arm.arc[-1])
    if dressing.sleeves.get(side, 0.0) < 0.62 * length:
        lower = upper
    return (1 - upper) + (float(upper) - lower) * ramp(arc, 0.47 * length, 0.51 * length)


def sides_over_hands(body: Body, regions: Regions, dressing: Dressing) -> Array:
    """(h,w) 0..1: the trunk's cloth where it ends in a line before an arm, over the edge of that arm's hand."""
    result = np.zeros(regions.hands.shape, np.float32)
    for side, rows in dressing.over.items():
        beside = body.across(result.shape)[rows] * (1 if side == "right" else -1) > 0
        result[rows] = np.maximum(result[rows], dressing.alpha[rows] * grow(regions.hands[rows], 2) * beside)
    return result


def under_top(body: Body, regions: Regions, hem: Hem) -> Array:
    """(h,w) 0..1: what a top that hangs over the waistband hides above its `hem`, beside it too: hips do not stand
    out of it.

    Below the top's hem the cloth comes out from under it: no wider than the top there, then flaring.
    """
    shape = regions.person.shape
    across = body.across(shape)
    along = body.along(shape) - waistline(body, regions, hem.along).at(across) + hem.along
    above = 1 - ramp(along, hem.along - 0.05 * body.unit, hem.along - 0.01 * body.unit)
    hidden: Array = above * (1 - smooth_mask(regions.lower, 1.0))
    beyond = np.maximum(across - hem.right, hem.left - across) - FLARE * np.maximum(along - hem.along, 0)
    outside = ramp(beyond, 0.0, 0.012 * body.unit)
    return np.maximum(hidden, outside)


def around_old_waistband(body: Body, regions: Regions) -> Array:
    """(h,w) 0..1: the wall beside the old waistband and the top above it: a new one's ends stand neither beside it nor
    on the top, but come out below it."""
    shape = regions.person.shape
    hidden, seen = np.zeros(shape, np.float32), seen_waist(body, regions)
    if seen is None:
        return hidden
    line = waistline(body, regions, seen)
    low, high = (body.place(line.middle, line.along) + sign * body.unit * np.array(AROUND) for sign in (-1, 1))
    first, last = (np.clip(np.rint(corner).astype(int), 0, shape[::-1]) for corner in (low, high))
    part = (slice(first[1], last[1]), slice(first[0], last[0]))
    if not hidden[part].size:
        return hidden
    across = body.across(shape)[part]
    level = body.along(shape)[part] - line.at(across)
    near = (level > -ENDS * body.unit) & (level < COMES_OUT * body.unit)
    beyond = np.full(level.shape, -np.inf)
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        if side in line.ends:
            room = line.ends[side] + FLARE * (level - TOLD * body.unit)
            beyond = np.maximum(beyond, sign * (across - line.middle) - room)
    top = regions.upper[part] & (level < 0) & ~grow(regions.lower[part], CLOSE * body.unit)
    hidden[part] = np.maximum(ramp(beyond, -0.7, 0.7) * near, rounded_mask(top, 1.5))
    return hidden


def cuffed(body: Body, dressing: Dressing, shape: tuple[int, ...]) -> Array:
    """Boolean (h,w): what lies in a cuff, where labels take the wrist for the hand."""
    inside = np.zeros(shape, bool)
    for side, end in dressing.sleeves.items():
        arm = body.arms[side]
        if end < 0.3 * arm.arc[-1] or not arm.seen:
            continue
        point, direction, half = arm.at(end)
        beyond = projected(shape, point, direction)
        beside = projected(shape, point, np.array([-direction[1], direction[0]]))
        hem = bow_of(arm, end) * 2.5 * half  # it hangs lower in its middle
        around = (beyond > -0.4 * body.unit) & (np.abs(beside) < 2 * half)
        inside |= around & (beyond < hem)
        for layer in dressing.layers:  # a ragged hem ends where it ends
            if layer.name == f"sleeve_{side}":
                inside |= around & (beyond < RAGGED * body.unit) & (layer.alpha > 0.5)
    return inside


def bags_behind(body: Body, regions: Regions, dressing: Dressing) -> Regions:
    """The regions without what a long sleeve hides of a bag that its forearm is before."""
    held = regions.held
    for layer in dressing.layers if held.any() else ():
        side = picture_side(layer.name)
        arm, end = body.arms[side], dressing.sleeves.get(side, 0.0)
        if not layer.name.startswith("sleeve") or end < LONG * arm.arc[-1] or not arm.seen:
            continue
        if behind_forearm(regions.held, arm.at(arm.bend)[0], arm.points[-1]):
            held = held & ~(layer.alpha > 0)
    return regions if held is regions.held else replace(regions, held=held)


def always_front(category: Category, body: Body, regions: Regions, wishes: Wishes, cuffs: Array) -> Array:
    """(h,w) 0..1: what no garment may cover; `cuffs` (h,w) bool is in sleeves."""
    edge = grow(regions.old(category), 0.004 * body.unit)  # its pixels are of both
    kept = (regions.hands & ~cuffs & ~edge) | regions.face | regions.hair | regions.held
    if category == "bottom":
        forearms = regions.arms & regions.skin
        thin = THIN * body.unit  # of an old skirt labels give thin strips to the arms beside it
        edge = grow(regions.lower, EDGE * body.unit)
        top = regions.upper & ~edge
        limbs = forearms | (regions.hands & ~cuffs)  # together: each by itself leaves a nick between them
        kept = kept | (grow(shrink(limbs, thin), thin) & forearms & ~edge)
        hem = rounded_mask(kept | top, HEM_ROUND * body.unit) * grow(top, HEM_ROUND * body.unit)
        hem = with_corners(hem, top, regions.person, body.unit)
        return np.maximum(smooth_mask(kept, max(0.8, 0.006 * body.unit)), hem)
    if category == "top" and wishes.tucked:
        kept = kept | regions.lower
    return smooth_mask(kept, max(0.8, 0.006 * body.unit))


def with_corners(hem: Array, top: Array, person: Array, unit: float) -> Array:
    """`hem` (h,w) 0..1 with the corners that a top, `top` (h,w) bool, has beside the wall: a label is rounded off there
    already."""
    if not top.any():
        return hem
    window = bounds(top, round(HEM_ROUND * unit))
    beside = grow(~person[window], 2 * HEM_ROUND * unit)
    result = hem.copy()
    result[window] = np.maximum(hem[window], smooth_mask(top[window], 0.8) * beside)
    return result
