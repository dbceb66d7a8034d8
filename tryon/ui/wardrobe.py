"""Further garments beside the first: added one by one, shown small, taken away again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import gradio as gr

from tryon.errors import SessionGone, TryonError
from tryon.media.preview import jpeg_bytes
from tryon.plan import MOST_GARMENTS, too_many
from tryon.runtime.store import Session
from tryon.types import Photo
from tryon.ui import view
from tryon.ui.html import Markup, data_url, join, tag
from tryon.ui.room import Room, Update, as_text, asked, speak, unchanged
from tryon.ui.texts import Tongue

SIDE = 54  # px, width of a small picture


class Wardrobe:
    """Handlers of the button that adds a garment and of those that take one away."""

    def __init__(self, room: Room) -> None:
        self.room = room

    async def add(self, path: str | None, session_id: str, ids: str, request: gr.Request) -> AsyncIterator[Update]:
        """A file came: shown at once, and again with its kind when the parser has looked."""
        say, studio = speak(request), self.room.studio
        kept, shelf = self.room.parts.memory, self.room.parts.outputs.others
        if path is None:
            yield unchanged(shelf)
            return
        session = self.room.session(session_id, request)
        here = known(session, ids)
        try:
            photo = await asyncio.to_thread(studio.take, path, "garment")
            if len(here) + 2 > MOST_GARMENTS:
                raise too_many(len(here) + 2)
            id = session.add_photo(photo)
            both = [*here, id]
            yield {shelf: shown(say, session, both), kept.others: " ".join(both), kept.session: session.id}
            await asyncio.wrap_future(studio.look_at_garment(session, id, None))
            yield {shelf: shown(say, session, both)}
        except SessionGone:
            yield unchanged(shelf)
        except TryonError as error:
            told = view.bad(say.error(error))
            yield {shelf: join(shown(say, session, here), told), kept.others: " ".join(here)}

    def act(self, session_id: str, ids: str, request: gr.Request, event: gr.EventData) -> Update:
        """Takes a garment away."""
        say, shelf = speak(request), self.room.parts.outputs.others
        try:
            session = self.room.studio.store.get(as_text(session_id))
        except SessionGone:
            return unchanged(shelf)
        gone = asked(event, "id")
        here = known(session, ids)
        if gone in here:
            session.drop_photo(gone)
        left = [id for id in here if id != gone]
        return {shelf: shown(say, session, left), self.room.parts.memory.others: " ".join(left)}


def known(session: Session, ids: object) -> list[str]:
    """Those of the identifiers (with spaces between) whose pictures the session has, few enough for an order."""
    return [id for id in as_text(ids).split()[: MOST_GARMENTS - 1] if session.has(id)]


def shown(say: Tongue, session: Session, ids: Sequence[str]) -> Markup:
    """The garments as small pictures with their kinds; nothing where there are none."""
    return tag("ul", *(_item(say, session, id) for id in ids)) if ids else Markup("")


def _item(say: Tongue, session: Session, id: str) -> Markup:
    photo, garment = session.photo(id), session.garment(id)
    assert isinstance(photo, Photo)
    kind = say(f"kind_{garment.kind}") if garment is not None else ""
    picture = tag("img", src=data_url(jpeg_bytes(photo.pixels, 2 * SIDE, 85)), alt="")
    label = say("garment_drop", kind=kind) if kind else say("garment_drop_any")
    return tag(
        "li",
        picture,
        tag("span", kind),
        tag("button", "×", type="button", data_do="drop", data_id=id, aria_label=label),
    )
