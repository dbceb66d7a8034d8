"""Every video backend of the catalogue as the product loads and runs it, on tiny real networks in its hub's layout."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.video.films import BACKENDS, FAMILIES, Take, look, named, opened, scene, shot, small  # noqa: E402
from tryon.catalog import Entry  # noqa: E402
from tryon.events import FrameReady, Preview, Progress  # noqa: E402
from tryon.runtime.steps import Tap  # noqa: E402
from tryon.spec import VideoSpec  # noqa: E402
from tryon.types import MemoryPlan  # noqa: E402
from tryon.video import svd  # noqa: E402
from tryon.video.diffusion.framing import as_frames  # noqa: E402
from tryon.video.diffusion.running import Pipelined  # noqa: E402

# Autoencoders whose first frame does not depend on later ones. (HunyuanVideo's normalises over all of them.)
EXACT = {"AutoencoderKLWan", "AutoencoderKLMochi"}


@dataclass(frozen=True)
class Backend:
    spec: VideoSpec
    model: Any
    take: Take  # of scene(spec)
    root: Path  # of its repositories

    def film(self, **changes: Any) -> np.ndarray:
        return shot(self.model(scene(self.spec, **changes))).film


@dataclass
class Spied:
    """An engine whose decoding is watched."""

    engine: Any
    latents: Any = None
    settled: Any = None
    chunks: list[int] = field(default_factory=list)  # frames of each

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    @property
    def vae(self) -> Any:
        return self.engine.pipeline.vae if hasattr(self.engine, "pipeline") else self.engine.vae

    def decoded(self, latents: Any, settled: Any) -> Iterator[Any]:
        self.latents, self.settled = latents, settled
        for chunk in self.engine.decoded(latents, settled):
            self.chunks.append(chunk.shape[1])
            yield chunk


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Entry], Backend]:
    """Backends by their entry, each loaded and run once."""
    torch.set_num_threads(1)
    root, made = tmp_path_factory.mktemp("hub"), {}

    def get(entry: Entry) -> Backend:
        assert isinstance(entry.spec, VideoSpec)
        if entry.spec.name not in made:
            model, spec = opened(entry, root), small(entry.spec)
            made[entry.spec.name] = Backend(spec, model, shot(model(scene(spec))), root)
        return made[entry.spec.name]

    return get


@pytest.fixture
def backend(request: pytest.FixtureRequest, studio: Callable[[Entry], Backend]) -> Backend:
    return studio(request.param)


every_backend = pytest.mark.parametrize("backend", BACKENDS, ids=named, indirect=True)
every_family = pytest.mark.parametrize("backend", FAMILIES, ids=named, indirect=True)


@every_backend
def test_frames(backend: Backend) -> None:
    """As many as asked for, of the size asked for, in order."""
    asked, frames = scene(backend.spec), backend.take.of(FrameReady)
    assert [event.index for event in frames] == list(range(asked.frames))
    assert all(event.total == asked.frames for event in frames)
    assert backend.take.film.shape == (asked.frames, asked.height, asked.width, 3)
    assert backend.take.film.dtype == np.uint8
    assert backend.take.film.std() > 5, "a flat film"


@every_backend
def test_progress_and_previews(backend: Backend) -> None:
    fractions = [event.fraction for event in backend.take.of(Progress)]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    previews = backend.take.of(Preview)
    assert previews and not any(event.final for event in previews)
    assert all(
        event.strip is not None and event.strip.ndim == 4 and event.strip.dtype == np.uint8 for event in previews
    )


@every_family
def test_reads_the_words_it_claims_to_read(backend: Backend) -> None:
    other = backend.film(prompt="a dog sleeps in the sun")
    assert (other != backend.take.film).any() or not backend.spec.prompted


@every_family
def test_reads_the_picture(backend: Backend) -> None:
    assert (backend.film(look=look(1)) != backend.take.film).any()


@every_family
def test_holds_the_first_frame_where_it_says_so(backend: Backend) -> None:
    """Another seed gives another film; a clamped first frame is the picture through the autoencoder in each."""
    spy, asked = Spied(backend.model.engine), scene(backend.spec, seed=8)
    other = shot(replace(backend.model, engine=spy)(asked)).film
    assert (other[1:] != backend.take.film[1:]).any()
    if not backend.spec.clamps_first:
        return
    with torch.no_grad():
        known = spy.engine.first(spy.settled)
        latents = spy.latents[-1] if isinstance(spy.latents, list) else spy.latents
        assert torch.allclose(latents[0, :, 0].float(), known, atol=0.02), "FramePack draws them: nearly equal"
        if type(spy.vae).__name__ not in EXACT:
            return
        alone = next(spy.engine.decoded(known[None, :, None], spy.settled))
    expected = as_frames(alone.numpy())[0]
    for film in (backend.take.film, other):
        assert np.abs(film[0].astype(int) - expected.astype(int)).max() <= 1


@every_family
def test_stopping_and_again(backend: Backend) -> None:
    """Closed after the first step it leaves within one more; then the same seed gives the same film, as it comes."""
    steps = backend.model(scene(backend.spec))
    while not isinstance(next(steps), Progress):
        pass
    steps.close()
    assert not any(thread.name == "steps" for thread in threading.enumerate())
    spy, asked = Spied(backend.model.engine), scene(backend.spec)
    assert (shot(replace(backend.model, engine=spy)(asked)).film == backend.take.film).all()
    assert sum(spy.chunks) >= asked.frames
    assert (len(spy.chunks) > 1) == backend.spec.streams


@every_family
def test_frames_are_the_pipelines_own(backend: Backend) -> None:
    """The same call, decoded by the pipeline itself in one go: what comes out in pieces is that."""
    film, engine, asked = backend.model, backend.model.engine, scene(backend.spec)
    if not isinstance(engine, Pipelined):
        pytest.skip("has no pipeline of diffusers")
    if backend.spec.family in ("LTX-Video",):
        pytest.skip("draws the noise of its decoding on the CPU, the pipeline where it is")
    with torch.no_grad():
        settled, _ = film._settled(asked, Tap())
        engine.method.prepared(engine.pipeline, settled)
        arguments = engine._words(settled) | engine.method.arguments(engine.pipeline, settled)
        if backend.spec.family == "Stable Video Diffusion":
            arguments["decode_chunk_size"] = svd.CHUNK
        noise = torch.Generator("cpu").manual_seed(asked.seed)
        frames = engine.pipeline(**arguments, generator=noise, output_type="pt").frames[0][: asked.frames]
    own = (frames.float() * 255).permute(0, 2, 3, 1).numpy()
    assert np.abs(own - backend.take.film).max() <= 1


@every_family
def test_numbers_of_a_graphics_card(backend: Backend) -> None:
    """The authors' number types side by side, the denoiser's weights in eight bits: no part meets another's type."""
    entry = next(entry for entry in FAMILIES if entry.spec.name == backend.spec.name)
    footprint = entry.spec.footprint
    assert footprint is not None
    plan = MemoryPlan(
        dtype=footprint.dtype,
        weights="fp8" if "fp8" in footprint.savings else "full",
        tiling="tiling" in footprint.savings,
    )
    film = shot(opened(entry, backend.root, plan)(scene(backend.spec))).film
    assert film.shape == backend.take.film.shape and film.std() > 5
