"""The lock file: which revision of each repository is used here, and the SHA-256 of each file of it.

JSON, one entry per repository: {"owner/name": {"revision": "<40 hex>", "files": {"path": {"size": 1, "sha256": ".."}},
"asked": ["pattern"]}}. `asked` are the patterns that `files` answers completely.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = "lock.json"
CHUNK = 1 << 20

_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it must be. `sha256` "": not yet downloaded, and the hub does not say."""

    size: int
    sha256: str
    seen: int = 0  # modification time in ns at which the hash was last checked; 0: never


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What is known of one repository."""

    revision: str
    files: Mapping[str, Known] = field(default_factory=dict)
    asked: tuple[str, ...] = ()


def read_lock(root: Path, repo: str) -> Locked | None:
    """The entry of a repository; None when there is none, or the file is not a lock file."""
    entry = _all(root).get(repo)
    try:
        if entry is None:
            return None
        files = {name: Known(**known) for name, known in entry["files"].items()}
        return Locked(revision=str(entry["revision"]), files=files, asked=tuple(entry["asked"]))
    except (KeyError, TypeError, AttributeError):
        return None


def write_lock(root: Path, repo: str, locked: Locked) -> None:
    """Replaces the entry of a repository; the file is replaced whole."""
    files = {
        name: {"size": known.size, "sha256": known.sha256, "seen": known.seen} for name, known in locked.files.items()
    }
    with _writing:
        entries = _all(root)
        entries[repo] = {"revision": locked.revision, "files": files, "asked": list(locked.asked)}
        root.mkdir(parents=True, exist_ok=True)
        part = root / f"{NAME}.{os.getpid()}.part"
        part.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(root / NAME)


def read_known(path: Path) -> Known | None:
    """What a file of one entry says; None when it is not there or says nothing."""
    try:
        return Known(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_known(path: Path, known: Known) -> None:
    """One entry in a file of its own: of what was made here from a file of the hub."""
    path.write_text(json.dumps({"size": known.size, "sha256": known.sha256, "seen": known.seen}), encoding="utf-8")


def is_whole(path: Path, known: Known) -> bool:
    """Whether a file is the one that is known. It is read through only when it changed since it was last checked."""
    try:
        state = path.stat()
    except OSError:
        return False
    if state.st_size != known.size or not known.sha256:
        return False
    return state.st_mtime_ns == known.seen or sha256_of(path) == known.sha256


def sha256_of(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _all(root: Path) -> dict[str, Any]:
    try:
        entries = json.loads((root / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
