"""The ZeroGPU seam, against a stand-in `spaces` that forks a child and pickles what crosses (as the real one)."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.parts import LONG, encode, finished, picture, until
from tryon.errors import NoPerson, every_error
from tryon.events import Event, Failed, FrameReady, Preview, Progress, StageDone, StageStarted
from tryon.runtime import spaces
from tryon.runtime.jobs import Jobs
from tryon.runtime.spaces import gpu, on_zero_gpu
from tryon.settings import Settings
from tryon.types import Note


class StandIn(types.ModuleType):
    """What the real package does on ZeroGPU, as far as it can be seen from outside: every call runs in a forked
    child; arguments and yields are pickled; a cancel sets an event that the child reads after its next yield."""

    def __init__(self) -> None:
        super().__init__("spaces")
        self.durations: list[object] = []

    def GPU(self, duration: Callable[..., int]) -> Callable[[Callable[..., Any]], Callable[..., Iterator[Any]]]:
        def decorate(function: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
            def call(*args: Any, **kwargs: Any) -> Iterator[Any]:
                self.durations.append(duration(*args, **kwargs))
                yield from _forked(function, pickle.loads(pickle.dumps((args, kwargs))))

            return call

        return decorate


def _forked(function: Callable[..., Any], arguments: tuple[Any, Any]) -> Iterator[Any]:
    fork = multiprocessing.get_context("fork")
    reading, writing = fork.Pipe(duplex=False)
    stop = fork.Event()

    def child() -> None:
        try:
            for value in function(*arguments[0], **arguments[1]):
                writing.send(("value", value))
                if stop.is_set():
                    return
            writing.send(("end", None))
        except BaseException as error:  # noqa: BLE001  the real one sends it too
            writing.send(("error", error))

    process = fork.Process(target=child)
    process.start()
    try:
        while True:
            kind, value = reading.recv()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        stop.set()
        while process.is_alive():
            with contextlib.suppress(EOFError):
                if reading.poll(0.01):
                    reading.recv()
        process.join()


@pytest.fixture
def zero_gpu(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    package = StandIn()
    monkeypatch.setitem(sys.modules, "spaces", package)
    monkeypatch.setattr(spaces.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    return package


def run(folder: Path, frames: int = 3) -> Iterator[Event]:
    """Every kind of event; the frames carry the number of the process that made them."""
    yield StageStarted("parse")
    yield Note("several_people", "We see 2 people.", {"count": 2})
    yield Progress("parse", 0.5)
    yield StageDone("parse", 0.1)
    yield Preview("parse", picture(3), final=True)
    for index in range(frames):
        yield FrameReady(index, frames, picture(os.getpid() % 251))
    yield finished(folder, 9)


def slow(folder: Path) -> Iterator[Event]:
    for index in range(1000):
        (folder / "step").write_text(str(index))
        time.sleep(0.02)
        yield FrameReady(index, 1000, picture())


def lost(folder: Path) -> Iterator[Event]:
    yield StageStarted("parse")
    raise NoPerson


def test_elsewhere_nothing_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert gpu(run) is run
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(spaces.importlib.util, "find_spec", lambda name: None)
    assert gpu(run) is run


@pytest.mark.parametrize(
    ("value", "there"), [("true", True), ("1", True), ("false", False), ("", False), (None, False)]
)
def test_when_it_is_zero_gpu(zero_gpu: StandIn, value: str | None, there: bool) -> None:
    assert on_zero_gpu({} if value is None else {"SPACES_ZERO_GPU": value}) is there


def test_only_generator_functions_are_taken() -> None:
    def plain(folder: Path) -> Iterator[Event]:
        return iter(())

    with pytest.raises(TypeError):
        gpu(plain)


@pytest.mark.parametrize(("frames", "asked"), [(1, 15), (50, 100), (10_000, 300)])
def test_the_duration_follows_the_arguments(zero_gpu: StandIn, tmp_path: Path, frames: int, asked: int) -> None:
    wrapped = gpu(run, lambda folder, frames=3: 2.0 * frames)
    events = wrapped(tmp_path, frames=frames)
    next(iter(events))
    events.close()  # type: ignore[attr-defined]
    assert zero_gpu.durations == [asked]


def test_all_events_cross_the_fork(zero_gpu: StandIn, tmp_path: Path) -> None:
    events = list(gpu(run)(tmp_path))
    assert events[:4] == list(run(tmp_path))[:4]
    assert [type(e).__name__ for e in events[4:]] == ["Preview", "FrameReady", "FrameReady", "FrameReady", "Finished"]
    frame = events[5]
    assert isinstance(frame, FrameReady) and frame.frame[0, 0, 0] != os.getpid() % 251, "made in the child"


def test_through_the_registry(zero_gpu: StandIn, tmp_path: Path) -> None:
    jobs = Jobs(Settings(home=tmp_path), encode=encode)
    folder = tmp_path / "job"
    folder.mkdir()
    view = jobs.submit(gpu(run), session="a", folder=folder).join(LONG)
    assert view.state == "done" and view.finished is not None
    assert view.finished.image.read_bytes() == bytes([9])
    assert jobs.submit(gpu(lost), session="a", folder=folder).join(LONG).failed == Failed(
        "no_person", NoPerson().text, {}, "person"
    )
    jobs.shutdown(1)


def test_stop_reaches_the_child_at_its_next_yield(zero_gpu: StandIn, tmp_path: Path) -> None:
    jobs = Jobs(Settings(home=tmp_path), encode=encode)
    folder = tmp_path / "job"
    folder.mkdir()
    handle = jobs.submit(gpu(slow), session="a", folder=folder)
    assert until(lambda: handle.view().frames_done > 2)
    handle.cancel()
    assert handle.view().state == "stopped"
    assert until(lambda: jobs.health().running == 0)
    assert multiprocessing.active_children() == []
    assert handle.view().frames_done < 1000, "the child did not go on to its end"
    jobs.shutdown(1)


def _values(error: type) -> dict[str, str]:
    import string

    return {name: "1" for _, name, _, _ in string.Formatter().parse(error.sentence) if name}


@pytest.mark.parametrize("error", every_error(), ids=lambda e: e.__name__)
def test_errors_cross_too(error: type) -> None:
    made = error(where="garment", **_values(error))
    back = pickle.loads(pickle.dumps(made))
    assert (type(back), back.text, back.values, back.where) == (error, made.text, made.values, "garment")
