"""A finished film as a small endless loop for chats and documents: animated WebP or GIF, made when asked for."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tryon.errors import EncodeFailed, PhotoRejected
from tryon.events import Facts
from tryon.media.ffmpeg import THREADS, run_ffmpeg
from tryon.media.files import whole_file
from tryon.media.headers import read_header
from tryon.media.provenance import as_xmp

_MOST_FPS = 12.5  # a GIF counts in hundredths of a second, and 8 of them is its smoothest even pace here
_SECONDS = 120.0
_KINDS = {".webp": "WEBP", ".gif": "GIF"}
_OPTIONS = {
    ".webp": ("-c:v", "libwebp_anim", "-quality", "72", "-compression_level", "2", "-f", "webp"),
    ".gif": ("-c:v", "gif", "-f", "gif"),
}
# One palette for the whole film, ordered dither: still parts stay still from frame to frame, and compress.
_PALETTE = ",split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"


def write_loop(path: Path, mp4_path: Path, facts: Facts, width: int = 360) -> None:
    """Writes the film at `mp4_path` as `path`'s suffix says: .webp or .gif, at most `width` px wide, endless.

    At most 12.5 frames a second. Raises EncodeFailed for another suffix, a film that cannot be read and a loop
    that does not prove itself, and DiskFull; a loop that could not be finished does not appear.
    """
    suffix = path.suffix.lower()
    if suffix not in _KINDS or width < 2:
        raise EncodeFailed
    pace = min(_MOST_FPS, facts.fps)
    shape = f"fps={pace:g},scale='min({width},iw)':-2:flags=area" + (_PALETTE if suffix == ".gif" else "")
    with whole_file(path) as part:
        run_ffmpeg(
            (
                *("-y", "-protocol_whitelist", "file", "-f", "mov", "-threads", str(THREADS), "-i", str(mp4_path)),
                *("-an", "-map_metadata", "-1", "-fflags", "+bitexact", "-filter_complex", shape),
                *(*_OPTIONS[suffix], "-loop", "0", str(part)),
            ),
            _SECONDS,
        )
        data = part.read_bytes()
        mark = _with_gif_xmp if suffix == ".gif" else _with_webp_xmp
        try:
            part.write_bytes(mark(data, as_xmp(facts, film=True)))
        except PhotoRejected:  # no picture came out
            raise EncodeFailed from None
        _prove(part, _KINDS[suffix])


def _with_gif_xmp(data: bytes, packet: bytes) -> bytes:
    """The packet as application extension before the trailer (XMP part 3, 1.1.2).

    A GIF reader takes any text for a chain of blocks; the "magic trailer" of falling numbers leads it to the end
    wherever in the text it lands.
    """
    if data[:6] != b"GIF89a" or data[-1:] != b"\x3b":
        raise EncodeFailed
    magic = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return data[:-1] + b"\x21\xff\x0bXMP DataXMP" + packet + magic + b"\x3b"


def _with_webp_xmp(data: bytes, packet: bytes) -> bytes:
    """The packet as last chunk, announced in the VP8X flags (RFC 9649). A film that never moves has no VP8X yet."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise EncodeFailed
    chunks = bytearray(data[12:])
    if chunks[:4] != b"VP8X":
        header = read_header(data)
        sides = b"".join((side - 1).to_bytes(3, "little") for side in (header.width, header.height))
        chunks[:0] = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + sides
    chunks[8] |= 0x04
    chunks += b"XMP " + len(packet).to_bytes(4, "little") + packet + b"\x00" * (len(packet) % 2)
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + bytes(chunks)


def _prove(part: Path, kind: str) -> None:
    try:
        with Image.open(part, formats=(kind,)) as picture:
            picture.seek(picture.n_frames - 1)  # type: ignore[attr-defined]
            picture.load()
    except (OSError, EOFError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise EncodeFailed from None
