"""The loop: flow matching with hidden places first, all places after; averaged weights are what is kept.

As the paper: gradients clipped to 1, a warm-up to a constant rate, an average of the weights, hidden places (half of
them) before the unmasked end. Ours: AdamW without decay where the paper has AdaFactor, which saves memory alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch import Tensor

from tryon.nets.stiv import Stiv, StivParams, Text, facts, training_loss

Batch = tuple[Tensor, Text, Tensor | None]  # latents (b, c, f, h, w), their text, facts or None


@dataclass(frozen=True, kw_only=True)
class TrainParams:
    """One run. The defaults are the paper's, but for the batch."""

    steps: int
    batch: int = 8  # of each process
    rate: float = 2e-4
    warmup: int = 1000
    clip: float = 1.0  # of the gradient's norm
    average: float = 0.9999  # of the weights, per step
    hidden: float = 0.5  # share of places that the main blocks do not see at first
    masked: float = 0.8  # share of the steps that this lasts
    without_text: float = 0.10
    without_picture: float = 0.08
    save_every: int = 1000  # steps
    precision: str = "no"  # bf16 on a card that has it
    seed: int = 0


def train(
    model: Stiv,
    batches: Iterator[Batch],
    nothing: Text,
    params: TrainParams,
    told: Callable[[int, float], None] = lambda step, loss: None,
    keep: Callable[[Stiv], object] | None = None,
) -> Stiv:
    """Trains, and returns the model with averaged weights, which `keep` also gets now and then. `nothing` is the empty
    sentence, (1, n, width)."""
    from diffusers.training_utils import EMAModel

    accelerator = Accelerator(mixed_precision=params.precision)
    torch.manual_seed(params.seed + accelerator.process_index)
    optimiser = torch.optim.AdamW(model.parameters(), lr=params.rate, betas=(0.9, 0.999), weight_decay=0.0)
    network, optimiser = accelerator.prepare(model, optimiser)
    average = EMAModel(model.parameters(), decay=params.average)
    average.to(accelerator.device)
    generator = torch.Generator(accelerator.device).manual_seed(params.seed + accelerator.process_index)
    for step in range(params.steps):
        for group in optimiser.param_groups:
            group["lr"] = params.rate * min(1.0, (step + 1) / max(1, params.warmup))
        films, text, about = next(batches)

        def predict(x: Tensor, time: Tensor, words: Text, *, hidden: float, about: Tensor | None = about) -> Tensor:
            there = None if about is None else about.to(x)
            made: Tensor = network(x, time, words, facts=there, hidden=hidden)
            return made

        device = accelerator.device
        loss = training_loss(
            predict,
            films.to(device),
            _on(text, device),
            _on(nothing, device),
            generator,
            hidden=params.hidden if step < params.masked * params.steps else 0.0,
            without_text=params.without_text,
            without_picture=params.without_picture,
        )
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(network.parameters(), params.clip)
        optimiser.step()
        optimiser.zero_grad()
        average.step(model.parameters())
        told(step + 1, float(loss.detach()))
        if keep is not None and (step + 1) % params.save_every == 0 and accelerator.is_main_process:
            average.store(model.parameters())
            average.copy_to(model.parameters())
            keep(model)
            average.restore(model.parameters())
    average.copy_to(model.parameters())
    return model.eval()


def _on(text: Text, device: torch.device) -> Text:
    return Text(text.tokens.to(device), text.pooled.to(device))


def export(model: Stiv, out: Path) -> Path:
    """config.json and model.safetensors, the form that the product opens."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(model.params.config(), indent=1))
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    return out


class Projected:
    """Films that were projected before: files of `latents` (c, f, h, w), `tokens` (n, width), `pooled` (width), and one
    empty.safetensors with `tokens` and `pooled` of the empty sentence."""

    def __init__(self, folder: Path, params: StivParams) -> None:
        self._files = sorted(path for path in folder.glob("*.safetensors") if path.name != "empty.safetensors")
        self._params, self._folder = params, folder
        if not self._files:
            raise FileNotFoundError(f"no projected films in {folder}")

    @property
    def nothing(self) -> Text:
        known = load_file(self._folder / "empty.safetensors")
        return Text(known["tokens"][None].float(), known["pooled"][None].float())

    def batches(self, batch: int, seed: int) -> Iterator[Batch]:
        """Windows at a place and a stride of 1 or 2, without end."""
        generator, frames = torch.Generator().manual_seed(seed), self._params.frames
        while True:
            chosen = torch.randint(len(self._files), (batch,), generator=generator).tolist()
            films, tokens, pooled, about = [], [], [], []
            for index in chosen:
                known = load_file(self._files[index])
                count = known["latents"].shape[1]
                if count < frames:
                    raise ValueError(f"{self._files[index].name} has {count} frames, {frames} are needed")
                most = 2 if count >= 2 * frames else 1
                stride = 1 + int(torch.randint(most, (1,), generator=generator))
                start = int(torch.randint(count - (frames - 1) * stride, (1,), generator=generator))
                films.append(known["latents"][:, start : start + (frames - 1) * stride + 1 : stride].float())
                tokens.append(known["tokens"].float())
                pooled.append(known["pooled"].float())
                height, width = films[-1].shape[2:]
                about.append(facts(1, 8 * height, 8 * width, frames, stride=stride))
            yield torch.stack(films), Text(torch.stack(tokens), torch.stack(pooled)), torch.cat(about)
