"""Further garments beside the first: added one by one, shown small, taken away again.

What lies here is the room's business and not the tab's: two that are added at once do not undo each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

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
    """Handlers of the button that adds a garment and of those that take one away. They run in the event loop, where
    nothing comes between reading what lies here and laying something beside it."""

    def __init__(self, room: Room) -> None:
        self.room = room

    async def add(self, path: str | None, session_id: str, ids: str, request: gr.Request) -> Update:
        """A file came: through the door, and shown."""
        studio = self.room.studio
        if path is None:
            return unchanged(self.room.parts.outputs.others)
        session = self.room.session(session_id, request)
        with self.room.receiving("others", request):
            try:
                photo = await asyncio.to_thread(studio.take, path, "garment")
                here = self._here(session, ids, request)
                if len(here) + 2 > MOST_GARMENTS:
                    raise too_many(len(here) + 2)
                return self._laid(session, [*here, session.add_photo(photo)], request)
            except TryonError as error:
                return self._laid(session, self._here(session, ids, request), request, error)

    async def look(self, session_id: str, ids: str, request: gr.Request) -> Update:
        """Each with its kind, once the parser has looked; what is no garment is put away again."""
        studio, refusal = self.room.studio, None
        try:
            session = studio.store.get(as_text(session_id))
        except SessionGone:
            return unchanged(self.room.parts.outputs.others)
        new = [id for id in self._here(session, ids, request) if session.garment(id) is None]
        if not new:  # the file was refused: what was said of it stays
            return unchanged(self.room.parts.outputs.others)
        for id in new:
            try:
                await asyncio.shield(asyncio.wrap_future(studio.look_at_garment(session, id, None)))
            except TryonError as error:
                session.drop_photo(id)
                refusal = error
            except Exception:  # noqa: BLE001, S112 - the run looks again, and reports in its own way
                continue
        if isinstance(refusal, SessionGone):  # taken away meanwhile
            refusal = None
        return self._laid(session, self._here(session, ids, request), request, refusal)

    async def act(self, session_id: str, ids: str, request: gr.Request, event: gr.EventData) -> Update:
        """Takes a garment away."""
        try:
            session = self.room.studio.store.get(as_text(session_id))
        except SessionGone:
            return unchanged(self.room.parts.outputs.others)
        gone, here = asked(event, "id"), self._here(session, ids, request)
        if gone in here:
            session.drop_photo(gone)
        return self._laid(session, [id for id in here if id != gone], request)

    def _here(self, session: Session, ids: str, request: gr.Request) -> list[str]:
        return known(session, self.room.lying("others", as_text(ids), request))

    def _laid(
        self, session: Session, ids: Sequence[str], request: gr.Request, refusal: TryonError | None = None
    ) -> Update:
        """These lie here from now on; and what was said of one that does not."""
        say, kept = speak(request), self.room.parts.memory
        self.room.lay("others", " ".join(ids), request)
        told = None if refusal is None else view.bad(say.error(refusal))
        return {
            self.room.parts.outputs.others: join(shown(say, session, ids), told),
            kept.others: " ".join(ids),
            kept.session: session.id,
        }


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
