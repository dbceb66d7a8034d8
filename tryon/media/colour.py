"""Any Pillow picture -> upright 8-bit sRGB on white, within a size. No metadata survives: the end is an array."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

_MOST_PROFILE = 4 << 20  # bytes; camera and print profiles are under 3 MB
_MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in mode RGB, L or CMYK, 8 bits, transparency laid on white, 16 bits scaled (not clipped)."""
    if picture.mode.startswith("I"):
        picture = _eight_bits(picture)
    if picture.mode in ("RGB", "L", "CMYK") and "transparency" not in picture.info:
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    if "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, over).convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16-bit grey (modes I;16*, I) to L. The colour that the file calls transparent becomes white."""
    values = np.asarray(picture).astype(np.int64).clip(0, 65535)
    grey = ((values * 255 + 32767) // 65535).astype(np.uint8)
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        grey[values == clear] = 255
    return Image.fromarray(grey)


def within(picture: Image.Image, longest: int) -> Image.Image:
    """Reduced so that no side is over `longest` px; never enlarged."""
    ratio = longest / max(picture.size)
    if ratio >= 1:
        return picture
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Mode RGB in sRGB, through the file's own ICC profile where it has a usable one."""
    if not profile or len(profile) > _MOST_PROFILE:
        return picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODE_OF_SPACE.get(source.profile.xcolor_space.strip())
        if mode is None or (mode == "CMYK") != (picture.mode == "CMYK"):
            return picture.convert("RGB")
        if mode == "RGB" and "sRGB" in (source.profile.profile_description or ""):
            return picture.convert("RGB")
        turned = ImageCms.profileToProfile(
            picture.convert(mode), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # A broken profile is no reason to refuse somebody's photo.
        return picture.convert("RGB")
    return turned if turned is not None else picture.convert("RGB")


def upright(picture: Image.Image, orientation: object) -> Image.Image:
    """Turned as EXIF tag 274 says (1..8); any other value leaves the picture as it is."""
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)
