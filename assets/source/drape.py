"""Tops that hang as worn ones do: the wearer has moved, its hem has caught on the hips, its cuffs are pushed up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from body import Human, Pose, Shape, dressing_pose, measure, mix_pose, normals
from cloth import Cloth, Fabric, relax
from dress import Wardrobe
from patterns import Pattern, Sewn, sew
from tailor import TopCut, top

Array = npt.NDArray[Any]
SETTLE, REST = 40, 40  # frames before and after the wearer moves
SUBSTEPS = 12
TOUCH = 0.08  # dm between two layers of one cloth


@dataclass(frozen=True)
class Drape:
    """One top on one body, and what it went through."""

    name: str
    shape: Shape
    cut: TopCut
    fabric: Fabric
    poses: tuple[tuple[int, Pose], ...]  # frames after the settling and the pose then; the last one is photographed
    step: float  # dm between vertices
    stiff: tuple[float, float, float]  # from and to how many dm apart cloth holds its form, and how well: 0..1
    lift: tuple[float, float] = (0.0, 0.0)  # dm that the hem is pushed up, at its right and left end
    band: float = 0.5  # dm of cloth above the hem that go up with it
    cuffs: float = 0.0  # dm that the cuffs are pushed up the arms
    seed: int = 1


@dataclass(frozen=True)
class Worn:
    drape: Drape
    pattern: Pattern
    sewn: Sewn
    points: Array  # (n,3) dm
    joints: dict[str, Array]  # (3,) dm


class Moving(Wardrobe):
    """A body that goes through more than two poses."""

    def __init__(self, human: Human, poses: tuple[tuple[int, Pose], ...]) -> None:
        start = dressing_pose(55)
        super().__init__(human, start, poses[-1][1], SETTLE, poses[-1][0], REST, SUBSTEPS)
        self.poses = ((0, start), *poses)

    def pose(self, frame: int) -> Pose:
        at = float(np.clip(frame - self.settle, 0, self.move))
        for (first, before), (last, after) in zip(self.poses[:-1], self.poses[1:], strict=True):
            if at <= last:
                share = (at - first) / (last - first)
                return mix_pose(before, after, share * share * (3 - 2 * share))
        return self.poses[-1][1]

    def body(self, frame: int) -> tuple[Array, Array]:
        key = int(np.clip(frame, self.settle, self.settle + self.move))
        if key not in self._meshes:
            raw = self.human.posed(self.human.transforms(self.pose(key)))
            faces = self.human.body_ids[self.human.body_faces]
            found = raw[self.human.body_ids], normals(raw[:13380], faces)[self.human.body_ids]
            self._meshes = {key: found}
        return self._meshes[key]


def stiffen(sewn: Sewn, near: float, far: float, gain: float, rng: np.random.Generator) -> None:
    """Cloth also resists bending over longer stretches: it buckles in folds as wide as worn ones, not in ripples."""
    pairs = []
    for layer in (0, 1):
        own = np.flatnonzero((sewn.layer == layer) | (sewn.layer == 2))
        found = cKDTree(sewn.flat[own]).query_pairs(far, output_type="ndarray")
        apart = np.linalg.norm(sewn.flat[own][found[:, 0]] - sewn.flat[own][found[:, 1]], axis=1)
        found = found[apart > near]
        pairs.append(own[found[rng.permutation(len(found))[: 4 * len(own)]]])
    added, cloth = np.concatenate(pairs), sewn.cloth
    cloth.bend_scale = np.r_[np.ones(len(cloth.bends)), np.full(len(added), gain)]
    cloth.bends = np.concatenate([cloth.bends, added])
    rest = np.linalg.norm(sewn.flat[added[:, 0]] - sewn.flat[added[:, 1]], axis=1)
    cloth.bend_rest = np.concatenate([cloth.bend_rest, rest])


def pushed(cloth: Cloth, fabric: Fabric, body: Wardrobe, way: dict[int, Array], steps: int, frames: int) -> None:
    """Moves vertices by `way` (3,) each, little by little, and what hangs on them with them."""
    start = {at: cloth.points[at].copy() for at in way}
    for k in range(steps):
        cloth.pins = {at: start[at] + by * (k + 1) / steps for at, by in way.items()}
        cloth.points = relax(cloth, fabric, lambda _: body.solid(10**6), frames, SUBSTEPS, TOUCH)


def worn(data: dict[str, Any], drape: Drape) -> Worn:
    human = Human(data, drape.shape)
    measures = measure(human, human.transforms(dressing_pose(55)))
    body, fabric = Moving(human, drape.poses), drape.fabric
    pattern = top(measures, drape.cut)
    sewn = sew(pattern, drape.step, seed=drape.seed, uneven=fabric.uneven)
    stiffen(sewn, *drape.stiff, np.random.default_rng(drape.seed))
    cloth = sewn.cloth
    cloth.points = body.wear(sewn, fabric)[-1].astype(float)
    mats = human.transforms(drape.poses[-1][1])
    bones = [f"{bone}.{side}" for bone in ("upperarm01", "lowerarm01", "wrist", "upperleg01") for side in "LR"]
    joints = {bone: human.joint(mats, bone) for bone in bones}
    if drape.cuffs:
        slick = replace(fabric, friction=0.05, gravity=8.0)
        pushed(cloth, slick, body, cuff_ways(drape, measures, pattern, sewn, joints), 8, 8)
        held = replace(fabric, gravity=15.0)
        cloth.points = relax(cloth, held, lambda _: body.solid(10**6), 20, SUBSTEPS, TOUCH, settle=15)
    if any(drape.lift):
        pushed(cloth, fabric, body, hem_ways(drape, sewn), 4, 10)
        cloth.points = relax(cloth, fabric, lambda _: body.solid(10**6), 30, SUBSTEPS, TOUCH, settle=20)
    return Worn(drape, pattern, sewn, cloth.points, joints)


def hem_ways(drape: Drape, sewn: Sewn) -> dict[int, Array]:
    low = np.flatnonzero(sewn.flat[:, 1] < sewn.flat[:, 1].min() + drape.band)
    x = sewn.cloth.points[low, 0]
    share = (x - x.min()) / np.ptp(x)
    up = drape.lift[0] + (drape.lift[1] - drape.lift[0]) * share
    return {int(at): np.array([0.0, by, 0.0]) for at, by in zip(low, up, strict=True)}


def cuff_ways(
    drape: Drape, measures: dict[str, float], pattern: Pattern, sewn: Sewn, joints: dict[str, Array]
) -> dict[int, Array]:
    ways: dict[int, Array] = {}
    for side, sign in (("L", 1), ("R", -1)):
        flat = sewn.flat * np.array([sign, 1])
        far = (flat - pattern.marks["joint"]) @ pattern.marks["along"]
        way = joints[f"lowerarm01.{side}"] - joints[f"wrist.{side}"]
        way = drape.cuffs * way / np.linalg.norm(way)
        cuff = np.flatnonzero((far > measures["arm"] * drape.cut.sleeve - 0.5) & (flat[:, 0] > 1.5))
        ways |= {int(at): way for at in cuff}
    return ways
