"""What is behind the person: studio walls, rooms, clutter, signs and, where the user has them, HDRI panoramas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.train.parser.look import NOISE, hsv, linear, sample

Array = NDArray[Any]
f32 = np.float32


@dataclass(frozen=True)
class Panorama:
    """radiance (h,2h,3) linear float32 of a mean of about 0.5, and its diffuse light by direction (32,64,3)."""

    radiance: Array
    diffuse: Array

    def light(self, normals: Array, turn: float) -> Array:
        """Diffuse light (n,3) on surfaces that face `normals` (n,3) (x right, y up, z to the camera)."""
        rows, columns = self.diffuse.shape[:2]
        azimuth = np.arctan2(normals[:, 0], normals[:, 2]) / (2 * np.pi) + turn
        x = (azimuth * columns).astype(int) % columns
        y = np.clip(np.arccos(np.clip(normals[:, 1], -1, 1)) / np.pi * rows, 0, rows - 1).astype(int)
        result: Array = self.diffuse[y, x]
        return result


def panoramas(folder: Path | None) -> list[Panorama]:
    """All equirectangular .hdr pictures of a folder (Blender's CC0 studio lights, converted from .exr)."""
    found = []
    for path in sorted(folder.glob("*.hdr")) if folder else []:
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if picture is not None:
            radiance = np.ascontiguousarray(picture[:, :, ::-1]).astype(f32)
            found.append(Panorama(*_prepared(radiance)))
    return found


def _prepared(radiance: Array) -> tuple[Array, Array]:
    radiance = radiance * f32(0.5 / max(1e-6, float(np.median(radiance.mean(2)))))
    radiance = np.minimum(radiance, 30)
    small = cv2.resize(radiance, (64, 32), interpolation=cv2.INTER_AREA)
    rows, columns = small.shape[:2]
    polar = (np.arange(rows) + 0.5) / rows * np.pi
    turn = (np.arange(columns) + 0.5) / columns * 2 * np.pi
    way = np.stack(
        [
            np.sin(polar)[:, None] * np.sin(turn),
            np.repeat(np.cos(polar)[:, None], columns, 1),
            np.sin(polar)[:, None] * np.cos(turn),
        ],
        -1,
    ).reshape(-1, 3)
    weight = np.clip(way @ way.T, 0, None) * np.repeat(np.sin(polar), columns)
    diffuse = (weight @ small.reshape(-1, 3)) / weight.sum(1, keepdims=True)
    return radiance, diffuse.reshape(rows, columns, 3).astype(f32)


def backdrop(rng: Generator, height: int, width: int, world: tuple[Panorama, float] | None) -> Array:
    """Linear light (h,w,3) float32."""
    if world is not None:
        return _crop(rng, height, width, *world)
    k = rng.random()
    if k < 0.42:
        return _studio(rng, height, width)
    if k < 0.68:
        return linear(_room(rng, height, width))
    return linear(_clutter(rng, height, width))


def _crop(rng: Generator, height: int, width: int, world: Panorama, turn: float) -> Array:
    """A window of the panorama behind the person, out of focus as in portraits, signs at times."""
    rows, columns = world.radiance.shape[:2]
    tall = rows * rng.uniform(0.3, 0.62)
    wide = tall * width / height
    x0, y0 = (turn + 0.5) * columns - wide / 2, rows * rng.uniform(0.36, 0.56) - tall / 2
    matrix = np.array([[wide / width, 0, x0 % columns], [0, tall / height, y0]], f32)
    doubled = np.concatenate([world.radiance, world.radiance], 1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = cv2.warpAffine(doubled, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    view = np.clip(view * rng.uniform(0.4, 1.3), 0, 4)
    if rng.random() < 0.5:
        view = cv2.GaussianBlur(view, (0, 0), rng.uniform(0.5, height / 60))
    if rng.random() < 0.3:
        srgb = np.power(np.clip(view, 0, 1), 1 / 2.2)
        view = linear(_signs(rng, srgb, int(rng.integers(1, 3))))
    return view.astype(f32)


def _coordinates(height: int, width: int) -> tuple[Array, Array]:
    ys, xs = np.mgrid[0:height, 0:width].astype(f32)
    return ys / height, xs / width


def _studio(rng: Generator, height: int, width: int) -> Array:
    """A sweep of white, grey or coloured paper with falling light and at times a floor line."""
    ys, xs = _coordinates(height, width)
    k = rng.random()
    if k < 0.4:
        colour = np.ones(3) * rng.uniform(0.85, 1.0)
    elif k < 0.75:
        colour = np.ones(3) * rng.uniform(0.3, 0.95) + rng.normal(0, 0.03, 3)
    else:
        colour = hsv(rng.random(), rng.uniform(0.05, 0.6), rng.uniform(0.2, 0.98))
    wall = np.ones((height, width, 3), f32) * linear(np.clip(colour, 0, 1))
    centre = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.7)
    wall *= 1 - rng.uniform(0, 0.5) * np.hypot(xs - centre[0], ys - centre[1])[..., None] ** 2
    if rng.random() < 0.35:
        wall *= np.where(ys > rng.uniform(0.72, 0.97), rng.uniform(0.75, 1.1), 1)[..., None]
    return wall.astype(f32)


def _colour(rng: Generator) -> tuple[int, ...]:
    """Any colour, 0..255; one in four is the colour of skin, to be told from skin by its shape."""
    if rng.random() < 0.25:
        return tuple(int(c * 255) for c in np.clip(np.array([0.85, 0.65, 0.52]) * rng.uniform(0.4, 1.1), 0, 1))
    return tuple(int(c * 255) for c in hsv(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.05, 1)))


def _room(rng: Generator, height: int, width: int) -> Array:
    """Wall, floor, skirting board, door or window, shelves, a plant, pictures and signs: sRGB 0..1."""
    image = np.zeros((height, width, 3), np.uint8)
    floor = int(height * rng.uniform(0.6, 0.95))
    image[:] = _colour(rng) if rng.random() < 0.5 else np.full(3, rng.uniform(120, 250))
    image[floor:] = _colour(rng)
    cv2.rectangle(image, (0, floor - int(height * 0.02)), (width, floor), _colour(rng), -1)
    for _ in range(int(rng.integers(0, 4))):  # doors, windows, wardrobes, pictures
        w, h = int(width * rng.uniform(0.1, 0.5)), int(height * rng.uniform(0.15, 0.8))
        x, y = (
            int(rng.uniform(-0.2, 1) * width),
            floor - h - int(rng.uniform(0, 0.5) * (floor - h) * (rng.random() < 0.6)),
        )
        cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), -1)
        cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), int(rng.integers(1, 10)))
        if rng.random() < 0.5:
            cv2.line(image, (x + w // 2, y), (x + w // 2, y + h), _colour(rng), int(rng.integers(1, 6)))
    for _ in range(int(rng.integers(0, 3))):  # tables, sofas
        w, h = int(width * rng.uniform(0.15, 0.6)), int(height * rng.uniform(0.05, 0.25))
        x = int(rng.uniform(-0.2, 1) * width)
        cv2.rectangle(image, (x, floor - h // 2), (x + w, floor + h // 2), _colour(rng), -1)
    if rng.random() < 0.35:  # leaves
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0.3, 0.9) * height)
        green = tuple(int(c * 255) for c in hsv(rng.uniform(0.2, 0.42), rng.uniform(0.3, 0.8), rng.uniform(0.15, 0.6)))
        for _ in range(int(rng.integers(10, 60))):
            p = int(x + rng.normal(0, width * 0.1)), int(y + rng.normal(0, height * 0.08))
            cv2.ellipse(
                image, p, (int(rng.uniform(4, 22)), int(rng.uniform(2, 8))), rng.uniform(0, 180), 0, 360, green, -1
            )
    result = _finished(rng, image.astype(f32) / 255)
    if rng.random() < 0.45:
        result = _signs(rng, result, int(rng.integers(1, 4)))
    return result


def _signs(rng: Generator, image: Array, count: int) -> Array:
    """Words and logos on the wall (h,w,3) sRGB 0..1."""
    height, width = image.shape[:2]
    canvas = np.ascontiguousarray(np.clip(image, 0, 1) * 255).astype(np.uint8)
    for _ in range(count):
        letters = "".join(chr(int(c)) for c in rng.integers(65, 91, int(rng.integers(2, 9))))
        size, thick = rng.uniform(0.5, 4.0), int(rng.integers(1, 14))
        place = int(rng.uniform(-0.2, 0.8) * width), int(rng.uniform(0.05, 0.9) * height)
        cv2.putText(canvas, letters, place, int(rng.integers(0, 4)), size, _colour(rng), thick, cv2.LINE_AA)
    return canvas.astype(f32) / 255


def _clutter(rng: Generator, height: int, width: int) -> Array:
    """Random shapes of all sizes, blurred by chance: sRGB 0..1."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = _colour(rng)
    spread = rng.uniform(0.05, 0.7)
    for _ in range(int(rng.integers(3, 40))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        dx, dy = rng.normal(0, spread, 2) * (width, height)
        k, colour = rng.random(), _colour(rng)
        if k < 0.5:
            cv2.rectangle(image, (x, y), (int(x + dx), int(y + dy)), colour, -1)
        elif k < 0.7:
            cv2.ellipse(
                image, (x, y), (int(abs(dx) / 2) + 2, int(abs(dy) / 2) + 2), rng.uniform(0, 180), 0, 360, colour, -1
            )
        elif k < 0.9:
            cv2.line(
                image,
                (x, y),
                (int(rng.uniform(0, width)), int(rng.uniform(0, height))),
                colour,
                int(rng.integers(1, 25)),
            )
        else:
            corners = np.stack([x + rng.normal(0, spread * width, 5), y + rng.normal(0, spread * height, 5)], 1)
            cv2.fillPoly(image, [corners.astype(np.int32)], colour)
    return _finished(rng, image.astype(f32) / 255)


def _finished(rng: Generator, image: Array) -> Array:
    """Texture, blur and uneven light on a painted backdrop."""
    height, width = image.shape[:2]
    ys, xs = _coordinates(height, width)
    for _ in range(int(rng.integers(0, 4))):
        fx, fy = rng.uniform(0.2, 2, 2)
        plane = sample(NOISE[int(rng.integers(4))], xs * fx + rng.random(), ys * fy + rng.random())
        image = image * (1 + rng.uniform(0.03, 0.25) * plane[..., None] * (1 + rng.normal(0, 0.2, 3)))
    if rng.random() < 0.7:
        image = cv2.GaussianBlur(image.astype(f32), (0, 0), rng.uniform(0.5, height / 50))
    image = image * (1 - rng.uniform(0, 0.6) * np.hypot(xs - rng.random(), ys - rng.random())[..., None])
    return np.clip(image, 0, 1).astype(f32)
