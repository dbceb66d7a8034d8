"""Folds of hanging trouser legs for the embedded engine: `tryon/transfer/warping/leg_folds.npz`, from simulated ones.

`python leg_folds.py --data assets.npz`, in the environment of README.md (no bpy needed), with the repository's root on
PYTHONPATH; a minute on one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from body import Arm, Human, Leg, Pose, Shape, dressing_pose, load, measure, normals
from cloth import Fabric
from dress import Wardrobe
from patterns import sew
from subdivide import loop
from tailor import BottomCut, trousers
from tryon.train.parser.raster import draw, interpolate
from tryon.transfer.warping.leg_relief import ABOVE, STEEPEST

Array = npt.NDArray[Any]

ROWS, COLUMNS, RESOLUTION = 176, 48, 60  # of a map; pixels per decimetre of the rendering
CALM = {"breast/nipple-point-decr": 1.0, "breast/nipple-size-decr": 1.0}
WOMAN = Shape(0.0, (0.6, 0.1, 0.3), 0.55, 0.25, 0.1, 0.8, cup=0.2, details=CALM)
MAN = Shape(1.0, (0.6, 0.1, 0.3), 0.65, 0.35, 0.1, 0.8, details=CALM)
HANG = Arm((0.24, -1.0, -0.02), (0.17, -1.0, 0.24), twist=-18, curl=24)
STEP = Leg((0.0, -1, 0.04), (0.0, -1, -0.02), 10), Leg((0.06, -1, 0.10), (0.03, -1, -0.08), 20)
STAND = Leg((0.02, -1, 0.02), (0.01, -1, -0.02), 10), Leg((0.04, -1, 0.0), (0.03, -1, -0.03), 14)
KINDS = {
    "straight": (
        MAN, BottomCut(rise=-0.35, length=0.985, thigh=1.28, knee=1.32, hem=1.25, crotch=0.55, hips=1.10),
        Fabric(bend=0.05, thickness=0.07, uneven=0.05), STEP,
    ),
    "wide": (
        WOMAN, BottomCut(rise=-0.1, length=1.02, thigh=1.30, knee=1.40, hem=1.35, crotch=0.6, hips=1.10),
        Fabric(bend=0.012, thickness=0.06, uneven=0.06), STAND,
    ),
}  # fmt: skip


def draped(data: dict[str, Any], kind: str) -> tuple[Array, Array]:
    """Points (n,3), in decimetres, and triangles (m,3) of a pair of trousers on somebody who stands."""
    shape, cut, fabric, legs = KINDS[kind]
    human, start = Human(data, shape), dressing_pose(30, 0.16)
    pattern = trousers(measure(human, human.transforms(start)), cut)
    wardrobe = Wardrobe(human, start, Pose(HANG, HANG, *legs), 60, 50, 70, substeps=10, feet=False)
    sewn = sew(pattern, 0.085, uneven=fabric.uneven)
    points, faces, _, _ = loop(wardrobe.wear(sewn, fabric)[-1].astype(float), sewn.cloth.faces, None, None)
    return points, faces


def seen(points: Array, faces: Array) -> tuple[Array, Array]:
    """From the front: where cloth is, (h,w) bool, and its normals to the right and upwards, (h,w,2) float32."""
    low, high = points.min(axis=0) - 0.2, points.max(axis=0) + 0.2
    width, height = (int((high[k] - low[k]) * RESOLUTION) for k in range(2))
    places = np.stack([points[:, 0] - low[0], high[1] - points[:, 1], -points[:, 2] / RESOLUTION], 1) * RESOLUTION
    places, faces = places.astype(np.float32), faces.astype(np.int32)
    near, index = np.full((height, width), 1e9, np.float32), np.full((height, width), -1, np.int32)
    none = np.zeros((len(places), 2), np.float32)
    draw(places, faces, np.ones(len(places), np.float32), np.zeros(len(faces), np.int8), none,
         np.zeros((2, 2), np.float32), 0.0, near, index)  # fmt: skip
    rows, columns = np.nonzero(index >= 0)
    found = np.zeros((len(rows), 3), np.float32)
    interpolate(places, faces, index, rows, columns, normals(points, faces).astype(np.float32), found)
    planes = np.zeros((height, width, 2), np.float32)
    planes[rows, columns] = found[:, :2]
    return index >= 0, planes


def runs(row: Array, middle: float) -> list[tuple[float, float]]:
    """First and last column of the left and the right leg in a row of cloth, (w,) bool, parted at `middle` at least."""
    at = np.flatnonzero(row)
    gaps = [k for k in np.flatnonzero(np.diff(at) > 4) if abs((at[k] + at[k + 1]) / 2 - middle) < 0.35 * np.ptp(at)]
    if not gaps:
        return [(at[0], middle), (middle, at[-1])]
    widest = max(gaps, key=lambda k: at[k + 1] - at[k])
    return [(at[0], at[widest]), (at[widest + 1], at[-1])]


def mapped(cloth: Array, planes: Array) -> Array:
    """(2,ROWS,COLUMNS,2) int8: folds of both legs as `leg_relief` reads them, without what is round in a leg."""
    height = len(cloth)
    hem = int(np.flatnonzero(cloth.sum(axis=1) > 20)[-1])
    parted = [y for y in range(height // 5, hem) if (np.diff(np.flatnonzero(cloth[y])) > 4).any()]
    fork = parted[0]
    at = np.flatnonzero(cloth[fork])
    middle = float(at[:-1][np.diff(at) > 4][0]) + 2
    rows = np.linspace(fork - ABOVE * (hem - fork), hem - 4, ROWS)
    ends = gaussian_filter(np.array([runs(cloth[int(y)], middle) for y in rows], float), (3, 0, 0))
    result = []
    for side in range(2):
        x = np.linspace(ends[:, side, 0] + 1, ends[:, side, 1] - 1, COLUMNS, axis=1).astype(np.float32)
        leg = cv2.remap(planes, x, np.repeat(rows[:, None], COLUMNS, 1).astype(np.float32), cv2.INTER_LINEAR)
        leg = leg if side == 0 else leg[:, ::-1]
        leg[..., 0] *= -1 if side == 0 else 1  # outwards
        folds = gaussian_filter(leg - gaussian_filter(leg, (12, 9, 0), mode="nearest"), (0.8, 0.6, 0))
        folds *= np.clip((1 - np.abs(np.linspace(-1, 1, COLUMNS))) / 0.22, 0, 1)[None, :, None]
        result.append(np.clip(np.rint(folds * 127 / STEEPEST), -127, 127).astype(np.int8))
    return np.stack(result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="MakeHuman's CC0 data, as for make.py")
    parser.add_argument("--out", type=Path, default=Path("tryon/transfer/warping/leg_folds.npz"))
    asked = parser.parse_args()
    data = load(asked.data)
    np.savez_compressed(asked.out, **{kind: mapped(*seen(*draped(data, kind))) for kind in KINDS})


if __name__ == "__main__":
    main()
