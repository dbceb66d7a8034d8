"""Folds of worn trousers as they are seen: a lit back that ends at a crease, from which the shade runs out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp

BACK, WIDE_BACK, LIT = 1.1, 0.75, 0.55  # widths above the crease where the back is, how wide it is; how light, of 1
RUNS_OUT = 1.2  # widths below the crease over which its shade does
CRISP = 0.22, 0.7  # of a width, and px at the least: over how much the one goes over into the other
NARROWS = 0.55  # of its width that a fold has at its far end
AROUND = 4.5  # widths that are worked out around it
DIES_OUT = 1.3  # how early a fold's depth runs out towards its far end


@dataclass(frozen=True)
class Crease:
    """A fold of a picture's cloth; all px of the picture."""

    start: Array  # (2,) where it is deepest
    stop: Array  # (2,) where it has run out
    bow: float  # how far it hangs through, of its length
    width: float
    depth: float  # how much darker its shade is
    above: Array  # (2,) unit vector to where its back is


def creased(creases: Iterable[Crease], shape: tuple[int, ...]) -> Array:
    """(h,w) float32 factor about 1 of all folds on a picture of `shape`."""
    light = np.ones(shape[:2], np.float32)
    for crease in creases:
        _add(light, crease)
    return light


def _add(light: Array, crease: Crease) -> None:
    """Takes the shade of one fold off `light` (h,w) and adds what its back is lit."""
    margin = AROUND * crease.width + abs(crease.bow) * float(np.linalg.norm(crease.stop - crease.start))
    corners = np.stack([crease.start, crease.stop])
    low = np.maximum(np.floor(corners.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0) + margin) + 1, light.shape[1::-1]).astype(int)
    length = float(np.linalg.norm(crease.stop - crease.start))
    if (high <= low).any() or length < 1:
        return
    way = (crease.stop - crease.start) / length
    down = np.array([-way[1], way[0]])
    down *= -np.sign(down @ crease.above) or 1.0
    x = np.arange(low[0], high[0], dtype=np.float32)[None] - np.float32(crease.start[0])
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] - np.float32(crease.start[1])
    share = (x * np.float32(way[0]) + y * np.float32(way[1])) / np.float32(length)
    off = x * np.float32(down[0]) + y * np.float32(down[1])
    off -= np.float32(4 * crease.bow * length) * np.clip(share, 0, 1) * (1 - np.clip(share, 0, 1))
    wide = np.float32(crease.width) * (1 - np.float32(1 - NARROWS) * np.clip(share, 0, 1))
    off /= wide
    shade = np.exp(-np.maximum(off, 0) / np.float32(RUNS_OUT)) * (off < AROUND)
    back = np.exp(-np.square((off + np.float32(BACK)) / np.float32(WIDE_BACK)))
    crisp = max(CRISP[0], CRISP[1] / crease.width)
    across = ramp(off, -crisp, crisp)
    ends = ramp(share, -0.04, 0.10) * np.clip(1 - share, 0, 1) ** np.float32(DIES_OUT)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    light[window] -= np.float32(crease.depth) * ends * (across * shade - np.float32(LIT) * back * (1 - across))
