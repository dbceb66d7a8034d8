"""Body parts and depth worked out from labels and key points, for what the network does not say itself.

Parts follow DensePose's 24: every pixel of the person goes to the body segment whose capsule it is nearest to,
measured in the capsule's own radius, among the segments that its label allows. Depth is a relief: a rounded
figure from the distance to the contour, with arms that lie in front of the trunk standing out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import KEYPOINT, LABEL, PARTS

Array = NDArray[Any]
PART = {name: index for index, name in enumerate(PARTS)}
SEEN = 0.12  # least key point score that geometry is built on


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A capsule from `start` to `end` (x, y px) with `radius` px, and the part index of its pixels."""

    part: int
    start: Array
    end: Array
    radius: float


def unit(points: Array) -> float:
    """Shoulder width, or what stands for it, in px: the yardstick of the figure. 0 where nothing is known."""
    right, left = points[KEYPOINT["right_shoulder"]], points[KEYPOINT["left_shoulder"]]
    lengths = []
    if min(right[2], left[2]) > SEEN:
        lengths.append(float(np.hypot(*(right - left)[:2])))
    hips = [points[KEYPOINT[f"{side}_hip"]] for side in ("right", "left")]
    neck = points[KEYPOINT["neck"]]
    seen_hips = [hip for hip in hips if hip[2] > SEEN]
    if neck[2] > SEEN and seen_hips:
        hip = np.mean(seen_hips, axis=0)
        lengths.append(0.68 * float(np.hypot(*(neck - hip)[:2])))
    return max(lengths, default=0.0)


def facing(points: Array) -> bool:
    """True when the person's front is seen: the right shoulder lies on the picture's left, or the nose is seen."""
    right, left = points[KEYPOINT["right_shoulder"]], points[KEYPOINT["left_shoulder"]]
    nose = float(points[KEYPOINT["nose"], 2])
    return bool(left[0] - right[0] > 0) or nose > 0.35


def segments(points: Array, size: float, front: bool) -> list[Segment]:
    """The capsules of the limbs, trunk and head that the key points give."""

    def point(name: str) -> Array | None:
        p = points[KEYPOINT[name]]
        return p[:2].astype(np.float32) if p[2] > SEEN else None

    leg, arm = ("front", "outer") if front else ("back", "inner")
    found: list[Segment] = []

    def add(part: str, start: Array | None, end: Array | None, radius: float, from_: float, to: float) -> None:
        if start is not None and end is not None:
            along = end - start
            found.append(
                Segment(part=PART[part], start=start + from_ * along, end=start + to * along, radius=radius * size)
            )

    for side in ("right", "left"):
        shoulder, elbow, wrist = (point(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
        hip, knee, ankle = (point(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
        add(f"{side}_upper_arm_{arm}", shoulder, elbow, 0.19, 0.05, 1.0)
        add(f"{side}_lower_arm_{arm}", elbow, wrist, 0.15, 0.0, 0.95)
        add(f"{side}_hand", elbow, wrist, 0.14, 1.1, 1.4)
        add(f"{side}_upper_leg_{leg}", hip, knee, 0.27, 0.12, 1.0)
        add(f"{side}_lower_leg_{leg}", knee, ankle, 0.19, 0.0, 0.95)
        add(f"{side}_foot", knee, ankle, 0.17, 1.06, 1.22)
        add("torso_front" if front else "torso_back", shoulder, hip, 0.30, 0.0, 0.95)
    _head(points, size, found)
    return found


def _head(points: Array, size: float, found: list[Segment]) -> None:
    """Two halves of the head, right and left of the line from the neck over the nose."""
    nose, neck = points[KEYPOINT["nose"]], points[KEYPOINT["neck"]]
    if neck[2] <= SEEN:
        return
    up = np.array([0, -1.0], np.float32)
    eyes = [points[KEYPOINT[n], :2] for n in ("right_eye", "left_eye") if points[KEYPOINT[n], 2] > SEEN]
    if nose[2] > SEEN:
        centre = nose[:2].astype(np.float32) if not eyes else np.mean([nose[:2], *eyes], axis=0)
        up = (centre - neck[:2]) / max(1e-3, float(np.hypot(*(centre - neck[:2]))))
    else:
        centre = neck[:2] + 0.62 * size * up
    right_of_person = np.array([up[1], -up[0]], np.float32)
    if points[KEYPOINT["left_shoulder"], 0] < points[KEYPOINT["right_shoulder"], 0]:
        right_of_person = -right_of_person
    for part, sign in (("head_right", 1.0), ("head_left", -1.0)):
        middle = centre + sign * 0.12 * size * right_of_person
        found.append(
            Segment(part=PART[part], start=middle - 0.25 * size * up, end=middle + 0.25 * size * up, radius=0.3 * size)
        )


def _distance(segment: Segment, xs: Array, ys: Array) -> Array:
    """Distance of pixels to the capsule's axis, in radii, (h,w) float32."""
    along = segment.end - segment.start
    length2 = float(along @ along) + 1e-6
    dx, dy = xs - segment.start[0], ys - segment.start[1]
    t = np.clip((dx * along[0] + dy * along[1]) / length2, 0, 1)
    result: Array = np.hypot(dx - t * along[0], dy - t * along[1]) / max(segment.radius, 1e-3)
    return result


_HEAD_LABELS = ("hat", "hair", "sunglasses", "face")
_FREE_LABELS = ("upper", "coat", "skirt", "pants", "dress", "jumpsuit", "belt", "scarf", "bag", "socks")


def _allowed(label: str, part: int) -> bool:
    """Whether a pixel of this label can lie on this part."""
    name = PARTS[part]
    if label in ("hat", "sunglasses", "face"):
        return name.startswith("head")
    if label == "hair":
        return name.startswith(("head", "torso"))
    if label == "neck":
        return name.startswith(("head", "torso"))
    if label in ("pants", "skirt"):
        return not name.startswith("head") and "arm" not in name
    for limb, words in (("arm", ("arm",)), ("hand", ("hand",)), ("leg", ("leg",)), ("shoe", ("foot",))):
        for side in ("left", "right"):
            if label == f"{side}_{limb}":
                return name.startswith(side) and any(word in name for word in words)
    if label == "gloves":
        return "hand" in name
    if label == "socks":
        return "lower_leg" in name or "foot" in name
    return not name.startswith("head") and "hand" not in name and "foot" not in name


def body_parts(labels: Array, points: Array, loose: float = 1.7) -> Array:
    """DensePose part (h,w) uint8 of every person pixel; 0 beyond `loose` radii, as for the hem of a wide skirt."""
    size = unit(points)
    parts = np.zeros(labels.shape, np.uint8)
    if size <= 0:
        return parts
    capsules = segments(points, size, facing(points))
    ys, xs = np.mgrid[0 : labels.shape[0], 0 : labels.shape[1]].astype(np.float32)
    planes = [(s.part, _distance(s, xs, ys)) for s in capsules]
    for name, index in LABEL.items():
        mask = labels == index
        if index == 0 or not mask.any():
            continue
        best = np.full(int(mask.sum()), 1e9, np.float32)
        winner = np.zeros(best.shape, np.uint8)
        for part, plane in planes:
            if _allowed(name, part):
                value = plane[mask]
                closer = value < best
                best[closer], winner[closer] = value[closer], part
        # Cloth stands off the body; skin and shoes are the body, whatever the capsules say.
        reach = loose if name in _FREE_LABELS else 1e8
        winner[best > reach] = 0
        parts[mask] = winner
    return parts


def relief(labels: Array, points: Array) -> Array:
    """Relative depth (h,w) float32: 0 outside the person, 1 nearest."""
    person = (labels > 0).astype(np.uint8)
    if not person.any():
        return np.zeros(labels.shape, np.float32)
    size = unit(points) or float(np.sqrt(person.sum()) / 2)
    depth = 0.35 + 0.35 * _dome(person, 0.42 * size)
    limbs = [f"{side}_{part}" for side in ("left", "right") for part in ("arm", "hand")]
    arms = np.isin(labels, [LABEL[name] for name in limbs] + [LABEL["gloves"]]).astype(np.uint8)
    # An arm pixel far inside the figure's contour lies on the trunk, so it must be in front of it.
    inside = cv2.blur(cv2.erode(person, _disc(0.22 * size)).astype(np.float32), (_odd(0.2 * size),) * 2)
    depth += arms * (0.08 * _dome(arms, 0.14 * size) + 0.14 * inside)
    face = np.isin(labels, [LABEL[name] for name in _HEAD_LABELS]).astype(np.uint8)
    depth += 0.05 * face * _dome(face, 0.3 * size)
    smooth = cv2.GaussianBlur(depth.astype(np.float32), (0, 0), max(0.6, 0.02 * size))
    result: Array = np.clip(smooth, 0.02, 1.0) * person
    return result.astype(np.float32)


def _odd(value: float) -> int:
    return max(1, int(value)) | 1


def _disc(radius: float) -> Array:
    size = _odd(2 * radius + 1)
    kernel: Array = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return kernel


def _dome(mask: Array, radius: float) -> Array:
    """0 at the mask's border, rising as a quarter circle to 1 at `radius` px inside: (h,w) float32."""
    inner = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    rim = np.clip(1 - inner / max(radius, 1.0), 0, 1)
    dome: Array = np.sqrt(np.clip(1 - rim * rim, 0, 1)) * mask
    return dome.astype(np.float32)
