"""Training: `python -m tryon.train.parser.train --data SHARDS --out FOLDER --minutes 100`.

Runs on a CPU (bfloat16 where the processor has it) or one GPU, goes on from its own checkpoint, and can follow a
generator that is still writing shards. Three phases of growing resolution: coarse pictures teach poses and garments
four times as fast, fine ones then teach the edges.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from tryon.train.parser.data import Batch, Views
from tryon.train.parser.losses import CLASS_WEIGHTS, losses
from tryon.train.parser.net import NetParams, ParserNet
from tryon.types import KEYPOINTS, LABELS, PARTS

NET = NetParams(
    height=256,
    width=192,
    widths=(16, 32, 64, 128, 192),
    blocks=(1, 2, 2, 1),
    attention=3,
    attention_heads=6,
    decoder=64,
    final=48,
    labels=len(LABELS),
    keypoints=len(KEYPOINTS),
    parts=len(PARTS),
)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of training up to `until` (share of all minutes) at one resolution."""

    until: float
    height: int
    width: int
    batch: int


@dataclass(frozen=True, kw_only=True)
class TrainParams:
    minutes: float
    rate: float
    seed: int
    threads: int
    workers: int
    phases: tuple[Phase, ...]


PHASES = (
    Phase(until=0.16, height=128, width=96, batch=32),
    Phase(until=0.8, height=192, width=144, batch=24),
    Phase(until=1.0, height=256, width=192, batch=16),
)


def phases_up_to(largest: int) -> tuple[Phase, ...]:
    """The phases of at most that height; the last of them takes the rest of the time."""
    kept = [phase for phase in PHASES if phase.height <= largest]
    return (*kept[:-1], replace(kept[-1], until=1.0))


class Trainer:
    """The network, its moving average, the optimiser and how far they are."""

    def __init__(self, net: NetParams, params: TrainParams, out: Path, device: str) -> None:
        torch.manual_seed(params.seed)
        self.params, self.out, self.device = params, out, device
        self.net = ParserNet(net).to(device=device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=params.rate, weight_decay=1e-3)
        self.weights = torch.tensor(CLASS_WEIGHTS, device=device)
        self.steps, self.samples, self.seconds = 0, 0, 0.0

    @property
    def done(self) -> float:
        """Share of the planned minutes that is used up, 0..1."""
        return min(1.0, self.seconds / (60 * self.params.minutes))

    def phase(self) -> Phase:
        return next(phase for phase in self.params.phases if self.done < phase.until or phase.until >= 1)

    def step(self, batch: Batch) -> dict[str, float]:
        rate = self.params.rate * min(1.0, self.steps / 200) * max(0.01, 0.5 * (1 + math.cos(math.pi * self.done)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        image, *truth = (t.to(self.device, non_blocking=True) for t in batch)
        pictures = image.float().contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device, torch.bfloat16):
            heads = self.net(pictures)
        parts = losses(heads, truth[0], truth[1], truth[2], truth[3], self.weights)
        total = torch.stack(list(parts.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self._follow()
        self.steps, self.samples = self.steps + 1, self.samples + len(image)
        return {name: float(value.detach()) for name, value in parts.items()}

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _follow(self) -> None:
        keep = min(0.9985, self.steps / (self.steps + 10))
        for mean, value in zip(self.average.parameters(), self.net.parameters(), strict=True):
            mean.lerp_(value, 1 - keep)
        for mean, value in zip(self.average.buffers(), self.net.buffers(), strict=True):
            mean.copy_(value)

    def save(self, name: str = "last.pt") -> None:
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
            "samples": self.samples,
            "seconds": self.seconds,
        }
        torch.save(state, self.out / "writing.pt")
        (self.out / "writing.pt").replace(self.out / name)

    def resume(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.samples, self.seconds = state["steps"], state["samples"], state["seconds"]


def batches(data: Path, phase: Phase, seed: int, workers: int) -> Iterator[Batch]:
    views = Views(data, height=phase.height, width=phase.width, batch=phase.batch, seed=seed)
    loader: DataLoader[Batch] = DataLoader(
        views, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None
    )
    return iter(loader)


def train(trainer: Trainer, data: Path, log_every: int = 100) -> None:
    """Until the planned minutes are used up; the checkpoint is renewed every few minutes."""
    current: Phase | None = None
    source: Iterator[Batch] = iter(())
    mean: dict[str, float] = {}
    saved = trainer.seconds
    while trainer.done < 1:
        started = time.monotonic()
        phase = trainer.phase()
        if phase != current:
            current = phase
            source = batches(data, phase, trainer.params.seed + trainer.steps, trainer.params.workers)
        values = trainer.step(next(source))
        trainer.seconds += time.monotonic() - started
        mean = {name: 0.98 * mean.get(name, value) + 0.02 * value for name, value in values.items()}
        if trainer.steps % log_every == 0:
            _log(trainer, phase, mean)
        if trainer.seconds - saved > 120:
            saved = trainer.seconds
            trainer.save()
    trainer.save()


def _log(trainer: Trainer, phase: Phase, mean: dict[str, float]) -> None:
    entry = {"step": trainer.steps, "samples": trainer.samples, "minutes": round(trainer.seconds / 60, 1)}
    line = {**entry, "height": phase.height, **{name: round(value, 4) for name, value in mean.items()}}
    print(json.dumps(line), flush=True)
    with (trainer.out / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of shards")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoints and the log")
    parser.add_argument("--minutes", type=float, default=100.0)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--largest", type=int, default=256, help="height of the last phase; a smaller one trains faster"
    )
    parser.add_argument("--weights", type=Path, help="start from this checkpoint's averaged weights")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    params = TrainParams(
        minutes=chosen.minutes,
        rate=chosen.rate,
        seed=chosen.seed,
        threads=chosen.threads,
        workers=chosen.workers,
        phases=phases_up_to(chosen.largest),
    )
    chosen.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(NET, params, chosen.out, "cuda" if torch.cuda.is_available() else "cpu")
    if (chosen.out / "last.pt").exists():
        trainer.resume(chosen.out / "last.pt")
    elif chosen.weights:
        state: dict[str, Tensor] = torch.load(chosen.weights, map_location="cpu", weights_only=True)["average"]
        trainer.net.load_state_dict(state)
        trainer.average.load_state_dict(state)
    train(trainer, chosen.data)


if __name__ == "__main__":
    main()
