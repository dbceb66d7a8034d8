"""Row 7: a decoder that crashes, hangs or eats memory costs one refusal and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.media.makers import encoded, heic, quarters
from tryon.errors import PhotoBlank, PhotoRejected, PhotoTooLong, PhotoTooSmall
from tryon.media import guarded
from tryon.media.guarded import read_photo_guarded
from tryon.media.photo import read_photo
from tryon.settings import Settings

SETTINGS = Settings()
JPEG = encoded(quarters(), "JPEG")


@pytest.mark.parametrize("data", [JPEG, heic(quarters())], ids=["jpeg", "heic"])
def test_the_guarded_door_gives_the_same_picture(data: bytes) -> None:
    photo = read_photo_guarded(data, SETTINGS)
    assert np.array_equal(photo.pixels, read_photo(data, SETTINGS).pixels)
    assert photo.pixels.flags.writeable


def test_settings_reach_the_child() -> None:
    assert read_photo_guarded(JPEG, Settings(max_side_px=200)).height == 200


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"nothing", PhotoRejected),
        (encoded(quarters(100, 100)), PhotoTooSmall),
        (encoded(quarters(300, 3000)), PhotoTooLong),
        (encoded(np.zeros((300, 300, 3), np.uint8)), PhotoBlank),  # known to the child only
        (JPEG[:900], PhotoRejected),
    ],
)
def test_refusals_are_those_of_the_plain_door(data: bytes, expected: type[PhotoRejected]) -> None:
    with pytest.raises(PhotoRejected) as plain:
        read_photo(data, SETTINGS, "garment")
    with pytest.raises(PhotoRejected) as caught:
        read_photo_guarded(data, SETTINGS, "garment")
    assert type(caught.value) is type(plain.value) is expected
    assert (caught.value.text, caught.value.where) == (plain.value.text, "garment")


def test_a_file_over_the_limits_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded.subprocess, "run", None)
    with pytest.raises(PhotoTooSmall):
        read_photo_guarded(encoded(quarters(100, 100)), SETTINGS)


@pytest.mark.parametrize(
    "child",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import time; time.sleep(60)",
        "while True: pass",
        "print('not an answer')",
        "import sys; sys.stdout.buffer.write(b'P' + bytes([0, 0, 1, 0]) * 2 + bytes(100))",  # cut off
        "import sys; sys.stdout.buffer.write(b'P')",
        """print('E{"code": "internal", "values": {}}')""",
        "raise SystemExit(3)",
    ],
    ids=["segfault", "killed", "hangs", "spins", "garbage", "cut off", "cut off early", "foreign error", "exits"],
)
def test_whatever_happens_to_the_child_is_a_refusal(child: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "_CALL", (sys.executable, "-S", "-c", child))
    monkeypatch.setattr(guarded, "_SECONDS", 1.0)
    with pytest.raises(PhotoRejected, match="could not open"):
        read_photo_guarded(JPEG, SETTINGS)


@pytest.mark.skipif(sys.platform != "linux", reason="limits are the system's")
@pytest.mark.parametrize(
    ("act", "error"),
    [
        ("bytearray(3 << 30)", "MemoryError"),
        ("open('left_behind', 'wb', 0).write(b'x')", "OSError"),
        ("bytearray(1 << 20)", ""),
    ],
)
def test_the_childs_limits_hold(act: str, error: str, tmp_path: Path) -> None:
    code = f"from tryon.media import guarded; guarded._limit(); {act}"
    root = str(Path(guarded.__file__).parents[2])
    done = subprocess.run(
        (sys.executable, "-c", code),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode == 0) == (not error)
    assert error.encode() in done.stderr
    assert not any(path.stat().st_size for path in tmp_path.iterdir())
