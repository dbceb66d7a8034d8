"""The whole way of a diffusion backend in the product: download, lock, conversion, sampling, paste-back, result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.tiny.build import write_system  # noqa: E402
from tests.weights.hub_server import Hub, serving  # noqa: E402
from tryon.catalog import Catalog, Entry, build_catalog  # noqa: E402
from tryon.errors import NotOnThisMachine  # noqa: E402
from tryon.events import Failed, Finished, FrameReady, Preview, Progress  # noqa: E402
from tryon.fitting import IDENTITY  # noqa: E402
from tryon.masking import labelled  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Machine  # noqa: E402
from tryon.types import Clip, Footage, Given, Note, Request  # noqa: E402
from tryon.weights.layout import to_fetch_gib  # noqa: E402

CARD = Machine(device="cpu", name="a card", gpu_gib=24, ram_gib=64, cores=2, torch=True)


def small(name: str) -> Catalog:
    """The catalogue with one backend at a size for tiny networks."""
    catalog = build_catalog()
    entries = []
    for entry in catalog.entries:
        if entry.spec.name == name:
            spec: Any = replace(entry.spec, sizes=((96, 128),), steps=(2, 4, 3))  # type: ignore[call-arg]
            entry = Entry(spec, entry.load)
        entries.append(entry)
    return Catalog(tuple(entries))


def served(name: str, tmp_path: Path) -> Hub:
    root = write_system(name, tmp_path / "published")
    repos = [weights.repo for weights in build_catalog().get("transfer", name).spec.weights]
    files: dict[str, dict[str, bytes]] = {}
    for repo in repos:
        folder = root / repo if (root / repo).is_dir() else root
        files[repo] = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return Hub(files=files)


@pytest.mark.parametrize("name", ["leffa", "catvton", "idm-vton", "ootdiffusion-hd", "vivid"])
def test_from_the_hub_to_a_dressed_photo(
    name: str, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, garment = draw_person(), draw_tshirt()
    pipeline = Pipeline(settings, small(name), CARD)
    # The dressed picture of untrained networks is no person that a parser would find.
    monkeypatch.setattr(pipeline, "parse", lambda photo: replace(person, photo=photo))
    request = Request(
        person=person.photo,
        garments=(garment.photo,),
        transfer=name,
        still_only=True,
        seed=3,
        label=False,
        consent=True,
    )
    folder = tmp_path / "job"
    folder.mkdir()
    with serving(served(name, tmp_path)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        events = list(pipeline.run(pipeline.plan(request), folder, Given(person=person, garments=(garment,))))
    assert not [event for event in events if isinstance(event, Failed)]
    done = events[-1]
    assert isinstance(done, Finished)
    fractions = [event.fraction for event in events if isinstance(event, Progress) and event.stage == "transfer"]
    assert fractions.count(1.0) >= 1
    told = [event for event in events if isinstance(event, Note) and event.code == "download"]
    assert len(told) == 1 and told[0].values["licence"] == build_catalog().get("transfer", name).spec.licence
    assert to_fetch_gib(build_catalog().get("transfer", name).spec, settings) == 0
    assert [event for event in events if isinstance(event, Preview) and event.stage == "transfer" and not event.final]
    assert (settings.weights / "lock.json").is_file()
    written = cv2.imread(str(done.image))[..., ::-1]
    assert written.shape == person.photo.pixels.shape
    assert done.look.mask is not None
    own = (done.look.mask == 0) | labelled(person.labels, IDENTITY)
    assert (written[own] == person.photo.pixels[own]).all(), (
        "the photo's own pixels outside the mask, in face and hands"
    )
    measured = [event.code for event in events if isinstance(event, Note) and event.code in ("measured", "no_gate")]
    assert measured == ["no_gate", "measured"]
    assert (written != person.photo.pixels).any()


def test_refused_where_it_cannot_run(settings: Settings, laptop: Machine) -> None:
    person, garment = draw_person(), draw_tshirt()
    words = {"person": person.photo, "garments": (garment.photo,), "transfer": "catvton", "consent": True}
    with pytest.raises(NotOnThisMachine):
        Pipeline(settings, machine=laptop).plan(Request(**words))
    with pytest.raises(NotOnThisMachine, match="commercial"):
        Pipeline(replace(settings, commercial_only=True), machine=CARD).plan(Request(**words))


def test_a_clip_is_dressed_and_filmed(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """ViViD from a person's clip to an mp4, by the entry that the embedded engine uses too."""
    person, garment = draw_person(), draw_tshirt()
    root = write_system("vivid", tmp_path / "weights")
    pipeline = Pipeline(replace(settings, weights=root, offline=True), small("vivid"), CARD)
    monkeypatch.setattr(pipeline, "parse", lambda photo: replace(person, photo=photo))
    clip = Clip(np.stack([person.photo.pixels] * 6), 6.0)
    footage = Footage(clip=clip, at=(0, 5), people=(person, person), key=0)
    request = Request(person=clip, garments=(garment.photo,), transfer="vivid", seed=3, label=False, consent=True)
    job = pipeline.plan(request)
    assert job.clip and job.video is None
    folder = tmp_path / "job"
    folder.mkdir()
    events = list(pipeline.run(job, folder, Given(footage=footage, garments=(garment,))))
    assert isinstance(events[-1], Finished), events[-1]
    frames = [event for event in events if isinstance(event, FrameReady)]
    assert [frame.index for frame in frames] == list(range(6))
    assert all(frame.frame.shape == person.photo.pixels.shape for frame in frames)
    assert events[-1].video is not None and events[-1].video.stat().st_size > 1000
    far = person.labels == 0
    far[:, 60:-60] = False  # the background at the sides, far from any mask
    far |= labelled(person.labels, IDENTITY)
    assert all((frame.frame[far] == person.photo.pixels[far]).all() for frame in frames)
