"""How large the networks of the try-on benchmark are: as published, or small for a CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tryon.nets.fashn import PUBLISHED, FashnParams


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large everything is."""

    width: int
    height: int
    sd15: Mapping[str, Any]  # changes of UNet2DConditionModel's defaults
    sdxl: Mapping[str, Any]
    vae: Mapping[str, Any]
    fashn: FashnParams
    context: int  # width of SD 1.5's text
    wide: int  # of SDXL's
    pooled: int
    klein: Mapping[str, Any]
    klein_vae: Mapping[str, Any]
    qwen: Mapping[str, Any]
    qwen_vae: Mapping[str, Any]
    edit: tuple[int, int]  # px, of the edit models' pictures
    motion: Mapping[str, Any]  # what ViViD's denoiser has beside `sd15`
    frames: int  # of ViViD's clip
    clip: Mapping[str, Any]  # DCI-VTON's picture tower
    guider: tuple[int, ...]  # widths of ViViD's pose guider
    viton: int  # width of VITON's first stage


SD = {"layers_per_block": 2, "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
      "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3}  # fmt: skip
XL = {"down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
      "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), "use_linear_projection": True,
      "addition_embed_type": "text_time"}  # fmt: skip
KL = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
      "layers_per_block": 2, "latent_channels": 4}  # fmt: skip
REAL = Scale(
    width=768,
    height=1024,
    sd15={**SD, "block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 768, "attention_head_dim": 8},
    sdxl={**XL, "block_out_channels": (320, 640, 1280), "cross_attention_dim": 2048,
          "transformer_layers_per_block": (1, 2, 10), "attention_head_dim": (5, 10, 20),
          "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816},
    vae={**KL, "block_out_channels": (128, 256, 512, 512), "sample_size": 512},
    fashn=PUBLISHED,
    context=768,
    wide=2048,
    pooled=1280,
    klein={"num_layers": 5, "num_single_layers": 20, "num_attention_heads": 24, "joint_attention_dim": 7680,
           "guidance_embeds": False},
    klein_vae={},
    qwen={"joint_attention_dim": 3584},
    qwen_vae={},
    edit=(896, 1184),
    motion={"motion_max_seq_length": 32, "motion_num_attention_heads": 8, "num_attention_heads": 8},
    frames=24,
    clip={"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
          "image_size": 224, "patch_size": 14},
    guider=(16, 32, 96, 256),
    viton=64,
)  # fmt: skip
TINY = Scale(
    width=96,
    height=128,
    sd15={**SD, "block_out_channels": (16, 16, 16, 16), "cross_attention_dim": 16, "attention_head_dim": 2,
          "norm_num_groups": 4, "layers_per_block": 1},
    sdxl={**XL, "block_out_channels": (16, 16, 16), "cross_attention_dim": 16, "attention_head_dim": (2, 2, 2),
          "transformer_layers_per_block": (1, 1, 2), "norm_num_groups": 4, "layers_per_block": 1,
          "addition_time_embed_dim": 8, "projection_class_embeddings_input_dim": 6 * 8 + 16},
    vae={**KL, "block_out_channels": (8, 8, 8, 8), "norm_num_groups": 4, "layers_per_block": 1, "sample_size": 64},
    fashn=FashnParams(height=72, width=48, patch=12, dim=32, heads=2, mixers=1, doubles=1, singles=1, axes=(4, 6, 6),
                      categories=3),
    context=16,
    wide=16,
    pooled=16,
    klein={"in_channels": 8, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 16,
           "num_attention_heads": 2, "joint_attention_dim": 16, "timestep_guidance_channels": 16,
           "axes_dims_rope": (4, 4, 4, 4), "guidance_embeds": False},
    klein_vae={"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
               "block_out_channels": (4, 4, 4, 4), "layers_per_block": 1, "latent_channels": 2, "norm_num_groups": 2},
    qwen={"in_channels": 16, "out_channels": 4, "num_layers": 1, "attention_head_dim": 16, "num_attention_heads": 2,
          "joint_attention_dim": 16, "axes_dims_rope": (8, 4, 4)},
    qwen_vae={"base_dim": 8, "z_dim": 4, "dim_mult": [1, 2, 2, 2], "num_res_blocks": 1,
              "temperal_downsample": [False, True, True], "latents_mean": [0.1] * 4, "latents_std": [1.5] * 4},
    edit=(64, 96),
    motion={"motion_max_seq_length": 32, "motion_num_attention_heads": 2, "num_attention_heads": 2},
    frames=3,
    clip={"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
          "image_size": 224, "patch_size": 56},
    guider=(4, 4, 4, 4),
    viton=4,
)  # fmt: skip
