"""What tiny systems have in common: drawn weights that carry signals, text and picture encoders, autoencoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import torch
import transformers


def seeded(make: Callable[[], Any], seed: int = 0, gain: float = 1.0) -> Any:
    """`make()` in evaluation mode with drawn weights that neither drown nor deafen what passes through, so that a word
    or a pixel changed at one end is seen at the other. Initial weights of the libraries often are zeros there."""
    module = make()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(module.named_parameters()):
            if weight.ndim >= 2:
                inputs = weight[0].numel()
                weight.normal_(generator=generator).mul_(gain / inputs**0.5)
            elif name.endswith("bias"):
                weight.normal_(generator=generator).mul_(0.1)
            else:  # scales of norms
                weight.normal_(generator=generator).mul_(0.1).add_(1.0)
    return module.eval()


def t5_encoder(tokenizer: Any, width: int = 32, *, multilingual: bool = False) -> Any:
    """T5 (or UMT5) encoder of two layers."""
    kind = "UMT5" if multilingual else "T5"
    config = getattr(transformers, f"{kind}Config")(
        d_model=width, d_kv=8, d_ff=32, num_layers=2, num_heads=4, vocab_size=len(tokenizer),
        feed_forward_proj="gated-gelu", dropout_rate=0.0,
    )  # fmt: skip
    return seeded(lambda: getattr(transformers, f"{kind}EncoderModel")(config))


def clip_text(tokenizer: Any, width: int = 32) -> Any:
    config = transformers.CLIPTextConfig(
        hidden_size=width, intermediate_size=32, num_attention_heads=4, num_hidden_layers=2,
        vocab_size=len(tokenizer), projection_dim=width, max_position_embeddings=77,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return seeded(lambda: transformers.CLIPTextModel(config))


def clip_vision_config(width: int, side: int, patch: int, layers: int = 2) -> Any:
    return transformers.CLIPVisionConfig(
        hidden_size=width, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2,
        image_size=side, patch_size=patch, projection_dim=width,
    )  # fmt: skip


def clip_vision(width: int = 8, side: int = 32, patch: int = 8, *, projected: bool = False) -> Any:
    cls = transformers.CLIPVisionModelWithProjection if projected else transformers.CLIPVisionModel
    return seeded(lambda: cls(clip_vision_config(width, side, patch)))


def clip_processor(side: int = 32) -> Any:
    return transformers.CLIPImageProcessor(crop_size={"height": side, "width": side}, size={"shortest_edge": side})


def siglip(width: int) -> tuple[Any, Any]:
    """SigLIP's picture tower and its preparation, 32 px."""
    config = transformers.SiglipVisionConfig(
        hidden_size=width, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        image_size=32, patch_size=8,
    )  # fmt: skip
    tower = seeded(lambda: transformers.SiglipVisionModel(config))
    return tower, transformers.SiglipImageProcessor(size={"height": 32, "width": 32})


def llama_config(tokenizer: Any, width: int = 16) -> Any:
    return transformers.LlamaConfig(
        hidden_size=width, intermediate_size=32, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=4,
        vocab_size=len(tokenizer), bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip


def flow(**changes: Any) -> Any:
    return diffusers.FlowMatchEulerDiscreteScheduler(**changes)


def unipc(shift: float) -> Any:
    """The scheduler of Wan and its kin, as their repositories store it."""
    return diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=shift
    )
