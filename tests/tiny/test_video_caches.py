"""Work left out between steps: for whom it is offered, that it is left out, and that nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.tiny.video.films import FAMILIES, PIPELINES, kind, look, named, opened, scene, shot, small  # noqa: E402
from tests.tiny.video.hub import write_repositories  # noqa: E402
from tryon.catalog import Catalog, Entry, build_catalog  # noqa: E402
from tryon.errors import BadNumber, NoCache, OrderError  # noqa: E402
from tryon.events import Finished, FrameReady, Progress  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.plan import plan  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Machine, VideoSpec  # noqa: E402
from tryon.types import Given, Job, MemoryPlan, Request  # noqa: E402
from tryon.video.diffusion.caching import AMOUNTS, Cache, cached, can, offered  # noqa: E402

STEPS = 7
MUCH = {"first-block": "first-block:10", "taylor": "taylor:3"}
NOTHING = {"first-block": "first-block:0", "taylor": "taylor:1"}
ENTRIES = [entry for entry in FAMILIES if entry in PIPELINES]
DENOISERS = {
    entry.spec.name: [part.name for part in entry.spec.footprint.components if part.role == "denoiser"]  # type: ignore[union-attr]
    for entry in ENTRIES
}
# One of each pipeline; not those that always take their few steps, of which nothing is left out.
RUN = {
    (entry.load.__module__, len(DENOISERS[entry.spec.name])): entry
    for entry in ENTRIES
    if entry.spec.steps[1] >= STEPS  # type: ignore[union-attr]
}.values()
OFFERED = [(entry, name) for entry in RUN for name in offered(entry.spec, entry.load)]  # type: ignore[arg-type]
every = pytest.mark.parametrize(("entry", "name"), OFFERED, ids=lambda one: one if isinstance(one, str) else named(one))


@dataclass
class Film:
    entry: Entry
    model: Any

    @cached_property
    def plain(self) -> np.ndarray:
        return self.shot()

    @cached_property
    def first_call(self) -> tuple[Any, dict[str, Any]]:
        """What the first denoiser is called with in a film's first step."""
        calls: list[tuple[Any, dict[str, Any]]] = []
        hook = self.denoisers[0].register_forward_pre_hook(lambda _, a, k: calls.append((a, k)), with_kwargs=True)
        steps = self.model(asked(self.entry))
        try:
            while not calls:
                next(steps)
        finally:
            steps.close()
            hook.remove()
        return calls[0]

    @property
    def denoisers(self) -> list[Any]:
        return [getattr(self.model.engine.pipeline, name) for name in DENOISERS[self.entry.spec.name]]

    def shot(self, cache: str = "") -> np.ndarray:
        return shot(self.model(asked(self.entry, cache=cache))).film


def asked(entry: Entry, **changes: Any) -> Any:
    return scene(small(entry.spec), steps=STEPS, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Entry], Film]:
    torch.set_num_threads(1)
    root, made = tmp_path_factory.mktemp("hub"), {}

    def get(entry: Entry) -> Film:
        if entry.spec.name not in made:
            made[entry.spec.name] = Film(entry, opened(entry, root))
        return made[entry.spec.name]

    return get


@contextmanager
def counted(models: list[Any]) -> Iterator[list[int]]:
    """How often each model's last block computes."""
    counts = [0] * len(models)
    hooks = []
    for index, model in enumerate(models):
        blocks = [block for name, block in model.named_modules() if name.split(".")[0].endswith("blocks")]
        linear = [part for part in blocks if isinstance(part, torch.nn.Linear)][-1]

        def count(*_: Any, index: int = index) -> None:
            counts[index] += 1

        hooks.append(linear.register_forward_hook(count))
    try:
        yield counts
    finally:
        for hook in hooks:
            hook.remove()


@pytest.mark.parametrize("name", AMOUNTS)
@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_offered_is_what_works(entry: Entry, name: str, films: Callable[[Entry], Film]) -> None:
    """Where nothing changes from step to step, what is taken from the last step is what would have been computed. It
    is where a cache is offered; where it is not, diffusers fails or errs (by 40 % for VACE)."""
    film = films(entry)
    assert offered(entry.spec, entry.load) == tuple(  # type: ignore[arg-type]
        one for one in AMOUNTS if all(can(type(model), one) for model in film.denoisers)
    ), "the pipeline's annotations are its networks' classes"
    model = film.denoisers[0]
    if not hasattr(model, "enable_cache"):
        assert not can(type(model), name)
        with pytest.raises(ValueError, match="cannot do"):
            film.shot(name)
        return
    args, words = film.first_call
    with torch.no_grad(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("tryon.video.diffusion.caching.can", lambda *_: True)
        expected, cache = output(model(*args, **words)), Cache.read(MUCH[name])
        try:
            pipe, first = film.model.engine.pipeline, DENOISERS[entry.spec.name][:1]
            with cached(pipe, first, cache, 99) as stepped, counted([model]) as counts:
                for _ in range(STEPS):
                    found = output(model(*args, **words))
                    stepped()
            right = bool(counts[0] < STEPS and (found - expected).abs().max() < 1e-4 * expected.abs().max())
        except ValueError:
            right = False
    assert right is (name in offered(entry.spec, entry.load))  # type: ignore[arg-type]


def output(given: Any) -> Any:
    return given[0] if isinstance(given, tuple) else given.sample


@every
def test_leaves_out_what_it_may_and_keeps_nothing(entry: Entry, name: str, films: Callable[[Entry], Film]) -> None:
    """An amount of nothing changes nothing. Else blocks are left out, and the same seed gives the same film: again,
    after a run that was broken off, and without the cache as before."""
    film = films(entry)
    plain = film.plain
    with counted(film.denoisers) as counts:
        assert (film.shot(NOTHING[name]) == plain).all()
        whole = sum(counts)
    with counted(film.denoisers) as counts:
        quick = film.shot(MUCH[name])
    # Two experts share the steps: none has enough of them to leave one out by their number.
    few = len(film.denoisers) > 1 and name == "taylor"
    assert 0 < sum(counts) <= whole and (few or (sum(counts) < whole and (quick != plain).any()))
    events, steps = film.model(asked(entry, cache=MUCH[name])), 0
    for event in events:
        steps += isinstance(event, Progress)
        if steps == 3:
            break
    events.close()
    assert (film.shot(MUCH[name]) == quick).all()
    assert (film.shot() == plain).all()


def test_halves_of_guidance_are_kept_apart(films: Callable[[Entry], Film]) -> None:
    """Two calls a step by a pipeline that does not say which is which: each is computed once."""
    film = films(next(entry for entry in ENTRIES if entry.spec.name == "wan21-t2v-1.3b"))
    with counted(film.denoisers) as counts:
        film.shot("first-block:10")
    assert counts == [2]


def test_sections_of_a_film_begin_anew(tmp_path: Path) -> None:
    """FramePack films section by section: in each the first steps are computed."""
    entry = next(entry for entry in ENTRIES if entry.spec.name == "framepack-f1")
    film = opened(entry, tmp_path)
    spec = replace(small(entry.spec), frames=(37, 73))  # type: ignore[arg-type]
    model = replace(film, runtime=replace(film.runtime, spec=spec))
    for sections in (1, 2):
        with counted([model.engine.pipeline.transformer]) as counts:
            shot(model(scene(spec, steps=STEPS, cache="first-block:10", frames=1 + 36 * sections)))
        assert counts == [sections]


@pytest.mark.parametrize("plan", [MemoryPlan(offload="group"), MemoryPlan(text="freed")])
@pytest.mark.parametrize("name", AMOUNTS)
def test_where_weights_wait_does_not_matter(name: str, plan: MemoryPlan, tmp_path: Path) -> None:
    entry = next(entry for entry in ENTRIES if entry.spec.name == "wan22-ti2v-5b")
    whole, waiting = (
        shot(opened(entry, tmp_path, one)(asked(entry, cache=MUCH[name]))).film for one in (MemoryPlan(), plan)
    )
    assert (whole == waiting).all()


def test_kinds_of_networks_have_the_caches_of_their_kind() -> None:
    """Nothing here is a list: whatever joins the catalogue is asked for its classes."""
    for entry in build_catalog().of("video"):
        assert isinstance(entry.spec, VideoSpec)
        if entry not in PIPELINES:
            assert offered(entry.spec, entry.load) == ()
        else:
            first = next(one for one in ENTRIES if kind(one) == kind(entry))
            assert offered(entry.spec, entry.load) == offered(first.spec, first.load)  # type: ignore[arg-type]


CARD = Machine(device="cuda", name="a card", gpu_gib=80, ram_gib=256, cores=2, torch=True)


def planned(settings: Settings, video: str, **changes: Any) -> Job:
    catalog = build_catalog()
    request = Request(
        person=draw_person().photo, garments=(draw_tshirt().photo,), transfer="warp", video=video, consent=True
    )
    return plan(replace(request, **changes), catalog, CARD, settings)


@pytest.mark.parametrize(
    ("video", "changes", "usual", "cache"),
    [
        ("wan22-ti2v-5b", {}, "", ""),
        ("wan22-ti2v-5b", {"cache": "first-block"}, "", "first-block:0.08"),
        ("wan22-ti2v-5b", {"cache": "taylor:4"}, "", "taylor:4"),
        ("wan22-ti2v-5b", {}, "taylor", "taylor:3"),
        ("wan22-ti2v-5b", {"cache": ""}, "taylor", ""),
        ("wan22-ti2v-5b", {"still_only": True, "cache": "first-block"}, "", ""),
        # The usual one is taken where the model has it, and is no reason to refuse a film elsewhere.
        ("wan21-vace-1.3b", {}, "first-block", ""),
        ("wan22-ti2v-5b-fast", {}, "taylor", ""),
        ("motion", {}, "taylor", ""),
        ("wan22-ti2v-5b", {}, "nonsense", ""),
    ],
)
def test_what_is_settled(video: str, changes: dict[str, Any], usual: str, cache: str, settings: Settings) -> None:
    assert planned(replace(settings, cache=usual), video, **changes).cache == cache


@pytest.mark.parametrize(
    ("video", "changes", "error", "text"),
    [
        ("wan21-vace-1.3b", {"cache": "first-block"}, NoCache, "It has: taylor"),
        ("svd-xt-1-1", {"cache": "taylor"}, NoCache, "no cache called taylor for a film of 25 steps. It has: none"),
        ("wan22-ti2v-5b", {"cache": "taylor", "steps": 10}, NoCache, "10 steps. It has: none"),
        ("wan22-ti2v-5b", {"cache": "tea"}, NoCache, "called tea .* It has: first-block, taylor"),
        ("wan22-ti2v-5b", {"cache": "taylor:x"}, NoCache, "called taylor:x"),
        ("wan22-ti2v-5b", {"cache": ["taylor"]}, NoCache, "It has"),
        ("motion", {"cache": "taylor"}, NoCache, "It has: none"),
        ("stiv-xl", {"cache": "taylor"}, NoCache, "It has: none"),
        ("wan22-ti2v-5b", {"cache": "first-block:2"}, BadNumber, "between 0 and 1, not 2"),
        ("wan22-ti2v-5b", {"cache": "taylor:nan"}, BadNumber, "between 1 and 10"),
    ],
)
def test_what_is_refused(
    video: str, changes: dict[str, Any], error: type[OrderError], text: str, settings: Settings
) -> None:
    """Before anything is loaded, by one sentence."""
    with pytest.raises(error, match=text):
        planned(settings, video, **changes)


def test_an_order_reaches_the_film(tmp_path: Path, settings: Settings) -> None:
    """From the order to the file: fewer blocks compute, and the facts say how it was made."""
    entry = build_catalog().get("video", "wan22-ti2v-5b")
    spec: Any = replace(small(entry.spec), sizes=((64, 96),), side=(32, 640), steps=(2, 40, 20))  # type: ignore[arg-type]
    write_repositories([weights.repo for weights in spec.weights], settings.weights)
    light = replace(spec, weights=tuple(replace(one, gib=0.01) for one in spec.weights))
    others = [one for one in build_catalog().entries if one.spec.name != spec.name]
    settings = replace(settings, offline=True)
    pipeline = Pipeline(settings, Catalog((*others, Entry(light, entry.load))), replace(CARD, device="cpu"))
    films = {}
    for cache in ("", "taylor:10"):
        job = replace(
            pipeline.plan(
                Request(
                    person=draw_person().photo, garments=(draw_tshirt().photo,), transfer="warp", video=spec.name,
                    prompt="turns", seed=3, cache=cache, consent=True,
                )
            ),
            label=False,
        )  # fmt: skip
        folder = tmp_path / (cache[:3] or "plain")
        folder.mkdir()
        events = list(pipeline.run(job, folder, Given(look=look())))
        assert isinstance(events[-1], Finished) and events[-1].facts.cache == cache
        films[cache] = np.stack([event.frame for event in events if isinstance(event, FrameReady)])
    assert (films[""] != films["taylor:10"]).any()
