"""The session store: the only place that keeps pictures, and the one rule of their life.

A session lives while somebody follows it and `idle_minutes` after, and `session_minutes` at most, counted from
its first picture. `delete` empties it within a second: references, files, and (through `on_delete`) its jobs.
Nothing here is logged but counts.

On disk everything lies under one folder per process, `settings.home/run-*`, which the process holds locked as
long as it lives; a start-up sweep removes the folders whose lock is free, so those of killed processes.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable

from tryon.errors import SessionGone
from tryon.runtime.folders import make_root, remove, sweep_leftovers
from tryon.runtime.session import Result, Session
from tryon.settings import Settings

__all__ = ["Result", "Session", "Store"]

log = logging.getLogger(__name__)


class Store:
    """All sessions of this process."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        on_delete: Callable[[str], None] | None = None,
    ) -> None:
        """Sweeps leftovers of dead processes and makes this process's folder. `clock` in seconds;
        `on_delete` gets the id of every session that ends (Jobs.forget)."""
        self._settings = settings
        self._clock = clock
        self._on_delete = on_delete
        self._lock = threading.Lock()
        self._sweeping = threading.Lock()  # who sweeps while another does returns when all that was due is gone
        self._sessions: dict[str, Session] = {}
        self._wake = threading.Event()
        self._closed = False
        self._sweeper: threading.Thread | None = None
        sweep_leftovers(settings.home)
        self.root, self._held = make_root(settings.home)

    def open(self, id: str | None = None) -> Session:
        """The session `id`, or a new one when there is none (any more)."""
        with self._lock:
            session = self._sessions.get(id or "")
            if session is None:
                session = self._new()
        session.seen = self._clock()
        self._wake.set()
        return session

    def get(self, id: str | None) -> Session:
        """Raises SessionGone."""
        session = self._sessions.get(id or "")
        if session is None:
            raise SessionGone()
        session.seen = self._clock()
        return session

    def follow(self, id: str | None) -> None:
        """Somebody has the session's page open. Pair with `unfollow`; unknown ids are ignored."""
        self._count(id, 1)

    def unfollow(self, id: str | None) -> None:
        self._count(id, -1)

    def delete(self, id: str | None) -> bool:
        """Removes everything of the session now; False when there was no such session. Does file work: not
        for event loops."""
        with self._lock:
            session = self._sessions.pop(id or "", None)
        if session is None:
            return False
        session.empty()
        if self._on_delete is not None:
            self._on_delete(session.id)
        remove(session.folder)
        return True

    def sweep(self) -> float | None:
        """Deletes the sessions whose life is over. Returns in how many seconds the next one will be (None:
        there is none)."""
        with self._sweeping:
            now = self._clock()
            with self._lock:
                sessions = list(self._sessions.values())
            for session in sessions:
                if now >= session.due(self._settings):
                    self.delete(session.id)
                    log.info("a session's pictures were deleted")
            with self._lock:
                dues = [s.due(self._settings) for s in self._sessions.values()]
        return max(0.0, min(dues) - now) if dues else None

    def close(self) -> None:
        """Deletes everything and stops the sweeper."""
        self._closed = True
        self._wake.set()
        for id in list(self._sessions):
            self.delete(id)
        remove(self.root)
        if self._held is not None:
            self._held.close()
            self._held = None

    def __len__(self) -> int:
        return len(self._sessions)

    # ------------------------------------------------------------------------------------------- inside

    def _new(self) -> Session:
        id = secrets.token_urlsafe(18)
        folder = self.root / secrets.token_urlsafe(12)  # not the id: addresses of files must not tell it
        folder.mkdir(mode=0o700)
        most = self._settings.session_mb << 20
        session = self._sessions[id] = Session(id, folder, self._clock, most, self._make_room)
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep_on, name="store-sweeper", daemon=True)
            self._sweeper.start()
        return session

    def _make_room(self) -> None:
        """Over the limit of all sessions together, those that nobody follows go first, least recently seen."""
        with self._lock:
            sessions = sorted(self._sessions.values(), key=lambda session: session.seen)
        total = sum(session.weight() for session in sessions)
        for session in sessions[:-1]:  # never the one that was just used
            if total <= self._settings.store_mb << 20:
                return
            if session.followers == 0:
                total -= session.weight()
                self.delete(session.id)

    def _count(self, id: str | None, step: int) -> None:
        session = self._sessions.get(id or "")
        if session is not None:
            session.followers = max(0, session.followers + step)
            session.seen = self._clock()
            self._wake.set()

    def _sweep_on(self) -> None:
        while not self._closed:
            due = self.sweep()
            # A due of another clock's making is looked at again after a minute.
            self._wake.wait(None if due is None else min(max(due, 0.05), 60.0))
            self._wake.clear()
