"""Cloth that a catalogue's picture smoothed has a weave again; what shows its own keeps it."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.weave import SEEN, woven

SIZE = (360, 240)


def plain(tone: float) -> np.ndarray:
    return np.full((*SIZE, 3), tone, np.float32)


def test_smooth_cloth_gets_a_weave_that_changes_light_only() -> None:
    cloth = plain(200.0) * np.array([1.0, 0.9, 0.8], np.float32)
    result = woven(cloth, np.ones(SIZE, np.float32))
    assert 0.5 * SEEN[0] < (result / cloth).std() < 2 * SEEN[0]
    assert np.abs((result - cloth) - (result - cloth)[..., :1]).max() < 1e-3
    assert abs(float(result.mean() - cloth.mean())) < 0.2
    assert np.array_equal(result, woven(cloth, np.ones(SIZE, np.float32)))


def test_cloth_with_its_own_structure_and_scraps_stay_as_they_are() -> None:
    rough = plain(200.0) + np.random.default_rng(1).normal(0, 8, (*SIZE, 1)).astype(np.float32)
    assert woven(rough, np.ones(SIZE, np.float32)) is rough
    scrap = plain(200.0)
    assert woven(scrap, np.zeros(SIZE, np.float32)) is scrap


def test_the_pale_part_of_dark_cloth_is_not_speckled() -> None:
    """Measured on the dark part, where a grey level is much: the pale one gets no more levels than that."""
    cloth = plain(30.0)
    cloth[:90] = (170, 210, 240)
    added = woven(cloth, np.ones(SIZE, np.float32)) - cloth
    assert 0 < added[:90].std() < 1.5 * SEEN[1]
