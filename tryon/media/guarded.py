"""read_photo in a process of its own, with limits: a decoder that crashes, hangs or eats memory costs one refusal.

One process per photo, and no pool: nothing to keep alive, nothing to clean up, nothing that one hostile file could
leave behind for the next. It costs a start of Python with numpy and Pillow, about a quarter of a second. The header
is judged before in the calling process (which runs no decoder), so files over the limits start nothing.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from tryon.errors import PhotoRejected, every_error
from tryon.media.photo import admit, read_photo
from tryon.settings import Settings
from tryon.types import Photo

_SECONDS = 20.0  # wall time and CPU time
_MEMORY = 2 << 30  # bytes of address space; the largest accepted picture needs 1.2 GiB with the libraries
_LIMITS = ("max_upload_mb", "max_megapixels", "min_side_px", "max_aspect", "max_side_px")
_ROOT = Path(__file__).parents[2]  # where `tryon` is imported from
_CALL = (sys.executable, "-m", "tryon.media.guarded")


def read_photo_guarded(data: bytes, settings: Settings, where: str = "person") -> Photo:
    """As read_photo, with the decoding done in a limited child process. Raises what read_photo raises."""
    admit(data, settings, where)
    limits = {name: getattr(settings, name) for name in _LIMITS}
    question = json.dumps(limits).encode()
    try:
        answer = subprocess.run(
            _CALL,
            input=struct.pack(">I", len(question)) + question + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            timeout=_SECONDS,
            check=False,
        ).stdout
    except (subprocess.TimeoutExpired, OSError):
        raise PhotoRejected(where=where) from None
    return _photo(answer, where)


def _photo(answer: bytes, where: str) -> Photo:
    """The Photo in a child's answer, or the refusal in it. An answer cut off by a crash is a refusal too."""
    if answer[:1] == b"P" and len(answer) >= 9:
        height, width = struct.unpack_from(">II", answer, 1)
        if len(answer) == 9 + height * width * 3:
            return Photo(np.frombuffer(answer, np.uint8, offset=9).reshape(height, width, 3).copy())
    if answer[:1] == b"E":
        refusal = json.loads(answer[1:])
        for error in every_error():
            if issubclass(error, PhotoRejected) and error.code == refusal["code"]:
                raise error(where=where, **refusal["values"])
    raise PhotoRejected(where=where)


def _answer(request: bytes) -> bytes:
    """The child's work: the pixels with their size, or the code and values of the refusal."""
    length = int(struct.unpack_from(">I", request)[0])
    # A home of its own: looking for the default one would try to write a file, which is not allowed here.
    settings = Settings(home=_ROOT, **json.loads(request[4 : 4 + length]))
    try:
        pixels = read_photo(request[4 + length :], settings).pixels
    except PhotoRejected as error:
        return b"E" + json.dumps({"code": error.code, "values": error.values}).encode()
    return b"P" + struct.pack(">II", *pixels.shape[:2]) + pixels.tobytes()


def _limit() -> None:
    """No more than this from here on: memory, CPU time, no file written, no core dump with somebody's photo in it."""
    with suppress(ImportError):  # not on Windows: there the wall time is the limit
        import resource

        seconds = int(_SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Request on stdin, answer on stdout. Whatever a C library prints goes to stderr and not into the answer."""
    _limit()
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        answer.write(_answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
