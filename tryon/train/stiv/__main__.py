"""`python -m tryon.train.stiv toy|project|train`: see README.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from tryon.nets.stiv import SIZES, Stiv, began_with, sample
from tryon.settings import read_settings
from tryon.train.stiv import toy
from tryon.train.stiv.project import project
from tryon.train.stiv.train import Batch, Projected, TrainParams, export, train
from tryon.video import stiv_engine
from tryon.weights.hub import fetch

TITLE = "STIV's training"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    {"toy": _toy, "project": _project, "train": _train}[options.command](options)


def _toy(options: argparse.Namespace) -> None:
    print(f"the way asked for: {learn(options.steps, options.seed, options.out):.2f} of the films (chance: 0.25)")


def learn(steps: int, seed: int, out: Path) -> float:
    """Trains the toy, writes it into `out`, and returns the share of films that go the way they are told."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)

    def batches() -> Iterator[Batch]:
        while True:
            films, ways = toy.films(16, generator)
            yield films, toy.words(ways), None

    params = TrainParams(
        steps=steps, batch=16, rate=1.5e-3, warmup=20, average=0.99, masked=0.3, without_picture=0.25, seed=seed
    )
    model = train(Stiv(toy.PARAMS), batches(), toy.words(torch.tensor([-1])), params, _told(max(1, steps // 8)))
    export(model, out)
    return shown(model, seed + 9)


def shown(model: Stiv, seed: int) -> float:
    """The share of new films that go the way they are told."""
    generator = torch.Generator().manual_seed(seed)
    films, ways = toy.films(16, generator)
    given = torch.zeros(films.shape[0], films.shape[2], dtype=torch.bool)
    given[:, 0] = True
    noise, nothing = torch.randn(films.shape, generator=generator), toy.words(torch.full_like(ways, -1))
    with torch.no_grad():
        made = sample(model.cpu(), noise, films, given, toy.words(ways), nothing, steps=20, scale=3.0)
    return toy.right_ways(made, ways)


def _project(options: argparse.Namespace) -> None:
    settings = read_settings()
    text, vae = (fetch(weights, settings, title=TITLE) for weights in (stiv_engine.TEXT, stiv_engine.VAE))
    reader = stiv_engine.open_reader(text, vae, title=TITLE, dtype=torch.float32)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for network in (reader.text, reader.vae):
        network.to(device)
    made = project(options.data, options.out, reader, options.side, device=device)
    print(f"{len(made)} films projected into {options.out}")


def _train(options: argparse.Namespace) -> None:
    from safetensors.torch import load_file

    sizes = replace(SIZES[options.size], side=options.side // 8, frames=options.frames)
    model, films = Stiv(sizes), Projected(options.data, sizes)
    if options.start is not None:
        began_with(model, load_file(options.start))
    params = TrainParams(
        steps=options.steps, batch=options.batch, rate=options.rate, precision=options.precision, seed=options.seed
    )
    batches = films.batches(options.batch, options.seed)
    model = train(model, batches, films.nothing, params, _told(100), lambda own: export(own, options.out))
    print(export(model, options.out))


def _told(every: int) -> Callable[[int, float], None]:
    def tell(step: int, loss: float) -> None:
        if step % every == 0:
            print(f"step {step}: loss {loss:.4f}", flush=True)

    return tell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tryon.train.stiv", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    small = commands.add_parser("toy", help="learns moving squares on this machine, in minutes")
    small.add_argument("--out", type=Path, required=True)
    small.add_argument("--steps", type=int, default=1600)
    small.add_argument("--seed", type=int, default=0)
    films = commands.add_parser("project", help="films and their sentences to latents and tokens")
    films.add_argument("--data", type=Path, required=True, help="folder of films, each with a .txt of its name")
    films.add_argument("--out", type=Path, required=True)
    films.add_argument("--side", type=int, default=256, help="px")
    whole = commands.add_parser("train", help="a network of the paper's sizes")
    whole.add_argument("--data", type=Path, required=True, help="what `project` wrote")
    whole.add_argument(
        "--out", type=Path, required=True, help="own/stiv-SIZE of the weights folder is where it is used"
    )
    whole.add_argument("--size", choices=sorted(SIZES), default="xl")
    whole.add_argument("--side", type=int, default=256, help="px, as projected")
    whole.add_argument("--frames", type=int, default=20)
    whole.add_argument("--steps", type=int, default=400_000)
    whole.add_argument("--batch", type=int, default=8)
    whole.add_argument("--rate", type=float, default=2e-4)
    whole.add_argument("--precision", choices=("no", "bf16"), default="no")
    whole.add_argument("--start", type=Path, help="a picture model's model.safetensors to begin with")
    whole.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
