"""An analysis as files: pictures of every map and the numbers beside them, all at the size of the upright photo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tryon.parsing.labels import BONES, PALETTE, recolour
from tryon.types import LABELS, Person

Array = NDArray[Any]


def write_analysis(person: Person, directory: Path) -> list[Path]:
    """Writes labels.png (palette), parts, depth (16 bit), outline and overlay.png, labels.json and keypoints.json.

    Also normals.png where the parser knows surface normals: R to the right, G up, B to the camera.
    The folder is made where it does not exist; files of these names are replaced. Returns what was written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    pictures = {
        "labels.png": _palette_picture(person.labels),
        "parts.png": Image.fromarray(np.ascontiguousarray(person.parts)),
        "depth.png": Image.fromarray((person.depth * 65535 + 0.5).astype(np.uint16)),
        "outline.png": Image.fromarray(np.ascontiguousarray(person.outline)),
        "overlay.png": Image.fromarray(overlay(person)),
    }
    if person.normals is not None:
        pictures["normals.png"] = Image.fromarray(np.ascontiguousarray(person.normals))
    numbers: dict[str, Any] = {
        "labels.json": {str(index): name for index, name in enumerate(LABELS)},
        "keypoints.json": {"points": [_point(row) for row in person.keypoints.tolist()]},
    }
    for name, picture in pictures.items():
        picture.save(directory / name)
    for name, content in numbers.items():
        (directory / name).write_text(json.dumps(content, indent=1) + "\n")
    return [directory / name for name in (*pictures, *numbers)]


def _palette_picture(labels: Array) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(labels))
    picture.putpalette([value for colour in PALETTE for value in colour])
    return picture


def _point(row: list[float]) -> dict[str, float]:
    x, y, score = row
    return {"x": round(x, 2), "y": round(y, 2), "score": round(score, 4)}


def overlay(person: Person, strength: float = 0.55) -> Array:
    """The photo with its labels in colour, the background darkened and the skeleton drawn: (h,w,3) uint8."""
    photo = person.photo.pixels.astype(np.float32)
    tinted = photo * (1 - strength) + recolour(person.labels) * np.float32(strength)
    result = np.where((person.labels > 0)[..., None], tinted, photo * 0.6).astype(np.uint8)
    thick = max(1, round(max(result.shape[:2]) / 400))
    points = person.keypoints
    for a, b in BONES:
        if min(points[a, 2], points[b, 2]) > 0:
            start, end = ((round(float(points[k, 0])), round(float(points[k, 1]))) for k in (a, b))
            cv2.line(result, start, end, (255, 255, 255), thick, cv2.LINE_AA)
    for x, y, score in points.tolist():
        if score > 0:
            cv2.circle(result, (round(x), round(y)), 2 * thick, (255, 60, 60), -1, cv2.LINE_AA)
    return result
