"""The one door in for clips: bytes -> Clip, by an ffmpeg that can open nothing but the file it is handed.

The file comes on a descriptor, and `fd` is the only protocol allowed: a playlist or a reference inside it leads
nowhere. The demuxer is chosen here by content and never guessed; decoders, frame size, frame count, memory and
wall time are bounded whatever the file says about itself.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from tryon.errors import ClipRejected, EncodeFailed, PhotoTooHeavy
from tryon.media.ffmpeg import THREADS, ffmpeg_binary, killed_after
from tryon.settings import Settings
from tryon.types import Clip

_LONGEST_SIDE = 1920  # px, of the file
_WORK_SIDE = 1024  # px, of the Clip: what backends that read one work at; 300 frames of it are half a gigabyte
_MOST_FRAMES = 300
_MOST_FPS = 30.0
_SECONDS = 20.0  # wall time
_PROBE_SECONDS = 8.0
_SLACK = 0.5  # seconds over the limit that a camera's "ten seconds" may have
_MEMORY = 3 << 30  # bytes of address space for the decoder
_CODECS = "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4"
_STREAM = re.compile(r"Stream #0:\d+.*?: Video: .*?, (\d{1,9})x(\d{1,9})[ ,]")
_FPS = re.compile(r"([\d.]+)(k?) fps")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class _Probe:
    width: int
    height: int
    fps: float
    seconds: float | None  # None: the file does not say (recordings of browsers)


def read_clip(data: bytes, settings: Settings, where: str = "person") -> Clip:
    """An upright clip of an mp4, mov or webm, known by content; at most 30 frames a second and 1024 px a side.

    Raises PhotoTooHeavy over settings.max_upload_mb, and ClipRejected for another kind of file, one without a
    film, over settings.max_clip_seconds, over 1920 px or under settings.min_side_px, over 300 frames, damaged, or
    one that takes longer than 20 seconds to read.
    """
    if len(data) > settings.max_upload_mb << 20:
        raise PhotoTooHeavy(where=where, megabytes=round(len(data) / (1 << 20), 1), limit=settings.max_upload_mb)
    try:
        # Without a name on the disk: nothing is left of it, however this process ends.
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            return _decode(file, _demuxer(data), settings)
    except (ValueError, OSError, EncodeFailed):
        raise ClipRejected(where=where, seconds=settings.max_clip_seconds) from None


def is_clip(data: bytes) -> bool:
    """webm, mov without a brand, or an ISO media file whose brand is not a still picture's (HEIC, AVIF)."""
    if data.startswith(b"\x1a\x45\xdf\xa3") or data[4:8] in (b"moov", b"wide", b"mdat"):
        return True
    return data[4:8] == b"ftyp" and data[8:11] not in (b"hei", b"hev", b"mif", b"msf", b"avi")


def _demuxer(data: bytes) -> str:
    if data[4:8] in (b"ftyp", b"moov", b"wide", b"mdat"):
        return "mov"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    raise ValueError("neither mp4, mov nor webm")


def _decode(file: IO[bytes], demuxer: str, settings: Settings) -> Clip:
    probe = _probe(file, demuxer)
    longest = settings.max_clip_seconds + _SLACK
    if probe.seconds is not None and probe.seconds > longest:
        raise ValueError("too long")
    if max(probe.width, probe.height) > _LONGEST_SIDE or min(probe.width, probe.height) < settings.min_side_px:
        raise ValueError("too large or too small")
    most = min(_MOST_FRAMES, round(longest * probe.fps))
    side = f"w='min({_WORK_SIDE},iw)':h='min({_WORK_SIDE},ih)':force_original_aspect_ratio=decrease"
    process = _start(
        file,
        demuxer,
        *("-map", "0:v:0", "-an", "-sn", "-dn", "-frames:v", str(most + 1)),
        *("-vf", f"fps={probe.fps:g},scale={side}:force_divisible_by=2:flags=area"),
        *("-threads", str(THREADS), "-f", "image2pipe", "-c:v", "ppm", "pipe:1"),
        said=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        with killed_after(process, _SECONDS):
            with process.stdout as stream:
                frames = _frames(stream, most)
            code = process.wait()
    finally:
        process.kill()
        process.wait()
    # Ten seconds and a little are cut; what goes on after that was not what the file had said.
    if code != 0 or len(frames) < 2 or len(frames) > most:
        raise ValueError("damaged, or longer than it says")
    larger = max(probe.width, probe.height) > _WORK_SIDE
    return Clip(frames, probe.fps, (probe.width, probe.height) if larger else None)


def _probe(file: IO[bytes], demuxer: str) -> _Probe:
    process = _start(file, demuxer, said=subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=_PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise ValueError("probe") from None
    text = said.decode("utf-8", "replace")
    stream = next((line for line in text.splitlines() if _STREAM.search(line)), "")
    size, rate, duration = _STREAM.search(stream), _FPS.search(stream), _DURATION.search(text)
    if size is None:
        raise ValueError("no film")
    fps = float(rate[1]) * (1000 if rate[2] else 1) if rate else _MOST_FPS
    seconds = int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else None
    return _Probe(int(size[1]), int(size[2]), min(_MOST_FPS, max(1.0, fps)), seconds)


def _start(file: IO[bytes], demuxer: str, *output: str, said: int) -> subprocess.Popen[bytes]:
    """ffmpeg reading the descriptor; `output` empty: it only says what it sees."""
    file.seek(0)
    references = ("-enable_drefs", "0", "-use_absolute_path", "0") if demuxer == "mov" else ()
    process = subprocess.Popen(
        (
            *(ffmpeg_binary(), "-hide_banner", "-nostdin", "-loglevel", "info"),
            *("-protocol_whitelist", "fd", "-codec_whitelist", _CODECS, "-max_pixels", str(_LONGEST_SIDE**2)),
            *("-threads", str(THREADS), "-f", demuxer, *references, "-i", "fd:", *output),
        ),
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=said,
    )
    _limit(process)
    return process


def _limit(process: subprocess.Popen[bytes]) -> None:
    """Bounds the decoder's memory, where the system can do that from outside."""
    try:
        import resource

        resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, AttributeError, OSError):
        return


def _frames(stream: IO[bytes], most: int) -> NDArray[np.uint8]:
    """(f, h, w, 3), up to `most` + 1 frames of a row of PPM pictures. ValueError for anything else in the row."""
    frames: NDArray[np.uint8] | None = None
    count = 0
    while head := stream.readline(8):
        size = stream.readline(32).split()
        if head != b"P6\n" or len(size) != 2 or stream.readline(8) != b"255\n":
            raise ValueError("not a picture")
        shape = (int(size[1]), int(size[0]), 3)
        if frames is None:
            frames = np.empty((most + 1, *shape), np.uint8)  # pages that are never written cost nothing
        if shape != frames.shape[1:] or count > most:
            raise ValueError("not one film")
        if stream.readinto(memoryview(frames[count]).cast("B")) != frames[count].size:  # type: ignore[attr-defined]
            raise ValueError("cut off")
        count += 1
    if frames is None:
        raise ValueError("empty")
    return frames[:count]
