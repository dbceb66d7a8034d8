"""The door in for clips: row 16 of the reliability table."""

from __future__ import annotations

import struct
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.media.makers import CORNERS, FACTS, film, quarters
from tryon.errors import ClipRejected, PhotoTooHeavy
from tryon.media import clip as door
from tryon.media.clip import read_clip
from tryon.media.ffmpeg import ffmpeg_binary
from tryon.media.mp4 import VideoWriter
from tryon.settings import Settings

SETTINGS = Settings(min_side_px=64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    with VideoWriter(folder / "clip.mp4", 96, 128, 24, FACTS) as writer:
        for frame in film(12):
            writer.write(frame)
    return folder


def ffmpeg(folder: Path, name: str, *arguments: str) -> bytes:
    call = (ffmpeg_binary(), "-y", "-loglevel", "error", *arguments, name)
    subprocess.run(call, cwd=folder, check=True)
    return (folder / name).read_bytes()


def black(folder: Path, name: str, size: str, rate: int, seconds: float, *more: str) -> bytes:
    source = f"color=black:s={size}:r={rate}:d={seconds}"
    return ffmpeg(folder, name, "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", *more)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("out.mp4", ("-c", "copy")),
        ("late.mp4", ("-c", "copy", "-movflags", "-faststart")),  # moov at the end, as cameras write it
        ("out.mov", ("-c", "copy")),
        ("vp8.webm", ("-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime")),
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-b:v", "2M", "-deadline", "realtime")),
        ("hevc.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=1")),
        ("live.webm", ("-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime", "-live", "1")),  # no duration
    ],
)
def test_clips_of_phones_and_browsers_are_read(name: str, arguments: tuple[str, ...], folder: Path) -> None:
    clip = read_clip(ffmpeg(folder, name, "-i", "clip.mp4", *arguments), SETTINGS)
    assert clip.frames.shape == (12, 128, 96, 3)
    assert clip.frames.dtype == np.uint8
    assert clip.fps == pytest.approx(24, abs=0.1)
    for frame, want in zip(clip.frames, film(12), strict=True):
        assert np.abs(frame.astype(int) - want).mean() < 12  # encoded twice, once of it in haste


def test_a_clip_that_lies_on_its_side_is_turned(folder: Path) -> None:
    turned = read_clip(
        ffmpeg(folder, "turned.mov", "-display_rotation", "90", "-i", "clip.mp4", "-c", "copy"), SETTINGS
    )
    assert turned.frames.shape == (12, 96, 128, 3)
    # Turned against the clock: what was the upper right is now the upper left.
    assert np.abs(turned.frames[0][24, 32].astype(int) - CORNERS["green"]).max() < 12


@pytest.mark.parametrize(
    ("size", "rate", "seconds", "expected"),
    [("1920x1080", 10, 0.4, (4, 576, 1024)), ("64x300", 60, 1.0, (30, 300, 64)), ("66x66", 10, 10.3, (103, 66, 66))],
)
def test_large_and_fast_clips_are_reduced(size: str, rate: int, seconds: float, expected: tuple, folder: Path) -> None:
    data = black(folder, "reduced.mp4", size, rate, seconds, "-preset", "ultrafast")
    clip = read_clip(data, SETTINGS)
    assert clip.frames.shape[:3] == expected
    assert clip.fps <= 30
    assert clip.reduced_from == ((1920, 1080) if size == "1920x1080" else None)


def longer_than_it_says(folder: Path) -> bytes:
    """Twenty seconds whose header says one: the Duration element of a webm, in milliseconds."""
    data = bytearray(black(folder, "liar.webm", "64x64", 5, 20, "-c:v", "libvpx", "-deadline", "realtime"))
    at = data.find(b"\x44\x89\x88")
    assert struct.unpack_from(">d", data, at + 3)[0] == 20_000
    struct.pack_into(">d", data, at + 3, 1000.0)
    return bytes(data)


REJECTED = {
    "nothing": lambda folder: b"",
    "a picture": lambda folder: b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a playlist named mp4": lambda folder: f"#EXTM3U\n#EXTINF:1,\nfile://{folder}/clip.mp4\n#EXT-X-ENDLIST".encode(),
    "a playlist of the web": lambda folder: b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST",
    "a list of files": lambda folder: f"ffconcat version 1.0\nfile '{folder}/clip.mp4'\n".encode(),
    "a playlist behind an mp4 head": lambda folder: b"\0\0\0\x18ftypisom\0\0\0\0isommp41#EXTM3U\nclip.mp4\n",
    "avi": lambda folder: black(folder, "x.avi", "64x64", 5, 1, "-c:v", "mpeg4"),
    "sound only": lambda folder: ffmpeg(folder, "s.mp4", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"),
    "a decoder that we do not open": lambda folder: black(folder, "g.mov", "64x64", 5, 1, "-c:v", "qtrle"),
    "huge frames": lambda folder: black(folder, "h.mp4", "4096x4096", 5, 0.4, "-preset", "ultrafast"),
    "a wide strip": lambda folder: black(folder, "w.mp4", "2048x64", 5, 0.4, "-preset", "ultrafast"),
    "tiny frames": lambda folder: black(folder, "t.mp4", "32x32", 5, 1, "-preset", "ultrafast"),
    "eleven seconds": lambda folder: black(folder, "e.mp4", "64x64", 5, 11, "-preset", "ultrafast"),
    "an hour": lambda folder: black(folder, "l.mp4", "64x64", 1, 3600, "-preset", "ultrafast"),
    "longer than it says": longer_than_it_says,
    "one frame": lambda folder: black(folder, "o.mp4", "64x64", 5, 0.2, "-preset", "ultrafast"),
    "only its head": lambda folder: (folder / "clip.mp4").read_bytes()[:400],
}


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_no_short_clip_is_refused_in_one_sentence(name: str, folder: Path) -> None:
    data = REJECTED[name](folder)
    with pytest.raises(ClipRejected, match="at most 10 seconds") as caught:
        read_clip(data, SETTINGS, "driving")
    assert caught.value.where == "driving"


def test_a_reference_to_another_file_is_not_followed(folder: Path) -> None:
    """A mov whose media lies elsewhere: `dref` is made to point to a file next to it."""
    data = (folder / "clip.mp4").read_bytes()
    at = data.find(b"dref")
    size = struct.unpack_from(">I", data, at - 4)[0]
    alias = struct.pack(">I4sI", 12 + 9, b"url ", 0) + b"clip.mp4\0"
    outside = data[: at - 4] + struct.pack(">I4sII", 16 + len(alias), b"dref", 0, 1) + alias + data[at - 4 + size :]
    with pytest.raises(ClipRejected):
        read_clip(outside, SETTINGS)


def test_a_heavy_clip_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.subprocess, "Popen", None)
    with pytest.raises(PhotoTooHeavy):
        read_clip(bytes(21 << 20), SETTINGS)


def test_a_decoder_that_hangs_is_ended(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = tmp_path / "ffmpeg"
    real = ffmpeg_binary()
    hanging.write_text(f'#!/bin/sh\ncase "$*" in *image2pipe*) exec sleep 60;; esac\nexec {real} "$@"\n')
    hanging.chmod(0o755)
    monkeypatch.setattr(door, "ffmpeg_binary", lambda: str(hanging))
    monkeypatch.setattr(door, "_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(ClipRejected):
        read_clip((folder / "clip.mp4").read_bytes(), SETTINGS)
    assert time.monotonic() - started < 30


def test_mutants_are_refused_or_read_and_nothing_else(folder: Path) -> None:
    data = (folder / "clip.mp4").read_bytes()
    rng = np.random.default_rng(4)
    refused = 0
    for _ in range(12):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 30):
            broken[at] = rng.integers(256)
        try:
            clip = read_clip(bytes(broken[: rng.integers(len(data) // 2, len(data))]), SETTINGS)
        except ClipRejected:
            refused += 1
        else:
            assert clip.frames.ndim == 4
    assert refused > 0


def test_the_quarters_are_the_right_way_round(folder: Path) -> None:
    first = read_clip((folder / "clip.mp4").read_bytes(), SETTINGS).frames[0].astype(int)
    assert np.abs(first[100, 30] - quarters(96, 128)[100, 30]).max() < 10
