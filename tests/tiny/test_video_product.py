"""A video backend in the product: from the hub to a film, in every form of memory, with damaged files, measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.tiny.video.films import opened, scene, shot, small  # noqa: E402
from tests.tiny.video.hub import write_repositories  # noqa: E402
from tests.weights.hub_server import Hub, serving  # noqa: E402
from tryon.catalog import Catalog, Entry, build_catalog  # noqa: E402
from tryon.errors import WeightsMissing  # noqa: E402
from tryon.events import Failed, Finished, FrameReady, Preview, Progress  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Machine, VideoSpec  # noqa: E402
from tryon.types import Given, MemoryPlan, Note, Request  # noqa: E402

CARD = Machine(device="cpu", name="a card", gpu_gib=80, ram_gib=256, cores=2, torch=True)
NAME, REPO = "wan22-ti2v-5b", "Wan-AI/Wan2.2-TI2V-5B-Diffusers"


def entry_of(name: str) -> Entry:
    return build_catalog().get("video", name)


def test_from_the_hub_to_a_film(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    person, garment = draw_person(), draw_tshirt()
    spec = small(entry_of(NAME).spec)  # type: ignore[arg-type]
    spec = replace(spec, sizes=((64, 96),), side=(32, 640))
    catalog = build_catalog()
    entries = [replace(entry, spec=spec) if entry.spec.name == NAME else entry for entry in catalog.entries]
    write_repositories([REPO], tmp_path / "published")
    folder = tmp_path / "published" / REPO
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    pipeline = Pipeline(settings, Catalog(tuple(entries)), CARD)
    look = scene(spec).look
    request = Request(
        person=person.photo, garments=(garment.photo,), video=NAME, prompt="turns around", seed=3, consent=True
    )
    out = tmp_path / "job"
    out.mkdir()
    with serving(Hub(files={REPO: files})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        job = pipeline.plan(request)
        assert job.video_memory is not None and (job.width, job.height) == (64, 96)
        events = list(pipeline.run(job, out, Given(look=look)))
        again = [event.frame for event in pipeline.run(job, out, Given(look=look)) if isinstance(event, FrameReady)]
    assert not [event for event in events if isinstance(event, Failed)]
    done = events[-1]
    assert isinstance(done, Finished) and done.video is not None and done.video.stat().st_size > 0
    assert "download" in [event.code for event in events if isinstance(event, Note)]
    frames = [event.frame for event in events if isinstance(event, FrameReady)]
    assert len(frames) == job.frames and all((a == b).all() for a, b in zip(frames, again, strict=True))
    assert [event for event in events if isinstance(event, Preview) and event.strip is not None]
    assert [event for event in events if isinstance(event, Progress) and event.seconds_left is not None]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, MemoryPlan], np.ndarray]:
    """A backend's film in a form of memory."""
    root = tmp_path_factory.mktemp("hub")

    def film(name: str, plan: MemoryPlan) -> np.ndarray:
        entry = entry_of(name)
        assert isinstance(entry.spec, VideoSpec)
        return shot(opened(entry, root, plan)(scene(small(entry.spec)))).film

    return film


@pytest.mark.parametrize("name", ["wan22-i2v-a14b-fast", "ltx-095-2b"])
def test_forms_of_memory(name: str, films: Callable[[str, MemoryPlan], np.ndarray]) -> None:
    """Where weights wait does not change a film; eight bits change it a little."""
    whole = films(name, MemoryPlan())
    for plan in (
        MemoryPlan(text="freed"),
        MemoryPlan(offload="group", streams=True),
    ):
        assert (films(name, plan) == whole).all(), plan
    eight = films(name, MemoryPlan(offload="group", weights="fp8", tiling=True))
    difference = np.abs(eight.astype(float) - whole.astype(float)).mean()
    assert 0 < difference < 40


def test_eight_bits_are_eight_bits(tmp_path: Path) -> None:
    film = opened(entry_of("wan21-i2v-480p"), tmp_path, MemoryPlan(offload="model", weights="fp8"))
    kinds = {parameter.dtype for parameter in film.engine.pipeline.transformer.parameters()}
    assert torch.float8_e4m3fn in kinds
    assert torch.float8_e4m3fn not in {parameter.dtype for parameter in film.engine.pipeline.vae.parameters()}


@pytest.mark.parametrize("damage", ["tensor", "index", "folder"])
def test_damaged_files_are_told(damage: str, tmp_path: Path) -> None:
    """diffusers would draw a missing weight at random and only log it."""
    from safetensors.torch import load_file, save_file

    write_repositories([REPO], tmp_path)
    folder = tmp_path / REPO
    path = next((folder / "transformer").glob("*.safetensors"))
    if damage == "tensor":
        tensors = load_file(path)
        del tensors[sorted(tensors)[3]]
        save_file(tensors, path, {"format": "pt"})
    elif damage == "index":
        (folder / "model_index.json").write_text("[1")
    else:
        path.unlink()
    with pytest.raises(WeightsMissing) as caught:
        opened(entry_of(NAME), tmp_path)
    assert "Wan 2.2 TI2V 5B" in caught.value.text and str(tmp_path) not in caught.value.text
