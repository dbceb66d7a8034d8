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
    """A part of a system: library, class, and the arguments of its constructor (transformers: of its config)."""

    library: str
    cls: str
    config: Mapping[str, Any] = field(default_factory=dict)

    def empty(self, **changes: Any) -> Any:
        """The module on the meta device; `changes` win over the configuration."""
        import diffusers
        import torch
        import transformers

        values = {**self.config, **changes}
        with torch.device("meta"):
            if self.library == "diffusers":
                return getattr(diffusers, self.cls)(**values)
            cls = getattr(transformers, self.cls)
            return cls(cls.config_class(**values))


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
SYSTEMS["wan21-i2v-720p"] = SYSTEMS["wan21-i2v-480p"]


def counted(name: str) -> dict[str, int]:
    """Parameters of every part of a system."""
    return {part: sum(p.numel() for p in net.empty().parameters()) for part, net in SYSTEMS[name].items()}
