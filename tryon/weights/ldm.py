"""Keys of latent-diffusion checkpoints (the CompVis code and what grew from it) -> diffusers and transformers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tryon.weights.rules import Parted, Rules

# DeepSpeed puts a prefix before every key of a checkpoint.
WRAPPED = "_forward_module."
UNET, VAE, RESAMPLER = "model.diffusion_model.", "first_stage_model.", "image_proj_model."
TEXT, VISION = "cond_stage_model.model.", "embedder.model.visual."

_PARTS: Rules = (
    (r"in_layers\.0\.", "resnets.{}.norm1."),
    (r"in_layers\.2\.", "resnets.{}.conv1."),
    (r"emb_layers\.1\.", "resnets.{}.time_emb_proj."),
    (r"out_layers\.0\.", "resnets.{}.norm2."),
    (r"out_layers\.3\.", "resnets.{}.conv2."),
    (r"skip_connection\.", "resnets.{}.conv_shortcut."),
    (r"temopral_conv\.", "temp_convs.{}."),  # spelt so in the checkpoints
)


def video_unet(levels: int, blocks: int) -> Rules:
    """LVDM's 3D UNet -> nets.lvdm.VideoUNet. LDM counts blocks through all levels, diffusers within each."""
    place = r"(net\.(?:down_blocks\.\d+|up_blocks\.\d+|mid_block))\.(\d+)"
    return (
        (r"^framestride_embed\.", "fps_embedding."),  # what DynamiCrafter 256 calls it
        (r"^time_embed\.0\.", "net.time_embedding.time.linear_1."),
        (r"^time_embed\.2\.", "net.time_embedding.time.linear_2."),
        (r"^fps_embedding\.0\.", "net.time_embedding.rate.linear_1."),
        (r"^fps_embedding\.2\.", "net.time_embedding.rate.linear_2."),
        (r"^input_blocks\.0\.0\.", "net.conv_in."),
        (r"^init_attn\.0\.", "net.transformer_in."),
        (r"^out\.0\.", "net.conv_norm_out."),
        (r"^out\.2\.", "net.conv_out."),
        *(
            (
                rf"^{side}_blocks\.{index + first}\.",
                f"net.{name}_blocks.{index // (blocks + 1)}.{index % (blocks + 1)}.",
            )
            for side, name, first in (("input", "down", 1), ("output", "up", 0))
            for index in range(levels * (blocks + 1))
        ),
        (r"^middle_block\.3\.", "net.mid_block.1.0."),
        (r"^middle_block\.(\d)\.", r"net.mid_block.0.\1."),
        (r"^(net\.down_blocks\.\d+)\.\d+\.0\.op\.", r"\1.downsamplers.0.conv."),
        (r"^(net\.up_blocks\.\d+)\.\d+\.\d+\.conv\.", r"\1.upsamplers.0.conv."),
        *((rf"^{place}\.0\.{part}", r"\1." + name.format(r"\2")) for part, name in _PARTS),
        (rf"^{place}\.1\.", r"\1.attentions.\2."),
        (rf"^{place}\.2\.", r"\1.temp_attentions.\2."),
        (r"\.attn2\.(to_k_ip\.|to_v_ip\.|alpha$)", r".attn2.processor.\1"),
    )


def as_linear(key: str, tensor: Any) -> Iterator[tuple[str, Any]]:
    """The 1x1 convolutions that are linear layers in diffusers, as matrices."""
    yield key, tensor.flatten(1) if _LINEAR.search(key) and tensor.ndim > 2 else tensor


_LINEAR = re.compile(r"^net\.transformer_in\.proj_.*weight$")
# OpenCLIP's towers -> CLIPTextModel and CLIPVisionModel.
_OPENCLIP_BLOCKS: Rules = (
    (r"^transformer\.resblocks\.(\d+)\.", r"encoder.layers.\1."),
    (r"\.ln_([12])\.", r".layer_norm\1."),
    (r"\.mlp\.c_fc\.", ".mlp.fc1."),
    (r"\.mlp\.c_proj\.", ".mlp.fc2."),
    (r"\.attn\.", ".self_attn."),
)
OPENCLIP_PARTED: Parted = tuple(
    (f".in_proj_{kind}", tuple(f".{name}_proj.{kind}" for name in "qkv")) for kind in ("weight", "bias")
)
OPENCLIP_TEXT: Rules = (
    (r"^token_embedding\.", "embeddings.token_embedding."),
    (r"^positional_embedding$", "embeddings.position_embedding.weight"),
    (r"^ln_final\.", "final_layer_norm."),
    *_OPENCLIP_BLOCKS,
)
OPENCLIP_VISION: Rules = (
    (r"^class_embedding$", "embeddings.class_embedding"),
    (r"^conv1\.", "embeddings.patch_embedding."),
    (r"^positional_embedding$", "embeddings.position_embedding.weight"),
    (r"^ln_pre\.", "pre_layrnorm."),
    (r"^ln_post\.", "post_layernorm."),
    *_OPENCLIP_BLOCKS,
)
