"""What every diffusion backend's loop needs: noise from one seed, steps that report, memory that is given back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np

from tryon.events import Event, Preview, Progress
from tryon.runtime.graphs import Graphed
from tryon.runtime.steps import Passing, Tap, as_steps
from tryon.spec import Runtime
from tryon.transfer.diffusion.pictures import dressed, feathered
from tryon.types import Dressed, Fitting, Mask, Pixels, Stage

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

PREVIEW_EVERY = 2  # steps


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One finished step of a sampler."""

    index: int
    total: int
    latents: Tensor  # after the step
    prediction: Tensor  # the guided noise prediction
    clean: Tensor  # (n, 4, h, w): the person's part of the clean latents that it implies


OnStep = Callable[[Step], None]


class Noise:
    """All random numbers of pictures, drawn on the CPU so that a seed means the same on every device. With several
    seeds each row of a batch has its own, and draws what it would draw alone."""

    def __init__(self, *seeds: int) -> None:
        import torch

        self.generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    @property
    def generator(self) -> Any:
        """As schedulers and pipelines of diffusers take it."""
        return self.generators[0] if len(self.generators) == 1 else self.generators

    def draw(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Standard normal numbers, float32 on the CPU. `name` says what for; with several seeds shape[0] is their
        number."""
        import torch

        if len(self.generators) == 1:
            return torch.randn(shape, generator=self.generators[0])
        if shape[0] != len(self.generators):
            raise ValueError(f"{len(self.generators)} seeds for {shape[0]} rows")
        return torch.cat([torch.randn((1, *shape[1:]), generator=own) for own in self.generators])


@dataclass(frozen=True, slots=True)
class Place:
    """Where models compute, and whether they wait in main memory between uses."""

    device: str
    offload: bool = False
    captures: bool = False  # steps are run as CUDA graphs
    graphs: dict[str, Graphed] = field(default_factory=dict, compare=False)

    def quickly(self, name: str, function: Callable[..., Tensor], *given: Tensor | None) -> Tensor:
        """`function(*given)`, captured as a CUDA graph where this place does that. `name` is the same in every step of
        a run; all that changes between steps must be in `given`."""
        if not self.captures:
            return function(*given)
        graph = self.graphs.get(name)
        if graph is None:
            graph = self.graphs[name] = Graphed(function, on=True)
        return graph(*(None if one is None else one.to(self.device) for one in given))

    @contextmanager
    def using(self, *models: Any) -> Iterator[None]:
        """The models are on the device inside the block. What was captured in it ends with it: a graph reads tensors
        by their places, and those of a run are gone then."""
        for model in models:
            model.to(self.device)
        try:
            yield
        finally:
            self._release()
            if self.offload:
                for model in models:
                    model.to("cpu")
                self.give_back()

    def home(self, model: T) -> T:
        """A model that was just read, where it waits: on the device, before the next is read, if it stays there."""
        return model if self.offload else model.to(self.device)  # type: ignore[attr-defined]

    def give_back(self) -> None:
        """Returns what the allocator keeps in reserve, and what captured steps hold."""
        import torch

        self._release()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _release(self) -> None:
        for graph in self.graphs.values():
            graph.free()
        self.graphs.clear()


def placed(runtime: Runtime) -> Place:
    """Where a backend computes: models wait in main memory when the memory plan says so."""
    offload = runtime.memory.offload != "none"
    asked = runtime.settings is not None and runtime.settings.graphs
    return Place(runtime.device, offload, captures=asked and runtime.device == "cuda" and not offload)


def drawn(vae: Any, picture: Tensor, noise: Tensor) -> Tensor:
    """A draw from the autoencoder's posterior of a picture (n, 3, H, W), unscaled, float32."""
    return drawn_from(posterior(vae, picture), noise)


def posterior(vae: Any, picture: Tensor) -> dict[str, Tensor]:
    """The autoencoder's posterior of a picture (n, 3, H, W), its "mean" and "std": what no seed changes."""
    found = vae.encode(picture.to(vae.device, vae.dtype)).latent_dist
    return {"mean": found.mean, "std": found.std}


def drawn_from(posterior: Mapping[str, Tensor], noise: Tensor) -> Tensor:
    """A draw from a posterior, unscaled, float32."""
    mean, std = posterior["mean"], posterior["std"]
    return (mean + std * noise.to(mean)).float()


def latent_shape(vae: Any, picture: Tensor, samples: int = 1) -> tuple[int, ...]:
    """Shape of the latents of so many draws of a picture (n, 3, H, W)."""
    shrink = 2 ** (len(vae.config.block_out_channels) - 1)
    count, _, height, width = picture.shape
    return count * samples, vae.config.latent_channels, height // shrink, width // shrink


def decoded(vae: Any, latents: Tensor) -> Tensor:
    """(n, 4, h, w) unscaled latents -> (n, 3, H, W) float32 in about -1..1."""
    return vae.decode(latents.to(vae.device, vae.dtype)).sample.float()


def dressing(
    fitting: Fitting,
    mask: Mask | None,
    produce: Callable[[OnStep], Pixels],
    quick: Callable[[Tensor], Pixels],
    *,
    cleanup: Callable[[], object],
    settle: Callable[[Pixels], Mask] | None = None,
) -> Generator[Event, None, Dressed]:
    """One picture, as `dressing_all` makes several."""
    made = dressing_all(fitting, mask, lambda step: [produce(step)], quick, cleanup=cleanup, settle=settle)
    return (yield from made)[0]


def dressing_all(
    fitting: Fitting,
    mask: Mask | None,
    produce: Callable[[OnStep], list[Pixels]],
    quick: Callable[[Tensor], Pixels],
    *,
    cleanup: Callable[[], object],
    settle: Callable[[Pixels], Mask] | None = None,
) -> Generator[Event, None, list[Dressed]]:
    """Runs a sampler as events: Progress with every step, Preview with every second, the dressed pictures returned.

    `produce` makes the pictures (h, w, 3) and calls back with every step; `quick` turns clean latents (4, h, w) into a
    small picture. Each result replaces the photo under the feathered `mask`, or, for maskless backends, where
    `settle` says. Closing leaves the sampler within the step.
    """
    before, alpha = fitting.person.photo.pixels, None if mask is None else feathered(mask)
    pictures = yield from reported(before, produce, quick, alpha, cleanup=cleanup)
    results = []
    for pixels in pictures:
        own = alpha
        if own is None:
            assert settle is not None
            own = settle(pixels)
        results.append(dressed(before, pixels, own))
    return results


@dataclass(frozen=True, slots=True, eq=False)
class Sketch(Passing):
    """What a preview is made of: (4, h, w) clean latents, still on their device."""

    clean: Tensor


def reported(
    before: Pixels,
    produce: Callable[[OnStep], T],
    quick: Callable[[Tensor], Pixels],
    alpha: Mask | None,
    *,
    cleanup: Callable[[], object],
    stage: Stage = "transfer",
) -> Generator[Event, None, T]:
    """Runs `produce` as `as_steps` does, telling every step; returns what it returns. Previews, on the picture that is
    dressed, are made by the reader: the sampler neither waits for the device nor for their drawing."""
    import torch

    def call(tap: Tap) -> T:
        def on_step(step: Step) -> None:
            tap(Progress(stage, (step.index + 1) / step.total))
            if step.index % PREVIEW_EVERY == 0 and step.index + 1 < step.total:
                tap(Sketch(step.clean[0]))

        with torch.inference_mode():
            tap.check()
            return produce(on_step)

    steps: Generator[Event | Sketch, None, T] = as_steps(call, cleanup=cleanup)
    try:
        while True:
            event = next(steps)
            if isinstance(event, Sketch):
                with torch.inference_mode():
                    small = quick(event.clean)
                event = Preview(stage, preview(before, small, alpha))
            yield event
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        steps.close()


def preview(before: Pixels, small: Pixels, alpha: Mask | None) -> Pixels:
    """A small quick picture, enlarged to half the working size, on the photo where alpha lets it."""
    size = max(1, before.shape[1] // 2), max(1, before.shape[0] // 2)
    above = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    if alpha is None:
        return above
    below = cv2.resize(before, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
    return np.rint(below * (1 - share) + above * share).astype(np.uint8)
