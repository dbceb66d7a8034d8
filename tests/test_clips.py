"""A clip instead of a photo: what plan settles, what the flow does with it, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person, draw_tshirt
from tests.test_pipeline import Rig
from tryon.catalog import Catalog, Entry
from tryon.errors import NoPerson
from tryon.events import Event, Failed, Finished, FrameReady
from tryon.media.clip import read_clip
from tryon.parsing.footage import marks, parse_clip, person_at, smoothed
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.spec import Machine
from tryon.types import Clip, ClipFitting, Dressed, Fitting, Footage, Given, Look, Person, Photo, Request, Scene

DRAWN = draw_person(192, 256)
FRAMES = 13


def walking(frames: int = FRAMES, step: int = 2) -> Clip:
    """The drawn person, gliding to the right by `step` px a frame."""
    return Clip(np.stack([np.roll(DRAWN.photo.pixels, step * i, axis=1) for i in range(frames)]), 12.0)


def seen(photo: Photo) -> Person:
    """The drawn person's exact analysis, wherever it has glided to. NoPerson in a picture of one colour."""
    if photo.pixels.std() < 2:
        raise NoPerson()
    errors = [int(np.abs(np.roll(DRAWN.photo.pixels, s, axis=1).astype(int) - photo.pixels).sum()) for s in range(40)]
    shift = int(np.argmin(errors))
    moved = {name: np.roll(getattr(DRAWN, name), shift, axis=1) for name in ("labels", "parts", "depth", "outline")}
    points = DRAWN.keypoints + np.array([shift, 0, 0], np.float32)
    return replace(DRAWN, photo=photo, keypoints=points, **moved)


class Tailor:
    """A transfer model that paints its mask, in photos and in clips; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closed = False

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        self.asked.append("still")
        assert fitting.mask is not None
        yield from ()
        return self._paint(fitting.person, fitting.mask)

    def dress_clip(self, task: ClipFitting) -> Iterator[Event | Dressed]:
        self.asked.append("clip")
        try:
            for index in range(len(task.footage.clip.frames)):
                person = person_at(task.footage, index)
                frame = task.footage.clip.frames[index]
                if person is None:
                    yield Dressed(pixels=frame, alpha=np.zeros(frame.shape[:2], np.uint8))
                else:
                    yield self._paint(person, np.where(person.labels == 4, 255, 0).astype(np.uint8))
        finally:
            self.closed = True

    @staticmethod
    def _paint(person: Person, mask: Any) -> Dressed:
        return Dressed(pixels=np.full_like(person.photo.pixels, 200), alpha=mask, labels=person.labels)


@pytest.fixture
def tailor() -> Tailor:
    return Tailor()


@pytest.fixture
def pipeline(tailor: Tailor, settings: Settings, laptop: Machine) -> Pipeline:
    rig = Rig()
    rig.parse = seen  # type: ignore[method-assign]
    plain = rig.catalog()
    spec = replace(plain.get("transfer", "paint").spec, name="tailor", title="Tailor", clips=True, rank=1)  # type: ignore[call-arg]
    follower = replace(plain.get("video", "blink").spec, name="follower", reads=frozenset({"driving"}), rank=200)
    entries = (Entry(spec, lambda runtime: tailor), *plain.entries, Entry(follower, lambda runtime: Follow()))
    return Pipeline(settings, Catalog(entries), laptop)


class Follow:
    """A video model that is driven by the clip."""

    def __call__(self, scene: Scene) -> Iterator[Event]:
        assert isinstance(scene.driving, Footage)
        for index in range(scene.frames):
            frame = np.full((scene.height, scene.width, 3), 90, np.uint8)
            frame[: index + 1] = 200
            yield FrameReady(index, scene.frames, frame)


def order(person: Photo | Clip, **changes: Any) -> Request:
    plain = Request(person=person, garments=(draw_tshirt().photo,), consent=True, seed=1, label=False)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "clip", "video", "notes"),
    [
        ({}, True, None, []),
        ({"size": (192, 256), "fps": 12}, True, None, []),
        ({"seconds": 3.0}, True, None, ["clip_kept"]),
        ({"size": (576, 768)}, True, None, ["clip_kept"]),
        ({"transfer": "paint"}, False, "blink", ["clip_first_frame"]),
        ({"video": "follower"}, False, "follower", []),
        ({"still_only": True}, False, None, []),
    ],
)
def test_what_becomes_of_a_clip(
    changes: dict[str, Any], clip: bool, video: str | None, notes: list[str], pipeline: Pipeline
) -> None:
    job = pipeline.plan(order(walking(), **changes))
    assert (job.clip, job.video, [note.code for note in job.notes]) == (clip, video, notes)
    assert not clip or (job.width, job.height, job.frames, job.fps) == (192, 256, FRAMES, 12)
    assert job.film is not bool(changes.get("still_only"))


def test_a_reduced_clip_is_told(pipeline: Pipeline) -> None:
    (told,) = pipeline.plan(order(replace(walking(), reduced_from=(1080, 1440)))).notes
    assert told.code == "clip_reduced" and "1080 x 1440 to 192 x 256" in told.text


def test_every_frame_is_dressed(pipeline: Pipeline, tailor: Tailor, settings: Settings, tmp_path: Path) -> None:
    clip = walking()
    events = list(pipeline.run(pipeline.plan(order(clip)), tmp_path))
    last = events[-1]
    assert isinstance(last, Finished) and last.video is not None and tailor.asked == ["still", "clip"]
    assert (last.facts.frames, last.facts.fps, last.facts.video) == (FRAMES, 12, None)
    film = read_clip(last.video.read_bytes(), replace(settings, min_side_px=128))
    assert film.frames.shape == clip.frames.shape and film.fps == 12
    frames = [event.frame for event in events if isinstance(event, FrameReady)]
    assert len(frames) == FRAMES
    for i, (frame, own) in enumerate(zip(frames, clip.frames, strict=True)):
        cloth = np.roll(DRAWN.labels == 4, 2 * i, axis=1)
        assert (frame[cloth] == 200).all(axis=1).mean() > 0.9  # the flow carries what lies between two looks
        away = ~np.roll(DRAWN.outline > 0, 2 * i, axis=1) & ~cloth
        assert (frame[away] == own[away]).all(axis=1).mean() > 0.98


def test_two_garments_go_on_one_after_the_other(pipeline: Pipeline, tailor: Tailor, tmp_path: Path) -> None:
    job = pipeline.plan(order(walking(5), garments=(draw_tshirt().photo, draw_tshirt((20, 40, 200)).photo)))
    events = list(pipeline.run(job, tmp_path))
    assert isinstance(events[-1], Finished) and tailor.asked == ["still", "still", "clip", "clip"]
    assert len([event for event in events if isinstance(event, FrameReady)]) == 5


def test_closing_stops_the_dressing_and_leaves_no_half_film(pipeline: Pipeline, tailor: Tailor, tmp_path: Path) -> None:
    events = pipeline.run(pipeline.plan(order(walking())), tmp_path)
    for event in events:
        if isinstance(event, FrameReady) and event.index == 2:
            break
    events.close()  # type: ignore[attr-defined]
    assert tailor.closed
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".png"]


def test_a_clip_without_a_person_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    grey = Clip(np.full((8, 256, 192, 3), 120, np.uint8), 12.0)
    last = list(pipeline.run(pipeline.plan(order(grey)), tmp_path))[-1]
    assert isinstance(last, Failed) and (last.code, last.field) == ("no_person", "person")


def test_frames_without_a_person_stay_as_they_are(pipeline: Pipeline, tmp_path: Path) -> None:
    clip = walking()
    clip.frames[8:] = 90
    clip.frames[8:, 100:] = 91
    events = list(pipeline.run(pipeline.plan(order(clip)), tmp_path))
    frames = [event.frame for event in events if isinstance(event, FrameReady)]
    assert np.array_equal(frames[-1], clip.frames[-1]) and not np.array_equal(frames[2], clip.frames[2])


def test_a_model_that_is_driven_gets_the_parsed_clip(pipeline: Pipeline, tmp_path: Path) -> None:
    job = pipeline.plan(order(walking(), video="follower", size=(96, 128), seconds=0.5))
    assert isinstance(list(pipeline.run(job, tmp_path))[-1], Finished)


# --------------------------------------------------------------------------------------------- the analysis


@pytest.mark.parametrize(("frames", "fps", "looks"), [(1, 24, 1), (2, 24, 2), (13, 12, 7), (73, 24, 19), (300, 30, 61)])
def test_a_few_looks_a_second(frames: int, fps: float, looks: int) -> None:
    at = marks(frames, fps)
    assert len(at) == looks and at[0] == 0 and at[-1] == frames - 1


def footage_of(clip: Clip) -> Footage:
    steps = parse_clip(seen, clip)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def test_between_two_looks_the_flow_carries() -> None:
    footage = footage_of(walking())
    between = next(i for i in range(FRAMES) if i not in footage.at)
    person = person_at(footage, between)
    assert person is not None
    truth = np.roll(DRAWN.labels, 2 * between, axis=1)
    assert (person.labels == truth).mean() > 0.97
    assert np.abs(person.keypoints[:, :2] - DRAWN.keypoints[:, :2] - [2 * between, 0]).max() < 3


def test_joints_stop_trembling_and_keep_moving() -> None:
    random = np.random.default_rng(5)
    truth = np.stack([DRAWN.keypoints + np.array([4.0 * i, 0, 0], np.float32) for i in range(16)])
    noisy = truth.copy()
    noisy[..., :2] += random.normal(0, 3, (*truth.shape[:2], 2))
    onwards = np.zeros((256, 192, 2), np.float32)
    onwards[..., 0] = 4
    noisy[7, 3, :2] = 5, 5  # and one blunder
    result = np.stack(smoothed(list(noisy), [onwards] * 15, [-onwards] * 15))
    before, after = (np.abs(points[..., :2] - truth[..., :2]).mean() for points in (noisy, result))
    assert after < 0.6 * before
    assert np.abs(np.diff(result[..., 0], axis=0).mean() - 4) < 0.3


def test_a_flicker_of_one_look_is_outvoted() -> None:
    calls = []

    def flickering(photo: Photo) -> Person:
        calls.append(1)
        person = seen(photo)
        return replace(person, labels=np.zeros_like(person.labels)) if len(calls) == 3 else person

    steps = parse_clip(flickering, walking())
    footage = None
    while footage is None:
        try:
            next(steps)
        except StopIteration as stop:
            footage = stop.value
    third = footage.people[2]
    assert third is not None and (third.labels == np.roll(DRAWN.labels, 2 * footage.at[2], axis=1)).mean() > 0.97


def test_a_known_look_is_dressed_on_through_the_clip(pipeline: Pipeline, tailor: Tailor, tmp_path: Path) -> None:
    clip = walking(5)
    look = Look(
        photo=DRAWN.photo, person=DRAWN, before=DRAWN.photo, mask=None, garments=(draw_tshirt(),), category="top"
    )
    given = Given(look=look, footage=footage_of(clip))
    last = list(pipeline.run(pipeline.plan(order(clip)), tmp_path, given))[-1]
    assert isinstance(last, Finished) and last.video is not None and last.video.exists()
    assert tailor.asked == ["clip"]
