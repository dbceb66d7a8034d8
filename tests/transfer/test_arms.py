"""Bare arms beside the trunk: their edges, and what is not of them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tests.drawing import draw_tshirt
from tests.transfer.drawings import draw_trousers
from tryon.transfer.warping.arms import (
    armhole_edge,
    around_hem,
    bumps,
    forearms_of,
    front_arms,
    one_line,
    out_of_hem,
    profile,
    under_hem,
    within,
)
from tryon.transfer.warping.arrays import grow, shrink, smooth_mask
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.covered import covered_skin
from tryon.transfer.warping.edges import without_creases
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.limbs import ARM_AT, ARM_HALF, bent_limb, centred
from tryon.transfer.warping.order import Wearing, behind_rims
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.sleeve_rims import cleaned
from tryon.transfer.warping.undress import bridges, replaced_area
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person


def test_what_stands_out_of_an_arm_at_the_elbow_is_not_of_it(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    for side, inwards in (("left", 1.0), ("right", -1.0)):
        arc, arm = figure.along["arms", side], body.arms[side]  # type: ignore[index]
        mask = (figure.arms > 0.5) & (arc > 0)
        assert bumps(mask, body, arc, side).sum() < 0.01 * mask.sum(), "an arm as it is stays"  # type: ignore[arg-type]
        point, _, half = arm.at(0.5 * float(arm.arc[-1]))
        canvas = np.zeros(mask.shape, np.uint8)
        centre = point + inwards * body.side * 1.1 * half
        cv2.circle(canvas, (round(float(centre[0])), round(float(centre[1]))), round(0.06 * body.unit), 1, -1)
        lobe = (canvas > 0) & ~mask & (arc > 0)
        assert lobe.sum() > 10
        off = bumps(mask | lobe, body, arc, side)  # type: ignore[arg-type]
        assert off[lobe].mean() > 0.6
        assert (off & mask).sum() < 0.02 * mask.sum()


def test_the_inner_edge_of_an_arm_before_cloth_is_one_line(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    hands = np.zeros(figure.arms.shape, bool)
    for side in ("left", "right"):
        arc = figure.along["arms", side]  # type: ignore[index]
        mask = (figure.arms > 0.5) & (arc > 0)
        seen = profile(mask, mask, body, arc, side)  # type: ignore[arg-type]
        assert seen is not None
        bitten = mask.copy()  # as labels bite: every now and then a few pixels
        off = (seen.at // 3 % 2 == 0) & (seen.out > seen.edge[seen.at.astype(int)] - 3.5)
        bitten[seen.y[off], seen.x[off]] = False
        edges = []
        for plane in (bitten.astype(np.float32), one_line(bitten.astype(np.float32), hands, body, arc, side)):  # type: ignore[arg-type]
            assert (plane[~bitten] == 0).all()
            found = profile(plane > 0.5, plane > 0.5, body, arc, side)  # type: ignore[arg-type]
            assert found is not None
            edges.append(found.edge)
        rough, even = (float(np.abs(np.diff(edge, 2)).mean()) for edge in edges)
        assert even < 0.5 * rough
        kept = one_line(mask.astype(np.float32), hands, body, arc, side)  # type: ignore[arg-type]
        assert kept[mask].mean() > 0.9, "an even arm loses a rim at most"
        assert (one_line(mask.astype(np.float32), mask, body, arc, side) == mask).all(), "hands stay"  # type: ignore[arg-type]


def test_an_arms_edge_goes_over_into_that_line_without_a_step(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    arc = figure.along["arms", "left"]
    wide = smooth_mask(grow((figure.arms > 0.5) & (arc > 0), 1), 3.0)  # labels are wider than the line
    wide *= arc > 0
    line = one_line(wide, np.zeros(wide.shape, bool), body, arc, "left")
    first = 0.2 * float(body.arms["left"].arc[-1])
    above, below = ((arc > first + off) & (arc < first + off + 1.5) for off in (-1.5, 0.0))
    width = float(wide[below].sum())
    assert abs(float(line[below].sum()) - width) < 0.04 * width and np.array_equal(line[above], wide[above])
    further = (arc > 0.4 * body.arms["left"].arc[-1]) & (arc < 0.5 * body.arms["left"].arc[-1])
    assert line[further].sum() < 0.97 * wide[further].sum()


def test_reach_may_differ_from_place_to_place() -> None:
    mask, reach = np.zeros((20, 30), bool), np.zeros((20, 30), np.float32)
    mask[:, :10] = True
    reach[10:] = 4
    found = within(mask, reach)
    assert (found[:10] == mask[:10]).all()
    assert found[10:, :13].all() and not found[:, 15:].any()


def test_the_rim_that_a_top_hid_of_a_forearm_runs_out_without_a_step() -> None:
    arm, off = np.zeros((120, 80), bool), np.zeros((120, 80), np.float32)
    arm[:, 20:40] = True
    off[:100] = np.arange(100, 0, -1)[:, None]  # what is worn below begins at row 100
    wide = (under_hem(arm, np.full(arm.shape, 8.0), off) & ~arm)[:, 40:].sum(axis=1)
    assert (wide[:60] == 8).all() and (wide[100:] == 0).all()
    assert np.abs(np.diff(wide)).max() <= 1


def test_a_hand_is_not_joined_to_the_thigh_beside_it(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    hands = cv2.distanceTransform((~regions.hands).astype(np.uint8), cv2.DIST_L2, 3)
    away = np.maximum(figure.arms, figure.legs) < 0.3
    flesh = (hands > 0.05 * body.unit) & (hands < 0.5 * body.unit) & away & ~regions.skin
    regions = replace(regions, person=np.ones_like(flesh))
    joined = bridges(flesh, ~regions.hands, body, regions, figure)
    assert flesh.any() and joined.max() == 0


def test_small_steps_where_limbs_meet_the_photo_get_no_blocks_and_large_ones_are_filled(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    arm, share = body.arms["left"], figure.along["arms", "left"] / body.arms["left"].arc[-1]
    inside = (figure.arms > 0.5) & (share > 0)
    flesh, hand = inside & (share < 0.85), inside & (share >= 0.85)
    everywhere = replace(regions, person=np.ones_like(flesh), skin=np.zeros_like(flesh), feet=np.zeros_like(flesh))
    filled = []
    for step in (0.015, 0.12):
        wide = grow(hand, step * body.unit) & ~flesh & (figure.along["arms", "left"] >= 0.85 * arm.arc[-1]) | hand
        wide |= grow(hand, step * body.unit) & ~inside & (share == 0)
        filled.append(bridges(flesh, ~wide, body, replace(everywhere, hands=wide), figure))
    assert filled[0].max() == 0 and filled[1].max() > 0.5


def test_what_a_skirt_leaves_of_a_forearm_stays_before_a_top_however_narrow(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    dressing = put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None)
    for side in ("left", "right"):
        arc, length = figure.along["arms", side], float(body.arms[side].arc[-1])  # type: ignore[index]
        inner = (figure.arms > 0.5) & (arc > 0)
        beside = cv2.distanceTransform((~inner).astype(np.uint8), cv2.DIST_L2, 3)
        outer = np.abs(body.across(inner.shape)) > np.abs(body.across(inner.shape)[inner]).mean()
        rim = (beside > 0) & (beside < 0.06 * body.unit) & outer & (arc > 0.5 * length) & (arc < 0.95 * length)
        seen = replace(regions, lower=inner & (arc > 0.4 * length), skin=rim, arms=rim, upper=np.zeros_like(rim))
        seen = replace(seen, hands=np.zeros_like(rim))
        front = front_arms(body, seen, figure, dressing, np.zeros(rim.shape, np.float32), forearms_of(body, figure))
        firm = rim & (beside > 0.024 * body.unit)
        assert firm.sum() > 20 and front[firm].mean() > 0.6


def test_a_new_skirt_goes_no_further_out_than_the_strip_of_a_forearm_that_the_old_one_left(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    dressing = put_on(draw_trousers(), "bottom", body, regions, read_wishes(""), None)
    arc, length = figure.along["arms", "right"], float(body.arms["right"].arc[-1])
    inner, none = (figure.arms > 0.5) & (arc > 0.5 * length), np.zeros(arc.shape, bool)
    columns = np.arange(arc.shape[1])
    rim = grow(inner, 6) & (columns > np.where(inner, columns, 0).max(axis=1)[:, None]) & inner.any(axis=1)[:, None]
    seen = replace(regions, lower=inner, skin=rim, arms=rim, hands=none)
    wearing = Wearing(
        category="bottom", garment=draw_trousers(), wishes=read_wishes(""), body=body, regions=seen, figure=figure,
        dressing=dressing, one_piece=none, aside=0.0,
    )  # fmt: skip
    rims, beyond = behind_rims(wearing, arc.shape)
    firm = shrink(rim & (arc > 0.55 * length), 1)
    assert firm.sum() > 20 and rims[firm].mean() > 0.9 and rims[shrink(inner, 2)].max() < 0.1
    outside = grow(rim, 3) & ~rim & ~inner & (columns > body.arms["right"].points[-1][0])
    assert beyond[outside].mean() > 0.8 and beyond[shrink(inner, 2)].max() < 0.1
    apart = replace(wearing, regions=replace(seen, lower=none))
    assert behind_rims(apart, arc.shape)[0].max() == 0
    assert behind_rims(replace(wearing, category="top"), arc.shape)[1].max() == 0


def test_a_narrow_strip_of_an_arm_beside_an_old_garment_is_not_replaced_by_wall(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    dressing = put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None)
    bare = replace(dressing, sleeves={})
    figure = read_figure(body, regions)
    off = cv2.distanceTransform((~regions.upper).astype(np.uint8), cv2.DIST_L2, 3)
    strip = ~grow(regions.upper, 2) & (off < 0.045 * body.unit) & ~regions.person
    none = np.zeros_like(strip)
    seen = replace(regions, skin=strip, arms=strip, person=regions.person | strip, lower=none, hands=none)
    for arms, replaced in ((0.0, 0.0), (1.0, 1.0)):  # what the drawn arm does not cover, and what it does
        drawn = replace(figure, arms=np.full(strip.shape, arms, np.float32))
        area = replaced_area("top", body, seen, drawn, bare, covered_skin(body, seen, drawn, bare))
        assert strip.sum() > 20 and area[strip].mean() == replaced


def test_a_frill_beside_an_arm_goes_with_its_sleeve(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    dressing = replace(put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None), sleeves={})
    figure = read_figure(body, regions)
    rim = grow(figure.arms > 0.5, 1.5) & (figure.arms < 0.5) & grow(regions.upper, 3) & ~regions.upper & ~regions.hands
    rim &= ~(regions.face | regions.hair | regions.lower | regions.held)
    seen = replace(regions, skin=regions.skin | rim, arms=regions.arms | rim, person=regions.person | rim)
    hidden = covered_skin(body, seen, figure, dressing)
    assert rim.sum() > 10 and replaced_area("top", body, seen, figure, dressing, hidden)[rim].all()


def test_an_arm_has_no_creases_of_the_sleeve_that_it_was_in() -> None:
    unit, rows = 200.0, np.arange(300)
    edge = 60 + 3 * np.sin(rows / 3.0)
    inside = np.clip(np.arange(200)[None] - edge[:, None], 0, 1).astype(np.float32)
    arm = np.zeros(inside.shape, np.float32)
    arm[:, 55:90] = 1
    even = without_creases(inside, arm, unit)
    outline = (even[40:-40] > 0.5).argmax(axis=1)
    assert np.ptp(outline) <= 1 and abs(float(outline.mean()) - 60.5) < 1.0
    assert (even[:, 160:] == inside[:, 160:]).all()
    gap = np.ones_like(inside)
    gap[140:, 85:97] = 0  # beside the arm: half closed it has two edges and no haze
    row = without_creases(gap, arm, unit)[200]
    assert ((row > 0.1) & (row < 0.9)).sum() <= 4
    assert (without_creases(inside, np.zeros_like(arm), unit) == inside).all()


def test_an_arm_is_no_wider_than_a_tight_sleeve_on_it() -> None:
    unit, shape = 100.0, (260, 200)
    ends = [np.array([80.0, y]) for y in (20.0, 120.0, 220.0)]
    limb = bent_limb(*ends, ARM_AT, ARM_HALF, unit, True)
    sleeve, cloth = np.zeros(shape, bool), np.zeros(shape, bool)
    sleeve[10:230, 65:83] = True
    cloth[:, 65:] = True  # trousers beside it: only the sleeve tells its inner edge
    none, outward = np.zeros(shape, bool), np.array([-1.0, 0.0])
    moved = centred(limb, none, 0.28 * unit, cloth, outward, sleeve=sleeve)
    below = (moved.arc > 0.4 * moved.arc[-1]) & (moved.arc < 0.8 * moved.arc[-1])
    assert np.abs(moved.points[below, 0] - 73.5).max() < 1.5
    assert moved.half[below].max() < 9.5 and moved.half[below].min() > 7.5
    loose = np.zeros(shape, bool)
    loose[10:230, 60:100] = True
    same = centred(limb, none, 0.28 * unit, cloth, outward, sleeve=loose)
    assert np.allclose(same.half, centred(limb, none, 0.28 * unit, cloth, outward).half)


def test_a_slender_arm_half_under_cloth_ends_where_it_is_seen_to() -> None:
    limb = bent_limb(*(np.array(p) for p in ((150.0, 30.0), (150.0, 230.0), (150.0, 420.0))), ARM_AT, ARM_HALF, 200.0,
                     True)  # fmt: skip
    own = np.zeros((460, 300), bool)
    own[30:430, 130:160] = True  # 30 px wide; of its upper half cloth leaves a strip
    own[:200, 142:] = False
    cloth = own.copy()
    cloth[:200, 142:290] = True
    found = centred(limb, own, 56.0, cloth, np.array([-1.0, 0.0]))
    edge = (found.points[:, 0] - found.half)[3:12]
    assert np.abs(edge - 130).max() < 4


def test_trousers_beside_a_forearm_lose_the_sleeves_colour_and_go_on_beside_it(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    shape = regions.person.shape
    sleeve, lower, base = np.zeros(shape, bool), np.zeros(shape, bool), np.full((*shape, 3), 230.0, np.float32)
    sleeve[100:200, 100:120], lower[60:260, 120:180] = True, True
    base[sleeve], base[lower] = (160, 20, 40), (20, 20, 30)
    base[100:200, 120:122] = (90, 20, 35)
    person_there = sleeve | lower
    told = replace(regions, upper=sleeve, arms=sleeve, lower=lower, person=person_there, skin=np.zeros(shape, bool))
    ground = np.full((*shape, 3), 230.0, np.float32)
    arms = np.zeros(shape, np.float32)
    arms[100:200, 104:120] = 1
    filled, stained = cleaned(ground, base, sleeve.copy(), told, arms, body.unit)
    assert stained[110:190, 120:122].all() and not (stained & ~lower).any()
    assert np.abs(filled[130:170, 119:122] - (20, 20, 30)).max() < 4, "the trousers go on"
    assert np.abs(filled[130:170, 100:104] - 230).max() < 4, "beside the wall the wall does"
    bare = replace(told, upper=np.zeros(shape, bool))
    assert cleaned(ground, base, sleeve.copy(), bare, arms, body.unit)[0] is ground
    apart = replace(told, lower=np.roll(lower, 60, axis=1))
    assert cleaned(ground, base, sleeve.copy(), apart, arms, body.unit)[0] is ground


def test_no_cloth_shows_between_a_completed_forearm_and_its_hand(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    dressing = put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None)
    sleeves = regions.arms & ~regions.hands
    covered = replace(regions, upper=regions.upper | sleeves, skin=regions.skin & ~sleeves)
    bare = np.maximum(figure.arms, sleeves).astype(np.float32) * (1 - smooth_mask(regions.hands, 1.0))
    front = front_arms(body, covered, figure, dressing, bare, forearms_of(body, figure))
    meeting = grow(regions.hands, 2) & grow(sleeves & (figure.core > 0.9), 2) & (regions.hands | sleeves)
    deep = meeting & ~grow(~(regions.hands | sleeves), 4)
    assert deep.sum() > 10 and front[deep].min() > 0.9


def test_an_armhole_comes_down_into_the_armpit_without_a_corner_before_the_arm() -> None:
    edge = armhole_edge(np.linspace(-1, 1, 21), 0.30)
    assert (np.diff(edge) >= 0).all() and abs(edge[0] - 0.09) < 1e-6 and abs(edge[-1] - 0.30) < 1e-6
    assert edge[10] < 0.11, "over its outer half it stays high"


def test_a_bare_upper_arm_lies_before_a_top_without_sleeves_below_its_armhole(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    top = replace(put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None), sleeves={})
    arms = figure.arms > 0.5
    covered = replace(regions, upper=regions.upper | arms, skin=regions.skin & ~arms)
    front = front_arms(body, covered, figure, top, figure.arms, forearms_of(body, figure))
    arm = body.arms["left"]
    share = figure.along["arms", "left"] / arm.arc[-1]
    upper = (figure.core > 0.9) & (np.abs(share - 0.2) < 0.02) & (np.abs(figure.inward - 0.2) < 0.2)
    shoulder = (figure.core > 0.9) & (share > 0.02) & (share < 0.07)
    assert upper.any() and front[upper].min() > 0.9
    assert shoulder.any() and front[shoulder].max() < 0.1


def test_an_arm_has_an_even_edge_before_a_top_on_straps(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    top = replace(put_on(draw_tshirt(), "top", body, regions, read_wishes(""), None), sleeves={})
    arms = figure.arms > 0.5
    inner = np.argmax(arms[:, ::-1] & (figure.along["arms", "left"] > 0)[:, ::-1], axis=1)
    y, x = np.indices(arms.shape)
    ragged = arms & ~((x > arms.shape[1] - 1 - inner[:, None] - 2) & (y % 4 < 2))
    seen = replace(regions, upper=regions.upper & ~ragged, skin=regions.skin | ragged, arms=regions.arms | arms)
    share = figure.along["arms", "left"] / body.arms["left"].arc[-1]
    rows = np.flatnonzero((arms & (share > 0.3) & (share < 0.6)).any(axis=1))[4:-4]
    given = (body, seen, figure, top, figure.arms, forearms_of(body, figure))
    part = (rows, slice(0, int(body.place(0.0, 0.0)[0])))
    rough, even = (front_arms(*given, close)[part].sum(axis=1) for close in (False, True))
    assert np.abs(np.diff(even, 2)).mean() < 0.7 * np.abs(np.diff(rough, 2)).mean()
    assert abs(even.mean() - rough.mean()) < 0.6


def test_an_arm_comes_out_of_a_hem_that_hangs_aslant(person: Person) -> None:
    body = read_body(person)
    arm, unit = body.arms["left"], body.unit
    end = 0.5 * float(arm.arc[-1])
    point, way, half = arm.at(end)
    y, x = np.indices(person.labels.shape, np.float32)
    along, across = (((x - point[0]) * axis[0] + (y - point[1]) * axis[1]) for axis in (way, (-way[1], way[0])))
    sleeve = ((along < 0.05 * across) & (along > -unit) & (np.abs(across) < 1.3 * half)).astype(np.float32)
    part = around_hem(arm, end, unit)
    below = np.zeros_like(sleeve)
    below[part] = out_of_hem(sleeve[part], arm, end, unit)
    assert below[(along > 0.05 * across) & (along < 0) & (np.abs(across) < half)].min() > 0.9
    assert below[(along > 0.15 * unit) & (np.abs(across) < half)].max() == 0
    beside = (np.abs(across) > 1.3 * half + 2) & (along < 0)
    assert below[beside].max() == 0
    assert below[sleeve > 0.99].max() == 0, "what of the trunk is before the sleeve stays so"
