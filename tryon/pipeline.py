"""The one flow: Job -> events, picture and film.

`Pipeline.run` is a generator: previews and frames are yielded, results are returned up the chain by
`yield from`. Closing it closes every stage inside it; that is how Stop and a deadline cancel.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tryon.catalog import Catalog, build_catalog
from tryon.errors import OutOfMemory, TryonError
from tryon.events import Event, Failed, Finished, Preview, StageDone, StageStarted
from tryon.filming import Filming, facts_of, groups_of
from tryon.fitting import category_of, crop_of_clip, fit
from tryon.gate import Gate
from tryon.loader import Loader, check_room
from tryon.masking import agnostic_mask, settled
from tryon.media.label import Label
from tryon.media.still import write_image
from tryon.notes import note
from tryon.parsing.footage import parse_clip
from tryon.plan import default_entry, plan
from tryon.previews import garment_cutout, mask_overlay, person_overlay
from tryon.retreat import tighter, told_of
from tryon.runtime.devices import this_machine
from tryon.runtime.failures import out_of_memory
from tryon.runtime.memory import fits_at_once, gpu_need, usual, usual_plan
from tryon.runtime.spaces import gpu
from tryon.runtime.stages import Steps, listening, said, stage_of
from tryon.settings import Settings, read_settings
from tryon.spec import Kind, Machine, TransferSpec
from tryon.trying import guesser_for, judged, tried
from tryon.types import (
    Category,
    Clip,
    Dressed,
    Fitting,
    Footage,
    Garment,
    Given,
    Job,
    Look,
    Mask,
    Note,
    Person,
    Photo,
    Request,
)
from tryon.wearing import wear_notes

T = TypeVar("T")

IMAGE_NAME, VIDEO_NAME = "look.png", "video.mp4"


@dataclass(frozen=True)
class _Seen:
    """What the parser found: the person to be dressed and, where the whole clip is wanted, all of it."""

    person: Person
    footage: Footage | None


class Pipeline:
    """Plans and runs jobs. Keeps the models that it loaded, and nothing about any job or user."""

    def __init__(
        self, settings: Settings | None = None, catalog: Catalog | None = None, machine: Machine | None = None
    ) -> None:
        self.settings = settings or read_settings()
        self.catalog = catalog or build_catalog()
        self.machine = machine or this_machine()
        self.gate = Gate(self.settings)
        self.models = Loader(self.catalog, self.machine, self.settings)
        self._filming = Filming(self.models, self.catalog, self.machine, self.parse)
        # Wrapped once, at start: a ZeroGPU Space looks for such a function before the page is served.
        self._on_gpu = gpu(self._flow, _gpu_seconds)

    def plan(self, request: Request) -> Job:
        """Raises OrderError before anything is loaded."""
        job = plan(request, self.catalog, self.machine, self.settings)
        chosen: tuple[tuple[Kind, str | None], ...] = (("transfer", job.transfer), ("video", job.video))
        taken = 0.0
        for kind, name in chosen:
            if name is not None:
                taken += check_room(
                    self.catalog.get(kind, name).spec,
                    self.settings,
                    default_entry(kind, self.catalog, self.machine, self.settings).spec.title,
                    taken,
                )
        return job

    def parse(self, photo: Photo) -> Person:
        """The person analysis by the default parser. Raises NoPerson."""
        return settled(self.models.model("parser")(photo))

    def garment(self, photo: Photo, category: Category | None = None) -> Garment:
        """The garment analysis by the default garment parser. Raises NoGarment."""
        return self.models.model("garment")(photo, category)

    def footage(self, clip: Clip) -> Steps[Footage]:
        """The analysis of a person's clip by the default parser. Yields Progress. Raises NoPerson."""
        return parse_clip(self.models.model("parser"), clip)

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
            return listening(steps, notes)

        yield from kept(said(job.notes))
        worn = given.look
        if worn is not None:
            seen = _Seen(worn.person, (yield from kept(self._footage(job, given))))
        else:
            # Neither analysis needs the other, and each leaves cores idle.
            with ThreadPoolExecutor(1) as beside:
                found = beside.submit(self._analysed, job, given.garments)
                seen = yield from kept(self._seen(job, given))
                garments = yield from kept(stage_of("garment", self._garments(found)))
            worn = yield from kept(self._dress(job, seen, garments, given.mask))
        look, image, video = worn, folder / IMAGE_NAME, folder / VIDEO_NAME
        # Without the time taken: the same job gives the same bytes.
        facts = facts_of(job, look.category)
        shown = look.photo.pixels
        if job.label:
            shown = Label(look.photo.width, look.photo.height).apply(shown)
        # A large PNG takes a second to compress: it is written beside the film, not before it.
        with ThreadPoolExecutor(1) as writer:
            written = writer.submit(write_image, image, shown, facts)
            if job.film:
                made = yield from kept(self._filming.film(job, look, seen.footage, video))
                facts = facts_of(made, look.category, job.transfer)
            written.result()
        yield Finished(
            look=look,
            image=image,
            video=video if job.film else None,
            facts=replace(facts, seconds=round(time.perf_counter() - started, 2)),
            notes=tuple(notes),
        )

    # ------------------------------------------------------------------------------------- the stages

    def _seen(self, job: Job, given: Given) -> Steps[_Seen]:
        """The person in the photo, or in the frame of the clip that shows them best, and the parsed clip."""
        first = Photo(job.person.frames[0]) if isinstance(job.person, Clip) else job.person
        yield StageStarted("photo")
        self.gate.check(first.pixels, "person")
        yield Preview("photo", first.pixels, final=True)
        yield StageDone("photo", 0.0)

        def parsed() -> Steps[_Seen]:
            footage = yield from self._footage(job, given)
            if footage is None:
                return _Seen((yield from self._parsed(first, given.person)), None)
            person = footage.people[footage.at.index(footage.key)]
            return _Seen((yield from self._parsed(first, person)), footage)

        return (yield from stage_of("parse", parsed()))

    def _footage(self, job: Job, given: Given) -> Steps[Footage | None]:
        """The parsed clip, where all of it is wanted."""
        if not isinstance(job.person, Clip) or not self.reads_clip(job):
            return None
        return given.footage or (yield from self.footage(job.person))

    def reads_clip(self, job: Job) -> bool:
        """Whether the whole clip is wanted, not only one of its frames."""
        return job.clip or (job.video is not None and "driving" in self.catalog.get("video", job.video).spec.reads)

    def _dress(self, job: Job, seen: _Seen, garments: tuple[Garment, ...], edited: Mask | None) -> Steps[Look]:
        person, photo = seen.person, seen.person.photo
        look = Look(photo=photo, person=person, before=photo, mask=None, garments=(), category="top")
        yield from wear_notes(job, self._transfer_spec(job), garments)
        for number, group in enumerate(groups_of(self._transfer_spec(job), garments)):
            one = job if len(garments) == 1 else replace(job, category=None)
            look = yield from self._put_on(one, look, group, edited if number == 0 else None, seen.footage)
        return look

    def _transfer_spec(self, job: Job) -> TransferSpec:
        spec = self.catalog.get("transfer", job.transfer).spec
        assert isinstance(spec, TransferSpec)
        return spec

    def _parsed(self, photo: Photo, known: Person | None) -> Steps[Person]:
        person = known or self.parse(photo)
        yield from person.notes
        yield Preview("parse", person_overlay(person), final=True)
        return person

    def _analysed(self, job: Job, known: tuple[Garment, ...] | None) -> tuple[Garment, ...]:
        # A category was asked for: it holds for one garment; several garments each keep their own guess.
        wanted = job.category if len(job.garments) == 1 else None
        return known or tuple(self.garment(photo, wanted) for photo in job.garments)

    def _garments(self, found: Future[tuple[Garment, ...]]) -> Steps[tuple[Garment, ...]]:
        garments = found.result()
        for garment in garments:
            yield from garment.notes
        yield Preview("garment", garment_cutout(garments[0]), final=True)
        return garments

    def _put_on(
        self, job: Job, before: Look, garments: tuple[Garment, ...], edited: Mask | None, footage: Footage | None
    ) -> Steps[Look]:
        person, category, spec = before.person, category_of(job, garments), self._transfer_spec(job)
        crop = None if footage is None or not job.clip else crop_of_clip(footage, spec)

        def masked() -> Steps[Mask | None]:
            if edited is not None:
                yield note("mask_edited")
            mask = edited if edited is not None else agnostic_mask(person, garments, category)
            yield Preview("mask", mask_overlay(person.photo, mask), final=True)
            return None if spec.maskless and edited is None else mask

        mask = yield from stage_of("mask", masked())

        def transferred() -> Steps[Look]:
            fitting = fit(job, spec, person, garments, mask, crop)
            if guesser := guesser_for(job, spec, fitting, self.catalog):
                guess: Dressed = yield from self.models.model("transfer", guesser)(fitting)
                fitting = replace(fitting, guess=guess, strength=job.strength)
            results = yield from tried(
                lambda one: self._transferred(spec, one),
                fitting,
                job.samples,
                together=lambda one, seeds: self._together(spec, one, seeds),
            )
            best, said_of = judged(person, fitting, results, self.parse, painted=spec.paints, mask=mask)
            self.gate.check(best.photo.pixels, "result")
            yield from said_of if self.gate.present or not spec.paints else (note("no_gate"), *said_of)
            yield Preview("transfer", best.photo.pixels, final=True)
            return Look(
                photo=best.photo,
                person=best.person,
                before=before.before,
                mask=mask,
                garments=(*before.garments, *garments),
                category=category,
            )

        return (yield from stage_of("transfer", transferred()))

    def _transferred(self, spec: TransferSpec, fitting: Fitting) -> Steps[Dressed]:
        """The backend's picture, by a smaller form of the model where the memory does not suffice."""
        plan = usual_plan(spec, self.machine)
        while True:
            try:
                model = yield from self.models.ready("transfer", spec.name, "transfer", plan)
                return (yield from model(fitting))
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            self.models.drop("transfer", spec.name)
            plan = tighter(spec, plan, usual(spec), self.machine)
            if plan is None:
                raise OutOfMemory(model=spec.title, instead="a smaller model")
            yield from told_of(plan, spec.title)

    def _together(self, spec: TransferSpec, fitting: Fitting, seeds: tuple[int, ...]) -> Steps[list[Dressed] | None]:
        """The backend's pictures for all seeds at once; None where it cannot, or the card has no room for that."""
        plan = usual_plan(spec, self.machine) if self.settings.together else None
        if plan is None or not fits_at_once(spec, plan, len(seeds), self.machine):
            return None
        try:
            model = yield from self.models.ready("transfer", spec.name, "transfer", plan)
            if not hasattr(model, "several"):
                return None
            found: list[Dressed] = yield from model.several(fitting, seeds)
            return found
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
        return None

    def _needs_gpu(self, job: Job) -> bool:
        names: tuple[tuple[Kind, str | None], ...] = (("transfer", job.transfer), ("video", job.video))
        return any(gpu_need(self.catalog.get(kind, name).spec) > 0 for kind, name in names if name)


def _gpu_seconds(job: Job, folder: Path, given: Given) -> float:
    """A generous guess of a job's time on a ZeroGPU card, s: loading, then half a second a step."""
    return 30 + 0.5 * job.transfer_steps * job.samples + (0.5 * job.video_steps + 0.1 * job.frames if job.video else 0)
