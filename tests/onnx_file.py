"""Writes small ONNX files by hand: networks with fixed answers, for code around networks that cannot be had here.

Only what is needed of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT = 1


def write_constant_network(
    path: Path, name: str, shape: tuple[int, ...], answers: Mapping[str, NDArray[np.float32]]
) -> None:
    """A network with one input (float32, `shape`) that gives `answers` whatever it sees."""
    nodes = b"".join(
        _field(1, _text(1, f"{key}_kept") + _text(2, key) + _text(4, "Identity")) for key in answers
    )  # graph.node: input, output, op_type
    kept = b"".join(_field(5, _tensor(f"{key}_kept", value)) for key, value in answers.items())
    outputs = b"".join(_field(12, _value(key, value.shape)) for key, value in answers.items())
    graph = nodes + _text(2, "constant") + kept + _field(11, _value(name, shape)) + outputs
    model = _number(1, 8) + _field(7, graph) + _field(8, _text(1, "") + _number(2, 13))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model)


def _tensor(name: str, value: NDArray[np.float32]) -> bytes:
    dims = b"".join(_number(1, size) for size in value.shape)
    return dims + _number(2, FLOAT) + _text(8, name) + _field(9, np.ascontiguousarray(value, "<f4").tobytes())


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_field(1, _number(1, size)) for size in shape)
    return _text(1, name) + _field(2, _field(1, _number(1, FLOAT) + _field(2, dims)))


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out: list[int] = []
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def dwpose_files(folder: Path, points: Any) -> None:
    """DWPose's two networks: a detector that sees one person all over the picture, and a pose network that finds
    `points` (133, 2), shares of its view."""
    detector = np.zeros((1, 8400, 85), np.float32)
    # The last cell of the coarsest grid: a box over all 640 px around its centre.
    detector[0, -1, :6] = (-9.0, -9.0, np.log(20), np.log(20), 1, 1)
    write_constant_network(folder / "yolox_l.onnx", "images", (1, 3, 640, 640), {"output": detector})
    across, down = np.zeros((1, 133, 576), np.float32), np.zeros((1, 133, 768), np.float32)
    rows = np.arange(133)
    places = np.asarray(points)
    across[0, rows, np.rint(places[:, 0] * 575).astype(int)] = 0.9
    down[0, rows, np.rint(places[:, 1] * 767).astype(int)] = 0.8
    write_constant_network(
        folder / "dw-ll_ucoco_384.onnx", "input", (1, 3, 384, 288), {"simcc_x": across, "simcc_y": down}
    )
