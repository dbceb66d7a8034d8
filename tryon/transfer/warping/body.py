"""Where the body is: joints, a trunk frame, edges measured on the label map, arms and legs as tapered limbs.

Everything here is in pixels of the working picture; "left" and "right" are those of the picture. What the
picture does not show, or what loose cloth hides, comes from proportions of an average figure, in units of the
distance between the shoulder joints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np

from tryon.errors import PersonIncomplete
from tryon.masking import labelled
from tryon.masking.maps import BODICES
from tryon.transfer.warping.arrays import Array, projected
from tryon.transfer.warping.joints import SEEN, under_skirt
from tryon.transfer.warping.limbs import ARM_AT, ARM_HALF, LEG_AT, LEG_HALF, Limb, bent_limb, centred, ending_at
from tryon.transfer.warping.shoulder_lines import shoulder_line
from tryon.types import KEYPOINT, LABEL, Category, Person

Side: TypeAlias = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")
CROTCH = 0.32  # below the hip joints, in shoulder distances: where trousers have it

# Half widths of the trunk from the shoulder line down, in shoulder distances, at these shares of the way to the hips.
TRUNK_AT = np.array([0.0, 0.25, 0.45, 0.68, 1.0, 1.3])
TRUNK_HALF = np.array([0.56, 0.50, 0.46, 0.41, 0.52, 0.55])
_COVERED = [LABEL[name] for name in ("pants", "left_leg", "right_leg")]
# By share of an arm's length, of its usual width: the upper quarter of twenty bare arms in photos of ten people. Most
# are slimmer, upper arms by more than forearms; a wrist is narrower than the hand, whose width tells the arm's end.
COVERED = ((0.15, 0.30, 0.47, 0.60, 0.80, 0.92, 1.0), (0.86, 0.82, 0.88, 0.89, 0.89, 0.90, 1.4))


@dataclass(frozen=True, kw_only=True)
class Body:
    """The figure under the clothes."""

    unit: float  # px, distance between the shoulder joints (a frontal figure's)
    origin: Array  # (2,) middle of the shoulder joints
    down: Array  # (2,) unit vector along the trunk to the hips
    side: Array  # (2,) unit vector to the right of the picture across the trunk
    trunk: float  # px, from the shoulder line to the hip joints
    rows: Array  # (n,) distances down the trunk where its edges are known
    edges: Array  # (n,2) left (negative) and right extent from the middle line at these distances
    middle: Array  # (n,) sideways shift of the middle line at these distances
    shoulders: Mapping[Side, Array]  # (m,2) line over the shoulder, from the neck's foot to the outer upper arm
    arms: Mapping[Side, Limb]
    legs: Mapping[Side, Limb]
    _planes: dict[tuple[int, ...], Array] = field(default_factory=dict, init=False, repr=False, compare=False)

    def place(self, across: float | Array, along: float | Array) -> Array:
        """Point(s) (...,2) in the picture of trunk coordinates in px."""
        across, along = np.asarray(across, float), np.asarray(along, float)
        return self.origin + across[..., None] * self.side + along[..., None] * self.down

    def coordinates(self, points: Array) -> Array:
        """(...,2) picture points -> (...,2) across and along the trunk."""
        rest = np.asarray(points, float) - self.origin
        return np.stack([rest @ self.side, rest @ self.down], axis=-1)

    def across(self, shape: tuple[int, ...]) -> Array:
        """(h,w) float32, not to be written to: px of every pixel to the right of the trunk's axis."""
        return self._plane(shape, 0)

    def along(self, shape: tuple[int, ...]) -> Array:
        """(h,w) float32, not to be written to: px of every pixel down the trunk's axis from the shoulders."""
        return self._plane(shape, 1)

    def _plane(self, shape: tuple[int, ...], axis: int) -> Array:
        """Worked out once: dozens of places ask for it."""
        key = (*shape[:2], axis)
        if key not in self._planes:
            plane = projected(shape, self.origin, (self.side, self.down)[axis])
            plane.flags.writeable = False
            self._planes[key] = plane
        return self._planes[key]

    def half_width(self, along: float) -> tuple[float, float, float]:
        """Left extent (positive), right extent and middle at a distance down the trunk."""
        left = float(np.interp(along, self.rows, self.edges[:, 0]))
        right = float(np.interp(along, self.rows, self.edges[:, 1]))
        return -left, right, float(np.interp(along, self.rows, self.middle))


def check_complete(person: Person, category: Category) -> None:
    """Raises PersonIncomplete for trousers on a portrait and the like."""
    scores = {name: float(person.keypoints[index, 2]) for name, index in KEYPOINT.items()}
    if min(scores["left_shoulder"], scores["right_shoulder"]) < SEEN:
        raise PersonIncomplete(needed="both shoulders", where="person")
    if category == "top":
        return
    hips = person.keypoints[[KEYPOINT["left_hip"], KEYPOINT["right_hip"]]]
    below = 0.10 if category == "bottom" else 0.0
    bottom = float(hips[:, 1].max()) + below * person.box.height
    if hips[:, 2].min() < SEEN or bottom > person.photo.height:
        raise PersonIncomplete(needed="the hips and legs" if category == "bottom" else "the hips", where="person")


def picture_sides(points: Array) -> Mapping[Side, str]:
    """Which side of the person is at which side of the picture: {"left": "right", ...} for somebody facing us."""
    right, left = points[KEYPOINT["right_shoulder"]], points[KEYPOINT["left_shoulder"]]
    if right[0] <= left[0]:
        return {"left": "right", "right": "left"}
    return {"left": "left", "right": "right"}


def read_body(person: Person) -> Body:
    """Measures the figure. Raises PersonIncomplete without both shoulders."""
    if person.settled is not None:  # wall that was taken for an arm would make it wider
        person = replace(person, labels=np.where(person.settled > 0, person.labels, 0).astype(np.uint8))
    points = under_skirt(person.keypoints.astype(np.float64), person.labels)
    names = picture_sides(points)
    left, right = (points[KEYPOINT[f"{names[side]}_shoulder"]] for side in SIDES)
    if min(left[2], right[2]) < SEEN or np.hypot(*(left[:2] - right[:2])) < 8:
        raise PersonIncomplete(needed="both shoulders", where="person")
    origin = (left[:2] + right[:2]) / 2
    down, trunk, shoulder = _trunk(points, names, origin, left, right)
    side = np.array([down[1], -down[0]])
    unit = max(shoulder, 0.58 * trunk)
    arms = {s: _arm(points, names[s], s, unit, down, person) for s in SIDES}
    beside = sleeved(person.labels, arms)
    rows, edges, middle = _edges(np.where(beside, LABEL["left_arm"], person.labels), names, origin, down, side, trunk,
                                 unit)  # fmt: skip
    legs = {s: _leg(points, names[s], s, unit, origin, down, side, trunk, person) for s in SIDES}
    legs = legs if any(leg.seen for leg in legs.values()) else _parted(person.labels, legs, unit)
    joints = {"left": left[:2], "right": right[:2]}
    lines = {s: shoulder_line(person.labels, joints[s], origin, down, side, unit, arms[s]) for s in SIDES}
    return Body(
        unit=unit, origin=origin, down=down, side=side, trunk=trunk, rows=rows, edges=edges, middle=middle,
        shoulders=lines, arms=arms, legs=legs,
    )  # fmt: skip


def sleeved(labels: Array, arms: Mapping[Side, Limb]) -> Array:
    """Boolean (h,w): cloth that lies where the arms are: sleeves, which do not tell how wide the trunk is."""
    canvas = np.zeros(labels.shape, np.uint8)
    for arm in arms.values():
        if not arm.seen:
            continue
        for a, b, half in zip(arm.points[:-1], arm.points[1:], arm.half, strict=False):
            ends = [tuple(np.rint(end).astype(int).tolist()) for end in (a, b)]
            cv2.line(canvas, ends[0], ends[1], 1, max(1, round(2 * float(half))))
    return (canvas > 0) & labelled(labels, BODICES)


def _trunk(
    points: Array, names: Mapping[Side, str], origin: Array, left: Array, right: Array
) -> tuple[Array, float, float]:
    """Direction down, length in px and shoulder distance in px."""
    shoulder = float(np.hypot(*(left[:2] - right[:2])))
    hips = [points[KEYPOINT[f"{names[side]}_hip"]] for side in SIDES]
    across = (right[:2] - left[:2]) / shoulder
    upright = np.array([-across[1], across[0]])
    if min(hip[2] for hip in hips) < SEEN:
        return upright, 1.5 * shoulder, shoulder
    way = (hips[0][:2] + hips[1][:2]) / 2 - origin
    length = float(np.linalg.norm(way))
    if length < 0.7 * shoulder:  # a view that no frontal warp can follow; keep proportions
        return upright, 1.5 * shoulder, shoulder
    return way / length, length, shoulder


def slim(body: Body) -> Body:
    """The same figure, no wider than bodies of its height mostly are: where loose cloth hides how wide it is."""
    usual = 1.08 * np.interp(body.rows / body.trunk, TRUNK_AT, TRUNK_HALF)[:, None] * body.unit
    edges = body.edges - body.middle[:, None]
    return replace(body, edges=np.clip(edges, -usual, usual) + body.middle[:, None])


_TRUNK_LABELS = ("upper", "coat", "dress", "jumpsuit", "neck", "pants", "skirt", "belt", "scarf", "hair")


def _edges(
    labels: Array, names: Mapping[Side, str], origin: Array, down: Array, side: Array, trunk: float, unit: float
) -> tuple[Array, Array, Array]:
    """Rows down the trunk, left and right extents there and the middle: measured, kept within proportions."""
    wanted = np.isin(labels, [LABEL[name] for name in _TRUNK_LABELS])
    before = np.isin(labels, [LABEL[f"{s}_{part}"] for s in ("left", "right") for part in ("arm", "hand")])
    rows = np.linspace(0.0, 1.3, 27)
    prior = np.interp(rows, TRUNK_AT, TRUNK_HALF) * unit
    found = np.zeros((len(rows), 2))
    step = np.arange(0.0, 1.1 * unit, 0.5)
    height, width = labels.shape
    for i, row in enumerate(rows):
        for j, sign in enumerate((-1, 1)):
            line = origin + down * row * trunk + side * sign * step[:, None]
            x, y = np.rint(line[:, 0]).astype(int), np.rint(line[:, 1]).astype(int)
            inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
            hit = np.zeros(len(step), bool)
            hit[inside] = wanted[y[inside], x[inside]]
            gap = np.flatnonzero(~hit & (step > 0.3 * prior[i]))
            extent = float(step[gap[0]]) if len(gap) and hit.any() else float(prior[i])
            if len(gap) and inside[gap[0]] and before[y[gap[0]], x[gap[0]]]:
                extent = max(extent, float(prior[i]))  # the trunk goes on behind an arm
            seen = float(step[inside].max(initial=0.0))  # a row below the photo is not seen at all
            found[i, j] = extent if inside.all() or extent < seen else prior[i]
    found = _plausible(found, prior)
    found[rows < 0.2] = prior[rows < 0.2, None]  # between the shoulders arms and trunk are one
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    padded = np.pad(found, ((2, 2), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(padded[:, j], kernel, mode="valid") for j in range(2)], axis=1)
    middle = (smooth[:, 1] - smooth[:, 0]) / 2
    return rows * trunk, np.stack([-smooth[:, 0], smooth[:, 1]], axis=1), middle


def _plausible(found: Array, prior: Array) -> Array:
    """(n,2) extents to both sides, as wide together as bodies are; a hip may stand out to one side."""
    each = np.clip(found, 0.84 * prior[:, None], 1.6 * prior[:, None])
    half = np.clip(each.mean(axis=1), 0.84 * prior, 1.3 * prior)
    shift = np.clip((each[:, 1] - each[:, 0]) / 2, -0.3 * prior, 0.3 * prior)
    return np.stack([half - shift, half + shift], axis=1)


def _arm(points: Array, name: str, side: Side, unit: float, down: Array, person: Person) -> Limb:
    """Shoulder, elbow, wrist; a missing elbow or wrist hangs straight down and counts as not seen."""
    shoulder, elbow, wrist = (points[KEYPOINT[f"{name}_{joint}"]] for joint in ("shoulder", "elbow", "wrist"))
    out = (-1 if side == "left" else 1) * 0.15 * np.array([down[1], -down[0]])
    seen = bool(elbow[2] >= SEEN)
    a = shoulder[:2]
    b = elbow[:2] if seen else a + (down + out) * 0.82 * unit
    hand = labelled(person.labels, (f"{name}_hand",))
    lost = wrist[2] < SEEN or (not hand.any() and _on_head(person.labels, wrist[:2]))
    c = b + (b - a) * 0.85 if lost else wrist[:2]
    seen = seen or _leaves(person.labels, a, b, 0.35 * unit, -1 if side == "left" else 1)
    limb = bent_limb(a, b, c, ARM_AT, ARM_HALF, unit, seen)
    own = labelled(person.labels, (f"{name}_arm", f"{name}_hand"))
    cloth = person.labels > 0
    outward = (-1 if side == "left" else 1) * np.array([down[1], -down[0]])
    if not seen:
        return limb
    limb = centred(limb, own, 0.28 * unit, cloth, outward, sleeve=labelled(person.labels, BODICES))
    return slender(ending_at(limb, hand, unit), unit) if _clothed(limb, person.labels, BODICES) else limb


def slender(arm: Limb, unit: float) -> Limb:
    """An arm that a wide sleeve hides, no stouter than most are; its wrist is as the hand tells."""
    share = arm.arc / max(float(arm.arc[-1]), 1.0)
    most = np.interp(share, ARM_AT, ARM_HALF) * unit * np.interp(share, *COVERED)
    return replace(arm, half=np.minimum(arm.half, most))


def _leaves(labels: Array, shoulder: Array, elbow: Array, reach: float, sign: int) -> bool:
    """Whether an arm leaves the picture at its lower edge above the `elbow`: there is somebody down to there, and
    nobody further than `reach` px beside."""
    height, width = labels.shape
    if elbow[1] < height or shoulder[1] > 0.9 * height:
        return False
    share = np.linspace(0.3, 1.0, 8) * (height - 2 - shoulder[1]) / (elbow[1] - shoulder[1])
    x, y = np.rint(shoulder + (elbow - shoulder) * share[:, None]).astype(int).T
    beside = x + round(sign * reach)
    inside = (x >= 0) & (x < width)
    free = (beside < 0) | (beside >= width) | (labels[y, beside.clip(0, width - 1)] == 0)
    return bool(inside.all() and (labels[y, x.clip(0, width - 1)] > 0).all() and free.mean() > 0.7)


def _on_head(labels: Array, point: Array) -> bool:
    x, y = np.rint(point).astype(int).clip(0, np.array(labels.shape[::-1]) - 1)
    return bool(labelled(labels[y : y + 1, x : x + 1], ("hair", "face", "hat", "sunglasses")).any())


def _clothed(limb: Limb, labels: Array, names: tuple[str, ...]) -> bool:
    """Whether cloth hides a limb almost to its end."""
    x, y = np.rint(limb.at(0.9 * float(limb.arc[-1]))[0]).astype(int).clip(0, np.array(labels.shape[::-1]) - 1)
    return bool(labelled(labels[y : y + 1, x : x + 1], names).any())


def _leg(
    points: Array, name: str, side: Side, unit: float, origin: Array, down: Array, across: Array, trunk: float,
    person: Person,
) -> Limb:  # fmt: skip
    """Hip, knee, ankle; missing joints hang straight down."""
    hip, knee, ankle = (points[KEYPOINT[f"{name}_{joint}"]] for joint in ("hip", "knee", "ankle"))
    sign = -1 if side == "left" else 1
    a = hip[:2] if hip[2] >= SEEN else origin + down * trunk + across * sign * 0.27 * unit
    seen = bool(knee[2] >= SEEN)
    upright = np.array([0.0, 1.0])
    b = knee[:2] if seen else a + upright * 0.86 * trunk
    onwards = (b - a) / max(1.0, float(np.linalg.norm(b - a)))
    beyond = seen and b[1] > 0.95 * person.photo.height  # the picture ends at the knee: no ankle is in it
    straight = b + (upright * 0.7 + 0.3 * onwards) * (0.84 * trunk)
    c = ankle[:2] if ankle[2] >= SEEN and not beyond else straight
    limb = bent_limb(a, b, c, LEG_AT, LEG_HALF, unit, seen)
    own = labelled(person.labels, (f"{name}_leg",))
    if not seen:
        return limb
    limb = centred(limb, own, 0.2 * unit, least=1)  # above shoes there is but an ankle
    return ending_at(limb, own, unit) if _clothed(limb, person.labels, ("pants", "jumpsuit")) else limb


def _parted(labels: Array, legs: Mapping[Side, Limb], unit: float) -> dict[Side, Limb]:
    """Thighs without knees turned and made as wide as they are seen beside the gap between them. An arm may hide the
    outer edge of one: then the other one tells how wide it is."""
    edges = {side: _beside_gap(labels, legs[side], side, unit) for side in SIDES}
    wide = np.concatenate([(rows[:, 2] - rows[:, 1]) / 2 / rows[:, 3] for rows in edges.values()])
    wide = wide[np.isfinite(wide)]
    scale = float(np.clip(np.median(wide), 0.7, 1.1)) if len(wide) > 5 else 1.0
    parted = {}
    for side, leg in legs.items():
        rows, hip = edges[side], leg.points[0]
        angle = 0.0
        if len(rows) > 5:
            low = rows[2 * len(rows) // 3 :]  # further up cloth fills the fork
            outwards = low[:, 1] + scale * low[:, 3]
            angle = float(np.arctan(np.clip(np.median(outwards / (low[:, 0] - hip[1])), -0.3, 0.3)))
        turn = angle if side == "left" else -angle
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        parted[side] = replace(leg, points=hip + (leg.points - hip) @ spin.T, half=leg.half * scale)
    return parted


def _beside_gap(labels: Array, leg: Limb, side: Side, unit: float) -> Array:
    """(n,4) where a thigh is seen beside a gap between the legs: row, inner and outer edge in px outwards from the hip
    joint (NaN where something hides it), and the limb's own half width there."""
    hip = leg.points[0]
    sign = -1 if side == "left" else 1
    x = int(hip[0])
    found = []
    for y in range(int(hip[1] + 0.94 * CROTCH * unit), labels.shape[0], 4):
        inwards, outwards = labels[y, x::-sign], labels[y, x::sign]
        inner, outer = (np.flatnonzero(~np.isin(line, _COVERED)) for line in (inwards, outwards))
        if not len(inner) or inwards[inner[0]] != 0 or not 0 < inner[0] < 0.6 * unit:
            continue
        free = len(outer) and outwards[outer[0]] == 0
        half = float(np.interp(y, leg.points[:, 1], leg.half))
        found.append((y, -inner[0], outer[0] if free else np.nan, half))
    return np.array(found).reshape(-1, 4)


def draw_body(body: Body, pixels: Array) -> Array:
    """The measured figure drawn over a copy of the picture, for people who look for a fault."""
    canvas: Array = pixels.copy()
    for along, (left, right) in zip(body.rows, body.edges, strict=True):
        for across in (left, right):
            x, y = body.place(across, along)
            cv2.circle(canvas, (round(x), round(y)), 2, (255, 0, 0), -1)
    for line in body.shoulders.values():
        cv2.polylines(canvas, [np.rint(line).astype(np.int32)], False, (0, 255, 0), 2)
    for limb in (*body.arms.values(), *body.legs.values()):
        for distance in np.linspace(0, limb.arc[-1], 12):
            point, direction, half = limb.at(float(distance))
            normal = np.array([-direction[1], direction[0]]) * half
            ends = np.rint([point - normal, point + normal]).astype(int)
            cv2.line(canvas, tuple(ends[0].tolist()), tuple(ends[1].tolist()), (0, 0, 255), 1)
    return canvas
