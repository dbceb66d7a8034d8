"""What a model works at for the film that was asked for, and how a picture comes into its frame and out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawing import draw_person, draw_tshirt
from tryon.catalog import build_catalog
from tryon.parsing.words import look
from tryon.runtime.film import film_frames, frame_counts, own_fps, own_frames, picks, working_size
from tryon.spec import Prompting, VideoSpec
from tryon.types import Box, Look, Scene
from tryon.video.diffusion.framing import Canvas, as_frames, framed
from tryon.video.diffusion.telling import cut, told

BASE: dict[str, Any] = {
    "name": "m", "title": "M", "family": "f", "about": "a", "licence": "l", "commercial": True, "source": "s",
}  # fmt: skip
WAN = VideoSpec(
    frame_rule=(4, 1), frames=(5, 81), stride=16, max_area=480 * 832, native_fps=16, fps=(8, 30, 16), **BASE
)
COG = VideoSpec(frame_rule=(8, 1), frames=(49, 49), native=((720, 480),), native_fps=8, fps=(8, 30, 8), **BASE)
FREE = VideoSpec(any_size=True, **BASE)
VIDEO = [entry.spec for entry in build_catalog().of("video") if entry.spec.weights]


@pytest.mark.parametrize(
    ("spec", "asked", "worked"),
    [
        (WAN, (480, 640), (480, 640)),
        (WAN, (480, 832), (480, 832)),
        (WAN, (720, 1280), (464, 832)),  # the same aspect, as large as the model works
        (WAN, (1280, 720), (832, 464)),
        (COG, (480, 640), (720, 480)),
        (FREE, (720, 1280), (720, 1280)),
        (replace(WAN, native=((480, 640), (640, 480)), max_area=0), (720, 1280), (480, 640)),
    ],
)
def test_working_size(spec: VideoSpec, asked: tuple[int, int], worked: tuple[int, int]) -> None:
    assert working_size(spec, *asked) == worked


@pytest.mark.parametrize(
    ("spec", "seconds", "fps", "frames", "own"),
    [
        (WAN, 3.0, 16, 49, 49),
        (WAN, 5.0, 16, 81, 81),
        (WAN, 9.0, 16, 81, 81),
        (WAN, 3.0, 24, 72, 49),  # own frames are repeated
        (WAN, 3.0, 8, 24, 49),  # and left out
        (COG, 3.0, 8, 49, 49),
        (COG, 3.0, 24, 72, 49),
        (FREE, 3.0, 24, 72, 72),
    ],
)
def test_frames(spec: VideoSpec, seconds: float, fps: int, frames: int, own: int) -> None:
    assert film_frames(spec, seconds, fps) == frames
    assert own_frames(spec, frames, fps) == own


@settings(deadline=None, max_examples=80)
@given(spec=st.sampled_from(VIDEO), seconds=st.floats(0.3, 10), fps=st.integers(7, 30))
def test_the_models_frames_cover_every_film(spec: VideoSpec, seconds: float, fps: int) -> None:
    frames = film_frames(spec, seconds, fps)
    own = own_frames(spec, frames, fps)
    shown = picks(own, frames, fps, own_fps(spec, fps))
    assert own in frame_counts(spec) and len(shown) == frames >= 2
    assert shown == sorted(shown) and shown[0] == 0 and shown[-1] < own


@settings(deadline=None, max_examples=80)
@given(spec=st.sampled_from(VIDEO), width=st.integers(256, 1920), height=st.integers(256, 1920))
def test_working_sizes_follow_the_rules(spec: VideoSpec, width: int, height: int) -> None:
    w, h = working_size(spec, width, height)
    if spec.native:
        assert (w, h) in spec.native
        return
    assert w % spec.stride == 0 and h % spec.stride == 0 and min(w, h) > 0
    assert not spec.max_area or w * h <= spec.max_area


def test_a_picture_of_another_aspect_is_cropped_around_the_person_or_continued() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :, 0] = np.linspace(0, 255, 200).astype(np.uint8)  # the place across
    left = framed(picture, Box(0, 10, 40, 90), 60, 80)  # three quarters: cropped, the person is at the left
    assert left.shape == (80, 60, 3) and left[:, :, 0].max() < 120
    right = framed(picture, Box(160, 10, 200, 90), 60, 80)
    assert right[:, :, 0].min() > 135
    whole = framed(picture, Box(0, 10, 200, 90), 60, 80)  # cropping would cut the person
    assert whole[40, :, 0].min() < 15 and whole[40, :, 0].max() > 240, "all of it is there"
    plain = framed(picture, Box(0, 10, 200, 90), 60, 80, plain=True)
    assert (plain[:10] == 0).all() and (whole[:10] > 0).any()


@settings(deadline=None, max_examples=40)
@given(
    canvas=st.tuples(st.integers(48, 160), st.integers(48, 160)),
    film=st.tuples(st.integers(48, 160), st.integers(48, 160)),
)
def test_what_goes_into_a_canvas_comes_out(canvas: tuple[int, int], film: tuple[int, int]) -> None:
    placed = Canvas.around(*canvas, film)
    ramp = np.linspace(20, 230, 64)[:, None, None] * np.ones((1, 64, 3))
    back = placed.film(placed.holding(ramp.astype(np.uint8)), *film)
    assert back.shape == (film[1], film[0], 3)
    expected = np.linspace(20, 230, film[1])
    assert np.abs(back[:, film[0] // 2, 0] - expected).mean() < 6
    box = placed.inner
    assert 0 <= box.x0 < box.x1 <= canvas[0] and 0 <= box.y0 < box.y1 <= canvas[1]


def test_frames_from_a_models_range() -> None:
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0], np.float32)
    film = np.broadcast_to(values[None, :, None, None], (3, 5, 2, 4))
    assert as_frames(film).shape == (5, 2, 4, 3)
    assert as_frames(film)[:, 0, 0, 0].tolist() == [0, 0, 128, 255, 255]


# ------------------------------------------------------------------------------------------------ what is told

PERSON, SHIRT = draw_person(), draw_tshirt()
LOOK = Look(photo=PERSON.photo, person=PERSON, before=PERSON.photo, mask=None, garments=(SHIRT,), category="top")


def a_scene(prompt: str) -> Scene:
    return Scene(look=LOOK, prompt=prompt, width=48, height=64, frames=9, fps=16, seed=1, steps=2, guidance=1.0)


def words(text: str) -> dict[str, list[str]]:
    """A tokenizer whose tokens are words."""
    return {"input_ids": text.split()}


def test_the_users_words_are_told_verbatim_with_our_description() -> None:
    text, said = told(a_scene("turns  Around slowly, Twice!"), Prompting(), "M", words)
    assert said is None and text.endswith("turns Around slowly, Twice!")
    assert "shirt" in text and text.startswith("A person wearing a red")
    assert look(LOOK) in text


def test_without_words_the_models_own_still_is_told() -> None:
    text, _ = told(a_scene("  "), Prompting(still="Nothing moves."), "M", words)
    assert text.endswith("Nothing moves.")


def test_a_long_text_loses_our_description_first_then_the_users_end() -> None:
    motion = "turns around slowly and waves"
    text, said = told(a_scene(motion), Prompting(tokens=8), "M", words)
    assert (text, said) == (motion, None)
    text, said = told(a_scene(motion), Prompting(tokens=3), "M", words)
    assert text == "turns around slowly" and said is not None and said.code == "prompt_cut"
    assert said.values["at"] == text[-24:]


@settings(deadline=None, max_examples=60)
@given(text=st.text(min_size=1, max_size=60), tokens=st.integers(1, 20))
def test_cutting_gives_a_beginning_that_fits(text: str, tokens: int) -> None:
    def signs(part: str) -> dict[str, list[str]]:
        return {"input_ids": list(part)}

    kept = cut(text, tokens, signs)
    assert text.startswith(kept) and len(kept) <= max(tokens, 0)
