"""The session store: what it keeps, how long, and that nothing stays behind."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.runtime.parts import LONG, Clock, Steps, encode, finished, picture, quick, until
from tryon.errors import SessionGone
from tryon.runtime.jobs import Jobs
from tryon.runtime.session import LOOKS_KEPT, PHOTOS_KEPT, Session
from tryon.runtime.store import Store
from tryon.runtime.weight import weigh
from tryon.settings import Settings
from tryon.types import Garment, Look, Person, Photo

MINUTE = 60


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deleted() -> list[str]:
    return []


@pytest.fixture
def store(settings: Settings, clock: Clock, deleted: list[str]) -> Iterator[Store]:
    store = Store(settings, clock, deleted.append)
    yield store
    store.close()


def filled(store: Store) -> Session:
    session = store.open()
    session.add_photo(Photo(picture()))
    folder = session.new_folder()
    session.keep(finished(folder), folder)
    return session


def files(home: Path) -> list[Path]:
    """os.walk passes over folders that the sweeper removes meanwhile; Path.rglob raises."""
    return [Path(folder) / name for folder, _, names in os.walk(home) for name in names if name != "lock"]


def test_pictures_and_what_was_found_in_them(store: Store, person: Person, tshirt: Garment) -> None:
    session = store.open()
    a = session.add_photo(person.photo)
    b = session.add_photo(tshirt.photo)
    assert session.photo(a) is person.photo and session.photo(b) is tshirt.photo
    assert session.person(a) is None and session.garment(b) is None and session.mask(a) is None
    session.set_person(a, person)
    session.set_garment(b, tshirt)
    mask = np.zeros((4, 4), np.uint8)
    session.set_mask(a, mask)
    assert session.person(a) is person and session.mask(a) is mask
    assert session.garment(b) is tshirt and session.garment(b, "dress") is None
    assert session.has(a) and not session.has("x") and not session.has(None)
    session.drop_photo(a)
    for forget in (session.photo, session.person, session.mask):
        with pytest.raises(SessionGone):
            forget(a)
    session.drop_photo(None)


def test_ids_and_folders_are_private(store: Store, settings: Settings) -> None:
    one, two = store.open(), store.open()
    assert one.id != two.id and len(one.id) >= 20
    assert store.open(one.id) is one and store.open("guess") is not one
    folder = one.new_folder()
    assert one.id not in str(folder), "the address of a file must not tell the session's id"
    for path in (store.root, one.folder, folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert folder.parent == one.folder and one.folder.parent == store.root
    assert store.root.parent == settings.home


def test_history_is_bounded_and_its_files_go_with_it(store: Store) -> None:
    session = store.open()
    results = []
    for value in range(LOOKS_KEPT + 2):
        folder = session.new_folder()
        results.append(session.keep(finished(folder, value), folder))
    assert session.looks == tuple(results[2:])
    assert session.look(results[-1].id) is results[-1]
    with pytest.raises(SessionGone):
        session.look(results[0].id)
    assert [r.folder.exists() for r in results[:3]] == [False, False, True]


def test_the_least_recently_used_photo_goes_first(store: Store) -> None:
    session = store.open()
    ids = [session.add_photo(Photo(picture(n))) for n in range(PHOTOS_KEPT)]
    session.photo(ids[0])
    session.add_photo(Photo(picture()))
    assert [session.has(id) for id in ids[:3]] == [True, False, True]


@pytest.mark.parametrize(
    ("followed", "minutes", "lives"),
    [
        (False, 14, True),
        (False, 16, False),
        (True, 16, True),
        (True, 59, True),
        (True, 61, False),
    ],
)
def test_life_of_a_session(
    store: Store, settings: Settings, clock: Clock, deleted: list[str], followed: bool, minutes: int, lives: bool
) -> None:
    session = filled(store)
    if followed:
        store.follow(session.id)
    clock.pass_(minutes * MINUTE)
    store.sweep()
    assert (len(store), len(files(settings.home))) == ((1, 1) if lives else (0, 0))
    assert deleted == ([] if lives else [session.id])
    if not lives:
        for use in (lambda: store.get(session.id), lambda: session.add_photo(Photo(picture())), session.new_folder):
            with pytest.raises(SessionGone):
                use()
        assert session.looks == ()


def test_idle_time_counts_from_the_last_follower_or_use(store: Store, clock: Clock) -> None:
    session = filled(store)
    store.follow(session.id)
    store.follow(session.id)  # a second tab
    clock.pass_(20 * MINUTE)
    store.unfollow(session.id)
    clock.pass_(20 * MINUTE)
    store.unfollow(session.id)
    clock.pass_(10 * MINUTE)
    assert store.sweep() == pytest.approx(5 * MINUTE)
    store.get(session.id)
    clock.pass_(6 * MINUTE)
    assert store.sweep() == pytest.approx(4 * MINUTE), "the hour is nearer now than the quarter of an hour"
    store.follow("unknown")
    store.unfollow(None)


def test_the_hour_begins_with_the_first_picture(store: Store, clock: Clock) -> None:
    session = store.open()
    store.follow(session.id)
    clock.pass_(100 * MINUTE)
    assert store.sweep() == float("inf") and len(store) == 1
    session.add_photo(Photo(picture()))
    clock.pass_(59 * MINUTE)
    store.sweep()
    assert len(store) == 1
    clock.pass_(2 * MINUTE)
    store.sweep()
    assert len(store) == 0


def test_delete_takes_less_than_a_second_while_a_job_writes(settings: Settings) -> None:
    jobs = Jobs(settings, encode=encode)
    store = Store(settings, on_delete=jobs.forget)
    session, other = store.open(), filled(store)
    for value in range(3):
        folder = session.new_folder()
        for number in range(50):
            (folder / f"{number}.bin").write_bytes(bytes(10_000))
        session.keep(finished(folder, value), folder)
    for _ in range(PHOTOS_KEPT):
        session.add_photo(Photo(picture(side=600)))
    stop = threading.Event()

    def work(folder: Path) -> Iterator[object]:
        number = 0
        while not stop.is_set():
            number += 1
            (folder / f"{number}.png").write_bytes(b"pixels")
            yield number

    handle = jobs.submit(work, session=session.id, folder=session.new_folder())  # type: ignore[arg-type]
    assert until(lambda: handle.view().state == "running")
    before = time.thread_time()  # of this thread alone: a crowded machine is no failure
    assert store.delete(session.id)
    assert time.thread_time() - before < 1
    assert handle.view().state == "stopped" and jobs.of(session.id) == ()
    assert not session.folder.exists()
    assert until(lambda: jobs.health().running == 0)
    assert len(files(settings.home)) == 1, "the other session's"
    assert store.get(other.id) is other
    assert not store.delete(session.id) and not store.delete(None)
    jobs.shutdown(1)
    store.close()


def test_results_of_a_job_are_kept_in_the_session(settings: Settings) -> None:
    jobs = Jobs(settings, encode=encode)
    store = Store(settings, on_delete=jobs.forget)
    session = store.open()
    folder = session.new_folder()
    handle = jobs.submit(quick(3), session=session.id, folder=folder, keep=lambda f: session.keep(f, folder))
    handle.join(LONG)
    (look,) = session.looks
    assert look.finished.image.read_bytes() == bytes([3])
    jobs.shutdown(1)
    store.close()


def test_a_session_deleted_just_before_the_end_keeps_nothing(settings: Settings) -> None:
    jobs = Jobs(settings, encode=encode)
    store = Store(settings)  # nobody tells the jobs
    session = store.open()
    work = Steps()
    folder = session.new_folder()
    handle = jobs.submit(work, session=session.id, folder=folder, keep=lambda f: session.keep(f, folder))
    assert work.began.wait(LONG)
    store.delete(session.id)
    work.let()
    assert handle.join(LONG).state == "failed"
    assert files(settings.home) == []
    jobs.shutdown(1)
    store.close()


def test_the_sweeper_does_it_by_itself_and_ends(settings: Settings) -> None:
    store = Store(Settings(home=settings.home, idle_minutes=0.5 / 60))
    filled(store)
    sweeper = store._sweeper
    assert sweeper is not None and sweeper.daemon
    assert until(lambda: len(store) == 0 and files(settings.home) == [])
    store.close()
    sweeper.join(LONG)
    assert not sweeper.is_alive()


def test_the_sweeper_sleeps(settings: Settings, clock: Clock) -> None:
    looks = 0

    class Counting(Store):
        def sweep(self) -> float | None:
            nonlocal looks
            looks += 1
            return super().sweep()

    store = Counting(settings, clock)
    filled(store)
    time.sleep(0.3)
    assert looks <= 3
    store.close()


def test_close_leaves_nothing(settings: Settings, deleted: list[str]) -> None:
    store = Store(settings, on_delete=deleted.append)
    sessions = [filled(store), filled(store)]
    store.close()
    assert list(settings.home.iterdir()) == []
    assert sorted(deleted) == sorted(s.id for s in sessions)
    store.close()


def test_nothing_is_logged_but_counts(settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store(settings, clock)
    session = filled(store)
    clock.pass_(3600)
    store.sweep()
    store.close()
    assert caplog.records
    for secret in (session.id, session.folder.name, str(settings.home)):
        assert secret not in caplog.text


CHILD = """
import sys, time
from pathlib import Path
from tryon.runtime.store import Store
from tryon.settings import Settings
store = Store(Settings(home=Path(sys.argv[1])))
folder = store.open().new_folder()
(folder / "look.png").write_bytes(b"pixels")
print("ready", flush=True)
time.sleep(60)
"""


def test_leftovers_of_a_killed_process_are_swept_and_a_live_ones_are_not(settings: Settings) -> None:
    root = Path(__file__).parents[2]
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(settings.home)], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for child in children:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
        assert len(files(settings.home)) == 2
        children[0].send_signal(signal.SIGKILL)
        children[0].wait(LONG)
        assert len(files(settings.home)) == 2
        store = Store(settings)
        (left,) = files(settings.home)
        assert f"run-{children[1].pid}-" in str(left)
        store.close()
    finally:
        for child in children:
            child.kill()
            child.wait()
            assert child.stdout is not None
            child.stdout.close()


def test_half_removed_and_half_made_folders_are_swept(settings: Settings) -> None:
    for name, age in (("gone-1", 0), ("new-old", 100), ("new-fresh", 0)):
        folder = settings.home / name
        folder.mkdir(parents=True)
        (folder / "look.png").write_bytes(b"pixels")
        os.utime(folder, (time.time() - age,) * 2)
    (settings.home / "somebody's file").write_bytes(b"")
    store = Store(settings)
    assert sorted(p.name for p in settings.home.iterdir() if p != store.root) == ["new-fresh", "somebody's file"]
    store.close()


MB = 1 << 20


def heavy(megabytes: int) -> Photo:
    return Photo(np.zeros((megabytes, 1 << 18, 4), np.uint8))


def look_of(session: Session, photo: Photo, person: Person) -> None:
    folder = session.new_folder()
    result = replace(
        finished(folder), look=Look(photo=photo, person=person, before=photo, mask=None, garments=(), category="top")
    )
    session.keep(result, folder)


def test_weight_counts_every_array_once(person: Person, tshirt: Garment) -> None:
    own = person.photo.pixels.nbytes + person.labels.nbytes + person.keypoints.nbytes
    own += person.parts.nbytes + person.depth.nbytes + person.outline.nbytes
    assert weigh(person) == weigh([person, (person, {"a": person.photo})]) == own
    assert weigh(heavy(3)) == 3 * MB
    assert weigh(heavy(3).pixels[0]) == 3 * MB, "a view keeps the whole alive"
    assert weigh((None, 1, "text", tshirt.landmarks)) == 0


def test_a_heavy_session_lets_go_of_its_oldest(settings: Settings, person: Person) -> None:
    store = Store(replace(settings, session_mb=100))
    session = store.open()
    ids = [session.add_photo(heavy(10)) for _ in range(3)]
    for _ in range(4):
        look_of(session, heavy(25), person)
    assert len(session.looks) == 2, "30 MB of photos and two looks"
    assert all(look.folder.exists() for look in session.looks)
    assert len(list(session.folder.iterdir())) == 2
    look_of(session, heavy(90), person)
    assert (len(session.looks), [session.has(id) for id in ids]) == (1, [False, True, True]), "what is in use stays"
    store.close()


def test_a_heavy_store_lets_go_of_sessions_that_nobody_follows(settings: Settings, clock: Clock) -> None:
    store = Store(replace(settings, store_mb=50), clock)
    sessions = []
    for _ in range(5):
        clock.pass_(1)
        session = store.open()
        sessions.append(session)
        if len(sessions) == 1:
            store.follow(session.id)
        session.add_photo(heavy(15))
    alive = []
    for session in sessions:
        try:
            alive.append(store.get(session.id) is session)
        except SessionGone:
            alive.append(False)
    assert alive == [True, False, False, True, True]
    store.close()
