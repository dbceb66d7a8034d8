"""Where a garment's trouser legs part: what a cut-out takes for cloth there, the shade between them."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, ramp

REACH = 0.05  # of the waist's width: half of how wide the narrow end of a gap is
UNLIKE = 9.0  # CIELAB units beyond the cloth's own variation by which shade and ground differ from it
UNEVEN = 9.0  # CIELAB units by which cloth beside the gap may vary: in a pattern nothing can be told from it
SHADED = 0.86  # of the cloth's own light where its legs lie close together


def closed_fork(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Array:
    """`rgb` (h,w,3) float32 0..255 in which the narrow end of the gap between trouser legs is shaded cloth.

    `alpha` (h,w) 0..1. Between the crotch and where the cut-out parts, a catalogue shows the ground's shade, linings
    and seams in shadow: what there is unlike the cloth at both sides gets its colour, a little darker. Of a garment
    with a pattern, or without legs, nothing changes.
    """
    if not {"crotch", "knee_left_inner", "knee_right_inner"} <= points.keys():
        return rgb
    wide = float(np.linalg.norm(points["waist_right"] - points["waist_left"]))
    reach = max(2, round(REACH * wide))
    x, y = np.rint(points["crotch"]).astype(int)
    knee = int(min(points["knee_left_inner"][1], points["knee_right_inner"][1]))
    top, end = max(0, y - 4 * reach), min(knee, alpha.shape[0])
    left, right = x - 4 * reach, x + 4 * reach + 1
    if left < 0 or right > alpha.shape[1] or end - top < 4 * reach:
        return rgb
    window = (slice(top, end), slice(left, right))
    lab = cv2.cvtColor(rgb[window].astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    beside = np.concatenate([np.arange(reach), np.arange(7 * reach + 1, 8 * reach + 1)])
    cloth = cv2.GaussianBlur(np.median(lab[:, beside], axis=1, keepdims=True), (1, 0), 0, sigmaY=reach)
    spread = float(np.percentile(np.linalg.norm(lab[:, beside] - cloth, axis=2), 75))
    if spread > UNEVEN:
        return rgb
    mended = _narrow(np.linalg.norm(lab - cloth, axis=2) > UNLIKE + spread, alpha[window] > 0.5, reach)
    if not mended.any():
        return rgb
    own = cv2.cvtColor(np.broadcast_to(cloth, lab.shape).astype(np.float32), cv2.COLOR_LAB2RGB) * np.float32(255)
    share = cv2.GaussianBlur(cv2.dilate(mended.astype(np.float32), np.ones((3, 3))), (0, 0), 1.0)[..., None]
    share *= ramp(np.arange(end - top), 0, 2 * reach)[:, None, None]
    result = rgb.copy()
    result[window] += (SHADED * own - rgb[window]) * share
    return result


def _narrow(unlike: Array, solid: Array, reach: int) -> Array:
    """Boolean (h,w): what is `unlike` cloth in the cut-out's `solid` part and hangs together with the gap's upper end
    or with the crotch's line above it, no wider than twice `reach` px."""
    found = np.zeros(solid.shape, bool)
    middle = solid.shape[1] // 2
    inside = slice(middle - 2 * reach, middle + 2 * reach + 1)
    gap = np.flatnonzero((~solid[:, inside]).any(axis=1))
    first = int(gap[0]) if len(gap) else len(solid)
    part = unlike[: first + reach, inside] & solid[: first + reach, inside]
    near = cv2.dilate(part.astype(np.uint8), np.ones((5, 3), np.uint8))
    _, index = cv2.connectedComponents(near, connectivity=8)
    low = index[max(0, first - reach) :] * part[max(0, first - reach) :]
    seeds = np.unique(low[low > 0])
    keep = np.isin(index, seeds) & part
    keep[keep.sum(axis=1) > 2 * reach] = False
    found[: first + reach, inside] = keep
    return found
