"""What is peculiar to the video models with a loop of their own: ends of a film, halves, the way through the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.video.films import BACKENDS, clip, look, opened, scene, shot, small  # noqa: E402
from tests.tiny.video.hub import write_repositories  # noqa: E402
from tests.tiny.video.orders import CARD, order, own_catalog  # noqa: E402
from tests.weights.hub_server import Hub, serving  # noqa: E402
from tryon.catalog import Entry  # noqa: E402
from tryon.errors import WeightsMissing  # noqa: E402
from tryon.events import Failed, Finished  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.types import Given, MemoryPlan, Photo  # noqa: E402
from tryon.video import dynamicrafter, fashionflow, videocrafter, x2fashion  # noqa: E402
from tryon.video.lvdm import towers  # noqa: E402
from tryon.video.lvdm.recipes import VIDEOCRAFTER2  # noqa: E402


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


def entry(name: str) -> Entry:
    return next(entry for entry in BACKENDS if entry.spec.name == name)


def test_every_variant_has_its_recipe() -> None:
    assert set(dynamicrafter.RECIPES) == {spec.name for spec in dynamicrafter.SPECS}
    assert set(videocrafter.RECIPES) == {spec.name for spec in videocrafter.SPECS}
    for spec in dynamicrafter.SPECS:
        recipe = dynamicrafter.RECIPES[spec.name]
        assert spec.frames == (16 - recipe.closes,) * 2, "16 are made: one set of image tokens for each"
        assert recipe.closes == spec.loops
    assert dynamicrafter.RECIPES["dynamicrafter-1024"].base_scale == 0.3


def test_a_change_begins_with_the_photo_before(root: Path) -> None:
    model, spec = opened(entry("dynamicrafter-change"), root), small(entry("dynamicrafter-change").spec)  # type: ignore[arg-type]
    engine, given = model.engine, scene(spec)
    other = np.ascontiguousarray(given.look.photo.pixels[:, ::-1])
    changed = replace(given, look=replace(given.look, before=Photo(other)))
    assert (shot(model(given)).film != shot(model(changed)).film).any()
    settled = Watching.of(model, changed)
    first, last = engine._pictures(settled)
    assert not torch.equal(first, last) and torch.equal(last, engine._pictures(Watching.of(model, given))[1])


class Watching:
    """Catches the shot that a run is given."""

    @staticmethod
    def of(model: Any, asked: Any) -> Any:
        class Caught(Exception):
            pass

        found: list[Any] = []

        class Engine:
            tokenizer = model.engine.tokenizer

            def steps(self, settled: Any) -> int:
                found.append(settled)
                raise Caught

            def free(self) -> None:
                pass

        with pytest.raises(Caught):
            shot(replace(model, engine=Engine())(asked))
        return found[0]


def test_a_loop_is_made_one_frame_longer(root: Path) -> None:
    model, spec = opened(entry("dynamicrafter-loop"), root), small(entry("dynamicrafter-loop").spec)  # type: ignore[arg-type]
    with torch.no_grad():
        latents = model.engine.denoised(Watching.of(model, scene(spec)), lambda clean: None)
    assert latents.shape[2] == spec.frames[1] + 1


def test_text_alone_starts_from_the_picture(root: Path) -> None:
    """VideoCrafter2 leaves the noisiest steps out; the progress bar knows."""
    model, spec = opened(entry("videocrafter2"), root), small(entry("videocrafter2").spec)  # type: ignore[arg-type]
    asked = Watching.of(model, scene(spec, steps=50))
    assert model.engine.steps(asked) == sum(t <= VIDEOCRAFTER2.share * 981 for t in range(1, 1000, 20))


def test_padding_is_the_exclamation_mark(root: Path) -> None:
    """Id 0 of the published vocabulary, not the end sign that the tokenizer's own settings have."""
    write_repositories([towers.REPO], root)
    tokenizer = towers.tokenizer(root / towers.REPO, title="M")
    ids = towers.tokens(tokenizer, "abc")[0]
    assert ids.shape == (77,) and set(ids[5:].tolist()) == {tokenizer.convert_tokens_to_ids("!")}


@pytest.mark.parametrize("name", ["dynamicrafter-256", "fashionflow"])
def test_halves_that_wait_in_main_memory(name: str, root: Path) -> None:
    one = entry(name)
    model = opened(one, root, MemoryPlan(dtype="bfloat16", offload="model"))
    take = shot(model(scene(small(one.spec))))  # type: ignore[arg-type]
    exact = shot(opened(one, root)(scene(small(one.spec)))).film  # type: ignore[arg-type]
    assert np.abs(take.film.astype(int) - exact.astype(int)).mean() < 25


def test_poses_come_from_the_clip_or_are_a_walk(root: Path) -> None:
    model, spec = opened(entry("x2fashion"), root), small(entry("x2fashion").spec)  # type: ignore[arg-type]
    led, free = (Watching.of(model, scene(spec, driving=driving)) for driving in (clip(), None))
    following, walking = x2fashion.filmed(led), x2fashion.filmed(free)
    assert following.shape == walking.shape == (led.frames, led.height, led.width, 3)
    assert (following[0] == walking[0]).mean() > 0.99, "both set out from the person's own pose"
    assert (following[-1] != walking[-1]).any() and (walking[-1] != walking[0]).any()


@pytest.mark.parametrize("name", ["dynamicrafter-512", "dynamicrafter-512-pruned", "fashionflow", "x2fashion"])
def test_incomplete_weights_are_named(name: str, tmp_path: Path) -> None:
    one = entry(name)
    opened(one, tmp_path)
    path = tmp_path / one.spec.weights[0].repo / one.spec.weights[0].files[0]
    for other in path.parent.glob("*.ckpt.safetensors"):
        other.unlink()
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsMissing, match=path.name.replace(".", r"\.")):
        opened(one, tmp_path)


# What stays on the hub: another model's weights, programs, another autoencoder.
STAYS = {
    "open-sora-2-draft": ("hpcai-tech/Open-Sora-v2", ("flux1-dev.safetensors", "Open_Sora_v2.safetensors")),
    "step-video-ti2v": ("stepfun-ai/stepvideo-ti2v", ("lib/liboptimus_ths.so", "vae/vae.safetensors")),
    "dynamicrafter-512": ("Doubiiu/DynamiCrafter_512", ("model_old.ckpt",)),
}


@pytest.mark.parametrize("name", STAYS)
def test_from_the_hub_to_a_film(name: str, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own way: planned, downloaded, converted once, filmed, encoded. Only what is needed is fetched."""
    repos = [weights.repo for weights in entry(name).spec.weights]
    published = write_repositories(repos, tmp_path / "published")
    files = {
        repo: {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for repo, folder in ((repo, published / repo) for repo in repos)
    }
    beside, unwanted = STAYS[name]
    files[beside] |= dict.fromkeys(unwanted, b"not for us")
    pipeline, folder = Pipeline(settings, own_catalog(), CARD), tmp_path / "job"
    folder.mkdir()
    with serving(Hub(files=files)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        job = pipeline.plan(order(name))
        events = list(pipeline.run(job, folder, Given(look=look())))
    assert not [event for event in events if isinstance(event, Failed)]
    done = events[-1]
    assert isinstance(done, Finished) and done.video is not None and done.video.stat().st_size > 1000
    assert not any((settings.weights / beside / path).exists() for path in unwanted)
    for pickle in settings.weights.rglob("*.ckpt"):
        assert pickle.with_name(f"{pickle.name}.safetensors").is_file(), "opened once, then read without code"


def test_who_never_published_is_told(tmp_path: Path, settings: Settings) -> None:
    pipeline = Pipeline(settings, own_catalog(), CARD)
    failed = list(pipeline.run(pipeline.plan(order("stiv-xl")), tmp_path, Given(look=look())))[-1]
    assert isinstance(failed, Failed) and failed.code == "weights_unpublished"
    assert "python -m tryon.train.stiv" in failed.text and "own/stiv-xl" in failed.text


def test_files_fetched_by_hand_are_asked_for(tmp_path: Path, settings: Settings) -> None:
    pipeline = Pipeline(settings, own_catalog(), CARD)
    failed = list(pipeline.run(pipeline.plan(order("fashionflow")), tmp_path, Given(look=look())))[-1]
    assert isinstance(failed, Failed) and failed.code == "weights_elsewhere"
    assert fashionflow.CHECKPOINT.page in failed.text
