"""A job's snapshot as the visitor sees it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from tryon.events import Failed
from tryon.runtime.record import JobView
from tryon.ui import view
from tryon.ui.assets import icon
from tryon.ui.texts import Tongue

SAY = Tongue("en")


def jpeg(width: int = 300, height: int = 400) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (120, 90, 60)).save(out, "JPEG")
    return out.getvalue()


BASE = JobView(
    id="job",
    kind="k",
    version=1,
    state="running",
    stage="transfer",
    fraction=0.5,
    done={"photo": 0.0, "parse": 0.3, "garment": 0.2, "mask": 0.1},
    elapsed=1.0,
    expected=5.0,
    position=0,
    wait=0.0,
    preview=jpeg(),
    pictures={"photo": jpeg(), "parse": jpeg()},
    frames_done=0,
    frames_total=0,
    notes=(),
    finished=None,
    failed=None,
    shows="transfer",
)


@pytest.mark.parametrize(
    ("job", "states"),
    [
        (None, ["", "", "", "", "", ""]),
        (replace(BASE, state="waiting", stage=None, done={}), ["", "", "", "", "", ""]),
        (BASE, ["done", "done", "done", "done", "now", ""]),
        (replace(BASE, state="failed", failed=Failed("x", "x")), ["done", "done", "done", "done", "failed", ""]),
        (
            replace(BASE, stage="encode", done={**BASE.done, "transfer": 1.0, "video": 2.0}),
            ["done", "done", "done", "done", "done", "now"],
        ),
        (
            replace(BASE, state="done", done={**BASE.done, "transfer": 1.0, "video": 2.0, "encode": 0.1}),
            ["done"] * 6,
        ),
        (replace(BASE, state="done", done={**BASE.done, "transfer": 1.0}), [*["done"] * 5, ""]),
    ],
)
def test_states_of_the_strip(job: JobView | None, states: list[str]) -> None:
    assert [view._state(stage, job) for stage in view.STRIP] == states


def test_strip_fills_with_small_pictures() -> None:
    made = view.strip(SAY, BASE)
    assert made.count("<img") == 2 and made.count("<li") == 6 and 'aria-current="step"' in made
    assert max(Image.open(io.BytesIO(view.shrunk(jpeg(900, 1200)))).size) == view.THUMB_SIDE


def test_steps_can_be_looked_at_once_it_is_done() -> None:
    assert "data-show" not in view.strip(SAY, BASE)
    assert view.strip(SAY, replace(BASE, state="done")).count("data-show") == 2


@pytest.mark.parametrize(
    ("job", "words", "time"),
    [
        (None, "Ready when you are", ""),
        (replace(BASE, state="waiting", position=3, wait=30.0), "You are number 3 in line", "begins in about 30 s"),
        (replace(BASE, state="waiting", position=1, wait=0.0), "You are next", ""),
        (replace(BASE, stage=None), "Starting", "about 4 s left"),
        (BASE, "Dressing you", "about 4 s left"),
        (replace(BASE, expected=None), "Dressing you", ""),
        (
            replace(BASE, stage="video", elapsed=2.6, filming=1.9, frames_done=20, frames_total=60),
            "Setting it in motion",
            "Frame 20 of 60 · about 4 s left",
        ),
        (replace(BASE, stage="video", left=52.4), "Setting it in motion", "about 52 s left"),  # as the model measures
        (replace(BASE, state="done", elapsed=3.2), "Your look is ready", "made in 3 s"),
        (replace(BASE, state="failed"), "We could not finish this one", ""),
    ],
)
def test_status(job: JobView | None, words: str, time: str) -> None:
    assert (view.doing(SAY, job), view.timing(SAY, job)) == (words, time)


def test_progress_stays_within_its_bar() -> None:
    jobs = [
        replace(BASE, state="waiting"),
        replace(BASE, elapsed=0.5),
        BASE,
        replace(BASE, elapsed=9.0),
        replace(BASE, state="done"),
    ]
    shares = [view.overall(job) for job in jobs]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1 and shares[-2] < 1


def test_live_picture_is_inline_and_described() -> None:
    made = view.live(SAY, BASE)
    assert "data:image/jpeg;base64," in made and 'alt="Live preview: Dressing you"' in made
    assert "--shape:300/400" in made
    assert "<img" not in view.live(SAY, replace(BASE, preview=None))


def test_live_picture_is_named_after_the_stage_that_made_it() -> None:
    made = view.live(SAY, replace(BASE, stage="video"))  # which has nothing to show yet
    assert '<span class="badge">Try-on</span>' in made and "Dressing you" in made


@pytest.mark.parametrize(
    "name", [*view.STRIP, "lock", "bin", "download", "more", "check", "warn", "again", "pause", "play"]
)
def test_icons_are_there_and_silent(name: str) -> None:
    assert icon(name).startswith("<svg") and 'aria-hidden="true"' in icon(name)
