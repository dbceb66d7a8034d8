"""Photos come in: upload, paste, camera, samples; and what the parsers say of them while nobody waits yet."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import gradio as gr

from tryon.errors import SessionGone, TryonError
from tryon.media.photo import describe, read_photo
from tryon.types import Clip, Photo
from tryon.ui import menus, view
from tryon.ui.assets import samples
from tryon.ui.frame import tip
from tryon.ui.html import join
from tryon.ui.room import (
    Room,
    Update,
    Where,
    as_category,
    as_text,
    asked,
    photo_good,
    speak,
    unchanged,
)
from tryon.ui.verdict import clip_told, garment_told, person_told


class Intake:
    """Handlers of the two photo widgets and their samples."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def take_person(self, path: str | None, session_id: str, request: gr.Request) -> Update:
        return self._take("person", path, session_id, request)

    def take_garment(self, path: str | None, session_id: str, request: gr.Request) -> Update:
        return self._take("garment", path, session_id, request)

    def _take(self, where: Where, path: str | None, session_id: str, request: gr.Request) -> Update:
        """A file came: through the door, into the session, shown back; the file itself is gone."""
        say = speak(request)
        room, widget, told = self._place(where)
        if path is None:  # the camera was opened
            return unchanged(told)
        with self.room.receiving(where, request) as newest:
            try:
                photo = self.room.studio.take(path, where)
            except TryonError as error:
                if not newest():
                    return unchanged(told)
                self.room.lay(where, "", request)
                return {widget: None, told: view.bad(say.error(error)), room: ""}
            return self._added(where, photo, session_id, request) if newest() else unchanged(told)

    def _added(self, where: Where, photo: Photo | Clip, session_id: str, request: gr.Request) -> Update:
        say = speak(request)
        kept = self.room.parts.memory
        room, widget, told = self._place(where)
        session = self.room.session(session_id, request)
        id = session.add_photo(photo)
        self.room.lay(where, id, request)
        remarks, text = [], photo_good(say, photo)
        if isinstance(photo, Photo):
            remarks = [say.note(note) for note in describe(photo, self.room.studio.settings, where)]
        update: Update = {
            widget: self.room.studio.shown(photo),
            told: join(view.plain(f"{text}. {say('looking')}", busy=True), *(view.plain(r) for r in remarks)),
            room: id,
            kept.session: session.id,
            self.room.parts.outputs.order_say: "",
        }
        return update

    def _place(self, where: Where) -> tuple[Any, Any, Any]:
        kept, put, out = self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        if where == "person":
            return kept.person, put.person, out.person_say
        return kept.garment, put.garment, out.garment_say

    def sample_person(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        return self._sample("person", session_id, request, event)

    def sample_garment(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        return self._sample("garment", session_id, request, event)

    def _sample(self, where: Where, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        found = samples("people" if where == "person" else "garments")
        index = _index(asked(event, "id"), len(found))
        if index is None:
            return unchanged(self._place(where)[2])
        with self.room.receiving(where, request) as newest:
            photo = read_photo(found[index].path.read_bytes(), self.room.studio.settings, where)
            return self._added(where, photo, session_id, request) if newest() else unchanged(self._place(where)[2])

    def clear_person(self, session_id: str, id: str, request: gr.Request) -> Update:
        return self._cleared("person", session_id, id, request)

    def clear_garment(self, session_id: str, id: str, request: gr.Request) -> Update:
        return self._cleared("garment", session_id, id, request)

    def _cleared(self, where: Where, session_id: str, id: str, request: gr.Request) -> Update:
        room, _, told = self._place(where)
        self.room.lay(where, "", request)
        with suppress(SessionGone):
            self.room.studio.store.get(as_text(session_id)).drop_photo(as_text(id))
        return {room: "", told: tip(speak(request), where), self.room.parts.outputs.brush: ""}

    async def look_at_person(self, session_id: str, id: str, video: str, request: gr.Request) -> Update:
        """What the parser says of the new person photo, and the sizes of a film of it."""
        say = speak(request)
        told = self.room.parts.outputs.person_say
        if not id:
            return unchanged(told)
        studio = self.room.studio
        try:
            session = studio.store.get(as_text(session_id))
            clip = session.photo(as_text(id))
            if isinstance(clip, Clip):
                footage = await asyncio.shield(asyncio.wrap_future(studio.look_at_clip(session, as_text(id))))
                return {told: clip_told(say, footage)} if self.room.lies("person", id, request) else unchanged(told)
            person = await asyncio.shield(asyncio.wrap_future(studio.look_at_person(session, as_text(id))))
        except TryonError as error:
            stale = isinstance(error, SessionGone) or not self.room.lies("person", id, request)
            return unchanged(told) if stale else {told: view.bad(say.error(error))}
        except Exception:  # noqa: BLE001 - the run looks again, and reports in its own way
            return {told: ""} if self.room.lies("person", id, request) else unchanged(told)
        if not self.room.lies("person", id, request):
            return unchanged(told)
        offered = menus.sizes(say, self.room.studio.video(video), person.photo.width / person.photo.height)
        return {
            told: person_told(say, person, self.room.studio.settings),
            self.room.parts.inputs.size: gr.update(choices=offered),
        }

    async def look_at_garment(self, session_id: str, id: str, category: str, request: gr.Request) -> Update:
        """What the garment parser says; the guess is shown beside the choice of kind."""
        say = speak(request)
        told = self.room.parts.outputs.garment_say
        if not id:
            return unchanged(told)
        try:
            session = self.room.studio.store.get(as_text(session_id))
            future = self.room.studio.look_at_garment(session, as_text(id), as_category(category))
            garment = await asyncio.shield(asyncio.wrap_future(future))
        except TryonError as error:
            stale = isinstance(error, SessionGone) or not self._still(id, category, request)
            return unchanged(told) if stale else {told: view.bad(say.error(error))}
        except Exception:  # noqa: BLE001 - the run looks again, and reports in its own way
            return {told: ""} if self._still(id, category, request) else unchanged(told)
        if not self._still(id, category, request):
            return unchanged(told)
        return {told: garment_told(say, garment, as_category(category), self.room.studio.settings)}

    def _still(self, id: str, category: str, request: gr.Request) -> bool:
        """Is it this garment, taken as this kind?"""
        return self.room.lies("garment", id, request) and self.room.chosen_kind(category, request)

    def new_garment(self, session_id: str, person_id: str) -> None:
        """Another garment or kind: a painted area was for the one before."""
        with suppress(SessionGone):
            self.room.studio.store.get(as_text(session_id)).set_mask(as_text(person_id), None)

    def new_kind(self, session_id: str, person_id: str, kind: str, request: gr.Request) -> str:
        """A kind was chosen: it stays chosen through a reload."""
        self.room.choose_kind(as_text(kind), request)
        self.new_garment(session_id, person_id)
        return as_text(kind)


def _index(text: str, count: int) -> int | None:
    return int(text) if text.isdigit() and len(text) < 6 and int(text) < count else None
