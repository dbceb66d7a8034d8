"""What is told of a photo or a clip once the parsers have looked at it."""

from __future__ import annotations

from tryon.media.photo import describe
from tryon.settings import Settings
from tryon.types import Category, Footage, Garment, Person
from tryon.ui import view
from tryon.ui.html import Markup, join
from tryon.ui.room import clip_seconds
from tryon.ui.texts import Tongue


def clip_told(say: Tongue, footage: Footage) -> Markup:
    person = footage.people[footage.at.index(footage.key)]
    return join(
        view.good(say("clip_found", seconds=clip_seconds(footage.clip))),
        *(view.plain(say.note(note)) for note in (person.notes if person is not None else ())),
    )


def person_told(say: Tongue, person: Person, settings: Settings) -> Markup:
    remarks = [*describe(person.photo, settings, "person"), *person.notes]
    if any(note.code == "not_sure" for note in remarks):
        verdict = None  # the note says it
    elif person.confidence < 0.5:
        verdict = view.plain(say("person_unsure"))
    else:
        verdict = view.good(say("person_found", width=person.photo.width, height=person.photo.height))
    return join(verdict, *(view.plain(say.note(note)) for note in remarks))


def garment_told(say: Tongue, garment: Garment, wished: Category | None, settings: Settings) -> Markup:
    kind = say(f"kind_{garment.kind}")
    text = say("garment_found", kind=kind) if wished is None else say("garment_set", kind=say(f"category_{wished}"))
    remarks = [*describe(garment.photo, settings, "garment"), *garment.notes]
    unsure = wished is None and any(note.code == "garment_unsure" for note in remarks)
    verdict = None if unsure else view.good(text)  # the note about a guess says its kind itself
    return join(verdict, *(view.plain(say.note(note)) for note in remarks if note.code != "garment_guess"))
