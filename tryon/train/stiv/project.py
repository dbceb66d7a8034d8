"""Films and their sentences to latents and tokens, once, by the parts that the product uses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from tryon.video.diffusion.framing import resized
from tryon.video.stiv_engine import Reader

FILMS = (".mp4", ".webm", ".mov", ".avi")


def project(data: Path, out: Path, reader: Reader, side: int, *, device: str = "cpu") -> list[Path]:
    """Every film of `data`, with the sentence of the .txt of its name ("" without one), into a file of `out`; the
    middle square of its frames at side x side px."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with torch.no_grad():
        _save(out / "empty.safetensors", reader, "", device)
        for film in sorted(path for path in data.iterdir() if path.suffix.lower() in FILMS):
            said = film.with_suffix(".txt")
            sentence = said.read_text(encoding="utf-8").strip() if said.is_file() else ""
            latents = torch.stack([reader.encode(frame.to(device))[0].cpu() for frame in _frames(film, side)], dim=1)
            written.append(_save(out / f"{film.stem}.safetensors", reader, sentence, device, latents=latents))
    return written


def _save(path: Path, reader: Reader, sentence: str, device: str, **more: Tensor) -> Path:
    text = reader.read(sentence, device)
    save_file({"tokens": text.tokens[0].cpu().contiguous(), "pooled": text.pooled[0].cpu().contiguous(), **more}, path)
    return path


def _frames(film: Path, side: int) -> Iterable[Tensor]:
    """(1, 3, side, side) in -1..1."""
    opened = cv2.VideoCapture(str(film))
    try:
        while True:
            there, frame = opened.read()
            if not there:
                return
            height, width = frame.shape[:2]
            edge = min(height, width)
            top, left = (height - edge) // 2, (width - edge) // 2
            square = resized(np.ascontiguousarray(frame[top : top + edge, left : left + edge, ::-1]), side, side)
            yield torch.from_numpy(square).permute(2, 0, 1)[None].float() / 127.5 - 1
    finally:
        opened.release()
