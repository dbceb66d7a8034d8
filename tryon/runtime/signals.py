"""What a process does when it is told to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def terminable(code: int) -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C does and exits with `code`, so that nothing is left behind."""

    def leave(number: int, frame: object) -> NoReturn:
        raise SystemExit(code)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not the main thread: whoever called owns the signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
