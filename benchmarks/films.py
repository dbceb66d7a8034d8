"""The films of benchmarks/quality.py: pairs set in motion and clips dressed, as strips of frames and numbers."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.measures import flicker, unrest
from tryon.events import Failed, Finished, FrameReady
from tryon.media.clip import read_clip
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.types import Clip, Photo, Request

Array = NDArray[Any]

SHOWN = 8  # frames on a strip
TILE = 360  # px, height of a frame on a strip
SENTENCES = (
    "stands still, static camera",
    "turns slowly to the left, static camera",
    "walks towards the camera",
    "waves her right hand, static camera",
    "turns left, then right, the dress flutters, static camera",
    "the camera orbits around her",
    "hands on hips, then looks aside, static camera",
    "walks in place, the camera moves in",
)


@dataclass(frozen=True, slots=True)
class FilmRow:
    """The numbers of one film."""

    name: str
    what: str  # the sentence, or that a clip was dressed
    size: str
    frames: int
    seconds: float  # CPU seconds a frame, encoding included
    flicker: float  # levels a frame that motion does not explain, on the person
    source: float  # the same in the clip before it was dressed; 0 for a picture set in motion
    garment: float  # the same where the garment is worn, away from its outline; 0 for a picture set in motion
    unrest: float  # levels a frame in the background, 0 for one that stands still
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    row: FilmRow
    strip: Array  # (h, w, 3)


def motion_films(pictures: Sequence[tuple[str, Photo, Photo]], size: tuple[int, int], out: Path) -> Iterator[Film]:
    """(name, person, garment) each set in motion by another sentence."""
    pipeline = Pipeline(Settings(label=False))
    for number, (name, person, garment) in enumerate(pictures):
        sentence = SENTENCES[number % len(SENTENCES)]
        request = Request(
            person=person, garments=(garment,), prompt=sentence, size=size, seconds=2.0, seed=1, consent=True
        )
        yield _filmed(pipeline, name, sentence, request, out)


def dressed_clips(clips: Path, garments: Sequence[tuple[str, Photo]], out: Path) -> Iterator[Film]:
    """Every clip of the folder in every one of the garments."""
    pipeline = Pipeline(Settings(label=False))
    for path in sorted(clips.glob("*.mp4")):
        clip = read_clip(path.read_bytes(), pipeline.settings)
        for name, garment in garments:
            request = Request(person=clip, garments=(garment,), seed=1, consent=True)
            yield _filmed(pipeline, f"{path.stem} {name}", "clip dressed", request, out)


def _filmed(pipeline: Pipeline, name: str, what: str, request: Request, out: Path) -> Film:
    job = pipeline.plan(request)
    started = time.process_time()
    frames: list[Array] = []
    finished: Finished | None = None
    error = ""
    for event in pipeline.run(job, out):
        if isinstance(event, FrameReady):
            frames.append(event.frame)
        elif isinstance(event, Finished):
            finished = event
        elif isinstance(event, Failed):
            error = event.text
    took = time.process_time() - started
    size = f"{job.width}x{job.height}"
    if finished is None or not frames:
        return Film(FilmRow(name, what, size, 0, 0.0, 0.0, 0.0, 0.0, 0.0, error), np.zeros((TILE, TILE, 3), np.uint8))
    before = [*request.person.frames] if isinstance(request.person, Clip) else []
    moving = _moving(before or frames)
    row = FilmRow(
        name, what, size, len(frames), round(took / len(frames), 3), round(flicker(frames, moving), 2),
        round(flicker(before, moving), 2) if before else 0.0,
        round(flicker(frames, _worn(frames, before)), 2) if before else 0.0, round(unrest(frames, ~moving), 2),
    )  # fmt: skip
    return Film(row, strip_of(frames, before))


def _moving(frames: Sequence[Array]) -> Array:
    """Boolean (h, w): where anything but noise changes, with its surroundings."""
    first = frames[0].astype(np.int16)
    change = np.max([np.abs(frame - first).max(axis=2) for frame in frames[:: max(1, len(frames) // 12)]], axis=0)
    plane = cv2.medianBlur((change > 24).astype(np.uint8), 5)
    result: Array = cv2.dilate(plane, np.ones((25, 25), np.uint8)) > 0
    return result


def _worn(frames: Sequence[Array], before: Sequence[Array]) -> Array:
    """Boolean (h, w): where most frames differ from the clip before it was dressed, inside the garment's outline."""
    pairs = zip(frames, before, strict=True)
    often = np.mean([np.abs(after.astype(np.int16) - clip).max(axis=2) > 12 for after, clip in pairs], axis=0)
    plane = cv2.morphologyEx((often > 0.5).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((21, 21), np.uint8))
    result: Array = cv2.erode(plane, np.ones((9, 9), np.uint8)) > 0
    return result


def strip_of(frames: Sequence[Array], before: Sequence[Array]) -> Array:
    """A row of evenly spaced frames, below the same frames of the clip before it was dressed."""
    at = np.linspace(0, len(frames) - 1, SHOWN).round().astype(int)
    rows = []
    for film in filter(None, (before, frames)):
        width = round(film[0].shape[1] * TILE / film[0].shape[0])
        rows.append(np.concatenate([cv2.resize(film[i], (width, TILE), interpolation=cv2.INTER_AREA) for i in at], 1))
    return np.concatenate(rows)


def write_films(films: Sequence[Film], out: Path) -> None:
    """films.csv and one film_NN.jpg each."""
    if not films:
        return
    with (out / "films.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(FilmRow)])
        writer.writeheader()
        writer.writerows(asdict(film.row) for film in films)
    for number, film in enumerate(films):
        cv2.imwrite(str(out / f"film_{number:02d}.jpg"), film.strip[..., ::-1], [1, 90])
