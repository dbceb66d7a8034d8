"""Small pictures for the page while a run goes on."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from tryon.types import Pixels


def jpeg_bytes(pixels: Pixels, width: int = 456, quality: int = 70) -> bytes:
    """A JPEG of (h, w, 3) uint8, reduced to at most `width` px; never enlarged. `quality` 1..100."""
    height, full = pixels.shape[:2]
    if full > width:
        # AREA averages every pixel it leaves out: no shimmer from one frame of a stream to the next.
        size = (width, max(1, round(height * width / full)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def data_url(jpeg: bytes) -> str:
    """The address that shows JPEG bytes without a request: data:image/jpeg;base64,..."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
