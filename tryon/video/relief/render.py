"""Draws a frame: the backdrop under the camera, the figure's texture through the inverse of its pose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Pixels
from tryon.video.relief.rig import Rig

Array = NDArray[Any]

ROUNDS = 5  # of the fixed-point inversion; displacements are smooth, so this is far below a tenth of a pixel


@dataclass(frozen=True, slots=True)
class Similar:
    """A similarity without rotation on canvas points: q = scale * p + (dx, dy)."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def nothing(self) -> bool:
        return self.scale == 1.0 and self.dx == 0.0 and self.dy == 0.0

    def moved_origin(self, dx: float, dy: float) -> Similar:
        """The same view for points counted from an origin (dx, dy) further to the left and top."""
        return Similar(self.scale, self.dx + dx * (1 - self.scale), self.dy + dy * (1 - self.scale))

    def after(self, first: Similar) -> Similar:
        """First `first`, then this."""
        return Similar(self.scale * first.scale, self.scale * first.dx + self.dx, self.scale * first.dy + self.dy)


def about(x: float, y: float, scale: float, dx: float = 0.0, dy: float = 0.0) -> Similar:
    """Scaled about a point, then moved."""
    return Similar(scale, x * (1 - scale) + dx, y * (1 - scale) + dy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """What stays the same for all frames."""

    width: int
    height: int
    margin: tuple[int, int]  # of the backdrop's canvas, left and top
    backdrop: Pixels
    texture_at: tuple[int, int]  # where the texture's corner lies on the canvas
    rig: Rig
    floor: tuple[float, float] | None  # canvas rows between which a plain floor begins to move with the figure

    def background(self, camera: Similar, figure: Similar) -> Pixels:
        """(height, width, 3) of the backdrop; the untouched crop when the camera rests.

        A plain floor moves with the figure that stands on it, and so does the shadow that lies there.
        """
        frame = self._wall(camera)
        if self.floor is not None and figure != camera:
            self._draw_floor(frame, camera, figure)
        return frame

    def _draw_floor(self, frame: Pixels, camera: Similar, figure: Similar) -> None:
        """Draws the frame's rows below the floor's beginning: from the wall's place above to the figure's below."""
        assert self.floor is not None
        left, top = self.margin
        begin, level = self.floor
        rows = np.arange(self.backdrop.shape[0], dtype=np.float64)
        share = np.clip((rows - begin) / max(1.0, level - begin), 0, 1)
        share = share * share * (3 - 2 * share)
        scale = camera.scale + share * (figure.scale - camera.scale)
        goal = scale * rows + camera.dy + share * (figure.dy - camera.dy)
        start = int(np.clip(np.floor(camera.scale * begin + camera.dy - top), 0, self.height))
        if start >= self.height or np.any(np.diff(goal) <= 0.2):
            return
        source = np.interp(np.arange(start, self.height) + top, goal, rows)
        share = np.clip((source - begin) / max(1.0, level - begin), 0, 1)
        share = share * share * (3 - 2 * share)
        scale = camera.scale + share * (figure.scale - camera.scale)
        move = camera.dx + share * (figure.dx - camera.dx)
        across = np.arange(self.width) + left
        map_x = ((across[None] - move[:, None]) / scale[:, None]).astype(np.float32)
        map_y = np.repeat(source[:, None].astype(np.float32), self.width, axis=1)
        frame[start:] = cv2.remap(self.backdrop, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)

    def _wall(self, camera: Similar) -> Pixels:
        left, top = self.margin
        if camera.nothing:
            return self.backdrop[top : top + self.height, left : left + self.width].copy()
        # warpAffine with the inverse map: frame (x, y) -> canvas.
        inverse = 1 / camera.scale
        matrix = np.array(
            [[inverse, 0, (left - camera.dx) * inverse], [0, inverse, (top - camera.dy) * inverse]], np.float64
        )
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        size = (self.width, self.height)
        return cv2.warpAffine(self.backdrop, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)

    def draw_figure(
        self, frame: Pixels, texture: Array, x: Array, y: Array, camera: Similar, gain: Array | None, solid: Array
    ) -> None:
        """Composites a texture of the figure with its nodes moved to canvas (x, y), seen through `camera`, in place.

        texture (h, w, 4) premultiplied RGBA, `gain` (rows, columns) a factor on the brightness, `solid` (rows,
        columns) bool the nodes that the texture covers.
        """
        area = self._area(x[solid], y[solid], camera)
        if area is None:
            return
        ax, ay, bx, by = area
        cell = self.rig.cell
        columns, rows = int(np.ceil((bx - ax) / cell)) + 2, int(np.ceil((by - ay) / cell)) + 2
        place = self._source(x, y, camera, (ax, ay), (columns, rows))
        size = round(columns * cell), round(rows * cell)
        part = slice(round(cell), round(cell) + by - ay), slice(round(cell), round(cell) + bx - ax)
        # Linear: OpenCV's cubic (a = -0.75) does not reproduce straight lines and would leave ripples one cell long.
        smooth = cv2.resize(place - np.array(self.texture_at, np.float32), size, interpolation=cv2.INTER_LINEAR)[part]
        figure = cv2.remap(texture, smooth, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
        if gain is not None:
            self._shade(figure, gain, place, size, part)
        over(frame[ay:by, ax:bx], figure)

    def moved(self, point: Array, x: Array, y: Array) -> Array:
        """Where a canvas point of the rest pose lies when its nodes are moved to (x, y)."""
        where = (np.asarray(point, np.float32) - (self.rig.x0, self.rig.y0)) / self.rig.cell
        return _bilinear(np.stack([x, y], axis=-1), where.astype(np.float32)[None])[0].astype(np.float64)

    def _area(self, x: Array, y: Array, camera: Similar) -> tuple[int, int, int, int] | None:
        left, top = self.margin
        fx, fy = camera.scale * x + camera.dx - left, camera.scale * y + camera.dy - top
        ax, ay = max(0, int(fx.min()) - 2), max(0, int(fy.min()) - 2)
        bx, by = min(self.width, int(fx.max()) + 3), min(self.height, int(fy.max()) + 3)
        return (ax, ay, bx, by) if bx > ax and by > ay else None

    def _shade(
        self, figure: Array, gain: Array, place: Array, size: tuple[int, int], part: tuple[slice, slice]
    ) -> None:
        """Brightness times the gain at each point's place in the rest pose, in place; alpha stays."""
        where = (place - np.array([self.rig.x0, self.rig.y0], np.float32)) / np.float32(self.rig.cell)
        coarse = np.rint(128 * _bilinear(gain[..., None], where)[..., 0]).astype(np.uint8)
        factor = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)[part]
        same = np.full_like(factor, 128)
        cv2.multiply(figure, cv2.merge([factor, factor, factor, same]), dst=figure, scale=1 / 128)

    def _source(self, x: Array, y: Array, camera: Similar, start: tuple[int, int], count: tuple[int, int]) -> Array:
        """(rows, columns, 2) float32: rest position of the middle of every coarse cell of the output area."""
        rig, cell = self.rig, round(self.rig.cell)
        left, top = self.margin
        across = (start[0] + (np.arange(count[0]) - 0.5) * cell - 0.5 + left - camera.dx) / camera.scale
        down = (start[1] + (np.arange(count[1]) - 0.5) * cell - 0.5 + top - camera.dy) / camera.scale
        goal = np.stack(np.meshgrid(across, down), axis=-1).astype(np.float32)
        moved = np.stack([x - rig.x, y - rig.y], axis=-1).astype(np.float32)
        place = goal.copy()
        grid = np.array([rig.x0, rig.y0], np.float32)
        for _ in range(ROUNDS):
            place = goal - _bilinear(moved, (place - grid) / np.float32(rig.cell))
        return place


def _bilinear(grid: Array, where: Array) -> Array:
    """grid (h,w,n) at positions (...,2); exact, where cv2.remap would round positions to 1/32 of a cell."""
    height, width = grid.shape[:2]
    x = np.clip(where[..., 0], 0, width - 1.001)
    y = np.clip(where[..., 1], 0, height - 1.001)
    column, row = x.astype(np.int32), y.astype(np.int32)
    u, v = (x - column).astype(np.float32)[..., None], (y - row).astype(np.float32)[..., None]
    flat = grid.reshape(-1, grid.shape[2])
    corner = row * width + column
    upper = flat[corner] * (1 - u) + flat[corner + 1] * u
    lower = flat[corner + width] * (1 - u) + flat[corner + width + 1] * u
    return upper * (1 - v) + lower * v


def over(frame: Pixels, layer: Array) -> None:
    """Premultiplied RGBA over RGB, in place."""
    clear = cv2.cvtColor(255 - layer[..., 3], cv2.COLOR_GRAY2RGB)
    under = cv2.multiply(frame, clear, scale=1 / 255)
    frame[...] = cv2.add(under, cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB))
