"""OOTDiffusion (Xu et al., AAAI 2025): a garment UNet looked at once, whose tokens the person UNet attends to.

Two models: hd (VITON-HD, tops) and dc (DressCode, tops, bottoms and dresses, told apart by a word). Text is only the
empty sentence or that word; the garment's CLIP picture takes the place of the end token, or follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.spec import Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.footprints import CLIP_IMAGE, CLIP_TEXT, footprint
from tryon.transfer.diffusion.guess import Guess, begun, middle, strength_of
from tryon.transfer.diffusion.kept import Kept
from tryon.transfer.diffusion.pictures import as_doubled_tensor, garment_on_white, padded
from tryon.transfer.diffusion.published import CLIP
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, placed
from tryon.transfer.diffusion.system import CoupledSystem, dresser
from tryon.types import Category, Fitting, Mask, Pixels
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.reference_attention import ReferenceAttention

REPO = "levihsu/OOTDiffusion"
ROOT = "checkpoints/ootd"


def _files(kind: str) -> tuple[str, ...]:
    shared = ("scheduler/*.json", "tokenizer/*", "text_encoder/*", "vae/*")
    return (*(f"{ROOT}/{name}" for name in shared), f"{ROOT}/ootd_{kind}/checkpoint-36000/unet_*/*")


BASE = TransferSpec(
    name="ootdiffusion-dc",
    title="OOTDiffusion (all kinds)",
    family="OOTDiffusion",
    about="Quick, with 20 steps: tops, bottoms and dresses.",
    licence="CC-BY-NC-SA-4.0",
    commercial=False,
    source="https://arxiv.org/abs/2403.01779",
    weights=(Weights(repo=REPO, files=_files("dc"), gib=7.2), CLIP),
    parameters=2_229_733_999,
    footprint=footprint(1_719_053_448, CLIP_TEXT, CLIP_IMAGE),
    reads=frozenset({"photo", "labels", "keypoints", "mask", "garments"}),
    sizes=((768, 1024),),
    any_aspect=True,
    guessed=True,
    samples=4,
    stride=64,
    steps=(10, 50, 20),
    guidance=(1.0, 5.0, 2.0),
    rank=34,
    extra="gpu",
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="ootdiffusion-hd",
        title="OOTDiffusion (tops)",
        about="Quick, with 20 steps: trained on tops in high resolution.",
        weights=(replace(BASE.weights[0], files=_files("hd")), CLIP),
        categories=("top",),
        rank=35,
    ),
)
WORDS: dict[Category, str] = {"top": "upperbody", "bottom": "lowerbody", "dress": "dress"}
GREY = 127  # what the masked part of the person's photo is filled with


@dataclass(frozen=True, kw_only=True)
class OOTDiffusion(CoupledSystem):
    """The loaded system: a garment UNet of 4 channels and a person UNet of 8."""

    text: Any
    image: Any
    prepare: Any  # CLIP's picture preparation
    tokens: Any  # tokenizer; None where token numbers are given
    kind: str  # hd, dc

    def ids(self, category: Category) -> Tensor:
        """Token numbers (1, 2 or 3) of the sentence."""
        import torch

        text, length = ("", 2) if self.kind == "hd" else (WORDS[category], 3)
        found = self.tokens([text], padding="max_length", max_length=length, truncation=True)
        return torch.tensor(found["input_ids"])

    def context(self, ids: Tensor, garment: Any, kept: Kept | None = None) -> Tensor:
        """What both UNets' cross-attention reads, (1, 2 or 4, width). `garment`: a PIL picture."""
        import torch

        def made() -> dict[str, Tensor]:
            values = self.prepare(images=garment, return_tensors="pt").pixel_values
            with self.place.using(self.text, self.image):
                words = self.text(ids.to(self.place.device)).last_hidden_state
                seen = self.image(values.to(self.place.device, self.image.dtype)).image_embeds[:, None]
            # hd: the picture takes the place of the end token; dc: it follows the category.
            return {"context": torch.cat([words[:, :1] if self.kind == "hd" else words, seen], dim=1)}

        return (kept or Kept(self.place)).once("context", (ids, np.asarray(garment)), made)["context"]

    def sample(
        self,
        garment: Tensor,
        masked: Tensor,
        person: Tensor,
        mask: Tensor,
        context: Tensor,
        *,
        steps: int,
        guidance: float,
        noise: Noise,
        on_step: OnStep,
        samples: int = 1,
        guess: Guess | None = None,
        kept: Kept | None = None,
    ) -> Tensor:
        """Unscaled latents (samples, 4, h, w).

        garment, masked, person: (1, 3, H, W) in -1..1; mask: (1, 1, H, W), 1 is repainted. `kept`: of earlier runs.
        """
        import torch

        from tryon.nets.cross_attention import told_once
        from tryon.nets.latents import foreseen, shrunk
        from tryon.nets.reference_attention import guided

        order = self.attention.switches.order
        with self.place.using(self.vae):
            # Unscaled, as InstructPix2Pix does it; only the original that is painted back is scaled.
            seen, original = (self._mean(picture) for picture in (masked, person))
            clean = middle(self.vae, guess)
        seen = seen.repeat(samples, 1, 1, 1)
        original = original.repeat(samples, 1, 1, 1) * self.vae.config.scaling_factor
        small = shrunk(mask.to(original), original)
        start = noise.draw("start", tuple(original.shape)).to(original)
        fixed = torch.cat([seen] * 2)
        latents, times = begun(self.scheduler, steps, start, clean, strength_of(guess))

        def predict(joined: Tensor, time: Tensor, *tokens: Tensor) -> Tensor:
            if tokens:  # a captured call reads them from where they were copied to
                self.attention.show(dict(zip(names, tokens, strict=True)))
            found: Tensor = self.person(joined, time, encoder_hidden_states=context).sample
            return found

        context = context.repeat(2 * samples, 1, 1)
        self._look(garment, context, samples, kept or Kept(self.place))
        context = context.to(self.person.dtype)
        with self.place.using(self.person), told_once(self.person, context):
            # A captured call is given what was looked at, because it keeps its own copy.
            looked = self.attention.tokens if self.place.captures else {}
            names, tokens = tuple(looked), tuple(looked.values())
            for index, time in enumerate(times):
                joined = torch.cat([torch.cat([latents] * 2), fixed], dim=1).to(self.person.dtype)
                raw = self.place.quickly("person", predict, joined, time, *tokens).float()
                prediction = guided(raw, guidance, order)
                clean = foreseen(latents, prediction, self.scheduler.alphas_cumprod[time])
                latents = self.scheduler.step(prediction, time, latents).prev_sample
                outside = original
                if index + 1 < len(times):
                    outside = self.scheduler.add_noise(original, start, times[index + 1 : index + 2])
                latents = (1 - small) * outside + small * latents
                on_step(Step(index, len(times), latents, prediction, clean))
            self.attention.forget()
        return latents / self.vae.config.scaling_factor

    def _look(self, garment: Tensor, context: Tensor, samples: int, kept: Kept) -> None:
        """The garment UNet looks once, at time 0, at the autoencoder's middle: no seed changes its tokens."""

        def looked() -> Mapping[str, Tensor]:
            with self.place.using(self.vae):
                cloth = self._mean(garment).repeat(samples, 1, 1, 1)
            with self.place.using(self.garment):
                self.attention.look(cloth.to(self.garment.dtype), 0, context.to(self.garment.dtype))
            tokens: Mapping[str, Tensor] = self.attention.tokens
            return tokens

        self.attention.show(kept.once("tokens", (garment, context), looked))

    def _mean(self, picture: Tensor) -> Tensor:
        """The middle of the autoencoder's posterior, unscaled."""
        return self.vae.encode(picture.to(self.place.device, self.vae.dtype)).latent_dist.mode().float()


def masked_person(person: Pixels, mask: Mask) -> Pixels:
    """The photo with grey where the mask (h, w) is 255."""
    return np.where(mask[..., None] > 127, np.uint8(GREY), person)


def load(runtime: Runtime) -> TransferModel:
    """Loads a variant. Raises what the weights room raises."""
    system = open_system(runtime)
    kept = Kept(system.place)

    def shown(fitting: Fitting, mask: Mask) -> tuple[Any, ...]:
        photo = fitting.person.photo
        garment = padded(garment_on_white(fitting.garments[0]), photo.width, photo.height)
        return (
            as_doubled_tensor(np.asarray(garment)),
            as_doubled_tensor(masked_person(photo.pixels, mask)),
            as_doubled_tensor(photo.pixels),
            mask_tensor(mask),
            system.context(system.ids(fitting.category), garment, kept),
        )

    return dresser(system, shown, "ootd_hd" if system.kind == "hd" else "ootd_dc", guessed=as_doubled_tensor, kept=kept)


def mask_tensor(mask: Mask) -> Tensor:
    """(h, w) 0..255 -> (1, 1, h, w), 1 from 127 up."""
    import torch

    return torch.from_numpy((mask >= 127).astype(np.float32))[None, None]


def attention_between(garment: Any, person: Any) -> ReferenceAttention:
    """The two UNets coupled as their authors couple them."""
    from tryon.nets.reference_attention import ReferenceAttention, Switches

    switches = Switches(tap="block_input", normalise=True, unconditional="zero_latents", order="conditional_first")
    return ReferenceAttention(garment, person, switches)


def open_system(runtime: Runtime) -> OOTDiffusion:
    """The networks of a variant, on their device. The tokenizer may be missing where only `sample` is used."""
    import torch
    from diffusers import UniPCMultistepScheduler

    spec, folders, dtype = runtime.spec, locate(runtime), getattr(torch, runtime.dtype)
    kind, title = spec.name.rpartition("-")[2], spec.title
    root, clip = folders[REPO] / ROOT, folders[CLIP.repo]
    unets = root / f"ootd_{kind}/checkpoint-36000"
    place = placed(runtime)
    garment, person = (
        place.home(models.unet(unets / name, title=title, dtype=dtype)) for name in ("unet_garm", "unet_vton")
    )
    image = place.home(models.image_encoder(clip, title=title, dtype=dtype))
    return OOTDiffusion(
        garment=garment,
        person=person,
        vae=place.home(models.autoencoder(root / "vae", title=title, dtype=dtype)),
        text=place.home(models.text_encoder(root / "text_encoder", title=title, dtype=dtype)),
        image=image,
        prepare=models.image_processor(clip, image, title=title),
        tokens=models.tokenizer(root / "tokenizer", title=title),
        # The published scheduler is PNDM's; UniPC takes its values. It was trained to end on the noise of time 0,
        # which was UniPC's only ending then and is not its default now.
        scheduler=models.scheduler(
            UniPCMultistepScheduler, root / "scheduler", title=title, final_sigmas_type="sigma_min"
        ),
        attention=attention_between(garment, person),
        kind=kind,
        place=place,
    )
