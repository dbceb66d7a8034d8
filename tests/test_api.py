"""The Python API: every kind of source, where results go, errors as exceptions."""

from __future__ import annotations

import io
import string
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.drawing import draw_person, draw_tshirt
from tryon import pipeline as pipeline_room
from tryon.api import Source, Targets, error_of, models, open_picture, render, settle_targets, try_on
from tryon.catalog import build_catalog
from tryon.errors import (
    ClipRejected,
    NoPerson,
    OrderError,
    PhotoRejected,
    PhotoTooHeavy,
    PhotoTooSmall,
    TryonError,
    UnknownModel,
    every_error,
)
from tryon.events import Event, FrameReady, Preview, StageStarted
from tryon.pipeline import Pipeline
from tryon.runtime.failures import failed_by
from tryon.runtime.report import as_plain
from tryon.settings import Settings
from tryon.spec import Machine
from tryon.types import Note, Photo, Request


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """One for all: the models load once."""
    return Pipeline(Settings(home=tmp_path_factory.mktemp("home")))


def png(photo: Photo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo.pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_three_lines(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "person.png").write_bytes(png(draw_person().photo))
    heard: list[Event] = []
    result = try_on(
        tmp_path / "person.png",
        png(draw_tshirt().photo),
        "turns slowly to the left",
        out=tmp_path / "out.mp4",
        size=(480, 640),
        seconds=0.5,
        fps=16,
        seed=3,
        pipeline=pipeline,
        on_event=heard.append,
    )
    assert result.video == tmp_path / "out.mp4" and result.image == tmp_path / "out.png"
    assert result.video.stat().st_size > 1000 and result.image.stat().st_size > 1000
    assert (result.facts.seed, result.facts.frames, result.look.photo.width) == (3, 8, 384)
    assert sum(isinstance(event, FrameReady) for event in heard) == 8
    assert heard[-1] is result


def test_several_garments_and_a_still(pipeline: Pipeline, tmp_path: Path) -> None:
    red, green = draw_tshirt(), draw_tshirt((40, 150, 60))
    person = Image.fromarray(draw_person().photo.pixels)
    result = try_on(person, [red.photo, green.photo], out=tmp_path / "look.jpg", pipeline=pipeline)
    assert result.video is None and result.image == tmp_path / "look.jpg"
    assert len(result.look.garments) == 2
    with Image.open(result.image) as look:
        assert look.format == "JPEG" and look.size == (384, 512)


def test_errors_are_raised(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person, garment = draw_person().photo, draw_tshirt().photo
    with pytest.raises(UnknownModel):
        try_on(person, garment, out=tmp_path / "a.mp4", video="magic", pipeline=pipeline)
    with pytest.raises(FileNotFoundError):
        try_on(tmp_path / "missing.png", garment, out=tmp_path / "a.mp4", pipeline=pipeline)
    with pytest.raises(OrderError):
        try_on(person, garment, pipeline=pipeline)

    def nobody(*_: object) -> object:
        raise NoPerson

    monkeypatch.setattr(pipeline_room, "fit", nobody)
    with pytest.raises(NoPerson):
        try_on(person, garment, out=tmp_path / "a.mp4", pipeline=pipeline)
    assert list(tmp_path.iterdir()) == []


def test_closing_in_the_middle_leaves_nothing(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    request = Request(person=draw_person().photo, garments=(draw_tshirt().photo,), consent=True)
    events = render(pipeline, request, Targets(tmp_path / "out.mp4", None))
    for event in events:
        if isinstance(event, FrameReady) and event.index == 3:
            break
    assert list((tmp_path / "tmp").iterdir()) != []
    events.close()
    assert [path.name for path in tmp_path.rglob("*")] == ["tmp"]


@pytest.mark.parametrize(
    ("source", "where", "error"),
    [
        (b"", "person", PhotoRejected),
        (b"GIF89a" + bytes(100), "garment", PhotoRejected),
        (b"\x1a\x45\xdf\xa3 broken webm", "person", ClipRejected),
        (b"\x00\x00\x00\x18ftypmp42 broken mp4", "person", ClipRejected),
        (b"\x00\x00\x00\x18ftypmp42 broken mp4", "garment", PhotoRejected),  # a garment is never a clip
        (b"\x00\x00\x00\x18ftypheic broken heic", "person", PhotoRejected),
        (bytes(21 << 20), "person", PhotoTooHeavy),
        (Image.new("RGB", (100, 300)), "person", PhotoTooSmall),
        (Path("no such file"), "person", FileNotFoundError),
        (3, "person", TypeError),
    ],
)
def test_what_is_no_picture(settings: Settings, source: Source, where: str, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        open_picture(source, settings, where)
    if isinstance(raised.value, TryonError):
        assert raised.value.where == where
    assert type(raised.value) is error


def test_a_pil_image_is_turned_upright(settings: Settings) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = 6
    photo = open_picture(image, settings, "person")
    assert isinstance(photo, Photo) and photo.pixels.shape == (400, 300, 3)
    np.testing.assert_array_equal(photo.pixels, np.rot90(pixels, -1))


@pytest.mark.parametrize(
    ("out", "image", "still", "film", "picture"),
    [
        ("a.mp4", None, False, "a.mp4", None),
        ("a.MP4", "b.PNG", False, "a.MP4", "b.PNG"),
        ("a.gif", None, False, "a.gif", None),
        ("a.webp", None, False, "a.webp", None),
        ("a.webp", None, True, None, "a.webp"),
        ("a.png", None, False, None, "a.png"),
        (None, "a.jpeg", False, None, "a.jpeg"),
        ("a.webp", "b.png", False, "a.webp", "b.png"),
        ("a.mp4", None, True, OrderError, None),
        ("a.png", "b.png", False, OrderError, None),
        ("a.mp4", "b.gif", False, OrderError, None),
        ("a", None, False, OrderError, None),
        (None, None, False, OrderError, None),
        ("missing/a.mp4", None, False, OrderError, None),
    ],
)
def test_targets(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    out: str | None,
    image: str | None,
    still: bool,
    film: str | type[OrderError] | None,
    picture: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    if film is OrderError:
        with pytest.raises(OrderError):
            settle_targets(out, image, still=still)
        return
    wanted = Targets(Path(film) if isinstance(film, str) else None, Path(picture) if picture else None)
    assert settle_targets(out, image, still=still) == wanted


@pytest.mark.parametrize("cls", every_error(), ids=lambda cls: cls.__name__)
def test_every_failure_has_its_exception(cls: type[TryonError]) -> None:
    values = {name: "1" for _, name, _, _ in string.Formatter().parse(cls.sentence) if name}
    error = cls(where="garment", **values)
    back = error_of(failed_by(error))
    assert (type(back), back.text, back.where) == (cls, error.text, "garment")


def test_an_unknown_code_is_an_internal_error() -> None:
    failed = failed_by(RuntimeError("secret"))
    assert type(error_of(failed)) is TryonError


@pytest.mark.parametrize(
    ("event", "plain"),
    [
        (StageStarted("parse"), {"event": "StageStarted", "stage": "parse"}),
        (
            Note("several_people", "We see 2.", {"count": 2}),
            {"event": "Note", "code": "several_people", "text": "We see 2.", "values": {"count": 2}},
        ),
        (
            Preview("mask", np.zeros((4, 6, 3), np.uint8), final=True),
            {"event": "Preview", "stage": "mask", "final": True, "width": 6, "height": 4},
        ),
        (
            FrameReady(1, 9, np.zeros((4, 6, 3), np.uint8)),
            {"event": "FrameReady", "index": 1, "total": 9, "width": 6, "height": 4},
        ),
        (
            failed_by(NoPerson()),
            {"event": "Failed", "code": "no_person", "text": NoPerson().text, "values": {}, "field": "person"},
        ),
    ],
)
def test_events_as_plain_values(event: Event, plain: dict[str, object]) -> None:
    assert as_plain(event) == plain


def test_the_catalogue_as_plain_values(laptop: Machine, workstation: Machine) -> None:
    catalog = build_catalog()
    small, large = models(catalog, laptop), models(catalog, workstation)
    assert [row["name"] for row in small] == [entry.spec.name for entry in catalog.entries]
    assert any(row["available"] for row in small if row["kind"] == "transfer")
    assert sum(row["available"] for row in large) >= sum(row["available"] for row in small)
