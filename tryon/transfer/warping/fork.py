"""Where a garment's trouser legs part: what a cut-out takes for cloth there, the shade between them."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.masking.areas import length
from tryon.transfer.warping.arrays import Array, ramp

REACH = 0.05  # of the waist's width: half of how wide the narrow end of a gap is
UNLIKE = 9.0  # CIELAB units beyond the cloth's own variation by which shade and ground differ from it
UNEVEN = 9.0  # CIELAB units by which cloth beside the gap may vary: in a pattern nothing can be told from it
SEAM = 0.24  # how much darker the line is on which the legs lie close together
THIN = 0.007  # of the waist's width: half of that line's
RISE = 0.6  # of the way from the crotch to the waist: so far up the fly lies in its own cloth's light
TINTED = (3.0, 9.0)  # CIELAB units darker than the cloth: from no shade of the fly's to a whole one
PALER = (0.4, 1.0, 1.0)  # of the way to the cloth go the lightness and the colours of such a shade
ALIKE = 0.7  # cosine between hues from which a shade is the cloth's own and no stitching's


def closed_fork(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Array:
    """`rgb` (h,w,3) float32 0..255 in which the narrow end of the gap between trouser legs is shaded cloth.

    `alpha` (h,w) 0..1. Between the crotch and where the cut-out parts, a catalogue shows the ground's shade, linings
    and seams in shadow: what there is unlike the cloth at both sides gets its colour, with a thin dark line in its
    middle; the fly's shade above it is no stronger in colour than the cloth. Of a garment with a pattern, or without
    legs, nothing changes.
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
    mended = _narrow(length(lab - cloth) > UNLIKE + spread, alpha[window] > 0.5, reach)
    if not mended.any():
        return rgb
    own = cv2.cvtColor(np.broadcast_to(cloth, lab.shape).astype(np.float32), cv2.COLOR_LAB2RGB) * np.float32(255)
    own *= 1 - SEAM * _line(mended, THIN * wide)[..., None]
    share = cv2.GaussianBlur(cv2.dilate(mended.astype(np.float32), np.ones((3, 3))), (0, 0), 1.0)[..., None]
    share *= ramp(np.arange(end - top), 0, 2 * reach)[:, None, None]
    result = rgb.copy()
    result[window] += (own - rgb[window]) * share
    waist = float(points["waist_left"][1] + points["waist_right"][1]) / 2
    fly = (slice(max(0, round(y + RISE * (waist - y))), min(end, y)), slice(x - 2 * reach, x + 2 * reach + 1))
    result[fly] = _untinted(result[fly], cloth[max(0, y - top - reach) : y - top].mean(axis=(0, 1)))
    return result


def _line(band: Array, half: float) -> Array:
    """(h,w) 0..1: a line `half` px from its middle wide along that of a boolean band (h,w) that runs down."""
    rows = np.flatnonzero(band.any(axis=1))
    columns = np.arange(band.shape[1], dtype=np.float32)
    middle = (band[rows] * columns).sum(axis=1) / band[rows].sum(axis=1)
    bent = np.polynomial.Polynomial.fit(rows, middle, 1 if len(rows) < 9 else 2)(rows) if len(rows) > 2 else middle
    line = np.zeros(band.shape, np.float32)
    ends = ramp(rows, float(rows[-1]), float(rows[-1]) - 8 * half)
    line[rows] = np.exp(-(((columns - bent[:, None]) / max(half, 0.7)) ** 2)) * ends[:, None]
    return line


def _untinted(rgb: Array, cloth: Array) -> Array:
    """`rgb` (h,w,3) 0..255 whose shades of the hue of `cloth` (3,) CIELAB are no stronger in colour than that."""
    lab = cv2.cvtColor(np.clip(rgb, 0, 255).astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    chroma, own = lab[..., 1:], float(np.linalg.norm(cloth[1:]))
    strong = np.linalg.norm(chroma, axis=2)
    same = chroma @ cloth[1:].astype(np.float32) > ALIKE * own * strong
    share = cv2.GaussianBlur(ramp(cloth[0] - lab[..., 0], *TINTED) * (same & (strong > own)), (3, 3), 0.7)
    lab += (cloth - lab) * share[..., None] * np.array(PALER, np.float32)
    mended = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * np.float32(255)
    return np.where(share[..., None] > 0, mended, rgb)


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
