"""How good the garment reader is on annotated photographs: `python -m benchmarks.garments --photos FOLDER`.

The annotations (numbers only) are in benchmarks/garment_annotations; the photographs are not part of the repository.
Neck points are the upper corners of the neckline, of a standing collar its feet; shoulder tips lie where the sleeve's
seam meets the outline; what a sleeve or hair hides was left out, cuffs too where there is no sleeve. Sleeves, length
and neckline list every answer that is right. Errors are shares of the garment's larger side.

With `--network WEIGHTS` (of tryon.train.garment) its landmarks stand beside the reader's, both in the same cut-out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.parser import find_photo
from tryon.parsing import garment as reader
from tryon.spec import Runtime
from tryon.types import Garment, Photo

Array = NDArray[Any]
ANNOTATIONS = Path(__file__).parent / "garment_annotations"
ANSWERS = ("category", "sleeves", "length", "neckline")
NEAR = 0.05  # a landmark within that share of the larger side counts as found
ON_EDGE = 0.015  # an annotated corner within that share of the cut-out's edge counts as cut there
GROUPS = ("neck", "neck_front", "shoulder", "armpit", "cuff_outer", "cuff_inner", "hem", "waist", "hem_outer",
          "hem_inner", "crotch")  # fmt: skip


def group(name: str) -> str:
    """The landmark's name without its side."""
    return "_".join(word for word in name.split("_") if word not in ("left", "right"))


def errors(found: Mapping[str, tuple[float, float]], annotation: dict[str, Any]) -> dict[str, float]:
    """Distance of every annotated landmark in larger sides of the garment; 1 for one that was not found."""
    truth = {name: np.array(at, float) for name, at in annotation["landmarks"].items()}
    side = larger_side(annotation)
    return {
        name: float(np.linalg.norm(np.array(found[name]) - at)) / side if name in found else 1.0
        for name, at in truth.items()
    }


def larger_side(annotation: dict[str, Any]) -> float:
    return float(np.ptp(np.array(list(annotation["landmarks"].values()), float), axis=0).max())


def right_answers(garment: Garment, annotation: dict[str, Any]) -> dict[str, bool]:
    return {name: getattr(garment, name) in annotation[name] for name in ANSWERS}


def on_edge(garment: Garment, annotation: dict[str, Any]) -> float:
    """Share of the annotated corners of the outline near the cut-out's edge."""
    solid = (garment.cutout > 127).astype(np.uint8)
    edge = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    far = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5)
    corners = [at for name, at in annotation["landmarks"].items() if name != "neck_front"]
    limit = ON_EDGE * larger_side(annotation)
    height, width = far.shape
    return float(np.mean([far[min(y, height - 1), min(x, width - 1)] <= limit for x, y in corners]))


def table(columns: Mapping[str, list[dict[str, float]]]) -> str:
    """One line a kind of landmark: how many, then mean error in percent and PCK@0.05 of every column."""
    lines = [f"{'landmark':12s} {'n':>4s}" + "".join(f" {name + ': mean %':>18s} {'PCK@0.05':>9s}" for name in columns)]
    for kind in (*GROUPS, "all"):
        sets = [
            np.array([v for photo in photos for name, v in photo.items() if kind in (group(name), "all")])
            for photos in columns.values()
        ]
        if len(sets[0]):
            values = "".join(f" {100 * s.mean():18.1f} {(s <= NEAR).mean():9.2f}" for s in sets)
            lines.append(f"{kind:12s} {len(sets[0]):4d}" + values)
    return "\n".join(lines)


def run(photos: Path, weights: Path | None) -> None:
    parser = reader.load(Runtime(spec=reader.SPEC))
    columns: dict[str, list[dict[str, float]]] = defaultdict(list)
    answers: dict[str, list[bool]] = defaultdict(list)
    edges, seconds = [], []
    for path in sorted(ANNOTATIONS.glob("*.json")):
        annotation = json.loads(path.read_text())
        source = find_photo(photos, path.stem)
        picture = cv2.imread(str(source)) if source else None
        if picture is None:
            print(f"{path.stem:28s} no photograph")
            continue
        photo = Photo(np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8))
        started = time.perf_counter()
        garment = parser(photo)
        seconds.append(time.perf_counter() - started)
        columns["outline"].append(errors(garment.landmarks, annotation))
        if weights:
            columns["network"].append(errors(network_landmarks(weights, garment), annotation))
        edges.append(on_edge(garment, annotation))
        right = right_answers(garment, annotation)
        for name, value in right.items():
            answers[name].append(value)
        wrong = [f"{name} {getattr(garment, name)}" for name, value in right.items() if not value]
        means = " ".join(f"{100 * np.mean(list(c[-1].values())):5.1f}%" for c in columns.values())
        far = [f"{k} {100 * v:.0f}%" for k, v in columns["outline"][-1].items() if v > NEAR]
        print(f"{path.stem:28s} {means} edge {edges[-1]:.2f} {', '.join(far + wrong)}")
    print("\n" + table(columns))
    print("\n" + ", ".join(f"{name} {sum(right)} of {len(right)}" for name, right in answers.items()))
    print(f"corners on the cut-out's edge {np.mean(edges):.3f}")
    print(f"seconds a photo: median {statistics.median(seconds):.3f}, worst {max(seconds):.3f}")


def network_landmarks(weights: Path, garment: Garment) -> dict[str, tuple[float, float]]:
    from tryon.train.garment.read import landmarks

    return landmarks(weights, garment.photo.pixels, garment.cutout, garment.category)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--network", type=Path, help="weights of tryon.train.garment to compare with")
    chosen = parser.parse_args(arguments)
    run(chosen.photos, chosen.network)


if __name__ == "__main__":
    main()
