"""Which way of holding a model in memory fits: a pure function of its parts, the film and what is free.

The rungs of the ladder go from fast to small. A job that runs out of memory goes on with the next one. Estimates are
weights + the values of the worst moment + RESERVE; against published peaks of five systems they are right within a
quarter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tryon.notes import note
from tryon.runtime.film import own_frames, working_size
from tryon.spec import AnySpec, Component, Footprint, Machine, Saving, VideoSpec
from tryon.types import MemoryPlan, Note

RESERVE = 1.2  # GiB on the card that a run needs besides: context, workspaces, gaps of the allocator
LAYERS = 24  # a group is at most about one layer of this many, and two are on the card with streams
# Streams copy from pinned memory, which torch hands out in powers of two (CachingHostAllocator): sizes that fall evenly
# between two powers take 1.4 times as much. Read from torch's source, not measured.
PINNED = 1.4
# Fastest first. Each is (what it is called, what it needs, how it differs from holding all on the card).
LADDER: tuple[tuple[str, frozenset[Saving], MemoryPlan], ...] = (
    ("whole", frozenset(), MemoryPlan()),
    ("text", frozenset({"group"}), MemoryPlan(text="freed")),
    ("model", frozenset({"model"}), MemoryPlan(offload="model")),
    ("model", frozenset({"model", "tiling"}), MemoryPlan(offload="model", tiling=True)),
    ("int8", frozenset({"int8"}), MemoryPlan(weights="int8")),
    ("int8", frozenset({"int8", "tiling"}), MemoryPlan(weights="int8", tiling=True)),
    ("int8_turns", frozenset({"model", "int8"}), MemoryPlan(offload="model", weights="int8")),
    ("int8_turns", frozenset({"model", "int8", "tiling"}), MemoryPlan(offload="model", weights="int8", tiling=True)),
    ("fp8", frozenset({"model", "fp8"}), MemoryPlan(offload="model", weights="fp8")),
    ("fp8", frozenset({"model", "fp8", "tiling"}), MemoryPlan(offload="model", weights="fp8", tiling=True)),
    ("group", frozenset({"group"}), MemoryPlan(offload="group", streams=True)),
    ("group", frozenset({"group", "tiling"}), MemoryPlan(offload="group", streams=True, tiling=True)),
    ("group", frozenset({"group", "fp8", "tiling"}),
     MemoryPlan(offload="group", streams=True, weights="fp8", tiling=True)),
    ("group", frozenset({"group", "fp8", "tiling"}), MemoryPlan(offload="group", weights="fp8", tiling=True)),
    ("sequential", frozenset({"sequential", "tiling"}), MemoryPlan(offload="sequential", tiling=True)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Free:
    """Memory that may be used, GiB, and whether weights can be stored as int8."""

    gpu_gib: float
    ram_gib: float
    int8: bool = False


def free_on(machine: Machine) -> Free:
    """All that a machine has."""
    return Free(machine.gpu_gib, machine.ram_gib, machine.int8)


def rungs(
    footprint: Footprint, megapixels: float, frames: int, *, dtype: str = "", int8: bool = False
) -> Iterator[MemoryPlan]:
    """Every way that the backend supports, fastest first, with its estimate for a film (frames 1: a picture). `int8`:
    whether torchao is there to store weights with."""
    dtype = dtype or footprint.dtype
    for _, needs, way in LADDER:
        if way.weights == "int8" and not int8:
            continue
        if needs <= footprint.savings and not (way.tiling and footprint.tiled is None):
            yield _estimated(replace(way, dtype=dtype), footprint, megapixels, frames)


def memory_plan(
    footprint: Footprint, megapixels: float, frames: int, free: Free, *, dtype: str = ""
) -> MemoryPlan | None:
    """The fastest way that fits, None where none does."""
    for plan in rungs(footprint, megapixels, frames, dtype=dtype, int8=free.int8):
        if plan.gpu_gib <= free.gpu_gib and plan.ram_gib <= free.ram_gib:
            return plan
    return None


def next_rung(
    plan: MemoryPlan, footprint: Footprint, megapixels: float, frames: int, free: Free | None = None
) -> MemoryPlan | None:
    """What to try after `plan` ran out of memory: the next way that needs less of the card. None: it was the last."""
    int8 = plan.weights == "int8" or (free is not None and free.int8)
    ways = list(rungs(footprint, megapixels, frames, dtype=plan.dtype, int8=int8))
    known = [index for index, way in enumerate(ways) if _same(way, plan)]
    for way in ways[known[0] + 1 if known else 0 :]:
        if way.gpu_gib < plan.gpu_gib and (free is None or way.ram_gib <= free.ram_gib):
            return way
    return None


def name_of(plan: MemoryPlan) -> str:
    """What the rung is called: whole, text, model, int8, int8_turns, fp8, group or sequential."""
    return next(name for name, _, way in LADDER if _same(way, plan))


def explained(plan: MemoryPlan, title: str) -> Note:
    """The plan in one sentence for the user."""
    gpu, ram = math.ceil(plan.gpu_gib), math.ceil(plan.ram_gib)
    return note(f"memory_{name_of(plan)}", model=title, gpu=gpu, ram=ram)


def smallest(spec: VideoSpec) -> tuple[float, int]:
    """Megapixels and frames of the least film that a backend offers: what decides whether it can run at all."""
    sizes = spec.native or spec.sizes
    area = min((width * height for width, height in sizes), default=spec.max_area)
    return min(area, spec.max_area or area) / 1e6, spec.frames[0]


def usual(spec: AnySpec) -> tuple[float, int]:
    """Megapixels and frames of what a backend makes when nothing is asked for: what tables tell its needs for."""
    if not isinstance(spec, VideoSpec):
        sizes = getattr(spec, "sizes", ()) or ((768, 1024),)
        return max(width * height for width, height in sizes) / 1e6, 1
    area = max(width * height for width, height in spec.native or spec.sizes)
    frames = round(spec.seconds * (spec.native_fps or spec.fps[2]))
    return min(area, spec.max_area or area) / 1e6, min(max(frames, spec.frames[0]), spec.frames[1])


def gpu_need(spec: AnySpec) -> float:
    """The least card (GiB) that a backend runs on; 0: it needs none."""
    if spec.footprint is None:
        return spec.gpu_gib
    megapixels, frames = smallest(spec) if isinstance(spec, VideoSpec) else usual(spec)
    return min(plan.gpu_gib for plan in rungs(spec.footprint, megapixels, frames))


def ram_need(spec: AnySpec, gpu_gib: float, *, int8: bool = False) -> float:
    """The least main memory (GiB) that a backend needs beside a card of this size; 0 where nothing is known."""
    if spec.footprint is None:
        return 0.0
    megapixels, frames = smallest(spec) if isinstance(spec, VideoSpec) else usual(spec)
    ways = [plan for plan in rungs(spec.footprint, megapixels, frames, int8=int8) if plan.gpu_gib <= gpu_gib]
    return min((plan.ram_gib for plan in ways), default=0.0)


def work_of(spec: VideoSpec, film: tuple[int, int, int, int]) -> tuple[float, int]:
    """Megapixels and frames that the model works at for a film of (width, height, frames, fps)."""
    width, height, frames, fps = film
    own = working_size(spec, width, height)
    return own[0] * own[1] / 1e6, own_frames(spec, frames, fps)


def video_plan(spec: VideoSpec, film: tuple[int, int, int, int], machine: Machine) -> MemoryPlan | None:
    """How a video backend is held for a film of (width, height, frames, fps); None: it does not fit."""
    assert spec.footprint is not None
    dtype = "float32" if machine.device == "cpu" else ""
    return memory_plan(spec.footprint, *work_of(spec, film), free_on(machine), dtype=dtype)


def usual_plan(spec: AnySpec, machine: Machine) -> MemoryPlan | None:
    """How a backend would be held on this machine for its usual film; None: it declares no parts, or does not fit."""
    if spec.footprint is None or machine.gpu_gib <= 0:
        return None
    megapixels, frames = usual(spec)
    return memory_plan(spec.footprint, megapixels, frames, free_on(machine))


def fits_at_once(spec: AnySpec, plan: MemoryPlan, count: int, machine: Machine) -> bool:
    """Whether so many pictures at once need no smaller form of the model than `plan`, which is for one."""
    if spec.footprint is None:
        return False
    megapixels, frames = usual(spec)
    ways = rungs(spec.footprint, megapixels * count, frames, dtype=plan.dtype, int8=plan.weights == "int8")
    return next(way for way in ways if _same(way, plan)).gpu_gib <= machine.gpu_gib


def is_smaller(one: MemoryPlan, other: MemoryPlan) -> bool:
    """Whether a plan is on a later rung than another."""
    ways = [way for _, _, way in LADDER]
    places = [next(index for index, way in enumerate(ways) if _same(way, plan)) for plan in (one, other)]
    return places[0] > places[1]


def waiting(spec: AnySpec, plan: MemoryPlan | None) -> Free:
    """What a loaded model takes up on the card and in main memory while nobody uses it."""
    if spec.footprint is None or plan is None:
        return Free(spec.gpu_gib, 0.0)
    parts = spec.footprint.components
    on_card = sum(_gib(plan, spec.footprint, part.name) for part in parts if stays(plan, part))
    return Free(on_card, sum(_waiting(plan, spec.footprint, part) for part in parts))


def _same(one: MemoryPlan, other: MemoryPlan) -> bool:
    return replace(one, gpu_gib=0, ram_gib=0, dtype="") == replace(other, gpu_gib=0, ram_gib=0, dtype="")


def _estimated(plan: MemoryPlan, footprint: Footprint, megapixels: float, frames: int) -> MemoryPlan:
    weights = {part.name: _gib(plan, footprint, part.name) for part in footprint.components}
    roles = {part.name: part.role for part in footprint.components}
    tiled = footprint.tiled if plan.tiling and footprint.tiled is not None else footprint.decode
    acting = {"denoiser": footprint.denoise(megapixels, frames), "vae": tiled(megapixels, frames)}
    needs = {name: acting.get(role, 0.0) for name, role in roles.items()}
    on_card = {name: _on_card(plan, roles[name], gib) for name, gib in weights.items()}
    if plan.offload == "model":  # one network at a time
        peak = max(on_card[name] + needs[name] for name in weights)
    else:  # what is on the card stays there, and one network works
        peak = sum(on_card.values()) + max(needs.values())
    ram = _reading(plan, footprint)
    return replace(plan, gpu_gib=round(peak + RESERVE, 2), ram_gib=round(ram + RESERVE, 2))


def stays(plan: MemoryPlan, part: Component) -> bool:
    """Whether a network goes to the card for good as soon as it is read."""
    return plan.offload == "none" and not streams(plan, part)


def shrinks(plan: MemoryPlan, part: Component) -> bool:
    """Whether a network's weights are stored in eight bits."""
    return plan.weights != "full" and (part.role == "denoiser" or (plan.weights == "int8" and part.role == "text"))


def streams(plan: MemoryPlan, part: Component) -> bool:
    """Whether a network passes through the card layer by layer, from copies in pinned memory."""
    return (plan.offload == "group" and plan.streams) or (plan.text == "freed" and part.role == "text")


def reading_order(plan: MemoryPlan, footprint: Footprint) -> list[Component]:
    """The networks in the order in which they are read: first what leaves main memory again, then what is made smaller
    there, then what waits as it is, the largest first."""

    def turn(part: Component) -> tuple[bool, float, float]:
        whole = part.gib(plan.dtype)
        return not stays(plan, part), _gib(plan, footprint, part.name) - whole, -whole

    return sorted(footprint.components, key=turn)


def _reading(plan: MemoryPlan, footprint: Footprint) -> float:
    """The most main memory, GiB: each network is read whole beside those that wait already, then brought into its
    form; what was read of a streamed one goes when its copy is complete."""
    held = most = 0.0
    for part in reading_order(plan, footprint):
        small = _gib(plan, footprint, part.name)
        copied = small * (1 + PINNED) if streams(plan, part) else 0.0
        most = max(most, held + part.gib(plan.dtype), held + copied)
        held += _waiting(plan, footprint, part)
    return max(most, held)


def _waiting(plan: MemoryPlan, footprint: Footprint, part: Component) -> float:
    """Main memory that a network takes up while it does not compute, GiB."""
    if stays(plan, part):
        return 0.0
    return _gib(plan, footprint, part.name) * (PINNED if streams(plan, part) else 1)


def _gib(plan: MemoryPlan, footprint: Footprint, name: str) -> float:
    part = next(part for part in footprint.components if part.name == name)
    whole = part.gib(plan.dtype)
    if shrinks(plan, part):
        return whole * part.kept + part.parameters * (1 - part.kept) / 1024**3
    return whole


def _on_card(plan: MemoryPlan, role: str, gib: float) -> float:
    """How much of a network's weights is on the card at once."""
    if plan.offload == "sequential":
        return min(gib, gib / LAYERS)
    if plan.offload == "group":
        return min(gib, gib * (2 if plan.streams else 1) / LAYERS)
    if plan.text == "freed" and role == "text":
        return min(gib, gib * 2 / LAYERS)
    return gib
