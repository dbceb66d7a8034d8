"""What deep armholes bare is skin, and the gap between an arm and a trunk stays one."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.armpits import closed_in, filled
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.undress import Base

UNIT = 100.0
NONE = np.zeros((160, 120), bool)


def scene() -> tuple[Array, Array, Array]:
    """Cloth at the left and an arm at the right that meet above and below a lens of wall."""
    y, x = np.mgrid[0:160, 0:120]
    half = 8 * np.clip(1 - ((y - 80) / 20.0) ** 2, 0, 1)
    cloth, arm = x < 60 - half, x >= 60 + half
    return ~(cloth | arm), cloth, arm


def test_a_lens_between_cloth_and_arm_is_closed_in_and_what_opens_downwards_is_not() -> None:
    wall, cloth, arm = scene()
    found = closed_in(wall, cloth, arm, NONE, 0.5 * UNIT)
    assert found.sum() == wall.sum() > 100
    assert not closed_in(wall, cloth, arm, NONE, 0.2 * UNIT).any(), "too long"
    assert not closed_in(wall, cloth, np.zeros_like(arm), NONE, 0.5 * UNIT).any(), "no arm there"
    opened = wall.copy()
    opened[80:, 56:64] = True
    assert not closed_in(opened, cloth & ~opened, arm & ~opened, NONE, 0.5 * UNIT).any()


def test_the_upper_end_of_a_gap_through_which_wall_is_seen_is_no_armhole() -> None:
    wall, cloth, arm = scene()
    seen = wall & (np.arange(160) > 92)[:, None]
    assert not closed_in(wall & ~seen, cloth, arm, seen, 0.5 * UNIT).any()


def test_the_gap_beside_a_bare_waist_stays_open() -> None:
    wall, cloth, arm = scene()
    y, _ = np.mgrid[0:160, 0:120]
    waist = cloth & (y > 78)  # below a short top
    assert closed_in(wall, cloth, arm, NONE, 0.5 * UNIT).any()
    assert not closed_in(wall, cloth & ~waist, arm | waist, NONE, 0.5 * UNIT).any()


def test_it_is_filled_with_shaded_skin_and_nothing_further_off_changes() -> None:
    wall, _, arm = scene()
    skin, pixels = arm.astype(np.float32), np.full((*arm.shape, 3), 250.0, np.float32)
    pixels[arm] = (210, 160, 130)
    base = Base(pixels=pixels, skin=skin, other=np.zeros_like(skin), area=np.ones_like(skin))
    after = filled(base, wall, UNIT)
    middle = after.pixels[wall]
    assert (middle.mean(axis=0) < (210, 160, 130)).all() and middle[:, 0].mean() > 1.15 * middle[:, 2].mean()
    assert (after.skin[wall] > 0.9).all()
    assert (after.pixels[:, 90:] == pixels[:, 90:]).all() and (after.pixels[:40] == pixels[:40]).all()
