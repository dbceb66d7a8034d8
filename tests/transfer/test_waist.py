"""Where a top and a bottom meet, and how trousers hang from there, on a drawn figure whose right answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import FIGURE, SHIRT, TROUSERS
from tests.transfer.drawings import draw_camisole, draw_trousers
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.bottoms import mixed, ribs
from tryon.transfer.warping.compose import Result, dress
from tryon.transfer.warping.covered import covered_skin
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.leg_light import leg_light
from tryon.transfer.warping.reading import parting, read_regions
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.tuck import slips_in
from tryon.transfer.warping.undress import bare_figure
from tryon.transfer.warping.waist import seen_waist, waistline
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import LABEL, Person, Photo

GREEN = np.array((40, 150, 70))


def with_hem(person: Person, hem: np.ndarray) -> Person:
    """The figure with a top that ends at `hem` (w,), px from above, and trousers from there on."""
    pixels, labels = person.photo.pixels.copy(), person.labels.copy()
    rows = np.arange(labels.shape[0])[:, None]
    trunk = np.isin(labels, [LABEL["upper"], LABEL["pants"]]) & (rows > 190)
    trunk &= (np.arange(labels.shape[1]) > 140) & (np.arange(labels.shape[1]) < 242)
    for part, name, colour in ((trunk & (rows < hem), "upper", SHIRT), (trunk & (rows >= hem), "pants", TROUSERS)):
        pixels[part], labels[part] = colour, LABEL[name]
    return replace(person, photo=Photo(pixels), labels=labels)


def in_trousers(person: Person) -> Result:
    return dress(person, draw_trousers(), "bottom", None, read_wishes(""), 3)


X = np.arange(384.0)
HEMS = {
    "level": 212 + 0 * X,
    "tilted": 212 + 0.15 * (X - 192),
    "lower in front": 214 - 0.006 * (X - 192) ** 2,
}


@pytest.mark.parametrize("name", sorted(HEMS))
def test_the_waistline_follows_the_edge(person: Person, name: str) -> None:
    worn = with_hem(person, HEMS[name])
    body = read_body(worn)
    regions = read_regions(worn, body)
    seen = seen_waist(body, regions)
    assert seen is not None
    line = waistline(body, regions, seen)
    across = np.linspace(-35, 35, 15)
    points = body.place(across, line.at(across))
    assert np.abs(points[:, 1] - HEMS[name][np.rint(points[:, 0]).astype(int)]).max() < 3.0


@pytest.mark.parametrize("name", sorted(HEMS))
def test_no_gap_between_a_top_and_new_trousers(person: Person, name: str) -> None:
    result = in_trousers(with_hem(person, HEMS[name]))
    for x in range(158, 228, 5):
        column = result.pixels[int(HEMS[name][x]) - 6 : int(HEMS[name][x]) + 16, x].astype(float)
        # Every pixel is the top's colour, the trousers', in light or shade, or a mixture of the two at the edge.
        share = np.clip(((column - SHIRT) @ (GREEN - SHIRT)) / float((GREEN - SHIRT) @ (GREEN - SHIRT)), 0, 1)[:, None]
        mixed = np.array(SHIRT) * (1 - share) + GREEN * share
        assert np.abs(column - mixed).max() < 60


def test_the_hem_of_a_top_shades_the_trousers_below_it(person: Person) -> None:
    result = in_trousers(with_hem(person, HEMS["level"]))
    light = result.pixels.sum(axis=2)
    assert light[215:218, 180:204].mean() < 0.92 * light[240:246, 180:204].mean()


def test_pale_trousers_shade_less_than_dark_ones_at_a_hem_and_at_their_edges(person: Person) -> None:
    worn, garment = with_hem(person, HEMS["level"]), draw_trousers()
    white = np.where(np.all(garment.photo.pixels == GREEN, axis=2)[..., None], 225, garment.photo.pixels)
    pale = dress(worn, replace(garment, photo=Photo(white.astype(np.uint8))), "bottom", None, read_wishes(""), 3)
    shade = []
    for result in (pale, in_trousers(worn)):
        light = result.pixels.sum(axis=2)
        usual = light[300, 150:180].max()
        leg = np.flatnonzero(result.worn[300] > 0.99)
        shade.append((light[216, 180:204].mean() / usual, light[300, leg[0]] / usual))
    assert shade[0][0] > shade[1][0] + 0.03 and shade[0][1] > shade[1][1] + 0.03
    assert max(shade[0]) < 0.99


def test_a_dress_above_trousers_is_not_cut_with_a_ruler(person: Person) -> None:
    labels = np.where(np.isin(person.labels, [LABEL["upper"], LABEL["pants"]]), LABEL["dress"], person.labels)
    pixels = person.photo.pixels.copy()
    pixels[labels == LABEL["dress"]] = SHIRT
    worn = replace(person, photo=Photo(pixels), labels=labels.astype(np.uint8))
    result = in_trousers(worn)
    edge = (result.worn > 0.5).argmax(axis=0)[160:225]
    assert np.ptp(edge) >= 3
    body = read_body(worn)
    wanted = body.origin[1] + parting(body, np.arange(160, 225) - body.origin[0], over=True)
    assert np.abs(edge - wanted).max() < 3
    assert np.abs(np.diff(edge)).max() <= 1  # no bites and no teeth
    for x, y in zip(range(160, 225), edge, strict=True):  # nothing of the wall in between
        assert result.pixels[y - 3 : y + 3, x].max() < 200


def test_trousers_go_down_to_where_the_old_ones_ended(person: Person) -> None:
    result = in_trousers(person)
    for side in ("left", "right"):
        x = FIGURE[f"{side}_ankle"][0]
        old = np.flatnonzero(person.labels[:, x] == LABEL["pants"]).max()
        assert np.flatnonzero(result.worn[:, x] > 0.5).max() > old - 3


def two_legs(*extents: tuple[int, int, int]) -> list[Array]:
    """Coverage of trouser legs from the waist down to a row, between two columns."""
    legs = []
    for end, first, last in extents:
        legs.append(np.zeros((512, 384), np.float32))
        legs[-1][220:end, first:last] = 1
    return legs


def test_legs_turn_away_from_the_light_and_are_one_above_the_crotch(person: Person) -> None:
    body = read_body(person)
    legs = two_legs((440, 140, 192), (440, 192, 244))
    light = leg_light(body, legs)
    beside = np.abs(np.arange(384) - 192) > 0.08 * body.unit  # legs that touch shade each other
    assert light[:, beside].min() > 0.75 and light.min() > 0.5 and light.max() < 1.05
    assert light[400, 191] < light[400, 141] - 0.1 and abs(light[225, 191] - light[225, 181]) < 0.02
    apart = leg_light(body, [np.roll(leg, shift, axis=1) for leg, shift in zip(legs, (-20, 20), strict=True)])
    assert apart.min() > 0.75
    assert light[400, 166] > light[400, 142] + 0.05 and light[400, 166] > light[400, 191] + 0.05
    assert light[240, 191] > light[400, 191] + 0.05


def test_a_scrap_taken_for_the_top_below_it_goes_with_the_bottom(person: Person) -> None:
    labels = person.labels.copy()
    labels[300:312, 150:156] = LABEL["upper"]
    regions = read_regions(replace(person, labels=labels), read_body(person))
    assert not regions.upper[290:320].any()
    assert regions.lower[302:310, 151:155].all()


def test_a_pattern_with_the_tops_colour_keeps_a_straight_edge(person: Person) -> None:
    """Stripes of the bottom in the top's colour are not given to the top."""
    pixels = person.photo.pixels.copy()
    lower = person.labels == LABEL["pants"]
    pixels[lower & (np.arange(384) // 6 % 2 == 0)] = SHIRT
    body = read_body(person)
    regions = read_regions(replace(person, photo=Photo(pixels)), body)
    assert not (regions.upper & lower)[250:300, 160:225].any()


@pytest.mark.parametrize(
    ("half", "below", "inside"),
    [(36, 8, True), (36, 60, False), (75, 8, False), (36, -6, False)],
    ids=["narrow, at the band", "narrow, far below it", "as wide as the band", "above it"],
)
def test_a_short_top_that_is_narrower_than_a_waistband_is_worn_in_it(
    person: Person, half: int, below: int, inside: bool
) -> None:
    worn = with_hem(person, HEMS["level"])
    body = read_body(worn)
    regions = read_regions(worn, body)
    top = put_on(draw_camisole(), "top", body, regions, read_wishes(""))
    _, hem = body.coordinates(np.array([192.0, 212.0 + below]))
    rows = body.along(worn.labels.shape)
    plane = ((np.abs(np.arange(384) - 192) < half) & (rows < hem)).astype(np.float32)
    top = replace(top, layers=[replace(top.layers[0], alpha=plane, inside=0 * plane)], trunk=(top.trunk[0], float(hem)))
    assert slips_in(top, body, regions) is inside
    dress = replace(regions, one_piece=regions.upper | regions.lower)
    assert not slips_in(top, body, dress), "which goes on under it"


def test_the_side_light_of_a_leg_does_not_go_around_its_hem(person: Person) -> None:
    body = read_body(person)
    legs = two_legs((430, 130, 170), (450, 210, 250))
    light = leg_light(body, legs)
    assert np.abs(light[420:426, 135:165] - light[400, 135:165]).max() < 0.01


def test_patches_that_stand_out_of_a_flat_leg_lie_around_a_worn_one() -> None:
    outer, inner = np.array([[0.0, 0.0], [0.0, 50.0]]), np.array([[40.0, 0.0], [40.0, 50.0]])
    flat, lying = ribs(outer, inner), ribs(outer, inner, 0.4)
    assert np.allclose(flat[:, 1:], lying[:, 1:])
    assert np.allclose(lying[:, 0, 0], 0.4 * flat[:, 0, 0])


def test_an_edge_goes_over_from_the_hips_to_the_limb() -> None:
    hips, limb = np.array([0.0, 0.0]), np.array([10.0, 4.0])
    assert np.allclose(mixed(hips, limb, 0.5), [5.0, 2.0])
    assert np.allclose(mixed(hips, limb, 1.7), limb)


def test_the_two_halves_of_trousers_are_one_above_the_crotch(person: Person) -> None:
    result = in_trousers(with_hem(person, HEMS["level"]))
    rows = slice(235, 250)  # from below the shadow of the top to the hip joints
    assert result.worn[rows, 180:205].min() > 0.95
    middle = result.pixels[rows, 180:205].mean(axis=(0, 2))
    assert np.ptp(middle) < 4


def test_no_skin_of_thighs_is_painted_beside_hips_in_trousers(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    figure = read_figure(body, regions)
    dressing = put_on(draw_trousers(), "bottom", body, regions, read_wishes(""))
    bare = bare_figure("bottom", body, regions, figure, dressing, covered_skin(body, regions, figure, dressing))
    caps = (figure.legs > 0.9) & ~regions.skin & (body.along(bare.shape) > dressing.trunk[0] + 0.1 * body.unit)
    for side in ("left", "right"):
        caps &= figure.along["legs", side] <= 0
    assert caps.any()
    assert bare[caps].max() < 0.05
