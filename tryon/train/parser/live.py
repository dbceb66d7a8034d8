"""Training beside its own renderers: `python -m tryon.train.parser.live --assets KEPT.npz --out FOLDER --seconds 340`.

For a machine with one GPU and a few processor cores, and for minutes instead of hours: processes render without end
and hand their pictures over; all of them stay in the device's memory, and every batch is augmented there (views.py).
Nothing is written but the checkpoint. Goes on from a checkpoint with --weights.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import math
import queue
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.multiprocessing as mp
from numpy.typing import NDArray
from torch import Tensor

from tryon.train.parser.augment import Sample
from tryon.train.parser.losses import CLASS_WEIGHTS, losses
from tryon.train.parser.net import NetParams, ParserNet
from tryon.train.parser.views import Renders, Views, augmented
from tryon.types import KEYPOINTS, LABELS, PARTS

Array = NDArray[Any]
HEIGHT, WIDTH = 384, 288  # stored renders and the last phase
PARCEL = 8  # renders handed over at a time

NET = NetParams(
    height=HEIGHT,
    width=WIDTH,
    widths=(16, 32, 72, 144, 224),
    blocks=(1, 2, 3, 2),
    attention=3,
    attention_heads=8,
    decoder=64,
    final=48,
    labels=len(LABELS),
    keypoints=len(KEYPOINTS),
    parts=len(PARTS),
    normals=True,
)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch up to `until` (share of the time) at one resolution."""

    until: float
    height: int
    width: int
    batch: int


PHASES = (
    Phase(until=0.34, height=192, width=144, batch=160),
    Phase(until=0.68, height=256, width=192, batch=128),
    Phase(until=1.0, height=HEIGHT, width=WIDTH, batch=96),
)


def packed(sample: Sample) -> tuple[Array, Array]:
    """A render as (9,HEIGHT,WIDTH) uint8 (RGB, label, part, depth, normal) and its points (18,2)."""
    size = (WIDTH, HEIGHT)
    scale = HEIGHT / sample.image.shape[0]
    image = cv2.resize(sample.image, size, interpolation=cv2.INTER_AREA)
    assert sample.normals is not None
    truth = np.dstack([sample.labels, sample.parts, sample.depth, sample.normals])
    planes = [
        cv2.resize(np.ascontiguousarray(p), size, interpolation=cv2.INTER_NEAREST) for p in np.moveaxis(truth, 2, 0)
    ]
    pixels = np.concatenate([image.transpose(2, 0, 1), np.stack(planes)])
    return pixels, ((sample.points + 0.5) * scale - 0.5).astype(np.float32)


def renderer(assets: Path, hdri: Path | None, seed: int, out: Any) -> None:
    """A process that renders seeds `seed`, `seed` + 1, ... for ever."""
    from tryon.train.parser.make import open_assets
    from tryon.train.parser.scene import render, studio

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    place = studio(open_assets(assets), hdri)
    waiting: list[tuple[Array, Array]] = []
    while True:
        with contextlib.suppress(ValueError, IndexError, ZeroDivisionError, FloatingPointError):  # a limb in the camera
            waiting.append(packed(render(place, seed)))
        seed += 1
        if len(waiting) == PARCEL:
            pixels, points = (np.stack(column) for column in zip(*waiting, strict=True))
            out.put((pixels, points))
            waiting = []


class Pool:
    """Renders in the device's memory; a thread takes in what the renderers hand over, the oldest make room."""

    def __init__(self, capacity: int, device: torch.device) -> None:
        self.renders = Renders(
            torch.zeros(capacity, 9, HEIGHT, WIDTH, dtype=torch.uint8, device=device),
            torch.full((capacity, len(KEYPOINTS), 2), -1e4, device=device),
        )
        self.empty: list[int] = []  # renders of nobody: backgrounds
        self.received, self.device = 0, device
        # Its own stream: on the common one every copy would wait for the steps that are queued there.
        self.stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    def __len__(self) -> int:
        return min(self.received, len(self.renders))

    def take(self, pixels: Array, points: Array) -> None:
        at = [(self.received + i) % len(self.renders) for i in range(len(pixels))]
        with torch.cuda.stream(self.stream):
            where = torch.tensor(at, device=self.device)
            self.renders.pixels[where] = torch.from_numpy(pixels).to(self.device)
            self.renders.points[where] = torch.from_numpy(points).to(self.device)
        if self.stream is not None:
            self.stream.synchronize()
        self.empty += [i for i, label in zip(at, pixels[:, 3], strict=True) if not label.any()]
        self.received += len(pixels)

    def follow(self, source: Any, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.take(*source.get(timeout=0.5))
            except queue.Empty:
                continue

    def batch(self, phase: Phase) -> Views:
        chosen = torch.randint(0, len(self), (phase.batch,), device=self.device)
        pool = self.empty[-2000:]
        if pool:
            behind = torch.tensor(pool, device=self.device)[
                torch.randint(0, len(pool), (phase.batch,), device=self.device)
            ]
        else:
            behind = chosen.flip(0)
        return augmented(self.renders, chosen, behind, phase.height, phase.width)


class Learner:
    """The network, its moving average and the optimiser."""

    def __init__(self, params: NetParams, rate: float, device: torch.device) -> None:
        self.net = ParserNet(params).to(device=device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        self.rate, self.device = rate, device
        fused = device.type == "cuda"
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=rate, weight_decay=5e-3, fused=fused)
        self.weights = torch.tensor(CLASS_WEIGHTS, device=device)
        self.steps, self.samples = 0, 0

    def start_from(self, path: Path) -> None:
        state: dict[str, Tensor] = torch.load(path, map_location=self.device, weights_only=True)["average"]
        self.net.load_state_dict({k: v.to(self.net.state_dict()[k].dtype) for k, v in state.items()})
        self.average.load_state_dict(self.net.state_dict())

    def step(self, views: Views, done: float) -> dict[str, Tensor]:
        """One step; `done`: share of the time that is used up."""
        rate = self.rate * min(1.0, (self.steps + 1) / 300) * max(0.01, 0.5 * (1 + math.cos(math.pi * done)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        pictures = views.image.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            heads = self.net(pictures)
        terms = losses(heads, views.labels, views.parts, views.depth, views.heat, self.weights, views.normals)
        torch.stack(list(terms.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self._follow()
        self.steps, self.samples = self.steps + 1, self.samples + len(pictures)
        return terms

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _follow(self) -> None:
        keep = min(0.998, self.steps / (self.steps + 10))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.net.parameters()), 1 - keep)
        for mean, value in zip(self.average.buffers(), self.net.buffers(), strict=True):
            mean.copy_(value)

    def save(self, path: Path) -> None:
        """The average in half precision and the sizes of the network: half as large, and no worse to go on from."""
        average = {k: v.half() if v.is_floating_point() else v for k, v in self.average.state_dict().items()}
        waiting = path.with_name("writing-" + path.name)
        torch.save({"average": average, "params": asdict(self.net.params), "samples": self.samples}, waiting)
        waiting.replace(path)


def learn(learner: Learner, pool: Pool, out: Path, start: float, seconds: float, phases: tuple[Phase, ...]) -> None:
    """Until `seconds` after `start` (time.monotonic()); saves every 45 seconds."""
    begin = time.monotonic()
    saved = logged = begin
    with (out / "log.jsonl").open("a") as log:
        while True:
            now = time.monotonic()
            done = (now - begin) / max(1e-6, start + seconds - begin)
            if done >= 1:
                break
            phase = next(p for p in phases if done < p.until)
            with torch.no_grad():
                views = pool.batch(phase)
            terms = learner.step(views, done)
            if now - logged > 5 or learner.steps == 1:
                logged = now
                values = {name: round(float(value.detach()), 4) for name, value in terms.items()}
                entry = {
                    "second": round(now - start, 1), "step": learner.steps, "samples": learner.samples,
                    "renders": pool.received, "height": phase.height, **values,
                }  # fmt: skip
                print(json.dumps(entry), flush=True)
                log.write(json.dumps(entry) + "\n")
                log.flush()
            if now - saved > 45:
                saved = now
                learner.save(out / "parser.pt")
    learner.save(out / "parser.pt")


def capacity(device: torch.device, wanted: int) -> int:
    """Renders that fit into half of the device's free memory, at most `wanted`."""
    if device.type != "cuda":
        return min(wanted, 2000)
    free, _ = torch.cuda.mem_get_info(device)
    return int(min(wanted, 0.5 * free / (9 * HEIGHT * WIDTH)))


def main(arguments: list[str] | None = None) -> None:
    start = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=Path, required=True, help="what make.py --keep wrote")
    parser.add_argument("--hdri", type=Path, help="folder of equirectangular .hdr pictures")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="from the start of the program to its end")
    parser.add_argument("--renderers", type=int, default=2)
    parser.add_argument("--renders", type=int, default=40_000, help="at most that many are held")
    parser.add_argument("--first", type=int, default=1500, help="renders that must be there before training starts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--batch", type=float, default=1.0, help="factor on the batch sizes")
    parser.add_argument("--weights", type=Path, help="go on from this checkpoint's averaged weights")
    parser.add_argument("--last", action="store_true", help="only the last phase")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    context = mp.get_context("spawn")
    parcels = context.Queue(maxsize=8 * max(1, chosen.renderers))
    workers = [
        context.Process(
            target=renderer,
            args=(chosen.assets, chosen.hdri, chosen.seed * 100_000_000 + k * 1_000_000, parcels),
            daemon=True,
        )
        for k in range(chosen.renderers)
    ]
    for worker in workers:
        worker.start()
    torch.manual_seed(chosen.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True
    pool = Pool(capacity(device, chosen.renders), device)
    learner = Learner(NET, chosen.rate, device)
    if chosen.weights:
        learner.start_from(chosen.weights)
    stop = threading.Event()
    reader = threading.Thread(target=pool.follow, args=(parcels, stop), daemon=True)
    reader.start()
    while len(pool) < chosen.first:
        time.sleep(0.2)
        if not any(worker.is_alive() for worker in workers):
            raise RuntimeError("no renderer is alive")
    print(json.dumps({"second": round(time.monotonic() - start, 1), "renders": pool.received}), flush=True)
    phases = tuple(replace(p, batch=max(2, round(p.batch * chosen.batch))) for p in PHASES)
    try:
        learn(learner, pool, chosen.out, start, chosen.seconds, (phases[-1],) if chosen.last else phases)
    finally:
        stop.set()
        for worker in workers:
            worker.terminate()


if __name__ == "__main__":
    main()
