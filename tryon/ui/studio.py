"""What page and API share: taking pictures in, looking at them early, placing orders, showing results.

Knows sessions, jobs and the pipeline; knows no component.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from tryon.catalog import Entry
from tryon.errors import NoPerson, PhotoRejected, SessionGone, TryonError
from tryon.events import Event, Finished, Progress
from tryon.media.clip import is_clip, read_clip
from tryon.media.guarded import read_photo_guarded
from tryon.media.preview import jpeg_bytes
from tryon.pipeline import Pipeline
from tryon.plan import default_entry
from tryon.runtime.jobs import Handle, Jobs
from tryon.runtime.memory import gpu_need
from tryon.runtime.store import Result, Session, Store
from tryon.settings import Settings
from tryon.spec import VideoSpec
from tryon.types import Category, Clip, Footage, Garment, Given, Job, Person, Photo
from tryon.ui.order import Order, as_request
from tryon.ui.result import Shown
from tryon.ui.view import shrunk

log = logging.getLogger(__name__)

T = TypeVar("T")

FACTS = "facts.json"  # beside the files of a look, for those that are made later
SHOWN_SIDE = 1280  # px, longest side of pictures that the page shows
EXPECTED = {"cpu": 12.0}  # s, the guess before the first job of a kind has run


class Studio:
    """One per process."""

    def __init__(self, settings: Settings, pipeline: Pipeline, jobs: Jobs, store: Store) -> None:
        self.settings = settings
        self.pipeline = pipeline
        self.jobs = jobs
        self.store = store
        self._analyses = Analyses(pipeline)

    # ---------------------------------------------------------------------------------------- pictures in

    def take(self, path: str | Path, where: str) -> Photo | Clip:
        """Decodes an uploaded file through our own door and deletes it at once; a person may be a clip. Raises
        PhotoRejected and its kinds."""
        file = Path(path)
        try:
            if file.stat().st_size > self.settings.max_upload_mb * 1024 * 1024 * 2:
                raise PhotoRejected(where=where)
            data = file.read_bytes()
        except OSError:
            raise PhotoRejected(where=where) from None
        finally:
            file.unlink(missing_ok=True)
        if where == "person" and is_clip(data):
            return read_clip(data, self.settings, where)
        return read_photo_guarded(data, self.settings, where)

    def shown(self, photo: Photo | Clip) -> bytes:
        """A JPEG of a picture, or of a clip's first frame, for the page, without metadata."""
        photo = photo if isinstance(photo, Photo) else Photo(photo.frames[0])
        return jpeg_bytes(photo.pixels, min(photo.width, self._width(photo)), 88)

    @staticmethod
    def _width(photo: Photo) -> int:
        return max(1, round(photo.width * min(1.0, SHOWN_SIDE / max(photo.width, photo.height))))

    # ------------------------------------------------------------------------------------- early analysis

    def look_at_person(self, session: Session, id: str) -> Future[Person]:
        return self._analyses.person(session, id)

    def look_at_clip(self, session: Session, id: str) -> Future[Footage]:
        return self._analyses.clip(session, id)

    def look_at_garment(self, session: Session, id: str, category: Category | None) -> Future[Garment]:
        return self._analyses.garment(session, id, category)

    # -------------------------------------------------------------------------------------------- orders

    def place(self, session: Session, order: Order, address: str, tap: Callable[[Event], None] | None = None) -> Handle:
        """Checks an order and puts it in line; `tap` hears every event in the worker's thread.

        Raises OrderError, NoPerson, TooBusy, AlreadyRunning, SessionGone.
        """
        wearer = session.photo(order.person) if order.person else None
        if order.person and session.nobody(order.person):
            raise NoPerson(where="person")  # told at upload: no run is needed to find it again
        garments = (order.garment, *order.others) if order.garment else ()
        job = self.pipeline.plan(as_request(order, wearer, *(session.photo(id) for id in garments)))
        person = order.person or ""
        folder = session.new_folder()

        def work(folder: Path) -> Generator[Event, None, None]:
            given = yield from self._given(session, person, garments, order.category, self.pipeline.reads_clip(job))
            events = self.pipeline.run(job, folder, given)
            yield from _tapped(events, tap) if tap else events

        try:
            return self.jobs.submit(
                work,
                session=session.id,
                address=address,
                kind=_kind(job),
                folder=folder,
                device=self._device(job),
                expected=EXPECTED.get(self._device(job)),
                keep=lambda finished: self._keep(session, finished, folder),
            )
        except TryonError:
            folder.rmdir()
            raise

    def _given(
        self, session: Session, person: str, garments: tuple[str, ...], category: Category | None, whole: bool
    ) -> Generator[Event, None, Given]:
        """The analyses made at upload, waited for where they still run, and the painted mask; `whole`: a clip's. The
        category is the first garment's; further ones are what they look like."""
        found, footage = None, None
        if not isinstance(session.photo(person), Clip):
            found = yield from _awaited(self.look_at_person(session, person), lambda: Progress("parse", 0.0))
        elif whole:
            looked = partial(self._analyses.progress, session, person)
            footage = yield from _awaited(self.look_at_clip(session, person), looked)
        cut = []
        for number, id in enumerate(garments):
            looked_at = self.look_at_garment(session, id, None if number else category)
            cut.append((yield from _awaited(looked_at, lambda: Progress("garment", 0.0))))
        known = tuple(one for one in cut if one is not None)
        whole_set = known if len(known) == len(garments) else None
        return Given(person=found, footage=footage, garments=whole_set, mask=session.mask(person))

    def _device(self, job: Job) -> str:
        specs = [self.pipeline.catalog.get("transfer", job.transfer).spec]
        if job.video is not None:
            specs.append(self.pipeline.catalog.get("video", job.video).spec)
        return self.pipeline.machine.device if any(gpu_need(spec) > 0 for spec in specs) else "cpu"

    def _keep(self, session: Session, finished: Finished, folder: Path) -> None:
        for name, photo in (("before.jpg", finished.look.before), ("after.jpg", finished.look.photo)):
            (folder / name).write_bytes(self.shown(photo))
        (folder / FACTS).write_text(json.dumps(asdict(finished.facts)), "utf-8")
        session.keep(finished, folder)

    # ------------------------------------------------------------------------------------------- results

    def present(self, session: Session, result: Result) -> Shown:
        """A result as the page shows it. Raises SessionGone when its files were deleted meanwhile."""
        try:
            after = (result.folder / "after.jpg").read_bytes()
        except OSError:
            raise SessionGone() from None
        facts = result.finished.facts
        return Shown(
            id=result.id,
            base=f"{self.settings.root_path.rstrip('/')}/look/{session.folder.name}/{result.folder.name}",
            facts=facts,
            models=tuple(self.title(name) for name in (facts.transfer, facts.video) if name),
            has_video=result.finished.video is not None,
            thumb=shrunk(after),
            width=result.finished.look.photo.width,
            height=result.finished.look.photo.height,
        )

    def title(self, name: str) -> str:
        """Of a try-on or video model."""
        entries = self.pipeline.catalog.entries
        named = (e.spec.title for e in entries if e.spec.kind in ("transfer", "video") and e.spec.name == name)
        return next(named, name)

    def video(self, name: object) -> VideoSpec:
        """The video model of this name; the default for any other."""
        named = (entry for entry in self.pipeline.catalog.of("video") if entry.spec.name == name)
        spec = next(named, self.default("video")).spec
        assert isinstance(spec, VideoSpec)
        return spec

    def aspect(self, session_id: str, person: str) -> float:
        """Width / height of the person's picture; a portrait's where there is none yet."""
        with suppress(SessionGone):
            photo = self.store.get(session_id).photo(person)
            height, width = photo.frames.shape[1:3] if isinstance(photo, Clip) else photo.pixels.shape[:2]
            return float(width / height)
        return 0.75

    def default(self, kind: str, commercial: bool = False) -> Entry:
        """The model that runs when none is chosen; `commercial`: one whose licence allows commercial use."""
        wished = self.settings.transfer if kind == "transfer" else self.settings.video
        commercial = commercial or self.settings.commercial_only
        for entry in self.pipeline.catalog.entries:
            named = wished and entry.spec.kind == kind and entry.spec.name == wished
            if named and (entry.spec.commercial or not commercial):
                return entry
        return default_entry(
            kind,  # type: ignore[arg-type]
            self.pipeline.catalog,
            self.pipeline.machine,
            replace(self.settings, commercial_only=commercial),
        )


def _kind(job: Job) -> str:
    return f"{job.transfer}+{job.video}:{job.width}x{job.height}x{job.frames}:{job.quality}"


def _tapped(events: Iterator[Event], tap: Callable[[Event], None]) -> Iterator[Event]:
    for event in events:
        tap(event)
        yield event


def _awaited(future: Future[T], waiting: Callable[[], Event]) -> Generator[Event, None, T | None]:
    """The future's result without blocking a Stop; None when it failed: the stage itself will tell why."""
    while True:
        try:
            return future.result(timeout=0.1)
        except NotYet:
            if future.done():
                return None
            yield waiting()
        except TryonError:
            return None
        except Exception as error:  # noqa: BLE001 - the stage runs again and reports in its own way
            log.warning("an early analysis failed: %s", type(error).__name__)
            return None


class Analyses:
    """Person and garment analyses in the background, a person beside a garment, each once."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, str, str], Future[object]] = {}
        self._worker = ThreadPoolExecutor(2, thread_name_prefix="analysis")
        self._clips = ThreadPoolExecutor(1, thread_name_prefix="clip-analysis")  # long: a photo must not wait for it
        self._looked: dict[tuple[str, str], Progress] = {}

    def person(self, session: Session, id: str) -> Future[Person]:
        def look() -> Person:
            known = session.person(id)
            if known is None:
                known = self._pipeline.parse(_photo(session, id))
                session.set_person(id, known)
            return known

        return self._once((session.id, id, "person"), _remembering(session, id, look))

    def garment(self, session: Session, id: str, category: Category | None) -> Future[Garment]:
        def look() -> Garment:
            known = session.garment(id, category)
            if known is None:
                known = self._pipeline.garment(_photo(session, id), category)
                session.set_garment(id, known, category)
            return known

        return self._once((session.id, id, f"garment {category}"), look)

    def clip(self, session: Session, id: str) -> Future[Footage]:
        """The whole clip, given up when the session lets go of it."""

        def look() -> Footage:
            known = session.footage(id)
            steps = self._pipeline.footage(_clip(session, id))
            try:
                while known is None:
                    try:
                        event = next(steps)
                    except StopIteration as stop:
                        known = stop.value
                        session.set_footage(id, known)
                        break
                    if isinstance(event, Progress):
                        self._looked[session.id, id] = event
                    if not session.has(id):
                        raise SessionGone()
            finally:
                steps.close()
                self._looked.pop((session.id, id), None)
            return known

        return self._once((session.id, id, "clip"), _remembering(session, id, look), self._clips)

    def progress(self, session: Session, id: str) -> Progress:
        """How far the look at a clip is."""
        return self._looked.get((session.id, id), Progress("parse", 0.0))

    def _once(
        self, key: tuple[str, str, str], look: Callable[[], T], worker: ThreadPoolExecutor | None = None
    ) -> Future[T]:
        with self._lock:
            future = self._pending.get(key)
            if future is None:
                future = self._pending[key] = (worker or self._worker).submit(look)
                future.add_done_callback(lambda _: self._forget(key))
            return future  # type: ignore[return-value]

    def _forget(self, key: tuple[str, str, str]) -> None:
        self._pending.pop(key, None)


def _remembering(session: Session, id: str, look: Callable[[], T]) -> Callable[[], T]:
    """`look`, after which the session knows when it found nobody."""

    def looked() -> T:
        try:
            return look()
        except NoPerson:
            session.set_nobody(id)
            raise

    return looked


def _clip(session: Session, id: str) -> Clip:
    clip = session.photo(id)
    if not isinstance(clip, Clip):
        raise SessionGone()
    return clip


def _photo(session: Session, id: str) -> Photo:
    photo = session.photo(id)
    if isinstance(photo, Clip):
        raise SessionGone()
    return photo
