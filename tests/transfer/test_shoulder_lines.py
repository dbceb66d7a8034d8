"""The line over a shoulder on which cloth lies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.limbs import ARM_AT, ARM_HALF, bent_limb
from tryon.transfer.warping.lines import rounded
from tryon.transfer.warping.shoulder_lines import shoulder_line, with_muscle
from tryon.types import LABEL

UNIT = 100.0


@pytest.mark.parametrize("mirrored", [False, True])
def test_cloth_lies_on_a_shoulders_muscle_and_cuts_nothing_of_it_off(mirrored: bool) -> None:
    labels = np.zeros((240, 240), np.uint8)
    cv2.circle(labels, (120, 120), 60, LABEL["left_arm"], -1)
    turns = np.deg2rad([-85.0, -75.0, -65.0, -25.0, -15.0, -5.0])
    line = 120 + 60 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    corner = 120 + np.array([1, -1]) * 60 / np.sqrt(2)
    if mirrored:
        line, corner = (at * [-1, 1] + [240, 0] for at in (line, corner))
    before, after = (
        float(np.linalg.norm(rounded(one) - corner, axis=1).min())
        for one in (line, with_muscle(labels, labels > 0, line, 3, UNIT))
    )
    assert after < 1.6 < 2.5 < before
    loose = np.full_like(labels, LABEL["upper"])
    most = np.linalg.norm(with_muscle(loose, loose > 0, line, 3, UNIT) - 120, axis=1).max()
    assert most < 60 + 0.06 * UNIT, "what stands further off is no muscle"
    hair = np.where(labels > 0, labels, LABEL["hair"]).astype(np.uint8)
    assert np.array_equal(with_muscle(hair, labels > 0, line, 3, UNIT), line)


def shoulder(labels: Array) -> Array:
    """(m,2) of the shoulder's line at the right of a figure with shoulder joints 100 px apart."""
    joints = (np.array(place) for place in ((150.0, 120.0), (156.0, 170.0), (158.0, 220.0)))
    arm = bent_limb(*joints, ARM_AT, ARM_HALF, UNIT, True)
    ends = np.array([150.0, 120.0]), np.array([100.0, 120.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0])
    return shoulder_line(labels, *ends, UNIT, arm)


def test_cloth_lies_on_skin_whose_outline_hair_hides_and_gaps_between_skin_and_cloth_are_none() -> None:
    y, x = np.mgrid[0:240, 0:240]
    top = 80 + 0.25 * (x - 100)  # of a shoulder that is higher than usual ones
    labels = np.where((y > top) & (x < 170), LABEL["neck"], 0).astype(np.uint8)
    line = shoulder(labels)[:6]
    assert np.abs(line[1:5, 1] - (80 + 0.25 * (line[1:5, 0] - 100))).max() < 4
    hair = labels.copy()
    hair[(labels == 0) & (y > top - 60) & (x > 112)] = LABEL["hair"]
    assert np.abs(shoulder(hair)[1:5] - line[1:5]).max() < 4, "as high as skin is seen at least"
    cut = labels.copy()
    cut[(y < top + 14) & (y > top + 11)] = 0
    cut[(y < top + 11) & (labels > 0)] = LABEL["upper"]
    assert np.abs(shoulder(cut)[1:5] - line[1:5]).max() < 4
