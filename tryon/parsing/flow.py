"""Where things go from one frame of a clip to another: dense inverse search flow, and planes carried along it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Floats, Pixels

SIDE = 448  # px, longest side of the copies that are compared: finer ones cost four times as much and show no more
PLAIN = 4.0  # levels: standard deviation around a place at which half of its flow is believed
UNSURE = 1.0  # px by which the way to the other frame and back may miss where it began


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


def sure_flow(here: Pixels, there: Pixels) -> Floats:
    """As flow_to, but where the way there and back does not close, as on smooth skin or one-coloured cloth, what is
    around it that does close is believed instead."""
    flow, back = flow_to(here, there), flow_to(there, here)
    open_by = np.square(flow + carried(back, flow)).sum(axis=2)
    trust = np.exp(-open_by / UNSURE**2) * _detail(here) + 1e-5
    height, width = trust.shape
    scale = min(1.0, SIDE / 4 / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    weighed = cv2.resize(np.dstack([flow * trust[..., None], trust]), size, interpolation=cv2.INTER_AREA)
    around = cv2.resize(cv2.GaussianBlur(weighed, (0, 0), 5.0), (width, height), interpolation=cv2.INTER_LINEAR)
    result: Floats = flow + (1 - trust)[..., None] * (around[..., :2] / around[..., 2:] - flow)
    return result.astype(np.float32)


def _detail(frame: Pixels) -> Floats:
    """(h, w) 0..1: how much there is to see at a place; on a smooth surface any flow fits."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = max(3, round(max(frame.shape[:2]) / 48)) | 1
    mean = cv2.blur(grey, (size, size))
    spread = np.maximum(cv2.blur(grey * grey, (size, size)) - mean * mean, 0)
    result: Floats = spread / (spread + PLAIN**2)
    return result


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
