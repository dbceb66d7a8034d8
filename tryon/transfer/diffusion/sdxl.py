"""SDXL's two text encoders: a sentence becomes tokens of both, and one vector of the larger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.transfer.diffusion import models

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Sentence:
    """An encoded sentence."""

    tokens: Tensor  # (1, 77, width of both encoders)
    pooled: Tensor  # (1, width of the larger)


@dataclass(frozen=True)
class SentenceEncoder:
    """CLIP ViT-L and OpenCLIP bigG, the last layer but one of each."""

    tokenizers: tuple[Any, Any]
    models: tuple[Any, Any]

    @classmethod
    def opened(cls, root: Path, title: str, dtype: Any) -> SentenceEncoder:
        """From the folders tokenizer, tokenizer_2, text_encoder and text_encoder_2."""
        return cls(
            tokenizers=(
                models.tokenizer(root / "tokenizer", title=title),
                models.tokenizer(root / "tokenizer_2", title=title),
            ),
            models=(
                models.text_encoder(root / "text_encoder", title=title, dtype=dtype),
                models.projecting_text_encoder(root / "text_encoder_2", title=title, dtype=dtype),
            ),
        )

    def __call__(self, text: str, device: str) -> Sentence:
        """Words beyond the encoders' 77 tokens are cut off."""
        import torch

        tokens, pooled = [], None
        for tokenizer, model in zip(self.tokenizers, self.models, strict=True):
            length = model.config.max_position_embeddings
            ids = tokenizer([text], padding="max_length", max_length=length, truncation=True)["input_ids"]
            found = model(torch.tensor(ids, device=device), output_hidden_states=True)
            tokens.append(found.hidden_states[-2])
            pooled = found[0]
        return Sentence(torch.cat(tokens, dim=-1), pooled)
