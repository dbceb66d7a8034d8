"""CogVideoX, Mochi 1 and LTX-Video, small."""

from __future__ import annotations

from typing import Any

import diffusers as d

from tests.tiny.video import tokens
from tests.tiny.video.parts import flow, seeded, t5_encoder


def cogvideox(width: int = 48, height: int = 32, frames: int = 9) -> Any:
    """5B-I2V: its positions are learnt, so it knows one size only."""
    return _cogvideox(
        sample_width=width // 8, sample_height=height // 8, sample_frames=frames,
        use_learned_positional_embeddings=True, patch_bias=True,
    )  # fmt: skip


def cogvideox15() -> Any:
    return _cogvideox(
        sample_width=300, sample_height=300, sample_frames=81, patch_size_t=2, patch_bias=False, ofs_embed_dim=4,
        use_learned_positional_embeddings=False,
    )  # fmt: skip


def _cogvideox(**config: Any) -> Any:
    tokenizer = tokens.t5()
    transformer = seeded(
        lambda: d.CogVideoXTransformer3DModel(
            num_attention_heads=2, attention_head_dim=16, in_channels=8, out_channels=4, time_embed_dim=4,
            text_embed_dim=32, num_layers=2, patch_size=2, temporal_compression_ratio=4, max_text_seq_length=226,
            use_rotary_positional_embeddings=True, **config,
        )
    )  # fmt: skip
    vae = seeded(
        lambda: d.AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(8,) * 4, latent_channels=4, layers_per_block=1, norm_num_groups=2,
            temporal_compression_ratio=4, invert_scale_latents="ofs_embed_dim" in config,
        )
    )  # fmt: skip
    scheduler = d.CogVideoXDPMScheduler(
        prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing", snr_shift_scale=1.0,
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
    )  # fmt: skip
    return d.CogVideoXImageToVideoPipeline(
        tokenizer=tokenizer, text_encoder=t5_encoder(tokenizer), vae=vae, transformer=transformer, scheduler=scheduler
    )


def mochi() -> Any:
    tokenizer = tokens.t5()
    transformer = seeded(
        lambda: d.MochiTransformer3DModel(
            patch_size=2, num_attention_heads=2, attention_head_dim=8, num_layers=2, pooled_projection_dim=16,
            in_channels=12, qk_norm="rms_norm", text_embed_dim=32, time_embed_dim=4, activation_fn="swiglu",
            max_sequence_length=256,
        )
    )  # fmt: skip
    vae = seeded(
        lambda: d.AutoencoderKLMochi(
            latent_channels=12, out_channels=3, encoder_block_out_channels=(32,) * 4,
            decoder_block_out_channels=(32,) * 4, layers_per_block=(1,) * 5,
        )
    )  # fmt: skip
    return d.MochiPipeline(
        scheduler=flow(invert_sigmas=True), vae=vae, text_encoder=t5_encoder(tokenizer), tokenizer=tokenizer,
        transformer=transformer,
    )  # fmt: skip


def ltx() -> Any:
    """0.9.5 and later: the autoencoder's decoder knows how noisy its latents are."""
    tokenizer = tokens.t5()
    transformer = seeded(
        lambda: d.LTXVideoTransformer3DModel(
            in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=16, cross_attention_dim=32,
            num_layers=2, caption_channels=32,
        )
    )  # fmt: skip
    vae = seeded(
        lambda: d.AutoencoderKLLTXVideo(
            latent_channels=8, block_out_channels=(8, 8, 8, 8, 8), decoder_block_out_channels=(8, 16, 32),
            down_block_types=("LTXVideo095DownBlock3D",) * 4, layers_per_block=(1,) * 5,
            decoder_layers_per_block=(1,) * 4, spatio_temporal_scaling=(True,) * 4,
            decoder_spatio_temporal_scaling=(True,) * 3, decoder_inject_noise=(False,) * 4,
            downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
            upsample_residual=(True,) * 3, upsample_factor=(2,) * 3, timestep_conditioning=True,
            spatial_compression_ratio=32, temporal_compression_ratio=8, decoder_causal=False,
        )
    )  # fmt: skip
    return d.LTXConditionPipeline(
        scheduler=flow(), vae=vae, text_encoder=t5_encoder(tokenizer), tokenizer=tokenizer, transformer=transformer
    )
