"""The body that everything hangs on: regions and coordinates of the base mesh, random shapes, skinning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tryon.train.parser.assets import Assets, Fitted
from tryon.types import LABEL, PARTS

Array = NDArray[Any]
f32 = np.float32
# Regions of the base mesh, by the bones that carry a vertex.
HEAD, NECK, TORSO, ARM_L, ARM_R, HAND_L, HAND_R, LEG_L, LEG_R, FOOT_L, FOOT_R = range(11)
HIP_Y, NECK_Y = 0.49, 5.4  # dm, hip joints and shoulder line of the base mesh
_REGION_LABEL = (
    "face", "neck", "neck", "left_arm", "right_arm", "left_hand", "right_hand", "left_leg", "right_leg", "left_leg",
    "right_leg",
)  # fmt: skip


@dataclass(frozen=True)
class Mesh:
    """A part of the base mesh: ids (m,) base vertices, uv (m,2), faces (t,3)."""

    ids: Array
    uv: Array
    faces: Array


@dataclass(frozen=True)
class Figure:
    """One person's rest shape: points (n,3), male 0..1, old 0..1."""

    points: Array
    male: float
    old: float


class BodyModel:
    """What is computed once from the assets. All per-vertex arrays are (n,) over the base mesh, lengths in dm.

    region: see above. arm, leg: 0 at shoulder or hip, 1 at elbow or knee, 2 at wrist or ankle, beyond on hands and
    feet. on_arm, on_leg: skinning weight of the limb 0..1. y: height. around: angle around the trunk. gu, gv: cloth
    coordinates. part: DensePose part. label: index into LABELS of bare skin. scalp 0..1 and jaw 0..1: where hair
    and beard grow.
    """

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self.base = assets.base.astype(f32)
        self.bone = {name: i for i, name in enumerate(assets.bones)}
        self.weights = assets.weights
        self.head, self.tail = self.joints(self.base)
        self._regions()
        self._coordinates()
        self.skin, self.tights, self.skirt = (self._mesh(n) for n in ("body", "helper-tights", "helper-skirt"))
        self._landmarks()
        self.part = self._parts()
        self.label = np.array([LABEL[name] for name in _REGION_LABEL], np.uint8)[self.region]
        helpers = np.isin(assets.group, [assets.groups.index(n) for n in ("helper-tights", "helper-skirt")])
        self.cloth_faces = assets.vertex[assets.faces[helpers]].astype(np.int32)
        eyes = assets.eyes
        cornea = (eyes.uv[:, 0] > 0.82) & (eyes.uv[:, 1] < 0.2)  # transparent in life, so left out
        self.eye_faces = eyes.faces[~cornea[eyes.faces].any(axis=1)]

    def joints(self, points: Array) -> tuple[Array, Array]:
        """Start and end (bones,3) of every bone in a body shape."""
        head = np.stack([points[ids].mean(0) for ids in self.assets.head]).astype(f32)
        tail = np.stack([points[ids].mean(0) for ids in self.assets.tail]).astype(f32)
        return head, tail

    def start(self, bone: str) -> Array:
        point: Array = self.head[self.bone[bone]]
        return point

    def _carried(self, prefixes: tuple[str, ...], side: str = "") -> Array:
        bones = [i for n, i in self.bone.items() if n.startswith(prefixes) and n.endswith(side)]
        return np.asarray(self.weights[:, bones].sum(1)).ravel()

    def _regions(self) -> None:
        limbs = []
        for family in (
            ("upperarm", "lowerarm"),
            ("wrist", "finger", "metacarpal"),
            ("upperleg", "lowerleg"),
            ("foot", "toe"),
        ):
            limbs += [self._carried(family, side) for side in (".L", ".R")]
        neck = self._carried(("neck",))
        torso = self._carried(("spine", "clavicle", "shoulder", "breast", "pelvis", "root"))
        self.on_head = 1 - neck - torso - sum(limbs)
        self.region = np.stack([self.on_head, neck, torso, *limbs], 1).argmax(1)
        self.on_arm = limbs[0] + limbs[1] + limbs[2] + limbs[3]
        self.on_leg = limbs[4] + limbs[5] + limbs[6] + limbs[7]

    def _coordinates(self) -> None:
        p = self.base
        self.y = p[:, 1]
        self.axis = np.interp(self.y, [-8, 0, 2, 4, 6], [0.2, 0.15, 0.25, 0.2, 0.1]).astype(f32)
        self.around = np.arctan2(p[:, 0], p[:, 2] - self.axis)
        self.arm, self.leg, self.arm_angle, self.leg_angle = (np.zeros(len(p), f32) for _ in range(4))
        for side, sign in ((".L", 1), (".R", -1)):
            m = p[:, 0] * sign > 0
            chain = [self.start(b + side) for b in ("upperarm01", "lowerarm01", "wrist")]
            self.arm[m] = _along(p[m], chain)
            along = (chain[2] - chain[0]) / np.linalg.norm(chain[2] - chain[0])
            front = np.array([0, 0, 1.0], f32) - along * along[2]
            front /= np.linalg.norm(front)
            q = p[m] - chain[0]
            self.arm_angle[m] = np.arctan2(q @ np.cross(along, front) * sign, q @ front)
            chain = [self.start(b + side) for b in ("upperleg01", "lowerleg01", "foot")]
            self.leg[m] = _along(p[m], chain)
            q = p[m] - (chain[0] + np.clip(self.leg[m], 0, 2)[:, None] / 2 * (chain[2] - chain[0]))
            self.leg_angle[m] = np.arctan2(q[:, 0], q[:, 2])
        self.is_arm, self.is_leg = self.on_arm > 0.5, self.on_leg > 0.5
        trunk = np.where(self.is_leg, self.leg_angle * 0.8, self.around * 1.5)
        self.gu = np.where(self.is_arm, self.arm_angle * 0.55, trunk).astype(f32)
        self.gv = np.where(self.is_arm, 5.2 - self.arm * 2.6, self.y).astype(f32)

    def _mesh(self, name: str) -> Mesh:
        chosen = self.assets.faces[self.assets.group == self.assets.groups.index(name)]
        used, inverse = np.unique(chosen, return_inverse=True)
        return Mesh(self.assets.vertex[used], self.assets.uv[used], inverse.reshape(-1, 3).astype(np.int32))

    def _landmarks(self) -> None:
        p, y = self.base, self.y
        head = np.flatnonzero((self.region == HEAD) & (np.arange(len(p)) < 13380))
        self.head_ids = head
        self.nose = int(head[p[head, 2].argmax()])
        self.ear = {"L": int(head[p[head, 0].argmax()]), "R": int(head[p[head, 0].argmin()])}
        short = self.assets.hair["short03"]
        distance, _ = cKDTree(short.basis @ p + short.offset).query(p[head])
        self.scalp = np.zeros(len(p), f32)
        self.scalp[head] = np.clip(1.6 - distance / 0.12, 0, 1)
        side = np.clip(np.abs(p[head, 0]) - 0.35, 0, 1)
        self.scalp[head[(p[head, 2] > 0.62) & (p[head, 1] < 7.86 - 0.25 * side)]] = 0
        self.scalp[head[p[head, 1] < 6.9]] = 0
        chin = np.clip((6.95 - 0.1 * np.abs(p[:, 0]) - y) / 0.25 + 0.6, 0, 1)
        self.jaw = chin * (self.region == HEAD) * np.clip((p[:, 2] - 0.2) / 0.3, 0, 1)

    def _parts(self) -> Array:
        """DensePose part of every base vertex; inner and outer arm as its charts have them on a standing person."""
        index = {name: i for i, name in enumerate(PARTS)}
        left = self.base[:, 0] > 0
        front = self.base[:, 2] > self.axis
        leg_front = np.abs(self.leg_angle) < np.pi / 2
        inner = np.where(self.arm < 1, np.cos(self.arm_angle - np.pi / 4) > 0, np.sin(self.arm_angle) > 0)
        part = np.where(front, index["torso_front"], index["torso_back"])
        for mask, name in (
            (np.isin(self.region, (HEAD, NECK)), "head_right"),
            (np.isin(self.region, (HAND_L, HAND_R)), "right_hand"),
        ):
            part = np.where(mask, index[name] + left, part)
        arm = np.isin(self.region, (ARM_L, ARM_R))
        first = np.where(self.arm < 1, index["left_upper_arm_inner"], index["left_lower_arm_inner"])
        part = np.where(arm, first + 2 * ~inner + ~left, part)
        leg = np.isin(self.region, (LEG_L, LEG_R))
        first = np.where(self.leg < 1, index["right_upper_leg_back"], index["right_lower_leg_back"])
        part = np.where(leg, first + 2 * leg_front + left, part)
        return np.where(np.isin(self.region, (FOOT_L, FOOT_R)), index["left_foot"] + ~left, part).astype(np.uint8)

    def shape(self, rng: Generator) -> Figure:
        """A random adult: origin, sex, age, muscle, weight, height and two dozen details."""
        points, targets = self.base.copy(), self.assets.targets
        male = float(rng.random() < 0.42)
        if rng.random() < 0.2:
            male = float(np.clip(male + rng.uniform(-0.3, 0.3), 0, 1))
        origin = rng.dirichlet([0.6] * 3)
        old = float(rng.uniform(0, 0.6)) if rng.random() < 0.25 else 0.0
        muscle, weight = _thirds(rng.uniform(0.3, 0.75)), _thirds(float(np.clip(rng.normal(0.45, 0.17), 0.05, 0.98)))
        for sex, share in (("male", male), ("female", 1 - male)):
            for age, part in (("young", 1 - old), ("old", old)):
                for name, k in zip(("caucasian", "african", "asian"), origin, strict=True):
                    points += np.asarray(targets[f"{name}-{sex}-{age}"], f32) * f32(share * part * k)
                for m, km in muscle.items():
                    for w, kw in weight.items():
                        k = share * part * km * kw
                        if k > 1e-3:
                            points += np.asarray(targets[f"universal-{sex}-{age}-{m}muscle-{w}weight"], f32) * f32(k)
            size = rng.normal(0, 0.35)
            build = f"{sex}-young-averagemuscle-averageweight"
            height = np.asarray(targets[f"{build}-{'max' if size > 0 else 'min'}height"], f32)
            points += height * f32(min(abs(size), 0.8) * share)
            points += np.asarray(targets[f"{build}-idealproportions"], f32) * f32(rng.uniform(0, 0.9) * share)
        details = [name for name in targets if "/" in name]
        for name in rng.choice(details, 24, replace=False):
            ids, offsets = targets[str(name)]
            points[ids] += offsets.astype(f32) * f32(rng.uniform(0, 0.5))
        points[:, 1] = _stretched(points[:, 1], self.y, float(rng.uniform(0.97, 1.2)), float(rng.uniform(0.94, 1.14)))
        return Figure(points, male, old)


def _stretched(y: Array, rest: Array, trunk: float, legs: float) -> Array:
    """Heights (n,) with trunk and arms, and legs, that many times as long; `rest`: heights on the base mesh.

    People on photographs have longer trunks than the targets make: a network that knows only these puts hips,
    elbows and wrists of photographs too high.
    """
    marks = np.array([-8.4, HIP_Y, NECK_Y, 9.0])
    slopes = np.array([legs - 1, trunk - 1, 0.0])
    shifts = np.concatenate([[0], np.cumsum(np.diff(marks) * slopes)])
    return (y + np.interp(rest, marks, shifts)).astype(f32)


def _along(points: Array, chain: list[Array]) -> Array:
    """Position along a polyline: 0 at its first point, 1 at the second and so on; beyond the ends it goes on."""
    best = np.full(len(points), 1e9, f32)
    result = np.zeros(len(points), f32)
    for i in range(len(chain) - 1):
        start, step = chain[i], chain[i + 1] - chain[i]
        u = (points - start) @ step / (step @ step)
        low, high = (0 if i else -1e9), (1 if i < len(chain) - 2 else 1e9)
        distance = np.linalg.norm(points - (start + np.clip(u, 0, 1)[:, None] * step), axis=1)
        closer = distance < best
        best[closer] = distance[closer]
        result[closer] = (i + np.clip(u, low, high))[closer]
    return result


def _thirds(value: float) -> dict[str, float]:
    """0..1 -> shares of the min, average and max targets."""
    return {"min": max(0.0, 1 - 2 * value), "average": 1 - abs(2 * value - 1), "max": max(0.0, 2 * value - 1)}


def skin(points: Array, weights: Any, transforms: Array) -> Array:
    """Linear-blend skinning: points (n,3), weights (n,bones) sparse, transforms (bones,12) row-major 3x4."""
    matrix = (weights @ transforms).reshape(-1, 3, 4)
    result: Array = np.einsum("nij,nj->ni", matrix[:, :, :3], points) + matrix[:, :, 3]
    return result.astype(f32)


def fit(piece: Fitted, points: Array) -> Array:
    """A fitted mesh on a body shape (n,3)."""
    scale = np.ones(3, f32)
    for axis, rule in enumerate(piece.scale):
        if rule:
            i, j, rest = rule
            scale[axis] = abs(points[i, axis] - points[j, axis]) / rest
    result: Array = piece.basis @ points + piece.offset * scale
    return result.astype(f32)
