"""Following a job: snapshots in, updates of the page out, at most a few a second.

A follower looks; it owns nothing. When the browser goes away the generator is closed and says so to the job,
which then has its grace time; nothing here waits or cleans up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from tryon.errors import SessionGone, TryonError
from tryon.events import Failed
from tryon.runtime.jobs import Handle, JobView
from tryon.runtime.store import Result, Session
from tryon.types import Note, Stage
from tryon.ui import result as results
from tryon.ui import view as views
from tryon.ui.layout import Parts
from tryon.ui.studio import Studio
from tryon.ui.texts import Tongue

Update = dict[Any, Any]
HEARTBEAT = 1.0  # s
BESIDE_GARMENT = ("garment_guess", "garment_unsure")  # notes that stand under the garment's photo already
LOOK_AGAIN = 0.05  # s between two looks at a job's version


class Follower:
    """Draws runs and their results."""

    def __init__(self, studio: Studio, parts: Parts) -> None:
        self._studio = studio
        self._parts = parts

    async def follow(self, handle: Handle, session: Session, say: Tongue) -> AsyncIterator[Update]:
        """From now until the job's end."""
        put = self._parts.inputs
        gap = 1.0 / max(self._studio.settings.preview_fps, 0.1)
        yield {
            put.run: gr.update(visible=False),
            put.stop: gr.update(visible=True, value=say("stop"), interactive=True),
        }
        handle.follow()
        try:
            seen, strip_key, last = -1, None, 0.0
            while True:
                now = time.monotonic()
                if (handle.version != seen and now - last >= gap) or now - last >= HEARTBEAT:
                    job = handle.view()
                    if job.ended:
                        break
                    key = (
                        job.state,
                        job.stage,
                        tuple(job.pictures),
                        tuple(job.done),
                        int(now) if job.frames_done else 0,
                    )
                    changed = key != strip_key
                    yield await asyncio.to_thread(self._running, say, job, job.version != seen, changed)
                    seen, strip_key, last = job.version, key, now
                await asyncio.sleep(LOOK_AGAIN)
        finally:
            handle.unfollow()
        yield await asyncio.to_thread(self._ended, session, say, handle.view())

    def _running(self, say: Tongue, job: JobView, moved: bool, strip: bool) -> Update:
        out = self._parts.outputs
        update: Update = {out.status: views.status(say, job)}
        if moved:
            update[out.screen] = views.live(say, job)
        if strip:
            update[out.strip] = views.strip(say, job)
            update[out.announce] = views.doing(say, job)
            update[out.remarks] = views.remarks(say, _sentences(say, job.notes))
        return update

    def _ended(self, session: Session, say: Tongue, job: JobView) -> Update:
        put, out, kept = self._parts.inputs, self._parts.outputs, self._parts.memory
        update: Update = {put.run: gr.update(visible=True), put.stop: gr.update(visible=False)}
        if job.state == "done" and job.finished is not None:
            for found in session.looks:
                if found.finished is job.finished:
                    try:
                        return update | self.result(session, say, found)
                    except SessionGone as error:  # deleted at this very moment
                        return update | {kept.job: ""} | refused(self._parts, say, error)
        update[kept.job] = ""
        if job.failed is not None:
            return update | refused(self._parts, say, job.failed) | self._broken(say, job)
        return update | {
            out.status: views.status(say),
            out.strip: views.strip(say),
            out.screen: views.empty(say),
            out.remarks: "",
            out.announce: say("stopped"),
            out.order_say: views.plain(say("stopped")),
        }

    def _broken(self, say: Tongue, job: JobView) -> Update:
        out = self._parts.outputs
        sentence = say.error(job.failed) if job.failed else ""
        return {
            out.status: views.status(say, job),
            out.strip: views.strip(say, job),
            out.screen: views.broken(say, sentence),
            out.announce: sentence,
        }

    def result(self, session: Session, say: Tongue, found: Result) -> Update:
        """A finished look in all its parts. Reads small files: not for the event loop. Raises SessionGone."""
        put, out = self._parts.inputs, self._parts.outputs
        job = self._job_of(session, found)
        steps: dict[Stage, bytes] = dict(job.pictures) if job is not None else {}
        looks = [self._studio.present(session, one) for one in session.looks]
        look = next((one for one in looks if one.id == found.id), None)
        if look is None:
            raise SessionGone()
        notes = _sentences(say, found.finished.notes)
        return {
            out.status: results.status(say, look),
            out.strip: views.strip(say, job),
            out.screen: results.screen(say, look, steps),
            out.actions: results.actions(say, look),
            out.facts: results.facts(say, look),
            out.remarks: views.remarks(say, notes),
            out.history: results.history(say, looks, look.id),
            out.announce: say("done"),
            out.brush: "",
            put.seed: look.facts.seed,
        }

    def _job_of(self, session: Session, found: Result) -> JobView | None:
        for handle in self._studio.jobs.of(session.id):
            job = handle.view()
            if job.finished is found.finished:
                return job
        return None


def _sentences(say: Tongue, notes: tuple[Note, ...]) -> tuple[str, ...]:
    """What a run remarked, without what stands beside the garment already."""
    return tuple(say.note(note) for note in notes if note.code not in BESIDE_GARMENT)


def refused(parts: Parts, say: Tongue, error: TryonError | Failed) -> Update:
    """An error's sentence beside the control that caused it, or under the main button."""
    out = parts.outputs
    where = error.field if isinstance(error, Failed) else error.where
    beside = {
        "person": out.person_say,
        "garment": out.garment_say,
        "category": out.garment_say,
        "prompt": out.prompt_say,
        "consent": out.consent_say,
        "transfer": out.model_say,
        "video": out.model_say,
        "size": out.model_say,
        "seconds": out.more_say,
        "fps": out.more_say,
        "quality": out.more_say,
        "seed": out.more_say,
        "steps": out.more_say,
        "guidance": out.more_say,
        "samples": out.more_say,
        "strength": out.more_say,
    }
    return {beside.get(where or "", out.order_say): views.bad(say.error(error))}
