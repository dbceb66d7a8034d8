"""Colours, cloth patterns, folds and skin: everything procedural, nothing photographed."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[Any]
f32 = np.float32

SKIN_TONES = np.array(
    [(0.96, 0.82, 0.75), (0.92, 0.74, 0.64), (0.87, 0.67, 0.54), (0.76, 0.55, 0.41), (0.60, 0.40, 0.28),
     (0.44, 0.28, 0.19), (0.29, 0.18, 0.13)], f32,
)  # fmt: skip
HAIR_TONES = np.array(
    [(0.05, 0.04, 0.035), (0.13, 0.09, 0.06), (0.28, 0.18, 0.11), (0.45, 0.31, 0.19), (0.72, 0.56, 0.36),
     (0.42, 0.17, 0.08), (0.6, 0.58, 0.56)], f32,
)  # fmt: skip


@dataclass(frozen=True)
class Palette:
    """Colours (sRGB 0..1) of one scene that cloth may come close to: skin and background."""

    skin: Array
    background: Array


def noise(rng: Generator, size: int, power: float, sx: float = 1.0, sy: float = 1.0) -> Array:
    """Tileable noise (size,size) of unit spread whose spectrum falls with frequency to the `power`."""
    fx = np.fft.fftfreq(size)[None, :] * size * sx
    fy = np.fft.fftfreq(size)[:, None] * size * sy
    radius = np.sqrt(fx * fx + fy * fy)
    radius[0, 0] = 1e9
    plane = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) / radius**power).real
    plane -= plane.mean()
    result: Array = (plane / plane.std()).astype(f32)
    return result


def _folds(rng: Generator, sx: float, sy: float, ridged: bool) -> Array:
    """Height and two slopes (512,512,3) of a sheet in folds."""
    height = noise(rng, 512, 2.3, sx, sy) + 0.25 * noise(rng, 512, 2.0, sx, sy)
    if ridged:
        height = cv2.GaussianBlur(-np.abs(height) * 1.6, (0, 0), 3) + 0.25 * noise(rng, 512, 2.2)
    height = height / height.std()
    dx, dy = np.roll(height, -1, 1) - np.roll(height, 1, 1), np.roll(height, -1, 0) - np.roll(height, 1, 0)
    slope = np.sqrt((dx**2 + dy**2).mean())
    return np.stack([height, dx / slope, dy / slope], -1).astype(f32)


_RNG = np.random.default_rng(7)  # textures are the same in every run; scenes draw where and how they use them
NOISE = [noise(_RNG, 512, power) for power in (0.6, 1.0, 1.4, 1.8)]
FOLDS = [
    _folds(_RNG, sx, sy, ridged)
    for sx, sy, ridged in (
        (1, 1, False),
        (1, 1, True),
        (0.5, 1.4, True),
        (1.4, 0.5, True),
        (0.5, 1.4, False),
        (1.5, 0.4, False),
    )
]


def sample(texture: Array, u: Array, v: Array) -> Array:
    """Nearest texel of a tiling texture at u, v in tiles."""
    size = texture.shape[0]
    result: Array = texture[(v * size).astype(np.int64) % size, (u * size).astype(np.int64) % size]
    return result


def linear(colour: Array) -> Array:
    """sRGB 0..1 to linear light (plain 2.2 gamma)."""
    result: Array = np.power(np.clip(np.asarray(colour, f32), 0, None), 2.2)
    return result


def hsv(h: float, s: float, v: float) -> Array:
    return np.array(colorsys.hsv_to_rgb(h % 1, s, v), f32)


def skin_tone(rng: Generator) -> Array:
    t = float(np.clip(rng.choice([rng.uniform(0, 2.5), rng.uniform(0, 6)]), 0, 5.99))
    i = int(t)
    tone = SKIN_TONES[i] * (1 - t + i) + SKIN_TONES[i + 1] * (t - i)
    return np.clip(tone * (1 + rng.normal(0, 0.04, 3)), 0.05, 1).astype(f32)


def hair_tone(rng: Generator) -> Array:
    if rng.random() < 0.04:  # dyed
        return hsv(rng.random(), rng.uniform(0.3, 0.8), rng.uniform(0.4, 0.95))
    tone = HAIR_TONES[rng.choice(7, p=[0.27, 0.22, 0.16, 0.1, 0.14, 0.05, 0.06])]
    return np.clip(tone * rng.uniform(0.7, 1.25), 0, 0.95).astype(f32)


def cloth_colour(rng: Generator, palette: Palette) -> Array:
    """White, black, grey, denim and beige as often as in a wardrobe; at times close to skin or background."""
    r = rng.uniform
    k = rng.random()
    if k < 0.07:
        return np.clip(palette.skin * r(0.85, 1.12) + rng.normal(0, 0.02, 3), 0.01, 0.98).astype(f32)
    if k < 0.15:
        return np.clip(palette.background * r(0.88, 1.1) + rng.normal(0, 0.02, 3), 0.01, 0.98).astype(f32)
    if k < 0.30:
        return hsv(rng.random(), r(0, 0.06), r(0.85, 0.98))
    if k < 0.44:
        return hsv(rng.random(), r(0, 0.3), r(0.02, 0.15))
    if k < 0.53:
        return hsv(rng.random(), r(0, 0.1), r(0.25, 0.75))
    if k < 0.64:
        return hsv(r(0.57, 0.66), r(0.3, 0.8), r(0.12, 0.6))
    if k < 0.73:
        return hsv(r(0.04, 0.13), r(0.1, 0.5), r(0.4, 0.9))
    return hsv(rng.random(), r(0.25, 0.95), r(0.25, 0.95))


def cloth(rng: Generator, palette: Palette, gu: Array, gv: Array, rest: Array, plain: bool) -> Array:
    """sRGB colour (n,3) at cloth coordinates (n,) in dm and rest positions (n,3)."""
    first = cloth_colour(rng, palette)
    colour = np.tile(first, (len(gu), 1)).astype(f32)
    if plain:
        return colour
    _pattern(rng, palette, colour, gu, gv)
    if rng.random() < 0.12:  # placket and buttons
        middle = (np.abs(rest[:, 0]) < 0.05) & (rest[:, 2] > 0.1)
        colour[middle] *= 0.75
        buttons = (np.abs(rest[:, 0]) < 0.045) & (rest[:, 2] > 0.1) & (rest[:, 1] * 1.3 % 1 < 0.09)
        colour[buttons] = cloth_colour(rng, palette)
    if rng.random() < 0.15:  # seam or stitched hem band at some height
        colour[np.abs(rest[:, 1] - rng.uniform(-6, 5)) < rng.uniform(0.02, 0.12)] *= rng.uniform(0.5, 1.3)
    if rng.random() < 0.22:
        _print(rng, palette, colour, rest)
    if rng.random() < 0.5:
        colour *= (1 + rng.uniform(0, 0.08) * sample(NOISE[0], gu * 1.7, gv * 1.7))[:, None]
    if rng.random() < 0.12:  # knit
        colour *= np.clip(0.75 + 0.25 * np.sin(gv * rng.uniform(20, 60)), 0, 1)[:, None]
    return np.clip(colour, 0.004, 0.98)


def _pattern(rng: Generator, palette: Palette, colour: Array, gu: Array, gv: Array) -> None:
    """Stripes, checks, dots, animal prints, flowers, washes, in place."""
    second, r = cloth_colour(rng, palette), rng.uniform
    k = rng.random()
    if k < 0.38:
        return
    if k < 0.48:
        colour[(gv * r(0.6, 6) + rng.random()) % 1 < r(0.15, 0.8)] = second
    elif k < 0.54:
        colour[(gu * r(0.8, 8) + rng.random()) % 1 < r(0.1, 0.6)] = second
    elif k < 0.63:
        f, d = r(0.5, 4), r(0.2, 0.6)
        amount = (((gv * f) % 1 < d).astype(f32) + ((gu * f) % 1 < d).astype(f32))[:, None] / 2
        colour += (second - colour) * amount
        if rng.random() < 0.4:
            colour[(gv * f + 0.5) % 1 < 0.08] = cloth_colour(rng, palette)
    elif k < 0.68:
        f = r(0.8, 5)
        colour[((gu * f) % 1 - 0.5) ** 2 + ((gv * f) % 1 - 0.5) ** 2 < r(0.02, 0.12)] = second
    elif k < 0.76:  # animal print: two hard colours in wandering stripes or spots
        f, stretch = r(0.1, 0.5), r(0.4, 2.5)
        plane = sample(NOISE[3], gu * f * stretch + rng.random(), gv * f + rng.random())
        wild = np.sin(plane * r(4, 12)) if rng.random() < 0.6 else plane
        colour[wild > r(-0.3, 0.4)] = second
    elif k < 0.87:  # flowers and camouflage
        f = r(0.08, 0.6)
        plane = sample(NOISE[int(rng.integers(1, 4))], gu * f + rng.random(), gv * f + rng.random())
        for _ in range(int(rng.integers(1, 4))):
            colour[plane > r(-0.5, 1.3)] = cloth_colour(rng, palette)
    elif k < 0.92:  # fading from one colour to another down the cloth
        amount = np.clip((gv - r(-5, 4)) / r(0.5, 6) + 0.5, 0, 1)[:, None]
        colour += (second - colour) * amount
    else:
        wash = sample(NOISE[int(rng.integers(1, 4))], gu * 0.3, gv * 0.3)[:, None]
        colour *= np.clip(1 + 0.25 * wash, 0, 2)


def _print(rng: Generator, palette: Palette, colour: Array, rest: Array) -> None:
    """A picture or lines of text on the chest, in place."""
    x, y, front = rest[:, 0], rest[:, 1], rest[:, 2] > 0.2
    cx, cy, w, h = rng.uniform(-0.4, 0.4), rng.uniform(3.2, 4.6), rng.uniform(0.3, 1.1), rng.uniform(0.15, 1.0)
    inside = (np.abs(x - cx) < w) & (np.abs(y - cy) < h) & front
    k = rng.random()
    if k < 0.3:
        inside &= ((x - cx) / w) ** 2 + ((y - cy) / h) ** 2 < 1
    elif k < 0.75:
        letters = sample(NOISE[0], x * 0.11 / w + rng.random(), np.floor((y - cy) / (h * 0.5)) * 0.37 + y * 0.01)
        inside &= (letters > 0) & ((y - cy) / h * rng.integers(1, 4) % 1 < 0.7)
    else:
        inside &= sample(NOISE[2], x * 0.3 + rng.random(), y * 0.3 + rng.random()) > rng.uniform(-0.6, 0.6)
    colour[inside] = cloth_colour(rng, palette)
