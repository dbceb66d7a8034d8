"""`python -m tryon.train.fashion project|train`: see README.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open

from tryon.settings import read_settings
from tryon.spec import Weights
from tryon.train.fashion.clips import Clips
from tryon.train.fashion.layouts import sources
from tryon.train.fashion.model import Sizes
from tryon.train.fashion.project import Encoders, project
from tryon.train.fashion.train import TrainParams, train
from tryon.transfer.diffusion import models
from tryon.video import fashionflow, x2fashion
from tryon.weights.hub import fetch

SIZES = {"fashionflow": (512, 640), "x2fashion": (256, 512)}  # width, height the authors trained at
FRAMES = {"fashionflow": 70, "x2fashion": 24}
TITLE = "The fashion training"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    if options.command == "project":
        _project(options)
    else:
        _train(options)


def _project(options: argparse.Namespace) -> None:
    width, height = options.size or SIZES[options.system]
    share = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))  # as torchrun tells
    made = project(sources(options.data, options.split), options.out, _encoders(options), width, height, share=share)
    print(f"{len(made)} films projected into {options.out}")


def _train(options: argparse.Namespace) -> None:
    params = TrainParams(
        system=options.system,
        data=options.data,
        out=options.out,
        sizes=sizes_of(options.data, options.width, tuple(options.widths)),
        frames=options.frames or FRAMES[options.system],
        steps=options.steps,
        batch=options.batch,
        accumulate=options.accumulate,
        rate=options.rate,
        warmup=options.warmup,
        average=options.average,
        precision=options.precision,
        seed=options.seed,
        save_every=options.save_every,
        sample_every=options.sample_every,
        workers=options.workers,
        resume=options.resume,
        start=options.start,
    )
    clips = None if options.no_clips else Clips(params, _vae(options))
    print(f"exported {train(params, clips)}")


def sizes_of(data: Path, width: int = 64, widths: tuple[int, ...] = (1, 2, 4, 8)) -> Sizes:
    """The sizes that follow from projected films. Raises FileNotFoundError where there is none."""
    path = next(iter(sorted(data.glob("*.safetensors"))), None)
    if path is None:
        raise FileNotFoundError(f"there is no projected film in {data}")
    with safe_open(path, "pt") as file:
        _, channels, height, across = file.get_slice("latents").get_shape()
        sizes = Sizes(width=width, widths=widths, channels=channels, height_latents=height, width_latents=across)
        read = [name for name in ("clip", "text") if name in file.keys()]  # noqa: SIM118  not a mapping
        _, tokens, context = file.get_slice(read[0]).get_shape()
        return replace(sizes, tokens=tokens, context=context)


def _encoders(options: argparse.Namespace) -> Encoders:
    opened = {"title": TITLE, "dtype": torch.float32}
    vae = _vae(options).to(options.device)
    if options.system == "fashionflow":
        folder = _folder(fashionflow.CLIP, options.weights)
        clip = fashionflow.image_tower(folder, **opened).to(options.device)
        return Encoders(vae, clip=clip, device=options.device)
    folder = _folder(x2fashion.CLIP, options.weights)
    text = x2fashion.text_tower(folder, **opened).to(options.device)
    return Encoders(vae, text=text, tokenizer=models.tokenizer(folder, title=TITLE), device=options.device)


def _vae(options: argparse.Namespace) -> torch.nn.Module:
    weights = fashionflow.VAE if options.system == "fashionflow" else x2fashion.VAE
    folder = _folder(weights, options.weights)
    return models.autoencoder(
        folder / "vae" if options.system == "fashionflow" else folder, title=TITLE, dtype=torch.float32
    )


def _folder(weights: Weights, root: Path | None) -> Path:
    """A repository's folder: below `root`, or where the product keeps it, fetched if need be."""
    return root / weights.repo if root is not None else fetch(weights, read_settings(), title=TITLE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tryon.train.fashion", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("--system", choices=sorted(SIZES), default="fashionflow")
    both.add_argument("--data", type=Path, required=True, help="project: films; train: projected films")
    both.add_argument("--out", type=Path, required=True)
    both.add_argument("--weights", type=Path, help="folder with the encoders as owner/name; else they are fetched")
    first = commands.add_parser("project", parents=[both], help="films to latents, once")
    first.add_argument("--split", default="train")
    first.add_argument("--size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"), help="px, multiples of 128")
    first.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    second = commands.add_parser("train", parents=[both], help="training; start it with torchrun for several cards")
    numbers = {"steps": 100_000, "frames": 0, "batch": 2, "accumulate": 1, "warmup": 500, "seed": 0}
    counts = {"save-every": 1000, "sample-every": 1000, "workers": 2, "width": 64}
    for name, default in (numbers | counts).items():
        second.add_argument(f"--{name}", type=int, default=default)
    second.add_argument("--widths", type=int, nargs=4, default=(1, 2, 4, 8))
    second.add_argument("--rate", type=float, default=1e-4)
    second.add_argument("--average", type=float, default=0.999, help="decay of the averaged weights")
    second.add_argument("--precision", choices=("no", "bf16", "fp16"), default="no")
    second.add_argument("--resume", action="store_true", help="go on from the newest state in --out")
    second.add_argument("--start", type=Path, help="a published or exported checkpoint to begin with")
    second.add_argument("--no-clips", action="store_true", help="no films while training")
    return parser


if __name__ == "__main__":
    main()
