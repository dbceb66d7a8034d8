"""The photo without the old garment: skin, the other garment and the background where the new one leaves them bare."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.armholes import flanks
from tryon.transfer.warping.arms import below_hems
from tryon.transfer.warping.arrays import (
    Array,
    blur,
    grow,
    mix,
    ramp,
    rounded_mask,
    sharpened,
    shrink,
    smooth_mask,
)
from tryon.transfer.warping.background import among_hair
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.closure import fastened
from tryon.transfer.warping.covered import covered_skin, over_shoulders
from tryon.transfer.warping.edges import bared, beside_skirt, closed, evened_edge, nicks, without_creases
from tryon.transfer.warping.hips import (
    BAND,
    above_band,
    bare_waist,
    beside_hem,
    hidden_by,
    lap_of,
    outside,
    waist_light,
    waistband,
)
from tryon.transfer.warping.lap_cloth import continued, out_of_shadow
from tryon.transfer.warping.layers import Dressing
from tryon.transfer.warping.necks import even_foot
from tryon.transfer.warping.paling import kept_colour, pale
from tryon.transfer.warping.pockets import beside_pockets
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.remains import without_remains, without_specks
from tryon.transfer.warping.shoulders import slivers
from tryon.transfer.warping.skin import Figure, skin_colour, unshadowed
from tryon.transfer.warping.sleeve_rims import cleaned
from tryon.transfer.warping.slits import around_slits
from tryon.transfer.warping.tones import shaded_skin
from tryon.transfer.warping.waist_ends import top_waist, waist_to_ends
from tryon.transfer.warping.wrists import at_wrists, beside_cloth, bridged, in_line, led_over, own_strips, seamless
from tryon.types import Category

FILLS = 5  # pixels of the small copy on which corners are looked for: steps of half its reach
PAINTED = 0.95  # how solid completed skin is where nothing shows through it
WRIST = 0.2  # shoulder distances before a hand where a drawn arm may end
CHEST = (0.22, 0.32)  # of the trunk: below that its sides are covered
FLARES = 0.2  # shoulder distances above shoes in which an ankle is wider than the shin's line goes on
SLIT = 6  # px from a strip of a forearm beside a skirt to the drawn arm, up to which a slit between both is none
RIM = 10.0  # of an arm's soft edge: less than a tenth of it tells that a sleeve hides the arm

SIDE_ENDS = 0.35  # shoulder distances above the end of a side over which it may be rounded off
ROUNDS_OFF = 0.15  # px per px that it draws in from where that begins
CORNER = 0.05  # shoulder distances over which that is told


@dataclass(frozen=True, kw_only=True)
class Base:
    """The picture under the new garment: pixels (h,w,3) float32, and 0..1 planes of what was put there."""

    pixels: Array
    skin: Array
    other: Array  # the other garment, continued
    area: Array  # all that was replaced


def undress(
    pixels: Array,
    category: Category,
    body: Body,
    regions: Regions,
    figure: Figure,
    dressing: Dressing,
    light: Array,
    seed: int,
) -> Base:
    """What is under and behind the old garment, painted where it may be seen; `light` as of shading.lights."""
    hidden = covered_skin(body, regions, figure, dressing)
    area = replaced_area(category, body, regions, figure, dressing, hidden)
    rims = np.zeros_like(area)
    if category == "top":
        waist = regions.skin & ~regions.arms & (body.along(area.shape) > 0.4 * body.trunk)
        end = dressing.trunk[1] + 0.1 * body.unit * around_slits(dressing.slits, area.shape)  # a pocket's edge is near
        rims = beside_top(body, grow(regions.lower, 0.010 * body.unit) | waist, dressing.alpha > 0.5, end)
        rims &= ~beside_pockets(body, regions, dressing.slits) & ~below_sides(body, dressing.body > 0.5)
        area |= rims
    lap = lap_of(body, regions, dressing.trunk[1]) if category == "top" else None
    if lap is not None:
        area |= outside(body, regions, lap)
    gone = regions.old(category) & (dressing.alpha < 0.5)
    base = unshadowed(pixels, regions, figure, gone, body.unit)
    seen = area & (dressing.alpha < 0.98)
    if not seen.any():
        empty = np.zeros(area.shape, np.float32)
        return Base(pixels=base, skin=empty, other=empty, area=empty)
    with ThreadPoolExecutor(1) as beside:  # numpy and OpenCV let two threads work at once
        skin = beside.submit(skin_colour, base, regions, figure, body, seed)
        other, fade, hem = beside_hem(category, body, regions, lap)
        if lap is not None:
            other = hidden_by(dressing.body, other, body.along(other.shape) < dressing.trunk[1])
        cloth = None
        if lap is not None and not lap.parted and ((other > 0.5) & (dressing.alpha < 0.98)).any():
            base = out_of_shadow(base, regions.lower, regions.upper, body)
            cloth = beside.submit(continued, base, regions.lower & ~hem, body, lap, seed).result
        beside_hip = regions.lower & around_slits(dressing.slits, area.shape) & (dressing.body > 0.5)  # a hand may be
        ground, rest = without_remains(pixels, seen, regions, regions.old(category) | beside_hip, body.unit, seed)
        strips, edge = beside_skirt(base, body, regions, figure, regions.old(category))
        strips &= ~hidden
        area |= rest & ~grow(strips, 3.5)
        if category == "top":
            ground, stained = cleaned(ground, base, area, regions, figure.arms, body.unit)
            area |= stained
        flesh = bare_figure(category, body, regions, figure, dressing, hidden)
        flesh[rims] = np.minimum(flesh, figure.arms)[rims]
        flesh, stray = meeting(flesh, area, body, regions, figure)
        area = (area & ~own_skin(area & (flesh < PAINTED), category, body, regions, hidden)) | stray
        if any(end > 0 for end in dressing.sleeves.values()):
            narrow = slivers(body, (flesh > 0.3) | regions.skin, dressing.alpha > 0.5, ~regions.person)
            if narrow.any():  # an arm is no shoulder
                narrow &= below_hems(dressing, body, figure) == 0
            flesh[narrow] = 0.0
            area |= narrow | (grow(narrow, 0.025 * body.unit) & ~regions.person)
        flesh, foot = even_foot(flesh, area, body, regions)
        area |= foot
        if category == "top" and regions.lower.any():  # nor beside what is worn on them
            along = body.along(area.shape)
            start = float(np.percentile(along[regions.lower], 2)) + 0.15 * body.unit
            flesh = flesh * (1 - ramp(along - start, 0.0, 4.0) * (1 - figure.arms))
        wrists = at_wrists(body, figure)
        flesh, area, beside_wrists = in_line(flesh, area, wrists, figure.arms, regions, body.unit)
        ground = beside_cloth(ground, base, beside_wrists, regions.lower & ~area, ~regions.person, body.unit)
        head = regions.face | regions.skin | (flesh > 0.5) | (dressing.alpha > 0.5)
        ground = among_hair(ground, pixels, regions.hair, head, area & (flesh < 0.5), float(body.origin[0]), body.unit)
        # Tapes and trimmings that the labels took for the wall.
        area |= (flesh > 0.5) & ~regions.person & grow(regions.old(category), 0.06 * body.unit)
        area = without_specks(area, body.unit) & ~strips
        flesh = np.maximum(flesh, closed(flesh, 2.0) * grow(strips, SLIT))
        joints = bridges(flesh > 0.5, area, body, regions, figure) * ~strips
        joints = np.maximum(joints, evened_edge(strips, edge) * (flesh < 0.9))
    if lap is not None:
        flesh = bare_waist(body, regions, lap, flesh, figure.arms, dressing.trunk[1], hem_ends(body, dressing))
        flesh = np.maximum(flesh, nicks(strips, area & regions.person & (flesh < 0.5), body.unit))
        other = other * (1 - flesh * figure.arms)
        trunk = 1 - figure.arms
        turned = waist_light(flesh * trunk, np.maximum(other, regions.lower), body, dressing.trunk[1])
        light = light * (1 + (turned - 1) * trunk)
    elif category == "top" and (line := top_waist(regions, body)) is not None:
        flesh = waist_to_ends(flesh, figure.arms, body, regions, line, dressing.trunk[1])
    light = 1 + (light - 1) * away_from(regions.skin | regions.hands, area, 0.35 * body.unit)  # it has its own there
    wall = (flesh < 0.5) & (area | ~regions.person) & (dressing.alpha < 0.5)
    kept = kept_colour(pixels, regions, body.unit)
    bare = shaded_skin(skin.result(), light)
    pale(bare, ground, wall, kept, area, body.unit)
    filled = mix(ground, bare, flesh)
    filled = led_over(filled, base, wrists & area & (flesh > 0.9), regions.hands & ~area, body.unit)
    seen = (regions.skin | regions.hands) & ~area & shrink(regions.person, 2)  # its rim is mixed with the wall
    filled = bridged(filled, base, joints, flesh > 0.9, seen)
    flesh = np.maximum(flesh, joints)
    if cloth is not None and lap is not None:
        upper_part = cloth()
        band = waistband(body, lap, upper_part)
        filled = mix(filled, fastened(upper_part * band[..., None], body, lap), other)
        area |= hem & (other > 0.5)
    elif lap is not None:
        down = lap.down(body, area.shape)
        inside = ramp(lap.beyond(body, area.shape), 0.7, -0.7) * ramp(down, -0.8, 0.8) * regions.one_piece
        band = 1 + (waistband(body, lap, base) - 1) * ramp(down, 3 * BAND * body.unit, 2 * BAND * body.unit)
        filled = mix(filled, base * band[..., None], inside)
        area |= regions.lower & (down < 3 * BAND * body.unit)
    soft = smooth_mask(area, 1.0) * grow(area, 1).astype(np.float32) * np.maximum(fade, rims)
    ends = (regions.skin | (regions.hands & wrists)) & (flesh > 0.9)
    soft = np.maximum(soft, seamless(bared(area, dressing.alpha, flesh * figure.arms), ends, body.unit))
    soft = np.maximum(soft, joints)
    mixed = soft * ~own_strips(flesh < PAINTED, regions.arms & regions.skin & ~area, regions.person, body.unit)
    return Base(pixels=mix(base, filled, mixed), skin=soft * flesh * (1 - other), other=soft * other, area=soft)


def replaced_area(
    category: Category, body: Body, regions: Regions, figure: Figure, dressing: Dressing, hidden: Array
) -> Array:
    """Boolean (h,w): the old garment with its fringe, and bare limbs that the new one hides, `hidden` (h,w) bool."""
    old = regions.old(category)
    fringe = max(1.5, 0.012 * body.unit)
    # Labels miss a hem by a few pixels; on skin that is mended with skin, before the wall with wall.
    area = grow(old | hidden, fringe) | (grow(old, 2.2 * fringe) & ~regions.person)
    # Of a forearm that a skirt hides: wall would come in its place. What lies along an arm's edge is a frill.
    narrow = regions.arms & (~grow(figure.arms > 0.5, fringe) | around_slits(dressing.slits, old.shape))
    area |= grow(old, max(3.0, 0.045 * body.unit)) & regions.skin & ~narrow
    area &= ~(regions.hands | regions.face | regions.hair | regions.held | regions.feet)
    if dressing.opening is not None:
        area &= ~(regions.upper & (dressing.opening > 0.5))
    if category == "top":
        area &= ~regions.lower
    elif category == "bottom":  # an edge's pixels are of both
        area &= ~regions.upper | grow(old, fringe)
    return area


def beside_top(body: Body, lower: Array, worn: Array, hem: Array | float) -> Array:
    """Boolean (h,w): rims of what is below a waist, `lower` (h,w) bool, that would stand out beside a top, `worn` (h,w)
    bool, that hangs over it down to `hem`, (h,w) or one for all, px along the trunk."""
    thin = 0.05 * body.unit
    beside = lower & ~worn
    rim = beside & grow(worn, 2 * thin) & (body.along(lower.shape) < hem - 0.15 * body.unit)
    if not rim.any():
        return rim
    result: Array = rim & ~grow(shrink(beside, thin), 1.5 * thin)
    return result


def below_sides(body: Body, worn: Array) -> Array:
    """Boolean (h,w): from where on the sides of a top, `worn` (h,w) bool, draw in to a hem that is rounded off there:
    what is below a waist comes out of it."""
    found = np.zeros(worn.shape, bool)
    reach, step = (max(2, round(share * body.unit)) for share in (SIDE_ENDS, CORNER))
    middle = int(np.clip(round(float(body.place(0.0, body.trunk)[0])), 1, worn.shape[1] - 1))
    for half in (np.s_[:, middle:], np.s_[:, middle - 1 :: -1]):
        width = worn[half].shape[1] - worn[half][:, ::-1].argmax(axis=1) if worn[half].any() else np.zeros(0)
        rows = np.flatnonzero(worn[half].any(axis=1))[-reach:]
        if len(rows) < reach:
            continue
        steep = width[rows[:-step]] - width[rows[step:]] > ROUNDS_OFF * step
        found[half][rows[len(steep) - int(np.argmin(np.r_[steep[::-1], False]))] :] = True
    return found


def own_skin(blank: Array, category: Category, body: Body, regions: Regions, hidden: Array) -> Array:
    """Boolean (h,w): bare arms beside the old garment that stay the photo's own, because no skin is painted there,
    `blank` (h,w) bool: a drawn arm ends round before its hand does."""
    free = blank & regions.skin & regions.arms
    if not free.any() or not regions.hands.any():
        return np.zeros(blank.shape, bool)
    free &= grow(regions.hands, WRIST * body.unit)
    rim = grow(regions.old(category), max(1.5, 0.012 * body.unit))
    return free & ~rim & ~hidden


def bare_figure(
    category: Category, body: Body, regions: Regions, figure: Figure, dressing: Dressing, hidden: Array
) -> Array:
    """(h,w) 0..1: where uncovered parts of the figure are skin, but what is `hidden` (h,w) bool. Beside a garment
    there is none, only background."""
    along = body.along(regions.person.shape)
    soft = max(1.0, 0.02 * body.unit)
    arms, legs = figure.arms.copy(), figure.legs.copy()
    for side in SIDES:
        end = dressing.sleeves.get(side, 0.0)
        arc = figure.along["arms", side]
        arms *= np.where(arc > 0, ramp(arc, end - 3 * soft, end - 2 * soft), 1.0)
        end, arc = dressing.legs.get(side, 0.0), figure.along["legs", side]
        legs *= np.where(arc > 0, ramp(arc, end - 3 * soft, end - 2 * soft), 1.0)
    if any(end > 0 for end in dressing.legs.values()):  # nor where thighs are rounded off in the hips
        legs *= np.maximum(*(figure.along["legs", side] for side in SIDES)) > 0
    if dressing.skirt > 0:
        legs *= ramp(along, dressing.skirt - 6 * soft, dressing.skirt - 4 * soft)
    if category == "top":
        legs *= 0
    inner = ramp(np.abs(figure.across), 0.78, 0.68) * ramp(along, 0.62 * body.trunk, 0.5 * body.trunk)
    if any(end > 0 for end in dressing.sleeves.values()):
        covered = over_shoulders(body, along.shape, dressing)
        arms = np.maximum(arms * ~covered, figure.arms * below_hems(dressing, body, figure))
    upper = np.maximum(ramp(along, CHEST[1] * body.trunk, CHEST[0] * body.trunk), inner)
    if not any(end > 0 for end in dressing.sleeves.values()):
        upper = np.maximum(upper, flanks(body, dressing.armpits, dressing.alpha, along, CHEST[0] * body.trunk))
    trunk = figure.trunk * np.maximum(upper, ramp(along, dressing.trunk[1] - 5 * soft, dressing.trunk[1] - 3 * soft))
    if category == "bottom":
        over = ramp(along, dressing.trunk[0] + 2 * soft, dressing.trunk[0])
        trunk = figure.trunk * over * above_band(dressing.alpha, body.unit)
    elif category == "dress":
        trunk = figure.trunk * upper
    if any(end > 0 for end in dressing.sleeves.values()):
        trunk = trunk * ~(over_shoulders(body, along.shape, dressing) & (along < dressing.trunk[1] - 5 * soft))
        sleeved = (figure.arms - arms) * (figure.inward < 0.3) * (along > 0.15 * body.trunk)
        trunk = trunk * (1 - np.clip(RIM * sleeved, 0, 1))
    seen = regions.skin & ~hidden
    # A corner of cloth in shade that was taken for skin does not lie on the figure.
    seen &= grow(np.maximum(np.maximum(figure.arms, figure.legs), figure.trunk) > 0.5, 0.02 * body.unit)
    reach = 0.03 * body.unit
    inside = np.minimum(closed(regions.outline, reach), rounded_mask(regions.person, max(1.2, reach)))
    inside = np.minimum(inside, rounded_mask(inside > 0.5, 1.2))  # no stairs from a small map
    inside = without_creases(inside, arms * (regions.arms & ~regions.skin), body.unit)
    # Where a hem meets bare skin, the skin tells the outline better than a frill does.
    outer = arms * (figure.inward < 0) * grow(regions.skin & regions.arms, 2 * reach)
    inside = np.maximum(inside, outer)
    result: Array = np.maximum(np.maximum(arms, legs), np.maximum(trunk, smooth_mask(seen, 0.8))) * inside
    return result.astype(np.float32, copy=False)


def hem_ends(body: Body, dressing: Dressing) -> tuple[float, float]:
    """Where the hem of a top ends at both sides, px across the trunk; infinitely far where none is seen."""
    trunk = np.max([layer.alpha for layer in dressing.layers if not layer.name.startswith("sleeve")], axis=0)
    few = (slice(None, None, 2), slice(None, None, 2))
    above = dressing.trunk[1] - body.along(trunk.shape)[few]
    across = body.across(trunk.shape)[few][(trunk[few] > 0.5) & (above > 0.02 * body.unit) & (above < 0.06 * body.unit)]
    return (float(across.min()), float(across.max())) if across.size else (-np.inf, np.inf)


def away_from(bare: Array, area: Array, reach: float) -> Array:
    """(h,w) 0..1: 0 beside what of `bare` (h,w) bool is not in `area` (h,w) bool, 1 from `reach` px away on."""
    result = np.zeros(area.shape, np.float32)
    window = bounds(grow(area, 2))
    if result[window].size:
        blank = (~bare | area)[window].astype(np.uint8)
        result[window] = ramp(cv2.distanceTransform(blank, cv2.DIST_L2, 3), 0.0, reach)
    return result


def meeting(flesh: Array, area: Array, body: Body, regions: Regions, figure: Figure) -> tuple[Array, Array]:
    """`flesh` (h,w) 0..1 with limbs in one line where what is completed meets the photo's own beside an old hem, and
    (h,w) bool what of the photo's own stands out of that line."""
    reach, thin = 0.14 * body.unit, 0.035 * body.unit
    few = (slice(None, None, 2), slice(None, None, 2))  # where it is, is looked for on a small copy
    cloth = grow((regions.upper | regions.lower)[few], thin)
    near = grow(((regions.skin | regions.hands) & ~area)[few], 1) & area[few] & cloth
    near &= np.maximum(figure.arms, figure.legs)[few] > 0.02
    stray = np.zeros(area.shape, bool)
    if not near.any():
        return flesh, stray
    rows, columns = bounds(near, round(reach / 2) + 2)
    window = (slice(2 * rows.start, 2 * rows.stop), slice(2 * columns.start, 2 * columns.stop))
    planes = np.maximum(figure.arms, figure.legs)[window]
    limbs = planes > 0.02
    photo = (regions.skin | regions.hands)[window] & ~area[window] & grow(limbs, 0.04 * body.unit)
    cloth = grow((regions.upper | regions.lower)[window], 2 * thin)
    at = grow(photo, 2) & area[window] & cloth
    skin = grow(shrink(photo, thin), thin) | (photo & regions.hands[window])
    away = cv2.distanceTransform((~at).astype(np.uint8), cv2.DIST_L2, 3)
    whole = np.maximum(np.minimum(flesh[window], planes), skin)  # frills of a hem that were taken for skin are none
    even = sharpened(blur(whole, 0.05 * body.unit), 0.05 * body.unit)
    kept = area[window] & grow(photo & regions.arms[window], 2)  # a thin rim of an arm that a skirt hides is one, too
    even = np.maximum(even, flesh[window] * kept)
    trunk = (figure.trunk[window] > 0.5) & (figure.legs[window] < 0.5)
    weight = ramp(away, reach, 0.4 * reach) * grow(limbs, 0.03 * body.unit) * ~trunk
    result = flesh.copy()
    result[window] += (even - result[window]) * weight
    legs = (figure.legs[window] > 0.02) & ~grow(regions.arms[window], thin)  # arms may be seen in part only
    stray[window] = photo & grow(skin, 1.5) & grow(legs, thin) & (even < 0.5) & (weight > 0.5) & grow(at, 2 * thin)
    stray[window] &= ~regions.hands[window]  # one in a pocket is before a leg and no part of it
    stray[window] &= ~grow(regions.feet[window], FLARES * body.unit)
    return result, stray


def bridges(flesh: Array, area: Array, body: Body, regions: Regions, figure: Figure) -> Array:
    """(h,w) 0..1: corners between completed limbs `flesh` (h,w) bool and the photo's own, filled so that they meet
    without a step: at wrists, ankles and where a hem was. Each limb by itself, so that legs do not grow together."""
    step = max(1, int(0.09 * body.unit / 4))  # on a small copy: only the form counts
    reach, part = 0.09 * body.unit / step, (slice(None, None, step), slice(None, None, step))
    drawn, photo = (flesh & area)[part], ~area[part]
    found, beside = np.zeros(drawn.shape, bool), grow(np.maximum(figure.arms, figure.legs)[part] > 0.5, 0.45 * reach)
    ends = {"arms": regions.skin | regions.hands, "legs": (regions.skin & ~regions.arms) | regions.feet}
    for name in ("arms", "legs"):
        plane = getattr(figure, name)[part] > 0.5
        own = ends[name][part] & photo  # a hand that hangs beside a thigh does not go on from it
        for side in SIDES:  # at upper arms the gap to the trunk would close
            first = 0.7 * float(body.arms[side].arc[-1]) if name == "arms" else 0.0
            limb = figure.along[name, side][part] > first
            seen, new = own & grow(limb, reach), drawn & limb & plane
            if not seen.any() or not new.any():
                continue
            both = seen | new
            closed = shrink(grow(both, reach), reach) & ~both & beside
            found |= closed & grow(seen, 1.5 * reach) & grow(new, 1.5 * reach)
    # Steps that few pixels of the small copy fill are left to `meeting`: blocks would stand out there.
    _, places, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    found &= (stats[:, cv2.CC_STAT_AREA] >= FILLS)[places]
    if not found.any():
        return np.zeros(flesh.shape, np.float32)
    size = (flesh.shape[1], flesh.shape[0])
    near = cv2.resize(found.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    whole = regions.skin | regions.hands | regions.feet | flesh
    # Together with what is beside them, so that they leave no line.
    soft = rounded_mask((near > 0.5) | (whole & (near > 0.02)), 0.5 * step)
    # Never across the wall beside an arm; over the rim of the old garment's pixels, which would show as specks.
    result: Array = soft * np.clip(4 * near, 0, 1) * (grow(area, 2) & regions.person)
    return result.astype(np.float32)
