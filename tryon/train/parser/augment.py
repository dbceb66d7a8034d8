"""What happens to a render between the shard and the network: geometry, occluders, light, camera faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.parsing.network import KEYPOINT_FLIP, PART_FLIP, flip_table
from tryon.types import LABELS

Array = NDArray[Any]
LABEL_FLIP = np.array(flip_table(LABELS), np.uint8)
PART_SWAP = np.array(PART_FLIP, np.uint8)
POINT_SWAP = np.array(KEYPOINT_FLIP)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One picture and its truth.

    image (h,w,3) uint8 RGB, labels and parts (h,w) uint8, depth (h,w) uint8 (0 outside the person), points (18,2)
    float32 x, y in pixels of the image, any value outside it where the joint is not shown. After augment() the maps
    have half the image's size, the grid that the network answers on.

    normals (h,w,3) uint8: unit vectors x right, y up, z to the camera as 127.5 + 127.5 n, 0 outside the person; None
    in shards that do not have them.
    """

    image: Array
    labels: Array
    parts: Array
    depth: Array
    points: Array
    normals: Array | None = None


def augment(rng: Generator, sample: Sample, height: int, width: int, backdrop: Array | None) -> Sample:
    """A random view of the sample at the network's size; `backdrop` (any size) fills what lies outside."""
    moved = _move(rng, sample, height, width, backdrop)
    image, covered = _occlude(rng, moved.image, height)
    hidden = cv2.resize(covered, (width // 2, height // 2), interpolation=cv2.INTER_AREA) > 0
    labels, parts = np.where(hidden, 0, moved.labels), np.where(hidden, 0, moved.parts)
    depth = np.where(hidden, 0, moved.depth)
    return Sample(image=photograph(rng, image), labels=labels, parts=parts, depth=depth, points=moved.points)


def _scale(rng: Generator) -> float:
    """Size of the render relative to the network's picture: mostly filling it, sometimes a distant person."""
    if rng.random() < 0.18:
        return float(rng.uniform(0.35, 0.85))
    return float(np.exp(rng.normal(0.0, 0.15)))


def _move(rng: Generator, sample: Sample, height: int, width: int, backdrop: Array | None) -> Sample:
    rows, columns = sample.labels.shape
    scale = _scale(rng)
    zoom = scale * height / rows
    angle = rng.normal(0, 5) if rng.random() < 0.97 else rng.normal(0, 25)
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, zoom)
    matrix[0, 0:2] *= np.exp(rng.normal(0, 0.05))  # photos get squeezed on their way to a web shop
    matrix[:, 2] = (width / 2, height / 2) - matrix[:, :2] @ (columns / 2, rows / 2)
    slack = max(0.0, 1 - scale) * 0.5
    matrix[:, 2] += rng.normal(0, 0.03, 2) * (width, height) + rng.uniform(-slack, slack, 2) * (width, height)
    mirror = rng.random() < 0.5
    if mirror:
        matrix = np.array([[-1, 0, width - 1], [0, 1, 0]]) @ np.vstack([matrix, [0, 0, 1]])
    spread = backdrop is None or (scale > 0.8 and rng.random() < 0.8)
    border = cv2.BORDER_REPLICATE if spread else cv2.BORDER_CONSTANT

    def warp(plane: Array, flags: int) -> Array:
        warped: Array = cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=border)
        return warped

    image = warp(sample.image, cv2.INTER_AREA if zoom < 0.6 else cv2.INTER_LINEAR)
    if not spread and backdrop is not None:
        inside = warp(np.full(sample.labels.shape, 255, np.uint8), cv2.INTER_NEAREST) > 0
        image = np.where(inside[..., None], image, cv2.resize(backdrop, (width, height)))
    halved = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25]]) @ np.vstack([matrix, [0, 0, 1]])
    labels, parts, depth = (
        cv2.warpAffine(plane, halved, (width // 2, height // 2), flags=cv2.INTER_NEAREST, borderMode=border)
        for plane in (sample.labels, sample.parts, sample.depth)
    )
    points = sample.points @ matrix[:, :2].T + matrix[:, 2]
    if mirror:
        labels, parts, points = LABEL_FLIP[labels], PART_SWAP[parts], points[POINT_SWAP]
    return Sample(image=image, labels=labels, parts=parts, depth=depth, points=points.astype(np.float32))


def _occlude(rng: Generator, image: Array, height: int) -> tuple[Array, Array]:
    """At times a shape that belongs to nobody in front of everything; returns the picture and where it is (1)."""
    hidden = np.zeros(image.shape[:2], np.uint8)
    if rng.random() > 0.25:
        return image, hidden
    unit = height / 192
    centre = int(rng.uniform(0, image.shape[1])), int(rng.uniform(0, image.shape[0]))
    axes = int(rng.uniform(3, 26) * unit), int(rng.uniform(3, 26) * unit)
    if rng.random() < 0.6:
        cv2.ellipse(hidden, centre, axes, rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        cv2.rectangle(hidden, centre, (centre[0] + axes[0] * 2, centre[1] + axes[1] * 2), 1, -1)
    image = image.copy()
    count = int(hidden.sum())
    colour = rng.uniform(0, 255, 3) + rng.normal(0, rng.uniform(0, 25), (count, 1))
    image[hidden > 0] = np.clip(colour, 0, 255).astype(np.uint8)
    return image, hidden


def photograph(rng: Generator, image: Array) -> Array:
    """Exposure, white balance, uneven light, blur, sharpening, noise and JPEG: (h,w,3) uint8 in and out."""
    x = image.astype(np.float32)
    if rng.random() < 0.8:
        x = (x - 128) * np.float32(np.exp(rng.normal(0, 0.22))) + np.float32(128 + rng.normal(0, 18))
    if rng.random() < 0.7:
        x *= np.exp(rng.normal(0, 0.07, 3)).astype(np.float32)
    if rng.random() < 0.6:
        grey = x.mean(axis=2, keepdims=True)
        x = grey + (x - grey) * np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.05:
        x = np.repeat(x.mean(axis=2, keepdims=True), 3, axis=2)
    x = np.clip(x, 0, 255)
    if rng.random() < 0.4:
        x = _gamma(float(np.exp(rng.normal(0, 0.25))))[x.astype(np.uint8)].astype(np.float32)
    if rng.random() < 0.3:
        light = rng.normal(0, 1, (4, 3)).astype(np.float32)
        light = cv2.resize(light, (x.shape[1], x.shape[0]), interpolation=cv2.INTER_CUBIC)
        x = x * (1 + 0.12 * light[..., None])
    unit = x.shape[0] / 192
    if rng.random() < 0.35:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.3, 1.2) * unit)
    elif rng.random() < 0.3:
        x = x + (x - cv2.GaussianBlur(x, (0, 0), 1.0)) * np.float32(rng.uniform(0.3, 1.2))
    if rng.random() < 0.45:
        x = x + rng.standard_normal(x.shape, dtype=np.float32) * np.float32(rng.uniform(1, 9))
    result: Array = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        packed = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(25, 90))])[1]
        result = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(result)


def _gamma(power: float) -> Array:
    table: Array = (255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    return table


def bump(height: int) -> float:
    """Spread of a joint's bump, in cells of the heat map, for pictures of that height."""
    return 1.0 + 0.45 * height / 256


def heat_maps(points: Array, height: int, width: int) -> Array:
    """Points (18,2) in network pixels -> (18,height/4,width/4) float32 bumps of 1 at the joints."""
    sigma = bump(height)
    ys, xs = np.mgrid[0 : height // 4, 0 : width // 4].astype(np.float32)
    maps = np.zeros((len(points), height // 4, width // 4), np.float32)
    for i, (x, y) in enumerate(points):
        if -2 < x < width + 2 and -2 < y < height + 2:
            maps[i] = np.exp(-((xs - (x - 1.5) / 4) ** 2 + (ys - (y - 1.5) / 4) ** 2) / (2 * sigma**2))
    return maps
