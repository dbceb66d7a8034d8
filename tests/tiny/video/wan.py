"""Wan 2.1 and 2.2 and what is built on them (SkyReels V2), small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers as d
import torch
from safetensors.torch import save_file

from tests.tiny.video import tokens
from tests.tiny.video.parts import clip_processor, clip_vision, seeded, t5_encoder, unipc

TRANSFORMER: dict[str, Any] = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12, "text_dim": 32, "freq_dim": 256,
    "ffn_dim": 32, "num_layers": 2, "cross_attn_norm": True, "in_channels": 16, "out_channels": 16,
}  # fmt: skip
FROM_IMAGE: dict[str, Any] = {"in_channels": 36}  # noise, mask over time, encoded image
SEES_IMAGE: dict[str, Any] = {"image_dim": 8, "added_kv_proj_dim": 24}  # cross-attention to CLIP's picture tower


def autoencoder() -> Any:
    return seeded(
        lambda: d.AutoencoderKLWan(
            base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        )
    )


def autoencoder22() -> Any:
    """Of TI2V-5B: 16 times in space."""
    return seeded(
        lambda: d.AutoencoderKLWan(
            base_dim=4, z_dim=48, in_channels=12, out_channels=12, is_residual=True, patch_size=2,
            latents_mean=[0.0] * 48, latents_std=[1.0] * 48, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
            scale_factor_spatial=16, scale_factor_temporal=4, temperal_downsample=[False, True, True],
        )
    )  # fmt: skip


def transformer(cls: str = "WanTransformer3DModel", seed: int = 0, **config: Any) -> Any:
    return seeded(lambda: getattr(d, cls)(**{**TRANSFORMER, **config}), seed)


def text() -> dict[str, Any]:
    tokenizer = tokens.t5()
    return {"tokenizer": tokenizer, "text_encoder": t5_encoder(tokenizer, multilingual=True)}


def picture(*, projected: bool = False) -> dict[str, Any]:
    return {"image_encoder": clip_vision(projected=projected), "image_processor": clip_processor()}


def t2v() -> Any:
    return d.WanPipeline(**text(), vae=autoencoder(), scheduler=unipc(3.0), transformer=transformer())


def i2v() -> Any:
    net = transformer(**FROM_IMAGE, **SEES_IMAGE)
    return d.WanImageToVideoPipeline(**text(), **picture(), vae=autoencoder(), scheduler=unipc(3.0), transformer=net)


def flf2v() -> Any:
    """First and last frame: CLIP's 2 x 17 tokens have positions of their own."""
    net = transformer(**FROM_IMAGE, **SEES_IMAGE, pos_embed_seq_len=2 * 17)
    return d.WanImageToVideoPipeline(**text(), **picture(), vae=autoencoder(), scheduler=unipc(16.0), transformer=net)


def vace() -> Any:
    net = transformer("WanVACETransformer3DModel", num_layers=3, vace_layers=[0, 2], vace_in_channels=96)
    return d.WanVACEPipeline(**text(), vae=autoencoder(), scheduler=unipc(3.0), transformer=net)


def i2v_a14b() -> Any:
    """Two experts, no picture tower."""
    early, late = (transformer(seed=seed, **FROM_IMAGE) for seed in (0, 1))
    return d.WanImageToVideoPipeline(
        **text(), vae=autoencoder(), scheduler=unipc(3.0), transformer=early, transformer_2=late, boundary_ratio=0.9
    )


def ti2v_5b() -> Any:
    """Published as the text-to-video class."""
    net = transformer(in_channels=48, out_channels=48)
    return d.WanPipeline(**text(), vae=autoencoder22(), scheduler=unipc(5.0), transformer=net, expand_timesteps=True)


def animate() -> Any:
    net = transformer(
        "WanAnimateTransformer3DModel", latent_channels=16, motion_encoder_size=16, motion_style_dim=8, motion_dim=4,
        motion_encoder_channel_sizes={"4": 16, "8": 16, "16": 16}, motion_encoder_dim=16, face_encoder_hidden_dim=16,
        face_encoder_num_heads=2, inject_face_latents_blocks=2, **FROM_IMAGE, **SEES_IMAGE,
    )  # fmt: skip
    return d.WanAnimatePipeline(**text(), **picture(), vae=autoencoder(), scheduler=unipc(5.0), transformer=net)


def skyreels_v2() -> Any:
    net = transformer("SkyReelsV2Transformer3DModel", **FROM_IMAGE, **SEES_IMAGE)
    return d.SkyReelsV2ImageToVideoPipeline(
        **text(), **picture(projected=True), vae=autoencoder(), scheduler=unipc(5.0), transformer=net
    )


def sana() -> Any:
    """SANA-Video with Wan's autoencoder."""
    import transformers

    tokenizer = tokens.gemma()
    words = transformers.Gemma2Config(
        head_dim=16, hidden_size=8, intermediate_size=64, num_attention_heads=2, num_hidden_layers=2,
        num_key_value_heads=2, vocab_size=len(tokenizer), attn_implementation="eager",
    )  # fmt: skip
    net = seeded(
        lambda: d.SanaVideoTransformer3DModel(
            in_channels=16, out_channels=16, num_attention_heads=2, attention_head_dim=12, num_layers=2,
            num_cross_attention_heads=2, cross_attention_head_dim=12, cross_attention_dim=24, caption_channels=8,
            mlp_ratio=2.5, sample_size=8, patch_size=(1, 2, 2), norm_elementwise_affine=False, norm_eps=1e-6,
            qk_norm="rms_norm_across_heads", rope_max_seq_len=64,
        )
    )  # fmt: skip
    return d.SanaImageToVideoPipeline(
        tokenizer=tokenizer, text_encoder=seeded(lambda: transformers.Gemma2Model(words)), vae=autoencoder(),
        transformer=net, scheduler=d.FlowMatchEulerDiscreteScheduler(shift=8.0),
    )  # fmt: skip


def write_lora(path: Path, seed: int) -> None:
    """A LoRA of rank 2 for the transformer above, strong enough to be seen."""
    width = TRANSFORMER["num_attention_heads"] * TRANSFORMER["attention_head_dim"]
    inner = TRANSFORMER["ffn_dim"]
    layers = {f"{kind}_attn.{name}": (width, width) for kind in ("self", "cross") for name in "qkvo"}
    layers |= {"ffn.0": (width, inner), "ffn.2": (inner, width)}
    generator, tensors = torch.Generator().manual_seed(seed), {}
    for block in range(TRANSFORMER["num_layers"]):
        for name, (inputs, outputs) in layers.items():
            key = f"diffusion_model.blocks.{block}.{name}"
            tensors[f"{key}.lora_down.weight"] = torch.randn(2, inputs, generator=generator) / inputs**0.5
            tensors[f"{key}.lora_up.weight"] = torch.randn(outputs, 2, generator=generator)
            tensors[f"{key}.diff_b"] = torch.randn(outputs, generator=generator) * 0.1
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
