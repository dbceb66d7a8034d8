"""Tiny twins of what STIV is made of: a checkpoint of one's own, and the parts of SDXL that read for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import transformers

from tests.golden.common import write_json, write_model, write_tensors
from tests.golden.hub import tokenizer
from tests.tiny.video.parts import seeded
from tryon.nets.stiv import Stiv, StivParams

PARAMS = StivParams(layers=2, width=32, heads=2, tail=1, channels=4, text=32, side=8, frames=4)
START, END = 97, 98


class Own:
    """As tryon.train.stiv writes it."""

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        write_json(folder / "config.json", PARAMS.config())
        write_tensors(folder / "model.safetensors", seeded(lambda: Stiv(PARAMS)).state_dict())


class Sdxl:
    """The second text network and its tokenizer."""

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        config: dict[str, Any] = {
            "vocab_size": 99, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
            "num_attention_heads": 2, "bos_token_id": START, "eos_token_id": END, "pad_token_id": END,
            "projection_dim": 32,
        }  # fmt: skip
        made = seeded(lambda: transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(**config)))
        write_model(folder / "text_encoder_2", config, made.state_dict(), "model.safetensors")
        tokenizer(folder / "tokenizer_2", START, END)
