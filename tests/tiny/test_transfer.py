"""Every diffusion try-on backend as the product runs it, on tiny real networks: events, result, seeds, stopping."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.golden.common import runtime  # noqa: E402
from tests.tiny.build import HEIGHT, SYSTEMS, WIDTH, Run, finished, order, write_system  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.errors import WeightsMissing  # noqa: E402
from tryon.events import Preview, Progress  # noqa: E402
from tryon.types import LABEL, MemoryPlan, Note  # noqa: E402

MASKLESS = {"catvton-maskfree", "fashn-vton"}

SEEDLESS = {"viton"}  # draws the points of outlines only, and an untrained network's mask has none


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    name = request.param
    root = write_system(name, tmp_path_factory.mktemp(name))
    return name, build_catalog().get("transfer", name).load(runtime(name, root))


@pytest.fixture(scope="module")
def run(backend: tuple[str, Any]) -> Run:
    return finished(backend[1](order(mask=None if backend[0] in MASKLESS else order().mask)))


def test_events(run: Run) -> None:
    fractions = [event.fraction for event in run.of(Progress)]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert all(event.stage == "transfer" for event in run.events if not isinstance(event, Note))


def test_previews(run: Run) -> None:
    previews = run.of(Preview)
    assert previews and not any(event.final for event in previews)
    assert all(
        event.image.shape == (HEIGHT // 2, WIDTH // 2, 3) and event.image.dtype == np.uint8 for event in previews
    )


def test_previews_are_made_beside_the_sampler(backend: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in its thread, which would wait for the device and for the drawing."""
    from tryon.transfer.diffusion import sampling

    name, model = backend
    if name == "viton":
        pytest.skip("has two steps of its own kind")
    right, threads = sampling.preview, set()

    def preview(*given: Any) -> Any:
        threads.add(threading.current_thread().name)
        return right(*given)

    monkeypatch.setattr(sampling, "preview", preview)
    assert finished(model(order(mask=None) if name in MASKLESS else order())).of(Preview)
    assert threads == {threading.current_thread().name}


def test_result(backend: tuple[str, Any], run: Run) -> None:
    dressed, fitting = run.dressed, order()
    assert dressed is not None and fitting.mask is not None
    photo = fitting.person.photo.pixels
    assert dressed.pixels.shape == photo.shape and dressed.alpha.shape == photo.shape[:2]
    assert dressed.labels is None, "the dressed picture is parsed again"
    assert (dressed.pixels[dressed.alpha == 0] == photo[dressed.alpha == 0]).all()
    assert not dressed.alpha[fitting.person.labels == LABEL["face"]].any()
    assert (dressed.alpha > 200).mean() > 0.02
    if backend[0] not in MASKLESS:
        assert not dressed.alpha[fitting.mask == 0].any()


def test_a_seed_means_one_picture(backend: tuple[str, Any], run: Run) -> None:
    name, model = backend
    words = {"mask": None} if name in MASKLESS else {}
    again = finished(model(order(**words)))
    assert (again.dressed.pixels == run.dressed.pixels).all()  # type: ignore[union-attr]
    if name in SEEDLESS:
        return
    other = finished(model(order(seed=8, **words)))
    assert (other.dressed.pixels != run.dressed.pixels).any()  # type: ignore[union-attr]


def test_stopping(backend: tuple[str, Any]) -> None:
    """Closing after the first step leaves the sampler within one more, ends its thread, and the next run works."""
    name, model = backend
    steps = model(order(steps=40, mask=None if name in MASKLESS else order().mask))
    while not isinstance(next(steps), Progress):
        pass
    steps.close()
    assert not any(thread.name == "steps" for thread in threading.enumerate())
    assert finished(model(order())).dressed is not None


def test_the_authors_mask_where_none_is_given(backend: tuple[str, Any]) -> None:
    name, model = backend
    if name in MASKLESS:
        pytest.skip("needs no mask")
    dressed = finished(model(order(mask=None))).dressed
    assert dressed is not None and (dressed.alpha > 200).mean() > 0.05


def test_every_step_count_and_guidance(backend: tuple[str, Any]) -> None:
    _, model = backend
    for steps, guidance in ((1, 1.0), (2, 1.0), (3, 5.0)):
        assert finished(model(order(steps=steps, guidance=guidance))).dressed is not None


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "bfloat16") for name in sorted(set(SYSTEMS) - {"ootdiffusion-dc"})), ("idm-vton", "float16")],
)
def test_half_precision_and_offload(name: str, dtype: str, tmp_path: Path) -> None:
    """What a GPU is given: other number types, models that wait elsewhere; nothing meets another type."""
    root = write_system(name, tmp_path)
    load = build_catalog().get("transfer", name).load
    mask = None if name in MASKLESS else order().mask
    exact = finished(load(runtime(name, root))(order(mask=mask))).dressed
    half = finished(
        load(replace(runtime(name, root), dtype=dtype, memory=MemoryPlan(offload="model")))(order(mask=mask))
    ).dressed
    assert exact is not None and half is not None
    assert np.abs(exact.pixels.astype(int) - half.pixels.astype(int)).mean() < 12


@pytest.mark.parametrize("name", sorted(set(SYSTEMS) - {"ootdiffusion-dc"}))
def test_incomplete_weights_are_named(name: str, tmp_path: Path) -> None:
    """Each file of a folder, taken away, is missed by name; nothing is loaded with a hole."""
    load = build_catalog().get("transfer", name).load
    root = write_system(name, tmp_path)
    needed = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name not in OPTIONAL]
    other = {"ootdiffusion-hd": "ootd_dc", "ootdiffusion-dc": "ootd_hd"}.get(name, "-")
    for path in needed:
        if other in path.parts or path.name.endswith(".bin.safetensors"):
            continue
        away = path.with_name(path.name + ".away")
        path.rename(away)
        with pytest.raises(WeightsMissing):
            load(runtime(name, root))
        away.rename(path)


OPTIONAL = {"special_tokens_map.json", "preprocessor_config.json"}
