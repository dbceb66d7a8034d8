"""What a video model tells while it works: time left as it measures, loops for previews, a film begun again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from tryon.events import FrameReady, Preview, Progress, StageStarted
from tryon.media.preview import data_url
from tryon.runtime.record import Record, small_jpeg
from tryon.ui.view import size_of

FRAME = np.zeros((40, 30, 3), np.uint8)
STRIP = np.stack([np.full((48, 36, 3), 30 * index, np.uint8) for index in range(5)])


def record() -> Record:
    return Record(
        id="a", session="s", address="", kind="k", device="cpu", folder=Path(), work=None, context=None, keep=None,
        expected=None, order=0, arrived=0, left=0.0, started=0.0,
    )  # fmt: skip


def test_time_left_is_what_the_model_measures() -> None:
    one = record()
    one.apply(StageStarted("video"), None, 10.0)
    assert one.view(10.0, expected=None, position=0, wait=0).left is None
    one.apply(Progress("video", 0.2, 40.0), None, 12.0)
    assert one.view(20.0, expected=None, position=0, wait=0).left == 32.0
    one.apply(Progress("video", 0.9), None, 60.0)
    view = one.view(60.0, expected=None, position=0, wait=0)
    assert view.left is None and view.fraction == 0.9
    one.apply(FrameReady(0, 10, FRAME), None, 61.0)
    view = one.view(65.0, expected=None, position=0, wait=0)
    assert view.fraction == 0.9, "never back"
    assert view.filming == 4.0


def test_a_film_begun_again_counts_from_its_first_frame() -> None:
    one = record()
    for event in (StageStarted("video"), FrameReady(4, 10, FRAME), StageStarted("video")):
        one.apply(event, None, 5.0)
    view = one.view(5.0, expected=None, position=0, wait=0)
    assert (view.frames_done, view.frames_total, view.fraction, view.filming) == (0, 0, 0.0, 0.0)


def test_a_preview_keeps_the_name_of_its_stage() -> None:
    one = record()
    one.apply(Preview("garment", FRAME, final=True), b"jpeg", 1.0)
    one.apply(StageStarted("mask"), None, 2.0)
    view = one.view(2.0, expected=None, position=0, wait=0)
    assert (view.stage, view.shows) == ("mask", "garment")
    one.apply(FrameReady(0, 10, FRAME), b"jpeg", 3.0)
    assert one.view(3.0, expected=None, position=0, wait=0).shows == "video"


def test_a_strip_becomes_a_loop() -> None:
    one = record()
    wanted = one.wants_picture(Preview("video", STRIP[2], strip=STRIP), 0.0, 0.25)
    assert wanted is STRIP
    made = small_jpeg(STRIP)
    with Image.open(io.BytesIO(made)) as loop:
        assert (loop.format, loop.size, loop.n_frames) == ("WEBP", (36, 48), 5)  # type: ignore[attr-defined]
    assert data_url(made).startswith("data:image/webp;base64,")
    assert size_of(made) == (36, 48)
    assert data_url(small_jpeg(FRAME)).startswith("data:image/jpeg;base64,")
