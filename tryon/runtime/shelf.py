"""The loaded models, and which of them has to leave when another needs the room: the one used longest ago."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from tryon.runtime.memory import Free, is_smaller, waiting
from tryon.spec import AnySpec
from tryon.types import MemoryPlan


@dataclass(frozen=True, slots=True)
class Held:
    """A loaded model and what it takes up while nobody uses it, GiB."""

    model: Any
    plan: MemoryPlan | None
    idle: Free
    turn: int  # when it was last used, counted


def leaving(held: Mapping[Hashable, Held], need: Free, whole: Free) -> list[Hashable]:
    """The models that must go so that `need` fits into `whole` beside those that stay: the longest unused first, and
    only such as take up what is lacking."""
    gone: list[Hashable] = []
    gpu = whole.gpu_gib - need.gpu_gib - sum(one.idle.gpu_gib for one in held.values())
    ram = whole.ram_gib - need.ram_gib - sum(one.idle.ram_gib for one in held.values())
    for key, one in sorted(held.items(), key=lambda item: item[1].turn):
        if gpu >= 0 and ram >= 0:
            break
        if (gpu < 0 and one.idle.gpu_gib > 0) or (ram < 0 and one.idle.ram_gib > 0):
            gone.append(key)
            gpu, ram = gpu + one.idle.gpu_gib, ram + one.idle.ram_gib
    return gone


class Shelf:
    """Keeps models by key. Not locked: its owner is."""

    def __init__(self, whole: Free) -> None:
        self._whole = whole
        self._held: dict[Hashable, Held] = {}
        self._turn = 0

    def take(self, key: Hashable, plan: MemoryPlan | None) -> Any | None:
        """The model, where it is here in a form that needs no more memory than `plan`; a larger one is put away."""
        held = self._held.get(key)
        if held is None:
            return None
        if plan is not None and held.plan is not None and is_smaller(plan, held.plan):
            self.drop(key)
            return None
        self._turn += 1
        self._held[key] = Held(held.model, held.plan, held.idle, self._turn)
        return held.model

    def make_room(self, key: Hashable, plan: MemoryPlan | None) -> bool:
        """Puts models away so that `plan` fits; True when any went."""
        if plan is None:
            return False
        others = {other: held for other, held in self._held.items() if other != key}
        gone = leaving(others, Free(plan.gpu_gib, plan.ram_gib), self._whole)
        for other in gone:
            self.drop(other)
        return bool(gone)

    def put(self, key: Hashable, model: Any, plan: MemoryPlan | None, spec: AnySpec) -> None:
        self._turn += 1
        self._held[key] = Held(model, plan, waiting(spec, plan), self._turn)

    def drop(self, key: Hashable) -> None:
        """Forgets a model; its memory comes back when the last reference is gone."""
        self._held.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._held
