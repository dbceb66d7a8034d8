"""Shards of renders on disk, and batches of augmented views out of them.

A shard is an uncompressed .npz: image (n,h,w,3), labels, parts and depth (n,h,w) uint8, points (n,18,2) float32.
Pictures whose labels are all 0 show no person; they train the network to say so and serve as backdrops.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from tryon.train.parser.augment import Sample, augment, heat_maps

Array = NDArray[Any]
Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # image, labels, parts, depth uint8; heat float32


class Shard:
    """One shard in memory."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self._arrays = {name: stored[name] for name in stored.files}
        people = (self._arrays["labels"].reshape(len(self), -1) > 0).any(axis=1)
        self.empty = np.flatnonzero(~people)

    def __len__(self) -> int:
        return len(self._arrays["labels"])

    def __getitem__(self, index: int) -> Sample:
        return Sample(
            image=self._arrays["image"][index],
            labels=self._arrays["labels"][index],
            parts=self._arrays["parts"][index],
            depth=self._arrays["depth"][index],
            points=self._arrays["points"][index],
        )


class Views(IterableDataset[Batch]):  # type: ignore[misc]
    """Endless batches. A few shards at a time are held and mixed; newly written shards join by themselves."""

    def __init__(self, folder: Path, *, height: int, width: int, batch: int, seed: int, held: int = 5) -> None:
        self.folder, self.height, self.width = folder, height, width
        self.batch, self.seed, self.held = batch, seed, held

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self.seed)
        pending: list[tuple[Array, ...]] = []
        while True:
            for sample, backdrop in self._epoch(rng):
                view = augment(rng, sample, self.height, self.width, backdrop)
                heat = heat_maps(view.points, self.height, self.width)
                pending.append((view.image.transpose(2, 0, 1), view.labels, view.parts, view.depth, heat))
                if len(pending) == self.batch:
                    image, labels, parts, depth, maps = (
                        torch.from_numpy(np.stack(column)) for column in zip(*pending, strict=True)
                    )
                    yield image, labels, parts, depth, maps
                    pending = []

    def _epoch(self, rng: np.random.Generator) -> Iterator[tuple[Sample, Array | None]]:
        """The samples of a random handful of shards in random order, each with a backdrop where there is one."""
        paths = sorted(self.folder.glob("*_*.npz"))
        if not paths:
            raise FileNotFoundError(f"no shards in {self.folder}")
        chosen = rng.choice(len(paths), size=min(self.held, len(paths)), replace=False)
        shards = [Shard(paths[i]) for i in chosen]
        order = [(shard, i) for shard in shards for i in range(len(shard))]
        empty = [shard[i].image for shard in shards for i in shard.empty.tolist()]
        for k in rng.permutation(len(order)):
            shard, i = order[int(k)]
            backdrop = empty[int(rng.integers(len(empty)))] if empty else plain_backdrop(rng)
            yield shard[i], backdrop


def plain_backdrop(rng: np.random.Generator) -> Array:
    """A wall of one colour with a slow gradient, (64,48,3) uint8."""
    colour = rng.uniform(20, 250, 3) if rng.random() < 0.4 else np.full(3, rng.uniform(20, 255))
    slope = rng.normal(0, 18, (2, 1, 1, 3))
    ys, xs = np.mgrid[-1:1:64j, -1:1:48j]
    wall = colour + slope[0] * ys[..., None] + slope[1] * xs[..., None]
    return np.clip(wall, 0, 255).astype(np.uint8)
