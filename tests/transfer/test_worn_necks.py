"""A garment cut from a photo of somebody gets back what hair and the neck hid of it."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.worn_necks import like_other, mirrored, neck_completed

POINTS = {
    name: np.array(at, float)
    for name, at in {
        "shoulder_left": (60, 140), "shoulder_right": (340, 140), "neck_left": (150, 90), "neck_right": (250, 90),
        "neck_front": (200, 180),
    }.items()
}  # fmt: skip


def cut_out() -> tuple[Array, Array]:
    """A striped shirt whose outline hair has bitten at its left shoulder, its V neck open to nothing."""
    rgb = np.full((400, 400, 3), 200, np.float32)
    rgb[::8], rgb[1::8], rgb[2::8] = 60, 60, 60
    shape = np.zeros((400, 400), np.uint8)
    corners = [(60, 140), (150, 90), (200, 180), (250, 90), (340, 140), (340, 380), (60, 380)]
    cv2.fillPoly(shape, [np.array(corners, np.int32)], 1)
    cv2.fillPoly(shape, [np.array([(95, 90), (140, 80), (130, 135), (105, 140)], np.int32)], 0)
    return rgb, shape.astype(np.float32)


def test_shoulders_are_whole_up_to_their_convex_line() -> None:
    rgb, alpha = cut_out()
    _, covered, inside = neck_completed(rgb, alpha, POINTS)
    assert alpha[125, 115] == 0
    assert covered[125, 115] > 0.9 and inside[125, 115] == 0
    assert covered[80, 100] < 0.1  # above that line nothing is added
    assert (covered[200:] == alpha[200:]).all()


def test_back_closes_behind_the_neck_in_shade() -> None:
    rgb, alpha = cut_out()
    colours, covered, inside = neck_completed(rgb, alpha, POINTS)
    assert covered[100, 200] > 0.9 and inside[100, 200] == 1
    assert covered[60, 200] < 0.1  # no further up than a collar reaches
    assert colours[100, 200].mean() < 0.85 * rgb[alpha > 0.5].mean()
    assert (inside[alpha > 0.9] > 0.1).mean() < 0.002  # the front stays before the neck, its sharp tips aside


def test_without_shoulders_nothing_changes() -> None:
    rgb, alpha = cut_out()
    few = {name: at for name, at in POINTS.items() if not name.startswith("shoulder")}
    colours, covered, inside = neck_completed(rgb, alpha, few)
    assert (colours == rgb).all() and (covered == alpha).all() and not inside.any()


def test_cloth_is_continued_by_its_own_pattern() -> None:
    rgb, solid = np.zeros((40, 20, 3), np.float32), np.zeros((40, 20), bool)
    solid[20:] = True
    rgb[20:] = np.arange(20, dtype=np.float32)[:, None, None]
    beyond = mirrored(rgb, solid, 60.0)
    assert np.allclose(beyond[20:], rgb[20:], atol=1e-3)
    assert np.allclose(beyond[19], 1, atol=1e-3) and np.allclose(beyond[10], 10, atol=1e-3)
    shallow = mirrored(rgb, solid, 20.0)  # a collar that is low is mirrored again and again
    assert np.allclose(shallow[19], 1, atol=1e-3) and shallow[:20].max() <= 5


def test_what_runs_upwards_goes_on_beside_a_corner_of_what_is_seen() -> None:
    rgb, solid = np.full((80, 80, 3), 40, np.float32), np.zeros((80, 80), bool)
    solid[50:, :40] = True
    solid[35:, 40:] = True
    rgb[:, 46:54] = 250  # a trim, close to the corner
    rgb[~solid] = 0
    beyond = mirrored(rgb, solid, 60.0)
    assert (beyond[22:34, 47:53] > 225).all()
    assert (beyond[22:48, :38] < 60).all()


def test_strands_of_the_hair_that_hid_a_shoulder_do_not_come_along() -> None:
    rgb, alpha = cut_out()
    strand = (slice(136, 143), slice(106, 131))  # dark, on the cloth right below the bite
    rgb[strand] = 0
    colours, covered, _ = neck_completed(rgb, alpha, POINTS)
    for part in ((slice(118, 134), slice(112, 126)), (slice(138, 141), slice(112, 126))):
        assert covered[part].min() > 0.5 and colours[part].min() > 30


def test_a_shoulder_that_hair_hid_is_as_the_other_one() -> None:
    rgb, alpha = cut_out()
    rgb[:] = 200
    x = np.arange(400)
    y = np.arange(400)[:, None]
    rgb[(np.abs(x - 200) > 40) & (np.abs(x - 200) < 100)] = (90, 40, 30)
    rgb[(x > 240) & (x < 300) & (y < 131)] = (180, 60, 60)  # what lies there on the right is not seen on the left
    colours, covered, _ = neck_completed(rgb, alpha, POINTS)
    hidden = (slice(118, 128), slice(112, 126))
    assert covered[hidden].min() > 0.5
    assert np.abs(colours[hidden] - np.array([180, 60, 60])).max() < 30
    assert np.allclose(colours[150:, 310:330], rgb[150:, 310:330])


def test_nothing_is_taken_from_a_side_that_is_hidden_too() -> None:
    rgb, alpha = cut_out()
    known = np.zeros(alpha.shape, bool)
    assert np.array_equal(like_other(rgb, (alpha > 0, known), alpha > 0, POINTS, "left"), rgb)


def test_nothing_is_taken_from_a_side_that_looks_otherwise() -> None:
    """Of somebody who turns the other side's collar would lie across this side's."""
    rgb, alpha = cut_out()
    x = np.arange(400)
    rgb[:, x < 200] = (np.where(x[:200] // 12 % 2 == 0, 60, 220))[None, :, None]
    rgb[:, x >= 200] = (np.where((399 - x[200:]) // 12 % 2 == 0, 220, 60))[None, :, None]
    hidden = np.zeros(alpha.shape, bool)
    hidden[100:130, 90:130] = True
    cloth = alpha > 0.5
    assert np.array_equal(like_other(rgb, (cloth, cloth), hidden, POINTS, "left"), rgb)


def test_a_collar_that_hair_hid_is_as_the_other_one_whose_top_hair_hid_too() -> None:
    rgb, alpha = cut_out()
    rgb[:] = 200
    x, y = np.arange(400), np.arange(400)[:, None]
    for off in (x - 149, 251 - x):
        rgb[(abs(off) < 7) & (y < 190)] = 250
        rgb[(off >= 7) & (off < 51) & (y < 190)] = (60, 90, 200)
    alpha[:102, :152] = 0  # a strip of the left collar's top; all of the right one's
    alpha[:130, 205:] = 0
    alpha[:160, 205:285] = 0
    colours, covered, _ = neck_completed(rgb, alpha, POINTS)
    there = (slice(106, 112), slice(252, 256))  # where the trim is on the left
    assert covered[there].min() > 0.5
    assert colours[there].min() > 225
