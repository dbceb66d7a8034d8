"""Tops on thin straps: where the straps lie, and what is seen through and beside them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.transfer.drawings import draw_camisole, draw_dress
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.camisoles import find_straps, strap_pairs
from tryon.transfer.warping.cloth import prepare
from tryon.transfer.warping.lace import back_edge, beside_spot, without_ground
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.leaves import beside_straps, without_meshes
from tryon.transfer.warping.lines import rounded
from tryon.transfer.warping.measure import close_fitting
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.shoulders import above_shoulders, over_shoulders_light
from tryon.transfer.warping.straps import single_straps
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Garment, Person, Photo


def test_straps_lie_between_the_neck_and_the_shoulders_end(person: Person) -> None:
    body = read_body(person)
    layer = put_on(draw_camisole(), "top", body, read_regions(person, body), Wishes()).layers[0]
    across, along = (plane / body.unit for plane in (body.across(layer.alpha.shape), body.along(layer.alpha.shape)))
    strap = (layer.alpha > 0.5) & (along < -0.12)
    for side in (-1, 1):
        places = side * across[strap & (side * across > 0)]
        assert len(places) > 8 and 0.25 < np.median(places) < 0.40


def test_straps_go_over_the_shoulder_in_their_full_width(person: Person) -> None:
    cloth, body = prepare(draw_camisole(), 1.0), read_body(person)
    strap = cloth.alpha[40:100] > 0
    assert strap.any() and not cloth.inside[40:100][strap].any()  # the back's inside takes nothing off them
    layer = put_on(draw_camisole(), "top", body, read_regions(person, body), Wishes()).layers[0]
    across, along = body.across(layer.alpha.shape), body.along(layer.alpha.shape)
    for side in ("left", "right"):
        worn = (layer.alpha > 0.5) & (across * (-1 if side == "left" else 1) > 0)
        middle = across[worn & (along < along[worn].min() + 0.05 * body.unit)].mean()
        line = np.array([body.coordinates(at) for at in rounded(body.shoulders[side])])
        line = line[np.argsort(line[:, 0])]
        over = np.interp(middle, line[:, 0], line[:, 1]) - along[worn].min()
        assert over > 0.03 * body.unit


@pytest.mark.parametrize("front", ["inner", "outer"])
def test_of_a_loop_of_strap_the_front_is_left(front: str) -> None:
    rgb, alpha = np.full((200, 200, 3), 246, np.uint8), np.zeros((200, 200), np.uint8)
    top = [(48, 116), (72, 90)] if front == "inner" else [(48, 90), (72, 116)]
    cv2.fillPoly(alpha, [np.array([(30, 190), (40, 140), *top, (100, 150), (100, 190)], np.int32)], 255)
    for foot in top:
        cv2.line(alpha, (58, 22), foot, 255, 6)
    rgb[alpha > 0] = (230, 190, 40)
    points = {
        "neck_left": np.array([58.0, 20.0]), "neck_right": np.array([142.0, 20.0]),
        "armpit_left": np.array([40.0, 140.0]), "armpit_right": np.array([160.0, 140.0]),
    }  # fmt: skip
    picture, strand = single_straps(rgb, alpha.astype(np.float32) / 255, points)
    assert np.abs(picture[strand > 0].astype(int) - (230, 190, 40)).max() <= 1  # nothing of the ground is in it
    rows = strand[35:80]
    assert np.ptp(rows.sum(axis=1)) < 2.0  # of constant width
    middle = (rows * np.arange(200)).sum(axis=1) / rows.sum(axis=1)
    assert (middle[-1] > 60) == (front == "inner")
    assert np.array_equal(strand[160:], alpha[160:] / np.float32(255))


def test_cloth_without_a_loop_stays_as_it_was() -> None:
    garment = draw_camisole()
    points = {name: np.asarray(xy, float) for name, xy in garment.landmarks.items()}
    alpha = garment.cutout.astype(np.float32) / 255
    picture, cut = single_straps(garment.photo.pixels, alpha, points)
    assert np.array_equal(cut, alpha) and np.array_equal(picture, garment.photo.pixels)


def test_where_a_strap_is_sewn_on_its_body_falls_to_both_sides() -> None:
    rgb, alpha = np.full((200, 200, 3), 246, np.uint8), np.zeros((200, 200), np.uint8)
    outline = [(14, 190), (24, 140), (48, 110), (72, 84), (110, 124), (110, 190)]  # an edge under the arm, a neckline
    cv2.fillPoly(alpha, [np.array(outline, np.int32)], 255)
    for start, end in (((66, 20), (72, 90)), ((62, 20), (54, 122))):
        cv2.line(alpha, start, end, 255, 6)
    rgb[alpha > 0] = (230, 190, 40)
    points = {
        "neck_left": np.array([64.0, 18.0]), "neck_right": np.array([142.0, 18.0]),
        "armpit_left": np.array([24.0, 140.0]), "armpit_right": np.array([180.0, 140.0]),
    }  # fmt: skip
    cut = single_straps(rgb, alpha.astype(np.float32) / 255, points)[1]
    widths = (cut[40:108] > 0.5).sum(axis=1)
    steps = np.diff(widths)
    assert widths[:40].max() <= 9 and steps.max() <= 5  # no shoulder stands beside the foot
    assert (cut[112:] > 0.5).sum() > 0.97 * (alpha[112:] > 127).sum()


def cropped(camisole: Garment) -> Garment:
    """The same top, cut to the body and short."""
    points = dict(camisole.landmarks) | {
        "hem_left": (112.0, 240.0), "hem_right": (272.0, 240.0), "hem_front": (192.0, 242.0),
        "waist_left": (108.0, 220.0), "waist_right": (276.0, 220.0),
    }  # fmt: skip
    outline = [(108, 40), (116, 40), (120, 105), (192, 150), (264, 105), (268, 40), (276, 40), (276, 105), (288, 140),
               (272, 240), (112, 240), (96, 140), (108, 105)]  # fmt: skip
    pixels, cutout = np.full((512, 384, 3), 246, np.uint8), np.zeros((512, 384), np.uint8)
    cv2.fillPoly(pixels, [np.array(outline, np.int32)], (40, 60, 160), cv2.LINE_AA)
    cv2.fillPoly(cutout, [np.array(outline, np.int32)], 255, cv2.LINE_AA)
    return replace(camisole, photo=Photo(pixels), cutout=cutout, length="cropped", landmarks=points)


def test_a_strappy_top_keeps_the_form_of_its_body(person: Person) -> None:
    garment, body = cropped(draw_camisole()), read_body(person)
    layer = put_on(garment, "top", body, read_regions(person, body), Wishes()).layers[0]
    along, across = body.along(layer.alpha.shape), body.across(layer.alpha.shape)
    solid = layer.alpha > 0.5
    chest = np.ptp(across[solid & (np.abs(along - 0.25 * body.trunk) < 4)])
    wide = solid & (np.abs(across - 0.30 * body.unit) < 0.05 * body.unit)
    straps = [np.count_nonzero(row) for row in (solid & (along < 0)) if row.any()]
    assert max(straps) < 0.2 * body.unit  # above the shoulders' joints there are but the straps
    long = (along[wide].max() - 0.22 * body.trunk) / chest
    assert abs(long / (100 / 192) - 1) < 0.15  # from the armpits to the hem over the chest, as it was cut


def test_a_short_top_that_tapers_is_no_wider_than_the_body(person: Person) -> None:
    body = read_body(person)
    regions = read_regions(person, body)
    assert close_fitting(cropped(draw_camisole())) and not close_fitting(draw_camisole())
    dressing = put_on(cropped(draw_camisole()), "top", body, regions, Wishes())
    along, across = body.along(regions.person.shape), body.across(regions.person.shape)
    for share in (0.45, 0.95):
        at = 0.22 * body.trunk + share * (dressing.trunk[1] - 0.22 * body.trunk)
        width = np.ptp(across[(dressing.layers[0].alpha > 0.5) & (np.abs(along - at) < 2)])
        left, right, _ = body.half_width(at)
        assert 0.7 * (left + right) < width < 1.06 * (left + right)


def test_straps_are_followed_down_to_their_feet() -> None:
    cloth = prepare(draw_camisole(), 1.0)
    straps = find_straps(cloth)
    assert straps is not None
    for side, x in (("left", 113), ("right", 271)):
        strap = straps["left" if side == "left" else "right"]
        assert abs(strap.foot[1] - 105) < 6 and abs(strap.foot[0] - x) < 4
        assert strap.edge[-1, 1] == pytest.approx(139, abs=2)
    assert find_straps(prepare(draw_dress(), 1.0)) is None


LACE_TOP = {
    "neck_left": np.array([40.0, 20.0]), "neck_right": np.array([160.0, 20.0]), "neck_front": np.array([100.0, 100.0]),
    "armpit_left": np.array([20.0, 110.0]), "armpit_right": np.array([180.0, 110.0]),
}  # fmt: skip


@pytest.mark.parametrize("pale", [False, True], ids=["dark cloth", "striped in the ground's colour"])
def test_ground_seen_through_lace_is_none_of_it(pale: bool) -> None:
    rgb, alpha = np.full((240, 200, 3), 240, np.uint8), np.zeros((240, 200), np.float32)
    rgb[100:220, 20:180] = (30, 30, 34)
    rgb[80:100:4, 40:160] = 30  # threads
    rgb[80:100, 40:160:4] = 30
    if pale:
        rgb[140:220:4, 20:180] = rgb[141:220:4, 20:180] = 240
    alpha[80:100, 40:160] = alpha[100:220, 20:180] = 1
    picture, cut = without_ground(rgb, alpha, LACE_TOP)
    if pale:
        assert np.array_equal(cut, alpha) and np.array_equal(picture, rgb)
        return
    holes, threads = cut[82:92:4, 60:140][:, 2::4], cut[84:92:4, 60:140]
    assert holes.max() < 0.1 and threads.min() > 0.9
    assert picture[84:92:4, 60:140].max() < 60
    assert np.array_equal(cut[112:], alpha[112:]) and np.array_equal(picture[112:], rgb[112:])


def test_the_backs_edge_over_a_spot_of_ground_is_not_worn() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[40:] = 1
    alpha[46:56, 90:110] = 0  # the ground, or a label, between back and front
    alpha[70:80, 90:110] = 0  # far from the edge: the garment's own
    edge = back_edge(alpha, 100.0, 160.0)
    assert edge[41:45, 93:107].min() > 0.9
    assert edge[58:].max() == 0 and edge[:, :84].max() == 0 and edge[:, 116:].max() == 0


def test_beside_a_spot_below_the_backs_edge_the_front_goes_aslant_to_its_point() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[40:] = 1
    alpha[46:56, 90:110] = 0
    edge = back_edge(alpha, 100.0, 160.0)
    corners = beside_spot(alpha * (1 - edge), edge)
    first = np.flatnonzero(alpha[:, 80] * (1 - corners[:, 80]) > 0.5)[0]
    assert 44 <= first <= 48  # a third of the way from the spot's lower end to where both edges are one
    assert corners[41:45, [84, 116]].min() > 0.9
    assert corners[58:].max() == 0 and corners[:, :60].max() == 0 and corners[:30].max() == 0
    assert not beside_spot(alpha, np.zeros_like(alpha)).any()


def test_a_strap_throws_its_shadow_close_beside_it() -> None:
    alpha = np.zeros((60, 80), np.float32)
    alpha[:, 38:43] = 1  # a strap 5 px wide
    even, lit, other = (beside_straps(alpha, 270.0, aside)[30] for aside in (0.0, 0.5, -0.5))
    for cast, beside, free in ((even, 37, 43), (lit, 37, 43), (other, 43, 37)):  # light from the right, from the left
        assert cast[beside] > 0.8 and cast[free] < 0.3 and cast[[31, 49]].max() < 0.05  # on one side, close beside it
        assert not cast[38:43].any()


def test_a_strap_that_bows_when_laid_flat_is_taut_on_a_body(person: Person) -> None:
    y, x = np.mgrid[:512, :384].astype(np.float32)
    aside = 8 * np.sin(2 * np.pi * np.clip((y - 40) / 65, 0, 1)) * np.sign(x - 192)
    flat, body = cropped(draw_camisole()), read_body(person)
    bowed = replace(
        flat,
        photo=Photo(cv2.remap(flat.photo.pixels, x - aside, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)),
        cutout=cv2.remap(flat.cutout, x - aside, y, cv2.INTER_LINEAR),
    )
    alpha = put_on(bowed, "top", body, read_regions(person, body), Wishes()).layers[0].alpha
    along, across = body.along(alpha.shape), body.across(alpha.shape)
    strap = (alpha > 0.5) & (along < 0.1 * body.trunk) & (across > 0)
    wide = strap.sum(axis=1)
    rows = np.flatnonzero((wide > 0) & (wide < 0.12 * body.unit))
    middle = np.array([across[row, strap[row]].mean() for row in rows])
    assert len(rows) > 15
    assert np.abs(middle - np.polyval(np.polyfit(rows, middle, 1), rows)).max() < 0.025 * body.unit


def test_straps_turn_over_the_shoulders_into_the_shade(person: Person) -> None:
    body = read_body(person)
    none = np.zeros(person.labels.shape, bool)
    regions = replace(read_regions(person, body), skin=none, face=none, hair=none)
    along = body.along(none.shape)
    trunk = (along > -0.2 * body.unit).astype(np.float32)
    light = over_shoulders_light(body, regions, trunk)
    edge = np.abs(along + 0.2 * body.unit) < 1
    assert light[edge].max() < 0.85 and light[along > -0.1 * body.unit].min() > 0.98
    close, free = (above_shoulders(body, regions, trunk, stands) for stands in (0.0, 0.02))
    assert (close - free).max() > 0.9 and (close >= free).all()  # how far it stands above them is told


def test_no_shade_lies_in_the_holes_of_lace_on_skin() -> None:
    alpha = np.zeros((80, 120), np.float32)
    alpha[40:] = 1
    alpha[20:40:4] = alpha[20:40, ::4] = 0.9  # threads
    whole = without_meshes(alpha, 200.0)
    cast = beside_straps(whole, 200.0, 0.3)
    assert cast[22:38, 8:-8].max() < 0.12 < 0.5 < beside_straps(alpha, 200.0, 0.3)[22:38, 8:-8].max()
    assert np.array_equal(whole[:15], alpha[:15])
    alpha[50:] = 0
    assert not without_meshes(alpha, 200.0)[50:].any()  # nor does the hem grow


def test_a_fine_mesh_veils_no_skin() -> None:
    rgb, alpha = np.full((240, 200, 3), 240, np.uint8), np.zeros((240, 200), np.float32)
    rgb[100:220, 20:180] = 30
    rgb[80:100, 40:160] = 165  # the ground seen through it: three tenths of the way to its threads
    rgb[80:100:4, 40:160] = rgb[80:100, 40:160:4] = 30
    alpha[80:100, 40:160] = alpha[100:220, 20:180] = 1
    _, cut = without_ground(rgb, alpha, LACE_TOP)
    assert cut[82:92:4, 60:140][:, 2::4].max() < 0.15 and cut[84:92:4, 60:140].min() > 0.9


def test_a_necklines_lowest_point_goes_where_the_row_between_the_armpits_has_it(person: Person) -> None:
    body, cloth = read_body(person), prepare(cropped(draw_camisole()), 1.0)
    straps = find_straps(cloth)
    assert straps is not None
    across = np.array([-60.0, -40.0, -25.0, -12.0, 15.0, 45.0, 75.0])  # more of it lies on the right half
    row = body.place(across, np.linspace(45.0, 25.0, 7))
    tops = {"left": body.place(-28.0, -15.0), "right": body.place(28.0, -15.0)}
    source, target = strap_pairs(cloth, body, straps, tops, row[None], 0.5)
    assert np.array_equal(source[-1], cloth.points["neck_front"])
    assert body.coordinates(target[-1])[0] == pytest.approx(-12.0, abs=2.0)
