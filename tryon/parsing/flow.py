"""Where things go from one frame of a clip to another: dense inverse search flow, and planes carried along it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Floats, Pixels

SIDE = 448  # px, longest side of the copies that are compared: finer ones cost four times as much and show no more


def flow_to(here: Pixels, there: Pixels) -> Floats:
    """(h, w, 2) float32 x and y offsets in px: what lies at a pixel of `here` lies at pixel + offset in `there`.

    Kroeger et al., "Fast optical flow using dense inverse search" (2016), as OpenCV has it.
    """
    height, width = here.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    grey = [
        cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        for frame in (here, there)
    ]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(grey[0], grey[1], np.zeros((size[1], size[0], 2), np.float32))
    flow *= np.array([width / size[0], height / size[1]], np.float32)
    large: Floats = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    return large


def carried(plane: NDArray[Any], flow: Floats, *, nearest: bool = False) -> NDArray[Any]:
    """A (h, w[, c]) plane of the frame that `flow` leads to, as it lies in the frame that it comes from.

    `nearest` for maps of names, whose values must not be mixed; otherwise bilinear. The border is drawn out.
    """
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    result: NDArray[Any] = cv2.remap(plane, x, y, how, borderMode=cv2.BORDER_REPLICATE)
    return result
