"""Finds every module with a SPEC in parsing/, transfer/ and video/; what the menus, docs and tests read."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tryon.errors import NeedsGpu, NeedsLargerGpu, NeedsMemory, NeedsPackages, NotOnThisMachine, UnknownModel, Value
from tryon.runtime.memory import gpu_need, ram_need
from tryon.spec import AnySpec, Kind, Machine, Runtime

ROOMS = ("tryon.parsing", "tryon.transfer", "tryon.video")


@dataclass(frozen=True, slots=True)
class Entry:
    """A backend of the catalogue: its spec and how to load it."""

    spec: AnySpec
    load: Callable[[Runtime], Any]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a machine can run a backend, and if not, why, in a clause for a sentence."""

    ok: bool
    reason: str = ""
    refusal: type[NotOnThisMachine] = NotOnThisMachine  # the same as an error, with `values` and the models' titles
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalog:
    entries: tuple[Entry, ...]

    def of(self, kind: Kind) -> tuple[Entry, ...]:
        """Entries of one kind in menu order."""
        return tuple(e for e in self.entries if e.spec.kind == kind)

    def get(self, kind: Kind, name: str) -> Entry:
        """Raises UnknownModel."""
        for entry in self.of(kind):
            if entry.spec.name == name:
                return entry
        choices = ", ".join(e.spec.name for e in self.of(kind))
        raise UnknownModel(kind=kind, name=str(name)[:60], choices=choices, where=kind)

    def default(
        self,
        kind: Kind,
        machine: Machine,
        *,
        commercial_only: bool = False,
        ready: Callable[[AnySpec], bool] = lambda spec: True,
    ) -> Entry:
        """The first entry in menu order that this machine can run; `ready` says whether its files can be had."""
        for entry in self.of(kind):
            allowed = entry.spec.commercial or not commercial_only
            if allowed and availability(entry.spec, machine).ok and ready(entry.spec):
                return entry
        raise LookupError(f"no {kind} backend can run on this machine")


def availability(spec: AnySpec, machine: Machine) -> Availability:
    """Pure function of what the spec needs and what the machine has."""
    if spec.extra and not machine.torch:
        reason = f"it needs the full set of packages (pip install tryon[{spec.extra}])."
        return Availability(False, reason, NeedsPackages, {"extra": spec.extra})
    need, have = gpu_need(spec), f"{machine.gpu_gib:.0f}"
    gib = str(math.ceil(need))
    if need > 0 and machine.gpu_gib <= 0:
        reason = f"it needs a GPU with about {gib} GB; there is none here."
        return Availability(False, reason, NeedsGpu, {"gib": gib})
    if need > machine.gpu_gib:
        reason = f"it needs about {gib} GB of GPU memory; this card has {have}."
        return Availability(False, reason, NeedsLargerGpu, {"gib": gib, "have": have})
    ram, there = ram_need(spec, machine.gpu_gib, int8=machine.int8), f"{machine.ram_gib:.0f}"
    if ram > machine.ram_gib:
        reason = f"it needs about {ram:.0f} GB of main memory beside this card; there are {there}."
        return Availability(False, reason, NeedsMemory, {"gib": f"{ram:.0f}", "have": there})
    return Availability(True)


def build_catalog() -> Catalog:
    """Imports every module of the rooms (all light: heavy imports live in load) and collects the specs."""
    entries = [entry for room in ROOMS for entry in _entries(room)]
    entries.sort(key=lambda e: (e.spec.kind, e.spec.rank, e.spec.name))
    names = [(e.spec.kind, e.spec.name) for e in entries]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two backends share a name: {sorted(twice)}")
    return Catalog(tuple(entries))


def _entries(room: str) -> Iterator[Entry]:
    package = importlib.import_module(room)
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{room}.{found.name}")
        specs = getattr(module, "SPECS", None) or tuple(filter(None, [getattr(module, "SPEC", None)]))
        for spec in specs:
            yield Entry(spec, module.load)
