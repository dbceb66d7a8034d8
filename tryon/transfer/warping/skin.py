"""The skin that a shorter or narrower garment uncovers, in the person's own tone, rounded like a limb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.anatomy import light_side, limb_forms, modelled
from tryon.transfer.warping.arrays import (
    Array,
    blur,
    distance,
    fill,
    grow,
    luminance,
    ramp,
    rounded_mask,
    sharpened,
    shrink,
    smooth_mask,
)
from tryon.transfer.warping.background import grain
from tryon.transfer.warping.body import SIDES, TRUNK_AT, TRUNK_HALF, Body, Side
from tryon.transfer.warping.limbs import Limb, strip
from tryon.transfer.warping.reading import Regions, every
from tryon.transfer.warping.relief import shade
from tryon.transfer.warping.shoulders import bare_outlines, drawn
from tryon.transfer.warping.texture import texture, tiled
from tryon.transfer.warping.tones import ASIDE_COVERED, DARKEST, TINT, USUAL, seen_light, sleeve_side, tone_of

TELLING = 0.05  # square shoulder distances of a sleeve that tell how light falls on its arm
SHOULDERS = (0.15, 0.50)  # shoulder distances from the axis over which that begins to be true of a shoulder, too
# Luminances of skin, how many times as deep the shades of a chest's forms are on it, which dark skin shows more of, and
# how many times as light their lights: those that are as clear as shades glow on pale skin.
SHINES = ((60.0, 140.0), (1.5, 1.0))
GLOWS = ((120.0, 200.0), (1.0, 0.35))
STEP = 2  # px between the places at which tone and light of skin are worked out
SKIRT = 1.5  # how much wider the shadow of a skirt's hem is than that of a sleeve's
LIFTED = 1.45  # the deepest shadow of a hem that is lifted, as the gain that lifts it
# What more blood, more pigment and more light change of skin's red, green and blue, as a share of them, for one unit of
# CIE a, b and L. Real skin is redder and yellower where it is darker (0.3 to 0.5 of a and of b for one of L, on 20
# people's arms and necks): what varies in colour alone is little, and with more of it skin looks blotched.
PIGMENTS = np.array([[0.009, -0.009, -0.004], [0.002, -0.003, -0.018], 0.015 * TINT], np.float32)
# Shoulder distances over which they vary, and by how much: colours as much as is left of them on those people's skin
# (0.12 to 0.20 with the camera's noise), light as on their calmest, and 0.4 of both: what varies on real skin lies
# along its forms, so that much less of it by chance looks blotched. Without it skin looks like wax.
MOTTLES = (
    (0.02, (0.04, 0.05, 0.04)),
    (0.05, (0.04, 0.05, 0.06)),
    (0.12, (0.03, 0.04, 0.08)),
    (0.30, (0.02, 0.03, 0.10)),
)
# How much redder and yellower than an arm's the shades of a chest are, as exponents, and what varies on it over which
# shoulder distances, as shares of its light, beside all that: medians of five people who show both, and a fifth of
# what six chests have: half of it strangers called blotched.
CHEST_TINT = np.array([0.75, 1.0, 1.2], np.float32)
PATCHES = ((0.018, 0.0013), (0.045, 0.0014))
BELLY = 0.08  # how much more light is on a belly, which is 5 of L lighter than the same people's arms
BELLY_AT = np.array([0.30, 0.60])  # shoulder distances down the trunk between which it begins
BESIDE_ARMS = 0.03  # shoulder distances over which a trunk's skin goes over into an arm's
REDDER = np.array([0.045, 0.060], np.float32)  # how much less green and blue there is in skin at elbows and wrists


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The bare figure: where it lies and how it is rounded. All (h,w) float32."""

    arms: Array  # 0..1
    core: Array  # 0..1 the arms without their rims
    legs: Array  # 0..1
    trunk: Array  # 0..1
    across: Array  # position across the trunk, -1..1 at its edges
    inward: Array  # position across the nearer limb, -1 at its outer edge, 1 at its inner one
    rounds: Mapping[str, Array]  # "arms", "legs", "trunk": light over an evenly lit cylinder, about 0.7..1.05
    along: Mapping[tuple[str, Side], Array]  # ("arms", "left"): (h,w) arc length on that limb, 0 away from it


def read_figure(body: Body, regions: Regions) -> Figure:
    """Limbs as tapered strips as wide as the visible ones, the trunk between its edges, in one smooth outline."""
    size = regions.person.shape
    planes: dict[str, Array] = {}
    rounds: dict[str, Array] = {}
    core, inward = np.zeros(size, np.float32), np.zeros(size, np.float32)
    along: dict[tuple[str, Side], Array] = {}
    areas: dict[Side, Array] = {}
    for name, limbs in (("arms", body.arms), ("legs", body.legs)):
        solid, shade = np.zeros(size, np.float32), np.ones(size, np.float32)
        for side in SIDES:
            limb = limbs[side]
            along[name, side] = np.zeros(size, np.float32)
            if name == "arms" and not limb.seen:
                continue
            whole, across, far = strip(limb, size)
            areas[side] = whole
            length = float(limb.arc[-1])
            # Where a limb grows out of the trunk it is not yet a cylinder.
            light = 1 + (roundness(across) - 1) * ramp(far, 0.10 * length, 0.30 * length)
            along[name, side] = far
            shade = np.where(whole > solid, light, shade).astype(np.float32)
            if name == "arms":
                core = np.maximum(core, whole * ramp(np.abs(across), 0.95, 0.8))
                np.copyto(inward, across * inner_sign(limb, body, side), where=whole > 0)
            else:  # a hand before a thigh stays the arm's
                np.copyto(inward, across * inner_sign(limb, body, side), where=(whole > 0) & (planes["arms"] == 0))
            solid = np.maximum(solid, whole)
        planes[name], rounds[name] = solid, shade
    for side, other in zip(SIDES, SIDES[::-1], strict=True):  # arcs reach beyond limbs: that of one leg over the other
        along["legs", side] *= (areas[side] > 0) | (areas[other] == 0)
    trunk, across = trunk_area(body, size)
    down = body.along(size)
    # The chest between the shoulders is flat to the light; below the arms it turns away at both sides.
    rounds["trunk"] = 1 + (roundness(across * 0.85) - 1) * ramp(down, 0.12 * body.trunk, 0.4 * body.trunk)
    both = np.maximum(trunk, planes["arms"]) > 0.5
    # From the neck over the shoulder into the arm there is no notch and no corner.
    upper, chest, outside = drawn(body, bare_outlines(body, regions), size)
    arms = np.minimum(np.maximum(planes["arms"], upper), 1 - outside)
    arms = np.minimum(even(arms, 0.03 * body.unit), 1 - outside)
    both |= np.maximum(chest, upper) > 0.5
    both |= _shoulders(body, size) & (down < 0.2 * body.trunk)
    both = np.where(down < 0.45 * body.trunk, both, trunk > 0.5)  # there is no skin between a waist and an elbow
    both &= outside < 0.5
    soft = np.minimum(rounded_mask(both, max(1.0, 0.02 * body.unit)), 1 - outside)
    trunk = np.where(down < 0.2 * body.trunk, soft, rounded_mask(both, max(1.0, 0.03 * body.unit)))
    return Figure(
        arms=arms, legs=planes["legs"], trunk=trunk, core=core, across=across, inward=inward, rounds=rounds,
        along=along,
    )  # fmt: skip


def even(part: Array, sigma: float) -> Array:
    """(h,w) 0..1: a part of the body with its corners rounded, as elbows are, and an edge about a pixel wide."""
    rows, columns = bounds(part > 0.5)
    margin = int(3 * sigma) + 1
    window = tuple(slice(max(0, span.start - margin), span.stop + margin) for span in (rows, columns))
    result = np.zeros_like(part)
    if part[rows, columns].size:
        result[window] = sharpened(blur(part[window], sigma), sigma)
    return result


def inner_sign(limb: Limb, body: Body, side: Side) -> int:
    """1 where `strip` counts positive towards the trunk, else -1."""
    _, direction, _ = limb.at(0.3 * float(limb.arc[-1]))
    towards = body.side * (1 if side == "left" else -1)
    return 1 if np.array([-direction[1], direction[0]]) @ towards > 0 else -1


def _shoulders(body: Body, size: tuple[int, ...]) -> Array:
    """Boolean (h,w): below the lines over both shoulders and inside the outer arms."""
    line = np.concatenate([body.shoulders["left"][::-1], body.shoulders["right"]])
    canvas = np.zeros(size, np.uint8)
    cv2.fillPoly(canvas, [np.rint(line * 8).astype(np.int32)], 1, shift=3)
    return canvas > 0


def whole_round(figure: Figure) -> Array:
    """(h,w) light over the bare figure: that of the limb, and of the trunk elsewhere."""
    result: Array = np.where(np.abs(figure.across) < 1.15, figure.rounds["trunk"], 1.0)
    for name, plane in (("legs", figure.legs), ("arms", figure.arms)):
        far = np.maximum(figure.along[name, "left"], figure.along[name, "right"])
        reach = max(float(far.max()), 1.0)
        weight = plane * ramp(far, 0.05 * reach, 0.30 * reach)
        result = result * (1 - weight) + figure.rounds[name] * weight
    return result.astype(np.float32)


def roundness(across: Array) -> Array:
    """Light over a limb from its middle (0) to its edge (1): flat in the middle, darker at the rim."""
    edge = np.clip(np.abs(across), 0, 1.1)
    result: Array = (1.04 - 0.10 * edge**2 - 0.22 * edge**5).astype(np.float32)
    return result


def trunk_area(body: Body, size: tuple[int, ...]) -> tuple[Array, Array]:
    """Coverage (h,w) of neck, shoulders and trunk, and the position across it, -1..1 at its edges."""
    half = np.interp(body.rows / body.trunk, TRUNK_AT, TRUNK_HALF) * body.unit
    low, high = np.maximum(body.edges[:, 0], -1.06 * half), np.minimum(body.edges[:, 1], 1.06 * half)
    below = body.rows > 0.25 * body.trunk
    left, right = (body.place(edge[below], body.rows[below]) for edge in (low, high))
    over_left, over_right = body.shoulders["left"][:5], body.shoulders["right"][:5]
    neck = [body.place(s * 0.15 * body.unit, -0.5 * body.unit) for s in (-1, 1)]
    polygon = np.array([*left[::-1], *over_left[::-1], *neck, *over_right, *right])
    canvas = np.zeros(size, np.uint8)
    cv2.fillPoly(canvas, [np.rint(polygon * 8).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=3)
    along, sideways = body.along(size), body.across(size)
    low = np.interp(along, body.rows, body.edges[:, 0])
    high = np.interp(along, body.rows, body.edges[:, 1])
    across = (2 * sideways - low - high) / np.maximum(high - low, 1.0)
    return canvas.astype(np.float32) / 255, across.astype(np.float32)


def skin_colour(pixels: Array, regions: Regions, figure: Figure, body: Body, seed: int) -> Array:
    """(h,w,3) float32: skin for the whole picture, continued from what is bare, with the body's relief and the
    skin's own structure. Tone and relief are smooth: they are worked out on a smaller copy."""
    size, unit = regions.person.shape, body.unit / STEP
    small = every(regions, STEP)
    weight, bare = _telling(small, unit)
    if not weight.any():
        return np.broadcast_to(np.array([205, 165, 140], np.float32), pixels.shape).copy()
    picture = cv2.blur(pixels.astype(np.float32), (STEP, STEP))[::STEP, ::STEP]
    front = blur((figure.trunk * (1 - figure.arms))[::STEP, ::STEP], BESIDE_ARMS * unit)
    light = _light(picture, small, figure, body, bare, regions.skin, front)
    wrists = (figure.arms[::STEP, ::STEP] > 0.9) & grow(small.hands, 0.2 * unit) & ~small.hands
    even = picture / light
    if wrists.any():  # the form of hands is not modelled
        even[small.hands] = picture[small.hands] / light[wrists].mean(axis=0)
        light = led_onto(light, wrists, small.hands)
    soft = _tone(even, small, weight, unit) * light
    soft = joined(soft, picture, small, unit) * mottled(weight.shape, unit, seed)
    soft *= patchy(front, unit, seed)
    result: Array = cv2.resize(soft, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
    # A neck has sinews, thighs are rougher than what is bared mostly.
    limbs = [bare & (plane[::STEP, ::STEP] > 0.5) for plane in (figure.arms, figure.legs)]
    parts = [mask for mask in (*limbs, bare) if mask.sum() > 0.02 * unit * unit]
    where = cv2.resize((parts[0] if parts else weight > 0).astype(np.uint8), (size[1], size[0])) > 0
    seen = regions.skin | regions.hands | regions.face
    tile = texture(pixels, where, body.unit, seed, seen=seen, rough=not any(parts and parts[0] is one for one in limbs))
    if tile is None:  # as the rest of the photo is, at least
        return result + grain(pixels, ~regions.person, seed + 1)[..., None]
    return result * tiled(tile, size)


def led_onto(light: Array, wrists: Array, hands: Array) -> Array:
    """`light` (h,w,3) going on from the `wrists` (h,w) bool onto the `hands` (h,w) bool: any other light there would
    show the line of the labels in the skin that is led into a hand."""
    result, around = light.copy(), bounds(hands, 3)
    result[around][hands[around]] = fill(light[around], wrists[around])[hands[around]]
    return result


def _telling(regions: Regions, unit: float) -> tuple[Array, Array]:
    """(h,w) float32 how much a pixel tells of the skin's tone, and (h,w) bool bare skin away from cloth and edges."""
    bare = shrink(regions.skin & ~grow(regions.upper | regions.lower, max(1.0, 0.02 * unit)), max(1.0, 0.012 * unit))
    weight = bare.astype(np.float32)
    weight += 0.5 * shrink(regions.hands, 0.03 * unit)
    if weight.sum() < 0.05 * unit * unit:
        weight += 0.6 * shrink(regions.face & ~grow(regions.hair, 0.06 * unit), 0.10 * unit)
    return weight, bare


def _tone(even: Array, regions: Regions, weight: Array, unit: float) -> Array:
    """(h,w,3) the unlit colour of the skin, going over into the person's tone away from what is seen."""
    median = tone_of(even, regions, weight, unit)
    # Shadows, highlights and cloth that was taken for skin are not the tone: only pixels near it speak.
    known = weight > 0
    off = np.log((even[known] + 8) / (median + 8)).mean(axis=1)
    weight = weight.copy()
    weight[known] *= ramp(off, 0.42, 0.2) * ramp(off, -0.26, -0.12)
    tone = fill(blur(even, 0.8), weight)
    far = 1 - np.clip(3 * blur(weight, 0.25 * unit), 0, 1)[..., None]
    tone = blur(tone, 0.05 * unit)
    result: Array = tone + (median - tone) * (0.10 + 0.75 * far)
    return result


def _light(
    picture: Array, regions: Regions, figure: Figure, body: Body, bare: Array, skin: Array, trunk_front: Array
) -> Array:
    """(h,w,3) light on the figure's relief, as hard as it is on the skin that is seen; `picture` (h,w,3), `regions`,
    `bare` and `trunk_front` (h,w) 0..1, the trunk without its arms, are every STEP-th pixel."""
    part = (slice(None, None, STEP), slice(None, None, STEP))
    far = np.maximum(figure.along["arms", "left"], figure.along["arms", "right"])
    trunk, across, arms, legs, arc = (p[part] for p in (figure.trunk, figure.across, figure.arms, figure.legs, far))
    length = max(float(arm.arc[-1]) for arm in body.arms.values())  # an arm goes on into its hand
    arms, arc = np.maximum(arms, regions.hands), np.where(regions.hands, np.float32(length), arc)
    front, aside = shade(body, trunk, across, arms, legs, arc, STEP)
    sideways = light_side(picture, regions, body.unit / STEP)
    hardness, tint = USUAL, TINT
    enough = 0.05 * (body.unit / STEP) ** 2
    limbs = next((part for part in (bare & (arms > 0.5), bare & (legs > 0.5)) if part.sum() > enough), None)
    if limbs is not None:
        some = np.flatnonzero(limbs)[::3]
        colours = np.log(picture.reshape(-1, 3)[some] + 4)
        share, hardness, tint = seen_light(colours, front.ravel()[some], sideways * aside.ravel()[some])
        aside *= share * sideways
    else:
        aside *= on_sleeves(picture, regions, figure, body, (front, aside), ASIDE_COVERED * sideways)
    planes = {"arms": figure.arms, "legs": figure.legs}
    forms, red = limb_forms(body, figure.along, figure.inward, planes, STEP)
    belly = ramp(body.along(skin.shape)[part], *BELLY_AT * body.unit)
    light = np.maximum(front + aside, DARKEST)
    chest = cv2.log((modelled(body, skin)[part] + BELLY * belly * trunk_front).astype(np.float32))
    chest *= np.float32(max(1.0, hardness))
    if bare.any():
        above = ramp(body.along(skin.shape)[part], 0.65 * body.unit, 0.45 * body.unit)  # bellies are soft
        tone = np.median(luminance(picture[bare][None]))
        deeper = chest * np.float32(np.interp(tone, *SHINES)) * above + chest * (1 - above)
        chest = np.where(chest < 0, deeper, chest * np.float32(np.interp(tone, *GLOWS)))
    depth = np.float32(hardness) * cv2.log(light) + cv2.log(forms) + chest  # much faster than powers
    low = np.minimum(depth, 0) * trunk_front  # with lights, too, those would be grey
    channels = [cv2.exp(float(k) * (depth + float(c - 1) * low)) for k, c in zip(tint, CHEST_TINT, strict=True)]
    result = np.asarray(cv2.merge(channels))
    result[..., 1:] *= 1 - red[..., None] * REDDER
    return result


def on_sleeves(
    picture: Array, regions: Regions, figure: Figure, body: Body, lit: tuple[Array, Array], usual: float
) -> Array:
    """(h,w) -0.5..0.5: how much of the light falls from the right: on arms as their sleeves tell, elsewhere as `usual`.
    `lit`: (h,w) light on the figure from the front and from the right; all planes but the figure's are every STEP-th
    pixel."""
    front, aside = lit
    result = np.full(front.shape, np.float32(usual))
    out = body.across(figure.arms.shape)[::STEP, ::STEP] / np.float32(body.unit)
    for side in SIDES:
        arc, length = figure.along["arms", side][::STEP, ::STEP], float(body.arms[side].arc[-1])
        sleeve = regions.upper & (figure.core[::STEP, ::STEP] > 0.5) & (arc > 0.25 * length) & (arc < 0.9 * length)
        if sleeve.sum() < TELLING * (body.unit / STEP) ** 2:
            continue
        cloth = np.log(luminance(picture[sleeve][None])[0] + 4)
        told = sleeve_side(cloth, front[sleeve], aside[sleeve])
        beside = ramp(out * (1 if side == "right" else -1), *SHOULDERS)
        result += (told - result) * np.maximum(beside, ramp(arc, 0.06 * length, 0.26 * length))
    return result


def unshadowed(pixels: Array, regions: Regions, figure: Figure, edge: Array, unit: float) -> Array:
    """(h,w,3) float32: the photo with the shadow that the old garment's edge threw on the skin beside it lifted.

    `edge` (h,w) bool: where the old garment goes without another one coming. Skin only ever gets brighter, towards
    that of the same limb a little further on, and keeps its texture.
    """
    picture = pixels.astype(np.float32)
    edge = edge & (regions.arms | regions.lower)  # what hangs beside a bare arm is no sleeve
    if not edge.any():
        return picture
    near = distance(edge, 0.25 * SKIRT * unit)
    # A neck lies in the chin's shadow anyway.
    limbs = regions.skin & (((figure.arms > 0.3) & regions.arms) | (figure.legs > 0.3))
    skin = shrink(limbs, 1.5)
    # A skirt hangs further away from the leg than a sleeve from the arm.
    near = np.where(regions.arms, near, near / np.float32(SKIRT)) if regions.lower[edge].any() else near
    further = skin & (near > 0.17 * unit)
    band = limbs & (near < 0.24 * unit)
    if further.sum() < 0.02 * unit * unit or not band.any():
        return picture
    turned = whole_round(figure)
    light = luminance(picture) / turned
    weight = skin.astype(np.float32)
    sigma = 0.03 * unit
    here = (blur(light * weight, sigma) + 1e-3 * light) / (blur(weight, sigma) + 1e-3)
    there = blur(fill(light[..., None], further.astype(np.float32))[..., 0], sigma)
    gain = np.clip(there / np.maximum(here, 1.0), 1.0, LIFTED)
    # A limb's rim is dark because it turns away, not in a shadow.
    share = ramp(near, 0.24 * unit, 0.06 * unit) * smooth_mask(limbs, 1.0) * limbs * ramp(turned, 0.90, 0.98)
    # A shadow's skin is redder than lit skin: what is lifted evenly would glow.
    part = bounds(share > 0)
    picture[part] *= (1 + (gain[part] - 1) * share[part])[..., None] ** TINT
    return picture


def joined(skin: Array, pixels: Array, regions: Regions, unit: float) -> Array:
    """Skin that meets the skin beside it without a step: their difference there, continued and fading inwards."""
    free = regions.skin & ~grow(regions.upper | regions.lower, max(3.0, 0.05 * unit))
    seen = shrink(free, max(1.0, 0.015 * unit))
    if not seen.any():
        seen = shrink(free, 1.0)
    seen |= shrink(regions.hands, 0.02 * unit)
    if not seen.any():
        return skin
    step = fill(pixels.astype(np.float32) - skin, seen.astype(np.float32))
    away = cv2.distanceTransform((~seen).astype(np.uint8), cv2.DIST_L2, 3)
    result: Array = skin + step * np.exp(-away / (0.30 * unit))[..., None]
    return result


def mottled(size: tuple[int, ...], unit: float, seed: int) -> Array:
    """(h,w,3) factor about 1: skin is never of one colour. Deterministic by `seed`."""
    random = np.random.default_rng(seed)
    tones: Array = np.zeros((0, 0, len(PIGMENTS)), np.float32)
    for cell, strengths in MOTTLES:
        step = max(2.0, cell * unit)
        places = (max(2, int(size[0] / step)), max(2, int(size[1] / step)), len(PIGMENTS))
        more = random.standard_normal(places).astype(np.float32) * np.array(strengths, np.float32)
        # Wide ones are added where the finest are: enlarging a picture takes time.
        fine = tones.shape[1::-1]
        tones = tones + cv2.resize(more, fine, interpolation=cv2.INTER_CUBIC) if tones.size else more
    enlarged = cv2.resize(tones @ PIGMENTS, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(1 + enlarged)


def patchy(front: Array, unit: float, seed: int) -> Array:
    """(h,w,3) factor about 1 on the trunk, `front` (h,w) 0..1, whose skin is less even than that of arms: where it is
    darker it is redder and yellower. Deterministic by `seed`; `unit`: shoulder distance in places."""
    random = np.random.default_rng(seed + 1)
    light = np.zeros(front.shape, np.float32)
    for cell, strength in PATCHES:
        step = max(2.0, cell * unit)
        places = (max(2, int(front.shape[0] / step)), max(2, int(front.shape[1] / step)))
        more = random.standard_normal(places).astype(np.float32) * np.float32(strength)
        light += cv2.resize(more, front.shape[::-1], interpolation=cv2.INTER_CUBIC)
    light *= front
    return np.asarray(cv2.merge([1 + float(share) * light for share in TINT * CHEST_TINT]))
