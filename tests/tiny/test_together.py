"""Several seeds at once: each picture is what its seed gives alone, up to rounding."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.golden.common import runtime  # noqa: E402
from tests.tiny.build import finished, order, write_system  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.events import Event, Progress  # noqa: E402
from tryon.transfer.diffusion.sampling import Noise  # noqa: E402
from tryon.types import Dressed  # noqa: E402

SYSTEMS = ("catvton", "catvton-maskfree", "ootdiffusion-dc", "leffa", "idm-vton", "dci-vton", "kolors")
SEEDS = (7, 8, 2**32 - 1)


def all_of(steps: Generator[Event, None, list[Dressed]]) -> tuple[list[Dressed], list[Event]]:
    events = []
    try:
        while True:
            events.append(next(steps))
    except StopIteration as stop:
        return stop.value, events


@pytest.mark.parametrize("name", SYSTEMS)
def test_each_seed_gives_its_own_picture(name: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    model: Any = build_catalog().get("transfer", name).load(runtime(name, write_system(name, tmp_path)))
    fitting = order(mask=None) if name == "catvton-maskfree" else order()
    results, events = all_of(model.several(fitting, SEEDS))
    assert len(results) == len(SEEDS)
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    for seed, together in zip(SEEDS, results, strict=True):
        alone = finished(model(replace(fitting, seed=seed))).dressed
        assert alone is not None
        apart = np.abs(together.pixels.astype(int) - alone.pixels.astype(int))
        assert apart.max() <= 1 and (apart > 0).mean() < 0.01
        assert np.abs(together.alpha.astype(int) - alone.alpha.astype(int)).max() <= 1
    assert (results[0].pixels != results[1].pixels).any()


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_from_a_first_guess_and_without_guidance(guidance: float, tmp_path: Path) -> None:
    model: Any = build_catalog().get("transfer", "kolors").load(runtime("kolors", write_system("kolors", tmp_path)))
    plain = order()
    guess = Dressed(pixels=plain.person.photo.pixels, alpha=np.full_like(plain.person.labels, 255))
    fitting = replace(plain, guess=guess, strength=0.5, steps=4, guidance=guidance)
    results, _ = all_of(model.several(fitting, SEEDS[:2]))
    for seed, together in zip(SEEDS, results, strict=False):
        alone = finished(model(replace(fitting, seed=seed))).dressed
        assert alone is not None and np.abs(together.pixels.astype(int) - alone.pixels.astype(int)).max() <= 1


def test_every_row_has_its_seed() -> None:
    both, first, second = Noise(3, 4), Noise(3), Noise(4)
    for _ in range(2):
        rows = both.draw("a", (2, 4, 5))
        assert torch.equal(rows, torch.cat([one.draw("a", (1, 4, 5)) for one in (first, second)]))
    with pytest.raises(ValueError, match="2 seeds for 3 rows"):
        both.draw("a", (3, 4, 5))
