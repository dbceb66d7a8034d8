"""What the page's controls do. Every handler is public in Gradio's eyes, so each one checks what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, cast

import gradio as gr

from tryon.errors import AlreadyRunning, ConsentMissing, MissingInput, SessionGone, TryonError
from tryon.runtime.store import Session
from tryon.spec import Kind, VideoSpec
from tryon.types import Category, Clip
from tryon.ui import brush, menus, view
from tryon.ui.follow import Follower, refused
from tryon.ui.frame import card_title, header, sample_row, tip
from tryon.ui.html import Markup
from tryon.ui.order import Order
from tryon.ui.picker import picker
from tryon.ui.result import history
from tryon.ui.room import KINDS, PLACES, Room, Update, address, as_category, as_text, asked, photo_good, speak
from tryon.ui.texts import CHIPS, Tongue
from tryon.ui.verdict import clip_told, garment_told, person_told
from tryon.ui.wardrobe import known, shown
from tryon.ui.wear import NONE, allowed, as_wear, offered


class Desk:
    """Handlers of coming and going, of the main button, of results, and of the area to paint."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._follower = Follower(room.studio, room.parts)

    # ------------------------------------------------------------------------------------ coming, going

    async def arrive(self, data: Mapping[Any, Any], request: gr.Request) -> AsyncIterator[Update]:
        """The page was opened or reloaded: its language, and everything that was there before."""
        say = speak(request)
        kept = self.room.parts.memory
        session = self.room.session(data.get(kept.session), request)
        first = self._standing(say) if say.code != "en" else {}
        stays = data.get(kept.consent) == "yes" and data.get(kept.session) == session.id
        first |= {kept.session: session.id, kept.consent: "yes" if stays else "no"} | self._agreed(stays)
        first[self.room.parts.inputs.prompt] = as_text(data.get(kept.prompt)) or say(CHIPS[0])
        first |= await asyncio.to_thread(self._restored, session, say, data, request)
        yield first
        handle = self.room.studio.jobs.get(as_text(data.get(kept.job)))
        if handle is not None and handle.session == session.id and not handle.view().ended:
            async for update in self._follower.follow(handle, session, say):
                yield update
        elif session.looks:
            with suppress(SessionGone):
                yield await asyncio.to_thread(self._follower.result, session, say, session.looks[-1])

    def _agreed(self, agreed: bool) -> Update:
        """Consent is asked for once a session: afterwards the box is checked and out of the way."""
        box = self.room.parts.inputs.consent
        return {box: gr.update(value=True, visible=False)} if agreed else {}

    def _standing(self, say: Tongue) -> Update:
        """Everything that gr.I18n does not reach, in the visitor's language."""
        put, out = self.room.parts.inputs, self.room.parts.outputs
        video = cast(VideoSpec, self.room.studio.default("video").spec)
        return {
            out.header: header(say),
            out.person_title: card_title(say, "person"),
            out.garment_title: card_title(say, "garment"),
            out.look_title: card_title(say, "look"),
            out.person_say: tip(say, "person"),
            out.garment_say: tip(say, "garment"),
            out.strip: view.strip(say),
            out.status: view.status(say),
            out.screen: view.empty(say),
            put.people: sample_row(say, "people"),
            put.garments: sample_row(say, "garments"),
            put.transfer: gr.update(menu=picker(say, self.room.studio, "transfer")),
            put.video: gr.update(menu=picker(say, self.room.studio, "video")),
            put.size: gr.update(choices=menus.sizes(say, video, 0.75)),
        }

    def _restored(self, session: Session, say: Tongue, data: Mapping[Any, Any], request: gr.Request) -> Update:
        """The photos of before a reload, where the session still has them, and the kind that was chosen."""
        kept, put, out = self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        others = known(session, data.get(kept.others))
        update: Update = {kept.others: " ".join(others), out.others: shown(say, session, others)}
        chosen = as_text(data.get(kept.kind))
        kind = chosen if chosen in KINDS and session.has(as_text(data.get(kept.garment))) else "auto"
        self.room.choose_kind(kind, request)
        update |= {kept.kind: kind, put.category: kind}
        here = [id for id in (as_text(data.get(kept.garment)), *others) if session.has(id)]
        ways = allowed(session, here, as_category(kind))
        update[put.wear] = offered(say, ways, as_wear(as_text(data.get(kept.wear)).split()))
        rooms = ((kept.person, put.person, out.person_say), (kept.garment, put.garment, out.garment_say))
        for room, widget, told in rooms:
            id = as_text(data.get(room))
            if not session.has(id):
                update[room] = ""
                continue
            photo = session.photo(id)
            update[widget] = self.room.studio.shown(photo)
            update[told] = self._known(session, id, say, as_category(kind)) or view.good(photo_good(say, photo))
        return update

    def _known(self, session: Session, id: str, say: Tongue, kind: Category | None) -> Markup | None:
        """What was told of a picture before a reload; None when nothing has been found in it."""
        footage, person, garment = session.footage(id), session.person(id), session.garment(id, kind)
        settings = self.room.studio.settings
        if footage is not None:
            return clip_told(say, footage)
        if person is not None:
            return person_told(say, person, settings)
        return None if garment is None else garment_told(say, garment, kind, settings)

    # ----------------------------------------------------------------------------------------------- run

    async def start(self, data: Mapping[Any, Any], request: gr.Request) -> AsyncIterator[Update]:
        """The main button."""
        async for update in self._run(data, request):
            yield update

    async def start_painted(
        self, data: Mapping[Any, Any], request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[Update]:
        """The run goes on from a painted area."""
        say, kept = speak(request), self.room.parts.memory
        try:
            session = self.room.studio.store.get(as_text(data[kept.session]))
            photo = session.photo(as_text(data[kept.person]))
            if isinstance(photo, Clip):
                raise SessionGone()
            session.set_mask(as_text(data[kept.person]), brush.read_mask(asked(event, "png"), photo))
        except TryonError as error:
            yield refused(self.room.parts, say, error)
            return
        async for update in self._run(data, request):
            yield update

    async def _run(self, data: Mapping[Any, Any], request: gr.Request) -> AsyncIterator[Update]:
        say, kept, put, out = speak(request), self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        for where in PLACES:
            place = getattr(kept, where)
            data = {**data, place: await self.room.settled(where, as_text(data[place]), request)}
        missing = self._missing(data, say)
        if missing:
            yield missing
            return
        try:
            session = self.room.studio.store.get(as_text(data[kept.session]))
            if any(not job.view().ended for job in self.room.studio.jobs.of(session.id)):
                raise AlreadyRunning()  # the page shows one run at a time
            handle = self.room.studio.place(session, self._order(data), address(request, self.room.behind_proxy))
        except TryonError as error:
            yield refused(self.room.parts, say, error)
            return
        yield {
            kept.job: handle.id,
            kept.consent: "yes",
            kept.prompt: as_text(data[put.prompt]),
            put.consent: gr.update(visible=False),
            out.consent_say: "",
            out.prompt_say: "",
            out.model_say: "",
            out.more_say: "",
            out.order_say: "",
            out.brush: "",
            out.actions: "",
            out.facts: "",
            out.remarks: "",
        }
        async for update in self._follower.follow(handle, session, say):
            yield update

    def _missing(self, data: Mapping[Any, Any], say: Tongue) -> Update:
        """Everything that is missing, each beside its control; empty when nothing is."""
        kept, put, out = self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        update: Update = {}
        for room, told, what in ((kept.person, out.person_say, "person"), (kept.garment, out.garment_say, "garment")):
            if not data[room]:
                update[told] = view.bad(say.error(MissingInput(what=what, where=what)))
        if data[put.consent] is not True:
            update[out.consent_say] = view.bad(say.error(ConsentMissing()))
        if data[put.commercial] is True:
            update |= self._unsaleable(data, say)
        return update

    def _unsaleable(self, data: Mapping[Any, Any], say: Tongue) -> Update:
        """The switch hides such models; one that was chosen in the very moment before is refused here."""
        put, studio = self.room.parts.inputs, self.room.studio
        chosen: tuple[tuple[Kind, object], ...] = (("transfer", data[put.transfer]), ("video", data[put.video]))
        for kind, name in chosen:
            for entry in studio.pipeline.catalog.of(kind):
                if entry.spec.name == name and (no := menus.refusal(studio, kind, entry, commercial=True)):
                    return {self.room.parts.outputs.model_say: view.bad(say.error(no))}
        return {}

    def _order(self, data: Mapping[Any, Any]) -> Order:
        kept, put = self.room.parts.memory, self.room.parts.inputs
        keep = data[put.seed_mode] == "keep"
        still = data[put.video] == menus.PHOTO_ONLY
        return Order(
            person=as_text(data[kept.person]),
            garment=as_text(data[kept.garment]),
            others=tuple(as_text(data[kept.others]).split()),
            consent=data[put.consent] is True,
            prompt=data[put.prompt] or "",
            category=as_category(data[put.category]),
            wear=as_wear(data[put.wear]),
            transfer=data[put.transfer],
            video=None if still else data[put.video],
            still_only=still,
            size=None if still else menus.size_of(data[put.size]),
            seconds=None if still else data[put.seconds],
            fps=None if still else data[put.fps],
            seed=data[put.seed] if keep else None,
            quality=data[put.quality],
            samples=data[put.samples],
            strength=data[put.strength],
            loop=data[put.loop] is True,
            label=data[put.mark] is True,
        )

    def stop(self, session_id: str, job: str, request: gr.Request) -> Update:
        """Stops the visitor's own run; the follower tells the rest."""
        handle = self.room.studio.jobs.get(as_text(job))
        if handle is not None and handle.session == as_text(session_id):
            handle.cancel()
        return {self.room.parts.inputs.stop: gr.update(value=speak(request)("stopping"), interactive=False)}

    # ------------------------------------------------------------------------------------------- results

    def reuse(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        """A finished look becomes the person, analysis included; the next garment is waited for."""
        say, kept, put, out = speak(request), self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        try:
            session = self.room.studio.store.get(as_text(session_id))
            look = session.look(asked(event, "id")).finished.look
            id = session.add_photo(look.photo)
            session.set_person(id, look.person)
            self.room.lay("person", id, request)
        except TryonError as error:
            return {out.order_say: view.bad(say.error(error))}
        return {
            kept.person: id,
            put.person: self.room.studio.shown(look.photo),
            out.person_say: view.good(say("person_look")),
            **self._no_garment(request),
            out.garment_say: view.plain(say("reused")),
            out.announce: say("reused"),
        }

    def _no_garment(self, request: gr.Request) -> Update:
        """The garments are put away, and the kind that was chosen for the first with them."""
        kept, put, out = self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        self.room.lay("garment", "", request)
        self.room.lay("others", "", request)
        self.room.choose_kind("auto", request)
        nothing: Update = dict.fromkeys((kept.garment, kept.others, out.others), "")
        nothing |= {kept.wear: NONE, put.wear: gr.update(value=[], visible=False)}
        return nothing | {put.garment: None, kept.kind: "auto", put.category: "auto"}

    def show(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        """A look of the history."""
        say = speak(request)
        try:
            session = self.room.studio.store.get(as_text(session_id))
            return self._follower.result(session, say, session.look(asked(event, "id")))
        except TryonError as error:
            return {self.room.parts.outputs.order_say: view.bad(say.error(error))}

    def delete_pictures(self, session_id: str, request: gr.Request) -> Update:
        """Removes everything of the session, at once, and starts a new one."""
        say, kept, put, out = speak(request), self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        self.room.studio.store.delete(as_text(session_id))
        session = self.room.session("", request)
        self.room.lay("person", "", request)
        told = say("delete_done")
        return {
            kept.session: session.id,
            **dict.fromkeys((kept.person, kept.job), ""),
            kept.consent: "no",  # an empty text would not reach the browser's storage
            put.consent: gr.update(value=False, visible=True),
            put.person: None,
            **self._no_garment(request),
            put.run: gr.update(visible=True),
            put.stop: gr.update(visible=False),
            out.header: header(say, told),
            out.announce: told,
            out.person_say: tip(say, "person"),
            out.garment_say: tip(say, "garment"),
            out.status: view.status(say),
            out.strip: view.strip(say),
            out.screen: view.empty(say),
            **dict.fromkeys((out.brush, out.actions, out.facts, out.remarks, out.order_say), ""),
            out.history: history(say, (), ""),
        }

    # ---------------------------------------------------------------------------------------------- area

    async def open_area(self, data: Mapping[Any, Any], request: gr.Request) -> Update:
        """The area that may change, to be painted on."""
        say, kept, put, out = speak(request), self.room.parts.memory, self.room.parts.inputs, self.room.parts.outputs
        if not data[kept.person] or not data[kept.garment]:
            return {out.order_say: view.bad(say("mask_wait"))}
        person_id, garment_id = as_text(data[kept.person]), as_text(data[kept.garment])
        category = as_category(data[put.category])
        try:
            session = self.room.studio.store.get(as_text(data[kept.session]))
            if isinstance(session.photo(person_id), Clip):
                return {out.order_say: view.bad(say("mask_clip"))}
            person = await asyncio.wrap_future(self.room.studio.look_at_person(session, person_id))
            garment = await asyncio.wrap_future(self.room.studio.look_at_garment(session, garment_id, category))
            mask = session.mask(person_id)
            if mask is None:
                kind = category or garment.category
                mask = await asyncio.to_thread(self.room.studio.pipeline.mask, person, (garment,), kind)
        except TryonError as error:
            return refused(self.room.parts, say, error)
        return {out.brush: await asyncio.to_thread(brush.painter, say, person.photo, mask), out.order_say: ""}
