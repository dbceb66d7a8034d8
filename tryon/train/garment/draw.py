"""Catalogue pictures of random garments: cloth, folds, light and ground around an outline from shapes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.train.garment.shapes import MARKS, Piece, Shape, random_shape
from tryon.train.parser.augment import photograph
from tryon.train.parser.look import NOISE, Palette, cloth, cloth_colour, hsv, noise, sample

Array = NDArray[Any]
FINE = 3  # how much finer than the picture its outlines are painted
DM = 2.3  # decimetres in half the width of a chest
ABSENT = -100.0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """image (h,w,3) uint8 RGB; cover (h,w) float32 0..1 of the garment; points (len(MARKS),2) px, ABSENT if none."""

    image: Array
    cover: Array
    points: Array


def draw(rng: Generator, height: int, width: int) -> Drawn:
    """A random garment, filling most of the picture as a crop around its cut-out does."""
    shape = random_shape(rng)
    matrix = _placed(rng, shape, height, width)
    ground = _ground(rng, height, width)
    image, cover = _painted(rng, shape, matrix, ground)
    points = np.full((len(MARKS), 2), ABSENT, np.float32)
    for name, at in shape.marks.items():
        points[MARKS.index(name)] = matrix[:, :2] @ at + matrix[:, 2]
    return Drawn(image=photograph(rng, image), cover=cover, points=points)


def _placed(rng: Generator, shape: Shape, height: int, width: int) -> Array:
    """The affine map from the outline's lengths to pixels."""
    spots = np.concatenate([piece.outline for piece in shape.pieces])
    angle = np.radians(rng.normal(0, 3) if rng.random() < 0.85 else rng.normal(0, 15))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * (1.0, rng.normal(1, 0.03))
    turned = spots @ turn.T
    low, high = turned.min(0), turned.max(0)
    scale = rng.uniform(0.72, 0.97) / max((high[0] - low[0]) / width, (high[1] - low[1]) / height)
    slack = np.array([width, height]) - scale * (high - low)
    shift = slack * (0.5 + np.clip(rng.normal(0, 0.12, 2), -0.5, 0.5)) - scale * low
    return np.concatenate([scale * turn, shift[:, None]], 1)


def _ground(rng: Generator, height: int, width: int) -> Array:
    """Mostly a light, even paper; at times a colour, light that falls off, or a surface with a pattern."""
    k = rng.random()
    colour = np.full(3, rng.uniform(0.9, 1.0), np.float32)
    if k < 0.25:
        colour = hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.7, 0.97))
    elif k < 0.4:
        colour = hsv(rng.random(), rng.uniform(0, 0.6), rng.uniform(0.1, 0.9))
    plane = np.tile(colour, (height, width, 1)).astype(np.float32)
    if rng.random() < 0.5:
        light = cv2.resize(
            rng.normal(0, 0.04, (3, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        plane *= 1 + light[..., None]
    if rng.random() < 0.1:
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        grain = sample(NOISE[int(rng.integers(0, 3))], (xs * 0.03).ravel(), (ys * rng.uniform(0.005, 0.03)).ravel())
        plane *= 1 + rng.uniform(0.02, 0.2) * grain.reshape(height, width, 1)
    return plane


def _mask(outline: Array, matrix: Array, height: int, width: int) -> Array:
    """(height,width) float32 share of each pixel inside the polygon."""
    spots = (outline @ matrix[:, :2].T + matrix[:, 2]) * FINE
    fine = np.zeros((height * FINE, width * FINE), np.uint8)
    cv2.fillPoly(fine, [np.round(spots * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _painted(rng: Generator, shape: Shape, matrix: Array, ground: Array) -> tuple[Array, Array]:
    height, width = ground.shape[:2]
    masks = [_mask(piece.outline, matrix, height, width) for piece in shape.pieces]
    cover = 1 - np.prod([1 - mask for mask in masks], axis=0)
    palette = Palette(skin=np.array([0.8, 0.6, 0.5], np.float32), background=ground[0, 0])
    front = _cloth(rng, palette, matrix, height, width)
    back = np.tile(
        cloth_colour(rng, palette) if rng.random() < 0.25 else front[height // 2, width // 2], (height, width, 1)
    )
    image = _shadowed(rng, ground, cover)
    contrast = rng.uniform(0.02, 0.22)
    for piece, mask in zip(shape.pieces, masks, strict=True):
        image = _over(rng, image, back if piece.bare else front, piece, mask, contrast)
    image = _seams(rng, image, shape, matrix)
    if rng.random() < 0.4:
        image = _label(rng, image, shape, matrix)
    return (np.clip(image, 0, 1) * 255).astype(np.uint8), cover.astype(np.float32)


def _cloth(rng: Generator, palette: Palette, matrix: Array, height: int, width: int) -> Array:
    """(h,w,3) the cloth as if it covered the whole picture, bent a little by its folds."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    back = np.linalg.inv(matrix[:, :2])
    flat = (np.stack([xs.ravel(), ys.ravel()], 1) - matrix[:, 2]) @ back.T
    u, v = DM * flat[:, 0], 5.5 - DM * flat[:, 1]
    bent = rng.uniform(0, 0.15)
    u, v = u + bent * sample(NOISE[2], u * 0.1, v * 0.1), v + bent * sample(NOISE[2], v * 0.1, u * 0.1)
    rest = np.stack([u, v, np.ones_like(u)], 1)
    return cloth(rng, palette, u, v, rest, plain=rng.random() < 0.35).reshape(height, width, 3)


def _over(rng: Generator, image: Array, colour: Array, piece: Piece, mask: Array, contrast: float) -> Array:
    """The piece painted over the picture, with folds of its own and an edge that turns away from the light."""
    height, width = mask.shape
    size = 64
    folds = noise(rng, size, rng.uniform(1.2, 2.2), rng.uniform(0.4, 2.5), rng.uniform(0.4, 2.5))
    shade = cv2.resize(folds.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    near = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1.5, 4.0))
    light = piece.shade * (1 + contrast * shade) * (1 - contrast * np.clip(2 - 2 * near, 0, 1))
    lit = colour * light[..., None] + max(0.0, contrast - 0.1) * 0.3 * np.clip(shade, 0, 3)[..., None]
    around = cv2.GaussianBlur(mask, (0, 0), 2.0)[..., None] * contrast  # what it lies on gets a soft shadow
    return image * (1 - mask[..., None]) * (1 - around) + lit * mask[..., None]


def _shadowed(rng: Generator, ground: Array, cover: Array) -> Array:
    if rng.random() < 0.5:
        return ground
    dx, dy = rng.uniform(-6, 6), rng.uniform(-1, 8)
    moved = cv2.warpAffine(cover, np.array([[1, 0, dx], [0, 1, dy]]), cover.shape[::-1])
    return ground * (1 - rng.uniform(0.05, 0.4) * cv2.GaussianBlur(moved, (0, 0), rng.uniform(1, 7)))[..., None]


def _seams(rng: Generator, image: Array, shape: Shape, matrix: Array) -> Array:
    height, width = image.shape[:2]
    lines = np.zeros((height * FINE, width * FINE), np.uint8)
    for seam in shape.seams:
        spots = (seam @ matrix[:, :2].T + matrix[:, 2]) * FINE
        cv2.polylines(
            lines, [np.round(spots * 16).astype(np.int32)], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA, 4
        )
    dark = cv2.resize(lines, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return image * (1 - rng.uniform(-0.3, 0.7) * dark[..., None])


def _label(rng: Generator, image: Array, shape: Shape, matrix: Array) -> Array:
    """The maker's label in the neck or at the waistband."""
    x, y = matrix[:, :2] @ (0.0, rng.uniform(0.03, 0.2)) + matrix[:, 2]
    w, h = rng.uniform(2, 7), rng.uniform(1, 4)
    image = image.copy()
    image[max(0, int(y)) : int(y + h) + 1, max(0, int(x - w)) : int(x + w) + 1] = rng.uniform(0, 1)
    return image
