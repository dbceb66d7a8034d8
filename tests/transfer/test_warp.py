"""What the embedded transfer promises, on a drawn figure and drawn garments whose right answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.drawing import FIGURE, SHIRT, SKIN, TROUSERS, draw_tshirt
from tests.transfer.drawings import draw_dress, draw_trousers
from tryon.errors import PersonIncomplete
from tryon.events import Event
from tryon.masking import agnostic_mask
from tryon.spec import Runtime
from tryon.transfer import warp
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import KEYPOINT, LABEL, Box, Dressed, Fitting, Garment, Person

GARMENTS = {"tshirt": draw_tshirt(), "trousers": draw_trousers(), "dress": draw_dress()}
COLOUR = {"tshirt": (196, 60, 52), "trousers": (40, 150, 70), "dress": (230, 200, 40)}


def fitting(person: Person, garment: Garment, prompt: str = "", mask: np.ndarray | None = None) -> Fitting:
    if mask is None:
        mask = agnostic_mask(person, (garment,), garment.category)
    box = Box(0, 0, person.photo.width, person.photo.height)
    return Fitting(
        person=person, garments=(garment,), category=garment.category, mask=mask, crop=box, prompt=prompt, seed=3,
        steps=1, guidance=1.0,
    )  # fmt: skip


def dressed(task: Fitting) -> tuple[Dressed, list[Event]]:
    events: list[Event] = []
    steps = warp.load(Runtime(spec=warp.SPEC))(task)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as stop:
            return stop.value, events


@pytest.fixture(scope="module", params=sorted(GARMENTS))
def case(request: pytest.FixtureRequest, person: Person) -> tuple[str, Fitting, Dressed]:
    task = fitting(person, GARMENTS[request.param])
    return request.param, task, dressed(task)[0]


def test_shapes_and_ranges(case: tuple[str, Fitting, Dressed]) -> None:
    _, task, result = case
    photo = task.person.photo.pixels
    assert result.pixels.shape == photo.shape and result.pixels.dtype == np.uint8
    assert result.alpha.shape == photo.shape[:2] and result.alpha.dtype == np.uint8
    assert result.labels is not None and result.labels.max() < len(LABEL)
    assert 0.02 < (result.alpha > 200).mean() < 0.6


def test_sleeves_are_known_by_the_persons_own_arms(case: tuple[str, Fitting, Dressed]) -> None:
    name, task, result = case
    if name != "tshirt":
        assert result.sleeves is None or not result.sleeves.any()  # nothing of them covers an arm
        return
    assert result.sleeves is not None and result.labels is not None
    assert (result.labels[result.sleeves > 0] == LABEL["upper"]).all()
    for code, side in ((1, "left"), (2, "right")):
        rows, columns = np.nonzero(result.sleeves == code)
        shoulder, elbow = (task.person.keypoints[KEYPOINT[f"{side}_{joint}"]] for joint in ("shoulder", "elbow"))
        assert len(rows) > 200
        assert abs(columns.mean() - (shoulder[0] + elbow[0]) / 2) < 0.2 * abs(elbow[1] - shoulder[1])
        assert shoulder[1] - 12 < rows.mean() < elbow[1]


def test_nothing_changes_where_alpha_is_zero(case: tuple[str, Fitting, Dressed]) -> None:
    _, task, result = case
    outside = result.alpha == 0
    assert np.array_equal(result.pixels[outside], task.person.photo.pixels[outside])


def test_the_mask_is_the_limit(case: tuple[str, Fitting, Dressed]) -> None:
    _, task, result = case
    assert task.mask is not None
    assert not result.alpha[task.mask == 0].any()


@pytest.mark.parametrize("name", ["face", "hair", "left_hand", "right_hand"])
def test_face_hair_and_hands_stay(case: tuple[str, Fitting, Dressed], name: str) -> None:
    _, task, result = case
    kept = task.person.labels == LABEL[name]
    assert np.array_equal(result.pixels[kept], task.person.photo.pixels[kept])


def test_the_garment_is_worn_in_its_own_colour(case: tuple[str, Fitting, Dressed]) -> None:
    name, _, result = case
    label = {"tshirt": "upper", "trousers": "pants", "dress": "dress"}[name]
    worn = result.labels == LABEL[label]
    off = np.abs(np.median(result.pixels[worn], axis=0) - COLOUR[name])
    assert worn.sum() > 8000
    assert off.max() < 30


PLACES = [
    ("tshirt", (192, 190), "upper"),  # middle of the trunk
    ("tshirt", (140, 150), "upper"),  # upper arm, in the sleeve
    ("tshirt", (122, 215), "right_arm"),  # forearm stays bare
    ("tshirt", (160, 350), "pants"),  # trousers stay
    ("trousers", (162, 340), "pants"),
    ("trousers", (222, 400), "pants"),
    ("trousers", (192, 180), "upper"),
    ("dress", (192, 200), "dress"),
    ("dress", (192, 300), "dress"),  # between the legs, where trousers were two
    ("dress", (246, 150), "left_arm"),  # the old sleeve is gone
    ("dress", (160, 430), "right_leg"),  # the old trouser leg is gone
]


@pytest.mark.parametrize(("name", "place", "expected"), PLACES)
def test_where_things_land(person: Person, name: str, place: tuple[int, int], expected: str) -> None:
    result, _ = dressed(fitting(person, GARMENTS[name]))
    assert result.labels is not None
    found = int(result.labels[place[1], place[0]])
    wanted = {LABEL[expected]} | ({LABEL["neck"]} if "arm" in expected or "leg" in expected else set())
    assert found in wanted


def test_uncovered_skin_has_the_persons_tone(person: Person) -> None:
    result, _ = dressed(fitting(person, GARMENTS["dress"]))
    x, y = FIGURE["left_elbow"]
    patch = result.pixels[y - 40 : y - 28, x - 10 : x - 4].reshape(-1, 3).astype(float)
    assert np.abs(np.median(patch, axis=0) - SKIN).max() < 40
    assert np.abs(np.median(patch, axis=0) - SHIRT).max() > 60


def test_same_in_same_out(person: Person) -> None:
    first, _ = dressed(fitting(person, GARMENTS["dress"]))
    second, _ = dressed(fitting(person, GARMENTS["dress"]))
    assert np.array_equal(first.pixels, second.pixels) and np.array_equal(first.alpha, second.alpha)


def test_an_edited_mask_is_never_left(person: Person) -> None:
    mask = np.zeros(person.labels.shape, np.uint8)
    mask[150:230, 160:220] = 255
    result, _ = dressed(fitting(person, GARMENTS["tshirt"], mask=mask))
    changed = (result.pixels != person.photo.pixels).any(axis=2)
    assert changed.any() and not changed[mask == 0].any()


def test_tucked_in_leaves_the_trousers_in_front(person: Person) -> None:
    loose, _ = dressed(fitting(person, GARMENTS["tshirt"]))
    tucked, _ = dressed(fitting(person, GARMENTS["tshirt"], prompt="wear it tucked in"))
    y, x = 262, 192
    assert np.abs(tucked.pixels[y, x].astype(int) - TROUSERS).max() < 12
    assert np.abs(loose.pixels[y, x].astype(int) - COLOUR["tshirt"]).max() < 60


def test_hips_do_not_stand_out_beside_a_top_that_hangs_over(person: Person) -> None:
    low = replace(person, labels=person.labels.copy())
    low.labels[250:300, 144:241] = LABEL["upper"]  # an untucked shirt, down over the hips
    result, _ = dressed(fitting(low, draw_trousers()))
    assert result.labels is not None
    assert not (result.labels[200:240] == LABEL["pants"]).any()
    assert (result.labels[350:380] == LABEL["pants"]).any()


def test_print_stays_unbent(person: Person) -> None:
    """The white bar on the chest of the drawn T-shirt is level and straight after the warp."""
    result, _ = dressed(fitting(person, GARMENTS["tshirt"]))
    bright = (result.pixels.min(axis=2) > 190) & (result.labels == LABEL["upper"])
    columns = [np.flatnonzero(bright[:, x]) for x in range(176, 209, 4)]
    middles = [rows.mean() for rows in columns if len(rows)]
    assert len(middles) == len(columns)
    assert np.ptp(middles) < 4


@pytest.mark.parametrize(
    ("missing", "name", "raises"),
    [
        (("left_shoulder",), "tshirt", True),
        (("left_hip", "right_hip"), "trousers", True),
        (("left_hip", "right_hip"), "dress", True),
        (("left_hip", "right_hip"), "tshirt", False),
        (("left_wrist", "right_elbow"), "tshirt", False),
    ],
)
def test_missing_body_parts(person: Person, missing: tuple[str, ...], name: str, raises: bool) -> None:
    points = person.keypoints.copy()
    points[[KEYPOINT[joint] for joint in missing], 2] = 0
    task = fitting(replace(person, keypoints=points), GARMENTS[name])
    if raises:
        with pytest.raises(PersonIncomplete):
            dressed(task)
    else:
        assert dressed(task)[0].alpha.any()


def test_doubt_is_told(person: Person) -> None:
    _, events = dressed(fitting(replace(person, confidence=0.3), GARMENTS["tshirt"]))
    assert "not_sure" in [getattr(event, "code", "") for event in events]


def test_rolled_sleeves_bare_the_forearm(person: Person) -> None:
    long = replace(GARMENTS["tshirt"], sleeves="long")
    x, y = FIGURE["left_wrist"][0] - 3, FIGURE["left_wrist"][1] - 26
    plain, _ = dressed(fitting(person, long))
    rolled, _ = dressed(fitting(person, long, prompt="with the sleeves rolled up"))
    assert plain.labels is not None and rolled.labels is not None
    assert plain.labels[y, x] == LABEL["upper"]
    assert rolled.labels[y, x] != LABEL["upper"]


@pytest.mark.parametrize(
    ("prompt", "tucked", "rolled"),
    [
        ("", False, False),
        ("she turns to the left", False, False),
        ("Tucked in, please", True, False),
        ("wear it untucked", False, False),
        ("not tucked in", False, False),
        ("with rolled-up sleeves", False, True),
        ("sleeves rolled, shirt tucked in", True, True),
        ("das Hemd in die Hose gesteckt", True, False),
        ("por dentro del pantalón", True, False),
        ("塞进裤子里", True, False),
        ("바지 안에 넣어 입기", True, False),
    ],
)
def test_wishes(prompt: str, tucked: bool, rolled: bool) -> None:
    found = read_wishes(prompt)
    assert (found.tucked, found.rolled) == (tucked, rolled)


def test_an_open_front_shows_what_is_worn_under_it(person: Person) -> None:
    cardigan = replace(GARMENTS["tshirt"], kind="jacket", neckline="v")
    closed, _ = dressed(fitting(person, cardigan))
    parted, _ = dressed(fitting(person, cardigan, prompt="with the cardigan open"))
    plain, _ = dressed(fitting(person, GARMENTS["tshirt"], prompt="with the cardigan open"))
    y, x = 200, 192
    assert np.abs(closed.pixels[y, x].astype(int) - COLOUR["tshirt"]).max() < 60
    assert np.array_equal(parted.pixels[y, x], person.photo.pixels[y, x])
    for side in (-1, 1):  # each half is on its own side
        assert np.abs(parted.pixels[y, x + side * 34].astype(int) - COLOUR["tshirt"]).max() < 60
    assert np.abs(plain.pixels[y, x].astype(int) - COLOUR["tshirt"]).max() < 60  # a T-shirt has no front to open


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("open jacket", True),
        ("she wears the cardigan open", True),
        ("unbuttoned, turns left", True),
        ("mit offener Jacke", True),
        ("chaqueta abierta", True),
        ("外套敞开", True),
        ("셔츠를 열어 입기", True),
        ("opens her arms", False),
        ("in the open air", False),
        ("jacket closed, not open", False),
        ("", False),
    ],
)
def test_open_is_read(prompt: str, expected: bool) -> None:
    assert read_wishes(prompt).open is expected
