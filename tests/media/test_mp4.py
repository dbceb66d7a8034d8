"""The door out for films: rows 14, 15, 17 and 18 of the reliability table."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.media.makers import CORNERS, FACTS, film, quarters, script
from tryon.errors import DiskFull, EncodeFailed, Stopped
from tryon.events import Facts
from tryon.media import mp4
from tryon.media.boxes import append_xmp, read_film
from tryon.media.clip import read_clip
from tryon.media.ffmpeg import ffmpeg_binary
from tryon.media.flat import is_flat, is_flat_film
from tryon.media.mp4 import VideoWriter
from tryon.media.provenance import read_facts
from tryon.settings import Settings
from tryon.types import Pixels


def written(path: Path, frames: list[Pixels], fps: float = 24, facts: Facts = FACTS) -> Path:
    height, width = frames[0].shape[:2]
    with VideoWriter(path, width, height, fps, facts) as writer:
        for frame in frames:
            writer.write(frame)
    return path


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (96, 128, (96, 128)),
        (97, 129, (98, 130)),
        (97, 128, (98, 128)),
        (2, 2, (2, 2)),
        (1, 1, (2, 2)),
        (3, 50, (4, 50)),
        (640, 18, (640, 18)),
    ],
)
def test_any_size_becomes_a_film_that_plays(width: int, height: int, expected: tuple, tmp_path: Path) -> None:
    path = written(tmp_path / "film.mp4", film(5, width, height))
    made = read_film(path)
    assert (made.width, made.height) == expected
    assert made.frames == 5
    assert made.playable_early
    assert made.complete
    assert [item.name for item in tmp_path.iterdir()] == ["film.mp4"]


def test_an_odd_side_repeats_its_edge(tmp_path: Path) -> None:
    frame = quarters(97, 129)
    frame[:, -1] = frame[-1] = 0
    clip = read_clip(written(tmp_path / "film.mp4", [frame] * 3).read_bytes(), Settings(min_side_px=1))
    assert clip.frames[1, -1, -1].max() < 30  # black, like the edge; a grey or green border would show


@pytest.mark.parametrize("fps", [16, 23.976, 24, 30])
def test_colour_order_and_pace_survive(fps: float, tmp_path: Path) -> None:
    frames = film(6, 128, 128)
    clip = read_clip(written(tmp_path / "film.mp4", frames, fps).read_bytes(), Settings(min_side_px=1))
    assert abs(clip.fps - fps) < 0.02
    assert len(clip.frames) == 6
    for want, got in zip(frames, clip.frames, strict=True):
        assert np.abs(want.astype(int) - got).mean() < 5  # half the colour resolution on hard edges
    middle = {"red": (32, 120), "green": (32, 126), "blue": (96, 120), "yellow": (96, 126)}
    assert np.abs(clip.frames[0][middle["blue"][0], 48].astype(int) - CORNERS["blue"]).max() < 8
    assert np.abs(clip.frames[0][middle["yellow"][0], 110].astype(int) - CORNERS["yellow"]).max() < 8


def test_what_the_stream_says_of_itself(tmp_path: Path) -> None:
    path = written(tmp_path / "film.mp4", film())
    said = subprocess.run((ffmpeg_binary(), "-i", str(path)), capture_output=True, check=False).stderr.decode()
    assert "Video: h264" in said
    assert "yuv420p(tv, bt709, progressive)" in said  # one word for all three when they agree
    assert "Audio" not in said
    assert "creation_time" not in said


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "a.mp4", film(12)).read_bytes()
    later = dataclasses.replace(FACTS, seconds=99.0)  # how long it took is not part of the result
    assert written(tmp_path / "b.mp4", film(12), facts=later).read_bytes() == first
    assert written(tmp_path / "c.mp4", film(12), facts=dataclasses.replace(FACTS, seed=8)).read_bytes() != first


def test_the_film_says_that_it_is_made_and_how(tmp_path: Path) -> None:
    facts = read_facts(written(tmp_path / "film.mp4", film()))
    assert facts["ai_generated"] is True
    assert facts["digital_source_type"] == "trainedAlgorithmicMedia"
    assert (facts["seed"], facts["transfer"], facts["video"]) == (7, "warp", "motion")


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((128, 96), np.uint8),
        np.zeros((128, 96, 4), np.uint8),
        np.zeros((96, 128, 3), np.uint8),
        np.full((128, 96, 3), np.nan, np.float32),
        np.zeros((128, 96, 3), np.int16),
    ],
)
@pytest.mark.parametrize("before", [0, 3])
def test_a_frame_of_another_shape_ends_it(frame: np.ndarray, before: int, tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "film.mp4", 96, 128, 24, FACTS)
    for good in film(before) if before else []:
        writer.write(good)
    with pytest.raises(EncodeFailed):
        writer.write(frame)
    with pytest.raises(EncodeFailed):
        writer.write(quarters(96, 128))  # it is over
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("width", "height", "fps"), [(0, 10, 24), (10, -1, 24), (10, 10, 0), (10, 10, float("nan"))])
def test_impossible_films_are_refused_at_once(width: int, height: int, fps: float, tmp_path: Path) -> None:
    with pytest.raises(EncodeFailed):
        VideoWriter(tmp_path / "film.mp4", width, height, fps, FACTS)


def test_no_frames_make_no_film(tmp_path: Path) -> None:
    with pytest.raises(EncodeFailed), VideoWriter(tmp_path / "film.mp4", 96, 128, 24, FACTS):
        pass
    assert not list(tmp_path.iterdir())


def test_a_run_that_is_stopped_leaves_nothing_and_no_process(tmp_path: Path) -> None:
    with pytest.raises(Stopped), VideoWriter(tmp_path / "film.mp4", 96, 128, 24, FACTS) as writer:
        writer.write(quarters(96, 128))
        process = writer._process
        raise Stopped
    assert process is not None
    assert process.poll() is not None
    assert not list(tmp_path.iterdir())


def test_the_film_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"the film before")
    with VideoWriter(path, 96, 128, 24, FACTS) as writer:
        for frame in film():
            writer.write(frame)
            assert path.read_bytes() == b"the film before"
        writer.finish()
        assert read_film(path).frames == 6
        writer.abort()  # after the end: no effect
        writer.finish()
    assert read_film(path).frames == 6


STAND_INS = {
    "exits after three frames": ("head -c 110592 >/dev/null; exit 1", EncodeFailed),
    "exits well with nothing": ("cat >/dev/null; exit 0", EncodeFailed),
    "leaves an empty file": ('for out; do :; done; : >"$out"; cat >/dev/null', EncodeFailed),
    "leaves half a file": ('for out; do :; done; head -c 2000 other.mp4 >"$out"; cat >/dev/null', EncodeFailed),
    "leaves another film": ('for out; do :; done; cp other.mp4 "$out"; cat >/dev/null', EncodeFailed),
    "is killed": ("kill -9 $$", EncodeFailed),
    "says that the disk is full": ("echo 'x: No space left on device' >&2; cat >/dev/null; exit 1", DiskFull),
    "talks without end": ("yes No frame >&2 & cat >/dev/null; kill $!; exit 1", EncodeFailed),
    "hangs": ("exec sleep 60", EncodeFailed),
    "passes its size limit": ("kill -XFSZ $$; exit 1", DiskFull),
}


@pytest.mark.parametrize("name", STAND_INS)
def test_an_encoder_that_fails_leaves_no_half_film(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body, expected = STAND_INS[name]
    other = written(tmp_path / "other.mp4", film(4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mp4, "_STALL_SECONDS", 0.4 if name == "hangs" else 30.0)
    stand_in = script(tmp_path / "ffmpeg", body)
    path = tmp_path / "out" / "film.mp4"
    path.parent.mkdir()
    with pytest.raises(expected), VideoWriter(path, 96, 128, 24, FACTS, ffmpeg=stand_in) as writer:
        for _ in range(10):
            for frame in film():
                writer.write(frame)
    assert not list(path.parent.iterdir())
    assert other.exists()


@pytest.mark.parametrize("binary", ["/nowhere/ffmpeg", "/"])
def test_a_machine_without_an_encoder(binary: str, tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "film.mp4", 96, 128, 24, FACTS, ffmpeg=binary)
    with pytest.raises(EncodeFailed):
        writer.write(quarters(96, 128))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(EncodeFailed):
        written(tmp_path / "gone" / "film.mp4", film(60))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from tests.media.makers import FACTS
from tryon.errors import DiskFull
from tryon.media.mp4 import VideoWriter
from tryon.media.still import write_image
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
rng = np.random.default_rng(0)
noise = rng.integers(0, 256, (40, 256, 256, 3), dtype=np.uint8)
folder = Path(sys.argv[1])
for act in ("film", "still"):
    try:
        if act == "film":
            with VideoWriter(folder / "film.mp4", 256, 256, 24, FACTS) as writer:
                for frame in noise:
                    writer.write(frame)
        else:
            write_image(folder / "still.png", noise[0], FACTS)
    except DiskFull:
        continue
    raise SystemExit(f"{act}: no DiskFull")
raise SystemExit("left behind" if list(folder.iterdir()) else 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits are the system's")
def test_a_full_disk_has_its_own_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    root = Path(mp4.__file__).parents[2]
    call = (sys.executable, "-c", FULL_DISK, str(tmp_path))
    done = subprocess.run(call, env={**os.environ, "PYTHONPATH": str(root)}, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # why the encoder's own end has to be read


@pytest.mark.parametrize("keep", [0, 7, 100, 0.5, 0.99])
def test_a_film_that_is_cut_off_does_not_prove_itself(keep: float, tmp_path: Path) -> None:
    path = written(tmp_path / "film.mp4", film())
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    with pytest.raises(ValueError, match=r"cut off|no film"):
        read_film(path)


def test_a_box_at_the_end_changes_no_frame(tmp_path: Path) -> None:
    path = written(tmp_path / "film.mp4", film())
    before = read_film(path)
    append_xmp(path, b"one more")
    assert read_film(path) == before


@pytest.mark.parametrize(
    ("frames", "flat"),
    [
        ([np.zeros((40, 30, 3), np.uint8)] * 3, True),
        ([np.full((40, 30, 3), level, np.uint8) for level in (0, 100, 255)], True),
        ([np.zeros((40, 30, 3), np.uint8), quarters(40, 30)], False),
        ([np.zeros((2000, 30, 3), np.uint8) + np.eye(3, dtype=np.uint8)[0]], True),  # one colour, not grey
        ([], True),
    ],
)
def test_a_model_that_gave_nothing_is_noticed(frames: list[Pixels], flat: bool) -> None:
    assert is_flat_film(iter(frames)) is flat
    if frames:
        assert all(is_flat(frame) for frame in frames) is flat
