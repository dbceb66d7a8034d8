"""The job registry: followers and sessions, no cross-talk, no growth."""

from __future__ import annotations

import contextvars
import shutil
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from tests.runtime.parts import LONG, Bench, Steps, failing_with, finished, picture, quick, until
from tryon.events import Event, FrameReady


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
            work = failing_with(weakref.WeakSet(), Steps) if index % 2 else quick(index)
            handle = bench.submit(work, f"{number}-{index}", device="growth", kind=f"kind {index % 3}")
            handle.join(LONG)
            bench.jobs.forget(handle.session)
            assert until(lambda: bench.jobs.health().running == 0), "its worker removes what is unfinished"
            shutil.rmtree(bench.home / f"job-{bench.count}", ignore_errors=True)
        assert until(lambda: not bench.jobs._trash)
        return census()

    for number in range(2):  # the table of turns reaches as far back as the line is long
        batch(number)
    assert batch(2) == batch(3)
