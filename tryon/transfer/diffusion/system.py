"""What the loaded diffusion systems share: an autoencoder at the end, memory given back, a run as events."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tryon.events import Event
from tryon.spec import BatchModel
from tryon.transfer.diffusion.guess import guess_of
from tryon.transfer.diffusion.kept import Kept
from tryon.transfer.diffusion.masks import Recipe, published_mask
from tryon.transfer.diffusion.pictures import as_pixels
from tryon.transfer.diffusion.sampling import Noise, OnStep, Place, decoded, dressing_all
from tryon.types import Dressed, Fitting, Mask, Photo, Pixels

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class LatentSystem:
    """A system that samples latents and decodes them."""

    vae: Any
    scheduler: Any
    place: Place

    def decode(self, latents: Tensor) -> Tensor:
        """Unscaled latents -> (n, 3, H, W) in about -1..1."""
        with self.place.using(self.vae):
            return decoded(self.vae, latents)

    def free(self) -> None:
        """Gives back what a run held."""
        self.place.give_back()


@dataclass(frozen=True, kw_only=True)
class CoupledSystem(LatentSystem):
    """A garment UNet and a person UNet, coupled by reference attention."""

    garment: Any
    person: Any
    attention: Any  # ReferenceAttention of the two

    def free(self) -> None:
        """Gives back what a run held."""
        self.attention.forget()
        self.place.give_back()


def options(fitting: Fitting, on_step: OnStep, seeds: tuple[int, ...] = ()) -> dict[str, Any]:
    """What every sampler takes from an order."""
    return {
        "steps": fitting.steps,
        "guidance": fitting.guidance,
        "noise": Noise(*(seeds or (fitting.seed,))),
        "on_step": on_step,
    }


def dresser(
    system: Any,
    shown: Callable[[Fitting, Any], tuple[Any, ...]],
    recipe: Recipe | None,
    *,
    guessed: Callable[[Pixels], Tensor] | None = None,
    kept: Kept | None = None,
    colours: Any = None,
    finish: Callable[[Pixels, Photo], Pixels] = lambda pixels, photo: pixels,
    settle: Callable[[Fitting, Pixels], Mask] | None = None,
) -> BatchModel:
    """A LatentSystem as the product runs it.

    `shown` gives what its `sample` is shown of a fitting and a mask; the authors' mask (`recipe`) is used where none
    was given, or none at all (None: maskless, see `settle` of `dressing`). `guessed`: how `sample` is shown a first
    guess; None where it takes none. `kept`: what earlier runs gave, where `sample` takes that. `colours`: of previews,
    Stable Diffusion 1.5's where not said. `finish` brings the picture to the photo's form.
    """
    return _Dresser(system, shown, recipe, guessed, kept, colours, finish, settle)


@dataclass(frozen=True, eq=False)
class _Dresser:
    system: Any
    shown: Callable[[Fitting, Any], tuple[Any, ...]]
    recipe: Recipe | None
    guessed: Callable[[Pixels], Tensor] | None
    kept: Kept | None
    colours: Any
    finish: Callable[[Pixels, Photo], Pixels]
    settle: Callable[[Fitting, Pixels], Mask] | None

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        return (yield from self.several(fitting, (fitting.seed,)))[0]

    def several(self, fitting: Fitting, seeds: tuple[int, ...]) -> Generator[Event, None, list[Dressed]]:
        """One picture for each seed, denoised together and decoded one by one."""
        from tryon.nets.latents import SD15_RGB, quick_picture

        mask = fitting.mask
        if mask is None and self.recipe is not None:
            mask = published_mask(fitting.person, fitting.category, self.recipe)

        def produce(on_step: OnStep) -> list[Pixels]:
            words = options(fitting, on_step, seeds)
            if len(seeds) > 1:
                words["samples"] = len(seeds)
            if self.guessed is not None:
                words["guess"] = guess_of(fitting, self.guessed)
            if self.kept is not None:
                words["kept"] = self.kept
            latents = self.system.sample(*self.shown(fitting, mask), **words)
            pictures = (as_pixels(self.system.decode(one))[0] for one in latents.split(1))
            return [self.finish(pixels, fitting.person.photo) for pixels in pictures]

        settle = self.settle
        return (
            yield from dressing_all(
                fitting,
                mask,
                produce,
                lambda clean: quick_picture(clean, self.colours or SD15_RGB),
                cleanup=self.system.free,
                settle=None if settle is None else lambda pixels: settle(fitting, pixels),
            )
        )
