"""DWPose around its networks: what they are shown, and what their answers mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.onnx_file import dwpose_files
from tryon.errors import WeightsMissing
from tryon.parsing.dwpose import DETECTOR_SIDE, DWPose, decoded_boxes, framed, peaks, people

RED = (200, 30, 60)


def test_files_are_run(tmp_path: Path) -> None:
    """From ONNX files to points in the picture's pixels: the person fills the detector's picture."""
    shares = np.linspace(0.2, 0.8, 133 * 2).reshape(133, 2)
    dwpose_files(tmp_path, shares)
    pose = DWPose.opened(tmp_path / "yolox_l.onnx", tmp_path / "dw-ll_ucoco_384.onnx")
    found = pose(np.full((400, 300, 3), RED, np.uint8))
    assert found.points.shape == (1, 133, 2) and found.scores.shape == (1, 133)
    assert np.allclose(found.scores, 0.8)
    # The box is 640 px of the detector's picture, 400 of ours, a square: the view is 1.25 times that, 3 : 4.
    size = np.array([500.0, 500.0 / 0.75])
    centre = (np.array([19, 19]) - 9) * 32 * 400 / 640
    expected = centre - size / 2 + shares * size
    assert np.abs(found.points[0] - expected).max() < 1.5


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    dwpose_files(tmp_path, np.zeros((133, 2)))
    with pytest.raises(WeightsMissing, match=r"yolo\.onnx"):
        DWPose.opened(tmp_path / "yolo.onnx", tmp_path / "dw-ll_ucoco_384.onnx")
    (tmp_path / "yolox_l.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(WeightsMissing, match="damaged"):
        DWPose.opened(tmp_path / "yolox_l.onnx", tmp_path / "dw-ll_ucoco_384.onnx")


def test_what_the_networks_see() -> None:
    """Blue first, the picture in the upper left corner on grey; nobody found: the whole picture is the box."""
    seen = {}

    def detector(batch: np.ndarray) -> list[np.ndarray]:
        seen["detector"] = batch
        return [np.zeros((1, 8400, 85), np.float32)]

    def pose(batch: np.ndarray) -> list[np.ndarray]:
        seen["pose"] = batch
        return [np.zeros((1, 133, 576), np.float32), np.zeros((1, 133, 768), np.float32)]

    found = DWPose(detector, pose)(np.full((200, 100, 3), RED, np.uint8))
    picture = seen["detector"][0].transpose(1, 2, 0)
    assert picture.shape == (DETECTOR_SIDE, DETECTOR_SIDE, 3)
    assert tuple(picture[300, 100]) == RED[::-1] and tuple(picture[300, 400]) == (114, 114, 114)
    middle = seen["pose"][0, :, 192, 144]
    assert np.allclose(middle, (np.array(RED[::-1]) - (123.675, 116.28, 103.53)) / (58.395, 57.12, 57.375), atol=1e-5)
    assert not found.scores.any() and found.points.shape == (1, 133, 2)


def test_boxes() -> None:
    raw = np.zeros((8400, 85))
    raw[0, :4] = (0.5, 0.5, np.log(4), np.log(2))  # finest grid, first cell
    raw[6400 + 41, :4] = (0, 0, 0, 0)  # middle grid, second row, second column
    boxes = decoded_boxes(raw)
    assert np.allclose(boxes[0], (4 - 16, 4 - 8, 4 + 16, 4 + 8))
    assert np.allclose(boxes[6441], (16 - 8, 16 - 8, 16 + 8, 16 + 8))


@pytest.mark.parametrize(
    ("scores", "boxes", "kept"),
    [
        ([0.9, 0.8], [[0, 0, 10, 10], [50, 50, 60, 60]], [0, 1]),
        ([0.8, 0.9], [[0, 0, 10, 10], [50, 50, 60, 60]], [1, 0]),
        ([0.9, 0.8], [[0, 0, 10, 10], [1, 1, 11, 11]], [0]),
        ([0.9, 0.2], [[0, 0, 10, 10], [50, 50, 60, 60]], [0]),
        ([0.1, 0.05], [[0, 0, 10, 10], [50, 50, 60, 60]], []),
    ],
)
def test_people(scores: list[float], boxes: list[list[float]], kept: list[int]) -> None:
    found = people(np.array(boxes, float), np.array([[score, 0.99] for score in scores]))
    assert found.tolist() == [boxes[index] for index in kept]


@pytest.mark.parametrize(
    ("box", "size"), [((0, 0, 60, 20), (75, 100)), ((0, 0, 30, 80), (75, 100)), ((0, 0, 10, 160), (150, 200))]
)
def test_frame(box: tuple[float, ...], size: tuple[float, float]) -> None:
    centre, found = framed(np.array(box, float))
    assert np.allclose(found, size) and np.allclose(centre, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))


def test_peaks() -> None:
    across, down = np.zeros((2, 8)), np.zeros((2, 8))
    across[0, 5], down[0, 3] = 0.4, 0.9
    points, scores = peaks(across, down)
    assert points[0].tolist() == [2.5, 1.5] and scores[0] == 0.4
    assert points[1].tolist() == [-0.5, -0.5] and scores[1] == 0
