"""The line over a shoulder on which cloth lies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.transfer.warping.lines import rounded
from tryon.transfer.warping.shoulder_lines import with_muscle
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
