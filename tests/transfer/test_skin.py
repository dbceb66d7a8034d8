"""Bared skin: shoulders in one line, light on the body's relief, and the skin's own structure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.transfer.warping.anatomy import NAVEL, RIBS, limb_forms, modelled, throat
from tryon.transfer.warping.arrays import luminance
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.cloth import in_loops
from tryon.transfer.warping.hips import waist_light
from tryon.transfer.warping.limbs import in_front, strip
from tryon.transfer.warping.reading import Regions, every, read_regions
from tryon.transfer.warping.relief import shade
from tryon.transfer.warping.shoulders import LAST, bare_outlines, drawn, slivers
from tryon.transfer.warping.skin import mottled, patchy, read_figure, skin_colour
from tryon.transfer.warping.texture import TILE, texture, tiled
from tryon.types import Person


@pytest.fixture(scope="module")
def seen(person: Person) -> tuple[Body, Regions]:
    body = read_body(person)
    return body, read_regions(person, body)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_shoulder_is_one_line_without_corners(seen: tuple[Body, Regions], side: str) -> None:
    body, regions = seen
    line = bare_outlines(body, regions)[side]  # type: ignore[index]
    line = line[(body.coordinates(line)[:, 1] > -0.25 * body.unit)]
    steps = np.diff(line, axis=0)
    steps = steps[np.linalg.norm(steps, axis=1) > 0.5]
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    assert np.abs(turns).max() < np.radians(45)


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_outline_ends_at_the_arm_that_is_seen(seen: tuple[Body, Regions], side: str) -> None:
    body, regions = seen
    end = np.rint(bare_outlines(body, regions)[side][-2]).astype(int)  # type: ignore[index]
    inward = np.rint(body.side * (6 if side == "left" else -6)).astype(int)
    assert regions.person[tuple((end + inward)[::-1])]
    assert not regions.person[tuple((end - inward)[::-1])]


def test_a_raised_arm_has_no_outline(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    arm = body.arms["left"]
    raised = replace(arm, points=arm.points * [1, -1] + [0, 2 * arm.points[0, 1]])
    outlines = bare_outlines(replace(body, arms={**body.arms, "left": raised}), regions)
    assert set(outlines) == {"right"}


def test_what_is_drawn_does_not_overlap_what_is_outside(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    arms, chest, outside = drawn(body, bare_outlines(body, regions), regions.person.shape)
    assert all(plane.min() >= 0 and plane.max() <= 1 for plane in (arms, chest, outside))
    assert (np.minimum(np.maximum(arms, chest), outside) > 0.75).sum() < 0.002 * regions.person.size
    figure = read_figure(body, regions)
    assert figure.arms[outside > 0.99].max() < 0.02
    assert 0 < LAST < 1


def test_a_dent_leads_an_outline_inwards_only_beside_it(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    regions = replace(regions, skin=np.zeros_like(regions.skin))
    before = bare_outlines(body, regions)["left"]
    at = before[14]  # not above the shoulder, where cloth tells how that leans
    rows, columns = np.indices(regions.person.shape)
    dent = np.hypot(columns - at[0], rows - at[1]) < 0.06 * body.unit
    after = bare_outlines(body, replace(regions, person=regions.person & ~dent))["left"]
    moved = np.linalg.norm(after - before, axis=1)
    far = np.linalg.norm(before - at, axis=1) > 0.3 * body.unit
    assert moved[14] > 1 and moved[far].max() < 0.1


@pytest.mark.parametrize(("thick", "found"), [(0.02, True), (0.15, False)])
def test_only_a_narrow_strip_of_shoulder_above_cloth_is_a_sliver(
    seen: tuple[Body, Regions], thick: float, found: bool
) -> None:
    body, regions = seen
    along = body.along(regions.person.shape) / body.unit
    worn, wall = along > 0, along < -thick
    strip = slivers(body, ~worn & ~wall, worn, wall)
    assert strip.any() == found and not strip[worn | wall].any()


def test_light_falls_on_a_limb_as_on_a_cylinder(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    far = np.maximum(figure.along["arms", "left"], figure.along["arms", "right"])
    front, aside = shade(body, figure.trunk, figure.across, figure.arms, figure.legs, far, 1)
    light = {lean: front + lean * aside for lean in (-0.4, 0.0, 0.4)}
    forearm = (figure.arms > 0.9) & (far > 0.6 * body.arms["left"].arc[-1])
    middle, rim = forearm & (np.abs(figure.inward) < 0.3), forearm & (np.abs(figure.inward) > 0.8)
    assert light[0.0][middle].mean() > 1.04 * light[0.0][rim].mean()
    assert light[0.0].min() > 0.3 and light[0.0].max() < 1.3
    right = figure.across > 0.6
    assert light[0.4][right].mean() > light[0.0][right].mean() > light[-0.4][right].mean()


def test_light_on_an_arm_falls_off_up_to_its_edge(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    far = np.maximum(figure.along["arms", "left"], figure.along["arms", "right"])
    front, _ = shade(body, figure.trunk, figure.across, figure.arms, figure.legs, far, 1)
    forearm = (figure.arms > 0.5) & (far > 0.55 * body.arms["left"].arc[-1]) & (far < 0.8 * body.arms["left"].arc[-1])
    off = np.abs(figure.inward)
    light = [front[forearm & (np.abs(off - at) < 0.08)].mean() for at in (0.1, 0.4, 0.7, 0.85, 0.95)]
    assert (np.diff(light) < -0.02).all(), "none of the wall's light, which faces us, is on its rim"


def test_an_arm_is_dark_towards_the_trunk_and_has_a_fold_at_the_armpit(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    planes = {"arms": figure.arms, "legs": figure.legs}
    light, _ = limb_forms(body, figure.along, figure.inward, planes, 1)
    arm = body.arms["left"]
    share = figure.along["arms", "left"] / arm.arc[-1]
    forearm = (figure.arms > 0.9) & (share > 0.7) & (share < 0.85)
    inner, outer = (light[forearm & (sign * figure.inward > 0.8)].mean() for sign in (1, -1))
    assert inner < 0.85 * outer
    edge = (figure.arms > 0.9) & (figure.inward > 0.8) & (share > 0)
    fold, above = (light[edge & (np.abs(share - at) < 0.03)].mean() for at in (0.17, 0.03))
    assert fold < 0.9 * above


def test_a_collarbone_is_a_dark_line_that_rises_outwards_above_lighter_skin(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    light = modelled(body, np.zeros_like(regions.skin))
    across, along = body.across(light.shape) / body.unit, body.along(light.shape) / body.unit
    near = (along > -0.25) & (along < -0.05)
    darkest = []
    for at in (0.14, 0.24):
        column = near & (np.abs(across + at) < 0.02)
        line = float(along[column][np.argmin(light[column])])
        below = column & (np.abs(along - line - 0.04) < 0.01)
        assert light[below].mean() > light[column].min() + 0.08
        darkest.append(line)
    assert darkest[1] < darkest[0]


def test_a_bare_belly_has_a_navel_below_a_groove_and_ribs(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    light = modelled(body, np.zeros_like(regions.skin))
    across, down = np.abs(body.across(light.shape)) / body.unit, body.along(light.shape) / body.trunk

    def at(out: float, low: float) -> float:
        return float(light[(np.abs(across - out) < 0.015) & (np.abs(down - low) < 0.012)].mean())

    assert at(0.0, NAVEL) < at(0.08, NAVEL) - 0.10
    assert at(0.0, 0.62) < at(0.08, 0.62) - 0.03, "the groove above it"
    (x0, y0), (x1, y1) = RIBS
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    assert at(x, y) < (at(x, y - 0.07) + at(x, y + 0.07)) / 2 - 0.01


def test_a_chests_forms_show_more_than_a_bellys(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    light = modelled(body, np.zeros_like(regions.skin))
    across, along = body.across(light.shape) / body.unit, body.along(light.shape) / body.unit
    hollow, breast = (
        light[(np.abs(np.abs(across) - at) < 0.03) & (np.abs(along - 0.25) < 0.05)].mean() for at in (0.0, 0.24)
    )
    assert 0.82 < hollow / breast < 0.90, "a chest of even light looks airbrushed"


def test_collarbones_lie_where_the_line_over_the_shoulders_tells(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    higher = replace(
        body, shoulders={side: line - 0.06 * body.unit * body.down for side, line in body.shoulders.items()}
    )
    across, along = body.across(regions.skin.shape) / body.unit, body.along(regions.skin.shape) / body.unit
    column = (np.abs(np.abs(across) - 0.22) < 0.02) & (np.abs(along + 0.14) < 0.13)
    before, after = (modelled(one, np.zeros_like(regions.skin)) for one in (body, higher))
    lines = [float(along[column][np.argmin(light[column])]) for light in (before, after)]
    assert 0.02 < lines[0] - lines[1] < 0.09
    assert throat(higher) < throat(body)


def test_the_chest_is_lighter_than_the_belly_and_than_its_sides(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    light = modelled(body, np.zeros_like(regions.skin))
    across, along = np.abs(body.across(light.shape)) / body.unit, body.along(light.shape) / body.unit
    chest, side, belly = (
        light[(np.abs(across - x) < 0.03) & (np.abs(along - y) < 0.03)].mean()
        for x, y in ((0.17, 0.06), (0.52, 0.06), (0.17, 0.6))
    )
    assert chest > side + 0.02 and chest > belly + 0.06


def test_a_soft_light_lies_along_an_arm(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    light, _ = limb_forms(body, figure.along, figure.inward, {"arms": figure.arms, "legs": figure.legs}, 1)
    share = figure.along["arms", "left"] / body.arms["left"].arc[-1]
    for at, off in ((0.30, 0.10), (0.62, -0.35)):
        spot = (figure.arms > 0.9) & (np.abs(share - at) < 0.02) & (np.abs(figure.inward - off) < 0.1)
        assert light[spot].mean() > 1.055


def test_no_spot_of_light_is_on_a_shoulder(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    light, _ = limb_forms(body, figure.along, figure.inward, {"arms": figure.arms, "legs": figure.legs}, 1)
    share = figure.along["arms", "left"] / body.arms["left"].arc[-1]
    middle = (figure.arms > 0.9) & (np.abs(figure.inward) < 0.2)
    top, below = (light[middle & (np.abs(share - at) < 0.02)].mean() for at in (0.08, 0.26))
    assert top < below - 0.01, "the sky's light is on it already"


def test_a_crease_runs_into_the_armpit(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    light, _ = limb_forms(body, figure.along, figure.inward, {"arms": figure.arms, "legs": figure.legs}, 1)
    share = figure.along["arms", "left"] / body.arms["left"].arc[-1]
    across = (figure.arms > 0.9) & (np.abs(share - 0.12) < 0.015)
    crease, outside = (light[across & (np.abs(figure.inward - at) < 0.12)] for at in (0.76, 0.20))
    assert crease.min() < 0.88 * outside.mean()


def grainy(strength: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, strength, (200, 200, 1))
    return np.clip(np.array([200, 150, 120]) + noise, 0, 255).astype(np.uint8)


def test_structure_is_as_strong_as_the_skins_own() -> None:
    everywhere = np.ones((200, 200), bool)
    fine, rough = (texture(grainy(s), everywhere, 300.0, 2) for s in (2.0, 8.0))
    assert fine is not None and rough is not None
    assert abs(rough.std() / np.log(grainy(8.0) + 4.0).std(axis=(0, 1)).mean() - 1) < 0.35
    assert 2 < rough.std() / fine.std() < 6
    assert abs(float(rough.mean()) - 1) < 0.01


def test_structure_varies_in_colour_as_the_skin_does() -> None:
    noise = np.random.default_rng(1).normal(0, 4.0, (200, 200, 3))
    pixels = np.clip(np.array([200, 150, 120]) + noise, 0, 255).astype(np.uint8)
    tile = texture(pixels, np.ones((200, 200), bool), 300.0, 2)
    assert tile is not None
    own, new = (np.log(picture[..., 0] / picture[..., 1]).std() for picture in (pixels.astype(float), tile))
    assert 0.65 < new / own < 1.35


def test_structure_that_is_only_light_has_no_colour_speckles() -> None:
    noise = np.random.default_rng(1).normal(0, 0.04, (200, 200, 1))
    pixels = np.clip(np.array([200, 150, 120]) * (1 + noise * np.array([0.6, 1.0, 1.4])), 0, 255)
    tile = texture(pixels.astype(np.uint8), np.ones((200, 200), bool), 300.0, 2)
    assert tile is not None
    assert np.allclose(np.log(tile).std(axis=(0, 1)) / np.log(pixels).std(axis=(0, 1)), 1, atol=0.3)
    assert np.corrcoef(tile[..., 0].ravel(), tile[..., 2].ravel())[0, 1] > 0.9


def test_completed_skin_varies_little_and_is_redder_where_it_is_darker() -> None:
    plane = mottled((300, 200), 150.0, 4)
    red, light = plane[..., 0] / plane[..., 1], luminance(plane)
    assert plane.shape == (300, 200, 3) and abs(float(plane.mean()) - 1) < 0.01
    assert 0.001 < light.std() < 0.003 and 0.0005 < red.std() < 0.002, "more of either looks blotched"
    assert np.corrcoef(red.ravel(), light.ravel())[0, 1] < -0.3
    assert np.array_equal(plane, mottled((300, 200), 150.0, 4))
    assert not np.array_equal(plane, mottled((300, 200), 150.0, 5))


def test_structure_copies_no_feature_and_is_the_same_again() -> None:
    pixels, where = grainy(2.0), np.ones((200, 200), bool)
    pixels[95:105, 95:105] = 20  # a mole
    tile = texture(pixels, where, 300.0, 2)
    assert tile is not None and tile.min() > 0.85
    assert np.array_equal(tile, texture(pixels, where, 300.0, 2))
    assert not np.array_equal(tile, texture(pixels, where, 300.0, 3))
    assert tiled(tile, (300, 500)).shape == (300, 500, 3)
    assert np.array_equal(tiled(tile, (2 * TILE, TILE))[TILE:], tile)


def test_a_scrap_of_skin_has_no_structure() -> None:
    where = np.zeros((200, 200), bool)
    where[50:56, 50:56] = True
    assert texture(grainy(4.0), where, 300.0, 2) is None


def test_completed_skin_meets_the_skin_beside_it(person: Person, seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    skin = skin_colour(person.photo.pixels, regions, read_figure(body, regions), body, 5)
    forearms = regions.skin & regions.arms
    assert skin.shape == person.photo.pixels.shape and np.isfinite(skin).all()
    assert np.abs(skin[forearms].mean(axis=0) - person.photo.pixels[forearms].mean(axis=0)).max() < 12


def test_an_arm_that_trunk_cloth_half_covers_is_behind(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    arm = body.arms["left"]
    core, across, far = strip(arm, regions.person.shape)
    below = far > 0.4 * arm.arc[-1]
    assert in_front(arm, core, far, below & (core > 0.5))
    assert not in_front(arm, core, far, below & (across > 0.2))
    assert in_front(arm, core, far, np.zeros_like(below))


def test_every_second_pixel(seen: tuple[Body, Regions]) -> None:
    _, regions = seen
    small = every(regions, 2)
    assert np.array_equal(small.skin, regions.skin[::2, ::2])
    assert np.array_equal(small.outline, regions.outline[::2, ::2])


@pytest.mark.parametrize(
    ("cloth", "opened"), [((240, 200, 60), True), ((236, 236, 236), False)], ids=["yellow", "pale"]
)
def test_the_ground_in_a_straps_loop_is_no_cloth(cloth: tuple[int, int, int], opened: bool) -> None:
    rgb, alpha = np.full((100, 80, 3), 246, np.uint8), np.zeros((100, 80), np.float32)
    rgb[10:90, 20:60] = cloth
    alpha[10:90, 20:60] = 1
    rgb[15:40, 28:34] = 244  # between front and back of a strap
    rgb[70:80, 28:34] = 244  # a print below the armpits
    loops = in_loops(rgb, alpha, {"armpit_left": np.array([20.0, 50.0]), "armpit_right": np.array([60.0, 50.0])})
    assert (loops[20:35, 30:32] > 0.9).all() == opened
    assert loops[60:].max() < 0.01 and loops[15:40, 45:].max() < 0.01


def test_a_bared_waist_turns_away_at_its_sides(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    x, y = body.across(regions.person.shape), body.along(regions.person.shape) / np.float32(body.trunk)
    flesh = ((np.abs(x) < 0.4 * body.unit) & (y > 0.5) & (y < 0.8)).astype(np.float32)
    other = ((np.abs(x) < 0.4 * body.unit) & (y > 0.8)).astype(np.float32)
    light = waist_light(flesh, other, body, 0.5 * body.trunk)
    middle = (np.abs(x) < 0.1 * body.unit) & (y > 0.55) & (y < 0.7)
    side = (np.abs(x) > 0.35 * body.unit) & (flesh > 0) & (y > 0.55) & (y < 0.7)
    above = (np.abs(x) < 0.1 * body.unit) & (y > 0.78) & (y < 0.8)
    assert light[middle].mean() > 0.98
    assert light[side].mean() < 0.9 and light[above].mean() < 0.95
    assert (light[y < 0.2] == 1).all()


def test_a_small_patch_of_wrinkles_makes_no_rougher_skin_than_the_calm_part_of_the_person() -> None:
    pixels, where, seen = grainy(2.0), np.zeros((200, 200), bool), np.zeros((200, 200), bool)
    where[40:62, 40:62] = True
    pixels[30:72, 30:72] = grainy(20.0)[30:72, 30:72]
    seen[20:180, 20:180] = True
    rough, calm = texture(pixels, where, 300.0, 2), texture(pixels, where, 300.0, 2, seen=seen)
    fine = texture(grainy(2.0), np.ones((200, 200), bool), 300.0, 2, seen=seen)
    assert rough is not None and calm is not None and fine is not None
    assert calm.std() < 0.3 * rough.std() and 0.5 * fine.std() < calm.std() < 1.5 * fine.std()
    assert np.array_equal(fine, texture(grainy(2.0), np.ones((200, 200), bool), 300.0, 2)), "a large patch is believed"


def test_rough_hands_make_no_rougher_arms_than_calm_skin_of_the_person() -> None:
    where, seen = np.zeros((200, 200), bool), np.ones((200, 200), bool)
    pixels = grainy(2.0)
    where[20:120, 20:120] = True
    pixels[20:120, 20:120] = grainy(12.0)[20:120, 20:120]
    own, calm = (texture(pixels, where, 300.0, 2, seen=seen, rough=rough) for rough in (False, True))
    assert own is not None and calm is not None and calm.std() < 0.3 * own.std()


def test_arms_of_which_nothing_is_seen_are_as_round_as_seen_ones(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    covered = replace(regions, skin=regions.skin & ~regions.arms, upper=regions.upper | regions.arms)
    light = luminance(skin_colour(person.photo.pixels, covered, figure, body, 5))
    far = np.maximum(figure.along["arms", "left"], figure.along["arms", "right"])
    upper = (figure.arms > 0.9) & (far > 0.35 * far.max()) & (far < 0.45 * far.max())
    rim, middle = upper & (figure.inward < -0.6) & (figure.inward > -0.85), upper & (np.abs(figure.inward) < 0.3)
    assert min(rim.sum(), middle.sum()) > 10
    assert 0.70 < light[rim].mean() / light[middle].mean() < 0.92


def test_a_trunks_skin_varies_more_than_an_arms_and_is_redder_where_it_is_darker() -> None:
    front = np.zeros((150, 150), np.float32)
    front[:, 75:] = 1
    factor = patchy(front, 300.0, 3)
    assert (factor[:, :75] == 1).all() and 0.001 < factor[:, 75:, 1].std() < 0.003
    dark = factor[..., 1] < 0.998
    red, green, blue = factor[dark].mean(axis=0)
    assert red > green > blue
    assert np.array_equal(factor, patchy(front, 300.0, 3)) and not np.array_equal(factor, patchy(front, 300.0, 4))


def test_a_bared_belly_is_as_light_as_the_arms(person: Person, seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    skin = skin_colour(person.photo.pixels.astype(np.float32), regions, figure, body, 1)
    along = body.along(regions.person.shape) / body.trunk
    middle = np.abs(body.across(regions.person.shape)) < 0.15 * body.unit
    belly = skin[(figure.trunk > 0.9) & (figure.arms < 0.1) & middle & (along > 0.6) & (along < 0.9)]
    arm = skin[(figure.arms > 0.9) & (np.abs(figure.inward) < 0.5) & (along > 0.2) & (along < 0.5)]
    assert luminance(belly[None]).mean() > luminance(arm[None]).mean()
