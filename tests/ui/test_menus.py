"""Menus, sizes and limits as the page offers them; the painted area; the samples."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import escape as html_escape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.engine import small_catalog
from tests.drawing import draw_person
from tryon.errors import PhotoRejected
from tryon.pipeline import Pipeline
from tryon.runtime.jobs import Jobs
from tryon.runtime.memory import gpu_need, ram_need
from tryon.runtime.store import Store
from tryon.settings import Settings
from tryon.spec import Kind, Machine, VideoSpec, Weights
from tryon.ui import brush, menus
from tryon.ui.assets import ROOT, example, samples
from tryon.ui.picker import USUAL_MEMORY, card, picker
from tryon.ui.studio import Studio
from tryon.ui.texts import TABLES, Tongue

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


def sheet(html: str) -> list[str]:
    """The headings and the models of a menu, in their order."""
    return [found[1] or found[2] for found in re.finditer(r'<h3>([^<]+)</h3>|data-model="([^"]+)"', html)]


def facts(html: str, name: str) -> str:
    """The text of one model's entry."""
    found = re.search(rf'<button[^>]*data-model="{name}".*?</button>', html)
    assert found is not None
    return re.sub("<[^>]+>", "", found[0])


def test_menus_show_first_what_runs_here(studio: Studio) -> None:
    transfer = picker(SAY, studio, "transfer")
    assert sheet(transfer) == ["Runs on this machine", "paint", "With a 24 GB graphics card", "big-paint"]
    assert sheet(picker(SAY, studio, "video"))[0] == menus.PHOTO_ONLY
    assert "data-away" not in transfer.split("big-paint")[0] and "data-away" in transfer.split("big-paint")[1]
    assert 'type="search"' not in transfer, "a short menu needs no search"


def test_every_entry_says_what_it_needs(studio: Studio) -> None:
    transfer = picker(SAY, studio, "transfer")
    assert "no GPU needed · nothing to download · Apache-2.0" in facts(transfer, "paint")
    big = facts(transfer, "big-paint")
    assert "24 GB of GPU memory" in big and "CC-BY-NC-4.0" in big and "non-commercial" in big
    assert "up to 10 s" in facts(picker(SAY, studio, "video"), "sway")
    assert "non-commercial" not in facts(transfer, "paint")


def test_the_commercial_switch_hides_models(studio: Studio) -> None:
    assert sheet(picker(SAY, studio, "transfer", commercial=True)) == ["Runs on this machine", "paint"]
    closed = Studio(replace(studio.settings, commercial_only=True), studio.pipeline, studio.jobs, studio.store)
    assert sheet(picker(SAY, closed, "transfer")) == ["Runs on this machine", "paint"]


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize("kind", ["transfer", "video"])
def test_the_whole_catalogue_is_in_the_menu(settings: Settings, laptop: Machine, code: str, kind: Kind) -> None:
    pipeline = Pipeline(settings, machine=laptop)
    studio = Studio(settings, pipeline, Jobs(settings), Store(settings))
    html = picker(Tongue(code), studio, kind)
    specs = [entry.spec for entry in pipeline.catalog.of(kind)]
    assert sorted(re.findall('data-model="([^"]+)"', html)) == sorted(
        [spec.name for spec in specs] + [menus.PHOTO_ONLY] * (kind == "video")
    )
    for spec in specs:
        said = facts(html, spec.name)
        for text in (spec.licence, spec.title):
            assert html_escape(str(Tongue(code).word(text))) in said
        assert (Tongue(code)("fact_no_sale") in said) == (not spec.commercial)
        memory = ram_need(spec, card(gpu_need(spec)))
        assert (Tongue(code)("fact_memory", gib=f"{memory:.0f}") in said) == (memory > USUAL_MEMORY)
        assert code == "en" or html_escape(spec.about) not in said, "no English on a page in another language"


@pytest.mark.parametrize(("gib", "size"), [(3.2, 4), (4, 4), (11, 12), (18, 24), (60, 80), (500, 500)])
def test_cards_come_in_sizes(gib: float, size: float) -> None:
    assert card(gib) == size


def test_a_refusal_names_what_can(studio: Studio) -> None:
    big = studio.pipeline.catalog.get("transfer", "big-paint")
    sentence = SAY.error(menus.refusal(studio, "transfer", big))
    assert sentence.startswith("Big painter cannot run on this machine: ") and sentence.endswith(
        "Take Painter instead."
    )
    assert menus.refusal(studio, "transfer", studio.default("transfer")) is None
    assert "Not for commercial use." in menus.about(SAY, big.spec)
    terms = replace(big.spec, weights=(Weights(repo="a/b", note="Its page says more."),))
    assert menus.about(SAY, terms).endswith("Not for commercial use. Its page says more.")


def test_a_model_that_may_not_be_used_commercially_gives_way(
    settings: Settings, workstation: Machine, laptop: Machine
) -> None:
    studio = Studio(settings, Pipeline(settings, small_catalog(), workstation), Jobs(settings), Store(settings))
    big = studio.pipeline.catalog.get("transfer", "big-paint")
    assert menus.refusal(studio, "transfer", big) is None
    no = menus.refusal(studio, "transfer", big, commercial=True)
    assert no is not None and "does not allow commercial use. Take Painter instead." in no.text
    named = Studio(replace(settings, transfer="big-paint"), studio.pipeline, studio.jobs, studio.store)
    assert named.default("transfer").spec.name == "big-paint"
    assert named.default("transfer", commercial=True).spec.name == "paint"


def test_wide_photos_get_wide_sizes(studio: Studio) -> None:
    spec = studio.default("video").spec
    assert isinstance(spec, VideoSpec)
    assert menus.sizes(SAY, spec, 0.75)[1][1] == "480x640"
    assert menus.sizes(SAY, spec, 1.5)[1][1] == "640x480"


def test_sizes_follow_the_chosen_model_and_the_photo(studio: Studio) -> None:
    assert studio.video("big-film").name == "big-film"
    assert studio.video("no such model").name == studio.video(None).name == "sway"
    session = studio.store.open()
    wide = session.add_photo(draw_person(600, 400).photo)
    assert studio.aspect(session.id, wide) == pytest.approx(1.5)
    assert studio.aspect(session.id, "none") == studio.aspect("none", wide) == 0.75


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
    assert example(tmp_path) is None
    assert samples("garments", tmp_path) == () and samples("people", tmp_path / "none") == ()


def test_the_example_was_made_from_samples_of_the_page() -> None:
    made = example()
    assert made is not None
    assert samples("people")[made.person].path.is_file() and samples("garments")[made.garment].path.is_file()
    assert (ROOT / Path(made.address).name).read_bytes()[4:8] == b"ftyp"
