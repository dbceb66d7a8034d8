"""Files appear whole or not at all, and a full disk gets its own sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tryon.errors import DiskFull, EncodeFailed, TryonError

_FULL = frozenset((errno.ENOSPC, errno.EFBIG, errno.EDQUOT))


def part_of(path: Path) -> Path:
    """Where a file is written until it is whole: beside it, with `.part` appended."""
    return path.with_name(path.name + ".part")


def write_error(error: OSError) -> TryonError:
    """DiskFull where the system says so, else EncodeFailed."""
    return DiskFull() if error.errno in _FULL else EncodeFailed()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """The place to write to; it becomes `path` when the block ends well and disappears when it does not.

    OSError inside the block becomes DiskFull or EncodeFailed.
    """
    part = part_of(path)
    try:
        yield part
        os.replace(part, path)  # noqa: PTH105  the point is its atomicity
    except OSError as error:
        raise write_error(error) from None
    finally:
        part.unlink(missing_ok=True)
