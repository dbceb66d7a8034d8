"""Who is next, and when: the waiting list of one device and what experience says about durations.

Pure bookkeeping, no threads; whoever owns it holds the lock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tryon.runtime.record import Record

GUESS_SECONDS = 15.0  # how long a job may take, before any has been seen
KINDS_REMEMBERED = 200


@dataclass(eq=False)
class Lane:
    """One device. `token` is the worker that may take jobs; an abandoned worker holds an old one."""

    device: str
    token: object = field(default_factory=object)
    started: bool = False  # it has a worker
    running: Record | None = None
    waiting: list[Record] = field(default_factory=list)


class Turns:
    """Round robin over sessions, in the order of arrival inside one.

    Whoever was served longest ago is next. A newcomer counts as served `window` jobs before it came: so
    newcomers overtake a regular, but a regular waits for `window` newcomers at most.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._last: dict[str, int] = {}  # session -> number of the last job it started
        self.taken = 0  # jobs started so far

    def line(self, waiting: Iterable[Record]) -> list[Record]:
        """The waiting jobs in the order in which they will run."""

        def turn(record: Record) -> tuple[int, int]:
            new = record.arrived - self._window
            return max(self._last.get(record.session, new), new), record.order

        return sorted(waiting, key=turn)

    def take(self, record: Record, waiting: Iterable[Record]) -> None:
        """Notes that `record` starts now; forgets turns so long ago that they no longer count."""
        self.taken += 1
        self._last[record.session] = self.taken
        keep = {other.session for other in waiting}
        oldest = self.taken - self._window
        self._last = {s: turn for s, turn in self._last.items() if turn >= oldest or s in keep}

    def __len__(self) -> int:
        return len(self._last)


class Experience:
    """How long jobs of each kind take: a moving average."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._averages: dict[str, float] = {}  # kind -> s, most recently learnt last

    def learn(self, kind: str, seconds: float) -> None:
        before = self._averages.pop(kind, seconds)
        self._averages[kind] = 0.7 * before + 0.3 * seconds
        while len(self._averages) > KINDS_REMEMBERED:
            self._averages.pop(next(iter(self._averages)))

    def expected(self, record: Record) -> float | None:
        """Seconds from beginning to end; None when neither experience nor the submitter knows."""
        return self._averages.get(record.kind, record.expected)

    def wait(self, lane: Lane, ahead: Iterable[Record]) -> float:
        """Seconds until the lane has done its running job and those `ahead`."""
        total = sum(self._guess(record) for record in ahead)
        running = lane.running
        if running is not None and running.started is not None:
            total += max(0.0, self._guess(running) - (self._clock() - running.started))
        return total

    def minutes(self, lane: Lane) -> int:
        """The whole line's wait for a sentence: at least 1."""
        return max(1, math.ceil(self.wait(lane, lane.waiting) / 60))

    def _guess(self, record: Record) -> float:
        expected = self.expected(record)
        return max(self._averages.values(), default=GUESS_SECONDS) if expected is None else expected

    def __len__(self) -> int:
        return len(self._averages)
