"""Pictures, files and facts that the media tests are made of; all of it generated."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tryon.events import Facts
from tryon.types import Pixels

CORNERS = {"red": (220, 30, 40), "green": (30, 180, 60), "blue": (40, 50, 200), "yellow": (240, 220, 40)}

FACTS = Facts(
    transfer="warp",
    video="motion",
    prompt="turns slowly to the left",
    wear=("open", "rolled"),
    category="top",
    seed=7,
    width=96,
    height=128,
    frames=6,
    fps=24,
    quality="standard",
    steps=(1, 1),
    seconds=1.25,
)


def quarters(width: int = 320, height: int = 400) -> Pixels:
    """Red, green / blue, yellow: no two turns of it are alike."""
    out = np.empty((height, width, 3), np.uint8)
    y, x = height // 2, width // 2
    out[:y, :x], out[:y, x:] = CORNERS["red"], CORNERS["green"]
    out[y:, :x], out[y:, x:] = CORNERS["blue"], CORNERS["yellow"]
    return out


def encoded(pixels: Pixels, kind: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def heic(pixels: Pixels, **options: object) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(buffer, quality=90, **options)
    return buffer.getvalue()


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(data: bytes, name: bytes, body: bytes) -> bytes:
    """The PNG with one more chunk after its header."""
    return data[:33] + png_chunk(name, body) + data[33:]


def png_header(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG of that size in its header, whatever its pixels are."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")


def icc_profile(space: bytes, **curves: tuple[tuple[float, float, float] | None, float]) -> bytes:
    """A minimal ICC v2 profile: per channel its XYZ column (None for grey) and the gamma of its curve."""
    tags = [(b"wtpt", b"XYZ \0\0\0\0" + _xyz((0.9642, 1.0, 0.8249)))]
    text = b"made by a test\0"
    tags += [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)),
        (b"cprt", b"text\0\0\0\0cc0\0"),
    ]
    for channel, (column, gamma) in curves.items():
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
        tags.append((f"{channel}TRC".encode(), curve))
        if column is not None:
            tags.append((f"{channel}XYZ".encode(), b"XYZ \0\0\0\0" + _xyz(column)))
    table, bodies, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, body in tags:
        table += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(bodies), b"test", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _xyz((0.9642, 1.0, 0.8249))
    return head + bytes(128 - len(head)) + table + bodies


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def film(frames: int = 6, width: int = 96, height: int = 128) -> list[Pixels]:
    """A bar that moves over the quarters: every frame differs."""
    out = []
    for index in range(frames):
        frame = quarters(width, height)
        frame[:, index * width // frames : index * width // frames + max(1, width // 12)] = 255
        out.append(frame)
    return out


def script(path: Path, body: str) -> str:
    """An executable that stands in for ffmpeg."""
    path.write_text("#!/bin/sh\n" + body + "\n")
    path.chmod(0o755)
    return str(path)


def corner(pixels: np.ndarray, name: str) -> np.ndarray:
    """The middle of one quarter."""
    height, width = pixels.shape[:2]
    y, x = {"red": (1, 1), "green": (1, 3), "blue": (3, 1), "yellow": (3, 3)}[name]
    return pixels[y * height // 4, x * width // 4].astype(int)


def assert_quarters(pixels: np.ndarray, tolerance: int) -> None:
    for name, colour in CORNERS.items():
        assert np.abs(corner(pixels, name) - colour).max() <= tolerance, (name, corner(pixels, name))
