"""The one door out for films: frames -> mp4 that plays everywhere, proven before it is shown, never half a file."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from tryon.errors import EncodeFailed
from tryon.events import Facts
from tryon.media.boxes import append_xmp, read_film
from tryon.media.ffmpeg import QUIET, THREADS, ffmpeg_binary, killed_after, reason
from tryon.media.files import part_of, write_error
from tryon.media.provenance import as_json, as_xmp
from tryon.types import Pixels

# 72 frames of 720x1280 cost 1.0 s of CPU at veryfast (221 kB), 0.9 s at superfast (649 kB), 0.6 s at ultrafast
# (1650 kB): the smallest is hardly dearer, because less is written.
_PRESET, _CRF = "veryfast", "20"
_STALL_SECONDS = 60.0  # one frame, or the end of the file: no machine needs that long


class VideoWriter:
    """Writes frames (height, width, 3) uint8 RGB as H.264, yuv420p, BT.709, with the index first (faststart).

    4:2:0 has one colour for two by two pixels, so an odd side is padded by one row or column that repeats the
    edge: 97x129 becomes a film of 98x130. The same frames give the same bytes. A context manager: leaving it by an
    exception aborts, leaving it normally finishes. `ffmpeg` names another binary than imageio-ffmpeg's.

    All of write and finish raise DiskFull when there is no space, and EncodeFailed for a frame of another shape,
    for an encoder that ends or hangs, and for a film that does not prove itself. After an error nothing is left.
    """

    def __init__(
        self, path: Path, width: int, height: int, fps: float, facts: Facts, *, ffmpeg: str | None = None
    ) -> None:
        if min(width, height) < 1 or not fps > 0:
            raise EncodeFailed
        self._path, self._part = path, part_of(path)
        self._shape = (height, width, 3)
        self._pad = ((0, height % 2), (0, width % 2), (0, 0))
        self._fps, self._facts, self._ffmpeg = fps, facts, ffmpeg
        self._frames = 0
        self._done = False
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None

    def write(self, frame: Pixels) -> None:
        """The next frame."""
        if self._done or frame.dtype != np.uint8 or frame.shape != self._shape:
            self.abort()
            raise EncodeFailed
        if any(after for _, after in self._pad):
            frame = np.pad(frame, self._pad, mode="edge")
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            with killed_after(process, _STALL_SECONDS):
                process.stdin.write(np.ascontiguousarray(frame).data)
        except OSError:
            self._fail()
        self._frames += 1

    def finish(self) -> None:
        """Ends the film, proves it (size, frames, sides, index first) and gives it its name. Once; more do nothing."""
        if self._done:
            return
        if self._process is None:  # not one frame
            self._done = True
            raise EncodeFailed
        assert self._process.stdin is not None
        try:
            with killed_after(self._process, _STALL_SECONDS):
                self._process.stdin.close()
                code = self._process.wait()
        except OSError:
            self._fail()
        if code != 0:
            self._fail()
        try:
            append_xmp(self._part, as_xmp(self._facts, film=True))
            self._prove()
            os.replace(self._part, self._path)  # noqa: PTH105
        except OSError as error:
            self.abort()
            raise write_error(error) from None
        except ValueError:
            self.abort()
            raise EncodeFailed from None
        self._close()

    def abort(self) -> None:
        """Stops at once and leaves nothing. Does nothing after finish."""
        if self._done:
            return
        if self._process is not None:
            self._process.kill()
        self._close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()

    def _start(self) -> subprocess.Popen[bytes]:
        """The encoder starts with the first frame: a run that fails before has started nothing."""
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  closed in _close; a pipe could fill up and block
        try:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pipesize=1 << 20,  # a megabyte: fewer changes between the two processes
            )
        except OSError:
            self.abort()
            raise EncodeFailed from None
        return self._process

    def _command(self) -> tuple[str, ...]:
        height, width, _ = self._shape
        size = f"{width + width % 2}x{height + height % 2}"
        convert = "scale=out_color_matrix=bt709:out_range=tv:flags=bilinear"
        tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
        return (
            *(self._ffmpeg or ffmpeg_binary(), *QUIET, "-y"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", f"{self._fps:g}", "-i", "pipe:0"),
            *("-vf", f"{convert},format=yuv420p,{tags}"),
            *("-c:v", "libx264", "-preset", _PRESET, "-crf", _CRF, "-g", str(max(1, round(2 * self._fps)))),
            *("-threads", str(THREADS), "-fps_mode", "passthrough", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
            *("-map_metadata", "-1", "-metadata", f"comment={as_json(self._facts, film=True)}"),
            *("-movflags", "+faststart", "-f", "mp4", str(self._part)),
        )

    def _prove(self) -> None:
        film = read_film(self._part)
        height, width, _ = self._shape
        sides = (width + width % 2, height + height % 2)
        if (film.width, film.height) != sides or film.frames != self._frames:
            raise ValueError("not the film that was written")
        if not (film.playable_early and film.complete):
            raise ValueError("not playable")

    def _fail(self) -> None:
        """The encoder is gone or must go: read why, leave nothing, raise."""
        assert self._process is not None
        assert self._complaints is not None
        self._process.kill()
        error = reason(self._process.wait(), self._complaints)
        self.abort()
        raise error

    def _close(self) -> None:
        self._done = True
        if self._process is not None:
            assert self._process.stdin is not None
            with suppress(OSError):
                self._process.stdin.close()
            self._process.wait()
        if self._complaints is not None:
            self._complaints.close()
