"""The one door out for pictures: pixels -> PNG, JPEG or WebP, whole, marked, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from tryon.errors import EncodeFailed
from tryon.events import Facts
from tryon.media.files import whole_file
from tryon.media.provenance import as_xmp
from tryon.types import Pixels

_JPEG_QUALITY = 92
_WEBP_QUALITY = 90


def write_image(path: Path, pixels: Pixels, facts: Facts) -> None:
    """Writes (h, w, 3) uint8 RGB as `path`'s suffix says: .png (lossless), .jpg, .jpeg or .webp.

    The XMP packet of media.provenance is the only metadata. Raises EncodeFailed for another suffix or another
    shape and DiskFull; a file that could not be finished does not appear.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise EncodeFailed
    kind, options = _options(path.suffix.lower(), as_xmp(facts, film=False))
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    with whole_file(path) as part:
        picture.save(part, kind, **options)


def _options(suffix: str, xmp: bytes) -> tuple[str, dict[str, Any]]:
    if suffix == ".png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        # Level 1: a third larger than level 6 at most, in a fraction of the time.
        return "PNG", {"pnginfo": text, "compress_level": 1}
    if suffix in (".jpg", ".jpeg"):
        return "JPEG", {"xmp": xmp, "quality": _JPEG_QUALITY, "subsampling": 0}
    if suffix == ".webp":
        return "WEBP", {"xmp": xmp, "quality": _WEBP_QUALITY, "method": 2}
    raise EncodeFailed
