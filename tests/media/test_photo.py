"""The door in for pictures: rows 2-6, 8, 10, 11 and 13 of the reliability table."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from PIL import Image

from tests.media.makers import assert_quarters, encoded, heic, png_chunk, png_header, png_with, quarters
from tryon.errors import PhotoBlank, PhotoRejected, PhotoTooHeavy, PhotoTooLarge, PhotoTooLong, PhotoTooSmall
from tryon.media import photo as door
from tryon.media.headers import read_header
from tryon.media.photo import describe, read_photo
from tryon.settings import Settings
from tryon.types import Photo

SETTINGS = Settings()
SMALL = Settings(min_side_px=8)


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        (encoded(quarters(), "JPEG", quality=95), 4),
        (encoded(quarters(), "JPEG", quality=95, progressive=True), 4),
        (encoded(quarters(), "PNG"), 0),
        (encoded(quarters(), "WEBP", quality=95), 6),
        (encoded(quarters(), "WEBP", lossless=True), 0),
        (heic(quarters()), 8),
    ],
    ids=["jpeg", "progressive", "png", "webp", "webp-lossless", "heic"],
)
def test_every_kind_is_read_as_it_is(data: bytes, tolerance: int) -> None:
    photo = read_photo(data, SETTINGS)
    assert (photo.width, photo.height) == (320, 400)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous
    assert_quarters(photo.pixels, tolerance)


def webp_header(width: int, height: int) -> bytes:
    body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + body


def heif_header(width: int, height: int) -> bytes:
    ispe = struct.pack(">I4sIII", 20, b"ispe", 0, width, height)
    meta = struct.pack(">I4sI", 12 + len(ispe), b"meta", 0) + ispe
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"heic", 0, b"mif1") + meta


@pytest.mark.parametrize(
    ("data", "expected", "values"),
    [
        (bytes(21 << 20), PhotoTooHeavy, {"megabytes": 21.0, "limit": 20}),
        (png_header(13_000, 13_000), PhotoTooLarge, {"limit": 40}),
        (png_header(2**31 - 1, 2**31 - 1), PhotoTooLarge, {"limit": 40}),
        (png_header(2**32 - 1, 1), PhotoTooLarge, {"limit": 40}),
        (webp_header(16_383, 16_383), PhotoTooLarge, {"limit": 40}),
        (heif_header(30_000, 30_000), PhotoTooLarge, {"limit": 40}),
        (png_header(1, 100_000), PhotoTooLong, {"width": 1, "height": 100_000}),
        (png_header(300, 2401), PhotoTooLong, {"width": 300, "height": 2401}),
        (png_header(255, 300), PhotoTooSmall, {"width": 255, "height": 300, "limit": 256}),
        (png_header(0, 300), PhotoRejected, {}),
        (png_header(7000, 5800), PhotoTooLarge, {"limit": 40}),  # 40.6 megapixels
    ],
)
def test_limits_are_judged_before_decoding(
    data: bytes, expected: type[PhotoRejected], values: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_pillow", None)
    monkeypatch.setattr(door, "_heif", None)
    with pytest.raises(PhotoRejected) as caught:
        read_photo(data, SETTINGS, "garment")
    assert (type(caught.value), caught.value.values, caught.value.where) == (expected, values, "garment")


@pytest.mark.parametrize(("width", "height"), [(256, 256), (300, 2400)])
def test_the_limits_themselves_are_allowed(width: int, height: int) -> None:
    assert read_photo(encoded(quarters(width, height)), SETTINGS).width == width


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "GIF", "ICO", "PPM", "TGA", "PDF", "EPS"])
def test_other_formats_reach_no_decoder(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(quarters(), kind)
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(PhotoRejected) as caught:
        read_photo(data, SETTINGS)
    assert type(caught.value) is PhotoRejected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script>",
        b"8BPS" + bytes(60),
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif",
        b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif",
        b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp41",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        heif_header(512, 512),  # a HEIC that is only its header
        b"\xff\xd8" + b"\xff\x01" * 100_000,
        b"\xff\xd8" + b"\xff\xda" * 200 + encoded(quarters(), "JPEG"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(PhotoRejected, match="could not open"):
        read_photo(data, SETTINGS)


def test_a_second_size_in_one_file_is_refused() -> None:
    jpeg = encoded(quarters(), "JPEG")
    lie = b"\xff\xc0\x00\x11\x08\x01\x90\x01\x40\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
    two = jpeg[:2] + lie.replace(b"\x01\x90\x01\x40", b"\x01\x91\x01\x41") + jpeg[2:]
    assert read_header(two).width == 321
    with pytest.raises(PhotoRejected):
        read_photo(two, SETTINGS)


def moving(kind: str, frames: int) -> bytes:
    first = Image.fromarray(quarters(256, 256))
    rest = [Image.fromarray(np.full((256, 256, 3), 10 * index % 255, np.uint8)) for index in range(1, frames)]
    buffer = io.BytesIO()
    first.save(
        buffer, kind, save_all=True, append_images=rest, duration=40, **({"lossless": True} if kind == "WEBP" else {})
    )
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_of_a_file_that_moves_only_the_first_frame_is_taken(kind: str) -> None:
    data = moving(kind, 40)
    photo = read_photo(data, SETTINGS)
    assert_quarters(photo.pixels, 0)
    assert "photo_first_frame" in [note.code for note in describe(photo, SETTINGS, data=data)]


def ztxt(megabytes: int) -> bytes:
    return b"Comment\0\0" + zlib.compress(bytes(megabytes << 20), 9)


@pytest.mark.parametrize(
    "data",
    [
        png_with(encoded(quarters()), b"zTXt", ztxt(50)),
        png_with(encoded(quarters()), b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(50 << 20), 9)),
        png_with(encoded(quarters()), b"tEXt", b"Comment\0" + b"a" * 100) + b"trailing",
    ],
    ids=["zTXt", "iTXt", "harmless"],
)
def test_text_that_expands_without_end_is_refused(data: bytes) -> None:
    if b"trailing" in data:
        assert read_photo(data, SETTINGS).width == 320
        return
    with pytest.raises(PhotoRejected):
        read_photo(data, SETTINGS)


SEEDS = {
    "jpeg": encoded(quarters(48, 64), "JPEG"),
    "progressive": encoded(quarters(48, 64), "JPEG", progressive=True, quality=90),
    "png": encoded(quarters(48, 64), "PNG"),
    "webp": encoded(quarters(48, 64), "WEBP"),
    "webp-lossless": encoded(quarters(48, 64), "WEBP", lossless=True),
    "heic": heic(quarters(64, 64)),
}


def mutant(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    match rng.integers(4):
        case 0:  # cut off
            return bytes(out[: rng.integers(1, len(out))])
        case 1:  # some bytes changed
            for at in rng.integers(0, len(out), rng.integers(1, 9)):
                out[at] = rng.integers(256)
        case 2:  # a piece left out
            start = int(rng.integers(len(out)))
            del out[start : start + int(rng.integers(1, 40))]
        case _:  # a piece repeated
            start = int(rng.integers(len(out)))
            out[start:start] = out[start : start + 40]
    return bytes(out)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", SEEDS)
def test_mutants_are_refused_or_read_and_nothing_else(kind: str) -> None:
    rng = np.random.default_rng(2026)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(40 if kind == "heic" else 100):
        try:
            photo = read_photo(mutant(SEEDS[kind], rng), SMALL)
        except PhotoRejected:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            assert photo.pixels.shape[2] == 3
    assert outcomes["refused"] > 0, outcomes


@how(max_examples=60, deadline=None)
@given(
    start=st.sampled_from([data[:keep] for data in SEEDS.values() for keep in (4, 16, 60)]),
    rest=st.binary(max_size=300),
)
def test_any_bytes_end_in_a_refusal(start: bytes, rest: bytes) -> None:
    try:
        read_photo(start + rest, SMALL)
    except PhotoRejected:
        return


TURNED = {  # what must be stored so that the EXIF value makes it the quarters again
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", TURNED)
def test_every_exif_orientation_ends_upright(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(TURNED[orientation](quarters()))
    photo = read_photo(encoded(stored, kind, exif=exif.tobytes(), quality=95), SETTINGS)
    assert photo.pixels.shape == (400, 320, 3)
    assert_quarters(photo.pixels, 6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 60, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_damaged_exif_block_does_not_cost_the_photo(exif: bytes) -> None:
    assert_quarters(read_photo(encoded(quarters(), "JPEG", exif=exif, quality=95), SETTINGS).pixels, 4)


def test_heic_is_turned_by_its_own_boxes_and_not_again_by_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = heic(np.ascontiguousarray(np.rot90(quarters(), 1)), exif=exif.tobytes())
    assert b"irot" in data
    assert_quarters(read_photo(data, SETTINGS).pixels, 10)


def test_heic_support_is_not_registered_for_other_openers() -> None:
    read_photo(SEEDS["heic"], SMALL)
    assert "HEIF" not in Image.OPEN


# ------------------------------------------------------------------------------------------- size, content


@pytest.mark.parametrize(
    ("kind", "width", "height", "expected"),
    [("JPEG", 1600, 1200, (384, 512)), ("PNG", 700, 1400, (512, 256)), ("WEBP", 512, 300, (300, 512))],
)
def test_the_longest_side_is_reduced_and_never_enlarged(kind: str, width: int, height: int, expected: tuple) -> None:
    photo = read_photo(encoded(quarters(width, height), kind), Settings(max_side_px=512))
    assert photo.pixels.shape[:2] == expected
    assert_quarters(photo.pixels, 6)


def test_a_large_jpeg_is_decoded_small(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    real = door.on_white
    monkeypatch.setattr(door, "on_white", lambda picture: (seen.append(picture.size), real(picture))[1])
    read_photo(encoded(quarters(2400, 3000), "JPEG"), Settings(max_side_px=700))
    assert seen == [(600, 750)]


def noisy(level: int, spread: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.clip(level + rng.integers(-spread, spread + 1, (300, 300, 3)), 0, 255).astype(np.uint8)


def white_shirt() -> np.ndarray:
    out = np.full((600, 500, 3), 250, np.uint8)
    out[150:450, 120:380] = 236
    return out


@pytest.mark.parametrize(
    ("pixels", "blank"),
    [
        (np.full((300, 300, 3), 255, np.uint8), True),
        (np.zeros((300, 300, 3), np.uint8), True),
        (noisy(128, 1), True),
        (noisy(128, 30), False),
        (white_shirt(), False),
        (np.repeat(np.arange(300, dtype=np.uint8)[None, :, None] // 10, 3, 2).repeat(300, 0), False),
    ],
    ids=["white", "black", "nearly flat", "noise", "white shirt", "gradient"],
)
def test_only_an_empty_picture_is_blank(pixels: np.ndarray, blank: bool) -> None:
    if not blank:
        assert read_photo(encoded(pixels), SETTINGS).height == pixels.shape[0]
        return
    with pytest.raises(PhotoBlank) as caught:
        read_photo(encoded(pixels), SETTINGS, "garment")
    assert caught.value.where == "garment"


def test_a_fully_clear_picture_is_blank() -> None:
    clear = np.zeros((300, 300, 4), np.uint8)
    clear[::2] = (200, 30, 40, 0)
    with pytest.raises(PhotoBlank):
        read_photo(encoded(clear, "PNG", "RGBA"), SETTINGS)


@pytest.mark.parametrize(
    ("width", "height", "where", "expected"),
    [
        (600, 800, "person", []),
        (600, 800, "garment", []),
        (300, 800, "person", ["small_photo"]),
        (900, 600, "person", ["wide_photo"]),
        (900, 600, "garment", []),
        (500, 400, "person", ["small_photo"]),
        (900, 300, "person", ["small_photo", "wide_photo"]),
    ],
)
def test_what_is_said_about_a_photo(width: int, height: int, where: str, expected: list[str]) -> None:
    photo = Photo(np.zeros((height, width, 3), np.uint8))
    assert [note.code for note in describe(photo, SETTINGS, where)] == expected


def test_png_chunks_are_built_right() -> None:
    """The builder of the fixtures above makes PNGs that others read."""
    made = png_header(2, 1, b"\0" + bytes(range(6)))
    assert np.asarray(Image.open(io.BytesIO(made))).tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert png_chunk(b"IEND", b"")[-4:] == bytes.fromhex("ae426082")
