"""The relief of pale plain cloth, which a catalogue lights away: its seams, pockets and fly as a room's light shows
them."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, luminance, ramp, spread

LINES, FORMS = (0.005, 0.8), (0.030, 0.5)  # of the waist's width: how wide they are; how much more is seen of them
PALE = (150.0, 205.0)  # luminances over which cloth comes to be so pale that a catalogue's light washes it out
PLAIN = (6.0, 10.0)  # levels by which it varies over its forms' width, from plain to patterned
DEEPEST = 14.0  # levels by which nothing is changed more: a button gets no rim


def crisp(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Array:
    """`rgb` (h,w,3) float32 0..255 of a bottom, coverage `alpha` (h,w) 0..1, whose lines and forms are seen better
    where its cloth is pale and plain; itself where it is not."""
    window = bounds(alpha > 0.5)
    part, solid = rgb[window], alpha[window][::4, ::4] > 0.98
    if not solid.any() or not (pale := float(ramp(np.array(np.median(luminance(part[::4, ::4])[solid])), *PALE))):
        return rgb
    light, wide = luminance(part), float(np.linalg.norm(points["waist_right"] - points["waist_left"]))
    lines, forms = (light - blur(light, share * wide) for share, _ in (LINES, FORMS))
    varied = np.percentile(np.abs(forms[::4, ::4][solid]), 75)
    share = pale * float(ramp(np.array(varied), PLAIN[1], PLAIN[0]))
    if share <= 0:
        return rgb
    more = np.clip(share * cv2.addWeighted(lines, LINES[1], forms, FORMS[1], 0), -DEEPEST, DEEPEST)
    result = rgb.copy()
    result[window] = np.clip(part + spread(more.astype(np.float32), 3), 0, 255)
    return result
