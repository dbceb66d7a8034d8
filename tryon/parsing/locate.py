"""Where the person is: a first look at the whole photo, and what else it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.network import Network, View

Array = NDArray[Any]

MARGIN = 1.14  # the training renders leave about this much air around the person
SMALLEST = 0.006  # share of the photo that a person must fill


@dataclass(frozen=True, kw_only=True)
class Found:
    """The main person's view in photo pixels, and how many people of a comparable size there are."""

    view: View
    count: int


def windows(width: int, height: int, aspect: float) -> Iterator[View]:
    """Views that cover the photo: all of it, and for wide or tall photos a row of overlapping ones."""
    whole = View(x=0, y=0, width=width, height=height)
    yield whole.with_aspect(aspect)
    if width > 1.25 * aspect * height:
        step = aspect * height
        count = min(6, int(np.ceil(width / step * 1.6)))
        for i in range(count):
            yield View(x=(width - step) * i / (count - 1), y=0, width=step, height=height)
    elif height > 1.6 * width / aspect:
        step = width / aspect
        count = min(4, int(np.ceil(height / step * 1.6)))
        for i in range(count):
            yield View(x=0, y=(height - step) * i / (count - 1), width=width, height=step)


def foreground(network: Network, pixels: Array, grid: tuple[int, int]) -> Array:
    """Probability (h,w) float32 that a pixel of the photo, shrunk to `grid` = (h, w), shows a person."""
    height, width = pixels.shape[:2]
    total = np.zeros(grid, np.float32)
    for view in windows(width, height, network.aspect):
        maps = network.look(pixels, view, mirror=False)
        person = 1 - maps.labels[0]
        kx, ky = person.shape[1] / maps.view.width, person.shape[0] / maps.view.height
        fx, fy = width / grid[1], height / grid[0]
        offset_x = (0.5 * fx - maps.view.x) * kx - 0.5
        offset_y = (0.5 * fy - maps.view.y) * ky - 0.5
        matrix = np.array([[fx * kx, 0, offset_x], [0, fy * ky, offset_y]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(person, matrix, (grid[1], grid[0]), flags=flags, borderValue=0)
        total = np.maximum(total, seen)
    return total


def find_person(network: Network, pixels: Array) -> Found | None:
    """The largest person of the photo (h,w,3) uint8, or None."""
    height, width = pixels.shape[:2]
    scale = 160 / max(height, width)
    grid = (max(8, round(height * scale)), max(8, round(width * scale)))
    mask = (foreground(network, pixels, grid) > 0.5).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 1:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    main = int(areas.argmax())
    if areas[main] < SMALLEST * mask.size:
        return None
    left, top, right, bottom = _union(stats[1:], main)
    people = 1 + sum(
        1 for i, area in enumerate(areas) if i != main and area > 0.3 * areas[main] and _tall(stats[1 + i])
    )
    fx, fy = width / grid[1], height / grid[0]
    tight = View(x=left * fx, y=top * fy, width=(right - left) * fx, height=(bottom - top) * fy)
    view = tight.scaled(MARGIN).with_aspect(network.aspect)
    return Found(view=inside(view, width, height), count=people)


def _tall(stats: Array) -> bool:
    """Shaped like a standing person rather than like a table."""
    return bool(stats[cv2.CC_STAT_HEIGHT] > 1.1 * stats[cv2.CC_STAT_WIDTH])


def _union(stats: Array, main: int) -> tuple[int, int, int, int]:
    """Box left, top, right, bottom of the main part and of the smaller ones that lie in its column.

    A belt or a bright sock can cut a figure in two; a neighbour stands beside it.
    """
    x, y, w, h = (int(v) for v in stats[main, :4])
    left, top, right, bottom = x, y, x + w, y + h
    for i, (sx, sy, sw, sh, area) in enumerate(stats):
        centre = sx + sw / 2
        near = sy < y + 1.3 * h and sy + sh > y - 0.3 * h
        if i != main and area > 0.01 * stats[main, 4] and x - 0.1 * w < centre < x + 1.1 * w and near:
            left, top = min(left, int(sx)), min(top, int(sy))
            right, bottom = max(right, int(sx + sw)), max(bottom, int(sy + sh))
    return left, top, right, bottom


def inside(view: View, width: int, height: int) -> View:
    """The view moved to lie inside the photo where it fits, centred where it is larger than the photo."""

    def settle(start: float, size: float, limit: float) -> float:
        return (limit - size) / 2 if size >= limit else float(np.clip(start, 0, limit - size))

    return View(
        x=settle(view.x, view.width, width),
        y=settle(view.y, view.height, height),
        width=view.width,
        height=view.height,
    )
