"""Cutting garments out: holes, shadows, halos."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parsing.garment_drawing import Scene, draw, tank, top, trousers
from tryon.parsing.cutout import clean_edges, cut_out
from tryon.parsing.garment_fine import _pale, _tinted_shade
from tryon.parsing.garment_local import mended

TEE = top(sleeve=0.75, width=0.6)


def iou(alpha: np.ndarray, true: np.ndarray) -> float:
    one, other = alpha > 127, true > 0.5
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize(
    ("scene", "least"),
    [
        (Scene(), 0.99),
        (Scene(shadow=0.8), 0.98),
        (Scene(slope=40), 0.99),
        (Scene(colour=(20, 20, 24), ground=(255, 255, 255), shadow=0.6, noise=0), 0.98),
        (Scene(colour=(236, 237, 240), ground=(250, 250, 250), noise=0.7, shadow=0.3), 0.92),
        (Scene(colour=(254, 254, 254), ground=(238, 238, 238), noise=0.4), 0.97),
        (Scene(colour=(30, 40, 80), stripes=(226, 226, 226), noise=0.5), 0.94),
        (Scene(colour=(245, 243, 233), ground=(238, 239, 241), cast=0.9), 0.97),
        (Scene(colour=(226, 234, 246), ground=(242, 242, 242), cast=1.0), 0.97),
        (Scene(colour=(244, 242, 232), stripes=(50, 55, 85), ground=(240, 241, 243), cast=1.0), 0.97),
    ],
    ids=[
        *("plain", "shadow", "gradient", "dark", "white on white", "white on grey", "stripes"),
        *("cream before a shadow", "pale blue before a shadow", "stripes before a shadow"),
    ],
)
def test_cut(scene: Scene, least: float) -> None:
    pixels, true, _ = draw(TEE, scene)
    found = cut_out(pixels)
    assert found is not None
    assert iou(found.alpha, true) > least


def test_a_shadowed_gap_between_legs_is_open() -> None:
    pattern = trousers(gap=0.2)
    pixels, true, _ = draw(pattern, Scene(colour=(60, 95, 150), ground=(244, 245, 247), cast=1.0, shadow=0.3))
    found = cut_out(pixels)
    assert found is not None
    assert iou(found.alpha, true) > 0.97


def test_a_bite_that_the_other_side_does_not_have_is_filled() -> None:
    body = np.zeros((200, 200), bool)
    body[20:180, 40:160] = True
    bitten = body.copy()
    bitten[80:92, 148:160] = False
    assert (mended(bitten) ^ body).sum() < 0.2 * (bitten ^ body).sum()  # its corners stay round


@pytest.mark.parametrize("rows", [slice(80, 92), slice(60, 140)], ids=["narrow", "wide"])
def test_gaps_on_both_sides_stay(rows: slice) -> None:
    body = np.zeros((200, 200), bool)
    body[20:180, 40:160] = True
    body[rows, 148:160] = body[rows, 40:52] = False
    assert np.array_equal(mended(body), body)


@given(
    colour=st.tuples(*[st.integers(0, 180)] * 3),
    ground=st.tuples(*[st.integers(228, 255)] * 3),
    angle=st.floats(-8, 8),
    slope=st.floats(-25, 25),
)
@settings(max_examples=15, deadline=None)
def test_cut_of_any_colour(
    colour: tuple[int, int, int], ground: tuple[int, int, int], angle: float, slope: float
) -> None:
    pixels, true, _ = draw(TEE, Scene(colour=colour, ground=ground, angle=angle, slope=slope, scale=0.7))
    found = cut_out(pixels)
    assert found is not None
    assert iou(found.alpha, true) > 0.97


def test_a_hang_tag_beside_the_garment_is_dropped() -> None:
    pixels, true, _ = draw(TEE, Scene())
    pixels[20:70, 20:60] = (120, 30, 30)
    found = cut_out(pixels)
    assert found is not None
    assert not found.alpha[15:75, 15:65].any()
    assert iou(found.alpha, true) > 0.99


def test_the_hole_of_a_strap_stays_open() -> None:
    pixels, true, _ = draw(tank(), Scene(noise=0.5))
    edge = int(np.flatnonzero(true[320] > 0.5)[-1])
    cv2.circle(pixels, (edge + 6, 320), 26, (40, 90, 160), 7)
    found = cut_out(pixels)
    assert found is not None
    assert found.alpha[320, edge + 31] > 200, "the strap belongs to the garment"
    assert found.alpha[320, edge + 12] == 0, "what shows through it does not"


@pytest.mark.parametrize("colour", [(200, 30, 40), (20, 20, 20), (30, 120, 90)])
def test_no_halo_of_the_background(colour: tuple[int, int, int]) -> None:
    pixels, _, _ = draw(tank(), Scene(colour=colour, ground=(255, 255, 255), noise=0))
    found = cut_out(pixels)
    assert found is not None
    cleaned = clean_edges(pixels, found.alpha).astype(float)
    rim = (found.alpha > 10) & (found.alpha < 250)
    away = np.abs(cleaned[rim] - np.array(colour)).max(axis=1)
    assert rim.sum() > 50
    assert np.percentile(away, 95) < 30, "half-transparent pixels still show the white behind them"


def test_clean_edges_leaves_the_inside_alone() -> None:
    pixels, _, _ = draw(TEE, Scene())
    found = cut_out(pixels)
    assert found is not None
    inside = cv2.erode((found.alpha >= 250).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert np.array_equal(clean_edges(pixels, found.alpha)[inside], pixels[inside])


def test_alpha_is_soft_at_the_edge_and_zero_far_from_it() -> None:
    pixels, true, _ = draw(TEE, Scene())
    found = cut_out(pixels)
    assert found is not None
    soft = (found.alpha > 0) & (found.alpha < 255)
    near = cv2.dilate((true > 0.5).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert soft.any()
    assert found.alpha[~near].max() < 8


def frilled(strap: int) -> tuple[np.ndarray, np.ndarray]:
    """A blue bodice with thin threads along its top and a loop of a strap at the left, on grey; and its true form."""
    true = np.zeros((800, 640), np.uint8)
    cv2.rectangle(true, (160, 300), (480, 700), 1, -1)
    for x in range(300, 480, 12):
        cv2.line(true, (x, 300), (x + 4, 288), 1, 2)
    cv2.ellipse(true, (190, 240), (20, 90), 0, 0, 360, 1, strap)
    pixels = np.full((800, 640, 3), 243, np.uint8)
    pixels[true > 0] = (60, 110, 200)
    return cv2.GaussianBlur(pixels, (0, 0), 0.6), true


def test_frills_and_loops_are_cut_out_to_the_pixel() -> None:
    pixels, true = frilled(8)
    found = cut_out(pixels)
    assert found is not None
    assert found.alpha[200:260, 184:197].max() < 40, "what shows through a loop is not cloth"
    threads = np.zeros_like(true)
    threads[286:297, 290:490] = true[286:297, 290:490]
    assert found.alpha[threads > 0].mean() > 150
    between = (cv2.dilate(threads, np.ones((5, 5), np.uint8)) == 0) & (np.arange(800)[:, None] < 294)
    assert found.alpha[between & (np.arange(640)[None] > 300)].max() < 60


def test_a_pale_print_at_the_edge_is_no_bite() -> None:
    pixels, true, _ = draw(TEE, Scene(colour=(70, 130, 220), ground=(243, 242, 238), noise=0.3))
    row = 420
    edge = int(np.flatnonzero(true[row] > 0.5)[0])
    spot = np.zeros(true.shape, np.uint8)
    cv2.circle(spot, (edge + 8, row), 12, 1, -1)
    pixels[(spot > 0) & (true > 0.5)] = (228, 236, 250)
    found = cut_out(pixels)
    assert found is not None
    assert iou(found.alpha[row - 12 : row + 13], true[row - 12 : row + 13]) > 0.985


def test_spots_of_the_grounds_colour_amid_cloth_are_print() -> None:
    pixels, true, _ = draw(tank(), Scene(noise=0.5))
    ground = np.median(pixels[:20, :20], axis=(0, 1)).tolist()
    edge = int(np.flatnonzero(true[320] > 0.5)[-1])
    cv2.circle(pixels, (edge - 40, 320), 14, ground, -1)
    found = cut_out(pixels)
    assert found is not None
    assert found.alpha[320, edge - 40] > 200


def test_gaps_that_open_to_the_ground_are_not_cloth_in_its_colour() -> None:
    rough = np.zeros((100, 100), bool)
    rough[10:90, 10:90] = True
    inner = np.zeros_like(rough)
    inner[15:85, 15:85] = True
    gap = np.zeros_like(rough)
    gap[60:92, 48:52] = True  # beside a belt, down to the ground
    spot = np.zeros_like(rough)
    spot[40:50, 40:50] = True
    assert not _pale(rough, inner, gap | ~rough)
    assert _pale(rough, inner, spot | ~rough)
    assert _pale(rough, inner, (gap | spot) | ~rough)
    assert _pale(rough, inner, np.ones_like(rough))


def test_a_grey_patch_of_a_print_at_the_hem_is_no_bite_and_a_shadow_there_no_cloth() -> None:
    pixels, true, _ = draw(TEE, Scene(colour=(200, 40, 50), ground=(252, 252, 252), noise=0.3))
    hem = int(np.flatnonzero((true > 0.5).any(axis=1))[-1])
    middle = int(np.median(np.flatnonzero(true[hem - 6] > 0.5)))
    patch = np.zeros(true.shape, np.uint8)
    patch[hem - 20 : hem + 1, middle - 9 : middle + 10] = 1
    printed = pixels.copy()
    printed[(patch > 0) & (true > 0.5)] = (203, 200, 204)
    found = cut_out(cv2.GaussianBlur(printed, (0, 0), 0.6))
    assert found is not None
    assert (found.alpha[(patch > 0) & (cv2.erode(true, np.ones((5, 5))) > 0.5)] > 200).mean() > 0.95
    shadow = cv2.GaussianBlur((true > 0.5).astype(np.float32), (0, 0), 8)
    shaded = (pixels * (1 - 0.25 * np.roll(shadow, 8, axis=0) * (true < 0.5))[..., None]).astype(np.uint8)
    dark = cut_out(shaded)
    assert dark is not None
    assert dark.alpha[hem + 6 :].max() < 60


def touching_cuffs(shade: float) -> tuple[np.ndarray, np.ndarray]:
    """A blue dress with pale flowers whose cuffs touch its skirt, on a warm white that is darker by `shade` near cloth;
    and where a small gap behind each cuff shows the ground."""
    form = np.zeros((1024, 768), np.uint8)
    cv2.fillPoly(form, [np.array([[300, 200], [468, 200], [468, 480], [560, 900], [208, 900], [300, 480]])], 1)
    for outer, inner in ((180, 292), (588, 476)):
        cv2.fillPoly(form, [np.array([[330 if outer < 384 else 438, 200], [outer, 440], [inner, 440]])], 1)
    gaps = np.zeros_like(form)
    for x in (288, 480):
        cv2.ellipse(form, (x, 410), (30, 60), 0, 0, 360, 1, -1)
        cv2.ellipse(gaps, (x, 425), (6, 16), 0, 0, 360, 1, -1)
    cloth = form & ~gaps & 1
    pixels = np.full((1024, 768, 3), (243, 241, 237), np.float32)
    pixels *= 1 - shade * cv2.GaussianBlur(cloth.astype(np.float32), (0, 0), 4)[..., None] * (1, 1.01, 1.04)
    blue = np.full_like(pixels, (100, 160, 235))
    rng = np.random.default_rng(5)
    for x, y in rng.integers((200, 210), (560, 880), (90, 2)):
        cv2.circle(blue, (int(x), int(y)), 7, (222, 226, 240), -1)
    pixels[cloth > 0] = blue[cloth > 0]
    return cv2.GaussianBlur(pixels, (0, 0), 0.6).astype(np.uint8), gaps


@pytest.mark.parametrize("shade", [0.0, 0.15])
def test_a_small_gap_behind_a_cuff_that_touches_the_trunk_is_open(shade: float) -> None:
    pixels, gaps = touching_cuffs(shade)
    found = cut_out(pixels)
    assert found is not None
    assert found.alpha[cv2.erode(gaps, np.ones((5, 5), np.uint8)) > 0].max() < 60
    inside = np.zeros_like(gaps)
    inside[520:860, 300:470] = 1
    assert found.alpha[inside > 0].min() > 200, "flowers stay"


def test_tinted_shade_is_told_from_coloured_cloth_only() -> None:
    rest = np.zeros((60, 80, 3), np.float32)
    inner = np.zeros((60, 80), bool)
    inner[:, 40:] = True
    rest[inner] = (-30, 2, -40)
    corner, flower = (slice(20, 30), slice(30, 38)), (slice(40, 50), slice(60, 62))
    rest[corner], rest[flower] = (-12, 0.5, 3), (-6, -0.5, -5)

    def told(rest: np.ndarray) -> np.ndarray | None:
        return _tinted_shade(cv2.split(rest), np.hypot(rest[..., 1], rest[..., 2]), 2.0, inner)

    found = told(rest)
    assert found is not None
    assert found[corner].all()
    assert not found[flower].any()
    grey, printed = rest.copy(), rest.copy()
    grey[inner] = (-30, 0, 0)
    printed[10:30, 60:70] = rest[25, 33]
    assert told(grey) is None
    assert told(printed) is None
