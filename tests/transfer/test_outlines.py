"""Outlines of cut-outs and of trouser legs: clean lines that keep a garment's corners and threads."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.necklines import begins_with_front
from tryon.transfer.warping.outlines import clean_legs, clean_outline, continued, level_waistband, without_notches

HIGH, WIDE = 1000, 300


def cloth(teeth: int = 0, haze: float = 0.0) -> np.ndarray:
    """(1000,300) 0..1: a straight piece of cloth from column 100 to 200 and down to row 300, with `teeth` px long ones
    on its right side and a rim of `haze` 0..1 beyond its left one."""
    alpha = np.zeros((HIGH, WIDE), np.float32)
    alpha[50:300, 100:200] = 1
    for row in range(50, 300, 6):
        alpha[row : row + 3, 200 : 200 + teeth] = 1
    alpha[50:300, 94:100] = haze
    return alpha


def edge(alpha: np.ndarray, row: int) -> float:
    """Column at which the coverage of a row ends."""
    return float(alpha[row, 150:].sum()) + 150


def test_teeth_of_a_cutout_become_one_line() -> None:
    clean = clean_outline(cloth(teeth=2), {})
    ends = [edge(clean, row) for row in range(80, 270)]
    assert max(ends) - min(ends) < 0.4
    assert 198.5 < np.mean(ends) < 201.5


def test_the_haze_of_a_shadow_beside_cloth_is_gone() -> None:
    clean = clean_outline(cloth(haze=0.35), {})
    assert clean[80:270, :97].max() == 0
    assert clean[80:270, 103:197].min() == 1


def test_an_edge_is_as_sharp_as_a_lens_draws_it() -> None:
    row = clean_outline(cloth(), {})[150]
    assert 1 <= ((row[150:] > 0.05) & (row[150:] < 0.95)).sum() <= 3


def test_a_hem_has_its_corners_where_landmarks_say_so() -> None:
    alpha = cloth()
    alpha[297:300, 199] = alpha[299, 197:200] = alpha[298, 198] = 0  # blunt as a mask's corners are
    alpha[300:303, 100:200] = 0.4
    plain, marked = (clean_outline(alpha, points) for points in ({}, {"hem_right": np.array([197.0, 296.0])}))
    assert marked[294:300, 194:200].sum() > plain[294:300, 194:200].sum() + 1
    assert np.array_equal(marked[:250], plain[:250])


def test_landmarks_at_the_pictures_border_are_no_corners_that_fail() -> None:
    points = {"hem_left": np.array([1.0, 999.0]), "cuff_left_outer": np.array([-30.0, 1060.0])}
    assert clean_outline(cloth(), points).shape == (HIGH, WIDE)


def test_threads_stay() -> None:
    alpha = cloth()
    alpha[150:152, 200:240] = 1
    clean = clean_outline(alpha, {})
    assert clean[150:152, 210:235].min() > 0.5


def legs(gap: int, teeth: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(1000,300) 0..1 each: two trouser legs from row 50 to 350, with a gap from row 150 on that widens up to `gap` px;
    `teeth` px long ones at the right side of the left leg."""
    left, right = np.zeros((2, HIGH, WIDE), np.float32)
    left[50:350, 90:150], right[50:350, 150:210] = 1, 1
    for row in range(150, 350):
        half = (row - 150) * gap // 400
        left[row, 150 - half :] = 0
        left[row, 150 - half : 150 - half + (teeth if row % 6 < 3 else 0)] = 1
        right[row, : 150 + half] = 0
    return left, right


def test_inner_edges_of_trouser_legs_are_lines() -> None:
    left, _ = clean_legs(*legs(60, teeth=2), 150.0)
    ends = np.array([left[row, 90:].sum() for row in range(230, 330)])
    assert np.abs(np.diff(ends)).max() < 0.5


def test_the_narrow_end_of_the_gap_between_legs_is_closed_and_the_rest_is_not() -> None:
    before = legs(60)
    after = clean_legs(*before, 150.0)
    together = np.maximum(*after)
    assert together[155:160, 140:160].min() > 0.9
    assert together[300, 150] == 0
    assert np.abs(np.maximum(*before)[:140] - together[:140]).sum(axis=1)[60:].max() < 2


def test_cloth_in_the_closed_gap_has_its_own_colour() -> None:
    before = legs(60)
    after = clean_legs(*before, 150.0)
    rgb = np.full((HIGH, WIDE, 3), 120, np.float32)
    rgb[150:166, 147:153] = 255  # the catalogue's ground
    for old, new in zip(before, after, strict=True):
        gained = new - old > 0.5
        own = continued(rgb, old, new, 150.0)
        assert gained.any()
        assert own[gained].max() < 180
        assert np.array_equal(own[:130], rgb[:130])


def test_cloth_in_the_closed_gap_has_its_own_structure() -> None:
    before = legs(60)
    after = clean_legs(*before, 150.0)
    weave = np.where(np.indices((HIGH, WIDE)).sum(axis=0) % 4 < 2, 100, 140).astype(np.float32)
    rgb = np.repeat(weave[..., None], 3, axis=2)
    for old, new in zip(before, after, strict=True):
        gained = new - old > 0.5
        assert continued(rgb, old, new, 150.0)[gained].std() > 0.6 * rgb[gained].std()


def test_a_print_beside_the_closed_gap_stays_and_nothing_speckles_in_it() -> None:
    before = legs(60)
    after = clean_legs(*before, 150.0)
    rows, columns = np.indices((HIGH, WIDE)) // 12
    rgb = np.repeat(np.where((rows + columns) % 2 > 0, 40, 210).astype(np.float32)[..., None], 3, axis=2)
    for old, new in zip(before, after, strict=True):
        gained = new - old > 0.5
        own = continued(rgb, old, new, 150.0)
        beside = ~(cv2.dilate(gained.astype(np.uint8), np.ones((7, 7))) > 0)
        assert np.array_equal(own[beside], rgb[beside])
        assert np.abs(cv2.Laplacian(own[..., 0], cv2.CV_32F))[gained].mean() < 12


def test_no_wall_is_seen_through_where_legs_nearly_touch() -> None:
    left, right = np.zeros((2, HIGH, WIDE), np.float32)
    left[40:, 80:149], right[40:, 151:220] = 1, 1
    for row in range(40, HIGH):  # a gap that narrows and widens by turns
        right[row, : 152 + round(1.5 * np.sin(row / 6))] = 0
    assert np.maximum(*clean_legs(left, right, 200.0))[60:-20, 147:155].min() > 0.95


def test_legs_apart_from_head_to_toe_keep_their_colours() -> None:
    left, right = legs(60)
    rgb = np.full((HIGH, WIDE, 3), 120, np.float32)
    assert continued(rgb, left, left, 150.0) is rgb
    assert right.any()


def test_waves_in_a_waistband_are_filled_and_a_wide_dip_and_loops_are_not() -> None:
    alpha = np.zeros((400, WIDE), np.float32)
    alpha[60:, 50:250] = 1
    points = {"waist_left": np.array([50.0, 62.0]), "waist_right": np.array([249.0, 62.0])}
    assert np.array_equal(level_waistband(alpha, points) > 0.5, alpha > 0.5)
    waved, dipped = alpha.copy(), alpha.copy()
    for column in range(50, 250):
        waved[60 : 60 + round(5 - 5 * np.cos((column - 50) / 200 * 8 * np.pi)), column] = 0
        dipped[60 : 60 + round(30 * np.sin((column - 50) / 200 * np.pi)), column] = 0
    level = level_waistband(waved, points)
    assert level[63:, 52:248].min() > 0.5 and level[:58].max() == 0
    assert np.abs(level_waistband(dipped, points) - dipped).sum() < 0.1 * (alpha - dipped).sum()


def test_hems_of_trouser_legs_keep_their_corners() -> None:
    left, right = (cv2.GaussianBlur(leg, (0, 0), 1.0) for leg in legs(60))  # as a mesh looks them up
    after, _ = clean_legs(left, right, 200.0)
    corner = (slice(340, 352), slice(90, 92))
    assert after[corner].sum() > 0.9 * left[corner].sum()


def test_bites_of_a_print_in_a_fronts_upper_edge_are_filled_and_its_form_stays() -> None:
    x = np.arange(WIDE)
    top = 100 + 60 * np.sqrt(np.clip(1 - ((x - 150) / 100) ** 2, 0, 1))
    alpha = (np.arange(HIGH)[:, None] >= top[None]).astype(np.float32)
    bitten = alpha.copy()
    bitten[: round(top[170]) + 7, 164:176] = 0
    points = {name: np.array(xy) for name, xy in {"neck_left": (50, 100), "neck_right": (250, 100)}.items()}
    points["neck_front"] = np.array([150.0, 160.0])
    assert begins_with_front(bitten, points, "wide") and not begins_with_front(bitten, points, "v")
    assert np.abs(without_notches(bitten, points) - alpha)[:, 160:180].sum(axis=0).max() < 2.5
    assert np.abs(without_notches(alpha, points) - alpha).sum(axis=0).max() < 1.5


def test_the_scallops_of_a_frill_that_is_like_the_ground_are_sharp() -> None:
    scallops = np.zeros((900, 200), np.uint8)
    scallops[300:] = 255
    for x in range(20, 200, 18):
        cv2.circle(scallops, (x, 296), 7, 255, -1)
    alpha = cv2.GaussianBlur(scallops.astype(np.float32) / 255, (0, 0), 2.5)
    soft, sharp = (clean_outline(alpha, {}, hazy)[280:300, 30:170] for hazy in (False, True))
    between = [float(((part > 0.1) & (part < 0.9)).mean()) for part in (soft, sharp)]
    assert between[1] < 0.7 * between[0]
    assert sharp.sum() > 0.6 * (scallops[280:300, 30:170] > 0).sum()  # and they are still there
