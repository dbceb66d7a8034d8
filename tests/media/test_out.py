"""Stills, loops, previews, the label, and what all outputs say and do not say (row 9)."""

from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media.makers import CORNERS, FACTS, encoded, film, icc_profile, quarters
from tryon import __version__
from tryon.errors import DiskFull, EncodeFailed
from tryon.media import loop as loops
from tryon.media import still as stills
from tryon.media.label import Label, with_label
from tryon.media.loop import write_loop
from tryon.media.mp4 import VideoWriter
from tryon.media.photo import read_photo
from tryon.media.preview import data_url, jpeg_bytes
from tryon.media.provenance import clean, read_facts
from tryon.media.still import write_image
from tryon.settings import Settings

STILLS = (".png", ".jpg", ".jpeg", ".webp")
LOOPS = (".webp", ".gif")


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, 240, 320, 24, FACTS) as writer:
        for frame in film(24, 240, 320):
            writer.write(frame)
    return path


# ------------------------------------------------------------------------------------------------ stills


@pytest.mark.parametrize(("suffix", "tolerance"), [(".png", 0), (".jpg", 3), (".JPEG", 3), (".webp", 6)])
def test_a_still_comes_back_as_it_went(suffix: str, tolerance: int, tmp_path: Path) -> None:
    path = tmp_path / f"look{suffix}"
    write_image(path, quarters(97, 129), FACTS)
    with Image.open(path) as picture:
        back = np.asarray(picture.convert("RGB")).astype(int)
    assert back.shape == (129, 97, 3)
    assert np.abs(back - quarters(97, 129)).max(axis=2).mean() <= tolerance
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", STILLS)
def test_the_same_still_has_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    for name, seconds in (("a", 1.0), ("b", 2.0)):
        write_image(tmp_path / f"{name}{suffix}", quarters(), dataclasses.replace(FACTS, seconds=seconds))
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("look.tiff", quarters()),
        ("look", quarters()),
        ("look.png", quarters()[:, :, 0]),
        ("look.png", quarters().astype(np.float32)),
        ("look.png", np.zeros((0, 3, 3), np.uint8)),
        ("gone/look.png", quarters()),
    ],
)
def test_what_cannot_be_written_is_said(name: str, pixels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(EncodeFailed):
        write_image(tmp_path / name, pixels, FACTS)
    assert not list(tmp_path.iterdir())


def test_a_still_that_fails_midway_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "look.png"
    write_image(path, quarters(), FACTS)
    before = path.read_bytes()

    def full(self: Image.Image, part: Path, *_: object, **__: object) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stills.Image.Image, "save", full)
    with pytest.raises(DiskFull):
        write_image(path, quarters(100, 100), FACTS)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["look.png"]


# ------------------------------------------------------------------------------------------------- loops


@pytest.mark.parametrize("suffix", LOOPS)
def test_a_loop_moves_without_end(suffix: str, movie: Path, tmp_path: Path) -> None:
    path = tmp_path / f"loop{suffix}"
    write_loop(path, movie, FACTS, width=120)
    with Image.open(path) as picture:
        assert picture.size == (120, 160)
        assert picture.info["loop"] == 0
        frames = picture.n_frames
        assert 12 <= frames <= 14  # one second at 12.5 a second
        first = np.asarray(picture.convert("RGB")).astype(int)
        picture.seek(frames - 1)
        last = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(first[120, 80] - CORNERS["yellow"]).max() < 25
    assert np.abs(first - last).max() > 50
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    write_loop(tmp_path / f"again{suffix}", movie, FACTS, width=120)
    assert (tmp_path / f"again{suffix}").read_bytes() == path.read_bytes()


def test_a_loop_is_never_enlarged(movie: Path, tmp_path: Path) -> None:
    write_loop(tmp_path / "loop.webp", movie, FACTS, width=1000)
    with Image.open(tmp_path / "loop.webp") as picture:
        assert picture.size == (240, 320)


@pytest.mark.parametrize(
    ("name", "source", "width"),
    [("loop.avi", None, 100), ("loop.gif", b"no film", 100), ("loop.webp", b"", 100), ("loop.gif", None, 0)],
)
def test_a_loop_that_cannot_be_made_does_not_appear(
    name: str, source: bytes | None, width: int, movie: Path, tmp_path: Path
) -> None:
    if source is not None:
        movie = tmp_path / "source.mp4"
        movie.write_bytes(source)
    with pytest.raises(EncodeFailed):
        write_loop(tmp_path / "out" / name if (tmp_path / "out").mkdir() is None else Path(), movie, FACTS, width)
    assert not list((tmp_path / "out").iterdir())


def test_an_encoder_that_gives_something_else_is_found_out(
    movie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "run_ffmpeg", lambda arguments, _: Path(arguments[-1]).write_bytes(b"GIF89a;"))
    with pytest.raises(EncodeFailed):
        write_loop(tmp_path / "loop.gif", movie, FACTS)
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------- what outputs say of themselves


def outputs(folder: Path, pixels: np.ndarray, facts: object = FACTS) -> list[Path]:
    """One file of every kind that the product writes."""
    made = []
    for suffix in STILLS:
        made.append(folder / f"look{suffix}")
        write_image(made[-1], pixels, facts)
    frames = [pixels, pixels[:, ::-1]] * 3
    made.append(folder / "film.mp4")
    with VideoWriter(made[-1], pixels.shape[1], pixels.shape[0], 24, facts) as writer:
        for frame in frames:
            writer.write(frame)
    for suffix in LOOPS:
        made.append(folder / f"loop{suffix}")
        write_loop(made[-1], folder / "film.mp4", facts, width=100)
    preview = folder / "preview.jpg"
    preview.write_bytes(jpeg_bytes(pixels))
    return [*made, preview]


def test_nothing_of_the_photos_own_metadata_is_in_any_output(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x9C9C] = "MARKER-camera", "MARKER-artist", b"MARKER-note"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[29] = "N", (52.0, 31.0, 12.0), "MARKER-gps"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">MARKER-xmp</x:xmpmeta>'
    profile = icc_profile(b"RGB ").replace(b"made by a test", b"MARKER-profile")
    data = encoded(quarters(), "JPEG", exif=exif.tobytes(), xmp=xmp, comment=b"MARKER-comment", icc_profile=profile)
    assert data.count(b"MARKER") >= 5
    made = outputs(tmp_path, read_photo(data, Settings()).pixels)
    assert len(made) == 8
    for path in made:
        found = path.read_bytes()
        for marker in (b"MARKER", b"Exif", b"EXIF", b"eXIf", b"ICC_PROFILE", b"iCCP", b"Lavf", b"Photoshop"):
            assert marker not in found, (path.name, marker)


def test_every_output_reads_back_its_facts(tmp_path: Path) -> None:
    for path in outputs(tmp_path, quarters())[:-1]:
        facts = read_facts(path)
        film_like = path.name.startswith(("film", "loop"))
        assert facts.pop("digital_source_type") == (
            "trainedAlgorithmicMedia" if film_like else "compositeWithTrainedAlgorithmicMedia"
        ), path.name
        assert facts == {
            "ai_generated": True,
            "product": "tryon",
            "version": __version__,
            "transfer": "warp",
            "video": "motion",
            "prompt": "turns slowly to the left",
            "wear": ["open", "rolled"],
            "category": "top",
            "seed": 7,
            "width": 96,
            "height": 128,
            "frames": 6,
            "fps": 24,
            "quality": "standard",
            "steps": [1, 1],
            "guidance": [1.0, 1.0],
            "samples": 1,
            "strength": 1.0,
        }, path.name
        assert b"http://cv.iptc.org/newscodes/digitalsourcetype/" in path.read_bytes()
        assert str(tmp_path).encode() not in path.read_bytes()


HOSTILE = (
    '<img src=x onerror=alert(1)></tryon:facts>"><script>&amp;{}%s\\ '
    "\\x00\x1b[31m\u202eGNP\u200f\ud800 \U0001f469\u200d\U0001f9b0 어깨 走"
)


def test_a_hostile_prompt_stays_text_in_every_output(tmp_path: Path) -> None:
    facts = dataclasses.replace(FACTS, prompt=HOSTILE)
    kept = clean(HOSTILE)
    for path in outputs(tmp_path, quarters(), facts)[:-1]:
        assert read_facts(path)["prompt"] == kept
        data = path.read_bytes()
        assert b"\x1b[31m" not in data
        if path.suffix in (".png", ".jpg", ".webp"):
            assert b"<script>" not in data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("walks\tto\r\nthe   camera ", "walks to the camera"),
        ("\x00a\x07b\x7fc\x9fd", "abcd"),
        ("\u202eevil\u2066 \u200e.", "evil ."),
        ("\ud800x\ue000y\ufeffz", "xyz"),
        ("می\u200cروم \U0001f469\u200d\U0001f9b0", "می\u200cروم \U0001f469\u200d\U0001f9b0"),
        ("走" * 700, "走" * 500),
        ("", ""),
    ],
)
def test_what_is_kept_of_a_prompt(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<?xpacket begin='' ?><tryon:facts>not json</tryon:facts><?xpacket end='r'?>",
        b"<?xpacket begin='' ?><tryon:facts>[1]</tryon:facts><?xpacket end='r'?>",
        b"<?xpacket begin='' ?><tryon:facts>\xff</tryon:facts><?xpacket end='r'?>",
        encoded(quarters()),
    ],
)
def test_a_file_that_is_not_ours_has_no_facts(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    assert read_facts(tmp_path / "file") == {}


def test_other_readers_find_the_packet_where_they_look(movie: Path, tmp_path: Path) -> None:
    """Pillow knows the containers: it must find the packet in its proper place, not only in the bytes."""
    for suffix in (".png", ".jpg", ".webp"):
        write_image(tmp_path / f"look{suffix}", quarters(), FACTS)
    write_loop(tmp_path / "loop.webp", movie, FACTS, 100)
    for path in tmp_path.iterdir():
        with Image.open(path) as picture:
            found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
        assert found, path.name
        assert "DigitalSourceType" in (found.decode() if isinstance(found, bytes) else found)


# ------------------------------------------------------------------------------------------------ label


@pytest.mark.parametrize("ground", [0, 60, 128, 200, 255])
@pytest.mark.parametrize(("width", "height"), [(256, 341), (720, 1280), (2000, 1500)])
def test_the_label_is_legible_on_any_ground(ground: int, width: int, height: int) -> None:
    marked = with_label(np.full((height, width, 3), ground, np.uint8)).astype(int)
    changed = np.abs(marked - ground).max(axis=2) > 2
    rows, columns = np.nonzero(changed)
    patch = marked[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    inner = patch[patch.shape[0] // 4 : -patch.shape[0] // 4, patch.shape[1] // 4 : -patch.shape[1] // 4]
    assert inner.max() - inner.min() > 100  # white letters on a pill that is darker
    assert rows.min() > height * 0.85
    assert columns.min() > width * 0.8
    assert changed.sum() < 0.01 * width * height


def test_the_label_changes_a_copy_and_only_its_corner() -> None:
    picture = quarters(400, 600)
    before = picture.copy()
    marked = with_label(picture)
    assert np.array_equal(picture, before)
    assert np.array_equal(marked[:560], picture[:560])
    assert np.array_equal(marked[:, :340], picture[:, :340])
    assert not np.array_equal(marked, picture)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (97, 129), (5, 400), (400, 5), (30, 30)])
def test_the_label_fits_any_picture(width: int, height: int) -> None:
    marked = with_label(np.zeros((height, width, 3), np.uint8))
    assert marked.shape == (height, width, 3)


def test_a_label_is_for_one_size() -> None:
    label = Label(100, 200)
    assert np.array_equal(label.apply(quarters(100, 200)), with_label(quarters(100, 200)))
    with pytest.raises(ValueError, match="label for"):
        label.apply(quarters(200, 100))


# ---------------------------------------------------------------------------------------------- previews


@pytest.mark.parametrize(
    ("width", "height", "asked", "expected"),
    [(720, 1280, 456, (456, 811)), (300, 400, 456, (300, 400)), (4000, 10, 100, (100, 1)), (1, 1, 456, (1, 1))],
)
def test_a_preview_is_small_and_keeps_its_shape(width: int, height: int, asked: int, expected: tuple) -> None:
    with Image.open(io.BytesIO(jpeg_bytes(quarters(width, height), asked))) as picture:
        assert (picture.format, picture.size) == ("JPEG", expected)


def test_a_preview_has_the_right_colours_and_no_weight() -> None:
    data = jpeg_bytes(quarters(720, 1280))
    assert len(data) < 40_000
    with Image.open(io.BytesIO(data)) as picture:
        assert np.abs(np.asarray(picture)[200, 100].astype(int) - CORNERS["red"]).max() < 8
    assert len(jpeg_bytes(quarters(720, 1280), quality=20)) < len(data)


def test_a_data_url_holds_the_picture() -> None:
    head, _, body = data_url(b"\xff\xd8\xff").partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(body) == b"\xff\xd8\xff"
