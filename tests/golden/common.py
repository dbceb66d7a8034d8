"""Fixtures recorded from upstream's own code: read, laid out as on the hub, compared.

TRYON_GOLDEN names another folder of fixtures of the same form (other sizes, seeds, step counts).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

torch.set_num_threads(1)

from safetensors.torch import load_file, save_file  # noqa: E402

from tryon.catalog import build_catalog  # noqa: E402
from tryon.spec import Runtime  # noqa: E402
from tryon.transfer.diffusion.sampling import Noise, Step  # noqa: E402

ROOT = Path(os.environ.get("TRYON_GOLDEN", Path(__file__).parent / "fixtures"))


@dataclass(frozen=True)
class Golden:
    """One fixture: what upstream was given, and what it made of it."""

    meta: dict[str, Any]
    weights: dict[str, Any]
    io: dict[str, Any]

    @property
    def tolerance(self) -> Mapping[str, float]:
        return self.meta["tolerance"]

    def part(self, prefix: str) -> dict[str, Any]:
        return {key.removeprefix(prefix): v.contiguous() for key, v in self.weights.items() if key.startswith(prefix)}

    def pixels(self, name: str) -> np.ndarray[Any, Any]:
        return self.io[name].numpy()

    def config(self, component: str) -> dict[str, Any]:
        return self.meta["components"][component]["config"]


def golden(system: str) -> Golden:
    """A fixture; the tests that need it are skipped where the folder has none of that name."""
    folder = ROOT / system
    if not (folder / "meta.json").is_file():
        pytest.skip(f"no fixture {system} in {ROOT}")
    return Golden(
        json.loads((folder / "meta.json").read_text()),
        load_file(folder / "weights.safetensors"),
        load_file(folder / "io.safetensors"),
    )


def write_json(path: Path, values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def write_model(folder: Path, config: dict[str, Any], tensors: dict[str, Any], file: str) -> None:
    """A model folder as on the hub; `file` decides the kind (.safetensors, .bin)."""
    write_json(folder / "config.json", config)
    write_tensors(folder / file, tensors)


def write_tensors(path: Path, tensors: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        save_file(tensors, path, metadata={"format": "pt"})
    else:
        torch.save(tensors, path)


def runtime(name: str, root: Path) -> Runtime:
    """What the product's loader gets on a CPU, with a local folder of weights."""
    return Runtime(spec=build_catalog().get("transfer", name).spec, weights=root)


class Recorded(Noise):
    """Upstream's noise: a generator per source, or recorded tensors, by what they are drawn for."""

    def __init__(self, seed: int, **sources: Any) -> None:
        super().__init__(seed)
        self.sources = sources

    def draw(self, name: str, shape: tuple[int, ...]) -> Any:
        source = self.sources.get(name, self.generator)
        if isinstance(source, torch.Tensor):
            assert tuple(source.shape) == tuple(shape)
            return source
        return torch.randn(shape, generator=source)


def seeded(seed: int) -> Any:
    return torch.Generator().manual_seed(seed)


class Trace:
    """Keeps every step."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def __call__(self, step: Step) -> None:
        self.steps.append(step)

    @property
    def latents(self) -> list[Any]:
        return [step.latents for step in self.steps]


def far(ours: Any, theirs: Any) -> float:
    """The largest absolute difference; infinite between different shapes."""
    ours, theirs = (v if isinstance(v, torch.Tensor) else torch.tensor(np.asarray(v)) for v in (ours, theirs))
    if ours.shape != theirs.shape:
        return float("inf")
    return float((ours.float() - theirs.float()).abs().max())


def expect(ours: Any, theirs: Any, limit: float, what: str) -> None:
    distance = far(ours, theirs)
    assert distance <= limit, f"{what} is off by {distance:.3g}, more than {limit:g}"


def unpacked(bits: Any, width: int) -> np.ndarray[Any, Any]:
    """A mask stored as packed bits."""
    return np.unpackbits(bits.numpy(), axis=1)[:, :width] > 0


def rewire(patch: pytest.MonkeyPatch, **changes: object) -> None:
    """Systems opened from now on couple their two UNets otherwise."""
    from tryon.nets import reference_attention

    right = reference_attention.Switches
    patch.setattr(reference_attention, "Switches", lambda **own: right(**{**own, **changes}))


def without_chance(patch: pytest.MonkeyPatch, module: Any, name: str = "drawn") -> None:
    """The middle of the autoencoder's posterior, where a system draws from it by `module.name`."""
    right = getattr(module, name)
    patch.setattr(module, name, lambda vae, picture, noise, *more: right(vae, picture, torch.zeros_like(noise), *more))


class Looking:
    """A coupling of two UNets, looked at otherwise: `change` of what `look` is given; None: it never looks."""

    def __init__(self, own: Any, change: Callable[..., tuple[Any, ...]] | None) -> None:
        self._own, self._change = own, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def look(self, *given: Any) -> None:
        if self._change is None:
            self._own.forget()
        else:
            self._own.look(*self._change(*given))


def rescheduled(scheduler: Any, **changes: object) -> Any:
    """The same scheduler with other values."""
    values = {key: value for key, value in scheduler.config.items() if not key.startswith("_")}
    return type(scheduler).from_config({**values, **changes})
