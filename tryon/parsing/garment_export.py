"""Writes what is seen in a garment photo: cutout.png, garment.json, overlay.png."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.cutout import clean_edges
from tryon.parsing.garment_inside import inner_back
from tryon.types import Garment, Pixels

Array = NDArray[Any]

MARK = (255, 60, 60)  # RGB of landmarks
INSIDE = (60, 200, 90)  # RGB of the inside of the back
DIMMED = 0.35  # of the photo around the garment


def write_garment(garment: Garment, directory: Path) -> tuple[Path, ...]:
    """Writes the three files into an existing `directory` and returns their paths.

    cutout.png: RGBA at the photo's size, edges free of the background's colour. garment.json: category, kind, sleeves,
    length, neckline, worn, confidence, size and landmarks in pixels of the upright photo. overlay.png: the photo with
    the garment brought forward and the landmarks named. OSError when the folder cannot be written.
    """
    cutout = np.dstack([clean_edges(garment.photo.pixels, garment.cutout), garment.cutout])
    files = {
        "cutout.png": _png(cv2.cvtColor(cutout, cv2.COLOR_RGBA2BGRA)),
        "garment.json": (json.dumps(describe(garment), indent=2) + "\n").encode(),
        "overlay.png": _png(cv2.cvtColor(overlay(garment), cv2.COLOR_RGB2BGR)),
    }
    paths = []
    for name, data in files.items():
        path = directory / name
        path.write_bytes(data)
        paths.append(path)
    return tuple(paths)


def describe(garment: Garment) -> dict[str, Any]:
    """The analysis as plain values, ready for JSON."""
    return {
        "category": garment.category,
        "kind": garment.kind,
        "sleeves": garment.sleeves,
        "length": garment.length,
        "neckline": garment.neckline,
        "worn": garment.worn,
        "confidence": round(garment.confidence, 3),
        "width": garment.photo.width,
        "height": garment.photo.height,
        "landmarks": {name: {"x": round(x, 2), "y": round(y, 2)} for name, (x, y) in garment.landmarks.items()},
        "notes": [item.code for item in garment.notes],
    }


def overlay(garment: Garment) -> Pixels:
    """(h, w, 3) uint8 RGB: the photo dimmed around the garment, the inside of the back tinted, landmarks named."""
    alpha = garment.cutout[..., None].astype(np.float32) / 255.0
    picture = garment.photo.pixels * (DIMMED + (1 - DIMMED) * alpha)
    inside = 0.45 * inner_back(garment)[..., None].astype(np.float32) / 255.0
    picture = picture * (1 - inside) + np.array(INSIDE, np.float32) * inside
    canvas = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    size = max(garment.photo.width, garment.photo.height) / 1000
    for name, (x, y) in garment.landmarks.items():
        _mark(canvas, name, (round(x), round(y)), size)
    return canvas


def _mark(canvas: Array, name: str, at: tuple[int, int], size: float) -> None:
    radius = max(3, round(5 * size))
    cv2.circle(canvas, at, radius + 1, (255, 255, 255), -1, cv2.LINE_AA)
    cv2.circle(canvas, at, radius, MARK, -1, cv2.LINE_AA)
    place = (at[0] + radius + 3, at[1] - radius)
    for colour, width in (((0, 0, 0), max(2, round(3 * size))), ((255, 255, 255), 1)):
        cv2.putText(canvas, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42 * max(1, size), colour, width, cv2.LINE_AA)


def _png(pixels: Array) -> bytes:
    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise OSError("the picture could not be encoded")
    return data.tobytes()
