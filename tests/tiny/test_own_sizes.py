"""Parameters of the video networks that are not pipelines of diffusers, counted from the modules at full size."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tryon.catalog import build_catalog  # noqa: E402
from tryon.nets.fashion import Adapter, AppearanceNet, FashionParams, FashionUNet, PoseNet  # noqa: E402
from tryon.nets.lvdm import UNetParams, VideoUNet  # noqa: E402
from tryon.weights.fill import built  # noqa: E402


def count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def declared(name: str) -> dict[str, int]:
    footprint = build_catalog().get("video", name).spec.footprint
    assert footprint is not None
    return {part.name: part.parameters for part in footprint.components}


def lvdm(**changes: Any) -> int:
    values: dict[str, Any] = {
        "channels_in": 8, "channels_out": 4, "widths": (320, 640, 1280, 1280), "blocks": 2,
        "attention": (True, True, True, False), "context": 1024, "head": 64, "image_tokens": True,
        "learnt_scale": False,
    }  # fmt: skip
    return count(built(lambda: VideoUNet(UNetParams(**{**values, **changes}))))


@pytest.mark.parametrize(
    ("name", "changes", "parameters"),
    [
        ("dynamicrafter-512", {}, 1_438_854_980),
        ("dynamicrafter-256", {"learnt_scale": True}, 1_438_854_996),
        ("videocrafter1-i2v", {"channels_in": 4}, 1_438_843_460),
        ("videocrafter2", {"channels_in": 4, "image_tokens": False}, 1_413_284_420),
    ],
)
def test_lvdm(name: str, changes: dict[str, Any], parameters: int) -> None:
    assert lvdm(**changes) == parameters == declared(name)["unet"]


def test_towers() -> None:
    """OpenCLIP ViT-H/14 as it is used: 23 of its 24 text layers, the vision tower without projection."""
    from diffusers.models.embeddings import IPAdapterPlusImageProjection
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModel

    text = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16}
    vision = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16,
              "patch_size": 14}  # fmt: skip
    parts = declared("dynamicrafter-512")
    assert count(built(lambda: CLIPTextModel(CLIPTextConfig(vocab_size=49408, **text)))) == parts["text"]
    assert count(built(lambda: CLIPVisionModel(CLIPVisionConfig(**vision)))) == parts["vision"]
    for name, queries in (("dynamicrafter-512", 256), ("videocrafter1-i2v", 16)):
        made = built(
            lambda queries=queries: IPAdapterPlusImageProjection(1280, 1024, 1024, heads=12, num_queries=queries)
        )
        assert count(made) == declared(name)["resampler"]


def test_fashion() -> None:
    flow, directed = declared("fashionflow"), declared("x2fashion")
    unet = count(built(lambda: FashionUNet(FashionParams())))
    assert unet == 71_671_548 == flow["unet"] == directed["unet"]
    assert count(built(lambda: Adapter(80 * 64 // 4, 768))) == flow["adapter"]
    assert count(built(PoseNet)) == directed["pose_net"]
    assert count(built(AppearanceNet)) == directed["app_net"]
