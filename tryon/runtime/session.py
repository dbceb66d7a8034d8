"""One shopper's pictures: what is kept of them, and how much of it."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tryon.errors import SessionGone
from tryon.events import Finished
from tryon.runtime.weight import weigh
from tryon.settings import Settings
from tryon.types import Category, Clip, Footage, Garment, Mask, Person, Photo

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
        self.footage: Footage | None = None
        self.garments: dict[Category | None, Garment] = {}
        self.nobody = False
        self.mask: Mask | None = None


class Session:
    """One shopper's pictures. Made by the store; safe to use from any thread."""

    def __init__(
        self, id: str, folder: Path, clock: Callable[[], float], most_bytes: int, grown: Callable[[], None]
    ) -> None:
        """`most_bytes` of pictures may be kept in memory; `grown` is called, without locks, when more came."""
        self.id = id
        self.folder = folder
        self._clock = clock
        self._most_bytes = most_bytes
        self._grown = grown
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
        self._shrink()
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
        self._shrink()

    def footage(self, id: str) -> Footage | None:
        """The analysis of a person's clip, if it has been made. Raises SessionGone."""
        return self._kept(id).footage

    def set_footage(self, id: str, footage: Footage) -> None:
        self._kept(id).footage = footage
        self._shrink()

    def garment(self, id: str, category: Category | None = None) -> Garment | None:
        """The analysis of a garment photo under the chosen category (None: guessed). Raises SessionGone."""
        return self._kept(id).garments.get(category)

    def set_garment(self, id: str, garment: Garment, category: Category | None = None) -> None:
        self._kept(id).garments[category] = garment
        self._shrink()

    def nobody(self, id: str) -> bool:
        """Was it found that there is no person in the picture? Raises SessionGone."""
        return self._kept(id).nobody

    def set_nobody(self, id: str) -> None:
        self._kept(id).nobody = True

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
        with self._lock:
            self._used()
            result = Result(secrets.token_urlsafe(9), finished, folder)
            self._looks.append(result)
        self._shrink()
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

    def weight(self) -> int:
        """Bytes of all pictures in memory, each counted once."""
        with self._lock:
            photos = [
                (kept.photo, kept.person, kept.footage, kept.garments, kept.mask) for kept in self._photos.values()
            ]
            return weigh((photos, [result.finished.look for result in self._looks]))

    def _shrink(self) -> None:
        """Lets go of the oldest until the rest is within the limits; the newest look and two photos stay."""
        gone: list[Result] = []
        with self._lock:
            while len(self._photos) > PHOTOS_KEPT:
                self._photos.popitem(last=False)
            while len(self._looks) > LOOKS_KEPT or (len(self._looks) > 1 and self.weight() > self._most_bytes):
                gone.append(self._looks.pop(0))
            while len(self._photos) > 2 and self.weight() > self._most_bytes:
                self._photos.popitem(last=False)
        for result in gone:
            shutil.rmtree(result.folder, ignore_errors=True)
        self._grown()

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
