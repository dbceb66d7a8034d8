"""The boxes of an mp4 (ISO/IEC 14496-12), as far as proving and marking a film needs them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_XMP_ID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")  # the uuid box that XMP has in mp4, XMP part 3
_TO_TABLE = (b"trak", b"mdia", b"minf", b"stbl")


@dataclass(frozen=True, slots=True)
class Film:
    """What the file's own tables say."""

    width: int  # px, coded picture
    height: int  # px
    frames: int
    playable_early: bool  # moov before mdat: a browser can start before it has all
    complete: bool  # every frame's bytes are in the file


def read_film(path: Path) -> Film:
    """The first track of an mp4. ValueError when the file is none, or is cut off."""
    with path.open("rb") as file:
        boxes = list(_top(file))
        names = [name for name, _, _ in boxes]
        if b"moov" not in names or b"mdat" not in names:
            raise ValueError("no film")
        _, start, end = boxes[names.index(b"moov")]
        file.seek(start)
        table = file.read(end - start)
    for name in _TO_TABLE:
        table = _child(table, name)
    sizes, entry = _child(table, b"stsz"), _child(table, b"stsd")
    try:
        same, frames = struct.unpack_from(">II", sizes, 4)
        each = (same,) * frames if same else struct.unpack_from(f">{frames}I", sizes, 12)
        width, height = struct.unpack_from(">HH", entry, 8 + 8 + 24)
    except struct.error:
        raise ValueError("short table") from None
    media = sum(end - start for name, start, end in boxes if name == b"mdat")
    return Film(width, height, frames, names.index(b"moov") < names.index(b"mdat"), 0 < sum(each) <= media)


def append_xmp(path: Path, packet: bytes) -> None:
    """Adds the packet as the last box; nothing before it moves, so the film stays as it is."""
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(_XMP_ID) + len(packet), b"uuid") + _XMP_ID + packet)


def _top(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the body of each box at the top level."""
    total = file.seek(0, 2)
    at = 0
    while at < total:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            raise ValueError("cut off")
        size, name, skip = *struct.unpack_from(">I4s", head), 8
        if size == 1 and len(head) == 16:
            size, skip = struct.unpack_from(">Q", head, 8)[0], 16
        if size < skip or at + size > total:
            raise ValueError("cut off")
        yield name, at + skip, at + size
        at += size


def _child(body: bytes, wanted: bytes) -> bytes:
    """The body of the first box of that name."""
    at = 0
    while at + 8 <= len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        if size < 8:
            break
        if name == wanted:
            return body[at + 8 : at + size]
        at += size
    raise ValueError(f"no {wanted!r}")
