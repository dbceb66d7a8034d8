"""The picture brought to a film's shape, and a film brought to the size that was asked for.

The rule: the picture is cropped to the film's aspect around the person; where that would cut into the person, it is
not cropped but continued beyond its edges by a blurred mirror of itself. A model of another aspect (native sizes) gets
that picture whole, continued in the same way, and its film is cut back to the picture's place in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.types import Box, Floats, Pixels

BLUR = 0.03  # of the longer side, for what lies beyond the picture


@dataclass(frozen=True, slots=True)
class Canvas:
    """A model's picture and where the film lies in it."""

    width: int
    height: int
    inner: Box

    @classmethod
    def around(cls, width: int, height: int, film: tuple[int, int]) -> Canvas:
        """A canvas that holds a film of this size (its aspect is what counts) as large as it can, in the middle. A
        difference of aspect below 3 % is stretched, not bordered."""
        scale = min(width / film[0], height / film[1])
        inner = round(film[0] * scale), round(film[1] * scale)
        if inner[0] >= 0.97 * width and inner[1] >= 0.97 * height:
            return cls(width, height, Box(0, 0, width, height))
        left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
        return cls(width, height, Box(left, top, left + inner[0], top + inner[1]))

    def holding(self, picture: Pixels, *, plain: bool = False) -> Pixels:
        """The canvas with a picture at the film's place; `plain`: black around it."""
        box = self.inner
        if plain:
            canvas = np.zeros((self.height, self.width, 3), np.uint8)
            canvas[box.y0 : box.y1, box.x0 : box.x1] = resized(picture, box.width, box.height)
            return canvas
        return continued(resized(picture, box.width, box.height), self.width, self.height, box)

    def film(self, frame: Pixels, width: int, height: int) -> Pixels:
        """The film's part of a model's frame, at the size asked for."""
        box = self.inner
        return resized(frame[box.y0 : box.y1, box.x0 : box.x1], width, height)


def framed(picture: Pixels, person: Box, width: int, height: int, *, plain: bool = False) -> Pixels:
    """A picture (h, w, 3) as a frame of width x height px, by the rule above. `person` is the person's box in it;
    `plain`: black beyond the edges, for drawings."""
    full_height, full_width = picture.shape[:2]
    cut = _cut(full_width, full_height, person, width, height)
    if cut is None:
        canvas = Canvas.around(width, height, (full_width, full_height))
        return canvas.holding(picture, plain=plain)
    return resized(picture[cut.y0 : cut.y1, cut.x0 : cut.x1], width, height)


def framed_points(points: Floats, picture: Pixels, person: Box, width: int, height: int) -> Floats:
    """Where points (n, 2 or more: x, y, ...) of a picture lie in `framed` of it."""
    full_height, full_width = picture.shape[:2]
    cut = _cut(full_width, full_height, person, width, height)
    source = cut or Box(0, 0, full_width, full_height)
    target = Box(0, 0, width, height) if cut else Canvas.around(width, height, (full_width, full_height)).inner
    moved = points.astype(np.float32)
    moved[:, 0] = (points[:, 0] - source.x0) * target.width / source.width + target.x0
    moved[:, 1] = (points[:, 1] - source.y0) * target.height / source.height + target.y0
    return moved


def _cut(full_width: int, full_height: int, person: Box, width: int, height: int) -> Box | None:
    """What is cut out of a picture for a frame of width x height; None: it would cut into the person."""
    aspect = width / height
    cut_width, cut_height = min(full_width, full_height * aspect), min(full_height, full_width / aspect)
    if cut_width < person.width - 0.5 or cut_height < person.height - 0.5:
        return None
    left = _slid((person.x0 + person.x1 - cut_width) / 2, cut_width, full_width)
    top = _slid((person.y0 + person.y1 - cut_height) / 2, cut_height, full_height)
    return Box(round(left), round(top), round(left + cut_width), round(top + cut_height))


def continued(picture: Pixels, width: int, height: int, box: Box) -> Pixels:
    """A picture of box's size on a canvas, which goes on beyond it as its blurred mirror."""
    if (picture.shape[1], picture.shape[0]) == (width, height):
        return picture
    around = (box.y0, height - box.y1, box.x0, width - box.x1)
    # Mirrors of a small picture repeat: BORDER_REFLECT takes borders wider than the picture too.
    canvas = cv2.copyMakeBorder(picture, *around, cv2.BORDER_REFLECT)
    soft = cv2.GaussianBlur(canvas, (0, 0), BLUR * max(width, height))
    soft[box.y0 : box.y1, box.x0 : box.x1] = picture
    return np.asarray(soft, np.uint8)


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """By area where it shrinks, by Lanczos where it grows."""
    if picture.shape[:2] == (height, width):
        return np.ascontiguousarray(picture)
    shrinks = width * height < picture.shape[0] * picture.shape[1]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=kind), np.uint8)


def as_frames(pixels: Floats) -> Pixels:
    """(3, f, h, w) in -1..1 -> (f, h, w, 3) uint8."""
    scaled = np.clip(pixels * 127.5 + 127.5, 0, 255)
    return np.rint(scaled).astype(np.uint8).transpose(1, 2, 3, 0)


def _slid(start: float, length: float, full: float) -> float:
    return min(max(start, 0.0), full - length)
