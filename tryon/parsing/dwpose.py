"""DWPose (Yang et al., 2023) as FASHN VTON was trained with it: 133 COCO-WholeBody points of every person.

Two published ONNX networks, a YOLOX detector and a SimCC pose network, with the preparation of their authors'
onnxruntime demo: both read BGR, the pose network's mean and deviation are applied to the channels as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import WeightsMissing
from tryon.types import Pixels
from tryon.weights.hub import INSTEAD

Array = NDArray[Any]
Network = Callable[[Array], Sequence[Array]]  # (1, 3, h, w) float32 -> its outputs

POINTS = 133
DETECTOR_SIDE, STRIDES, GREY = 640, (8, 16, 32), 114
OVERLAP, CANDIDATE, PERSON = 0.45, 0.1, 0.3  # non-maximum suppression, least score before and after it
POSE_WIDTH, POSE_HEIGHT = 288, 384
ROOM = 1.25  # around a person's box
FINER = 2  # the pose network answers in half pixels
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


@dataclass(frozen=True, slots=True, eq=False)
class WholeBodies:
    """`points` (n, 133, 2) x, y in pixels and `scores` (n, 133) of n people."""

    points: Array
    scores: Array


@dataclass(frozen=True)
class DWPose:
    """Both networks."""

    detector: Network
    pose: Network

    @classmethod
    def opened(cls, detector: Path, pose: Path, *, threads: int = 0, title: str = "DWPose") -> DWPose:
        """From the two ONNX files, on the CPU. Raises WeightsMissing for one that is not there or is damaged."""
        return cls(_network(detector, threads, title), _network(pose, threads, title))

    def __call__(self, picture: Pixels) -> WholeBodies:
        """Everybody in a picture (h, w, 3) RGB; where nobody is detected the whole picture is taken for one."""
        bgr = np.ascontiguousarray(picture[..., ::-1])
        found = [self._posed(bgr, box) for box in self._boxes(bgr)]
        return WholeBodies(np.stack([points for points, _ in found]), np.stack([scores for _, scores in found]))

    def _boxes(self, bgr: Array) -> Array:
        height, width = bgr.shape[:2]
        scale = min(DETECTOR_SIDE / height, DETECTOR_SIDE / width)
        small = cv2.resize(bgr, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_LINEAR)
        canvas = np.full((DETECTOR_SIDE, DETECTOR_SIDE, 3), GREY, np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        raw = self.detector(_batch(canvas.astype(np.float32)))[0][0]
        boxes = people(decoded_boxes(raw), raw[:, 4:5] * raw[:, 5:]) / scale
        return boxes if len(boxes) else np.array([[0.0, 0.0, width, height]])

    def _posed(self, bgr: Array, box: Array) -> tuple[Array, Array]:
        centre, size = framed(box)
        origin = centre - size / 2
        to_net = np.array(
            [[POSE_WIDTH / size[0], 0, -origin[0] * POSE_WIDTH / size[0]],
             [0, POSE_HEIGHT / size[1], -origin[1] * POSE_HEIGHT / size[1]]]
        )  # fmt: skip
        view = cv2.warpAffine(bgr, to_net, (POSE_WIDTH, POSE_HEIGHT), flags=cv2.INTER_LINEAR)
        across, down = self.pose(_batch((view - np.array(MEAN)) / np.array(DEVIATION)))
        points, scores = peaks(across[0], down[0])
        return points / (POSE_WIDTH, POSE_HEIGHT) * size + origin, scores


def decoded_boxes(raw: Array) -> Array:
    """YOLOX's answers (cells, 85) -> boxes (cells, 4) x0, y0, x1, y1 in the detector's pixels."""
    cells, strides = [], []
    for stride in STRIDES:
        side = DETECTOR_SIDE // stride
        columns, rows = np.meshgrid(np.arange(side), np.arange(side))
        cells.append(np.stack([columns, rows], -1).reshape(-1, 2))
        strides.append(np.full((side * side, 1), stride))
    stride_of = np.concatenate(strides)
    centre = (raw[:, :2] + np.concatenate(cells)) * stride_of
    half = np.exp(raw[:, 2:4]) * stride_of / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def people(boxes: Array, scores: Array) -> Array:
    """The boxes (n, 4) of people, best first, from candidates (cells, 4) and their scores (cells, classes)."""
    person = scores[:, 0]
    kept: list[int] = []
    for index in np.argsort(-person, kind="stable"):
        if person[index] <= CANDIDATE:
            break
        if all(_overlap(boxes[index], boxes[other]) <= OVERLAP for other in kept):
            kept.append(int(index))
    return boxes[[index for index in kept if person[index] > PERSON]].reshape(-1, 4)


def framed(box: Array) -> tuple[Array, Array]:
    """Centre and size of the pose network's view of a box: some room, the network's aspect."""
    centre = (box[:2] + box[2:]) / 2
    width, height = (box[2:] - box[:2]) * ROOM
    aspect = POSE_WIDTH / POSE_HEIGHT
    return centre, np.array([width, width / aspect] if width > height * aspect else [height * aspect, height])


def peaks(across: Array, down: Array) -> tuple[Array, Array]:
    """SimCC's answers (133, 576) and (133, 768) -> points (133, 2) in the network's pixels, scores (133,)."""
    points = np.stack([across.argmax(1), down.argmax(1)], -1).astype(np.float64)
    scores = np.minimum(across.max(1), down.max(1))
    points[scores <= 0] = -1
    return points / FINER, scores


def _overlap(a: Array, b: Array) -> float:
    """Intersection over union, with the inclusive pixels of the authors' suppression."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    inside = float(np.prod(np.maximum(0.0, high - low + 1)))
    areas = [float(np.prod(box[2:] - box[:2] + 1)) for box in (a, b)]
    return inside / (sum(areas) - inside)


def _batch(picture: Array) -> Array:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None].astype(np.float32))


def _network(path: Path, threads: int, title: str) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own for each kind of bad file
        what = "is damaged" if path.is_file() else "is not there"
        raise WeightsMissing(model=title, missing=f"the file {path.name} {what}", instead=INSTEAD) from error
    name = session.get_inputs()[0].name

    def answer(batch: Array) -> Sequence[Array]:
        return [np.asarray(value) for value in session.run(None, {name: batch})]

    return answer
