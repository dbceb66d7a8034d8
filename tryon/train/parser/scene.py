"""One training picture from one seed: a dressed person before a camera, and the truth about every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.train.parser.assets import Assets
from tryon.train.parser.augment import Sample
from tryon.train.parser.backdrop import Panorama, backdrop, panoramas
from tryon.train.parser.body import BodyModel
from tryon.train.parser.clothes import split_suits
from tryon.train.parser.extras import carry_bag, sit_on, wear_hair, wear_on_head
from tryon.train.parser.layers import Dressing, Layer
from tryon.train.parser.look import Palette, noise, skin_tone
from tryon.train.parser.outfit import Suits, dress_person, wear_shoes
from tryon.train.parser.pose import random_pose, rotation
from tryon.train.parser.raster import draw, interpolate, normals
from tryon.train.parser.shade import Surface, colours, lit, shadowed
from tryon.types import LABEL

Array = NDArray[Any]
f32 = np.float32
DEPTH_ZERO, DEPTH_SPAN = 0.6, 7.0  # depth = 0.6 - distance behind the middle of the chest in dm / 7


@dataclass(frozen=True)
class Studio:
    """What all scenes share."""

    body: BodyModel
    suits: Suits
    worlds: list[Panorama]


def studio(assets: Assets, hdri: Path | None = None) -> Studio:
    body = BodyModel(assets)
    return Studio(body, Suits(*split_suits(body)), panoramas(hdri))


@dataclass(frozen=True)
class Camera:
    """turn (3,3), centre (3,): view = turn @ (p - centre). distance dm, scale px/dm, middle x, y in dm."""

    turn: Array
    centre: Array
    distance: float
    scale: float
    middle: tuple[float, float]
    height: int
    width: int

    def see(self, points: Array) -> Array:
        """(n,3) in the camera's frame: x right, y up, z to the camera, dm."""
        result: Array = (points - self.centre) @ self.turn.T
        return result

    def project(self, view: Array) -> Array:
        """Camera frame (n,3) -> x, y px and distance (n,3)."""
        away = self.distance - view[:, 2]
        k = self.distance / away * self.scale
        x = (view[:, 0] - self.middle[0]) * k + self.width / 2
        y = self.height / 2 - (view[:, 1] - self.middle[1]) * k
        return np.stack([x, y, away], 1).astype(f32)


@dataclass(frozen=True)
class Drawn:
    """The stacked geometry of all layers and what the rasteriser found."""

    view: Array  # (n,3) camera frame
    screen: Array  # (n,3)
    faces: Array  # (t,3)
    layer: Array  # (t,) layer of a triangle
    first: Array  # (layers+1,) first vertex of a layer
    keep: Array
    alpha: Array
    nearest: Array  # (h,w)
    triangle: Array  # (h,w)
    strands: Array
    level: float


@dataclass(frozen=True)
class Wanted:
    """A pose that is asked for instead of drawn: degrees that the body is turned away from the camera, and sitting."""

    yaw: float
    seated: bool = False


def render(place: Studio, seed: int, height: int = 512, width: int = 384, wanted: Wanted | None = None) -> Sample:
    """The picture of a seed. One in twenty-five shows no person, unless a pose is wanted."""
    rng = np.random.default_rng(seed)
    world = None
    if place.worlds and rng.random() < 0.33:
        world = (place.worlds[int(rng.integers(len(place.worlds)))], float(rng.random()))
    behind = backdrop(rng, height, width, world)
    if rng.random() < 0.04 and wanted is None:
        return _nobody(rng, behind)
    dressing = _person(place, rng, wanted)
    camera = _camera(dressing, rng, height, width, wanted)
    drawn = _draw(dressing, camera, rng)
    tone = skin_tone(rng)
    seen = np.power(np.clip(np.median(behind.reshape(-1, 3), 0), 0, 1), 1 / 2.2)
    surface = _surface(dressing, drawn, camera)
    facing = surface.normal.copy()  # shading bends the normals by folds that the geometry does not have
    colours(rng, dressing, surface, Palette(tone, seen.astype(f32)), drawn.strands)
    light = lit(rng, surface, drawn.nearest, world, camera.turn)
    colour = shadowed(rng, surface, light, drawn.view, drawn.faces, drawn.keep, drawn.alpha, drawn.strands, drawn.level)
    image = _compose(rng, behind, surface, colour)
    return _truth(dressing, camera, drawn, surface, image, facing)


def _nobody(rng: Generator, behind: Array) -> Sample:
    image = _developed(rng, behind)
    empty = np.zeros(image.shape[:2], np.uint8)
    return Sample(
        image=image, labels=empty, parts=empty, depth=empty, points=np.full((18, 2), -1e4, f32),
        normals=np.zeros_like(image),
    )  # fmt: skip


def _person(place: Studio, rng: Generator, wanted: Wanted | None) -> Dressing:
    body = place.body
    figure = body.shape(rng)
    posed = random_pose(body, figure.points, rng, None if wanted is None else wanted.seated)
    d = Dressing(body, figure, posed, rng)
    dress_person(d, place.suits)
    wear_shoes(d)
    skin_ids = body.skin.ids
    d.from_base(body.skin, figure.points[skin_ids], -d.covered[skin_ids], "skin", 0)
    d.from_fitted(body.assets.eyes, "eye", LABEL["face"], faces=body.eye_faces)
    brows = body.assets.eyebrows[str(rng.choice(list(body.assets.eyebrows)))]
    d.from_fitted(brows, "brow", LABEL["face"])
    wear_hair(d)
    wear_on_head(d)
    if rng.random() < 0.18:
        carry_bag(d)
    if d.posed.seated:
        sit_on(d)
    return d


def _camera(d: Dressing, rng: Generator, height: int, width: int, wanted: Wanted | None) -> Camera:
    """Frontal to three-quarter most of the time; head to toe, to the knees, the hips, or the head cut off."""
    yaw = np.clip(rng.normal(0, 19), -60, 60) if rng.random() < 0.91 else rng.uniform(-180, 180)
    yaw = yaw if wanted is None else wanted.yaw
    pitch = rng.normal(1.5, 4) if rng.random() < 0.9 else rng.normal(6, 9)
    roll = rotation((0, 0, 1), rng.normal(0, 1.5) * np.pi / 180)
    turn = roll @ rotation((1, 0, 0), pitch * np.pi / 180) @ rotation((0, 1, 0), float(yaw) * np.pi / 180)
    centre = d.joint("spine03")
    view = (np.concatenate([layer.points for layer in d.layers if layer.label]) - centre) @ turn.T

    def level(*bones: str) -> float:
        return float(np.mean([(d.joint(b) - centre) @ turn[1] for b in bones]))

    top, chin = float(view[:, 1].max()), level("head") - 0.1
    knee, hip = level("lowerleg01.L", "lowerleg01.R"), level("upperleg01.L", "upperleg01.R")
    ankle = min(level("foot.L"), level("foot.R")) - 1
    air, k = rng.uniform(0.15, 1.6), rng.random()
    if k < 0.42:
        high, low = top + air, ankle - rng.uniform(0, 1.5)
    elif k < 0.60:
        high, low = top + air, knee + rng.uniform(-1, 1.8)
    elif k < 0.90:
        high, low = top + air, hip + rng.uniform(-2.2, 0.9)
    elif k < 0.945:
        high, low = top + air, chin - rng.uniform(1.5, 4)
    else:
        high, low = chin + rng.uniform(-0.2, 1.4), float(rng.choice([hip + rng.uniform(-2, 0.5), ankle - 0.5]))
    low = min(low, high - 4)
    scale = height / (high - low)
    span = float(view[:, 0].max() - view[:, 0].min())
    if span * scale > width * 1.25 and rng.random() < 0.85:
        scale = width * 1.1 / span
    middle = rng.normal(0, 0.35) + float(view[:, 0].mean()) * 0.5, (high + low) / 2
    return Camera(turn, centre, float(rng.uniform(22, 70)), scale, middle, height, width)


def _draw(d: Dressing, camera: Camera, rng: Generator) -> Drawn:
    layers = d.layers
    first = np.cumsum([0] + [len(layer.points) for layer in layers])
    faces = np.concatenate([layer.faces + start for layer, start in zip(layers, first[:-1], strict=True)]).astype(
        np.int32
    )
    owner = np.concatenate([np.full(len(layer.faces), i, np.int32) for i, layer in enumerate(layers)])
    keep = np.concatenate([layer.keep for layer in layers]).astype(f32)
    hair = np.array([layer.kind == "hair" for layer in layers])
    alpha = hair[owner].astype(np.int8)
    view = camera.see(np.concatenate([layer.points for layer in layers])).astype(f32)
    screen = camera.project(view)
    strands, level = noise(rng, 256, 0.7, 2.0, 0.25), float(rng.uniform(-3.0, -0.5))
    nearest = np.full((camera.height, camera.width), 1e9, f32)
    triangle = np.full((camera.height, camera.width), -1, np.int32)
    uv = np.concatenate([layer.uv for layer in layers]).astype(f32)
    draw(screen, faces, keep, alpha, uv, strands, f32(level), nearest, triangle)
    return Drawn(view, screen, faces, owner, first, keep, alpha, nearest, triangle, strands, level)


def _surface(d: Dressing, drawn: Drawn, camera: Camera) -> Surface:
    """Everything that shading needs at the visible pixels."""
    layers = d.layers

    def stacked(name: str) -> Array:
        return np.concatenate(
            [np.asarray(getattr(layer, name), f32).reshape(len(layer.points), -1) for layer in layers]
        )

    ids = np.concatenate([layer.ids for layer in layers])
    facing = normals(np.concatenate([layer.points for layer in layers]).astype(f32), drawn.faces) @ camera.turn.T
    grown = np.stack([d.body.scalp[ids], d.body.jaw[ids]], 1)
    table = np.concatenate([facing, stacked("uv"), stacked("gu"), stacked("gv"), stacked("rest"), drawn.view, grown], 1)
    ys, xs = np.nonzero(drawn.triangle >= 0)
    values = np.empty((len(ys), table.shape[1]), f32)
    interpolate(drawn.screen, drawn.faces, drawn.triangle, ys, xs, np.ascontiguousarray(table, f32), values)
    normal = values[:, :3]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    normal[normal[:, 2] < 0] *= -1
    triangle = drawn.triangle[ys, xs]
    corner = drawn.faces[triangle, 0]
    return Surface(
        ys=ys, xs=xs, normal=normal, uv=values[:, 3:5], gu=values[:, 5], gv=values[:, 6], rest=values[:, 7:10],
        place=values[:, 10:13], scalp=values[:, 13], jaw=values[:, 14], layer=drawn.layer[triangle], vertex=ids[corner],
    )  # fmt: skip


def _compose(rng: Generator, behind: Array, s: Surface, colour: Array) -> Array:
    """The lit person on the backdrop, with a soft shadow behind: uint8 sRGB."""
    height, width = behind.shape[:2]
    if rng.random() < 0.6:
        mask = np.zeros((height, width), f32)
        mask[s.ys, s.xs] = 1
        shade = cv2.GaussianBlur(mask, (0, 0), rng.uniform(3, height / 20))
        shift = int(rng.integers(-5, height // 30)), int(rng.integers(-(width // 12), width // 12))
        behind = behind * (1 - np.roll(shade, shift, (0, 1)) * rng.uniform(0.05, 0.5))[..., None]
    image = behind.copy()
    image[s.ys, s.xs] = colour
    return _developed(rng, image)


def _developed(rng: Generator, image: Array) -> Array:
    image = np.clip(image, 0, None)
    if rng.random() < 0.5:
        image = image / (1 + image * rng.uniform(0, 0.35))
    return np.clip(np.power(np.clip(image, 0, 1), 1 / 2.2) * 255, 0, 255).astype(np.uint8)


def _truth(d: Dressing, camera: Camera, drawn: Drawn, s: Surface, image: Array, facing: Array) -> Sample:
    labels = np.zeros(image.shape[:2], np.uint8)
    labels[s.ys, s.xs] = s.label
    points = camera.project(camera.see(_joints(d)))[:, :2]
    if points[[8, 11], 1].mean() > 1.02 * camera.height:
        # Cut off above the hips, nobody can tell a dress from a top: then it is a top.
        labels[np.isin(labels, (LABEL["dress"], LABEL["jumpsuit"]))] = LABEL["upper"]
    depth = np.zeros_like(labels)
    value = np.clip((DEPTH_ZERO + s.place[:, 2] / DEPTH_SPAN) * 255, 1, 255)
    depth[s.ys, s.xs] = np.where(s.label > 0, value, 0)
    normal = np.zeros_like(image)
    normal[s.ys, s.xs] = np.where(s.label[:, None] > 0, np.clip(facing * 127.5 + 127.5, 1, 255), 0)
    parts = _parts(d, drawn, labels)
    return Sample(image=image, labels=labels, parts=parts, depth=depth, points=points, normals=normal)


def _parts(d: Dressing, drawn: Drawn, labels: Array) -> Array:
    """DensePose parts (h,w): the naked body seen through clothes and hair, as DensePose draws it."""
    index = next(i for i, layer in enumerate(d.layers) if layer.kind == "skin")
    layer: Layer = d.layers[index]
    screen = np.ascontiguousarray(drawn.screen[drawn.first[index] : drawn.first[index + 1]])
    nearest = np.full(labels.shape, 1e9, f32)
    triangle = np.full(labels.shape, -1, np.int32)
    whole, opaque = np.ones(len(screen), f32), np.zeros(len(layer.faces), np.int8)
    draw(screen, layer.faces, whole, opaque, layer.uv.astype(f32), drawn.strands, f32(0), nearest, triangle)
    part = d.body.part[layer.ids[layer.faces[np.maximum(triangle, 0)][..., 0]]]
    return np.where((triangle >= 0) & (labels > 0), part, 0).astype(np.uint8)


def _joints(d: Dressing) -> Array:
    """(18,3) in OpenPose order."""
    eyes = next(layer for layer in d.layers if layer.kind == "eye").points
    left = eyes[eyes[:, 0] > np.median(eyes[:, 0])].mean(0)
    right = eyes[eyes[:, 0] < np.median(eyes[:, 0])].mean(0)
    ears = {side: d.on_skin(d.body.ear[side]) for side in "LR"}
    if np.linalg.norm(left - ears["L"]) > np.linalg.norm(right - ears["L"]):
        left, right = right, left
    points = [d.on_skin(d.body.nose), (d.joint("upperarm01.L") + d.joint("upperarm01.R")) / 2]
    for side in "RL":
        points += [d.joint(f"{bone}.{side}") for bone in ("upperarm01", "lowerarm01", "wrist")]
    for side in "RL":
        points += [d.joint(f"{bone}.{side}") for bone in ("upperleg01", "lowerleg01", "foot")]
    return np.stack([*points, right, left, ears["R"], ears["L"]])
