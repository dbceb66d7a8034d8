"""The loaded models of a process: fetched, opened in the form that the memory plan asks for, put away for others."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tryon.catalog import Catalog, Entry
from tryon.errors import NoRoom
from tryon.events import Progress
from tryon.notes import note
from tryon.plan import choose
from tryon.runtime.memory import RESERVE, Free, gpu_need, usual_plan
from tryon.runtime.placing import free_gib
from tryon.runtime.shelf import Shelf
from tryon.runtime.stages import Steps
from tryon.runtime.steps import as_steps
from tryon.settings import Settings
from tryon.spec import AnySpec, Kind, Machine, Runtime
from tryon.types import MemoryPlan, Stage
from tryon.weights.layout import to_fetch_gib


class Loader:
    """Gives models by kind and name, and keeps them as long as there is room."""

    def __init__(self, catalog: Catalog, machine: Machine, settings: Settings) -> None:
        self._catalog, self._machine, self._settings = catalog, machine, settings
        self.shelf = Shelf(Free(machine.gpu_gib, machine.ram_gib))
        self._lock = threading.Lock()

    def ready(self, kind: Kind, name: str, stage: Stage, plan: MemoryPlan | None = None) -> Steps[Any]:
        """A model; while its weights are fetched, how far that is. Closing stops the download, to be continued."""
        spec = self._catalog.get(kind, name).spec
        if not spec.weights:
            return self.model(kind, name, plan)
        gib = to_fetch_gib(spec, self._settings)
        if gib > 0 and not self._settings.offline:
            yield note("download", model=spec.title, gib=max(1, round(gib)), licence=spec.licence)
        plan = plan or usual_plan(spec, self._machine)
        return (
            yield from as_steps(lambda tap: self.model(kind, name, plan, lambda share: tap(Progress(stage, share))))
        )

    def model(
        self,
        kind: Kind,
        name: str | None = None,
        plan: MemoryPlan | None = None,
        report: Callable[[float], None] | None = None,
    ) -> Any:
        """The named model, else that of the settings or the default; loaded where none is held in a form that fits."""
        entry = choose(kind, name, self._catalog, self._machine, self._settings)
        key = (kind, entry.spec.name)
        with self._lock:  # two callers must not load one model twice
            model = self.shelf.take(key, plan)
            if self.shelf.make_room(key, plan) or model is None:
                gc.collect()
            if model is None:
                _check_free(plan, self._machine.device)
                model = entry.load(replace(self._runtime(entry, plan), report=report))
                self.shelf.put(key, model, plan, entry.spec)
            return model

    def drop(self, kind: Kind, name: str) -> None:
        """Forgets a model, so that its memory comes back."""
        with self._lock:
            self.shelf.drop((kind, name))
        gc.collect()

    def _runtime(self, entry: Entry, plan: MemoryPlan | None) -> Runtime:
        device = self._machine.device if gpu_need(entry.spec) > 0 else "cpu"
        dtype = plan.dtype if plan else "bfloat16" if device == "cuda" else "float32"
        return Runtime(
            spec=entry.spec,
            device=device,
            dtype=dtype,
            threads=self._settings.threads or self._machine.cores,
            memory=plan or MemoryPlan(dtype=dtype),
            settings=self._settings,
        )


def check_room(spec: AnySpec, settings: Settings, instead: str, taken: float = 0.0) -> float:
    """GiB that would be downloaded. Raises NoRoom where the disk has no space for them beside `taken` others."""
    gib = 0.0 if settings.offline else to_fetch_gib(spec, settings)
    place = next(folder for folder in (settings.weights, *settings.weights.parents, Path()) if folder.exists())
    free = max(0.0, shutil.disk_usage(place).free / 1024**3 - taken)
    if gib > free:
        raise NoRoom(model=spec.title, gib=round(gib), free=int(free), instead=instead, where=spec.kind)
    return gib


def _check_free(plan: MemoryPlan | None, device: str) -> None:
    """Raises MemoryError where other programs leave less of the card than weights and values of the worst moment take:
    loading would last minutes and end in the same."""
    free = free_gib(device) if plan is not None else None
    if plan is not None and free is not None and plan.gpu_gib - RESERVE > free:
        raise MemoryError(f"{plan.gpu_gib - RESERVE:.1f} GiB of the card are needed, {free:.1f} are free")
