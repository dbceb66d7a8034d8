"""A clip dressed by the embedded engine: every frame, evenly, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import draw_person, draw_tshirt
from tryon.errors import PersonIncomplete
from tryon.fitting import fit, fit_clip
from tryon.masking import agnostic_mask
from tryon.parsing.footage import marks
from tryon.spec import Runtime
from tryon.transfer import warp
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.cloth import Cloth
from tryon.transfer.warping.film import LEGS, Page, facing, mixed, painted, taken_over
from tryon.types import KEYPOINT, Box, Clip, ClipFitting, Dressed, Footage, Job, Look, Note, Person, Photo

STEP, FRAMES, RED = 3, 9, (196, 60, 52)
DRAWN = draw_person()
TSHIRT = draw_tshirt()


def moved(shift: int, tremble: float = 0.0, seed: int = 0) -> Person:
    """The drawn person `shift` px further right, its joints up to `tremble` px off."""
    maps = {name: np.roll(getattr(DRAWN, name), shift, axis=1) for name in ("labels", "parts", "depth", "outline")}
    points = DRAWN.keypoints.copy()
    points[:, 0] += shift
    points[:, :2] += np.random.default_rng(seed).uniform(-tremble, tremble, points[:, :2].shape)
    box = replace(DRAWN.box, x0=DRAWN.box.x0 + shift, x1=DRAWN.box.x1 + shift)
    return replace(DRAWN, photo=Photo(np.roll(DRAWN.photo.pixels, shift, axis=1)), keypoints=points, box=box, **maps)


def footage(tremble: float = 0.0) -> Footage:
    frames = np.stack([moved(STEP * i).photo.pixels for i in range(FRAMES)])
    at = marks(FRAMES, 12.0)
    people = tuple(moved(STEP * i, tremble, i) for i in at)
    return Footage(clip=Clip(frames, 12.0), at=at, people=people, key=0)


def task(of: Footage) -> ClipFitting:
    person = of.people[0] or DRAWN
    job = Job(
        person=of.clip, garments=(TSHIRT.photo,), prompt="", category=None, transfer="warp", video=None, width=384,
        height=512, frames=FRAMES, fps=12, seed=3, transfer_steps=1, transfer_guidance=1.0, video_steps=1,
        video_guidance=1.0, quality="standard", loop=False, label=False, clip=True,
    )  # fmt: skip
    still = fit(job, warp.SPEC, person, (TSHIRT,), agnostic_mask(person, (TSHIRT,), "top"), Box(0, 0, 384, 512))
    look = Look(photo=person.photo, person=person, before=person.photo, mask=None, garments=(TSHIRT,), category="top")
    return fit_clip(of, still, look)


def film(of: Footage) -> tuple[list[Dressed], list[Note]]:
    events = list(warp.load(Runtime(spec=warp.SPEC)).dress_clip(task(of)))
    return [e for e in events if isinstance(e, Dressed)], [e for e in events if isinstance(e, Note)]


@pytest.fixture(scope="module")
def dressed() -> list[Dressed]:
    return film(footage(tremble=2.0))[0]


def test_every_frame_is_dressed(dressed: list[Dressed]) -> None:
    assert len(dressed) == FRAMES
    for i, frame in enumerate(dressed):
        chest = frame.pixels[150:165, 160 + STEP * i : 224 + STEP * i].reshape(-1, 3)
        assert np.abs(np.median(chest, axis=0) - RED).max() < 40


def test_nothing_changes_where_alpha_is_zero(dressed: list[Dressed]) -> None:
    for i, frame in enumerate(dressed):
        outside = frame.alpha == 0
        assert outside.mean() > 0.5
        assert np.array_equal(frame.pixels[outside], moved(STEP * i).photo.pixels[outside])


def test_the_print_moves_evenly(dressed: list[Dressed]) -> None:
    """The bar on the chest goes with the person although the joints tremble by 2 px, between the looks too."""
    middles = []
    for i, frame in enumerate(dressed):
        chest = frame.pixels[160:250, 160 + STEP * i : 224 + STEP * i]  # no wall beside the waist
        rows, columns = np.where(chest.min(axis=2) > 190)
        assert len(rows) > 100
        middles.append((rows.mean(), columns.mean()))
    steps = np.diff(np.array(middles), axis=0)
    assert np.abs(steps).max() < 1.6
    assert np.abs(np.diff(steps, axis=0)).max() < 2.2


def test_same_in_same_out(dressed: list[Dressed]) -> None:
    again = film(footage(tremble=2.0))[0]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(dressed, again, strict=True))


def test_what_was_parsed_is_labelled_anew(dressed: list[Dressed]) -> None:
    at = marks(FRAMES, 12.0)
    assert [frame.labels is not None for frame in dressed] == [i in at for i in range(FRAMES)]


def hidden(person: Person) -> Person:
    points = person.keypoints.copy()
    points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 2] = 0
    return replace(person, keypoints=points)


def test_a_look_that_cannot_be_read_is_carried() -> None:
    of = footage()
    people = tuple(p and hidden(p) if i in (0, 2) else p for i, p in enumerate(of.people))
    frames, notes = film(replace(of, people=people))
    assert [n.code for n in notes] == ["clip_turned"]
    for i, frame in enumerate(frames):
        chest = frame.pixels[150:165, 160 + STEP * i : 224 + STEP * i].reshape(-1, 3)
        assert np.abs(np.median(chest, axis=0) - RED).max() < 40


@pytest.mark.parametrize(("share", "kept"), [(0.5, True), (0.2, False)])
def test_a_look_from_the_side_is_not_measured(share: float, kept: bool) -> None:
    person = moved(0)
    points = person.keypoints.copy()
    ends = [KEYPOINT[f"{side}_shoulder"] for side in ("left", "right")]
    points[ends, 0] = points[ends, 0].mean() + 2 * share * (points[ends, 0] - points[ends, 0].mean())
    people = [person, person, replace(person, keypoints=points), None]
    bodies = [None if one is None else read_body(person) for one in people]
    assert [body is not None for body in facing(bodies, people)] == [True, True, kept, False]


def test_inner_edges_of_trouser_legs_are_lines_in_every_frame() -> None:
    shape = (400, 200)
    alpha, parts = np.zeros(shape, np.float32), {name: np.zeros(shape, np.float32) for name in LEGS}
    alpha[50:350, 40:160] = 1
    alpha[150:350, 90:110] = 0
    for row in range(150, 350, 6):
        alpha[row : row + 3, 90:92] = 1  # as polygons cut cloth
    parts[LEGS[0]][:, :100], parts[LEGS[1]][:, 100:] = 1, 1
    points = {"waist_left": np.array([40.0, 50.0]), "waist_right": np.array([160.0, 50.0])}
    cloth = Cloth(
        rgb=np.full((*shape, 3), 90, np.float32), alpha=alpha, inside=0 * alpha, points=points, outline=np.zeros((0, 2))
    )
    y, x = np.indices(shape, np.float32)
    page = Page(
        fields=dict.fromkeys(LEGS, np.dstack([x, y, np.ones_like(x)])),
        planes=dict.fromkeys(LEGS, np.dstack([np.ones_like(x), np.ones_like(x), np.zeros_like(x)])),
        under=np.zeros((*shape, 4), np.float32), bounds=np.zeros((*shape, 2), np.float32),
    )  # fmt: skip
    _, worn = painted(page, cloth, parts, np.full((*shape, 3), 230, np.uint8), 100.0)
    ends = worn[200:320, 60:100].sum(axis=1)
    assert np.abs(np.diff(ends)).max() < 0.5 and 29 < ends.mean() < 33
    assert worn[250, 100] == 0 and worn[100, 100] == 1


def test_frames_without_anybody_stay() -> None:
    of = footage()
    frames, notes = film(replace(of, people=(*of.people[:-2], None, None)))
    assert [n.code for n in notes] == ["clip_gaps"]
    assert not frames[-1].alpha.any() and frames[0].alpha.any()


def test_nobody_to_be_dressed_is_refused() -> None:
    of = footage()
    with pytest.raises(PersonIncomplete):
        film(replace(of, people=tuple(p and hidden(p) for p in of.people)))


def test_the_still_may_be_any_frame_that_was_parsed() -> None:
    """The garment takes the light of the key frame, which is counted in frames, not in looks."""
    given = footage()
    last = replace(given, key=given.at[-1])
    assert last.key >= len(last.at)
    frames, _ = film(last)
    assert len(frames) == FRAMES


def test_an_arm_does_not_take_over_the_wall_that_was_there_before() -> None:
    skin, wall = np.array([150.0, 105, 75, 1]), np.array([240.0, 240, 238, 1])
    paler = skin + np.array([10, 8, 6, 0])
    under = np.tile(skin, (1, 3, 1)).astype(np.float32)
    before = np.stack([paler, wall, paler * np.array([1, 1, 1, 0])])[None].astype(np.float32)
    result = taken_over(under, before)
    assert np.allclose(result[0, 0, :3], (skin[:3] + paler[:3]) / 2)  # the same arm changes slowly
    assert np.allclose(result[0, 1], skin)
    assert np.allclose(result[0, 2], skin)  # nothing was painted there


@pytest.mark.parametrize("alone", [False, True])
def test_an_arm_does_not_fade_in_like_a_ghost(alone: bool) -> None:
    """Between a look with a wall, or with nothing painted, and one with an arm there, the nearer look holds whole; two
    tones of one thing are mixed."""
    wall, arm = (240.0, 240.0, 240.0, 0.0 if alone else 1.0), (180.0, 130.0, 100.0, 1.0)
    first, second = np.full((100, 80, 4), wall, np.float32), np.full((100, 80, 4), wall, np.float32)
    first[:, :40], second[:, :40] = (180, 130, 100, 1), (190, 140, 110, 1)
    second[20:80, 50:70] = arm

    def between(share: float) -> Page:
        page = [Page(fields={}, planes={}, under=u, bounds=np.zeros((100, 80, 2), np.float32)) for u in (first, second)]
        return mixed(*page, share)

    for share, shown in ((0.25, wall), (0.75, arm)):
        assert np.allclose(between(share).under[25:75, 55:65], shown, atol=1)
    assert np.allclose(between(0.25).under[:, :30, :3], np.array([180, 130, 100]) + 2.5, atol=0.1)


def test_outlines_a_little_apart_do_not_flicker() -> None:
    """An arm's edge that two looks see a pixel apart moves softly from one to the other."""
    looks = []
    for edge in (40, 41):
        under = np.full((400, 80, 4), (240, 240, 240, 1), np.float32)
        under[:, :edge, :3] = (180, 130, 100)
        looks.append(Page(fields={}, planes={}, under=under, bounds=np.zeros((400, 80, 2), np.float32)))
    assert np.allclose(mixed(*looks, 0.5).under[:, 40, :3], (210, 185, 170), atol=1)
