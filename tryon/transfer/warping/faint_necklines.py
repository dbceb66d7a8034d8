"""A front neckline that no clear step in colour shows: of curves of about its form the one that parts colours best.

White cloth in front of the white inside of its back differs by a breath of shade, which tells over an area and not
at a line.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.collars import parted

UNIT = 60.0  # px per half neck width at which it is looked for
AROUND = 0.12  # half neck widths above and below all of the curves that are looked at
PRINTS = 9.0  # CIE Lab squared: what varies more is a print or a label rather than shade
FAINT = 0.15  # share of the variance that a curve parts by chance


def best_parting(rgb: Array, alpha: Array, curves: Sequence[Array], usual: Array, half: float) -> Array:
    """(n,2) the one of `curves` (n,2), from left to right, px, that parts the colours of `rgb` (h,w,3) 0..255 best
    where `alpha` (h,w) 0..1 is; `usual` (k,) 0..1: how likely each is. `half` px: half the neck's width."""
    places = np.concatenate(list(curves))
    low = np.maximum(np.floor(places.min(axis=0) - AROUND * half), 0).astype(int)
    high = np.minimum(np.ceil(places.max(axis=0) + AROUND * half).astype(int), alpha.shape[::-1])
    if (high - low < 8).any():
        return curves[int(usual.argmax())]
    size = np.maximum(8, np.rint((high - low) * UNIT / half)).astype(int)
    window, scale = (slice(low[1], high[1]), slice(low[0], high[0])), size / (high - low)
    small = cv2.resize(rgb[window].astype(np.float32) / np.float32(255), size.tolist(), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    solid = cv2.resize(alpha[window], size.tolist(), interpolation=cv2.INTER_AREA) > 0.9
    columns = np.arange(size[0])
    rows = np.array([np.interp(columns, *((curve - low + 0.5) * scale - 0.5).T) for curve in curves])
    row = np.arange(size[1])[:, None]
    solid &= (row > rows.min(axis=0) - AROUND * UNIT) & (row < rows.max(axis=0) + AROUND * UNIT)
    first, last = max(curve[0, 0] for curve in curves), min(curve[-1, 0] for curve in curves)
    solid &= ((columns > (first - low[0]) * scale[0]) & (columns < (last - low[0]) * scale[0]))[None]
    if solid.sum() < UNIT:
        return curves[int(usual.argmax())]
    plain = np.median(lab[solid], axis=0)
    lab = plain + np.clip(lab - plain, -3 * np.sqrt(PRINTS), 3 * np.sqrt(PRINTS))
    total = float(lab[solid].var(axis=0).sum()) + 1e-3
    return curves[int((usual * (FAINT + parted(lab, solid, rows) / total)).argmax())]
