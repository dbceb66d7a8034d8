"""Kolors, small: drawn weights in its two repositories as on the hub, with the kinds of files that lie there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import diffusers as d
import torch
import transformers
from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig, ChatGLMModel

from tests.golden.common import write_json, write_model
from tests.tiny.video.parts import seeded

INPAINTING, ADAPTER = "Kwai-Kolors/Kolors-Inpainting", "Kwai-Kolors/Kolors-IP-Adapter-Plus"
TEXT, WIDTH, IMAGE = 24, 32, 48  # of ChatGLM, of the UNet's cross-attentions, of CLIP
TOKENS, HIDDEN, INNER, DEPTH = 4, 32, 64, 4  # of the Resampler; diffusers knows no other depth
SCHEDULE = {
    "_class_name": "EulerDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.014,
    "beta_schedule": "scaled_linear", "num_train_timesteps": 1100, "steps_offset": 1, "timestep_spacing": "leading",
}  # fmt: skip


def unet() -> Any:
    return seeded(
        lambda: d.UNet2DConditionModel(
            in_channels=9, out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), block_out_channels=(32, 64), layers_per_block=1,
            cross_attention_dim=WIDTH, encoder_hid_dim=TEXT, encoder_hid_dim_type="text_proj",
            attention_head_dim=(2, 4), transformer_layers_per_block=(1, 2), use_linear_projection=True,
            addition_embed_type="text_time", addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=8 * 6 + TEXT,
        )
    )  # fmt: skip


def autoencoder() -> Any:
    return seeded(
        lambda: d.AutoencoderKL(
            block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4, norm_num_groups=4,
            up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, layers_per_block=1, scaling_factor=0.13025,
        )
    )  # fmt: skip


def chatglm_config(vocabulary: int) -> dict[str, Any]:
    """ChatGLM3's own configuration, smaller."""
    return {
        "num_layers": 3, "padded_vocab_size": vocabulary, "hidden_size": TEXT, "ffn_hidden_size": 32,
        "kv_channels": 12, "num_attention_heads": 2, "seq_length": 256, "multi_query_attention": True,
        "multi_query_group_num": 1, "add_qkv_bias": True, "original_rope": True, "use_cache": True,
        "model_type": "chatglm", "torch_dtype": "float16",
        "auto_map": {"AutoConfig": "configuration_chatglm.ChatGLMConfig"},
    }  # fmt: skip


def tokenizer_model() -> bytes:
    """A SentencePiece model of single bytes, learnt from one sentence."""
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a photo of a person wearing a red short sleeve round neck shirt"]),
        model_writer=written, vocab_size=300, model_type="bpe", byte_fallback=True, hard_vocab_limit=False,
        minloglevel=2,
    )  # fmt: skip
    return written.getvalue()


def resampler(generator: Any) -> dict[str, Any]:
    """IP-Adapter's Resampler under its authors' names."""

    def drawn(*shape: int) -> Any:
        return torch.randn(shape, generator=generator) / shape[-1] ** 0.5

    def norm(name: str, width: int) -> dict[str, Any]:
        return {f"{name}.weight": 1 + 0.1 * torch.randn(width, generator=generator), f"{name}.bias": drawn(width)}

    found = {
        "latents": drawn(1, TOKENS, HIDDEN),
        "proj_in.weight": drawn(HIDDEN, IMAGE), "proj_in.bias": drawn(HIDDEN),
        "proj_out.weight": drawn(WIDTH, HIDDEN), "proj_out.bias": drawn(WIDTH), **norm("norm_out", WIDTH),
    }  # fmt: skip
    for index in range(DEPTH):
        attention, feed = f"layers.{index}.0", f"layers.{index}.1"
        found |= norm(f"{attention}.norm1", HIDDEN) | norm(f"{attention}.norm2", HIDDEN) | norm(f"{feed}.0", HIDDEN)
        found |= {
            f"{attention}.to_q.weight": drawn(INNER, HIDDEN), f"{attention}.to_kv.weight": drawn(2 * INNER, HIDDEN),
            f"{attention}.to_out.weight": drawn(HIDDEN, INNER), f"{feed}.1.weight": drawn(4 * HIDDEN, HIDDEN),
            f"{feed}.3.weight": drawn(HIDDEN, 4 * HIDDEN),
        }  # fmt: skip
    return found


def adapter(net: Any) -> dict[str, dict[str, Any]]:
    """The adapter's file: tables for the Resampler and for keys and values, numbered by all attentions of the UNet."""
    generator = torch.Generator().manual_seed(5)
    pairs: dict[str, Any] = {}
    for index, name in enumerate(net.attn_processors):
        if name.endswith("attn2.processor"):
            inner = net.get_submodule(name.removesuffix(".processor")).inner_dim
            for which in ("k", "v"):
                weight = torch.randn(inner, WIDTH, generator=generator) / WIDTH**0.5
                pairs[f"{index}.to_{which}_ip.weight"] = weight
    return {"image_proj": resampler(generator), "ip_adapter": pairs}


def clip() -> Any:
    """A whole CLIP model, as lies there."""
    tower = {"hidden_size": IMAGE, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={**tower, "hidden_size": 8, "vocab_size": 20, "bos_token_id": 1, "eos_token_id": 2},
        vision_config={**tower, "image_size": 56, "patch_size": 28}, projection_dim=8,
    )  # fmt: skip
    return seeded(lambda: transformers.CLIPModel(config))


def write_kolors(root: Path) -> Path:
    """Both repositories in root/owner/name."""
    main, beside = root / INPAINTING, root / ADAPTER
    net, vae = unet(), autoencoder()
    for name, module in (("unet", net), ("vae", vae)):
        file = "diffusion_pytorch_model.safetensors"
        write_model(main / name, dict(module.config), module.state_dict(), file)
    write_json(main / "scheduler/scheduler_config.json", SCHEDULE)
    (main / "tokenizer").mkdir()
    (main / "tokenizer/tokenizer.model").write_bytes(tokenizer_model())
    config = chatglm_config(400)
    text = seeded(lambda: ChatGLMModel(ChatGLMConfig(**config), empty_init=False))
    halves: list[dict[str, Any]] = [{}, {}]
    for key, tensor in text.state_dict().items():
        halves[".layers.2." in key][f"transformer.{key}"] = tensor
    files = [f"pytorch_model-{number:05d}-of-00002.bin" for number in (1, 2)]
    write_json(main / "text_encoder/config.json", config)
    for file, tensors in zip(files, halves, strict=True):
        torch.save(tensors, main / "text_encoder" / file)
    weight_map = {key: file for file, tensors in zip(files, halves, strict=True) for key in tensors}
    write_json(main / "text_encoder/pytorch_model.bin.index.json", {"metadata": {}, "weight_map": weight_map})
    whole = clip()
    write_model(beside / "image_encoder", whole.config.to_dict(), whole.state_dict(), "pytorch_model.bin")
    write_json(beside / "image_encoder/preprocessor_config.json", {"size": 56, "crop_size": 56})
    torch.save(adapter(net), beside / "ip_adapter_plus_general.bin")
    return root
