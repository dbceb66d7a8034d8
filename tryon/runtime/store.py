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
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tryon.errors import SessionGone
from tryon.runtime.folders import make_root, remove, sweep_leftovers
from tryon.settings import Settings
from tryon.types import Category, Clip, Finished, Garment, Mask, Person, Photo

log = logging.getLogger(__name__)

PHOTOS_KEPT = 8  # per session, with what was found in them; the least recently used goes first
LOOKS_KEPT = 12  # per session, the oldest goes first


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A finished look of the session's history and the folder that holds its files."""

    id: str
    finished: Finished
    folder: Path


class _Kept:
    """One picture and what is known about it."""

    def __init__(self, photo: Photo | Clip) -> None:
        self.photo = photo
        self.person: Person | None = None
        self.garments: dict[Category | None, Garment] = {}
        self.mask: Mask | None = None


class Session:
    """One shopper's pictures. Made by the store; safe to use from any thread."""

    def __init__(self, id: str, folder: Path, clock: Callable[[], float]) -> None:
        self.id = id
        self.folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._photos: OrderedDict[str, _Kept] = OrderedDict()
        self._looks: list[Result] = []
        self._gone = False
        self.followers = 0
        self.seen = clock()  # last use
        self.since: float | None = None  # when the first picture came

    # ---------------------------------------------------------------------------------------- pictures

    def add_photo(self, photo: Photo | Clip) -> str:
        """Keeps a decoded picture and returns its id. Raises SessionGone."""
        with self._lock:
            self._used()
            id = secrets.token_urlsafe(9)
            self._photos[id] = _Kept(photo)
            while len(self._photos) > PHOTOS_KEPT:
                self._photos.popitem(last=False)
            return id

    def photo(self, id: str | None) -> Photo | Clip:
        """Raises SessionGone when it is no longer kept."""
        return self._kept(id).photo

    def has(self, id: str | None) -> bool:
        with self._lock:
            return (id or "") in self._photos

    def drop_photo(self, id: str | None) -> None:
        """Lets go of one picture and of what was found in it."""
        with self._lock:
            self._photos.pop(id or "", None)

    def person(self, id: str) -> Person | None:
        """The analysis of a person photo, if it has been made. Raises SessionGone."""
        return self._kept(id).person

    def set_person(self, id: str, person: Person | None) -> None:
        self._kept(id).person = person

    def garment(self, id: str, category: Category | None = None) -> Garment | None:
        """The analysis of a garment photo under the chosen category (None: guessed). Raises SessionGone."""
        return self._kept(id).garments.get(category)

    def set_garment(self, id: str, garment: Garment, category: Category | None = None) -> None:
        self._kept(id).garments[category] = garment

    def mask(self, id: str) -> Mask | None:
        """The edited mask of a person photo, (h, w). Raises SessionGone."""
        return self._kept(id).mask

    def set_mask(self, id: str, mask: Mask | None) -> None:
        self._kept(id).mask = mask

    # ----------------------------------------------------------------------------------------- results

    def new_folder(self) -> Path:
        """A new private folder with a random name, for one job. Raises SessionGone."""
        with self._lock:
            self._used()
            folder = self.folder / secrets.token_urlsafe(12)
            folder.mkdir(mode=0o700)
            return folder

    def keep(self, finished: Finished, folder: Path) -> Result:
        """Adds a finished look to the history. Raises SessionGone."""
        old: list[Result] = []
        with self._lock:
            self._used()
            result = Result(secrets.token_urlsafe(9), finished, folder)
            self._looks.append(result)
            while len(self._looks) > LOOKS_KEPT:
                old.append(self._looks.pop(0))
        for gone in old:
            shutil.rmtree(gone.folder, ignore_errors=True)
        return result

    @property
    def looks(self) -> tuple[Result, ...]:
        """The session's finished looks, oldest first."""
        with self._lock:
            return tuple(self._looks)

    def look(self, id: str | None) -> Result:
        """Raises SessionGone when it is no longer kept."""
        for result in self.looks:
            if result.id == id:
                return result
        raise SessionGone()

    # ------------------------------------------------------------------------------------------- inside

    def _used(self) -> None:
        if self._gone:
            raise SessionGone()
        self.seen = self._clock()
        if self.since is None:
            self.since = self.seen

    def _kept(self, id: str | None) -> _Kept:
        with self._lock:
            if self._gone or (id or "") not in self._photos:
                raise SessionGone()
            self.seen = self._clock()
            self._photos.move_to_end(id or "")
            return self._photos[id or ""]

    def due(self, settings: Settings) -> float:
        """When (by the clock) its life ends if nothing happens until then."""
        with self._lock:
            end = float("inf") if self.since is None else self.since + settings.session_minutes * 60
            if self.followers == 0:
                end = min(end, self.seen + settings.idle_minutes * 60)
            return end

    def empty(self) -> None:
        """Lets go of every picture; the files are the store's business."""
        with self._lock:
            self._gone = True
            self._photos.clear()
            self._looks.clear()


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
        session = self._sessions[id] = Session(id, folder, self._clock)
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep_on, name="store-sweeper", daemon=True)
            self._sweeper.start()
        return session

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
