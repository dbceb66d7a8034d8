"""Colour and light of the visible surface: procedural albedo, a few lamps or a panorama, shadows, ambient occlusion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.train.parser.backdrop import Panorama
from tryon.train.parser.layers import Dressing, Layer
from tryon.train.parser.look import FOLDS, NOISE, Palette, cloth, hair_tone, hsv, linear, sample
from tryon.train.parser.pose import unit
from tryon.train.parser.raster import draw
from tryon.types import LABEL

Array = NDArray[Any]
f32 = np.float32


@dataclass
class Surface:
    """The visible pixels, (n,) or (n,k) each: place in the picture, geometry, and what shading finds out."""

    ys: Array
    xs: Array
    normal: Array
    uv: Array
    gu: Array
    gv: Array
    rest: Array
    place: Array
    scalp: Array
    jaw: Array
    layer: Array
    vertex: Array  # nearest base vertex
    albedo: Array = field(init=False)  # linear light
    label: Array = field(init=False)
    shine: Array = field(init=False)
    gloss: Array = field(init=False)
    soft: Array = field(init=False)  # 1 where light goes under the surface: skin

    def __post_init__(self) -> None:
        n = len(self.ys)
        self.albedo, self.label = np.zeros((n, 3), f32), np.zeros(n, np.uint8)
        self.shine, self.gloss, self.soft = np.zeros(n, f32), np.full(n, 20.0, f32), np.zeros(n, f32)


def colours(rng: Generator, d: Dressing, s: Surface, palette: Palette, strands: Array) -> None:
    """Albedo, label and finish of every pixel, in place."""
    hair = hair_tone(rng)
    gloves = hsv(rng.random(), rng.uniform(0, 0.8), rng.uniform(0.03, 0.8)) if rng.random() < 0.04 else None
    for i, layer in enumerate(d.layers):
        m = np.flatnonzero(s.layer == i)
        if not len(m):
            continue
        if layer.kind == "skin":
            _skin(rng, d, s, m, palette.skin, hair, gloves)
        elif layer.kind == "eye":
            texture = sample(d.body.assets.eye_texture, s.uv[m, 0], 1 - s.uv[m, 1]).astype(f32) / 255
            s.albedo[m] = linear(texture) * rng.uniform(0.6, 1)
            s.label[m], s.shine[m], s.gloss[m] = LABEL["face"], 0.4, 60
        elif layer.kind == "brow":
            s.albedo[m], s.label[m] = linear(hair * 0.7), LABEL["face"]
        elif layer.kind == "hair":
            _hair(rng, s, m, hair, strands)
        elif layer.label == LABEL["hair"]:
            s.albedo[m] = linear(hair * (1 + 0.2 * sample(NOISE[0], s.gu[m], s.gv[m] * 0.1))[..., None])
            s.label[m], s.shine[m] = LABEL["hair"], 0.1
        else:
            _cloth(layer, s, m, palette)
    s.normal /= np.linalg.norm(s.normal, axis=1, keepdims=True) + 1e-9


def _skin(rng: Generator, d: Dressing, s: Surface, m: Array, tone: Array, hair: Array, gloves: Array | None) -> None:
    assets, (u, v) = d.body.assets, (s.uv[m, 0], s.uv[m, 1])
    colour = np.tile(tone, (len(m), 1))
    colour *= (1 + 0.035 * sample(NOISE[2], u * 3, v * 3) + 0.02 * sample(NOISE[0], u * 9, v * 9))[:, None]
    colour[:, 1:] *= (1 - 0.03 * sample(NOISE[3], u * 2, v * 2))[:, None]

    def mask(name: str) -> Array:
        return sample(assets.masks[name], u, 1 - v).astype(f32)[:, None] / 255

    lips = tone * np.array([0.85, 0.58, 0.6], f32)
    if rng.random() < 0.4:
        lips = hsv(rng.uniform(0.93, 1.02), rng.uniform(0.4, 0.8), rng.uniform(0.35, 0.8))
    colour += (lips - colour) * mask("lips") * 0.85
    colour *= 1 - mask("eyelids") * rng.uniform(0.1, 0.5)
    if rng.random() < 0.3:
        colour += (hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.9)) - colour) * mask("fingernails")
    if d.figure.male > 0.5 and rng.random() < 0.5:  # stubble to beard
        grown = np.clip(s.jaw[m] * (1 + 0.5 * sample(NOISE[0], u * 8, v * 8)), 0, 1)[:, None] * rng.uniform(0.2, 0.95)
        colour += (hair * 0.8 - colour) * grown
    label = d.body.label[s.vertex[m]]
    cropped = s.scalp[m] > 0.5
    cover = np.clip(s.scalp[m] * (1 + 0.4 * sample(NOISE[0], u * 8, v * 8)), 0, 1)[:, None]
    shaved = any(layer.kind == "hair" for layer in d.layers) or rng.random() < 0.6
    if shaved:
        colour += (hair - colour) * cover * rng.uniform(0.6, 1)
        label = np.where(cropped & (label == LABEL["face"]), LABEL["hair"], label)
    if gloves is not None:
        hands = np.isin(label, (LABEL["left_hand"], LABEL["right_hand"]))
        colour[hands] = gloves
        label = np.where(hands, LABEL["gloves"], label)
    s.albedo[m], s.label[m] = linear(np.clip(colour, 0, 1)), label
    s.shine[m], s.gloss[m], s.soft[m] = rng.uniform(0.02, 0.14), rng.uniform(8, 30), 1


def _hair(rng: Generator, s: Surface, m: Array, tone: Array, strands: Array) -> None:
    strand = sample(strands, s.uv[m, 0], s.uv[m, 1])
    contrast = 0.28 * (0.6 + 0.4 * float(tone.mean() > 0.15))
    s.albedo[m] = linear(np.clip(tone * (1 + contrast * strand[:, None]), 0.01, 1))
    s.label[m] = LABEL["hair"]
    s.shine[m], s.gloss[m] = rng.uniform(0.03, 0.22), rng.uniform(6, 25)
    s.normal[m, 0] += 0.25 * strand
    s.normal[m, 1] += 0.1 * strand


def _cloth(layer: Layer, s: Surface, m: Array, palette: Palette) -> None:
    """Pieces with one `look` draw the same numbers from it, so they are cut from one cloth."""
    rng = np.random.default_rng(layer.look)
    colour = cloth(rng, palette, s.gu[m], s.gv[m], s.rest[m], layer.plain)
    finish = np.random.default_rng(layer.look + 1)
    s.albedo[m] = linear(colour)
    left = s.rest[m, 0] > 0
    shoe = layer.label in (LABEL["left_shoe"], LABEL["right_shoe"]) and layer.kind == "cloth"
    s.label[m] = np.where(left, LABEL["left_shoe"], LABEL["right_shoe"]) if shoe else layer.label
    s.shine[m] = finish.uniform(0, 0.06) if finish.random() < 0.8 else finish.uniform(0.1, 0.4)
    s.gloss[m] = finish.uniform(5, 25)
    if layer.fold > 0:
        sheet, f = FOLDS[int(finish.integers(len(FOLDS)))], finish.uniform(0.06, 0.2)
        fold = sample(sheet, s.gu[m] * f + finish.random(), s.gv[m] * f * finish.uniform(0.7, 1.3) + finish.random())
        s.normal[m, 0] += fold[:, 1] * layer.fold * 0.42
        s.normal[m, 1] += fold[:, 2] * layer.fold * 0.42
        s.albedo[m] *= np.clip(1 + 0.1 * layer.fold * fold[:, :1], 0.5, 1.4)


def lit(rng: Generator, s: Surface, nearest: Array, world: tuple[Panorama, float] | None, turn: Array) -> Array:
    """Ambient light (n,3) with the creases darkened."""
    up = np.clip(s.normal[:, 1] * 0.5 + 0.5, 0, 1)[:, None]
    ambient = rng.uniform(0.25, 0.75)
    if world is not None:
        light = np.minimum(world[0].light(s.normal, world[1]), 8)
        light = light * (ambient / max(1e-3, float(light.mean()))) * 0.85 + ambient * 0.15
    else:
        light = ambient * (_tint(rng, 0.05) * up + _tint(rng, 0.05) * rng.uniform(0.4, 0.9) * (1 - up))
    height = nearest.shape[0]
    z = np.where(nearest < 1e8, nearest, nearest[s.ys, s.xs].max() + 6)
    fine = cv2.boxFilter(z, -1, (2 * (height // 60) + 1,) * 2)
    wide = cv2.boxFilter(z, -1, (2 * (height // 20) + 1,) * 2)
    crease = np.clip((z - fine) * rng.uniform(0.15, 0.6), 0, 0.6) + np.clip((z - wide) * 0.15, 0, 0.35)
    result: Array = light * (1 - np.clip(crease[s.ys, s.xs], 0, 0.75))[:, None]
    return result


def _tint(rng: Generator, spread: float) -> Array:
    return 1 + rng.normal(0, spread, 3).astype(f32)


def shadowed(
    rng: Generator, s: Surface, light: Array, view: Array, faces: Array, keep: Array, alpha: Array, strands: Array,
    level: float,
) -> Array:  # fmt: skip
    """Linear colour (n,3) under one to three lamps, the first with a shadow map."""
    shine = np.zeros(len(s.ys), f32)
    ambient = float(light.mean())
    for lamp in range(int(rng.integers(1, 4))):
        way = unit(np.array([rng.normal(0, 1), rng.uniform(-0.1, 1.3), rng.uniform(0.3, 1.6)], f32))
        power = rng.uniform(0.3, 1.0) if lamp == 0 else rng.uniform(0.05, 0.45)
        wrap = 0.25 * s.soft
        amount = np.clip((s.normal @ way + wrap) / (1 + wrap), 0, 1)
        if lamp == 0 and rng.random() < 0.7:
            hidden = _shadow(rng, s, view, faces, keep, alpha, strands, level, way)
            amount = amount * (1 - hidden * rng.uniform(0.4, 0.95))
        light = light + amount[:, None] * _tint(rng, 0.06) * power
        half = unit(way + np.array([0, 0, 1.0], f32))
        shine += np.clip(s.normal @ half, 0, 1) ** s.gloss * power * (amount > 0)
    edge = np.clip(1 - s.normal[:, 2], 0, 1)
    light = light + s.soft[:, None] * np.array([0.18, 0.05, 0.03], f32) * (ambient * 0.5 * edge)[:, None]
    colour = s.albedo * light + (s.shine * shine)[:, None]
    colour += (edge**3 * rng.uniform(0, 0.05) * ambient)[:, None]
    result: Array = colour * rng.uniform(0.75, 1.25)
    return result


def _shadow(
    rng: Generator, s: Surface, view: Array, faces: Array, keep: Array, alpha: Array, strands: Array, level: float,
    way: Array,
) -> Array:  # fmt: skip
    """Share (n,) of the lamp that is blocked, from a 320 px depth map seen from it."""
    size = 320
    first = unit(np.cross(way, [0, 1, 0.1]))
    second = np.cross(way, first)
    flat = np.stack([view @ first, view @ second], 1)
    low = flat.min(0)
    k = (size - 3) / float((flat.max(0) - low).max())
    points = np.concatenate([(flat - low) * k + 1, -(view @ way)[:, None]], 1).astype(f32)
    nearest = np.full((size, size), 1e9, f32)
    triangle = np.full((size, size), -1, np.int32)
    uv = np.zeros((len(points), 2), f32)
    draw(points, faces, keep, alpha * 0, uv, strands, f32(level), nearest, triangle)
    at = (np.stack([s.place @ first, s.place @ second], 1) - low) * k + 1
    distance = -(s.place @ way)
    spread = rng.uniform(0.5, 2.5)
    total = np.zeros(len(s.ys), f32)
    for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, -0.7)):
        x = np.clip(at[:, 0] + dx * spread, 0, size - 1).astype(int)
        y = np.clip(at[:, 1] + dy * spread, 0, size - 1).astype(int)
        total += nearest[y, x] < distance - 0.22
    result: Array = total / 7
    return result
