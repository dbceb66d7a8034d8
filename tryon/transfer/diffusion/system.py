"""What the loaded diffusion systems share: an autoencoder at the end, memory given back, a run as events."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tryon.spec import TransferModel
from tryon.transfer.diffusion.guess import guess_of
from tryon.transfer.diffusion.kept import Kept
from tryon.transfer.diffusion.masks import Recipe, published_mask
from tryon.transfer.diffusion.pictures import as_pixels
from tryon.transfer.diffusion.sampling import Noise, OnStep, Place, decoded, dressing
from tryon.types import Dressed, Event, Fitting, Mask, Photo, Pixels

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


def options(fitting: Fitting, on_step: OnStep) -> dict[str, Any]:
    """What every sampler takes from an order."""
    return {
        "steps": fitting.steps,
        "guidance": fitting.guidance,
        "noise": Noise(fitting.seed),
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
) -> TransferModel:
    """A LatentSystem as the product runs it.

    `shown` gives what its `sample` is shown of a fitting and a mask; the authors' mask (`recipe`) is used where none
    was given, or none at all (None: maskless, see `settle` of `dressing`). `guessed`: how `sample` is shown a first
    guess; None where it takes none. `kept`: what earlier runs gave, where `sample` takes that. `colours`: of previews,
    Stable Diffusion 1.5's where not said. `finish` brings the picture to the photo's form.
    """

    def put_on(fitting: Fitting) -> Generator[Event, None, Dressed]:
        from tryon.nets.latents import SD15_RGB, quick_picture

        mask = fitting.mask
        if mask is None and recipe is not None:
            mask = published_mask(fitting.person, fitting.category, recipe)

        def produce(on_step: OnStep) -> Pixels:
            words = options(fitting, on_step)
            if guessed is not None:
                words["guess"] = guess_of(fitting, guessed)
            if kept is not None:
                words["kept"] = kept
            latents = system.sample(*shown(fitting, mask), **words)
            return finish(as_pixels(system.decode(latents))[0], fitting.person.photo)

        return (
            yield from dressing(
                fitting,
                mask,
                produce,
                lambda clean: quick_picture(clean, colours or SD15_RGB),
                cleanup=system.free,
                settle=None if settle is None else lambda pixels: settle(fitting, pixels),
            )
        )

    return put_on
