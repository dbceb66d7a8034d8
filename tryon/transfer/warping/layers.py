"""The garment's pieces looked up through their fields: the layers that are laid on the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, fill, grow, mix, ramp, rounded_mask, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.bottoms import bottom_pieces, bottom_scale, waist_for
from tryon.transfer.warping.cloth import Cloth, prepare
from tryon.transfer.warping.ease import without_ease
from tryon.transfer.warping.field import OUTSIDE, Field, sample
from tryon.transfer.warping.measure import Sizing, hem_along, top_sizing
from tryon.transfer.warping.necks import LYING, neck_of, standing, turned_down
from tryon.transfer.warping.opened import can_open, opening
from tryon.transfer.warping.outlines import worn_legs
from tryon.transfer.warping.pieces import Piece, top_pieces
from tryon.transfer.warping.pockets import up_to_hands
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.ripples import rippled
from tryon.transfer.warping.shoulder_joins import even_armholes, join_at_shoulders
from tryon.transfer.warping.sides import without_bites
from tryon.transfer.warping.sleeve_hems import with_hem
from tryon.transfer.warping.sleeves import EVEN, Worn, even_edges, evened
from tryon.transfer.warping.slits import Slit
from tryon.transfer.warping.undersides import clean_undersides
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Category, Garment

UNSURE = (0.2, 0.45)  # share of a cut-out's rim like the ground from which on its hems are evened
THIN = (0.05, 0.12)  # the same of tops on thin straps, whose thin cloth throws its shade beside it
NEAR = 8  # px around what a field lacks in which its colour is looked for
STAIRS = 2.0  # px over which the end of a mesh is evened
FOLDED = 4.0  # px of the garment's picture from one pixel to the next
LANCZOS = 3  # px: where a sharp look-up takes in what is beyond
REDRAWN = 0.5  # how unsure a cut-out is from which on the hems of its sleeves are drawn anew


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A piece of the garment on the picture: rgb (h,w,3) 0..255, alpha and inside of the neck (h,w) 0..1."""

    name: str
    piece: Piece
    rgb: Array
    alpha: Array
    inside: Array


@dataclass(frozen=True, kw_only=True)
class Dressing:
    """The layers in drawing order, and what they cover by their kind, holes and edges aside."""

    cloth: Cloth
    layers: list[Layer]
    sleeves: Mapping[Side, float]  # arc length on the arm up to which sleeves go; 0: none
    trunk: tuple[float, float]  # along the trunk, px, from where to where it is covered
    legs: Mapping[Side, float]  # arc length on the leg up to which trouser legs go; 0: none
    neck: float  # half width of the neck opening, px
    aside: float  # px across from the trunk's middle to that opening's
    skirt: float  # along the trunk, px, down to where a skirt hangs; 0: none
    armpits: Mapping[Side, Array] = field(default_factory=dict)  # (2,) where sleeves join the trunk
    standing: bool = False  # whether a collar stands up around the neck
    collared: bool = False  # whether it is a collar, turned down too
    opening: Array | None = None  # (h,w) 0..1: where an open front shows what is worn under it
    over: Mapping[Side, slice] = field(default_factory=dict)  # rows in which an arm is behind the trunk's own side
    slits: Mapping[Side, Slit] = field(default_factory=dict)  # pockets of its own for hands that were in others

    @cached_property
    def alpha(self) -> Array:
        """(h,w) 0..1 everything that any layer covers, the inside of the neck left out."""
        covered = [layer.alpha * (1 - layer.inside) for layer in self.layers]
        return reduce(np.maximum, covered)

    @cached_property
    def body(self) -> Array:
        """(h,w) 0..1 everything that any layer but the sleeves covers."""
        return np.max([layer.alpha for layer in self.layers if not layer.name.startswith("sleeve")], axis=0)


def worn_alone(dressing: Dressing) -> tuple[Array, Array]:
    """The garment by itself as it is worn, unlit: rgb (h,w,3) 0..255 (0 where it is not) and alpha (h,w) 0..1."""
    alpha = np.zeros_like(dressing.layers[0].alpha)
    rgb = np.zeros((*alpha.shape, 3), np.float32)
    for layer in dressing.layers:
        share = layer.alpha * (1 - layer.inside)
        rgb = mix(rgb, layer.rgb, share / np.maximum(np.maximum(alpha, share), 1e-6))
        alpha = np.maximum(alpha, share)
    return rgb, alpha


def sizing_of(garment: Garment, category: Category, body: Body) -> Sizing:
    if category == "bottom":
        return Sizing(scale=bottom_scale(garment, body), stretch=1.0)
    return top_sizing(garment, body)


def cloth_for(garment: Garment, category: Category, body: Body) -> Cloth:
    """The garment at about the size at which this body wears it."""
    return prepare(garment, min(1.0, 1.25 * sizing_of(garment, category, body).scale))


def put_on(
    garment: Garment, category: Category, body: Body, regions: Regions, wishes: Wishes, cloth: Cloth | None = None
) -> Dressing:
    """The garment's pieces as layers of the picture; `cloth` where it was made ready before."""
    size = (regions.person.shape[0], regions.person.shape[1])
    sizing = sizing_of(garment, category, body)
    scale = sizing.scale
    cloth = cloth or cloth_for(garment, category, body)
    inner = scale * garment.photo.width / cloth.alpha.shape[1]
    if category == "bottom":
        waist = waist_for(garment, body, regions, scale)
        pieces, legs, skirt = bottom_pieces(cloth, garment, body, regions, inner, waist)
        layers = [render(cloth, piece) for piece in pieces]
        if len(layers) == len(SIDES):
            legs_worn = worn_legs([(layer.rgb, layer.alpha) for layer in layers], body.unit)
            layers = [
                replace(layer, rgb=rgb, alpha=plane) for layer, (rgb, plane) in zip(layers, legs_worn, strict=True)
            ]
        bottom = body.trunk * 1.2 if skirt == 0 else skirt
        return Dressing(
            cloth=cloth,
            layers=layers,
            sleeves={},
            trunk=(waist.along, bottom),
            legs=legs,
            neck=0.0,
            aside=0.0,
            skirt=skirt,
        )
    body = up_to_hands(body, regions) if garment.sleeves == "long" else body
    if category == "top" and garment.sleeves != "none":
        body = without_ease(body, regions, hem_along(garment, body, sizing))
    parted = wishes.open and can_open(garment)
    stands = standing(garment)
    held = neck_of(body, regions)
    pieces, worn = top_pieces(cloth, garment, body, size, inner, sizing.stretch, wishes.rolled, parted, held)
    if not garment.worn:  # what is cut from somebody has its own waves
        pieces = [piece if "sleeve" in piece.name else with_waves(piece, cloth, body.unit / inner) for piece in pieces]
    sleeves = {side: (span[1] if span[1] > span[0] else 0.0) for side, span in worn.sleeves.items()}
    skirt = worn.hem if category == "dress" else 0.0
    layers = [render(cloth, piece) for piece in pieces]
    limits = UNSURE if garment.neckline != "straps" or garment.worn else THIN
    unsure = float(ramp(np.array(cloth.unsure), *limits))
    layers = [with_even_edges(layer, body, worn, unsure) for layer in layers]
    planes = {layer.name: (layer.rgb, layer.alpha) for layer in layers}
    clean_undersides(planes, body, worn, regions)
    even_armholes(planes, worn, body.unit)
    join_at_shoulders(planes, worn, body.unit)
    neck = float(np.linalg.norm(worn.necks["right"] - worn.necks["left"])) / 2
    collared, aside = stands or turned_down(garment), 0.0
    if collared:
        aside = held.middle
    elif garment.neckline in LYING and not garment.worn:  # along the shoulders its ends went further at one side
        aside = float(np.mean([body.coordinates(end)[0] for end in worn.necks.values()]))
    return Dressing(
        cloth=cloth, layers=layers, sleeves=sleeves, trunk=(worn.top, worn.hem), legs={}, neck=neck,
        aside=aside, skirt=skirt, armpits=worn.armpits, standing=stands, collared=collared,
        opening=opening(body, worn.hem, size) if parted else None,
    )  # fmt: skip


def with_waves(piece: Piece, cloth: Cloth, unit: float) -> Piece:
    """A piece of the trunk whose cloth lies in slight waves; `unit`: shoulder distance in the garment's pixels."""
    return replace(piece, field=rippled(piece.field, cloth, unit))


def with_even_edges(layer: Layer, body: Body, worn: Worn, unsure: float) -> Layer:
    """A sleeve with even edges, a trunk with even sides and hem but its own neckline; `unsure` 0..1: how far the
    cut-out is."""
    for side in SIDES:
        if layer.name == f"sleeve_{side}":
            uneven = unsure if worn.flat else 1.0  # what is cut from somebody has an arm, hair and wall beside it
            even = even_edges(layer.alpha, body, side, worn, uneven)
            end = worn.sleeves[side][1]
            inward = body.side * (1 if side == "left" else -1)
            rgb, alpha = with_hem(layer.rgb, even, body.arms[side], end, body.unit, inward, uneven > REDRAWN)
            return replace(layer, rgb=coloured(rgb, alpha, layer.piece.field), alpha=alpha)
    if not layer.name.startswith("trunk"):
        return layer
    layer = replace(layer, alpha=without_bites(layer.alpha, body, worn))
    if unsure <= 0:
        return layer
    pits = [float(body.coordinates(pit)[1]) for pit in worn.armpits.values()]
    part = bounds(layer.alpha > 0, round(3 * EVEN * body.unit))  # nothing goes on at a border of the window
    along = body.along(layer.alpha.shape)[part] - max(pits)
    sides = ramp(np.abs(body.across(layer.alpha.shape)[part]), 0.25 * body.unit, 0.32 * body.unit)
    below = np.maximum(ramp(along, 0, 0.1 * body.trunk) * sides, ramp(along, 0.2 * body.trunk, 0.3 * body.trunk))
    return replace(layer, alpha=evened(layer.alpha, part, unsure * below, EVEN * body.unit))


def coloured(rgb: Array, alpha: Array, field: Field) -> Array:
    """The rgb (h,w,3) 0..255 of a sleeve that goes on where its field ends but its evened `alpha` (h,w) 0..1 does not:
    what was looked up there is black."""
    window = bounds(alpha > 0, NEAR)
    covered = alpha[window] > 0
    known = shrink(field.x[window] > OUTSIDE, LANCZOS)
    lost = covered & ~known
    if not lost.any():
        return rgb
    near = bounds(lost, NEAR)
    result, part = rgb.copy(), rgb[window][near]
    result[window][near][lost[near]] = fill(part, (known & (alpha[window] > 0.5))[near].astype(np.float32))[lost[near]]
    return result


def without_stairs(rgb: Array, field: Field) -> Array:
    """A sleeve's rgb (h,w,3) with a soft line where its mesh folds over itself: there one pixel shows cloth from
    elsewhere than the next."""
    fold, known = np.zeros(rgb.shape[:2], bool), field.x > OUTSIDE
    for plane in (field.x, field.y):
        fold[:, 1:] |= (np.abs(np.diff(plane, axis=1)) > FOLDED) & known[:, 1:] & known[:, :-1]
        fold[1:] |= (np.abs(np.diff(plane, axis=0)) > FOLDED) & known[1:] & known[:-1]
    if not fold.any():
        return rgb
    return mix(rgb, cv2.GaussianBlur(rgb, (0, 0), STAIRS / 2), smooth_mask(grow(fold, 1), 1.0))


def render(cloth: Cloth, piece: Piece) -> Layer:
    """One piece looked up through its field."""
    alpha = np.clip(sample(cloth.alpha * piece.part, piece.field, sharp=False), 0, 1)
    rgb, inside = np.zeros((*alpha.shape, 3), np.float32), np.zeros_like(alpha)
    seen = bounds(alpha > 0, NEAR)  # the sharp look-up is the dear one: only where the piece is, or will be when evened
    if rgb[seen].size:
        part = Field(x=piece.field.x[seen], y=piece.field.y[seen])
        if piece.name.startswith("sleeve"):  # a mesh ends in stairs
            mesh = shrink(part.x > OUTSIDE, 1.0)  # the whole width of its new edge lies where colours are known
            alpha[seen] = np.minimum(alpha[seen], rounded_mask(mesh, STAIRS))
        np.clip(sample(cloth.rgb, part, sharp=True), 0, 255, out=rgb[seen])
        if piece.name.startswith("sleeve"):
            rgb[seen] = without_stairs(rgb[seen], part)
        if piece.name.startswith("trunk"):
            np.clip(sample(cloth.inside, part, sharp=False), 0, 1, out=inside[seen])
    return Layer(name=piece.name, piece=piece, rgb=rgb, alpha=alpha, inside=inside)
