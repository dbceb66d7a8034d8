"""A person dressed: the layers of the picture from back to front."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce

import cv2
import numpy as np

from tryon.masking import labelled
from tryon.masking.areas import bounds
from tryon.transfer.warping.armholes import armpit_room
from tryon.transfer.warping.arms import forearms_of, front_arms
from tryon.transfer.warping.arrays import (
    Array,
    blur,
    grow,
    largest,
    mix,
    projected,
    ramp,
    rounded_mask,
    shrink,
    smooth_mask,
)
from tryon.transfer.warping.body import SIDES, Body, Side, picture_sides, read_body, slim
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.folds import armpit_folds
from tryon.transfer.warping.layers import Dressing, Layer, put_on
from tryon.transfer.warping.limbs import before_trunk
from tryon.transfer.warping.pockets import hidden_hands, tucked_away, without_hands
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.rims import over_skirt
from tryon.transfer.warping.scene_light import in_light_of
from tryon.transfer.warping.shading import beside_trunk, contact, crease, leg_light, lights, rounded, turned_hem
from tryon.transfer.warping.shoulders import above_shoulders
from tryon.transfer.warping.skin import Figure, read_figure
from tryon.transfer.warping.tuck import hem_shadow, tucked_bodice
from tryon.transfer.warping.undress import Base, undress
from tryon.transfer.warping.waist import seen_waist, waistline
from tryon.transfer.warping.wishes import Wishes
from tryon.types import LABEL, Category, Garment, Person


@dataclass(frozen=True, kw_only=True)
class Result:
    """The dressed picture (h,w,3) float32 0..255; all planes (h,w) float32 0..1."""

    pixels: Array
    changed: Array
    worn: Array  # where the new garment is seen
    bare: Array  # skin that was uncovered
    other: Array  # the other garment where it was continued
    area: Array  # all that was replaced
    limbs: Array  # (h,w) uint8 label that skin has or would have here


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A layer as it is laid on. All planes (h,w) float32."""

    layer: Layer
    keep: Array  # 0..1: how much of it is seen, less where the neck, arms or a waistband are in front
    light: Array  # factor about 1 on its colour
    cast: Array  # 0..1 the shadow that it throws on what is below it


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Everything that the dressed picture is painted from, in drawing order."""

    base: Base
    leaves: list[Leaf]
    front: Array  # (h,w) 0..1: what is the photo's own and before all of them
    dressing: Dressing
    figure: Figure


SKIRT = 0.5  # of the trunk: where a dress's skirt may begin to stand out before an arm
SHADOW = 0.40  # how dark a layer's shadow is where it is full


def dress(
    person: Person,
    garment: Garment,
    category: Category,
    limit: Array | None,
    wishes: Wishes,
    seed: int,
    relaid: Callable[[Dressing], Dressing] = lambda dressing: dressing,
) -> Result:
    """Puts one garment on. `limit` (h,w) 0..1: nothing changes where it is 0. `relaid` may exchange the layers for
    others of about the same form. Raises PersonIncomplete."""
    sheet = lay_out(person, read_body(person), garment, category, wishes, seed, relaid=relaid)
    picture, worn = paint(person.photo.pixels, sheet)
    return finish(person.photo.pixels, picture, worn, sheet.base, limit, limb_labels(person, sheet.figure))


def lay_out(
    person: Person, body: Body, garment: Garment, category: Category, wishes: Wishes, seed: int,
    cloth: Cloth | None = None, relaid: Callable[[Dressing], Dressing] = lambda dressing: dressing,
) -> Sheet:  # fmt: skip
    """Base, trunk, bare arms, sleeves, and what lies in front of all of them; `cloth` where it is ready already."""
    regions = read_regions(person, body, tucked=category == "bottom")
    one_piece = labelled(person.labels, ("dress", "jumpsuit"))
    parted = category == "bottom" and one_piece.sum() > 0.2 * body.unit * body.trunk
    loose = body
    if parted:
        body = slim(body)  # a dress hangs wider than the waist that a waistband goes around
    pixels = person.photo.pixels
    garment = in_light_of(garment, pixels)
    with ThreadPoolExecutor(1) as beside:  # numpy and OpenCV let two threads work at once
        bare = beside.submit(read_figure, body, regions)
        lit = beside.submit(lights, pixels, regions.old(category), body.unit)
        dressing = relaid(put_on(garment, category, body, regions, wishes, cloth))
        figure, (shade, light) = bare.result(), lit.result()
    if category == "top" and not wishes.tucked:
        dressing = over_skirt(dressing, body, regions, figure)
    over_pockets = category == "dress" or (category == "top" and not wishes.tucked)
    hands = hidden_hands(body, regions, dressing.alpha) if over_pockets else {}
    regions, away = without_hands(regions, hands), tucked_away(body, figure, hands)
    base = undress(pixels, category, body, regions, figure, dressing, light, seed)
    forearms = forearms_of(body, figure)
    arms = front_arms(body, regions, figure, dressing, base.skin, forearms) * (1 - away)
    neck = np.maximum(smooth_mask(regions.skin | regions.face | regions.hair, 1.0), base.skin)
    if dressing.opening is not None:  # what is worn under it is before the inside of its back
        neck = np.maximum(neck, dressing.opening * smooth_mask(regions.upper, 1.0))
    solid = np.maximum(smooth_mask(regions.person, 1.0) * (1 - base.area), np.maximum(base.skin, base.other))
    reach = 0.03 * body.unit
    waist = seen_waist(body, regions) if wishes.tucked and category == "top" else None
    hidden = np.zeros_like(neck) if waist is None else below_waist(body, waist, neck.shape)
    if category == "bottom":
        hidden = under_top(body, regions)
    over = np.zeros_like(neck)
    if parted:
        base, over = tucked_bodice(base, pixels, loose, regions, one_piece)
        hidden = np.maximum(hidden, over)
    beyond = beside_neck(body, regions, figure) if garment.neckline != "hood" else np.zeros_like(neck)
    if category != "bottom" and garment.sleeves == "none":
        beyond = np.maximum(beyond, over_arms(body, neck.shape))
        beyond = np.maximum(beyond, above_shoulders(body, regions, figure.trunk))
    leaves: list[Leaf] = []
    worn = np.zeros_like(neck)
    # What of a sleeve hangs behind the trunk is laid down before it, the rest once more over it.
    sleeves = [layer for layer in dressing.layers if layer.name.startswith("sleeve")]
    legs = leg_light(body, [layer.alpha for layer in dressing.layers]) if dressing.legs else None
    rounds = [rounded(figure, layer.name, body) if legs is None else legs for layer in dressing.layers]
    skirt = regions.lower | (one_piece & (body.along(neck.shape) > SKIRT * body.trunk))
    behind = {side: behind_trunk(body, regions, skirt, figure, dressing, side) for side in SIDES} if sleeves else {}
    if sleeves:
        pits = {side: pit for side, pit in dressing.armpits.items() if not behind[side].all()}
        shade = shade * crease(figure, body, behind) * armpit_folds(body, pits, neck.shape)
    shading = {layer.name: shade * part for layer, part in zip(dressing.layers, rounds, strict=True)}
    trunk_cloth = reduce(np.maximum, [one.alpha for one in dressing.layers if one.name.startswith("trunk")], 0 * neck)
    for layer in sleeves:
        below = replace(layer, name=f"under_{layer.name}")
        light = (
            shading[layer.name]
            * turned_hem(layer.alpha, body.unit)
            * beside_trunk(body, trunk_cloth, armpit_along(body, dressing, picture_side(layer.name)))
        )
        leaves.append(Leaf(layer=below, keep=np.ones_like(neck), light=light, cast=np.zeros_like(neck)))
        worn = np.maximum(worn, layer.alpha)
    for layer in dressing.layers:
        trunk = layer.name.startswith("trunk")
        keep = 1 - layer.inside * neck
        if trunk:
            keep = keep * (1 - arms) * (1 - beyond)
        if trunk or category == "bottom":
            keep = keep * (1 - hidden)
        alpha = layer.alpha * keep
        if layer.name.startswith("sleeve"):
            side = picture_side(layer.name)
            before = 1 - np.maximum(behind[side], away)
            alpha, keep = alpha * before, keep * before
            cast = contact(alpha, reach, (0.0, 0.35 * reach)) * before * below_armpit(body, dressing, side)
        else:
            cast = contact(alpha, reach, (0.0, 0.35 * reach))
            if trunk:
                cast = cast * (1 - arms * forearms)
                for one in sleeves:  # above the armpit it throws no shadow on a sleeve that is sewn to it
                    cast = cast * (1 - one.alpha * (1 - below_armpit(body, dressing, picture_side(one.name))))
        cast = cast * np.maximum(solid, worn)
        light = shading[layer.name] * turned_hem(layer.alpha, body.unit)
        if category == "bottom":
            light = light * hem_shadow(body, regions, alpha)
        leaves.append(Leaf(layer=layer, keep=keep, light=light, cast=cast))
        worn = np.maximum(worn, alpha)
    cuffs = cuffed(body, dressing, neck.shape) | (away > 0.5)
    front = always_front(category, body, regions, wishes, cuffs) * (1 - over)
    scraps = adrift(worn * (1 - front) > 0.5, regions.person)
    if scraps.any():
        leaves = [replace(leaf, keep=leaf.keep * ~scraps, cast=leaf.cast * ~scraps) for leaf in leaves]
    return Sheet(base=base, leaves=leaves, front=front, dressing=dressing, figure=figure)


def adrift(worn: Array, person: Array) -> Array:
    """Boolean (h,w): scraps of the garment that hang in the air, cut off from the rest by an arm or a hand."""
    count, index, stats, _ = cv2.connectedComponentsWithStats(worn.astype(np.uint8))
    if count <= 2:
        return np.zeros(worn.shape, bool)
    sizes = stats[:, cv2.CC_STAT_AREA]
    outside = np.bincount(index[~person], minlength=count) / sizes
    loose = (outside > 0.6) & (sizes < sizes[1:].max())
    loose[0] = False
    return grow(loose[index], 2) if loose.any() else np.zeros(worn.shape, bool)


def paint(pixels: Array, sheet: Sheet) -> tuple[Array, Array]:
    """The picture (h,w,3) float32 and where the garment is seen in it, (h,w) 0..1."""
    picture, worn = sheet.base.pixels.copy(), np.zeros_like(sheet.front)
    for leaf in sheet.leaves:
        alpha = leaf.layer.alpha * leaf.keep
        window = bounds((alpha > 0) | (leaf.cast > 0))
        picture[window] = laid_on(
            picture[window], leaf.layer.rgb[window], alpha[window], leaf.light[window], leaf.cast[window]
        )
        worn = np.maximum(worn, alpha)
    return mix(picture, pixels.astype(np.float32), sheet.front), worn * (1 - sheet.front)


def laid_on(picture: Array, rgb: Array, alpha: Array, light: Array, cast: Array) -> Array:
    """One layer over the picture, its shadow under it."""
    return mix(picture * (1 - SHADOW * cast)[..., None], np.clip(rgb * light[..., None], 0, 255), alpha)


def beside_neck(body: Body, regions: Regions, figure: Figure) -> Array:
    """(h,w) 0..1: above the shoulders and off the figure, where a collar wider than the neck would stand out."""
    figure_there = regions.person | (figure.trunk > 0.5)
    away = cv2.distanceTransform((~figure_there).astype(np.uint8), cv2.DIST_L2, 3)
    high = ramp(body.along(figure_there.shape), -0.10 * body.unit, -0.16 * body.unit)
    return ramp(away, 0.03 * body.unit, 0.05 * body.unit) * high


def over_arms(body: Body, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: where cloth without sleeves would lie on the arms, from the shoulders to the chest."""
    along = body.along(shape)
    across = body.across(shape)
    first = 0.22 * body.trunk
    room = armpit_room(body, first)
    limit = np.interp(along, [0.0, first, 0.6 * body.trunk], [0.62 * body.unit, room, room + 0.3 * body.trunk])
    past = ramp(np.abs(across) - limit, 0.02 * body.unit, 0.04 * body.unit)
    return past * ramp(along, 0.0, 0.02 * body.unit)


def below_waist(body: Body, waist: float, shape: tuple[int, ...]) -> Array:
    """(h,w) 0..1: what is below a waistband, where a tucked top is out of sight."""
    return ramp(body.along(shape), waist + 0.02 * body.unit, waist + 0.05 * body.unit)


def picture_side(name: str) -> Side:
    """The side that a layer's name ends with."""
    return "left" if name.endswith("left") else "right"


def armpit_along(body: Body, dressing: Dressing, side: Side) -> float:
    """How far down the trunk, px, a sleeve joins it."""
    return float(body.coordinates(dressing.armpits[side])[1])


def below_armpit(body: Body, dressing: Dressing, side: Side) -> Array:
    """(h,w) 0..1: below the armpit, above which a sleeve and the trunk's cloth are one."""
    armpit = armpit_along(body, dressing, side)
    return ramp(body.along(dressing.layers[0].alpha.shape), armpit - 0.10 * body.trunk, armpit - 0.02 * body.trunk)


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


FLARE = 0.55  # px outwards per px downwards that cloth may stand off below a hem that lies over it


def under_top(body: Body, regions: Regions) -> Array:
    """(h,w) 0..1: what a top that hangs over the waistband hides, beside it too: hips do not stand out of it.

    Below the top's hem the cloth comes out from under it: no wider than the top there, then flaring.
    """
    shape = regions.person.shape
    hem = seen_waist(body, regions, lowest=1.6)
    if hem is None:
        return np.zeros(shape, np.float32)
    if hem < 0.95 * body.trunk:  # a top that ends at the waist leaves the hips free
        return np.zeros(shape, np.float32)
    across = body.across(shape)
    along = body.along(shape) - waistline(body, regions, hem).at(across) + hem
    above = 1 - ramp(along, hem - 0.05 * body.unit, hem - 0.01 * body.unit)
    hidden: Array = above * (1 - smooth_mask(regions.lower, 1.0))
    edge = regions.upper & ~regions.arms & (np.abs(along - hem + 0.06 * body.unit) < 0.03 * body.unit)
    if edge.sum() < 8:
        return hidden
    room = FLARE * np.maximum(along - hem, 0) + 0.02 * body.unit
    left, right = np.percentile(across[edge], (1, 99))
    beyond = np.maximum(across - right, left - across) - room
    outside = ramp(beyond, 0.0, 0.012 * body.unit)
    return np.maximum(hidden, outside)


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
        inside |= (beyond < -1) & (beyond > -0.4 * body.unit) & (np.abs(beside) < 2 * half)
    return inside


HEM_ROUND = 0.03  # shoulder distances over which the outline of an old top's label wavers, its hem does not


def always_front(category: Category, body: Body, regions: Regions, wishes: Wishes, cuffs: Array) -> Array:
    """(h,w) 0..1: what no garment may cover; `cuffs` (h,w) bool is in sleeves."""
    edge = grow(regions.old(category), 0.004 * body.unit)  # its pixels are of both
    kept = (regions.hands & ~cuffs & ~edge) | regions.face | regions.hair | regions.held
    if category == "bottom":
        forearms = regions.arms & regions.skin
        thin = 0.03 * body.unit  # of an old skirt labels give thin strips to the arms beside it
        edge = grow(regions.lower, 0.008 * body.unit)
        top = regions.upper & ~edge
        kept = kept | (grow(shrink(forearms, thin), thin) & forearms & ~edge)
        hem = rounded_mask(kept | top, HEM_ROUND * body.unit) * grow(top, HEM_ROUND * body.unit)
        return np.maximum(smooth_mask(kept, max(0.8, 0.006 * body.unit)), hem)
    if category == "top" and wishes.tucked:
        kept = kept | regions.lower
    return smooth_mask(kept, max(0.8, 0.006 * body.unit))


def finish(pixels: Array, picture: Array, worn: Array, base: Base, limit: Array | None, limbs: Array) -> Result:
    """Limits the change to the mask and finds out what was changed."""
    before = pixels.astype(np.float32)
    if limit is not None:
        picture = mix(before, picture, limit)
    difference = largest(np.abs(picture - before))
    touched = grow(difference > 1.0, 1)
    changed = blur(touched.astype(np.float32), 0.8) * touched
    if limit is not None:
        changed *= limit > 0
    return Result(
        pixels=np.clip(picture, 0, 255),
        changed=changed,
        worn=worn,
        bare=base.skin,
        other=base.other,
        area=base.area,
        limbs=limbs,
    )


def limb_labels(person: Person, figure: Figure) -> Array:
    """(h,w) uint8: which bare part of the body a pixel is or would be."""
    names = picture_sides(person.keypoints)
    labels = np.full(person.labels.shape, LABEL["neck"], np.uint8)
    for name, plane in (("legs", figure.legs), ("arms", figure.arms)):
        for side in SIDES:
            labels[(plane > 0.3) & (figure.along[name, side] > 0)] = LABEL[f"{names[side]}_{name[:-1]}"]
    return labels


def new_labels(person: Person, garment: Garment, category: Category, result: Result) -> Array:
    """Label map (h,w) uint8 of the dressed picture."""
    name = {"top": "upper", "dress": "dress", "bottom": "skirt" if garment.kind == "skirt" else "pants"}[category]
    labels = person.labels.copy()
    gone = result.area > 0.5
    labels[gone] = LABEL["background"]
    bare = result.bare > 0.5
    labels[bare] = result.limbs[bare]
    lower = LABEL["skirt"] if (person.labels == LABEL["skirt"]).any() else LABEL["pants"]
    labels[result.other > 0.5] = lower
    labels[result.worn > 0.5] = LABEL[name]
    return labels


def limit_of(mask: Array) -> Array:
    """(h,w) mask 0..255 -> float32 0..1, soft towards its inside and 0 wherever the mask is."""
    plane = mask.astype(np.float32) / 255
    soft = np.clip(2 * blur(plane, 1.5) - 1, 0, 1)
    return np.minimum(soft, plane)
