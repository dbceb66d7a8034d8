"""The published mask recipes against masks that upstream's own functions made from the same labels and key points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.drawing import draw_person
from tests.golden.common import Golden, golden, unpacked
from tryon.masking import labelled, lip20
from tryon.transfer.diffusion import masks
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


# --------------------------------------------------------------------------------------------- wrong variants

Patch = pytest.MonkeyPatch


def no_hulls(patch: Patch) -> None:
    patch.setattr(masks, "_hulls", lambda plane: plane)


def body_not_widened(patch: Patch) -> None:
    patch.setattr(masks, "_quartered", lambda plane, side: plane)


def larger_kernels(patch: Patch) -> None:
    right = masks._odd
    patch.setattr(masks, "_odd", lambda value: right(value) + 4)


def face_taken(patch: Patch) -> None:
    patch.setattr(masks, "LIP_FACE", ())


def what_is_worn_with_it_taken(patch: Patch) -> None:
    rules = {part: replace(rule, kept_atr=(), kept_lip=()) for part, rule in PART_RULES.items()}
    patch.setattr(masks, "PART_RULES", rules)


def things_taken(patch: Patch) -> None:
    patch.setattr(masks, "LIP_ACCESSORIES", ())
    patch.setattr(masks, "ATR_ACCESSORIES", ())


WRONG_CATVTON = [no_hulls, body_not_widened, larger_kernels, face_taken, what_is_worn_with_it_taken, things_taken]


@pytest.mark.parametrize("mutate", WRONG_CATVTON, ids=lambda f: f.__name__)
def test_wrong_catvton_masks_are_found(mutate: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fixture = golden("catvton")
    maps = [fixture.pixels(f"mask.{name}") for name in ("dense", "atr", "lip")]
    mutate(monkeypatch)
    parts: tuple[Any, ...] = tuple(PART_RULES)
    worst = max(
        differing(masks.catvton_mask(*maps, part), unpacked(fixture.io[f"mask.bits.{part}"], maps[0].shape[1]))
        for part in parts
    )
    assert worst > fixture.tolerance["mask_differing_fraction"]


def _arms(patch: Patch, change: Callable[[Any, int], tuple[Any, int]]) -> None:
    right = masks._arm

    def other(joints: Any, parsed: Any, width: int, *, outwards: bool) -> Any:
        return right(*(found := change(np.array(joints, np.float64), width))[:1], parsed, found[1], outwards=outwards)

    patch.setattr(masks, "_arm", other)


def thinner_arms(patch: Patch) -> None:
    _arms(patch, lambda joints, width: (joints, width - 15))


def wrists_where_they_are(patch: Patch) -> None:
    def back(joints: Any, width: int) -> tuple[Any, int]:
        if joints[2].max() > 1:
            joints[2] = joints[1] + (joints[2] - joints[1]) / 1.2
        return joints, width

    _arms(patch, back)


def parsed_arms(patch: Patch) -> None:
    patch.setattr(masks, "_arm", lambda joints, parsed, width, outwards: parsed)


def all_parts_kept(patch: Patch) -> None:
    patch.setattr(masks, "_largest", lambda plane: plane)


def neck_kept(patch: Patch) -> None:
    patch.setattr(masks, "NECK", ())


def head_taken(patch: Patch) -> None:
    patch.setattr(masks, "HEAD", ())


def _widened(patch: Patch, change: Callable[[int, int], tuple[int, int]]) -> None:
    right = masks.grown
    patch.setattr(masks, "grown", lambda plane, side, times=1: right(plane, *change(side, times)))


def clothes_less_widened(patch: Patch) -> None:
    _widened(patch, lambda side, times: (side, times - 1))


def lopsided_the_other_way(patch: Patch) -> None:
    right = masks.grown
    patch.setattr(masks, "grown", lambda plane, side, times=1: right(plane[::-1, ::-1], side, times)[::-1, ::-1])


def kept_not_eroded(patch: Patch) -> None:
    patch.setattr(masks.cv2, "erode", lambda plane, kernel: plane)


def neck_is_no_head(patch: Patch) -> None:
    patch.setattr(masks, "LEFFA_DC", replace(masks.LEFFA_DC, head=masks.IDM_DC.head))


def line_through_the_shoulders(patch: Patch) -> None:
    right = masks._below_shoulders
    patch.setattr(masks, "_below_shoulders", lambda points, shape, less: right(points, shape, 0))


BOTH = ("ootdiffusion", "leffa")
WRONG_PARSED = [
    (thinner_arms, BOTH), (wrists_where_they_are, BOTH), (parsed_arms, BOTH), (clothes_less_widened, BOTH),
    (lopsided_the_other_way, ("leffa",)), (kept_not_eroded, ("leffa",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mutate", "system"), [(mutate, system) for mutate, systems in WRONG_PARSED for system in systems]
)
def test_wrong_parsed_masks_are_found(mutate: Callable[[Patch], None], system: str, monkeypatch: Patch) -> None:
    found = cases(system)
    mutate(monkeypatch)
    worst = max(
        differing(masks.parsed_mask(labels, points, category, recipe), unpacked(fixture.io[key], 384))
        / fixture.tolerance["mask_differing_fraction"]
        for fixture, key, recipe, category, labels, points in found
    )
    assert worst > 1


def neck_and_head() -> None:
    """What the recorded masks do not show: neck, head and a piece that lies apart, drawn."""
    labels, points = np.zeros((512, 384), np.uint8), np.zeros((18, 2), np.float32)
    labels[200:330, 130:250], labels[60:110, 170:210], labels[110:205, 180:200] = 4, 11, 18
    labels[450:470, 30:50] = 4
    points[[2, 5]] = (130, 200), (250, 200)
    ootd = parsed_mask(labels, points, "top", "ootd_hd") > 0
    assert ootd[120, 190] and not ootd[60:110, 170:210].any(), "the neck goes, the head stays"
    assert not ootd[460, 40], "only the largest piece"
    leffa = parsed_mask(labels, points, "top", "leffa_dc") > 0
    assert not leffa[165, 190] and leffa[165, 160], "the neck is head there, above a line"
    assert leffa[190, 190], "which lies 20 px above the shoulders"


def test_neck_and_head() -> None:
    neck_and_head()


@pytest.mark.parametrize(
    "mutate",
    [neck_kept, head_taken, all_parts_kept, neck_is_no_head, line_through_the_shoulders],
    ids=lambda f: f.__name__,
)
def test_wrong_necks_and_heads_are_found(mutate: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutate(monkeypatch)
    with pytest.raises(AssertionError):
        neck_and_head()


# ------------------------------------------------------------------------------- recipes without a recording

RECIPES: tuple[Recipe, ...] = ("catvton", "ootd_hd", "ootd_dc", "leffa_hd", "leffa_dc", "idm_dc", "vivid")


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("category", CATEGORIES)
def test_from_our_own_analysis(recipe: Recipe, category: Category) -> None:
    """At the person's own size: the garment inside, the face outside, also at another aspect."""
    person = draw_person(300, 520)
    mask = published_mask(person, category, recipe)
    assert mask.shape == (520, 300)
    assert set(np.unique(mask)) <= {0, 255}
    worn = {"top": ("upper",), "bottom": ("pants",), "dress": ("upper",)}[category]
    # DressCode's own recipe does not take the top that is worn where a dress goes, and leaves holes.
    least = 0.8 if (recipe, category) == ("idm_dc", "dress") else 0.85
    assert (mask[labelled(person.labels, worn)] > 0).mean() > least
    assert (mask[labelled(person.labels, ("face",))] > 0).mean() < 0.3


def test_missing_joints_do_not_break_a_recipe() -> None:
    person = draw_person()
    person.keypoints[:] = 0
    for recipe in RECIPES:
        assert published_mask(person, "top", recipe).any()


def test_idm_dc_is_dresscodes_recipe_at_twice_the_size() -> None:
    """All that goes is dilated five times by a 20 x 20 square, arms first by a 10 x 10 one; lines are 30 px all the
    same; the neck is no head and goes as far as the widened garment reaches; holes stay."""
    labels, points = np.zeros((1024, 768), np.uint8), np.zeros((18, 2), np.float32)
    labels[400:600, 300:500] = 4
    labels[200:300, 380:420] = 18
    labels[120:200, 360:440] = 11
    labels[650:800, 300:500] = 6
    points[[2, 5]] = (300, 320), (500, 320)
    points[[3, 6]] = (280, 450), (520, 450)
    points[[4, 7]] = (280, 560), (520, 560)
    mask = parsed_mask(labels, points, "top", "idm_dc") > 0
    assert mask[649, 400] and not mask[650:800, 300:500].any(), "trousers are kept"
    # As OpenCV anchors an even square it grows by half its side to the right and one less to the left, five times.
    right, left = 15 + 5 * 5 + 5 * 10, 15 + 5 * 4 + 5 * 9
    assert mask[500, 520 + right - 2] and not mask[500, 520 + right + 2]
    assert mask[500, 280 - left + 2] and not mask[500, 280 - left - 2]
    assert not mask[120:200, 360:440].any(), "the head"
    assert mask[250, 400] and not mask[190, 330], "the neck, where what goes is widened over it"
    without = parsed_mask(labels, points * 0, "bottom", "idm_dc") > 0
    assert without[650:800, 300:500].all() and not without[400:600, 300:500].any()


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
