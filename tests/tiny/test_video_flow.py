"""The whole way of a video backend in the product: download of what it needs and nothing else, lock, run, mp4; and a
folder that somebody put there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.tiny.video.films import BACKENDS, look, named, scene, shot, small  # noqa: E402
from tests.tiny.video.hub import write_repositories  # noqa: E402
from tests.weights.hub_server import Hub, serving  # noqa: E402
from tryon.catalog import Catalog, Entry, build_catalog  # noqa: E402
from tryon.errors import WeightsGated, WeightsMissing  # noqa: E402
from tryon.events import Failed, Finished, FrameReady  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Machine, Runtime  # noqa: E402
from tryon.types import Given, Note, Request  # noqa: E402
from tryon.weights.layout import to_fetch_gib  # noqa: E402

CARD = Machine(device="cpu", name="a card", gpu_gib=80, ram_gib=200, cores=2, torch=True)
ENTRIES = {entry.spec.name: entry for entry in BACKENDS}


def published(names: list[str], root: Path) -> Hub:
    """The repositories of backends as the hub serves them."""
    repos = [weights.repo for name in names for weights in ENTRIES[name].spec.weights]
    write_repositories(repos, root)
    files = {
        repo: {
            str(path.relative_to(root / repo)): path.read_bytes() for path in (root / repo).rglob("*") if path.is_file()
        }
        for repo in repos
    }
    return Hub(files=files)


def test_from_the_hub_to_a_film(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """FramePack: parts of three repositories. Nothing of its base's own denoiser is asked for."""
    entry = ENTRIES["framepack-f1"]
    spec: Any = replace(small(entry.spec), sizes=((64, 96),), side=(32, 128))
    others = tuple(other for other in build_catalog().entries if other.spec.kind != "video")
    pipeline = Pipeline(settings, Catalog((*others, Entry(spec, entry.load))), CARD)
    person, garment = draw_person(), draw_tshirt()
    monkeypatch.setattr(pipeline, "parse", lambda photo: replace(person, photo=photo))
    request = Request(
        person=person.photo, garments=(garment.photo,), transfer="warp", video=spec.name, prompt="turns to the left",
        size=(64, 96), seconds=1.0, seed=3, steps=2, label=False, consent=True,
    )  # fmt: skip
    hub = published([entry.spec.name], tmp_path / "published")
    hub.files["hunyuanvideo-community/HunyuanVideo"]["transformer/diffusion_pytorch_model.safetensors"] = b"24 GB"
    folder = tmp_path / "job"
    folder.mkdir()
    with serving(hub):
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        job = pipeline.plan(request)
        events = list(pipeline.run(job, folder, Given(person=person, garments=(garment,), look=look())))
    assert not [event for event in events if isinstance(event, Failed)]
    done = events[-1]
    assert isinstance(done, Finished) and done.video is not None and done.video.stat().st_size > 0
    assert len([event for event in events if isinstance(event, FrameReady)]) == job.frames
    assert [event for event in events if isinstance(event, Note) and event.code == "download"]
    assert to_fetch_gib(spec, settings) == 0
    base = settings.weights / "hunyuanvideo-community/HunyuanVideo"
    assert not (base / "transformer").exists()


@pytest.mark.parametrize("name", ["svd", "mochi-1", "hunyuanvideo15-480p", "ltx2-19b-fast"])
def test_a_folder_that_somebody_put_there(name: str, tmp_path: Path, settings: Settings) -> None:
    """Without a network: whole it is taken as it is, and a file that lacks is named."""
    entry = ENTRIES[name]
    offline = replace(settings, offline=True)
    write_repositories([weights.repo for weights in entry.spec.weights], settings.weights)
    spec = small(entry.spec)  # type: ignore[arg-type]
    film = entry.load(Runtime(spec=spec, settings=offline))
    assert len(shot(film(scene(spec))).film) == spec.frames[1]
    denoiser = "unet" if name == "svd" else "transformer"
    for path in (settings.weights / entry.spec.weights[0].repo / denoiser).glob("*.safetensors"):
        path.unlink()
    with pytest.raises(WeightsMissing):
        entry.load(Runtime(spec=spec, settings=offline))


def test_gated_repositories_are_told(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ENTRIES["svd-xt-1-1"]
    hub = Hub(files={}, gated={entry.spec.weights[0].repo})
    with serving(hub):
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(WeightsGated, match="stable-video-diffusion-img2vid-xt-1-1"):
            entry.load(Runtime(spec=entry.spec, settings=settings))


@pytest.mark.parametrize("entry", BACKENDS, ids=named)
def test_common_lengths_are_settled(entry: Entry, settings: Settings) -> None:
    """A second is always a fair wish, and the default is: a model whose film is longer gives its shortest."""
    light: Any = replace(entry.spec, weights=())  # whatever is free on this disk
    others = tuple(other for other in build_catalog().entries if other.spec.kind != "video")
    pipeline = Pipeline(settings, Catalog((*others, Entry(light, entry.load))), CARD)
    person, garment = draw_person(), draw_tshirt()
    if light.needs_clip:
        pytest.skip("its length is its clip's")
    for seconds in (None, 1.0):
        request = Request(
            person=person.photo, garments=(garment.photo,), transfer="warp", video=entry.spec.name, seconds=seconds,
            consent=True,
        )  # fmt: skip
        job = pipeline.plan(request)
        assert job.frames >= 2 and job.frames / job.fps < max(2.6, (seconds or 3.0) + 1.3)
