"""Windows of projected films. Everything random about sample number i follows from the seed and i alone, so that a run
means the same on one card or eight, and after it was broken off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor
from torch.utils.data import Dataset

from tryon.nets.fashion_diffusion import TIMES
from tryon.train.fashion.layouts import pictures_in, resized


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where a window may lie."""

    path: Path
    start: int
    end: int
    segment: int | None  # whose text it has


class Windows(Dataset[dict[str, Tensor]]):  # type: ignore[misc,unused-ignore]
    """An endless run through all films, `length` samples of it from number `first` on.

    A sample: latents (c, f, h, w), noise like it, time (), and clip (tokens, width), or text (tokens, width) and pose
    (3, f, H, W) in -1..1.
    """

    def __init__(self, folder: Path, frames: int, *, seed: int, first: int, length: int, posed: bool) -> None:
        self._frames, self._seed, self._first, self._length, self._posed = frames, seed, first, length, posed
        self._stretches = [
            stretch for path in sorted(folder.glob("*.safetensors")) for stretch in _stretches(path, frames, posed)
        ]
        if not self._stretches:
            kind = "poses and texts" if posed else "enough frames"
            raise ValueError(f"no film in {folder} has {kind} for windows of {frames} frames")

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        number = self._first + index
        turn, place = divmod(number, len(self._stretches))
        order = torch.randperm(len(self._stretches), generator=_chance(self._seed, turn, 0))
        chance = _chance(self._seed, number, 1)
        stretch = self._stretches[int(order[place])]
        start = stretch.start
        start += int(torch.randint(stretch.end - stretch.start - self._frames + 1, (), generator=chance))
        with safe_open(stretch.path, "pt") as file:
            window = file.get_slice("latents")[start : start + self._frames].float()
            sample = {"latents": window.transpose(0, 1)}
            if self._posed:
                sample["text"] = file.get_slice("text")[stretch.segment].float()
                sample["pose"] = _poses(Path(file.metadata()["poses"]), start, window)
            else:
                sample["clip"] = file.get_slice("clip")[start].float()
        sample["noise"] = torch.randn(sample["latents"].shape, generator=chance)
        sample["time"] = torch.randint(TIMES, (), generator=chance)
        return sample


def _stretches(path: Path, frames: int, posed: bool) -> list[_Stretch]:
    with safe_open(path, "pt") as file:
        count = file.get_slice("latents").get_shape()[0]
        if not posed:
            return [_Stretch(path, 0, count, None)] if count >= frames and "clip" in file.keys() else []  # noqa: SIM118
        if "text" not in file.keys() or not file.metadata()["poses"]:  # noqa: SIM118
            return []
        spans = [(start, min(end, count)) for start, end in file.get_tensor("segments").tolist()]
    return [_Stretch(path, start, end, index) for index, (start, end) in enumerate(spans) if end - start >= frames]


def _poses(folder: Path, start: int, window: Tensor) -> Tensor:
    """(3, f, H, W): pictures of skeletons, eight times the latents' size."""
    height, width = 8 * window.shape[-2], 8 * window.shape[-1]
    paths = pictures_in(folder)[start : start + len(window)]
    pictures = np.stack([resized(np.asarray(iio.imread(path)), width, height) for path in paths])
    return torch.from_numpy(pictures).permute(3, 0, 1, 2).float() / 127.5 - 1


def _chance(*numbers: int) -> torch.Generator:
    """Random numbers that follow from these."""
    seed = np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(seed) % 2**63)
