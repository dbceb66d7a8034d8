"""The garment's layers as they are laid on: what of them is seen, in which light, and the shadow that they throw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, grow, luminance, mix, projected, ramp, spread
from tryon.transfer.warping.body import CROTCH, Body, Side
from tryon.transfer.warping.folds import armpit_folds, in_folds
from tryon.transfer.warping.layers import Layer
from tryon.transfer.warping.leg_light import leg_light
from tryon.transfer.warping.leg_relief import hung_legs, looseness, sideways_of
from tryon.transfer.warping.order import Order, Wearing, armpit_along, picture_side
from tryon.transfer.warping.parting import parting
from tryon.transfer.warping.shading import beside_trunk, contact, crease, hung_wide, rounded, turned_hem
from tryon.transfer.warping.shoulders import over_shoulders_light
from tryon.transfer.warping.sleeve_light import tube_light
from tryon.transfer.warping.top_folds import close_light, hung_light
from tryon.transfer.warping.trouser_folds import PALE, leg_folds
from tryon.transfer.warping.tuck import hem_shadow
from tryon.transfer.warping.wedges import sewn_at

SHADOW = 0.40  # how dark a layer's shadow is where it is full
DEEPER = 1.4  # how much more a shadow takes of what a colour has less of: so skin's shades are as red as measured
DEEPEST = (0.6, 1.25)
REACH = 0.03  # shoulder distances that it goes
NARROW = 0.006  # the same beside straps, which lie on the skin and are too thin for a wide one
CLOSE = 1.3  # how much deeper that is
ONE_SIDED = 1.1  # times it: how far it falls aside at least, so that next to none is on the side of the light
THIN, LIES_ON = 0.6, 0.45  # of a strappy top's own shadow on skin: how far it goes and how deep it is
FALLS, LEG_FALLS = 0.35, 1.3  # of that how far down it falls, and below a trouser leg, which stands off the ankle
# How much deeper it is there, where a hem is a roof over the foot, and how deep at most.
LEG_CAST, LEG_DEEPEST = 1.5, 1.0
HANGS, SOFTLY = 0.05, 0.9  # shoulder distances that the shadow of a top that hangs free goes, and how deep it is
MESHES = 0.02  # shoulder distances: half as wide are holes in lace
SKIN = 0.6  # share of it that a bare waist lacks, on which its hem lies closer than on a waistband
CUFF = 0.03  # shoulder distances that a cuff's shadow goes on its hand
REACHED = (0.05, 0.11)  # shoulder distances beyond the wrist over which it fades: there the hand is not painted
LEG_TURNS = 0.55  # of how far other hems turn under: trousers' are flat
FOREARM = 0.9  # of the arm's length: what ends before that throws its shadow on the arm
LONG = 0.6  # of the arm's length: what ends before that has no hand in it
UNDER = 0.045  # shoulder distances below a sleeve's hem at which its shadow on the arm has half gone
LIT = ((180.0, 235.0), (1.0, 0.6))  # luminances of cloth, the share of what makes it lighter that a picture can show
PALER = 0.75  # of a sleeve: folds are as deep as its paler part bears
WIDE = (1.0, 1.6)  # a sleeve's width at its hem in the arm's: from a shadow three quarters as deep to a whole one


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A layer as it is laid on. All planes (h,w) float32."""

    layer: Layer
    keep: Array  # 0..1: how much of it is seen, less where the neck, arms or a waistband are in front
    light: Array  # factor about 1 on its colour
    cast: Array  # 0..1 the shadow that it throws on what is below it


def leaves_of(wearing: Wearing, order: Order, shade: Array) -> list[Leaf]:
    """The leaves in drawing order; `shade` (h,w): folds and light of the photo, a factor about 1.

    What of a sleeve hangs behind the trunk is laid down before it, the rest once more over it.
    """
    layers, size = wearing.dressing.layers, shade.shape
    sleeves = [layer for layer in layers if layer.name.startswith("sleeve")]
    lit, tone = _light(wearing, order, shade), tone_of(layers)
    trunk = reduce(
        np.maximum, [one.alpha for one in layers if one.name.startswith("trunk")], np.zeros(size, np.float32)
    )
    leaves: list[Leaf] = []
    worn = np.zeros(size, np.float32)
    for layer in sleeves:
        joined = armpit_along(wearing.body, wearing.dressing, picture_side(layer.name))
        if not wearing.garment.worn:
            lit[layer.name] *= tube_light(layer.alpha, wearing.body, picture_side(layer.name), tone, wearing.aside)
        light = lit[layer.name] * beside_trunk(wearing.body, trunk, joined)
        below = replace(layer, name=f"under_{layer.name}")
        cast = on_arm(layer.alpha, wearing, picture_side(layer.name)) * order.solid
        leaves.append(Leaf(layer=below, keep=np.ones_like(worn), light=light, cast=cast))
        worn = np.maximum(worn, layer.alpha)
    for layer in layers:
        keep = _kept(layer, wearing, order)
        alpha = layer.alpha * keep
        cast = _cast(layer, alpha, sleeves, wearing, order) * np.maximum(order.solid, worn)
        light = lit[layer.name]
        if wearing.category == "bottom":
            light = light * in_folds(hem_shadow(wearing.body, wearing.regions, alpha), tone)
        leaves.append(Leaf(layer=layer, keep=keep, light=light, cast=cast))
        worn = np.maximum(worn, alpha)
    leaves = with_partings(leaves, wearing, order, tone)
    scraps = adrift(worn * (1 - order.front) > 0.5, wearing.regions.person)
    if scraps.any():
        leaves = [replace(leaf, keep=leaf.keep * ~scraps, cast=leaf.cast * ~scraps) for leaf in leaves]
    return leaves


def with_partings(leaves: list[Leaf], wearing: Wearing, order: Order, tone: float) -> list[Leaf]:
    """The leaves with an edge, below the armpit, between every sleeve and the trunk's cloth: of the one that is before
    the other."""
    result = {leaf.layer.name: leaf for leaf in leaves}
    trunk = next((name for name in result if name.startswith("trunk")), None)
    if trunk is None:
        return leaves
    for side in order.behind:
        names = [name for name in (f"sleeve_{side}", f"under_sleeve_{side}") if name in result]
        if len(names) < 2:
            continue
        below = wearing.below_armpits[side]
        for upper, lower, share in ((names[0], trunk, 1.0), (trunk, names[1], order.behind[side])):
            one, other = result[upper], result[lower]
            light, cast = parting(
                one.layer.alpha * one.keep, other.layer.alpha * other.keep, below * share, wearing.body.unit, tone
            )
            result[upper] = replace(one, light=one.light * light, cast=np.maximum(one.cast, cast))
    return list(result.values())


def _light(wearing: Wearing, order: Order, shade: Array) -> dict[str, Array]:
    """(h,w) factor about 1 for every layer by its name."""
    body, figure, layers = wearing.body, wearing.figure, wearing.dressing.layers
    tone = tone_of(layers)
    legs = None
    if wearing.dressing.legs:
        planes = {picture_side(layer.name): layer.alpha for layer in layers if layer.name.startswith("leg")}
        widths = {side: looseness(plane, body, side) for side, plane in planes.items()}
        drawn = leg_folds(body, wearing.dressing.legs, widths, shade.shape, sewn_at(planes, body))
        hanging = hung_legs(body, planes, wearing.dressing.legs, wearing.aside) if planes else 1.0  # or one piece
        folds = (1 + np.float32(np.interp(tone, *PALE)) * (drawn - 1)) * hanging
        sideways = sideways_of(wearing.aside)
        legs = in_folds(leg_light(body, [layer.alpha for layer in layers], sideways) * folds, tone)
    if order.behind:
        pits = {side: pit for side, pit in wearing.dressing.armpits.items() if not order.behind[side].all()}
        folds = in_folds(armpit_folds(body, pits, shade.shape), glow_of(layers))
        shade = shade * crease(figure, body, order.behind) * folds
    wide = body
    if wearing.dressing.skirt > 0:
        wide = hung_wide(body, max((layer.alpha for layer in layers), key=lambda plane: float(plane[::8, ::8].sum())))
    rounds = (rounded(figure, layer.name, body, wide) if legs is None else legs for layer in layers)
    hung = {}
    if wearing.category != "bottom" and not wearing.garment.worn:
        dressing = wearing.dressing
        ends = dressing.sleeves if order.behind else {}
        on_arms = [layer for layer in layers if layer.name.startswith("sleeve")]
        glow = glow_of(layers)
        tones = glow, max(glow, glow_of(on_arms, PALER)) if on_arms else glow
        trunk, sleeves = hung_light(wide, dressing.trunk[1], ends, shade.shape, tones, wearing.aside)
        hung = {layer.name: sleeves if layer.name.startswith("sleeve") else trunk for layer in layers}
    turns = 1.0 if legs is None else LEG_TURNS
    bright = np.float32(np.interp(tone, *LIT))
    if wearing.garment.neckline == "straps" and wearing.garment.sleeves == "none":
        shade = shade * over_shoulders_light(body, wearing.regions, figure.trunk)
        shade = shade * close_light(body, shade.shape, tone)
    lit = {
        layer.name: shade
        * part
        * hung.get(layer.name, 1.0)
        * in_folds(turned_hem(layer.alpha, turns * body.unit), tone)
        for layer, part in zip(layers, rounds, strict=True)
    }
    if bright == 1:
        return lit
    return {name: np.minimum(light, 1 + (light - 1) * bright) for name, light in lit.items()}


def tone_of(layers: list[Layer], share: float = 0.5) -> float:
    """Luminance, 0..255, that a `share` of the largest of some layers does not exceed; 0 where nothing is there."""
    colours = _seen(layers)
    return float(np.quantile(luminance(colours[None]), share)) if colours.size else 0.0


def glow_of(layers: list[Layer], share: float = 0.5) -> float:
    """The same, half by each colour's brightest channel, in which a fold of glaring cloth is filled with light."""
    colours = _seen(layers)
    if not colours.size:
        return 0.0
    return float(np.quantile((luminance(colours[None])[0] + colours.max(axis=1)) / 2, share))


def _seen(layers: list[Layer]) -> Array:
    """(n,3) colours, 0..255, of the largest of some layers, every fourth pixel."""
    some = (slice(None, None, 4), slice(None, None, 4))
    largest = max(layers, key=lambda layer: float(layer.alpha[some].sum()))
    result: Array = largest.rgb[some][largest.alpha[some] > 0.5]
    return result


def _kept(layer: Layer, wearing: Wearing, order: Order) -> Array:
    """(h,w) 0..1: what of a layer is not behind something else."""
    trunk, keep = layer.name.startswith("trunk"), 1 - layer.inside * order.neck
    if trunk:
        keep = keep * (1 - order.arms) * (1 - order.beyond)
    if trunk or wearing.category == "bottom":
        keep = keep * (1 - order.hidden)
    if layer.name.startswith("sleeve"):
        keep = keep * (1 - np.maximum(order.behind[picture_side(layer.name)], order.away))
    return keep


def _cast(layer: Layer, alpha: Array, sleeves: list[Layer], wearing: Wearing, order: Order) -> Array:
    """(h,w) 0..1: the shadow of what is seen of a layer, `alpha` (h,w) 0..1."""
    body, dressing = wearing.body, wearing.dressing
    reach = REACH * body.unit
    if layer.name.startswith("leg"):
        cast = np.minimum(LEG_CAST * contact(alpha, reach, (0.0, LEG_FALLS * reach)), LEG_DEEPEST)
    else:
        cast = contact(alpha, reach, (0.0, FALLS * reach))
    if layer.name.startswith("sleeve"):
        side = picture_side(layer.name)
        before = 1 - np.maximum(order.behind[side], order.away)
        return cast * before * wearing.below_armpits[side]
    if layer.name.startswith("trunk"):
        if wearing.garment.neckline == "straps":  # it is held to the body: above its hem no shade stands around it
            whole = without_meshes(alpha, body.unit)
            cast = LIES_ON * contact(whole, THIN * reach, (0.0, FALLS * THIN * reach))
            cast = np.maximum(cast, beside_straps(whole, body.unit, wearing.aside))
        cast = cast * (1 - order.arms * order.forearms)
        if wearing.category == "top" and not wearing.wishes.tucked:
            lies = 1 - SKIN * order.neck
            cast = np.maximum(cast, below_hem(alpha, wearing) * (1 - order.arms) * lies)
        for one in sleeves:  # above the armpit it throws no shadow on a sleeve that is sewn to it
            cast = cast * (1 - one.alpha * (1 - wearing.below_armpits[picture_side(one.name)]))
    for one in dressing.layers:
        if layer.name.startswith("leg") and one is not layer:  # above the crotch the legs are sewn together
            cast = cast * (1 - one.alpha * above_crotch(body, one.alpha.shape))
    return cast


def without_meshes(alpha: Array, unit: float) -> Array:
    """(h,w) 0..1: cloth `alpha` (h,w) 0..1 without the holes of lace, in which no shade is: it lies on the skin."""
    size = 2 * round(MESHES * unit) + 1
    result, part = alpha.copy(), bounds(alpha > 0, size)  # at a border of its window it would not shrink again
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    if alpha[part].size:
        result[part] = cv2.morphologyEx(alpha[part], cv2.MORPH_CLOSE, disk)
    return result


def beside_straps(alpha: Array, unit: float, aside: float) -> Array:
    """(h,w) 0..1: the shadow close beside thin parts of what lies on skin, `alpha` (h,w) 0..1: on the side away from
    the light. `unit`: shoulder distance, px; `aside` -0.5..0.5: how much of the light comes from the right."""
    reach = max(NARROW * unit, 0.8)
    fallen = -np.copysign(max(2 * abs(aside), ONE_SIDED), aside) * reach
    result: Array = np.clip(CLOSE * contact(alpha, reach, (fallen, FALLS * reach)), 0, 1)
    return result


def below_hem(alpha: Array, wearing: Wearing) -> Array:
    """(h,w) 0..1: the wide, soft shadow that a top which hangs free throws on what is below its hem, `alpha` (h,w) 0..1
    being what is seen of it; light comes from above, and more from one side."""
    body, (_, hem) = wearing.body, wearing.dressing.trunk
    result, reach = np.zeros(alpha.shape, np.float32), HANGS * body.unit
    middle = body.place(0.0, hem)[1]
    rows = slice(max(0, int(middle - 1.2 * body.unit)), max(0, int(middle + 0.6 * body.unit)))
    if alpha[rows].size:
        cast = contact(alpha[rows], reach, (-2 * wearing.aside * reach, reach))
        off = body.along(alpha.shape)[rows] - hem
        result[rows] = SOFTLY * cast * ramp(off, -0.25 * body.unit, -0.05 * body.unit)
    return result


def above_crotch(body: Body, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: above the crotch, running out below it, where trousers are one piece."""
    return ramp(body.along(shape) - body.trunk - CROTCH * body.unit, 0.25 * body.unit, 0.0)


def on_arm(sleeve: Array, wearing: Wearing, side: Side) -> Array:
    """(h,w) 0..1: the shadow that a sleeve, `sleeve` (h,w) 0..1, throws on the arm that comes out of it, deeper the
    wider it stands off."""
    arm, end = wearing.body.arms[side], wearing.dressing.sleeves.get(side, 0.0)
    shadow = np.zeros(sleeve.shape, np.float32)
    if not 0 < end < FOREARM * arm.arc[-1]:
        return shadow
    reach = UNDER * wearing.body.unit
    point, way, half = arm.at(end)
    low, high = (np.rint(point + sign * (2.2 * half + 4 * reach)).astype(int) for sign in (-1, 1))
    part = (slice(max(low[1], 0), max(high[1], 0)), slice(max(low[0], 0), max(high[0], 0)))
    cloth = np.ascontiguousarray(sleeve[part])
    if min(cloth.shape) < 4:
        return shadow
    corner = point - (part[1].start, part[0].start)
    hem = np.abs(projected(cloth.shape, corner - 2 * reach * way, way)) < 1
    width = float(cloth[hem].sum()) / 2
    deep = 0.75 + 0.25 * float(ramp(np.array(width / (2 * half)), *WIDE))
    cast = np.zeros_like(cloth)
    for share, far in ((0.8, reach), (0.6, 0.3 * reach)):
        moved = np.array([[1, 0, far * way[0]], [0, 1, far * way[1]]], np.float32)
        cast += share * blur(cv2.warpAffine(cloth, moved, cloth.shape[::-1], borderMode=cv2.BORDER_REPLICATE), far)
    shadow[part] = deep * cast * (1 - cloth) * (wearing.figure.along["arms", side][part] > 0)
    return shadow


def on_hands(leaves: list[Leaf], body: Body, ends: Mapping[Side, float], hands: Array) -> Array:
    """(h,w) 0..1: the shadow that cuffs throw on the hands that come out of them, which are before everything.

    `ends`: arc length on each arm at which its sleeve ends; `hands` (h,w) bool.
    """
    shadow = np.zeros(hands.shape, np.float32)
    for leaf in leaves:
        side = picture_side(leaf.layer.name)
        arm, end = body.arms[side], ends.get(side, 0.0)
        if not leaf.layer.name.startswith("sleeve") or end < LONG * arm.arc[-1] or not arm.seen:
            continue
        point, direction, half = arm.at(end)
        low, high = (np.rint(point + sign * (2.5 * half + CUFF * body.unit)).astype(int) for sign in (-1, 1))
        part = (slice(max(low[1], 0), max(high[1], 0)), slice(max(low[0], 0), max(high[0], 0)))
        hand = hands[part]
        if not hand.any():
            continue
        near, far = (
            contact((leaf.layer.alpha * leaf.keep)[part], reach * body.unit, (0.0, 0.35 * reach * body.unit))
            for reach in (0.012, CUFF)
        )
        beyond = projected(hand.shape, arm.points[-1] - (part[1].start, part[0].start), direction)
        cast = (1.5 * near + 1.2 * far) * hand * ramp(beyond, REACHED[1] * body.unit, REACHED[0] * body.unit)
        shadow[part] = np.maximum(shadow[part], np.clip(cast, 0, 1))
    return shadow


def adrift(worn: Array, person: Array) -> Array:
    """Boolean (h,w): scraps of the garment that hang in the air, cut off from the rest by an arm or a hand."""
    result, part = np.zeros(worn.shape, bool), bounds(worn)
    if not worn[part].size:
        return result
    count, index, stats, _ = cv2.connectedComponentsWithStats(worn[part].astype(np.uint8))
    if count <= 2:
        return result
    sizes = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    outside = np.bincount(index[~person[part]], minlength=count) / sizes
    loose = (outside > 0.6) & (sizes < sizes[1:].max())
    loose[0] = False
    if loose.any():
        result[part] = loose[index]
        result = grow(result, 2)
    return result


def laid_on(picture: Array, rgb: Array, alpha: Array, light: Array, cast: Array) -> Array:
    """One layer over the picture, its shadow under it."""
    lit = rgb * spread(light, 3)
    return mix(shaded(picture, cast), np.clip(lit, 0, 255, out=lit), alpha)


def shaded(picture: Array, cast: Array) -> Array:
    """(h,w,3) with a shadow on it; `cast` (h,w) 0..1. A surface that lies in shade is lit by what itself throws back,
    so its own colour deepens: skin's shadows are red, not grey."""
    deep = cast > 0.01
    colours = picture[deep]
    off = (colours[:, 1:2] - colours) / np.maximum(colours.max(axis=1, keepdims=True), 1.0)
    much = SHADOW * cast[deep][:, None] * np.clip(1 + DEEPER * off, *DEEPEST)
    result = picture.copy()
    result[deep] = colours * (1 - much)
    return result
