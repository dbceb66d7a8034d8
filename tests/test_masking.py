"""Masks follow both garments and spare what must not change; derived label maps follow their published orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.drawing import draw_tshirt
from tests.transfer.drawings import draw_dress, draw_trousers
from tryon.masking import agnostic_mask, atr18, corrected_labels, lip20
from tryon.masking.areas import dilated
from tryon.masking.colours import of_hue
from tryon.types import KEYPOINT, LABEL, Person, Photo


@pytest.mark.parametrize(
    ("name", "atr", "lip"),
    [
        ("background", 0, 0), ("hat", 1, 1), ("hair", 2, 2), ("sunglasses", 3, 4), ("upper", 4, 5), ("coat", 4, 7),
        ("skirt", 5, 12), ("pants", 6, 9), ("dress", 7, 6), ("jumpsuit", 7, 10), ("belt", 8, 9), ("left_shoe", 9, 18),
        ("right_shoe", 10, 19), ("socks", 12, 8), ("face", 11, 13), ("neck", 11, 0), ("left_leg", 12, 16),
        ("right_leg", 13, 17), ("left_arm", 14, 14), ("right_arm", 15, 15), ("left_hand", 14, 14),
        ("right_hand", 15, 15), ("bag", 16, 0), ("scarf", 17, 11), ("gloves", 14, 3),
    ],
)  # fmt: skip
def test_derived_labels(name: str, atr: int, lip: int) -> None:
    labels = np.full((2, 2), LABEL[name], np.uint8)
    assert (atr18(labels) == atr).all() and (lip20(labels) == lip).all()


GARMENTS = {
    "tshirt": draw_tshirt(),
    "longsleeve": replace(draw_tshirt(), sleeves="long"),
    "trousers": draw_trousers(),
    "dress": draw_dress(),
}


def at_wrists(person: Person) -> NDArray[np.bool_]:
    """Boolean (h,w): hands of arms that hang down, up to 0.15 shoulder distances below the wrist."""
    joints = {name: person.keypoints[index, :2] for name, index in KEYPOINT.items()}
    reach = 0.15 * float(np.linalg.norm(joints["left_shoulder"] - joints["right_shoulder"]))
    found = np.zeros(person.labels.shape, bool)
    for side in ("left", "right"):
        end = round(float(joints[f"{side}_wrist"][1]) + reach)
        found[:end] |= person.labels[:end] == LABEL[f"{side}_hand"]
    return found


@pytest.mark.parametrize("name", sorted(GARMENTS))
def test_face_hair_hands_are_never_in_the_mask(person: Person, name: str) -> None:
    garment = GARMENTS[name]
    mask = agnostic_mask(person, (garment,), garment.category)
    assert set(np.unique(mask)) == {0, 255}
    kept = np.isin(person.labels, [LABEL[part] for part in ("face", "hair", "left_hand", "right_hand")])
    if name == "longsleeve":  # its cuffs lie around the wrists
        kept &= ~at_wrists(person)
    assert not mask[kept].any()


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("tshirt", ("upper",), ("left_shoe",)),
        ("trousers", ("pants",), ("face",)),
        ("dress", ("upper", "pants"), ("left_hand",)),
    ],
)
def test_the_old_garment_is_all_in(
    person: Person, name: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    garment = GARMENTS[name]
    mask = agnostic_mask(person, (garment,), garment.category)
    for part in inside:
        assert (mask[person.labels == LABEL[part]] == 255).all()
    for part in outside:
        assert not mask[person.labels == LABEL[part]].any()


def test_the_mask_follows_the_new_garment(person: Person) -> None:
    areas = [int((agnostic_mask(person, (GARMENTS[n],), "top") > 0).sum()) for n in ("tshirt", "longsleeve")]
    longer = replace(GARMENTS["tshirt"], length="thigh")
    areas.append(int((agnostic_mask(person, (longer,), "top") > 0).sum()))
    assert areas[0] <= areas[1] and areas[0] < areas[2]


def test_a_hands_rim_beside_old_clothes_is_in_for_its_pixels_are_of_both(person: Person) -> None:
    hands = np.isin(person.labels, (LABEL["left_hand"], LABEL["right_hand"]))
    labels = np.where(dilated(hands, 12) & ~hands, LABEL["pants"], person.labels).astype(np.uint8)
    before = replace(person, labels=labels)
    mask = agnostic_mask(before, (draw_trousers(),), "bottom") > 0
    found = corrected_labels(before)
    hands = np.isin(found, (LABEL["left_hand"], LABEL["right_hand"]))
    rim = hands & dilated(found == LABEL["pants"], 1)
    assert rim.sum() > 20 and mask[rim].all()
    assert (hands & ~dilated(~hands, 4)).any() and not mask[hands & ~dilated(~hands, 4)].any()


def test_a_cuffs_rim_on_the_hand_is_in_and_the_hand_is_not(person: Person) -> None:
    labels = person.labels.copy()
    labels[np.isin(labels, (LABEL["left_arm"], LABEL["right_arm"]))] = LABEL["upper"]
    sleeved = replace(person, labels=labels)
    mask = agnostic_mask(sleeved, (draw_tshirt(),), "top") > 0
    hands = np.isin(labels, (LABEL["left_hand"], LABEL["right_hand"]))
    rim = hands & dilated(labels == LABEL["upper"], 1)
    assert rim.sum() > 5 and mask[rim].mean() > 0.8
    assert not mask[hands & ~dilated(labels == LABEL["upper"], 6)].any()


@pytest.mark.parametrize(("name", "covered"), [("longsleeve", True), ("tshirt", False)])
def test_a_forearm_taken_for_the_hand_is_in_where_a_sleeve_covers_it(person: Person, name: str, covered: bool) -> None:
    labels = person.labels.copy()
    points = {joint: person.keypoints[KEYPOINT[f"right_{joint}"], :2] for joint in ("elbow", "wrist")}
    rows = np.arange(labels.shape[0])[:, None]
    arm = labels == LABEL["right_arm"]
    forearm = arm & (rows > points["elbow"][1] + 0.6 * (points["wrist"][1] - points["elbow"][1]))
    labels[forearm] = LABEL["right_hand"]
    mask = agnostic_mask(replace(person, labels=labels), (GARMENTS[name],), "top") > 0
    assert forearm.sum() > 50
    assert mask[forearm].mean() > 0.95 if covered else mask[forearm].mean() < 0.05
    hand = (person.labels == LABEL["right_hand"]) & ~at_wrists(person)
    assert hand.sum() > 20 and not mask[hand].any()


def test_a_sleeve_taken_for_an_arm_is_put_right(person: Person) -> None:
    labels = person.labels.copy()
    sleeve = np.zeros_like(labels, bool)
    sleeve[150:176, 110:148] = person.labels[150:176, 110:148] == LABEL["upper"]
    labels[sleeve] = LABEL["right_arm"]
    fixed = corrected_labels(replace(person, labels=labels))
    assert (fixed[sleeve] == LABEL["upper"]).mean() > 0.7


def test_labels_stay_where_cloth_has_the_colour_of_skin(person: Person) -> None:
    pixels = person.photo.pixels.copy()
    pixels[person.labels == LABEL["upper"]] = pixels[person.labels == LABEL["face"]][0]
    same = replace(person, photo=Photo(pixels))
    fixed = corrected_labels(same)
    assert (fixed != person.labels)[person.labels > 0].mean() < 0.005


def test_what_was_taken_for_a_hand_in_a_pocket_is_given_back_to_the_trousers(person: Person) -> None:
    hands = person.labels == LABEL["right_hand"]
    rows, columns = np.nonzero(hands)
    pocket = np.zeros(hands.shape, bool)
    pocket[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    beside = pocket & ~hands & (np.indices(hands.shape)[1] > columns.mean())
    pixels, labels = person.photo.pixels.copy(), person.labels.copy()
    trousers = np.median(pixels[person.labels == LABEL["pants"]], axis=0)
    labels[beside], pixels[beside] = LABEL["right_hand"], trousers
    grown = np.zeros(hands.shape, bool)
    grown[rows.min() - 4 : rows.max() + 5, columns.max() + 1 : columns.max() + 14] = True
    labels[grown], pixels[grown] = LABEL["pants"], trousers
    fixed = corrected_labels(replace(person, photo=Photo(pixels), labels=labels))
    assert (fixed[beside] == LABEL["pants"]).mean() > 0.5
    assert (fixed[hands] == LABEL["right_hand"]).mean() > 0.9


def test_a_shaded_corner_of_a_top_that_was_taken_for_trousers_is_the_tops(person: Person) -> None:
    pixels, labels = person.photo.pixels.copy(), person.labels.copy()
    rows, columns = np.indices(labels.shape)
    top = labels == LABEL["upper"]
    hem, side = rows[top].max(), columns[top & (rows > rows[top].max() - 4)].min()
    corner = top & (rows > hem - 26) & (columns < side + 26) & (rows - hem > columns - side - 26)
    labels[corner] = LABEL["pants"]
    pixels[corner & (columns < side + 3)] //= 2
    fixed = corrected_labels(replace(person, photo=Photo(pixels), labels=labels))
    assert corner.sum() > 200 and (fixed[corner] == LABEL["upper"]).mean() > 0.82


def test_the_shaded_half_of_a_white_top_is_no_faded_denim() -> None:
    lab = np.full((40, 60, 3), 128, np.uint8)
    lab[:, :20, 0], lab[:, 20:40, 0] = 230, 150  # a white top and its shaded half
    lab[:, 40:] = 150, 127, 114  # faded denim
    top, shaded, denim = (np.zeros((40, 60), bool) for _ in range(3))
    top[:, :15], shaded[:, 22:38], denim[:, 45:] = True, True, True
    assert not of_hue(shaded, lab, denim, top).any()
    assert np.array_equal(of_hue(shaded, lab, top, denim), shaded)
    lab[:, 40:, 1:] = 128  # grey trousers: hue says nothing
    assert np.array_equal(of_hue(shaded, lab, denim, top), shaded)
