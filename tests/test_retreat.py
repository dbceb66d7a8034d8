"""A job that runs out of memory goes down the ladder by itself, tells it, and never takes the app with it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person, draw_tshirt
from tryon import loader
from tryon.catalog import Catalog, Entry
from tryon.errors import TooMuchFor
from tryon.events import Event, Failed, Finished, FrameReady
from tryon.media.provenance import read_facts
from tryon.pipeline import Pipeline
from tryon.retreat import smaller
from tryon.runtime.memory import name_of
from tryon.runtime.steps import as_steps
from tryon.settings import Settings
from tryon.spec import Component, Footprint, Machine, ParserSpec, Peak, Runtime, TransferSpec, VideoSpec
from tryon.types import Clip, ClipFitting, Dressed, Fitting, Footage, Given, Job, MemoryPlan, Note, Request, Scene

BASE: dict[str, Any] = {"family": "f", "about": "a", "licence": "Apache-2.0", "commercial": True, "source": "here"}
PARTS = Footprint(
    components=(Component("net", "denoiser", 5 * 10**9), Component("text", "text", 4 * 10**9),
                Component("vae", "vae", 10**8)),
    denoise=Peak(volume=0.05), decode=Peak(megapixel=10.0), tiled=Peak(fixed=1.0),
)  # fmt: skip
GIANT = VideoSpec(
    name="giant", title="Giant", footprint=PARTS, stride=16, frame_rule=(4, 1), frames=(5, 81), fps=(16, 16, 16),
    native_fps=16, sizes=((480, 640), (720, 1280)), rank=1, **BASE,
)  # fmt: skip
PLAIN = VideoSpec(name="plain", title="Plain", any_size=True, rank=9, **BASE)
CARD = Machine(device="cuda", name="a card", gpu_gib=48, ram_gib=64, cores=2, torch=True)
PERSON, SHIRT = draw_person(), draw_tshirt()


class OutOfMemoryError(RuntimeError):
    """As torch names its own."""


class Rig:
    """A video model and a try-on model that run out of memory until `enough` says otherwise."""

    def __init__(
        self, enough: Callable[[Runtime, Scene], bool], worn: Callable[[Runtime], bool] = lambda _: True
    ) -> None:
        self.enough, self.worn = enough, worn
        self.tried: list[tuple[str, int, int, int]] = []
        self.loaded: list[str] = []
        self.late = False

    def catalog(self) -> Catalog:
        parser = ParserSpec(name="drawn", title="Drawn", **BASE)
        paint = TransferSpec(name="paint", title="Paint", footprint=replace(PARTS, decode=Peak(megapixel=1.0)), **BASE)
        return Catalog(
            (
                Entry(parser, lambda runtime: lambda photo: replace(PERSON, photo=photo)),
                Entry(replace(parser, kind="garment"), lambda runtime: lambda photo, category=None: SHIRT),
                Entry(paint, self.load_paint),
                Entry(GIANT, self.load_giant),
                Entry(PLAIN, lambda runtime: self.plain),
            )
        )

    def load_paint(self, runtime: Runtime) -> Any:
        def paint(fitting: Fitting) -> Generator[Event, None, Dressed]:
            if not self.worn(runtime):
                raise OutOfMemoryError("CUDA out of memory")
            yield from ()
            pixels = np.full_like(fitting.person.photo.pixels, 200)
            return Dressed(pixels=pixels, alpha=np.full(pixels.shape[:2], 255, np.uint8), labels=fitting.person.labels)

        return paint

    def load_giant(self, runtime: Runtime) -> Any:
        self.loaded.append(name_of(runtime.memory))

        def film(scene: Scene) -> Iterator[Event]:
            self.tried.append((name_of(runtime.memory), scene.width, scene.height, scene.frames))

            def call(tap: Callable[[Event], None]) -> None:
                enough = self.enough(runtime, scene)
                for index in range(scene.frames if enough or self.late else 0):
                    if self.late and not enough and index == 3:
                        break
                    tap(FrameReady(index, scene.frames, picture(scene, index)))
                if not enough:
                    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

            def cleanup() -> None:
                if not self.enough(runtime, scene):
                    raise OutOfMemoryError("also in the clean-up")

            yield from as_steps(call, cleanup=cleanup)

        return film

    def plain(self, scene: Scene) -> Iterator[Event]:
        self.tried.append(("plain", scene.width, scene.height, scene.frames))
        for index in range(scene.frames):
            yield FrameReady(index, scene.frames, picture(scene, index))


def picture(scene: Scene, index: int) -> np.ndarray:
    frame = np.full((scene.height, scene.width, 3), 90, np.uint8)
    frame[: scene.height // 2] = index * 9 % 255
    return frame


def run(rig: Rig, settings: Settings, folder: Path, machine: Machine = CARD, **changes: Any) -> tuple[list[Event], Job]:
    pipeline = Pipeline(settings, rig.catalog(), machine)
    values = {"person": PERSON.photo, "garments": (SHIRT.photo,), "video": "giant", "seconds": 3.0, "consent": True}
    job = pipeline.plan(Request(**{**values, **changes}))  # type: ignore[arg-type]
    return list(pipeline.run(job, folder, Given(person=PERSON, garments=(SHIRT,)))), job


def notes_of(events: list[Event]) -> list[str]:
    return [event.code for event in events if isinstance(event, Note)]


def test_enough_memory_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    rig = Rig(lambda runtime, scene: True)
    events, job = run(rig, settings, tmp_path)
    assert rig.loaded == ["whole"] and isinstance(events[-1], Finished)
    assert not [code for code in notes_of(events) if code.startswith(("memory", "film"))]
    assert events[-1].facts.frames == job.frames


def test_the_model_goes_on_in_a_smaller_form(settings: Settings, tmp_path: Path) -> None:
    rig = Rig(lambda runtime, scene: runtime.memory.offload == "group")
    events, job = run(rig, settings, tmp_path)
    done = events[-1]
    assert isinstance(done, Finished) and done.facts.frames == job.frames
    assert rig.loaded[0] == "whole" and rig.loaded[-1] == "group" and len(rig.loaded) >= 3
    assert {"memory_step", "memory_group"} <= set(notes_of(events))
    assert {"memory_step", "memory_group"} <= {said.code for said in done.notes}
    assert len([event for event in events if isinstance(event, FrameReady)]) == job.frames


def test_then_less_of_a_film_then_the_built_in_model(settings: Settings, tmp_path: Path) -> None:
    rig = Rig(lambda runtime, scene: False)
    events, job = run(rig, settings, tmp_path, size=(720, 1280))
    done = events[-1]
    assert isinstance(done, Finished) and done.facts.video == "plain"
    codes = notes_of(events)
    order = ["memory_step", "film_shorter", "film_smaller", "film_built_in"]
    assert [code for code in dict.fromkeys(codes) if code in order] == order
    frames = [frames for _, _, _, frames in rig.tried]
    assert frames[0] == job.frames and min(frames) < job.frames
    assert {(720, 1280), (480, 640)} <= {(width, height) for _, width, height, _ in rig.tried}
    assert done.video is not None and done.video.stat().st_size > 0


def test_a_shorter_film_is_told_in_the_facts(settings: Settings, tmp_path: Path) -> None:
    rig = Rig(lambda runtime, scene: scene.frames < 30)
    events, job = run(rig, settings, tmp_path)
    done = events[-1]
    assert isinstance(done, Finished) and done.facts.frames == 25 < job.frames == 49


def test_running_out_in_the_middle_starts_the_film_again(settings: Settings, tmp_path: Path) -> None:
    rig = Rig(lambda runtime, scene: runtime.memory.offload != "none")
    rig.late = True
    events, job = run(rig, settings, tmp_path)
    done = events[-1]
    assert isinstance(done, Finished)
    indices = [event.index for event in events if isinstance(event, FrameReady)]
    assert indices[-job.frames :] == list(range(job.frames)) and len(indices) > job.frames


def test_what_others_hold_of_the_card_is_seen_before_loading(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form whose weights and values do not fit into what is free is not even read."""
    monkeypatch.setattr(loader, "free_gib", lambda device: 12.0)
    rig = Rig(lambda runtime, scene: True)
    events, job = run(rig, settings, tmp_path)
    assert job.video_memory is not None and name_of(job.video_memory) == "whole"
    assert rig.loaded == ["model"] and "memory_step" in notes_of(events)
    assert isinstance(events[-1], Finished) and events[-1].facts.frames == job.frames


def test_dressing_has_the_ladder_too(settings: Settings, tmp_path: Path) -> None:
    rig = Rig(lambda runtime, scene: True, worn=lambda runtime: runtime.memory.offload == "model")
    events, _ = run(rig, settings, tmp_path, still_only=True)
    assert isinstance(events[-1], Finished) and "memory_model" in notes_of(events)
    hopeless = Rig(lambda runtime, scene: True, worn=lambda runtime: False)
    events, _ = run(hopeless, settings, tmp_path, still_only=True)
    assert isinstance(events[-1], Failed) and events[-1].code == "out_of_memory"


class Painter:
    """Paints one picture or several at once, and says how often it did which."""

    def __init__(self, room_for_all: bool) -> None:
        self.room_for_all = room_for_all
        self.calls: list[tuple[int, ...]] = []

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        self.calls.append((fitting.seed,))
        yield from ()
        return self.painted(fitting, fitting.seed)

    def several(self, fitting: Fitting, seeds: tuple[int, ...]) -> Generator[Event, None, list[Dressed]]:
        self.calls.append(seeds)
        yield from ()
        if not self.room_for_all:
            raise OutOfMemoryError("CUDA out of memory")
        return [self.painted(fitting, seed) for seed in seeds]

    @staticmethod
    def painted(fitting: Fitting, seed: int) -> Dressed:
        pixels = np.full_like(fitting.person.photo.pixels, 200 - 10 * (seed % 10))
        return Dressed(pixels=pixels, alpha=np.full(pixels.shape[:2], 255, np.uint8), labels=fitting.person.labels)


@pytest.mark.parametrize(
    ("card", "together", "room", "calls"),
    [
        (48, True, True, [(5, 6, 7)]),
        (48, True, False, [(5, 6, 7), (5,), (6,), (7,)]),  # out of memory: one after the other, in the same form
        (48, False, True, [(5,), (6,), (7,)]),
        (20, True, True, [(5,), (6,), (7,)]),  # room for one whole, not for three
        (0, True, True, [(5,), (6,), (7,)]),  # nothing to gain without a card
    ],
)
def test_several_tries_at_once(
    card: float, together: bool, room: bool, calls: list[Any], settings: Settings, tmp_path: Path
) -> None:
    painter = Painter(room)
    plain = Rig(lambda runtime, scene: True).catalog()
    spec = TransferSpec(
        name="painter", title="Painter", samples=4, rank=1, sizes=((1000, 1000),),
        footprint=replace(PARTS, decode=Peak(megapixel=1.0), tiled=None), **BASE,
    )  # fmt: skip
    forms: list[str] = []
    entry = Entry(spec, lambda runtime: forms.append(name_of(runtime.memory)) or painter)  # type: ignore[func-returns-value]
    machine = replace(CARD, gpu_gib=card)
    if not card:
        entry = replace(entry, spec=replace(spec, footprint=None))
    pipeline = Pipeline(replace(settings, together=together), Catalog((entry, *plain.entries)), machine)
    job = pipeline.plan(
        Request(person=PERSON.photo, garments=(SHIRT.photo,), transfer="painter", samples=3, seed=5, still_only=True,
                consent=True)
    )  # fmt: skip
    done = list(pipeline.run(job, tmp_path, Given(person=PERSON, garments=(SHIRT,))))[-1]
    assert isinstance(done, Finished) and "best_of" in {said.code for said in done.notes}
    assert painter.calls == calls and len(forms) == 1 and forms[0] == "whole"


class Tailor:
    """Dresses stills, and clips frame by frame until frame 3, where it runs out of memory unless `enough`."""

    def __init__(self, enough: bool, value: int = 200) -> None:
        self.enough, self.value = enough, value

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        yield from ()
        return self.painted(fitting.person.photo.pixels)

    def dress_clip(self, task: ClipFitting) -> Iterator[Event | Dressed]:
        for index, frame in enumerate(task.footage.clip.frames):
            if index == 3 and not self.enough:
                raise OutOfMemoryError("CUDA out of memory")
            yield self.painted(frame)

    def painted(self, pixels: Any) -> Dressed:
        return Dressed(
            pixels=np.full_like(pixels, self.value),
            alpha=np.full(pixels.shape[:2], 255, np.uint8),
            labels=PERSON.labels,
        )


def dressed_clip(
    worn: Callable[[Runtime], bool], settings: Settings, folder: Path, *, built_in: bool = True
) -> tuple[list[Event], list[str]]:
    """The events of a clip of 6 frames, dressed, and the forms in which the large model was loaded."""
    forms: list[str] = []

    def load(runtime: Runtime) -> Tailor:
        forms.append(name_of(runtime.memory))
        return Tailor(worn(runtime))

    plain = Rig(lambda runtime, scene: True).catalog()
    large = TransferSpec(name="large", title="Large", footprint=PARTS, clips=True, rank=1, **BASE)
    small = TransferSpec(name="small", title="Small", clips=True, rank=9, **BASE)
    entries = [Entry(large, load), *plain.entries]
    entries += [Entry(small, lambda runtime: Tailor(True, 90))] if built_in else []
    pipeline = Pipeline(settings, Catalog(tuple(entries)), CARD)
    frames = np.stack([np.roll(PERSON.photo.pixels, index, axis=1) for index in range(6)])
    clip = Clip(frames, 12.0)
    footage = Footage(clip=clip, at=(0, 5), people=(PERSON, PERSON), key=0)
    job = pipeline.plan(Request(person=clip, garments=(SHIRT.photo,), transfer="large", consent=True, label=False))
    assert job.clip
    return list(pipeline.run(job, folder, Given(person=PERSON, garments=(SHIRT,), footage=footage))), forms


def test_a_clip_is_dressed_in_a_smaller_form(settings: Settings, tmp_path: Path) -> None:
    events, forms = dressed_clip(lambda runtime: runtime.memory.offload == "model", settings, tmp_path)
    done = events[-1]
    assert isinstance(done, Finished) and done.facts.transfer == "large" and done.facts.frames == 6
    assert forms[0] == "whole" and forms[-1] == "model"
    assert {"memory_step", "memory_model"} <= {said.code for said in done.notes}
    frames = [event.index for event in events if isinstance(event, FrameReady)]
    assert frames == [0, 1, 2] * (len(frames) // 3 - 2) + list(range(6)), "it begins again from frame 0"


def test_then_by_the_built_in_model(settings: Settings, tmp_path: Path) -> None:
    events, forms = dressed_clip(lambda runtime: False, settings, tmp_path)
    done = events[-1]
    assert isinstance(done, Finished) and len(forms) > 3
    assert (done.facts.transfer, done.facts.video) == ("large", "small"), "the still is the large model's"
    assert done.video is not None
    written = read_facts(done.video)
    assert (written["transfer"], written["video"]) == ("large", "small")
    assert notes_of(events)[-1] == "film_built_in" and done.video is not None and done.video.stat().st_size > 0
    last = [event.frame for event in events if isinstance(event, FrameReady)][-6:]
    assert all((frame[len(frame) // 2, frame.shape[1] // 2] == 90).all() for frame in last)


def test_a_clip_that_nothing_can_dress_is_an_error_with_a_sentence(settings: Settings, tmp_path: Path) -> None:
    events, _ = dressed_clip(lambda runtime: False, settings, tmp_path, built_in=False)
    assert isinstance(events[-1], Failed) and events[-1].code == "out_of_memory"


def test_other_errors_are_not_taken_for_it(settings: Settings, tmp_path: Path) -> None:
    def broken(runtime: Runtime, scene: Scene) -> bool:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        run(Rig(broken), settings, tmp_path)


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("card", [8, 12, 16, 24, 48, 80, 141])
def test_the_ladder_ends_on_every_card(card: int, int8: bool, settings: Settings) -> None:
    machine = replace(CARD, gpu_gib=card, int8=int8)
    pipeline = Pipeline(settings, Rig(lambda runtime, scene: True).catalog(), machine)
    job = pipeline.plan(
        Request(person=PERSON.photo, garments=(SHIRT.photo,), video="giant", size=(480, 640), consent=True)
    )
    seen = [job]
    while (found := smaller(seen[-1], pipeline.catalog, machine)) is not None:
        seen.append(found[0])
        assert found[1], "every step is told"
    assert seen[-1].video == "plain" and len(seen) < 20
    assert len({(j.video, j.width, j.height, j.frames, j.video_memory) for j in seen}) == len(seen)


def test_a_film_that_cannot_fit_is_refused_with_what_can(settings: Settings) -> None:
    pipeline = Pipeline(settings, Rig(lambda runtime, scene: True).catalog(), replace(CARD, gpu_gib=5.4))
    words: dict[str, Any] = {"person": PERSON.photo, "garments": (SHIRT.photo,), "video": "giant", "consent": True}
    with pytest.raises(TooMuchFor, match="480 x 640"):
        pipeline.plan(Request(**words, size=(720, 1280), seconds=5.0))
    assert pipeline.plan(Request(**words, size=(480, 640), seconds=1.0)).video_memory is not None


def test_a_size_that_nobody_asked_for_is_one_that_fits(settings: Settings) -> None:
    pipeline = Pipeline(settings, Rig(lambda runtime, scene: True).catalog(), replace(CARD, gpu_gib=5.4))
    tall = replace(PERSON.photo, pixels=np.zeros((1280, 720, 3), np.uint8))
    words: dict[str, Any] = {"garments": (SHIRT.photo,), "video": "giant", "seconds": 5.0, "consent": True}
    job = pipeline.plan(Request(person=tall, **words))
    assert (job.width, job.height) == (480, 640)
    assert "size_fits" in [said.code for said in job.notes]


def test_a_plan_is_part_of_the_job(settings: Settings) -> None:
    catalog = Rig(lambda runtime, scene: True).catalog()
    words: dict[str, Any] = {"person": PERSON.photo, "garments": (SHIRT.photo,), "video": "giant", "consent": True}
    job = Pipeline(settings, catalog, replace(CARD, gpu_gib=12)).plan(Request(**words))
    assert isinstance(job.video_memory, MemoryPlan) and name_of(job.video_memory) != "whole"
    assert any(said.code.startswith("memory_") for said in job.notes)
