"""A callback-driven library call as a closable generator of events.

diffusers and its kin run a loop of their own and call back after every step. `as_steps` runs such a call in a
thread of its own and hands its events out one by one:

    def animate(scene):
        frames = yield from as_steps(lambda tap: run(pipe, scene, tap), cleanup=pipe.maybe_free_model_hooks)

The call reports through `tap(event)`. A reader that is slower than the model gets the newest passing preview
only, but every frame, note and final picture, and always the last event. Closing the generator makes the
next `tap` raise inside the library's callback, which is the clean way out of its loop. The clean-up runs in
the call's own thread whatever happened, because diffusers frees its offload hooks on success only.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from tryon.events import Event, Preview, Progress

T = TypeVar("T")
SLOTS = 2  # events that wait for the reader before the model waits for it

log = logging.getLogger(__name__)


class Passing:
    """Base of further events that a newer one of their type makes worthless."""

    __slots__ = ()


class Closed(BaseException):
    """Raised by the tap when nobody reads any more. Not an Exception: no library may swallow it."""


class Tap:
    """What the call reports to; called from the call's thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: deque[Event | Passing] = deque()
        self._closed = False
        self._done = False

    def __call__(self, event: Event | Passing) -> None:
        """Hands an event out. A passing preview replaces one that was not read; others wait for a free slot.
        Raises Closed when the reader is gone."""
        with self._changed:
            self.check()
            if _passing(event):
                stale = [old for old in self._events if _passing(old) and type(old) is type(event)]
                for old in stale:
                    self._events.remove(old)
            else:
                self._changed.wait_for(lambda: self._closed or self._kept() < SLOTS)
                self.check()
            self._events.append(event)
            self._changed.notify_all()

    def check(self) -> None:
        """Raises Closed when the reader is gone; for steps without anything to report."""
        if self._closed:
            raise Closed()

    def _kept(self) -> int:
        return sum(not _passing(event) for event in self._events)

    def _next(self) -> Event | Passing | None:
        """The oldest unread event, waiting for one; None when the call has ended and all is read."""
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._done)
            if not self._events:
                return None
            event = self._events.popleft()
            self._changed.notify_all()
            return event

    def _end(self) -> None:
        with self._changed:
            self._done = True
            self._changed.notify_all()

    def _close(self) -> None:
        with self._changed:
            self._closed = True
            self._events.clear()
            self._changed.notify_all()


class _Call(Generic[T]):
    """The call and how it ended."""

    def __init__(self, call: Callable[[Tap], T], cleanup: Callable[[], object] | None) -> None:
        self._call = call
        self._cleanup = cleanup
        self.result: list[T] = []
        self.error: BaseException | None = None

    def run(self, tap: Tap) -> None:
        try:
            self.result.append(self._call(tap))
        except BaseException as error:  # noqa: BLE001  handed to the reader
            self.error = error
        self._clean()
        tap._end()

    def _clean(self) -> None:
        if self._cleanup is None:
            return
        try:
            self._cleanup()
        except BaseException as error:  # noqa: BLE001  handed to the reader, unless the call's own error says more
            log.warning("clean-up after a model failed: %s", type(error).__name__)
            self.error = self.error or error


def as_steps(call: Callable[[Tap], T], *, cleanup: Callable[[], object] | None = None) -> Generator[Event, None, T]:
    """Yields what `call` taps, returns what it returns, raises what it raises.

    `close()` returns when the call has left its loop (within one step) and the clean-up has run, so that the
    next call never meets this one on the device. Thread-local switches of a library (torch.inference_mode)
    belong inside `call`.
    """
    tap, job = Tap(), _Call(call, cleanup)
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(job.run, tap), name="steps", daemon=True)
    thread.start()
    try:
        while (event := tap._next()) is not None:
            yield event  # type: ignore[misc]  # a Passing comes only to whoever tapped one
    finally:
        tap._close()
        thread.join()
        # An error holds the frames of the call, and those hold the model's tensors: keep no cycle of them.
        error, job.error = job.error, None
    if error is not None:
        try:
            raise error
        finally:
            del error
    return job.result[0]


def _passing(event: Event | Passing) -> bool:
    """Whether a newer event of its type makes this one worthless."""
    return isinstance(event, Progress | Passing) or (isinstance(event, Preview) and not event.final)
