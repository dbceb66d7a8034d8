"""Cloth that lies on a body is nowhere as straight as a garment laid flat: stripes and hems run in slight waves."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.field import Field

# In shoulder distances: how long waves are across the cloth and down it (sigmas of the noise they are made of), and how
# far cloth is moved up and down. So little leaves letters straight.
ACROSS, DOWN, MOVED = 0.12, 0.26, 0.009
BEGIN = (0.0, 0.35)  # of the way from armpits to hem: the chest is taut
ENDS = (0.75, 1.0, 0.45)  # from there to there they get less, down to that share: hems swing by themselves
STEP = 8  # px of the garment's picture between the places at which they are worked out
SEED = 3


def rippled(field: Field, cloth: Cloth, unit: float) -> Field:
    """The trunk's field with the cloth moved up and down in waves that are the garment's own: they stay where they are
    on it when its wearer moves. `unit`: shoulder distance in pixels of the garment's picture."""
    waves = ripples(cloth, unit)
    moved = cv2.remap(waves, field.x / STEP, field.y / STEP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Field(x=field.x, y=field.y + moved)


def ripples(cloth: Cloth, unit: float) -> Array:
    """(gh/STEP,gw/STEP) float32: px by which cloth is moved at every STEP-th pixel of the garment's picture."""
    height, width = (-(-size // STEP) + 1 for size in cloth.alpha.shape)
    noise = np.random.default_rng(SEED).standard_normal((height, width), np.float32)
    across, down = (max(share * unit / STEP, 0.5) for share in (ACROSS, DOWN))
    waves = cv2.GaussianBlur(noise, (0, 0), across, sigmaY=down)
    waves *= np.float32(MOVED * unit / max(float(waves.std()), 1e-6))
    points = cloth.points
    top, end = (max(float(points[f"{name}_{side}"][1]) for side in ("left", "right")) for name in ("armpit", "hem"))
    far = (np.arange(height, dtype=np.float32) * STEP - top) / max(end - top, 1.0)
    share = ramp(far, *BEGIN) * np.interp(far, ENDS[:2], (1.0, ENDS[2])).astype(np.float32)
    result: Array = waves * share[:, None]
    return result
