"""Try-on systems with random weights, at the sizes of the published models or small, built where they are measured.

Each is the product's own class, so that what is timed is what runs. `upstream` turns a system into what its authors'
code computes: the same result with the work that they do besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tryon.nets import cross_attention
from tryon.nets.fashn import PUBLISHED, FashnParams, FashnTransformer
from tryon.nets.passing import without_cross_attention
from tryon.nets.reference_attention import ReferenceAttention, Switches, transformer_blocks
from tryon.spec import TransferSpec
from tryon.transfer import catvton as catvton_backend
from tryon.transfer import fashn_vton as fashn_backend
from tryon.transfer import flux2_edit as flux2_backend
from tryon.transfer import idm_vton as idm_backend
from tryon.transfer import leffa as leffa_backend
from tryon.transfer import ootdiffusion as ootd_backend
from tryon.transfer import qwen_edit as qwen_backend
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.sampling import Noise, Place

Run = Callable[[int, int], Tensor]  # (steps, samples) -> pictures (samples, 3, H, W)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large everything is."""

    width: int
    height: int
    sd15: Mapping[str, Any]  # changes of UNet2DConditionModel's defaults
    sdxl: Mapping[str, Any]
    vae: Mapping[str, Any]
    fashn: FashnParams
    context: int  # width of SD 1.5's text
    wide: int  # of SDXL's
    pooled: int
    klein: Mapping[str, Any]
    klein_vae: Mapping[str, Any]
    qwen: Mapping[str, Any]
    qwen_vae: Mapping[str, Any]
    edit: tuple[int, int]  # px, of the edit models' pictures


SD = {"layers_per_block": 2, "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
      "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3}  # fmt: skip
XL = {"down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
      "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), "use_linear_projection": True,
      "addition_embed_type": "text_time"}  # fmt: skip
KL = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
      "layers_per_block": 2, "latent_channels": 4}  # fmt: skip
REAL = Scale(
    width=768,
    height=1024,
    sd15={**SD, "block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 768, "attention_head_dim": 8},
    sdxl={**XL, "block_out_channels": (320, 640, 1280), "cross_attention_dim": 2048,
          "transformer_layers_per_block": (1, 2, 10), "attention_head_dim": (5, 10, 20),
          "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816},
    vae={**KL, "block_out_channels": (128, 256, 512, 512), "sample_size": 512},
    fashn=PUBLISHED,
    context=768,
    wide=2048,
    pooled=1280,
    klein={"num_layers": 5, "num_single_layers": 20, "num_attention_heads": 24, "joint_attention_dim": 7680,
           "guidance_embeds": False},
    klein_vae={},
    qwen={"joint_attention_dim": 3584},
    qwen_vae={},
    edit=(896, 1184),
)  # fmt: skip
TINY = Scale(
    width=96,
    height=128,
    sd15={**SD, "block_out_channels": (16, 16, 16, 16), "cross_attention_dim": 16, "attention_head_dim": 2,
          "norm_num_groups": 4, "layers_per_block": 1},
    sdxl={**XL, "block_out_channels": (16, 16, 16), "cross_attention_dim": 16, "attention_head_dim": (2, 2, 2),
          "transformer_layers_per_block": (1, 1, 2), "norm_num_groups": 4, "layers_per_block": 1,
          "addition_time_embed_dim": 8, "projection_class_embeddings_input_dim": 6 * 8 + 16},
    vae={**KL, "block_out_channels": (8, 8, 8, 8), "norm_num_groups": 4, "layers_per_block": 1, "sample_size": 64},
    fashn=FashnParams(height=72, width=48, patch=12, dim=32, heads=2, mixers=1, doubles=1, singles=1, axes=(4, 6, 6),
                      categories=3),
    context=16,
    wide=16,
    pooled=16,
    klein={"in_channels": 8, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 16,
           "num_attention_heads": 2, "joint_attention_dim": 16, "timestep_guidance_channels": 16,
           "axes_dims_rope": (4, 4, 4, 4), "guidance_embeds": False},
    klein_vae={"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
               "block_out_channels": (4, 4, 4, 4), "layers_per_block": 1, "latent_channels": 2, "norm_num_groups": 2},
    qwen={"in_channels": 16, "out_channels": 4, "num_layers": 1, "attention_head_dim": 16, "num_attention_heads": 2,
          "joint_attention_dim": 16, "axes_dims_rope": (8, 4, 4)},
    qwen_vae={"base_dim": 8, "z_dim": 4, "dim_mult": [1, 2, 2, 2], "num_res_blocks": 1,
              "temperal_downsample": [False, True, True], "latents_mean": [0.1] * 4, "latents_std": [1.5] * 4},
    edit=(64, 96),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Built:
    """A system ready to run."""

    ours: Run
    upstream: Callable[[], Any]  # a context: inside it `ours` computes what the authors' code computes
    networks: tuple[nn.Module, ...]  # what is compiled, or stored channels last
    system: Any
    differs: str = ""  # what upstream does besides, in words


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One row of the table."""

    spec: TransferSpec
    build: Callable[[Scale, str, torch.dtype], Built]
    dtype: torch.dtype  # the authors' on a GPU
    size: tuple[int, int] = (768, 1024)

    @property
    def name(self) -> str:
        return self.spec.name


def drawn(make: Callable[[], nn.Module], device: str, dtype: torch.dtype) -> Any:
    """A module with its initial random weights, made on the device."""
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            module = make()
    finally:
        torch.set_default_dtype(before)
    return module.to(device, dtype).eval().requires_grad_(False)


def unet(config: Mapping[str, Any], channels: int, device: str, dtype: torch.dtype, **changes: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return drawn(lambda: UNet2DConditionModel(**{**config, "in_channels": channels, **changes}), device, dtype)


def autoencoder(scale: Scale, device: str, dtype: torch.dtype) -> Any:
    from diffusers import AutoencoderKL

    return drawn(lambda: AutoencoderKL(**scale.vae), device, dtype)


def picture(scale: Scale, device: str, seed: int) -> Tensor:
    """(1, 3, H, W) in -1..1."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, scale.height, scale.width, generator=generator).to(device) * 2 - 1


def mask(scale: Scale, device: str) -> Tensor:
    """(1, 1, H, W), 1 in the middle."""
    plane = torch.zeros(1, 1, scale.height, scale.width, device=device)
    plane[..., scale.height // 4 : scale.height // 2, scale.width // 4 : -scale.width // 4] = 1
    return plane


def here(device: str, *, captures: bool | None = None) -> Place:
    """Where systems compute: as the product, on a GPU with captured steps (TRYON_GRAPHS=1)."""
    return Place(device, captures=device == "cuda" if captures is None else captures)


def silent(step: Any) -> None:
    """Nobody listens to steps here."""


def rows(tensor: Tensor, samples: int) -> Tensor:
    return tensor.repeat(samples, *[1] * (tensor.ndim - 1))


# ------------------------------------------------------------------------------------- upstream's way


class Joined:
    """Self-attention over person and garment tokens together, of which the garment's half is thrown away: what the
    authors of OOTDiffusion, IDM-VTON and Leffa do."""

    def __init__(self, attention: ReferenceAttention, name: str, norm: Any) -> None:
        self.attention, self.name, self.norm = attention, name, norm

    def __call__(self, attn: Any, hidden_states: Tensor, *unused: Any, **words: Any) -> Tensor:
        garment = self.attention.tokens.get(self.name)
        own = hidden_states
        if garment is not None:
            garment = garment if self.norm is None else self.norm(garment)
            own = torch.cat([hidden_states, garment], dim=1)
        query, key, value = (
            layer(own).unflatten(-1, (attn.heads, -1)).transpose(1, 2) for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        result: Tensor = attn.to_out[1](attn.to_out[0](mixed))
        return result[:, : hidden_states.shape[1]]


@contextmanager
def as_upstream(system: Any) -> Iterator[None]:
    """Whole attention over both, the garment UNet run to its end, words projected anew in every step, every kernel
    started by itself."""
    attention, person = system.attention, system.person
    blocks = transformer_blocks(person)
    before = {name: block.attn1.processor for name, block in blocks.items()}
    norm = attention.switches.normalise
    for name, block in blocks.items():
        block.attn1.set_processor(Joined(attention, name, block.norm1 if norm else None))
    attention._record._stop_early = False
    told_once = cross_attention.told_once
    cross_attention.told_once = lambda *given: nullcontext()  # type: ignore[assignment]
    try:
        with step_by_step(system):
            yield
    finally:
        attention._record._stop_early = True
        cross_attention.told_once = told_once
        for name, block in blocks.items():
            block.attn1.set_processor(before[name])


def step_by_step(system: Any) -> Any:
    """Inside the block every kernel is started by itself, as in the authors' code."""
    return exchanged(system, "place", here(system.place.device, captures=False))


@contextmanager
def as_it_is(system: Any = None) -> Iterator[None]:
    """Upstream computes nothing besides."""
    with step_by_step(system) if hasattr(system, "place") else nullcontext():
        yield


class BothHalves(nn.Module):
    """FASHN's network, which upstream evaluates with and without garment in the last, unguided step too."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.params, self.proj_out = net.params, net.proj_out

    def forward(self, noisy: Tensor, time: Tensor, *given: Tensor) -> Tensor:
        if bool((given[-1] > 0).all()):  # no row without a category: an unguided step
            doubled = [torch.cat([value, torch.zeros_like(value)]) for value in given]
            found = self.net(torch.cat([noisy] * 2), torch.cat([time] * 2), *doubled)
            half: Tensor = found.chunk(2)[0]
            return half
        found = self.net(noisy, time, *given)
        return found


# --------------------------------------------------------------------------------------- the systems


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
    attention = ReferenceAttention(
        garment,
        person,
        Switches(tap="block_input", normalise=True, unconditional="zero_latents", order="conditional_first"),
    )
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

    return Built(
        ours=ours,
        upstream=lambda: as_upstream(system),
        networks=(garment, person, vae),
        system=system,
        differs="attention for the garment's tokens too, thrown away; the garment UNet to its end",
    )


def leffa(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import DDPMScheduler

    garment, person = (without_cross_attention(unet(scale.sd15, n, device, dtype)) for n in (4, 12))
    vae = autoencoder(scale, device, dtype)
    attention = ReferenceAttention(
        garment,
        person,
        Switches(
            tap="norm_output",
            normalise=False,
            unconditional="zero_latents",
            order="unconditional_first",
            every_step=True,
        ),
    )
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

    return Built(
        ours=ours,
        upstream=lambda: as_upstream(system),
        networks=(garment, person, vae),
        system=system,
        differs="attention for the garment's tokens too, thrown away; the garment UNet to its end in every step",
    )


def idm_vton(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    from diffusers import DDPMScheduler

    from tryon.transfer.diffusion.sdxl import Sentence

    garment = unet(scale.sdxl, 4, device, dtype, addition_embed_type=None)
    person = unet(scale.sdxl, 13, device, dtype)
    models.add_image_adapter(person, tokens=16)
    for name, module in person.named_modules():
        if name.endswith(".attn2"):
            module.processor.to_empty(device=device).to(dtype)
            for weight in module.processor.parameters():
                nn.init.normal_(weight, std=0.02)
    person.requires_grad_(False)
    vae = autoencoder(scale, device, dtype)
    attention = ReferenceAttention(
        garment,
        person,
        Switches(
            tap="norm_output",
            normalise=False,
            unconditional="zero_features",
            order="unconditional_first",
            every_step=True,
        ),
    )
    system = idm_backend.IdmVton(
        garment=garment, person=person, vae=vae, image=None, resampler=None, prepare=None, sentences=None,
        scheduler=DDPMScheduler(**SCHEDULE), attention=attention, place=here(device),
    )  # fmt: skip
    pictures, area = [picture(scale, device, seed) for seed in (1, 2, 3)], mask(scale, device)
    worn, negative, shown = (
        Sentence(torch.randn(1, 77, scale.wide, device=device), torch.randn(1, scale.pooled, device=device))
        for _ in range(3)
    )
    told = idm_backend.Conditions(worn, negative, shown, torch.randn(2, 16, scale.wide, device=device))

    def ours(steps: int, samples: int) -> Tensor:
        if samples != 1:
            raise Unsupported("one picture at a time")
        found = system.sample(
            pictures[0], pictures[1], area, pictures[2], told, steps=steps, guidance=2.0, noise=Noise(1),
            on_step=silent,
        )  # fmt: skip
        return system.decode(found)

    return Built(
        ours=ours,
        upstream=lambda: as_upstream(system),
        networks=(garment, person, vae),
        system=system,
        differs="attention for the garment's tokens too, thrown away; the garment UNet to its end in every step",
    )


def fashn_vton(scale: Scale, device: str, dtype: torch.dtype) -> Built:

    net = drawn(lambda: FashnTransformer(scale.fashn), device, dtype)
    system = fashn_backend.Fashn(net=net, pose=None, place=here(device))
    size = scale.fashn.height, scale.fashn.width
    colour, pose = (torch.rand(1, channels, *size) * 2 - 1 for channels in (3, 1))
    shown = fashn_backend.Shown(colour, pose, colour.flip(-1), pose.flip(-1), (0, 0, 0, 0))

    def ours(steps: int, samples: int) -> Tensor:
        found: Tensor = system.sample(
            shown, "top", steps=steps, guidance=1.5, noise=Noise(1), on_step=silent, samples=samples
        )
        return found

    return Built(
        ours=ours,
        upstream=lambda: both_halves(system),
        networks=(net,),
        system=system,
        differs="both halves in the last, unguided step",
    )


@contextmanager
def both_halves(system: Any) -> Iterator[None]:
    """FASHN's network evaluated twice as often in the last step, every kernel started by itself."""
    with step_by_step(system), exchanged(system, "net", BothHalves(system.net)):
        yield


def flux2_klein(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    """Person and three garments in one pass."""
    from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel

    config, width = scale.klein, scale.klein["joint_attention_dim"]
    pipe = Flux2KleinPipeline(
        scheduler=flow(), vae=drawn(lambda: AutoencoderKLFlux2(**scale.klein_vae), device, dtype), text_encoder=None,
        tokenizer=None, transformer=drawn(lambda: Flux2Transformer2DModel(**config), device, dtype), is_distilled=True,
    )  # fmt: skip
    words = {"prompt": None, "prompt_embeds": torch.randn(1, 512 if scale is REAL else 16, width).to(device, dtype)}
    return edit(scale, pipe, flux2_backend.EDITING, words, guidance=1.0)


def qwen_edit(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    """Person and three garments in one pass, guided: two forwards a step."""
    from diffusers import AutoencoderKLQwenImage, QwenImageEditPlusPipeline, QwenImageTransformer2DModel
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus

    if scale is TINY:
        pipeline_qwenimage_edit_plus.VAE_IMAGE_SIZE = scale.edit[0] * scale.edit[1]
    config = scale.qwen
    pipe = QwenImageEditPlusPipeline(
        scheduler=flow(), vae=drawn(lambda: AutoencoderKLQwenImage(**scale.qwen_vae), device, dtype),
        text_encoder=None, tokenizer=None, processor=None,
        transformer=drawn(lambda: QwenImageTransformer2DModel(**config), device, dtype),
    )  # fmt: skip
    length = 1024 if scale is REAL else 16
    tokens = torch.randn(1, length, config["joint_attention_dim"]).to(device, dtype)
    every = torch.ones(1, length, dtype=torch.long, device=device)
    words = {"prompt": None, "prompt_embeds": tokens, "prompt_embeds_mask": every, "negative_prompt": None,
             "negative_prompt_embeds": tokens, "negative_prompt_embeds_mask": every}  # fmt: skip
    return edit(scale, pipe, qwen_backend.EDITING, words, guidance=4.0)


def edit(scale: Scale, pipe: Any, editing: Any, words: Mapping[str, Any], *, guidance: float) -> Built:
    """A stock pipeline with encoded words; the text encoder is left out."""
    import numpy as np
    from PIL import Image

    from tryon.transfer.diffusion.editing import Order, edited

    pipe.set_progress_bar_config(disable=True)
    width, height = scale.edit
    grey = [Image.fromarray(np.full((height, width, 3), 60 + 40 * index, np.uint8)) for index in range(4)]
    told = replace(editing, arguments=lambda pipe_, order: {**editing.arguments(pipe_, order), **words})

    def ours(steps: int, samples: int) -> Tensor:
        if samples != 1:
            raise Unsupported("one picture at a time")
        order = Order(pictures=grey, words="", width=width, height=height, steps=steps, guidance=guidance)
        return torch.from_numpy(edited(pipe, told, order, Noise(1), silent)).float().permute(2, 0, 1)[None]

    return Built(
        ours=ours, upstream=as_it_is, networks=(pipe.transformer,), system=pipe,
        differs="nothing: the stock pipeline itself",
    )  # fmt: skip


def flow() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)


@contextmanager
def exchanged(system: Any, name: str, value: Any) -> Iterator[None]:
    """A field of a frozen system is another one inside the block."""
    before = getattr(system, name)
    object.__setattr__(system, name, value)
    try:
        yield
    finally:
        object.__setattr__(system, name, before)


class Unsupported(Exception):
    """A system cannot do what an option asks."""


SCHEDULE: Mapping[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                               "steps_offset": 1}  # fmt: skip
BENCHES = (
    Bench(spec=fashn_backend.SPEC, build=fashn_vton, dtype=torch.bfloat16, size=(576, 864)),
    Bench(spec=catvton_backend.BASE, build=catvton, dtype=torch.bfloat16),
    Bench(spec=leffa_backend.BASE, build=leffa, dtype=torch.float16),
    Bench(spec=ootd_backend.SPECS[1], build=ootdiffusion, dtype=torch.float16),
    Bench(spec=idm_backend.BASE, build=idm_vton, dtype=torch.float16),
    Bench(spec=flux2_backend.BASE, build=flux2_klein, dtype=torch.bfloat16, size=(896, 1184)),
    Bench(spec=qwen_backend.SPEC, build=qwen_edit, dtype=torch.bfloat16, size=(896, 1184)),
)
