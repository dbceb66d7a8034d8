"""The job registry: stop, grace, deadline, hang, shutdown."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.parts import LONG, Bench, Steps, encode, failing_with, picture, quick, until
from tryon.errors import TooBusy
from tryon.events import Event, Failed, Preview, StageStarted
from tryon.runtime.jobs import Jobs
from tryon.settings import Settings


def test_stop_while_running(bench: Bench) -> None:
    work = Steps()
    handle = bench.submit(work)
    assert work.began.wait(LONG)
    work.let(1)
    assert until(lambda: handle.view().frames_done == 1)
    handle.cancel()  # comes back although the model stays in its step until it is let on
    assert handle.view().state == "stopped"
    assert not work.closed.is_set(), "the model is still in its step"
    waiting = bench.submit(quick())
    waiting.wait(waiting.version, 0.05)
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
        failing = bench.submit(failing_with(alive, Latent))
        assert failing.join(LONG).state == "failed"
        assert until(lambda: len(alive) == 0)
    finally:
        gc.enable()


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
    with handle.following():  # on a crowded machine the grace time may be over before the work begins
        assert handle.wait(handle.version, 0.3).state in ("waiting", "running")
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
    assert until(lambda: handle.view().state == "running")
    assert bench.jobs.shutdown(LONG, patience=0.1)
    assert handle.view().state == "stopped"
    assert not (bench.home / "job-1").exists()


def test_shutdown_says_when_a_worker_did_not_come_back(bench: Bench) -> None:
    work = Steps()
    bench.submit(work)
    assert work.began.wait(LONG)
    assert not bench.jobs.shutdown(0.2)
    work.let()
