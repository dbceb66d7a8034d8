"""The job registry: admission, stop, grace, deadline, hang, isolation of failures, no growth, no cross-talk."""

from __future__ import annotations

import contextvars
import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.parts import LONG, Clock, Steps, encode, finished, picture, quick, until
from tryon.errors import AlreadyRunning, NoPerson, Stopped, TooBusy
from tryon.runtime.jobs import Handle, Jobs, Work
from tryon.settings import Settings
from tryon.types import Event, Failed, FrameReady, Note, Pixels, Preview, Progress, StageDone, StageStarted


class Bench:
    """A registry with a hand-turned clock and folders for its jobs."""

    def __init__(self, home: Path, **changes: float) -> None:
        self.clock = Clock()
        self.home = home
        home.mkdir(exist_ok=True)
        self.jobs = Jobs(Settings(home=home, **changes), self.clock, encode)  # type: ignore[arg-type]
        self.count = 0

    def submit(self, work: Work, session: str = "a", **more: object) -> Handle:
        self.count += 1
        folder = self.home / f"job-{self.count}"
        folder.mkdir()
        return self.jobs.submit(work, session=session, folder=folder, **more)  # type: ignore[arg-type]

    def pass_(self, seconds: float) -> None:
        self.clock.pass_(seconds)
        self.jobs.tick()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "jobs")
    yield bench
    bench.jobs.shutdown(0.1)


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


# --------------------------------------------------------------------------------------------- admission


def test_a_session_has_one_running_and_one_waiting(bench: Bench) -> None:
    first, second = Steps(), Steps()
    one = bench.submit(first)
    assert first.began.wait(LONG)
    two = bench.submit(second)
    with pytest.raises(AlreadyRunning):
        bench.submit(quick())
    assert (one.view().state, two.view().state, two.view().position) == ("running", "waiting", 1)
    other = bench.submit(quick(), "b")
    assert other.view().position == 1, "the other session overtakes the one that is being served"
    first.let()
    second.let()
    assert two.join(LONG).state == other.join(LONG).state == "done"
    assert bench.submit(quick()).join(LONG).state == "done"


def test_one_waiting_is_enough_even_if_none_runs(bench: Bench) -> None:
    busy = Steps()
    bench.submit(busy, "other")
    assert busy.began.wait(LONG)
    bench.submit(quick())
    with pytest.raises(AlreadyRunning):
        bench.submit(quick())
    busy.let()


def test_addresses_and_the_whole_line_are_limited(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "jobs", max_waiting=4, max_per_address=2)
    busy = Steps()
    bench.submit(busy, "0", address="x", expected=600.0)
    assert busy.began.wait(LONG)
    bench.submit(quick(), "1", address="x")
    with pytest.raises(TooBusy) as refused:
        bench.submit(quick(), "2", address="x")
    assert refused.value.values["minutes"] == 11, "10 minutes of the running one and 15 s of the waiting one"
    for session in "345":
        bench.submit(quick(), session)  # no address: not counted
    with pytest.raises(TooBusy):
        bench.submit(quick(), "6", address="y")
    busy.let()
    assert until(lambda: bench.jobs.health().waiting == 0)
    assert bench.submit(quick(), "6", address="x").join(LONG).state == "done"
    bench.jobs.shutdown(1)


def test_a_flood_from_one_session_holds_nobody_up(bench: Bench) -> None:
    order: list[int] = []
    busy = Steps()
    bench.submit(busy, "flood")
    assert busy.began.wait(LONG)
    refused = 0
    for _ in range(10):
        try:
            bench.submit(quick(1, order), "flood")
        except AlreadyRunning:
            refused += 1
    handle = bench.submit(quick(2, order), "quiet")
    busy.let()
    assert handle.join(LONG).state == "done"
    assert refused == 9
    assert until(lambda: len(order) == 2)
    assert order == [2, 1]


def test_waits_are_told_by_experience(bench: Bench) -> None:
    def takes(seconds: float) -> Work:
        def work(folder: Path) -> Iterator[Event]:
            bench.clock.pass_(seconds)
            yield finished(folder)

        return work

    assert bench.submit(takes(5), kind="big").join(LONG).expected == pytest.approx(5)
    assert bench.submit(takes(15), kind="big").join(LONG).expected == pytest.approx(8)
    busy = Steps()
    running = bench.submit(busy, kind="big")
    assert busy.began.wait(LONG)
    bench.clock.pass_(3)
    second = bench.submit(quick(), "b", kind="small", expected=4.0)
    third = bench.submit(quick(), "c", kind="never seen")
    assert (running.view().elapsed, running.view().expected) == (3, pytest.approx(8))
    assert (second.view().position, second.view().wait) == (1, pytest.approx(5))
    assert (third.view().position, third.view().wait, third.view().expected) == (2, pytest.approx(9), None)
    busy.let()


# ------------------------------------------------------------------------------------------------- stop


def test_stop_while_running(bench: Bench) -> None:
    work = Steps()
    handle = bench.submit(work)
    assert work.began.wait(LONG)
    work.let(1)
    assert until(lambda: handle.view().frames_done == 1)
    before = time.monotonic()
    handle.cancel()
    assert handle.view().state == "stopped"
    assert time.monotonic() - before < 0.5
    assert not work.closed.is_set(), "the model is still in its step"
    waiting = bench.submit(quick())
    time.sleep(0.05)
    assert waiting.view().state == "waiting", "the lane is free only when the model has come back"
    work.let(1)
    assert work.closed.wait(LONG)
    assert work.made == 2, "at most the step that was under way"
    assert work.closed_in == "lane-cpu", "closed by its own worker, not by whoever stopped it"
    assert waiting.join(LONG).state == "done"
    assert not (bench.home / "job-1").exists()
    assert handle.view().state == "stopped"


def test_stop_while_waiting(bench: Bench) -> None:
    busy, never = Steps(), Steps()
    bench.submit(busy)
    assert busy.began.wait(LONG)
    handle = bench.submit(never, "b")
    bench.jobs.cancel(handle.id)
    assert handle.view().state == "stopped" and handle.view().position == 0
    busy.let()
    assert bench.submit(quick(), "b").join(LONG).state == "done"
    assert not never.began.is_set()
    assert until(lambda: not (bench.home / "job-2").exists())


def test_stop_after_the_end_changes_nothing(bench: Bench) -> None:
    done = bench.submit(quick())
    done.join(LONG)
    failed = bench.submit(lambda folder: iter([Failed("x", "X.")]))
    failed.join(LONG)
    for handle, state in ((done, "done"), (failed, "failed")):
        version = handle.version
        handle.cancel()
        assert (handle.view().state, handle.version) == (state, version)
    assert (bench.home / "job-1" / "look.png").exists()
    bench.jobs.cancel("no such job")
    bench.jobs.cancel(None)
    assert bench.jobs.get("no such job") is None


def test_a_cleanup_that_raises_does_not_undo_a_stop(bench: Bench) -> None:
    began = threading.Event()

    def work(folder: Path) -> Iterator[Event]:
        try:
            while True:
                began.set()
                yield StageStarted("video")
        finally:
            raise MemoryError

    handle = bench.submit(work)
    assert began.wait(LONG)
    handle.cancel()
    assert bench.submit(quick()).join(LONG).state == "done"
    assert handle.view().state == "stopped"


def test_nothing_of_a_stopped_job_stays_alive(bench: Bench) -> None:
    class Latent:
        pass

    alive: weakref.WeakSet[Latent] = weakref.WeakSet()
    began = threading.Event()

    def work(folder: Path) -> Iterator[Event]:
        latent = Latent()
        alive.add(latent)
        while True:
            began.set()
            yield Preview("video", picture())

    gc.disable()  # by reference counting alone: a GPU's memory does not wait for the collector
    try:
        handle = bench.submit(work)
        assert began.wait(LONG) and len(alive) == 1
        handle.cancel()
        assert until(lambda: len(alive) == 0)
        failing = bench.submit(_failing_with(alive, Latent))
        assert failing.join(LONG).state == "failed"
        assert until(lambda: len(alive) == 0)
    finally:
        gc.enable()


def _failing_with(alive: weakref.WeakSet, kind: Callable[[], object]) -> Work:
    def work(folder: Path) -> Iterator[Event]:
        latent = kind()
        alive.add(latent)
        yield StageStarted("video")
        raise RuntimeError

    return work


# ------------------------------------------------------------------------------------- leaving, deadline, hang


def test_grace_after_the_last_follower_left(bench: Bench) -> None:
    work = Steps()
    handle = bench.submit(work)
    assert work.began.wait(LONG)
    bench.pass_(19)
    assert handle.view().state == "running", "whoever submitted has 20 s to begin to follow"
    handle.follow()
    handle.follow()
    bench.pass_(500)
    handle.unfollow()
    bench.pass_(500)
    assert handle.view().state == "running", "one follower is left"
    handle.unfollow()
    bench.pass_(19)
    with handle.following():  # a reload
        bench.pass_(60)
    bench.pass_(19)
    assert handle.view().state == "running"
    bench.pass_(1.5)
    assert handle.view().state == "stopped"
    work.let()


def test_grace_holds_for_waiting_jobs(bench: Bench) -> None:
    busy = Steps()
    with bench.submit(busy).following():
        assert busy.began.wait(LONG)
        handle = bench.submit(quick(), "b")
        bench.pass_(21)
        assert handle.view().state == "stopped"
        busy.let()


def test_deadline(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "jobs", deadline_seconds=30)
    work = Steps()
    handle = bench.submit(work)
    handle.follow()
    assert work.began.wait(LONG)
    bench.pass_(29)
    assert handle.view().state == "running"
    bench.pass_(1)
    view = handle.view()
    assert view.state == "failed" and view.failed is not None
    assert (view.failed.code, view.failed.values) == ("deadline", {"seconds": 30})
    work.let(1)
    assert work.closed.wait(LONG) and work.made == 1
    assert bench.submit(quick()).join(LONG).state == "done"
    assert bench.jobs.health().abandoned == 0


def test_a_backend_that_hangs_is_left_behind(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "jobs", deadline_seconds=30, hang_seconds=5)
    work = Steps()  # never let on
    handle = bench.submit(work)
    handle.follow()
    assert work.began.wait(LONG)
    after = bench.submit(quick(), "b")
    after.follow()
    bench.pass_(31)
    assert handle.view().state == "failed"
    bench.pass_(4)
    assert after.view().state == "waiting"
    bench.pass_(2)
    assert after.join(LONG).state == "done"
    health = bench.jobs.health()
    assert (health.abandoned, health.running) == (1, 0)
    assert until(lambda: not (bench.home / "job-1").exists())
    work.let()  # it comes back after all: nobody listens any more
    assert work.closed.wait(LONG)
    assert handle.view().state == "failed"
    assert bench.submit(quick()).join(LONG).state == "done"
    assert until(lambda: sum(t.name == "lane-cpu" and t.is_alive() for t in threading.enumerate()) >= 1)


def test_a_hang_is_noticed_when_its_session_was_forgotten(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "jobs", hang_seconds=5)
    work = Steps()
    handle = bench.submit(work)
    assert work.began.wait(LONG)
    bench.jobs.forget("a")
    assert bench.jobs.of("a") == () and bench.jobs.get(handle.id) is None
    bench.pass_(6)
    assert bench.jobs.health().abandoned == 1
    assert bench.submit(quick()).join(LONG).state == "done"
    work.let()


def test_the_clock_thread_does_it_by_itself(tmp_path: Path) -> None:
    jobs = Jobs(Settings(home=tmp_path, grace_seconds=0.1), encode=encode)
    work = Steps()
    handle = jobs.submit(work, session="a", folder=tmp_path / "job")
    assert work.began.wait(LONG)
    assert handle.join(LONG).state == "stopped"
    work.let()
    assert jobs.shutdown(5)
    watch = jobs._watch
    assert watch is not None
    watch.join(LONG)
    assert not watch.is_alive()


def test_two_devices_work_side_by_side(bench: Bench) -> None:
    on_cpu, on_gpu = Steps(), Steps()
    one = bench.submit(on_cpu, "a", device="cpu")
    two = bench.submit(on_gpu, "b", device="cuda")
    assert on_cpu.began.wait(LONG) and on_gpu.began.wait(LONG)
    on_cpu.let()
    on_gpu.let()
    assert one.join(LONG).state == two.join(LONG).state == "done"


# ----------------------------------------------------------------------------------- followers and sessions


def test_a_slow_follower_holds_nothing_up_and_sees_the_end(bench: Bench) -> None:
    def work(folder: Path) -> Iterator[Event]:
        for index in range(100):
            bench.clock.pass_(0.1)
            yield FrameReady(index, 100, picture(index))
        yield finished(folder)

    handle = bench.submit(work)
    seen = [handle.wait(-2, LONG)]
    while not seen[-1].ended:
        time.sleep(0.02)
        seen.append(handle.wait(seen[-1].version, LONG))
    assert seen[-1].state == "done" and seen[-1].frames_done == 100
    assert len(seen) < 100
    assert [v.version for v in seen] == sorted({v.version for v in seen})


def test_two_sessions_see_nothing_of_each_other(bench: Bench) -> None:
    works = {"a": Steps(1, 11), "b": Steps(2, 11)}
    handles = {name: bench.submit(work, name, device=name) for name, work in works.items()}
    seen: dict[str, set[bytes]] = {"a": set(), "b": set()}
    for _ in range(11):
        bench.clock.pass_(1)
        for name, work in works.items():
            version = handles[name].version
            work.let(1)
            view = handles[name].wait(version, LONG)
            if view.preview is not None:
                seen[name].add(view.preview)
    for name, value in (("a", 1), ("b", 2)):
        view = handles[name].join(LONG)
        assert view.finished is not None and view.finished.image.read_bytes() == bytes([value])
        assert seen[name] == {bytes([value] * 3)}
        assert [h.id for h in bench.jobs.of(name)] == [handles[name].id]


def test_the_request_context_reaches_the_worker(bench: Bench) -> None:
    visitor: contextvars.ContextVar[str] = contextvars.ContextVar("visitor", default="nobody")
    seen: list[str] = []

    def work(folder: Path) -> Iterator[Event]:
        seen.append(visitor.get())
        yield finished(folder)

    visitor.set("somebody")
    bench.submit(work).join(LONG)
    visitor.set("nobody")
    assert seen == ["somebody"]


def test_forget_lets_go_of_results_and_stops_jobs(bench: Bench) -> None:
    done = bench.submit(quick())
    done.join(LONG)
    running = Steps()
    handle = bench.submit(running)
    assert running.began.wait(LONG)
    other = bench.submit(quick(), "b")
    bench.jobs.forget("a")
    assert bench.jobs.of("a") == ()
    assert done.view().finished is None and handle.view().state == "stopped"
    running.let()
    assert other.join(LONG).state == "done"


def test_of_a_sessions_ended_jobs_the_newest_is_remembered(bench: Bench) -> None:
    handles = []
    for _ in range(4):
        handles.append(bench.submit(quick()))
        handles[-1].join(LONG)
    assert [h.id for h in bench.jobs.of("a")] == [h.id for h in handles[-2:]]
    assert bench.jobs.get(handles[0].id) is None


def test_ended_jobs_are_forgotten(bench: Bench) -> None:
    handle = bench.submit(quick())
    with handle.following():
        handle.join(LONG)
        assert until(lambda: bench.jobs.health().running == 0)
        bench.pass_(16 * 60)
        assert bench.jobs.get(handle.id) is not None, "somebody looks at it"
    bench.pass_(16 * 60)
    assert bench.jobs.get(handle.id) is None
    again = bench.submit(quick())
    with again.following():
        again.join(LONG)
        assert until(lambda: bench.jobs.health().running == 0)
        bench.pass_(61 * 60)
        assert bench.jobs.get(again.id) is None, "60 minutes at most"


def test_a_second_batch_leaves_everything_as_the_first_did(bench: Bench) -> None:
    def census() -> tuple[int, ...]:
        jobs = bench.jobs
        sizes = (jobs._records, jobs._lanes, jobs._turns, jobs._experience, jobs._trash)
        threads = sum(t.name == "lane-growth" for t in threading.enumerate())
        return (*map(len, sizes), threads, len(list(bench.home.iterdir())))

    def batch(number: int) -> tuple[int, ...]:
        for index in range(8):
            work = _failing_with(weakref.WeakSet(), Steps) if index % 2 else quick(index)
            handle = bench.submit(work, f"{number}-{index}", device="growth", kind=f"kind {index % 3}")
            handle.join(LONG)
            bench.jobs.forget(handle.session)
            for path in (bench.home / f"job-{bench.count}").glob("*"):
                path.unlink()
            until(lambda: bench.jobs.health().running == 0)
        for folder in list(bench.home.iterdir()):
            folder.rmdir()
        until(lambda: not bench.jobs._trash)
        return census()

    for number in range(2):  # the table of turns reaches as far back as the line is long
        batch(number)
    assert batch(2) == batch(3)


# ---------------------------------------------------------------------------------------------- shutdown


def test_shutdown_lets_the_running_one_finish(bench: Bench) -> None:
    work = Steps()
    running = bench.submit(work)
    assert work.began.wait(LONG)
    waiting = bench.submit(quick(), "b")
    result: list[bool] = []
    closer = threading.Thread(target=lambda: result.append(bench.jobs.shutdown(LONG)))
    closer.start()
    assert until(lambda: bench.jobs.health().closing)
    with pytest.raises(TooBusy):
        bench.submit(quick(), "c")
    work.let()
    closer.join(LONG)
    assert result == [True]
    assert (running.view().state, waiting.view().state) == ("done", "stopped")


def test_shutdown_stops_what_does_not_finish(bench: Bench) -> None:
    def work(folder: Path) -> Iterator[Event]:
        while True:
            time.sleep(0.01)
            yield StageStarted("video")

    handle = bench.submit(work)
    until(lambda: handle.view().state == "running")
    before = time.monotonic()
    assert bench.jobs.shutdown(0.8)
    assert time.monotonic() - before < 2
    assert handle.view().state == "stopped"
    assert not (bench.home / "job-1").exists()


def test_shutdown_says_when_a_worker_did_not_come_back(bench: Bench) -> None:
    work = Steps()
    bench.submit(work)
    assert work.began.wait(LONG)
    assert not bench.jobs.shutdown(0.2)
    work.let()
