"""Downloads published weights from the hub: resumable, at a revision that is locked on first use, checked by SHA-256.

Files of "owner/name" lie in settings.weights/owner/name under the names that they have on the hub, so a folder that
was copied from elsewhere serves as well as one that was downloaded: with the hub at hand its check sums are compared,
offline it is taken as it is. What is locked and whole needs no network.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from tryon.errors import (
    DiskFull,
    WeightsElsewhere,
    WeightsGated,
    WeightsMissing,
    WeightsUnpublished,
    WeightsUnreachable,
)
from tryon.settings import Settings
from tryon.spec import Weights
from tryon.weights.lock import Known, Locked, is_whole, read_lock, sha256_of, write_lock

Report = Callable[[float], None]
INSTEAD = "the built-in model"
LOCAL = "local"  # the revision of files that were not downloaded by us
# Where one folder holds the same tensors twice, the first kind is taken and the others are left where they are.
KINDS = (".safetensors", ".bin", ".pth", ".ckpt")
# The same tensors for other frameworks, which repositories often hold beside ours; taken only where named in full.
FOREIGN = ("*.msgpack", "*.h5", "*.onnx", "*.onnx_data", "*openvino_model*", "*.non_ema.*", "*.part", "*.lock")

# Forms in which some repositories have their words and others do not.
OPTIONAL = ("*.txt", "*.model", "*.jinja")

log = logging.getLogger(__name__)


def fetch(weights: Weights, settings: Settings, report: Report | None = None, *, title: str = "") -> Path:
    """The folder of a repository's files, laid out as the hub has them; what is missing is downloaded.

    `report` hears the share of bytes that are here, 0..1, and may raise to stop; what has come stays and is continued
    next time. Raises WeightsMissing, WeightsGated, WeightsElsewhere, WeightsUnpublished, WeightsUnreachable, DiskFull.
    """
    title = title or weights.repo
    if weights.command:
        return _trained(weights, settings, title)
    if weights.page:
        return _brought(weights, settings, title)
    folder, locked = settings.weights / weights.repo, read_lock(settings.weights, weights.repo)
    if locked and weights.revision not in (None, locked.revision):
        locked = None
    if locked and set(weights.files) <= set(locked.asked):
        damaged = _damaged(folder, locked, weights)
        if not damaged:
            return folder
        if settings.offline:
            raise WeightsMissing(model=title, missing=_wrong_with(folder, damaged), instead=INSTEAD)
    elif settings.offline:
        return _adopted(folder, weights, settings, title)
    revision = locked.revision if locked and locked.revision != LOCAL else weights.revision
    listed = _told(lambda: _listing(weights.repo, revision), weights, title)
    wanted = _merged(listed, locked, weights, title)
    write_lock(settings.weights, weights.repo, wanted)
    _download(weights, wanted, settings, report or _silent, title)
    return folder


def _trained(weights: Weights, settings: Settings, title: str) -> Path:
    """The folder of weights that people trained themselves; another training may replace them at any time.

    Raises WeightsUnpublished where there are none.
    """
    folder = settings.weights / weights.repo
    if _there(folder, weights)[1]:
        raise WeightsUnpublished(model=title, command=weights.command, folder=weights.repo, instead=INSTEAD)
    return folder


def _brought(weights: Weights, settings: Settings, title: str) -> Path:
    """The folder of files that are on no hub: people put them there. Optional ones may be absent.

    Raises WeightsElsewhere where they are not, WeightsMissing when one is not the file that was first used.
    """
    folder, locked = settings.weights / weights.repo, read_lock(settings.weights, weights.repo)
    _, empty = _there(folder, weights)
    if empty and weights.optional:
        return folder
    if empty:
        raise WeightsElsewhere(
            model=title, page=weights.page, missing=named(empty, "file"), folder=weights.repo, instead=INSTEAD
        )
    if locked is None or not set(weights.files) <= set(locked.asked):
        return _adopted(folder, weights, settings, title)
    changed = _damaged(folder, locked, weights)
    if changed:
        raise WeightsMissing(model=title, missing=_wrong_with(folder, changed), instead=INSTEAD)
    return folder


def _wrong_with(folder: Path, names: list[str]) -> str:
    """Which files of a folder are not there, and which are not what was locked."""
    gone = [name for name in names if not (folder / name).is_file()]
    changed = [name for name in names if name not in gone]
    said = [f"{named(gone, 'file')} not found"] if gone else []
    if changed:
        said.append(f"{named(changed, 'file')} changed since the first use (the check sum differs)")
    return "; ".join(said)


def _there(folder: Path, weights: Weights) -> tuple[list[str], list[str]]:
    """All files of a folder, and the patterns but OPTIONAL that none of them answers."""
    there = [str(path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*")) if path.is_file()]
    needed = [pattern for pattern in weights.files if pattern not in OPTIONAL]
    return there, [pattern for pattern in needed if not any(fnmatch(name, pattern) for name in there)]


def stands_alone(folder: Path, weights: Weights) -> bool:
    """Whether files that somebody put into a folder would be taken as they are, offline. Looks at names only."""
    there, empty = _there(folder, weights)
    return bool(there) and weights.revision is None and not empty


def _adopted(folder: Path, weights: Weights, settings: Settings, title: str) -> Path:
    """Files that somebody put there, taken as they are and locked: every pattern but OPTIONAL must have found one.

    Raises WeightsMissing, naming the patterns that found none.
    """
    there, empty = _there(folder, weights)
    if not there or weights.revision is not None:
        raise WeightsMissing(model=title, missing="it was never downloaded", instead=INSTEAD)
    if empty:
        raise WeightsMissing(model=title, missing=f"{named(empty, 'file')} not found", instead=INSTEAD)
    before = read_lock(settings.weights, weights.repo)
    kept = before if before and before.revision == LOCAL else Locked(revision=LOCAL)
    files = dict(kept.files)
    for name in chosen(there, weights.files):
        state = (folder / name).stat()
        files[name] = Known(size=state.st_size, sha256=sha256_of(folder / name), seen=state.st_mtime_ns)
    asked = tuple(sorted({*kept.asked, *weights.files}))
    write_lock(settings.weights, weights.repo, Locked(revision=LOCAL, files=files, asked=asked))
    return folder


def chosen(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """The names that match a pattern, each set of tensors once: safetensors before pickles, full before `fp16`."""
    patterns = tuple(patterns)
    found = [
        name
        for name in names
        if _inside(name)
        and any(fnmatch(name, pattern) for pattern in patterns)
        and (name in patterns or not any(fnmatch(name, pattern) for pattern in FOREIGN))
    ]
    best: dict[str, tuple[int, int]] = {}
    for name in found:
        rank = _rank(name)
        if rank is not None:
            best[_stem(name)] = min(rank, best.get(_stem(name), rank))
    return sorted(name for name in found if (rank := _rank(name)) is None or rank == best[_stem(name)])


def named(names: Iterable[str], what: str) -> str:
    """ "3 files, among them a, b, c" for sentences."""
    listed = sorted(names)
    few = ", ".join(listed[:3])
    if len(listed) == 1:
        return f"the {what} {few}"
    return f"{len(listed)} {what}s" + (f", among them {few}" if len(listed) > 3 else f": {few}")


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def _rank(name: str) -> tuple[int, int] | None:
    """What is taken first of one set of tensors (lowest); None for files that hold none."""
    kinds = [order for order, kind in enumerate(KINDS) if name.removesuffix(".index.json").endswith(kind)]
    return (kinds[0], int(".fp16." in name)) if kinds else None


def _stem(name: str) -> str:
    """One name for all forms of a set of tensors in a folder; transformers names its two kinds differently."""
    folder, _, file = name.rpartition("/")
    base = file.split(".")[0].split("-0")[0]
    return f"{folder}/{'model' if base == 'pytorch_model' else base}"


def _damaged(folder: Path, locked: Locked, weights: Weights) -> list[str]:
    return [
        name for name in chosen(locked.files, weights.files) if not is_whole(folder / name, locked.files[name])
    ] or ([] if chosen(locked.files, weights.files) else list(weights.files))


def _listing(repo: str, revision: str | None) -> Locked:
    """All files of a repository at a revision, as the hub tells them."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=_endpoint()).model_info(repo, revision=revision, files_metadata=True, timeout=30)
    files = {
        item.rfilename: Known(size=item.size or 0, sha256=item.lfs.sha256 if item.lfs else "")
        for item in info.siblings or ()
    }
    return Locked(revision=str(info.sha), files=files)


def _merged(listed: Locked, locked: Locked | None, weights: Weights, title: str) -> Locked:
    """What to have: the listing's choice, with hashes that were kept before. A hash that changed under one revision
    is never taken over."""
    names = chosen(listed.files, weights.files)
    if not names:
        raise WeightsMissing(model=title, missing=f"{weights.repo} holds none of the files", instead=INSTEAD)
    files: dict[str, Known] = dict(locked.files) if locked else {}
    for name in names:
        before = files.get(name)
        files[name] = before if before and before.sha256 else listed.files[name]
    asked = sorted({*weights.files, *(locked.asked if locked else ())})
    return Locked(revision=listed.revision, files=files, asked=tuple(asked))


def _download(weights: Weights, wanted: Locked, settings: Settings, report: Report, title: str) -> None:
    folder, root = settings.weights / weights.repo, settings.weights
    names = chosen(wanted.files, weights.files)
    total = max(1, sum(wanted.files[name].size for name in names))
    missing = [name for name in names if not is_whole(folder / name, wanted.files[name])]
    done = total - sum(wanted.files[name].size for name in missing)
    root.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(root).free < (total - done) * 1.02:
        raise DiskFull()
    for name in missing:
        here = done

        def heard(count: int, here: int = here) -> None:
            report(min(1.0, (here + count) / total))

        part = _told(lambda: _file(weights.repo, wanted, name, folder, heard), weights, title)  # noqa: B023
        known = _checked(part, wanted.files[name], name, title)
        part.replace(folder / name)
        known = replace(known, seen=(folder / name).stat().st_mtime_ns)
        wanted = replace(wanted, files={**wanted.files, name: known})
        write_lock(root, weights.repo, wanted)
        done += known.size
    report(1.0)


def _file(repo: str, wanted: Locked, name: str, folder: Path, heard: Callable[[int], None]) -> Path:
    """Downloads one file beside its place, going on where an earlier try ended. Returns the finished part."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined,unused-ignore]

    part = folder / f"{name}.{wanted.revision[:12]}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    size = wanted.files[name].size
    with WeakFileLock(part.with_suffix(".lock")), part.open("ab") as file:
        if file.tell() > size:
            file.truncate(0)
            file.seek(0)
        url = hf_hub_url(repo, name, revision=wanted.revision, endpoint=_endpoint())
        http_get(
            url,
            file,
            resume_size=file.tell(),
            headers=build_hf_headers(),
            expected_size=size,
            tqdm_class=_bar(heard, file.tell()),
        )
    return part


def _checked(part: Path, known: Known, name: str, title: str) -> Known:
    """The file's facts. Raises WeightsMissing, and throws the file away, when it is not the one that was published."""
    size, digest = part.stat().st_size, sha256_of(part)
    if size == known.size and known.sha256 in ("", digest):
        return Known(size=size, sha256=digest)
    part.unlink()
    raise WeightsMissing(
        model=title, missing=f"{name} is not the published file (its check sum differs)", instead=INSTEAD
    )


def _bar(heard: Callable[[int], None], start: int) -> Any:
    """A progress bar class that draws nothing and tells the bytes of one file that are here."""
    from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

    class Bar(tqdm):  # type: ignore[misc,unused-ignore]
        def __init__(self, *args: object, **words: Any) -> None:
            super().__init__(*args, **{**words, "disable": True})
            self.here = start

        def update(self, n: float | None = 1) -> None:
            self.here += int(n or 0)
            heard(self.here)

    return Bar


def _told(call: Callable[[], Any], weights: Weights, title: str) -> Any:
    """`call()` with the hub's errors in our sentences."""
    from huggingface_hub import errors

    try:
        return call()
    except errors.GatedRepoError:
        raise WeightsGated(model=title, page=f"https://huggingface.co/{weights.repo}") from None
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        if weights.gated:  # without a login a gated repository may look like none
            raise WeightsGated(model=title, page=f"https://huggingface.co/{weights.repo}") from None
        log.warning("the hub has no %s: %s", weights.repo, type(error).__name__)
        raise WeightsMissing(model=title, missing=f"the hub has no {weights.repo}", instead=INSTEAD) from None
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError, _transport()) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise DiskFull() from None
        log.warning("download of %s failed: %s", weights.repo, type(error).__name__)
        raise WeightsUnreachable(model=title, instead=INSTEAD) from None


def _transport() -> type[Exception]:
    """The base error of the HTTP library that the hub's client uses."""
    from huggingface_hub import errors

    for base in errors.HfHubHTTPError.__mro__:
        if base.__module__.startswith("httpx"):
            return base  # type: ignore[return-value,unused-ignore]
    return ConnectionError


def _endpoint() -> str | None:
    import os

    return os.environ.get("HF_ENDPOINT") or None


def _silent(share: float) -> None:
    """Nobody listens."""
