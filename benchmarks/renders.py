"""How the person parser reads people who sit, turn or show their back, on renders that no training saw.

`python -m benchmarks.renders --assets ASSETS [--count 60]`; ASSETS as of tryon.train.parser.make (needs numba). Renders
are easier than photographs: the numbers compare poses with each other. Joints are the thirteen of neck, arms and legs
that lie in the picture, hidden ones too; a figure is mirrored when they fit better with left and right exchanged.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.parser import Scores, measure_labels, measure_points, merged
from tryon.errors import NoPerson
from tryon.parsing import embedded
from tryon.spec import PersonParser, Runtime
from tryon.train.parser.augment import Sample, photograph
from tryon.train.parser.make import open_assets
from tryon.train.parser.scene import Studio, Wanted, render, studio
from tryon.types import KEYPOINTS, Person, Photo

Array = NDArray[Any]
SEED = 990_000_000  # far from those of make.py and live.py
JOINTS = KEYPOINTS[1:14]
KINDS = {  # degrees of turn, sitting
    "standing, frontal": ((0, 20), False),
    "standing, three-quarter": ((30, 60), False),
    "standing, side": ((70, 110), False),
    "standing, turned away": ((140, 180), False),
    "sitting, frontal": ((0, 20), True),
    "sitting, three-quarter": ((30, 60), True),
}


@dataclass
class Kind:
    """What was measured on one kind of pose."""

    scores: Scores = field(default_factory=Scores)
    confidence: list[float] = field(default_factory=list)
    missed: int = 0
    mirrored: list[bool] = field(default_factory=list)


def wanted(kind: str, rng: np.random.Generator) -> Wanted:
    (low, high), seated = KINDS[kind]
    return Wanted(yaw=float(rng.uniform(low, high) * rng.choice([-1, 1])), seated=seated)


def measure(person: Person, sample: Sample, kind: Kind) -> None:
    height, width = sample.labels.shape
    measure_labels(person, merged(sample.labels), kind.scores)
    shown = {n: p for n, p in zip(KEYPOINTS, sample.points, strict=True) if n in JOINTS}
    inside = {n: p for n, p in shown.items() if 0 <= p[0] < width and 0 <= p[1] < height}
    if {"neck", "left_shoulder", "right_shoulder", "left_hip", "right_hip"} <= inside.keys():
        straight = measure_points(person, inside, kind.scores)
        kind.mirrored.append(np.mean(measure_points(person, exchanged(inside), Scores())) < np.mean(straight))
    kind.confidence.append(person.confidence)


def exchanged(points: dict[str, Array]) -> dict[str, Array]:
    """Every point under the name of the other side's; one whose partner is not there keeps its place."""
    swap = {"left": "right", "right": "left"}
    names = {name: "_".join(swap.get(word, word) for word in name.split("_")) for name in points}
    return {name: points.get(other, points[name]) for name, other in names.items()}


def run(parser: PersonParser, place: Studio, count: int) -> None:
    print(f"{'kind':26s} {'found':>7s} {'mIoU':>6s} {'outline':>7s} PCK@0.1 PCK@0.2 mirrored confidence")
    for number, name in enumerate(KINDS):
        kind, seed = Kind(), SEED + 1_000_000 * number
        for _ in range(count):
            rng = np.random.default_rng(seed)
            sample = _render(place, seed, wanted(name, rng))
            seed += 1
            if sample is None:
                continue
            try:
                person = parser(Photo(photograph(rng, sample.image)))
            except NoPerson:
                kind.missed += 1
                continue
            measure(person, sample, kind)
        print(line(name, kind), flush=True)


def _render(place: Studio, seed: int, pose: Wanted) -> Sample | None:
    """None where the geometry breaks down, as in make.py."""
    try:
        return render(place, seed, wanted=pose)
    except (ValueError, IndexError, ZeroDivisionError, FloatingPointError):
        return None


def line(name: str, kind: Kind) -> str:
    scores, seen = kind.scores, len(kind.confidence)
    asked = scores.union > 0
    iou = (scores.overlap[asked] / scores.union[asked]).mean()
    far = np.array(scores.distances)
    found = f"{seen}/{seen + kind.missed}"
    low = sum(value < 0.5 for value in kind.confidence)
    return (
        f"{name:26s} {found:>7s} {iou:6.3f} {np.mean(scores.outline):7.3f} {(far < 0.1).mean():7.3f} "
        f"{(far < 0.2).mean():7.3f} {np.mean(kind.mirrored):8.2f} {np.mean(kind.confidence):10.3f} ({low} below 0.5)"
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60, help="renders a kind")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    run(embedded.load(Runtime(spec=embedded.SPEC)), studio(open_assets(chosen.assets)), chosen.count)


if __name__ == "__main__":
    main()
