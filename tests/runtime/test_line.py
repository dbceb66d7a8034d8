"""Fairness as a pure function: who is next among waiting sessions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.parts import Clock
from tryon.runtime.line import KINDS_REMEMBERED, Experience, Lane, Turns
from tryon.runtime.record import Record


def record(session: str, arrived: int, order: int, kind: str = "", expected: float | None = None) -> Record:
    return Record(
        id=f"{session}{order}",
        session=session,
        address="",
        kind=kind,
        device="cpu",
        folder=Path("none"),
        work=None,
        context=None,
        keep=None,
        expected=expected,
        arrived=arrived,
        order=order,
        left=0.0,
    )


def serve(comers: str, window: int = 16, before: str = "") -> str:
    """All of `comers` arrive in this order after the sessions `before` were served; the order of service."""
    turns = Turns(window)
    for order, session in enumerate(before):
        turns.take(record(session, turns.taken, order), ())
    waiting = [record(session, turns.taken, 100 + order) for order, session in enumerate(comers)]
    served = ""
    while waiting:
        following = turns.line(waiting)[0]
        waiting.remove(following)
        turns.take(following, waiting)
        served += following.session
    return served


@pytest.mark.parametrize(
    ("before", "comers", "served"),
    [
        ("", "abc", "abc"),  # in the order of arrival
        ("", "aab", "aba"),  # one turn each
        ("", "aaabbc", "abcaba"),
        ("a", "ab", "ba"),  # whoever was served waits for whoever was not
        ("ab", "bac", "cab"),  # served longest ago first
        ("aaaa", "ab", "ba"),  # a heavy user is one turn behind, not four
    ],
)
def test_round_robin(before: str, comers: str, served: str) -> None:
    assert serve(comers, before=before) == served


def test_newcomers_cannot_keep_a_regular_waiting_for_ever() -> None:
    window = 5
    turns = Turns(window)
    turns.take(record("regular", 0, 0), ())
    waiting = [record("regular", turns.taken, 1)]
    for overtaken in range(50):
        waiting.append(record(f"new {overtaken}", turns.taken, 2 + overtaken))
        following = turns.line(waiting)[0]
        if following.session == "regular":
            break
        waiting.remove(following)
        turns.take(following, waiting)
    assert overtaken <= window


@settings(deadline=None)
@given(st.text("abcd", max_size=12), st.text("abcd", max_size=12))
def test_everybody_is_served_once_and_in_the_own_order(before: str, comers: str) -> None:
    served = serve(comers, before=before)
    assert sorted(served) == sorted(comers)
    first = served[: len(set(comers))]
    assert len(set(first)) == len(first), "nobody comes twice before everybody came once"


def test_turns_are_forgotten() -> None:
    turns = Turns(4)
    for order in range(100):
        turns.take(record(f"s{order}", turns.taken, order), ())
    assert len(turns) <= 5


def test_experience_is_a_moving_average_of_a_bounded_number_of_kinds() -> None:
    clock = Clock()
    experience = Experience(clock)
    assert experience.expected(record("a", 0, 0, "x")) is None
    assert experience.expected(record("a", 0, 0, "x", expected=9.0)) == 9.0
    experience.learn("x", 10)
    experience.learn("x", 20)
    assert experience.expected(record("a", 0, 0, "x", expected=9.0)) == pytest.approx(13)
    for kind in range(1000):
        experience.learn(str(kind), 1)
    assert len(experience) == KINDS_REMEMBERED


def test_minutes_are_at_least_one() -> None:
    clock = Clock()
    lane, experience = Lane("cpu"), Experience(clock)
    assert experience.minutes(lane) == 1
    lane.waiting = [record("a", 0, 0, expected=90.0)]
    assert experience.minutes(lane) == 2
    lane.running = record("b", 0, 1, expected=60.0)
    lane.running.started = clock() - 600  # longer than expected: about to end
    assert experience.minutes(lane) == 2
