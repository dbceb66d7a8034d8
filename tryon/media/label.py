"""The small visible "AI" mark on results. Drawn here, so that it needs no font and looks the same everywhere."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Pixels

_SHARE = 0.042  # of the picture's short side: the mark's height
_SMALLEST, _LARGEST = 16, 96  # px, height of the mark; below 16 px the letters run together
_ASPECT = 1.62  # width : height of the mark
_FINE = 8  # drawn this much larger, then reduced: smooth edges
_DARK, _LIGHT = 24.0, 255.0
_BACK, _RIM = 0.58, 0.42  # opacity of the dark pill and of its light rim

# The letters in a box one high, y down: strokes as end points, and their thickness. A is two legs and a bar.
_STROKES = (
    ((0.00, 1.0), (0.40, 0.0)),
    ((0.40, 0.0), (0.80, 1.0)),
    ((0.16, 0.66), (0.64, 0.66)),
    ((1.14, 0.0), (1.14, 1.0)),
)
_STROKE = 0.17
_LETTERS_WIDE = 1.14


class Label:
    """The mark for pictures of one size, prepared once: `apply` blends a small patch.

    Sits in the lower right corner, a dark pill with a light rim and white letters, legible on any ground.
    """

    def __init__(self, width: int, height: int) -> None:
        """`width`, `height`: size of the pictures in px. On pictures too small for the letters the mark is cut."""
        short = min(width, height)
        tall = int(np.clip(round(short * _SHARE), _SMALLEST, _LARGEST))
        margin = max(2, round(tall * 0.45)) if short >= 3 * tall else 0
        light, alpha = _mark(tall)
        rows, columns = min(tall, height), min(light.shape[1], width)
        top, left = height - min(margin + rows, height), width - min(margin + columns, width)
        self._size = (height, width, 3)
        self._place = (slice(top, top + rows), slice(left, left + columns))
        opacity = alpha[:rows, :columns, None]
        # Fixed point: out = (mark * a + picture * (256 - a)) / 256, all in 16 bits.
        self._keep = (256 - np.rint(opacity * 256)).astype(np.uint16)
        self._add = np.rint(light[:rows, :columns, None] * opacity * 256 + 127).clip(0, 65535).astype(np.uint16)

    def apply(self, pixels: Pixels) -> Pixels:
        """A copy of (h, w, 3) uint8 with the mark. ValueError when the size is not the one prepared for."""
        if pixels.shape != self._size:
            raise ValueError(f"label for {self._size} used on {pixels.shape}")
        out = pixels.copy()
        under = out[self._place].astype(np.uint16)
        out[self._place] = ((under * self._keep + self._add) >> 8).astype(np.uint8)
        return out


def with_label(pixels: Pixels) -> Pixels:
    """A copy of (h, w, 3) uint8 with the mark."""
    return Label(pixels.shape[1], pixels.shape[0]).apply(pixels)


def _mark(tall: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Brightness 0..255 and opacity 0..1 of the mark, both (tall, wide)."""
    wide = round(tall * _ASPECT)
    size = (tall * _FINE, wide * _FINE)
    pill = _pill(size, 0.0)
    rim = pill - _pill(size, max(1.0, tall / 18) * _FINE)
    letters = np.zeros(size, np.uint8)
    unit = size[0] * 0.5
    origin = np.array(((size[1] - _LETTERS_WIDE * unit) / 2, size[0] * 0.25))
    for stroke in _STROKES:
        first, last = (np.rint(origin + np.array(end) * unit).astype(int) for end in stroke)
        cv2.line(letters, first.tolist(), last.tolist(), 255, round(_STROKE * unit), cv2.LINE_8)
    white = np.maximum(letters / 255.0, rim * _RIM)
    opacity = np.maximum(pill * _BACK, white)
    light = np.where(opacity > 0, (_LIGHT * white + _DARK * (opacity - white)), 0.0)  # premultiplied
    small_light, small_opacity = _reduce(light, wide, tall), _reduce(opacity, wide, tall)
    return small_light / np.maximum(small_opacity, 1e-6), small_opacity


def _pill(size: tuple[int, int], inset: float) -> NDArray[np.float64]:
    """1 inside a rectangle with fully rounded ends, `inset` px smaller on each side, 0 outside; (h, w)."""
    height, width = size
    radius = height / 2
    y, x = np.mgrid[0:height, 0:width] + 0.5
    along = np.clip(x, radius, width - radius)
    return np.asarray(np.hypot(x - along, y - radius) <= radius - inset, np.float64)


def _reduce(picture: NDArray[np.float64], wide: int, tall: int) -> NDArray[np.float64]:
    return np.asarray(cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA), np.float64)
