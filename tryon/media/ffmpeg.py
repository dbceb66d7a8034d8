"""The ffmpeg binary that imageio-ffmpeg brings, and how its end is read."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Timer
from typing import IO

from tryon.errors import DiskFull, EncodeFailed, TryonError

QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error")
THREADS = 2  # fixed: the number of threads changes an encoder's decisions, and so the bytes
_FULL_TEXT = (b"No space left on device", b"File too large", b"Disk quota exceeded")


def ffmpeg_binary() -> str:
    """Where it is. Raises EncodeFailed when this machine has none."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise EncodeFailed from None


@contextmanager
def killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kills the process when the block takes longer: whoever waits inside then sees its pipe close."""
    timer = Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def reason(code: int | None, complaints: IO[bytes]) -> TryonError:
    """DiskFull or EncodeFailed, from how a writing ffmpeg ended and what it said last."""
    complaints.seek(0)
    said = complaints.read(1 << 16)
    too_big = code == -getattr(signal, "SIGXFSZ", 0) and code != 0  # the file passed a limit on its size
    return DiskFull() if too_big or any(text in said for text in _FULL_TEXT) else EncodeFailed()


def run_ffmpeg(arguments: Sequence[str], seconds: float) -> None:
    """Runs to the end. Raises DiskFull, or EncodeFailed on failure or after `seconds`."""
    with tempfile.TemporaryFile() as complaints:
        try:
            done = subprocess.run(
                (ffmpeg_binary(), *QUIET, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                timeout=seconds,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError):
            raise EncodeFailed from None
        if done.returncode != 0:
            raise reason(done.returncode, complaints)
