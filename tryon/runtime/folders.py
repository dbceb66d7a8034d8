"""Folders on disk: one per process, locked while it lives, swept when it is dead, removed without a way back.

A process holds an advisory lock on `run-*/lock` as long as it lives, however it ends; so a folder whose lock
is free belongs to nobody any more.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)


def sweep_leftovers(home: Path) -> int:
    """Removes the folders of processes that no longer live; returns how many. Never touches a live one's."""
    swept = 0
    for folder in home.glob("run-*"):
        lock = _try_lock(folder / "lock")
        if lock is not None:
            remove(folder)
            lock.close()
            swept += 1
    for folder in (*home.glob("gone-*"), *filter(_old, home.glob("new-*"))):  # killed in the middle of it
        shutil.rmtree(folder, ignore_errors=True)
        swept += 1
    if swept:
        log.info("removed %d leftover folder(s)", swept)
    return swept


def make_root(home: Path) -> tuple[Path, IO[bytes] | None]:
    """This process's folder (mode 0700) and its lock, held until closed or until the process dies."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="new-", dir=home))
    (made / "lock").touch(mode=0o600)
    lock = _try_lock(made / "lock")
    root = made.rename(home / f"run-{os.getpid()}-{secrets.token_hex(6)}")  # locked before others look at it
    return root, lock


def _old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > 60
    except OSError:
        return False


def _try_lock(path: Path) -> IO[bytes] | None:
    """The locked file, or None when somebody holds it or there is none to lock."""
    try:
        import fcntl
    except ImportError:  # not a Unix: nothing is swept at start
        return None
    try:
        file = path.open("rb+")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def remove(folder: Path) -> None:
    """Renames first, so that a job that still runs finds no way in, then deletes."""
    gone = folder.with_name(f"gone-{secrets.token_hex(6)}")
    try:
        folder.rename(gone)
    except OSError:
        gone = folder
    for _ in range(5):
        shutil.rmtree(gone, ignore_errors=True)
        if not gone.exists():
            return
        time.sleep(0.02)
