"""Long sleeves: how they close around the wrist, their long edges, and their shadow on the hand."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tests.transfer.test_remains import WRIST, with_hand
from tests.transfer.test_slits import with_cuff
from tryon.masking.agnostic import agnostic_mask
from tryon.transfer.warping.arrays import Array, projected
from tryon.transfer.warping.body import SIDES, read_body
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.compose import lay_out, paint
from tryon.transfer.warping.covered import covered_skin
from tryon.transfer.warping.ground import in_scraps
from tryon.transfer.warping.layers import Dressing, cloth_for, put_on, with_even_edges
from tryon.transfer.warping.leaves import REACHED
from tryon.transfer.warping.order import bags_behind, cuffed
from tryon.transfer.warping.pieces import parts_of
from tryon.transfer.warping.pockets import LONGEST, up_to_hands
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.sleeves import Worn, _edge, even_edges
from tryon.transfer.warping.undress import bare_figure
from tryon.transfer.warping.wishes import Wishes, read_wishes
from tryon.types import LABEL, Garment, Person


def long_sleeved() -> Garment:
    return replace(draw_tshirt(), sleeves="long")


def dressed(person: Person) -> Dressing:
    body = read_body(person)
    return put_on(long_sleeved(), "top", body, read_regions(person, body), Wishes())


@pytest.mark.parametrize("roomy", [1.4, 2.0, 2.6])
def test_a_cuff_lies_around_the_wrist_on_both_sides(person: Person, roomy: float) -> None:
    body = read_body(person)
    arm = body.arms["right"]
    at = 0.97 * float(arm.arc[-1])
    point, _, half = arm.at(at)
    free, bound = (
        [_edge(arm, at, roomy * half, body.side, sign, share)[0] - point for sign in (1, -1)] for share in (0.0, 1.0)
    )
    outer, inner = (float(np.linalg.norm(way)) for way in bound)
    assert outer == pytest.approx(inner), "it does not hang beside the wrist"
    assert half < outer < 1.6 * half
    assert roomy < 2 or outer < np.linalg.norm(free[0]), "it is closer than the sleeve above it"


def test_a_wavy_edge_of_a_sleeve_is_evened_and_its_cuff_stays(person: Person) -> None:
    body = read_body(person)
    arm = body.arms["left"]
    length = float(arm.arc[-1])
    worn = Worn(
        necks={}, tips={}, armpits={"left": arm.at(0.15 * length)[0]}, top=0.0, hem=0.0,
        sleeves={"left": (0.0, length)}, scale=1.0, kept=1.0,
    )  # fmt: skip
    y, x = np.mgrid[0 : person.labels.shape[0], 0 : person.labels.shape[1]].astype(np.float32)
    middle = np.interp(y[:, 0], arm.points[:, 1], arm.points[:, 0])[:, None]
    wave = 1.5 * np.sin(2 * np.pi * y / (0.08 * body.unit))
    alpha = (np.abs(x - middle) < 1.2 * float(arm.half.mean()) + wave).astype(np.float32)
    evened = even_edges(alpha, body, "left", worn, 0.0)
    rows = slice(round(arm.at(0.5 * length)[0][1]), round(arm.at(0.7 * length)[0][1]))
    slope = np.polyfit(np.arange(rows.stop - rows.start), alpha[rows].sum(axis=1), 1)
    line = np.polyval(slope, np.arange(rows.stop - rows.start))
    assert (evened[rows].sum(axis=1) - line).std() < 0.5 * (alpha[rows].sum(axis=1) - line).std()
    point, way, _ = arm.at(length - 0.05 * body.unit)
    cuff = projected(alpha.shape, point, way) > 0
    assert np.allclose(evened[cuff], alpha[cuff], atol=0.02)
    assert evened.min() >= 0 and evened.max() <= 1


def test_the_ragged_edges_of_a_worn_garments_short_sleeve_are_evened(person: Person) -> None:
    body, garment = read_body(person), draw_tshirt()
    dressing = put_on(garment, "top", body, read_regions(person, body), Wishes())
    layer = next(layer for layer in dressing.layers if layer.name == "sleeve_left")
    pits, end = dressing.armpits, dressing.sleeves["left"]
    ragged, edges = layer.alpha.copy(), []
    for y, x in enumerate((layer.alpha > 0.5).argmax(axis=1)):
        ragged[y, : x + 5 * (y // 6 % 2)] = 0
    for flat in (True, False):
        worn = Worn(
            necks=pits, tips=pits, armpits=pits, top=0.0, hem=0.0, sleeves={"left": (0.0, end)}, scale=1.0, kept=1.0,
            flat=flat,
        )  # fmt: skip
        edges.append(with_even_edges(replace(layer, alpha=ragged), body, worn, 0.0).alpha)
    first, last = (round(float(body.arms["left"].at(share * end)[0][1])) for share in (0.5, 0.9))
    rough = [np.abs(np.diff((plane[first:last] > 0.5).argmax(axis=1))).max() for plane in edges]
    assert rough[0] >= 4 and rough[1] <= 2


@pytest.mark.parametrize(("colour", "expected"), [((240, 240, 241), 1.0), ((196, 60, 52), 0.0)])
def test_how_unsure_an_outline_is_is_told_by_its_rim(colour: tuple[int, int, int], expected: float) -> None:
    shirt = draw_tshirt(colour)
    cloth = prepare(shirt, 1.0)
    assert cloth.unsure == pytest.approx(expected, abs=0.05)
    assert prepare(replace(shirt, worn=True), 1.0).unsure == 0


def test_the_wavy_hems_of_a_pale_top_are_evened(person: Person) -> None:
    body = read_body(person)
    shirt = draw_tshirt((240, 240, 241))
    y, x = np.mgrid[0:512, 0:384]
    hem = 402 + 3 * np.sin(x / 2.0)
    ragged = replace(shirt, cutout=np.where(y > hem, 0, shirt.cutout).astype(np.uint8))
    waves = []
    for unsure in (1.0, 0.0):
        cloth = replace(cloth_for(ragged, "top", body), unsure=unsure)
        dressing = put_on(ragged, "top", body, read_regions(person, body), Wishes(), cloth)
        trunk = next(layer for layer in dressing.layers if layer.name == "trunk")
        column = np.arange(trunk.alpha.shape[1])
        inner = np.abs(column - body.origin[0]) < 0.35 * body.unit
        ends = trunk.alpha[round(float(body.origin[1] + 0.7 * body.trunk)) :, inner].sum(axis=0)
        waves.append(float((ends - np.polyval(np.polyfit(column[inner], ends, 2), column[inner])).std()))
    assert waves[0] < 0.5 * waves[1]


def test_a_hand_lies_behind_a_hem_that_hangs_lower_than_its_sleeves_end(person: Person) -> None:
    body, dressing = read_body(person), dressed(person)
    ends = {side: float(body.arms[side].arc[-1]) for side in SIDES}
    point, _, _ = body.arms["left"].at(ends["left"] + 0.06 * body.unit)
    x, y = np.rint(point).astype(int)
    ragged = [
        replace(layer, alpha=np.ones_like(layer.alpha)) if layer.name == "sleeve_left" else layer
        for layer in dressing.layers
    ]
    bare = [replace(layer, alpha=np.zeros_like(layer.alpha)) for layer in dressing.layers]
    shape = person.labels.shape
    assert cuffed(body, replace(dressing, layers=ragged, sleeves=ends), shape)[y, x]
    assert not cuffed(body, replace(dressing, layers=bare, sleeves=ends), shape)[y, x]


def test_a_cuff_throws_its_shadow_on_the_hand(person: Person) -> None:
    body = read_body(person)
    sheet = lay_out(person, body, long_sleeved(), "top", read_wishes(""), 1)
    assert sheet.shadow.min() >= 0 and sheet.shadow.max() <= 1
    picture, _ = paint(person.photo.pixels, sheet)
    hands = read_regions(person, body).hands
    for side in SIDES:
        arm = body.arms[side]
        wrist = np.array(arm.points[-1])
        y, x = np.nonzero(hands & (sheet.front > 0.95))
        beyond = (np.stack([x, y], axis=1) - wrist) @ arm.at(float(arm.arc[-1]))[1]
        near = np.hypot(*(np.stack([x, y], axis=1) - wrist).T) < 0.6 * body.unit
        before = person.photo.pixels[y, x].astype(float).sum(axis=1)
        change = before - picture[y, x].sum(axis=1)
        shaded = near & (sheet.shadow[y, x] > 0.05)
        assert shaded.any() and (change[shaded] > 0).all()
        far = near & (beyond > REACHED[1] * body.unit)
        assert far.any() and np.abs(change[far]).max() < 0.01, "further on it is as it was"
    plain = lay_out(person, body, draw_tshirt(), "top", read_wishes(""), 1)
    assert plain.shadow.max() == 0, "a short sleeve ends far from it"


def test_a_sleeve_is_never_narrower_than_its_arm(person: Person) -> None:
    body = read_body(person)
    arm = body.arms["left"]
    at = 0.4 * float(arm.arc[-1])
    point, _, half = arm.at(at)
    for sign in (1, -1):
        off = _edge(arm, at, 0.5 * half, -body.side, sign, 0.0)[0] - point
        assert np.linalg.norm(off) > 1.05 * half


def test_a_sleeve_laps_over_the_trunk_by_little_more_than_its_seam(person: Person) -> None:
    dressing = dressed(person)
    cloth = dressing.cloth
    chest = float(np.linalg.norm(cloth.points["armpit_left"] - cloth.points["armpit_right"]))
    part, seams = parts_of(cloth, draw_tshirt())
    row = round(float(cloth.points["shoulder_left"] @ (0, 0.5) + cloth.points["armpit_left"] @ (0, 0.5)))
    for seam in seams.values():
        both = (seam[row] > 0.1) & (part[row] > 0.9) & (cloth.alpha[row] > 0.9)
        assert 0 < both.sum() < 0.025 * chest


def test_no_line_of_skin_stands_out_beside_a_sleeve(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    wide = replace(figure, trunk=np.maximum(figure.trunk, figure.arms))  # a shoulder goes over into its arm
    dressing = dressed(person)
    skin = bare_figure("top", body, regions, wide, dressing, covered_skin(body, regions, wide, dressing))
    rim = (figure.arms > 0.12) & (figure.arms < 0.9) & (figure.inward < 0.2) & ~regions.skin
    along = body.along(rim.shape)
    rim &= (along > 0.18 * body.trunk) & (along < 0.32 * body.trunk)
    assert rim.sum() > 5
    assert skin[rim].max() < 0.05


def test_an_arm_comes_out_of_a_hem_however_near_the_shoulder_that_is(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure, dressing = read_figure(body, regions), dressed(person)
    end = 0.18 * body.trunk  # a cap sleeve, whose hem hangs higher at its outer end
    point, way, _ = body.arms["left"].at(end)
    level, slant = (projected(figure.arms.shape, point, axis) for axis in (way, body.side))
    above = level < 0.3 * slant
    layers = [
        replace(layer, alpha=layer.alpha * above) if layer.name == "sleeve_left" else layer for layer in dressing.layers
    ]
    short = replace(dressing, layers=layers, sleeves={**dressing.sleeves, "left": end})
    skin = bare_figure("top", body, regions, figure, short, covered_skin(body, regions, figure, short))
    sleeve = next(layer.alpha for layer in layers if layer.name == "sleeve_left")
    gap = (sleeve < 0.01) & ~above & (level < 0.05 * body.unit) & (figure.arms > 0.95) & (figure.inward < 0)
    gap &= (figure.along["arms", "left"] > end - 0.08 * body.unit) & regions.person
    assert gap.sum() > 10
    assert skin[gap].mean() > 0.9


def striped_cuff(scrap: bool) -> tuple[Array, Array]:
    """Picture (h,w,3) and coverage (h,w) of stripes as pale as the ground over a yellow cuff, with or without a scrap
    of ground beside that."""
    rgb, alpha = np.full((120, 120, 3), 246, np.uint8), np.zeros((120, 120), np.float32)
    rgb[10:80, 30:90][np.arange(70) % 20 < 10] = (30, 34, 60)
    rgb[80:105, 30:90] = (226, 180, 40)
    alpha[10:105, 30:90] = 1
    if scrap:
        alpha[84:100, 90:95] = 1
    return rgb, alpha


def test_a_scrap_of_ground_beside_a_cuff_is_no_cloth_and_pale_stripes_are() -> None:
    found = in_scraps(*striped_cuff(scrap=True))
    assert found[86:98, 91:95].min() > 0.7
    assert found[:, 32:87].max() < 0.05, "stripes go on inwards"
    assert in_scraps(*striped_cuff(scrap=False)).max() == 0


@pytest.mark.parametrize("over", [False, True])
def test_a_cuff_lies_over_the_bag_that_its_forearm_is_before(person: Person, over: bool) -> None:
    arm = read_body(person).arms["left"]
    held = person.labels.copy()
    bag = np.zeros(held.shape, np.uint8)
    point, _, half = arm.at(0.8 * float(arm.arc[-1]))
    corners = np.rint(point + half * np.array([(-5, -2), (2, 8)])).astype(int)
    cv2.rectangle(bag, tuple(corners[0].tolist()), tuple(corners[1].tolist()), 1, -1)
    bare = np.isin(held, [LABEL["left_arm"], LABEL["right_arm"], LABEL["left_hand"], LABEL["right_hand"]])
    bag = (bag > 0) & (over | ~bare)
    held[bag] = LABEL["bag"]
    carrying = replace(person, labels=held)
    body = read_body(carrying)
    regions = read_regions(carrying, body)
    dressing = put_on(long_sleeved(), "top", body, regions, Wishes())
    hidden = regions.held & ~bags_behind(body, regions, dressing).held
    sleeve = next(layer.alpha for layer in dressing.layers if layer.name == "sleeve_left")
    covered = regions.held & (sleeve > 0)
    assert covered.sum() > 20
    assert np.array_equal(hidden, covered & (not over))
    allowed = agnostic_mask(carrying, [long_sleeved()], "top") > 0
    near = covered & (sleeve > 0.9)
    assert allowed[near].mean() > 0.7 if not over else not allowed[near].any()


def test_a_new_cuff_reaches_no_further_over_a_hand_than_the_old_one(person: Person) -> None:
    sleeved = with_cuff(with_hand(person, 44))
    body = read_body(sleeved)
    arms = body.arms["right"], up_to_hands(body, read_regions(sleeved, body)).arms["right"]
    far, near = (float(np.linalg.norm(arm.at(LONGEST * float(arm.arc[-1]))[0] - WRIST)) for arm in arms)
    assert near < 0.06 * body.unit < 0.09 * body.unit < far
    assert arms[1].half[-1] == arms[0].half[-1], "it is as wide as that hand"


def test_a_sleeve_ends_where_a_hand_begins_that_is_no_longer_than_hands_are(person: Person) -> None:
    unit = read_body(person).unit
    further, mask_ends = [], []
    for length in (0.56, 0.8):
        bare = with_hand(person, round(length * unit))
        bare.labels[WRIST[1] + 2 :][bare.labels[WRIST[1] + 2 :] == LABEL["pants"]] = 0
        body = read_body(bare)
        ends = [float(one.arms["right"].arc[-1]) for one in (body, up_to_hands(body, read_regions(bare, body)))]
        further.append((ends[1] - ends[0]) / unit)
        kept = (agnostic_mask(bare, (long_sleeved(),), "top") == 0) & (bare.labels == LABEL["left_hand"])
        mask_ends.append((np.flatnonzero(kept.any(axis=1))[0] - WRIST[1]) / unit)
    assert further[0] == 0 and 0.04 < further[1] < 0.15
    assert mask_ends[1] > mask_ends[0] + 0.04, "the mask lets it"
