"""What a picture file says about itself in its first bytes, read without any decoder.

A decoder that only *opens* a file may already allocate its canvas (WebP) or expand its text (PNG). So kind and
size are taken from the header here, by content and never by name, and the entry limits are judged on them.
Layouts: PNG (ISO/IEC 15948), JPEG (ITU T.81 annex B), WebP container (RFC 9649), HEIF (ISO/IEC 23008-12).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tryon.errors import PhotoRejected

PictureKind: TypeAlias = Literal["JPEG", "PNG", "WEBP", "HEIF"]

# Coded by HEVC, or the neutral brands that phones write; AVIF's own brands are left out on purpose.
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_MOST_SEGMENTS = 4096  # a camera writes tens; a loop over millions of empty ones would be a hang
_MOST_SCANS = 100  # a progressive JPEG has about ten; each one more is another pass over the picture


@dataclass(frozen=True, slots=True)
class Header:
    """Kind and coded size (before any turning by EXIF). `moves`: the file holds more than one frame."""

    kind: PictureKind
    width: int  # px
    height: int  # px
    moves: bool = False


def read_header(data: bytes) -> Header:
    """The header of a JPEG, PNG, WebP or HEIC file. PhotoRejected for anything else and for broken headers."""
    try:
        header = _read(data)
    except (struct.error, IndexError):
        raise PhotoRejected from None
    if header.width < 1 or header.height < 1:
        raise PhotoRejected
    return header


def _read(data: bytes) -> Header:
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[4:8] == b"ftyp":
        return _heif(data)
    raise PhotoRejected


def _jpeg(data: bytes) -> Header:
    if data.count(b"\xff\xda") > _MOST_SCANS:
        raise PhotoRejected
    at = 2
    for _ in range(_MOST_SEGMENTS):
        at = data.find(b"\xff", at, at + 65536)
        if at < 0:
            break
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame header: its size
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Header("JPEG", width, height)
        elif marker in (0xD9, 0xDA):  # pixels, or the end, before any size
            break
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # markers without a body
            at += 2
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    raise PhotoRejected


def _png(data: bytes) -> Header:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    if name != b"IHDR" or length != 13:
        raise PhotoRejected
    pixels_at = data.find(b"IDAT")
    return Header("PNG", width, height, data.find(b"acTL", 33, pixels_at if pixels_at > 0 else len(data)) > 0)


def _webp(data: bytes) -> Header:
    chunk = data[12:16]
    if chunk == b"VP8X":
        flags = data[20]
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        return Header("WEBP", width, height, bool(flags & 2))
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return Header("WEBP", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
    raise PhotoRejected


def _heif(data: bytes) -> Header:
    end = min(int(struct.unpack_from(">I", data, 0)[0]), 512)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if not brands & _HEIC_BRANDS or data[8:12] in _AVIF_BRANDS:
        raise PhotoRejected
    if brands & _AVIF_BRANDS and not brands & (_HEIC_BRANDS - {b"mif1", b"msf1"}):
        raise PhotoRejected
    width, height = _largest_extent(data)
    return Header("HEIF", width, height)


def _largest_extent(data: bytes) -> tuple[int, int]:
    """The largest of the sizes (`ispe` properties) in the `meta` box: the picture, its tiles, its thumbnail."""
    at = 0
    for _ in range(64):
        size, name = struct.unpack_from(">I4s", data, at)
        if name == b"meta" and size >= 8:
            break
        if size < 8:
            raise PhotoRejected
        at += size
    meta = data[at : at + size]
    extents: list[tuple[int, int]] = []
    found = meta.find(b"ispe")
    while found >= 0:
        extents.append(struct.unpack_from(">II", meta, found + 8))
        found = meta.find(b"ispe", found + 4)
    if not extents:
        raise PhotoRejected
    return max(extents, key=lambda extent: extent[0] * extent[1])
