"""What to try next when a film ran out of memory: a smaller form of the model, less of a film, the built-in model.

The planner's estimate may be wrong, and other programs take memory too. A job goes down this ladder by itself, one
step at a time, and tells each. Pure.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tryon.catalog import Catalog
from tryon.notes import note
from tryon.runtime.film import film_frames
from tryon.runtime.memory import explained, free_on, gpu_need, memory_plan, next_rung, rungs, usual, video_plan, work_of
from tryon.spec import AnySpec, Machine, TransferSpec, VideoSpec
from tryon.types import Job, MemoryPlan, Note

SHORTEST = 1.0  # seconds that a film is not cut below


def smaller(job: Job, catalog: Catalog, machine: Machine) -> tuple[Job, tuple[Note, ...]] | None:
    """The job's film with less memory, and what to tell; None: nothing is left to try."""
    if job.video is None:
        return None
    spec = catalog.get("video", job.video).spec
    assert isinstance(spec, VideoSpec)
    return _tighter(job, spec, machine) or _shorter(job, spec) or _lesser(job, spec, machine) or _built_in(job, catalog)


def clip_plan(spec: TransferSpec, frames: int, machine: Machine) -> MemoryPlan | None:
    """How a model that dresses clips is held for so many frames: the fastest way that fits, else the smallest, for
    estimates may be wrong. None: it declares no parts, or needs no card."""
    if spec.footprint is None or machine.gpu_gib <= 0:
        return None
    work = usual(spec)[0], frames
    found = memory_plan(spec.footprint, *work, free_on(machine))
    return found or min(rungs(spec.footprint, *work), key=lambda way: way.gpu_gib)


def smaller_clip(
    job: Job, plan: MemoryPlan | None, frames: int, catalog: Catalog, machine: Machine
) -> tuple[Job, MemoryPlan | None, tuple[Note, ...]] | None:
    """The job's clip dressed with less memory: by a smaller form of the model, then by the first model that needs no
    card. With the model's form, and what to tell; None: nothing is left to try."""
    spec = catalog.get("transfer", job.transfer).spec
    less = tighter(spec, plan, (usual(spec)[0], frames), machine)
    if less is not None:
        return job, less, told_of(less, spec.title)
    for entry in catalog.of("transfer"):
        other = entry.spec
        if isinstance(other, TransferSpec) and other.clips and _carefree(other) and other.name != job.transfer:
            told = note("film_built_in", model=spec.title, instead=other.title)
            return replace(job, transfer=other.name), None, (told,)
    return None


def tighter(spec: AnySpec, plan: MemoryPlan | None, work: tuple[float, int], machine: Machine) -> MemoryPlan | None:
    """The next smaller form of a model for work of so many megapixels and frames; None: there is none."""
    if spec.footprint is None or plan is None:
        return None
    return next_rung(plan, spec.footprint, *work, free_on(machine))


def told_of(plan: MemoryPlan, title: str) -> tuple[Note, ...]:
    """What is said when a model goes on in another form."""
    return note("memory_step"), explained(plan, title)


def _tighter(job: Job, spec: VideoSpec, machine: Machine) -> tuple[Job, tuple[Note, ...]] | None:
    """The same film from a smaller form of the model."""
    work = work_of(spec, (job.width, job.height, job.frames, job.fps))
    plan = tighter(spec, job.video_memory, work, machine)
    return None if plan is None else (replace(job, video_memory=plan), told_of(plan, spec.title))


def _shorter(job: Job, spec: VideoSpec) -> tuple[Job, tuple[Note, ...]] | None:
    """Half of the film, as long as that is a film."""
    seconds = job.frames / job.fps / 2
    frames = film_frames(spec, seconds, job.fps)
    if spec.footprint is None or seconds < SHORTEST or frames >= job.frames:
        return None
    return replace(job, frames=frames), (note("film_shorter", seconds=round(frames / job.fps, 1)),)


def _lesser(job: Job, spec: VideoSpec, machine: Machine) -> tuple[Job, tuple[Note, ...]] | None:
    """The next smaller size that is offered, nearest in aspect."""
    area, aspect = job.width * job.height, math.log(job.width / job.height)
    both = (*spec.sizes, *((height, width) for width, height in spec.sizes))
    sizes = [(width, height) for width, height in both if width * height < 0.9 * area]
    if spec.footprint is None or not sizes:
        return None
    width, height = min(
        sizes, key=lambda size: (round(abs(math.log(size[0] / size[1]) - aspect), 1), -size[0] * size[1])
    )
    plan = video_plan(spec, (width, height, job.frames, job.fps), machine) or job.video_memory
    if job.video_memory is not None and plan is not None and plan.gpu_gib > job.video_memory.gpu_gib:
        plan = job.video_memory
    told = note("film_smaller", width=width, height=height)
    return replace(job, width=width, height=height, video_memory=plan), (told,)


def _built_in(job: Job, catalog: Catalog) -> tuple[Job, tuple[Note, ...]] | None:
    """The first model that needs no card."""
    for entry in catalog.of("video"):
        spec = entry.spec
        if _carefree(spec) and spec.name != job.video:
            before = catalog.get("video", job.video or "").spec.title
            told = note("film_built_in", model=before, instead=spec.title)
            return replace(job, video=spec.name, video_memory=None, cache=""), (told,)
    return None


def _carefree(spec: AnySpec) -> bool:
    """Whether a model needs neither a card nor a download."""
    return gpu_need(spec) == 0 and not spec.weights
