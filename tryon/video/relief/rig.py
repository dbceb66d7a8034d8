"""The figure's skeleton, relief and weights on a coarse grid: what a pose moves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import KEYPOINT, LABEL, Person
from tryon.video.relief.framing import View

Array = NDArray[Any]

STEEPEST = 0.95  # slope of the relief
SURE = 0.12  # least score of a key point that is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Bones:
    """Joints in canvas pixels (x, y), with guesses where the photo does not show them."""

    head: Array  # middle of the face
    chin: float  # y below which the neck begins
    neck: Array  # where the neck meets the trunk
    hip: Array
    shoulders: tuple[Array, Array]  # the person's left, right
    elbows: tuple[Array, Array]
    wrists: tuple[Array, Array]
    hips: tuple[Array, Array]
    knees: tuple[Array, Array]
    ankles: tuple[Array, Array]
    floor: float  # y of the soles, seen or guessed
    feet: bool  # whether the feet are in the picture
    arms: tuple[bool, bool]  # whether each arm is seen down to the wrist
    face: bool
    top: float  # y of the crown
    horizon: float  # y that stays in place when the figure comes nearer

    @property
    def trunk(self) -> float:
        """px from neck to hip: the unit of most movements."""
        return float(max(8.0, self.hip[1] - self.neck[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Fields on the rest grid, all (rows, columns) float32; node (r, c) lies at (x0 + c * cell, y0 + r * cell)."""

    bones: Bones
    cell: float
    x0: float
    y0: float
    x: Array
    y: Array
    body: Array  # 0..1 the person's coverage
    relief: Array  # px, height of the surface over the plane of the outline
    head_relief: Array
    head: Array  # 0..1 rigid with the head
    legs: tuple[Array, Array]  # 0..1 how far down the left and right leg
    arms: tuple[Array, Array]  # 0..1 how far down the left and right arm
    hem: Array  # 0..1 skirt, 1 at its free end
    tail: Array  # 0..1 hem of a top or coat
    sleeves: Array
    hair: Array  # 0..1 loose hair, 1 at its ends
    chest: Array
    free_x: Array  # 0..1, 0 where the photo's border cuts the body: nothing may move away from it
    free_y: Array


def find_bones(person: Person, view: View, offset: tuple[int, int]) -> Bones:
    """Joints of the analysis on the canvas, whose origin lies `offset` (left, top) px before the frame's."""
    points = view.points(person.keypoints[:, :2]) + offset
    score = person.keypoints[:, 2]

    def seen(name: str) -> bool:
        return bool(score[KEYPOINT[name]] >= SURE)

    def at(name: str) -> Array:
        return points[KEYPOINT[name]]

    low = view.points(np.array([person.box.x0, person.box.y0])) + offset
    high = view.points(np.array([person.box.x1, person.box.y1])) + offset
    size = high - low
    neck = at("neck") if seen("neck") else np.array([(low[0] + high[0]) / 2, low[1] + 0.2 * size[1]])
    shoulder = []
    for side, sign in (("left", 1), ("right", -1)):
        name = f"{side}_shoulder"
        shoulder.append(at(name) if seen(name) else neck + np.array([sign * 0.25 * size[0], 0.02 * size[1]]))
    width = max(10.0, abs(shoulder[0][0] - shoulder[1][0]))
    if not (seen("left_hip") or seen("right_hip")):
        middle = neck + np.array([0.0, 1.45 * width])
        hips = [middle + np.array([0.3 * width, 0.0]), middle - np.array([0.3 * width, 0.0])]
    else:
        hips = [
            at(f"{s}_hip") if seen(f"{s}_hip") else at(f"{o}_hip") for s, o in (("left", "right"), ("right", "left"))
        ]
    hip = (hips[0] + hips[1]) / 2
    trunk = max(8.0, hip[1] - neck[1])
    knees = [
        at(f"{s}_knee") if seen(f"{s}_knee") else h + np.array([0.0, 0.85 * trunk])
        for s, h in zip(("left", "right"), hips, strict=True)
    ]
    ankles = [
        at(f"{s}_ankle") if seen(f"{s}_ankle") else k + np.array([0.0, 0.85 * trunk])
        for s, k in zip(("left", "right"), knees, strict=True)
    ]
    shoes = np.isin(person.labels, [LABEL["left_shoe"], LABEL["right_shoe"]]).any()
    feet = not view.cuts.bottom and bool(shoes or seen("left_ankle") or seen("right_ankle"))
    elbows, wrists, arms = _arms(shoulder, trunk, seen, at)
    face = seen("nose")
    head = at("nose") if face else neck - np.array([0.0, 0.4 * trunk])
    return Bones(
        head=head,
        chin=float(neck[1] + 0.55 * (head[1] - neck[1])) if face else float(neck[1] - 0.22 * trunk),
        neck=neck,
        hip=hip,
        shoulders=(shoulder[0], shoulder[1]),
        elbows=elbows,
        wrists=wrists,
        hips=(hips[0], hips[1]),
        knees=(knees[0], knees[1]),
        ankles=(ankles[0], ankles[1]),
        floor=float(high[1] if feet else max(a[1] for a in ankles) + 0.12 * trunk),
        feet=feet,
        arms=arms,
        face=face,
        top=float(low[1]),
        horizon=_horizon(float(neck[1]), trunk, float(low[1]) - offset[1], offset[1], face or not feet),
    )


def _horizon(neck: float, trunk: float, headroom: float, above: int, face: bool) -> float:
    """At the chest, but higher where the head would leave the frame, and at the waist where it is cut off anyway."""
    if not face:
        return neck + 0.7 * trunk
    return min(neck + 0.1 * trunk, above + roomy(headroom, 0.2))


def roomy(headroom: float, growth: float) -> float:
    """The y to grow about (log scale `growth`) so that at least 0.4 of the headroom is left."""
    scale = float(np.exp(growth))
    return headroom * (scale - 0.4) / max(scale - 1, 1e-6)


def _arms(shoulder: list[Array], trunk: float, seen: Any, at: Any) -> tuple[Any, Any, tuple[bool, bool]]:
    elbows, wrists, sure = [], [], []
    for side, joint in zip(("left", "right"), shoulder, strict=True):
        elbow = at(f"{side}_elbow") if seen(f"{side}_elbow") else joint + np.array([0.0, 0.6 * trunk])
        wrist = at(f"{side}_wrist") if seen(f"{side}_wrist") else elbow + np.array([0.0, 0.5 * trunk])
        elbows.append(elbow)
        wrists.append(wrist)
        sure.append(seen(f"{side}_elbow") and seen(f"{side}_wrist") and seen(f"{side}_shoulder"))
    return (elbows[0], elbows[1]), (wrists[0], wrists[1]), (sure[0], sure[1])


def build_rig(person: Person, view: View, offset: tuple[int, int], bones: Bones) -> Rig:
    """The rest grid around the person and all fields on it."""
    cell = float(max(4, round(view.height / 160)))
    pad = 8
    low = view.points(np.array([person.box.x0, person.box.y0])) + offset
    high = view.points(np.array([person.box.x1, person.box.y1])) + offset
    columns = int(np.ceil((high[0] - low[0]) / cell)) + 2 * pad + 1
    rows = int(np.ceil((high[1] - low[1]) / cell)) + 2 * pad + 1
    x0, y0 = float(low[0] - pad * cell), float(low[1] - pad * cell)
    x, y = np.meshgrid(x0 + np.arange(columns) * cell, y0 + np.arange(rows) * cell)
    x, y = x.astype(np.float32), y.astype(np.float32)
    labels = _sampled(person.labels, view, offset, x, y, cv2.INTER_NEAREST)
    body = _sampled(cv2.blur(person.outline, (5, 5)), view, offset, x, y, cv2.INTER_LINEAR).astype(np.float32) / 255
    scale = bones.trunk
    head = _step((bones.neck[1] - 0.02 * scale - y) / max(4.0, bones.neck[1] - 0.02 * scale - bones.chin))
    hair_label = labels == LABEL["hair"]
    relief = _relief(body * (1 - _beside(x, y, bones)), cell, scale)
    return Rig(
        bones=bones,
        cell=cell,
        x0=x0,
        y0=y0,
        x=x,
        y=y,
        body=body,
        relief=relief,
        head_relief=_head_relief(x, y, body, bones, cell),
        head=head,
        legs=_legs(x, y, bones),
        arms=_arm_fields(x, y, labels, bones, cell),
        hem=_hem(labels, y, bones, cell, ("dress", "skirt", "jumpsuit"), bones.hip[1] - 0.1 * scale)
        * (1 - _in_front(labels, bones, cell)),
        tail=np.maximum(
            0.6 * _hem(labels, y, bones, cell, ("coat",), bones.hip[1] - 0.1 * scale),
            0.3 * _hem(labels, y, bones, cell, ("upper",), bones.neck[1] + 0.55 * scale),
        ),
        sleeves=_sleeves(x, y, labels, bones, cell),
        hair=_loose_hair(hair_label, y, bones, cell),
        free_x=_free(x, (-view.x0, -view.x0 + view.photo_width), offset[0], (view.cuts.left, view.cuts.right), scale),
        free_y=_free(y, (-view.y0, -view.y0 + view.photo_height), offset[1], (view.cuts.top, view.cuts.bottom), scale),
        chest=np.exp(-(((y - bones.neck[1] - 0.42 * scale) / (0.3 * scale)) ** 2)).astype(np.float32),
    )


def _sampled(plane: Array, view: View, offset: tuple[int, int], x: Array, y: Array, how: int) -> Array:
    """A photo-sized plane at canvas positions; 0 beyond the photo."""
    px = (x - offset[0] + view.x0 + 0.5) / view.scale - 0.5
    py = (y - offset[1] + view.y0 + 0.5) / view.scale - 0.5
    return cv2.remap(plane, px, py, how, borderMode=cv2.BORDER_REPLICATE)


def _step(x: Array) -> Array:
    x = np.clip(x, 0, 1)
    return (x * x * (3 - 2 * x)).astype(np.float32)


def _free(place: Array, photo: tuple[int, int], offset: int, cuts: tuple[bool, bool], unit: float) -> Array:
    """0 on a cut border of the photo, 1 a third of a trunk inside it."""
    result = np.ones(place.shape, np.float32)
    for border, cut, inwards in ((photo[0], cuts[0], 1), (photo[1], cuts[1], -1)):
        if cut:
            result *= _step(inwards * (place - border - offset) / (0.33 * unit))
    return result


def _smooth(field: Array, sigma: float) -> Array:
    return cv2.GaussianBlur(field.astype(np.float32), (0, 0), max(0.5, sigma), borderType=cv2.BORDER_REPLICATE)


def _beside(x: Array, y: Array, bones: Bones) -> Array:
    """0..1: arms that hang beside the trunk; they lie in its middle plane, not on its front."""
    result = np.zeros(x.shape, np.float32)
    for side in (0, 1):
        if bones.arms[side]:
            chain = bones.shoulders[side], bones.elbows[side], bones.wrists[side]
            along, away = _along(x, y, chain)
            sign = np.sign(bones.shoulders[side][0] - bones.neck[0] + 1e-6)
            outer = _step(0.5 + sign * (x - chain[0][0]) / (0.12 * bones.trunk))
            low = np.clip((along - 0.12) / 0.2, 0, 1)
            result = np.maximum(result, outer * low * (away < 0.2 * bones.trunk))
    return result


def _relief(body: Array, cell: float, trunk: float) -> Array:
    """px: the inflated outline, round like a body about half as deep as wide, and smooth enough not to fold."""
    solid = np.pad((body > 0.5).astype(np.uint8), ((0, 1), (0, 0)), mode="edge")
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 5)[:-1] * cell
    radius = 0.36 * trunk
    share = np.clip(inside / radius, 0, 1)
    dome = radius * np.sqrt(np.clip(1 - (1 - share) ** 2, 0, 1))
    relief = _smooth(0.85 * dome, 0.075 * trunk / cell)
    # What slopes more than this would be squeezed to nothing on the far side of a turn.
    slope = float(np.percentile(np.abs(np.diff(relief, axis=1)) / cell, 99))
    return relief * min(1.0, STEEPEST / max(slope, 1e-6))


def _head_relief(x: Array, y: Array, body: Array, bones: Bones, cell: float) -> Array:
    """px: a half ball over the head, nought at its outline."""
    above = body * (y < bones.chin + 0.05 * bones.trunk)
    if above.sum() < 4:
        return np.zeros_like(body)
    rows = np.flatnonzero((above > 0.5).any(axis=1))
    middle_row = rows[len(rows) // 2] if len(rows) else 0
    columns = np.flatnonzero(above[middle_row] > 0.5)
    half = max(cell, len(columns) * cell / 2)
    centre = x[0, columns[0]] + (columns[-1] - columns[0]) * cell / 2 if len(columns) else bones.head[0]
    share = np.clip(((x - centre) / (1.02 * half)) ** 2, 0, 1)
    return (0.62 * half * (1 - share) ** 0.9).astype(np.float32)


def _legs(x: Array, y: Array, bones: Bones) -> tuple[Array, Array]:
    """0 at the hip, 1 at the ankle and below, faded across the line between the legs."""
    result = []
    xs = []
    for side in (0, 1):
        hip, knee, ankle = bones.hips[side], bones.knees[side], bones.ankles[side]
        xs.append(np.interp(y[:, 0], [hip[1], knee[1], ankle[1]], [hip[0], knee[0], ankle[0]]))
    middle = ((xs[0] + xs[1]) / 2)[:, None]
    gap = np.maximum(np.abs(xs[0] - xs[1]), 0.12 * bones.trunk)[:, None]
    left_of_person = _step(0.5 + (x - middle) / (0.5 * gap) * np.sign(bones.hips[0][0] - bones.hips[1][0] + 1e-6))
    for side, share in ((0, left_of_person), (1, 1 - left_of_person)):
        top, low = bones.hips[side][1], bones.ankles[side][1]
        result.append((np.clip((y - top) / max(8.0, low - top), 0, 1) * share).astype(np.float32))
    return result[0], result[1]


def _arm_fields(x: Array, y: Array, labels: Array, bones: Bones, cell: float) -> tuple[Array, Array]:
    """How far down the arm a node lies (0 shoulder, 1 wrist), on the arm and softly around it."""
    result = []
    for side, name in ((0, "left"), (1, "right")):
        chain = bones.shoulders[side], bones.elbows[side], bones.wrists[side]
        along, away = _along(x, y, chain)
        near = np.exp(-((away / (0.13 * bones.trunk)) ** 2))
        own = np.isin(labels, [LABEL[f"{name}_arm"], LABEL[f"{name}_hand"]]).astype(np.float32)
        weight = np.maximum(near, _smooth(own, 1.0)) if bones.arms[side] else near * 0
        field = along * weight
        bag = (labels == LABEL["bag"]) & (np.hypot(x - chain[2][0], y - chain[2][1]) < 0.8 * bones.trunk)
        if bag.any() and bones.arms[side] and (weight * bag).max() > 0.3:
            # What the hand carries moves as one stiff piece with it.
            field = np.maximum(field, cv2.dilate(bag.astype(np.float32), np.ones((5, 5))))
        result.append(_smooth(field, 0.05 * bones.trunk / cell))
    return result[0], result[1]


def _along(x: Array, y: Array, chain: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """Share of the way along a two-bone chain, and the distance from it in px."""
    best = np.full(x.shape, 1e9, np.float32)
    along = np.zeros(x.shape, np.float32)
    lengths = [float(np.hypot(*(b - a))) for a, b in pairwise(chain)]
    total = max(1.0, sum(lengths))
    done = 0.0
    for (a, b), length in zip(pairwise(chain), lengths, strict=True):
        d = (b - a) / max(1e-3, length) ** 2
        t = np.clip((x - a[0]) * d[0] + (y - a[1]) * d[1], 0, 1.35 if b is chain[-1] else 1)
        away = np.hypot(x - a[0] - t * (b - a)[0], y - a[1] - t * (b - a)[1])
        take = away < best
        best = np.where(take, away, best)
        along = np.where(take, (done + np.minimum(t, 1) * length) / total, along)
        done += length
    return along, best


def _hem(labels: Array, y: Array, bones: Bones, cell: float, names: tuple[str, ...], top: float) -> Array:
    """How freely cloth of these labels hangs below y = top: 0 there, 1 at its lower end."""
    cloth = np.isin(labels, [LABEL[n] for n in names])
    rows = np.flatnonzero(cloth.any(axis=1))
    if not len(rows) or y[rows[-1], 0] < top + 2 * cell:
        return np.zeros(y.shape, np.float32)
    low = float(y[rows[-1], 0])
    share = np.clip((y - top) / max(low - top, 0.35 * bones.trunk), 0, 1) ** 1.5
    return _smooth(share * cv2.dilate(cloth.astype(np.float32), np.ones((5, 5))), 1.6)


def _in_front(labels: Array, bones: Bones, cell: float) -> Array:
    """0..1 at hands, arms and bags: cloth beside them is held by them."""
    names = ("left_arm", "right_arm", "left_hand", "right_hand", "bag")
    held = np.isin(labels, [LABEL[n] for n in names]).astype(np.float32)
    reach = max(1, round(0.05 * bones.trunk / cell))
    return _smooth(cv2.dilate(held, np.ones((2 * reach + 1, 2 * reach + 1))), 1.2)


def _sleeves(x: Array, y: Array, labels: Array, bones: Bones, cell: float) -> Array:
    """The ends of short and wide sleeves: cloth of the upper body far from the trunk and low on the arm."""
    cloth = np.isin(labels, [LABEL["upper"], LABEL["coat"], LABEL["dress"]])
    result = np.zeros(y.shape, np.float32)
    for side in (0, 1):
        chain = bones.shoulders[side], bones.elbows[side], bones.wrists[side]
        along, away = _along(x, y, chain)
        arm = cloth & (away < 0.22 * bones.trunk) & (along < 0.6)
        outside = np.abs(x - bones.neck[0]) > abs(bones.shoulders[side][0] - bones.neck[0]) * 0.95
        arm &= outside & (np.sign(x - bones.neck[0]) == np.sign(bones.shoulders[side][0] - bones.neck[0] + 1e-6))
        if arm.any():
            far = float(np.percentile(along[arm], 96))
            result = np.maximum(result, arm * np.clip(along / max(far, 0.12), 0, 1) ** 2)
    return _smooth(result, 1.5)


def _loose_hair(hair: Array, y: Array, bones: Bones, cell: float) -> Array:
    """Hair below the eyes: the lower the looser."""
    rows = np.flatnonzero(hair.any(axis=1))
    if not len(rows):
        return np.zeros(y.shape, np.float32)
    top, low = float(bones.head[1] - 0.02 * bones.trunk), float(y[rows[-1], 0])
    if low < top + 3 * cell:
        return np.zeros(y.shape, np.float32)
    share = np.clip((y - top) / (low - top), 0, 1)
    return _smooth(cv2.dilate(hair.astype(np.float32), np.ones((3, 3))) * share, 1.3)
