"""Parameters of the video networks that are not pipelines of diffusers, counted from the modules at full size."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.video.films import BACKENDS, named  # noqa: E402
from tryon.catalog import Entry  # noqa: E402
from tryon.nets.fashion import Adapter, AppearanceNet, FashionParams, FashionUNet, PoseNet  # noqa: E402
from tryon.nets.lvdm import UNetParams, VideoUNet  # noqa: E402
from tryon.weights.fill import built  # noqa: E402

FAMILIES = {"DynamiCrafter", "VideoCrafter", "FashionFlow", "X2Fashion"}


def count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def lvdm(**changes: Any) -> int:
    values: dict[str, Any] = {
        "channels_in": 8, "channels_out": 4, "widths": (320, 640, 1280, 1280), "blocks": 2,
        "attention": (True, True, True, False), "context": 1024, "head": 64, "image_tokens": True,
        "learnt_scale": False,
    }  # fmt: skip
    return count(built(lambda: VideoUNet(UNetParams(**{**values, **changes}))))


# What differs from DynamiCrafter's UNet, and how large each is.
UNETS: dict[str, tuple[dict[str, Any], int]] = {
    "dynamicrafter-256": ({"learnt_scale": True}, 1_438_854_996),
    "videocrafter1-i2v": ({"channels_in": 4}, 1_438_843_460),
    "videocrafter2": ({"channels_in": 4, "image_tokens": False}, 1_413_284_420),
}
ENTRIES = [entry for entry in BACKENDS if entry.spec.family in FAMILIES]


@cache
def parts() -> dict[str, int]:
    """Networks that several of them have. OpenCLIP ViT-H/14 as it is used: 23 of its 24 text layers, the vision tower
    without projection."""
    from diffusers import AutoencoderKL
    from diffusers.models.embeddings import IPAdapterPlusImageProjection
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModel

    text = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16}
    small = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
    vision = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16,
              "patch_size": 14}  # fmt: skip
    vae = {
        "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2,
        "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
    }  # fmt: skip
    made = {
        "text": lambda: CLIPTextModel(CLIPTextConfig(vocab_size=49408, **text)),
        "vision": lambda: CLIPVisionModel(CLIPVisionConfig(**vision)),
        "clip": lambda: CLIPVisionModel(CLIPVisionConfig(patch_size=32, **small)),
        "small text": lambda: CLIPTextModel(CLIPTextConfig(vocab_size=49408, **small)),
        "vae": lambda: AutoencoderKL(**vae),
        "256 tokens": lambda: IPAdapterPlusImageProjection(1280, 1024, 1024, heads=12, num_queries=256),
        "16 tokens": lambda: IPAdapterPlusImageProjection(1280, 1024, 1024, heads=12, num_queries=16),
        "unet": lambda: FashionUNet(FashionParams()),
        "adapter": lambda: Adapter(80 * 64 // 4, 768),
        "pose_net": PoseNet,
        "app_net": AppearanceNet,
    }
    return {name: count(built(make)) for name, make in made.items()}


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_counted_parameters(entry: Entry) -> None:
    """Every part of every one is as large as the published network."""
    spec, known = entry.spec, dict(parts())
    if spec.family in ("DynamiCrafter", "VideoCrafter"):
        changes, published = UNETS.get(spec.name, ({}, 1_438_854_980))
        known["unet"] = lvdm(**changes)
        known["resampler"] = known["16 tokens" if spec.name == "videocrafter1-i2v" else "256 tokens"]
        assert known["unet"] == published
    elif spec.name == "x2fashion":
        known["text"] = known["small text"]
    declared = {part.name: part.parameters for part in spec.footprint.components}  # type: ignore[union-attr]
    assert declared == {name: known[name] for name in declared}
