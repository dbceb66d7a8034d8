"""Shards of renders: `python -m tryon.train.parser.make --assets FOLDER --out SHARDS --count 20 --seed 1`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.train.parser import cache
from tryon.train.parser.assets import Assets, read
from tryon.train.parser.augment import Sample
from tryon.train.parser.scene import Studio, render, studio

Array = NDArray[Any]
PER_SHARD = 250
HEIGHT, WIDTH = 320, 240  # stored size; rendered 1.6 times as large and shrunk


def open_assets(source: Path, keep: Path | None = None) -> Assets:
    """From the folder of checkouts (kept as one file under `keep` if given), or from such a kept file."""
    if not source.is_dir():
        return cache.load(source)
    assets = read(source)
    if keep:
        cache.save(assets, keep)
    return assets


def stored(sample: Sample) -> Sample:
    """A render at the size of the shards."""
    scale = HEIGHT / sample.image.shape[0]
    image = cv2.resize(sample.image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    labels, parts, depth = (
        cv2.resize(plane, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
        for plane in (sample.labels, sample.parts, sample.depth)
    )
    points = ((sample.points + 0.5) * scale - 0.5).astype(np.float32)
    return Sample(image=image, labels=labels, parts=parts, depth=depth, points=points)


def write_shard(place: Studio, path: Path, first_seed: int, count: int = PER_SHARD) -> int:
    """Renders seeds from `first_seed` on until the shard is full; returns the next free seed.

    A seed whose geometry breaks down (a limb inside the camera, say) is skipped, and the log says so.
    """
    samples: list[Sample] = []
    seed = first_seed
    while len(samples) < count:
        try:
            samples.append(stored(render(place, seed)))
        except (ValueError, IndexError, ZeroDivisionError, FloatingPointError) as error:
            print(f"seed {seed} skipped: {error!r}", flush=True)
        seed += 1
    waiting = path.with_name("writing-" + path.name)
    np.savez(
        waiting,
        image=np.stack([s.image for s in samples]),
        labels=np.stack([s.labels for s in samples]),
        parts=np.stack([s.parts for s in samples]),
        depth=np.stack([s.depth for s in samples]),
        points=np.stack([s.points for s in samples]),
    )
    waiting.replace(path)
    return seed


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=Path, required=True, help="folder of checkouts, or a kept file of them")
    parser.add_argument("--keep", type=Path, help="write the parsed assets here (.npz), to start faster next time")
    parser.add_argument("--hdri", type=Path, help="folder of equirectangular .hdr pictures")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20, help="shards")
    parser.add_argument("--seed", type=int, default=1, help="runs with different seeds never share a render")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    chosen.out.mkdir(parents=True, exist_ok=True)
    place = studio(open_assets(chosen.assets, chosen.keep), chosen.hdri)
    for k in range(chosen.count):
        path = chosen.out / f"s{chosen.seed}_{k:03d}.npz"
        if not path.exists():
            write_shard(place, path, chosen.seed * 10_000_000 + k * 1000)
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
