"""Request -> Job: what is chosen, what is refused, and with which numbers."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.catalog import Catalog, Entry, availability, build_catalog
from tryon.errors import (
    BadNumber,
    ConsentMissing,
    MissingInput,
    NeedsClip,
    NotOnThisMachine,
    OrderError,
    PromptRefused,
    PromptTooLong,
    SameGarment,
    UnknownModel,
)
from tryon.plan import default_size, plan, video_sizes
from tryon.settings import Settings
from tryon.spec import Machine, TransferSpec, VideoSpec
from tryon.types import Clip, Job, Photo, Request

BASE = {"family": "f", "about": "a", "licence": "Apache-2.0", "commercial": True, "source": "here"}
WARP = TransferSpec(name="flat", title="Flat", rank=1, **BASE)
HEAVY = TransferSpec(name="heavy", title="Heavy", gpu_gib=20, steps=(4, 50, 30), guidance=(1.0, 9.0, 2.5), **BASE)
CLOSED = replace(WARP, name="closed", title="Closed", commercial=False, rank=0)
MOVE = VideoSpec(name="move", title="Move", any_size=True, loops=True, rank=1, **BASE)
WAN = VideoSpec(
    name="wan", title="Wan", sizes=((480, 832), (720, 1280)), frame_rule=(4, 1), frames=(5, 81), fps=(16, 16, 16),
    stride=16, gpu_gib=20, steps=(4, 50, 40), rank=2, **BASE,
)  # fmt: skip
CATALOG = Catalog(tuple(Entry(s, lambda runtime: runtime) for s in (CLOSED, WARP, HEAVY, MOVE, WAN)))
PICTURE = Photo(np.zeros((1024, 768, 3), np.uint8))


def a_request(**changes: Any) -> Request:
    return replace(Request(person=PICTURE, garments=(PICTURE,), consent=True, transfer="flat"), **changes)


def refuses(error: type[OrderError], text: str = "[.?!]$") -> AbstractContextManager[Any]:
    return pytest.raises(error, match=text)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, nullcontext()),
        ({"consent": False}, refuses(ConsentMissing)),
        ({"consent": 1}, refuses(ConsentMissing)),  # only True is consent
        ({"garments": ()}, refuses(MissingInput, "garment")),
        ({"person": None}, refuses(MissingInput, "person")),
        ({"garments": (PICTURE,) * 5}, refuses(BadNumber, "between 1 and 4, not 5")),
        ({"garments": (PICTURE, PICTURE)}, refuses(SameGarment, "twice")),
        ({"transfer": "nope"}, refuses(UnknownModel, "no transfer model called nope")),
        ({"video": ["move"]}, refuses(UnknownModel)),
        ({"transfer": "heavy"}, refuses(NotOnThisMachine, "Heavy cannot run .* 20 GB.* Take Closed")),
        ({"size": (10**9, 640)}, refuses(BadNumber, "width must be between 256 and 1920")),
        ({"size": (float("nan"), 640)}, refuses(BadNumber)),
        ({"size": "720x1280"}, refuses(OrderError, "720x1280")),
        ({"size": (720,)}, refuses(OrderError)),
        ({"seconds": -1}, refuses(BadNumber, "length")),
        ({"seconds": 0}, refuses(BadNumber, "between 0.1 and 10, not 0")),
        ({"seconds": 11}, refuses(BadNumber, "and 10,")),
        ({"seconds": "3"}, refuses(BadNumber)),
        ({"fps": 60}, refuses(BadNumber, "between 16 and 30, not 60")),
        ({"fps": True}, refuses(BadNumber)),
        ({"seed": -2}, refuses(BadNumber, "seed")),
        ({"seed": 2**32}, refuses(BadNumber)),
        ({"seed": -1}, nullcontext()),  # -1 asks for a new seed, as other demos do
        ({"category": "shoes"}, refuses(OrderError, "top, bottom or dress")),
        ({"quality": "ultra"}, refuses(OrderError, "draft")),
        ({"prompt": "x" * 501}, refuses(PromptTooLong, "500")),
        ({"prompt": "she undresses slowly"}, refuses(PromptRefused)),
        ({"prompt": "she turns in a striped dress"}, nullcontext()),
    ],
)
def test_what_is_refused(
    changes: dict[str, Any], outcome: AbstractContextManager[Any], settings: Settings, laptop: Machine
) -> None:
    with outcome:
        assert isinstance(plan(a_request(**changes), CATALOG, laptop, settings), Job)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"video": "move", "width": 720, "height": 960, "frames": 72, "fps": 24}),
        ({"quality": "draft"}, {"width": 480, "height": 640}),
        ({"quality": "best"}, {"width": 1080, "height": 1440}),
        ({"size": (721, 1281)}, {"width": 720, "height": 1280}),
        ({"seconds": 1.0, "fps": 16}, {"frames": 16}),
        ({"still_only": True}, {"video": None, "frames": 1, "width": 768, "height": 1024}),
        ({"loop": True}, {"loop": True}),
        ({"seed": 7}, {"seed": 7}),
        ({"prompt": " turn\n\u202eleft "}, {"prompt": "turn left"}),
        ({"label": False}, {"label": False}),
    ],
)
def test_what_is_settled(
    changes: dict[str, Any], expected: dict[str, Any], settings: Settings, laptop: Machine
) -> None:
    job = plan(a_request(**changes), CATALOG, laptop, settings)
    assert {name: getattr(job, name) for name in expected} == expected


def test_a_models_own_rules_win_and_are_told(settings: Settings, workstation: Machine) -> None:
    job = plan(a_request(video="wan", seconds=3.2, size=(700, 1200)), CATALOG, workstation, settings)
    assert (job.width, job.height, job.fps) == (720, 1280, 16)
    assert job.frames % 4 == 1
    assert "size_changed" in {n.code for n in job.notes}


def test_quality_scales_steps_within_limits(settings: Settings, workstation: Machine) -> None:
    steps = {
        q: plan(a_request(transfer="heavy", quality=q), CATALOG, workstation, settings).transfer_steps
        for q in ("draft", "standard", "best")
    }
    assert steps == {"draft": 15, "standard": 30, "best": 45}


def test_commercial_only_hides_the_others(settings: Settings, laptop: Machine) -> None:
    strict = replace(settings, commercial_only=True)
    assert plan(a_request(transfer=None), CATALOG, laptop, strict).transfer == "flat"
    with pytest.raises(NotOnThisMachine, match="licence"):
        plan(a_request(transfer="closed"), CATALOG, laptop, strict)


def test_a_new_seed_every_time(settings: Settings, laptop: Machine) -> None:
    assert len({plan(a_request(), CATALOG, laptop, settings).seed for _ in range(5)}) > 1


@given(st.floats(0.2, 5.0), st.sampled_from(["draft", "standard", "best"]))
def test_every_default_size_is_allowed(aspect: float, quality: Any) -> None:
    for spec in (MOVE, WAN):
        width, height = default_size(spec, aspect, quality)
        assert width % spec.stride == 0 and height % spec.stride == 0
        assert spec.side[0] <= min(width, height) and max(width, height) <= spec.side[1]
        assert (width > height) == (aspect > 1) or width == height or not 0.95 < aspect < 1.05
        if not spec.any_size:
            assert (width, height) in video_sizes(spec, aspect)


REAL = [entry.spec for entry in build_catalog().of("video") if isinstance(entry.spec, VideoSpec) and entry.spec.sizes]


@pytest.mark.parametrize("spec", REAL, ids=lambda spec: spec.name)
def test_common_sizes_are_always_among_the_choices(spec: VideoSpec) -> None:
    assert {(480, 640), (720, 1280)} <= set(video_sizes(spec, 0.75))
    assert {(640, 480), (1280, 720)} <= set(video_sizes(spec, 1.5))
    for photo in ((480, 640), (720, 1280), (1280, 720)):  # the bucket of the photo's own aspect
        width, height = default_size(spec, photo[0] / photo[1], "standard")
        nearest = min(abs(math.log(w / h * photo[1] / photo[0])) for w, h in video_sizes(spec, photo[0] / photo[1]))
        assert abs(math.log(width / height * photo[1] / photo[0])) <= nearest + 0.01


JUNK = st.one_of(
    st.none(), st.text(max_size=5), st.floats(allow_nan=True, allow_infinity=True), st.integers(), st.booleans(),
    st.lists(st.integers(), max_size=3), st.tuples(st.integers(), st.floats(allow_nan=True)),
)  # fmt: skip


@given(size=JUNK, seconds=JUNK, fps=JUNK, seed=JUNK, steps=JUNK, transfer=JUNK, video=JUNK, prompt=JUNK, cache=JUNK)
def test_junk_is_refused_with_a_sentence_or_settled(**junk: Any) -> None:
    machine = Machine(device="cpu", name="CPU", gpu_gib=0, ram_gib=8, cores=2, torch=False)
    try:
        job = plan(a_request(**junk), CATALOG, machine, Settings())
    except OrderError as error:
        assert error.text and "Traceback" not in error.text
    else:
        assert 0 < job.width <= 1920 and 0 < job.height <= 1920 and 0 < job.frames <= 300


def test_availability_says_why(laptop: Machine, workstation: Machine) -> None:
    assert availability(WARP, laptop).ok
    assert "no" in availability(HEAVY, laptop).reason and availability(HEAVY, workstation).ok
    assert "has 24" in availability(replace(HEAVY, gpu_gib=40), workstation).reason
    assert "full set" in availability(replace(WARP, extra="gpu"), laptop).reason


def test_only_a_model_that_cannot_do_without_a_clip_asks_for_one(laptop: Machine, settings: Settings) -> None:
    led = replace(MOVE, name="led", reads=frozenset({"driving"}), needs_clip=True)
    free = replace(led, name="free", needs_clip=False)
    catalog = Catalog((*CATALOG.entries, *(Entry(spec, lambda runtime: runtime) for spec in (led, free))))
    with refuses(NeedsClip, "needs a clip"):
        plan(a_request(video="led"), catalog, laptop, settings)
    assert plan(a_request(video="free"), catalog, laptop, settings).video == "free"
    clip = Clip(np.zeros((24, 64, 48, 3), np.uint8), 24.0)
    for name in ("led", "free"):
        assert plan(a_request(video=name, person=clip), catalog, laptop, settings).video == name
