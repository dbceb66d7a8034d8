"""FLUX.2 (Black Forest Labs, 2025/2026) as a try-on system: several garments in one pass.

What M&M VTO offers (several garments and words about how they are worn) and never published, on open edit models. The
klein models are distilled to four steps; the 4B one fits a card of 24 GB whole and may be used commercially.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion.editing import Editing, Order, edit_with

if TYPE_CHECKING:
    from torch import Tensor

FILES = ("model_index.json", "transformer/*", "text_encoder/*", "tokenizer/*", "vae/*", "scheduler/*")
VAE = Component("vae", "vae", 84_046_115)
ABOUT = "Several garments in one go, told in words how they are worn"
BASE = TransferSpec(
    name="flux2-klein-4b",
    title="M&M VTO-style, on FLUX.2 klein 4B",
    family="FLUX.2",
    about=f"{ABOUT}; four steps. M&M VTO itself was never published.",
    licence="Apache-2.0",
    commercial=True,
    source="https://bfl.ai/models/flux-2-klein",
    weights=(Weights(repo="black-forest-labs/FLUX.2-klein-4B", files=FILES, gib=14.9),),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 3_875_544_576),
            Component("text_encoder", "text", 4_022_468_096, kept=0.1),
            VAE,
        ),
        denoise=Peak(fixed=0.4, megapixel=2.4),
        decode=Peak(fixed=0.3, megapixel=2.6),
        tiled=Peak(fixed=0.9),
    ),
    reads=frozenset({"photo", "labels", "outline", "garments", "prompt"}),
    garments=(1, 4),
    max_side=1536,
    maskless=True,
    samples=4,
    steps=(2, 8, 4),
    rank=22,
    extra="gpu",
)
SPECS = (
    BASE,
    replace(
        BASE,
        name="flux2-klein-9b",
        title="M&M VTO-style, on FLUX.2 klein 9B",
        about=f"{ABOUT}; four steps, finer than 4B. M&M VTO itself was never published.",
        licence="FLUX Non-Commercial",
        commercial=False,
        weights=(Weights(repo="black-forest-labs/FLUX.2-klein-9B", files=FILES, gib=32.4, gated=True),),
        footprint=replace(
            BASE.footprint,  # type: ignore[type-var]
            components=(
                Component("transformer", "denoiser", 9_078_581_248),
                Component("text_encoder", "text", 8_190_735_360, kept=0.16),
                VAE,
            ),
            denoise=Peak(fixed=0.5, megapixel=3.2),
        ),
        rank=41,
    ),
    replace(
        BASE,
        name="flux2-dev",
        title="M&M VTO-style, on FLUX.2 dev",
        about=f"{ABOUT}; the largest and the most exact. M&M VTO itself was never published.",
        licence="FLUX Non-Commercial",
        commercial=False,
        source="https://bfl.ai/models/flux-2",
        weights=(Weights(repo="black-forest-labs/FLUX.2-dev", files=FILES, gib=105.0, gated=True),),
        footprint=replace(
            BASE.footprint,  # type: ignore[type-var]
            components=(
                Component("transformer", "denoiser", 32_223_281_152),
                Component("text_encoder", "text", 24_011_361_280, kept=0.06),
                VAE,
            ),
            denoise=Peak(fixed=0.8, megapixel=4.8),
        ),
        steps=(10, 50, 28),
        guidance=(1.0, 8.0, 4.0),
        rank=42,
    ),
)


def load(runtime: Runtime) -> TransferModel:
    """Loads a variant. Raises what the weights room raises."""
    return edit_with(runtime, EDITING_DEV if runtime.spec.name == "flux2-dev" else EDITING)


def arguments(pipe: Any, order: Order) -> dict[str, Any]:
    """The klein models are distilled: no guidance."""
    return {"image": order.pictures, "prompt": order.words, "guidance_scale": order.guidance}


def latents(pipe: Any, order: Order) -> Tensor:
    """The person's picture as the denoiser has it: 2 x 2 patches, normalised."""
    from diffusers.utils.torch_utils import get_module_execution_device

    image = pipe.image_processor.preprocess(
        order.pictures[0], height=order.height, width=order.width, resize_mode="crop"
    )
    image = image.to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
    found: Tensor = pipe._encode_vae_image(image, generator=None)[0]
    return found


def with_tokenizer(pipe: Any) -> Any:
    """The pipeline with a plain tokenizer: the processor that its repository names needs torchvision, for pictures that
    the text encoder is never shown."""
    from transformers import AutoTokenizer

    folder = Path(pipe.config["_name_or_path"]) / "tokenizer"
    pipe.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    return pipe


EDITING = Editing(pipeline="Flux2KleinPipeline", arguments=arguments, latents=latents, picture="image {}")
EDITING_DEV = Editing(
    pipeline="Flux2Pipeline",
    arguments=arguments,
    latents=latents,
    picture="image {}",
    words={"tokenizer": None},
    opened=with_tokenizer,
)
