"""Generators of events in their parts: timed as a stage, listened to for notes."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TypeAlias, TypeVar

from tryon.events import Event, StageDone, StageStarted
from tryon.types import Note, Stage

T = TypeVar("T")
Steps: TypeAlias = Generator[Event, None, T]


def stage_of(stage: Stage, steps: Steps[T]) -> Steps[T]:
    """The steps between StageStarted and StageDone."""
    started = time.perf_counter()
    yield StageStarted(stage)
    result = yield from steps
    yield StageDone(stage, time.perf_counter() - started)
    return result


def listening(steps: Steps[T], notes: list[Note]) -> Steps[T]:
    """Passes events on and keeps the notes, each once."""
    try:
        while True:
            event = next(steps)
            if isinstance(event, Note):
                if event in notes:
                    continue
                notes.append(event)
            yield event
    except StopIteration as stop:
        return stop.value
    finally:
        steps.close()


def said(notes: tuple[Note, ...]) -> Steps[None]:
    """The notes, one by one."""
    yield from notes
