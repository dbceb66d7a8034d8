"""The named endpoints: try_on_image, try_on_video, models, delete. Nothing else of the page is public.

Components here are never shown; they carry types, defaults and descriptions for clients. They pass what they
get: plan() judges it, so that a client gets our sentence and not a library's.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.processing_utils import hash_file

from tryon.catalog import availability
from tryon.errors import TryonError
from tryon.events import Event, Failed, Finished, Preview
from tryon.media.clip import is_clip
from tryon.runtime.jobs import Handle
from tryon.runtime.report import as_plain
from tryon.runtime.store import Session
from tryon.types import Clip, Photo
from tryon.ui.menus import runs, size_of
from tryon.ui.order import Order, as_request
from tryon.ui.photo_input import PhotoInput, PhotosInput
from tryon.ui.room import address
from tryon.ui.studio import Studio

POLL = 0.05  # s
EVENTS_KEPT = 1000  # not yet sent; a slow client loses the oldest frames' news, never the end


class AsSent(gr.JSON):  # type: ignore[misc]  # Gradio's types are not checked here
    """A value exactly as the client sent it."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload

    def postprocess(self, value: Any) -> Any:
        return value

    def api_info(self) -> dict[str, Any]:
        return {"type": {}, "description": "text, number, true, false or null"}


@dataclass(frozen=True)
class _Asked:
    """Arguments of a call."""

    person: str | None
    garment: str | None
    prompt: Any = ""
    consent: Any = False
    category: Any = None
    transfer: Any = None
    seed: Any = None
    label: Any = True
    quality: Any = "standard"
    video: Any = None
    size: Any = None
    seconds: Any = None
    fps: Any = None
    loop: Any = False
    more_garments: Any = None
    wear: Any = None
    samples: Any = None
    strength: Any = None

    @property
    def garments(self) -> list[str]:
        """The uploaded files, in the order in which they are put on."""
        return [*filter(None, [self.garment]), *(self.more_garments or [])]


# Label, default and where the API tells them apart; pictures come first, in both endpoints.
_COMMON = (
    ("prompt", ""),
    ("consent", False),
    ("category", None),
    ("transfer", None),
    ("seed", None),
    ("label", True),
    ("quality", "standard"),
)
_FILM = (("video", None), ("size", None), ("seconds", None), ("fps", None), ("loop", False))


class Api:
    """The endpoints' functions."""

    def __init__(self, studio: Studio, behind_proxy: bool) -> None:
        self._studio = studio
        self._behind_proxy = behind_proxy

    async def try_on_image(
        self,
        person: str | None,
        garment: str | None,
        prompt: Any = "",
        consent: Any = False,
        category: Any = None,
        transfer: Any = None,
        seed: Any = None,
        label: Any = True,
        quality: Any = "standard",
        more_garments: list[str] | None = None,
        wear: Any = None,
        samples: Any = None,
        strength: Any = None,
        request: gr.Request = None,  # Gradio puts it in
    ) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
        """Dresses the person in the garment. Streams events; the last message has the picture.

        Args:
            person: photo of one person, head to knees
            garment: photo of one garment
            prompt: styling words that the model may read
            consent: true: the photo is yours, or you have the person's permission
            category: top, bottom or dress; null: guessed
            transfer: name of a try-on model; null: the best that runs here
            seed: whole number for the same result again; null: a new one
            label: false leaves out the small visible "AI" mark
            quality: draft, standard or best
            more_garments: photos of up to three further garments, put on after the first; each is what it looks like
            wear: list of "tucked", "open" and "rolled": into the waistband, front parted, sleeves rolled up
            samples: pictures tried, 1 to 4, of which the best is kept; null: one
            strength: how far a model may go from our warp as first guess: 0 it stays, 1 or null no guess
        """
        asked = _Asked(
            person, garment, prompt, consent, category, transfer, seed, label, quality,
            more_garments=more_garments, wear=wear, samples=samples, strength=strength,
        )  # fmt: skip
        async for image, _, event in self._run(asked, request, still=True):
            yield image, event

    async def try_on_video(
        self,
        person: str | None,
        garment: str | None,
        prompt: Any = "",
        consent: Any = False,
        category: Any = None,
        transfer: Any = None,
        seed: Any = None,
        label: Any = True,
        quality: Any = "standard",
        video: Any = None,
        size: Any = None,
        seconds: Any = None,
        fps: Any = None,
        loop: Any = False,
        more_garments: list[str] | None = None,
        wear: Any = None,
        samples: Any = None,
        strength: Any = None,
        request: gr.Request = None,  # Gradio puts it in
    ) -> AsyncIterator[tuple[Any, Any, dict[str, Any]]]:
        """Dresses the person and sets the picture in motion. Streams events; the last message has both files.

        Args:
            person: photo of one person, head to knees, or a clip of up to 10 s: it is dressed as it is
            garment: photo of one garment
            prompt: how the person or the camera should move
            consent: true: the photo is yours, or you have the person's permission
            category: top, bottom or dress; null: guessed
            transfer: name of a try-on model; null: the best that runs here
            seed: whole number for the same result again; null: a new one
            label: false leaves out the small visible "AI" mark
            quality: draft, standard or best
            video: name of a video model; null: the best that runs here
            size: for example "720x1280"; null: like the photo
            seconds: length; null: the model's usual one
            fps: frames a second; null: the model's usual pace
            loop: true closes the loop, where the model can
            more_garments: photos of up to three further garments, put on after the first; each is what it looks like
            wear: list of "tucked", "open" and "rolled": into the waistband, front parted, sleeves rolled up
            samples: pictures tried, 1 to 4, of which the best is kept; null: one
            strength: how far a model may go from our warp as first guess: 0 it stays, 1 or null no guess
        """
        asked = _Asked(
            *(person, garment, prompt, consent, category, transfer, seed, label, quality),
            *(video, size, seconds, fps, loop, more_garments, wear, samples, strength),
        )
        async for message in self._run(asked, request, still=False):
            yield message

    def models(self) -> dict[str, Any]:
        """The catalogue: every try-on and video model, what it needs, and whether it runs here."""
        found = {}
        for kind in ("transfer", "video"):
            default = self._studio.default(kind).spec.name
            found[kind] = [
                {
                    "name": e.spec.name,
                    "title": e.spec.title,
                    "about": e.spec.about,
                    "licence": e.spec.licence,
                    "commercial": e.spec.commercial,
                    "runs_here": runs(self._studio, e),
                    "why_not": availability(e.spec, self._studio.pipeline.machine).reason or None,
                    "default": e.spec.name == default,
                }
                for e in self._studio.pipeline.catalog.of(kind)
            ]
        return found

    def delete(self, session: Any) -> dict[str, bool]:
        """Removes every picture of a session (its id comes with each event). False: there was none."""
        id = session if isinstance(session, str) else ""
        try:
            _forget_copies(self._studio.store.get(id))
        except TryonError:
            return {"deleted": False}
        return {"deleted": self._studio.store.delete(id)}

    async def _run(
        self, asked: _Asked, request: gr.Request, still: bool
    ) -> AsyncIterator[tuple[Any, Any, dict[str, Any]]]:
        studio = self._studio
        session = studio.store.open()
        heard: deque[Event] = deque(maxlen=EVENTS_KEPT)
        try:
            order = await asyncio.to_thread(self._order, session, asked, still)
            handle = studio.place(session, order, address(request, self._behind_proxy), heard.append)
        except TryonError as error:
            studio.store.delete(session.id)
            raise _told(error) from None
        studio.store.follow(session.id)
        handle.follow()
        try:
            async for event in _events(handle, heard):
                yield None, None, event | {"session": session.id}
        finally:  # nothing here waits: the grace time and the sweeper do the rest
            handle.unfollow()
            studio.store.unfollow(session.id)
        job = handle.view()
        if job.finished is None:
            raise gr.Error(job.failed.text if job.failed else "Stopped. Nothing was kept.", print_exception=False)
        done = job.finished
        yield str(done.image), str(done.video) if done.video else None, _finished(done) | {"session": session.id}

    def _order(self, session: Session, asked: _Asked, still: bool) -> Order:
        """Checks what was asked for before any picture is decoded, then takes the pictures in. Whatever
        happens, the uploaded files are gone afterwards."""
        try:
            order = _order(asked, still)
            stand_ins = [_stand_in(path, place) for place, path in enumerate((asked.person, *asked.garments))]
            self._studio.pipeline.plan(as_request(order, *stand_ins))
            person = session.add_photo(self._studio.take(asked.person or "", "person"))
            first, *others = [session.add_photo(self._studio.take(path, "garment")) for path in asked.garments]
            return replace(order, person=person, garment=first, others=tuple(others))
        finally:
            for path in filter(None, (asked.person, *asked.garments)):
                Path(path).unlink(missing_ok=True)


def _stand_in(path: str | None, place: int) -> Photo | Clip | None:
    """A picture or a clip of nothing for an uploaded file that is not yet decoded; in each place another."""
    if not path:
        return None
    with suppress(OSError), Path(path).open("rb") as file:
        if is_clip(file.read(16)):
            return Clip(np.zeros((2, 4, 3, 3), np.uint8), 24.0)
    return Photo(np.full((4, 3, 3), place % 256, np.uint8))


def _order(asked: _Asked, still: bool) -> Order:
    return Order(
        person=None,
        garment=None,
        consent=asked.consent is True,
        prompt=asked.prompt,
        category=asked.category,
        wear=() if asked.wear is None else asked.wear,
        transfer=asked.transfer,
        video=asked.video,
        still_only=still,
        size=_size(asked.size),
        seconds=asked.seconds,
        fps=asked.fps,
        seed=asked.seed,
        quality=asked.quality,
        samples=asked.samples,
        strength=asked.strength,
        loop=asked.loop is True,
        label=asked.label is not False,
    )


def _size(value: Any) -> Any:
    """ "720x1280" or (720, 1280); plan() refuses the rest."""
    if value is None or value == "":
        return None
    return size_of(value) or value


async def _events(handle: Handle, heard: deque[Event]) -> AsyncIterator[dict[str, Any]]:
    """Events as they come, passing previews left out; ends with the job."""
    place = -1
    while True:
        job = handle.view()
        if job.state == "waiting" and job.position != place:
            place = job.position
            yield {"event": "Waiting", "position": place, "seconds": round(job.wait, 1)}
        while heard:
            event = heard.popleft()
            passing = isinstance(event, Preview) and not event.final
            if not passing and not isinstance(event, Finished | Failed):
                yield as_plain(event)
        if job.ended:
            return
        await asyncio.sleep(POLL)


def _finished(event: Finished) -> dict[str, Any]:
    """The last event; the files come beside it, and where they lie here is nobody's business."""
    return {key: value for key, value in as_plain(event).items() if key not in ("image", "video")}


def _told(error: TryonError) -> gr.Error:
    return gr.Error(error.text, print_exception=False)


def _forget_copies(session: Session) -> None:
    """Gradio copies what an endpoint returns into a folder named after its content: those go too."""
    root = Path(os.environ["GRADIO_TEMP_DIR"])
    for result in session.looks:
        for file in (result.finished.image, result.finished.video):
            if file is None or not file.is_file():
                continue
            copy = root / hash_file(file) / file.name
            copy.unlink(missing_ok=True)


def add_api(studio: Studio, behind_proxy: bool = False) -> None:
    """Adds the endpoints to the current Blocks."""
    api = Api(studio, behind_proxy)
    public: dict[str, Any] = {"api_visibility": "public", "concurrency_limit": None, "show_progress": "hidden"}
    with gr.Row(visible=False):
        pictures = [PhotoInput(label=name) for name in ("person", "garment")]
        common = [AsSent(value, label=name) for name, value in _COMMON]
        film = [AsSent(value, label=name) for name, value in _FILM]
        more = PhotosInput(label="more_garments", file_count="multiple")
        ways = [AsSent(None, label=name) for name in ("wear", "samples", "strength")]
        session = AsSent("", label="session")
        image, video, event, answer = gr.File(label="image"), gr.File(label="video"), gr.JSON(label="event"), gr.JSON()
        calls = [gr.Button(name) for name in ("image", "video", "models", "delete")]
    calls[0].click(
        api.try_on_image, [*pictures, *common, more, *ways], [image, event], api_name="try_on_image", **public
    )
    calls[1].click(
        api.try_on_video, [*pictures, *common, *film, more, *ways], [image, video, event],
        api_name="try_on_video", **public,
    )  # fmt: skip
    calls[2].click(api.models, None, answer, api_name="models", **public)
    calls[3].click(api.delete, session, answer, api_name="delete", **public)
