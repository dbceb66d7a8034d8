"""Generated work for the runtime tests: a hand-turned clock, works that wait to be let on, a finished result."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tryon.events import Event, Facts, Finished, FrameReady, StageStarted
from tryon.runtime.jobs import Handle, Jobs, Work
from tryon.settings import Settings
from tryon.types import Look, Pixels

LONG = 120.0  # s, more than any wait here needs on a crowded machine; nothing waits longer than it has to


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


def picture(value: int = 0, side: int = 8) -> Pixels:
    return np.full((side, side, 3), value, np.uint8)


def encode(pixels: Pixels) -> bytes:
    """Stands for the JPEG encoder where a test is about something else: the first pixel's values."""
    return bytes(pixels[0, 0])


def finished(folder: Path, value: int = 0) -> Finished:
    """A result whose file really lies in the folder."""
    image = folder / "look.png"
    image.write_bytes(bytes([value]))
    facts = Facts(
        transfer="warp",
        video=None,
        prompt="",
        category="top",
        seed=value,
        width=8,
        height=8,
        frames=1,
        fps=1,
        quality="standard",
        steps=(1, 1),
        seconds=0.0,
    )
    look: Look = None  # type: ignore[assignment]  # no test looks inside
    return Finished(look=look, image=image, video=None, facts=facts, notes=())


class Steps:
    """A work whose every step waits for `go`; tells when it began, how far it came and whether it was closed."""

    def __init__(self, value: int = 0, frames: int = 3) -> None:
        self.value = value
        self.frames = frames
        self.go = threading.Semaphore(0)
        self.began = threading.Event()
        self.closed = threading.Event()
        self.closed_in = ""
        self.made = 0

    def __call__(self, folder: Path) -> Iterator[Event]:
        self.began.set()
        try:
            yield StageStarted("video")
            for index in range(self.frames):
                self.go.acquire()
                self.made = index + 1
                yield FrameReady(index, self.frames, picture(self.value))
            yield finished(folder, self.value)
        finally:
            self.closed_in = threading.current_thread().name
            self.closed.set()

    def let(self, steps: int = 1000) -> None:
        self.go.release(steps)


def quick(value: int = 0, log: list[int] | None = None) -> Callable[[Path], Iterator[Event]]:
    """A work that is over at once."""

    def work(folder: Path) -> Iterator[Event]:
        if log is not None:
            log.append(value)
        yield FrameReady(0, 1, picture(value))
        yield finished(folder, value)

    return work


def until(true: Callable[[], object], seconds: float = LONG) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return bool(true())


def failing_with(alive: weakref.WeakSet, kind: Callable[[], object]) -> Work:
    """A work that fails while it holds one `kind()`, which `alive` counts."""

    def work(folder: Path) -> Iterator[Event]:
        latent = kind()
        alive.add(latent)
        yield StageStarted("video")
        raise RuntimeError

    return work


class Bench:
    """A registry with a hand-turned clock and folders for its jobs."""

    def __init__(self, home: Path, **changes: float) -> None:
        self.clock = Clock()
        self.home = home
        home.mkdir(exist_ok=True)
        self.jobs = Jobs(Settings(home=home, **changes), self.clock, encode)  # type: ignore[arg-type]
        self.count = 0

    def submit(self, work: Work, session: str = "a", **more: object) -> Handle:
        self.count += 1
        folder = self.home / f"job-{self.count}"
        folder.mkdir()
        return self.jobs.submit(work, session=session, folder=folder, **more)  # type: ignore[arg-type]

    def pass_(self, seconds: float) -> None:
        self.clock.pass_(seconds)
        self.jobs.tick()
