"""The films of the embedded engine, on a drawn figure."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from tests.video.figure import person, scene
from tryon.events import FrameReady
from tryon.spec import Runtime
from tryon.types import Note, Scene
from tryon.video.motion import SPEC, load
from tryon.video.motion_grammar import read_sentence
from tryon.video.motion_report import describe
from tryon.video.motion_timeline import settle, with_arms

PROMPTS = [
    "turns left", "walks towards the camera", "the camera moves in", "camera pulls back", "waves", "hands on hips",
    "her skirt flutters in the wind", "looks aside to the right", "camera orbits", "camera pans left", "dances",
    "turns around", "shifts her weight", "",
]  # fmt: skip


def events(wanted: Scene) -> list[object]:
    return list(load(Runtime(spec=SPEC))(wanted))


def frames(wanted: Scene) -> list[np.ndarray]:
    return [event.frame for event in events(wanted) if isinstance(event, FrameReady)]


def notes(prompt: str, **changes: object) -> dict[str, Note]:
    return {event.code: event for event in events(scene(prompt, frames=2, **changes)) if isinstance(event, Note)}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_prompt_gives_all_frames_and_moves(prompt: str) -> None:
    film = frames(scene(prompt, frames=16))
    assert len(film) == 16
    assert not np.array_equal(film[0], film[-1])
    assert all(frame.shape == (320, 180, 3) and frame.dtype == np.uint8 for frame in film)


@pytest.mark.parametrize(("width", "height"), [(180, 320), (181, 321), (320, 180), (257, 255), (256, 342), (320, 320)])
def test_any_size(width: int, height: int) -> None:
    ready = [e for e in events(scene("turns left", width=width, height=height, frames=4)) if isinstance(e, FrameReady)]
    assert [(e.index, e.total) for e in ready] == [(i, 4) for i in range(4)]
    assert all(e.frame.shape == (height, width, 3) and e.frame.flags.c_contiguous for e in ready)


def test_same_scene_gives_the_same_bytes() -> None:
    once, again = frames(scene("walks towards the camera")), frames(scene("walks towards the camera"))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_seed_and_prompt_change_the_film() -> None:
    films = [frames(scene(prompt, frames=16))[-1] for prompt in PROMPTS]
    films.append(frames(scene("", frames=16, seed=4))[-1])
    for i, one in enumerate(films):
        assert all(not np.array_equal(one, other) for other in films[i + 1 :])


def test_first_frame_is_the_photo_itself() -> None:
    someone = person(180, 320)
    for prompt in ("turns left", "the camera pulls back"):
        assert np.array_equal(frames(scene(prompt, someone))[0], someone.photo.pixels)


def test_second_frame_is_near_the_first() -> None:
    film = frames(scene("turns left", person(180, 320), fps=24, frames=48))
    assert np.abs(film[1].astype(int) - film[0]).mean() < 1.0


@pytest.mark.parametrize("prompt", ["turns left", "her skirt flutters", "waves", "camera holds, she walks in place"])
def test_background_stands_while_the_camera_holds(prompt: str) -> None:
    film = frames(scene(prompt, person(180, 320), frames=16))
    for frame in film[1:]:
        assert np.array_equal(frame[:20, :30], film[0][:20, :30])
        assert np.array_equal(frame[-60:, :25], film[0][-60:, :25])
        assert np.array_equal(frame[:20, -20:], film[0][:20, -20:])


@pytest.mark.parametrize("prompt", ["turns left", "walks towards the camera", "waves", "the camera moves in", ""])
def test_loop_closes(prompt: str) -> None:
    film = frames(scene(prompt, frames=48, fps=24, loop=True))
    steps = [np.abs(b.astype(int) - a).mean() for a, b in zip(film, [*film[1:], film[0]], strict=True)]
    assert steps[-1] <= max(steps[:-1])
    assert steps[-1] < 0.6


def test_strength_is_monotone() -> None:
    film = [frames(scene(f"turns left {how}", frames=20))[-1].astype(int) for how in ("a little", "", "a lot")]
    still = frames(scene("turns left"))[0].astype(int)
    little, plain, much = (np.abs(frame - still).mean() for frame in film)
    assert little < plain < much


def test_left_and_right_are_mirrored_directions() -> None:
    """The striped top's middle slides to the picture's right when the person turns to their left."""

    def middle(prompt: str) -> float:
        frame = frames(scene(prompt, person(180, 320), frames=20))[-1].astype(int)
        blue = (frame[..., 2] > frame[..., 0] + 60)[170:200]
        return float(np.nonzero(blue)[1].mean())

    assert middle("turns left") > middle("turns right")


def test_closing_stops_at_once() -> None:
    running = load(Runtime(spec=SPEC))(scene("walks", frames=200))
    got = list(islice(running, 4))
    running.close()  # type: ignore[attr-defined]
    assert sum(isinstance(event, FrameReady) for event in got) == 3
    assert list(running) == []


def test_body_cut_by_the_photo_never_shows_its_edge() -> None:
    someone = person(240, 400, cut_at=0.72)  # ends in the skirt
    for prompt in ("camera pulls back", "camera tilts down", "dances", "walks in place"):
        for frame in frames(scene(prompt, someone, width=180, height=216, frames=16)):
            bottom = frame[-1].astype(int)
            assert (bottom[:, 2] > bottom[:, 0] + 60).sum() > 20  # the blue skirt still reaches the border


@pytest.mark.parametrize(
    ("prompt", "code", "words"),
    [
        ("turns slowly to the left", "motion_done", "turns left slowly"),
        ("turns left, then walks towards the camera", "motion_done", "turns left, then walks towards the camera"),
        ("the weather is nice", "motion_default", "turns slowly to the left"),
        ("turns around", "motion_not_possible", "turning all the way around"),
        ("jumps", "motion_not_possible", "jumping"),
        ("sits down", "motion_not_possible", "sitting"),
        ("走向镜头", "motion_done", "walks towards the camera"),
    ],
)
def test_notes(prompt: str, code: str, words: str) -> None:
    assert words in notes(prompt)[code].text


def test_an_arm_that_is_not_seen_is_not_waved() -> None:
    assert "motion_not_possible" not in notes("waves")
    half = person(240, 400, cut_at=0.55)  # ends above the hands
    assert "arm" in notes("waves", someone=half)["motion_not_possible"].text


@pytest.mark.parametrize(
    ("prompt", "free", "done", "changed"),
    [
        ("waves her left hand", (True, False), "waves left", ()),
        ("waves her right hand", (True, False), "waves left", ("other_arm",)),
        ("hands on hips", (True, True), "hands on hips", ()),
        ("hands on hips", (False, True), "hands on hips", ("one_arm",)),
        ("lifts both arms", (False, True), "raises a hand right", ("one_arm",)),
        ("lifts both arms", (False, False), "shifts the weight", ("arm",)),
    ],
)
def test_what_an_arm_cannot_another_does_or_it_is_said(
    prompt: str, free: tuple[bool, bool], done: str, changed: tuple[str, ...]
) -> None:
    script, told = with_arms(settle(read_sentence(prompt), 1), free)
    assert (describe(script), told) == (done, changed)


@pytest.mark.parametrize("prompt", ["turns left", "walks towards the camera", "waves", "hands on hips", ""])
def test_a_person_without_key_points_still_moves(prompt: str) -> None:
    someone = person()
    blind = replace(someone, keypoints=np.zeros_like(someone.keypoints))
    film = frames(scene(prompt, blind, frames=12))
    assert len(film) == 12 and not np.array_equal(film[0], film[-1])


def test_feet_stand_while_the_body_turns() -> None:
    film = frames(scene("turns left", person(180, 320), frames=20))
    shoes = film[0][296:304, 60:120].max(axis=2) < 60
    for frame in film[10:]:
        now = frame[296:304, 60:120].max(axis=2) < 60
        assert abs(float(np.nonzero(shoes)[1].mean()) - float(np.nonzero(now)[1].mean())) < 1.0
