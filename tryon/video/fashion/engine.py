"""The two systems as the shared runner films with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tryon.spec import Runtime
from tryon.transfer.diffusion.pictures import as_tensor
from tryon.transfer.diffusion.sampling import Noise, Place
from tryon.video.diffusion.method import Shot
from tryon.video.fashion.system import Fashion
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.fashion import Control
    from tryon.video.diffusion.tap import Heard


@dataclass(frozen=True)
class Opening:
    """Where the files of a system are, and how its networks are opened."""

    folders: Mapping[str, Path]  # of its repositories
    path: Path  # the checkpoint
    place: Place
    how: dict[str, Any]  # title, dtype


def opening(runtime: Runtime) -> Opening:
    """For a system whose first repository is the checkpoint. Raises what the weights room raises."""
    import torch

    folders, published = locate(runtime), runtime.spec.weights[0]
    how = {"title": runtime.spec.title, "dtype": getattr(torch, runtime.memory.dtype)}
    place = Place(runtime.device, runtime.memory.offload != "none")
    return Opening(folders, folders[published.repo] / published.files[0], place, how)


class Conditions(Protocol):
    """What one of the systems reads beside the first frame."""

    @property
    def tokenizer(self) -> Any: ...

    def __call__(self, shot: Shot, first: Tensor) -> tuple[Tensor, Control | None]:
        """The context (1, tokens, width) for scaled latents (1, c, h, w) of the first frame, and the control."""
        ...


@dataclass(frozen=True, eq=False)
class FashionEngine:
    """Films with the first frame given throughout."""

    system: Fashion
    conditions: Conditions

    @property
    def tokenizer(self) -> Any:
        return self.conditions.tokenizer

    def steps(self, shot: Shot) -> int:
        return shot.steps

    def first(self, shot: Shot) -> Tensor:
        return self._encoded(shot, Noise(shot.scene.seed))[0]

    @property
    def vae(self) -> Any:
        return self.system.vae

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        noise = Noise(shot.scene.seed)
        first = self._encoded(shot, noise)
        context, control = self.conditions(shot, first)
        return self.system.sample(
            first,
            context,
            shot.frames,
            steps=shot.steps,
            noise=lambda shape: noise.draw("film", shape),
            on_step=lambda step: heard(lambda: step.clean),
            control=control,
        )

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        return latents[0]

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        for frame in self.system.decode(latents):
            yield frame[0, :, None].float().cpu()

    def _encoded(self, shot: Shot, noise: Noise) -> Tensor:
        return self.system.encode(as_tensor(shot.picture), lambda shape: noise.draw("picture", shape))

    def free(self) -> None:
        """Nothing: networks that wait in main memory have gone back there by themselves."""
