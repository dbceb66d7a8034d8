"""A person dressed: the layers of the picture from back to front."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.masking import labelled
from tryon.masking.areas import bounds
from tryon.transfer.warping.anatomy import light_side
from tryon.transfer.warping.ankles import even_shoes, in_shoes, over_shoes, shaded_openings
from tryon.transfer.warping.armpits import with_armpits
from tryon.transfer.warping.arrays import Array, blur, grow, largest, mix
from tryon.transfer.warping.body import SIDES, Body, picture_sides, read_body, slim
from tryon.transfer.warping.bunched import opened, pushed_up
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.cracks import without_cracks, without_holes
from tryon.transfer.warping.gaps import closed_beside_arms
from tryon.transfer.warping.hem_rims import with_own_hem
from tryon.transfer.warping.layers import Dressing, put_on
from tryon.transfer.warping.leaves import Leaf, laid_on, leaves_of, on_hands, shaded
from tryon.transfer.warping.order import Wearing, order_of, picture_side
from tryon.transfer.warping.pockets import hidden_hands, tucked_away, without_hands
from tryon.transfer.warping.reading import every, read_regions
from tryon.transfer.warping.rims import over_skirt
from tryon.transfer.warping.scene_light import in_light_of
from tryon.transfer.warping.shading import lights
from tryon.transfer.warping.skin import Figure, read_figure
from tryon.transfer.warping.slits import in_slits, with_firm_hands
from tryon.transfer.warping.tuck import hanging_bodice, slips_in
from tryon.transfer.warping.undress import Base, undress
from tryon.transfer.warping.waist_ends import top_waist, without_horns
from tryon.transfer.warping.wishes import Wishes
from tryon.types import LABEL, Category, Garment, Person

TAUT = 0.55  # of an old top's folds that are in a new one: those of a tight one lie across the chest like smears
INWARDS = 3.0  # px from a soft edge to where a thing has its own colours


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
    sleeves: Array  # (h,w) uint8: of `worn` what is a sleeve, 1 on the picture's left, 2 on its right


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Everything that the dressed picture is painted from, in drawing order."""

    base: Base
    leaves: list[Leaf]
    front: Array  # (h,w) 0..1: what is the photo's own and before all of them
    shadow: Array  # (h,w) 0..1: of cuffs on that
    dressing: Dressing
    figure: Figure


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
    limbs, sleeves = limb_labels(person, sheet.figure), sleeves_of(sheet)
    return finish(person.photo.pixels, picture, worn, sheet.base, limit, limbs, sleeves)


def lay_out(
    person: Person, body: Body, garment: Garment, category: Category, wishes: Wishes, seed: int,
    cloth: Cloth | None = None, relaid: Callable[[Dressing], Dressing] = lambda dressing: dressing,
) -> Sheet:  # fmt: skip
    """Base, trunk, bare arms, sleeves, and what lies in front of all of them; `cloth` where it is ready already."""
    regions = read_regions(person, body, over=category == "bottom")
    if category == "top" and (line := top_waist(regions, body)) is not None:
        regions = without_horns(regions, person.photo.pixels, body, line)
    one_piece = labelled(person.labels, ("dress", "jumpsuit"))
    parted = category == "bottom" and one_piece.sum() > 0.2 * body.unit * body.trunk
    loose = body
    if parted:
        body = slim(body)  # a dress hangs wider than the waist that a waistband goes around
    bares = category == "dress" or (category == "bottom" and garment.kind != "trousers")
    shoes = over_shoes(regions, person, body.unit) if bares else None
    if shoes is not None:
        body, regions = in_shoes(body, shoes), even_shoes(regions, shoes, body.unit)
    pixels = person.photo.pixels
    garment = in_light_of(garment, pixels)
    with ThreadPoolExecutor(1) as beside:  # numpy and OpenCV let two threads work at once
        bare = beside.submit(read_figure, body, regions)
        kept = folds_kept(category, garment, person.labels)
        lit = beside.submit(lights, pixels, regions.old(category), body.unit, kept)
        dressing = relaid(put_on(garment, category, body, regions, wishes, cloth))
        figure, (shade, light) = bare.result(), lit.result()
    if category == "top" and slips_in(dressing, body, regions):
        wishes = replace(wishes, tucked=True)
    if category == "top" and not wishes.tucked:
        dressing = over_skirt(dressing, body, regions, figure)
        dressing = pushed_up(dressing, body, regions, figure)
    if category == "dress" and garment.neckline != "straps":  # a loose top's armholes may be cut deep
        dressing = closed_beside_arms(dressing, body, regions, figure)
    over_pockets = category == "dress" or (category == "top" and not wishes.tucked)
    trunk = dressing.body
    hands = hidden_hands(body, regions, trunk) if over_pockets else {}
    if over_pockets or category == "bottom":
        # Tops have no pockets: strangers prefer the arm behind them where it is drawn, and so can end there.
        dressing = opened(dressing, body, regions, sleeved=category != "top")
    if over_pockets:
        hands = {side: hand for side, hand in hands.items() if side not in dressing.slits}
        regions = with_firm_hands(regions, dressing.slits)
    regions, away = without_hands(regions, hands), tucked_away(body, figure, hands, trunk, category == "dress")
    base = undress(pixels, category, body, regions, figure, dressing, light, seed)
    if shoes is not None:
        base = shaded_openings(base, regions, shoes, body.unit)
    wearing = Wearing(
        category=category, garment=garment, wishes=wishes, body=body, regions=regions, figure=figure,
        dressing=dressing, one_piece=one_piece, aside=light_side(pixels[::2, ::2], every(regions, 2), body.unit / 2),
    )  # fmt: skip
    ground, over = base, np.zeros(one_piece.shape, np.float32)
    if parted:
        ground, over = hanging_bodice(base, pixels, loose, regions, one_piece)
    order = order_of(wearing, base, away, over)
    if category == "bottom":
        ground, order = with_own_hem(ground, order, pixels, regions, body.unit)
    leaves = without_holes(without_cracks(leaves_of(wearing, order, shade), wearing, order), body.unit)
    ground = with_armpits(ground, leaves, wearing) if category != "bottom" else ground
    shadow = on_hands(leaves, body, dressing.sleeves, regions.hands)
    if dressing.slits:
        shade = in_slits(dressing.slits, regions.hands, body.unit)
        ground, shadow = replace(ground, pixels=shaded(ground.pixels, shade)), np.maximum(shadow, shade)
    return Sheet(base=ground, leaves=leaves, front=order.front, shadow=shadow, dressing=dressing, figure=figure)


def folds_kept(category: Category, garment: Garment, labels: Array) -> float:
    """0..1: how much of the old clothes' folds, `labels` (h,w), new ones lie in: those of a skirt run down between the
    legs and are none of trousers', and the other way round."""
    if category != "bottom":
        return TAUT
    parted, hanging = (labelled(labels, names).sum() for names in (("pants",), ("skirt", "dress")))
    return float((parted > hanging) == (garment.kind in ("trousers", "shorts")))


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
    own = shaded(unmixed(pixels, sheet.front, worn), sheet.shadow)
    return mix(picture, own, sheet.front), worn * (1 - sheet.front)


def unmixed(pixels: Array, front: Array, worn: Array) -> Array:
    """The photo (h,w,3) float32 with the soft edge of what is in `front` (h,w) 0..1 of the garment in its own colours:
    there the lens mixed it with what was behind it then."""
    own = pixels.astype(np.float32)
    y, x = np.nonzero((front > 0) & (front < 0.98) & (worn > 0.02))
    if not y.size:
        return own
    window = bounds(front > 0, 1)
    soft = cv2.GaussianBlur(front[window], (0, 0), 1.0)
    way = np.stack([cv2.Sobel(soft, cv2.CV_32F, *order)[y - window[0].start, x - window[1].start]
                    for order in ((0, 1), (1, 0))])  # fmt: skip
    way *= INWARDS / np.maximum(np.hypot(*way), 1e-6)
    place = tuple(np.clip(np.rint(at + off).astype(int), 0, size - 1) for at, off, size in
                  zip((y, x), way, front.shape, strict=True))  # fmt: skip
    solid = front[place] > 0.9
    own[y[solid], x[solid]] = own[place[0][solid], place[1][solid]]
    return own


def finish(
    pixels: Array, picture: Array, worn: Array, base: Base, limit: Array | None, limbs: Array, sleeves: Array
) -> Result:
    """Limits the change to the mask and finds out what was changed."""
    before = pixels.astype(np.float32)
    if limit is not None:
        picture = mix(before, picture, limit)
    difference = largest(cv2.absdiff(picture, before))
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
        sleeves=sleeves,
    )


def sleeves_of(sheet: Sheet) -> Array:
    """(h,w) uint8: where a sleeve is the uppermost, 1 on the picture's left, 2 on its right."""
    plane = np.zeros(sheet.front.shape, np.uint8)
    for leaf in sheet.leaves:
        window = bounds(leaf.layer.alpha > 0)
        side = 1 + SIDES.index(picture_side(leaf.layer.name)) if "sleeve" in leaf.layer.name else 0
        plane[window][leaf.layer.alpha[window] * leaf.keep[window] > 0.5] = side
    plane[sheet.front > 0.5] = 0
    return plane


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


def sleeve_labels(person: Person, result: Result) -> Array:
    """(h,w) uint8: sleeves by the person's own arms, as Person.sleeves says it."""
    names = picture_sides(person.keypoints)
    codes = np.array([0, *(1 + SIDES.index(names[side]) for side in SIDES)], np.uint8)
    return np.where(result.worn > 0.5, codes[result.sleeves], 0).astype(np.uint8)


def limit_of(mask: Array) -> Array:
    """(h,w) mask 0..255 -> float32 0..1, soft towards its inside and 0 wherever the mask is."""
    plane = mask.astype(np.float32) / 255
    soft = np.clip(2 * blur(plane, 0.8) - 1, 0, 1)
    return np.minimum(soft, plane)
