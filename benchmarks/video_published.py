"""The networks of the published video systems as data: class and configuration of every part, from the authors'
repositories. Nothing is downloaded: modules are built on the meta device, to be counted there or to be filled with
drawn weights where they will compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WAN = {
    "patch_size": (1, 2, 2), "num_attention_heads": 40, "attention_head_dim": 128, "in_channels": 16,
    "out_channels": 16, "text_dim": 4096, "freq_dim": 256, "ffn_dim": 13824, "num_layers": 40,
    "cross_attn_norm": True, "qk_norm": "rms_norm_across_heads", "eps": 1e-6, "rope_max_seq_len": 1024,
}  # fmt: skip
WAN_IMAGE = {**WAN, "in_channels": 36, "image_dim": 1280, "added_kv_proj_dim": 5120}
WAN_SMALL = {**WAN, "num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30}
WAN_22_VAE = {
    "base_dim": 160, "decoder_base_dim": 256, "z_dim": 48, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2,
    "temperal_downsample": [False, True, True], "in_channels": 12, "out_channels": 12, "is_residual": True,
    "patch_size": 2, "scale_factor_spatial": 16, "scale_factor_temporal": 4, "latents_mean": [0.0] * 48,
    "latents_std": [1.0] * 48,
}  # fmt: skip
UMT5_XXL = {
    "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64, "vocab_size": 256384,
    "feed_forward_proj": "gated-gelu",
}  # fmt: skip
T5_XXL = {**UMT5_XXL, "vocab_size": 32128}
CLIP_H = {
    "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16,
    "image_size": 224, "patch_size": 14, "hidden_act": "gelu", "projection_dim": 1024,
}  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A part of a system: a library's module, class, the arguments of its constructor (transformers: of its config)."""

    library: str
    cls: str
    config: Mapping[str, Any] = field(default_factory=dict)

    def built(self, device: str = "meta") -> Any:
        """The module, made on the device with its own initialisation."""
        import importlib

        import torch

        cls = getattr(importlib.import_module(self.library), self.cls)
        with torch.device(device):
            return cls(cls.config_class(**self.config)) if self.library == "transformers" else cls(**self.config)


def wan(cls: str = "WanTransformer3DModel", **config: Any) -> Network:
    return Network("diffusers", cls, {**WAN, **config})


UMT5 = Network("transformers", "UMT5EncoderModel", UMT5_XXL)
CLIP = Network("transformers", "CLIPVisionModel", CLIP_H)
WAN_VAE = Network("diffusers", "AutoencoderKLWan")
WAN_TEXT = {"text_encoder": UMT5, "vae": WAN_VAE}
FROM_IMAGE = Network("diffusers", "WanTransformer3DModel", WAN_IMAGE)
NARROW = Network("diffusers", "WanTransformer3DModel", {**WAN, "in_channels": 36})
SYSTEMS: dict[str, dict[str, Network]] = {
    "wan21-i2v-480p": {"transformer": FROM_IMAGE, "image_encoder": CLIP, **WAN_TEXT},
    "wan21-flf2v": {
        "transformer": Network("diffusers", "WanTransformer3DModel", {**WAN_IMAGE, "pos_embed_seq_len": 514}),
        "image_encoder": CLIP,
        **WAN_TEXT,
    },
    "wan21-t2v-1.3b": {"transformer": Network("diffusers", "WanTransformer3DModel", WAN_SMALL), **WAN_TEXT},
    "wan21-vace-1.3b": {
        "transformer": Network(
            "diffusers",
            "WanVACETransformer3DModel",
            {**WAN_SMALL, "vace_layers": list(range(0, 30, 2)), "vace_in_channels": 96},
        ),
        **WAN_TEXT,
    },
    "wan21-vace-14b": {
        "transformer": wan("WanVACETransformer3DModel", vace_layers=list(range(0, 40, 5)), vace_in_channels=96),
        **WAN_TEXT,
    },
    "wan22-ti2v-5b": {
        "transformer": wan(num_attention_heads=24, ffn_dim=14336, num_layers=30, in_channels=48, out_channels=48),
        "text_encoder": UMT5,
        "vae": Network("diffusers", "AutoencoderKLWan", WAN_22_VAE),
    },
    "wan22-i2v-a14b": {"transformer": NARROW, "transformer_2": NARROW, **WAN_TEXT},
    "wan22-animate": {"transformer": Network("diffusers", "WanAnimateTransformer3DModel"),
                      "image_encoder": CLIP, **WAN_TEXT},
}  # fmt: skip
COGVIDEOX = {
    "num_attention_heads": 48, "attention_head_dim": 64, "in_channels": 32, "out_channels": 16, "time_embed_dim": 512,
    "text_embed_dim": 4096, "num_layers": 42, "sample_width": 90, "sample_height": 60, "sample_frames": 49,
    "patch_size": 2, "temporal_compression_ratio": 4, "max_text_seq_length": 226,
    "use_rotary_positional_embeddings": True, "use_learned_positional_embeddings": True,
}  # fmt: skip
COGVIDEOX_15 = {
    **COGVIDEOX, "sample_width": 300, "sample_height": 300, "sample_frames": 81, "patch_size_t": 2,
    "patch_bias": False, "ofs_embed_dim": 512, "use_learned_positional_embeddings": False,
}  # fmt: skip
COGVIDEOX_VAE = {"down_block_types": ("CogVideoXDownBlock3D",) * 4, "up_block_types": ("CogVideoXUpBlock3D",) * 4,
                 "block_out_channels": (128, 256, 256, 512), "latent_channels": 16,
                 "layers_per_block": 3, "temporal_compression_ratio": 4}  # fmt: skip
LTX_13B = {"num_attention_heads": 32, "attention_head_dim": 128, "cross_attention_dim": 4096, "num_layers": 48}
LTX_VAE = {
    "block_out_channels": (128, 256, 512, 1024, 2048), "decoder_block_out_channels": (256, 512, 1024),
    "down_block_types": ("LTXVideo095DownBlock3D",) * 4, "layers_per_block": (4, 6, 6, 2, 2),
    "decoder_layers_per_block": (5, 5, 5, 5), "spatio_temporal_scaling": (True,) * 4,
    "decoder_spatio_temporal_scaling": (True,) * 3, "decoder_inject_noise": (False,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "upsample_residual": (True,) * 3, "upsample_factor": (2,) * 3, "timestep_conditioning": True,
    "spatial_compression_ratio": 32, "temporal_compression_ratio": 8, "decoder_causal": False,
}  # fmt: skip
SIGLIP = {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16,
          "image_size": 384, "patch_size": 14}  # fmt: skip
T5 = Network("transformers", "T5EncoderModel", T5_XXL)
LTX_PARTS = {"text_encoder": T5, "vae": Network("diffusers", "AutoencoderKLLTXVideo", LTX_VAE)}
SYSTEMS |= {
    "cogvideox-5b-i2v": {
        "transformer": Network("diffusers", "CogVideoXTransformer3DModel", COGVIDEOX), "text_encoder": T5,
        "vae": Network("diffusers", "AutoencoderKLCogVideoX", COGVIDEOX_VAE),
    },
    "cogvideox15-5b-i2v": {
        "transformer": Network("diffusers", "CogVideoXTransformer3DModel", COGVIDEOX_15), "text_encoder": T5,
        "vae": Network("diffusers", "AutoencoderKLCogVideoX", {**COGVIDEOX_VAE, "invert_scale_latents": True}),
    },
    "mochi-1": {
        "transformer": Network("diffusers", "MochiTransformer3DModel"), "text_encoder": T5,
        "vae": Network("diffusers", "AutoencoderKLMochi"),
    },
    "ltx-098-13b-fast": {
        "transformer": Network("diffusers", "LTXVideoTransformer3DModel", LTX_13B), **LTX_PARTS
    },
    "ltx-095-2b": {"transformer": Network("diffusers", "LTXVideoTransformer3DModel"), **LTX_PARTS},
    "hunyuanvideo-i2v": {
        "transformer": Network(
            "diffusers", "HunyuanVideoTransformer3DModel", {"image_condition_type": "token_replace"}
        ),
        "vae": Network("diffusers", "AutoencoderKLHunyuanVideo"),
    },
    "hunyuanvideo15-480p": {
        "transformer": Network("diffusers", "HunyuanVideo15Transformer3DModel", {"task_type": "i2v"}),
        "image_encoder": Network("transformers", "SiglipVisionModel", SIGLIP),
        "vae": Network("diffusers", "AutoencoderKLHunyuanVideo15"),
    },
    "svd-xt-1-1": {
        "unet": Network("diffusers", "UNetSpatioTemporalConditionModel", {"num_frames": 25}),
        "image_encoder": Network("transformers", "CLIPVisionModelWithProjection", CLIP_H),
        "vae": Network("diffusers", "AutoencoderKLTemporalDecoder",
                       {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2,
                        "down_block_types": ("DownEncoderBlock2D",) * 4}),
    },
}  # fmt: skip
LTX2_VAE = {"spatial_compression_ratio": 32, "temporal_compression_ratio": 8, "decoder_causal": False}
SIGLIP_TOWER = Network("transformers", "SiglipVisionModel", SIGLIP)
PROJECTED = Network("transformers", "CLIPVisionModelWithProjection", CLIP_H)
SKYREELS = {"in_channels": 36, "num_attention_heads": 40, "num_layers": 40, "ffn_dim": 13824, "image_dim": 1280,
            "added_kv_proj_dim": 5120}  # fmt: skip
SKYREELS_SMALL = {**SKYREELS, "num_attention_heads": 12, "num_layers": 30, "ffn_dim": 8960, "added_kv_proj_dim": 1536}
SYSTEMS |= {
    "framepack-f1": {
        "transformer": Network(
            "diffusers",
            "HunyuanVideoFramepackTransformer3DModel",
            {
                "image_condition_type": None,
                "has_image_proj": True,
                "image_proj_dim": 1152,
                "has_clean_x_embedder": True,
            },
        ),
        "image_encoder": SIGLIP_TOWER,
        "vae": Network("diffusers", "AutoencoderKLHunyuanVideo"),
    },
    "ltx2-19b-fast": {
        "transformer": Network("diffusers", "LTX2VideoTransformer3DModel"),
        "connectors": Network("diffusers.pipelines.ltx2", "LTX2TextConnectors"),
        "vae": Network("diffusers", "AutoencoderKLLTX2Video", LTX2_VAE),
        "audio_vae": Network("diffusers", "AutoencoderKLLTX2Audio"),
        "vocoder": Network("diffusers.pipelines.ltx2", "LTX2Vocoder"),
    },
    "sana-video-2b": {"transformer": Network("diffusers", "SanaVideoTransformer3DModel"), "vae": WAN_VAE},
    "skyreels-v2-14b": {
        "transformer": Network("diffusers", "SkyReelsV2Transformer3DModel", SKYREELS),
        "image_encoder": PROJECTED,
        **WAN_TEXT,
    },
    "skyreels-v2-1.3b": {
        "transformer": Network("diffusers", "SkyReelsV2Transformer3DModel", SKYREELS_SMALL),
        "image_encoder": PROJECTED,
        **WAN_TEXT,
    },
}
SYSTEMS["wan21-i2v-720p"] = SYSTEMS["wan21-i2v-480p"]


def counted(name: str) -> dict[str, int]:
    """Parameters of every part of a system."""
    return {part: sum(p.numel() for p in net.built().parameters()) for part, net in SYSTEMS[name].items()}


# The same networks for a CPU: what makes each class small, and the pictures that those with fixed sizes then take.
SMALLEST = 48, 32
SHRINK: dict[str, dict[str, Any]] = {
    "WanTransformer3DModel": {"num_layers": 2, "num_attention_heads": 2, "ffn_dim": 32, "attention_head_dim": 16},
    "WanVACETransformer3DModel": {
        "num_layers": 2, "num_attention_heads": 2, "ffn_dim": 32, "attention_head_dim": 16, "vace_layers": [0, 1]
    },
    "WanAnimateTransformer3DModel": {
        "num_layers": 2, "num_attention_heads": 2, "ffn_dim": 32, "attention_head_dim": 16, "added_kv_proj_dim": 32,
        "motion_encoder_size": 16, "motion_style_dim": 8, "motion_dim": 4, "motion_encoder_dim": 16,
        "motion_encoder_channel_sizes": {"4": 16, "8": 16, "16": 16}, "face_encoder_hidden_dim": 16,
        "face_encoder_num_heads": 2, "inject_face_latents_blocks": 2,
    },
    "AutoencoderKLWan": {"base_dim": 4, "num_res_blocks": 1},
    "CLIPVisionModel": {"num_hidden_layers": 1, "intermediate_size": 32},
    "CLIPVisionModelWithProjection": {"num_hidden_layers": 1, "intermediate_size": 32},
    "SiglipVisionModel": {"num_hidden_layers": 1, "intermediate_size": 32},
    "CogVideoXTransformer3DModel": {"num_layers": 2, "num_attention_heads": 2},
    "AutoencoderKLCogVideoX": {"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1},
    "MochiTransformer3DModel": {
        "num_layers": 2, "num_attention_heads": 2, "pooled_projection_dim": 16, "text_embed_dim": 64
    },
    "AutoencoderKLMochi": {
        "encoder_block_out_channels": (32,) * 4, "decoder_block_out_channels": (32,) * 4, "layers_per_block": (1,) * 5
    },
    "LTXVideoTransformer3DModel": {"num_layers": 2, "num_attention_heads": 2, "attention_head_dim": 16,
                                   "cross_attention_dim": 32},
    "AutoencoderKLLTXVideo": {
        "block_out_channels": (8, 8, 8, 8, 8), "decoder_block_out_channels": (8, 16, 32),
        "layers_per_block": (1,) * 5, "decoder_layers_per_block": (1,) * 4,
    },
    "HunyuanVideoTransformer3DModel": {"num_layers": 2, "num_single_layers": 1, "num_refiner_layers": 1,
                                       "num_attention_heads": 2, "attention_head_dim": 16, "rope_axes_dim": (4, 6, 6)},
    "AutoencoderKLHunyuanVideo": {"block_out_channels": (32,) * 4, "layers_per_block": 1},
    "HunyuanVideo15Transformer3DModel": {"num_layers": 1, "num_refiner_layers": 1, "num_attention_heads": 2,
                                         "attention_head_dim": 16, "rope_axes_dim": (4, 6, 6)},
    "AutoencoderKLHunyuanVideo15": {"block_out_channels": (128,) * 5, "layers_per_block": 1,
                                    "downsample_match_channel": False, "upsample_match_channel": False},
    "HunyuanVideoFramepackTransformer3DModel": {
        "num_layers": 2, "num_single_layers": 1, "num_refiner_layers": 1, "num_attention_heads": 2,
        "attention_head_dim": 16, "rope_axes_dim": (4, 6, 6),
    },
    "LTX2VideoTransformer3DModel": {
        "num_layers": 2, "num_attention_heads": 2, "attention_head_dim": 16, "cross_attention_dim": 32,
        "audio_num_attention_heads": 2, "audio_attention_head_dim": 8, "audio_cross_attention_dim": 16,
        "caption_channels": 32,
    },
    "LTX2TextConnectors": {
        "caption_channels": 32, "text_proj_in_factor": 3, "video_connector_num_layers": 1,
        "audio_connector_num_layers": 1, "video_connector_num_attention_heads": 2, "video_hidden_dim": 32,
        "audio_connector_num_attention_heads": 2, "audio_hidden_dim": 16, "video_connector_attention_head_dim": 16,
        "audio_connector_attention_head_dim": 16,
    },
    "AutoencoderKLLTX2Video": {
        "block_out_channels": (8, 8, 8, 8), "decoder_block_out_channels": (8, 16, 32), "layers_per_block": (1,) * 5,
        "decoder_layers_per_block": (1,) * 4,
    },
    "AutoencoderKLLTX2Audio": {"num_res_blocks": 1},
    "LTX2Vocoder": {"hidden_channels": 32},
    "SanaVideoTransformer3DModel": {
        "num_layers": 2, "num_attention_heads": 2, "attention_head_dim": 16, "num_cross_attention_heads": 2,
        "cross_attention_head_dim": 16, "cross_attention_dim": 32,
    },
    "SkyReelsV2Transformer3DModel": {
        "num_layers": 2, "num_attention_heads": 2, "ffn_dim": 32, "attention_head_dim": 16
    },
    "UNetSpatioTemporalConditionModel": {"block_out_channels": (32, 64, 64, 64), "num_attention_heads": (2, 4, 4, 4),
                                         "layers_per_block": 1},
    "AutoencoderKLTemporalDecoder": {"block_out_channels": (32,) * 4, "layers_per_block": 1},
}  # fmt: skip


def shrunk(network: Network) -> Network:
    """A network of the same class and interface that a CPU runs in a moment."""
    changes = SHRINK[network.cls]
    if network.cls == "AutoencoderKLWan" and "decoder_base_dim" in network.config:
        changes = {**changes, "decoder_base_dim": 4}
    if network.config.get("use_learned_positional_embeddings"):
        changes = {**changes, "sample_width": SMALLEST[0] // 8, "sample_height": SMALLEST[1] // 8}
    if network.config.get("added_kv_proj_dim"):
        changes = {**changes, "added_kv_proj_dim": changes["num_attention_heads"] * changes["attention_head_dim"]}
    return Network(network.library, network.cls, {**network.config, **changes})
