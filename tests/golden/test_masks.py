"""The published mask recipes against masks that upstream's own functions made from the same labels and key points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person
from tests.golden.common import Golden, golden, unpacked
from tryon.masking import labelled
from tryon.transfer.diffusion.masks import (
    PART_RULES,
    Recipe,
    catvton_mask,
    grown,
    parsed_mask,
    published_mask,
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


RECIPES: tuple[Recipe, ...] = ("catvton", "ootd_hd", "ootd_dc", "leffa_hd", "leffa_dc")


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


@pytest.mark.parametrize(("side", "expected"), [(1, 1), (3, 9), (10, 100)])
def test_grown(side: int, expected: int) -> None:
    plane = np.zeros((31, 31), bool)
    plane[15, 15] = True
    assert grown(plane, side).sum() == expected
