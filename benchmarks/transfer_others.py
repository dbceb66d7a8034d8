"""The try-on benchmark's other systems: transformers, edit models, clips, and the classic one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from benchmarks.transfer_parts import Built, Unsupported, autoencoder, drawn, here, picture, silent, unet
from benchmarks.transfer_scale import REAL, TINY, Scale
from benchmarks.transfer_ways import as_it_is, both_halves, to_the_end
from tryon.nets.fashn import FashnTransformer
from tryon.transfer import fashn_vton as fashn_backend
from tryon.transfer import flux2_edit as flux2_backend
from tryon.transfer import qwen_edit as qwen_backend
from tryon.transfer import vivid as vivid_backend
from tryon.transfer.diffusion.sampling import Noise


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


def vivid(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    """A clip of one window."""
    from diffusers import DDIMScheduler, UNetMotionModel

    from tryon.nets.motion import Hint, PoseGuider, normed_per_frame
    from tryon.nets.passing import without_second_step

    kinds = {
        f"{side}_block_types": tuple(kind.replace("2D", "Motion") for kind in scale.sd15[f"{side}_block_types"])
        for side in ("down", "up")
    }
    config = {key: value for key, value in scale.sd15.items() if key != "attention_head_dim"} | scale.motion | kinds
    person = drawn(lambda: UNetMotionModel(**config, in_channels=9, use_motion_mid_block=True), device, dtype)
    person = normed_per_frame(without_second_step(person))
    garment = unet(scale.sd15, 5, device, dtype)
    guider = drawn(lambda: PoseGuider(config["block_out_channels"][0], scale.guider), device, dtype)
    vae = autoencoder(scale, device, dtype)
    system = vivid_backend.Vivid(
        garment=garment, person=person, guider=guider, vae=vae, prepare=None, hint=Hint(person), place=here(device),
        scheduler=DDIMScheduler(**vivid_backend.SCHEDULE), attention=vivid_backend.attention_between(garment, person),
        image=Seen(scale.context, device, dtype),
    )  # fmt: skip
    size = scale.height // 2, scale.width // 2
    shown = [torch.cat([picture(scale, device, seed)[..., : size[0], : size[1]]] * scale.frames) for seed in (1, 2)]
    frames = vivid_backend.Frames(shown[0], (shown[0][:, :1] > 0).float(), shown[1] / 2 + 0.5)
    cloth = vivid_backend.Cloth(shown[1][:1], (shown[1][:1, :1] > 0).float(), torch.zeros(1, 3, 8, 8, device=device))

    def ours(steps: int, samples: int) -> Tensor:
        if samples != 1:
            raise Unsupported("one clip at a time")
        found = system.sample(frames, cloth, steps=steps, guidance=3.5, noise=Noise(1), on_step=silent)
        return torch.cat([system.decode(latents) for latents in found.split(1)])

    return Built(
        ours=ours,
        upstream=lambda: to_the_end(system),
        networks=(garment, person, vae),
        system=system,
        differs="the garment UNet to its end (not shown: its text step and a row of the garment that nothing reads)",
    )


class Seen(torch.nn.Module):
    """In the place of CLIP's picture tower: an embedding that was drawn."""

    def __init__(self, width: int, device: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.register_buffer("embedding", torch.randn(1, width).to(device, dtype))

    def forward(self, pixels: Tensor) -> Any:
        return SimpleNamespace(image_embeds=self.embedding)


def viton(scale: Scale, device: str, dtype: torch.dtype) -> Built:
    """Both stages and the spline between them, which runs on the processor. One pass, whatever the steps."""
    import numpy as np

    from tryon.nets.viton import CoarseGenerator, RefineGenerator
    from tryon.transfer.classic.person_maps import HEIGHT, WIDTH
    from tryon.transfer.classic.shape_context import warped

    coarse = drawn(lambda: CoarseGenerator(scale.viton), device, dtype)
    refine = drawn(lambda: RefineGenerator(scale.viton), device, dtype)
    generator = torch.Generator().manual_seed(1)
    body, cloth = (torch.rand(1, count, HEIGHT, WIDTH, generator=generator).to(device) for count in (25, 3))
    garment = cloth[0].permute(1, 2, 0).cpu().numpy()
    controls = np.stack(np.meshgrid(*[np.linspace(0.1, 0.9, 10)] * 2))

    def ours(steps: int, samples: int) -> Tensor:
        if samples != 1:
            raise Unsupported("its result does not depend on chance")
        found = coarse(body)
        share = found[:, :1] / 2 + 0.5
        moved = torch.from_numpy(warped(garment, controls, WIDTH, HEIGHT)).permute(2, 0, 1)[None].to(found)
        taken = refine(moved, found[:, 1:]) * share
        return taken * moved + (1 - taken) * found[:, 1:]

    return Built(ours=ours, upstream=as_it_is, networks=(coarse, refine), system=None, differs="nothing")


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
