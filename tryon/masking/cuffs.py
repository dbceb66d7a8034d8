"""Cuffs of another colour than their sleeve, of which a label map makes a part of the hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import dilated, eroded
from tryon.masking.maps import BODICES, Array, labelled
from tryon.types import LABEL

STRANGE = 18.0  # 8-bit CIELAB, hue and chroma alone: so far from the rest of the hand is no shade or blush of it
ACROSS = 0.7  # of the hand's width: a ring or a scratch is narrower than a cuff


def with_cuffs(labels: Array, lab: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) in which what goes all across a hand next to a sleeve, and has not the hand's hue, is the sleeve's.

    `lab` (h,w,3) uint8 CIELAB of the photo; `unit` the shoulder distance, px. A watch with skin above it stays.
    """
    result = labels.copy()
    upper = labelled(labels, BODICES)
    near, reached = dilated(upper, 2.0), dilated(upper, 0.22 * unit)
    sleeve = LABEL["coat" if labelled(labels, ("coat",)).any() else "upper"]
    for name in ("left_hand", "right_hand"):
        hand = labelled(labels, (name,))
        inner = eroded(hand, 0.02 * unit) & ~reached  # where a cuff does not reach
        if inner.sum() < 0.004 * unit**2:
            continue
        hue = lab[..., 1:].astype(np.float32) - np.median(lab[inner][:, 1:], axis=0).astype(np.float32)
        strange = hand & (cv2.GaussianBlur(np.hypot(hue[..., 0], hue[..., 1]), (0, 0), 1.0) > STRANGE)
        _, parts = cv2.connectedComponents(strange.astype(np.uint8))
        for part in np.unique(parts[strange & near]):
            if part and _across(parts == part, hand):
                result[dilated(parts == part, 0.012 * unit) & hand & ~inner] = sleeve
    return result


def _across(part: Array, hand: Array) -> bool:
    """Whether a part of the hand goes from one side of it to the other, in most of its rows."""
    rows = np.flatnonzero(part.any(axis=1))
    share = part[rows].sum(axis=1) / np.maximum(hand[rows].sum(axis=1), 1)
    return bool(len(rows) > 2 and np.median(share) > ACROSS)
