"""What every pixel of the person's photo is, for dressing: masks from the corrected label map."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np

from tryon.masking import corrected_labels, labelled
from tryon.masking.agnostic import instep
from tryon.masking.areas import bounds
from tryon.masking.colours import in_shade_of
from tryon.transfer.warping.arrays import Array, grow, luminance, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.limbs import share_along, spread, strip
from tryon.types import LABEL, Category, Person

CLOTHES = ("upper", "coat", "dress", "jumpsuit", "scarf")
BOTTOMS = ("skirt", "pants", "belt")
ARMS = ("left_arm", "right_arm")
LEGS = ("left_leg", "right_leg")
HANDS = ("left_hand", "right_hand", "gloves")
HEAD = ("face", "hair", "hat", "sunglasses")
WAIST = 0.72  # share of the trunk at which a dress parts into top and skirt
SAG = 0.05  # shoulder distances by which a waistband hangs lower in front than at the sides
CUFF = 0.015  # shoulder distances: how far a cuff's shadow and its colour go on the hand
SHADE = 0.05  # shoulder distances that a cuff's rim may lie on a hand
DARK = 0.72  # of the hand's light: how much darker it is
HIP = 0.93  # share of the trunk at which a dress's upper part ends that is worn over trousers or a skirt, like a blouse
WAVE = 0.008  # shoulder distances by which its hem waves: no ruler cuts cloth that hangs


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Boolean (h,w) masks of the photo."""

    person: Array
    outline: Array  # float32 0..1, the figure's soft edge, wherever the labels see the person or cloth beside it
    upper: Array  # what covers the upper body
    lower: Array  # what covers hips and legs
    skin: Array  # bare neck, chest, arms, legs (not face, not hands)
    hands: Array
    face: Array
    hair: Array
    held: Array  # bags
    feet: Array  # shoes and socks
    arms: Array  # whole arms without hands, bare or in sleeves; overlaps `skin` and `upper`
    one_piece: Array  # a dress; overlaps `upper` and `lower`

    def old(self, category: Category) -> Array:
        """What the new garment replaces."""
        if category == "top":
            return self.upper
        if category == "bottom":
            return self.lower
        return self.upper | self.lower


def every(regions: Regions, step: int) -> Regions:
    """The masks at every `step`-th pixel."""
    return Regions(**{field.name: getattr(regions, field.name)[::step, ::step] for field in fields(Regions)})


def read_regions(person: Person, body: Body, over: bool = False) -> Regions:
    """Masks from labels, with sleeves and skin told apart by colour where labels are unsure.

    `over`: a dress is parted at the hips, because its upper part hangs over a new waistband.
    """
    labels = corrected_labels(person)
    labels = _without_scraps(_with_rims(labels, person, 0.03 * body.unit), body)
    one_piece = labelled(labels, ("dress", "jumpsuit"))
    below, part = np.zeros_like(one_piece), bounds(one_piece)
    below[part] = body.along(labels.shape)[part] > parting(body, body.across(labels.shape)[part], over)
    sleeved, cuffs = np.zeros_like(one_piece), np.zeros_like(one_piece)
    cloth = labelled(labels, CLOTHES)
    skin = labelled(labels, ARMS)
    for side in SIDES:
        arm = body.arms[side]
        mask, across, far = strip(arm, labels.shape)
        # Cloth on the arm is a sleeve only where the arm beside it is not bare, on either side: what hangs in front of
        # half an arm is none.
        halves = (mask * (across > 0), mask * (across <= 0))
        shares = np.maximum(*(share_along(arm, half, far, skin) for half in halves))
        covered = cloth & (mask > 0.5) & (spread(arm, far, shares) < 0.4)
        if float(np.median(shares[6:16])) > 0.6:  # a bare upper arm: over its forearm lies a skirt that stands out
            skirt = covered & one_piece & (far > 0.5 * arm.arc[-1])
            below, covered = below | (skirt & (not over)), covered & ~skirt
        sleeved |= covered
        end = (mask > 0.5) & (far > 0.85 * arm.arc[-1])
        if (covered & end).any():
            hands = labelled(labels, HANDS)
            cuffs |= grow(covered & end, CUFF * body.unit) & hands
            cuffs |= shaded(person.photo.pixels, hands, covered & end, body.unit)
    slits = _slits(labels, body)
    # Cloth that only the colours told, without a seam along the border that the parser saw.
    added = smooth_mask(grow((labels > 0) & (person.labels == 0), 4) & (labels > 0), 1.2)
    added = np.maximum(added, smooth_mask(slits, 0.8))
    return Regions(
        person=(labels > 0) | slits,
        outline=np.maximum(person.outline / 255, added).astype(np.float32),
        upper=labelled(labels, ("upper", "coat", "scarf")) | (one_piece & ~below) | slits | cuffs,
        lower=labelled(labels, BOTTOMS) | (one_piece & below),
        skin=labelled(labels, ("neck", *ARMS, *LEGS)),
        hands=labelled(labels, HANDS) & ~cuffs,
        face=labelled(labels, ("face", "sunglasses")),
        hair=labelled(labels, ("hair", "hat")),
        held=labelled(labels, ("bag",)),
        feet=labelled(labels, ("left_shoe", "right_shoe", "socks")) & ~instep(labels, person.keypoints, body.unit),
        arms=skin | sleeved | cuffs,
        one_piece=one_piece,
    )


def shaded(pixels: Array, hands: Array, cuff: Array, unit: float) -> Array:
    """Boolean (h,w): the dark line that a cuff's rim, which labels gave to the hand, leaves on `hands` (h,w) bool."""
    found = np.zeros(hands.shape, bool)
    window = bounds(cuff, round(0.3 * unit))
    hand = hands[window]
    near = grow(cuff[window], SHADE * unit) & hand
    if not (hand & ~near).any():
        return found
    light = luminance(pixels[window])
    dark = near & (light < DARK * float(np.median(light[hand & ~near])))
    found[window] = grow(dark, 1.5) & near
    return found


def parting(body: Body, across: Array, over: bool) -> Array:
    """Where a dress parts into top and skirt, px along the trunk at px `across` it: at its waist, or `over` a new
    waistband at the hips, where its hem waves a little."""
    end = (HIP if over else WAIST) * body.trunk
    left, right, middle = body.half_width(end)
    off = np.clip((across - middle) / (0.5 * (left + right)), -1.3, 1.3)
    x = across / np.float32(body.unit)
    wave = over * WAVE * (np.sin(13.0 * x + 1) + 0.6 * np.sin(24.7 * x + 2))
    result: Array = (end + (SAG * (1 - off**2) + wave) * body.unit).astype(np.float32)
    return result


def _slits(labels: Array, body: Body) -> Array:
    """Boolean (h,w): thin gaps in cloth over the shoulders, where a pale tape or strap was taken for the wall."""
    high = body.along(labels.shape) < 0.15 * body.trunk
    cloth, reach = labelled(labels, CLOTHES) & high, 0.03 * body.unit
    closed: Array = shrink(grow(cloth, reach), reach) & (labels == 0) & high
    return closed


def _with_rims(labels: Array, person: Person, reach: float) -> Array:
    """Labels with rims of a plain top that went to trousers, hands or arms beside it given back to it by their colour.

    At a cuff or a hem a map errs by some pixels, and red ones beside a new white sleeve are seen.
    """
    step = max(1, int(reach / 3))  # forms on a small copy, colours where they are asked for
    small = labels[::step, ::step]
    upper = labelled(small, ("upper", "coat"))
    inner = shrink(upper, reach / step)
    near = cv2.resize(grow(upper, reach / step).astype(np.uint8), labels.shape[::-1], interpolation=cv2.INTER_NEAREST)
    band = labelled(labels, (*BOTTOMS, *HANDS, *ARMS)) & (near > 0)
    if inner.sum() < 200 or not band.any():
        return labels
    pixels = person.photo.pixels
    own = _lab(pixels[::step, ::step][inner])
    middle = np.median(own, axis=0)
    if float(np.abs(own - middle).mean(axis=0).max()) > 12:  # a pattern
        return labels
    result = labels.copy()
    for names in (BOTTOMS, HANDS, ARMS):
        core = shrink(labelled(small, names), reach / step)
        if core.sum() < 10:
            continue
        deep = _lab(pixels[::step, ::step][core])
        gap = float(np.linalg.norm(np.median(deep, axis=0) - middle))
        rim = labelled(labels, names) & band
        if gap < 40 or not rim.any():
            continue
        if (np.linalg.norm(deep - middle, axis=1) < 0.45 * gap).mean() > 0.05:  # its pattern has the top's colour too
            continue
        alike = np.linalg.norm(_lab(pixels[rim]) - middle, axis=1) < 0.45 * gap
        if names == BOTTOMS:
            middles = (np.median(pixels[::step, ::step][part], axis=0) for part in (core, inner))
            alike &= ~in_shade_of(pixels[rim], *middles)
        result[rim] = np.where(alike, LABEL["upper"], result[rim])
    return result


def _without_scraps(labels: Array, body: Body) -> Array:
    """Labels with scraps of a top that lie in or beside what covers the hips, away from the top, given to that."""
    step = max(1, round(0.015 * body.unit))
    small = labels[::step, ::step]
    count, index, stats, _ = cv2.connectedComponentsWithStats(labelled(small, ("upper",)).astype(np.uint8))
    lower = labelled(small, ("pants", "skirt"))
    result = labels
    for k in range(1, count):
        if stats[k, cv2.CC_STAT_AREA] > 0.05 * stats[1:, cv2.CC_STAT_AREA].max():
            continue
        x, y, w, h = (int(v) for v in stats[k, :4])
        near = (slice(max(0, y - 1), y + h + 1), slice(max(0, x - 1), x + w + 1))
        around = grow(index[near] == k, 1) & (np.isin(index[near], (0, k)))
        beside = lower[near] & around
        if beside.sum() < 0.3 * stats[k, cv2.CC_STAT_AREA]:
            continue
        window = tuple(slice(step * part.start, step * part.stop) for part in near)
        result = result.copy() if result is labels else result
        there = result[window]
        scrap = around.repeat(step, axis=0).repeat(step, axis=1)[: there.shape[0], : there.shape[1]]
        result[window] = np.where(scrap & labelled(there, ("upper",)), np.bincount(small[near][beside]).argmax(), there)
    return result


def _lab(colours: Array) -> Array:
    """(n,3) RGB uint8 -> 8-bit CIE Lab as float32."""
    result: Array = cv2.cvtColor(np.ascontiguousarray(colours[None]), cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    return result
