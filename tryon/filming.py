"""The stages video and encode: from a Look to the film's file, in a smaller form where memory does not suffice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tryon.catalog import Catalog
from tryon.errors import EmptyResult, OutOfMemory
from tryon.events import Facts, FrameReady, Progress
from tryon.fitting import Clothed, category_of, crop_of_clip, fit, fit_clip
from tryon.loader import Loader
from tryon.masking import agnostic_mask
from tryon.media.flat import is_flat
from tryon.media.label import Label
from tryon.media.mp4 import VideoWriter
from tryon.retreat import clip_plan, smaller, smaller_clip
from tryon.runtime.failures import out_of_memory
from tryon.runtime.stages import Steps, stage_of
from tryon.spec import ClipModel, Kind, Machine, TransferSpec
from tryon.types import Category, Dressed, Footage, Garment, Job, Look, MemoryPlan, Note, Person, Photo, Scene


class Filming:
    """Films a Look by a video model, or dresses a person's clip frame by frame. Keeps nothing about any job."""

    def __init__(self, models: Loader, catalog: Catalog, machine: Machine, parse: Callable[[Photo], Person]) -> None:
        self._models, self._catalog, self._machine, self._parse = models, catalog, machine, parse

    def film(self, job: Job, look: Look, footage: Footage | None, path: Path) -> Steps[Job]:
        """The film at `path`; returns the job as it was made: a smaller one where the memory did not suffice, or one by
        another backend than the one that made the still."""
        clip, still_by = footage if job.clip else None, job.transfer
        plan = job.video_memory
        if clip is not None:
            plan = clip_plan(self._spec(job), len(clip.clip.frames), self._machine)
        while True:
            kind: Kind = "transfer" if clip is not None else "video"
            model = job.transfer if clip is not None else job.video
            assert model is not None
            try:
                frames = (
                    self._animated(job, model, look, footage) if clip is None else self._dressed(job, plan, look, clip)
                )
                yield from self._written(job, model, kind, frames, path, facts_of(job, look.category, still_by))
                return job
            except (RuntimeError, MemoryError) as error:  # torch's error is a RuntimeError
                if not out_of_memory(error):
                    raise
            # Outside of the handler: the error holds the frames of the run, and those hold its tensors.
            found = self._smaller(job, plan, clip)
            if found is None:
                raise OutOfMemory(model=self._catalog.get(kind, model).spec.title, instead="a smaller model")
            other, less, told = found
            if less != plan or model not in (other.transfer, other.video):
                self._models.drop(kind, model)
            job, plan = other, less
            yield from told

    def _smaller(
        self, job: Job, plan: MemoryPlan | None, clip: Footage | None
    ) -> tuple[Job, MemoryPlan | None, tuple[Note, ...]] | None:
        if clip is not None:
            return smaller_clip(job, plan, len(clip.clip.frames), self._catalog, self._machine)
        found = smaller(job, self._catalog, self._machine)
        return found and (found[0], found[0].video_memory, found[1])

    def _spec(self, job: Job) -> TransferSpec:
        spec = self._catalog.get("transfer", job.transfer).spec
        assert isinstance(spec, TransferSpec)
        return spec

    def _dressed(self, job: Job, plan: MemoryPlan | None, look: Look, footage: Footage) -> Steps[None]:
        """FrameReady for every frame of the clip, all garments on; `look` is its key frame, dressed."""
        model: ClipModel = yield from self._models.ready("transfer", job.transfer, "video", plan)
        spec, total = self._spec(job), len(footage.clip.frames)
        groups = groups_of(spec, look.garments)
        one = job if len(look.garments) == 1 else replace(job, category=None)
        for group in groups:
            last = group is groups[-1]
            person = footage.people[footage.at.index(footage.key)]
            assert person is not None
            mask = None if spec.maskless else agnostic_mask(person, group, category_of(one, group))
            still = fit(one, spec, person, group, mask, crop_of_clip(footage, spec))
            clothed = Clothed(footage, still.crop, None if last else self._parse, painted=spec.paints)
            for event in model.dress_clip(fit_clip(footage, still, look)):
                if not isinstance(event, Dressed):
                    yield event
                    continue
                frame = clothed.add(event)
                yield FrameReady(clothed.count - 1, total, frame) if last else Progress("video", clothed.count / total)
            if not last:
                footage = clothed.footage()

    def _animated(self, job: Job, model: str, look: Look, footage: Footage | None) -> Steps[None]:
        animator = yield from self._models.ready("video", model, "video", job.video_memory)
        yield from animator(
            Scene(
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
                driving=footage,
                cache=job.cache,
            )
        )

    def _written(self, job: Job, model: str, kind: Kind, frames: Steps[None], path: Path, facts: Facts) -> Steps[None]:
        """The stages video and encode: frames are labelled and written as they arrive."""
        label = Label(job.width, job.height) if job.label else None

        def filmed() -> Steps[None]:
            empty = True
            for event in frames:
                if isinstance(event, FrameReady):
                    empty = empty and is_flat(event.frame)
                    frame = label.apply(event.frame) if label else event.frame
                    writer.write(frame)
                    event = FrameReady(event.index, event.total, frame)
                yield event
            if empty:
                raise EmptyResult(model=self._catalog.get(kind, model).spec.title)

        def finished() -> Steps[None]:
            writer.finish()
            yield from ()

        # Frames are encoded as they arrive; the encode stage is what is left of it after the last frame.
        with VideoWriter(path, job.width, job.height, job.fps, facts) as writer, closing(frames):
            yield from stage_of("video", filmed())
            yield from stage_of("encode", finished())


def groups_of(spec: TransferSpec, garments: tuple[Garment, ...]) -> list[tuple[Garment, ...]]:
    """The garments that go on together, one group after the other."""
    most = spec.garments[1]
    return [garments[first : first + most] for first in range(0, len(garments), most)]


def facts_of(job: Job, category: Category, still_by: str | None = None) -> Facts:
    """What files tell about how they were made. Without the time taken: the same job gives the same bytes.

    `still_by`: the backend that dressed the still, where that may be another than the one that dressed the clip.
    """
    other = job.transfer if still_by not in (None, job.transfer) else None
    return Facts(
        transfer=still_by or job.transfer,
        video=job.video or other,
        prompt=job.prompt,
        category=category,
        seed=job.seed,
        width=job.width,
        height=job.height,
        frames=job.frames,
        fps=job.fps,
        quality=job.quality,
        steps=(job.transfer_steps, job.video_steps),
        guidance=(job.transfer_guidance, job.video_guidance),
        seconds=0.0,
        samples=job.samples,
        strength=job.strength,
        cache=job.cache,
        wear=job.wear,
    )
