"""The tiny twin of Step-Video-TI2V's repository."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import transformers

from tests.golden.common import write_json, write_tensors
from tests.tiny.video import tokens
from tests.tiny.video.parts import seeded
from tryon.nets.step_llm import LlmParams, StepLlm
from tryon.nets.step_video import DenoiserParams, StepDenoiser
from tryon.nets.step_video_vae import StepVae, StepVaeParams

LLM = LlmParams(width=48, heads=6, groups=2, layers=2, inner=200, words=400)
DENOISER = DenoiserParams(heads=2, head=16, layers=2, channels=4, llm=48, clip=16)
VAE = StepVaeParams(latent=4, encoder=(32,) * 5, decoder=(32,) * 4, blocks=1)


class StepVideo:
    def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
        write_tensors(folder / "vae/vae_v2.safetensors", seeded(lambda: StepVae(VAE)).state_dict())
        denoiser = seeded(lambda: StepDenoiser(DENOISER)).state_dict()
        names = sorted(denoiser)
        for index, part in enumerate((names[::2], names[1::2]), 1):
            path = folder / f"transformer/diffusion_pytorch_model-0000{index}-of-00002.safetensors"
            write_tensors(path, {name: denoiser[name] for name in part})
        write_json(
            folder / "step_llm/config.json",
            {"hidden_size": LLM.width, "num_attention_heads": LLM.heads, "num_attention_groups": LLM.groups,
             "num_layers": LLM.layers, "ffn_hidden_size": LLM.inner, "padded_vocab_size": LLM.words},
        )  # fmt: skip
        write_tensors(folder / "step_llm/model-00001-of-00001.safetensors", seeded(lambda: StepLlm(LLM)).state_dict())
        (folder / "step_llm/step1_chat_tokenizer.model").write_bytes(pieces())
        bilingual(folder / "hunyuan_clip")


def pieces() -> bytes:
    """A sentencepiece model whose pieces are letters."""
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(tokens.CHARACTERS), tokens.CHARACTERS]), model_writer=written,
        model_type="char", vocab_size=300, hard_vocab_limit=False, character_coverage=1.0, minloglevel=2,
    )  # fmt: skip
    return written.getvalue()


def bilingual(folder: Path) -> None:
    """The text tower as the pickle that is published, and its words."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *tokens.CHARACTERS, *(f"##{c}" for c in tokens.CHARACTERS)]
    config = {
        "vocab_size": len(words), "hidden_size": DENOISER.clip, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 77, "model_type": "bert",
    }  # fmt: skip
    model: Any = seeded(lambda: transformers.BertModel(transformers.BertConfig(**config)))
    write_json(folder / "clip_text_encoder/config.json", config)
    write_tensors(folder / "clip_text_encoder/pytorch_model.bin", model.state_dict())
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "tokenizer/vocab.txt").write_text("\n".join(dict.fromkeys(words)))
