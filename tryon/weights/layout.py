"""Where the files of a backend's repositories lie on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tryon.settings import Settings, read_settings
from tryon.spec import AnySpec, Runtime, Weights
from tryon.weights.hub import chosen, fetch, stands_alone
from tryon.weights.lock import read_lock


def locate(runtime: Runtime) -> Mapping[str, Path]:
    """Repository -> folder laid out as on the hub, for every repository of the backend.

    With runtime.weights given nothing is downloaded: it holds owner/name for each repository, or, for a backend with
    one repository, is that repository itself. Otherwise what is missing is fetched, and runtime.report hears the share
    of the bytes that are here.
    """
    spec = runtime.spec
    if runtime.weights is not None:
        root = runtime.weights
        alone = len({weights.repo for weights in spec.weights}) == 1
        return {
            weights.repo: root if alone and not (root / weights.repo).is_dir() else root / weights.repo
            for weights in spec.weights
        }
    settings = runtime.settings or read_settings()
    total = sum(weights.gib for weights in spec.weights) or 1.0
    done, folders = 0.0, {}
    for weights in spec.weights:
        if weights.optional and not weights.page:  # fetched by `also` when the system turns out to need it
            continue
        start, share = done / total, (weights.gib or 0.0) / total

        def heard(part: float, start: float = start, share: float = share) -> None:
            if runtime.report is not None:
                runtime.report(min(1.0, start + part * share))

        folders[weights.repo] = fetch(weights, settings, heard, title=spec.title)
        done += weights.gib
    return folders


def also(runtime: Runtime, weights: Weights) -> Path:
    """The folder of optional weights after all; fetched where they are not here."""
    if runtime.weights is not None:
        return runtime.weights / weights.repo
    return fetch(weights, runtime.settings or read_settings(), runtime.report, title=runtime.spec.title)


def to_fetch_gib(spec: AnySpec, settings: Settings) -> float:
    """About how much of a backend is not on this machine yet, in GiB. Looks at names only, not into files; offline, a
    folder that `fetch` would take as it is counts as here."""
    missing = 0.0
    for weights in spec.weights:
        if weights.optional or weights.page or weights.command:
            continue
        locked = read_lock(settings.weights, weights.repo)
        folder = settings.weights / weights.repo
        if locked and set(weights.files) <= set(locked.asked):
            names = chosen(locked.files, weights.files)
            here = bool(names) and all((folder / name).is_file() for name in names)
        else:  # online a folder that was filled by hand is compared with the hub's, and may be fetched after all
            here = settings.offline and stands_alone(folder, weights)
        missing += 0.0 if here else max(weights.gib, 0.01)
    return missing
