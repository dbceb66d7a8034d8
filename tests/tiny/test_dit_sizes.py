"""Parameters of Open-Sora, Step-Video and STIV, counted from the networks at full size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.eight_bits import check_kept  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.weights.fill import built  # noqa: E402


def count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def check(name: str, component: str, make: Callable[[], Any]) -> None:
    """A component is as large as the network, and so is what of it stays when it is stored in eight bits."""
    footprint = build_catalog().get("video", name).spec.footprint
    assert footprint is not None
    part, module = next(part for part in footprint.components if part.name == component), built(make)
    assert count(module) == part.parameters
    check_kept(footprint, part, module)


def test_open_sora() -> None:
    import json
    from pathlib import Path

    from diffusers import AutoencoderKLHunyuanVideo, FluxTransformer2DModel
    from transformers import T5Config, T5EncoderModel

    from tests.golden import common
    from tryon.nets.video_dcae import DcaeParams, VideoDcae
    from tryon.video.open_sora_engine import AXES
    from tryon.weights.open_sora import flux_config

    table = json.loads((Path(common.__file__).parent / "keys/open_sora.json").read_text())["mmdit"]
    shapes = {key: tuple(shape) for key, shape in table.items()}
    check("open-sora-2", "transformer", lambda: FluxTransformer2DModel(**flux_config(shapes, AXES)))
    # The draft's tokens are single places of 128 channels, beside as many and a mark.
    smaller = {
        "img_in.weight": (3072, 128),
        "cond_in.weight": (3072, 129),
        "final_layer.linear.weight": (128, 3072),
    }
    draft = {**shapes, **smaller}
    check("open-sora-2-draft", "transformer", lambda: FluxTransformer2DModel(**flux_config(draft, AXES)))
    check("open-sora-2", "vae", AutoencoderKLHunyuanVideo)
    check("open-sora-2-draft", "vae", lambda: VideoDcae(DcaeParams()))
    t5 = T5Config(vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64,
                  feed_forward_proj="gated-gelu")  # fmt: skip
    for name in ("open-sora-2", "open-sora-2-draft"):
        check(name, "text_encoder", lambda: T5EncoderModel(t5))


def test_step_video() -> None:
    from transformers import BertConfig, BertModel

    from tryon.nets.step_llm import LlmParams, StepLlm
    from tryon.nets.step_video import DenoiserParams, StepDenoiser
    from tryon.nets.step_video_vae import StepVae, StepVaeParams

    name = "step-video-ti2v"
    check(name, "transformer", lambda: StepDenoiser(DenoiserParams()))
    check(name, "vae", lambda: StepVae(StepVaeParams()))
    check(name, "text_encoder", lambda: StepLlm(LlmParams()))
    bert = BertConfig(vocab_size=47020, hidden_size=1024, num_hidden_layers=24, num_attention_heads=16,
                      intermediate_size=4096)  # fmt: skip
    check(name, "text_encoder_2", lambda: BertModel(bert))


@pytest.mark.parametrize("size", ["xl", "xxl", "m"])
def test_stiv(size: str) -> None:
    """The paper's labels are met by one of two ways of counting, to a few percent; ours counts everything."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    from tryon.nets.stiv import SIZES, Stiv

    check(f"stiv-{size}", "transformer", lambda: Stiv(SIZES[size]))
    model, label = built(lambda: Stiv(SIZES[size])), {"xl": 0.6e9, "xxl": 1.5e9, "m": 8.7e9}[size]
    parts = {name: parameter.numel() for name, parameter in model.named_parameters() if not name.startswith("tail.")}
    over_time = sum(count for name, count in parts.items() if ".temporal." in name)
    whole = sum(parts.values())
    assert min(abs(whole - label), abs(whole - over_time - label)) < 0.04 * label
    text = CLIPTextConfig(vocab_size=49408, hidden_size=1280, intermediate_size=5120, num_hidden_layers=32,
                          num_attention_heads=20, projection_dim=1280)  # fmt: skip
    check(f"stiv-{size}", "text_encoder", lambda: CLIPTextModelWithProjection(text))
