"""The one flow, on small backends written for this test: order of events, re-entry, stopping, refusals."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person, draw_tshirt
from tryon.catalog import Catalog, Entry
from tryon.errors import NoPerson
from tryon.events import Event, Failed, Finished, FrameReady, Preview, StageDone, StageStarted
from tryon.notes import note
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.spec import Machine, ParserSpec, TransferSpec, VideoSpec
from tryon.types import Category, Dressed, Fitting, Garment, Given, Job, Look, Note, Person, Photo, Request, Scene

BASE = {"family": "f", "about": "a", "licence": "Apache-2.0", "commercial": True, "source": "here"}
DRAWN = draw_person()


class Rig:
    """Counts what was computed, so that skipped stages show."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.closed = False
        self.grey = False

    def catalog(self) -> Catalog:
        def entry(spec: Any, call: Any) -> Entry:
            return Entry(spec, lambda runtime: call)

        parser = ParserSpec(name="drawn", title="Drawn", **BASE)
        return Catalog(
            (
                entry(parser, self.parse),
                entry(replace(parser, kind="garment"), self.garment),
                entry(TransferSpec(name="paint", title="Paint", categories=("top",), **BASE), self.paint),
                entry(VideoSpec(name="blink", title="Blink", any_size=True, side=(32, 1920), **BASE), self.blink),
            )
        )

    def parse(self, photo: Photo) -> Person:
        self.calls.append("parse")
        if photo.pixels.std() < 2:
            raise NoPerson()
        return replace(DRAWN, photo=photo, notes=(note("person_cut", where="knees"),))

    def garment(self, photo: Photo, category: Category | None = None) -> Garment:
        self.calls.append("garment")
        return replace(draw_tshirt(), category=category or "top")

    def paint(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        self.calls.append("paint")
        assert fitting.mask is not None
        yield note("person_cut", where="knees")  # said before: must not be told twice
        pixels = np.full_like(fitting.person.photo.pixels, 200)
        return Dressed(pixels=pixels, alpha=fitting.mask, labels=fitting.person.labels)

    def blink(self, scene: Scene) -> Iterator[Event]:
        self.calls.append("blink")
        try:
            for index in range(scene.frames):
                frame = np.full((scene.height, scene.width, 3), 90, np.uint8)
                if not self.grey:
                    frame[: scene.height // 2] = (index * 9) % 255
                yield FrameReady(index, scene.frames, frame)
        finally:
            self.closed = True


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def pipeline(rig: Rig, settings: Settings, laptop: Machine) -> Pipeline:
    return Pipeline(settings, rig.catalog(), laptop)


def a_job(pipeline: Pipeline, **changes: Any) -> Job:
    request = Request(
        person=DRAWN.photo, garments=(draw_tshirt().photo,), consent=True, size=(96, 128), seconds=0.5, fps=16, seed=1
    )
    return pipeline.plan(replace(request, **changes))


def test_the_whole_way(pipeline: Pipeline, tmp_path: Path) -> None:
    events = list(pipeline.run(a_job(pipeline), tmp_path))
    stages = [e.stage for e in events if isinstance(e, StageStarted)]
    assert stages == ["photo", "parse", "garment", "mask", "transfer", "video", "encode"]
    assert [e.stage for e in events if isinstance(e, StageDone)] == stages
    kept = [e.stage for e in events if isinstance(e, Preview) and e.final]
    assert kept == ["photo", "parse", "garment", "mask", "transfer"]
    frames = [e for e in events if isinstance(e, FrameReady)]
    assert [f.index for f in frames] == list(range(8)) and frames[0].frame.shape == (128, 96, 3)
    assert [n.code for n in events if isinstance(n, Note)] == ["person_cut"]
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.image.exists() and last.video is not None and last.video.stat().st_size > 0
    assert last.facts.seed == 1 and last.facts.frames == 8 and last.facts.seconds > 0
    assert [n.code for n in last.notes] == ["person_cut"]


def test_pixels_outside_the_mask_are_the_photos_own(pipeline: Pipeline, tmp_path: Path) -> None:
    *_, last = pipeline.run(a_job(pipeline, still_only=True), tmp_path)
    assert isinstance(last, Finished) and last.video is None and last.look.mask is not None
    outside = last.look.mask == 0
    assert outside.any() and not outside.all()
    assert np.array_equal(last.look.photo.pixels[outside], DRAWN.photo.pixels[outside])
    assert (last.look.photo.pixels[last.look.mask == 255] == 200).all()


def test_the_same_job_gives_the_same_bytes(pipeline: Pipeline, tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        *_, last = pipeline.run(a_job(pipeline), tmp_path / name)
        assert isinstance(last, Finished) and last.video
        files.append((last.image.read_bytes(), last.video.read_bytes()))
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("known", "computed"),
    [
        (set(), ["parse", "garment", "paint", "blink"]),
        ({"person"}, ["garment", "paint", "blink"]),
        ({"person", "garments"}, ["paint", "blink"]),
        ({"look"}, ["blink"]),
    ],
)
def test_what_is_given_is_not_computed(
    known: set[str], computed: list[str], rig: Rig, pipeline: Pipeline, tmp_path: Path
) -> None:
    look = Look(photo=DRAWN.photo, person=DRAWN, before=DRAWN.photo, mask=None, garments=(), category="top")
    values = {"person": DRAWN, "garments": (draw_tshirt(),), "look": look}
    given = Given(**{name: values[name] for name in known})
    assert isinstance(list(pipeline.run(a_job(pipeline), tmp_path, given))[-1], Finished)
    analysed = len(computed) - sum(name in computed for name in ("paint", "blink"))
    assert sorted(rig.calls[:analysed]) == sorted(computed[:analysed])  # beside each other
    assert rig.calls[analysed:] == computed[analysed:]


def test_an_edited_mask_is_the_mask(pipeline: Pipeline, tmp_path: Path) -> None:
    mask = np.zeros_like(DRAWN.outline)
    mask[200:220, 150:230] = 255
    events = list(pipeline.run(a_job(pipeline, still_only=True), tmp_path, Given(mask=mask)))
    assert "mask_edited" in [e.code for e in events if isinstance(e, Note)]
    last = events[-1]
    assert isinstance(last, Finished)
    changed = (last.look.photo.pixels != DRAWN.photo.pixels).any(2)
    assert changed[205:215, 160:220].all() and not changed[mask == 0].any()


def test_person_and_garment_are_analysed_beside_each_other(
    rig: Rig, pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=60)  # breaks where one analysis waits for the end of the other
    parse, garment = pipeline.parse, pipeline.garment

    def met(call: Any) -> Any:
        return lambda *given: (both.wait(), call(*given))[1]

    monkeypatch.setattr(pipeline, "parse", met(parse))
    monkeypatch.setattr(pipeline, "garment", met(garment))
    assert isinstance(list(pipeline.run(a_job(pipeline, still_only=True), tmp_path))[-1], Finished)
    assert not both.broken


def test_two_garments_go_on_one_after_the_other(rig: Rig, pipeline: Pipeline, tmp_path: Path) -> None:
    job = a_job(pipeline, garments=(draw_tshirt().photo, draw_tshirt((20, 40, 200)).photo), still_only=True)
    events = list(pipeline.run(job, tmp_path))
    assert sorted(rig.calls[:3]) == ["garment", "garment", "parse"] and rig.calls[3:] == ["paint", "paint"]
    last = events[-1]
    assert isinstance(last, Finished) and len(last.look.garments) == 2
    assert last.look.before is job.person


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"person": Photo(np.full((512, 384, 3), 128, np.uint8))}, "no_person", "person"),
        ({"category": "dress"}, "category_mismatch", "transfer"),
    ],
)
def test_refusals_are_events(
    changes: dict[str, Any], code: str, field: str, pipeline: Pipeline, tmp_path: Path
) -> None:
    last = list(pipeline.run(a_job(pipeline, **changes), tmp_path))[-1]
    assert isinstance(last, Failed) and (last.code, last.field) == (code, field)
    assert "{" not in last.text
    assert not list(tmp_path.iterdir())


def test_an_empty_film_is_refused(rig: Rig, pipeline: Pipeline, tmp_path: Path) -> None:
    rig.grey = True
    last = list(pipeline.run(a_job(pipeline, label=False), tmp_path))[-1]
    assert isinstance(last, Failed) and last.code == "empty_result" and "Blink" in last.text
    assert not (tmp_path / "video.mp4").exists()


def test_closing_stops_everything_and_leaves_no_half_film(rig: Rig, pipeline: Pipeline, tmp_path: Path) -> None:
    events = pipeline.run(a_job(pipeline), tmp_path)
    for event in events:
        if isinstance(event, FrameReady) and event.index == 2:
            break
    events.close()  # type: ignore[attr-defined]
    assert rig.closed
    assert not [p for p in tmp_path.iterdir() if p.suffix != ".png"]


def test_the_next_run_is_like_the_first_after_a_crash(rig: Rig, pipeline: Pipeline, tmp_path: Path) -> None:
    def broken(photo: Photo) -> Person:
        raise RuntimeError("a bug")

    key, spec = ("parser", "drawn"), pipeline.catalog.get("parser", "drawn").spec
    pipeline.models.shelf.put(key, broken, None, spec)
    with pytest.raises(RuntimeError):
        list(pipeline.run(a_job(pipeline), tmp_path))
    pipeline.models.shelf.put(key, rig.parse, None, spec)
    assert isinstance(list(pipeline.run(a_job(pipeline), tmp_path))[-1], Finished)


def test_only_jobs_of_gpu_models_take_a_zero_gpu_card(
    rig: Rig, settings: Settings, workstation: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    stand_in = ModuleType("spaces")

    def on_card(duration: Any) -> Any:
        def wrap(function: Any) -> Any:
            def call(*args: Any) -> Iterator[Event]:
                asked.append(duration(*args))
                yield from function(*args)

            return call

        return wrap

    stand_in.GPU = on_card  # type: ignore[attr-defined]
    stand_in.__spec__ = ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", stand_in)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    catalog = rig.catalog()
    heavy = replace(catalog.get("transfer", "paint").spec, name="heavy", gpu_gib=10.0, rank=200)
    both = Catalog((*catalog.entries, Entry(heavy, lambda runtime: rig.paint)))
    pipeline = Pipeline(settings, both, workstation)
    assert isinstance(list(pipeline.run(a_job(pipeline, still_only=True), tmp_path))[-1], Finished)
    assert asked == []
    job = a_job(pipeline, still_only=True, transfer="heavy")
    assert isinstance(list(pipeline.run(job, tmp_path))[-1], Finished)
    assert len(asked) == 1 and 15 <= asked[0] <= 300
