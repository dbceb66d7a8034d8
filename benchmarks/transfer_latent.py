"""The try-on benchmark's systems on Stable Diffusion, each as the product's own class."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from benchmarks.transfer_parts import (
    SCHEDULE,
    Built,
    Run,
    autoencoder,
    drawn,
    here,
    mask,
    picture,
    rows,
    silent,
    unet,
    with_adapter,
)
from benchmarks.transfer_scale import Scale
from benchmarks.transfer_ways import as_it_is, as_upstream, words_anew
from tryon.nets.passing import without_cross_attention
from tryon.transfer import catvton as catvton_backend
from tryon.transfer import dci_vton as dci_backend
from tryon.transfer import idm_vton as idm_backend
from tryon.transfer import kolors as kolors_backend
from tryon.transfer import leffa as leffa_backend
from tryon.transfer import ootdiffusion as ootd_backend
from tryon.transfer.diffusion.sampling import Noise
from tryon.transfer.diffusion.sdxl import Sentence


def catvton(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import DDIMScheduler

    net, vae = without_cross_attention(unet(scale.sd15, 9, device, dtype)), autoencoder(scale, device, dtype)
    system = catvton_backend.CatVTON(unet=net, vae=vae, scheduler=DDIMScheduler(**SCHEDULE), place=here(device))
    person, garment, area = picture(scale, device, 1), picture(scale, device, 2), mask(scale, device)

    def ours(steps: int, samples: int) -> Tensor:
        found = system.sample(
            rows(person, samples), rows(garment, samples), rows(area, samples), steps=steps, guidance=2.5,
            noise=Noise(1), on_step=silent,
        )  # fmt: skip
        return system.decode(found)

    return Built(
        ours=ours,
        upstream=lambda: as_it_is(system),
        networks=(net, vae),
        system=system,
        differs="nothing (a safety checker apart)",
    )


def ootdiffusion(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import UniPCMultistepScheduler

    garment, person = (unet(scale.sd15, channels, device, dtype) for channels in (4, 8))
    vae = autoencoder(scale, device, dtype)
    attention = ootd_backend.attention_between(garment, person)
    system = ootd_backend.OOTDiffusion(
        garment=garment, person=person, vae=vae, text=None, image=None, prepare=None, tokens=None,
        scheduler=UniPCMultistepScheduler(**SCHEDULE, final_sigmas_type="sigma_min"), attention=attention, kind="hd",
        place=here(device),
    )  # fmt: skip
    cloth, seen, area = picture(scale, device, 1), picture(scale, device, 2), mask(scale, device)
    context = torch.randn(1, 2, scale.context, device=device, dtype=dtype)

    def ours(steps: int, samples: int) -> Tensor:
        found = system.sample(
            cloth, seen * (area < 0.5), seen, area, context, steps=steps, guidance=2.0, noise=Noise(1),
            on_step=silent, samples=samples,
        )  # fmt: skip
        return system.decode(found)

    return coupled(system, ours)


def leffa(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import DDPMScheduler

    garment, person = (without_cross_attention(unet(scale.sd15, n, device, dtype)) for n in (4, 12))
    vae = autoencoder(scale, device, dtype)
    attention = leffa_backend.attention_between(garment, person)
    system = leffa_backend.Leffa(
        garment=garment, person=person, vae=vae, scheduler=DDPMScheduler(**SCHEDULE), attention=attention,
        place=here(device),
    )  # fmt: skip
    pictures, area = [picture(scale, device, seed) for seed in (1, 2, 3)], mask(scale, device)

    def ours(steps: int, samples: int) -> Tensor:
        own, cloth, parts = (rows(value, samples) for value in pictures)
        found = system.sample(
            own, cloth, rows(area, samples), parts, steps=steps, guidance=2.5, noise=Noise(1), on_step=silent
        )
        return system.decode(found)

    return coupled(system, ours, "in every step")


def idm_vton(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import DDPMScheduler

    garment = unet(scale.sdxl, 4, device, dtype, addition_embed_type=None)
    person = with_adapter(unet(scale.sdxl, 13, device, dtype), 16, device, dtype)
    vae = autoencoder(scale, device, dtype)
    attention = idm_backend.attention_between(garment, person)
    system = idm_backend.IdmVton(
        garment=garment, person=person, vae=vae, image=None, resampler=None, prepare=None, sentences=None,
        scheduler=DDPMScheduler(**SCHEDULE), attention=attention, place=here(device),
    )  # fmt: skip
    pictures, area = [picture(scale, device, seed) for seed in (1, 2, 3)], mask(scale, device)
    worn, negative, shown = (sentence(scale, device, tokens=77) for _ in range(3))
    told = idm_backend.Conditions(worn, negative, shown, torch.randn(2, 16, scale.wide, device=device))

    def ours(steps: int, samples: int) -> Tensor:
        found = system.sample(
            pictures[0], pictures[1], area, pictures[2], told, steps=steps, guidance=2.0, noise=Noise(1),
            on_step=silent, samples=samples,
        )  # fmt: skip
        return system.decode(found)

    return coupled(system, ours, "in every step")


def kolors(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import EulerDiscreteScheduler

    net = with_adapter(unet(scale.sdxl, 9, device, dtype), 16, device, dtype)
    vae = autoencoder(scale, device, dtype)
    system = kolors_backend.Kolors(
        unet=net, vae=vae, image=None, resampler=None, prepare=None, sentences=None,  # type: ignore[arg-type]
        scheduler=EulerDiscreteScheduler(**{**SCHEDULE, "beta_end": 0.014, "num_train_timesteps": 1100}),
        place=here(device),
    )  # fmt: skip
    person, area = picture(scale, device, 1), mask(scale, device)
    worn, negative = (sentence(scale, device, tokens=256) for _ in range(2))
    told = kolors_backend.Conditions(worn, negative, torch.randn(2, 16, scale.wide, device=device))

    def ours(steps: int, samples: int) -> Tensor:
        found = system.sample(
            person, area, told, steps=steps, guidance=5.0, noise=Noise(1), on_step=silent, samples=samples
        )
        return system.decode(found)

    return Built(
        ours=ours,
        upstream=lambda: words_anew(system),
        networks=(net, vae),
        system=system,
        differs="words and image tokens projected in every step (the stock pipelines; its authors published no try-on)",
    )


def dci_vton(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import PNDMScheduler
    from transformers import CLIPVisionConfig, CLIPVisionModel

    from tryon.nets.exemplar import ExemplarEncoder

    net, vae = unet(scale.sd15, 9, device, dtype), autoencoder(scale, device, dtype)
    tower = CLIPVisionConfig(**scale.clip)
    exemplar = drawn(
        lambda: ExemplarEncoder(CLIPVisionModel(tower), width=tower.hidden_size, depth=5, out=scale.context),
        device,
        dtype,
    )
    system = dci_backend.DciVton(
        unet=net, vae=vae, exemplar=exemplar, warper=None, place=here(device),
        scheduler=PNDMScheduler(skip_prk_steps=True, **dci_backend.SCHEDULE),
    )  # fmt: skip
    side = scale.height // 2
    seen = [picture(scale, device, seed)[..., :side, :side] for seed in (1, 2)]
    pictures = dci_backend.Pictures(seen[0], seen[1], mask(scale, device)[..., :side, :side])
    garment = torch.rand(1, 3, 224, 224).to(device)

    def ours(steps: int, samples: int) -> Tensor:
        found = system.sample(
            pictures, garment, steps=steps, guidance=1.0, noise=Noise(1), on_step=silent, samples=samples
        )
        return system.decode(found)

    return Built(ours=ours, upstream=as_it_is, networks=(net, vae), system=system, differs="nothing (the warp apart)")


def coupled(system: Any, ours: Run, looks: str = "once") -> Built:
    """A system of a garment UNet and a person UNet."""
    return Built(
        ours=ours,
        upstream=lambda: as_upstream(system),
        networks=(system.garment, system.person, system.vae),
        system=system,
        differs="attention for the garment's tokens too, thrown away; words projected in every step; the garment UNet "
        f"to its end, {looks}",
    )


def sentence(scale: Scale, device: str, tokens: int) -> Sentence:
    """A drawn text as SDXL's UNets read it."""
    return Sentence(torch.randn(1, tokens, scale.wide, device=device), torch.randn(1, scale.pooled, device=device))
