"""Who is who in a tab: which picture lies in a place, and which one was sent last."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from tests.browser.engine import small_catalog
from tests.drawing import draw_tshirt
from tryon.errors import NoPerson
from tryon.pipeline import Pipeline
from tryon.runtime.jobs import Jobs
from tryon.runtime.store import Store
from tryon.settings import Settings
from tryon.types import Photo
from tryon.ui.intake import Intake
from tryon.ui.layout import lay_out
from tryon.ui.room import Room
from tryon.ui.studio import Order, Studio
from tryon.ui.texts import component_tables
from tryon.ui.wardrobe import Wardrobe

T = TypeVar("T")
TAB = cast(gr.Request, SimpleNamespace(session_hash="tab", headers={"accept-language": "en"}))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    settings = Settings(home=tmp_path)
    jobs = Jobs(settings)
    store = Store(settings, on_delete=jobs.forget)
    studio = Studio(settings, Pipeline(settings, small_catalog()), jobs, store)
    with gr.Blocks():
        parts = lay_out(studio, gr.I18n(**component_tables()))
    yield Room(studio, parts)
    jobs.shutdown()
    store.close()


def test_the_picture_that_was_sent_last_counts(room: Room) -> None:
    with room.receiving("person", TAB) as first:
        assert first()
        with room.receiving("person", TAB) as second:
            assert second() and not first()
        assert not first(), "decoded later, but sent before"
    with room.receiving("garment", TAB) as other, room.receiving("person", TAB):
        assert other()


def test_nothing_is_told_of_a_picture_that_is_being_replaced(room: Room) -> None:
    assert room.lies("person", "old", TAB), "after a reload the tab knows"
    room.lay("person", "new", TAB)
    assert room.lies("person", "new", TAB) and not room.lies("person", "old", TAB)
    with room.receiving("person", TAB):
        assert not room.lies("person", "new", TAB)
    assert room.lies("person", "new", TAB)


def done(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: a browser test before this one may have left a loop in ours."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(asyncio.run, work).result()


def _told(room: Room, session: str, garment: str, kind: str) -> dict[Any, Any]:
    return done(Intake(room).look_at_garment(session, garment, kind, TAB))


def test_only_the_last_kind_is_told(room: Room) -> None:
    session = room.session("", TAB)
    id = session.add_photo(draw_tshirt().photo)
    told = room.parts.outputs.garment_say
    intake = Intake(room)
    assert intake.new_kind(session.id, "", "bottom", TAB) == "bottom"
    assert "Taken as: Bottom" in _told(room, session.id, id, "bottom")[told]
    assert "__type__" in _told(room, session.id, id, "dress")[told], "chosen before, found later"


def test_a_click_waits_for_what_is_being_decoded(room: Room) -> None:
    async def click() -> str:
        with room.receiving("others", TAB):
            waiting = asyncio.create_task(room.settled("others", "a", TAB))
            await asyncio.sleep(0)
            assert not waiting.done()
            room.lay("others", "a b", TAB)
        return await waiting

    assert done(click()) == "a b"
    room.left(TAB)
    assert done(room.settled("others", "a", TAB)) == "a"


def test_a_photo_of_nobody_is_not_run(room: Room, tmp_path: Path) -> None:
    session = room.session("", TAB)
    meadow = session.add_photo(Photo(np.full((640, 480, 3), (60, 190, 80), np.uint8)))
    order = Order(person=meadow, garment=session.add_photo(draw_tshirt().photo), consent=True)
    with pytest.raises(NoPerson):
        room.studio.look_at_person(session, meadow).result()
    with pytest.raises(NoPerson) as refusal:
        room.studio.place(session, order, "")
    assert refusal.value.where == "person" and not room.studio.jobs.of(session.id)
    assert not list(session.folder.iterdir())


def test_what_was_said_of_a_refused_garment_stays(room: Room, tmp_path: Path) -> None:
    session, shelf, wardrobe = room.session("", TAB), room.parts.outputs.others, Wardrobe(room)
    shirt, broken = tmp_path / "shirt.png", tmp_path / "broken.jpg"
    Image.fromarray(draw_tshirt().photo.pixels).save(shirt)
    broken.write_bytes(b"no picture")
    assert "<li>" in done(wardrobe.add(str(shirt), session.id, "", TAB))[shelf]
    assert "top" in done(wardrobe.look(session.id, "", TAB))[shelf]
    added = done(wardrobe.add(str(broken), session.id, "", TAB))[shelf]
    assert 'role="alert"' in added and "<li>" in added
    assert "__type__" in done(wardrobe.look(session.id, "", TAB))[shelf], "nothing new: nothing is drawn again"
