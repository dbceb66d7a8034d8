"""The published mask recipes against masks that upstream's own functions made from the same labels and key points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person
from tests.golden.common import Golden, golden, unpacked
from tryon.masking import labelled, lip20
from tryon.transfer.diffusion.masks import (
    DCI_SIDE,
    PART_RULES,
    VIVID_HEIGHT,
    Recipe,
    catvton_mask,
    dci_mask,
    grown,
    parsed_mask,
    published_mask,
    viton_mask,
    vivid_mask,
)
from tryon.types import CATEGORIES, Category

KIND: dict[str, Category] = {"upper_body": "top", "lower_body": "bottom", "dresses": "dress"}


def differing(ours: Any, theirs: Any) -> float:
    return float(((ours > 0) != theirs).mean())


@pytest.mark.parametrize("part", sorted(PART_RULES))
def test_catvton(part: Any) -> None:
    fixture = golden("catvton")
    maps = [fixture.pixels(f"mask.{name}") for name in ("dense", "atr", "lip")]
    theirs = unpacked(fixture.io[f"mask.bits.{part}"], maps[0].shape[1])
    assert differing(catvton_mask(*maps, part), theirs) <= fixture.tolerance["mask_differing_fraction"]


def cases(system: str) -> list[tuple[Golden, str, Recipe, Category, Any, Any]]:
    fixture, found = golden(system), []
    for key in fixture.io:
        if key.startswith("mask.bits."):
            kind, category, labels, points = key.split(".")[2:]
            recipe: Any = f"{'ootd' if system == 'ootdiffusion' else 'leffa'}_{kind}"
            maps = fixture.pixels(f"mask.{labels}"), fixture.pixels(f"mask.{points}")
            found.append((fixture, key, recipe, KIND[category], *maps))
    return found


@pytest.mark.parametrize("system", ["ootdiffusion", "leffa"])
def test_parsed(system: str) -> None:
    found = cases(system)
    assert found
    for fixture, key, recipe, category, labels, points in found:
        ours = parsed_mask(labels, points, category, recipe)
        limit = fixture.tolerance["mask_differing_fraction"]
        assert differing(ours, unpacked(fixture.io[key], 384)) <= limit, key


def test_other_recipes_are_told_apart() -> None:
    """The two Leffa recipes, and Leffa's from OOTDiffusion's, differ by more than what is tolerated."""
    for fixture, key, recipe, category, labels, points in cases("leffa"):
        theirs = unpacked(fixture.io[key], 384)
        other: Recipe = "ootd_hd" if recipe == "leffa_hd" else "leffa_hd"
        wrong = differing(parsed_mask(labels, points, category, other), theirs)
        assert wrong > fixture.tolerance["mask_differing_fraction"], key


RECIPES: tuple[Recipe, ...] = ("catvton", "ootd_hd", "ootd_dc", "leffa_hd", "leffa_dc", "vivid")


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("category", CATEGORIES)
def test_from_our_own_analysis(recipe: Recipe, category: Category) -> None:
    """At the person's own size: the garment inside, the face outside, also at another aspect."""
    person = draw_person(300, 520)
    mask = published_mask(person, category, recipe)
    assert mask.shape == (520, 300)
    assert set(np.unique(mask)) <= {0, 255}
    worn = {"top": ("upper",), "bottom": ("pants",), "dress": ("upper",)}[category]
    assert (mask[labelled(person.labels, worn)] > 0).mean() > 0.85
    assert (mask[labelled(person.labels, ("face",))] > 0).mean() < 0.3


def test_missing_joints_do_not_break_a_recipe() -> None:
    person = draw_person()
    person.keypoints[:] = 0
    for recipe in RECIPES:
        assert published_mask(person, "top", recipe).any()


def test_vivid_is_the_old_garment_and_a_rim() -> None:
    """A blur of 4 px of 832 taken from 51 of 255 up: the region, and a rim of a few px."""
    cloth = np.zeros((VIVID_HEIGHT, 624), bool)
    cloth[200:500, 150:450] = True
    mask = vivid_mask(cloth) > 0
    assert mask[cloth].all() or (~mask[cloth]).sum() < 50, "corners may be rounded"
    assert mask[350, 147] and mask[350, 452] and not mask[350, 140]
    half = vivid_mask(cloth[::2, ::2]) > 0
    assert (half != mask[::2, ::2]).mean() < 0.002, "the same at another size"


def test_dci_is_upper_clothes_and_arms_widened() -> None:
    labels = np.zeros((DCI_SIDE, DCI_SIDE), np.uint8)
    labels[200:300, 200:300] = 5
    labels[200:300, 300:320] = 14
    labels[300:400, 200:300] = 9
    labels[120:200, 230:270] = 13
    mask = dci_mask(labels) > 0
    # Three dilations by a 10 x 10 square, which grows 4 px to one side and 5 to the other, and one erosion.
    assert mask[200:300, 200:320].all()
    assert mask[250, 193] and not mask[250, 192]
    assert mask[250, 330] and not mask[250, 331]
    assert not mask[330, 250], "trousers are kept"
    assert DCI_SIDE == 512, "the size at which the rim was chosen"


def test_viton_takes_all_but_the_head() -> None:
    person = draw_person(192, 256)
    mask = viton_mask(lip20(person.labels)) > 0
    assert not mask[labelled(person.labels, ("face", "hair", "background"))].any()
    assert mask[labelled(person.labels, ("upper", "pants", "left_hand"))].all()


@pytest.mark.parametrize(("side", "expected"), [(1, 1), (3, 9), (10, 100)])
def test_grown(side: int, expected: int) -> None:
    plane = np.zeros((31, 31), bool)
    plane[15, 15] = True
    assert grown(plane, side).sum() == expected
