"""What a shorter top uncovers: trousers up to their waistband, a waist, forearms that end at the hands."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.transfer.warping.anatomy import limb_forms, modelled
from tryon.transfer.warping.arrays import Array, grow, shrink
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.closure import BUTTON, POCKET, ROWS, closure, fastened, fly_of, stitched
from tryon.transfer.warping.hips import (
    BAND,
    Lap,
    above_band,
    arch,
    bare_waist,
    hidden_by,
    lap_of,
    other_area,
    outside,
    waistband,
)
from tryon.transfer.warping.limbs import ARM_AT, ARM_HALF, bent_limb, ending_at
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.skin import Figure, read_figure, skin_colour, unshadowed
from tryon.transfer.warping.undress import meeting
from tryon.types import LABEL, Person


def read(person: Person) -> tuple[Body, Regions, Figure]:
    body = read_body(person)
    regions = read_regions(person, body)
    return body, regions, read_figure(body, regions)


def test_trousers_go_on_to_a_waistband_that_hangs_lower_in_front(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    along, across = body.along(regions.person.shape), body.across(regions.person.shape)
    cloth = other_area(body, regions, lap, np.zeros(regions.person.shape, bool)) > 0.5
    waist = lap.waist
    assert 0.8 * lap.half < waist < lap.half
    middle = cloth & (np.abs(across - lap.middle) < 0.1 * waist)
    side = cloth & (np.abs(across - lap.middle) > 0.85 * waist) & (along < body.trunk)
    assert along[side].min() < along[middle].min()
    off, below = np.abs(across - lap.middle), lap.down(body, along.shape) - along
    assert below[np.abs(off - waist) < 0.5].max() < below[np.abs(off - 0.9 * waist) < 0.5].max()  # around to the back
    assert (np.abs(across - lap.middle)[cloth & (along < lap.top)] < lap.half + 2).all()


def test_no_strip_of_skin_is_left_between_a_hem_and_a_waistband_right_below_it(
    long_top: tuple[Person, Body, Regions],
) -> None:
    _, body, regions = long_top
    far, near = (lap_of(body, regions, hem) for hem in (0.5 * body.trunk, 0.78 * body.trunk))
    assert far is not None and near is not None
    assert near.start + 0.05 * body.unit < 0.78 * body.trunk < far.start + 0.05 * body.unit
    assert near.top == far.top


def test_no_skin_is_bared_beside_a_waistband_and_none_is_lost_above_it() -> None:
    y, x = np.indices((120, 200))
    bottom = ((y > 40 + 0.1 * (x - 100)) & (np.abs(x - 100) < 30 + 0.5 * (y - 40))).astype(np.float32)
    bottom[:46, :78] = bottom[:46, 122:] = 0  # rounded corners
    skin = above_band(bottom, 150.0)
    inside = np.abs(x - 100) < 20
    assert skin[inside & (y < 38 + 0.1 * (x - 100))].min() > 0.9
    assert skin[(np.abs(x - 100) > 24) & (y > 52)].max() == 0 and skin[:30].min() == 1
    assert (above_band(np.zeros((20, 20), np.float32), 150.0) == 1).all()


def test_nothing_of_a_lap_stands_beside_the_trunk_above_a_hem_but_below_a_raised_one() -> None:
    y, x = np.indices((60, 60))
    other = ((y > 20) & (x >= 10) & (x < 50)).astype(np.float32)
    top = ((x >= 15) & (x < 45) & (y < np.where(x < 25, 35, 45))).astype(np.float32)
    top[30:36, 42:] = 0  # a waist
    left = hidden_by(top, other, y < 45)
    assert not left[30:36, 42:].any()
    assert not left[21:45, 10:15].any() and not left[21:45, 45:50].any()
    assert (left[36:, 15:25] == 1).all() and (left[45:] == other[45:]).all()


def test_curls_of_trousers_around_the_corners_of_an_old_hem_are_none(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    across, along = body.across(regions.lower.shape) - lap.middle, body.along(regions.lower.shape) - lap.top
    assert (np.abs(across)[regions.lower & (along > 0) & (along < 4)] <= lap.half + 1.5).all()
    assert np.abs(across)[regions.lower & (along > 0) & (along < 4)].max() > lap.half - 1.5, "as wide as it is"
    assert not outside(body, regions, lap)[np.abs(across) < lap.half - 2].any()
    curl = (np.abs(across) > lap.half) & (np.abs(across) < lap.half + 6) & (along < -1) & (along > -6)
    curled = replace(regions, lower=regions.lower | curl, person=regions.person | curl)
    assert outside(body, curled, lap)[curl].mean() > 0.9
    again = lap_of(body, curled, 0.5 * body.trunk)
    assert again is not None and abs(again.half - lap.half) < 1.5
    hem = grow(regions.upper, 8) & curled.lower
    assert other_area(body, curled, lap, hem)[shrink(curl, 1)].max() < 0.5
    assert other_area(body, curled, lap, hem)[hem & (along > 1) & (np.abs(across) < lap.half - 3)].min() > 0.5


def test_a_visible_upper_edge_needs_no_lap(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    high = replace(
        regions, lower=regions.lower | (regions.upper & (body.along(regions.upper.shape) > 0.7 * body.trunk))
    )
    assert lap_of(body, high, 0.5 * body.trunk) is None
    assert lap_of(body, replace(regions, lower=np.zeros_like(regions.lower)), 0.5 * body.trunk) is None


def test_a_low_edge_right_below_cloth_is_a_hem_and_below_skin_a_waistband(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    both = regions.lower | (regions.upper & ~regions.arms)
    low = both & (body.along(both.shape) > 0.88 * body.trunk)
    cloth = both & ~low
    assert lap_of(body, replace(regions, lower=low, upper=cloth), 0.5 * body.trunk) is not None
    bare = cloth & (body.along(cloth.shape) < 0.6 * body.trunk)
    assert lap_of(body, replace(regions, lower=low, upper=bare), 0.5 * body.trunk) is None


def test_a_bare_waist_is_as_wide_as_its_waistband(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    along, across = body.along(regions.person.shape), np.abs(body.across(regions.person.shape) - lap.middle)
    empty = np.zeros(regions.person.shape, np.float32)
    flesh = bare_waist(body, regions, lap, empty, empty, 0.5 * body.trunk)
    row = np.abs(along - 0.78 * body.trunk) < 1
    assert across[row & (flesh > 0.5)].max() == pytest.approx(lap.waist, abs=4)
    assert flesh[along < 0.4 * body.trunk].max() == 0
    assert flesh[along > 0.95 * body.trunk].max() == 0


def test_ribs_fill_the_hem_of_a_short_top_and_narrow_to_the_waist(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    empty, hem = np.zeros(regions.person.shape, np.float32), 0.5 * body.trunk
    wide = lap.middle - 1.1 * lap.waist, lap.middle + 1.1 * lap.waist
    everybody = replace(regions, person=np.ones(empty.shape, bool))
    free, held = (bare_waist(body, everybody, lap, empty, empty, hem, *ends) > 0.5 for ends in ((), (wide,)))
    along = body.along(empty.shape)
    for share, more in ((0.51, 2), (0.79, -1)):
        row = np.abs(along - share * body.trunk) < 0.6
        assert (held & row).sum() >= (free & row).sum() + more
        assert (held & row).sum() <= 1.25 * (free & row).sum()
    assert not (held & ~free & (along > 0.82 * body.trunk)).any(), "the waistband is as it was"


def test_a_waistband_has_a_seam_and_turns_away_at_its_sides(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    light = waistband(body, lap, np.full((*regions.person.shape, 3), 60.0))
    down, across = lap.down(body, light.shape) / body.unit, np.abs(body.across(light.shape) - lap.middle)
    middle = across < 0.2 * lap.half
    seam, band, below = (middle & (np.abs(down - at) < 0.012) for at in (BAND, 0.5 * BAND, 2.5 * BAND))
    assert light[seam].min() < 0.85 * light[band].mean()
    assert light[below].mean() == pytest.approx(1, abs=0.02)
    side = across > 0.97 * lap.half_at(body.along(light.shape))
    assert light[side & (np.abs(down - 0.5 * BAND) < 0.012)].mean() < 0.88
    joint = side & (np.abs(body.along(light.shape) - lap.top) < 2)
    assert light[joint].mean() == pytest.approx(1, abs=0.03), "there the photo's own light goes on"


def test_trousers_with_a_fly_have_a_button_above_it_and_pockets(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None
    lap = replace(lap, start=lap.top - 0.5 * body.unit)
    cloth = np.full((*regions.person.shape, 3), 90.0, np.float32)
    assert fly_of(cloth, body, lap) is None
    across = body.across(regions.person.shape)
    cloth[np.abs(across - lap.middle - 3) < 2] = 60
    fly = fly_of(cloth, body, lap)
    assert fly is not None and abs(fly - lap.middle - 3) <= 3
    light, down = closure(body, lap, across.shape), lap.down(body, across.shape) / body.unit
    plain = np.full_like(cloth, 90.0)
    assert (fastened(plain, body, lap) == plain).all()
    blue = cloth * np.array([0.4, 0.8, 1.4], np.float32)
    button = np.hypot((across - fly) / body.unit, down - BAND / 2) < 0.5 * BUTTON
    metal = fastened(blue, body, lap)[button]
    assert np.ptp(metal, axis=1).max() < 0.12 * metal.max() < 0.12 * 256
    assert metal.max() > 1.4 * metal.min()  # it shines
    pocket = np.abs(across - lap.middle) / lap.half_at(body.along(across.shape)) > 1 - POCKET[0]
    below = (down > BAND + 0.01) & (down < BAND + POCKET[1])
    for side in (across < lap.middle, across > lap.middle):
        assert light[pocket & below & side].min() < 0.85
    inside = np.abs(across - lap.middle) / lap.half_at(body.along(across.shape)) < 0.9 - POCKET[0]
    assert light[inside & below & (down > BAND + 0.04)].min() > 0.9
    assert light[down > BAND + POCKET[1] + 0.12].min() > 0.98


def test_a_gap_between_legs_under_an_old_hem_is_round_at_its_top(long_top: tuple[Person, Body, Regions]) -> None:
    _, body, regions = long_top
    shape = regions.person.shape
    upper, lower = np.zeros(shape, bool), np.zeros(shape, bool)
    upper[100:300, 120:260] = True
    lower[300:480, 120:170], lower[300:480, 210:260] = True, True
    told = replace(regions, upper=upper, lower=lower, person=upper | lower)
    corners = arch(told, body.unit)
    assert corners[301, 171] and corners[301, 208] and not corners[305:, 185:195].any()
    assert not corners[330:].any() and not (corners & (upper | lower))[300:].any()
    counts = corners[300:321].sum(axis=1)
    assert (np.diff(counts) <= 0).all()
    whole = lower.copy()
    whole[300:480, 120:260] = True
    assert not arch(replace(told, lower=whole, person=upper | whole), body.unit).any()


def test_a_forearm_ends_in_the_middle_of_its_hand() -> None:
    limb = bent_limb(
        np.array([100.0, 40]), np.array([100.0, 110]), np.array([100.0, 170]), ARM_AT, ARM_HALF, 90.0, True
    )
    hand = np.zeros((260, 200), np.uint8)
    cv2.rectangle(hand, (99, 176), (117, 220), 1, -1)
    ended = ending_at(limb, hand > 0, 90.0)
    assert np.abs(ended.points[-1] - [108, 176]).max() < 8
    assert np.allclose(ended.points[:8], limb.points[:8], atol=1)
    assert ended.half[-1] >= limb.half[-1]
    same = ending_at(limb, np.zeros((260, 200), bool), 90.0)
    assert np.array_equal(same.points, limb.points) and np.array_equal(same.half, limb.half)


def test_no_shadow_is_lifted_from_an_arm_that_hangs_beside_a_sleeveless_top(person: Person) -> None:
    body, regions, figure = read(person)
    beside = regions.upper & ~regions.arms
    pixels = person.photo.pixels.copy()
    arms = regions.arms & regions.skin
    pixels[arms] = (pixels[arms] * np.linspace(0.5, 1.0, int(arms.sum()))[:, None]).astype(np.uint8)
    assert np.array_equal(unshadowed(pixels, regions, figure, beside, body.unit), pixels.astype(np.float32))


def test_limbs_have_forms_and_red_joints(person: Person) -> None:
    body = read_body(person)
    figure = read_figure(body, read_regions(person, body))
    planes = {"arms": figure.arms, "legs": figure.legs}
    light, red = limb_forms(body, figure.along, figure.inward, planes, 1)
    away = (figure.arms == 0) & (figure.legs == 0)
    assert (light[away] == 1).all() and (red[away] == 0).all()
    assert 0.6 < light.min() < 0.95 and light.max() < 1.12  # the fold before the armpit is the darkest place
    share = figure.along["arms", "left"] / body.arms["left"].arc[-1]
    inside = figure.arms > 0.9
    elbow, upper = (red[inside & (np.abs(share - at) < 0.03)].mean() for at in (0.49, 0.25))
    assert elbow > 0.4 and upper < 0.05
    share = figure.along["legs", "left"] / body.legs["left"].arc[-1]
    knee, thigh = (red[(figure.legs > 0.9) & (np.abs(share - at) < 0.03)].mean() for at in (0.49, 0.3))
    assert knee > 0.3 and thigh < 0.05


def test_a_wide_dress_is_gathered_to_its_waist_where_a_short_top_shows_that(person: Person) -> None:
    body = read_body(person)
    labels = person.labels.copy()
    along, across = body.along(labels.shape), body.across(labels.shape)
    trunk = np.isin(labels, [LABEL["upper"], LABEL["pants"]]) & (np.abs(across) < 0.6 * body.unit)
    labels[trunk | ((np.abs(across) < 0.55 * body.unit) & (along > 0.5 * body.trunk))] = LABEL["dress"]
    regions = read_regions(replace(person, labels=labels), body)
    lap = lap_of(body, regions, 0.5 * body.trunk)
    assert lap is not None and lap.parted
    assert lap.waist < 0.9 * lap.half
    assert lap.half_at(lap.start + 0.9 * BAND * body.unit) == pytest.approx(lap.waist)  # a band does not widen
    assert lap.beyond(body, labels.shape)[regions.lower & (along < 0.85 * body.trunk)].max() > 3
    folds, pale = (waistband(body, lap, np.full((*labels.shape, 3), tone, np.float32)) for tone in (45.0, 235.0))
    down, front = lap.down(body, labels.shape) / body.unit, np.abs(across - lap.middle) < 0.5 * lap.waist
    gathered = front & (np.abs(down - BAND - 0.03) < 0.003)
    assert np.ptp(folds[gathered]) > 0.2 > np.ptp(pale[gathered]) > 0.05, "pale cloth throws light back into its folds"
    assert np.ptp(folds[front & (np.abs(down - 0.5 * BAND) < 0.003)]) < 0.05  # the band itself is smooth
    assert lap_of(body, regions, 0.9 * body.trunk) is None  # the top covers it


def test_a_collarbone_that_is_seen_is_not_drawn_again(person: Person) -> None:
    body = read_body(person)
    along = body.along(person.labels.shape)
    none, bare = np.zeros(along.shape, bool), along < 0.3 * body.trunk
    drawn, seen = modelled(body, none), modelled(body, bare)
    near = (np.abs(along + 0.1 * body.unit) < 0.06 * body.unit) & (np.abs(body.across(along.shape)) < 0.42 * body.unit)
    assert np.ptp(drawn[near]) > 0.08
    assert np.abs(seen - drawn)[near].max() > 0.04 and np.ptp(seen[near]) < np.ptp(drawn[near])


def test_a_frill_taken_for_skin_leaves_no_bump_where_a_completed_limb_meets_the_photo(person: Person) -> None:
    body, regions, figure = read(person)
    arm = body.arms["right"]
    share = figure.along["arms", "right"] / arm.arc[-1]
    sleeve = (figure.arms > 0.5) & (share < 0.6)
    frill = grow((figure.arms > 0.5) & (np.abs(share - 0.615) < 0.015), 4) & ~sleeve & (share > 0.6)
    skin = ((figure.arms > 0.5) & (share > 0.6)) | frill
    changed = replace(regions, skin=skin, upper=sleeve, lower=np.zeros_like(skin))
    area = grow(sleeve, 2)
    flesh = np.maximum(figure.arms, frill.astype(np.float32))
    even, stray = meeting(flesh, area, body, changed, figure)
    bump = frill & (figure.arms < 0.05) & (share < 0.64)
    assert bump.sum() > 5
    assert even[bump].mean() < 0.4 * flesh[bump].mean()
    assert np.array_equal(even[share < 0.3], flesh[share < 0.3])
    assert not stray.any()  # arms may be seen in part only


def test_a_corner_of_the_photos_leg_goes_where_the_completed_leg_meets_it(person: Person) -> None:
    body, regions, figure = read(person)
    leg = body.legs["right"]
    share = figure.along["legs", "right"] / leg.arc[-1]
    skirt = (figure.legs > 0.5) & (share > 0) & (share < 0.6)
    wider = grow((figure.legs > 0.5) & (share > 0.6) & (share < 0.66), 4) & (share < 0.66) & ~skirt
    skin = ((figure.legs > 0.5) & (share >= 0.6)) | wider
    none = np.zeros_like(skin)
    changed = replace(regions, skin=skin, lower=skirt, upper=none, arms=none, hands=none)
    area = grow(skirt, 1)
    _, stray = meeting(figure.legs, area, body, changed, figure)
    assert stray.sum() > 5
    assert wider[stray].mean() > 0.9 and (share[stray & (share > 0)] < 0.66).all()
    assert not stray[(figure.legs > 0.95) | (share > 0.75)].any()
    shod = replace(changed, feet=(figure.legs > 0.5) & (share > 0.68))  # ankles are wider than the shin's line goes on
    near = grow(shod.feet, 0.15 * body.unit)
    assert stray[near].any() and not meeting(figure.legs, area, body, shod, figure)[1][near].any()


def test_completed_shades_are_as_red_as_those_that_are_seen(person: Person) -> None:
    body, regions, figure = read(person)
    skin = regions.skin | ((figure.arms > 0.5) & regions.arms)  # more of the arms than a T-shirt leaves bare
    seen = replace(regions, skin=skin, upper=regions.upper & ~skin)
    turned = np.where(figure.arms > 0.5, figure.inward, 0.0)[..., None]
    shade = 1 - 0.45 * turned**2

    def blue_at_the_rim(powers: tuple[float, float, float]) -> float:
        pixels = np.clip(person.photo.pixels.astype(np.float32), 0, 255)
        pixels[skin] = np.array((214, 170, 140)) * (shade ** np.array(powers))[skin]
        made = skin_colour(pixels.astype(np.uint8), seen, figure, body, 1)
        ratio = made[..., 2] / made[..., 0]
        legs = figure.legs > 0.9
        rim, middle = (
            ratio[legs & part].mean() for part in (np.abs(figure.inward) > 0.85, np.abs(figure.inward) < 0.3)
        )
        return float(rim / middle)

    assert blue_at_the_rim((0.6, 1.0, 1.8)) < 0.98 * blue_at_the_rim((1.0, 1.0, 1.0))


def test_denim_is_sewn_with_yellow_thread_and_other_cloth_with_its_own(
    low_lap: tuple[Body, Lap, Array, Array],
) -> None:
    body, lap, down, inside = low_lap
    for colour, yellow in (((40.0, 70.0, 110.0), True), ((150.0, 140.0, 130.0), False)):
        cloth = np.full((*inside.shape, 3), colour, np.float32)
        redder = (stitched(cloth, body, lap) / colour)[..., 0] / (stitched(cloth, body, lap) / colour)[..., 2]
        row = inside & (np.abs(down - ROWS[1]) < 0.005)
        assert (redder[row].max() > 1.3) == yellow
        assert redder[inside & (down > BAND + POCKET[1] + 0.06)].max() < 1.01


def test_no_gap_opens_between_a_completed_forearm_and_the_thin_rim_that_a_skirt_left_of_it(person: Person) -> None:
    body, regions, figure = read(person)
    share = figure.along["arms", "left"] / body.arms["left"].arc[-1]
    drawn = (figure.arms > 0.5) & (share > 0.55) & (share < 0.95)
    rim = grow(drawn, 5) & ~grow(drawn, 1) & (figure.inward < 0) & (share > 0)
    rim |= grow(drawn, 5) & ~grow(drawn, 1) & ~(figure.trunk > 0.5)
    hidden, none = grow(drawn, 1), np.zeros_like(drawn)
    changed = replace(regions, skin=rim, arms=rim | hidden, hands=none, lower=hidden, upper=none)
    even, _ = meeting((rim | hidden).astype(np.float32), hidden, body, changed, figure)
    beside = hidden & grow(rim, 2)
    assert beside.sum() > 20 and even[beside].min() > 0.9
