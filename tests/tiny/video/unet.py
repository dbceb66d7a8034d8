"""Stable Video Diffusion, small."""

from __future__ import annotations

from typing import Any

import diffusers as d

from tests.tiny.video.parts import clip_processor, clip_vision, seeded


def svd(frames: int = 14) -> Any:
    """Four levels as published, so that the size rule is the real one. CLIP's side is 224 px in the pipeline itself."""
    level = ("CrossAttnDownBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal")
    unet = seeded(
        lambda: d.UNetSpatioTemporalConditionModel(
            block_out_channels=(32, 32, 32, 32), layers_per_block=1, sample_size=96, in_channels=8, out_channels=4,
            down_block_types=(level[0], level[0], level[0], "DownBlockSpatioTemporal"),
            up_block_types=("UpBlockSpatioTemporal", level[1], level[1], level[1]),
            cross_attention_dim=16, num_attention_heads=2, projection_class_embeddings_input_dim=24,
            addition_time_embed_dim=8, num_frames=frames,
        ),
        gain=0.8,
    )  # fmt: skip
    vae = seeded(
        lambda: d.AutoencoderKLTemporalDecoder(
            block_out_channels=[32] * 4, down_block_types=["DownEncoderBlock2D"] * 4, layers_per_block=1,
            latent_channels=4,
        )
    )  # fmt: skip
    scheduler = d.EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", interpolation_type="linear",
        prediction_type="v_prediction", sigma_max=700.0, sigma_min=0.002, steps_offset=1, timestep_spacing="leading",
        timestep_type="continuous", use_karras_sigmas=True,
    )  # fmt: skip
    return d.StableVideoDiffusionPipeline(
        vae=vae, image_encoder=clip_vision(16, 224, 56, projected=True), unet=unet, scheduler=scheduler,
        feature_extractor=clip_processor(224),
    )  # fmt: skip
