"""Qwen-Image-Edit 2509 ("Plus", Qwen Team, 2025) as a try-on system: several garments in one pass.

A vision-language model reads all pictures and the sentence; the denoiser sees the pictures again as tokens. What
M&M VTO offers and never published, on an open edit model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.spec import Component, Footprint, Peak, Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.diffusion.editing import Editing, Order, edit_with

if TYPE_CHECKING:
    from torch import Tensor

SPEC = TransferSpec(
    name="qwen-image-edit",
    title="M&M VTO-style, on Qwen-Image-Edit 2509",
    family="Qwen-Image",
    about="Several garments in one go, told in words how they are worn; reads all pictures before it paints. "
    "M&M VTO itself was never published.",
    licence="Apache-2.0",
    commercial=True,
    source="https://arxiv.org/abs/2508.02324",
    weights=(
        Weights(
            repo="Qwen/Qwen-Image-Edit-2509",
            files=("model_index.json", "transformer/*", "text_encoder/*", "tokenizer/*", "processor/*", "vae/*",
                   "scheduler/*"),
            gib=53.8,
        ),
    ),
    footprint=Footprint(
        components=(
            Component("transformer", "denoiser", 20_430_401_088),
            Component("text_encoder", "text", 8_292_166_656, kept=0.14),
            Component("vae", "vae", 126_892_531),
        ),
        denoise=Peak(fixed=0.6, megapixel=2.8),
        decode=Peak(fixed=0.4, megapixel=5.0),
        tiled=Peak(fixed=1.2),
    ),
    reads=frozenset({"photo", "labels", "outline", "garments", "prompt"}),
    garments=(1, 4),
    max_side=1536,
    maskless=True,
    samples=4,
    steps=(8, 60, 40),
    guidance=(1.0, 8.0, 4.0),
    rank=23,
    extra="gpu",
)  # fmt: skip
NOTHING = " "  # the negative prompt that true guidance needs


def load(runtime: Runtime) -> TransferModel:
    """Raises what the weights room raises."""
    return edit_with(runtime, EDITING)


def arguments(pipe: Any, order: Order) -> dict[str, Any]:
    """Without guidance the second half is not computed."""
    guided = {"negative_prompt": NOTHING} if order.guidance > 1 else {}
    return {"image": order.pictures, "prompt": order.words, "true_cfg_scale": order.guidance, **guided}


def latents(pipe: Any, order: Order) -> Tensor:
    """The person's picture as the denoiser has it: 2 x 2 patches, normalised."""
    from diffusers.utils.torch_utils import get_module_execution_device

    image = pipe.image_processor.preprocess(order.pictures[0], order.height, order.width).unsqueeze(2)
    image = image.to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
    found = pipe._encode_vae_image(image, generator=None)
    rows, columns = found.shape[-2:]
    packed = pipe._pack_latents(found, 1, found.shape[1], rows, columns)
    tokens: Tensor = packed[0].T.reshape(packed.shape[2], rows // 2, columns // 2)
    return tokens


@dataclass(frozen=True)
class Reader:
    """Words and pictures as the vision-language model takes them; what transformers' Qwen2VLProcessor does for them.

    That class cannot be made without torchvision, because it also reads films.
    """

    images: Any  # Qwen2VLImageProcessorPil
    tokenizer: Any

    def __call__(self, *, text: Sequence[str], images: Sequence[Any], **words: Any) -> Any:
        """Token numbers and patches of all pictures; a picture's mark becomes as many as it has tokens."""
        from transformers import BatchFeature

        seen = self.images(images=list(images), return_tensors="pt")
        counts = (seen["image_grid_thw"].prod(-1) // self.images.merge_size**2).tolist()
        filled = []
        for sentence in text:
            pieces = sentence.split(MARK)
            marks = (MARK * int(count) for count in counts)
            filled.append("".join(piece + mark for piece, mark in zip(pieces[:-1], marks, strict=True)) + pieces[-1])
        return BatchFeature({**self.tokenizer(filled, **words), **seen})


def with_reader(pipe: Any) -> Any:
    """The pipeline with our Reader in the place of its processor."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    folder = Path(pipe.config["_name_or_path"]) / "processor"
    pipe.processor = Reader(Qwen2VLImageProcessorPil.from_pretrained(str(folder)), pipe.tokenizer)
    return pipe


MARK = "<|image_pad|>"
EDITING = Editing(
    pipeline="QwenImageEditPlusPipeline",
    arguments=arguments,
    latents=latents,
    picture="Picture {}",
    words={"processor": None},
    opened=with_reader,
)
