"""Both edges of a trouser leg: the garment's own without its fringes, and smooth ones where it is worn."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.transfer.warping.leg_edges import half_widths, leg_edges, smooth_edge

POINTS = {
    "waist_left": (60, 20), "waist_right": (180, 20), "crotch": (120, 100),
    "hip_left": (60, 70), "hip_right": (180, 70),
    "knee_left_outer": (60, 250), "knee_left_inner": (108, 250),
    "hem_left_outer": (60, 400), "hem_left_inner": (108, 400),
    "knee_right_outer": (180, 250), "knee_right_inner": (132, 250),
    "hem_right_outer": (180, 400), "hem_right_inner": (132, 400),
}  # fmt: skip


def trousers() -> np.ndarray:
    alpha = np.zeros((420, 240), np.float32)
    alpha[20:400, 60:181] = 1
    alpha[104:400, 109:132] = 0
    return alpha


def test_a_leg_s_edges_are_those_of_its_cut_out_without_fringes() -> None:
    alpha, points = trousers(), {name: np.array(xy, float) for name, xy in POINTS.items()}
    alpha[170:330, 60:66] = 0  # hollow at the knee
    alpha[120:135, 50:60] = 1  # a fringe
    outer, inner, stage = leg_edges(alpha, points, "left")
    assert outer[12, 0] == pytest.approx(66, abs=1.5)
    assert outer[[7, 8], 0].min() > 58
    assert (outer[[0, -1], 0] == 60).all() and stage[[0, 6, -1]].tolist() == [0, 1, 3]
    assert inner[10:, 0] == pytest.approx(108, abs=1.5)


def test_a_worn_leg_s_edge_is_one_smooth_curve_that_hides_what_it_should() -> None:
    zigzag = np.stack([10 + 3.0 * (np.arange(13) % 2), 20.0 * np.arange(13)], axis=1)
    least = zigzag.copy()
    out = np.array([1.0, 0.0])
    even = smooth_edge(zigzag, least, out)
    assert np.abs(np.diff(even[:, 0], 2)).max() < 1.0
    assert np.ptp(even[:, 1] - zigzag[:, 1]) < 0.5
    least[6, 0] = 22  # a calf
    hides = smooth_edge(zigzag, least, out)
    assert hides[6, 0] > 21.9 and hides[[5, 7], 0].min() > 16
    assert hides[[0, -1], 0] == pytest.approx(zigzag[[0, -1], 0], abs=0.2)


def test_both_legs_are_cut_alike_however_they_lie() -> None:
    points = {name: np.array(xy, float) for name, xy in POINTS.items()}
    points["hem_left_outer"][0] = 50
    alpha = trousers()
    alpha[280:400, 50:60] = 1
    wide = half_widths({"left": leg_edges(alpha, points, "left"), "right": leg_edges(alpha, points, "right")})
    assert wide[-1] == pytest.approx((58 + 48) / 4, abs=0.5)
