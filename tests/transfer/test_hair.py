"""Long hair over a garment: told apart by colours, and what a collar leaves between hair and neck is hair."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tests.drawing import HAIR, SHIRT
from tryon.masking.hair import with_fine_hair, without_wall_under_hair
from tryon.transfer.warping.background import among_hair, between, resting
from tryon.transfer.warping.body import read_body
from tryon.types import LABEL, Person

UNIT = 84.0


def with_locks(person: Person) -> tuple[np.ndarray, np.ndarray]:
    """Labels and pixels with hair that falls over both shoulders."""
    labels, pixels = person.labels.copy(), person.photo.pixels.copy()
    for left in (158, 204):
        cv2.rectangle(labels, (left, 60), (left + 22, 150), LABEL["hair"], -1)  # type: ignore[call-overload]
        cv2.rectangle(pixels, (left, 60), (left + 22, 150), HAIR, -1)
    noise = np.random.default_rng(0).integers(-6, 7, pixels.shape)
    return labels, np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8)


def test_a_collar_that_was_taken_for_hair_is_cloth(person: Person) -> None:
    labels, pixels = with_locks(person)
    collar = np.s_[139:151, 206:224]
    pixels[collar] = SHIRT  # seen below the lock, and labelled hair
    fixed = with_fine_hair(labels, pixels, UNIT)
    assert (fixed[140:150, 208:222] == LABEL["upper"]).mean() > 0.95
    kept = np.s_[105:135, 206:224]
    assert (fixed[kept] == LABEL["hair"]).mean() > 0.97
    other = labels != LABEL["hair"]
    assert np.array_equal(fixed[other], labels[other])


def test_hair_of_the_cloths_colour_stays_as_labelled(person: Person) -> None:
    labels, pixels = with_locks(person)
    pixels[np.isin(labels, (LABEL["hair"], LABEL["upper"]))] = SHIRT
    assert np.array_equal(with_fine_hair(labels, pixels, UNIT), labels)


def test_without_hair_on_the_cloth_nothing_changes(person: Person) -> None:
    assert with_fine_hair(person.labels, person.photo.pixels, UNIT) is person.labels


def test_the_corner_between_hair_and_neck_is_hair_and_beside_the_hair_is_wall(person: Person) -> None:
    labels, pixels = with_locks(person)
    hair, figure = labels == LABEL["hair"], np.isin(labels, (LABEL["neck"], LABEL["face"]))
    figure[128:, 150:234] = True
    seen = np.zeros(labels.shape, bool)
    seen[108:128, 197:204] = seen[108:128, 227:234] = True
    seen &= ~hair & ~figure
    ground = np.full((*labels.shape, 3), 240, np.float32)
    filled = among_hair(ground, pixels, hair, figure, seen, 192.0, UNIT)
    inner = np.zeros_like(seen)
    inner[112:126, 199:203] = seen[112:126, 199:203]
    assert inner.sum() > 10 and filled[inner].mean() < 110
    assert np.array_equal(filled[108:128, 229:240], ground[108:128, 229:240])
    assert np.array_equal(among_hair(ground, pixels, np.zeros_like(hair), figure, seen, 192.0, UNIT), ground)


def test_hair_over_a_shoulder_does_not_lower_it(person: Person) -> None:
    plain = read_body(person).shoulders
    labels = person.labels.copy()
    labels[80:104, 204:226] = LABEL["hair"]
    covered = read_body(replace(person, labels=labels)).shoulders
    lower = covered["right"][:6, 1] - plain["right"][:6, 1]
    assert lower.min() > -0.08 * UNIT and lower.max() < 0.02 * UNIT
    assert np.array_equal(covered["left"][:6], plain["left"][:6])


def test_below_hair_that_ends_above_the_shoulder_there_is_wall() -> None:
    base, parts = np.zeros((40, 60), bool), np.zeros((40, 60), bool)
    base[30:] = True
    parts[20:30, 5:15] = parts[10:20, 30:45] = True
    kept = resting(parts, base)
    assert kept[20:30, 5:15].all() and not kept[:, 30:45].any()
    assert not resting(np.zeros_like(parts), base).any()


def under_hair() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels (200,200) of hair beside a neck over a white top, whose label a piece of wall between them has as well;
    a photo (200,200,3) of them, and the piece."""
    labels = np.zeros((200, 200), np.uint8)
    labels[20:110, 60:100], labels[20:60, 100:150], labels[120:, 20:180] = (
        LABEL[name] for name in ("neck", "hair", "upper")
    )
    piece = np.zeros(labels.shape, bool)
    piece[60:80, 100:120] = True
    labels[piece] = LABEL["upper"]
    photo = np.full((*labels.shape, 3), 236, np.uint8)
    photo[labels == LABEL["neck"]], photo[labels == LABEL["hair"]] = (210, 170, 140), (80, 50, 40)
    photo[120:, 20:180] = 252
    return labels, photo, piece


def test_wall_between_hair_and_neck_is_no_top() -> None:
    labels, photo, piece = under_hair()
    fixed = without_wall_under_hair(labels, photo, UNIT)
    assert (fixed[piece] == 0).all()
    assert (fixed[~piece] == labels[~piece]).all()


def test_a_collar_between_hair_and_neck_stays_one() -> None:
    labels, photo, piece = under_hair()
    photo[piece] = 200
    assert (without_wall_under_hair(labels, photo, UNIT) == labels).all()


def test_beside_a_high_collar_under_short_hair_there_is_wall() -> None:
    parts, hair, wall = (np.zeros((60, 60), bool) for _ in range(3))
    hair[:10], parts[12:40, 10:20], wall[12:40, 21:40] = True, True, True
    assert not between(parts, hair, wall).any()
    hair[:40, 2:9] = True
    wall[30:] = False
    assert (between(parts, hair, wall) == parts).all()


def test_wall_that_the_necks_label_lies_over_is_no_skin() -> None:
    labels, photo, piece = under_hair()
    rim = np.zeros_like(piece)
    rim[62:78, 96:100] = True
    photo[rim] = 236
    fixed = without_wall_under_hair(labels, photo, UNIT)
    assert (fixed[rim] == 0).all() and (fixed[62:78, 80:95] == LABEL["neck"]).all()
