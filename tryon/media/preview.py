"""Small pictures for the page while a run goes on."""

from __future__ import annotations

import base64
import io

import cv2
import numpy as np
from numpy.typing import NDArray

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


def loop_bytes(strip: NDArray[np.uint8], fps: float = 8.0, quality: int = 60) -> bytes:
    """A strip (f, h, w, 3) as a WebP that plays for ever."""
    from PIL import Image

    frames = [Image.fromarray(frame) for frame in strip]
    out = io.BytesIO()
    words = {"save_all": True, "append_images": frames[1:], "duration": round(1000 / fps), "loop": 0}
    frames[0].save(out, "WEBP", quality=quality, method=0, **words)
    return out.getvalue()


def data_url(picture: bytes) -> str:
    """The address that shows the bytes of a JPEG or WebP without a request: data:image/jpeg;base64,..."""
    kind = "webp" if picture[:4] == b"RIFF" else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode("ascii")
