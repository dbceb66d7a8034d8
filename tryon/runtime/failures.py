"""What a user is told about an exception: our own sentences only, never the exception's text."""

from __future__ import annotations

import errno

from tryon.errors import DiskFull, OutOfMemory, TryonError
from tryon.events import Failed


def failed_by(error: BaseException) -> Failed:
    """Any exception as the Failed that ends its job."""
    known = _known(error)
    return Failed(known.code, known.text, known.values, known.where)


def out_of_memory(error: BaseException) -> bool:
    """By name, since torch (torch.OutOfMemoryError and its older aliases) may not be installed."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"MemoryError", "OutOfMemoryError"}) or "out of memory" in str(error).lower()


def _known(error: BaseException) -> TryonError:
    if isinstance(error, TryonError):
        return error
    if out_of_memory(error):
        return OutOfMemory(model="This choice", instead="a smaller model")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    return TryonError()
