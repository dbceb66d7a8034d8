"""Flow between frames, where nothing is to be seen too."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.parsing.flow import carried, flow_to, sure_flow
from tryon.types import Pixels

SHIFT = 16


def grainy(seed: int) -> Pixels:
    """A wall of soft grain with a smooth patch of one tone, lit from one side."""
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (256, 256)).astype(np.float32), (0, 0), 3.0)
    plane = 128 + 40 * grain / grain.std()
    plane[90:170, 90:170] = np.linspace(120, 124, 80)
    return np.rint(np.clip(np.repeat(plane[..., None], 3, axis=2), 0, 255)).astype(np.uint8)


def test_a_smooth_patch_goes_where_its_surroundings_go() -> None:
    here, there = grainy(3), np.roll(grainy(3), SHIFT, axis=1)
    rng = np.random.default_rng(0)  # noise of two exposures: on the patch it is all there is to match
    noisy = [np.clip(frame + rng.normal(0, 5, frame.shape), 0, 255).astype(np.uint8) for frame in (here, there)]
    off = [np.abs(flow(*noisy)[95:165, 95:165] - (SHIFT, 0)) for flow in (flow_to, sure_flow)]
    assert off[1].max() < 0.6 * off[0].max() and off[1].mean() < 0.6 * off[0].mean()


def test_what_is_carried_back_is_what_it_was() -> None:
    here, there = grainy(4), np.roll(grainy(4), SHIFT, axis=1)
    back = carried(there, sure_flow(here, there))
    assert np.abs(back[20:-20, 20:-20].astype(int) - here[20:-20, 20:-20]).mean() < 2
