"""Edit models through the product: from files as on the hub, several garments in one pass, words, seeds, stopping."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from PIL import Image, ImageOps  # noqa: E402

from tests.drawing import draw_tshirt  # noqa: E402
from tests.golden.common import runtime  # noqa: E402
from tests.tiny.build import HEIGHT, WIDTH, finished, order  # noqa: E402
from tests.tiny.edits import REPOSITORIES, write_edit_model  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.errors import WeightsMissing  # noqa: E402
from tryon.events import Preview, Progress  # noqa: E402
from tryon.spec import Runtime  # noqa: E402
from tryon.transfer import flux2_edit, qwen_edit  # noqa: E402
from tryon.transfer.diffusion import editing  # noqa: E402
from tryon.transfer.diffusion.sampling import Noise  # noqa: E402
from tryon.types import LABEL  # noqa: E402
from tryon.video.diffusion.opening import open_pipeline  # noqa: E402

AREA = 64 * 96
EDITINGS = {
    "flux2-klein-4b": flux2_edit.EDITING,
    "flux2-dev": flux2_edit.EDITING_DEV,
    "qwen-image-edit": qwen_edit.EDITING,
}
GARMENTS = tuple(draw_tshirt(colour) for colour in ((200, 30, 30), (30, 60, 200), (20, 120, 60)))


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as plus

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(editing, "AREA", AREA)
        patch.setattr(plus, "VAE_IMAGE_SIZE", AREA)
        patch.setattr(plus, "CONDITION_IMAGE_SIZE", AREA // 4)
        yield


@pytest.fixture(scope="module", params=sorted(REPOSITORIES))
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Runtime]:
    name = request.param
    return name, runtime(name, write_edit_model(name, tmp_path_factory.mktemp(name)))


@pytest.fixture(scope="module")
def pipe(opened: tuple[str, Runtime]) -> Any:
    return open_pipeline(opened[1], editing.opened_as(EDITINGS[opened[0]]))


def made(opened: tuple[str, Runtime], pipe: Any, what: editing.Order, seed: int = 7) -> Any:
    with torch.inference_mode():
        return editing.edited(pipe, EDITINGS[opened[0]], what, Noise(seed), lambda step: None).astype(int)


def an_order(**changes: Any) -> editing.Order:
    return editing.ordered(order(mask=None, garments=GARMENTS, steps=2, **changes), "picture {}")


def test_events_and_result(opened: tuple[str, Runtime]) -> None:
    name, given = opened
    model = build_catalog().get("transfer", name).load(given)
    run = finished(model(order(mask=None, garments=GARMENTS, steps=3)))
    fractions = [event.fraction for event in run.of(Progress)]
    assert fractions == [1 / 3, 2 / 3, 1.0]
    previews = run.of(Preview)
    assert previews and previews[0].image.shape == (HEIGHT // 2, WIDTH // 2, 3)
    dressed, person = run.dressed, order().person
    assert dressed is not None and dressed.alpha.any()
    assert (dressed.pixels[dressed.alpha == 0] == person.photo.pixels[dressed.alpha == 0]).all()
    assert not dressed.alpha[person.labels == LABEL["face"]].any()
    again = finished(model(order(mask=None, garments=GARMENTS, steps=3))).dressed
    assert again is not None and (again.pixels == dressed.pixels).all()
    steps = model(order(mask=None, garments=GARMENTS, steps=8))
    while not isinstance(next(steps), Progress):
        pass
    steps.close()
    assert not any(thread.name == "steps" for thread in threading.enumerate())


def test_every_picture_and_the_words_count(opened: tuple[str, Runtime], pipe: Any) -> None:
    what = an_order()
    base = made(opened, pipe, what)
    assert base.shape == (what.height, what.width, 3)
    for index, picture in enumerate(what.pictures):
        others = [*what.pictures]
        others[index] = ImageOps.invert(picture)
        assert (made(opened, pipe, replace(what, pictures=others)) != base).any(), f"picture {index} has no influence"
    told = an_order(prompt="the shirt tucked in, sleeves rolled up")
    assert told.words != what.words
    assert (made(opened, pipe, told) != base).any()
    assert (made(opened, pipe, what, seed=8) != base).any()


def test_it_is_what_the_stock_pipeline_makes(opened: tuple[str, Runtime], pipe: Any) -> None:
    what = an_order()
    words = EDITINGS[opened[0]].arguments(pipe, what)
    generator = torch.Generator("cpu").manual_seed(7)
    with torch.inference_mode():
        stock = pipe(
            **words, num_inference_steps=2, height=what.height, width=what.width, generator=generator, output_type="np"
        ).images[0]
    assert (made(opened, pipe, what) == np.rint(stock * 255)).all()


def test_previews_show_the_person(opened: tuple[str, Runtime], pipe: Any) -> None:
    """Colours fitted to the person's own latents give the person back, roughly."""
    what = an_order()
    with torch.inference_mode():
        latents = EDITINGS[opened[0]].latents(pipe, what)
    picture = np.array(what.pictures[0])
    shown = editing.LinearPreview(latents, picture)(latents[:, None])[0]
    small = np.array(what.pictures[0].resize(shown.shape[1::-1], Image.Resampling.BOX)).astype(int)
    flat = np.abs(small - small.mean((0, 1))).mean()
    assert np.abs(small - shown).mean() < 0.9 * flat


def test_guidance_off_is_half_the_work(opened: tuple[str, Runtime], pipe: Any) -> None:
    calls: list[int] = []
    handle = pipe.transformer.register_forward_hook(lambda *given: calls.append(1))
    counts = []
    for guidance in (1.0, 3.0):
        calls.clear()
        made(opened, pipe, an_order(guidance=guidance))
        counts.append(len(calls))
    handle.remove()
    assert counts == ([2, 4] if opened[0] == "qwen-image-edit" else [2, 2])


@pytest.mark.parametrize("missing", ["model_index.json", "transformer/config.json", "vae/config.json"])
def test_missing_files_are_one_sentence(missing: str, tmp_path: Path) -> None:
    root = write_edit_model("flux2-klein-4b", tmp_path)
    (root / REPOSITORIES["flux2-klein-4b"][0] / missing).unlink()
    with pytest.raises(WeightsMissing):
        build_catalog().get("transfer", "flux2-klein-4b").load(runtime("flux2-klein-4b", root))


def test_names_never_claim_to_be_the_original() -> None:
    for entry in build_catalog().of("transfer"):
        if "M&M" in entry.spec.title or "Kolors" in entry.spec.title:
            assert "-style" in entry.spec.title and "published" in entry.spec.about
