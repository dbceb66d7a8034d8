"""The edge of skin before the background: in most photos its colour pales over its last few pixels."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, grow
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.tones import GREY

# Distances from the outline in shoulder distances, and the share of its saturation that skin keeps there: a pale wall
# is reflected in it, and photos are stored with their colours at half their size. Medians of twelve photos.
AT = np.array([0.004, 0.0075, 0.013, 0.020, 0.032])
KEPT = np.array([0.60, 0.75, 0.90, 0.97, 1.0])
BANDS = np.array([0.003, 0.005, 0.010, 0.016, 0.024, 0.040])
PALEST = 0.5  # the least share that is believed: pixels at an outline are partly wall
GLARE = 0.2  # share of what is lost that is the wall's light instead
LEAST = 15  # pixels of a band that tell, of every fourth
FLOOR = 8.0  # grey level below which saturation is noise


def kept_colour(pixels: Array, regions: Regions, unit: float) -> Array:
    """(5,) which share of its saturation, 0..1, the skin that is seen keeps at the distances `AT` from the background;
    what is usual where too little is seen. `pixels` (h,w,3) RGB 0..255, `unit` px."""
    away = cv2.distanceTransform(regions.person.view(np.uint8), cv2.DIST_L2, 3)
    some = (slice(None, None, 2), slice(None, None, 2))  # enough to tell
    near = (away[some] < BANDS[-1] * unit) & (away[some] > 0)
    near &= regions.skin[some] | regions.hands[some] | regions.face[some]
    other = regions.hair[some] | regions.upper[some] | regions.lower[some] | regions.held[some]
    near &= ~grow(other, 0.015 * unit)
    colours, away = pixels[some][near].astype(np.float32), away[some][near]
    grey = colours @ GREY
    much = np.abs(colours - grey[:, None]).sum(axis=1) / (grey + FLOOR)
    place = np.digitize(away / unit, BANDS) - 1
    bands = [much[place == i] for i in range(len(AT))]
    if len(bands[-1]) < LEAST:
        return KEPT
    inner = max(float(np.median(bands[-1])), 1e-3)
    told = [float(np.median(band)) / inner if len(band) >= LEAST else np.nan for band in bands]
    result: Array = np.clip(np.where(np.isfinite(told), told, KEPT), PALEST, 1.0)
    return result


def pale(skin: Array, ground: Array, wall: Array, kept: Array, area: Array, unit: float) -> None:
    """Lets `skin` (h,w,3) RGB pale, in place, in and beside `area` (h,w) bool towards `wall` (h,w) bool, where `ground`
    (h,w,3) is seen, as `kept` (5,) has it at the distances `AT`."""
    window = bounds(area, round(AT[-1] * unit))
    if kept.min() > 0.99 or not wall[window].any():
        return
    away = cv2.distanceTransform((~wall[window]).view(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.nonzero((away > 0) & (away < AT[-1] * unit))
    share = np.interp(away[rows, columns] / unit, AT, kept).astype(np.float32)[:, None]
    rows, columns = rows + window[0].start, columns + window[1].start
    colours = skin[rows, columns]
    grey = (colours @ GREY)[:, None]
    colours = grey + (colours - grey) * share
    skin[rows, columns] = colours + (ground[rows, columns] - colours) * (GLARE * (1 - share))
