"""Random poses by analytic two-bone inverse kinematics: catalogue poses, everyday ones, walking and sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.train.parser.body import BodyModel

Array = NDArray[Any]
f32 = np.float32
DEGREE = np.pi / 180

# How arms are held, and how often.
ARMS = {
    "down": 0.34, "hip_one": 0.09, "hips": 0.06, "pocket": 0.1, "clasp": 0.06, "folded": 0.08, "face": 0.06,
    "bent": 0.08, "back": 0.04, "out": 0.03, "mixed": 0.06,
}  # fmt: skip


@dataclass(frozen=True)
class Posed:
    """transforms (bones,12) of the skin, joints (bones,3): the bones' rest starts; how: arm and leg family."""

    transforms: Array
    joints: Array
    how: str
    seated: bool

    def at(self, bone: int) -> Array:
        """Where a bone's start is after posing."""
        matrix = self.transforms[bone].reshape(3, 4)
        point: Array = matrix[:, :3] @ self.joints[bone] + matrix[:, 3]
        return point


def rotation(axis: tuple[float, float, float] | Array, angle: float) -> Array:
    a = np.asarray(axis, f32)
    a = a / (np.linalg.norm(a) + 1e-9)
    k = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]], f32)
    return (np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k).astype(f32)


def unit(v: Array) -> Array:
    result: Array = v / (np.linalg.norm(v) + 1e-9)
    return result


def _frame(direction: Array, normal: Array) -> Array:
    x = unit(direction)
    n = unit(normal - x * (normal @ x))
    return np.stack([x, n, np.cross(x, n)], 1)


def _bend(start: Array, target: Array, upper: float, lower: float, pole: Array) -> tuple[Array, Array]:
    """Middle and end of a two-bone chain that reaches for `target`, bent towards `pole`."""
    way = target - start
    length = np.clip(np.linalg.norm(way), abs(upper - lower) * 1.05 + 0.15, (upper + lower) * 0.997)
    way = unit(way)
    along = (upper**2 - lower**2 + length**2) / (2 * length)
    out = np.sqrt(max(upper**2 - along**2, 0))
    return start + way * along + unit(pole - way * (pole @ way)) * out, start + way * length


class Poser:
    """One pose in the making: local rotations are set, forward kinematics is run up to the bone that is needed."""

    def __init__(self, body: BodyModel, points: Array, rng: Generator) -> None:
        self.body, self.rng, self.bone = body, rng, body.bone
        self.rest, _ = body.joints(points)
        count = len(body.assets.bones)
        self.local = [np.eye(3, dtype=f32) for _ in range(count)]
        self.world: list[Array | None] = [None] * count

    def reach(self, k: int) -> Array:
        """World matrix (3,4) of bone k."""
        known = self.world[k]
        if known is not None:
            return known
        parent = self.body.assets.parent[k]
        base = np.eye(3, 4, dtype=f32) if parent < 0 else self.reach(parent)
        turn, start = self.local[k], self.rest[k]
        move = base[:, :3] @ (start - turn @ start) + base[:, 3]
        result = np.concatenate([base[:, :3] @ turn, move[:, None]], 1)
        self.world[k] = result
        return result

    def place(self, parent: int, point: Array) -> Array:
        matrix = self.reach(parent)
        result: Array = matrix[:, :3] @ point + matrix[:, 3]
        return result

    def limb(self, names: tuple[str, str, str], target: Array, pole: Array, hinge: Array | None) -> tuple[Array, Array]:
        """Turns upper and lower bone so that the third bone's start reaches `target`.

        hinge: axis that the middle joint bends about in the rest pose; None takes the rest pose's own bend.
        Returns the world rotations of the two bones.
        """
        a, b, c = (self.bone[n] for n in names)
        parent = self.body.assets.parent[a]
        s0, e0, w0 = self.rest[a], self.rest[b], self.rest[c]
        start = self.place(parent, s0)
        middle, end = _bend(start, target, float(np.linalg.norm(e0 - s0)), float(np.linalg.norm(w0 - e0)), pole)
        if hinge is None:
            before, after = np.cross(e0 - s0, w0 - e0), np.cross(middle - start, end - middle)
            if np.linalg.norm(after) < 1e-3:
                after = np.cross(middle - start, -pole)
        else:
            before, after = np.cross(hinge, e0 - s0), np.cross(pole, middle - start)
        upper = _frame(middle - start, after) @ _frame(e0 - s0, before).T
        lower = _frame(end - middle, after) @ _frame(w0 - e0, before).T
        self.local[a] = self.reach(parent)[:, :3].T @ upper
        self.local[b] = upper.T @ lower
        return upper, lower


def random_pose(body: BodyModel, points: Array, rng: Generator, sits: bool | None = None) -> Posed:
    """`sits` None: one in nine does."""
    poser = Poser(body, points, rng)
    _trunk(poser)
    drawn = rng.random() < 0.11
    seated = drawn if sits is None else sits
    how = str(rng.choice(list(ARMS), p=np.array(list(ARMS.values())) / sum(ARMS.values())))
    if seated and rng.random() < 0.6:
        how = "lap"
    first = "LR"[rng.integers(2)]
    for side in "LR":
        _arm(poser, side, _arm_style(rng, how, side == first), side == first)
    walk = float(rng.normal(0, 0.9)) if rng.random() < 0.45 else 0.0
    for side in "LR":
        if seated:
            _seated_leg(poser, side)
        else:
            _leg(poser, side, walk)
    count = len(body.assets.bones)
    transforms = np.stack([poser.reach(k) for k in range(count)]).reshape(count, 12)
    return Posed(transforms.astype(f32), poser.rest, how, seated)


def _trunk(p: Poser) -> None:
    rng = p.rng
    for name in ("spine05", "spine04", "spine03", "spine02", "spine01"):
        turns = rng.normal(0, 2.2) * DEGREE, rng.normal(0, 1.6) * DEGREE, rng.normal(0, 1.3) * DEGREE
        p.local[p.bone[name]] = (
            rotation((0, 1, 0), turns[0]) @ rotation((0, 0, 1), turns[1]) @ rotation((1, 0, 0), turns[2])
        )
    yaw, nod, tilt = np.clip(rng.normal(0, 18), -55, 55), rng.normal(2, 8), rng.normal(0, 6)
    for name in ("neck01", "neck02", "head"):
        turn = rotation((0, 1, 0), yaw * DEGREE / 3) @ rotation((1, 0, 0), nod * DEGREE / 3)
        p.local[p.bone[name]] = turn @ rotation((0, 0, 1), tilt * DEGREE / 3)
    p.local[p.bone["root"]] = rotation((0, 0, 1), rng.normal(0, 2.5) * DEGREE)


def _arm_style(rng: Generator, how: str, first: bool) -> str:
    """What this arm does within the pose family."""
    if how in ("hip_one", "face", "bent", "out") and not first:
        return str(rng.choice(["down", "down", "down", "pocket", "bent"]))
    if how in ("hip_one", "hips"):
        return "hip"
    if how == "mixed":
        return str(rng.choice(["down", "hip", "pocket", "bent", "face", "out"]))
    return how


def _arm(p: Poser, side: str, style: str, first: bool) -> None:
    rng, sign = p.rng, 1.0 if side == "L" else -1.0
    p.local[p.bone[f"clavicle.{side}"]] = rotation((0, 0, 1), sign * rng.normal(-2, 4) * DEGREE)
    names = (f"upperarm01.{side}", f"lowerarm01.{side}", f"wrist.{side}")
    a, b, c = (p.bone[n] for n in names)
    shoulder = p.place(p.body.assets.parent[a], p.rest[a])
    hip = p.place(p.bone["root"], p.rest[p.bone[f"upperleg01.{side}"]])
    length = float(np.linalg.norm(p.rest[b] - p.rest[a]) + np.linalg.norm(p.rest[c] - p.rest[b]))
    target, pole = _reach(rng, style, sign, first, shoulder, hip, length, abs(float(p.rest[p.bone["upperleg01.L"]][0])))
    p.limb(names, target, pole, None)
    _hand(p, side, sign)


def _reach(
    rng: Generator, style: str, sign: float, first: bool, shoulder: Array, hip: Array, length: float, half: float
) -> tuple[Array, Array]:
    """Where the wrist goes and where the elbow points, in dm; `half` is half the distance of the hip joints."""
    n, u = rng.normal, rng.uniform
    s = sign
    if style == "down":
        out = (abs(n(8, 7)) + 3) * DEGREE
        way = unit(np.array([s * np.sin(out), -np.cos(out), np.sin(n(3, 8) * DEGREE)], f32))
        return shoulder + way * length * u(0.92, 0.997), np.array([s * 0.35, -0.1, -1.0], f32)
    if style == "hip":
        return hip + np.array([s * (half * 0.95 + 0.15), 1 + n(0, 0.35), n(0.25, 0.35)], f32), np.array(
            [s, -0.1, n(-0.5, 0.3)], f32
        )
    if style == "pocket":
        return hip + np.array([s * (half * 0.75 + 0.15), n(0.2, 0.3), 0.62 + n(0, 0.25)], f32), np.array(
            [s * 0.8, 0, -1.0], f32
        )
    if style == "clasp":
        return np.array([s * u(0.15, 0.5), hip[1] + u(-0.3, 1.2), 1.9 + n(0, 0.12)], f32), np.array(
            [s * 0.9, -0.2, -0.7], f32
        )
    if style == "folded":
        out = 2.25 + (0.35 if first else 0.0)
        return np.array([-s * u(0.3, 1.0), shoulder[1] - 2.3 + s * 0.18 + n(0, 0.25), out], f32), np.array(
            [s, -0.7, 0.0], f32
        )
    if style == "face":
        return np.array([s * u(0.2, 0.9), shoulder[1] + u(0.2, 2.2), 1.5 + u(-0.2, 0.6)], f32), np.array(
            [s * 0.9, -1.0, 0.4], f32
        )
    if style == "bent":
        return shoulder + np.array([s * u(-0.6, 0.8), -u(0.6, 2.6), u(1.2, 2.6)], f32), np.array(
            [s * 0.6, -0.6, -0.8], f32
        )
    if style == "back":
        return np.array([s * u(0.1, 0.7), hip[1] + u(0, 1.0), -1.4], f32), np.array([s, 0, -0.6], f32)
    if style == "lap":
        return hip + np.array([s * u(-0.6, 0.5), u(0.4, 1.2), u(1.8, 3.6)], f32), np.array([s * 0.8, -0.4, -0.8], f32)
    way = unit(np.array([s * u(0.4, 1.2), u(-1, 1.0), u(-0.2, 0.8)], f32))
    return shoulder + way * length * u(0.7, 0.98), np.array([s * 0.1, -1.0, -0.4], f32)


def _hand(p: Poser, side: str, sign: float) -> None:
    rng = p.rng
    lower, wrist = p.bone[f"lowerarm01.{side}"], p.bone[f"wrist.{side}"]
    along = unit(p.rest[wrist] - p.rest[lower])
    twist = rng.normal(0, 35) * DEGREE
    second = p.bone.get(f"lowerarm02.{side}")
    if second is not None:
        p.local[second] = rotation(along, twist * 0.6)
    p.local[wrist] = rotation(along, twist * 0.4) @ rotation(rng.normal(0, 1, 3), rng.normal(0, 12) * DEGREE)
    curl = abs(rng.normal(0.25, 0.25)) if rng.random() < 0.8 else rng.uniform(0.8, 1.3)  # open hand or fist
    knuckles = unit(p.body.start(f"finger5-1.{side}") - p.body.start(f"finger2-1.{side}"))
    for finger in range(2, 6):
        for joint in (1, 2, 3):
            k = p.bone.get(f"finger{finger}-{joint}.{side}")
            if k is not None:
                p.local[k] = rotation(knuckles, -sign * curl * rng.uniform(0.6, 1.2))


def _leg(p: Poser, side: str, walk: float) -> None:
    rng, sign = p.rng, 1.0 if side == "L" else -1.0
    names = (f"upperleg01.{side}", f"lowerleg01.{side}", f"foot.{side}")
    a, b, c = (p.bone[n] for n in names)
    length = float(np.linalg.norm(p.rest[b] - p.rest[a]) + np.linalg.norm(p.rest[c] - p.rest[b]))
    hip = p.place(p.body.assets.parent[a], p.rest[a])
    forward = sign * walk * 1.8 + rng.normal(0, 0.2)
    target = hip + np.array([sign * rng.normal(0.28, 0.36), -length * rng.uniform(0.962, 0.997), forward], f32)
    if walk and forward < 0 and rng.random() < 0.6:
        target[1] += rng.uniform(0.2, 1.6)  # the trailing heel leaves the ground
    if rng.random() < 0.07:
        target[0] = hip[0] - sign * 1.6  # crossed
    _turn_leg(p, names, target, np.array([sign * 0.15, 0, 1.0], f32), side)


def _seated_leg(p: Poser, side: str) -> None:
    rng, sign = p.rng, 1.0 if side == "L" else -1.0
    names = (f"upperleg01.{side}", f"lowerleg01.{side}", f"foot.{side}")
    a, b, c = (p.bone[n] for n in names)
    hip = p.place(p.body.assets.parent[a], p.rest[a])
    upper, lower = np.linalg.norm(p.rest[b] - p.rest[a]), np.linalg.norm(p.rest[c] - p.rest[b])
    drop = rng.uniform(-0.1, 0.35)
    target = hip + np.array(
        [sign * rng.normal(0.4, 0.5), -lower - upper * drop, upper * 0.92 + rng.normal(0.1, 0.7)], f32
    )
    _turn_leg(p, names, target, np.array([sign * rng.uniform(0, 0.35), 0.9, 0.9], f32), side)


def _turn_leg(p: Poser, names: tuple[str, str, str], target: Array, pole: Array, side: str) -> None:
    rng, sign = p.rng, 1.0 if side == "L" else -1.0
    ahead = np.array([sign * 0.15, 0, 1.0], f32)
    _, lower = p.limb(names, target, pole, ahead)
    heel = rotation((1, 0, 0), rng.uniform(0.1, 0.75)) if rng.random() < 0.42 else np.eye(3, dtype=f32)
    p.local[p.bone[names[2]]] = lower.T @ rotation((0, 1, 0), sign * rng.normal(12, 12) * DEGREE) @ heel
