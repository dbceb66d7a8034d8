"""What the systems on SDXL are told: a sentence by its two text encoders, and a garment by an image adapter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.kept import Kept
from tryon.transfer.diffusion.sampling import Place

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


def adapter_tokens(
    garment: Any, prepare: Any, image: Any, resampler: Any, place: Place, kept: Kept | None = None
) -> Tensor:
    """The image adapter's tokens (2, tokens, width) of nothing and of a garment (a PIL picture), made once.

    prepare: CLIP's picture preparation; image: CLIP's picture tower, of which the last layer but one is read;
    resampler: its features -> tokens.
    """
    import torch

    def made() -> dict[str, Tensor]:
        values = prepare(images=garment, return_tensors="pt").pixel_values
        both = torch.cat([torch.zeros_like(values), values])
        with place.using(image, resampler):
            features = image(both.to(place.device, image.dtype), output_hidden_states=True)
            return {"image": resampler(features.hidden_states[-2])}

    return (kept or Kept(place)).once("image", (np.asarray(garment),), made)["image"]
