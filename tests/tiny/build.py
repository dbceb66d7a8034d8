"""Tiny real systems on disk and a drawn order for them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from tests.golden import hub
from tests.golden.common import Golden, golden, write_model
from tests.onnx_file import dwpose_files
from tests.tiny.kolors import write_kolors
from tests.tiny_order import an_order
from tryon.events import Event
from tryon.types import Dressed, Fitting

WIDTH, HEIGHT = 96, 128
FIXTURES = {
    "catvton": ("catvton", hub.catvton),
    "catvton-maskfree": ("catvton_maskfree", hub.catvton_maskfree),
    "ootdiffusion-hd": ("ootdiffusion", hub.ootdiffusion),
    "ootdiffusion-dc": ("ootdiffusion", hub.ootdiffusion),
    "leffa": ("leffa", hub.leffa),
    "idm-vton": ("idm_vton", hub.idm_vton),
    "fashn-vton": ("fashn_vton", hub.fashn_vton),
    "dci-vton": ("dci_vton", hub.dci_vton),
    "viton": ("viton", hub.viton),
    "vivid": ("vivid", hub.vivid),
}
SYSTEMS = (*FIXTURES, "kolors")  # Kolors has no fixture: its authors published no code for try-on


def write_system(name: str, root: Path) -> Path:
    """The weights of a backend in `root`, laid out as on the hub, complete."""
    if name == "kolors":
        return write_kolors(root)
    fixture, write = golden(FIXTURES[name][0]), FIXTURES[name][1]
    write(fixture, root)
    if name == "idm-vton":
        write_text_encoders(fixture, root)
    if name == "fashn-vton":
        dwpose_files(root / "fashn-ai/DWPose", np.random.default_rng(3).uniform(0.2, 0.8, (133, 2)))
    return root


def write_text_encoders(fixture: Golden, root: Path) -> None:
    """Two text encoders and tokenizers whose widths fit the fixture's UNets."""
    width = fixture.config("unet/")["cross_attention_dim"]
    pooled = fixture.io["in.pooled_prompt_embeds"].shape[-1]
    torch.manual_seed(1)
    for suffix, size, cls in (("", 8, CLIPTextModel), ("_2", width - 8, CLIPTextModelWithProjection)):
        config = CLIPTextConfig(
            vocab_size=99,
            hidden_size=size,
            intermediate_size=16,
            num_hidden_layers=3,
            num_attention_heads=2,
            projection_dim=pooled,
            bos_token_id=97,
            eos_token_id=98,
            pad_token_id=1,
        )
        tensors = {k: v.clone() for k, v in cls(config).state_dict().items()}
        if not suffix:  # published files have the prefix that transformers 5 dropped
            tensors = {f"text_model.{key}": value for key, value in tensors.items()}
        write_model(root / f"text_encoder{suffix}", config.to_dict(), tensors, "model.safetensors")
        hub.tokenizer(root / f"tokenizer{suffix}", 97, 98)


def order(**changes: Any) -> Fitting:
    """A drawn person at working size who gets a drawn T-shirt."""
    return an_order(WIDTH, HEIGHT, **changes)


@dataclass
class Run:
    """The events of a run and its result."""

    events: list[Event] = field(default_factory=list)
    dressed: Dressed | None = None

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def finished(steps: Generator[Event, None, Dressed]) -> Run:
    run = Run()
    try:
        while True:
            run.events.append(next(steps))
    except StopIteration as stop:
        run.dressed = stop.value
    return run
