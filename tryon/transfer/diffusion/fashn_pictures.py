"""What FASHN VTON 1.5 is shown: its drawing of a pose, its masks, its way of fitting a picture into the network's.

Reproduced from the authors' preparation (github.com/fashn-AI/fashn-vton-1.5). One thing differs on purpose: padding is
returned with the picture instead of being remembered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tryon.parsing.dwpose import WholeBodies
from tryon.types import LABELS, Category, Mask, Pixels

Array = NDArray[Any]
Padding = tuple[int, int, int, int]  # left, top, right, bottom

GREY = 127
# The authors' parser's labels.
FACE, HAIR, TOP, DRESS, SKIRT, PANTS, BELT, BAG, HAT, SCARF, GLASSES, ARMS, HANDS, LEGS, FEET, TORSO, JEWELLERY = range(
    1, 18
)
FROM_OURS: Mapping[str, int] = {
    "hat": HAT, "hair": HAIR, "sunglasses": GLASSES, "upper": TOP, "coat": TOP, "skirt": SKIRT, "pants": PANTS,
    "dress": DRESS, "jumpsuit": DRESS, "belt": BELT, "left_shoe": FEET, "right_shoe": FEET, "socks": FEET,
    "face": FACE, "neck": TORSO, "left_leg": LEGS, "right_leg": LEGS, "left_arm": ARMS, "right_arm": ARMS,
    "left_hand": HANDS, "right_hand": HANDS, "gloves": HANDS, "bag": BAG, "scarf": SCARF,
}  # fmt: skip
CLOTHES: Mapping[Category, tuple[int, ...]] = {
    "top": (TOP, DRESS, SCARF),
    "bottom": (SKIRT, PANTS, BELT),
    "dress": (TOP, DRESS, SCARF, SKIRT, PANTS, BELT),
}
LIMBS_UNDER: Mapping[Category, tuple[int, ...]] = {
    "top": (ARMS, TORSO),
    "bottom": (LEGS,),
    "dress": (ARMS, TORSO, LEGS),
}
KEPT: Mapping[Category, tuple[int, ...]] = {"top": (LEGS, HANDS), "bottom": (ARMS, FEET), "dress": (HANDS, FEET)}
ALWAYS_KEPT = (FACE, HAIR, JEWELLERY, BAG, GLASSES, HAT)


def authors_labels(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Our label map (h, w) as their parser would give it."""
    return np.array([FROM_OURS.get(name, 0) for name in LABELS], np.uint8)[labels]


# ---------------------------------------------------------------------------------------------- fitting in


def shrunk(pixels: Pixels, side: int) -> Pixels:
    """At most `side` x `side`, by Lanczos; never enlarged."""
    picture = Image.fromarray(pixels)
    scale = min(1.0, side / picture.width, side / picture.height)
    if scale == 1:
        return pixels
    size = (int(scale * picture.width), int(scale * picture.height))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def fitted_in(picture: Array, height: int, width: int, *, nearest: bool = False) -> tuple[Array, Padding]:
    """A picture (h, w[, 3]) inside the network's size, centred on black, and how much was added on each side.

    Photographs by area or Lanczos, pose drawings (`nearest`) by exact nearest neighbour.
    """
    scale = min(width / picture.shape[1], height / picture.shape[0])
    if scale != 1:
        own = cv2.INTER_LANCZOS4 if scale > 1 else cv2.INTER_AREA
        size = (int(scale * picture.shape[1]), int(scale * picture.shape[0]))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST_EXACT if nearest else own)
    across, down = width - picture.shape[1], height - picture.shape[0]
    left, top = across // 2, down // 2
    right, bottom = across - left, down - top
    framed = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return framed, (left, top, right, bottom)


def cut_back(pixels: Array, padding: Padding) -> Array:
    """(n, h, w, 3) without the padding of `fitted_in`."""
    left, top, right, bottom = padding
    return pixels[:, top : pixels.shape[1] - bottom, left : pixels.shape[2] - right]


def truncated_pixels(pictures: Any) -> NDArray[np.uint8]:
    """(n, 3, h, w) in -1..1 -> (n, h, w, 3) uint8, cut off and not rounded, as torchvision does."""
    values = ((pictures.float().clamp(-1, 1) + 1) * 0.5 * 255).byte()
    return values.permute(0, 2, 3, 1).cpu().numpy()


# ------------------------------------------------------------------------------------------------ garments


def garment_alone(pixels: Pixels, is_garment: NDArray[np.bool_]) -> Pixels:
    """A garment photo (h, w, 3) with grey where the garment is not; for garments that somebody wears."""
    return np.where(is_garment[..., None], pixels, np.uint8(GREY))


def masked_person(pixels: Pixels, mask: Mask) -> Pixels:
    """The person's photo with grey where the mask (h, w) is above 127."""
    return np.where(mask[..., None] > 127, np.uint8(GREY), pixels)


def agnostic_area(labels: Array, category: Category) -> NDArray[np.bool_]:
    """What their masked mode hides, from their labels (h, w).

    Their filling of holes starts in the corner (0, 0) and takes the background for a hole where the area reaches
    it; so does this, because results depend on it.
    """
    scale = labels.shape[0] / 864
    region = np.isin(labels, CLOTHES[category] + LIMBS_UNDER[category])
    side = max(1, int(4 * scale))
    buffer = cv2.dilate(_bytes(region), np.ones((side, side), np.uint8)) > 0
    box = np.zeros_like(region)
    x, y, width, height = cv2.boundingRect(_bytes(region))
    box[y : y + height, x : x + width] = True
    smooth = _smoothed(region, max(1, int(18 * scale))) | region
    near = box & (smooth | (_distance(~smooth) <= 100 * scale))
    across, down = int(33 * scale), int(16 * scale)
    kernel = np.ones((2 * down + 1, 2 * across + 1), np.uint8)
    near = cv2.dilate(_bytes(near), kernel, anchor=(across, down)) > 0
    area: NDArray[np.bool_] = buffer | (near & ~np.isin(labels, ALWAYS_KEPT + KEPT[category]))
    return area


def _smoothed(region: Array, radius: int) -> Array:
    """The region grown by `radius` px with a rounded contour and without holes."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    large = cv2.dilate(_bytes(region), kernel) > 0
    signed = _distance(~large) - _distance(large)
    inside = cv2.GaussianBlur(signed, (0, 0), radius / 2.5, borderType=cv2.BORDER_REPLICATE) <= 0
    holes = _bytes(~inside)
    cv2.floodFill(holes, None, (0, 0), 0)  # type: ignore[call-overload,unused-ignore]
    filled: Array = inside | (holes == 1)
    return filled


def _bytes(plane: Array) -> Array:
    return plane.astype(np.uint8)


def _distance(plane: Array) -> Array:
    return cv2.distanceTransform(_bytes(plane), cv2.DIST_L2, 5)


# --------------------------------------------------------------------------------------------------- poses

SEEN = 0.3  # least score
# COCO-WholeBody points (17 the neck, the middle of the shoulders) in OpenPose's order.
OPENPOSE = (0, 17, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
SHOULDERS, FACE_POINTS, LEFT_HAND, RIGHT_HAND = slice(5, 7), slice(23, 91), slice(91, 112), slice(112, 133)
BONES = ((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
         (1, 0), (0, 14), (14, 16), (0, 15), (15, 17))  # fmt: skip
FINGERS = tuple((0 if joint % 4 == 1 else joint - 1, joint) for joint in range(1, 21))
BONE_TONES = np.linspace(20, 240, 18).astype(np.uint8)
FINGER_TONES = np.linspace(160, 220, 20).astype(np.uint8)
DIM, BRIGHT = 0.6, 1.3  # bones are dimmed, joints take their bone's tone brightened
HAND_TONE, FACE_TONE = 240, 200


def no_pose(height: int, width: int) -> Mask:
    """The drawing of a garment that nobody wears."""
    return np.zeros((height, width), np.uint8)


def pose_drawing(height: int, width: int, bodies: WholeBodies) -> Mask:
    """(h, w) grey drawing of the main person's body, hands and face; points of all in this picture's pixels."""
    points, scores = bodies.points, bodies.scores
    neck_seen = scores[:, SHOULDERS].min(1) > SEEN
    body = np.concatenate([points[:, :17], points[:, SHOULDERS].mean(1, keepdims=True)], 1)[:, OPENPOSE]
    body_scores = np.concatenate([scores[:, :17], neck_seen[:, None]], 1)[:, OPENPOSE]
    main, size = main_person(body, body_scores), np.array([width, height])
    # There and back through 0..1, as upstream does: it moves whole numbers by a pixel here and there.
    joints, rest = ((values[main] / size * size).astype(int) for values in (body, points))
    canvas = _body_drawn(no_pose(height, width), joints, body_scores[main] > SEEN)
    rest = np.where((scores[main] >= SEEN)[:, None], rest, -1)
    for hand in (rest[LEFT_HAND], rest[RIGHT_HAND]):
        for index, (start, end) in enumerate(FINGERS):
            if (hand[start] > 0).all() and (hand[end] > 0).all():
                cv2.line(canvas, _at(hand[start]), _at(hand[end]), int(FINGER_TONES[index]), 2)
        _dots(canvas, hand, 4, HAND_TONE)
    _dots(canvas, rest[FACE_POINTS], 3, FACE_TONE)
    return canvas


def main_person(body: Array, scores: Array) -> int:
    """Whose pose counts: the highest product of seen points' scores and of the area of their box, body points
    1..13 in OpenPose's order. All boxes take the points that are seen in the *first* person, as upstream's do."""
    if len(body) == 1:
        return 0
    seen = scores[:, 1:14] > SEEN
    rank = (scores[:, 1:14] * seen).sum(1)
    weighted = rank * np.array([_box_area(points[seen[0]]) for points in body[:, 1:14]])
    return int(np.argmax(weighted if weighted.any() else rank))


def _box_area(points: Array) -> float:
    across, down = points[points[:, 0] > 0, 0], points[points[:, 1] > 0, 1]
    return float(np.ptp(across) * np.ptp(down)) if len(across) and len(down) else 0.0


def _body_drawn(canvas: Array, joints: Array, seen: Array) -> Array:
    for index, (start, end) in enumerate(BONES):
        if seen[start] and seen[end]:
            (x1, y1), (x2, y2) = _at(joints[start]), _at(joints[end])
            half = int(math.hypot(x1 - x2, y1 - y2)) // 2
            angle = int(math.degrees(math.atan2(y1 - y2, x1 - x2)))
            bone = cv2.ellipse2Poly(((x1 + x2) // 2, (y1 + y2) // 2), (half, 4), angle, 0, 360, 1)
            cv2.fillConvexPoly(canvas, bone, int(BONE_TONES[index]))
    canvas = (canvas * DIM).astype(np.uint8)
    for joint in np.flatnonzero(seen):
        first = next(index for index, bone in enumerate(BONES) if joint in bone)
        cv2.circle(canvas, _at(joints[joint]), 4, min(255, int(float(BONE_TONES[first]) * BRIGHT)), -1)
    return canvas


def _dots(canvas: Array, points: Array, radius: int, tone: int) -> None:
    for point in points:
        if (point > 0).all():
            cv2.circle(canvas, _at(point), radius, tone, -1)


def _at(point: Sequence[int] | Array) -> tuple[int, int]:
    return int(point[0]), int(point[1])
