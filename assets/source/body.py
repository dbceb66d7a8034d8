"""Bodies from MakeHuman's CC0 data: morph, pose, skin and measure (decimetres, y up, z to the front, x to its left).

Only data files are used (base mesh, morph targets, rig, weights); no MakeHuman program code.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull

Array = npt.NDArray[Any]
DEG = np.pi / 180


def load(path: Path) -> dict[str, Any]:
    """The CC0 data: the folder of checkouts, or the .npz that `python -m tryon.train.parser.make --keep` wrote."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tryon.train.parser import assets as files
    from tryon.train.parser import cache

    assets = files.read(path) if path.is_dir() else cache.load(path)
    return {
        "base": assets.base,
        "vm": assets.vertex,
        "uv": assets.uv,
        "f": assets.faces,
        "g": assets.group,
        "groups": assets.groups,
        "order": assets.bones,
        "bi": {name: index for index, name in enumerate(assets.bones)},
        "parent": assets.parent,
        "head": assets.head,
        "W": assets.weights,
        "T": assets.targets,
        "clothes": {
            name: {
                "B": c.basis,
                "W": c.weights,
                "off": c.offset,
                "sc": c.scale,
                "uv": c.uv,
                "f": c.faces,
                "dele": c.hides,
            }
            for name, c in assets.clothes.items()
        },
        **{f"mask_{name}": mask for name, mask in assets.masks.items()},
    }


@dataclass(frozen=True)
class Shape:
    """Who it is: 0..1 sliders, ethnicity as weights of (caucasian, african, asian)."""

    male: float
    race: tuple[float, float, float] = (1.0, 0.0, 0.0)
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.0
    proportions: float = 0.5
    old: float = 0.0
    cup: float = 0.5
    details: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Arm:
    """Directions (out, up, front) of upper and lower arm, twist of the hand and curl of the fingers in degrees."""

    upper: tuple[float, float, float]
    lower: tuple[float, float, float]
    twist: float = 0.0
    curl: float = 18.0
    shrug: float = 0.0
    bend: float = 0.0


@dataclass(frozen=True)
class Leg:
    upper: tuple[float, float, float] = (0.10, -1.0, 0.02)
    lower: tuple[float, float, float] = (0.06, -1.0, -0.03)
    toe_out: float = 10.0


@dataclass(frozen=True)
class Pose:
    left: Arm
    right: Arm
    leg_left: Leg = Leg()
    leg_right: Leg = Leg()
    hip_tilt: float = 0.0
    spine_tilt: float = 0.0
    spine_turn: float = 0.0
    head_turn: float = 0.0
    head_nod: float = 0.0
    head_tilt: float = 0.0


def dressing_pose(angle: float, legs: float = 0.16) -> Pose:
    """Arms straight at `angle` degrees from the vertical: the pose in which flat patterns are put on."""
    arm = Arm((np.sin(angle * DEG), -np.cos(angle * DEG), 0.0), (np.sin(angle * DEG), -np.cos(angle * DEG), 0.03))
    leg = Leg((legs, -1.0, 0.0), (legs, -1.0, -0.02), 12.0)
    return Pose(arm, arm, leg, leg)


def _mix(a: Any, b: Any, t: float) -> Any:
    if isinstance(a, tuple):
        return tuple((1 - t) * x + t * y for x, y in zip(a, b, strict=True))
    if isinstance(a, float | int):
        return (1 - t) * a + t * b
    return type(a)(**{k: _mix(getattr(a, k), getattr(b, k), t) for k in a.__dataclass_fields__})


def mix_pose(a: Pose, b: Pose, t: float) -> Pose:
    mixed: Pose = _mix(a, b, t)
    return mixed


def _unit(v: Array) -> Array:
    return v / (np.linalg.norm(v) + 1e-12)


def rotation(axis: Array | tuple[float, float, float], angle: float) -> Array:
    x, y, z = _unit(np.asarray(axis, float))
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def _arc(a: Array, b: Array) -> Array:
    """Shortest rotation that takes direction a to direction b."""
    a, b = _unit(a), _unit(b)
    axis = np.cross(a, b)
    s = np.linalg.norm(axis)
    return np.eye(3) if s < 1e-8 else rotation(axis, float(np.arctan2(s, a @ b)))


class Human:
    def __init__(self, data: dict[str, Any], shape: Shape) -> None:
        self.data = data
        self.shape = shape
        self.rest = self._morph()
        self.order: list[str] = data["order"]
        self.index: dict[str, int] = data["bi"]
        self.parent: list[int] = data["parent"]
        self.heads = np.stack([self.rest[h].mean(0) for h in data["head"]])
        body = data["groups"].index("body")
        faces = data["f"][data["g"] == body]
        used, inverse = np.unique(faces, return_inverse=True)
        self.body_ids: Array = data["vm"][used]
        self.body_uv: Array = data["uv"][used]
        self.body_faces: Array = inverse.reshape(-1, 3)
        self.arm_weight = self._weights(("upperarm", "lowerarm", "wrist", "finger", "metacarpal"))
        self.hand_weight = self._weights(("wrist", "finger", "metacarpal"))
        self.leg_weight = self._weights(("upperleg", "lowerleg", "foot", "toe"))
        self.foot_weight = self._weights(("foot", "toe"))
        self.head_weight = (
            1
            - self.arm_weight
            - self.leg_weight
            - self._weights(("neck", "spine", "clavicle", "shoulder", "breast", "pelvis", "root"))
        )

    def _weights(self, prefixes: tuple[str, ...]) -> Array:
        cols = [i for i, k in enumerate(self.data["order"]) if k.startswith(prefixes)]
        return np.asarray(self.data["W"][:, cols].sum(1)).ravel()

    def _morph(self) -> Array:
        s, targets = self.shape, self.data["T"]
        out = self.data["base"].astype(np.float64).copy()

        def add(name: str, weight: float) -> None:
            target = targets[name]
            if weight < 1e-4:
                return
            if isinstance(target, tuple):
                out[target[0]] += target[1].astype(np.float64) * weight
            else:
                out[:] += target.astype(np.float64) * weight

        def three(v: float) -> dict[str, float]:
            return {"min": max(0.0, 1 - 2 * v), "average": 1 - abs(2 * v - 1), "max": max(0.0, 2 * v - 1)}

        for sex, sex_w in (("male", s.male), ("female", 1 - s.male)):
            for age, age_w in (("young", 1 - s.old), ("old", s.old)):
                for race, race_w in zip(("caucasian", "african", "asian"), s.race, strict=True):
                    add(f"{race}-{sex}-{age}", sex_w * age_w * race_w)
                for muscle, muscle_w in three(s.muscle).items():
                    for fat, fat_w in three(s.weight).items():
                        weight = sex_w * age_w * muscle_w * fat_w
                        add(f"universal-{sex}-{age}-{muscle}muscle-{fat}weight", weight)
                        for cup, cup_w in three(s.cup).items():
                            key = f"breast/{sex}-{age}-{muscle}muscle-{fat}weight-{cup}cup-averagefirmness"
                            if key in targets:
                                add(key, weight * cup_w)
            tall = "maxheight" if s.height > 0 else "minheight"
            add(f"{sex}-young-averagemuscle-averageweight-{tall}", abs(s.height) * sex_w)
            add(f"{sex}-young-averagemuscle-averageweight-idealproportions", s.proportions * sex_w)
        for name, weight in s.details.items():
            add(name, weight)
        return out

    def transforms(self, pose: Pose) -> Array:
        """Global 3x4 matrix of each bone."""
        n = len(self.order)
        local = [np.eye(3) for _ in range(n)]
        mats: list[Array | None] = [None] * n

        def matrix(k: int) -> Array:
            known = mats[k]
            if known is None:
                up = np.eye(3, 4) if self.parent[k] < 0 else matrix(self.parent[k])
                rot = up[:, :3] @ local[k]
                move = up[:, :3] @ (self.heads[k] - local[k] @ self.heads[k]) + up[:, 3]
                known = mats[k] = np.concatenate([rot, move[:, None]], 1)
            return known

        local[self.index["root"]] = rotation((0, 0, 1), pose.hip_tilt * DEG)
        for bone in ("spine05", "spine04", "spine03", "spine02", "spine01"):
            local[self.index[bone]] = rotation((0, 0, 1), (pose.spine_tilt - pose.hip_tilt) * DEG / 5) @ rotation(
                (0, 1, 0), pose.spine_turn * DEG / 5
            )
        for bone in ("neck01", "neck02", "head"):
            local[self.index[bone]] = (
                rotation((0, 1, 0), pose.head_turn * DEG / 3)
                @ rotation((1, 0, 0), pose.head_nod * DEG / 3)
                @ rotation((0, 0, 1), pose.head_tilt * DEG / 3)
            )
        for side, sign, arm, leg in (
            ("L", 1.0, pose.left, pose.leg_left),
            ("R", -1.0, pose.right, pose.leg_right),
        ):
            self._arm(local, matrix, side, sign, arm)
            self._leg(local, matrix, side, sign, leg)
        return np.stack([matrix(k) for k in range(n)])

    def _arm(self, local: list[Array], matrix: Any, side: str, sign: float, arm: Arm) -> None:
        flip = np.array([sign, 1, 1])
        clav, up, low, low2, wrist = (
            self.index[f"{b}.{side}"] for b in ("clavicle", "upperarm01", "lowerarm01", "lowerarm02", "wrist")
        )
        local[clav] = rotation((0, 0, 1), sign * arm.shrug * DEG)
        base = matrix(self.parent[up])[:, :3]
        local[up] = _arc(self.heads[low] - self.heads[up], base.T @ (np.array(arm.upper) * flip))
        base = base @ local[up]
        local[low] = _arc(self.heads[wrist] - self.heads[low], base.T @ (np.array(arm.lower) * flip))
        axis = _unit(self.heads[wrist] - self.heads[low])
        local[low2] = rotation(axis, sign * arm.twist * DEG * 0.55)
        knuckles = self.heads[self.index[f"finger5-1.{side}"]] - self.heads[self.index[f"finger2-1.{side}"]]
        local[wrist] = rotation(axis, sign * arm.twist * DEG * 0.45) @ rotation(knuckles, -sign * arm.bend * DEG)
        for finger in range(2, 6):
            for joint in (1, 2, 3):
                key = self.index[f"finger{finger}-{joint}.{side}"]
                local[key] = rotation(knuckles, -sign * arm.curl * DEG * (0.7 + 0.12 * finger))

    def _leg(self, local: list[Array], matrix: Any, side: str, sign: float, leg: Leg) -> None:
        flip = np.array([sign, 1, 1])
        up, low, foot = (self.index[f"{b}.{side}"] for b in ("upperleg01", "lowerleg01", "foot"))
        base = matrix(self.parent[up])[:, :3]
        local[up] = _arc(self.heads[low] - self.heads[up], base.T @ (np.array(leg.upper) * flip))
        base = base @ local[up]
        local[low] = _arc(self.heads[foot] - self.heads[low], base.T @ (np.array(leg.lower) * flip))
        local[foot] = (base @ local[low]).T @ rotation((0, 1, 0), sign * leg.toe_out * DEG)

    def posed(self, mats: Array, points: Array | None = None, weights: Any = None) -> Array:
        pts = self.rest if points is None else points
        blend = ((self.data["W"] if weights is None else weights) @ mats.reshape(len(mats), 12)).reshape(-1, 3, 4)
        return np.einsum("nij,nj->ni", blend[:, :, :3], pts) + blend[:, :, 3]

    def joint(self, mats: Array, bone: str) -> Array:
        k = self.index[bone]
        return mats[k][:, :3] @ self.heads[k] + mats[k][:, 3]

    def fit(self, proxy: dict[str, Any]) -> Array:
        """Rest positions of a CC0 proxy mesh (shoes, eyes, hair) on this body."""
        scale = np.ones(3)
        for axis, entry in enumerate(proxy["sc"]):
            if entry:
                i, j, dist = entry
                scale[axis] = abs(self.rest[i, axis] - self.rest[j, axis]) / dist
        fitted: Array = proxy["B"] @ self.rest + proxy["off"] * scale
        return fitted


def normals(points: Array, faces: Array) -> Array:
    out = np.zeros_like(points)
    a, b, c = (points[faces[:, i]] for i in range(3))
    n = np.cross(b - a, c - a)
    for i in range(3):
        np.add.at(out, faces[:, i], n)
    return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)


def half_girth(points: Array, y: float, band: float = 0.12) -> float:
    """Half of the tape measure round the points near height y."""
    ring = points[np.abs(points[:, 1] - y) < band][:, [0, 2]]
    return float(ConvexHull(ring).area) / 2


def measure(human: Human, mats: Array) -> dict[str, float]:
    """What a tailor would note down, in the dressing pose."""
    pts = human.posed(mats)[:13380]
    arm, leg, head = human.arm_weight[:13380], human.leg_weight[:13380], human.head_weight[:13380]
    torso = pts[(arm < 0.4) & (head < 0.3)]
    m: dict[str, float] = {}
    shoulder, elbow, wrist = (human.joint(mats, f"{b}.L") for b in ("upperarm01", "lowerarm01", "wrist"))
    hip, knee, ankle = (human.joint(mats, f"{b}.L") for b in ("upperleg01", "lowerleg01", "foot"))
    neck = human.joint(mats, "neck01")
    crotch = pts[(np.abs(pts[:, 0]) < 0.12) & (pts[:, 1] < hip[1] + 0.2) & (pts[:, 1] > knee[1])][:, 1].min()
    m["neck_y"], m["shoulder_x"], m["shoulder_y"] = neck[1], shoulder[0], shoulder[1]
    m["hip_y"], m["hip_x"], m["crotch_y"], m["knee_y"], m["ankle_y"] = (
        hip[1],
        hip[0],
        crotch,
        knee[1],
        ankle[1],
    )
    m["knee_x"], m["ankle_x"], m["floor_y"] = knee[0], ankle[0], pts[:, 1].min()
    m["arm"] = float(np.linalg.norm(elbow - shoulder) + np.linalg.norm(wrist - elbow))
    m["arm_angle"] = float(np.arctan2(wrist[0] - shoulder[0], shoulder[1] - wrist[1]))
    ys = np.linspace(crotch + 0.3, shoulder[1] - 1.2, 40)
    girth = np.array([half_girth(torso, y) for y in ys])
    m["waist_y"] = float(ys[8:30][girth[8:30].argmin()])
    m["waist"] = float(girth[8:30].min())
    low = ys < m["waist_y"]
    m["hips_y"], m["hips"] = float(ys[low][girth[low].argmax()]), float(girth[low].max())
    m["chest_y"], m["chest"] = float(ys[~low][girth[~low].argmax()]), float(girth[~low].max())
    for name, a, b, w in (
        ("biceps", shoulder, elbow, arm),
        ("wrist", elbow, wrist, arm),
        ("thigh", hip, knee, leg),
        ("calf", knee, ankle, leg),
    ):
        d = _unit(b - a)
        t = (pts - a) @ d / np.linalg.norm(b - a)
        at = {"biceps": 0.35, "wrist": 0.95, "thigh": 0.35, "calf": 0.35}[name]
        ring = pts[(w > 0.5) & (pts[:, 0] > 0.02) & (np.abs(t - at) < 0.05)]
        side = _unit(np.cross(d, [0, 0, 1.0]))
        m[name] = float(ConvexHull(np.stack([(ring - a) @ side, (ring - a) @ np.cross(d, side)], 1)).area) / 2
    for k, x in enumerate((0.55, 0.75, 0.95, 1.2, 1.5, 1.8)):
        col = pts[(np.abs(pts[:, 0] - x) < 0.1) & (head < 0.3) & (pts[:, 1] < neck[1] + 0.9)]
        m[f"top{k}"] = float(col[:, 1].max())
    return m
