"""The weave of plain cloth, which a catalogue's small picture has lost: without it clothes look like wax or paint."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, luminance
from tryon.transfer.warping.texture import tiled

# Of the cloth's lightness, and grey levels: how much a weave varies at the least. Of ten plain clothes in photos
# the pale ones vary by 0.0022 to 0.0060, the black ones by 0.6 to 1.1 levels.
SEEN = (0.0032, 0.7)
TILE = 192  # px after which it repeats itself
SEED = 7


def woven(rgb: Array, alpha: Array) -> Array:
    """`rgb` (h,w,3) float32 0..255 of cloth of coverage `alpha` (h,w) 0..1 whose light varies from pixel to pixel at
    least as a weave does; cloth that shows its own stays as it is."""
    few = slice(rgb.shape[0] // 3, rgb.shape[0] // 3 + 160)  # enough of it to tell
    light, solid = luminance(rgb[few]), cv2.erode(alpha[few], np.ones((7, 7))) > 0.98
    if solid.sum() < 400:
        return rgb
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), 1.0))[solid]
    own, tone = 1.48 * float(np.median(fine)), float(np.median(light[solid]))
    lost = max(SEEN[0] * tone, SEEN[1]) ** 2 - own**2
    if lost <= 0 or tone <= 0:
        return rgb
    noise = np.random.default_rng(SEED).standard_normal((TILE, TILE, 1)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.6, borderType=cv2.BORDER_REFLECT)
    # Levels are added, not a share: of cloth in two colours the pale one would get the dark one's many times over.
    levels = np.float32(np.sqrt(lost)) * soft / soft.std()
    result: Array = cv2.add(rgb, tiled(cv2.merge([levels] * 3), rgb.shape))
    return result
