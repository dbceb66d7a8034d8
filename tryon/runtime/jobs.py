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
import logging
import math
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tryon.errors import AlreadyRunning, DeadlinePassed, Stopped, TooBusy, TryonError
from tryon.events import Event, Failed, Finished
from tryon.runtime.failures import failed_by
from tryon.runtime.handle import Handle
from tryon.runtime.line import Experience, Lane, Turns
from tryon.runtime.record import Encode, Health, JobView, Record, State, Work, small_jpeg
from tryon.settings import Settings

__all__ = ["Handle", "Health", "JobView", "Jobs", "State", "Work"]

log = logging.getLogger(__name__)


class Jobs:
    """The registry. One per process; safe to use from any thread."""

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = time.monotonic, encode: Encode | None = None
    ) -> None:
        """`clock` in seconds; `encode` makes the small JPEGs (default: media.preview)."""
        self._settings = settings
        self._clock = clock
        self._encode = encode or small_jpeg
        self._gap = 1.0 / settings.preview_fps if settings.preview_fps > 0 else math.inf
        self._changed = threading.Condition()  # its lock guards everything below
        self._lanes: dict[str, Lane] = {}
        self._records: dict[str, Record] = {}
        self._turns = Turns(settings.max_waiting)
        self._experience = Experience(clock)
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
        keep: Callable[[Finished], object] | None = None,
    ) -> Handle:
        """Puts `work(folder)` in line for `device` and returns at once.

        `address` "" is not counted. `kind` groups jobs that take about as long; `expected` (s) is the guess
        before the first of a kind has run. `keep` gets the Finished in the worker thread just before the job
        becomes `done`. The folder is removed when the job fails or is stopped.
        Raises AlreadyRunning (the session has one running and one waiting), TooBusy.
        """
        with self._changed:
            lane = self._lanes.setdefault(device, Lane(device))
            self._admit(lane, session, address)
            self._arrived += 1
            self._forget_ended(session)
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
                arrived=self._turns.taken,
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
        return Handle(self, record) if (record := self._records.get(id or "")) else None

    def of(self, session: str) -> tuple[Handle, ...]:
        """The session's jobs that are still remembered, oldest first."""
        with self._changed:
            return tuple(Handle(self, r) for r in self._records.values() if r.session == session)

    def cancel(self, id: str | None) -> None:
        if handle := self.get(id):
            handle.cancel()

    def forget(self, session: str) -> None:
        """Stops the session's jobs and drops every reference to them."""
        with self._changed:
            for record in [r for r in self._records.values() if r.session == session]:
                self.stop(record)
                record.finished = None
                record.pictures.clear()
                self._drop(record)

    def health(self) -> Health:
        with self._changed:
            running = sum(lane.running is not None for lane in self._lanes.values())
            waiting = sum(len(lane.waiting) for lane in self._lanes.values())
            return Health(running, waiting, self._abandoned, self._closing)

    def shutdown(self, timeout: float = 20.0, patience: float | None = None) -> bool:
        """Takes no more jobs, lets the running ones finish within `patience` s (three quarters of `timeout`), then
        stops them. True: every worker came back within `timeout` s."""
        end = time.monotonic() + timeout
        patience = timeout * 0.75 if patience is None else patience
        with self._changed:
            self._closing = True
            for lane in self._lanes.values():
                for record in list(lane.waiting):
                    self.stop(record)
            self._changed.wait_for(self._idle, patience)
            for lane in self._lanes.values():
                if lane.running is not None:
                    self.stop(lane.running)
            clean = self._changed.wait_for(self._idle, max(0.0, end - time.monotonic()))
            for lane in self._lanes.values():
                lane.token = object()  # sends the workers home
            self._changed.notify_all()
        self.tick()
        self._wake.set()
        return clean

    def tick(self) -> float | None:
        """Applies everything that is due by the clock. Returns in how many seconds something will be (None:
        nothing until a change). A thread of ours calls it; tests with a clock of their own do too."""
        with self._changed:
            now = self._clock()
            for record in self._watched():
                for due, act in self._dues(record):
                    if now >= due:
                        act(record)
                        break
            trash, self._trash = self._trash, []
            dues = [due for record in self._watched() for due, _ in self._dues(record)]
        for folder in trash:
            shutil.rmtree(folder, ignore_errors=True)
        return max(0.0, min(dues) - now) if dues else None

    # -------------------------------------------------------------------------- for handles and the clock

    def _admit(self, lane: Lane, session: str, address: str) -> None:
        if self._closing:
            raise TooBusy(minutes=1)
        active = [r for r in self._records.values() if r.active]
        mine = [r for r in active if r.session == session]
        if len(mine) >= 2 or any(r.state == "waiting" for r in mine):
            raise AlreadyRunning()
        waiting = sum(r.state == "waiting" for r in active)
        here = sum(bool(address) and r.address == address for r in active)
        if waiting >= self._settings.max_waiting or here >= self._settings.max_per_address:
            raise TooBusy(minutes=self._experience.minutes(lane))

    def view_of(self, record: Record) -> JobView:
        with self._changed:
            position, wait = 0, 0.0
            if record.state == "waiting":
                lane = self._lanes[record.device]
                line = self._turns.line(lane.waiting)
                position = line.index(record) + 1
                wait = self._experience.wait(lane, line[: position - 1])
            expected = self._experience.expected(record)
            return record.view(self._clock(), expected=expected, position=position, wait=wait)

    def wait_for(self, record: Record, enough: Callable[[Record], bool], timeout: float | None) -> JobView:
        with self._changed:
            self._changed.wait_for(lambda: enough(record), timeout)
            return self.view_of(record)

    def follow(self, record: Record, step: int) -> None:
        with self._changed:
            record.followers = max(0, record.followers + step)
            record.left = self._clock()
        self._wake.set()

    def stop(self, record: Record) -> None:
        self._settle(record, "stopped")

    def _settle(self, record: Record, state: State, failed: Failed | None = None) -> None:
        """Decides a job's end. Who comes first decides; a worker that still runs it finds out by itself."""
        with self._changed:
            if not record.active:
                return
            lane = self._lanes[record.device]
            if record in lane.waiting:
                lane.waiting.remove(record)
            record.failed = failed
            record.settled = self._clock()
            record.end(state, record.settled)
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
                yield record.left + settings.grace_seconds, self.stop
        elif self._lanes[record.device].running is record:
            yield record.settled + settings.hang_seconds, self._abandon
        else:
            if not record.followers:
                yield max(record.left, record.settled) + settings.idle_minutes * 60, self._drop
            yield record.settled + settings.session_minutes * 60, self._drop

    def _watched(self) -> list[Record]:
        """All jobs remembered, and those that are forgotten but still on a lane."""
        running = (lane.running for lane in self._lanes.values())
        return [r for r in dict.fromkeys((*self._records.values(), *running)) if r is not None]

    def _late(self, record: Record) -> None:
        self._settle(record, "failed", failed_by(DeadlinePassed(seconds=round(self._settings.deadline_seconds))))

    def _abandon(self, record: Record) -> None:
        log.error("job %s did not come back; its worker was replaced", record.id)
        lane = self._lanes[record.device]
        lane.running, lane.token = None, object()
        self._abandoned += 1
        self._trash.append(record.folder)
        if record.ended is None:  # it hung while its result was being kept
            record.failed = failed_by(TryonError())
            record.end("failed", self._clock())
        self._start_worker(lane)
        self._changed.notify_all()

    def _forget_ended(self, session: str) -> None:
        """All but the session's newest ended job: their results are in the session's history, if anywhere."""
        for record in [r for r in self._records.values() if r.session == session and not r.active][:-1]:
            self._drop(record)

    def _drop(self, record: Record) -> None:
        self._records.pop(record.id, None)

    # ------------------------------------------------------------------------------------------ threads

    def _start_threads(self, lane: Lane) -> None:
        if not lane.started:
            lane.started = True
            self._start_worker(lane)
        if self._watch is None:
            self._watch = threading.Thread(target=self._watch_clock, name="jobs-clock", daemon=True)
            self._watch.start()

    def _start_worker(self, lane: Lane) -> None:
        threading.Thread(target=self._work, args=(lane, lane.token), name=f"lane-{lane.device}", daemon=True).start()

    def _watch_clock(self) -> None:
        while not (self._closing and self._idle()):
            self._wake.wait(self.tick())
            self._wake.clear()

    def _idle(self) -> bool:
        return all(lane.running is None and not lane.waiting for lane in self._lanes.values())

    def _work(self, lane: Lane, token: object) -> None:
        while (record := self._take(lane, token)) is not None:
            self._drive(record)
            self._release(lane, token, record)
            del record  # while it waits for the next job, this thread holds nothing of the last

    def _take(self, lane: Lane, token: object) -> Record | None:
        """Waits for the lane's next job. None: this worker is no longer wanted."""
        with self._changed:
            self._changed.wait_for(lambda: lane.token is not token or lane.waiting)
            if lane.token is not token:
                return None
            record = self._turns.line(lane.waiting)[0]
            lane.waiting.remove(record)
            lane.running = record
            record.state, record.started = "running", self._clock()
            record.version += 1
            self._turns.take(record, (r for other in self._lanes.values() for r in other.waiting))
            self._changed.notify_all()
        self._wake.set()
        return record

    def _drive(self, record: Record) -> None:
        """Runs one job to its end. Whatever the job does, the lane lives on."""
        with self._changed:
            work, context = record.work, record.context
        if work is None or context is None:  # stopped in the very moment it was taken
            return
        try:
            context.run(self._consume, record, work)
        except Stopped:
            self.stop(record)
        except BaseException as error:  # noqa: BLE001  a job must never end its lane
            self._fail(record, error)

    def _consume(self, record: Record, work: Work) -> None:
        """Iterates and closes the job's generator, in this thread."""
        events = iter(work(record.folder))
        finished: Finished | None = None
        try:
            for event in events:
                if not record.active:
                    return
                if isinstance(event, Failed):
                    self._settle(record, "failed", event)
                    return
                if isinstance(event, Finished):
                    finished = event
                self._apply(record, event)
        finally:
            if close := getattr(events, "close", None):
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
            now = self._clock()
            self._experience.learn(record.kind, now - (record.started or now))
            record.finished = finished
            record.end("done", now)
            self._changed.notify_all()
        self._wake.set()

    def _fail(self, record: Record, error: BaseException) -> None:
        with self._changed:
            if record.ended is not None:  # stopped or late: what its clean-up raised is nobody's concern
                return
            log.warning("job %s failed: %s", record.id, type(error).__name__)
            record.settled = None  # open again, if keeping its result failed
            self._settle(record, "failed", failed_by(error))

    def _release(self, lane: Lane, token: object, record: Record) -> None:
        """The worker is back: the lane is free, and what an unfinished job wrote goes."""
        if record.state != "done":
            shutil.rmtree(record.folder, ignore_errors=True)
        with self._changed:
            if lane.token is token:
                lane.running = None
            self._changed.notify_all()
        self._wake.set()
