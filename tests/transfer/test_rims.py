"""Tests of a top's side before an arm that a skirt hides in part."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import TROUSERS, draw_person, draw_tshirt
from tryon.transfer.warping.arms import front_arms
from tryon.transfer.warping.arrays import grow
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.edges import beside_skirt, evened_edge
from tryon.transfer.warping.layers import Dressing, put_on
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.rims import (
    HANGS,
    before_arm,
    hem_row,
    innermost,
    outermost,
    over_skirt,
    running_out,
    side_line,
    up_to,
)
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import LABEL, Person, Photo

UNIT = 84.0
RED = (196, 60, 52)


@pytest.fixture
def skirted() -> Person:
    """Somebody whose left forearm is behind a skirt with a ragged edge, as labels have them."""
    person = draw_person()
    pixels, labels = person.photo.pixels.copy(), person.labels.copy()
    edge = [(252 + (y - 190) * 2 // 5 + 3 * (y // 6 % 2), y) for y in range(190, 300, 6)]
    skirt = np.array([(150, 190), *edge, (290, 330), (130, 330)], np.int32)
    cv2.fillPoly(pixels, [skirt], TROUSERS)
    cv2.fillPoly(labels, [skirt], LABEL["skirt"])
    return replace(person, photo=Photo(pixels), labels=labels)


def dressed(person: Person) -> tuple[Dressing, Dressing]:
    body = read_body(person)
    regions = read_regions(person, body)
    plain = put_on(draw_tshirt(RED), "top", body, regions, read_wishes(""), None)
    return plain, over_skirt(plain, body, regions, read_figure(body, regions))


def trunk_of(dressing: Dressing) -> np.ndarray:
    plane: np.ndarray = np.max([one.alpha for one in dressing.layers if one.name.startswith("trunk")], axis=0)
    return plane


def test_a_side_hangs_in_one_line_to_what_stands_out_below_it() -> None:
    seen = np.full(200, 40.0, np.float32)
    seen[100:] = 60.0
    line = side_line(seen, 0.0, UNIT)
    assert line[0] == pytest.approx(40, abs=1) and (line >= seen - 1).all() and line[-1] == pytest.approx(60, abs=1)
    assert (np.diff(line) > -0.05).all() and np.diff(line).max() < HANGS + 0.1
    assert line[80] > 50  # it does not follow the waist and then jump


def test_a_side_takes_no_notice_of_specks_and_leans_with_the_trunk() -> None:
    rows = np.arange(200, dtype=np.float32)
    seen = 40 + 0.3 * rows
    seen[4::9] -= 8
    seen[50] += 9
    assert np.abs(side_line(seen, 0.3, UNIT) - 40 - 0.3 * rows).max() < 1.5


def test_a_side_ends_where_its_hem_begins() -> None:
    edge = np.array([20] * 50 + [24] * 50 + [22, 15, 4, -1, -1])
    assert hem_row(edge, 10, 5.0) == 101
    assert hem_row(np.full(30, -1), 10, 5.0) == 10
    mask = np.array([[False, True, True, False], [False] * 4])
    assert outermost(mask).tolist() == [2, -1]
    assert hem_row(np.array([20] * 50 + [24] * 50 + [23, 20, 16, 13, -1]), 10, 16.0) == 101  # it goes aslant at once


def test_an_arm_that_a_garment_hides_here_and_there_goes_on_behind_it_and_not_above_all_that_is_seen() -> None:
    limb = np.zeros((6, 20), bool)
    limb[2, 8:12] = limb[4, 12:15] = True
    assert innermost(limb).tolist() == [np.inf, np.inf, 8, 10, 12, 12]
    assert np.isinf(innermost(np.zeros((3, 20), bool))).all()


def test_cloth_draws_in_little_by_little_below_the_rims_that_it_goes_on_over() -> None:
    room = running_out(np.array([0.0, 0.0, 6.0, 6.0, *[0.0] * 80]))
    assert room[:4].tolist() == [0, 0, 6, 6] and room[-1] == pytest.approx(0, abs=0.01) and np.diff(room).min() > -0.2


def test_a_pattern_is_drawn_out_up_to_the_new_side(skirted: Person) -> None:
    layer = next(one for one in dressed(skirted)[0].layers if one.name.startswith("trunk"))
    rgb, alpha = np.zeros_like(layer.rgb), np.zeros_like(layer.alpha)
    alpha[100:200, 100:160] = 1
    rgb[100:200, 100:160] = (4 * np.arange(60))[None, :, None]
    part, edge = (slice(100, 200), slice(110, None)), np.full(100, 49)
    wide = up_to(replace(layer, rgb=rgb, alpha=alpha), part, edge, np.full(100, 55.0), 2.0)
    row = wide.rgb[150, 100:166, 0]
    assert np.array_equal(row[:8], rgb[150, 100:108, 0])
    steps = np.diff(row[:55])
    assert steps.min() > 2 and steps.max() < 4.5, "it goes on, neither mirrored nor smeared"
    assert row[54] > 180
    assert wide.alpha[150, :165].min(where=np.arange(165) >= 100, initial=1) == 1 and wide.alpha[150, 167:].max() == 0
    narrow = up_to(replace(layer, rgb=rgb, alpha=alpha), part, edge, np.full(100, 40.0), 2.0)
    assert narrow.alpha[150, 152:].max() == 0 and narrow.alpha[150, 149] == 1
    assert np.array_equal(narrow.rgb[150, :150], rgb[150, :150])


def test_a_top_ends_in_an_even_line_before_a_forearm_behind_a_skirt(skirted: Person) -> None:
    plain, line = dressed(skirted)
    assert list(line.over) == ["right"] and not plain.over
    rows = line.over["right"]
    edge = trunk_of(line)[rows, 192:].sum(axis=1)[:-8]
    assert np.abs(np.diff(edge, 2)).max() < 0.6  # its skirt's label wavers by 3 px
    above = trunk_of(line)[rows.start - 1, 192:].sum()
    assert abs(edge[0] - above) < 1.2  # nor is there a step where it begins
    assert np.array_equal(trunk_of(line)[:, :185], trunk_of(plain)[:, :185])


@pytest.mark.parametrize(("end", "bare"), [(0.0, True), (1000.0, False)])
def test_a_side_begins_at_a_bare_arm_that_is_before_the_cloth_above_it(skirted: Person, end: float, bare: bool) -> None:
    body = read_body(skirted)
    regions, arc = read_regions(skirted, body), np.zeros(skirted.labels.shape, np.float32)
    plain, _ = dressed(skirted)
    edge = 192 + outermost(trunk_of(plain)[:, 192:] > 0.5)
    limb = np.abs(np.arange(arc.shape[1]) - edge[:, None]) < 10  # it lies over the trunk's edge
    arc[limb] = 100.0
    skin = replace(regions, skin=limb, arms=limb, hands=np.zeros_like(limb), lower=np.zeros_like(limb))
    line = before_arm(replace(plain, sleeves={"right": end}), body, skin, arc, "right")
    rows = line.over["right"]
    begins = outermost(trunk_of(line)[rows, 192:] > 0.5)[0] + 192 - edge[rows.start]
    assert begins < -6 if bare else begins > -3


def test_an_arm_behind_a_side_does_not_bite_into_it(skirted: Person) -> None:
    body = read_body(skirted)
    regions = read_regions(skirted, body)
    figure, (_, line) = read_figure(body, regions), dressed(skirted)
    none = np.zeros(skirted.labels.shape, np.float32)
    arms = front_arms(body, regions, figure, line, none, none)
    side = (line.over["right"], slice(192, None))
    assert (arms[side] * line.alpha[side]).max() == 0


def test_the_whole_way_a_top_ends_evenly_beside_the_arm(skirted: Person) -> None:
    result = dress(skirted, draw_tshirt(RED), "top", None, read_wishes(""), 1)
    _, line = dressed(skirted)
    rows = slice(205, line.over["right"].stop - 8)
    worn = result.worn[rows, 192:]
    assert np.abs(np.diff(worn.sum(axis=1), 2)).max() < 1.0
    arm = np.isin(skirted.labels[rows, 192:], (LABEL["left_arm"], LABEL["left_hand"]))
    assert arm.any() and worn[cv2.erode(arm.astype(np.uint8), np.ones((7, 7))) > 0].max(initial=0) < 0.1


def test_a_top_over_trousers_keeps_its_sides() -> None:
    plain, line = dressed(draw_person())
    assert line is plain


def test_a_strip_of_a_forearm_beside_a_skirt_stays_the_photos_own(skirted: Person) -> None:
    body = read_body(skirted)
    regions = read_regions(skirted, body)
    pixels = skirted.photo.pixels.astype(np.float32)
    strips, edge = beside_skirt(pixels, body, regions, read_figure(body, regions), regions.lower)
    bare = (regions.arms & regions.skin) | regions.hands
    assert strips.sum() > 100 and not (strips & ~bare).any() and not strips[:, : round(body.origin[0])].any()
    assert edge.any() and not (edge & strips).any() and (edge & regions.lower).any()
    free = replace(regions, lower=np.zeros_like(bare))
    assert not beside_skirt(pixels, body, free, read_figure(body, free), regions.lower)[0].any()


def test_a_strip_of_a_forearm_goes_up_to_the_wall_with_its_soft_edge(skirted: Person) -> None:
    body = read_body(skirted)
    regions = read_regions(skirted, body)
    figure = read_figure(body, regions)
    pixels = skirted.photo.pixels.astype(np.float32)
    bare = ((regions.arms & regions.skin) | regions.hands) & ~grow(regions.lower, 3)
    strips, _ = beside_skirt(pixels, body, regions, figure, regions.lower)
    rim = bare & grow(~regions.person, 1.5) & grow(strips, 8)
    mixed = pixels.copy()
    mixed[rim] = 0.5 * mixed[rim] + 0.5 * 255  # as the lens does
    speck = rim & (np.arange(len(rim))[:, None] == np.flatnonzero(rim.any(axis=1))[10])
    specked = replace(regions, lower=regions.lower | speck)  # labels have specks there
    kept, edge = beside_skirt(mixed, body, specked, figure, specked.lower)
    assert rim.sum() > 40 and kept[rim & ~speck].mean() > 0.95 and not (edge & rim & ~speck).any()


def test_the_edge_of_a_forearm_beside_a_skirt_has_no_stairs() -> None:
    rows, columns = np.indices((120, 60))
    inner = 20 + rows // 8  # labels' stairs
    strips, edge = (columns >= inner + 4) & (columns < inner + 12), (columns >= inner) & (columns < inner + 4)
    edge[59:61] &= columns[59:61] >= inner[59:61] + 3  # a nick
    soft = evened_edge(strips, edge)
    line = (soft + strips).sum(axis=1)[10:-10] - (12 - (rows[10:-10, 0] % 8) / 8)
    assert np.ptp(line) < 0.9 and np.median(np.abs(line - np.median(line))) < 0.05
    assert (soft[edge & (columns >= inner + 3)] > 0.99).all() and not soft[strips].any()
