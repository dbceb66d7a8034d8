"""The model menus: what a choice is, needs and allows."""

from __future__ import annotations

from typing import cast

import gradio as gr

from tryon.catalog import Entry
from tryon.spec import Kind, VideoSpec
from tryon.ui import menus, view
from tryon.ui.room import Room, Update, speak
from tryon.ui.texts import Tongue


class Choosing:
    """Handlers of the menus."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def choose_transfer(self, name: str, request: gr.Request) -> Update:
        return self._chosen(speak(request), "transfer", name)

    def choose_video(self, name: str, request: gr.Request) -> Update:
        say, put = speak(request), self.room.parts.inputs
        if name == menus.PHOTO_ONLY:
            off = gr.update(interactive=False)
            return {self.room.parts.outputs.model_say: "", put.size: off, put.seconds: off, put.fps: off, put.loop: off}
        update = self._chosen(say, "video", name)
        entry = self._entry("video", name)
        if entry is None or not menus.runs(self.room.studio, entry):
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
        told = self.room.parts.outputs.model_say
        menu = self.room.parts.inputs.transfer if kind == "transfer" else self.room.parts.inputs.video
        entry = self._entry(kind, name)
        if entry is None:
            return {menu: self.room.studio.default(kind).spec.name}
        no = menus.refusal(say, self.room.studio, kind, entry)
        if no is None:
            return {told: view.plain(menus.about(say, entry.spec))}
        return {told: view.bad(no), menu: self.room.studio.default(kind).spec.name}

    def _entry(self, kind: Kind, name: object) -> Entry | None:
        return next((e for e in self.room.studio.pipeline.catalog.of(kind) if e.spec.name == name), None)
