"""How long tops are worn and how their hems fall, on a drawn figure and drawn garments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.warping.arrays import rounded_mask
from tryon.transfer.warping.body import Body, read_body
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.compose import lay_out
from tryon.transfer.warping.hanging import COLUMNS, rows_across
from tryon.transfer.warping.layers import put_on, with_even_edges
from tryon.transfer.warping.measure import top_sizing
from tryon.transfer.warping.order import always_front, under_top, with_corners
from tryon.transfer.warping.pieces import trunk_pairs
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.shading import turned_hem
from tryon.transfer.warping.sleeves import Worn
from tryon.transfer.warping.waist import hanging_hem
from tryon.transfer.warping.wishes import Wishes, read_wishes
from tryon.types import Garment, Person


def long_shirt(hem: float) -> Garment:
    """The drawn T-shirt with its hem at `hem` px from above."""
    shirt = draw_tshirt()
    moved = {name: (x, hem if name.startswith("hem") else y) for name, (x, y) in shirt.landmarks.items()}
    return replace(shirt, landmarks=moved)


@pytest.mark.parametrize("hem", [404.0, 460.0])
def test_shoulders_that_measure_broad_make_no_top_longer(person: Person, hem: float) -> None:
    body = read_body(person)
    broad = replace(body, unit=1.25 * body.unit)
    lengths = [hem_of(long_shirt(hem), each) for each in (body, broad)]
    assert lengths[1] < 1.25 * lengths[0]
    assert hem_of(long_shirt(460.0), body) > hem_of(long_shirt(404.0), body)


def hem_of(shirt: Garment, body: Body) -> float:
    sizing = top_sizing(shirt, body)
    points = shirt.landmarks
    return (points["hem_left"][1] - points["neck_left"][1]) * sizing.scale * sizing.stretch


@pytest.mark.parametrize(("last", "rounded"), [(0.70, True), (0.95, False)])
def test_a_hem_cut_round_stays_round(person: Person, last: float, rounded: bool) -> None:
    body = read_body(person)
    along = np.array([0.5, 0.8, 1.1, 1.3]) * body.trunk
    half = 0.55 * body.unit
    rows = rows_across(body, along, np.array([half, half, half, last * half]), 0.05)
    widths = np.linalg.norm(rows[:, -1] - rows[:, 0], axis=1)
    assert (widths[-1] < 0.8 * widths[-2]) == rounded


def test_the_hem_of_a_loose_top_swings_a_little_and_a_cut_out_ones_is_its_own(person: Person) -> None:
    body, hems = read_body(person), []
    for shirt in (draw_tshirt(), replace(draw_tshirt(), worn=True)):
        cloth = prepare(shirt, 1.0)
        _, target, _ = trunk_pairs(cloth, shirt, body, 1.0, 1.0, cloth.alpha)
        hems.append(body.coordinates(target[-COLUMNS:])[:, 1])
    waves = hems[0] - hems[1]
    assert 0.01 * body.unit < np.ptp(waves) < 0.03 * body.unit
    assert (np.diff(np.sign(np.diff(waves))) != 0).sum() >= 3, "up and down"


def test_only_lower_edges_turn_under() -> None:
    alpha = np.zeros((120, 100), np.float32)
    alpha[20:80, 20:80] = 1
    light = turned_hem(alpha, 100.0)
    assert light.min() > 0.7 and light.max() <= 1
    assert light[79, 50] < 0.95
    assert light[50, 50] > 0.999 and light[21, 50] > 0.999 and light[50, 21] > 0.999


def test_what_goes_out_of_the_picture_has_no_hem() -> None:
    alpha = np.zeros((120, 100), np.float32)
    alpha[20:, 20:80] = 1
    assert turned_hem(alpha, 100.0).min() > 0.999


def test_an_old_tops_hem_lies_on_a_new_bottom_as_one_line(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    height, width = regions.upper.shape
    where = np.flatnonzero(regions.upper.any(axis=0) & regions.lower.any(axis=0))
    columns = where[len(where) // 4 : -(len(where) // 4)]
    hem = int(np.median(height - 1 - regions.upper[::-1, columns].argmax(axis=0)))
    wavers = hem + np.rint(2.0 * np.sin(np.arange(width) / (0.017 * body.unit))).astype(int)  # as labels do
    upper = regions.upper | regions.lower
    upper &= np.arange(height)[:, None] <= wavers
    lower = (regions.upper | regions.lower) & ~upper
    noisy = replace(regions, upper=upper, lower=lower, hands=np.zeros_like(upper))
    front = always_front("bottom", body, noisy, read_wishes(""), np.zeros_like(upper))
    line = front[hem - 12 : hem + 12, columns].sum(axis=0)
    assert line.std() < 0.5 * float(wavers[columns].std())
    assert front[hem - 8, columns].min() > 0.95 and front[hem + 8, columns].max() < 0.05


def test_a_bare_forearm_and_its_hand_lie_before_a_new_bottom_without_a_nick_between_them(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    none = np.zeros_like(regions.upper)
    arm, hand = none.copy(), none.copy()
    rows, columns = np.indices(none.shape)
    limb = np.abs(columns - 100) < 14
    arm[60:140], hand[140:180] = limb[60:140], limb[140:180]
    cut = rows - 140 > 0.7 * (columns - 100)  # a wrist's line runs aslant
    arm, hand = (arm | hand) & ~cut, (arm | hand) & cut
    bare = replace(regions, upper=none, lower=none, arms=arm, skin=arm, hands=hand, face=none, hair=none, held=none)
    front = always_front("bottom", body, bare, read_wishes(""), none)
    assert front[90:170, 90:111].min() > 0.95 and front[120:160, 87:114].min() > 0.6


def test_an_old_tops_hem_keeps_its_corners_beside_the_wall() -> None:
    top, person, unit = np.zeros((120, 120), bool), np.zeros((120, 120), bool), 150.0
    top[20:60, 30:90] = person[20:110, 30:90] = True
    rounded = rounded_mask(top, 0.03 * unit)
    hem = with_corners(rounded, top, person, unit)
    assert rounded[59, 30] < 0.3 and hem[58, 31] > 0.8
    assert (hem[35:, 45:75] == rounded[35:, 45:75]).all() and hem[62:].max() == rounded[62:].max()


def test_new_trousers_come_out_from_under_a_hem_and_do_not_stand_beside_it(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    hem = hanging_hem(body, regions)
    assert hem is not None
    hidden = under_top(body, regions, hem)
    rows = np.flatnonzero((regions.upper & ~regions.arms).any(axis=1))
    columns = np.flatnonzero((regions.upper & ~regions.arms)[rows[-1] - 4])
    corner = round(0.02 * body.unit)
    assert hidden[rows[-1] - 1, columns[-1] + corner] > 0.9 and hidden[rows[-1] - 1, columns[0] - corner] > 0.9
    assert hidden[rows[-1] + round(0.1 * body.unit), columns].max() < 0.1


def test_an_unsure_outline_is_evened_but_for_its_neckline(person: Person) -> None:
    body, garment = read_body(person), draw_tshirt()
    dressing = put_on(garment, "top", body, read_regions(person, body), Wishes())
    layer, pits = dressing.layers[0], dressing.armpits
    worn = Worn(necks=pits, tips=pits, armpits=pits, top=0.0, hem=dressing.trunk[1], sleeves={}, scale=1.0, kept=1.0)
    along, across = body.along(layer.alpha.shape), body.across(layer.alpha.shape)
    alpha = ((np.abs(across) < 0.45 * body.unit) & (along > 0) & (along < 0.9 * body.trunk)).astype(np.float32)
    alpha[(np.abs(across) < 0.08 * body.unit) & (along < 0.35 * body.trunk)] = 0  # a neckline as a slit
    wave = np.rint(0.02 * body.unit * np.sin(across[0] / (0.03 * body.unit))).astype(int)
    hem = np.flatnonzero(alpha.any(axis=1))[-1]
    for x in np.flatnonzero(alpha[hem]):
        alpha[hem - 4 : hem + 5, x] = np.arange(-4, 5) < wave[x]
    even = with_even_edges(replace(layer, name="trunk", alpha=alpha), body, worn, 1.0).alpha
    ends = [
        np.flatnonzero(alpha[hem - 8])[[0, -1]],
        *((len(plane) - (plane[::-1] > 0.5).argmax(axis=0)) for plane in (alpha, even)),
    ]
    inner = slice(ends[0][0] + 8, ends[0][1] - 8)
    assert np.ptp(ends[2][inner]) <= 0.5 * np.ptp(ends[1][inner])
    assert ends[2][inner].max() < ends[1][inner].max()  # nothing is drawn out at its lowest places
    slit = (along < 0.35 * body.trunk) & (np.abs(across) < 0.2 * body.unit)
    assert np.array_equal(even[slit], alpha[slit])


def test_a_top_that_hangs_free_throws_a_wide_soft_shadow_below_its_hem(person: Person) -> None:
    body = read_body(person)
    hanging, tucked = (
        next(
            leaf for leaf in lay_out(person, body, draw_tshirt(), "top", wishes, 1).leaves if leaf.layer.name == "trunk"
        )
        for wishes in (read_wishes(""), read_wishes("tucked in"))
    )
    middle, reach = body.legs["right"].points[0], round(0.06 * body.unit)  # between the legs there is the wall
    below = []
    for leaf in (hanging, tucked):
        column = (leaf.layer.alpha * leaf.keep)[:, round(middle[0])] > 0.5
        hem = int(np.flatnonzero(column)[-1]) + 1
        below.append(leaf.cast[hem : hem + 3 * reach, round(middle[0])])
    assert below[0][reach] > 0.15 > below[1][reach] and below[0][-1] < 0.1, "soft, and not far"
    assert (np.diff(below[0][reach:]) <= 1e-6).all()
    chest = body.along(person.labels.shape) < 0.6 * body.trunk
    assert hanging.cast[chest].max() <= tucked.cast[chest].max() + 1e-6
