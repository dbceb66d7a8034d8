"""From a picture to latents and frames, for both systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tryon.transfer.diffusion.sampling import Place, decoded, drawn, latent_shape

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.fashion import Control
    from tryon.nets.fashion_diffusion import FashionStep

PUBLISHED_STEPS = 1000  # what the authors' own sampler always runs
PUBLISHED_HEADS = (8, 64)  # heads, channels of a head
Draw = Callable[[tuple[int, ...]], "Tensor"]


@dataclass(frozen=True)
class Fashion:
    """UNet and autoencoder. `unsigned`: the autoencoder is fed 0..1 instead of -1..1 (the published FashionFlow)."""

    unet: Any
    vae: Any
    place: Place
    unsigned: bool = False

    def encode(self, picture: Tensor, noise: Draw) -> Tensor:
        """(b, 3, H, W) in -1..1 -> scaled latents (b, c, h, w), drawn from the posterior."""
        if self.unsigned:
            picture = picture / 2 + 0.5
        with self.place.using(self.vae):
            drew = noise(latent_shape(self.vae, picture))
            return drawn(self.vae, picture, drew) * self.vae.config.scaling_factor

    def sample(
        self,
        first: Tensor,
        context: Tensor,
        frames: int,
        *,
        steps: int,
        noise: Draw,
        on_step: Callable[[FashionStep], None],
        control: Control | None = None,
    ) -> Tensor:
        """first: scaled latents (b, c, h, w); context (b, tokens, width) -> scaled latents (b, c, f, h, w).

        PUBLISHED_STEPS steps are the authors' own sampler; any other number is the quick one.
        """
        from tryon.nets.fashion_diffusion import published_steps, quick_steps

        known = first[:, :, None]
        latents = noise((*first.shape[:2], frames, *first.shape[2:])).to(self.place.device)

        def predict(latents: Tensor, times: Tensor) -> Tensor:
            return self.predict(latents, times, context, control)

        with self.place.using(self.unet):
            if steps == PUBLISHED_STEPS:
                return published_steps(predict, latents, known, noise, on_step)
            return quick_steps(predict, latents, known, steps, on_step)

    def predict(self, latents: Tensor, times: Tensor, context: Tensor, control: Control | None = None) -> Tensor:
        """One run of the UNet."""
        dtype = next(self.unet.parameters()).dtype
        return self.unet(latents.to(dtype), times, context.to(dtype), control)

    def decode(self, latents: Tensor) -> Iterator[Tensor]:
        """Scaled latents (1, c, f, h, w) -> one frame (1, 3, H, W) in about -1..1 after the other."""
        with self.place.using(self.vae):
            for frame in (latents / self.vae.config.scaling_factor).unbind(2):
                values = decoded(self.vae, frame)
                yield values.clamp(0, 1) * 2 - 1 if self.unsigned else values
