"""The first guess, on every backend that takes one: exact at its ends, and in between what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.golden.common import runtime  # noqa: E402
from tests.tiny.build import SYSTEMS, finished, order, write_system  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.events import Progress  # noqa: E402
from tryon.transfer import warp  # noqa: E402
from tryon.transfer.diffusion.guess import begun  # noqa: E402
from tryon.types import Dressed, Fitting  # noqa: E402

GUESSED = [name for name in sorted(SYSTEMS) if build_catalog().get("transfer", name).spec.guessed]  # type: ignore[union-attr]


@pytest.fixture(scope="module", params=GUESSED)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = write_system(request.param, tmp_path_factory.mktemp(request.param))
    return build_catalog().get("transfer", request.param).load(runtime(request.param, root))


@pytest.fixture(scope="module")
def guess() -> Dressed:
    found = finished(warp.put_on(order())).dressed
    assert found is not None
    return found


def made(model: Any, **changes: Any) -> tuple[Any, int]:
    """The picture under the mask, and how many steps were run."""
    run = finished(model(order(steps=8, **changes)))
    assert run.dressed is not None
    return run.dressed.pixels, len(run.of(Progress))


def test_strength_one_is_the_plain_backend_bit_for_bit(model: Any, guess: Dressed) -> None:
    plain, steps = made(model)
    again, all_steps = made(model, guess=guess, strength=1.0)
    assert (plain == again).all() and steps == all_steps == 8


def test_the_guess_counts_and_fewer_steps_are_run(model: Any, guess: Dressed) -> None:
    half, steps = made(model, guess=guess, strength=0.5)
    assert steps == 4
    other = Dressed(pixels=255 - guess.pixels, alpha=guess.alpha)
    assert (half != made(model, guess=other, strength=0.5)[0]).any()
    assert (half == made(model, guess=guess, strength=0.5)[0]).all()
    _, one = made(model, guess=guess, strength=0.01)
    assert one == 1


def test_all_mask_based_diffusion_backends_take_a_guess() -> None:
    for entry in build_catalog().of("transfer"):
        spec: Any = entry.spec
        if spec.extra and not spec.maskless and spec.steps[1] > 1 and not spec.clips:
            assert spec.guessed, spec.name


@pytest.mark.parametrize("cls", ["DDIMScheduler", "DDPMScheduler", "UniPCMultistepScheduler"])
def test_a_run_begins_where_it_says(cls: str) -> None:
    """First latents are the guess with the noise of the first timestep that is run; without a guess plain noise."""
    import diffusers

    scheduler = getattr(diffusers, cls)(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    noise, clean = torch.randn(2, 4, 3, 3), torch.randn(1, 4, 3, 3)
    latents, times = begun(scheduler, 10, noise, None, 1.0)
    assert torch.equal(latents, noise * scheduler.init_noise_sigma) and len(times) == 10
    latents, times = begun(scheduler, 10, noise, clean, 0.3)
    assert len(times) == 3
    alpha = scheduler.alphas_cumprod[int(times[0])]
    expected = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
    assert torch.allclose(latents, expected.expand_as(noise), atol=1e-5)


def test_less_freedom_stays_nearer(guess: Dressed) -> None:
    """With a network that foresees nothing new the result is the guess: the whole loop, on a perfect denoiser."""
    import diffusers

    clean, noise = torch.randn(1, 4, 4, 4), torch.randn(1, 4, 4, 4)
    for cls in (diffusers.DDIMScheduler, diffusers.DDPMScheduler, diffusers.UniPCMultistepScheduler):
        scheduler = (
            cls(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False)
            if (cls is not diffusers.UniPCMultistepScheduler)
            else cls(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
        )
        latents, times = begun(scheduler, 12, noise, clean, 0.5)
        for time in times:
            alpha = scheduler.alphas_cumprod[int(time)]
            perfect = (latents - alpha.sqrt() * clean) / (1 - alpha).sqrt()
            latents = scheduler.step(perfect, time, latents).prev_sample
        assert (latents - clean).abs().mean() < 0.25, cls.__name__


def test_fittings_are_unchanged_by_a_guess(guess: Dressed) -> None:
    one: Fitting = replace(order(), guess=guess, strength=0.4)
    assert one.mask is not None and np.array_equal(one.mask, order().mask)
