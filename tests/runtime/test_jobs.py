"""The job registry: events become views, failures stay with their job."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.parts import LONG, Bench, Clock, finished, picture, quick, until
from tryon.errors import NoPerson, Stopped
from tryon.events import Event, Failed, FrameReady, Preview, Progress, StageDone, StageStarted
from tryon.runtime.jobs import Jobs
from tryon.settings import Settings
from tryon.types import Note, Pixels


def test_events_arrive_in_the_view(bench: Bench) -> None:
    note = Note("garment_guess", "We took it for a top.")

    def work(folder: Path) -> Iterator[Event]:
        yield StageStarted("parse")
        yield Preview("parse", picture(7), final=True)
        yield StageDone("parse", 0.25)
        yield note
        yield StageStarted("video")
        yield Progress("video", 0.5)
        bench.clock.pass_(5)
        yield FrameReady(0, 2, picture(8))
        bench.clock.pass_(5)
        yield FrameReady(1, 2, picture(9))
        seen.append(handle.view())
        yield finished(folder)

    seen: list[object] = []
    handle = bench.submit(work)
    view = handle.join(LONG)
    middle = seen[0]
    assert (middle.state, middle.stage, middle.fraction) == ("running", "video", 1.0)  # type: ignore[attr-defined]
    assert middle.preview == bytes([9, 9, 9])  # type: ignore[attr-defined]
    assert (view.state, view.ended, view.frames_done, view.frames_total) == ("done", True, 2, 2)
    assert view.pictures == {"parse": bytes([7, 7, 7])}
    assert (view.done, view.notes, view.elapsed) == ({"parse": 0.25}, (note,), 10.0)
    assert view.finished is not None and view.finished.image.exists()
    assert view.preview is None, "an ended job keeps no preview"


def test_previews_are_paced_and_final_ones_are_not(tmp_path: Path) -> None:
    made: list[int] = []

    def encode_and_tell(pixels: Pixels) -> bytes:
        made.append(int(pixels[0, 0, 0]))
        return b"jpeg"

    clock = Clock()
    jobs = Jobs(Settings(home=tmp_path, preview_fps=4), clock, encode_and_tell)

    def work(folder: Path) -> Iterator[Event]:
        for value in range(16):  # 16 in one second
            yield Preview("video", picture(value))
            clock.pass_(0.0625)
        yield Preview("video", picture(100), final=True)
        yield Preview("video", picture(101), final=True)
        yield FrameReady(4, 5, picture(102))  # the last frame is always shown
        yield finished(folder)

    jobs.submit(work, session="a", folder=tmp_path).join(LONG)
    jobs.shutdown(1)
    assert made == [0, 4, 8, 12, 100, 101, 102]


@pytest.mark.parametrize(
    ("raised", "code", "field"),
    [
        (NoPerson(), "no_person", "person"),
        (MemoryError(), "out_of_memory", None),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory"), "out_of_memory", None),
        (RuntimeError("CUDA error: out of memory"), "out_of_memory", None),
        (OSError(28, "No space left on device"), "disk_full", None),
        (OSError(2, "secret/name.jpg"), "internal", None),
        (ValueError("secret/name.jpg"), "internal", None),
        (KeyboardInterrupt(), "internal", None),
        (SystemExit(3), "internal", None),
    ],
)
@pytest.mark.parametrize("events", [0, 2])
def test_a_failure_ends_its_job_and_no_other(
    bench: Bench, caplog: pytest.LogCaptureFixture, raised: BaseException, code: str, field: str | None, events: int
) -> None:
    caplog.set_level(logging.DEBUG)

    def work(folder: Path) -> Iterator[Event]:
        (folder / "half.mp4").write_bytes(b"half")
        for index in range(events):
            yield FrameReady(index, 9, picture())
        raise raised

    handle = bench.submit(work)
    view = handle.join(LONG)
    assert view.state == "failed" and view.failed is not None
    assert (view.failed.code, view.failed.field) == (code, field)
    assert "secret" not in view.failed.text + caplog.text
    assert handle.id in caplog.text and type(raised).__name__ in caplog.text
    after = bench.submit(quick(5)).join(LONG)
    assert after.finished is not None and after.finished.facts.seed == 5
    assert until(lambda: not (bench.home / "job-1").exists()), "what an unfinished job wrote goes"


def test_failures_that_are_yielded_or_forgotten(bench: Bench) -> None:
    said = Failed("no_garment", "No garment.", field="garment")

    def told(folder: Path) -> Iterator[Event]:
        yield said

    def silent(folder: Path) -> Iterator[Event]:
        yield StageStarted("parse")

    def stopped(folder: Path) -> Iterator[Event]:
        raise Stopped
        yield

    def refused(folder: Path) -> Iterator[Event]:
        raise NoPerson  # not even a generator

    assert bench.submit(told).join(LONG).failed == said
    ended = bench.submit(silent).join(LONG)
    assert ended.failed is not None and ended.failed.code == "internal"
    assert bench.submit(stopped).join(LONG).state == "stopped"
    ended = bench.submit(lambda folder: refused(folder)).join(LONG)
    assert ended.failed is not None and ended.failed.code == "no_person"


def test_keeping_the_result_comes_before_done_and_its_failure_is_the_jobs(bench: Bench) -> None:
    states: list[str] = []
    handle = bench.submit(quick(), keep=lambda result: states.append(handle.view().state))
    assert handle.join(LONG).state == "done"
    assert states == ["running"]

    def refuse(result: object) -> None:
        raise RuntimeError

    ended = bench.submit(quick(), keep=refuse).join(LONG)
    assert ended.state == "failed" and ended.finished is None
    assert bench.submit(quick()).join(LONG).state == "done"
