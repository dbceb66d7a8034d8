"""What all handlers of the page share: the studio, the components, and who is who."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, cast

import gradio as gr

from tryon.runtime.store import Session
from tryon.types import Category, Clip, Photo
from tryon.ui.layout import Parts
from tryon.ui.studio import Studio
from tryon.ui.texts import Tongue, tongue

Update = dict[Any, Any]
Where = Literal["person", "garment"]
Place = Literal["person", "garment", "others"]  # "others": further garments, their ids with spaces between
PLACES: tuple[Place, ...] = ("person", "garment", "others")
KINDS = {"auto": None, "top": "top", "bottom": "bottom", "dress": "dress"}


def unchanged(part: Any) -> Update:
    """An answer that changes nothing; Gradio does not take an empty one."""
    return {part: gr.skip()}


@dataclass(frozen=True)
class Room:
    """One page: what its handlers work with."""

    studio: Studio
    parts: Parts
    behind_proxy: bool = False
    tabs: dict[str, str] = field(default_factory=dict)  # Gradio's name of a tab -> our session
    came: dict[tuple[str, Place], str] = field(default_factory=dict)  # what lies in a tab's place: the picture's id
    coming: dict[tuple[str, Place], set[int]] = field(default_factory=dict)  # numbers of what is being decoded
    latest: dict[tuple[str, Place], int] = field(default_factory=dict)  # number of what was sent last
    kinds: dict[str, str] = field(default_factory=dict)  # tab -> the kind of garment chosen last
    numbers: Iterator[int] = field(default_factory=count)

    def session(self, id: object, request: gr.Request) -> Session:
        """The visitor's session; a new one when its life was over. This tab follows it from now on."""
        session = self.studio.store.open(as_text(id))
        tab = request.session_hash or ""
        before = self.tabs.get(tab)
        if tab and before != session.id:
            self.tabs[tab] = session.id
            self.studio.store.unfollow(before)
            self.studio.store.follow(session.id)
        return session

    def left(self, request: gr.Request) -> None:
        """The tab was closed."""
        tab = request.session_hash or ""
        self.studio.store.unfollow(self.tabs.pop(tab, None))
        self.kinds.pop(tab, None)
        for where in PLACES:
            self.came.pop((tab, where), None)
            self.latest.pop((tab, where), None)
            self.coming.pop((tab, where), None)

    @contextmanager
    def receiving(self, where: Place, request: gr.Request) -> Iterator[Callable[[], bool]]:
        """A picture is on its way into a place: `settled` waits for it. Gives a question: has none been sent after
        it? The small one of two may be decoded first, and the one that was sent last is meant."""
        key, number = (request.session_hash or "", where), next(self.numbers)
        self.latest[key] = number
        self.coming.setdefault(key, set()).add(number)
        try:
            yield lambda: self.latest.get(key, number) == number
        finally:
            self.coming.get(key, set()).discard(number)  # the tab may have been closed meanwhile

    def lay(self, where: Place, id: str, request: gr.Request) -> None:
        """A picture lies in a place of this tab now; "" for none."""
        if request.session_hash:
            self.came[request.session_hash, where] = id

    def lying(self, where: Place, id: str, request: gr.Request) -> str:
        """The picture of a place; `id`, which the tab sends, where none has come since it was opened."""
        return self.came.get((request.session_hash or "", where), id)

    def lies(self, where: Place, id: str, request: gr.Request) -> bool:
        """Is this still the picture of the place? What was found in one that was replaced, or is being replaced, is
        not told any more."""
        return not self.coming.get((request.session_hash or "", where)) and self.lying(where, id, request) == id

    def choose_kind(self, kind: str, request: gr.Request) -> None:
        """The kind of garment that the tab shows as chosen."""
        if request.session_hash:
            self.kinds[request.session_hash] = kind

    def chosen_kind(self, kind: str, request: gr.Request) -> bool:
        """Is this still the kind that was chosen?"""
        return self.kinds.get(request.session_hash or "", kind) == kind

    async def settled(self, where: Place, id: str, request: gr.Request) -> str:
        """The picture of a place once none is being decoded: a button pressed on a slow machine or line means
        the photo that was just added, though the tab may still send the `id` of the one before, or none."""
        key = (request.session_hash or "", where)
        while self.coming.get(key):
            await asyncio.sleep(0.02)
        return self.lying(where, id, request)


def speak(request: gr.Request | None) -> Tongue:
    """The language of a request."""
    return tongue(request.headers.get("accept-language") if request is not None else None)


def address(request: gr.Request | None, behind_proxy: bool) -> str:
    """Who asks, for the limit per address. Behind a Space's proxy the client is in a header."""
    if request is None or request.client is None:
        return ""
    forwarded = str(request.headers.get("x-forwarded-for") or "")
    return forwarded.split(",")[0].strip()[:64] if behind_proxy and forwarded else str(request.client.host)


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_category(value: object) -> Category | None:
    return cast("Category | None", KINDS.get(value)) if isinstance(value, str) else None


def asked(event: gr.EventData, key: str) -> str:
    data = event._data
    return as_text(data.get(key)) if isinstance(data, dict) else ""


def photo_good(say: Tongue, photo: Photo | Clip) -> str:
    """What is said of a photo or a clip that came through the door."""
    if isinstance(photo, Photo):
        return say("photo_good", width=photo.width, height=photo.height)
    height, width = photo.frames.shape[1:3]
    return say("clip_good", seconds=clip_seconds(photo), width=width, height=height)


def clip_seconds(clip: Clip) -> float:
    return round(len(clip.frames) / clip.fps, 1)
