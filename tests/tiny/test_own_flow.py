"""Every video model with a loop of its own through the product's one flow, on tiny real networks in the published
layout: photo, garment and sentence to an mp4."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.tiny.video.films import clip, fetch  # noqa: E402
from tests.tiny.video.orders import CARD, KINDS, OWN, PERSON, order, own_catalog  # noqa: E402
from tryon.events import Event, Failed, Finished, FrameReady, Preview, Progress, StageStarted  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.runtime.memory import name_of  # noqa: E402
from tryon.runtime.steps import Tap  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Machine, VideoSpec  # noqa: E402
from tryon.types import Given, Job, Look, Note, Person, Photo  # noqa: E402

GARMENT = draw_tshirt()
LOOK = Look(photo=PERSON.photo, person=PERSON, before=PERSON.photo, mask=None, garments=(GARMENT,), category="top")
# Calls of a denoiser in one step, where they are not two: with the words and without them.
PASSES = {"fashionflow": 1, "x2fashion": 1, "open-sora-2": 3, "open-sora-2-draft": 3}


@dataclass
class Take:
    """A job and what came of it."""

    job: Job
    events: list[Event]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def film(self) -> np.ndarray:
        """(f, h, w, 3)"""
        return np.stack([event.frame for event in self.of(FrameReady)])

    @property
    def finished(self) -> Finished:
        failed = self.of(Failed)
        assert not failed, failed
        done = self.events[-1]
        assert isinstance(done, Finished)
        return done


@dataclass(frozen=True)
class Studio:
    """The flow with all own models' published files in its folder."""

    pipeline: Pipeline
    folder: Path

    def film(self, name: str, given: Given | None = None, **changes: Any) -> Take:
        job = self.pipeline.plan(order(name, **changes))
        return Take(job, list(self.pipeline.run(job, self.folder, given or Given(look=LOOK))))

    def model(self, take: Take) -> Any:
        return self.pipeline.models.model("video", take.job.video, take.job.video_memory)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.fixture
def studio(root: Path, tmp_path: Path) -> Callable[..., Studio]:
    """`studio(name, machine)`: the flow with this model's files."""
    torch.set_num_threads(1)

    def made(name: str, machine: Machine = CARD) -> Studio:
        for weights in next(entry for entry in OWN if entry.spec.name == name).spec.weights:
            fetch(weights, root)
        settings = Settings(home=tmp_path / "home", weights=root, offline=True)
        pipeline = Pipeline(settings, own_catalog(), machine)
        pipeline.parse = seen  # type: ignore[method-assign]
        return Studio(pipeline, tmp_path)

    return made


def seen(photo: Photo) -> Person:
    """The drawn figure."""
    return replace(draw_person(photo.width, photo.height), photo=photo)


def spec_of(studio: Studio, name: str) -> VideoSpec:
    spec = studio.pipeline.catalog.get("video", name).spec
    assert isinstance(spec, VideoSpec)
    return spec


@pytest.mark.parametrize("name", [entry.spec.name for entry in OWN])
def test_photo_garment_and_sentence_become_a_film(name: str, studio: Callable[..., Studio]) -> None:
    """The garment is put on, the look moves, previews come before frames, the file holds every frame."""
    room = studio(name)
    take = room.film(name, Given(person=PERSON, garments=(GARMENT,)))
    spec, job, done = spec_of(room, name), take.job, take.finished
    assert job.video_memory is not None and name_of(job.video_memory) == "whole"
    assert [event.stage for event in take.of(StageStarted)][-3:] == ["transfer", "video", "encode"]
    assert (done.look.photo.pixels != PERSON.photo.pixels).any(), "the T-shirt is on"
    frames = take.of(FrameReady)
    assert [event.index for event in frames] == list(range(job.frames)) and job.frames == spec.frames[1]
    strips = [at for at, event in enumerate(take.events) if isinstance(event, Preview) and event.strip is not None]
    assert strips and max(strips) < take.events.index(frames[0]), "previews of the whole film come before its frames"
    shares = [event.fraction for event in take.of(Progress) if event.stage == "video"]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert done.video is not None
    film = iio.imread(done.video, plugin="FFMPEG")
    assert film.shape == (job.frames, job.height, job.width, 3) and film.std() > 5
    assert done.facts.video == name and done.facts.seed == 3


class Held:
    """Stands in the second step of a denoiser until the run is given up; counts the calls after that."""

    def __init__(self, denoiser: Any, passes: int, patch: pytest.MonkeyPatch) -> None:
        self.calls, self.passes = 0, passes
        self.reached, self.given_up = threading.Event(), threading.Event()
        right = Tap._close

        def close(tap: Tap) -> None:
            right(tap)
            if self.reached.is_set():
                self.given_up.set()

        patch.setattr(Tap, "_close", close)
        self.hook = denoiser.register_forward_pre_hook(self)

    def __call__(self, *unused: object) -> None:
        self.calls += 1
        if self.calls == self.passes + 1:
            self.reached.set()
            assert self.given_up.wait(60)


def denoiser(engine: Any) -> Any:
    """The network that a loaded model calls in every step."""
    if hasattr(engine, "networks"):
        return engine.networks.transformer
    return engine.system.unet if hasattr(engine.system, "unet") else engine.system.parts.unet


@pytest.mark.parametrize("name", KINDS)
def test_a_film_is_given_up_within_a_step_and_made_again(
    name: str, studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Stop only the step that is under way ends; nothing is left, and the same seed gives the same film."""
    room = studio(name)
    whole = room.film(name, steps=4)
    passes = PASSES.get(name, 2)
    with monkeypatch.context() as patch:
        held = Held(denoiser(room.model(whole).engine), passes, patch)
        events = room.pipeline.run(whole.job, room.folder, Given(look=LOOK))
        while not isinstance(next(events), Progress):
            pass
        assert held.reached.wait(60), "it never came to a second step"
        events.close()  # type: ignore[attr-defined]
        held.hook.remove()
    assert held.calls <= 2 * passes, "another step was begun"
    assert not [thread for thread in threading.enumerate() if thread.name == "steps"]
    again, other = room.film(name, steps=4), room.film(name, steps=4, seed=4)
    assert (again.film == whole.film).all() and again.finished.video is not None
    assert (other.film != whole.film).any()


# A card on which the model does not fit as a whole, and how it is held there. Full-size networks in the plan's 32 bits,
# which is what a machine without CUDA computes in.
SMALLER = (
    ("open-sora-2", 48, "model"),
    ("open-sora-2", 12, "group"),
    ("open-sora-2-draft", 12, "group"),
    ("step-video-ti2v", 48, "group"),
    ("stiv-xl", 6, "text"),
    ("stiv-m", 10, "group"),
    ("dynamicrafter-512", 8, "model"),
    ("videocrafter2", 8, "model"),
    ("fashionflow", 2, "model"),
    ("x2fashion", 2, "model"),
)


@pytest.mark.parametrize(("name", "gpu", "rung"), SMALLER)
def test_a_smaller_card_holds_it_otherwise(name: str, gpu: float, rung: str, studio: Callable[..., Studio]) -> None:
    """The plan follows the card, is told, and does not change the film."""
    take = studio(name, replace(CARD, gpu_gib=gpu)).film(name)
    assert take.job.video_memory is not None and take.job.video_memory.gpu_gib <= gpu
    assert name_of(take.job.video_memory) == rung
    assert f"memory_{rung}" in [event.code for event in take.of(Note)]
    assert np.array_equal(take.film, studio(name).film(name).film)


def test_a_clip_of_the_person_drives_x2fashion(studio: Callable[..., Studio]) -> None:
    """With a photo it walks; with a clip it moves as the person in the clip does."""
    room = studio("x2fashion")
    person = clip().people[0]
    assert person is not None
    look = replace(LOOK, photo=person.photo, person=person, before=person.photo)
    walking = room.film("x2fashion", Given(look=look))
    driven = room.film("x2fashion", Given(look=look, footage=clip()), person=clip().clip)
    assert walking.job.video == driven.job.video == "x2fashion"
    assert walking.film.shape == driven.film.shape and (walking.film != driven.film).any()
