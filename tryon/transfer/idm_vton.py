"""IDM-VTON (Choi et al., ECCV 2024): SDXL twice. A garment UNet is looked at in every step, an image adapter and a
caption say what the garment is, and the body's parts as a picture say where the body is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.parsing.words import caption
from tryon.spec import Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.footprints import BIGG_TEXT, CLIP_TEXT, VIT_H_IMAGE, footprint
from tryon.transfer.diffusion.guess import Guess, begun, middle, strength_of
from tryon.transfer.diffusion.kept import Kept, drawn_once
from tryon.transfer.diffusion.masks import Recipe
from tryon.transfer.diffusion.pictures import (
    as_centred_tensor,
    as_doubled_tensor,
    as_mask_tensor,
    body_parts_picture,
    garment_on_white,
    padded,
)
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, drawn, latent_shape, placed
from tryon.transfer.diffusion.sdxl import Sentence, SentenceEncoder, adapter_tokens
from tryon.transfer.diffusion.system import CoupledSystem, dresser
from tryon.types import Fitting, Mask
from tryon.weights.files import model_files
from tryon.weights.fill import fill
from tryon.weights.layout import locate
from tryon.weights.rules import IP_ADAPTER, RESAMPLER, RESAMPLER_PARTED

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.reference_attention import ReferenceAttention

REPO, DRESS_CODE = "yisol/IDM-VTON", "yisol/IDM-VTON-DC"
_SHARED = ("unet_encoder/*", "vae/*", "image_encoder/*", "text_encoder/*", "text_encoder_2/*", "tokenizer/*",
           "tokenizer_2/*", "scheduler/*.json", "unet/config.json")  # fmt: skip
BASE = TransferSpec(
    name="idm-vton",
    title="IDM-VTON (tops)",
    family="IDM-VTON",
    about="The most faithful on unusual tops, and the largest: reads a caption of the garment.",
    licence="CC-BY-NC-SA-4.0",
    commercial=False,
    source="https://arxiv.org/abs/2403.05139",
    weights=(Weights(repo=REPO, files=(*_SHARED, "unet/*"), gib=27.0),),
    parameters=7_086_907_695,
    footprint=footprint(5_553_456_712, CLIP_TEXT, BIGG_TEXT, VIT_H_IMAGE),
    reads=frozenset({"photo", "labels", "keypoints", "parts", "mask", "garments", "prompt"}),
    sizes=((768, 1024),),
    any_aspect=True,
    guessed=True,
    samples=4,
    stride=8,
    steps=(20, 60, 30),
    guidance=(1.1, 5.0, 2.0),
    categories=("top",),
    rank=36,
    extra="gpu",
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="idm-vton-dc",
        title="IDM-VTON (all kinds)",
        about="The largest, with the weights for bottoms and dresses: reads a caption of the garment.",
        weights=(
            Weights(repo=REPO, files=_SHARED, gib=15.8),
            Weights(repo=DRESS_CODE, files=("unet/*",), gib=11.2),
        ),
        categories=("top", "bottom", "dress"),
        rank=37,
    ),
)
NEGATIVE = "monochrome, lowres, bad anatomy, worst quality, low quality"
WORN, SHOWN = "model is wearing {}", "a photo of {}"


@dataclass(frozen=True)
class Conditions:
    """What a sampler is told besides the pictures."""

    worn: Sentence  # of the person, with the garment's caption
    negative: Sentence
    shown: Sentence  # of the garment alone
    image: Tensor  # (2, tokens, width): the adapter's tokens of a black picture and of the garment


@dataclass(frozen=True, kw_only=True)
class IdmVton(CoupledSystem):
    """The loaded system: a garment UNet of 4 channels, a person UNet of 13 with the image adapter's keys and values."""

    image: Any
    resampler: Any  # image features -> the adapter's tokens
    prepare: Any  # CLIP's picture preparation
    sentences: SentenceEncoder | None  # None where encoded sentences are given

    def image_tokens(self, garment: Any, kept: Kept | None = None) -> Tensor:
        """The image adapter's tokens (2, 16, width) of nothing and of a garment (a PIL picture), made once."""
        return adapter_tokens(garment, self.prepare, self.image, self.resampler, self.place, kept)

    def told(self, words: str, garment: Any, kept: Kept | None = None) -> Conditions:
        """Conditions from a caption and the garment's picture."""
        assert self.sentences is not None
        with self.place.using(*self.sentences.models):
            worn, negative, shown = (
                self.sentences(text, self.place.device) for text in (WORN.format(words), NEGATIVE, SHOWN.format(words))
            )
        return Conditions(worn, negative, shown, self.image_tokens(garment, kept))

    def sample(
        self,
        person: Tensor,
        garment: Tensor,
        mask: Tensor,
        parts: Tensor,
        told: Conditions,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        guess: Guess | None = None,
        kept: Kept | None = None,
    ) -> Tensor:
        """Unscaled latents (samples, 4, h, w) of the dressed person.

        person, garment, parts: (1, 3, H, W) in -1..1; mask: (1, 1, H, W), 1 may be repainted. `kept`: of earlier runs.
        The garment UNet looks at a draw of the seed in every step, so what is kept ends before it.
        """
        import torch

        from tryon.nets.cross_attention import told_once
        from tryon.nets.latents import foreseen
        from tryon.nets.reference_attention import guided

        order = self.attention.switches.order
        start, fixed, cloth = self._pictures(person, garment, mask, parts, noise, kept, samples)
        context, added = self._words(told, person)
        cloth, shown = cloth.to(self.garment.dtype), told.shown.tokens.to(self.place.device, self.garment.dtype)
        shown = shown.expand(samples, -1, -1)
        with self.place.using(self.vae):
            clean = middle(self.vae, guess)
        latents, times = begun(self.scheduler, steps, start, clean, strength_of(guess))
        (text, (image,)) = context
        text, image, pooled, size = (
            rows.repeat_interleave(samples, dim=0) for rows in (text, image, added["text_embeds"], added["time_ids"])
        )

        def predict(joined: Tensor, time: Tensor, cloth: Tensor, pooled: Tensor) -> Tensor:
            self.attention.look(cloth, time, shown)
            told = {"text_embeds": pooled, "time_ids": size}
            found: Tensor = self.person(
                joined, time, encoder_hidden_states=(text, [image]), added_cond_kwargs=told
            ).sample
            return found

        with (
            self.place.using(self.garment, self.person),
            told_once(self.garment, shown),
            told_once(self.person, text, image),
        ):
            for index, time in enumerate(times):
                joined = torch.cat([torch.cat([latents] * 2), fixed], dim=1).to(self.person.dtype)
                raw = self.place.quickly("both", predict, joined, time, cloth, pooled).float()
                prediction = guided(raw, guidance, order)
                clean = foreseen(latents, prediction, self.scheduler.alphas_cumprod[time])
                latents = self.scheduler.step(prediction, time, latents, generator=noise.generator).prev_sample
                on_step(Step(index, len(times), latents, prediction, clean))
            self.attention.forget()
        return latents / self.vae.config.scaling_factor

    def _pictures(
        self,
        person: Tensor,
        garment: Tensor,
        mask: Tensor,
        parts: Tensor,
        noise: Noise,
        kept: Kept | None = None,
        samples: int = 1,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The first noise, what the person UNet sees beside them (both halves), and the garment's latents. The
        noise is drawn in upstream's order."""
        import torch

        from tryon.nets.latents import shrunk

        scale, shape = self.vae.config.scaling_factor, latent_shape(self.vae, person, samples)
        start = noise.draw("start", shape).to(self.place.device)
        with self.place.using(self.vae):
            seen = drawn(self.vae, person * (mask < 0.5), noise.draw("person", shape)) * scale
            body = drawn(self.vae, parts, noise.draw("parts", shape)) * scale
            cloth = drawn_once(self.vae, garment, noise.draw("garment", shape), kept) * scale
        small = shrunk(mask.to(seen), seen).expand(len(seen), -1, -1, -1)
        fixed = torch.cat([small, seen, body], dim=1)
        return start, torch.cat([fixed] * 2), cloth

    def _words(self, told: Conditions, person: Tensor) -> tuple[Any, dict[str, Tensor]]:
        """What the person UNet's cross-attention reads, (text, [image tokens]), and SDXL's further conditions."""
        import torch

        kind = {"device": self.place.device, "dtype": self.person.dtype}
        height, width = person.shape[-2:]
        text = torch.cat([told.negative.tokens, told.worn.tokens]).to(**kind)
        added = {
            "text_embeds": torch.cat([told.negative.pooled, told.worn.pooled]).to(**kind),
            "time_ids": torch.tensor([[height, width, 0, 0, height, width]] * 2).to(**kind),
        }
        return (text, [told.image.to(**kind)[:, None]]), added


def load(runtime: Runtime) -> TransferModel:
    """Loads a variant. Raises what the weights room raises."""
    from tryon.nets.latents import SDXL_RGB

    system = open_system(runtime)
    kept = Kept(system.place)

    def shown(fitting: Fitting, mask: Mask) -> tuple[Any, ...]:
        photo, worn = fitting.person.photo, fitting.garments[0]
        garment = padded(garment_on_white(worn), photo.width, photo.height)
        return (
            as_doubled_tensor(photo.pixels),
            as_centred_tensor(np.asarray(garment)),
            as_mask_tensor(mask),
            as_centred_tensor(body_parts_picture(fitting.person.parts)),
            system.told(caption(worn, fitting.prompt), garment, kept),
        )

    recipe: Recipe = "idm_dc" if runtime.spec.name.endswith("-dc") else "ootd_hd"
    return dresser(system, shown, recipe, guessed=as_doubled_tensor, kept=kept, colours=SDXL_RGB)


def attention_between(garment: Any, person: Any) -> ReferenceAttention:
    """The two UNets coupled as their authors couple them."""
    from tryon.nets.reference_attention import ReferenceAttention, Switches

    switches = Switches(
        tap="norm_output", normalise=False, unconditional="zero_features", order="unconditional_first", every_step=True
    )
    return ReferenceAttention(garment, person, switches)


def open_system(runtime: Runtime, *, with_text: bool = True) -> IdmVton:
    """The networks of a variant, on their device. Without text, encoded sentences must be given to `sample`."""
    import torch
    from diffusers import DDPMScheduler

    spec, folders, dtype = runtime.spec, locate(runtime), getattr(torch, runtime.dtype)
    root, trained, title = folders[REPO], folders[spec.weights[-1].repo], spec.title
    place = placed(runtime)
    person, resampler = map(
        place.home, person_unet(root / "unet", model_files(trained / "unet", title=title), title, dtype)
    )
    # The published garment UNet still holds SDXL's size conditions; it is run without them.
    garment = place.home(
        models.unet(
            root / "unet_encoder", title=title, dtype=dtype, unused=(r"^add_embedding\.",), addition_embed_type=None
        )
    )
    image = place.home(models.image_encoder(root / "image_encoder", title=title, dtype=dtype))
    sentences = SentenceEncoder.opened(root, title, dtype) if with_text else None
    for reader in sentences.models if sentences else ():
        place.home(reader)
    return IdmVton(
        garment=garment,
        person=person,
        vae=place.home(models.autoencoder(root / "vae", title=title, dtype=dtype)),
        image=image,
        resampler=resampler,
        prepare=models.image_processor(root / "image_encoder", image, title=title),
        sentences=sentences,
        scheduler=models.scheduler(DDPMScheduler, root / "scheduler", title=title),
        attention=attention_between(garment, person),
        place=place,
    )


def person_unet(folder: Path, files: list[Path], title: str, dtype: Any) -> tuple[Any, Any]:
    """The person UNet with an image adapter in every cross-attention, and the adapter's Resampler.

    The published configuration asks the UNet to project image features itself, which its class refuses to build; the
    Resampler is a module of its own here, so that it runs once and not in every step.
    """
    unet = models.empty_unet(folder, title=title, encoder_hid_dim=None, encoder_hid_dim_type=None)
    resampler = models.empty_resampler(files, "encoder_hid_proj.", title=title)
    models.add_image_adapter(unet, tokens=resampler.latents.shape[1])
    fill(unet, files, title=title, dtype=dtype, rules=IP_ADAPTER, unused=(r"^encoder_hid_proj\.",))
    fill(
        resampler,
        files,
        title=title,
        dtype=dtype,
        prefix="encoder_hid_proj.",
        rules=RESAMPLER,
        parted=RESAMPLER_PARTED,
        known=("",),
    )
    return unet, resampler
