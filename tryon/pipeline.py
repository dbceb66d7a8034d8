"""The one flow: Job -> events, picture and film.

`Pipeline.run` is a generator: previews and frames are yielded, results are returned up the chain by
`yield from`. Closing it closes every stage inside it; that is how Stop and a deadline cancel.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tryon.catalog import Catalog, Entry, build_catalog
from tryon.errors import EmptyResult, TryonError
from tryon.fitting import category_of, fit, paste_back, redressed
from tryon.masking import agnostic_mask
from tryon.media.flat import is_flat
from tryon.media.label import Label
from tryon.media.mp4 import VideoWriter
from tryon.media.still import write_image
from tryon.notes import note
from tryon.plan import plan
from tryon.previews import garment_cutout, mask_overlay, person_overlay
from tryon.runtime.devices import this_machine
from tryon.runtime.spaces import gpu
from tryon.runtime.steps import as_steps
from tryon.settings import Settings, read_settings
from tryon.spec import Kind, Machine, Runtime, TransferSpec
from tryon.types import (
    Category,
    Clip,
    Dressed,
    Event,
    Facts,
    Failed,
    Finished,
    FrameReady,
    Garment,
    Given,
    Job,
    Look,
    Mask,
    Note,
    Person,
    Photo,
    Preview,
    Progress,
    Request,
    Scene,
    Stage,
    StageDone,
    StageStarted,
)
from tryon.weights.layout import to_fetch_gib

T = TypeVar("T")
Steps = Generator[Event, None, T]

IMAGE_NAME = "look.png"
VIDEO_NAME = "video.mp4"


class Pipeline:
    """Plans and runs jobs. Keeps the models that it loaded, and nothing about any job or user."""

    def __init__(
        self, settings: Settings | None = None, catalog: Catalog | None = None, machine: Machine | None = None
    ) -> None:
        self.settings = settings or read_settings()
        self.catalog = catalog or build_catalog()
        self.machine = machine or this_machine()
        self._models: dict[tuple[Kind, str], Any] = {}
        self._lock = threading.Lock()
        # Wrapped once, at start: a ZeroGPU Space looks for such a function before the page is served.
        self._on_gpu = gpu(self._flow, _gpu_seconds)

    def plan(self, request: Request) -> Job:
        """Raises OrderError before anything is loaded."""
        return plan(request, self.catalog, self.machine, self.settings)

    def parse(self, photo: Photo) -> Person:
        """The person analysis by the default parser. Raises NoPerson."""
        return self._model("parser")(photo)

    def garment(self, photo: Photo, category: Category | None = None) -> Garment:
        """The garment analysis by the default garment parser. Raises NoGarment."""
        return self._model("garment")(photo, category)

    def mask(self, person: Person, garments: tuple[Garment, ...], category: Category) -> Mask:
        """The agnostic mask that a run would use, at the photo's size."""
        return agnostic_mask(person, garments, category)

    def run(self, job: Job, folder: Path, given: Given | None = None) -> Iterator[Event]:
        """Events of one job, ending in Finished or Failed. Writes look.png and video.mp4 into `folder`.

        Errors that a user can understand become Failed; others propagate to whoever runs the job.
        """
        flow = self._on_gpu if self._needs_gpu(job) else self._flow
        yield from flow(job, folder, given or Given())

    def _flow(self, job: Job, folder: Path, given: Given) -> Iterator[Event]:
        try:
            yield from self._run(job, folder, given)
        except TryonError as error:
            yield Failed(error.code, error.text, error.values, error.where)

    def _run(self, job: Job, folder: Path, given: Given) -> Steps[None]:
        started = time.perf_counter()
        notes: list[Note] = []

        def kept(steps: Steps[T]) -> Steps[T]:
            return _listening(steps, notes)

        yield from kept(_said(job.notes))
        look = given.look
        if look is None:
            look = yield from kept(self._dress(job, given))
        image, video = folder / IMAGE_NAME, folder / VIDEO_NAME
        # Without the time taken: the same job gives the same bytes.
        facts = _facts(job, look.category, 0.0)
        shown = look.photo.pixels
        if job.label:
            shown = Label(look.photo.width, look.photo.height).apply(shown)
        # A large PNG takes a second to compress: it is written beside the film, not before it.
        with ThreadPoolExecutor(1) as writer:
            written = writer.submit(write_image, image, shown, facts)
            if job.video is not None:
                yield from kept(self._animate(job, job.video, look, video, facts))
            written.result()
        yield Finished(
            look=look,
            image=image,
            video=video if job.video else None,
            facts=replace(facts, seconds=round(time.perf_counter() - started, 2)),
            notes=tuple(notes),
        )

    # ------------------------------------------------------------------------------------- the stages

    def _dress(self, job: Job, given: Given) -> Steps[Look]:
        photo = job.person if isinstance(job.person, Photo) else _still(job.person)
        spec = self.catalog.get("transfer", job.transfer).spec
        assert isinstance(spec, TransferSpec)
        yield StageStarted("photo")
        yield Preview("photo", photo.pixels, final=True)
        yield StageDone("photo", 0.0)
        person = yield from _stage("parse", self._parsed(photo, given.person))
        garments = yield from _stage("garment", self._garments(job, given.garments))
        look: Look | None = None
        most = spec.garments[1]
        for first in range(0, len(garments), most):
            group = garments[first : first + most]
            one = job if len(garments) == 1 else replace(job, category=None)
            edited = given.mask if first == 0 else None
            before = look or Look(photo=photo, person=person, before=photo, mask=None, garments=(), category="top")
            look = yield from self._put_on(one, spec, before, group, edited)
        assert look is not None
        return look

    def _parsed(self, photo: Photo, known: Person | None) -> Steps[Person]:
        person = known or self.parse(photo)
        yield from person.notes
        yield Preview("parse", person_overlay(person), final=True)
        return person

    def _garments(self, job: Job, known: tuple[Garment, ...] | None) -> Steps[tuple[Garment, ...]]:
        # A category was asked for: it holds for one garment; several garments each keep their own guess.
        wanted = job.category if len(job.garments) == 1 else None
        garments = known or tuple(self.garment(photo, wanted) for photo in job.garments)
        for garment in garments:
            yield from garment.notes
        yield Preview("garment", garment_cutout(garments[0]), final=True)
        return garments

    def _put_on(
        self, job: Job, spec: TransferSpec, before: Look, garments: tuple[Garment, ...], edited: Mask | None
    ) -> Steps[Look]:
        person, category = before.person, category_of(job, garments)

        def masked() -> Steps[Mask | None]:
            if edited is not None:
                yield note("mask_edited")
            mask = edited if edited is not None else agnostic_mask(person, garments, category)
            yield Preview("mask", mask_overlay(person.photo, mask), final=True)
            return None if spec.maskless and edited is None else mask

        mask = yield from _stage("mask", masked())

        def transferred() -> Steps[Look]:
            fitting = fit(job, spec, person, garments, mask)
            model = yield from self._ready("transfer", job.transfer, "transfer")
            dressed: Dressed = yield from model(fitting)
            photo, alpha = paste_back(person.photo, fitting.crop, dressed)
            yield Preview("transfer", photo.pixels, final=True)
            after = (
                self.parse(photo) if dressed.labels is None else redressed(person, photo, fitting.crop, dressed, alpha)
            )
            return Look(
                photo=photo,
                person=after,
                before=before.before,
                mask=mask,
                garments=(*before.garments, *garments),
                category=category,
            )

        return (yield from _stage("transfer", transferred()))

    def _animate(self, job: Job, model: str, look: Look, path: Path, facts: Facts) -> Steps[None]:
        scene = Scene(
            look=look,
            prompt=job.prompt,
            width=job.width,
            height=job.height,
            frames=job.frames,
            fps=job.fps,
            seed=job.seed,
            steps=job.video_steps,
            guidance=job.video_guidance,
            loop=job.loop,
            driving=job.person if isinstance(job.person, Clip) else None,
        )
        label = Label(job.width, job.height) if job.label else None

        def filmed() -> Steps[None]:
            empty = True
            animator = yield from self._ready("video", model, "video")
            for event in animator(scene):
                if isinstance(event, FrameReady):
                    empty = empty and is_flat(event.frame)
                    frame = label.apply(event.frame) if label else event.frame
                    writer.write(frame)
                    event = FrameReady(event.index, event.total, frame)
                yield event
            if empty:
                raise EmptyResult(model=self.catalog.get("video", model).spec.title)

        def finished() -> Steps[None]:
            writer.finish()
            yield from ()

        # Frames are encoded as they arrive; the encode stage is what is left of it after the last frame.
        with VideoWriter(path, job.width, job.height, job.fps, facts) as writer:
            yield from _stage("video", filmed())
            yield from _stage("encode", finished())

    # ------------------------------------------------------------------------------------- the models

    def _ready(self, kind: Kind, name: str, stage: Stage) -> Steps[Any]:
        """A model; while its weights are fetched, how far that is. Closing stops the download, to be continued."""
        spec = self.catalog.get(kind, name).spec
        if (kind, name) in self._models or not spec.weights:
            return self._model(kind, name)
        gib = to_fetch_gib(spec, self.settings)
        if gib > 0 and not self.settings.offline:
            yield note("download", model=spec.title, gib=max(1, round(gib)), licence=spec.licence)
        return (yield from as_steps(lambda tap: self._model(kind, name, lambda share: tap(Progress(stage, share)))))

    def _model(self, kind: Kind, name: str | None = None, report: Callable[[float], None] | None = None) -> Any:
        entry = self.catalog.get(kind, name) if name else self.catalog.default(kind, self.machine)
        key = (kind, entry.spec.name)
        with self._lock:  # two callers must not load one model twice
            if key not in self._models:
                self._models[key] = entry.load(replace(self._runtime(entry), report=report))
            return self._models[key]

    def _needs_gpu(self, job: Job) -> bool:
        names: tuple[tuple[Kind, str | None], ...] = (("transfer", job.transfer), ("video", job.video))
        return any(self.catalog.get(kind, name).spec.gpu_gib > 0 for kind, name in names if name)

    def _runtime(self, entry: Entry) -> Runtime:
        device = self.machine.device if entry.spec.gpu_gib > 0 else "cpu"
        dtype = "bfloat16" if device == "cuda" else "float32"
        threads = self.settings.threads or self.machine.cores
        return Runtime(spec=entry.spec, device=device, dtype=dtype, threads=threads, settings=self.settings)


def _gpu_seconds(job: Job, folder: Path, given: Given) -> float:
    """A generous guess of a job's time on a ZeroGPU card, s: loading, then half a second a step."""
    return 30 + 0.5 * job.transfer_steps + (0.5 * job.video_steps + 0.1 * job.frames if job.video else 0)


def _stage(stage: Stage, steps: Steps[T]) -> Steps[T]:
    started = time.perf_counter()
    yield StageStarted(stage)
    result = yield from steps
    yield StageDone(stage, time.perf_counter() - started)
    return result


def _listening(steps: Steps[T], notes: list[Note]) -> Steps[T]:
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


def _said(notes: tuple[Note, ...]) -> Steps[None]:
    yield from notes


def _still(clip: Clip) -> Photo:
    return Photo(clip.frames[0])


def _facts(job: Job, category: Category, seconds: float) -> Facts:
    return Facts(
        transfer=job.transfer,
        video=job.video,
        prompt=job.prompt,
        category=category,
        seed=job.seed,
        width=job.width,
        height=job.height,
        frames=job.frames,
        fps=job.fps,
        quality=job.quality,
        steps=(job.transfer_steps, job.video_steps),
        seconds=seconds,
    )
