"""The job registry: who gets in line, who is next, how long it will take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.parts import LONG, Bench, Steps, finished, quick, until
from tryon.errors import AlreadyRunning, TooBusy
from tryon.events import Event
from tryon.runtime.jobs import Work


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
