"""How good the person parser is on annotated photographs: `python -m benchmarks.parser --photos FOLDER`.

The annotations (key points and label polygons, numbers only) are in benchmarks/parser_annotations; the photographs are
not part of the repository. Prints PCK@0.1 of the torso, IoU of the merged classes, outline IoU and timings.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing import embedded
from tryon.spec import PersonParser, Runtime
from tryon.types import KEYPOINT, LABEL, Person, Photo

Array = NDArray[Any]
ANNOTATIONS = Path(__file__).parent / "parser_annotations"
CLASSES = ("background", "hair", "face_neck", "upper", "lower_dress", "arms", "legs", "shoes")
IGNORE = 255
MERGED = {
    "hair": ("hair", "hat"),
    "face_neck": ("face", "neck", "sunglasses"),
    "upper": ("upper", "coat", "scarf"),
    "lower_dress": ("skirt", "pants", "dress", "jumpsuit", "belt"),
    "arms": ("left_arm", "right_arm", "left_hand", "right_hand", "gloves"),
    "legs": ("left_leg", "right_leg", "socks"),
    "shoes": ("left_shoe", "right_shoe"),
}


@dataclass
class Scores:
    """Sums over all photographs: intersections and unions per class, distances in torsos, seconds."""

    overlap: Array = field(default_factory=lambda: np.zeros(len(CLASSES)))
    union: Array = field(default_factory=lambda: np.zeros(len(CLASSES)))
    outline: list[float] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def truth_map(annotation: dict[str, Any], height: int, width: int) -> Array:
    """Merged classes (h,w) uint8 from the polygons; 255 where nothing is asked."""
    scale = np.array([width / annotation["size"][0], height / annotation["size"][1]])
    names = {"lower": "lower_dress", "dress": "lower_dress"}
    result = np.zeros((height, width), np.uint8)
    for polygon in annotation["polygons"]:
        name = names.get(polygon["label"], polygon["label"])
        value = IGNORE if name == "ignore" else CLASSES.index(name)
        points = (np.array(polygon["points"]) * scale).round().astype(np.int32)
        cv2.fillPoly(result, [points], value)
    return result


def merged(labels: Array) -> Array:
    """House labels (h,w) -> merged classes (h,w); bags are asked nowhere."""
    table = np.zeros(len(LABEL), np.uint8)
    for name, members in MERGED.items():
        for member in members:
            table[LABEL[member]] = CLASSES.index(name)
    table[LABEL["bag"]] = IGNORE
    result: Array = table[labels]
    return result


def measure_labels(person: Person, truth: Array, scores: Scores) -> list[float]:
    """IoU per class of one picture, nan where the class is absent; adds to the sums. truth (h,w) merged classes."""
    found = merged(person.labels)
    asked = (truth != IGNORE) & (found != IGNORE)
    result = []
    for i in range(len(CLASSES)):
        a, b = (truth == i) & asked, (found == i) & asked
        overlap, union = float((a & b).sum()), float((a | b).sum())
        scores.overlap[i] += overlap
        scores.union[i] += union
        result.append(overlap / union if a.any() else float("nan"))
    inside, shown = (truth > 0) & asked, (person.outline > 127) & asked
    scores.outline.append(float((inside & shown).sum() / (inside | shown).sum()))
    return result


def annotated_points(annotation: dict[str, Any], height: int, width: int) -> dict[str, Array]:
    scale = np.array([width / annotation["size"][0], height / annotation["size"][1]])
    return {name: np.array(p) * scale for name, p in annotation["keypoints"].items()}


def measure_points(person: Person, points: dict[str, Array], scores: Scores) -> list[float]:
    """Distances of the true joints (2,) px in torsos: neck to the middle of the hips, or shoulder width / 0.65."""
    shoulders = float(np.linalg.norm(points["right_shoulder"] - points["left_shoulder"]))
    torso = shoulders / 0.65
    if "right_hip" in points and "left_hip" in points:
        torso = float(np.linalg.norm(points["neck"] - (points["right_hip"] + points["left_hip"]) / 2))
    result = [float(np.linalg.norm(person.keypoints[KEYPOINT[n], :2] - p)) / torso for n, p in points.items()]
    scores.distances += result
    return result


def find_photo(folder: Path, stem: str) -> Path | None:
    return next((p for p in sorted(folder.glob(f"{stem}.*")) if p.suffix in (".jpg", ".png", ".jpeg", ".webp")), None)


def run(parser: PersonParser, photos: Path) -> Scores:
    scores = Scores()
    print(f"{'photo':24s} {'PCK':>5s} {'outl':>5s} " + " ".join(f"{name[:6]:>6s}" for name in CLASSES))
    for path in sorted(ANNOTATIONS.glob("*.json")):
        annotation = json.loads(path.read_text())
        source = find_photo(photos, path.stem)
        picture = cv2.imread(str(source)) if source else None
        if picture is None:
            print(f"{path.stem:24s} no photograph")
            continue
        photo = Photo(np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8))
        started = time.perf_counter()
        person = parser(photo)
        scores.seconds.append(time.perf_counter() - started)
        distances = np.array(measure_points(person, annotated_points(annotation, *person.labels.shape), scores))
        line = f"{path.stem:24s} {(distances < 0.1).mean():5.2f} "
        if annotation["polygons"]:
            ious = measure_labels(person, truth_map(annotation, *person.labels.shape), scores)
            line += f"{scores.outline[-1]:5.3f} " + " ".join(f"{v:6.3f}" for v in ious)
        print(line)
    return scores


def report(scores: Scores) -> None:
    iou = scores.overlap / np.maximum(scores.union, 1)
    distances = np.array(scores.distances)
    print("\nmerged IoU:", ", ".join(f"{name} {value:.3f}" for name, value in zip(CLASSES, iou, strict=True)))
    print(f"merged mIoU {iou.mean():.3f}, outline IoU {np.mean(scores.outline):.3f}")
    print(f"PCK@0.1 {(distances < 0.1).mean():.3f}, PCK@0.2 {(distances < 0.2).mean():.3f}, joints {len(distances)}")
    print(f"seconds per photo: median {statistics.median(scores.seconds):.3f}, worst {max(scores.seconds):.3f}")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="another ONNX file than the shipped one")
    chosen = parser.parse_args(arguments)
    if chosen.model:
        embedded.MODEL = chosen.model
    started = time.perf_counter()
    model = embedded.load(Runtime(spec=embedded.SPEC))
    print(f"load {time.perf_counter() - started:.3f} s")
    report(run(model, chosen.photos))


if __name__ == "__main__":
    main()
