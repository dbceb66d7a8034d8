"""Surfaces of one person: what every garment, hair style and thing becomes before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tryon.train.parser.assets import Fitted
from tryon.train.parser.body import BodyModel, Figure, Mesh, fit, skin
from tryon.train.parser.pose import Posed
from tryon.train.parser.raster import normals

Array = NDArray[Any]
f32 = np.float32


@dataclass(frozen=True)
class Layer:
    """One surface. points (n,3) posed, faces (t,3), keep (n,) (see raster.draw), uv (n,2), gu and gv (n,) cloth
    coordinates in dm, rest (n,3) on the base mesh, ids (n,) nearest base vertex.

    kind: skin, eye, brow, hair, cloth or thing (painted like cloth, but stiff). label: index into LABELS; for skin
    it is ignored. look: seed of its colours; pieces that share it are cut from one cloth. fold: strength of folds.
    """

    points: Array
    faces: Array
    keep: Array
    uv: Array
    gu: Array
    gv: Array
    rest: Array
    ids: Array
    kind: str
    label: int
    look: int = 0
    fold: float = 0.0
    plain: bool = False


@dataclass
class Dressing:
    """One person being dressed. `covered` (n,): positive where cloth hides the skin of a base vertex."""

    body: BodyModel
    figure: Figure
    posed: Posed
    rng: Generator
    layers: list[Layer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.covered = np.full(len(self.body.base), -1e3, f32)
        self.out = normals(self.figure.points.copy(), self.body.cloth_faces)

    def hide(self, keep: Array) -> None:
        """Skin under `keep` > 0 is covered."""
        self.covered = np.maximum(self.covered, keep)

    def seed(self) -> int:
        return int(self.rng.integers(1 << 31))

    def from_base(self, mesh: Mesh, rest: Array, keep: Array, kind: str, label: int, **more: Any) -> None:
        """A part of the base mesh; rest (m,3) in rest pose, keep (m,)."""
        b, ids = self.body, mesh.ids
        self.layers.append(
            Layer(
                points=skin(rest, b.weights[ids], self.posed.transforms),
                faces=mesh.faces,
                keep=keep.astype(f32),
                uv=mesh.uv,
                gu=b.gu[ids],
                gv=b.gv[ids],
                rest=b.base[ids],
                ids=ids,
                kind=kind,
                label=label,
                **more,
            )
        )

    def from_fitted(
        self, piece: Fitted, kind: str, label: int, rest: Array | None = None, keep: Array | None = None,
        faces: Array | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """A mesh that follows the body; rest overrides its shape on this body."""
        b = self.body
        near = nearest_base(piece)
        shape = fit(piece, self.figure.points) if rest is None else rest
        self.layers.append(
            Layer(
                points=skin(shape, piece.weights, self.posed.transforms),
                faces=piece.faces if faces is None else faces,
                keep=np.ones(len(near), f32) if keep is None else keep.astype(f32),
                uv=piece.uv,
                gu=b.gu[near],
                gv=b.gv[near],
                rest=(piece.basis @ b.base + piece.offset).astype(f32),
                ids=near,
                kind=kind,
                label=label,
                **more,
            )
        )

    def thing(self, points: Array, faces: Array, label: int, near: int, **more: Any) -> None:
        """Free geometry, already posed (n,3); its cloth coordinates are its own."""
        n = len(points)
        self.layers.append(
            Layer(
                points=points.astype(f32),
                faces=faces.astype(np.int32),
                keep=np.ones(n, f32),
                uv=np.zeros((n, 2), f32),
                gu=points[:, 0].astype(f32),
                gv=points[:, 1].astype(f32),
                rest=np.zeros((n, 3), f32),
                ids=np.full(n, near),
                kind="thing",
                label=label,
                **more,
            )
        )

    def joint(self, bone: str) -> Array:
        return self.posed.at(self.body.bone[bone])

    def on_skin(self, vertex: int) -> Array:
        """Where a base vertex is after posing, (3,)."""
        ids = [vertex]
        point: Array = skin(self.figure.points[ids], self.body.weights[ids], self.posed.transforms)[0]
        return point


_NEAREST: dict[int, Array] = {}


def nearest_base(piece: Fitted) -> Array:
    """Base vertex of the largest weight for every vertex of a fitted mesh (n,)."""
    key = id(piece)
    if key not in _NEAREST:
        _NEAREST[key] = np.asarray(abs(piece.basis).argmax(1)).ravel()
    return _NEAREST[key]


def ring(
    centre: Array, across: Array, up: Array, radii: tuple[float, float], thick: float, height: float
) -> tuple[Array, Array]:
    """A band around `centre`: an ellipse of `radii` in the plane of `across` and the third axis, a flat tube.

    Points (n,3) and faces (t,3) of a belt, a scarf's turn or a hat's brim.
    """
    across, up = across / np.linalg.norm(across), up / np.linalg.norm(up)
    third = np.cross(across, up)
    turns, sides = 40, 8
    a = np.linspace(0, 2 * np.pi, turns, endpoint=False)
    s = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    spine = np.cos(a)[:, None] * across * radii[0] + np.sin(a)[:, None] * third * radii[1]
    outward = spine / np.linalg.norm(spine, axis=1, keepdims=True)
    tube = np.cos(s)[None, :, None] * outward[:, None] * thick + np.sin(s)[None, :, None] * up * height
    points = (centre + spine[:, None] + tube).reshape(-1, 3)
    return points, _grid_faces(turns, sides)


def tube(path: Array, radius: Array | float) -> tuple[Array, Array]:
    """A round tube along a path (k,3): straps, handles, glasses. radius: one or (k,)."""
    k, sides = len(path), 8
    way = np.gradient(path, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-9
    helper = np.array([0.1, 0.2, 1.0]) / np.linalg.norm([0.1, 0.2, 1.0])
    first = np.cross(way, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-9
    second = np.cross(way, first)
    s = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    r = np.broadcast_to(np.asarray(radius, float), (k,))[:, None, None]
    ringed = np.cos(s)[None, :, None] * first[:, None] + np.sin(s)[None, :, None] * second[:, None]
    points = (path[:, None] + r * ringed).reshape(-1, 3)
    faces = _grid_faces(k, sides)
    return points, faces[: (k - 1) * sides * 2]


def _grid_faces(turns: int, sides: int) -> Array:
    """Triangles of a closed tube of turns x sides points; the last turn joins the first."""
    i, j = np.divmod(np.arange(turns * sides), sides)
    right, below = i * sides + (j + 1) % sides, (i + 1) % turns * sides + j
    corner = (i + 1) % turns * sides + (j + 1) % sides
    here = np.arange(turns * sides)
    return np.stack([np.stack([here, below, right], 1), np.stack([right, below, corner], 1)], 1).reshape(-1, 3)


def box(centre: Array, axes: Array, sizes: tuple[float, float, float], round_: float = 0.0) -> tuple[Array, Array]:
    """A cuboid (or, with round_ up to 1, an ellipsoid) with `axes` (3,3) rows and half `sizes`: bags, seats, cups."""
    n, m = 10, 16
    theta, phi = np.linspace(0, np.pi, n), np.linspace(0, 2 * np.pi, m, endpoint=False)
    ball = np.stack(
        [
            np.sin(theta)[:, None] * np.cos(phi),
            np.repeat(np.cos(theta)[:, None], m, 1),
            np.sin(theta)[:, None] * np.sin(phi),
        ],
        -1,
    ).reshape(-1, 3)
    cube = ball / np.abs(ball).max(1, keepdims=True)
    points = (cube * (1 - round_) + ball * round_) * np.array(sizes)
    return centre + points @ axes, _grid_faces(n, m)[: (n - 1) * m * 2]
