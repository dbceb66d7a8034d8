"""The menus: what the catalogue offers, what each entry needs, and whether this machine can run it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tryon.catalog import Entry, availability
from tryon.plan import video_sizes
from tryon.runtime.memory import gpu_need
from tryon.spec import AnySpec, Kind, VideoSpec
from tryon.ui.studio import Studio
from tryon.ui.texts import Tongue

PHOTO_ONLY = "-"  # the value of "no video" in the video menu
OWN_SIZE = ""  # the value of "like my photo" in the size menu
LONGEST = 10.0  # s, the longest film that the page offers


@dataclass(frozen=True, slots=True)
class Lengths:
    """What the length and pace controls allow for one video model."""

    least: float  # s
    most: float  # s
    seconds: float
    fps_low: int
    fps_high: int
    fps: int


def models(say: Tongue, studio: Studio, kind: Kind) -> list[tuple[str, str]]:
    """(label, name) of every model of a kind; those that run here come first, in menu order."""
    entries = sorted(studio.pipeline.catalog.of(kind), key=lambda e: not runs(studio, e))
    return [(f"{short(entry.spec.title)} · {needs(say, studio, entry.spec)}", entry.spec.name) for entry in entries]


def videos(say: Tongue, studio: Studio) -> list[tuple[str, str]]:
    return [*models(say, studio, "video"), (say("video_none"), PHOTO_ONLY)]


def short(title: str) -> str:
    """A title without what it says in brackets: menus and fact lines are narrow."""
    return title.split(" (")[0]


def runs(studio: Studio, entry: Entry) -> bool:
    allowed = entry.spec.commercial or not studio.settings.commercial_only
    return allowed and availability(entry.spec, studio.pipeline.machine).ok


def needs(say: Tongue, studio: Studio, spec: AnySpec) -> str:
    """What an entry needs, in two or three words."""
    machine = studio.pipeline.machine
    if availability(spec, machine).ok:
        return say("model_here")
    need = gpu_need(spec)
    if need > machine.gpu_gib:
        return say("model_gpu", gib=f"{need:.0f}")
    return say("model_set")


def about(say: Tongue, spec: AnySpec) -> str:
    """A model in two sentences: what it is good at, and under which licence."""
    text = say("model_facts", about=spec.about, licence=spec.licence)
    return text if spec.commercial else f"{text} {say('model_no_sale')}"


def refusal(say: Tongue, studio: Studio, kind: Kind, entry: Entry) -> str | None:
    """Why a model cannot be chosen here, and which can; None when it can."""
    if runs(studio, entry):
        return None
    instead = studio.default(kind).spec.title
    if not entry.spec.commercial and availability(entry.spec, studio.pipeline.machine).ok:
        return f"{entry.spec.title}: {say('model_no_sale')} {say('model_instead', instead=instead)}"
    need = needs(say, studio, entry.spec)
    return say("model_not_here", model=entry.spec.title, need=need, instead=instead)


def sizes(say: Tongue, spec: VideoSpec, aspect: float) -> list[tuple[str, str]]:
    """(label, value) of the video sizes for a photo of this aspect (width / height)."""
    offered = video_sizes(spec, aspect)
    return [(say("size_auto"), OWN_SIZE)] + [(f"{w} × {h}", f"{w}x{h}") for w, h in offered]


def size_of(value: object) -> tuple[int, int] | None:
    """The size behind a menu value; None for the photo's own."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*", value) if isinstance(value, str) else None
    return (int(found[1]), int(found[2])) if found else None


def lengths(spec: VideoSpec) -> Lengths:
    """Limits in seconds at the model's usual pace, on tenths that the model really can make."""
    low, high, fps = spec.fps
    least = -(-spec.frames[0] * 10 // fps) / 10
    most = min(LONGEST, spec.frames[1] * 10 // fps / 10)
    return Lengths(max(0.5, least), most, min(spec.seconds, most), low, high, fps)
