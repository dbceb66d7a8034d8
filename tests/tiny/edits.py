"""Edit models, small: stock pipelines with drawn weights, saved as their repositories on the hub are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import diffusers as d
import transformers

from tests.golden.common import write_json
from tests.tiny.video import tokens
from tests.tiny.video.parts import flow, seeded

WIDTH = 16  # of the text encoders


def klein() -> Any:
    """FLUX.2 klein: three layers of Qwen 3 side by side are the text."""
    tokenizer = tokens.qwen()
    config = transformers.Qwen3Config(
        intermediate_size=32, hidden_size=WIDTH, num_hidden_layers=28, num_attention_heads=2, num_key_value_heads=2,
        head_dim=8, vocab_size=len(tokenizer), max_position_embeddings=1024,
    )  # fmt: skip
    return d.Flux2KleinPipeline(
        scheduler=flow(use_dynamic_shifting=True),
        text_encoder=seeded(lambda: transformers.Qwen3ForCausalLM(config)),
        tokenizer=tokenizer,
        transformer=seeded(lambda: flux2_transformer(3 * WIDTH, guidance=False), gain=1.5),
        vae=flux2_autoencoder(),
        is_distilled=True,
    )


def dev() -> Any:
    """FLUX.2 dev: Mistral 3, and guidance as an input."""
    tokenizer = mistral()
    config = transformers.Mistral3Config(
        text_config={
            "model_type": "mistral", "hidden_size": WIDTH, "intermediate_size": 32, "num_hidden_layers": 31,
            "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": len(tokenizer),
            "max_position_embeddings": 1024,
        },
        vision_config={
            "model_type": "pixtral", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "image_size": 28, "patch_size": 14,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("[IMG]"),
    )  # fmt: skip
    return d.Flux2Pipeline(
        scheduler=flow(use_dynamic_shifting=True),
        text_encoder=seeded(lambda: transformers.Mistral3ForConditionalGeneration(config)),
        tokenizer=tokenizer,
        transformer=seeded(lambda: flux2_transformer(3 * WIDTH, guidance=True), gain=1.5),
        vae=flux2_autoencoder(),
    )


def flux2_transformer(joint: int, *, guidance: bool) -> Any:
    return d.Flux2Transformer2DModel(
        in_channels=8, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=joint, timestep_guidance_channels=16, axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance,
    )  # fmt: skip


def flux2_autoencoder() -> Any:
    return seeded(
        lambda: d.AutoencoderKLFlux2(
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(4, 4, 4, 4), layers_per_block=1, latent_channels=2, norm_num_groups=2,
        )
    )  # fmt: skip


def mistral() -> Any:
    """A tokenizer of bytes that knows the chat of Mistral."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    special = ["<unk>", "<s>", "</s>", "<pad>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[IMG]"]
    core = Tokenizer(models.BPE(vocab={w: i for i, w in enumerate([*special, *tokens.BYTES])}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
    tokenizer.add_special_tokens({"additional_special_tokens": special[4:]})
    tokenizer.chat_template = (
        "{{ bos_token }}{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'text' %}"
        "{% if m['role'] == 'system' %}[SYSTEM_PROMPT]{{ c['text'] }}[/SYSTEM_PROMPT]{% else %}[INST]{{ c['text'] }}"
        "[/INST]{% endif %}{% endif %}{% endfor %}{% endfor %}"
    )
    return tokenizer


def qwen() -> Any:
    """Qwen-Image-Edit 2509: a vision-language model for words and pictures."""
    tokenizer = tokens.qwen()
    ids = {f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{name}|>")
           for name in ("vision_start", "vision_end")}  # fmt: skip
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "hidden_size": WIDTH, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 2, "vocab_size": len(tokenizer), "max_position_embeddings": 4096,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": WIDTH,
        },
        vocab_size=len(tokenizer),
        image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        video_token_id=tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        **ids,
    )  # fmt: skip
    return d.QwenImageEditPlusPipeline(
        scheduler=flow(use_dynamic_shifting=True),
        vae=seeded(
            lambda: d.AutoencoderKLQwenImage(
                base_dim=8, z_dim=4, dim_mult=[1, 2, 2, 2], num_res_blocks=1, temperal_downsample=[False, True, True],
                latents_mean=[0.1] * 4, latents_std=[1.5] * 4,
            )
        ),
        text_encoder=seeded(lambda: transformers.Qwen2_5_VLForConditionalGeneration(config)),
        tokenizer=tokenizer,
        processor=None,
        transformer=seeded(
            lambda: d.QwenImageTransformer2DModel(
                in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=2,
                joint_attention_dim=WIDTH, axes_dims_rope=(8, 4, 4),
            ),
            gain=1.5,
        ),
    )  # fmt: skip


def qwen_processor(folder: Path) -> None:
    """The processor's folder, whose class cannot be made here (it needs torchvision)."""
    images = {
        "image_processor_type": "Qwen2VLImageProcessor", "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
        "min_pixels": 28 * 28, "max_pixels": 64 * 64,
    }  # fmt: skip
    write_json(folder / "processor/preprocessor_config.json", images)
    index = folder / "model_index.json"
    write_json(index, {**json.loads(index.read_text()), "processor": ["transformers", "Qwen2VLProcessor"]})


REPOSITORIES: Mapping[str, tuple[str, Callable[[], Any]]] = {
    "flux2-klein-4b": ("black-forest-labs/FLUX.2-klein-4B", klein),
    "flux2-dev": ("black-forest-labs/FLUX.2-dev", dev),
    "qwen-image-edit": ("Qwen/Qwen-Image-Edit-2509", qwen),
}


def write_edit_model(name: str, root: Path) -> Path:
    """The repository of a backend, in root/owner/name."""
    repo, make = REPOSITORIES[name]
    make().save_pretrained(root / repo)
    if name == "qwen-image-edit":
        qwen_processor(root / repo)
    return root
