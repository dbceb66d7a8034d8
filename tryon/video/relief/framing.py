"""How the photo lies in the film's frame: a crop where the person allows it, an extension where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Box, Mask, Person, Pixels

Array = NDArray[Any]

ROOM = 0.02  # kept free around the person, as a share of the photo's height
EDGE = 24  # of 255: outline this strong on the photo's border row means that the person is cut there


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """On which sides the photo's border cuts the person."""

    left: bool
    top: bool
    right: bool
    bottom: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The frame as a window on the enlarged or reduced photo: frame x = photo x * scale - x0, in whole pixels."""

    width: int
    height: int
    scale: float
    x0: int
    y0: int
    photo_width: int  # of the scaled photo
    photo_height: int
    cuts: Cuts

    def points(self, xy: Array) -> Array:
        """Photo pixels (..., 2) -> frame pixels."""
        return (np.asarray(xy, np.float64) + 0.5) * self.scale - 0.5 - (self.x0, self.y0)


def find_cuts(outline: Mask) -> Cuts:
    """A side is cut when the outline reaches it over more than one in a hundred of its pixels."""
    sides = outline[:, :2], outline[:2], outline[:, -2:], outline[-2:]
    left, top, right, bottom = (float((side > EDGE).mean()) > 0.01 for side in sides)
    return Cuts(left=left, top=top, right=right, bottom=bottom)


def frame_view(person: Person, width: int, height: int) -> View:
    """The largest crop of the wanted shape that keeps the whole person, else the smallest window around them."""
    photo, cuts = person.photo, find_cuts(person.outline)
    aspect = width / height
    box = _with_room(person.box, photo.width, photo.height, cuts)
    crop_w = min(photo.width, photo.height * aspect)
    need = max(box[2] - box[0], (box[3] - box[1]) * aspect)
    window = max(crop_w, need)
    # A body cut above and below (or left and right) cannot be continued there: then the sides are cropped.
    if cuts.top and cuts.bottom:
        window = min(window, photo.height * aspect)
    if cuts.left and cuts.right and not (cuts.top and cuts.bottom):
        window = min(window, max(photo.width, crop_w, (box[3] - box[1]) * aspect))
    scale = width / window
    x0 = _place(box[0], box[2], window, photo.width, cuts.left, cuts.right)
    y0 = _place(box[1], box[3], window / aspect, photo.height, cuts.top, cuts.bottom)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    return View(
        width=width,
        height=height,
        scale=scale,
        x0=_settle(x0 * scale, width, size[0]),
        y0=_settle(y0 * scale, height, size[1]),
        photo_width=size[0],
        photo_height=size[1],
        cuts=cuts,
    )


def _with_room(box: Box, width: int, height: int, cuts: Cuts) -> tuple[float, float, float, float]:
    room = ROOM * height
    return (
        0.0 if cuts.left else max(0.0, box.x0 - room),
        0.0 if cuts.top else max(0.0, box.y0 - room),
        float(width) if cuts.right else min(float(width), box.x1 + room),
        float(height) if cuts.bottom else min(float(height), box.y1 + room),
    )


def _place(low: float, high: float, window: float, size: int, cut_low: bool, cut_high: bool) -> float:
    """Where the window starts along one axis."""
    if window <= size + 0.5:
        # Inside the photo: as the photo was composed, moved only as far as the person asks.
        start = (size - window) / 2
        start += 0.6 * ((low + high) / 2 - size / 2)
        start = min(start, low) if high - low <= window else (low + high - window) / 2
        start = max(start, high - window) if high - low <= window else start
        return float(np.clip(start, 0, max(0.0, size - window)))
    if cut_low and not cut_high:
        return 0.0
    if cut_high and not cut_low:
        return size - window
    start = (low + high - window) / 2
    return float(np.clip(start, size - window, 0))


def _settle(start: float, window: int, size: int) -> int:
    """Whole pixels; never a line beyond the photo only because of rounding."""
    low = round(start)
    if window <= size + 1:
        low = min(max(low, 0), max(0, size - window))
    return low


def scaled(pixels: Array, view: View) -> Array:
    """A photo-sized array at the view's scale: averaged when it shrinks, cubic when it grows."""
    size = view.photo_width, view.photo_height
    shrinks = size[0] <= pixels.shape[1]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def on_canvas(picture: Array, view: View, margin: tuple[int, int, int, int], fill: int = 0) -> tuple[Array, Array]:
    """A scaled picture on the frame grown by margin (left, top, right, bottom) px, and where it covers it (bool)."""
    left, top, right, bottom = margin
    shape = (view.height + top + bottom, view.width + left + right)
    canvas = np.full(shape + picture.shape[2:], fill, picture.dtype)
    inside = np.zeros(shape, bool)
    x, y = -view.x0 + left, -view.y0 + top
    ax, ay = max(0, x), max(0, y)
    bx, by = min(shape[1], x + picture.shape[1]), min(shape[0], y + picture.shape[0])
    if bx > ax and by > ay:
        canvas[ay:by, ax:bx] = picture[ay - y : by - y, ax - x : bx - x]
        inside[ay:by, ax:bx] = True
    return canvas, inside


def is_whole(view: View) -> bool:
    """Whether the photo covers the whole frame, so that nothing has to be extended."""
    fits_x = view.x0 >= 0 and view.x0 + view.width <= view.photo_width
    return fits_x and view.y0 >= 0 and view.y0 + view.height <= view.photo_height


def still(picture: Pixels, view: View) -> Pixels:
    """The frame as a plain crop of the scaled photo; only where is_whole(view)."""
    return picture[view.y0 : view.y0 + view.height, view.x0 : view.x0 + view.width].copy()
