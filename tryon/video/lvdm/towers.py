"""OpenCLIP ViT-H/14's text and vision towers through transformers, from an LDM checkpoint or from their own repository.

All models of the family were trained with that one release, frozen. Of the text tower they read the last layer but
one, then its final norm; of the vision tower all tokens of the last layer, before its norm and projection.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.spec import Weights
from tryon.transfer.diffusion import models
from tryon.weights import ldm
from tryon.weights.fill import built, fill

if TYPE_CHECKING:
    from torch import Tensor

REPO = "laion/CLIP-ViT-H-14-laion2B-s32B-b79K"
TOKENIZER = Weights(repo=REPO, files=("vocab.json", "merges.txt"), gib=0.002)
WHOLE = Weights(repo=REPO, files=("config.json", "model.safetensors", "vocab.json", "merges.txt"), gib=3.68)
LENGTH = 77
PADDING = "!"  # id 0: what OpenCLIP fills up with; the tokenizer's own filler is the end sign
SIDE = 224  # px, what the vision tower sees
MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def tokenizer(folder: Path, *, title: str) -> Any:
    """CLIP's tokenizer, filling up as OpenCLIP does."""
    made = models.tokenizer(folder, title=title)
    made.pad_token = PADDING
    return made


def tokens(tokenizer: Any, sentence: str) -> Tensor:
    """(1, 77) ids; what is beyond is cut off."""
    import torch

    ids = tokenizer([sentence], padding="max_length", max_length=LENGTH, truncation=True)["input_ids"]
    return torch.tensor(ids)


def text_tower(
    files: list[Path], lead: str, shapes: Mapping[str, tuple[int, ...]], heads: int, title: str, dtype: Any
) -> Any:
    """From an LDM checkpoint. `shapes`: of its text tower, without prefix; `lead`: what stands before every key."""
    from transformers import CLIPTextConfig, CLIPTextModel

    vocabulary, width = shapes["token_embedding.weight"]
    layers = _layers(shapes)
    settings = CLIPTextConfig(
        vocab_size=vocabulary,
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        hidden_size=width,
        intermediate_size=shapes["transformer.resblocks.0.mlp.c_fc.weight"][0],
        num_hidden_layers=layers - 1,
        num_attention_heads=heads,
        hidden_act="gelu",
    )
    return fill(
        built(lambda: CLIPTextModel(settings)),
        files,
        title=title,
        dtype=dtype,
        prefix=lead + ldm.TEXT,
        known=("",),
        rules=ldm.OPENCLIP_TEXT,
        parted=ldm.OPENCLIP_PARTED,
        unused=(rf"^transformer\.resblocks\.{layers - 1}\.", r"^text_projection$", r"^logit_scale$", r"^attn_mask$"),
    )


def vision_tower(
    files: list[Path], lead: str, shapes: Mapping[str, tuple[int, ...]], heads: int, title: str, dtype: Any
) -> Any:
    """From an LDM checkpoint, as text_tower."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    width, _, patch, _ = shapes["conv1.weight"]
    settings = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=shapes["transformer.resblocks.0.mlp.c_fc.weight"][0],
        num_hidden_layers=_layers(shapes),
        num_attention_heads=heads,
        image_size=SIDE,
        patch_size=patch,
        hidden_act="gelu",
    )
    return fill(
        built(lambda: CLIPVisionModel(settings)),
        files,
        title=title,
        dtype=dtype,
        prefix=lead + ldm.VISION,
        known=("",),
        rules=ldm.OPENCLIP_VISION,
        parted=ldm.OPENCLIP_PARTED,
        unused=(r"^proj$",),
    )


def own_towers(folder: Path, title: str, dtype: Any) -> tuple[Any, Any]:
    """Text and vision tower from OpenCLIP's repository in transformers' form."""
    text = models.text_encoder(folder, title=title, dtype=dtype, layers_less=1)
    return text, models.vision_tower(folder, title=title, dtype=dtype)


def seen(picture: Tensor) -> Tensor:
    """(n, 3, h, w) in -1..1, any size -> (n, 3, 224, 224) as the vision tower was trained: blurred, then bicubic with
    aligned corners, whatever the aspect."""
    from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing

    small = (_resize_with_antialiasing(picture, (SIDE, SIDE)) + 1) / 2
    mean, spread = (small.new_tensor(values)[:, None, None] for values in (MEAN, SPREAD))
    return (small - mean) / spread


def _layers(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return 1 + max(int(key.split(".")[2]) for key in shapes if key.startswith("transformer.resblocks."))
