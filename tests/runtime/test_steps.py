"""A callback loop as a generator: order, dropped previews, the last event, closing, clean-up, errors."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Generator

import pytest

from tests.runtime.parts import LONG, picture, until
from tryon.events import Event, FrameReady, Preview, Progress, StageStarted
from tryon.runtime.steps import SLOTS, Closed, Tap, as_steps
from tryon.types import Note


def drain(steps: Generator[Event, None, object]) -> tuple[list[Event], object]:
    events: list[Event] = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as stop:
            return events, stop.value


def test_events_and_the_result() -> None:
    sent: list[Event] = [StageStarted("video"), Note("a", "A."), FrameReady(0, 1, picture())]

    def call(tap: Tap) -> str:
        for event in sent:
            tap(event)
        return "result"

    assert drain(as_steps(call)) == (sent, "result")


def test_a_slow_reader_misses_previews_only() -> None:
    come = [threading.Event() for _ in range(4)]

    def call(tap: Tap) -> int:
        tap(StageStarted("video"))
        for index in range(40):
            tap(Preview("video", picture(index)))
            tap(Progress("video", index / 40))
            if index % 10 == 9:
                come[index // 10].set()
                tap(FrameReady(index // 10, 4, picture(index)))
        tap(Preview("video", picture(99), final=True))
        tap(Preview("video", picture(100)))
        return 1

    steps = as_steps(call)
    events = [next(steps)]
    for ten in come:  # reads nothing until ten previews have come
        assert ten.wait(LONG)
        while not isinstance(event := next(steps), FrameReady):
            events.append(event)
        events.append(event)
    events += drain(steps)[0]
    frames = [e.index for e in events if isinstance(e, FrameReady)]
    previews = [int(e.image[0, 0, 0]) for e in events if isinstance(e, Preview)]
    fractions = [e.fraction for e in events if isinstance(e, Progress)]
    assert frames == [0, 1, 2, 3]
    assert len(previews) < 30 and previews == sorted(previews)
    assert previews[0] >= 9, "of those that were not read in time only the newest"
    assert previews[-2:] == [99, 100], "the final one and the last one always arrive"
    assert fractions == sorted(fractions)


def test_the_model_waits_for_the_reader_rather_than_pile_up_frames() -> None:
    made = 0

    def call(tap: Tap) -> None:
        nonlocal made
        for index in range(20):
            made += 1
            tap(FrameReady(index, 20, picture()))

    steps = as_steps(call)
    next(steps)
    time.sleep(0.1)
    assert made <= 1 + SLOTS + 1
    events, _ = drain(steps)
    assert len(events) == 19


def test_nothing_runs_before_the_first_event_is_asked_for() -> None:
    began = threading.Event()

    def call(tap: Tap) -> None:
        began.set()

    steps = as_steps(call)
    time.sleep(0.05)
    steps.close()
    assert not began.is_set()


@pytest.mark.parametrize("report", [Preview("video", picture()), FrameReady(0, 9, picture()), None])
def test_closing_stops_the_call_within_one_step(report: Event | None) -> None:
    steps_made = 0
    cleaned: list[str] = []
    go, began, here = threading.Semaphore(0), threading.Event(), list[Tap]()

    def call(tap: Tap) -> None:
        nonlocal steps_made
        here.append(tap)
        tap(StageStarted("video"))
        while True:
            steps_made += 1
            began.set()
            assert go.acquire(timeout=LONG)  # the step takes as long as the test wants
            if report is None:
                tap.check()
            else:
                try:
                    tap(report)
                except Exception as error:  # a library that swallows errors
                    raise AssertionError from error

    steps = as_steps(call, cleanup=lambda: cleaned.append(threading.current_thread().name))
    next(steps)
    assert began.wait(LONG) and steps_made == 1
    closing = threading.Thread(target=steps.close)
    closing.start()
    assert until(lambda: here[0]._closed)
    assert closing.is_alive() and cleaned == [], "close waits for the step that is under way"
    go.release(100)
    closing.join(LONG)
    assert steps_made == 1, "no step after it"
    assert cleaned == ["steps"], "in the call's own thread, before close returns"
    assert not any(t.name == "steps" for t in threading.enumerate())


def test_after_a_stop_the_same_call_works_as_new() -> None:
    def call(tap: Tap) -> list[int]:
        made = []
        for index in range(5):
            made.append(index)
            tap(FrameReady(index, 5, picture(index)))
        return made

    stopped = as_steps(call)
    next(stopped)
    stopped.close()
    events, result = drain(as_steps(call))
    assert len(events) == 5 and result == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("call_error", "cleanup_error", "raised"),
    [
        (None, None, None),
        (ValueError, None, ValueError),
        (None, MemoryError, MemoryError),
        (ValueError, MemoryError, ValueError),  # the call's own error says more
        (SystemExit, None, SystemExit),
    ],
)
def test_errors_and_the_cleanup(
    call_error: type[BaseException] | None,
    cleanup_error: type[BaseException] | None,
    raised: type[BaseException] | None,
) -> None:
    cleaned = 0

    def call(tap: Tap) -> str:
        tap(StageStarted("video"))
        if call_error is not None:
            raise call_error
        return "result"

    def cleanup() -> None:
        nonlocal cleaned
        cleaned += 1
        if cleanup_error is not None:
            raise cleanup_error

    steps = as_steps(call, cleanup=cleanup)
    assert next(steps) == StageStarted("video")
    if raised is None:
        assert drain(steps) == ([], "result")
    else:
        with pytest.raises(raised):
            next(steps)
    assert cleaned == 1


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_the_call_stays_alive(fails: bool) -> None:
    class Latent:
        pass

    alive: weakref.WeakSet[Latent] = weakref.WeakSet()

    def call(tap: Tap) -> None:
        latent = Latent()
        alive.add(latent)
        for index in range(10):
            tap(FrameReady(index, 10, picture()))
            if fails and index == 1:
                raise RuntimeError

    gc.disable()
    try:
        steps = as_steps(call)
        next(steps)
        assert len(alive) == 1
        if fails:
            with pytest.raises(RuntimeError):
                drain(steps)
        steps.close()
        del steps
        assert until(lambda: len(alive) == 0)
    finally:
        gc.enable()


def test_a_tap_without_reader_says_so() -> None:
    taps: list[Tap] = []

    def call(tap: Tap) -> None:
        taps.append(tap)
        tap(StageStarted("video"))

    drain(as_steps(call))
    with pytest.raises(Closed):
        taps[0](StageStarted("video"))
    assert until(lambda: not any(t.name == "steps" for t in threading.enumerate()), LONG)
