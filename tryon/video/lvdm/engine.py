"""A checkpoint of the family as the shared runner films with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.spec import Runtime, VideoModel
from tryon.transfer.diffusion.pictures import as_tensor
from tryon.transfer.diffusion.sampling import Noise, Place
from tryon.video.diffusion.method import Shot
from tryon.video.diffusion.running import Film
from tryon.video.lvdm import towers
from tryon.video.lvdm.checkpoint import HeadSizes, open_parts
from tryon.video.lvdm.recipes import Recipe
from tryon.video.lvdm.system import Lvdm, noise_of
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.video.diffusion.tap import Heard


def film_with(runtime: Runtime, recipe: Recipe) -> VideoModel:
    """Loads a checkpoint. Raises what the weights room raises."""
    return Film(runtime, LvdmEngine(open_system(runtime, recipe)))


def open_system(runtime: Runtime, recipe: Recipe, heads: HeadSizes | None = None) -> Lvdm:
    """The networks of a variant. Its first repository holds the checkpoint, the last one OpenCLIP."""
    import torch

    spec, folders = runtime.spec, locate(runtime)
    published, clip = spec.weights[0], folders[spec.weights[-1].repo]
    path: Path = folders[published.repo] / published.files[0]
    place, dtype = Place(runtime.device, runtime.memory.offload != "none"), getattr(torch, runtime.memory.dtype)
    parts = open_parts(path, clip, heads or HeadSizes(), title=spec.title, dtype=dtype, home=place.home)
    return Lvdm(parts, recipe, towers.tokenizer(clip, title=spec.title), place)


@dataclass(frozen=True, eq=False)
class LvdmEngine:
    """The spec holds films at 16 frames, for which the networks were made: only then every frame has image tokens of
    its own. A loop is one frame shorter than what is made for it."""

    system: Lvdm

    @property
    def tokenizer(self) -> Any:
        return self.system.tokenizer

    @property
    def vae(self) -> Any:
        return self.system.parts.vae

    def steps(self, shot: Shot) -> int:
        return len(self._times(shot))

    def first(self, shot: Shot) -> Tensor:
        import torch

        return self.system.encode(as_tensor(shot.picture), torch.zeros(self._shape(shot)))[0]

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        from tryon.nets.ddim import Guidance, started

        system, recipe, noise = self.system, self.system.recipe, Noise(shot.scene.seed)
        pictures, frames = self._pictures(shot), shot.frames + recipe.closes
        ids, without = (towers.tokens(system.tokenizer, text) for text in (shot.prompt, shot.negative))
        condition = system.condition(ids, without, pictures, frames, noise_of(noise, "picture"))
        latents = noise.draw("start", system.latents_shape(pictures[0], frames))
        times = recipe.schedule.times(shot.steps)
        if recipe.start == "noised":
            still = system.encode(pictures[0], noise.draw("picture", self._shape(shot)))[:, :, None]
            repeated = still.expand(-1, -1, frames, -1, -1)
            latents, times = started(recipe.schedule, repeated, latents.to(repeated), times, recipe.share)
        return system.sample(
            latents,
            condition,
            times,
            Guidance(scale=shot.guidance, rescale=recipe.rescale),
            noise=noise_of(noise, "step"),
            on_step=lambda step: heard(lambda: step.clean),
        )

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        return latents[0]

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        for frame in self.system.decode(latents[:, :, : shot.frames]):
            yield frame[0, :, None].float().cpu()

    def free(self) -> None:
        """Nothing: networks that wait in main memory have gone back there by themselves."""

    def _pictures(self, shot: Shot) -> tuple[Tensor, Tensor]:
        """First and last frame."""
        first = last = shot.picture
        if self.system.recipe.changes:
            before = shot.scene.look.before
            first = shot.seen(before.pixels, shot.scene.look.person.box)
        return as_tensor(first), as_tensor(last)

    def _times(self, shot: Shot) -> list[int]:
        from tryon.nets.ddim import kept

        recipe = self.system.recipe
        times = recipe.schedule.times(shot.steps)
        return kept(times, recipe.share) if recipe.start == "noised" else times

    def _shape(self, shot: Shot) -> tuple[int, ...]:
        shape = self.system.latents_shape(as_tensor(shot.picture), 1)
        return shape[0], shape[1], shape[3], shape[4]
