"""The model menus as HTML: a button that says what is chosen, and a sheet with every model of the catalogue.

What this machine can run stands first; the rest follows by the graphics card that it would take. Every entry says
what it needs, what is downloaded and under which licence, all of it read from the specs. Choosing, searching and
keys are the page script's (assets/js/page.js).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tryon.catalog import Entry, availability
from tryon.runtime.memory import gpu_need, ram_need
from tryon.spec import AnySpec, Kind, VideoSpec
from tryon.ui import menus
from tryon.ui.assets import icon
from tryon.ui.html import Markup, join, tag
from tryon.ui.studio import Studio
from tryon.ui.texts import Tongue

CARDS = (4, 6, 8, 12, 16, 24, 32, 48, 80, 96, 141, 192)  # GB, sizes that graphics cards come in
USUAL_MEMORY = 12  # GB of main memory; a need below it is not worth a word
SEARCH_FROM = 9  # models; a shorter list is seen at once


def picker(say: Tongue, studio: Studio, kind: Kind, commercial: bool = False) -> Markup:
    """The menu of one kind; `commercial` leaves out models whose licence forbids commercial use."""
    entries = menus.offered(studio, kind, commercial)
    label = tag("span", say(f"{kind}_label"), class_="label", id=f"{kind}_label")
    face = tag("span", tag("b"), tag("small"), class_="face", id=f"{kind}_face")
    button = tag(
        "button",
        face,
        icon("more"),
        type="button",
        class_="pick",
        aria_haspopup="dialog",
        aria_labelledby=f"{kind}_label {kind}_face",
    )
    return tag("div", label, button, _sheet(say, studio, kind, entries), class_="picker")


def _sheet(say: Tongue, studio: Studio, kind: Kind, entries: Sequence[Entry]) -> Markup:
    close = tag("button", "×", type="button", class_="close", data_close=True, aria_label=say("close"))
    head = tag("div", tag("h2", say(f"{kind}_label")), close, class_="head")
    search = None
    if len(entries) >= SEARCH_FROM:
        hint = say("models_search", count=len(entries))
        search = tag("input", type="search", placeholder=hint, aria_label=hint, autocomplete="off")
    groups = [tag("section", tag("h3", title), tag("ul", *items)) for title, items in _groups(say, studio, entries)]
    if kind == "video":
        still = _item(menus.PHOTO_ONLY, say("video_none"), "", "", say("video_none_facts"), None)
        groups.insert(0, tag("section", tag("ul", still)))
    none = tag("p", say("models_none"), class_="none", hidden=True)
    return tag("dialog", head, search, tag("div", *groups, none, class_="list"), aria_label=say(f"{kind}_label"))


def _groups(say: Tongue, studio: Studio, entries: Sequence[Entry]) -> Iterator[tuple[str, list[Markup]]]:
    """Headings with their entries: what runs here, what lacks packages or main memory, then by the size of a card."""
    machine = studio.pipeline.machine
    found: dict[float, list[Entry]] = {}
    for entry in entries:
        spec = entry.spec
        if availability(spec, machine).ok:
            place = -1.0
        else:
            place = 0.0 if gpu_need(spec) <= machine.gpu_gib else card(gpu_need(spec))
        found.setdefault(place, []).append(entry)
    lacking = "models_memory" if machine.torch else "models_set"
    for place in sorted(found):
        title = say({-1.0: "models_here", 0.0: lacking}.get(place, "models_card"), gib=f"{place:.0f}")
        yield title, [_model(say, studio, entry) for entry in found[place]]


def card(gib: float) -> float:
    """The smallest usual card with this much memory, GB."""
    return next((float(size) for size in CARDS if size >= gib), float(-(-gib // 1)))


def _model(say: Tongue, studio: Studio, entry: Entry) -> Markup:
    spec = entry.spec
    need = menus.needs(say, studio, spec)
    mark = None if spec.commercial else tag("span", say("fact_no_sale"), class_="mark")
    facts = _together(facts_of(say, spec))
    away = not menus.runs(studio, entry)
    return _item(spec.name, str(say.word(spec.title)), need, say.about(spec.name, spec.about), facts, mark, away=away)


def _together(facts: Sequence[str]) -> Markup:
    """Facts in a row, none of them broken at its end of a line."""
    return join(*(join(" · " if place else None, tag("span", fact)) for place, fact in enumerate(facts)))


def facts_of(say: Tongue, spec: AnySpec) -> list[str]:
    """What a model needs and allows, each in a few words."""
    gib = sum(weights.gib for weights in spec.weights)
    card_gib = gpu_need(spec)
    facts = [say("fact_gpu", gib=math.ceil(card_gib)) if card_gib > 0 else say("fact_cpu")]
    memory = ram_need(spec, card(card_gib))
    if memory > USUAL_MEMORY:
        facts.append(say("fact_memory", gib=f"{memory:.0f}"))
    if not spec.weights:
        facts.append(say("fact_light"))
    elif gib >= 0.05:  # below it only small files of a model of unknown size are counted
        facts.append(say("fact_download", gib=f"{gib:.1f}" if gib < 10 else f"{gib:.0f}"))
    if isinstance(spec, VideoSpec):
        facts.append(say("fact_length", seconds=f"{menus.lengths(spec).most:g}"))
    facts.append(str(say.word(spec.licence)))
    if any(weights.gated for weights in spec.weights):
        facts.append(say("fact_gated"))
    return facts


def _item(
    name: str, title: str, need: str, about: str, facts: object, mark: Markup | None, *, away: bool = False
) -> Markup:
    """One entry; title and `need` stand on the closed menu when it is chosen."""
    words = [tag("span", tag("b", title), mark, class_="name")]
    words += [tag("span", text, class_=kind) for text, kind in ((about, "about"), (facts, "facts")) if text]
    data = {"data_model": name, "data_title": title, "data_need": need, "data_away": away}
    return tag("li", tag("button", *words, type="button", **data))
