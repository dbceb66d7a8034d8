"""The two sides of a trunk's cloth: bites in them, and thin gaps to the arms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arrays import Array, shrink
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.ease import without_ease
from tryon.transfer.warping.gaps import OPENING, UNDER, closed_beside_arms, gap_outline, opening, without_short_gaps
from tryon.transfer.warping.hanging import hung_front, plumb
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.measure import Rows, roominess
from tryon.transfer.warping.pieces import turned_by
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.sides import without_bites
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.sleeves import Worn
from tryon.transfer.warping.undress import below_sides
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Garment, Person


def drawn_trunk(body: Body, shape: tuple[int, ...]) -> tuple[Array, Worn]:
    along, across = body.along(shape), body.across(shape)
    alpha = ((np.abs(across) < 0.45 * body.unit) & (along > 0) & (along < body.trunk)).astype(np.float32)
    pits = {side: body.place(sign * 0.45 * body.unit, 0.25 * body.trunk) for side, sign in (("left", -1), ("right", 1))}
    return alpha, Worn(
        necks=pits, tips=pits, armpits=pits, top=0.0, hem=body.trunk, sleeves={}, scale=1.0, kept=1.0
    )  # fmt: skip


def test_a_bite_in_a_side_is_filled_and_an_even_trunk_stays(person: Person) -> None:
    body = read_body(person)
    whole, worn = drawn_trunk(body, person.labels.shape)
    assert np.array_equal(without_bites(whole, body, worn), whole)
    along, across = body.along(whole.shape), body.across(whole.shape)
    off = np.hypot(across - 0.45 * body.unit, along - 0.55 * body.trunk)
    bite = (off < 0.08 * body.unit) & (whole > 0)
    bitten = np.where(bite, 0, whole).astype(np.float32)
    result = without_bites(bitten, body, worn)
    assert result.min() >= 0 and result.max() <= 1
    assert result[bite & (across < 0.41 * body.unit)].mean() > 0.9  # its very edge stays soft
    far = off > 0.4 * body.unit
    assert np.array_equal(result[far], bitten[far])


def test_a_bite_close_to_the_border_is_filled_whatever_is_left_of_a_step(person: Person) -> None:
    small = read_body(person)
    body = replace(small, unit=3 * small.unit, trunk=2 * small.trunk)  # several px to a step
    whole, worn = drawn_trunk(body, person.labels.shape)
    along, across = body.along(whole.shape), body.across(whole.shape)
    bite = (np.hypot(across - 0.45 * body.unit, along - 0.55 * body.trunk) < 0.08 * body.unit) & (whole > 0)
    bitten = np.where(bite, 0, whole).astype(np.float32)
    side = int(np.flatnonzero(whole.any(axis=0))[-1])
    for beyond in range(1, 8):
        narrow = np.ascontiguousarray(bitten[:, : side + beyond])
        assert without_bites(narrow, body, worn)[bite[:, : side + beyond]].mean() > 0.5


def test_what_is_wide_or_high_up_is_the_garments_form(person: Person) -> None:
    body = read_body(person)
    whole, worn = drawn_trunk(body, person.labels.shape)
    along, across = body.along(whole.shape), body.across(whole.shape)
    armhole = (np.hypot(across - 0.45 * body.unit, along - 0.1 * body.trunk) < 0.08 * body.unit) & (along < 60)
    waist = (np.hypot(across + 0.9 * body.unit, along - 0.6 * body.trunk) < 0.5 * body.unit) & (whole > 0)
    cut = np.where(waist | armhole, 0, whole).astype(np.float32)
    result = without_bites(cut, body, replace(worn))
    assert result[waist].mean() < 0.1
    assert np.array_equal(result[along < 0.2 * body.trunk], cut[along < 0.2 * body.trunk])


def test_a_gap_beside_an_arm_opens_evenly() -> None:
    room = np.concatenate([np.full(60, UNDER), np.full(100, 12.0), np.zeros(40), np.full(50, 9.0)]).astype(np.float32)
    found = opening(room)
    assert (found <= room).all() and found.min() >= 0
    assert np.abs(np.diff(found)).max() <= OPENING + 1e-4
    assert found[110] > 6 and found[-1] == 0
    assert opening(np.full(40, 9.0, np.float32))[0] == 0, "no step where it begins, in an armhole"


def test_a_dress_goes_on_only_where_the_photos_body_was(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    dressing = put_on(draw_tshirt(), "top", body, regions, Wishes())
    trunk = next(layer for layer in dressing.layers if layer.name.startswith("trunk"))
    narrow = shrink(regions.upper & ~regions.arms, 4) & (body.along(regions.upper.shape) > 0)
    alone = replace(trunk, alpha=narrow.astype(np.float32), rgb=np.full_like(trunk.rgb, 90.0))
    sleeved = replace(dressing, layers=[alone, *dressing.layers[1:]])
    assert closed_beside_arms(sleeved, body, regions, figure) is sleeved
    closed = closed_beside_arms(replace(dressing, layers=[alone]), body, regions, figure).layers[0]
    assert (closed.alpha >= alone.alpha).all() and closed.alpha.max() <= 1
    added = (closed.alpha > 0.5) & ~narrow
    assert added.any()
    assert (regions.upper | regions.arms)[added].all()
    assert np.array_equal(closed.rgb[added], np.full_like(closed.rgb[added], 90.0))


def test_a_loose_old_top_does_not_make_a_waist_broad_but_what_is_worn_below_it_does(person: Person) -> None:
    body = read_body(person)
    loose = replace(body, edges=np.tile([-0.6, 0.6], (len(body.rows), 1)) * body.unit, middle=0 * body.middle)
    nothing = np.zeros_like(person.labels, bool)
    regions = replace(read_regions(person, body), lower=nothing, upper=~nothing)
    waist = 0.68 * body.trunk
    hem = 1.05 * body.trunk
    for width in without_ease(loose, regions, hem).half_width(waist)[:2]:
        assert 0.38 * body.unit < width < 0.48 * body.unit
    skirt = body.across(nothing.shape) > 0  # on one side only
    left, right, _ = without_ease(loose, replace(regions, lower=skirt), hem).half_width(waist)
    assert left < 0.48 * body.unit and np.isclose(right, 0.6 * body.unit)
    shorts = replace(regions, lower=body.along(nothing.shape) > 1.1 * body.trunk)  # they go on under the old top
    for width in without_ease(loose, shorts, 0.7 * body.trunk).half_width(0.9 * body.trunk)[:2]:
        assert np.isclose(width, 0.6 * body.unit), "what shows below the new hem"
    for width in without_ease(loose, shorts, 1.2 * body.trunk).half_width(waist)[:2]:
        assert width < 0.48 * body.unit, "nothing of them shows below the new hem"
    narrow = replace(loose, edges=0.6 * loose.edges)
    assert np.allclose(without_ease(narrow, regions, hem).edges, narrow.edges)


def test_a_trunk_ends_where_it_is_seen_beside_a_gap_or_a_bare_arm(person: Person) -> None:
    body, shape = read_body(person), person.labels.shape
    along, across = body.along(shape), body.across(shape)
    top = (np.abs(across) < 0.40 * body.unit) & (along > 0)
    arm = (across > 0.40 * body.unit) & (across < 0.6 * body.unit) & (along > 0)
    gap = (across < 0) & ~top
    none = np.zeros(shape, bool)
    regions = replace(read_regions(person, body), person=~gap & (top | arm), upper=top, lower=none, skin=arm, arms=arm,
                      hands=none)  # fmt: skip
    broad = replace(body, edges=np.tile([-0.5, 0.5], (len(body.rows), 1)) * body.unit, middle=0 * body.middle)
    left, right, _ = without_ease(broad, regions, body.trunk).half_width(0.40 * body.trunk)
    assert abs(left / body.unit - 0.40) < 0.02, "before the wall"
    assert 0.41 < right / body.unit < 0.45, "a little under the arm"
    sleeve = replace(regions, upper=top | arm)
    left, right, _ = without_ease(broad, sleeve, body.trunk).half_width(0.45 * body.trunk)
    assert abs(left - right) < 1, "what a sleeve hides is as on the other side"


def test_sleeves_leave_a_loose_tops_ease_beside_the_new_one(person: Person) -> None:
    body = read_body(person)
    loose = replace(body, edges=np.tile([-0.6, 0.6], (len(body.rows), 1)) * body.unit, middle=0 * body.middle)
    regions = replace(read_regions(person, body), lower=np.zeros_like(person.labels, bool))
    regions = replace(regions, upper=~regions.lower)
    row = np.abs(body.along(person.labels.shape) - 0.68 * body.trunk) < 1
    broad = {}
    for sleeves in ("none", "short", "elbow"):
        garment = replace(draw_tshirt(), sleeves=sleeves)
        layers = put_on(garment, "top", loose, regions, Wishes()).layers
        broad[sleeves] = float(next(one.alpha for one in layers if one.name == "trunk")[row].sum())
    assert max(broad["short"], broad["elbow"]) < 0.97 * broad["none"]


def test_the_front_of_a_turned_wearers_garment_is_told_by_its_neckline() -> None:
    """The front's middle is off the middle between the sides, less so at the hips; straight on, it is not."""
    rows = np.linspace(100, 300, 6)
    edges = Rows(
        left=np.stack([np.full(6, 50.0), rows], axis=1), right=np.stack([np.full(6, 150.0), rows + 10], axis=1)
    )
    turned = turned_by(edges, {"neck_front": np.array([115.0, 60.0])})
    assert 0.1 < turned[-1] < turned[0] < 0.3
    assert np.allclose(turned_by(edges, {"neck_front": np.array([100.0, 60.0])}), 0)
    slant = Rows(left=edges.left - 0.2 * rows[:, None] * (1, 0), right=edges.right - 0.2 * rows[:, None] * (1, 0))
    assert abs(turned_by(slant, {"neck_front": np.array([89.0, 60.0])})[0]) < 0.03, "slanted, not turned"


def test_a_boxy_top_is_worn_larger_and_a_usual_one_is_not() -> None:
    """By its width over the chest beside its neck and its length, as far as its sides are straight."""

    def wide(chest: float, hem: float) -> Garment:
        half = {"neck": 50.0, "shoulder": 0.9 * chest, "armpit": chest, "waist": chest, "hem": hem}
        rows = {"neck": 20.0, "shoulder": 40.0, "armpit": 120.0, "waist": 250.0, "hem": 400.0}
        points = {f"{n}_{s}": (300 + k * half[n], rows[n]) for n in half for s, k in (("left", -1), ("right", 1))}
        return replace(draw_tshirt(), landmarks=points, neckline="crew", worn=False, category="top")

    usual, boxy = roominess(wide(90, 90)), roominess(wide(130, 130))
    assert usual == 1.0 and 1.15 < boxy <= 1.4
    assert 1.0 <= roominess(wide(130, 138)) < boxy
    assert roominess(wide(130, 150)) == 1.0, "it widens to the hips"
    assert roominess(replace(wide(130, 130), worn=True)) == 1.0


def test_a_wide_top_clears_the_waist_and_a_close_one_follows_it(person: Person) -> None:
    body = read_body(person)
    along = np.array([0.3, 0.6, 0.9]) * body.trunk
    half = np.array([0.45, 0.36, 0.42]) * body.unit
    close = plumb(body, along, 1.02 * half, half, 1.01 * half)
    assert np.allclose(close, 1.01 * half)
    loose = plumb(body, along, np.full(3, 1.3 * half[0]), half, 1.1 * half)
    assert np.allclose(loose, 1.1 * half[0]), "straight down from the chest"
    skirt = np.array([0.3, 0.6, 1.6]) * body.trunk
    assert np.allclose(plumb(body, skirt, np.full(3, 1.3 * half[0]), half, 1.1 * half), 1.1 * half)
    hips = np.array([0.45, 0.40, 0.55]) * body.unit
    over = plumb(body, along, np.full(3, 1.3 * half[0]), hips, 1.1 * hips)
    assert np.allclose(np.diff(over), np.diff(over)[0]), "in one line to wide hips"
    waisted = plumb(body, along, 1.3 * half[0] * np.array([1.0, 0.85, 1.0]), hips, 1.1 * hips)
    assert waisted[1] < 0.9 * over[1], "as far as it is cut straight"


@pytest.mark.parametrize("opens", [0.3, 0.0])
def test_a_gap_beside_an_arm_ends_in_a_point(opens: float) -> None:
    rows, columns = np.arange(200)[:, None], np.arange(120)[None]
    side = 60 - opens * (rows - 40)  # the trunk's, which meets the arm's inner edge at row 40
    wall = (columns > side) & (columns <= 60 + 4 * (opens == 0)) & (rows > 60) & (rows < 150)
    outline = gap_outline(~wall, 100.0)
    assert outline is not None
    top = outline[outline[:, 1].argmin()]
    assert 28 < top[1] < 42, "sides that do not meet come up to the arm too, or a step would be cut there"
    across, down = np.abs(outline[1] - outline[0])
    assert across <= 0.4 * down and outline[0][0] >= 60, "aslant, from the trunk's side to the arm's"
    assert gap_outline(np.ones((200, 120), bool), 100.0) is None
    assert gap_outline(columns + 0 * rows < 60, 100.0) is None, "wall that no arm ends is no gap"


def test_holes_between_an_arm_and_a_trunk_that_touch_above_and_below_are_no_gap() -> None:
    unit = 100.0
    person = np.zeros((300, 200), bool)
    person[20:280, 40:160] = True
    person[100:120, 60:64] = False
    person[140:240, 130:136] = False
    closed = without_short_gaps(person, unit)
    assert closed[100:120, 60:64].all() and not closed[140:240, 130:136].any()
    assert (closed[:, :40] == person[:, :40]).all(), "the wall stays"


def test_a_gap_whose_sides_would_meet_far_above_is_closed_by_its_arm() -> None:
    rows, columns = np.mgrid[0:260, 0:120]
    wall = (rows > 100) & (columns > 50) & (columns < 62 + 0.08 * (rows - 100))
    outline = gap_outline(~wall, 100.0)
    assert outline is not None
    upper = outline[outline[:, 1] < outline[:, 1].min() + 0.5]
    assert upper[:, 1].min() < 90 and upper[:, 0].min() > 58, "no square bite out of the trunk's side"


@pytest.mark.parametrize("rounded", [True, False])
def test_a_skirt_comes_out_beside_a_hem_from_where_that_is_rounded_off(person: Person, rounded: bool) -> None:
    body = read_body(person)
    unit, y, x = body.unit, *np.mgrid[0:512, 0:384]
    off, below = np.abs(x - body.place(0.0, body.trunk)[0]), y - (300 - 0.2 * unit)
    side = 0.6 * unit - 0.02 * (300 - y)
    if rounded:
        side = side - 0.5 * np.maximum(below, 0) ** 1.2
    found = below_sides(body, (off < side) & (y > 150) & (y < 300))
    first = np.flatnonzero(found.any(axis=1))[0]
    assert found[first:].all() and first == pytest.approx(300 - (0.2 if rounded else 0.05) * unit, abs=0.03 * unit)


def test_the_front_of_a_top_hangs_more_upright_than_the_trunk_leans() -> None:
    along, seen = np.linspace(100, 500, 6), np.full(6, 150.0)
    middle = np.array([10, 12, 24, 32, 34, 20.0])
    front = hung_front(along, middle, seen)
    steps = np.diff(front)
    assert front[0] == 10 and np.ptp(steps) < 1e-6, "in one line from the chest on"
    assert 0 < front[-1] - front[0] < 12
    assert np.abs(hung_front(along, 9 * middle, seen) - 9 * middle).max() < 31, "never far off the cloth's middle"
