"""The menus: what the catalogue offers, what each entry needs, and whether this machine can run it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tryon.catalog import Entry, availability
from tryon.errors import NotForSale, NotOnThisMachine
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


def offered(studio: Studio, kind: Kind, commercial: bool = False) -> list[Entry]:
    """The models of a kind in menu order; `commercial`: those alone whose licence allows commercial use."""
    entries = studio.pipeline.catalog.of(kind)
    return [entry for entry in entries if entry.spec.commercial or not (commercial or studio.settings.commercial_only)]


def runs(studio: Studio, entry: Entry, commercial: bool = False) -> bool:
    allowed = entry.spec.commercial or not (commercial or studio.settings.commercial_only)
    return allowed and availability(entry.spec, studio.pipeline.machine).ok


def needs(say: Tongue, studio: Studio, spec: AnySpec) -> str:
    """What an entry needs, in two or three words."""
    machine = studio.pipeline.machine
    if availability(spec, machine).ok:
        return say("model_here")
    need = gpu_need(spec)
    if need > machine.gpu_gib:
        return say("model_gpu", gib=str(math.ceil(need)))
    return say("model_set")


def about(say: Tongue, spec: AnySpec) -> str:
    """What a model is good at, its licence, and the remarks on its files, which are in English."""
    text = say("model_facts", about=say.about(spec.name, spec.about), licence=say.word(spec.licence)).strip()
    return " ".join((text, *(() if spec.commercial else (say("model_no_sale"),)), *spec.remarks))


def refusal(studio: Studio, kind: Kind, entry: Entry, commercial: bool = False) -> NotOnThisMachine | None:
    """Why a model cannot be chosen here, and which can; None when it can. The same errors as plan()'s."""
    if runs(studio, entry, commercial):
        return None
    spec, instead = entry.spec, studio.default(kind, commercial).spec.title
    can = availability(spec, studio.pipeline.machine)
    if can.ok:
        return NotForSale(model=spec.title, licence=spec.licence, instead=instead, where=kind)
    return can.refusal(model=spec.title, instead=instead, where=kind, **can.values)


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
