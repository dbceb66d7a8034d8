"""The agnostic masks as the systems' authors make them, from label maps and key points.

The product's own mask (tryon/masking.py) is the default for every backend; these are what a backend falls back on
when it is given none, and what comparisons with published results need. Label numbers are those of the published
parsers: ATR-18 with 18 for the neck, LIP-20, DensePose 0..24.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tryon.masking import atr18, cihp20, labelled, lip20
from tryon.types import LABEL, Category, Floats, Mask, Person

Labels = NDArray[np.uint8]
Plane = NDArray[np.bool_]
Part = Literal["upper", "lower", "overall", "inner", "outer"]
Recipe = Literal["catvton", "ootd_hd", "ootd_dc", "leffa_hd", "leffa_dc", "idm_dc", "dci_vton", "viton", "vivid"]
CATVTON_PART: Mapping[Category, Part] = {"top": "upper", "bottom": "lower", "dress": "overall"}

WIDTH, HEIGHT = 384, 512  # the size at which OOTDiffusion, IDM-VTON and Leffa make their masks
RIGHT_ARM, LEFT_ARM = (2, 3, 4), (5, 6, 7)  # OpenPose: shoulder, elbow, wrist
ATR_ARMS = (15, 14)  # right, left
NECK, HEAD = (18,), (1, 3, 11)


def published_mask(person: Person, category: Category, recipe: Recipe) -> Mask:
    """The authors' mask (h, w) 0 or 255 from our own analysis of a person, at the person's size."""
    if recipe == "dci_vton":
        return dci_mask(cihp20(person.labels))
    if recipe == "viton":
        return viton_mask(lip20(person.labels))
    if recipe == "vivid":
        return vivid_mask(labelled(person.labels, VIVID_CLOTHES[category]))
    atr = atr18(person.labels)
    if recipe == "catvton":
        return catvton_mask(person.parts, atr, lip20(person.labels), CATVTON_PART[category])
    atr[person.labels == LABEL["neck"]] = NECK[0]
    height, width = atr.shape
    size = tuple(side * (IDM_DC.scale if recipe == "idm_dc" else 1) for side in (WIDTH, HEIGHT))
    keypoints = person.keypoints[:, :2] * (size[0] / width, size[1] / height)
    keypoints[person.keypoints[:, 2] <= 0] = 0
    small = cv2.resize(atr, size, interpolation=cv2.INTER_NEAREST)
    mask = parsed_mask(small, keypoints.astype(np.float32), category, recipe)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)


def is_one_of(labels: Labels, values: Iterable[int]) -> Plane:
    """Boolean (h, w): pixels with one of these labels."""
    table = np.zeros(256, bool)
    table[list(values)] = True
    return table[labels]


def grown(plane: Plane, side: int, times: int = 1) -> Plane:
    """Dilated by a square of ones. An even side grows lopsidedly, as the authors' do."""
    return cv2.dilate(plane.astype(np.uint8), np.ones((side, side), np.uint8), iterations=times) > 0


# ------------------------------------------------------------------------------------------------- CatVTON

LIP_FACE, LIP_LIMBS, ATR_LIMBS = (13,), (14, 15, 16, 17), (12, 13, 14, 15)
LIP_ACCESSORIES, ATR_ACCESSORIES = (1, 3, 4, 8, 11, 18, 19), (1, 3, 9, 10, 16, 17)
HANDS_AND_FEET = (3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class _PartRule:
    """What one part of CatVTON's mask keeps and takes, as label numbers."""

    kept_atr: tuple[int, ...]
    kept_lip: tuple[int, ...]
    taken_atr: tuple[int, ...]
    taken_lip: tuple[int, ...]
    body: tuple[int, ...]  # DensePose


_TORSO, _ARMS, _LEGS = (1, 2), tuple(range(15, 23)), tuple(range(7, 15))
PART_RULES: Mapping[Part, _PartRule] = {
    "upper": _PartRule((12, 13, 5, 6), (16, 17, 12, 9), (4, 7), (5, 7, 6, 10), _TORSO + _ARMS),
    "lower": _PartRule((14, 15, 11, 4), (14, 15, 13, 5, 7), (6, 5, 7), (9, 12, 6, 10), _LEGS),
    "overall": _PartRule((), (), (4, 7, 6, 5), (5, 7, 6, 10, 9, 12), _TORSO + _ARMS + _LEGS),
    "inner": _PartRule((12, 13, 7, 5, 6), (16, 17, 6, 7, 12, 9, 10), (4,), (5,), _TORSO),
    "outer": _PartRule((12, 13, 7, 6, 5), (16, 17, 6, 9, 12, 5, 10), (), (7,), _TORSO + _ARMS),
}


def catvton_mask(dense: Labels, atr: Labels, lip: Labels, part: Part) -> Mask:
    """CatVTON's automatic mask (h, w) 0 or 255; 255 is repainted. All maps at the person's size."""
    rule, side = PART_RULES[part], max(dense.shape)
    small, large = _odd(side // 250), _odd(side // 25)
    limbs = is_one_of(atr, ATR_LIMBS) | is_one_of(lip, LIP_LIMBS)
    strong = (grown(is_one_of(dense, HANDS_AND_FEET), small) & limbs) | is_one_of(lip, LIP_FACE)
    weak = strong | is_one_of(atr, (2, *ATR_ACCESSORIES)) | is_one_of(lip, (2, *LIP_ACCESSORIES))
    weak |= is_one_of(atr, rule.kept_atr) | is_one_of(lip, rule.kept_lip)
    figure = (atr > 0) | (lip > 0)
    area = _hulls((~weak & figure) | _quartered(is_one_of(dense, rule.body), small)) & ~weak
    soft = cv2.GaussianBlur(area.astype(np.uint8) * 255, (large, large), 0)
    area = (soft >= 25) | is_one_of(atr, rule.taken_atr) | is_one_of(lip, rule.taken_lip)
    return _mask(grown(area & ~strong, small))


def _quartered(plane: Plane, side: int) -> Plane:
    """Dilated twice at a quarter of the size."""
    height, width = plane.shape
    little = cv2.resize(plane.astype(np.uint8), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_NEAREST)
    little = cv2.dilate(little, np.ones((side, side), np.uint8), iterations=2)
    return cv2.resize(little, (width, height), interpolation=cv2.INTER_NEAREST) > 0


def _hulls(plane: Plane) -> Plane:
    """The convex hull of every connected part."""
    canvas = plane.astype(np.uint8)
    contours, _ = cv2.findContours(canvas, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        cv2.drawContours(canvas, [cv2.convexHull(contour)], 0, 1, thickness=cv2.FILLED)
    return canvas > 0


# ---------------------------------------------------------------------------- OOTDiffusion, IDM-VTON, Leffa


@dataclass(frozen=True, slots=True)
class _KindRule:
    kept: tuple[int, ...]
    removed: tuple[int, ...]
    arms: bool = True


_SHOES_AND_THINGS = (9, 10, 1, 3, 16)
OOTD_RULES: Mapping[Category, _KindRule] = {
    "top": _KindRule((*_SHOES_AND_THINGS, 5, 6), (4, 7)),
    "bottom": _KindRule((*_SHOES_AND_THINGS, 4, 14, 15), (6, 12, 13, 5), arms=False),
    "dress": _KindRule(_SHOES_AND_THINGS, (4, 5, 6, 7)),
}
_HAIR_SHOES_THINGS = (2, 9, 10, 1, 3, 17, 16)
DRESSCODE_RULES: Mapping[Category, _KindRule] = {
    "top": _KindRule((*_HAIR_SHOES_THINGS, 5, 6), (4,)),
    "bottom": _KindRule((*_HAIR_SHOES_THINGS, 4, 14, 15), (6, 12, 13), arms=False),
    "dress": _KindRule(_HAIR_SHOES_THINGS, (7, 12, 13)),
}


@dataclass(frozen=True, slots=True)
class _DressCode:
    """In what the two recipes after DressCode's own differ: how large they are drawn, what is head, holes."""

    scale: int  # of 384 x 512
    arms: int  # side of the square that the drawn arms are dilated by
    removed: int  # the same of all that goes
    head: tuple[int, ...]
    filled: bool


LEFFA_DC = _DressCode(scale=1, arms=5, removed=10, head=(1, 2, 3, 11, 18), filled=True)
IDM_DC = _DressCode(scale=2, arms=10, removed=20, head=(1, 2, 3, 11), filled=False)


def parsed_mask(atr: Labels, keypoints: Floats, category: Category, recipe: Recipe) -> Mask:
    """The mask (512, 384) 0 or 255 of a recipe. `atr`: (512, 384) with 18 for the neck; `keypoints`: (18, 2) pixels of
    that size, (0, 0) where a joint was not found. All are twice that size for "idm_dc"."""
    if recipe in ("leffa_dc", "idm_dc"):
        way = LEFFA_DC if recipe == "leffa_dc" else IDM_DC
        return _dresscode(atr, keypoints, DRESSCODE_RULES[category], way)
    rule = OOTD_RULES[category]
    kept, removed = is_one_of(atr, rule.kept), is_one_of(atr, rule.removed)
    # What is neither garment nor kept may change where it lies behind; the background as it stands stays.
    changeable = (atr == 0) | ~kept
    leffa = recipe == "leffa_hd"
    arms = np.zeros_like(kept)
    if rule.arms:
        width = 45 if recipe == "ootd_dc" else 60
        for joints, label in zip((RIGHT_ARM, LEFT_ARM), ATR_ARMS, strict=True):
            parsed = atr == label
            drawn = _arm(keypoints[list(joints)], parsed, width, outwards=label == ATR_ARMS[0])
            kept |= parsed & ~drawn  # hands
            arms |= drawn
    if leffa:
        kept = cv2.erode(kept.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    head = is_one_of(atr, HEAD)
    kept |= head
    removed = grown(removed, 10 if leffa else 5, 5)
    if rule.arms:
        removed |= grown(is_one_of(atr, NECK), 5) & ~head
        removed |= grown(arms, 5, 4)
    return _mask(_largest(_without_holes(~((changeable & ~removed) | kept))))


def _arm(joints: Floats, parsed: Plane, width: int, *, outwards: bool) -> Plane:
    """The thick line shoulder, elbow, wrist; the parsed arm where the wrist was not found. A line of even width lies
    by a pixel elsewhere when it is drawn from its other end, so the direction is part of the recipe."""
    shoulder, elbow, wrist = (np.asarray(joint[:2], np.float64) for joint in joints)
    if wrist[0] <= 1 and wrist[1] <= 1:
        return parsed
    wrist = elbow + 1.2 * (wrist - elbow)  # the hand's root belongs to the sleeve
    canvas = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(canvas)
    joints_in_order = (shoulder, elbow, wrist) if outwards else (wrist, elbow, shoulder)
    points = [int(value) for point in joints_in_order for value in np.clip(point, 0, None)]
    draw.line(points, fill=1, width=width, joint="curve")
    half = width // 2
    x, y = shoulder
    draw.arc((x - half, y - half, x + half, y + half), 0, 360, fill=1, width=half)
    return np.asarray(canvas) > 0


def _dresscode(atr: Labels, keypoints: Floats, rule: _KindRule, way: _DressCode) -> Mask:
    kept, removed = is_one_of(atr, rule.kept), is_one_of(atr, rule.removed)
    changeable = (atr == 0) | ~kept
    head = is_one_of(atr, way.head)
    if rule.arms:
        arms = grown(_both_arms(keypoints, atr.shape), way.arms, 5)
        kept |= is_one_of(atr, (14, 15)) & ~arms
        removed |= arms
    below = _below_shoulders(keypoints, atr.shape, 20 * way.scale) if rule.arms else np.zeros_like(head)
    removed |= head & below
    kept |= head & ~below
    area = ~((changeable & ~grown(removed, way.removed, 5)) | kept)
    return _mask(_without_holes(area) if way.filled else area)


def _both_arms(keypoints: Floats, shape: tuple[int, ...]) -> Plane:
    """One line of width 30, wrist to wrist over the shoulders, shortened on the side whose wrist was not found."""
    points = {name: np.asarray(keypoints[index][:2], np.float64) for index, name in _JOINTS.items()}
    names = ["left_wrist", "left_elbow", "left_shoulder", "right_shoulder", "right_elbow", "right_wrist"]
    if points["right_wrist"].max() <= 1:
        names = names[:4] if points["right_elbow"].max() <= 1 else names[:5]
    elif points["left_wrist"].max() <= 1:
        names = names[2:] if points["left_elbow"].max() <= 1 else names[1:]
    canvas = Image.new("L", (shape[1], shape[0]))
    flat = [int(value) for name in names for value in points[name]]
    ImageDraw.Draw(canvas).line(flat, fill=1, width=30, joint="curve")
    return np.asarray(canvas) > 0


_JOINTS = {2: "right_shoulder", 3: "right_elbow", 4: "right_wrist", 5: "left_shoulder", 6: "left_elbow",
           7: "left_wrist"}  # fmt: skip


def _below_shoulders(keypoints: Floats, shape: tuple[int, ...], less: int) -> Plane:
    """Below the line through both shoulders, less some px; rows above the picture count from its end, as upstream's."""
    height, width = shape
    right, left = (np.asarray(keypoints[index][:2], np.float64) for index in (2, 5))
    columns = np.arange(width)
    run = left[0] - right[0]
    slope = 0.0 if run == 0 else (left[1] - right[1]) / run
    line = (right[1] + slope * (columns - right[0])).astype(np.int64) - less
    line = np.where(line < 0, line + height, line)
    below: Plane = np.arange(height)[:, None] >= line[None]
    return below


# ---------------------------------------------------------------------------------- DCI-VTON, VITON, ViViD

DCI_SIDE = 512  # px, the square that DCI-VTON works on
DCI_TAKEN = (5, 6, 7, 14, 15)  # upper clothes and both arms, in CIHP's classes
VITON_KEPT = (1, 2, 4, 13)  # hat, hair, sunglasses, face, in LIP's classes
VIVID_HEIGHT, VIVID_BLUR, VIVID_LEAST = 832, 4, 50  # px of its clips, px at that height, of 255
VIVID_CLOTHES: Mapping[Category, tuple[str, ...]] = {
    "top": ("upper", "coat"),
    "bottom": ("pants", "skirt"),
    "dress": ("upper", "coat", "pants", "skirt", "dress", "jumpsuit"),
}


def dci_mask(cihp: Labels) -> Mask:
    """DCI-VTON's mask (h, w) 0 or 255: upper clothes and arms, widened on a square of 512 px."""
    height, width = cihp.shape
    square = cv2.resize(cihp, (DCI_SIDE, DCI_SIDE), interpolation=cv2.INTER_NEAREST)
    side = DCI_SIDE * 5 // 256
    plane = grown(is_one_of(square, DCI_TAKEN), side, 3).astype(np.uint8)
    plane = cv2.erode(plane, np.ones((side, side), np.uint8))
    return cv2.resize(_mask(plane > 0), (width, height), interpolation=cv2.INTER_NEAREST)


def viton_mask(lip: Labels) -> Mask:
    """What VITON paints anew of a person, (h, w) 0 or 255: everything of the figure but the head."""
    return _mask((lip > 0) & ~is_one_of(lip, VITON_KEPT))


def vivid_mask(cloth: Plane) -> Mask:
    """ViViD's mask (h, w) 0 or 255 from the old garment's region: blurred and taken from a fifth of white up."""
    radius = VIVID_BLUR * cloth.shape[0] / VIVID_HEIGHT
    soft = Image.fromarray(_mask(cloth)).filter(ImageFilter.GaussianBlur(radius))
    return _mask(np.asarray(soft) > VIVID_LEAST)


# ------------------------------------------------------------------------------------------------- shared


def _without_holes(plane: Plane) -> Plane:
    """What the outside does not reach is filled; the outermost frame counts as outside."""
    framed = plane.copy()
    framed[[0, -1]], framed[:, [0, -1]] = False, False
    outside = (~framed).astype(np.uint8)
    _, parts = cv2.connectedComponents(outside, connectivity=4)
    return framed | (parts != parts[0, 0])


def _largest(plane: Plane) -> Plane:
    """The connected part with the largest outline, filled. The outline is simplified as the authors do, which rounds
    it by a pixel here and there."""
    contours, _ = cv2.findContours(plane.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    canvas = np.zeros(plane.shape, np.uint8)
    if contours:
        cv2.drawContours(canvas, [max(contours, key=cv2.contourArea)], 0, 1, thickness=cv2.FILLED)
    return canvas > 0


def _mask(plane: Plane) -> Mask:
    return np.where(plane, 255, 0).astype(np.uint8)


def _odd(value: int) -> int:
    return value + 1 - value % 2
