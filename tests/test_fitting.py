"""The crop around the person and the way back into the photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import draw_person
from tryon.fitting import blend, crop_around, crop_person, paste_back, redressed, working_size
from tryon.spec import TransferSpec
from tryon.types import LABEL, Box, Dressed, Person

FREE = TransferSpec(
    name="free", title="Free", family="f", about="a", licence="l", commercial=True, source="s", max_side=512, stride=8
)
FIXED = replace(FREE, sizes=((768, 1024), (384, 512)), stride=8)
SHAPED = replace(FIXED, sizes=((768, 1024),), any_aspect=True)


@pytest.mark.parametrize(
    ("crop", "spec", "size"),
    [
        (Box(0, 0, 300, 400), FREE, (304, 400)),  # never enlarged, only snapped to the stride
        (Box(0, 0, 1500, 2000), FREE, (384, 512)),
        (Box(10, 0, 1510, 2000), FIXED, (768, 1024)),
        (Box(0, 0, 1080, 1860), FIXED, (768, 1024)),  # squashed: it can do no other
        (Box(0, 0, 1080, 1860), SHAPED, (672, 1160)),
        (Box(0, 0, 1080, 1440), SHAPED, (768, 1024)),
    ],
)
def test_working_size(crop: Box, spec: TransferSpec, size: tuple[int, int]) -> None:
    assert working_size(crop, spec) == size


@given(st.floats(0.35, 2.5), st.sampled_from([8, 16, 64]))
def test_nobody_is_squashed(aspect: float, stride: int) -> None:
    crop = Box(0, 0, round(1500 * aspect), 1500)
    width, height = working_size(crop, replace(SHAPED, stride=stride))
    assert width % stride == 0 and height % stride == 0
    assert abs(np.log(width / height / aspect)) < 0.03 + 1.2 * stride / min(width, height)
    assert 0.8 < width * height / (768 * 1024) < 1.25


def test_the_crop_holds_the_person_and_stays_in_the_photo(person: Person) -> None:
    for spec in (FREE, FIXED):
        crop = crop_around(person, spec)
        assert 0 <= crop.x0 <= person.box.x0 and person.box.x1 <= crop.x1 <= person.photo.width
        assert 0 <= crop.y0 <= person.box.y0 and person.box.y1 <= crop.y1 <= person.photo.height
    wide = crop_around(person, FIXED)
    assert abs(wide.width / wide.height - 0.75) < 0.05


def test_a_cropped_person_keeps_its_points_on_its_body(person: Person) -> None:
    crop = Box(80, 20, 320, 500)
    small = crop_person(person, crop, 120, 240)
    assert small.photo.pixels.shape == (240, 120, 3) and small.labels.shape == (240, 120)
    for x, y, _ in small.keypoints:
        assert small.labels[int(y), int(x)] > 0


@given(st.integers(0, 2**32 - 1))
def test_pixels_outside_alpha_are_untouched(seed: int) -> None:
    random = np.random.default_rng(seed)
    photo = draw_person().photo
    crop = Box(40, 30, 340, 430)
    size = (int(random.integers(20, 500)), int(random.integers(20, 500)))
    alpha = np.zeros(size, np.uint8)
    alpha[size[0] // 4 : size[0] // 2, size[1] // 4 : size[1] // 2] = 255
    dressed = Dressed(pixels=random.integers(0, 255, (*size, 3), np.uint8), alpha=alpha)
    result, spread = paste_back(photo, crop, dressed)
    outside = spread == 0
    assert np.array_equal(result.pixels[outside], photo.pixels[outside])
    assert outside[:30].all() and outside[430:].all() and outside[:, :40].all() and outside[:, 340:].all()
    assert spread.max() == 255


def test_blend_is_exact_at_its_ends() -> None:
    below, above = np.full((4, 4, 3), 10, np.uint8), np.full((4, 4, 3), 200, np.uint8)
    alpha = np.array([[0, 255, 128, 1]] * 4, np.uint8)
    mixed = blend(below, above, alpha)
    assert mixed[0, 0, 0] == 10 and mixed[0, 1, 0] == 200 and mixed[0, 2, 0] == 105 and mixed[0, 3, 0] == 11


def test_redressed_knows_the_new_garment(person: Person) -> None:
    crop = Box(0, 0, person.photo.width, person.photo.height)
    labels = person.labels.copy()
    labels[120:300, 120:160] = LABEL["upper"]
    alpha = np.zeros_like(person.outline)
    alpha[120:300, 120:160] = 255
    dressed = Dressed(pixels=person.photo.pixels, alpha=alpha, labels=labels)
    after = redressed(person, person.photo, crop, dressed, alpha)
    assert (after.labels[120:300, 120:160] == LABEL["upper"]).all()
    assert (after.outline[120:300, 120:160] == 255).all()
    assert (after.depth[120:300, 120:160] > 0).all()
    assert np.array_equal(after.labels[320:], person.labels[320:])


def test_redressed_knows_the_sleeves(person: Person) -> None:
    crop, height, width = Box(2, 4, 34, 60), 112, 64
    sleeves = np.zeros((height, width), np.uint8)
    sleeves[40:60, 10:30] = 1
    blank = np.zeros((height, width), np.uint8)
    dressed = Dressed(pixels=np.dstack([blank] * 3), alpha=blank, labels=blank, sleeves=sleeves)
    alpha = np.zeros(person.labels.shape, np.uint8)
    after = redressed(person, person.photo, crop, dressed, alpha)
    assert after.sleeves is not None
    assert after.sleeves.shape == person.labels.shape
    assert after.sleeves.sum() == 10 * 10
    again = redressed(after, person.photo, crop, replace(dressed, sleeves=None), alpha)
    assert again.sleeves is after.sleeves  # trousers change no sleeves
    assert crop_person(after, crop, width, height).sleeves is not None
