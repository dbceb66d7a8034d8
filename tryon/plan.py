"""Request -> Job: everything that can be settled or refused before a picture is looked at.

A pure function of the request, the catalogue, the machine and the settings. Every refusal is an OrderError
with the numbers in its sentence; no model is touched. Values come from browsers and API clients, so nothing
is trusted to have the type that its annotation says.
"""

from __future__ import annotations

import math
import secrets
from itertools import combinations

import numpy as np

from tryon.catalog import Catalog, Entry, availability
from tryon.errors import (
    BadNumber,
    ConsentMissing,
    MissingInput,
    NeedsClip,
    NoCache,
    NotACategory,
    NotAQuality,
    NotASize,
    NotAWear,
    NotForSale,
    PromptTooLong,
    SameGarment,
    TooMuchFor,
    UnknownModel,
)
from tryon.guard import check_prompt, clean_prompt
from tryon.notes import note
from tryon.runtime.film import film_frames, own_fps
from tryon.runtime.memory import explained, name_of, rungs, video_plan, work_of
from tryon.settings import Settings
from tryon.spec import Kind, Machine, TransferSpec, VideoSpec
from tryon.types import CATEGORIES, QUALITIES, WEARS, Clip, Job, MemoryPlan, Note, Photo, Quality, Request, Wear
from tryon.video.diffusion.caching import AMOUNTS, PAYS_FROM, Cache, offered
from tryon.weights.layout import to_fetch_gib

SEED_LIMIT = 2**32 - 1
MOST_SAMPLES = 4
MOST_GARMENTS = 4  # in one order
# Short side of the video when no size was asked for, px.
SHORT_SIDE: dict[Quality, int] = {"draft": 480, "standard": 720, "best": 1080}
# Share of a backend's default steps.
STEP_SHARE: dict[Quality, float] = {"draft": 0.5, "standard": 1.0, "best": 1.5}


def plan(request: Request, catalog: Catalog, machine: Machine, settings: Settings) -> Job:
    """Settles a request. Raises OrderError and its kinds; never looks at a pixel."""
    if request.consent is not True:
        raise ConsentMissing()
    _check_pictures(request)
    prompt = _prompt(request.prompt, settings)
    if request.category is not None and request.category not in CATEGORIES:
        raise NotACategory()
    if request.quality not in QUALITIES:
        raise NotAQuality()
    wear = _wear(request.wear)
    transfer = choose("transfer", request.transfer, catalog, machine, settings)
    transfer_spec = transfer.spec
    assert isinstance(transfer_spec, TransferSpec)
    notes: list[Note] = []
    video_spec, cache = None, ""
    if not request.still_only:
        video = choose("video", request.video, catalog, machine, settings)
        chosen = video.spec
        assert isinstance(chosen, VideoSpec)
        video_spec, cache = chosen, _cache(request, video, settings)
        if chosen.needs_clip and not isinstance(request.person, Clip):
            raise NeedsClip(model=chosen.title)
    clip = False
    if isinstance(request.person, Clip):
        driven = video_spec is not None and "driving" in video_spec.reads
        clip = transfer_spec.clips and not driven and not request.still_only
        if clip:  # the clip is the motion
            video_spec = None
            notes += _clip_kept(request, request.person)
        elif not driven and not request.still_only:
            notes.append(note("clip_first_frame", model=transfer_spec.title))
    width, height, frames, fps = _film(request, video_spec, clip, notes)
    memory = None
    if video_spec is not None and video_spec.footprint is not None:
        film = (width, height, frames, fps)
        if request.size is None:  # ours to choose: one that fits
            film = _largest(video_spec, film, machine) or film
            if film[:2] != (width, height):
                width, height = film[:2]
                notes.append(note("size_fits", width=width, height=height, model=video_spec.title))
        memory = _memory(video_spec, film, catalog, machine, settings)
        if name_of(memory) != "whole":
            notes.append(explained(memory, video_spec.title))
    return Job(
        person=request.person,
        garments=request.garments,
        prompt=prompt,
        category=request.category,
        transfer=transfer_spec.name,
        video=video_spec.name if video_spec else None,
        width=width,
        height=height,
        frames=frames,
        fps=fps,
        seed=_seed(request.seed),
        transfer_steps=_steps(request, transfer_spec.steps),
        transfer_guidance=_guidance(request, transfer_spec.guidance),
        video_steps=_steps(request, video_spec.steps) if video_spec else 1,
        video_guidance=_guidance(request, video_spec.guidance) if video_spec else 1.0,
        quality=request.quality,
        loop=bool(request.loop) and video_spec is not None and video_spec.loops,
        label=bool(request.label) and settings.label,
        wear=wear,
        clip=clip,
        samples=1 if clip else _samples(request, transfer_spec),  # a clip is dressed once, from one seed
        strength=_strength(request, transfer_spec),
        cache=cache if video_spec else "",
        video_memory=memory,
        notes=tuple(notes),
    )


def video_sizes(spec: VideoSpec, aspect: float) -> tuple[tuple[int, int], ...]:
    """Sizes to offer for a photo of this aspect (width / height): the spec's, turned for wide photos."""
    turned = tuple((h, w) for w, h in spec.sizes)
    return tuple(dict.fromkeys(turned + spec.sizes if aspect > 1 else spec.sizes + turned))


def default_size(spec: VideoSpec, aspect: float, quality: Quality) -> tuple[int, int]:
    """The photo's own aspect where the backend can, else its size of the nearest aspect."""
    if not spec.any_size:
        return min(
            video_sizes(spec, aspect),
            key=lambda s: (round(abs(math.log(s[0] / s[1] / aspect)), 2), abs(min(s) - SHORT_SIDE[quality])),
        )
    aspect = min(max(aspect, 9 / 16), 16 / 9)
    short = SHORT_SIDE[quality]
    width, height = (short, short / aspect) if aspect <= 1 else (short * aspect, short)
    return _snap(width, spec.stride), _snap(height, spec.stride)


def _check_pictures(request: Request) -> None:
    if not isinstance(request.person, Photo | Clip):
        raise MissingInput(what="person", where="person")
    if not request.garments or not all(isinstance(g, Photo) for g in request.garments):
        raise MissingInput(what="garment", where="garment")
    if len(request.garments) > MOST_GARMENTS:
        raise too_many(len(request.garments))
    if any(np.array_equal(one.pixels, other.pixels) for one, other in combinations(request.garments, 2)):
        raise SameGarment()


def too_many(garments: int) -> BadNumber:
    """The refusal of so many garments at once."""
    return BadNumber(name="The number of garments", low=1, high=MOST_GARMENTS, value=garments, where="garment")


def _clip_kept(request: Request, clip: Clip) -> list[Note]:
    """Notes where another size, length or pace was asked for than the clip has, and where its file was larger."""
    seconds = len(clip.frames) / clip.fps
    height, width = clip.frames.shape[1:3]
    same = (
        request.size in (None, (width, height))
        and (request.seconds is None or abs(request.seconds - seconds) < 0.5)
        and request.fps in (None, clip_fps(clip))
    )
    told = (
        [] if same else [note("clip_kept", seconds=round(seconds, 1), width=width, height=height, fps=clip_fps(clip))]
    )
    if clip.reduced_from is not None:
        before = clip.reduced_from
        told.append(note("clip_reduced", width=before[0], height=before[1], to_width=width, to_height=height))
    return told


def clip_fps(clip: Clip) -> int:
    """Whole frames a second of the film made of a clip."""
    return max(1, round(clip.fps))


def _wear(wear: object) -> tuple[Wear, ...]:
    if not isinstance(wear, tuple | list) or not all(one in WEARS for one in wear) or len(set(wear)) < len(wear):
        raise NotAWear()
    return tuple(one for one in WEARS if one in wear)


def _prompt(prompt: object, settings: Settings) -> str:
    text = clean_prompt(prompt if isinstance(prompt, str) else "")
    if len(text) > settings.max_prompt_chars:
        raise PromptTooLong(limit=settings.max_prompt_chars)
    check_prompt(text)
    return text


def choose(kind: Kind, name: str | None, catalog: Catalog, machine: Machine, settings: Settings) -> Entry:
    """The entry of that name, else of the name in the settings, else the default.

    Raises UnknownModel and NotOnThisMachine.
    """
    fallback = default_entry(kind, catalog, machine, settings)
    wished = {
        "parser": settings.parser,
        "garment": settings.garment_parser,
        "transfer": settings.transfer,
        "video": settings.video,
    }
    name = name or wished[kind]
    if not name:
        return fallback
    if not isinstance(name, str):
        raise UnknownModel(kind=kind, name="that", choices=", ".join(e.spec.name for e in catalog.of(kind)), where=kind)
    entry = catalog.get(kind, name)
    can = availability(entry.spec, machine)
    if not can.ok:
        raise can.refusal(model=entry.spec.title, instead=fallback.spec.title, where=kind, **can.values)
    if settings.commercial_only and not entry.spec.commercial:
        licence, instead = entry.spec.licence, fallback.spec.title
        raise NotForSale(model=entry.spec.title, licence=licence, instead=instead, where=kind)
    return entry


def default_entry(kind: Kind, catalog: Catalog, machine: Machine, settings: Settings) -> Entry:
    """What runs when none is chosen: the first that this machine can run, offline one whose files are here."""
    return catalog.default(
        kind,
        machine,
        commercial_only=settings.commercial_only,
        ready=lambda spec: not settings.offline or to_fetch_gib(spec, settings) == 0,
    )


def _film(request: Request, spec: VideoSpec | None, clip: bool, notes: list[Note]) -> tuple[int, int, int, int]:
    """Width, height, frames and fps; a photo-only job keeps the photo's size and one frame, a dressed clip its own."""
    pictures = request.person.pixels if isinstance(request.person, Photo) else request.person.frames[0]
    own_height, own_width = pictures.shape[:2]
    if spec is None:
        if clip and isinstance(request.person, Clip):
            return own_width, own_height, len(request.person.frames), clip_fps(request.person)
        return own_width, own_height, 1, 1
    aspect = own_width / own_height
    width, height = default_size(spec, aspect, request.quality)
    if request.size is not None:
        width, height = _size(request.size, spec, aspect, notes)
    fps = spec.fps[2]
    if request.fps is not None:
        fps = int(number("The frame rate", request.fps, spec.fps[0], spec.fps[1], where="fps"))
    return width, height, _frames(request.seconds, fps, spec, notes), fps


def _largest(spec: VideoSpec, film: tuple[int, int, int, int], machine: Machine) -> tuple[int, int, int, int] | None:
    """The film itself, or the same at the largest smaller size of its orientation that fits the machine."""
    width, height, frames, fps = film
    others = [s for s in video_sizes(spec, width / height) if (s[0] > s[1]) == (width > height)]
    less = sorted((s for s in others if s[0] * s[1] < width * height), key=lambda s: -s[0] * s[1])
    for size in ((width, height), *less):
        if video_plan(spec, (*size, frames, fps), machine) is not None:
            return (*size, frames, fps)
    return None


def _memory(
    spec: VideoSpec, film: tuple[int, int, int, int], catalog: Catalog, machine: Machine, settings: Settings
) -> MemoryPlan:
    """How the model is held for this film. Raises TooMuchFor, with what to take instead."""
    found = video_plan(spec, film, machine)
    if found is not None:
        return found
    width, height, frames, fps = film
    assert spec.footprint is not None
    need = min(way.gpu_gib for way in rungs(spec.footprint, *work_of(spec, film)))
    less = _largest(spec, film, machine)
    fallback = catalog.default("video", machine, commercial_only=settings.commercial_only).spec.title
    instead = f"{less[0]} x {less[1]}" if less else fallback
    raise TooMuchFor(
        model=spec.title, need=math.ceil(need), width=width, height=height, seconds=round(frames / fps, 1),
        have=math.floor(machine.gpu_gib), ram=math.floor(machine.ram_gib), instead=instead,
    )  # fmt: skip


def _size(size: object, spec: VideoSpec, aspect: float, notes: list[Note]) -> tuple[int, int]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise NotASize()
    low, high = spec.side
    width = int(number("The width", size[0], low, high, where="size"))
    height = int(number("The height", size[1], low, high, where="size"))
    if spec.any_size:
        snapped = _snap(width, spec.stride), _snap(height, spec.stride)
    else:
        choices = video_sizes(spec, width / height)
        snapped = min(choices, key=lambda s: abs(math.log(s[0] / width)) + abs(math.log(s[1] / height)))
    if snapped != (width, height):
        notes.append(note("size_changed", width=snapped[0], height=snapped[1], model=spec.title))
    return snapped


def _frames(seconds: object, fps: int, spec: VideoSpec, notes: list[Note]) -> int:
    """Frames for the wished length, moved to the nearest count that the model's rule allows."""
    rate = own_fps(spec, fps)
    fewest, most = spec.frames
    if seconds is None:
        return film_frames(spec, min(max(spec.seconds, fewest / rate), most / rate), fps)
    # A second is always a fair wish: a model whose shortest film is longer gives that one, and it is told.
    low, high = (math.floor(10 * bound) / 10 for bound in (min(1.0, fewest / rate), min(10.0, most / rate)))
    length = number("The length", seconds, max(0.1, low), high, where="seconds")
    frames = film_frames(spec, length, fps)
    if abs(frames / fps - length) * rate > max(1, spec.frame_rule[0] // 2) + 1e-6:
        notes.append(note("length_changed", seconds=round(frames / fps, 1), model=spec.title))
    return frames


def _snap(value: float, stride: int) -> int:
    return max(stride, round(value / stride) * stride)


def _seed(seed: object) -> int:
    if seed is None or seed == -1:
        return secrets.randbelow(2**31)
    return int(number("The seed", seed, 0, SEED_LIMIT, where="seed"))


def _steps(request: Request, limits: tuple[int, int, int]) -> int:
    low, high, default = limits
    if request.steps is None or high == low:
        return min(max(round(default * STEP_SHARE[request.quality]), low), high)
    return int(number("The number of steps", request.steps, low, high, where="steps"))


def _guidance(request: Request, limits: tuple[float, float, float]) -> float:
    low, high, default = limits
    if request.guidance is None or high == low:
        return default
    return number("The guidance", request.guidance, low, high, where="guidance")


def _samples(request: Request, spec: TransferSpec) -> int:
    """Tries; one where a backend's result does not depend on chance."""
    if request.samples is None:
        return 1
    return min(int(number("The number of tries", request.samples, 1, MOST_SAMPLES, where="samples")), spec.samples)


def _strength(request: Request, spec: TransferSpec) -> float:
    """How far a backend may go from our warp; 1, anywhere, where it takes no first guess."""
    if request.strength is None:
        return 1.0
    strength = number("The freedom from the first guess", request.strength, 0, 1, where="strength")
    return strength if spec.guessed else 1.0


def _cache(request: Request, video: Entry, settings: Settings) -> str:
    """What the video model may leave out, "" for nothing. The settings' choice is taken where the model has it.

    Raises NoCache and BadNumber for one that was asked for and cannot be.
    """
    wish, spec = settings.cache if request.cache is None else request.cache, video.spec
    if not wish:
        return ""
    assert isinstance(spec, VideoSpec)
    steps, cache = _steps(request, spec.steps), Cache.read(wish) if isinstance(wish, str) else None
    choices = offered(spec, video.load) if steps >= PAYS_FROM else ()
    if cache is None or cache.kind not in choices:
        if request.cache is None:
            return ""
        names = ", ".join(choices) or "none"
        raise NoCache(model=spec.title, name=str(wish)[:40], steps=steps, choices=names)
    low, high, _ = AMOUNTS[cache.kind]
    return str(Cache(cache.kind, number("The cache's amount", cache.amount, low, high, where="cache")))


def number(name: str, value: object, low: float, high: float, *, where: str) -> float:
    """`value` as a number between low and high. Raises BadNumber for anything else, NaN and text included."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= float(value) <= high:  # type: ignore[arg-type]
        shown = f"{value:g}" if good else "that"
        raise BadNumber(name=name, low=f"{low:g}", high=f"{high:g}", value=shown, where=where)
    return float(value)  # type: ignore[arg-type]
