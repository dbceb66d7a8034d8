"""Tiny twins of Open-Sora's two repositories, in the published names and layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch

from tests.golden.common import write_tensors
from tests.tiny.video import fashion, hunyuan, tokens
from tests.tiny.video.parts import seeded, t5_encoder
from tryon.nets.video_dcae import DcaeParams, VideoDcae

WIDTH = HEAD = 128  # one head of the published size: how it turns with time, row and column is fixed


class OpenSora:
    """Denoiser, HunyuanVideo's autoencoder, T5 and CLIP."""

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        vae = seeded(
            lambda: diffusers.AutoencoderKLHunyuanVideo(
                latent_channels=4, block_out_channels=(32,) * 4, layers_per_block=1, norm_num_groups=32
            )
        )
        hunyuan.make_sure(vae)
        write_tensors(folder / "hunyuan_vae.safetensors", vae.state_dict())
        write_tensors(folder / "Open_Sora_v2.safetensors", denoiser(channels=4, patch=2))
        words = tokens.t5()
        t5 = folder / "google/t5-v1_1-xxl"
        t5_encoder(words).save_pretrained(t5)
        words.save_pretrained(t5)
        fashion.text(folder / "openai/clip-vit-large-patch14")


class Draft:
    """The denoiser over the deep-compression autoencoder, and that."""

    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        params = DcaeParams(latent=8, widths=(4, 8, 8, 32, 32, 32), encoder=(1,) * 6, decoder=(1,) * 6)
        write_tensors(folder / "F32T4C128_AE.safetensors", seeded(lambda: VideoDcae(params)).state_dict())
        write_tensors(folder / "Open_Sora_v2_Video_DC_AE.safetensors", denoiser(channels=8, patch=1))


def denoiser(channels: int, patch: int) -> dict[str, Any]:
    """Upstream's names: queries, keys and values apart, one layer of both kinds of block."""
    inner, generator = channels * patch**2, torch.Generator().manual_seed(3)

    def drawn(*shape: int) -> Any:
        fan = shape[-1] if len(shape) > 1 else 100
        return torch.randn(*shape, generator=generator) / fan**0.5

    made: dict[str, Any] = {}

    def linear(name: str, inputs: int, outputs: int) -> None:
        made[f"{name}.weight"], made[f"{name}.bias"] = drawn(outputs, inputs), drawn(outputs)

    def norms(name: str) -> None:
        for kind in ("query", "key"):
            made[f"{name}.{kind}_norm.scale"] = 1 + drawn(HEAD)

    linear("img_in", inner, WIDTH)
    linear("cond_in", inner + patch**2, WIDTH)
    linear("txt_in", 32, WIDTH)
    for name, inputs in (("time_in", 256), ("vector_in", fashion.CONTEXT)):
        linear(f"{name}.in_layer", inputs, WIDTH)
        linear(f"{name}.out_layer", WIDTH, WIDTH)
    for stream in ("img", "txt"):
        block = f"double_blocks.0.{stream}"
        linear(f"{block}_mod.lin", WIDTH, 6 * WIDTH)
        for part in ("q_proj", "k_proj", "v_proj", "proj"):
            linear(f"{block}_attn.{part}", WIDTH, WIDTH)
        norms(f"{block}_attn.norm")
        linear(f"{block}_mlp.0", WIDTH, 4 * WIDTH)
        linear(f"{block}_mlp.2", 4 * WIDTH, WIDTH)
    block = "single_blocks.0"
    linear(f"{block}.q_proj", WIDTH, WIDTH)
    linear(f"{block}.k_proj", WIDTH, WIDTH)
    linear(f"{block}.v_mlp", WIDTH, 5 * WIDTH)
    linear(f"{block}.linear2", 5 * WIDTH, WIDTH)
    linear(f"{block}.modulation.lin", WIDTH, 3 * WIDTH)
    norms(f"{block}.norm")
    linear("final_layer.linear", WIDTH, inner)
    linear("final_layer.adaLN_modulation.1", WIDTH, 2 * WIDTH)
    return made
