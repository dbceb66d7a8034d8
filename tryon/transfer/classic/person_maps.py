"""VITON's description of a person without clothes, with TensorFlow 1's ways of resizing pictures.

Those have no half-pixel centres: pixel i of n comes from i * n_before / n, whatever later versions do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.types import Floats, Pixels

WIDTH, HEIGHT = 192, 256
SKIN = (1, 2, 4, 13)  # hat, hair, sunglasses, face, in LIP's classes
JOINT = 5  # px around a key point
BODY = (16, 12)  # rows, columns of the body's blurred shape


@dataclass(frozen=True, eq=False)
class PersonMaps:
    """(256, 192, c) float32; pictures in -1..1."""

    image: Floats  # 3: the photo
    garment: Floats  # 3
    body: Floats  # 1: where the body is, roughly
    head: Floats  # 3: hair and face as they are, 0 elsewhere
    pose: Floats  # 18: a square per joint

    @property
    def representation(self) -> Floats:
        """(256, 192, 25): what stage 1 sees."""
        return np.concatenate([self.garment, self.body, self.head, self.pose], axis=-1)


def person_maps(photo: Pixels, garment: Pixels, lip: NDArray[np.uint8], keypoints: NDArray[Any]) -> PersonMaps:
    """lip: (h, w) LIP classes of the photo; keypoints: (18, 2) px of the photo, negative where not found."""
    head = np.isin(lip, SKIN).astype(np.float32)[..., None]
    body = (lip != 0).astype(np.float32)[..., None] - head
    image = _signed(photo)
    return PersonMaps(
        image=image,
        garment=_signed(garment),
        body=bilinear(by_area(body, *BODY), HEIGHT, WIDTH),
        head=bilinear(head, HEIGHT, WIDTH) * image,
        pose=pose_maps(keypoints, photo.shape[0], photo.shape[1]),
    )


def square_labels(raw: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """LIP labels as the parser left them, a square into which the photo was padded, -> (height, width)."""
    side = max(height, width)
    rows, columns = (((np.arange(side) + 0.5) * length / side).astype(int) for length in raw.shape)
    return raw[rows][:, columns][:height, :width]


def pose_maps(keypoints: NDArray[Any], height: int, width: int) -> Floats:
    """(256, 192, 18): an 11 x 11 square around every joint. Squares end at the photo's border, counted in its own
    pixels, not at that of the maps: the networks were trained on that."""
    maps = np.zeros((HEIGHT, WIDTH, len(keypoints)), np.float32)
    points = np.asarray(keypoints, np.float32) * np.array([WIDTH / width, HEIGHT / height], np.float32)
    for index, (x, y) in enumerate(points.astype(int)):
        if x >= 0:
            rows = slice(max(y - JOINT, 0), min(y + JOINT, height - 1) + 1)
            maps[rows, max(x - JOINT, 0) : min(x + JOINT, width - 1) + 1, index] = 1
    return maps


def bilinear(picture: Floats, height: int, width: int) -> Floats:
    """(h, w, c) resized as TensorFlow 1 does it without aligned corners."""
    (top, bottom, down), (left, right, across) = (
        _between(before, after) for before, after in zip(picture.shape[:2], (height, width), strict=True)
    )
    down, across = down[:, None, None], across[None, :, None]
    above = picture[top][:, left] + (picture[top][:, right] - picture[top][:, left]) * across
    below = picture[bottom][:, left] + (picture[bottom][:, right] - picture[bottom][:, left]) * across
    result: Floats = above + (below - above) * down
    return result


def by_area(picture: Floats, height: int, width: int) -> Floats:
    """(h, w, c) as means over the area that each new pixel covers."""
    rows, columns = _shares(picture.shape[0], height), _shares(picture.shape[1], width)
    return np.einsum("ai,ijc,bj->abc", rows, picture, columns).astype(np.float32)


def stretched(picture: Floats) -> NDArray[np.uint8]:
    """Any range -> 0..255, the least value black and the largest white: how upstream hands stage 1's pictures on."""
    low, high = float(picture.min()), float(picture.max())
    return ((picture - low) * (255.0 / ((high - low) or 1.0)) + 0.5).clip(0, 255).astype(np.uint8)


def _signed(pixels: Pixels) -> Floats:
    return (bilinear(pixels.astype(np.float32) * np.float32(1 / 255), HEIGHT, WIDTH) - 0.5) * 2


def _between(before: int, after: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """The two old pixels between which each new one lies, and the share of the second."""
    place = np.arange(after, dtype=np.float32) * np.float32(before / after)
    first = np.floor(place).astype(np.int64)
    return first, np.minimum(first + 1, before - 1), (place - first).astype(np.float32)


def _shares(before: int, after: int) -> NDArray[np.float64]:
    """(after, before): how much of each new pixel each old one makes."""
    edges = np.arange(after + 1) * (before / after)
    index = np.arange(before)
    share = np.minimum(edges[1:, None], index + 1) - np.maximum(edges[:-1, None], index)
    share = np.clip(share, 0, None)
    result: NDArray[np.float64] = share / share.sum(axis=1, keepdims=True)
    return result
