"""Edges of completed skin: paled before the wall, one curve at the neck's foot and under tight sleeves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_person
from tryon.transfer.warping.armholes import flanks
from tryon.transfer.warping.arrays import blur, grow, luminance
from tryon.transfer.warping.body import SIDES, Body, Side, read_body
from tryon.transfer.warping.edges import bared, nicks
from tryon.transfer.warping.necks import even_foot
from tryon.transfer.warping.paling import AT, KEPT, PALEST, kept_colour, pale
from tryon.transfer.warping.reading import Regions, read_regions
from tryon.transfer.warping.relief import shade
from tryon.transfer.warping.shoulders import bare_outlines, lies_close
from tryon.transfer.warping.skin import read_figure, skin_colour
from tryon.types import Person

SKIN = np.array([190, 120, 85], np.float32)


@pytest.fixture(scope="module")
def seen(person: Person) -> tuple[Body, Regions]:
    body = read_body(person)
    return body, read_regions(person, body)


def saturation(pixels: np.ndarray) -> np.ndarray:
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    return np.asarray(np.abs(pixels - grey[..., None]).sum(axis=-1) / grey)


@pytest.fixture(scope="module")
def half_bare() -> tuple[Regions, np.ndarray]:
    """The right half of a picture of 200 px is skin, and the wall is left of it."""
    person = draw_person()
    regions = read_regions(person, read_body(person))
    blank = {name: np.zeros((200, 200), bool) for name in ("hands", "face", "hair", "upper", "lower", "held")}
    skin = np.zeros((200, 200), bool)
    skin[:, 100:] = True
    return replace(regions, person=skin, skin=skin, **blank), skin


@pytest.mark.parametrize("share", [1.0, 0.7, 0.1])
def test_a_photo_tells_how_its_skin_pales_at_the_wall(half_bare: tuple[Regions, np.ndarray], share: float) -> None:
    regions, skin = half_bare
    away = np.maximum(np.arange(200) - 99, 0)[None].repeat(200, 0) / 300
    grey = float(SKIN @ np.array([0.299, 0.587, 0.114]))
    much = np.where(away < 0.012, share, 1.0)[..., None]
    picture = np.where(skin[..., None], grey + (SKIN - grey) * much, 235.0).astype(np.uint8)
    kept = kept_colour(picture, regions, 300.0)
    assert kept[1] == pytest.approx(max(share, PALEST), abs=0.06)
    assert kept[-1] == 1.0
    assert np.array_equal(kept_colour(picture, replace(regions, skin=np.zeros_like(skin)), 300.0), KEPT)


def test_completed_skin_pales_towards_the_wall_and_stays_as_bright(half_bare: tuple[Regions, np.ndarray]) -> None:
    _, skin = half_bare
    picture = np.broadcast_to(SKIN, (200, 200, 3)).astype(np.float32)
    area = skin.copy()
    area[100:] = False
    grey = float(SKIN @ np.array([0.299, 0.587, 0.114]))
    wall = np.full_like(picture, grey)
    result, lit = picture.copy(), picture.copy()
    pale(result, wall, ~skin, KEPT, area, 300.0)
    pale(lit, wall + 50, ~skin, KEPT, area, 300.0)
    profile = saturation(result[50])
    assert profile[100] < 0.7 * profile[199] and (np.diff(profile[100:115]) > -1e-4).all()
    assert np.allclose(result @ [0.299, 0.587, 0.114], picture @ [0.299, 0.587, 0.114], atol=0.1)
    assert (lit[50, 100:104] > result[50, 100:104]).all()
    far = 100 + round(2 * AT[-1] * 300)
    assert np.array_equal(result[far:], picture[far:])
    assert np.array_equal(result[:100, 100 + round(AT[-1] * 300) :], picture[:100, 100 + round(AT[-1] * 300) :])


def test_shoulders_are_lit_along_their_tops(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    far = np.maximum(figure.along["arms", "left"], figure.along["arms", "right"])
    front, _ = shade(body, figure.trunk, figure.across, figure.arms, figure.legs, far, 1)
    across, along = np.abs(body.across(front.shape)) / body.unit, body.along(front.shape) / body.unit
    inside = ~grow(figure.trunk < 0.5, 3.0)
    top = inside & grow(figure.trunk < 0.5, 7.0) & (across > 0.3) & (across < 0.45) & (along < 0)
    chest = (across < 0.3) & (along > 0.05) & (along < 0.15)
    assert front[top].mean() > 0.9 * front[chest].mean()


@pytest.mark.parametrize("side", SIDES)
def test_no_shade_lies_across_an_upper_arm_where_it_grows_out_of_the_trunk(
    seen: tuple[Body, Regions], side: Side
) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    arc = figure.along["arms", side]
    front, _ = shade(body, figure.trunk, figure.across, figure.arms, figure.legs, arc, 1)
    share = arc / body.arms[side].arc[-1]
    inner = (figure.arms > 0.9) & (np.abs(figure.inward - 0.45) < 0.15)
    along = [float(front[inner & (np.abs(share - at) < 0.02)].mean()) for at in (0.08, 0.14, 0.20, 0.26, 0.32, 0.40)]
    assert min(along) > 0.98 * along[-1]


def test_a_collars_bump_beside_the_neck_goes(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    size, unit = regions.person.shape, body.unit
    across, along = body.across(size) / unit, body.along(size) / unit
    smooth = (along > -0.30 + 0.3 * np.abs(across)) & (np.abs(across) < 0.6)
    bump = (np.abs(across - 0.28) < 0.025) & (along > -0.26) & (along < 0.05)
    area = grow(smooth | bump, 3.0) & (along < 0.2)
    bare = replace(
        regions, person=smooth | bump, skin=smooth & ~area, face=np.zeros_like(smooth), hair=np.zeros_like(smooth)
    )
    rough = blur((smooth | bump).astype(np.float32), 0.7)
    result, beside = even_foot(rough, area, body, bare)
    stands_out = bump & ~grow(smooth, 1.5)
    assert rough[stands_out].mean() > 0.6 and result[stands_out].mean() < 0.4
    assert not (beside & area).any()
    low = along > 0.0
    assert np.array_equal(result[low], rough[low])
    hairy = replace(bare, hair=area)
    assert even_foot(rough, area, body, hairy)[0] is rough


def test_a_bare_shoulder_has_no_stairs_where_a_strap_was(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    across, along = body.across(regions.person.shape) / body.unit, body.along(regions.person.shape) / body.unit
    smooth = (along > -0.15) & (np.abs(across) < 0.7)
    stairs = smooth & ((along > -0.13) | (np.floor(across / 0.04) % 2 == 0))
    area = np.abs(across - 0.5) < 0.06
    blank = np.zeros_like(smooth)
    photo = replace(regions, person=smooth, skin=smooth & ~area, face=blank, hair=blank, upper=blank)
    rough = blur(stairs.astype(np.float32), 0.7)
    inner = np.abs(across - 0.5) < 0.045
    for bare, evened in ((photo, True), (replace(photo, skin=blank), False)):
        result, _ = even_foot(rough, area, body, bare)
        heights = [float((plane * inner).sum(axis=0)[inner.any(axis=0)].std()) for plane in (rough, result)]
        assert (heights[1] < 0.6 * heights[0]) == evened, "but not where no label tells of it"


def narrow(person: Person, share: float) -> Person:
    """The person with the outer edges of the sleeves cut off down to `share` of their width."""
    body = read_body(person)
    labels = person.labels.copy()
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    labels[(figure.arms > 0) & (figure.inward < 1 - 2 * share)] = 0
    return replace(person, labels=labels, outline=np.where(labels > 0, person.outline, 0).astype(np.uint8))


@pytest.mark.parametrize("side", SIDES)
def test_an_outline_stays_in_the_figure_without_a_corner(person: Person, side: str) -> None:
    body = read_body(person)
    cut = narrow(person, 0.8)
    regions = read_regions(cut, body)
    line = bare_outlines(body, regions)[side]  # type: ignore[index]
    below = line[(body.coordinates(line)[:, 1] > 0.1 * body.unit)][:-2]
    x, y = np.rint(below).astype(int).T
    assert grow(regions.person, 3.0)[y, x].all()
    steps = np.diff(line[body.coordinates(line)[:, 1] > -0.2 * body.unit], axis=0)
    steps = steps[np.linalg.norm(steps, axis=1) > 0.5]
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    assert np.abs(turns).max() < np.radians(45)


@pytest.mark.parametrize(("wide", "close"), [(1.05, True), (1.3, False)])
def test_a_sleeve_is_tight_where_both_its_edges_are_at_the_arm(
    seen: tuple[Body, Regions], wide: float, close: bool
) -> None:
    _, regions = seen
    points = np.stack([np.full(6, 60.0), np.arange(40.0, 100.0, 10.0)], axis=1)
    normals, half = np.tile([1.0, 0.0], (6, 1)), np.full(6, 20.0)
    around = np.abs(np.arange(regions.person.shape[1]) - 60) < wide * 20
    figure = replace(regions, person=np.broadcast_to(around, regions.person.shape))
    assert lies_close(figure, points, normals, half) is close
    hidden = replace(regions, person=figure.person | (np.arange(regions.person.shape[1]) > 60))
    assert not lies_close(hidden, points, normals, half)  # an arm before the trunk


def test_arms_tell_how_rough_completed_skin_is_before_legs_do(seen: tuple[Body, Regions], person: Person) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    arms, legs = figure.arms > 0.9, (figure.legs > 0.9) & (figure.arms < 0.1)
    none = np.zeros_like(arms)
    bare = replace(regions, skin=arms | legs, arms=arms, upper=none, lower=none)
    noise = np.random.default_rng(1).normal(0, 1, (*arms.shape, 1))

    def grain(on_arms: float, on_legs: float) -> float:
        rough = np.where(arms[..., None], on_arms, on_legs) * noise
        pixels = np.clip(SKIN + rough, 0, 255).astype(np.uint8)
        skin = skin_colour(pixels, bare, figure, body, 1)[20:60, 20:60]
        return float((skin - blur(skin, 2.0)).std())

    assert grain(2.0, 8.0) < 0.6 * grain(8.0, 8.0)
    assert grain(8.0, 2.0) > 1.6 * grain(2.0, 2.0)


def test_deep_armholes_bare_the_trunks_sides_down_to_where_the_cloth_begins(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    along, across = body.along(regions.person.shape), np.abs(body.across(regions.person.shape)) / body.unit
    pits = {side: body.place(sign * 0.4 * body.unit, 0.5 * body.trunk) for side, sign in (("left", -1), ("right", 1))}
    worn = (across < 0.4).astype(np.float32)
    bare = flanks(body, pits, worn, along, 0.22 * body.trunk)  # type: ignore[arg-type]
    high, low = (np.abs(along - share * body.trunk) < 1.5 for share in (0.3, 0.48))
    assert bare[high & (across < 0.45)].min() > 0.9, "wider further up"
    assert bare[low & (across < 0.37)].min() > 0.9 and bare[low & (across > 0.46)].max() == 0
    assert bare[along > 0.52 * body.trunk].max() == 0 and bare[along < 0.2 * body.trunk].max() == 0
    narrow = flanks(body, pits, worn * (across < 0.3), along, 0.22 * body.trunk)  # type: ignore[arg-type]
    assert narrow[low & (across > 0.36)].max() == 0, "up to the cloth itself"
    shallow = {side: body.place(0.4 * body.unit, 0.2 * body.trunk) for side in SIDES}
    assert flanks(body, shallow, worn, along, 0.22 * body.trunk).max() == 0


def test_an_arm_before_a_new_top_counts_as_bared(seen: tuple[Body, Regions]) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    area = grow(regions.upper, 3)
    worn = np.ones(area.shape, np.float32)
    new = bared(area, worn, figure.arms)
    assert new.any() and (figure.arms[new] > 0.5).all() and area[new].all()
    assert not bared(area, worn, np.zeros_like(worn)).any()
    assert np.array_equal(bared(area, np.zeros_like(worn), figure.arms), area)


def test_only_a_small_nick_beside_a_strip_of_forearm_is_skin() -> None:
    strips, blank = np.zeros((120, 120), bool), np.zeros((120, 120), bool)
    strips[20:100, 60:66] = True
    blank[30:36, 54:60] = blank[50:80, 40:60] = blank[90:93, 30:33] = True
    found = nicks(strips, blank, 100.0)
    assert found[30:36, 54:60].all()
    assert found.sum() == 36


def test_a_dark_chests_forms_are_clearer_and_a_pale_chest_does_not_glow(
    person: Person, seen: tuple[Body, Regions]
) -> None:
    body, regions = seen
    figure = read_figure(body, regions)
    shape = regions.person.shape
    chest = (np.abs(body.across(shape)) < 0.3 * body.unit) & (figure.trunk > 0.9)
    chest &= (body.along(shape) > -0.1 * body.unit) & (body.along(shape) < 0.4 * body.unit)
    spread, lights = [], []
    for share in (0.35, 0.8, 1.25):
        pixels = np.clip(person.photo.pixels * np.float32(share), 0, 255)
        light = blur(np.log(luminance(skin_colour(pixels, regions, figure, body, 5))), 0.02 * body.unit)[chest]
        spread.append(float(light.std()))
        lights.append(float(np.percentile(light, 98) - np.median(light)))
    assert spread[0] > 1.3 * spread[1]
    assert lights[2] < 0.8 * lights[1]
