"""The model menus: what a choice is, needs and allows."""

from __future__ import annotations

from typing import Any, cast

import gradio as gr

from tryon.catalog import Entry
from tryon.spec import Kind, VideoSpec
from tryon.ui import menus, view
from tryon.ui.html import Markup
from tryon.ui.picker import picker
from tryon.ui.room import Room, Update, as_text, asked, speak
from tryon.ui.texts import Tongue


class Choosing:
    """Handlers of the menus."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def choose_transfer(self, name: str, commercial: bool, request: gr.Request) -> Update:
        return self._chosen(speak(request), "transfer", name, commercial is True)

    def choose_video(self, name: str, commercial: bool, session_id: str, person: str, request: gr.Request) -> Update:
        say = speak(request)
        update = self._chosen(say, "video", name, commercial is True)
        aspect = self.room.studio.aspect(as_text(session_id), as_text(person))
        return update | self._film(say, update.get(self._menu("video"), name), aspect)

    def ask_transfer(self, commercial: bool, request: gr.Request, event: gr.EventData) -> Markup:
        return self._no(speak(request), "transfer", asked(event, "name"), commercial is True)

    def ask_video(self, commercial: bool, request: gr.Request, event: gr.EventData) -> Markup:
        return self._no(speak(request), "video", asked(event, "name"), commercial is True)

    def only_commercial(
        self, commercial: bool, transfer: str, video: str, session_id: str, person: str, request: gr.Request
    ) -> Update:
        """The switch: both menus without, or again with, what may not be used commercially. A choice that goes
        with it gives way to the best that stays, and the page says so."""
        say, only = speak(request), commercial is True
        update: Update = {self.room.parts.outputs.model_say: ""}
        chosen: tuple[tuple[Kind, str], ...] = (("transfer", transfer), ("video", video))
        for kind, name in chosen:
            change: dict[str, Any] = {"menu": picker(say, self.room.studio, kind, only)}
            entry = self._entry(kind, name)
            if entry is not None and (no := menus.refusal(self.room.studio, kind, entry, only)):
                change["value"] = self.room.studio.default(kind, only).spec.name
                update[self.room.parts.outputs.model_say] = view.plain(say.error(no))
                if kind == "video":
                    aspect = self.room.studio.aspect(as_text(session_id), as_text(person))
                    update |= self._film(say, change["value"], aspect)
            update[self._menu(kind)] = gr.update(**change)
        return update

    def _chosen(self, say: Tongue, kind: Kind, name: str, commercial: bool) -> Update:
        """Says what a model is; one that cannot run here gives way to one that can."""
        told = self.room.parts.outputs.model_say
        if kind == "video" and name == menus.PHOTO_ONLY:
            return {told: ""}
        entry = self._entry(kind, name)
        if entry is not None and menus.runs(self.room.studio, entry, commercial):
            return {told: view.plain(menus.about(say, entry.spec))}
        instead = self.room.studio.default(kind, commercial).spec.name
        return {told: self._no(say, kind, name, commercial), self._menu(kind): instead}

    def _no(self, say: Tongue, kind: Kind, name: str, commercial: bool) -> Markup:
        """Why a model cannot be taken, and which can."""
        entry = self._entry(kind, name)
        no = menus.refusal(self.room.studio, kind, entry, commercial) if entry is not None else None
        return view.bad(say.error(no)) if no is not None else Markup("")

    def _film(self, say: Tongue, name: str, aspect: float) -> Update:
        """What size, length, pace and loop may be with this video model, for a picture of this aspect."""
        put = self.room.parts.inputs
        entry = self._entry("video", name)
        if entry is None:
            off = gr.update(interactive=False)
            return {put.size: off, put.seconds: off, put.fps: off, put.loop: off}
        spec = cast(VideoSpec, entry.spec)
        limits = menus.lengths(spec)
        return {
            put.size: gr.update(choices=menus.sizes(say, spec, aspect), value=menus.OWN_SIZE, interactive=True),
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

    def _menu(self, kind: Kind) -> gr.HTML:
        return self.room.parts.inputs.transfer if kind == "transfer" else self.room.parts.inputs.video

    def _entry(self, kind: Kind, name: object) -> Entry | None:
        return next((e for e in self.room.studio.pipeline.catalog.of(kind) if e.spec.name == name), None)
