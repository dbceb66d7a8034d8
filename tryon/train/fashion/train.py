"""The loop: one or many cards (accelerate), bf16, accumulated gradients, averaged weights, resumable."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration
from torch import Tensor
from torch.utils.data import DataLoader

from tryon.train.fashion.data import Windows
from tryon.train.fashion.model import FashionFlow, Sizes, System, X2Fashion, begin_with, built, export

STATE = "step_{:07d}"
KEPT = 3  # states; older ones are removed


@dataclass(frozen=True, kw_only=True)
class TrainParams:
    """One run. The defaults are the authors' where they have one."""

    system: System
    data: Path  # folder of projected films
    out: Path
    sizes: Sizes
    frames: int
    steps: int  # of the optimiser
    batch: int = 2  # of each process
    accumulate: int = 1
    rate: float = 1e-4
    decay: float = 0.01
    warmup: int = 500
    clip: float = 1.0  # of the gradient's norm
    average: float = 0.999  # of the weights, per step
    precision: str = "no"  # bf16 on a card that has it
    seed: int = 0
    save_every: int = 1000
    sample_every: int = 1000
    workers: int = 2
    resume: bool = False
    start: Path | None = None  # a published or exported file to begin with


@dataclass
class Counter:
    """Steps done; saved with the rest of the state."""

    done: int = 0

    def state_dict(self) -> dict[str, int]:
        return {"done": self.done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.done = state["done"]


Sampler = Callable[[FashionFlow | X2Fashion, int, Accelerator], None]  # shows what the averaged weights make


def train(params: TrainParams, sampler: Sampler | None = None) -> Path:
    """Trains, and returns the exported file. Every process of a distributed run calls it."""
    from diffusers.optimization import get_constant_schedule_with_warmup
    from diffusers.training_utils import EMAModel

    accelerator = Accelerator(
        mixed_precision=params.precision,
        gradient_accumulation_steps=params.accumulate,
        log_with="tensorboard",
        project_config=ProjectConfiguration(str(params.out), logging_dir=str(params.out / "log")),
        step_scheduler_with_optimizer=False,
    )
    accelerator.init_trackers("fashion")
    model = built(params.system, params.sizes, params.seed)
    if params.start is not None:
        begin_with(model, params.start)
    average, counter = EMAModel(model.parameters(), decay=params.average), Counter()
    optimiser = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=params.rate, weight_decay=params.decay
    )
    schedule = get_constant_schedule_with_warmup(optimiser, params.warmup)
    model, optimiser = accelerator.prepare(model, optimiser)
    average.to(accelerator.device)
    accelerator.register_for_checkpointing(schedule, average, counter)
    if params.resume and (last := last_state(params.out)) is not None:
        accelerator.load_state(str(last))
    for batch in _batches(params, accelerator, counter.done):
        loss = _step(accelerator, model, optimiser, batch, params.clip)
        if not accelerator.sync_gradients:
            continue
        schedule.step()
        average.step(model.parameters())
        counter.done += 1
        whole = accelerator.gather(loss.detach()).mean().item()
        accelerator.log({"loss": whole, "rate": schedule.get_last_lr()[0]}, step=counter.done)
        last_one = counter.done == params.steps
        if counter.done % params.save_every == 0 or last_one:
            _save(accelerator, params, counter.done)
        if sampler is not None and (counter.done % params.sample_every == 0 or last_one):
            _with_average(accelerator, model, average, lambda own: sampler(own, counter.done, accelerator))
    path = params.out / f"{params.system}.pth"
    _with_average(accelerator, model, average, lambda own: export(own, path))
    accelerator.end_training()
    return path


def last_state(out: Path) -> Path | None:
    """The newest saved state of a run."""
    states = sorted((out / "states").glob(STATE.format(0).replace("0000000", "*")))
    return states[-1] if states else None


def _step(accelerator: Accelerator, model: Any, optimiser: Any, batch: dict[str, Tensor], clip: float) -> Tensor:
    with accelerator.accumulate(model):
        loss: Tensor = model(batch)
        accelerator.backward(loss)
        if accelerator.sync_gradients:
            accelerator.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        optimiser.zero_grad()
    return loss


def _batches(params: TrainParams, accelerator: Accelerator, done: int) -> Iterator[dict[str, Tensor]]:
    """What is left of the run, for this process. All of it follows from the seed and the number of the sample."""
    each = params.batch * accelerator.num_processes * params.accumulate
    windows = Windows(
        params.data,
        params.frames,
        seed=params.seed,
        first=done * each,
        length=max(0, params.steps - done) * each,
        posed=params.system == "x2fashion",
    )
    loader = DataLoader(windows, batch_size=params.batch, num_workers=params.workers, shuffle=False)
    yield from accelerator.prepare(loader)


def _save(accelerator: Accelerator, params: TrainParams, step: int) -> None:
    states = params.out / "states"
    accelerator.save_state(str(states / STATE.format(step)))
    if accelerator.is_main_process:
        for old in sorted(states.iterdir())[:-KEPT]:
            shutil.rmtree(old)
    accelerator.wait_for_everyone()


def _with_average(accelerator: Accelerator, model: Any, average: Any, use: Any) -> None:
    """Calls `use` with the averaged weights in place, in the first process."""
    own = accelerator.unwrap_model(model)
    if accelerator.is_main_process:
        average.store(own.parameters())
        average.copy_to(own.parameters())
        try:
            use(own)
        finally:
            average.restore(own.parameters())
    accelerator.wait_for_everyone()
