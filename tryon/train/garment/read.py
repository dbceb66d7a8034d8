"""What a trained landmark network says about a photo."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tryon.parsing.network import View, cut, flip_table
from tryon.train.garment.net import GarmentNet
from tryon.train.garment.shapes import BOTTOM_MARKS, MARKS, TOP_MARKS
from tryon.train.garment.train import NET
from tryon.types import Category

Array = NDArray[Any]
MARGIN = 1.18  # of the cut-out's box: how much the drawn pictures leave around a garment


@lru_cache(maxsize=1)
def _loaded(weights: Path) -> GarmentNet:
    net = GarmentNet(NET)
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return net.eval()


def landmarks(weights: Path, pixels: Array, cutout: Array, category: Category) -> dict[str, tuple[float, float]]:
    """Landmarks in pixels of the photo (h,w,3) uint8 RGB, looked for around the cut-out (h,w) uint8; names as of
    `category`. The picture and its mirror image are averaged.
    """
    x, y, width, height = cv2.boundingRect((cutout > 127).astype(np.uint8))
    view = View(x=x, y=y, width=width, height=height).with_aspect(NET.width / NET.height).scaled(MARGIN)
    picture = cut(pixels, view, NET.width, NET.height)
    pair = np.stack([picture, picture[:, ::-1]]).transpose(0, 3, 1, 2).astype(np.float32)
    with torch.inference_mode():
        heat = _loaded(weights)(torch.from_numpy(pair))[:, : len(MARKS)].numpy()
    mean = (heat[0] + heat[1][flip_table(MARKS)][:, :, ::-1]) / 2
    names = BOTTOM_MARKS if category == "bottom" else TOP_MARKS
    found = {}
    for name in names:
        column, row = _peak(mean[MARKS.index(name)])
        u, v = (column * 4 + 2) / NET.width, (row * 4 + 2) / NET.height
        found[name] = (view.x + u * view.width - 0.5, view.y + v * view.height - 0.5)
    return found


def _peak(plane: Array) -> tuple[float, float]:
    """(x, y) of the highest cell, moved to the middle of what lies around it."""
    row, column = divmod(int(plane.argmax()), plane.shape[1])
    top, left = max(0, row - 2), max(0, column - 2)
    around = np.clip(plane[top : row + 3, left : column + 3], 0, None) ** 2
    ys, xs = np.mgrid[0 : around.shape[0], 0 : around.shape[1]]
    total = max(float(around.sum()), 1e-9)
    return left + float((around * xs).sum()) / total, top + float((around * ys).sum()) / total
