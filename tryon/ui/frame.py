"""The page's standing parts as HTML: header, card titles, tips, samples."""

from __future__ import annotations

from typing import Literal

from tryon.ui.assets import Sample, icon, samples, thumbnail
from tryon.ui.html import Markup, data_url, tag
from tryon.ui.texts import Tongue


def header(say: Tongue, told: str = "") -> Markup:
    """Name, what it is, the promise about pictures, and the button that keeps it."""
    name = tag("div", tag("h1", say("title")), tag("p", say("tagline")), class_="name")
    button = tag("button", icon("bin"), tag("span", say("delete_now")), type="button", data_do="delete", data_id="")
    state = tag("span", told, class_="told", role="status") if told else None
    promise = tag("div", icon("lock"), tag("p", say("privacy")), class_="promise")
    return tag("header", name, tag("div", promise, button, state, class_="keep"), class_="top")


def card_title(say: Tongue, which: Literal["person", "garment", "look"]) -> Markup:
    number = {"person": "1", "garment": "2", "look": "3"}[which]
    return tag(
        "div",
        tag("b", number, aria_hidden="true"),
        tag("h2", say(f"{which}_title")),
        tag("span", say(f"{which}_hint")),
        class_="title",
    )


def tip(say: Tongue, which: Literal["person", "garment"]) -> Markup:
    return tag("p", say(f"{which}_tip"), class_="say tip")


def sample_row(say: Tongue, which: Literal["people", "garments"]) -> Markup:
    """Our own pictures as buttons; nothing where none are installed."""
    found = samples(which)
    if not found:
        return Markup("")
    heading = tag("h3", say("person_samples" if which == "people" else "garment_samples"))
    items = (tag("li", _sample(say, index, sample)) for index, sample in enumerate(found))
    return tag("div", heading, tag("ul", *items), class_="samples")


def _sample(say: Tongue, index: int, sample: Sample) -> Markup:
    picture = tag("img", src=data_url(thumbnail(sample.path)), alt="", loading="lazy")
    title = say.sample(sample.title)
    label = say("sample_use", title=title)
    return tag("button", picture, type="button", data_do="sample", data_id=index, aria_label=label, title=title)
