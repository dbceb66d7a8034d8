"""Training: `python -m tryon.train.garment.train --out FOLDER --minutes 25`. Pictures are drawn as they are needed."""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import torch
from torch import Tensor

from tryon.train.garment.draw import draw
from tryon.train.garment.net import GarmentNet, GarmentNetParams, loss
from tryon.train.garment.shapes import MARKS
from tryon.train.parser.augment import heat_maps

Batch: TypeAlias = tuple[Tensor, Tensor, Tensor]
NET = GarmentNetParams(points=len(MARKS))


def batch(rng: np.random.Generator, params: GarmentNetParams, size: int) -> Batch:
    """image (N,3,H,W) float32 0..255, heat (N,points,H/4,W/4), cover (N,H/4,W/4)."""
    height, width = params.height, params.width
    drawn = [draw(rng, height, width) for _ in range(size)]
    image = torch.from_numpy(np.stack([d.image for d in drawn])).permute(0, 3, 1, 2).float()
    heat = torch.from_numpy(np.stack([heat_maps(d.points, height, width) for d in drawn]))
    small = [cv2.resize(d.cover, (width // 4, height // 4), interpolation=cv2.INTER_AREA) for d in drawn]
    return image, heat, torch.from_numpy(np.stack(small))


class Trainer:
    """The network, its moving average and its optimiser."""

    def __init__(self, params: GarmentNetParams, seed: int = 0, rate: float = 2e-3) -> None:
        torch.manual_seed(seed)
        self.net = GarmentNet(params).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=rate, weight_decay=1e-3)
        self.rate, self.steps = rate, 0

    def start_from(self, state: dict[str, Tensor]) -> None:
        self.net.load_state_dict(state)
        self.average.load_state_dict(state)

    def step(self, given: Batch, done: float) -> float:
        """One step; `done` is the share 0..1 of the whole training that lies behind. Returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * min(1.0, (self.steps + 1) / 100) * max(0.01, 0.5 * (1 + math.cos(math.pi * done)))
        image, heat, cover = given
        total = loss(self.net(image.contiguous(memory_format=torch.channels_last)), heat, cover)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self._follow()
        self.steps += 1
        return float(total.detach())

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _follow(self) -> None:
        keep = min(0.995, self.steps / (self.steps + 10))
        for mean, value in zip(self.average.parameters(), self.net.parameters(), strict=True):
            mean.lerp_(value, 1 - keep)
        for mean, value in zip(self.average.buffers(), self.net.buffers(), strict=True):
            mean.copy_(value)


def train(trainer: Trainer, out: Path, minutes: float, seed: int, size: int) -> None:
    """Until the minutes are over; `out`/garment.pt holds the averaged weights and is renewed on the way."""
    rng = np.random.default_rng(seed)
    started, spent, mean = time.monotonic(), time.process_time(), 0.0
    while (done := (time.monotonic() - started) / (60 * minutes)) < 1:
        value = trainer.step(batch(rng, NET, size), done)
        mean = value if trainer.steps == 1 else 0.98 * mean + 0.02 * value
        if trainer.steps % 50 == 0:
            seconds = time.process_time() - spent
            print(f"{trainer.steps * size} pictures, {seconds:.0f} s of processor, loss {mean:.4f}", flush=True)
            torch.save(trainer.average.state_dict(), out / "garment.pt")
    torch.save(trainer.average.state_dict(), out / "garment.pt")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weights", type=Path, help="go on from these; take another seed, or the same pictures return")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    cv2.setNumThreads(chosen.threads)
    chosen.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(NET, chosen.seed, chosen.rate)
    if chosen.weights:
        trainer.start_from(torch.load(chosen.weights, map_location="cpu", weights_only=True))
    train(trainer, chosen.out, chosen.minutes, chosen.seed, chosen.batch)


if __name__ == "__main__":
    main()
