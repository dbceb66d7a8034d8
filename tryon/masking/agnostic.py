"""Where a new garment may be painted."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tryon.masking.areas import dilated
from tryon.masking.correct import corrected_labels, figure_size
from tryon.masking.maps import SEEN, TOPS, Array, labelled
from tryon.masking.pockets import below_wrist, pocketed
from tryon.types import KEYPOINT, Category, Garment, Mask, Person

LOWER = ("pants", "skirt", "belt", "dress", "jumpsuit")
SKIN = {"top": ("neck", "left_arm", "right_arm"), "bottom": ("left_leg", "right_leg")}
PROTECTED = (
    "hat", "hair", "sunglasses", "face", "left_hand", "right_hand", "gloves", "bag", "left_shoe", "right_shoe",
)  # fmt: skip
CUFF = 0.07  # shoulder distances: how far a cuff's edge and shadow go on a hand
WRIST = 0.30  # shoulder distances: how far from the wrist that is
SLEEVE_END = {"long": 0.12, "elbow": -0.20}  # shoulder distances beyond the wrist: where sleeves end at the most
FOREARM = 0.60  # shoulder distances before the wrist: how far up labels may take a forearm for the hand
INSTEP, OVER_SHOES = 0.10, 0.28  # shoulder distances below an ankle down to where long dresses and trousers fall
MIXED = 0.012  # shoulder distances: a hand's pixels so close to the old garment are of both
BAG = 0.17  # shoulder distances: as far as a sleeve reaches beside its forearm
BESIDE = 0.20  # shoulder distances: more than half a cuff's width
LONG = ("calf", "ankle")  # what falls over boots, and over socks that are labelled shoes
# How far the hem of each length goes: shares of the trunk below the hips (top, dress), joints for the rest.
BELOW_HIPS = {"cropped": 0.05, "hip": 0.35, "thigh": 0.75, "knee": 1.15, "calf": 1.65, "ankle": 2.1}


def agnostic_mask(person: Person, garments: Sequence[Garment], category: Category) -> Mask:
    """(h,w) 0 or 255: what may be painted when `garments` go on as `category`.

    The old garment, and the parts of the body that the new one will cover or bare, widened by cloth that stands
    off; without face, hair, hands (but where they are in pockets or cuffs), shoes and bags, and, for a top or a bottom,
    without what it is worn with except where it will overlap.
    """
    labels, points = corrected_labels(person), person.keypoints
    unit, trunk = figure_size(points)
    if unit <= 0:
        return np.where(labelled(labels, TOPS + LOWER), 255, 0).astype(np.uint8)
    wanted = _old(labels, points, trunk, category)
    mixed = dilated(labelled(labels, TOPS + LOWER), max(2.0, MIXED * unit)) & labelled(
        labels, ("left_hand", "right_hand")
    )
    wanted |= _body(labels.shape, points, unit, trunk, garments, category)
    if category != "bottom":
        wanted |= labelled(labels, SKIN["top"])
    if category != "top":
        wanted |= labelled(labels, SKIN["bottom"])
    margin = max(2, round(0.12 * unit))
    wanted = dilated(wanted, margin)
    kept = labelled(labels, PROTECTED) & ~mixed
    if category != "bottom":
        kept &= ~(pocketed(labels, points, unit) | _cuffs(labels, points, unit))
        kept &= ~in_sleeves(labels, points, unit, garments)
    if category == "bottom" or (category == "dress" and any(garment.length in LONG for garment in garments)):
        kept &= ~instep(labels, points, unit, OVER_SHOES if category == "bottom" else INSTEP)
    return np.where(wanted & ~kept, 255, 0).astype(np.uint8)


def _cuffs(labels: Array, points: Array, unit: float) -> Array:
    """Boolean (h,w): the rims of hands that come out of sleeves, which have the cuffs' colour and shadow."""
    hands = labelled(labels, ("left_hand", "right_hand", "gloves"))
    rims = np.zeros(labels.shape, bool)
    cloth = labelled(labels, TOPS)
    for side in ("left", "right"):
        wrist = points[KEYPOINT[f"{side}_wrist"]]
        if wrist[2] < SEEN:
            continue
        low, high = (np.maximum(wrist[:2] + sign * WRIST * unit, 0).astype(int) for sign in (-1, 1))
        part = (slice(low[1], high[1]), slice(low[0], high[0]))
        rims[part] |= hands[part] & dilated(cloth[part], CUFF * unit)
    return rims


def in_sleeves(labels: Array, points: Array, unit: float, garments: Sequence[Garment]) -> Array:
    """Boolean (h,w): what is labelled a hand but lies where the sleeves of `garments` end, or before that: labels begin
    a hand above its wrist, and give it rims of the forearm. Also what they hide of a bag behind the forearm."""
    found = np.zeros(labels.shape, bool)
    reach = max((SLEEVE_END.get(garment.sleeves, -np.inf) for garment in garments), default=-np.inf)
    for side in ("left", "right"):
        elbow, wrist = (points[KEYPOINT[f"{side}_{joint}"]] for joint in ("elbow", "wrist"))
        way = wrist[:2] - elbow[:2]
        length = float(np.hypot(*way))
        if not np.isfinite(reach) or min(elbow[2], wrist[2]) < SEEN or length < 1:
            continue
        bag, hand = labelled(labels, ("bag",)), labelled(labels, (f"{side}_hand", "gloves"))
        end = reach * unit
        if reach > 0 and hand.any():
            end += below_wrist(_from_wrist(hand, wrist, way / length)[2], unit)
        for part, wide in ((hand, BESIDE), (bag, BAG if behind_forearm(bag, elbow[:2], wrist[:2]) else 0.0)):
            y, x, beyond, beside = _from_wrist(part, wrist, way / length)
            cuff = (beyond < end) & (beyond > -FOREARM * unit) & (np.abs(beside) < wide * unit)
            found[y[cuff], x[cuff]] = True
    return found


def _from_wrist(plane: Array, wrist: Array, way: Array) -> tuple[Array, Array, Array, Array]:
    """(n,) rows and columns of a plane (h,w) bool, and how far they lie beyond the `wrist` in the direction `way`, (2,)
    of length 1, and beside it, px."""
    y, x = np.nonzero(plane)
    right, down = x - wrist[0], y - wrist[1]
    return y, x, right * way[0] + down * way[1], down * way[0] - right * way[1]


def behind_forearm(bag: Array, elbow: Array, wrist: Array) -> bool:
    """Whether a forearm from `elbow` to `wrist` (2,) lies before what is held, `bag` (h,w) bool, all the way."""
    line = np.rint(elbow + (wrist - elbow) * np.linspace(0.3, 1.0, 24)[:, None]).astype(int)
    height, width = bag.shape
    return not bag[line[:, 1].clip(0, height - 1), line[:, 0].clip(0, width - 1)].any()


def instep(labels: Array, points: Array, unit: float, reach: float = INSTEP) -> Array:
    """Boolean (h,w): what is labelled a shoe but lies less than `reach` shoulder distances below the ankle, where long
    clothes fall over it."""
    rows = np.arange(labels.shape[0])[:, None]
    found = np.zeros(labels.shape, bool)
    for side in ("left", "right"):
        ankle = points[KEYPOINT[f"{side}_ankle"]]
        if ankle[2] >= SEEN:
            found |= labelled(labels, (f"{side}_shoe",)) & (rows < ankle[1] + reach * unit)
    return found


def _old(labels: Array, points: Array, trunk: float, category: Category) -> Array:
    """What the new garment replaces; of a dress, for a top or a bottom, its half."""
    one_piece = labelled(labels, ("dress", "jumpsuit"))
    if category == "dress":
        return labelled(labels, TOPS + LOWER)
    shoulders = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 1].mean()
    below = np.arange(labels.shape[0])[:, None] > shoulders + 0.72 * trunk
    if category == "top":
        return labelled(labels, ("upper", "coat", "scarf")) | (one_piece & ~below)
    return labelled(labels, ("pants", "skirt", "belt")) | (one_piece & below)


def _body(
    size: tuple[int, ...], points: Array, unit: float, trunk: float, garments: Sequence[Garment], category: Category
) -> Array:
    """Boolean (h,w): trunk, arms and legs as far as the garments go, drawn as thick lines."""
    canvas = np.zeros(size, np.uint8)
    joint = {name: points[index] for name, index in KEYPOINT.items()}
    shoulders = (joint["left_shoulder"][:2] + joint["right_shoulder"][:2]) / 2
    hips = [joint[f"{side}_hip"] for side in ("left", "right")]
    seen = min(hip[2] for hip in hips) >= SEEN
    hip = (hips[0][:2] + hips[1][:2]) / 2 if seen else shoulders + np.array([0.0, trunk])
    down = (hip - shoulders) / max(float(np.linalg.norm(hip - shoulders)), 1e-6)
    reach = max((BELOW_HIPS[garment.length] for garment in garments), default=0.35)
    roomy = 1.25 if reach <= 0.4 else 1.5
    if category in ("top", "dress"):
        start, end = shoulders - down * 0.35 * unit, hip + down * reach * trunk
        _tapered(canvas, start, shoulders, 0.28 * unit, 0.56 * unit)
        _tapered(canvas, shoulders, hip, 0.62 * unit, 0.60 * unit * roomy)
        if reach > 0.05:
            _tapered(canvas, hip, end, 0.60 * unit * roomy, (0.62 if reach < 0.5 else 0.85) * unit * roomy)
        for side in ("left", "right"):
            _limb(canvas, joint, side, ("shoulder", "elbow", "wrist"), 0.26 * unit, _sleeves(garments))
    if category in ("bottom", "dress"):
        waist = shoulders + (hip - shoulders) * 0.62
        _tapered(canvas, waist, hip, 0.52 * unit, 0.66 * unit)
        for side in ("left", "right"):
            _limb(canvas, joint, side, ("hip", "knee", "ankle"), 0.36 * unit, 1.0)
        if any(garment.kind in ("skirt", "dress") for garment in garments):
            _tapered(canvas, hip, hip + down * reach * trunk, 0.7 * unit, 0.95 * unit)
    return canvas > 0


def _sleeves(garments: Sequence[Garment]) -> float:
    """Share of the arm that the longest sleeves cover."""
    reach = {"none": 0.12, "short": 0.55, "elbow": 0.85, "long": 1.0}
    return max((reach[garment.sleeves] for garment in garments), default=1.0)


def _tapered(canvas: Array, a: Array, b: Array, half_a: float, half_b: float) -> None:
    span = b - a
    length = float(np.linalg.norm(span))
    if length < 1e-6:
        return
    normal = np.array([-span[1], span[0]]) / length
    corners = [a - normal * half_a, a + normal * half_a, b + normal * half_b, b - normal * half_b]
    cv2.fillConvexPoly(canvas, np.rint(corners).astype(np.int32), 1)


def _limb(
    canvas: Array, joint: dict[str, Array], side: str, names: tuple[str, str, str], half: float, share: float
) -> None:
    """A thick line along a limb, `share` of its two bones long; nothing where the limb is not seen."""
    first, second, third = (joint[f"{side}_{name}"] for name in names)
    if min(first[2], second[2]) < SEEN:
        return
    points = [first[:2], first[:2] + (second[:2] - first[:2]) * min(1.0, 2 * share)]
    if third[2] >= SEEN and share > 0.5:
        points.append(second[:2] + (third[:2] - second[:2]) * (2 * share - 1))
    line = np.rint(points).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(canvas, [line], False, 1, max(1, round(2 * half)))
