"""How much the pixels around a part of the figure look like it, by colour, smoothed along the picture's edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.masking.areas import bounds, dilated
from tryon.masking.colours import ALIKE, colour_odds, colour_share, overlap
from tryon.masking.maps import Array, labelled

CLEAR = 5.0  # log odds of what is no question
HUE = 9.0  # 8-bit Lab: skin of one person differs less in a and b
HUED = 1.5  # log odds
PRIOR = 0.5  # log odds by which the label map is believed


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How the pixels in a window around a part of the figure look; all planes (h,w)."""

    likely: Array  # float32 log odds that a pixel is of that part
    rival: Array  # uint8: the label that it has otherwise, by its colour
    strange: Array  # bool: of quite another hue
    told: bool  # whether its colours tell it from anything around it


def likeness_of(
    labels: Array,
    pixels: Array,
    own: Array,
    firm: Array,
    core: Array,
    around: tuple[tuple[str, ...], ...],
    reach: float,
    skin: bool = True,
    alike: float = ALIKE,
) -> Likeness:
    """How a window around `own` (h,w) bool looks, of which `firm` is no question and `core` has its colours: against
    those of the groups of labels `around` it, up to `reach` px beyond it. `skin` keeps to one hue;
    `alike` is Bhattacharyya's coefficient of two areas' colours from which on they tell nothing."""
    likely, rival = np.where(own, CLEAR, -CLEAR).astype(np.float32), np.zeros(labels.shape, np.uint8)
    strange = np.zeros_like(own)
    if core.sum() < 60:
        return Likeness(likely=likely, rival=rival, strange=strange, told=False)
    lab = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB)
    some = (slice(None, None, 2), slice(None, None, 2))  # enough to know the colours of an area
    colours, near = colour_share(lab[some], core[some]), dilated(own, reach)
    away = ~dilated(own, 0.5 * reach)[some]
    window = bounds(near, 4)
    part, inside = lab[window], own[window]
    odds, told = np.full(inside.shape, CLEAR, np.float32), inside.copy()
    for group in around:
        beside = labelled(labels[some], group) & away
        if beside.sum() < 15:
            continue
        share = colour_share(lab[some], beside)
        apart = 1 - overlap(colours, share) / alike
        if apart > 0:
            other = apart * colour_odds(part, colours, share, 1e-4)
            rival[window][other < odds] = np.bincount(labels[some][beside]).argmax()
            odds = np.minimum(odds, other)
            told |= labelled(labels[window], group)
    odds = np.maximum(odds, -CLEAR) + np.where(inside, PRIOR, -PRIOR).astype(np.float32)
    odds[firm[window]], odds[~near[window] | ~told] = CLEAR, -CLEAR
    # A palm may have colours of what is around, but not its hue; shaded white cloth may be as light as skin.
    _, *middle, _ = cv2.mean(lab, core.astype(np.uint8))
    green, blue = (part[..., k + 1].astype(np.float32) - np.float32(middle[k]) for k in (0, 1))
    hue = cv2.magnitude(green, blue)
    if skin:
        odds += HUED * ((inside & (hue < HUE)).astype(np.float32) - (~inside & (hue > HUE)))
    likely[window], strange[window] = along_edges(part.astype(np.float32), odds, 3, 30.0), hue > 1.5 * HUE
    return Likeness(likely=likely, rival=rival, strange=strange, told=bool((told & ~inside).any()))


def along_edges(guide: Array, plane: Array, radius: int, noise: float) -> Array:
    """`plane` (h,w) float32 smoothed along the edges of `guide` (h,w,3) float32: the mean of He et al., "Guided image
    filtering" (2010), by each channel; `noise` is the variance that is none."""

    def box(values: Array) -> Array:
        return cv2.boxFilter(values, -1, (2 * radius + 1, 2 * radius + 1))

    result, mean = np.zeros_like(plane), box(plane)
    for channel in cv2.split(guide):
        level = box(channel)
        slope = (box(channel * plane) - level * mean) / (box(channel * channel) - level * level + noise)
        result += box(slope) * channel + box(mean - slope * level)
    return result / 3
