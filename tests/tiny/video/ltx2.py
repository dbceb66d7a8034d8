"""LTX-2 (with its sound half), small."""

from __future__ import annotations

from typing import Any

import diffusers as d
import transformers

from tests.tiny.video import tokens
from tests.tiny.video.parts import flow, seeded


def ltx2() -> Any:
    from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder

    tokenizer = tokens.gemma()
    transformer = seeded(
        lambda: d.LTX2VideoTransformer3DModel(
            in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
            audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=4,
            audio_cross_attention_dim=8, num_layers=2, qk_norm="rms_norm_across_heads", caption_channels=16,
            rope_double_precision=False, rope_type="split",
        )
    )  # fmt: skip
    connector = {"num_attention_heads": 4, "attention_head_dim": 4, "num_layers": 1, "num_learnable_registers": None}
    both = {f"{kind}_connector_{key}": value for kind in ("video", "audio") for key, value in connector.items()}
    connectors = seeded(
        lambda: LTX2TextConnectors(
            caption_channels=16, text_proj_in_factor=3, connector_rope_base_seq_len=32, rope_double_precision=False,
            rope_type="split", **both,
        )
    )  # fmt: skip
    vae = seeded(
        lambda: d.AutoencoderKLLTX2Video(
            latent_channels=8, block_out_channels=(8, 16, 32, 32), decoder_block_out_channels=(8, 16, 32),
            layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 4,
            spatial_compression_ratio=32, temporal_compression_ratio=8, decoder_causal=False,
        )
    )  # fmt: skip
    audio_vae = seeded(
        lambda: d.AutoencoderKLLTX2Audio(
            base_channels=4, output_channels=2, ch_mult=(1,), num_res_blocks=1, attn_resolutions=None, in_channels=2,
            resolution=32, latent_channels=2, norm_type="pixel", causality_axis="height", dropout=0.0,
            mid_block_add_attention=False, sample_rate=16000, mel_hop_length=160, is_causal=True, mel_bins=8,
        )
    )  # fmt: skip
    vocoder = seeded(
        lambda: LTX2Vocoder(
            in_channels=16, hidden_channels=32, out_channels=2, upsample_kernel_sizes=[4, 4], upsample_factors=[2, 2],
            resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]], output_sampling_rate=16000,
        )
    )  # fmt: skip
    return d.LTX2ImageToVideoPipeline(
        scheduler=flow(), vae=vae, audio_vae=audio_vae, text_encoder=_gemma(tokenizer), tokenizer=tokenizer,
        connectors=connectors, transformer=transformer, vocoder=vocoder,
    )  # fmt: skip


def _gemma(tokenizer: Any) -> Any:
    text = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 8, "vocab_size": len(tokenizer) + 8, "sliding_window": 64,
        "layer_types": ["sliding_attention", "full_attention"],
    }  # fmt: skip
    vision = {
        "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32,
        "patch_size": 8,
    }  # fmt: skip
    config = transformers.Gemma3Config(
        text_config=text, vision_config=vision, mm_tokens_per_image=4, image_token_index=len(tokenizer) + 1,
        boi_token_index=len(tokenizer) + 2, eoi_token_index=len(tokenizer) + 3,
    )  # fmt: skip
    return seeded(lambda: transformers.Gemma3ForConditionalGeneration(config))
