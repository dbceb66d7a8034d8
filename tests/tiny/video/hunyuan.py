"""HunyuanVideo (13B and 1.5) and FramePack, small."""

from __future__ import annotations

from typing import Any

import diffusers as d
import torch
import transformers

from tests.tiny.video import tokens
from tests.tiny.video.parts import (
    clip_processor,
    clip_text,
    clip_vision_config,
    flow,
    llama_config,
    seeded,
    siglip,
    t5_encoder,
)

TRANSFORMER: dict[str, Any] = {
    "num_attention_heads": 2, "attention_head_dim": 10, "num_layers": 2, "num_single_layers": 2,
    "num_refiner_layers": 1, "patch_size": 2, "patch_size_t": 1, "text_embed_dim": 16, "pooled_projection_dim": 8,
    "rope_axes_dim": (2, 4, 4), "in_channels": 4, "out_channels": 4, "guidance_embeds": True,
}  # fmt: skip


def autoencoder() -> Any:
    return make_sure(_autoencoder())


def _autoencoder() -> Any:
    return seeded(
        lambda: d.AutoencoderKLHunyuanVideo(
            latent_channels=4, down_block_types=("HunyuanVideoDownBlock3D",) * 4,
            up_block_types=("HunyuanVideoUpBlock3D",) * 4, block_out_channels=(8,) * 4, layers_per_block=1,
            norm_num_groups=4, mid_block_add_attention=True,
        )
    )  # fmt: skip


def make_sure(vae: Any) -> Any:
    """As sure of its latents as trained ones are: what is drawn from them is nearly their middle."""
    half = vae.config.latent_channels
    with torch.no_grad():
        vae.quant_conv.weight[half:] = 0
        vae.quant_conv.bias[half:] = -12
    return vae


def words(module: Any, *, sees: bool = False) -> dict[str, Any]:
    """Llama 3 (or LLaVA, which sees the image) and CLIP, with a tokenizer that knows the pipeline's own template."""
    tokenizer, clip = tokens.llama([module.DEFAULT_PROMPT_TEMPLATE["template"]]), tokens.clip()
    if sees:
        config = transformers.LlavaConfig(
            vision_config=clip_vision_config(8, 336, 14, layers=3), text_config=llama_config(tokenizer),
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"), vision_feature_layer=-2,
            vision_feature_select_strategy="default",
        )  # fmt: skip
        config.pad_token_id = tokenizer.pad_token_id
        encoder = seeded(lambda: transformers.LlavaForConditionalGeneration(config))
    else:
        encoder = seeded(lambda: transformers.LlamaModel(llama_config(tokenizer)))
    return {
        "tokenizer": tokenizer, "text_encoder": encoder, "tokenizer_2": clip, "text_encoder_2": clip_text(clip, 8),
    }  # fmt: skip


def i2v() -> Any:
    """16 channels: the first latent frame is the image's."""
    from diffusers.pipelines.hunyuan_video import pipeline_hunyuan_video_image2video as module

    config = {**TRANSFORMER, "image_condition_type": "token_replace"}
    return d.HunyuanVideoImageToVideoPipeline(
        **words(module, sees=True), transformer=seeded(lambda: d.HunyuanVideoTransformer3DModel(**config)),
        vae=autoencoder(), scheduler=flow(shift=7.0), image_processor=clip_processor(336),
    )  # fmt: skip


def framepack() -> Any:
    from diffusers.pipelines.hunyuan_video import pipeline_hunyuan_video_framepack as module

    tower, preparation = siglip(32)
    net = seeded(
        lambda: d.HunyuanVideoFramepackTransformer3DModel(
            **TRANSFORMER, image_condition_type=None, has_image_proj=True, image_proj_dim=32, has_clean_x_embedder=True
        )
    )
    return d.HunyuanVideoFramepackPipeline(
        **words(module), transformer=net, vae=autoencoder(), scheduler=flow(shift=7.0),
        image_encoder=tower, feature_extractor=preparation,
    )  # fmt: skip


def i2v_15(*, meanflow: bool = False) -> Any:
    """HunyuanVideo 1.5; `meanflow` is how the step-distilled one embeds its time."""
    from diffusers.guiders import ClassifierFreeGuidance

    tokenizer, letters = tokens.qwen(), tokens.byt5()
    tower, preparation = siglip(12)
    net = seeded(
        lambda: d.HunyuanVideo15Transformer3DModel(
            in_channels=9, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=2,
            num_refiner_layers=1, mlp_ratio=2.0, text_embed_dim=16, text_embed_2_dim=32, image_embed_dim=12,
            rope_axes_dim=(2, 2, 4), target_size=64, task_type="i2v", use_meanflow=meanflow,
        )
    )  # fmt: skip
    vae = seeded(
        lambda: d.AutoencoderKLHunyuanVideo15(
            latent_channels=4, block_out_channels=(8,) * 5, layers_per_block=1, downsample_match_channel=False,
            upsample_match_channel=False,
        )
    )  # fmt: skip
    config = transformers.Qwen2_5_VLTextConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=4, num_attention_heads=2, num_key_value_heads=2,
        vocab_size=len(tokenizer), rope_theta=1000000.0, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
        rope_scaling={"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return d.HunyuanVideo15ImageToVideoPipeline(
        text_encoder=seeded(lambda: transformers.Qwen2_5_VLTextModel(config)), tokenizer=tokenizer, transformer=net,
        vae=vae, scheduler=flow(shift=5.0), text_encoder_2=t5_encoder(letters, 32), tokenizer_2=letters,
        guider=ClassifierFreeGuidance(guidance_scale=6.0), image_encoder=tower, feature_extractor=preparation,
    )  # fmt: skip
