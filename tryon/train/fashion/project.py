"""Films -> latents, once, so that training needs neither autoencoder nor encoders on the card.

One safetensors file per film: `latents` (n, c, h, w) of every frame, float16, scaled; for FashionFlow `clip`
(n, tokens, width), what CLIP sees of each frame; for X2Fashion `text` (segments, tokens, width) and `segments`
(segments, 2), first frame and the one after the last. Poses stay in their folder, which the file names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from tryon.train.fashion.layouts import Source
from tryon.types import Pixels
from tryon.video.fashionflow import seen_by_clip

CHUNK = 8  # frames encoded at once
PARTS = ("latents", "clip", "text", "segments")


@dataclass(frozen=True)
class Encoders:
    """The frozen networks. `clip` for FashionFlow, `text` and its tokenizer for X2Fashion."""

    vae: Any
    clip: Any = None
    text: Any = None
    tokenizer: Any = None
    device: str = "cpu"

    def latents(self, frames: list[Pixels], noise: torch.Generator) -> Tensor:
        """(n, c, h, w), drawn from the posterior of frames in -1..1."""
        pixels = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float() / 127.5 - 1
        posterior = self.vae.encode(pixels.to(self.device)).latent_dist
        drawn = torch.randn(posterior.mean.shape, generator=noise).to(self.device)
        return ((posterior.mean + posterior.std * drawn) * self.vae.config.scaling_factor).half().cpu()

    def seen(self, frames: list[Pixels]) -> Tensor:
        """(n, tokens, width) of CLIP, each picture scaled once, unlike in the published checkpoint."""
        pixels = torch.cat([seen_by_clip(frame, False) for frame in frames])
        return self.clip(pixels.to(self.device)).last_hidden_state.half().cpu()

    def read(self, sentences: list[str]) -> Tensor:
        """(n, tokens, width) of CLIP's text tower."""
        length = self.text.config.max_position_embeddings
        ids = self.tokenizer(sentences, padding="max_length", max_length=length, truncation=True)["input_ids"]
        return self.text(torch.tensor(ids, device=self.device)).last_hidden_state.half().cpu()


def project(
    films: Iterable[Source], out: Path, encoders: Encoders, width: int, height: int, *, share: tuple[int, int] = (0, 1)
) -> list[Path]:
    """Projects every film that is not in `out` yet; of several processes each takes its `share` (number, of how many).

    Returns what it wrote. A file is there whole or not at all.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for index, film in enumerate(films):
        path = out / f"{film.name}.safetensors"
        if index % share[1] == share[0] and not path.exists():
            with torch.inference_mode():
                _write(path, film, encoders, width, height)
            written.append(path)
    return written


def _write(path: Path, film: Source, encoders: Encoders, width: int, height: int) -> None:
    noise = torch.Generator().manual_seed(0)
    latents, clip = [], []
    for frames in _chunks(film.frames(width, height)):
        latents.append(encoders.latents(frames, noise))
        if encoders.clip is not None:
            clip.append(encoders.seen(frames))
    tensors = {"latents": torch.cat(latents)}
    if encoders.clip is not None:
        tensors["clip"] = torch.cat(clip)
    if encoders.text is not None and film.segments:
        tensors["text"] = encoders.read([segment.text for segment in film.segments])
        tensors["segments"] = torch.tensor([(segment.start, segment.end) for segment in film.segments])
    facts = {"poses": str(film.poses or ""), "width": str(width), "height": str(height)}
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    save_file({key: value.contiguous() for key, value in tensors.items()}, part, metadata=facts)
    part.replace(path)


def _chunks(frames: Iterator[Pixels]) -> Iterator[list[Pixels]]:
    while chunk := list(islice(frames, CHUNK)):
        yield chunk
