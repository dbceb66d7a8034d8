"""Tiny twins of the LVDM family: checkpoints with everything in them, the pruned form of one, OpenCLIP by itself.

Names are those of a recorded checkpoint; sizes are as small as heads of 64 channels allow, and weights are drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from tests.golden import common
from tests.golden.common import write_model, write_tensors
from tests.golden.hub import tokenizer
from tryon.weights import ldm

FIXTURES = Path(common.__file__).parent / "fixtures"
START, END = 298, 299  # of the towers' 300 tokens
# Of the attention over frames before the first block, whose width is eight heads whatever the channels are.
FRAMES_WIDTH = {32: 64, 64: 512, 256: 2048, 512: 4096}
TEXT = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 16,
        "vocab_size": 300, "hidden_act": "gelu", "bos_token_id": START, "eos_token_id": END}  # fmt: skip
VISION = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 1, "num_attention_heads": 16,
          "image_size": 224, "patch_size": 14, "hidden_act": "gelu"}  # fmt: skip


class Checkpoint:
    """A published file, with the names of a fixture, `like`."""

    def __init__(self, like: str) -> None:
        self.like = like

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        write_tensors(folder / "model.ckpt", {"state_dict": self.tensors(), "global_step": 1})

    def tensors(self) -> dict[str, Any]:
        torch.manual_seed(5)
        tensors: dict[str, Any] = {}
        with safe_open(FIXTURES / self.like / "weights.safetensors", "pt") as file:
            for key in file.keys():  # noqa: SIM118  not a mapping
                if "." in key:  # not the buffers of the schedule
                    like, shape = file.get_tensor(key), size(key, file.get_slice(key).get_shape())
                    tensors |= {name: drawn(like, shape) for name in names(key)}
        return tensors


class Pruned:
    """Kijai's repository: halves, without OpenCLIP."""

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        for like, name in (("dynamicrafter", "512"), ("dynamicrafter", "1024"), ("dynamicrafter_interp", "512_interp")):
            tensors = Checkpoint(like).tensors()
            halves = {k: v.half() for k, v in tensors.items() if not k.startswith((ldm.TEXT, "embedder."))}
            write_tensors(folder / f"dynamicrafter_{name}_fp16_pruned.safetensors", halves)


def names(key: str) -> list[str]:
    """The recorded autoencoder halves the picture once; here the level that does it is there three times."""
    for own, others in ((".down.0.", (0, 1, 2)), (".down.1.", (3,)), (".up.1.", (1, 2, 3)), (".up.0.", (0,))):
        if key.startswith(ldm.VAE) and own in key:
            return [key.replace(own, f"{own[:-2]}{other}.") for other in others]
    return [key]


def size(key: str, shape: list[int]) -> tuple[int, ...]:
    """The shape of a weight with twice the width, wherever that means something."""
    if key.startswith(ldm.VAE):
        return tuple(shape)
    if key == f"{ldm.RESAMPLER}latents":  # one image for all frames, or 16 tokens for each of 16 frames
        return 1, shape[1] if shape[1] == 16 else 256, 2 * shape[2]
    widths = FRAMES_WIDTH if ".init_attn." in key else {n: 2 * n for n in range(32, 1025, 32)}
    return tuple(widths.get(n, n) for n in shape)


def drawn(like: Any, shape: tuple[int, ...]) -> Any:
    """Random numbers with the spread and the mean of a weight, less where more of them are added up."""
    values = like.float()
    spread = float(values.std()) if values.numel() > 1 else 0.1
    fan = (values[0].numel() / max(1, torch.Size(shape[1:]).numel())) ** 0.5 if len(shape) > 1 else 1.0
    return torch.randn(shape) * spread * fan + float(values.mean())


class OpenClip:
    """laion's repository: both towers as transformers has them, and a tokenizer whose filler is not the one to use."""

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModel

        torch.manual_seed(7)
        towers = (
            ("text", CLIPTextModel(CLIPTextConfig(**TEXT))),
            ("vision", CLIPVisionModel(CLIPVisionConfig(**VISION))),
        )
        tensors = {f"{name}_model.{k}": v.clone() for name, tower in towers for k, v in tower.state_dict().items()}
        tensors |= {"logit_scale": torch.ones(()), "text_projection.weight": torch.zeros(2, 64)}
        config = {"text_config": TEXT, "vision_config": VISION, "model_type": "clip"}
        write_model(folder, config, tensors, "model.safetensors")
        tokenizer(folder, START, END)
