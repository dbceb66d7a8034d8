"""Open-Sora, Step-Video and STIV in the forms that the memory plan asks for: the film stays the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.video.films import BACKENDS, opened, scene, shot, small  # noqa: E402
from tryon.types import MemoryPlan  # noqa: E402


@pytest.mark.parametrize("name", ["open-sora-2", "step-video-ti2v", "stiv-xl"])
def test_plans(name: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    entry = next(entry for entry in BACKENDS if entry.spec.name == name)
    asked = scene(small(entry.spec))
    films = {
        plan: shot(opened(entry, tmp_path, plan)(asked)).film.astype(int)
        for plan in (MemoryPlan(), MemoryPlan(offload="group"), MemoryPlan(weights="fp8"))
    }
    whole, group, fp8 = films.values()
    assert np.array_equal(whole, group), "layers that pass through the device are the same layers"
    assert not np.array_equal(whole, fp8)
    assert np.abs(whole - fp8).mean() < 25, "eight bits round, they do not break"
