"""Tiny twins of what FashionFlow and X2Fashion are made of: checkpoints, autoencoder, CLIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.golden.common import write_model, write_tensors
from tests.golden.hub import tokenizer

SIDE = 128  # px, of the tiny films: the UNet halves sixteenths of it twice twice
WIDTH, WIDTHS, CONTEXT = 8, (1, 2, 2, 4), 32


def autoencoder(folder: Path) -> None:
    """Stable Diffusion's autoencoder, an eighth of the picture."""
    from diffusers import AutoencoderKL

    config = {
        "block_out_channels": [8] * 4,
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "scaling_factor": 0.18215,
    }
    torch.manual_seed(1)
    write_model(folder, config, _state(AutoencoderKL(**config)), "diffusion_pytorch_model.safetensors")


def vision(folder: Path) -> None:
    """CLIP ViT-B/32 with its 50 tokens, as a pickle."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    config = {
        "hidden_size": CONTEXT, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 224, "patch_size": 32,
    }  # fmt: skip
    torch.manual_seed(2)
    state = {f"vision_model.{key}": value for key, value in _state(CLIPVisionModel(CLIPVisionConfig(**config))).items()}
    write_model(folder, {"vision_config": config, "text_config": {}, "model_type": "clip"}, state, "pytorch_model.bin")


def text(folder: Path) -> None:
    """CLIP ViT-L/14's text tower and its tokenizer."""
    from transformers import CLIPTextConfig, CLIPTextModel

    config = {
        "vocab_size": 99, "hidden_size": CONTEXT, "intermediate_size": 64, "num_hidden_layers": 1,
        "num_attention_heads": 2, "bos_token_id": 97, "eos_token_id": 98, "pad_token_id": 98,
    }  # fmt: skip
    torch.manual_seed(3)
    state = {f"text_model.{key}": value for key, value in _state(CLIPTextModel(CLIPTextConfig(**config))).items()}
    write_model(folder, {"text_config": config, "model_type": "clip"}, state, "model.safetensors")
    tokenizer(folder, 97, 98)


def fashionflow(folder: Path) -> None:
    """The published file: networks as tables, beside what training left there."""
    _checkpoint(folder / "FashionFlow_checkpoint.pth", "fashionflow")


def x2fashion(folder: Path) -> None:
    _checkpoint(folder / "model_text_fineturning1000_133000.pth", "x2fashion")


def _checkpoint(path: Path, system: Any) -> None:
    from tryon.train.fashion.model import Sizes, built

    sizes = Sizes(width=WIDTH, widths=WIDTHS, context=CONTEXT, height_latents=SIDE // 8, width_latents=SIDE // 8)
    model = built(system, sizes, 4)
    with torch.no_grad():  # what starts at zero would let nothing of the text and the poses through
        for parameter in model.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.05)
    tables: dict[str, Any] = {name: _state(part) for name, part in model.named_children()}
    write_tensors(path, {**tables, "opt": {"state": {}, "param_groups": []}, "epoch": 1000})


def _state(module: torch.nn.Module) -> dict[str, Any]:
    return {key: value.clone() for key, value in module.state_dict().items()}


class Folder:
    """A repository that one of the functions here writes, in a folder of it where it says so."""

    def __init__(self, write: Any, subfolder: str = "") -> None:
        self._write, self._subfolder = write, subfolder

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        self._write(folder / self._subfolder)
