"""The job registry: one lane per device, admission, fairness, deadline, grace; it outlives page reloads.

A job is a generator of events, handed in as `work`; this module knows nothing of models or pages. A lane is
one worker thread that takes one job at a time. Whoever wants to show a job follows its `Handle` and reads
`view()`, a snapshot: a slow follower never slows a job down.

Cancelling sets a mark that the worker reads after every event; the worker itself then closes the generator,
so that clean-up never runs in a server's event loop. To the shopper the job has stopped at once; the lane is
free again when the generator has really returned. A backend that does not come back is left behind: its lane
gets a new worker, and `health()` says so.
"""

from __future__ import annotations

import contextvars
import errno
import logging
import math
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tryon.errors import AlreadyRunning, DeadlinePassed, DiskFull, OutOfMemory, Stopped, TooBusy, TryonError
from tryon.runtime.record import Encode, JobView, Record, State, Work
from tryon.settings import Settings
from tryon.types import Event, Failed, Finished, Pixels

__all__ = ["Handle", "Health", "JobView", "Jobs", "State", "Work"]

log = logging.getLogger(__name__)

PREVIEW_WIDTH = 480  # px
PREVIEW_QUALITY = 72  # JPEG
GUESS_SECONDS = 15.0  # how long a job may take, before any has been seen
KINDS_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Health:
    """What a health check shows."""

    running: int
    waiting: int
    abandoned: int  # workers left behind because a backend did not come back
    closing: bool


@dataclass(eq=False)
class _Lane:
    """One device. `token` is the worker that may take jobs; an abandoned worker holds an old one."""

    device: str
    token: object = field(default_factory=object)
    running: Record | None = None
    started: bool = False  # it has a worker
    waiting: list[Record] = field(default_factory=list)


class Handle:
    """A job, as its followers see it."""

    def __init__(self, jobs: Jobs, record: Record) -> None:
        self._jobs = jobs
        self._record = record

    @property
    def id(self) -> str:
        return self._record.id

    @property
    def session(self) -> str:
        return self._record.session

    @property
    def version(self) -> int:
        """Cheap to poll: `view()` is worth calling when it has changed."""
        return self._record.version

    def view(self) -> JobView:
        return self._jobs._view(self._record)

    def wait(self, version: int = -1, timeout: float | None = None) -> JobView:
        """Blocks until the version is another than `version` (at most `timeout` s); not for event loops."""
        return self._jobs._wait(self._record, lambda r: r.version != version, timeout)

    def join(self, timeout: float | None = None) -> JobView:
        """Blocks until the job has ended (at most `timeout` s); not for event loops."""
        return self._jobs._wait(self._record, lambda r: r.ended is not None, timeout)

    def cancel(self) -> None:
        """Stops the job; returns at once, and the job is `stopped` at once. Nothing happens to an ended one."""
        self._jobs._cancel(self._record)

    def follow(self) -> None:
        """Somebody looks at the job: it goes on. Pair with `unfollow`."""
        self._jobs._follow(self._record, 1)

    def unfollow(self) -> None:
        self._jobs._follow(self._record, -1)

    @contextmanager
    def following(self) -> Iterator[Handle]:
        self.follow()
        try:
            yield self
        finally:
            self.unfollow()


class Jobs:
    """The registry. One per process; safe to use from any thread."""

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = time.monotonic, encode: Encode | None = None
    ) -> None:
        """`clock` in seconds; `encode` makes the small JPEGs (default: media.preview)."""
        self._settings = settings
        self._clock = clock
        self._encode = encode or _small_jpeg
        self._gap = 1.0 / settings.preview_fps if settings.preview_fps > 0 else math.inf
        self._changed = threading.Condition()  # its lock guards everything below
        self._lanes: dict[str, _Lane] = {}
        self._records: dict[str, Record] = {}
        self._averages: dict[str, float] = {}  # kind -> s
        self._turns: dict[str, int] = {}  # session -> number of the last job it started
        self._taken = 0  # jobs started so far
        self._arrived = 0  # jobs come so far
        self._abandoned = 0
        self._closing = False
        self._trash: list[Path] = []
        self._wake = threading.Event()
        self._watch: threading.Thread | None = None

    # ------------------------------------------------------------------------------------- what others call

    def submit(
        self,
        work: Work,
        *,
        session: str,
        address: str = "",
        kind: str = "",
        folder: Path,
        device: str = "cpu",
        expected: float | None = None,
        keep: Callable[[Finished], None] | None = None,
    ) -> Handle:
        """Puts `work(folder)` in line for `device` and returns at once.

        `address` "" is not counted. `kind` groups jobs that take about as long; `expected` (s) is the guess
        before the first of a kind has run. `keep` gets the Finished in the worker thread just before the job
        becomes `done`. The folder is removed when the job fails or is stopped.
        Raises AlreadyRunning (the session has one running and one waiting), TooBusy.
        """
        with self._changed:
            lane = self._lanes.setdefault(device, _Lane(device))
            self._admit(lane, session, address)
            self._arrived += 1
            record = Record(
                id=secrets.token_urlsafe(16),
                session=session,
                address=address,
                kind=kind,
                device=device,
                folder=folder,
                work=work,
                context=contextvars.copy_context(),
                keep=keep,
                expected=expected,
                arrived=self._taken,
                order=self._arrived,
                left=self._clock(),
            )
            self._records[record.id] = record
            lane.waiting.append(record)
            self._start_threads(lane)
            self._changed.notify_all()
        self._wake.set()
        return Handle(self, record)

    def get(self, id: str | None) -> Handle | None:
        record = self._records.get(id or "")
        return Handle(self, record) if record is not None else None

    def of(self, session: str) -> tuple[Handle, ...]:
        """The session's jobs that are still remembered, oldest first."""
        with self._changed:
            return tuple(Handle(self, r) for r in self._records.values() if r.session == session)

    def cancel(self, id: str | None) -> None:
        handle = self.get(id)
        if handle is not None:
            handle.cancel()

    def forget(self, session: str) -> None:
        """Stops the session's jobs and drops every reference to them."""
        for handle in self.of(session):
            handle.cancel()
            with self._changed:
                self._records.pop(handle.id, None)

    def health(self) -> Health:
        with self._changed:
            running = sum(lane.running is not None for lane in self._lanes.values())
            waiting = sum(len(lane.waiting) for lane in self._lanes.values())
            return Health(running, waiting, self._abandoned, self._closing)

    def shutdown(self, timeout: float = 20.0) -> bool:
        """Takes no more jobs, lets the running ones finish within three quarters of `timeout` s, then stops
        them. True: every worker came back in time."""
        end = time.monotonic() + timeout
        with self._changed:
            self._closing = True
            waiting = [record for lane in self._lanes.values() for record in lane.waiting]
        for record in waiting:
            self._cancel(record)
        with self._changed:
            clean = self._changed.wait_for(self._idle, timeout * 0.75)
            rest = [lane.running for lane in self._lanes.values() if lane.running is not None]
        for record in rest:
            self._cancel(record)
        with self._changed:
            clean = self._changed.wait_for(self._idle, max(0.0, end - time.monotonic()))
            for lane in self._lanes.values():
                lane.token = object()  # sends the workers home
            self._changed.notify_all()
        self._wake.set()
        return clean

    def tick(self) -> float | None:
        """Applies everything that is due by the clock. Returns in how many seconds something will be (None:
        nothing until a change). A thread of ours calls it; tests with a clock of their own do too."""
        with self._changed:
            now = self._clock()
            for record in list(self._records.values()):
                for due, act in self._dues(record):
                    if now >= due:
                        act(record)
                        break
            trash, self._trash = self._trash, []
            dues = [due for record in self._records.values() for due, _ in self._dues(record)]
        for folder in trash:
            shutil.rmtree(folder, ignore_errors=True)
        return max(0.0, min(dues) - now) if dues else None

    # ------------------------------------------------------------------------------------------- admission

    def _admit(self, lane: _Lane, session: str, address: str) -> None:
        if self._closing:
            raise TooBusy(minutes=1)
        active = [r for r in self._records.values() if r.active]
        mine = [r for r in active if r.session == session]
        if len(mine) >= 2 or any(r.state == "waiting" for r in mine):
            raise AlreadyRunning()
        waiting = sum(r.state == "waiting" for r in active)
        here = sum(bool(address) and r.address == address for r in active)
        if waiting >= self._settings.max_waiting or here >= self._settings.max_per_address:
            raise TooBusy(minutes=max(1, math.ceil(self._wait_seconds(lane, lane.waiting) / 60)))

    def _line(self, lane: _Lane) -> list[Record]:
        """Waiting jobs in the order in which they will run: round robin over the sessions.

        Whoever was served longest ago is next. Somebody new counts as served `max_waiting` jobs before the
        arrival, so newcomers overtake a regular, but a regular waits for `max_waiting` jobs at most.
        """

        def turn(record: Record) -> tuple[int, int]:
            new = record.arrived - self._settings.max_waiting
            return max(self._turns.get(record.session, new), new), record.order

        return sorted(lane.waiting, key=turn)

    def _expected(self, record: Record) -> float | None:
        return self._averages.get(record.kind, record.expected)

    def _wait_seconds(self, lane: _Lane, ahead: list[Record]) -> float:
        total = sum(self._expected(record) or self._guess() for record in ahead)
        running = lane.running
        if running is not None and running.started is not None:
            spent = self._clock() - running.started
            total += max(0.0, (self._expected(running) or self._guess()) - spent)
        return total

    def _guess(self) -> float:
        return max(self._averages.values(), default=GUESS_SECONDS)

    # --------------------------------------------------------------------------------- for handles, clock

    def _view(self, record: Record) -> JobView:
        with self._changed:
            position, wait = 0, 0.0
            if record.state == "waiting":
                lane = self._lanes[record.device]
                line = self._line(lane)
                position = line.index(record) + 1
                wait = self._wait_seconds(lane, line[: position - 1])
            return record.view(self._clock(), expected=self._expected(record), position=position, wait=wait)

    def _wait(self, record: Record, enough: Callable[[Record], bool], timeout: float | None) -> JobView:
        with self._changed:
            self._changed.wait_for(lambda: enough(record), timeout)
        return self._view(record)

    def _follow(self, record: Record, step: int) -> None:
        with self._changed:
            record.followers = max(0, record.followers + step)
            record.left = self._clock()
        self._wake.set()

    def _cancel(self, record: Record) -> None:
        with self._changed:
            if record.active:
                self._settle(record, "stopped")

    def _settle(self, record: Record, state: State, failed: Failed | None = None) -> None:
        """Decides a job's end. Who comes first decides; a worker that still runs it finds out by itself."""
        lane = self._lanes[record.device]
        if record in lane.waiting:
            lane.waiting.remove(record)
        now = self._clock()
        record.settled, record.failed = now, failed
        record.end(state, now)
        if lane.running is not record:
            self._trash.append(record.folder)
        self._changed.notify_all()
        self._wake.set()

    def _dues(self, record: Record) -> Iterator[tuple[float, Callable[[Record], None]]]:
        """When (by the clock) something happens to a job, and what."""
        settings = self._settings
        if record.settled is None:
            if record.started is not None:
                yield record.started + settings.deadline_seconds, self._late
            if not record.followers:
                yield record.left + settings.grace_seconds, self._cancel
        elif self._lanes[record.device].running is record:
            yield record.settled + settings.hang_seconds, self._abandon
        else:
            if not record.followers:
                yield max(record.left, record.settled) + settings.idle_minutes * 60, self._drop
            yield record.settled + settings.session_minutes * 60, self._drop

    def _late(self, record: Record) -> None:
        error = DeadlinePassed(seconds=round(self._settings.deadline_seconds))
        self._settle(record, "failed", _failed(error))

    def _abandon(self, record: Record) -> None:
        log.error("job %s did not come back; its worker was replaced", record.id)
        lane = self._lanes[record.device]
        lane.running, lane.token = None, object()
        self._abandoned += 1
        if record.ended is None:  # it hung while its result was being kept
            record.failed = _failed(TryonError())
            record.end("failed", self._clock())
        self._trash.append(record.folder)
        self._start_worker(lane)
        self._changed.notify_all()

    def _drop(self, record: Record) -> None:
        self._records.pop(record.id, None)

    # ------------------------------------------------------------------------------------------ threads

    def _start_worker(self, lane: _Lane) -> None:
        name = f"lane-{lane.device}"
        threading.Thread(target=self._work, args=(lane, lane.token), name=name, daemon=True).start()

    def _start_threads(self, lane: _Lane) -> None:
        if not lane.started:
            lane.started = True
            self._start_worker(lane)
        if self._watch is None:
            self._watch = threading.Thread(target=self._watch_clock, name="jobs-clock", daemon=True)
            self._watch.start()

    def _watch_clock(self) -> None:
        while not (self._closing and self._idle()):
            due = self.tick()
            self._wake.wait(due)
            self._wake.clear()

    def _idle(self) -> bool:
        return all(lane.running is None and not lane.waiting for lane in self._lanes.values())

    def _work(self, lane: _Lane, token: object) -> None:
        while self._take(lane, token):
            self._drive(lane, token)

    def _take(self, lane: _Lane, token: object) -> bool:
        """Waits for the lane's next job. False: this worker is no longer wanted."""
        with self._changed:
            self._changed.wait_for(lambda: lane.token is not token or lane.waiting)
            if lane.token is not token:
                return False
            record = self._line(lane)[0]
            lane.waiting.remove(record)
            lane.running = record
            record.state, record.started = "running", self._clock()
            record.version += 1
            self._taken += 1
            self._turns[record.session] = self._taken
            self._forget_turns()
            self._changed.notify_all()
        self._wake.set()
        return True

    def _forget_turns(self) -> None:
        """Turns so long ago that they no longer count; keeps the table small."""
        waiting = {record.session for lane in self._lanes.values() for record in lane.waiting}
        oldest = self._taken - self._settings.max_waiting
        for session in [s for s, turn in self._turns.items() if turn < oldest and s not in waiting]:
            del self._turns[session]

    def _drive(self, lane: _Lane, token: object) -> None:
        """Runs the lane's job to its end. Whatever the job does, the lane lives on."""
        record = lane.running
        if record is None or record.context is None:  # stopped in the very moment it was taken
            self._release(lane, token, record)
            return
        failed: Failed | None = None
        try:
            record.context.run(self._consume, record)
        except Stopped:
            self._cancel(record)
        except BaseException as error:  # noqa: BLE001  a job must never end its lane
            failed = _failed(error)
            log.warning("job %s failed: %s", record.id, type(error).__name__)
        if failed is not None:
            with self._changed:
                if record.active or record.ended is None:
                    self._settle(record, "failed", failed)
        self._release(lane, token, record)

    def _consume(self, record: Record) -> None:
        """Iterates and closes the job's generator, in this thread."""
        work = record.work
        if work is None:
            return
        events = iter(work(record.folder))
        finished: Finished | None = None
        try:
            for event in events:
                if not record.active:
                    return
                if isinstance(event, Failed):
                    with self._changed:
                        self._settle(record, "failed", event)
                    return
                if isinstance(event, Finished):
                    finished = event
                self._apply(record, event)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
        if finished is None:
            raise RuntimeError("the job ended without a result")
        self._finish(record, finished)

    def _apply(self, record: Record, event: Event) -> None:
        now = self._clock()
        pixels = record.wants_picture(event, now, self._gap)
        picture = self._encode(pixels) if pixels is not None else None  # outside the lock: it takes a few ms
        with self._changed:
            if record.active:
                record.apply(event, picture, now)
                self._changed.notify_all()

    def _finish(self, record: Record, finished: Finished) -> None:
        with self._changed:
            if not record.active:
                return
            record.settled = self._clock()  # from here on nobody can stop it
            keep = record.keep
        if keep is not None:
            keep(finished)
        with self._changed:
            record.finished = finished
            record.end("done", self._clock())
            self._learn(record)
            self._changed.notify_all()
        self._wake.set()

    def _learn(self, record: Record) -> None:
        took = (record.ended or 0.0) - (record.started or 0.0)
        before = self._averages.pop(record.kind, took)
        self._averages[record.kind] = 0.7 * before + 0.3 * took
        while len(self._averages) > KINDS_REMEMBERED:
            self._averages.pop(next(iter(self._averages)))

    def _release(self, lane: _Lane, token: object, record: Record | None) -> None:
        """The worker is back: the lane is free, and what an unfinished job wrote goes."""
        if record is not None and record.state != "done":
            shutil.rmtree(record.folder, ignore_errors=True)
        with self._changed:
            if lane.token is token:
                lane.running = None
            self._changed.notify_all()
        self._wake.set()


def _small_jpeg(pixels: Pixels) -> bytes:
    from tryon.media.preview import jpeg_bytes

    return jpeg_bytes(pixels, PREVIEW_WIDTH, PREVIEW_QUALITY)


def _failed(error: BaseException) -> Failed:
    """What a user is told about an exception: our own sentences only, never the exception's text."""
    if not isinstance(error, TryonError):
        if _out_of_memory(error):
            error = OutOfMemory(model="This choice", instead="a smaller model")
        elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
            error = DiskFull()
        else:
            error = TryonError()
    return Failed(error.code, error.text, error.values, error.where)


def _out_of_memory(error: BaseException) -> bool:
    """By name, since torch (torch.OutOfMemoryError and its older aliases) may not be installed."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"MemoryError", "OutOfMemoryError"}) or "out of memory" in str(error).lower()
