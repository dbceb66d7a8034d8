"""Our parser network on onnxruntime: crops in, averaged probability maps out.

The ONNX file describes itself: its metadata names the classes (`labels`, a JSON list), so that this code does not
change when a better network with more heads takes the place of an older one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# OpenPose-18 joints seen in a mirror: right and left limbs, eyes and ears change places.
KEYPOINT_FLIP = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)
# DensePose parts 0..24 seen in a mirror (hands 3/4, feet 5/6, then right-left pairs up to the face halves 23/24).
PART_FLIP = (0, 1, 2, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17, 20, 19, 22, 21, 24, 23)


@dataclass(frozen=True, kw_only=True)
class View:
    """A rectangle in photo pixels; may reach beyond the photo (padding is added where it does)."""

    x: float
    y: float
    width: float
    height: float

    def scaled(self, factor: float) -> View:
        """The same centre, `factor` times the size."""
        width, height = self.width * factor, self.height * factor
        return View(
            x=self.x + (self.width - width) / 2,
            y=self.y + (self.height - height) / 2,
            width=width,
            height=height,
        )

    def with_aspect(self, aspect: float) -> View:
        """The smallest box of width / height = `aspect` around this one."""
        width = max(self.width, self.height * aspect)
        height = width / aspect
        return View(
            x=self.x + (self.width - width) / 2,
            y=self.y + (self.height - height) / 2,
            width=width,
            height=height,
        )


@dataclass(frozen=True, kw_only=True)
class Maps:
    """What the network says about one view, on the network's own grids.

    labels (C,h,w) float32 probabilities that sum to 1; heat (18,h2,w2) float32 0..1; parts (25,h,w) float32
    probabilities or None; depth (h,w) float32 0..1, 1 = nearest, or None; normals (3,h,w) float32, mean unit vectors
    x right, y up, z to the camera, or None.
    """

    view: View
    labels: Array
    heat: Array
    parts: Array | None
    depth: Array | None
    normals: Array | None = None


def flip_table(names: Sequence[str]) -> list[int]:
    """Channel order of a mirrored picture: left_x and right_x change places."""
    swap = {"left": "right", "right": "left"}
    mirrored = ["_".join(swap.get(word, word) for word in name.split("_")) for name in names]
    return [list(names).index(name) for name in mirrored]


def crop_matrix(view: View, width: int, height: int) -> Array:
    """Affine matrix (2,3) from photo pixel centres to the pixel centres of a width x height crop of `view`."""
    sx, sy = width / view.width, height / view.height
    return np.array([[sx, 0, (0.5 - view.x) * sx - 0.5], [0, sy, (0.5 - view.y) * sy - 0.5]], np.float64)


def cut(pixels: Array, view: View, width: int, height: int) -> Array:
    """The view as a width x height picture; outside the photo its border pixels repeat.

    Shrinking goes through an area resize first, since a plain warp would skip pixels and shimmer.
    """
    shrink = min(1.0, width / view.width * 1.5, height / view.height * 1.5)
    if shrink < 1.0:
        rows, columns = pixels.shape[:2]
        size = (max(2, round(columns * shrink)), max(2, round(rows * shrink)))
        fx, fy = size[0] / columns, size[1] / rows
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        view = View(x=view.x * fx, y=view.y * fy, width=view.width * fx, height=view.height * fy)
    matrix = crop_matrix(view, width, height)
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class Network:
    """An onnxruntime session and what its metadata says about it."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(path.as_posix(), options, providers=["CPUExecutionProvider"])
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.names: tuple[str, ...] = tuple(json.loads(metadata["labels"]))
        self.version: str = metadata.get("version", "unknown")
        self._outputs = [output.name for output in self._session.get_outputs()]
        shape = self._session.get_inputs()[0].shape
        self.height, self.width = int(shape[2]), int(shape[3])
        self._flip = flip_table(self.names)

    @property
    def aspect(self) -> float:
        """Width / height of the picture that the network reads."""
        return self.width / self.height

    def run(self, pictures: Array) -> dict[str, Array]:
        """Pictures (N,H,W,3) uint8 RGB -> output name to array; one batch."""
        batch = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)
        return dict(zip(self._outputs, self._session.run(None, {"image": batch}), strict=True))

    def look(self, pixels: Array, view: View, zooms: Sequence[float] = (1.0,), mirror: bool = True) -> Maps:
        """Average over zoomed-out versions of the view and their mirror images, all on the grid of the first view."""
        view = view.with_aspect(self.aspect)
        pictures = [cut(pixels, view.scaled(zoom), self.width, self.height) for zoom in zooms]
        if mirror:
            pictures += [picture[:, ::-1] for picture in pictures]
        outputs = self.run(np.stack(pictures))
        if mirror:
            outputs = {name: self._unmirror(name, value) for name, value in outputs.items()}
        merged = {name: _merge(value, zooms) for name, value in outputs.items()}
        depth = merged.get("depth")
        return Maps(
            view=view,
            labels=merged["labels"],
            heat=merged["heat"],
            parts=merged.get("parts"),
            depth=None if depth is None else depth[0],
            normals=merged.get("normals"),
        )

    def _unmirror(self, name: str, value: Array) -> Array:
        """(2N,C,h,w) of N views and their mirror images -> their mean (N,C,h,w)."""
        half = len(value) // 2
        order = {"labels": self._flip, "heat": list(KEYPOINT_FLIP), "parts": list(PART_FLIP)}.get(name)
        mirrored = value[half:, :, :, ::-1]
        if order is not None:
            mirrored = mirrored[:, order]
        if name == "normals":
            mirrored = mirrored * np.array([-1, 1, 1], np.float32)[:, None, None]
        return (value[:half] + mirrored) / 2


def _merge(value: Array, zooms: Sequence[float]) -> Array:
    """Mean of views (N,C,h,w) that show the same centre at different zooms, on the first view's grid: (C,h,w)."""
    height, width = value.shape[2:]
    total = value[0].astype(np.float32)
    first = zooms[0]
    for view, zoom in zip(value[1:], zooms[1:], strict=True):
        k = first / zoom
        matrix = np.array([[k, 0, (1 - k) * (width - 1) / 2], [0, k, (1 - k) * (height - 1) / 2]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        total += np.stack(
            [cv2.warpAffine(p, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE) for p in view]
        )
    return total / len(value)
