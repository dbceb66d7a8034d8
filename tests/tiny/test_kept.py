"""What a garment gave is kept for the next seed: the same picture, and no network looks at the garment again."""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.golden.common import runtime  # noqa: E402
from tests.tiny.build import HEIGHT, WIDTH, finished, order, write_system  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.transfer.diffusion.kept import Kept, digest  # noqa: E402
from tryon.transfer.diffusion.sampling import Place  # noqa: E402
from tryon.trying import tried  # noqa: E402
from tryon.types import MemoryPlan  # noqa: E402

SYSTEMS = ("ootdiffusion-dc", "idm-vton", "leffa", "vivid")
STEPS, BLUE = 2, (draw_tshirt((20, 40, 200)),)
# How often the garment UNet runs for an order of a seed, the first time and for a known garment; where it looks at a
# draw of the seed, nothing of that can be kept.
LOOKS = {"ootdiffusion-dc": (1, 0), "idm-vton": (STEPS, STEPS), "leffa": (STEPS, STEPS), "vivid": (1, 1)}
# Pictures through the autoencoder's encoder: of the person (and the body, in IDM-VTON), and of the garment.
ENCODED = {"ootdiffusion-dc": (3, 2), "idm-vton": (3, 2), "leffa": (2, 1), "vivid": (2, 1)}


class Loaded:
    """A backend as the product loads it, and what its networks did since they were last asked."""

    def __init__(self, name: str, root: Path, offload: Any) -> None:
        entry = build_catalog().get("transfer", name)
        module = importlib.import_module(
            f"tryon.transfer.{name.removesuffix('-dc').removesuffix('-hd').replace('-', '_')}"
        )
        opened, given = module.open_system, replace(runtime(name, root), memory=MemoryPlan(offload=offload))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "open_system", lambda given: self._watched(opened(given)))
            self.model = entry.load(given)
        self.name = name
        self._calls: Counter[str] = Counter()

    def _watched(self, system: Any) -> Any:
        def counted(what: str) -> Any:
            return lambda module, given: self._calls.update([what])

        system.garment.conv_in.register_forward_pre_hook(counted("looks"))
        system.vae.encoder.register_forward_pre_hook(counted("encoded"))
        if hasattr(system, "image"):
            system.image.register_forward_pre_hook(counted("seen"))
        return system

    def pixels(self, **changes: Any) -> Any:
        dressed = finished(self.model(order(steps=STEPS, **changes))).dressed
        assert dressed is not None
        return dressed.pixels

    def calls(self) -> dict[str, int]:
        """Calls of networks since the last time."""
        found, self._calls = dict(self._calls), Counter()
        return {what: found.get(what, 0) for what in ("looks", "encoded", "seen")}


@pytest.fixture(scope="module", params=[*((name, "none") for name in SYSTEMS), ("ootdiffusion-dc", "model")], ids=str)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    name, offload = request.param
    return Loaded(name, write_system(name, tmp_path_factory.mktemp("kept")), offload)


def expected(name: str, *, known: bool) -> dict[str, int]:
    seen = 0 if known or name == "leffa" else 1
    return {"looks": LOOKS[name][known], "encoded": ENCODED[name][known], "seen": seen}


def test_the_next_seed(loaded: Loaded) -> None:
    """Bit for bit what was made when nothing of the garment was kept; another garment is looked at."""
    alone = loaded.pixels(seed=8)
    assert loaded.calls() == expected(loaded.name, known=False)
    other = loaded.pixels(seed=8, garments=BLUE)
    assert loaded.calls() == expected(loaded.name, known=False) and (other != alone).any()
    loaded.pixels(seed=7)
    assert loaded.calls() == expected(loaded.name, known=False), "only the last garment is kept"
    assert (loaded.pixels(seed=8) == alone).all()
    assert loaded.calls() == expected(loaded.name, known=True)


def test_another_person_and_size(loaded: Loaded) -> None:
    """Of a person nothing is kept: another one, in the same garment, is themselves. Another size is another garment."""
    person = draw_person(WIDTH, HEIGHT)
    mirrored = replace(person, photo=replace(person.photo, pixels=person.photo.pixels[:, ::-1].copy()))
    loaded.pixels(garments=BLUE)
    alone = loaded.pixels(person=mirrored)
    loaded.pixels()
    assert (loaded.pixels(person=mirrored) == alone).all()
    loaded.calls()
    loaded.pixels(person=draw_person(WIDTH, HEIGHT + 64), mask=None)
    again = loaded.calls()
    assert (again["looks"], again["encoded"]) == (LOOKS[loaded.name][0], ENCODED[loaded.name][0])


def test_several_samples_of_one_order(loaded: Loaded) -> None:
    """What `--samples 2` runs: OOTDiffusion's garment UNet looks once for both."""
    loaded.pixels(garments=BLUE)
    loaded.calls()
    results: Any = finished(tried(loaded.model, order(steps=STEPS), 2)).dressed  # type: ignore[arg-type]
    assert len(results) == 2 and (results[0].pixels != results[1].pixels).any()
    assert loaded.calls()["looks"] == sum(LOOKS[loaded.name])


def test_only_the_last_is_kept() -> None:
    kept = Kept(Place("cpu"))
    made: list[float] = []

    def once(value: float, name: str = "a") -> float:
        def make() -> dict[str, Any]:
            made.append(value)
            return {"value": torch.full((2,), value)}

        return float(kept.once(name, (torch.tensor([value]),), make)["value"][0])

    assert [once(1), once(1), once(2), once(2), once(1)] == [1, 1, 2, 2, 1]
    assert made == [1, 2, 1]
    assert once(1, "b") == 1 and made == [1, 2, 1, 1]


def test_what_failed_is_not_kept() -> None:
    kept = Kept(Place("cpu"))

    def fails() -> dict[str, Any]:
        raise MemoryError

    picture = (torch.zeros(3),)
    kept.once("a", (torch.ones(3),), lambda: {"value": torch.ones(1)})
    with pytest.raises(MemoryError):
        kept.once("a", picture, fails)
    assert not kept._last, "what was there before made room"
    assert kept.once("a", picture, lambda: {"value": torch.ones(1)})["value"] == 1


def test_digest_tells_values_forms_and_types() -> None:
    zeros = torch.zeros(2, 3)
    others = [
        (zeros,), (zeros.reshape(3, 2),), (zeros.double(),), (zeros.bfloat16(),), (zeros + 1,), (zeros, zeros),
        (np.zeros((2, 3), np.uint8),),
    ]  # fmt: skip
    assert len({digest(one) for one in others}) == len(others)
    assert digest((zeros.T,)) == digest((torch.zeros(3, 2),))
    assert digest((torch.arange(6).reshape(2, 3).T,)) == digest((torch.arange(6).reshape(2, 3).T.contiguous(),))
