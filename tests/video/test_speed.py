"""What is switched on for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tryon.catalog import build_catalog
from tryon.settings import Settings
from tryon.spec import Runtime
from tryon.types import MemoryPlan
from tryon.video.diffusion.speed import chosen, compiler_here


@pytest.mark.parametrize(
    ("name", "plan", "changes", "can", "compiled"),
    [
        ("wan22-ti2v-5b", {}, {}, True, True),
        ("wan22-ti2v-5b", {"text": "freed"}, {}, True, True),
        ("wan22-ti2v-5b", {}, {}, False, False),
        ("wan22-ti2v-5b", {"offload": "model"}, {}, True, False),
        ("wan22-ti2v-5b", {"weights": "fp8"}, {}, True, False),
        ("wan21-i2v-480p-fast", {}, {}, True, False),  # four steps never pay for compiling
        ("wan22-ti2v-5b", {}, {"settings": Settings(compile=False)}, True, False),
    ],
)
def test_what_is_compiled(name: str, plan: dict[str, Any], changes: dict[str, Any], can: bool, compiled: bool) -> None:
    runtime = Runtime(spec=build_catalog().get("video", name).spec, device="cuda", memory=MemoryPlan(**plan))
    speed = chosen(replace(runtime, **changes), can_compile=can)
    assert speed.compiled is compiled
    assert not speed.attention


def test_nothing_is_compiled_on_a_cpu() -> None:
    assert not compiler_here("cpu")
