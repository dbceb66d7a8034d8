"""Where a sleeve begins, which of the picture it is, how it hangs, and whether it lies before the trunk."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.armholes import FOLD, beside_arm
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, Side, read_body
from tryon.transfer.warping.cloth import in_gaps, prepare
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.field import OUTSIDE, Field
from tryon.transfer.warping.layers import put_on, render
from tryon.transfer.warping.limbs import before_trunk
from tryon.transfer.warping.lines import rounded
from tryon.transfer.warping.measure import worn_ratio
from tryon.transfer.warping.pieces import Piece, overhang, parts_of
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.shading import crease
from tryon.transfer.warping.skin import Figure, read_figure
from tryon.transfer.warping.sleeve_hang import STIFF, bridged, fallen, hanging, held_out, without_cap
from tryon.transfer.warping.sleeves import (
    BOW,
    SLANT,
    SLIGHT_BOW,
    Worn,
    bow_for,
    bow_of,
    bowed,
    cuff_share,
    slant_of,
    sleeve_field,
    sleeve_length,
    sleeve_region,
    sleeve_span,
    touches,
)
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import Person


def drawn(person: Person) -> Figure:
    return read_figure(read_body(person), read_regions(person, read_body(person)))


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ("whole", "whole", (True, True)),
        ("half", "half", (False, False)),
        ("half", "whole", (True, True)),
        ("whole", "half", (True, False)),
        ("none", "half", (False, False)),
        ("none", "none", (True, True)),
    ],
)
def test_an_arm_half_of_which_is_bare_lies_behind_the_trunk(
    person: Person, upper: str, lower: str, expected: tuple[bool, bool]
) -> None:
    arm, figure = read_body(person).arms["left"], drawn(person)
    arc = figure.along["arms", "left"]
    parts = {"whole": np.ones(arc.shape, bool), "half": figure.inward < 0, "none": np.zeros(arc.shape, bool)}
    bare = np.where(arc < 0.53 * arm.arc[-1], parts[upper], parts[lower])
    assert before_trunk(arm, figure.core * (arc > 0), figure.inward, arc, bare, np.zeros_like(bare)) == expected


def test_a_skirt_before_an_arm_says_nothing_of_the_trunk(person: Person) -> None:
    arm, figure = read_body(person).arms["left"], drawn(person)
    arc = figure.along["arms", "left"]
    bare, skirt = np.ones(arc.shape, bool), (arc > 0.6 * arm.arc[-1]) & (figure.inward >= 0)
    core = figure.core * (arc > 0)
    assert before_trunk(arm, core, figure.inward, arc, bare & ~skirt, np.zeros_like(bare)) == (True, False)
    assert before_trunk(arm, core, figure.inward, arc, bare & ~skirt, skirt) == (True, True)


def test_no_fold_runs_over_an_arm_behind_the_trunk(person: Person) -> None:
    body, figure = read_body(person), drawn(person)
    behind = np.ones(figure.arms.shape, np.float32)
    light = crease(figure, body, {"left": behind, "right": 0 * behind})
    left = body.across(light.shape) < 0
    assert (light[left] == 1).all() and light[~left].min() < 0.95


def test_a_sleeve_begins_at_the_arms_inner_edge(person: Person) -> None:
    body = read_body(person)
    for side in SIDES:
        arm = body.arms[side]
        point, _, half = arm.at(0.3 * float(arm.arc[-1]))
        inwards = body.side * (1 if side == "left" else -1)
        moved = (beside_arm(body, side, point) - point) @ inwards
        assert 0 < moved <= FOLD * body.unit + 1e-6, "cloth under the arm is not seen"
        beyond = point + 1.5 * half * inwards
        assert np.allclose(beside_arm(body, side, beyond), beyond), "a trunk as wide as that stays"


def test_sleeves_that_touch_the_trunk_take_nothing_of_it() -> None:
    cloth = prepare(draw_tshirt(), 1.0)
    touching = dict(cloth.points)
    for side in SIDES:  # the cuff's inner end lies on the trunk's edge
        share = 0.5
        touching[f"cuff_{side}_inner"] = cloth.points[f"armpit_{side}"] * share + cloth.points[f"waist_{side}"] * share
    cloth = replace(cloth, points=touching, outline=np.zeros((0, 2)))
    x = np.arange(cloth.alpha.shape[1])
    for side, sign in (("left", 1), ("right", -1)):
        armpit, waist = touching[f"armpit_{side}"], touching[f"waist_{side}"]
        y = round(float(armpit[1] + 0.4 * (waist[1] - armpit[1])))
        edge = float(np.interp(y, [armpit[1], waist[1]], [armpit[0], waist[0]]))
        assert sleeve_region(cloth, side)[y, sign * (x - edge) > 3].max() == 0  # type: ignore[arg-type]


def test_a_short_sleeves_taper_is_not_seen_on_the_arm() -> None:
    taper = np.linspace(140.0, 100.0, 9)
    assert np.allclose(hanging(taper, 1.0), 100.0)
    assert np.allclose(hanging(taper, 0.0), taper)
    puffed = taper + 40 * np.sin(np.linspace(0, np.pi, 9))
    assert hanging(puffed, 1.0)[4] > 115, "a puffed one stays so"


def test_a_sleeve_is_no_wider_at_its_armhole_than_below_but_puffed_where_it_is_puffed() -> None:
    widths = np.array([80.0, 72.0, 60.0, 52.0, 50.0, 50.0, 48.0, 46.0, 44.0])
    slim = without_cap(widths, 0.0, 400.0, 100.0)
    assert (slim[:2] == 60).all() and (slim[2:] == widths[2:]).all()
    puffed = np.array([60.0, 80.0, 95.0, 90.0, 70.0, 50.0, 50.0, 50.0, 50.0])
    assert np.array_equal(without_cap(puffed, 0.0, 400.0, 100.0), puffed)


def test_a_long_sleeve_spans_the_hollows_of_its_edge_but_not_the_elbows() -> None:
    y = np.arange(13.0) * 10
    x = np.array([0, 0, 2, 5, 2, 0, 0, 10, 20, 26, 36, 50, 60.0])  # a hollow, then a forearm that turns away from it
    line = bridged(np.stack([x, y], axis=1), 6, np.array([-1.0, 0.0]), 4.0)
    assert np.allclose(line[[0, 6, 12]], np.stack([x, y], axis=1)[[0, 6, 12]], atol=0.1)
    assert line[3, 0] == pytest.approx(1.0) and line[2, 0] == pytest.approx(0.0), "by no more than 4 px"
    assert line[8, 0] > 15, "it does not go straight from the shoulder to the wrist"


def test_a_hem_is_a_ring_around_the_arm() -> None:
    y, x = np.mgrid[0:5, 0:7].astype(float) * 10
    ribs: Array = np.stack([x, y], axis=2)
    bent = bowed(ribs, BOW)
    assert np.allclose(bent[0], ribs[0]), "no step where it is sewn on"
    assert np.allclose(bent[-1, 3] - ribs[-1, 3], [0.0, BOW * 40])
    assert np.allclose(bent[:, [1, -2]], ribs[:, [1, -2]]), "nor is it any wider"
    drops = bent[-1, 1:-1, 1] - ribs[-1, 1:-1, 1]
    assert drops[1] > 0.8 * drops[2], "a ring: it turns most at its sides"


def test_a_loose_sleeves_hem_slants_down_to_the_trunk_and_a_fitted_ones_does_not(person: Person) -> None:
    across = np.array([-0.4, 0.0, 0.25, 0.5, 0.75, 1.0, 1.04]) * 40
    ribs = np.stack(np.broadcast_arrays(across, np.linspace(0, 90, 10)[:, None]), axis=2)
    level, slanted = bowed(ribs, 0.1), bowed(ribs, 0.1, 0.2)
    assert np.array_equal(level[0], slanted[0]), "the armhole stays"
    off = slanted[-1, 1:-1, 1] - level[-1, 1:-1, 1]
    assert np.isclose(np.ptp(off), 0.2 * 40) and off[0] < 0 < off[-1]
    body = read_body(person)
    spans = {side: (0.0, 0.3 * float(body.arms[side].arc[-1])) for side in SIDES}
    worn = Worn(necks={}, tips={}, armpits={}, top=0.0, hem=0.0, scale=1.0, kept=1.0, sleeves=spans)
    arm = np.mean([2 * body.arms[side].at(spans[side][1])[2] for side in SIDES])
    assert [slant_of(width * arm, body, worn) for width in (1.2, 2.2)] == [0.0, SLANT]


def test_a_sleeve_lies_before_the_trunk_where_the_bare_arm_does(person: Person) -> None:
    body, shirt = read_body(person), draw_tshirt()
    sheet = lay_out(person, body, shirt, "top", read_wishes(""), 1)
    for side in SIDES:
        arc = sheet.figure.along["arms", side]
        under, over = (leaf for leaf in sheet.leaves if leaf.layer.name.endswith(f"sleeve_{side}"))
        arm = (arc > 0) & (arc < 0.8 * sheet.dressing.sleeves[side]) & (under.layer.alpha > 0.9)
        assert arm.sum() > 100
        assert over.keep[arm].min() > 0.95


@pytest.mark.parametrize(
    ("colour", "opened"), [((196, 60, 52), True), ((214, 220, 232), True), ((235, 236, 238), False)]
)
def test_the_ground_between_sleeve_and_trunk_is_no_cloth(colour: tuple[int, int, int], opened: bool) -> None:
    shirt = draw_tshirt(colour)
    armpit, waist = (np.array(shirt.landmarks[f"{name}_left"]) for name in ("armpit", "waist"))
    low = armpit + 0.2 * (waist - armpit)
    tip = [armpit + np.array([0, 3]), low, low - np.array([14, 0])]
    canvas = np.zeros(shirt.cutout.shape, np.uint8)
    cv2.fillPoly(canvas, [np.rint(tip).astype(np.int32)], 1)
    closed = (canvas > 0) & (shirt.cutout == 0)
    assert closed.sum() > 20
    alpha = np.where(closed, 255, shirt.cutout).astype(np.float32) / 255
    points = {name: np.array(xy) for name, xy in shirt.landmarks.items()}
    found = in_gaps(shirt.photo.pixels, alpha, points)
    assert (found[closed].mean() > 0.8) == opened
    away = cv2.distanceTransform((shirt.cutout > 0).astype(np.uint8), cv2.DIST_L2, 3) > 6
    assert found[away].max() == 0, "cloth stays"


def test_a_shoulders_corners_are_rounded() -> None:
    corner = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]])
    line = rounded(corner)
    assert (line[0] == corner[0]).all() and (line[-1] == corner[-1]).all()
    way = np.diff(line, axis=0)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(way[:, 1], way[:, 0]))))
    assert turns.max() < np.deg2rad(46) and np.isclose(turns.sum(), np.deg2rad(90))
    assert np.linalg.norm(line - corner[1], axis=1).min() < 25, "not far from where it was"


def test_a_short_sleeve_is_as_long_as_it_is_from_the_shoulder_on(person: Person) -> None:
    body, shirt = read_body(person), draw_tshirt()
    cloth = prepare(shirt, 1.0)
    arm = body.arms["left"]
    above = arm.points[0] - 0.15 * body.unit * arm.at(0.0)[1]
    scale = 0.25 * body.unit / np.linalg.norm(cloth.points["cuff_left_outer"] - cloth.points["shoulder_left"])
    for tip in (above, arm.points[0]):
        start, end = sleeve_span(cloth, shirt, body, "left", tip, float(scale))
        assert np.isclose(end - start, 0.25 * body.unit, rtol=0.02)
        assert np.isclose(start, (tip - arm.points[0]) @ arm.at(0.0)[1], atol=1.0)


def test_a_gathered_sleeve_is_held_out_in_its_middle() -> None:
    balloon = np.interp(np.arange(13), [0, 7, 12], [1.5, 3.4, 1.7])
    puffed = held_out(balloon)
    assert np.allclose(puffed[[0, -1]], balloon[[0, -1]]) and puffed[7] > 1.15 * balloon[7]
    assert worn_ratio(puffed[7]) > 1.15 * worn_ratio(3.0), "it is no narrower for being that wide"
    tapered, flared = np.linspace(2.0, 1.2, 13), np.linspace(1.2, 2.4, 13)
    assert np.allclose(held_out(tapered), tapered) and np.allclose(held_out(flared), flared)


def test_a_sleeve_ends_as_far_down_an_arm_that_looks_shorter(person: Person) -> None:
    body, shirt = read_body(person), draw_tshirt()
    cloth, arm = prepare(shirt, 1.0), body.arms["left"]
    near = replace(arm, points=arm.points[0] + 0.85 * (arm.points - arm.points[0]))
    turned = replace(body, arms={**body.arms, "left": near})
    scale = 0.35 * float(arm.arc[-1]) / sleeve_length(cloth.points, False, "left")
    _, end = sleeve_span(cloth, shirt, turned, "left", arm.points[0], scale)
    assert end / near.arc[-1] == pytest.approx(0.35, abs=0.01)


def test_a_sleeve_that_measures_nearly_an_arm_ends_on_the_forearm(person: Person) -> None:
    body, shirt = read_body(person), replace(draw_tshirt(), sleeves="elbow")
    cloth, arm = prepare(shirt, 1.0), body.arms["left"]
    own = sleeve_length(cloth.points, False, "left") / float(arm.arc[-1])
    ends = [
        sleeve_span(cloth, shirt, body, "left", arm.points[0], share / own)[1] / float(arm.arc[-1])
        for share in (0.55, 0.95, 1.1)
    ]
    assert ends[0] == pytest.approx(0.55, abs=0.01), "one that ends at the elbow is as long as it is"
    assert 0.68 < ends[1] < ends[2] < 0.82


@pytest.mark.parametrize("side", SIDES)
def test_a_short_sleeve_falls_plumb_from_what_holds_it_up(side: Side) -> None:
    sign = -1.0 if side == "left" else 1.0
    arm = np.array([[0.0, 0.0], [20.0, 20.0], [10.0, 60.0], [20.0, 80.0], [30.0, 90.0]]) * (sign, 1)
    board = arm + np.array([[0.0, 0.0], [10.0, 0.0], [30.0, 0.0], [-5.0, 0.0], [12.0, 0.0]]) * (sign, 1)
    hung = fallen(board, arm, side, 2.0)
    assert np.allclose(hung[:, 1], board[:, 1])
    off = sign * hung[:, 0] - (0.0, 20.0, 20.0, 20.0, 30.0)
    assert np.allclose(off[[3, 4]], (-5.0, 2 + 10.0 * STIFF)), "what lies closer stays"
    assert off[1] == 0, "at its top it lies on the shoulder"
    assert 0 < off[2] < 0.6 * (2 + 18.0 * STIFF), "and comes to stand off further down"


def test_both_sleeves_are_as_long_and_as_wide() -> None:
    points = {name: np.asarray(place, float) for name, place in draw_tshirt().landmarks.items()}
    assert np.isclose(cuff_share(points, "left"), 1, atol=0.05)
    even = sleeve_length(points, worn=False, side="left")
    moved = points | {
        "cuff_left_outer": points["cuff_left_outer"] + 0.2 * (points["cuff_left_outer"] - points["shoulder_left"])
    }
    flat, worn = (sleeve_length(moved, worn=worn, side="left") for worn in (False, True))
    assert even < flat < worn
    low = points | {"shoulder_left": 0.7 * points["shoulder_left"] + 0.3 * points["cuff_left_outer"]}
    left, right = (sleeve_length(low, worn=True, side=side) for side in SIDES)
    assert left < 0.85 * right, "a shoulder that was told too low makes no sleeve longer"
    wide = points | {"cuff_left_inner": points["cuff_left_inner"] * 1.3 - points["cuff_left_outer"] * 0.3}
    width = float(np.linalg.norm(points["cuff_right_inner"] - points["cuff_right_outer"]))
    ends = [
        cuff_share(wide, side) * float(np.linalg.norm(wide[f"cuff_{side}_inner"] - wide[f"cuff_{side}_outer"]))
        for side in SIDES
    ]
    assert np.isclose(*ends) and width < ends[0] < 1.3 * width


def test_the_inner_corner_of_a_sleeves_hem_is_no_part_of_the_trunk() -> None:
    cloth = prepare(draw_tshirt(), 1.0)
    armpit, cuff = cloth.points["armpit_left"], cloth.points["cuff_left_inner"]
    solid = cloth.alpha > 0.5
    solid[:, : round(float(armpit[0]))] = False
    corner = np.zeros_like(solid)
    low = round(max(float(cloth.points[f"cuff_left_{edge}"][1]) for edge in ("outer", "inner")))
    corner[round(float(armpit[1])) : low, round(float(armpit[0])) - 12 : round(float(armpit[0])) - 4] = True
    assert low > armpit[1] + 5 and cuff[0] < armpit[0]
    assert (overhang(cloth, solid | corner, "left") & corner).sum() > 0.9 * corner.sum()
    skirt = np.zeros_like(solid)
    skirt[round(float(armpit[1])) :, round(float(armpit[0])) - 12 : round(float(armpit[0]))] = True
    assert not overhang(cloth, solid | skirt, "left").any(), "what goes on below is the trunk's"


def test_no_thread_of_a_sleeves_soft_border_is_left_on_the_trunk() -> None:
    shirt = replace(draw_tshirt(), worn=True)
    cloth = prepare(shirt, 1.0)
    armpit, cuff = cloth.points["armpit_left"], cloth.points["cuff_left_inner"]
    low = round(max(float(cloth.points[f"cuff_left_{edge}"][1]) for edge in ("outer", "inner")))
    alpha, edge = cloth.alpha.copy(), round(float(armpit[0]))
    alpha[round(float(armpit[1])) : low, round(float(cuff[0])) : edge] = 1  # no gap
    part, _ = parts_of(replace(cloth, alpha=alpha), shirt)
    assert (alpha * part)[round(float(armpit[1])) + 4 : low - 2, : edge - 2].max() < 0.06


def test_the_trunk_throws_no_shadow_across_the_shoulder(person: Person) -> None:
    body = read_body(person)
    sheet = lay_out(person, body, draw_tshirt(), "top", read_wishes(""), 1)
    trunk = next(leaf for leaf in sheet.leaves if leaf.layer.name == "trunk")
    along = body.along(trunk.cast.shape)
    for side in SIDES:
        sleeve = next(leaf for leaf in sheet.leaves if leaf.layer.name == f"sleeve_{side}")
        armpit = body.coordinates(sheet.dressing.armpits[side])[1]
        high = (sleeve.layer.alpha > 0.95) & (along < armpit - 0.11 * body.trunk)
        assert high.sum() > 50 and trunk.cast[high].max() < 0.05


def test_the_soft_edge_of_a_skirt_is_no_gap() -> None:
    canvas = np.zeros((400, 300), np.uint8)
    cv2.fillConvexPoly(canvas, np.array([(110, 60), (190, 60), (231, 380), (63, 380)]), 255, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(canvas, (0, 0), 1.0).astype(np.float32) / 255
    rgb = (240 + (np.array((30, 110, 80)) - 240) * alpha[..., None]).astype(np.uint8)
    points = {
        "armpit_left": (112, 90), "armpit_right": (188, 90), "waist_left": (105, 150), "waist_right": (195, 150),
        "hem_left": (64, 378), "hem_right": (230, 378), "cuff_left_inner": (100, 100), "cuff_right_inner": (200, 100),
    }  # fmt: skip
    assert in_gaps(rgb, alpha, {name: np.array(at, float) for name, at in points.items()}).max() == 0


def test_a_sleeve_against_the_trunk_is_told_from_one_beside_a_gap() -> None:
    share = np.linspace(0, 1, 13)[:, None]
    outer, inner = (np.array([x, 20.0]) + share * (0.0, 60.0) for x in (20.0, 60.0))
    alpha = np.zeros((100, 120), np.float32)
    alpha[10:90, 20:110] = 1
    assert touches(alpha, outer, inner)
    alpha[26:, 61:68] = 0
    assert not touches(alpha, outer, inner)


def test_no_strip_of_the_trunk_lies_on_a_sleeve_that_touches_it(person: Person) -> None:
    body, cloth = read_body(person), prepare(draw_tshirt(), 1.0)
    wide = replace(cloth, alpha=np.ones_like(cloth.alpha))
    worn = put_on(draw_tshirt(), "top", body, read_regions(person, body), read_wishes(""))
    sleeves = {side: (0.0, end) for side, end in worn.sleeves.items()}
    place = Worn(
        necks={s: body.shoulders[s][0] for s in SIDES}, tips={s: body.shoulders[s][4] for s in SIDES},
        armpits=worn.armpits, top=0.0, hem=100.0, sleeves=sleeves, scale=1.0, kept=1.0,
    )  # fmt: skip
    size = (person.labels.shape[0], person.labels.shape[1])
    apart, against = (sleeve_field(one, body, "left", size, place).x for one in (cloth, wide))
    both = (apart > OUTSIDE) & (against > OUTSIDE)
    assert both.any() and against[both].max() < apart[both].max()


def test_the_end_of_a_sleeves_mesh_has_no_stairs() -> None:
    """The edge of what is looked up is a threshold: on it the sleeve fades over a pixel or two within what is known."""
    cloth = prepare(draw_tshirt(), 1.0)
    whole = replace(cloth, alpha=np.ones_like(cloth.alpha))
    y, x = np.indices((90, 80), np.float32)
    held = (0.7 * (y - 20) < x - 10) & (x > 10) & (x < 70) & (y < 80)
    field = Field(x=np.where(held, x, OUTSIDE).astype(np.float32), y=np.where(held, y, OUTSIDE).astype(np.float32))
    layer = render(whole, Piece(name="sleeve_left", part=np.ones_like(cloth.alpha), field=field))
    slope = layer.alpha[30:70, 10:70]
    assert np.abs(np.diff(slope, axis=1)).max() < 0.85
    assert not layer.alpha[~held].any() and layer.alpha[40, 40] > 0.99


def test_only_short_sleeves_that_lie_flat_in_their_picture_hang_far_through(person: Person) -> None:
    body, garment = read_body(person), draw_tshirt()
    end = 0.4 * float(body.arms["left"].arc[-1])
    assert bow_of(body.arms["left"], end, bow_for(garment)) == BOW > SLIGHT_BOW
    for other in (replace(garment, sleeves="elbow"), replace(garment, worn=True)):
        assert bow_of(body.arms["left"], end, bow_for(other)) == SLIGHT_BOW
