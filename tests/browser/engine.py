"""A catalogue of small real backends for tests of the page: quick, exact, and a film that waits at a gate.

The parser knows the drawn figure of tests/drawing.py and lays it over any photo; a photo that is mostly green
has nobody in it. The dresser paints the mask in the garment's mean colour, step by step. The film moves the
picture sideways, so that every frame differs from the one before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import cv2
import numpy as np

from tests.browser.live import Gate
from tests.drawing import draw_person, draw_tshirt
from tryon.catalog import Catalog, Entry
from tryon.errors import NoGarment, NoPerson
from tryon.events import Event, FrameReady, Preview, Progress
from tryon.spec import ParserSpec, Runtime, TransferSpec, VideoSpec
from tryon.types import Category, ClipFitting, Dressed, Fitting, Garment, Person, Photo, Scene

PLAIN = {"family": "test", "licence": "Apache-2.0", "commercial": True, "source": "tests/browser/engine.py"}
BIG = {**PLAIN, "licence": "CC-BY-NC-4.0", "commercial": False, "extra": "gpu", "gpu_gib": 24.0, "rank": 200}


def parse(photo: Photo) -> Person:
    """The drawn figure, laid over the photo."""
    if _green(photo):
        raise NoPerson()
    return replace(draw_person(photo.width, photo.height), photo=photo)


def cut(photo: Photo, category: Category | None = None) -> Garment:
    """The drawn T-shirt, laid over the photo."""
    if _green(photo):
        raise NoGarment(where="garment")
    garment = draw_tshirt()
    across, down = photo.width / garment.photo.width, photo.height / garment.photo.height
    return replace(
        garment,
        photo=photo,
        cutout=cv2.resize(garment.cutout, (photo.width, photo.height)),
        landmarks={name: (x * across, y * down) for name, (x, y) in garment.landmarks.items()},
        category=category or garment.category,
    )


def _green(photo: Photo) -> bool:
    red, green, blue = photo.pixels.reshape(-1, 3).mean(0)
    return bool(green > 1.5 * max(red, blue))


def patient(gate: Gate | None) -> Callable[[Photo], Person]:
    """The parser, which waits while the gate lets less than nothing through."""

    def look(photo: Photo) -> Person:
        while gate is not None and not gate.allows(-1):
            time.sleep(0.05)
        return parse(photo)

    return look


class Painter:
    """Transfer: the mask in the garment's mean colour."""

    def __init__(self, steps: int = 6) -> None:
        self._steps = steps

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        garment = fitting.garments[0]
        colour = garment.photo.pixels[garment.cutout > 128].mean(0)
        photo = fitting.person.photo.pixels
        alpha = fitting.mask if fitting.mask is not None else fitting.person.outline
        shaded = photo.mean(2, keepdims=True) / 255 * 0.6 + 0.6
        painted = np.clip(shaded * colour, 0, 255)
        for step in range(1, self._steps + 1):
            share = step / self._steps * (alpha[..., None].astype(np.float32) / 255)
            pixels = (photo * (1 - share) + painted * share).astype(np.uint8)
            yield Preview("transfer", pixels)
            yield Progress("transfer", step / self._steps)
        return Dressed(pixels=pixels, alpha=alpha)

    def dress_clip(self, task: ClipFitting) -> Iterator[Event | Dressed]:
        for frame in task.footage.clip.frames:
            person = replace(task.still.person, photo=Photo(frame))
            yield (yield from self(replace(task.still, person=person)))


class Mover:
    """Video: the picture sways sideways. Every frame waits at the gate, and a Stop is heard there."""

    def __init__(self, gate: Gate | None) -> None:
        self._gate = gate

    def __call__(self, scene: Scene) -> Iterator[Event]:
        look = scene.look.photo.pixels
        scale = max(scene.width / look.shape[1], scene.height / look.shape[0]) * 1.06
        for index in range(scene.frames):
            sway = np.sin(2 * np.pi * index / scene.frames) * 0.02 * scene.width
            dx = (scene.width - look.shape[1] * scale) / 2 + sway
            dy = (scene.height - look.shape[0] * scale) / 2
            move = np.array([[scale, 0, dx], [0, scale, dy]], np.float32)
            size = (scene.width, scene.height)
            frame = cv2.warpAffine(look, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            while self._gate is not None and not self._gate.allows(index):
                yield Progress("video", index / scene.frames)
                time.sleep(0.05)
            yield FrameReady(index, scene.frames, frame)


def small_catalog(gate: Gate | None = None) -> Catalog:
    """Two parsers, a dresser and a mover, and of each of the last two one that no test machine can run."""
    parser = ParserSpec(name="drawn", title="Drawn figure", about="Knows one figure.", **PLAIN)
    garment = ParserSpec(name="shirt", title="Drawn shirt", about="Knows one shirt.", kind="garment", **PLAIN)
    painter = TransferSpec(
        name="paint",
        title="Painter",
        about="Paints the area in the garment's colour.",
        max_side=768,
        clips=True,
        rank=1,
        **PLAIN,
    )
    mover = VideoSpec(
        name="sway",
        title="Sway",
        about="Moves the picture from side to side.",
        any_size=True,
        loops=True,
        rank=1,
        seconds=1.5,
        **PLAIN,
    )
    big = TransferSpec(name="big-paint", title="Big painter", about="Needs a card.", **BIG)
    bigger = VideoSpec(name="big-film", title="Big film", about="Needs a card.", **BIG)
    entries = (
        Entry(parser, lambda runtime: patient(gate)),
        Entry(garment, lambda runtime: cut),
        Entry(painter, lambda runtime: Painter()),
        Entry(mover, lambda runtime: Mover(gate)),
        Entry(big, _never),
        Entry(bigger, _never),
    )
    return Catalog(entries)


def _never(_runtime: Runtime) -> Painter:
    raise AssertionError("a model that cannot run here was loaded")
