"""Is a picture, or a whole film, one colour all over? The test for blank photos and for models that gave nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tryon.types import Pixels

# Levels of 0..255, standard deviation. JPEG and sensor noise on an empty picture stay below, a white shirt on
# white paper is at five and more.
_FLAT = 1.5
_SAMPLES = 256  # per side


def is_flat(pixels: Pixels) -> bool:
    """True when every channel of (h, w, 3) has the same value all over, up to noise. Costs under a millisecond."""
    steps = (max(1, pixels.shape[0] // _SAMPLES), max(1, pixels.shape[1] // _SAMPLES))
    sample = pixels[:: steps[0], :: steps[1]].reshape(-1, pixels.shape[2])
    return bool((sample.std(axis=0, dtype=np.float32) < _FLAT).all())


def is_flat_film(frames: Iterable[Pixels]) -> bool:
    """True when all frames are flat: black from an overflow in half precision, or grey from a model that failed.

    A film of no frames is flat. Stops at the first frame that shows something.
    """
    return all(is_flat(frame) for frame in frames)
