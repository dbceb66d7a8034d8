"""The family's way from a picture and a sentence to latents and frames, the same for every checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tryon.transfer.diffusion.sampling import Noise, Place, decoded, drawn, latent_shape
from tryon.video.lvdm import towers
from tryon.video.lvdm.checkpoint import Parts
from tryon.video.lvdm.recipes import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.ddim import Branch, DdimStep, Guidance


@dataclass(frozen=True)
class Condition:
    """What the UNet reads beside noise and time."""

    contexts: dict[Branch, Tensor]  # (b, 77 + image tokens, width)
    beside: Tensor | None  # (b, 4, f, h, w) latents joined to the noisy ones
    rate: Tensor  # (b,)


@dataclass(frozen=True)
class Lvdm:
    """A loaded checkpoint."""

    parts: Parts
    recipe: Recipe
    tokenizer: Any
    place: Place

    def read(self, ids: Tensor) -> Tensor:
        """(b, 77) token ids -> (b, 77, width)."""
        with self.place.using(self.parts.text):
            return self.parts.text(ids.to(self.place.device)).last_hidden_state

    def look(self, picture: Tensor) -> Tensor:
        """(b, 3, h, w) in -1..1 -> image tokens (b, n, width)."""
        assert self.parts.vision is not None and self.parts.resampler is not None
        with self.place.using(self.parts.vision, self.parts.resampler):
            pixels = towers.seen(picture).to(self.place.device, self.parts.vision.dtype)
            return self.parts.resampler(self.parts.vision(pixels).last_hidden_state)

    def encode(self, pictures: Tensor, noise: Tensor) -> Tensor:
        """(n, 3, H, W) in -1..1 -> scaled latents (n, 4, h, w), drawn with `noise` from the posterior."""
        with self.place.using(self.parts.vae):
            return drawn(self.parts.vae, pictures, noise) * self.parts.vae.config.scaling_factor

    def latents_shape(self, picture: Tensor, frames: int) -> tuple[int, ...]:
        """Of a film of `frames` of a picture's size: (b, 4, f, h, w)."""
        count, channels, height, width = latent_shape(self.parts.vae, picture)
        return count, channels, frames, height, width

    def condition(
        self,
        ids: Tensor,
        ids_without: Tensor,
        pictures: tuple[Tensor, Tensor],
        frames: int,
        noise: Callable[[tuple[int, ...]], Tensor],
        *,
        rate: int | None = None,
        apart: bool = False,
    ) -> Condition:
        """ids, ids_without: (b, 77) of the sentence and of what is to be avoided; pictures: first and last frame, each
        (b, 3, H, W) in -1..1, of which most checkpoints see the first; noise(shape) draws for the posterior, and
        `apart` also readies the branch that has the picture without the text."""
        import torch

        text, without = self.read(ids), self.read(ids_without)
        first = pictures[0]
        numbers = torch.full((len(first),), rate or self.recipe.rate, device=self.place.device)
        contexts: dict[Branch, Tensor] = {"whole": text, "nothing": without}
        if self.parts.resampler is not None:
            image, grey = self.look(first), self.look(torch.zeros_like(first))
            contexts = {"whole": torch.cat([text, image], 1), "nothing": torch.cat([without, grey], 1)}
            if apart:
                contexts["picture"] = torch.cat([without, image], 1)
        return Condition(contexts, self._beside(pictures, frames, noise), numbers)

    def sample(
        self,
        latents: Tensor,
        condition: Condition,
        times: list[int],
        guidance: Guidance,
        *,
        noise: Callable[[tuple[int, ...]], Tensor],
        on_step: Callable[[DdimStep], None],
        eta: float | None = None,
    ) -> Tensor:
        """Noise at times[0] (b, 4, f, h, w) -> scaled latents."""
        from tryon.nets.ddim import ddim

        with self.place.using(self.parts.unet):
            return ddim(
                lambda latents, time, branch: self.predict(latents, time, condition, branch),
                latents.to(self.place.device),
                self.recipe.schedule,
                times,
                guidance,
                eta=self.recipe.eta if eta is None else eta,
                noise=noise,
                on_step=on_step,
            )

    def predict(self, latents: Tensor, time: int, condition: Condition, branch: Branch = "whole") -> Tensor:
        """One run of the UNet; the picture beside the latents is there in every branch."""
        import torch

        joined = latents if condition.beside is None else torch.cat([latents, condition.beside], dim=1)
        dtype = next(self.parts.unet.parameters()).dtype
        context = condition.contexts[branch].to(dtype)
        return self.parts.unet(joined.to(dtype), torch.full_like(condition.rate, time), context, condition.rate)

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        """Scaled latents (1, 4, f, h, w) -> one frame (1, 3, H, W) in about -1..1 after the other."""
        with self.place.using(self.parts.vae):
            for frame in (latents / self.parts.vae.config.scaling_factor).unbind(2):
                yield decoded(self.parts.vae, frame)

    def _beside(
        self, pictures: tuple[Tensor, Tensor], frames: int, noise: Callable[[tuple[int, ...]], Tensor]
    ) -> Tensor | None:
        import torch

        if self.recipe.start not in ("every_frame", "ends"):
            return None
        shape = latent_shape(self.parts.vae, pictures[0])
        first = self.encode(pictures[0], noise(shape))
        if self.recipe.start == "every_frame":
            return first[:, :, None].expand(-1, -1, frames, -1, -1)
        last = self.encode(pictures[1], noise(shape))
        beside = torch.zeros((*first.shape[:2], frames, *first.shape[2:]), device=first.device, dtype=first.dtype)
        beside[:, :, 0], beside[:, :, -1] = first, last
        return beside


def noise_of(noise: Noise, name: str) -> Callable[[tuple[int, ...]], Tensor]:
    """Draws for one purpose."""
    return lambda shape: noise.draw(name, shape)
