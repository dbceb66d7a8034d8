"""The catalogue's video backends on their tiny twins: small rules, drawn scenes, runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from shutil import copyfile
from typing import Any
from zlib import crc32

import cv2
import numpy as np

from tests.drawing import draw_person, draw_tshirt
from tests.tiny.video.hub import REPOSITORIES, write_repository
from tryon.catalog import Entry, build_catalog
from tryon.events import Event, FrameReady
from tryon.runtime.film import frame_counts, own_fps
from tryon.spec import Runtime, VideoSpec, Weights
from tryon.types import Clip, Footage, Look, MemoryPlan, Person, Photo, Scene
from tryon.video.diffusion.running import film_with
from tryon.weights.hub import chosen

BACKENDS = tuple(entry for entry in build_catalog().of("video") if entry.spec.weights)


# Those that run a pipeline of diffusers.
PIPELINES = tuple(e for e in BACKENDS if getattr(sys.modules[e.load.__module__], "film_with", None) is film_with)


def kind(entry: Entry) -> tuple[object, ...]:
    """What a backend's code and networks are: variants that differ in numbers only have the same."""
    make = REPOSITORIES[entry.spec.weights[0].repo][0]
    return entry.load.__module__, getattr(make, "func", make)


def named(entry: Entry) -> str:
    return entry.spec.name


# The first of each kind, in the order of the menus.
FAMILIES = tuple({kind(entry): entry for entry in reversed(BACKENDS)}.values())[::-1]
# Frames that come in more than one piece where the model's two shortest films do not.
LONG = {"HunyuanVideo": 21, "Stable Video Diffusion": 8, "DynamiCrafter": 4, "VideoCrafter": 4, "open-sora-2-draft": 36}


def native(spec: VideoSpec) -> tuple[int, int]:
    """What the tiny twin of a model with fixed sizes was made for."""
    return (128, 128) if spec.stride >= 128 else (48, 32)


def small(spec: VideoSpec) -> VideoSpec:
    """The spec with its rules kept and everything else as small as they allow."""
    counts = frame_counts(spec)
    long = LONG.get(spec.name, LONG.get(spec.family))
    least = (long,) if long else tuple(counts[:1] if spec.frame_rule[0] > 20 else counts[:2])
    return replace(
        spec,
        native=(native(spec),) if spec.native else (),
        max_area=0,
        frames=(least[0], least[-1]),
        steps=spec.steps if spec.steps[0] == spec.steps[1] else (2, 4, 2),
    )


def size(spec: VideoSpec) -> tuple[int, int]:
    """Width and height of a small film, by the spec's stride."""
    if spec.native:
        return native(spec)
    return (64, 64) if spec.stride >= 64 else (2 * spec.stride, 3 * spec.stride)


@cache
def look(tint: int = 0) -> Look:
    """A drawn person in a T-shirt, textured so that every autoencoder has something to encode; another `tint`, another
    picture."""
    person = draw_person(96, 128)
    noise = np.random.default_rng(tint).integers(-40, 41, (16, 12, 3)).astype(np.float32)
    drawn = person.photo.pixels + cv2.resize(noise, (96, 128), interpolation=cv2.INTER_CUBIC)
    person = _with(person, np.clip(drawn, 0, 255).astype(np.uint8))
    return Look(
        photo=person.photo, person=person, before=person.photo, mask=None, garments=(draw_tshirt(),), category="top"
    )


def _with(person: Person, pixels: np.ndarray) -> Person:
    return replace(person, photo=Photo(pixels))


@cache
def clip() -> Footage:
    """A clip of the drawn person, who moves to the right."""
    person = look().person
    frames = np.stack([np.roll(person.photo.pixels, 2 * index, axis=1) for index in range(6)])
    return Footage(clip=Clip(frames, 30.0), at=(0, 5), people=(person, person), key=0)


def scene(spec: VideoSpec, **changes: Any) -> Scene:
    """A film of the longest small length, at the model's own rate."""
    width, height = size(spec)
    fps = own_fps(spec, spec.fps[2])
    values: dict[str, Any] = {
        "look": look(), "prompt": "turns to the left", "width": width, "height": height, "frames": spec.frames[1],
        "fps": fps, "seed": 7, "steps": spec.steps[2], "guidance": spec.guidance[2],
        "driving": clip() if "driving" in spec.reads else None,
    }  # fmt: skip
    return Scene(**{**values, **changes})


def opened(entry: Entry, root: Path, plan: MemoryPlan | None = None) -> Any:
    """The backend loaded by the product, from repositories laid out in `root`; written where they are not yet."""
    for weights in entry.spec.weights:
        fetch(weights, root)
    assert isinstance(entry.spec, VideoSpec)
    return entry.load(Runtime(spec=small(entry.spec), weights=root, memory=plan or MemoryPlan()))


def fetch(weights: Weights, root: Path) -> None:
    """Puts what the product would download of a repository into `root`, once: backends that share a repository may
    fetch different files of it, and what a test takes away afterwards stays away."""
    whole, folder = root / "whole" / weights.repo, root / weights.repo
    done = whole.with_name(f"{whole.name}.{crc32(repr(weights.files).encode())}")
    by_the_test = folder.is_dir() and not whole.is_dir()
    if done.exists() or by_the_test:
        return
    if not whole.is_dir():
        write_repository(weights.repo, whole)
    names = [str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file()]
    for name in chosen(names, weights.files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copyfile(whole / name, folder / name)
    done.touch()


@dataclass
class Take:
    """What a run gave."""

    events: list[Event] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def film(self) -> np.ndarray:
        """(f, h, w, 3)"""
        return np.stack([event.frame for event in self.of(FrameReady)])


def shot(events: Iterator[Event]) -> Take:
    return Take(list(events))
