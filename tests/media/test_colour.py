"""Row 10: every colour mode and profile ends as RGB on white."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.media.makers import CORNERS, assert_quarters, corner, encoded, icc_profile, png_with, quarters
from tryon.errors import PhotoRejected
from tryon.media.photo import read_photo
from tryon.settings import Settings

SETTINGS = Settings()


def sixteen(pixels: np.ndarray) -> bytes:
    """A 16-bit PNG of 8-bit values: 257 times each."""
    return cv2.imencode(".png", pixels.astype(np.uint16) * 257)[1].tobytes()


def cut_out(mode: str, kind: str = "PNG") -> bytes:
    """The quarters, fully clear (over black) in the red one."""
    pixels = np.dstack((quarters(), np.full((400, 320), 255, np.uint8)))
    pixels[:200, :160] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return buffer.getvalue()


def palette(clear: int | None = None) -> bytes:
    picture = Image.fromarray(quarters()).quantize(4)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **({} if clear is None else {"transparency": picture.getpixel((1, 1))}))
    return buffer.getvalue()


GREY = np.repeat(np.repeat(np.array([[0, 90], [180, 255]], np.uint8), 200, 0), 160, 1)


def grey_with_clear_level() -> bytes:
    """16-bit grey whose level 90 * 257 is declared transparent (tRNS)."""
    return png_with(sixteen(GREY), b"tRNS", struct.pack(">H", 90 * 257))


WHITE = (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "red", "green", "blue", "yellow", "tolerance"),
    [
        (encoded(quarters(), "JPEG", "CMYK", quality=95), *CORNERS.values(), 8),
        (sixteen(quarters()[:, :, ::-1]), *CORNERS.values(), 1),
        (sixteen(GREY), (0,) * 3, (90,) * 3, (180,) * 3, WHITE, 0),
        (grey_with_clear_level(), (0,) * 3, WHITE, (180,) * 3, WHITE, 0),
        (palette(), *CORNERS.values(), 2),
        (palette(clear=0), WHITE, *list(CORNERS.values())[1:], 2),
        (cut_out("RGBA"), WHITE, *list(CORNERS.values())[1:], 0),
        (cut_out("RGBA", "WEBP"), WHITE, *list(CORNERS.values())[1:], 1),
        (cut_out("LA"), WHITE, (122,) * 3, (64,) * 3, (205,) * 3, 2),
        (encoded(GREY, "PNG", "L"), (0,) * 3, (90,) * 3, (180,) * 3, WHITE, 0),
        (encoded(GREY, "JPEG", "L"), (0,) * 3, (90,) * 3, (180,) * 3, WHITE, 3),
        (encoded(np.where(GREY > 100, 255, 0).astype(np.uint8), "PNG", "1"), (0,) * 3, (0,) * 3, WHITE, WHITE, 0),
    ],
    ids=[
        "cmyk",
        "rgb16",
        "grey16",
        "grey16-trns",
        "palette",
        "palette-trns",
        "rgba",
        "webp-rgba",
        "la",
        "l",
        "jpeg-l",
        "1bit",
    ],
)
def test_every_colour_mode_comes_out_as_rgb_on_white(
    data: bytes, red: tuple, green: tuple, blue: tuple, yellow: tuple, tolerance: int
) -> None:
    pixels = read_photo(data, SETTINGS).pixels
    assert pixels.shape == (400, 320, 3)
    for name, colour in (("red", red), ("green", green), ("blue", blue), ("yellow", yellow)):
        assert np.abs(corner(pixels, name) - colour).max() <= tolerance, (name, corner(pixels, name))


def test_half_clear_pixels_are_mixed_with_white() -> None:
    pixels = np.dstack((quarters(), np.full((400, 320), 128, np.uint8)))
    mixed = read_photo(encoded(pixels, "PNG", "RGBA"), SETTINGS).pixels
    for name, colour in CORNERS.items():
        assert np.abs(corner(mixed, name) - (np.array(colour) + 255) / 2).max() <= 2


SRGB = {"r": (0.4361, 0.2225, 0.0139), "g": (0.3851, 0.7169, 0.0971), "b": (0.1431, 0.0606, 0.7141)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_icc_profile_is_turned_into_srgb(kind: str) -> None:
    # A profile with red and blue exchanged: what is stored as red was blue.
    swapped = icc_profile(b"RGB ", r=(SRGB["b"], 2.2), g=(SRGB["g"], 2.2), b=(SRGB["r"], 2.2))
    pixels = read_photo(encoded(quarters(), kind, icc_profile=swapped, quality=95), SETTINGS).pixels
    for name, colour in CORNERS.items():
        assert np.abs(corner(pixels, name) - colour[::-1]).max() <= 14, name


def test_a_grey_icc_profile_is_turned_into_srgb() -> None:
    linear = icc_profile(b"GRAY", k=(None, 1.0))
    pixels = read_photo(encoded(GREY, "PNG", "L", icc_profile=linear), SETTINGS).pixels
    assert np.abs(corner(pixels, "green") - 160).max() <= 3  # 90/255 of the light is 160 in sRGB


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200, icc_profile(b"CMYK"), icc_profile(b"RGB ")[:150]])
def test_a_broken_profile_does_not_cost_the_photo(profile: bytes) -> None:
    assert_quarters(read_photo(encoded(quarters(), "PNG", icc_profile=profile), SETTINGS).pixels, 0)


def test_a_profile_that_expands_without_end_is_not_expanded() -> None:
    data = png_with(encoded(quarters()), b"iCCP", b"p\0\0" + zlib.compress(bytes(60 << 20), 9))
    try:
        read_photo(data, SETTINGS)
    except PhotoRejected:
        return
