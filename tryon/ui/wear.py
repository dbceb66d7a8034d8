"""How the garments are worn: choices that come up where a garment allows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from tryon.errors import SessionGone
from tryon.parsing.wearing import ways_to_wear
from tryon.runtime.store import Session
from tryon.types import WEARS, Category, Wear
from tryon.ui.room import Room, Update, as_category, as_text, speak
from tryon.ui.texts import Tongue

NONE = "-"


class Wearing:
    """Handler of the choices' coming and going."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def offer(self, session_id: str, garment: str, others: str, kind: str, chosen: Any, request: gr.Request) -> Update:
        """After any change of the garments: what they allow now, and what stays chosen of it."""
        try:
            session = self.room.studio.store.get(as_text(session_id))
        except SessionGone:
            return {self.room.parts.inputs.wear: offered(speak(request), (), ())}
        first = self.room.lying("garment", as_text(garment), request)
        ids = [first, *self.room.lying("others", as_text(others), request).split()]
        ways = allowed(session, [id for id in ids if session.has(id)], as_category(kind))
        return {self.room.parts.inputs.wear: offered(speak(request), ways, as_wear(chosen))}

    def chosen(self, ways: Any) -> str:
        """What the browser keeps; an empty text would not reach its storage."""
        return " ".join(as_wear(ways)) or NONE


def allowed(session: Session, ids: Sequence[str], kind: Category | None) -> tuple[Wear, ...]:
    """The ways that any of the garments allows, as far as the parser has looked; `kind` is the first one's."""
    found = [session.garment(id, None if number else kind) for number, id in enumerate(ids)]
    ways = {way for garment in found if garment is not None for way in ways_to_wear(garment)}
    return tuple(way for way in WEARS if way in ways)


def offered(say: Tongue, ways: Sequence[Wear], chosen: Sequence[Wear]) -> Any:
    """The group of choices; out of the way where there are none."""
    kept = [way for way in ways if way in chosen]
    return gr.update(choices=[(say(f"wear_{way}"), way) for way in ways], value=kept, visible=bool(ways))


def as_wear(value: object) -> tuple[Wear, ...]:
    """Those of WEARS that a control's value names."""
    named = value if isinstance(value, list | tuple) else ()
    return tuple(way for way in WEARS if way in named)
