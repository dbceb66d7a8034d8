"""The outline of a garment that somebody wears: its collar beside the neck, and bites in its sleeves' edges."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.parsing.garment import worn_sleeves
from tryon.parsing.garment_joints import at_collar, worn_landmarks
from tryon.parsing.garment_trims import with_trims
from tryon.parsing.garment_worn import bitten, redrawn, surely_own
from tryon.parsing.landmarks import Points
from tryon.types import KEYPOINT, LABEL, Garment, Person, Photo


def shirt() -> np.ndarray:
    """(200,200) 0 or 255: shoulders at row 80, a collar at both sides of the neck up to row 50, a front at row 90."""
    alpha = np.zeros((200, 200), np.uint8)
    alpha[80:, 40:160] = 255
    alpha[:90, 80:120] = 0
    alpha[50:80, 68:80] = alpha[50:80, 120:132] = 255
    return alpha


def test_a_necks_side_goes_out_to_where_the_collar_stands() -> None:
    points = {"neck_left": (80.0, 50.0), "neck_right": (112.0, 48.0), "neck_front": (100.0, 90.0)}
    alpha = shirt()
    alpha[50:, 79:81] = 255
    moved = at_collar(points, alpha)
    assert moved["neck_right"] == pytest.approx((120.0, 48.0), abs=1)
    assert moved["neck_left"] == points["neck_left"], "it is at the collar already"
    assert moved["neck_front"] == points["neck_front"]


def test_a_neck_without_a_collar_stays() -> None:
    points = {"neck_left": (75.0, 80.0), "neck_right": (122.0, 80.0)}
    alpha = np.zeros((200, 200), np.uint8)
    alpha[80:, 40:160] = 255
    assert at_collar(points, alpha) == points


def test_a_bite_in_a_sleeves_outer_edge_is_cloth_and_an_armpit_is_not() -> None:
    points = np.zeros((len(KEYPOINT), 2))
    for name, at in (
        ("left_shoulder", (160, 40)), ("right_shoulder", (60, 40)),
        ("left_elbow", (180, 120)), ("right_elbow", (40, 120)),
    ):  # fmt: skip
        points[KEYPOINT[name]] = at
    solid, labels = np.zeros((220, 220), np.uint8), np.zeros((220, 220), np.uint8)
    solid[30:200, 80:140] = solid[30:110, 30:70] = solid[30:110, 150:190] = solid[30:60, 30:190] = 1
    labels[solid > 0] = LABEL["upper"]
    bites = (slice(70, 76), slice(186, 190)), (slice(70, 76), slice(30, 34))
    for bite in bites:
        solid[bite] = 0
    found = bitten(solid, points, labels)
    assert min(found[bite].mean() for bite in bites) > 0.7
    assert not found[60:112, 70:80].any() and not found[60:112, 140:150].any()
    labels[bites[0]] = LABEL["left_arm"]
    found = bitten(solid, points, labels)
    assert found[bites[1]].mean() > 0.7 and not found[bites[0]].any(), "skin is none"


def test_a_cropped_tops_waist_and_hem_are_its_own_beside_sleeves_that_hang_lower(person: Person) -> None:
    shoulders, hips = (
        person.keypoints[[KEYPOINT[f"{side}_{name}"] for side in ("left", "right")], :2] for name in ("shoulder", "hip")
    )
    middle, unit = shoulders.mean(axis=0), float(np.abs(np.diff(shoulders[:, 0]))[0])
    hem = middle[1] + 0.5 * float(hips.mean(axis=0)[1] - middle[1])
    y, x = np.mgrid[: person.labels.shape[0], : person.labels.shape[1]]
    off, low = np.abs(x - middle[0]), (y > middle[1]) & (y < hem)
    sleeves = (off > 0.55 * unit) & (off < 0.75 * unit) & (y > middle[1]) & (y < hem + unit)
    top = ((off < 0.5 * unit) & low) | sleeves | ((off < 0.75 * unit) & low & (y < middle[1] + 0.3 * unit))
    points = worn_landmarks(person, np.where(top, 255, 0).astype(np.uint8), "top")
    for side, sign in (("left", -1), ("right", 1)):
        waist, corner = points[f"waist_{side}"], points[f"hem_{side}"]
        assert waist[1] < hem and sign * (waist[0] - middle[0]) == pytest.approx(0.5 * unit, abs=3)
        assert corner[1] == pytest.approx(hem, abs=3) and sign * (corner[0] - middle[0]) == pytest.approx(
            0.5 * unit, abs=3
        )
    assert points["hem_front"][1] == pytest.approx(hem, abs=3)


@pytest.mark.parametrize("name", ["pants", "bag"])
def test_what_has_the_tops_colour_below_it_is_none_of_it(person: Person, name: str) -> None:
    labels = person.labels
    upper = labels == LABEL["upper"]
    rows = np.flatnonzero(upper.any(axis=1))
    hem = int(rows[-1])
    columns = np.flatnonzero(upper[hem - 10])
    trousers = np.zeros(labels.shape, bool)
    trousers[hem - 10 : hem + 60, columns[0] : columns[-1]] = True
    labels = np.where(trousers, LABEL[name], labels).astype(np.uint8)
    pixels = person.photo.pixels.copy()
    pixels[upper | trousers] = (30, 30, 34)
    alpha = np.where(labels == LABEL["upper"], 255, 0).astype(np.uint8)
    found = redrawn(replace(person, labels=labels, photo=Photo(pixels)), alpha)
    assert (found[trousers] > 127).mean() < 0.1
    below = np.zeros_like(trousers)
    below[hem - 4 : hem + 60] = trousers[hem - 4 : hem + 60]
    assert (found[below] > 127).mean() < 0.02, "its very rim aside"
    assert (found[alpha > 0] > 127).mean() > 0.9


def test_a_neck_is_no_cloth_where_skin_shows_through_a_mesh(person: Person) -> None:
    """Cloth and neck then have the same colours: labels tell them apart."""
    labels, pixels = person.labels.copy(), person.photo.pixels.copy()
    neck = labels == LABEL["neck"]
    skin = np.median(pixels[neck], axis=0)
    upper = labels == LABEL["upper"]
    rows, columns = np.indices(labels.shape)
    pixels[upper & (rows % 12 < 7)] = skin
    opening = upper & (rows < np.flatnonzero(upper.any(axis=1))[0] + 40)
    middle = int(columns[neck].mean())
    opening &= np.abs(columns - middle) < 14
    labels[opening], pixels[opening] = LABEL["neck"], skin
    alpha = np.where(labels == LABEL["upper"], 255, 0).astype(np.uint8)
    found = redrawn(replace(person, labels=labels, photo=Photo(pixels)), alpha) > 127
    assert found[opening].mean() < 0.2
    assert found[alpha > 0].mean() > 0.9


def test_wall_between_arm_and_trunk_that_is_labelled_cloth_is_no_cloth(person: Person) -> None:
    """However the labels fill that gap: it has the wall's colour, and cloth of two colours keeps its trim."""
    pixels, labels = person.photo.pixels.copy(), person.labels
    upper = labels == LABEL["upper"]
    rows, columns = np.nonzero(upper)
    arms = np.isin(labels, [LABEL[f"{side}_{name}"] for side in ("left", "right") for name in ("arm", "hand")])
    near = cv2.distanceTransform((~arms).astype(np.uint8), cv2.DIST_L2, 5)
    unit = float(np.abs(np.diff(person.keypoints[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 0]))[0])
    side = columns > columns.mean() + 0.3 * unit
    gap = np.zeros_like(upper)
    gap[rows[side], columns[side]] = True
    gap &= (near < 0.3 * unit) & (np.indices(labels.shape)[0] > rows.mean())
    assert gap.sum() > 0.02 * unit**2
    pixels[labels == LABEL["background"]] = pixels[gap] = (190, 186, 180)
    pixels[upper & ~gap] = (40, 90, 60)
    alpha = np.where(upper, 255, 0).astype(np.uint8)
    found = redrawn(replace(person, photo=Photo(pixels)), alpha) > 127
    assert found[cv2.erode(gap.astype(np.uint8), np.ones((5, 5))) > 0].mean() < 0.05
    assert found[upper & ~cv2.dilate(gap.astype(np.uint8), np.ones((7, 7))).astype(bool)].mean() > 0.9


@pytest.mark.parametrize("seam, sleeves", [(2.0, "none"), (60.0, "short")])
def test_corners_of_a_bodice_without_straps_are_no_sleeves(seam: float, sleeves: str) -> None:
    points: Points = {}
    for side, sign in (("left", -1), ("right", 1)):
        points[f"shoulder_{side}"] = (200 + sign * 78.0, 100.0)
        points[f"armpit_{side}"] = (200 + sign * 80.0, 180.0)
        points[f"cuff_{side}_outer"] = (200 + sign * (78.0 + seam), 100.0 + seam)
        points[f"cuff_{side}_inner"] = (200 + sign * 95.0, 200.0)
    assert worn_sleeves(points) == sleeves


def test_a_neckline_is_not_at_a_bare_waist(person: Person) -> None:
    """A waist below a cropped top has the neck's label and meets cloth as well."""
    shoulders = person.keypoints[[KEYPOINT[f"{side}_shoulder"] for side in ("left", "right")], :2]
    middle, unit = shoulders.mean(axis=0), float(np.abs(np.diff(shoulders[:, 0]))[0])
    labels, upper = person.labels.copy(), person.labels == LABEL["upper"]
    rows = np.arange(labels.shape[0])[:, None]
    waist = upper & (rows > middle[1] + 0.7 * unit)
    whole = worn_landmarks(person, np.where(upper, 255, 0).astype(np.uint8), "top")
    labels[waist] = LABEL["neck"]
    cropped = worn_landmarks(replace(person, labels=labels), np.where(upper & ~waist, 255, 0).astype(np.uint8), "top")
    assert cropped["neck_front"] == pytest.approx(whole["neck_front"], abs=1)


def test_an_arm_along_the_trunk_lengthens_no_sleeve(person: Person) -> None:
    """Short sleeves; one upper arm hangs before the trunk and is covered by it as far as its elbow."""
    points = person.keypoints.copy()
    left, right = (points[KEYPOINT[f"{side}_shoulder"], :2].copy() for side in ("left", "right"))
    unit, middle = abs(float(left[0] - right[0])), (left + right) / 2
    outward = np.sign(left - right)[0] * unit
    for side, joint, off in (("left", left, 0.5 * outward), ("right", right, 0.0)):
        points[KEYPOINT[f"{side}_elbow"], :2] = joint[0] + off, joint[1] + 0.8 * unit
        points[KEYPOINT[f"{side}_wrist"], 2] = 0
    y, x = np.indices(person.labels.shape)
    solid = (y > middle[1] - 5) & (np.abs(x - middle[0]) < 0.58 * unit)
    solid |= (y > middle[1] - 5) & (y < middle[1] + 0.4 * unit) & (np.abs(x - middle[0]) < 0.9 * unit)
    found = worn_landmarks(replace(person, keypoints=points), np.where(solid, 255, 0).astype(np.uint8), "top")
    low = [found[f"cuff_{side}_outer"][1] for side in ("left", "right")]
    assert max(low) < middle[1] + 0.5 * unit


def test_a_short_sleeve_that_lies_against_the_trunk_ends_beside_it(person: Person) -> None:
    points = person.keypoints.copy()
    left, right = (points[KEYPOINT[f"{side}_shoulder"], :2].copy() for side in ("left", "right"))
    unit, middle = abs(float(left[0] - right[0])), (left + right) / 2
    for side, joint in (("left", left), ("right", right)):
        points[KEYPOINT[f"{side}_elbow"], :2] = joint[0], joint[1] + 0.8 * unit
        points[KEYPOINT[f"{side}_wrist"], 2] = 0
    y, x = np.indices(person.labels.shape)
    solid = (y > middle[1] - 5) & (np.abs(x - middle[0]) < 0.4 * unit)
    solid |= (y > middle[1] - 5) & (y < middle[1] + 0.4 * unit) & (np.abs(x - middle[0]) < 0.75 * unit)
    found = worn_landmarks(replace(person, keypoints=points), np.where(solid, 255, 0).astype(np.uint8), "top")
    for side in ("left", "right"):
        cuff, pit = (abs(found[name][0] - middle[0]) for name in (f"cuff_{side}_inner", f"armpit_{side}"))
        assert cuff >= pit - 1


@pytest.mark.parametrize("bend", [0.0, 0.55])
def test_a_sleeve_does_not_twist_at_a_bent_elbow(person: Person, bend: float) -> None:
    """However far the forearm goes back to the hip, the cuff's outer edge is the one that follows the elbow's."""
    points = person.keypoints.copy()
    solid = np.zeros(person.labels.shape, np.uint8)
    shoulders = {side: points[KEYPOINT[f"{side}_shoulder"], :2].copy() for side in ("left", "right")}
    middle, unit = (
        (shoulders["left"] + shoulders["right"]) / 2,
        abs(float(shoulders["left"][0] - shoulders["right"][0])),
    )
    corners = [np.rint(middle + unit * np.array(at)).astype(int).tolist() for at in ((-0.5, 0), (0.5, 1.0))]
    cv2.rectangle(solid, *corners, 255, -1)
    for side, joint in shoulders.items():
        out = np.sign(joint[0] - middle[0])
        places = [joint, joint + unit * np.array([0.3 * out, 0.8]), joint + unit * np.array([(0.3 - bend) * out, 1.25])]
        for name, at in zip(("elbow", "wrist"), places[1:], strict=True):
            points[KEYPOINT[f"{side}_{name}"]] = (*at, 1.0)
        cv2.polylines(solid, [np.rint(places).astype(np.int32)], False, 255, round(0.2 * unit))
    found = worn_landmarks(replace(person, keypoints=points), solid, "top")
    for side, sign in (("left", -1), ("right", 1)):
        elbow, cuff = (
            np.subtract(found[f"{name}_{side}_outer"], found[f"{name}_{side}_inner"]) for name in ("elbow", "cuff")
        )
        assert sign * elbow[0] > 0 and cuff @ elbow > 0


def trimmed(person: Person, wide: int) -> tuple[Garment, Person, np.ndarray, np.ndarray]:
    """A dark shirt whose sleeves have trims `wide` px long, a little paler than the even wall, that were left out of
    its cut-out; and where they are, (h,w) bool."""
    labels, pixels = np.zeros((400, 400), np.uint8), np.full((400, 400, 3), 232, np.uint8)
    upper, trim = np.zeros((400, 400), bool), np.zeros((400, 400), bool)
    upper[100:320, 140:260] = upper[100:200, 80:320] = True
    trim[200 : 200 + wide, 80:140] = trim[200 : 200 + wide, 260:320] = True
    labels[upper] = LABEL["upper"]
    pixels[upper], pixels[trim] = (40, 60, 120), (248, 248, 250)
    points = np.zeros((len(KEYPOINT), 3), np.float32)
    points[KEYPOINT["left_shoulder"]], points[KEYPOINT["right_shoulder"]] = (260, 110, 1), (140, 110, 1)
    photo, alpha = Photo(pixels), np.where(upper, 255, 0).astype(np.uint8)
    marks = {"cuff_left_outer": (320.0, 200.0), "cuff_left_inner": (260.0, 200.0)}
    marks |= {"cuff_right_outer": (80.0, 200.0), "cuff_right_inner": (140.0, 200.0)}
    marks |= {"shoulder_left": (300.0, 100.0), "shoulder_right": (100.0, 100.0)}
    garment = Garment(
        photo=photo, cutout=alpha, category="top", confidence=1.0, sleeves="short", length="hip", neckline="round",
        kind="shirt", worn=True, landmarks=marks,
    )  # fmt: skip
    worn = replace(person, photo=photo, labels=labels, keypoints=points, outline=alpha)
    return garment, worn, alpha, trim


def test_a_sleeve_ends_with_its_trim_that_is_hardly_paler_than_the_wall(person: Person) -> None:
    garment, worn, told, trim = trimmed(person, 10)
    found = with_trims(garment, worn, told)
    assert found.cutout[cv2.erode(trim.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0].min() > 200
    assert found.cutout[214:, :130].max() < 60
    assert found.landmarks["cuff_left_outer"][1] == pytest.approx(209, abs=2)
    assert found.landmarks["cuff_right_inner"][1] == pytest.approx(209, abs=2)


def test_a_paler_wall_below_a_sleeve_is_no_trim(person: Person) -> None:
    garment, worn, told, _ = trimmed(person, 60)
    assert with_trims(garment, worn, told) is garment


def test_a_trim_is_in_one_piece_where_it_is_as_light_as_the_wall(person: Person) -> None:
    garment, worn, told, _ = trimmed(person, 10)
    pixels = worn.photo.pixels.copy()
    pixels[200:210, 286:298] = 232  # between its part in shade and its part in light
    found = with_trims(garment, replace(worn, photo=Photo(pixels)), told)
    assert found.cutout[202:207, 288:296].min() > 200
    assert found.cutout[214:, 280:300].max() < 60


def test_the_pale_rim_of_an_arm_below_a_trim_is_none_of_it(person: Person) -> None:
    garment, worn, told, _ = trimmed(person, 10)
    pixels = worn.photo.pixels.copy()
    pixels[210:240, 134:139] = 248
    found = with_trims(garment, replace(worn, photo=Photo(pixels)), told)
    assert found.cutout[224:, 132:140].max() < 60


def test_a_pale_gap_between_an_arm_and_the_trunk_is_no_longer_than_the_trim(person: Person) -> None:
    garment, worn, told, _ = trimmed(person, 10)
    pixels = worn.photo.pixels.copy()
    pixels[210:222, 122:140] = 248
    found = with_trims(garment, replace(worn, photo=Photo(pixels)), told)
    assert found.cutout[217:, 118:137].max() < 60
    assert found.landmarks["cuff_right_inner"][1] < 214


def test_a_blue_row_beside_hair_is_cloth_above_blue_jeans() -> None:
    labels, lab = np.zeros((120, 80), np.uint8), np.zeros((120, 80, 3), np.float32)
    lab[:] = (95, 0, 0)
    blue, brown, dark = (60, 0, -40), (35, 15, 20), (15, 5, 5)
    for rows, name, colour in (
        (slice(0, 20), "hair", brown), (slice(20, 80), "upper", dark), (slice(80, 120), "pants", blue)
    ):  # fmt: skip
        labels[rows, 20:60], lab[rows, 20:60] = LABEL[name], colour
    lab[20:26, 20:60] = lab[50:60, 20:60] = blue
    lab[26:30, 20:30] = brown
    mask = labels == LABEL["upper"]
    core = cv2.erode(mask.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0
    sure = surely_own(lab, labels, mask, core, 60.0)
    assert sure[21:25, 22:58].all()
    assert not sure[26:30, 20:29].any(), "hair"
    assert not sure[60:].any(), "beside the jeans"
