"""What the page's controls do. Every handler is public in Gradio's eyes, so each one checks what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import gradio as gr

from tryon.catalog import Entry
from tryon.errors import ConsentMissing, MissingInput, SessionGone, TryonError
from tryon.media.photo import describe
from tryon.runtime.store import Session
from tryon.spec import Kind, VideoSpec
from tryon.types import Category, Clip, Garment, Person, Photo
from tryon.ui import brush, menus, view
from tryon.ui.assets import samples
from tryon.ui.follow import Follower, refused
from tryon.ui.frame import card_title, header, sample_row, tip
from tryon.ui.html import Markup, join
from tryon.ui.layout import Parts
from tryon.ui.result import history
from tryon.ui.studio import Order, Studio
from tryon.ui.texts import Tongue, tongue

Update = dict[Any, Any]
NO_MODE = {"auto": None, "top": "top", "bottom": "bottom", "dress": "dress"}


def speak(request: gr.Request | None) -> Tongue:
    """The language of a request."""
    return tongue(request.headers.get("accept-language") if request is not None else None)


def address(request: gr.Request | None, behind_proxy: bool) -> str:
    """Who asks, for the limit per address. Behind a Space's proxy the client is in a header."""
    if request is None or request.client is None:
        return ""
    forwarded = str(request.headers.get("x-forwarded-for") or "")
    return forwarded.split(",")[0].strip()[:64] if behind_proxy and forwarded else str(request.client.host)


class Desk:
    """Handlers of the page, bound to its components."""

    def __init__(self, studio: Studio, parts: Parts, behind_proxy: bool = False) -> None:
        self.studio = studio
        self.parts = parts
        self._behind_proxy = behind_proxy
        self._follower = Follower(studio, parts)
        self._tabs: dict[str, str] = {}  # Gradio's session of a tab -> our session

    # ------------------------------------------------------------------------------------ coming, going

    async def arrive(self, data: Mapping[Any, Any], request: gr.Request) -> AsyncIterator[Update]:
        """The page was opened or reloaded: its language, and everything that was there before."""
        say = speak(request)
        kept, out = self.parts.memory, self.parts.outputs
        session = self.studio.store.open(_text(data.get(kept.session)))
        if request.session_hash and request.session_hash not in self._tabs:
            self._tabs[request.session_hash] = session.id
            self.studio.store.follow(session.id)
        first = self._standing(say) if say.code != "en" else {}
        first |= {kept.session: session.id} | self._agreed(data.get(kept.consent) == "yes")
        first |= await asyncio.to_thread(self._restored, session, say, data)
        yield first
        handle = self.studio.jobs.get(_text(data.get(kept.job)))
        if handle is not None and handle.session == session.id:
            async for update in self._follower.follow(handle, session, say):
                yield update
        elif session.looks:
            result = session.looks[-1]
            yield await asyncio.to_thread(self._follower.result, session, say, result)
        elif first.get(out.person_say) is None:
            yield {out.status: view.status(say)}

    def leave(self, request: gr.Request) -> None:
        """The tab was closed."""
        id = self._tabs.pop(request.session_hash or "", None)
        self.studio.store.unfollow(id)

    def _agreed(self, agreed: bool) -> Update:
        """Consent is asked for once: afterwards the box is checked and out of the way."""
        box = self.parts.inputs.consent
        return {box: gr.update(value=True, visible=False)} if agreed else {}

    def _standing(self, say: Tongue) -> Update:
        """Everything that gr.I18n does not reach, in the visitor's language."""
        put, out = self.parts.inputs, self.parts.outputs
        video = cast(VideoSpec, self.studio.default("video").spec)
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
            put.transfer: gr.update(choices=menus.models(say, self.studio, "transfer")),
            put.video: gr.update(choices=menus.videos(say, self.studio)),
            put.size: gr.update(choices=menus.sizes(say, video, 0.75)),
        }

    def _restored(self, session: Session, say: Tongue, data: Mapping[Any, Any]) -> Update:
        """The two photos of before a reload, where the session still has them."""
        kept, put, out = self.parts.memory, self.parts.inputs, self.parts.outputs
        update: Update = {}
        rooms = ((kept.person, put.person, out.person_say), (kept.garment, put.garment, out.garment_say))
        for room, widget, told in rooms:
            id = _text(data.get(room))
            if not session.has(id):
                update[room] = ""
                continue
            photo = session.photo(id)
            if isinstance(photo, Photo):
                update[widget] = self.studio.shown(photo)
                update[told] = view.good(say("photo_good", width=photo.width, height=photo.height))
        return update

    # -------------------------------------------------------------------------------------------- photos

    def take_person(self, path: str | None, session_id: str, request: gr.Request) -> Update:
        return self._take("person", path, session_id, request)

    def take_garment(self, path: str | None, session_id: str, request: gr.Request) -> Update:
        return self._take("garment", path, session_id, request)

    def _take(self, where: str, path: str | None, session_id: str, request: gr.Request) -> Update:
        """A file came: through the door, into the session, shown back; the file itself is gone."""
        say = speak(request)
        room, widget, told = self._place(where)
        if path is None:
            return {}
        try:
            photo = self.studio.take(path, where)
        except TryonError as error:
            return {widget: None, told: view.bad(say.error(error)), room: ""}
        return self._added(where, photo, session_id, request)

    def _added(self, where: str, photo: Photo, session_id: str, request: gr.Request) -> Update:
        say = speak(request)
        kept = self.parts.memory
        room, widget, told = self._place(where)
        session = self._session(session_id, request)
        id = session.add_photo(photo)
        remarks = [say.note(note) for note in describe(photo, self.studio.settings, where)]
        text = say("photo_good", width=photo.width, height=photo.height)
        update: Update = {
            widget: self.studio.shown(photo),
            told: join(view.plain(f"{text}. {say('looking')}", busy=True), *(view.plain(r) for r in remarks)),
            room: id,
            kept.session: session.id,
            self.parts.outputs.order_say: "",
        }
        return update

    def _place(self, where: str) -> tuple[Any, Any, Any]:
        kept, put, out = self.parts.memory, self.parts.inputs, self.parts.outputs
        if where == "person":
            return kept.person, put.person, out.person_say
        return kept.garment, put.garment, out.garment_say

    def _session(self, id: str, request: gr.Request) -> Session:
        """The visitor's session; a new one, followed by this tab, when its life was over."""
        session = self.studio.store.open(_text(id))
        tab = request.session_hash or ""
        if tab and self._tabs.get(tab) != session.id:
            self._tabs[tab] = session.id
            self.studio.store.follow(session.id)
        return session

    def sample_person(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        return self._sample("person", session_id, request, event)

    def sample_garment(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        return self._sample("garment", session_id, request, event)

    def _sample(self, where: str, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        found = samples("people" if where == "person" else "garments")
        index = _index(_asked(event, "id"), len(found))
        if index is None:
            return {}
        from tryon.media.photo import read_photo

        photo = read_photo(found[index].path.read_bytes(), self.studio.settings, where)
        return self._added(where, photo, session_id, request)

    def clear_person(self, session_id: str, id: str, request: gr.Request) -> Update:
        return self._cleared("person", session_id, id, request)

    def clear_garment(self, session_id: str, id: str, request: gr.Request) -> Update:
        return self._cleared("garment", session_id, id, request)

    def _cleared(self, where: Any, session_id: str, id: str, request: gr.Request) -> Update:
        room, _, told = self._place(where)
        try:
            self.studio.store.get(_text(session_id)).drop_photo(_text(id))
        except SessionGone:
            pass
        return {room: "", told: tip(speak(request), where), self.parts.outputs.brush: ""}

    # --------------------------------------------------------------------------------------- early looks

    async def look_at_person(self, session_id: str, id: str, request: gr.Request) -> Update:
        """What the parser says of the new person photo."""
        say = speak(request)
        told = self.parts.outputs.person_say
        if not id:
            return {}
        try:
            session = self.studio.store.get(_text(session_id))
            person = await asyncio.shield(asyncio.wrap_future(self.studio.look_at_person(session, _text(id))))
        except TryonError as error:
            return {} if isinstance(error, SessionGone) else {told: view.bad(say.error(error))}
        except Exception:  # noqa: BLE001 - the run looks again, and reports in its own way
            return {told: ""}
        size = self._sizes(say, person.photo.width / person.photo.height)
        return {told: self._person_told(say, person), self.parts.inputs.size: size}

    def _person_told(self, say: Tongue, person: Person) -> Markup:
        remarks = [*describe(person.photo, self.studio.settings, "person"), *person.notes]
        if person.confidence < 0.5:
            verdict = view.plain(say("person_unsure"))
        else:
            verdict = view.good(say("person_found", width=person.photo.width, height=person.photo.height))
        return join(verdict, *(view.plain(say.note(note)) for note in remarks))

    def _sizes(self, say: Tongue, aspect: float) -> Any:
        spec = cast(VideoSpec, self.studio.default("video").spec)
        return gr.update(choices=menus.sizes(say, spec, aspect))

    async def look_at_garment(self, session_id: str, id: str, category: str, request: gr.Request) -> Update:
        """What the garment parser says; the guess is shown beside the choice of kind."""
        say = speak(request)
        told = self.parts.outputs.garment_say
        if not id:
            return {}
        try:
            session = self.studio.store.get(_text(session_id))
            future = self.studio.look_at_garment(session, _text(id), _category(category))
            garment = await asyncio.shield(asyncio.wrap_future(future))
        except TryonError as error:
            return {} if isinstance(error, SessionGone) else {told: view.bad(say.error(error))}
        except Exception:  # noqa: BLE001 - the run looks again, and reports in its own way
            return {told: ""}
        return {told: self._garment_told(say, garment, _category(category))}

    def _garment_told(self, say: Tongue, garment: Garment, wished: Category | None) -> Markup:
        kind = say(f"kind_{garment.kind}")
        text = say("garment_found", kind=kind) if wished is None else say("garment_set", kind=say(f"category_{wished}"))
        remarks = [*describe(garment.photo, self.studio.settings, "garment"), *garment.notes]
        return join(view.good(text), *(view.plain(say.note(note)) for note in remarks if note.code != "garment_guess"))

    # --------------------------------------------------------------------------------------------- menus

    def choose_transfer(self, name: str, request: gr.Request) -> Update:
        return self._chosen(speak(request), "transfer", name)

    def choose_video(self, name: str, request: gr.Request) -> Update:
        say, put = speak(request), self.parts.inputs
        if name == menus.PHOTO_ONLY:
            off = gr.update(interactive=False)
            return {self.parts.outputs.model_say: "", put.size: off, put.seconds: off, put.fps: off, put.loop: off}
        update = self._chosen(say, "video", name)
        entry = self._entry("video", name)
        if entry is None or not menus.runs(self.studio, entry):
            return update
        spec = cast(VideoSpec, entry.spec)
        limits = menus.lengths(spec)
        return update | {
            put.size: gr.update(choices=menus.sizes(say, spec, 0.75), value=menus.OWN_SIZE, interactive=True),
            put.seconds: gr.update(
                minimum=limits.least, maximum=limits.most, value=limits.seconds, interactive=limits.least < limits.most
            ),
            put.fps: gr.update(
                minimum=limits.fps_low,
                maximum=limits.fps_high,
                value=limits.fps,
                interactive=limits.fps_low < limits.fps_high,
            ),
            put.loop: gr.update(interactive=spec.loops, value=False),
        }

    def _chosen(self, say: Tongue, kind: Kind, name: str) -> Update:
        """Says what a model is; one that cannot run here gives way to one that can."""
        told = self.parts.outputs.model_say
        menu = self.parts.inputs.transfer if kind == "transfer" else self.parts.inputs.video
        entry = self._entry(kind, name)
        if entry is None:
            return {menu: self.studio.default(kind).spec.name}
        no = menus.refusal(say, self.studio, kind, entry)
        if no is None:
            return {told: view.plain(menus.about(say, entry.spec))}
        return {told: view.bad(no), menu: self.studio.default(kind).spec.name}

    def _entry(self, kind: Kind, name: object) -> Entry | None:
        return next((e for e in self.studio.pipeline.catalog.of(kind) if e.spec.name == name), None)

    # ----------------------------------------------------------------------------------------------- run

    async def start(self, data: Mapping[Any, Any], request: gr.Request) -> AsyncIterator[Update]:
        """The main button."""
        async for update in self._run(data, request):
            yield update

    async def start_painted(
        self, data: Mapping[Any, Any], request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[Update]:
        """The run goes on from a painted area."""
        say, kept = speak(request), self.parts.memory
        try:
            session = self.studio.store.get(_text(data[kept.session]))
            photo = session.photo(_text(data[kept.person]))
            if isinstance(photo, Clip):
                raise SessionGone()
            session.set_mask(_text(data[kept.person]), brush.read_mask(_asked(event, "png"), photo))
        except TryonError as error:
            yield refused(self.parts, say, error)
            return
        async for update in self._run(data, request):
            yield update

    async def _run(self, data: Mapping[Any, Any], request: gr.Request) -> AsyncIterator[Update]:
        say, kept, put, out = speak(request), self.parts.memory, self.parts.inputs, self.parts.outputs
        missing = self._missing(data, say)
        if missing:
            yield missing
            return
        try:
            session = self.studio.store.get(_text(data[kept.session]))
            handle = self.studio.place(session, self._order(data), address(request, self._behind_proxy))
        except TryonError as error:
            yield refused(self.parts, say, error)
            return
        yield {
            kept.job: handle.id,
            kept.consent: "yes",
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
        kept, put, out = self.parts.memory, self.parts.inputs, self.parts.outputs
        update: Update = {}
        for room, told, what in ((kept.person, out.person_say, "person"), (kept.garment, out.garment_say, "garment")):
            if not data[room]:
                update[told] = view.bad(say.error(MissingInput(what=what, where=what)))
        if data[put.consent] is not True:
            update[out.consent_say] = view.bad(say.error(ConsentMissing()))
        return update

    def _order(self, data: Mapping[Any, Any]) -> Order:
        kept, put = self.parts.memory, self.parts.inputs
        keep = data[put.seed_mode] == "keep"
        still = data[put.video] == menus.PHOTO_ONLY
        return Order(
            person=_text(data[kept.person]),
            garment=_text(data[kept.garment]),
            consent=data[put.consent] is True,
            prompt=data[put.prompt] or "",
            category=_category(data[put.category]),
            transfer=data[put.transfer],
            video=None if still else data[put.video],
            still_only=still,
            size=None if still else menus.size_of(data[put.size]),
            seconds=None if still else data[put.seconds],
            fps=None if still else data[put.fps],
            seed=data[put.seed] if keep else None,
            quality=data[put.quality],
            loop=data[put.loop] is True,
            label=data[put.mark] is True,
        )

    def stop(self, session_id: str, job: str, request: gr.Request) -> Update:
        """Stops the visitor's own run; the follower tells the rest."""
        handle = self.studio.jobs.get(_text(job))
        if handle is not None and handle.session == _text(session_id):
            handle.cancel()
        return {self.parts.inputs.stop: gr.update(value=speak(request)("stopping"), interactive=False)}

    # ------------------------------------------------------------------------------------------- results

    def reuse(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        """A finished look becomes the person, analysis included; the next garment is waited for."""
        say, kept, put, out = speak(request), self.parts.memory, self.parts.inputs, self.parts.outputs
        try:
            session = self.studio.store.get(_text(session_id))
            look = session.look(_asked(event, "id")).finished.look
            id = session.add_photo(look.photo)
            session.set_person(id, look.person)
        except TryonError as error:
            return {out.order_say: view.bad(say.error(error))}
        return {
            kept.person: id,
            put.person: self.studio.shown(look.photo),
            out.person_say: view.good(say("person_look")),
            kept.garment: "",
            put.garment: None,
            out.garment_say: view.plain(say("reused")),
            out.announce: say("reused"),
        }

    def show(self, session_id: str, request: gr.Request, event: gr.EventData) -> Update:
        """A look of the history."""
        say = speak(request)
        try:
            session = self.studio.store.get(_text(session_id))
            return self._follower.result(session, say, session.look(_asked(event, "id")))
        except TryonError as error:
            return {self.parts.outputs.order_say: view.bad(say.error(error))}

    def delete(self, session_id: str, request: gr.Request) -> Update:
        """Removes everything of the session, at once, and starts a new one."""
        say, kept, put, out = speak(request), self.parts.memory, self.parts.inputs, self.parts.outputs
        self.studio.store.delete(_text(session_id))
        session = self._session("", request)
        told = say("delete_done")
        return {
            kept.session: session.id,
            kept.person: "",
            kept.garment: "",
            kept.job: "",
            put.person: None,
            put.garment: None,
            put.run: gr.update(visible=True),
            put.stop: gr.update(visible=False),
            out.header: header(say, told),
            out.announce: told,
            out.person_say: tip(say, "person"),
            out.garment_say: tip(say, "garment"),
            out.status: view.status(say),
            out.strip: view.strip(say),
            out.screen: view.empty(say),
            **{part: "" for part in (out.brush, out.actions, out.facts, out.remarks, out.order_say)},
            out.history: history(say, (), ""),
        }

    # ---------------------------------------------------------------------------------------------- area

    async def open_area(self, data: Mapping[Any, Any], request: gr.Request) -> Update:
        """The area that may change, to be painted on."""
        say, kept, put, out = speak(request), self.parts.memory, self.parts.inputs, self.parts.outputs
        if not data[kept.person] or not data[kept.garment]:
            return {out.order_say: view.bad(say("mask_wait"))}
        person_id, garment_id = _text(data[kept.person]), _text(data[kept.garment])
        category = _category(data[put.category])
        try:
            session = self.studio.store.get(_text(data[kept.session]))
            person = await asyncio.wrap_future(self.studio.look_at_person(session, person_id))
            garment = await asyncio.wrap_future(self.studio.look_at_garment(session, garment_id, category))
            mask = session.mask(person_id)
            if mask is None:
                kind = category or garment.category
                mask = await asyncio.to_thread(self.studio.pipeline.mask, person, (garment,), kind)
        except TryonError as error:
            return refused(self.parts, say, error)
        return {out.brush: await asyncio.to_thread(brush.painter, say, person.photo, mask), out.order_say: ""}

    def new_garment(self, session_id: str, person_id: str) -> None:
        """Another garment or kind: a painted area was for the one before."""
        try:
            self.studio.store.get(_text(session_id)).set_mask(_text(person_id), None)
        except SessionGone:
            pass


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _category(value: object) -> Category | None:
    return cast("Category | None", NO_MODE.get(value)) if isinstance(value, str) else None


def _asked(event: gr.EventData, key: str) -> str:
    data = event._data
    return _text(data.get(key)) if isinstance(data, dict) else ""


def _index(text: str, count: int) -> int | None:
    return int(text) if text.isdigit() and len(text) < 6 and int(text) < count else None
