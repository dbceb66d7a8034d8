"""Networks are read one after the other, within what the planner says of main memory."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from tryon.runtime import placing  # noqa: E402
from tryon.runtime.memory import LADDER, RESERVE, rungs  # noqa: E402
from tryon.spec import Component, Footprint, Peak  # noqa: E402
from tryon.types import MemoryPlan  # noqa: E402

MIB = 1024**2
SIDES = {"vae": 2, "transformer": 8, "transformer_2": 8, "text_encoder": 6}  # layers of 1024 x 1024
ROLES = {"vae": "vae", "transformer": "denoiser", "transformer_2": "denoiser", "text_encoder": "text"}
FOOTPRINT = Footprint(
    components=tuple(Component(name, ROLES[name], count * MIB) for name, count in SIDES.items()),  # type: ignore[arg-type]
    denoise=Peak(),
    decode=Peak(),
    tiled=Peak(),
)
# A thousand times as large: the planner rounds to hundredths of a GiB.
PLANNED = replace(
    FOOTPRINT, components=tuple(replace(part, parameters=part.parameters * 1024) for part in FOOTPRINT.components)
)


class Layers(torch.nn.Sequential):
    """So many layers of 1024 x 1024 in half precision: 2 MiB each."""

    kept_whole = ()

    def __init__(self, count: int) -> None:
        super().__init__(*(torch.nn.Linear(1024, 1024, bias=False, dtype=torch.bfloat16) for _ in range(count)))

    @property
    def held(self) -> int:
        """Bytes in main memory."""
        inside = [[p] if type(p) is torch.nn.Parameter else parts_of(p) for p in self.parameters()]
        return sum(p.numel() * p.element_size() for p in chain(*inside) if not p.is_meta)


def parts_of(weight: Any) -> list[Any]:
    """The tensors that a weight in int8 is made of: whole numbers and scales."""
    return [getattr(weight, name) for name in weight.__tensor_flatten__()[0]]


@pytest.mark.parametrize(
    "way", [way for _, _, way in LADDER], ids=lambda way: f"{way.offload}-{way.weights}-{way.text}"
)
def test_within_the_plan(way: MemoryPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays on the card ("meta" here, which holds nothing) is gone from main memory before the next is read."""
    if way.weights == "int8":
        pytest.importorskip("torchao", reason="weights in int8 need torchao")
    asked = replace(way, dtype="bfloat16")
    plans = rungs(PLANNED, 0.0, 0, int8=True)
    plan = next(plan for plan in plans if replace(plan, gpu_gib=0, ram_gib=0) == asked)
    there: list[Layers] = []
    most = 0

    def maker(count: int) -> Layers:
        nonlocal most
        there.append(Layers(count))
        most = max(most, sum(net.held for net in there))
        return there[-1]

    monkeypatch.setattr(placing, "_streamed", lambda *given, **words: None)  # needs a card
    makers = {name: partial(maker, count) for name, count in SIDES.items()}
    # What waits is made small where it computes later, and comes back: "meta" would lose it.
    found = placing.read(FOOTPRINT, asked, "meta" if asked.offload == "none" else "cpu", makers)
    assert list(found) == list(SIDES) and len(there) == len(SIDES)
    assert max(SIDES.values()) * 2 * MIB <= most <= (plan.ram_gib - RESERVE + 0.01) * MIB
    resting = sum(net.held for net in there)
    assert resting <= most and (resting == 0) == (asked.offload == "none" and asked.text == "kept")


def test_all_at_once_would_be_more() -> None:
    """The test above can fail: read into main memory as they come, they need more than the plan says."""
    whole = next(rungs(PLANNED, 0.0, 0))
    assert sum(SIDES.values()) * 2 * MIB > (whole.ram_gib - RESERVE + 0.01) * MIB
