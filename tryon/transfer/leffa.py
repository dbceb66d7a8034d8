"""Leffa (Zhou et al., CVPR 2025): two inpainting UNets without text, coupled by reference attention in every step.

The person UNet reads noise, mask, masked person and the body's parts as a small colour picture (12 channels); the
garment UNet reads the garment (4 channels). One file holds both and the autoencoder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.spec import Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.footprints import footprint
from tryon.transfer.diffusion.guess import Guess, begun, middle, strength_of
from tryon.transfer.diffusion.kept import Kept, drawn_once
from tryon.transfer.diffusion.masks import Recipe
from tryon.transfer.diffusion.pictures import (
    as_doubled_tensor,
    as_mask_tensor,
    body_parts_picture,
    fitted,
    garment_on_white,
)
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, drawn, latent_shape, placed
from tryon.transfer.diffusion.system import CoupledSystem, dresser
from tryon.types import Fitting, Mask
from tryon.weights.fill import fill
from tryon.weights.layout import locate
from tryon.weights.rules import OLD_VAE

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.reference_attention import ReferenceAttention

REPO = "franciszzj/Leffa"
CONFIGS = "stable-diffusion-inpainting"
_CONFIG_FILES = tuple(f"{CONFIGS}/{part}" for part in ("unet/*.json", "vae/*.json", "scheduler/*.json"))
BASE = TransferSpec(
    name="leffa",
    title="Leffa (tops)",
    family="Leffa",
    about="Keeps prints and textures well; trained on tops.",
    licence="MIT",
    commercial=True,
    source="https://arxiv.org/abs/2412.08486",
    weights=(
        Weights(
            repo=REPO,
            files=("virtual_tryon.pth", *_CONFIG_FILES),
            gib=6.8,
            note="MIT; the authors trained on VITON-HD and DressCode, whose own terms are for research.",
        ),
    ),
    parameters=1_714_781_547,
    footprint=footprint(1_631_127_684),
    reads=frozenset({"photo", "labels", "keypoints", "parts", "mask", "garments"}),
    sizes=((768, 1024),),
    any_aspect=True,
    guessed=True,
    samples=4,
    stride=8,
    steps=(10, 100, 30),
    guidance=(1.0, 5.0, 2.5),
    categories=("top",),
    rank=31,
    extra="gpu",
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="leffa-dc",
        title="Leffa (all kinds)",
        about="Keeps prints and textures well: tops, bottoms and dresses.",
        weights=(replace(BASE.weights[0], files=("virtual_tryon_dc.pth", *_CONFIG_FILES)),),
        categories=("top", "bottom", "dress"),
        rank=30,
    ),
)
NOISY, MASK, PARTS = 4, 1, 3  # channels beside the masked person's 4
TEXT = r"\.attn2\."  # in the file, never read
PREFIXES = ("unet.", "unet_encoder.", "vae.")  # every key of the file starts with one of these


@dataclass(frozen=True, kw_only=True)
class Leffa(CoupledSystem):
    """The loaded system."""

    def sample(
        self,
        person: Tensor,
        garment: Tensor,
        mask: Tensor,
        parts: Tensor,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        look_once: bool = False,
        guess: Guess | None = None,
        kept: Kept | None = None,
    ) -> Tensor:
        """Unscaled latents (n samples, 4, h, w) of the dressed person.

        person, garment, parts: (n, 3, H, W) in -1..1; mask: (n, 1, H, W), 1 may be repainted. `look_once`: the
        garment UNet runs once, at the middle timestep, instead of in every step (quicker, a little worse). `kept`: of
        earlier runs; the garment UNet looks at a draw of the seed, so what is kept ends before it.
        """
        import torch

        order, scale = self.attention.switches.order, self.vae.config.scaling_factor
        fixed, cloth = self._conditions(person, garment, mask, parts, noise, kept, samples)
        start = noise.draw("start", latent_shape(self.vae, person, samples)).to(fixed)
        with self.place.using(self.vae):
            clean = middle(self.vae, guess)
        latents, times = begun(self.scheduler, steps, start, clean, strength_of(guess))
        cloth = cloth.to(self.garment.dtype)

        def predict(joined: Tensor, time: Tensor, cloth: Tensor | None) -> Tensor:
            if cloth is not None:
                self.attention.look(cloth, time)
            found: Tensor = self.person(joined, time, encoder_hidden_states=None).sample
            return found

        with self.place.using(self.garment, self.person):
            if look_once:
                self.attention.look(cloth, self.scheduler.timesteps[steps // 2])
            for index, time in enumerate(times):
                joined = torch.cat([torch.cat([latents] * 2), fixed], dim=1).to(self.person.dtype)
                if look_once:  # its tokens are not an argument of the call
                    raw = predict(joined, time, None).float()
                else:
                    raw = self.place.quickly("both", predict, joined, time, cloth).float()
                latents, step = self._stepped(raw, time, latents, guidance, order, noise)
                on_step(Step(index, len(times), latents, *step))
            self.attention.forget()
        return latents / scale

    def _stepped(
        self, raw: Tensor, time: Tensor, latents: Tensor, guidance: float, order: Any, noise: Noise
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        from tryon.nets.latents import foreseen

        prediction = rescaled(raw, guidance, order)
        clean = foreseen(latents, prediction, self.scheduler.alphas_cumprod[time])
        latents = self.scheduler.step(prediction, time, latents, generator=noise.generator).prev_sample
        return latents, (prediction, clean)

    def _conditions(
        self,
        person: Tensor,
        garment: Tensor,
        mask: Tensor,
        parts: Tensor,
        noise: Noise,
        kept: Kept | None = None,
        samples: int = 1,
    ) -> tuple[Tensor, Tensor]:
        """What the person UNet sees beside the noise, the same in both halves, and the garment's latents."""
        import torch

        from tryon.nets.latents import shrunk

        scale, shape = self.vae.config.scaling_factor, latent_shape(self.vae, person, samples)
        with self.place.using(self.vae):
            seen = drawn(self.vae, person * (mask < 0.5), noise.draw("person", shape)) * scale
            cloth = drawn_once(self.vae, garment, noise.draw("garment", shape), kept) * scale
        small = [shrunk(value.to(seen), seen).expand(len(seen), -1, -1, -1) for value in (mask, parts)]
        return torch.cat([torch.cat([small[0], seen, small[1]], dim=1)] * 2), cloth


def rescaled(batch: Tensor, guidance: float, order: Any) -> Tensor:
    """Classifier-free guidance, rescaled (Lin et al. 2024, section 3.4) with the guidance itself as the factor.

    Published factors are at most 1; Leffa's demo samples with the guidance scale, and its numbers are from that.
    """
    from tryon.nets.reference_attention import guided, split

    axes = (1, 2, 3)
    mixed, conditional = guided(batch, guidance, order), split(batch, order)[1]
    ratio = conditional.std(axes, keepdim=True) / mixed.std(axes, keepdim=True)
    return mixed * (guidance * ratio + 1 - guidance)


def load(runtime: Runtime) -> TransferModel:
    """Loads a variant. Raises what the weights room raises."""
    system = open_system(runtime)
    kept = Kept(system.place)
    dress_code = runtime.spec.name.endswith("-dc")

    def shown(fitting: Fitting, mask: Mask) -> tuple[Any, ...]:
        photo, labels = fitting.person.photo, fitting.person.parts
        garment = fitted(np.asarray(garment_on_white(fitting.garments[0])), photo.width, photo.height)
        parts = np.stack([labels] * 3, axis=-1) if dress_code else body_parts_picture(labels)
        person, cloth, body = (as_doubled_tensor(value).contiguous() for value in (photo.pixels, garment, parts))
        return person, cloth, as_mask_tensor(mask), body

    recipe: Recipe = "leffa_dc" if dress_code else "leffa_hd"
    return dresser(system, shown, recipe, guessed=as_doubled_tensor, kept=kept)


def attention_between(garment: Any, person: Any) -> ReferenceAttention:
    """The two UNets coupled as their authors couple them."""
    from tryon.nets.reference_attention import ReferenceAttention, Switches

    switches = Switches(
        tap="norm_output", normalise=False, unconditional="zero_latents", order="unconditional_first", every_step=True
    )
    return ReferenceAttention(garment, person, switches)


def open_system(runtime: Runtime) -> Leffa:
    """The networks of a variant, on their device."""
    import torch
    from diffusers import DDPMScheduler

    from tryon.nets.passing import without_cross_attention

    spec, root, dtype = runtime.spec, locate(runtime)[REPO], getattr(torch, runtime.dtype)
    title, configs, file = spec.title, root / CONFIGS, root / spec.weights[0].files[0]
    place = placed(runtime)

    def loaded(module: Any, prefix: str, rules: Any = ()) -> Any:
        return place.home(
            fill(module, [file], title=title, dtype=dtype, prefix=prefix, rules=rules, unused=(TEXT,), known=PREFIXES)
        )

    person, garment = (
        loaded(without_cross_attention(models.empty_unet(configs / "unet", title=title, in_channels=count)), prefix)
        for count, prefix in ((NOISY + MASK + 4 + PARTS, "unet."), (4, "unet_encoder."))
    )
    return Leffa(
        garment=garment,
        person=person,
        vae=loaded(models.empty_autoencoder(configs / "vae", title=title), "vae.", OLD_VAE),
        # The published file names another scheduler class; its values are what counts.
        scheduler=models.scheduler(DDPMScheduler, configs / "scheduler", title=title, rescale_betas_zero_snr=False),
        attention=attention_between(garment, person),
        place=place,
    )
