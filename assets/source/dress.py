"""Put sewn patterns on a body in the dressing pose, then move the body to its pose while the cloth follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter, maximum_filter
from scipy.spatial import cKDTree

from body import Human, Pose, mix_pose, normals
from cloth import Cloth, Fabric, Solid, relax
from patterns import Sewn

Array = npt.NDArray[Any]


EVERY = 4


def covered(body: Array, normal: Array, sewn: Sewn, points: Array) -> Array:
    """Body vertices well inside a garment: left out so that nothing can show through."""
    dist, at = cKDTree(points).query(body)
    outside = np.einsum("ij,ij->i", points[at] - body, normal) > 0.5 * dist
    facing = np.einsum("ij,ij->i", normals(points, sewn.cloth.faces)[at], normal) > 0.3
    return np.asarray((dist < 0.5) & outside & facing & (sewn.near_open[at] > 0.5))


class Wardrobe:
    def __init__(
        self,
        human: Human,
        start: Pose,
        end: Pose,
        settle: int = 70,
        move: int = 60,
        rest: int = 70,
        substeps: int = 10,
        feet: bool = True,
    ) -> None:
        self.human = human
        self.settle, self.move, self.rest, self.substeps = settle, move, rest, substeps
        self.start, self.end = start, end
        self.total = settle + move + rest
        self.worn: list[tuple[Sewn, Array]] = []
        loose = human.hand_weight[human.body_ids] > 0.5
        if not feet:  # nothing for a trouser leg to stand on
            loose |= human.rest[human.body_ids, 1] < human.heads[human.index["foot.L"], 1] + 0.9
        touch = ~loose
        self.faces = human.body_faces[touch[human.body_faces].all(1)]
        self._solids: dict[int, Solid] = {}
        self._meshes: dict[int, tuple[Array, Array]] = {}

    def mix(self, frame: int) -> float:
        t = float(np.clip((frame - self.settle) / self.move, 0, 1))
        return t * t * (3 - 2 * t)

    def body(self, frame: int) -> tuple[Array, Array]:
        key = int(np.clip(frame, self.settle, self.settle + self.move))
        if key not in self._meshes:
            mats = self.human.transforms(mix_pose(self.start, self.end, self.mix(key)))
            points = self.human.posed(mats)[self.human.body_ids]
            raw = self.human.posed(mats)[:13380]
            faces = self.human.body_ids[self.human.body_faces]
            n = normals(raw, faces)[self.human.body_ids]
            self._meshes[key] = (points, n)
        return self._meshes[key]

    def add(self, sewn: Sewn, track: Array) -> None:
        """Later garments go over this one; `track` holds its points from the end of the settling on."""
        body, normal = self.body(self.total)
        hide = covered(body, normal, sewn, track[-1])
        self.faces = self.faces[~hide[self.faces].all(1)]
        self.worn.append((sewn, track))
        self._solids.clear()

    def solid(self, frame: int) -> Solid:
        key = int(np.clip(frame, self.settle, self.total if self.worn else self.settle + self.move))
        if key not in self._solids:
            points, n = self.body(key)
            faces = self.faces
            for sewn, track in self.worn:
                at = track[min((key - self.settle) // EVERY, len(track) - 1)]
                faces = np.concatenate([faces, sewn.cloth.faces + len(points)])
                n = np.concatenate([n, normals(at, sewn.cloth.faces)])
                points = np.concatenate([points, at])
            self._solids = {key: Solid(points, faces, n)}
        return self._solids[key]

    def place(self, sewn: Sewn, margin: float = 0.12) -> Array:
        """Start positions: front panel before the body, back panel behind it, seams half way between."""
        touched = self.body(0)[0][np.unique(self.faces)]
        points = np.concatenate([touched, *(track[0] for _, track in self.worn)])
        lo, hi, cell = points.min(0) - 1.5, points.max(0) + 1.5, 0.1
        shape = np.ceil((hi - lo)[:2] / cell).astype(int) + 1
        front, back = np.full(shape, -9.0), np.full(shape, 9.0)
        ij = ((points[:, :2] - lo[:2]) / cell).astype(int)
        np.maximum.at(front, (ij[:, 0], ij[:, 1]), points[:, 2])
        np.minimum.at(back, (ij[:, 0], ij[:, 1]), points[:, 2])
        empty = front < -8
        near = distance_transform_edt(empty, return_distances=False, return_indices=True)
        front, back = front[tuple(near)], back[tuple(near)]
        middle = gaussian_filter((front + back) / 2, 2)
        front = gaussian_filter(maximum_filter(front, 5), 1.0)
        back = -gaussian_filter(maximum_filter(-back, 5), 1.0)
        at = np.clip(((sewn.flat - lo[:2]) / cell).astype(int), 0, shape - 1)
        f, b, c = (g[at[:, 0], at[:, 1]] for g in (front, back, middle))
        z = np.where(sewn.layer == 0, f + margin, np.where(sewn.layer == 1, b - margin, c))
        z = z + sewn.ripple * np.where(sewn.layer == 2, 0, 1)
        return np.concatenate([sewn.flat, z[:, None]], 1)

    def wear(self, sewn: Sewn, fabric: Fabric, self_distance: float = 0.08) -> Array:
        """Points of the cloth at every fourth frame after the settling; the last entry is the result."""
        cloth: Cloth = sewn.cloth
        cloth.points = self.place(sewn)
        track: list[Array] = []

        def record(frame: int, points: Array) -> None:
            if frame >= self.settle and (frame - self.settle) % EVERY == 0:
                track.append(points.astype(np.float32))

        last = relax(cloth, fabric, self.solid, self.total, self.substeps, self_distance, settle=20, record=record)
        return np.stack([*track, last.astype(np.float32)])
