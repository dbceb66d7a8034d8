"""A finished look as HTML: film, before and after, steps, downloads, facts, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tryon.events import Facts
from tryon.types import Stage
from tryon.ui.assets import icon
from tryon.ui.html import Markup, data_url, join, tag
from tryon.ui.texts import Tongue
from tryon.ui.view import shape, size_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A look as the page shows it: addresses of its files, and its facts."""

    id: str
    base: str  # address of the look's folder
    facts: Facts
    models: tuple[str, ...]  # titles
    has_video: bool
    thumb: bytes  # small JPEG
    width: int  # px, of the picture
    height: int


def screen(say: Tongue, look: Shown, steps: Mapping[Stage, bytes]) -> Markup:
    """The film, the comparison and the pictures of the steps, one of them visible."""
    panels = [_video(say, look)] if look.has_video else []
    panels.append(_compare(say, look, hidden=look.has_video))
    panels += [_step(say, stage, jpeg) for stage, jpeg in steps.items() if stage != "video"]
    return tag("div", *panels, class_="screen result", data_look=look.id, tabindex="-1", aria_label=say("done"))


def status(say: Tongue, look: Shown) -> Markup:
    """What the look is, and the two ways to see it."""
    views = (["video"] if look.has_video else []) + ["compare"]
    buttons = (
        tag(
            "button",
            say(f"view_{view}"),
            type="button",
            data_show=view,
            aria_pressed="true" if view == views[0] else "false",
        )
        for view in views
    )
    switch = tag("div", *buttons, class_="views", role="group", aria_label=say("views_label"))
    return tag("div", tag("b", say("done")), switch if len(views) > 1 else None, class_="line")


def _video(say: Tongue, look: Shown) -> Markup:
    film = tag(
        "video",
        src=f"{look.base}/video.mp4",
        poster=f"{look.base}/after.jpg",
        autoplay=True,
        loop=True,
        muted=True,
        playsinline=True,
        disablepictureinpicture=True,
        aria_label=say("video_alt"),
    )
    button = tag(
        "button",
        icon("pause"),
        icon("play"),
        type="button",
        class_="play",
        data_play=True,
        data_names=f"{say('pause')}|{say('play')}",
        aria_label=say("pause"),
    )
    frame = tag("div", film, button, class_="fit", style=shape(look.facts.width, look.facts.height))
    return tag("div", frame, class_="panel", data_panel="video")


def _compare(say: Tongue, look: Shown, hidden: bool) -> Markup:
    """Two pictures on top of each other and a range control over them: works with pointer, touch and keys."""
    before = tag("img", class_="under", src=f"{look.base}/after.jpg", alt=say("after_alt"))
    after = tag("img", class_="over", src=f"{look.base}/before.jpg", alt=say("before_alt"))
    control = tag("input", type="range", min=0, max=100, value=50, step=1, aria_label=say("compare_label"))
    grip = tag("i", icon("arrows"), class_="grip", aria_hidden="true")
    names = join(
        tag("span", say("before"), class_="badge", aria_hidden="true"),
        tag("span", say("after"), class_="badge end", aria_hidden="true"),
    )
    frame = tag(
        "div",
        before,
        after,
        grip,
        names,
        control,
        class_="fit compare",
        style=f"--at:50%;{shape(look.width, look.height)}",
    )
    return tag("div", frame, class_="panel", data_panel="compare", hidden=hidden)


def _step(say: Tongue, stage: Stage, jpeg: bytes) -> Markup:
    name = say(f"stage_{stage}")
    picture = tag("img", src=data_url(jpeg), alt=name)
    change = None
    if stage == "mask":  # the page script presses the button of the same name
        change = tag("button", say("edit_area"), type="button", class_="touch", data_press="area")
    frame = tag("div", picture, tag("span", name, class_="badge"), change, class_="fit", style=shape(*size_of(jpeg)))
    return tag("div", frame, class_="panel", data_panel=stage, hidden=True)


def actions(say: Tongue, look: Shown) -> Markup:
    """Downloads, and what can be done with the look next."""
    name = f"tryon-{look.facts.seed}"
    items = []
    if look.has_video:
        items.append(_save(say("save_video"), f"{look.base}/video.mp4", f"{name}.mp4", main=True))
    items.append(_save(say("save_photo"), f"{look.base}/look.png", f"{name}.png", main=not look.has_video))
    if look.has_video:
        loops = (("save_webp", "loop.webp", "webp"), ("save_gif", "loop.gif", "gif"))
        links = (
            tag("a", say(key), href=f"{look.base}/{file}", download=f"{name}.{ending}") for key, file, ending in loops
        )
        summary = tag("summary", icon("more"), aria_label=say("save_menu"), title=say("save_menu"))
        items.append(tag("details", summary, tag("div", *links, class_="list"), class_="menu"))
    reuse = tag("button", icon("again"), say("reuse"), type="button", data_do="reuse", data_id=look.id)
    return tag("div", tag("div", *items, class_="saves"), reuse, class_="actions")


def _save(label: str, href: str, name: str, main: bool) -> Markup:
    return tag("a", icon("download"), label, href=href, download=name, class_="main" if main else None)


def facts(say: Tongue, look: Shown) -> Markup:
    """One honest line, and what made it."""
    f = look.facts
    size = f"{f.width} × {f.height}" + (f", {f.frames / f.fps:.1f} s, {f.fps} fps" if look.has_video else "")
    quality = ", ".join([say(f"quality_{f.quality}"), *(say(f"wear_{way}").lower() for way in f.wear)])
    models = " + ".join(str(say.word(title)) for title in look.models)
    line = say("facts", models=models, size=size, quality=quality, seed=f.seed, seconds=round(f.seconds, 1))
    return tag("p", tag("span", say("disclaimer")), tag("br"), line, tag("br"), say("facts_inside"), class_="facts")


def history(say: Tongue, looks: Sequence[Shown], shown: str) -> Markup:
    """The session's looks, newest first; none for a single one."""
    if len(looks) < 2:
        return Markup("")
    items = []
    for number, look in reversed(list(enumerate(looks, 1))):
        category = say(f"category_{look.facts.category}")
        label = say("history_item", number=number, category=category, seed=look.facts.seed)
        picture = tag("img", src=data_url(look.thumb), alt="")
        button = tag(
            "button",
            picture,
            type="button",
            data_do="show",
            data_id=look.id,
            aria_label=label,
            aria_pressed="true" if look.id == shown else "false",
        )
        items.append(tag("li", button))
    return tag("div", tag("h3", say("history_title")), tag("ul", *items), class_="history")
