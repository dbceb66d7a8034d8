"""A job, as whoever submitted or found it sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from tryon.runtime.record import JobView, Record


class Registry(Protocol):
    """What a handle asks of the registry (jobs.Jobs)."""

    def view_of(self, record: Record) -> JobView: ...

    def wait_for(self, record: Record, enough: Callable[[Record], bool], timeout: float | None) -> JobView: ...

    def stop(self, record: Record) -> None: ...

    def follow(self, record: Record, step: int) -> None: ...


class Handle:
    """A job, as its followers see it."""

    def __init__(self, registry: Registry, record: Record) -> None:
        self._registry = registry
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
        return self._registry.view_of(self._record)

    def wait(self, version: int = -1, timeout: float | None = None) -> JobView:
        """Blocks until the version is another than `version` (at most `timeout` s); not for event loops."""
        return self._registry.wait_for(self._record, lambda r: r.version != version, timeout)

    def join(self, timeout: float | None = None) -> JobView:
        """Blocks until the job has ended (at most `timeout` s); not for event loops."""
        return self._registry.wait_for(self._record, lambda r: r.ended is not None, timeout)

    def cancel(self) -> None:
        """Stops the job; returns at once, and the job is `stopped` at once. Nothing happens to an ended one."""
        self._registry.stop(self._record)

    def follow(self) -> None:
        """Somebody looks at the job: it goes on. Pair with `unfollow`."""
        self._registry.follow(self._record, 1)

    def unfollow(self) -> None:
        self._registry.follow(self._record, -1)

    @contextmanager
    def following(self) -> Iterator[Handle]:
        self.follow()
        try:
            yield self
        finally:
            self.unfollow()
