"""Menus, sizes and limits as the page offers them; the painted area; the samples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.engine import small_catalog
from tests.drawing import draw_person
from tryon.errors import PhotoRejected
from tryon.pipeline import Pipeline
from tryon.runtime.jobs import Jobs
from tryon.runtime.store import Store
from tryon.settings import Settings
from tryon.spec import Machine, VideoSpec
from tryon.ui import brush, menus
from tryon.ui.assets import samples
from tryon.ui.studio import Studio
from tryon.ui.texts import Tongue

SAY = Tongue("en")


@pytest.fixture
def studio(settings: Settings, laptop: Machine) -> Studio:
    pipeline = Pipeline(settings, small_catalog(), laptop)
    return Studio(settings, pipeline, Jobs(settings), Store(settings))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("720x1280", (720, 1280)),
        (" 9 × 16 ", (9, 16)),
        ("", None),
        (None, None),
        ("a", None),
        (7, None),
        ("1x2x3", None),
    ],
)
def test_sizes_are_read(value: object, size: tuple[int, int] | None) -> None:
    assert menus.size_of(value) == size


def test_entries_say_what_they_need(studio: Studio) -> None:
    assert menus.models(SAY, studio, "transfer") == [
        ("Painter · runs here", "paint"),
        ("Big painter · needs a 24 GB GPU", "big-paint"),
    ]
    assert menus.videos(SAY, studio)[-1] == ("No video, only the picture", menus.PHOTO_ONLY)


def test_a_refusal_names_what_can(studio: Studio) -> None:
    big = studio.pipeline.catalog.get("transfer", "big-paint")
    sentence = menus.refusal(SAY, studio, "transfer", big)
    assert sentence == "Big painter cannot run on this machine (needs a 24 GB GPU). Painter can."
    assert menus.refusal(SAY, studio, "transfer", studio.default("transfer")) is None
    assert "Not for commercial use." in menus.about(SAY, big.spec)


def test_wide_photos_get_wide_sizes(studio: Studio) -> None:
    spec = studio.default("video").spec
    assert isinstance(spec, VideoSpec)
    assert menus.sizes(SAY, spec, 0.75)[1][1] == "480x640"
    assert menus.sizes(SAY, spec, 1.5)[1][1] == "640x480"


def test_lengths_can_be_made(studio: Studio) -> None:
    spec = studio.default("video").spec
    assert isinstance(spec, VideoSpec)
    limits = menus.lengths(spec)
    assert spec.frames[0] <= limits.least * limits.fps and limits.most * limits.fps <= spec.frames[1]
    assert limits.least <= limits.seconds <= limits.most


def test_a_painted_area_comes_back() -> None:
    photo = draw_person(300, 400).photo
    mask = np.zeros((400, 300), np.uint8)
    mask[100:200, 80:220] = 255
    html = brush.painter(SAY, photo, mask)
    sent = re.search(r'data-mask="([^"]+)"', html)
    assert sent is not None
    back = brush.read_mask(sent[1], photo)
    assert back.shape == mask.shape and np.abs(back.astype(int) - mask).mean() < 2


def _png(width: int, height: int, head: str = "data:image/png;base64,") -> str:
    import base64
    import io

    out = io.BytesIO()
    Image.new("L", (width, height)).save(out, "PNG")
    return head + base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "data:image/png;base64,AAAA",
        "data:image/png;base64,!!!",
        "http://127.0.0.1/x.png",
        _png(brush.SIDE + 1, 4),
        _png(4, 4, "data:image/jpeg;base64,"),
        "data:image/png;base64," + "A" * (brush.MOST_BYTES + 1),
    ],
)
def test_other_areas_are_refused(sent: str) -> None:
    with pytest.raises(PhotoRejected):
        brush.read_mask(sent, draw_person(30, 40).photo)


def test_samples_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    Image.new("RGB", (300, 400)).save(tmp_path / "people" / "a.jpg")
    listing = {
        "people": [
            {"file": "a.jpg", "title": "A", "alt": "somebody"},
            {"file": "gone.jpg", "title": "B", "alt": "nobody"},
        ],
        "garments": [],
    }
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    assert [s.title for s in samples("people", tmp_path)] == ["A"]
    assert samples("garments", tmp_path) == () and samples("people", tmp_path / "none") == ()
