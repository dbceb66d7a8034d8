"""Render the sample pictures: `python make.py --data assets.npz --out .. garments people` (see README.md)."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

import places
import studio
from body import Arm, Human, Leg, Pose, Shape, dressing_pose, load, measure
from dress import Wardrobe, covered
from garments import GARMENTS, Garment
from patterns import Pattern, Sewn, sew
from people import PEOPLE, Person
from tailor import BottomCut, SkirtCut, TopCut, skirt, top, trousers
from textures import canvases

Array = npt.NDArray[Any]


def cut_pattern(measures: dict[str, float], cut: TopCut | BottomCut | SkirtCut) -> Pattern:
    if isinstance(cut, TopCut):
        return top(measures, cut)
    return trousers(measures, cut) if isinstance(cut, BottomCut) else skirt(measures, cut)


def remembered(cache: Path | None, key: str, make: Callable[[], Array]) -> Array:
    """Simulated cloth, kept in a folder so that light and cloth can be tried without simulating again."""
    if cache is None:
        return make()
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / (hashlib.sha256(re.sub(r"0x[0-9a-f]+", "", key).encode()).hexdigest()[:20] + ".npy")
    if not path.exists():
        np.save(path, make())
    points: Array = np.load(path)
    return points


@dataclass(frozen=True)
class Settings:
    out: Path
    scale: float
    samples: int
    cache: Path | None


def make_garment(data: dict[str, Any], g: Garment, to: Settings) -> None:
    human = Human(data, Shape(g.male, (0.5, 0.3, 0.2), 0.5, 0.42, 0.2, 0.8, cup=0.25))
    start = dressing_pose(55)
    measures = measure(human, human.transforms(start))
    angle = np.radians(g.arms)
    arm = Arm((np.sin(angle), -np.cos(angle), 0.0), (np.sin(angle) * 0.9, -np.cos(angle), 0.10))
    leg = Leg((g.legs, -1, 0), (g.legs, -1, -0.02))
    pose = Pose(arm, arm, leg, leg)
    wardrobe = Wardrobe(human, start, pose, 70, 50, 90, substeps=12, feet=not isinstance(g.cut, BottomCut))
    pattern = cut_pattern(measures, g.cut)
    sewn = sew(pattern, g.step, uneven=g.fabric.uneven)
    key = repr((g.cut, g.fabric, g.male, g.arms, g.legs, g.step))
    points = remembered(to.cache, key, lambda: wardrobe.wear(sewn, g.fabric)[-1:])[-1]
    if to.samples == 0:
        return
    studio.reset((round(768 * to.scale), round(1024 * to.scale)), to.samples, "Standard")
    studio.garment("garment", sewn, points, canvases(pattern, g.style, 3), g.style)
    studio.add_trims(sewn, points, pattern.marks, g.style, studio.Turn(0))
    lo, hi = points.min(0) / 10, points.max(0) / 10
    mid = (lo + hi) / 2
    height = max(hi[1] - lo[1], (hi[0] - lo[0]) * 4 / 3) * 1.13
    places.product_light(mid, height, -lo[2], g.paper)
    studio.shoot(to.out / g.file)


def above_hem(shoe: Array, sewn: Sewn, points: Array) -> Array:
    """Shoe vertices that belong inside a trouser leg."""
    hem = np.concatenate([points[ids] for name, ids in sewn.loops.items() if name.split("_")[1] == "hem"])
    dist, at = cKDTree(hem[:, [0, 2]]).query(shoe[:, [0, 2]])
    return np.asarray((dist < 1.2) & (shoe[:, 1] > hem[at, 1] + 0.02))


def make_person(data: dict[str, Any], p: Person, to: Settings) -> None:
    human = Human(data, p.shape)
    start = dressing_pose(55)
    measures = measure(human, human.transforms(start))
    wardrobe = Wardrobe(human, start, p.pose, 70, 60, 90, substeps=12)
    layers: list[tuple[Sewn, Array]] = []
    objects = []
    for name, (cut, fabric, style) in (("bottom", p.bottom), ("top", p.top)):
        pattern = cut_pattern(measures, cut)
        sewn = sew(pattern, p.step, uneven=fabric.uneven)
        key = repr((p.shape, p.pose, p.bottom[:2], p.top[:2] if name == "top" else None))
        track = remembered(to.cache, key, lambda s=sewn, f=fabric: wardrobe.wear(s, f))  # type: ignore[misc]
        wardrobe.add(sewn, track)
        points = track[-1]
        layers.append((sewn, points))
        objects.append((name, sewn, points, canvases(pattern, style, 5), style, pattern.marks))
    if to.samples == 0:
        return
    mats = human.transforms(p.pose)
    body, normal = wardrobe.body(10**6)
    studio.reset((round(768 * to.scale), round(1024 * to.scale)), to.samples, p.look, p.exposure)
    turn = studio.Turn(p.turn)
    for name, sewn, points, panels, style, marks in objects:
        studio.garment(name, sewn, turn(points), panels, style)
        studio.add_trims(sewn, points, marks, style, turn)
    hide = np.zeros(len(body), bool)
    for sewn, points in layers:
        hide |= covered(body, normal, sewn, points)
    if p.crop != "none" and p.kind == "full":
        shoe = data["clothes"][p.shoes]
        pts = human.posed(mats, human.fit(shoe), shoe["W"])
        gone = above_hem(pts, *layers[0])
        faces = shoe["f"][~gone[shoe["f"]].any(1)]
        obj = studio.mesh("shoes", turn(pts), faces, subdivide=1)
        obj.data.materials.append(studio.plain_material("shoe", (0.75, 0.74, 0.72), 0.5))
        hide |= shoe["dele"][human.body_ids]
        floor = pts[:, 1].min() / 10
    else:
        floor = body[:, 1].min() / 10
    keep = ~hide[human.body_faces].all(1)
    faces = human.body_faces[keep]
    flush = 0.55 * human.hand_weight
    rest = human.rest
    for bone, reach in (("lowerarm01", 0.45), ("lowerleg01", 0.7)):
        for side in "LR":
            gap = np.linalg.norm(rest - human.heads[human.index[f"{bone}.{side}"]], axis=1)
            flush = np.maximum(flush, 0.45 * np.exp(-((gap / reach) ** 2)))
    flush = flush[human.body_ids]
    obj = studio.mesh("body", turn(body), faces, human.body_uv[faces], subdivide=2, flush=flush)
    obj.data.materials.append(studio.skin_material(p.tone, data["mask_lips"], data["mask_fingernails"]))
    face = body[human.head_weight[human.body_ids] > 0.8]
    nose = face[face[:, 2].argmax()]
    top_y = nose[1] - 0.05
    low_y = human.joint(mats, "upperleg01.L")[1] - 1.6 if p.kind == "half" else floor * 10 - 0.7
    turned = turn(body)
    seen = turned[(turned[:, 1] > low_y) & (turned[:, 1] < top_y)]
    left, right = float(seen[:, 0].min()), float(seen[:, 0].max())
    low_y = min(low_y, top_y - (right - left) * 4 / 3 * 1.06)
    places.person_light(p.place, (left + right) / 20, (low_y + top_y) / 20, (top_y - low_y) / 10, floor)
    studio.shoot(to.out / p.file)


def index(out: Path) -> None:
    """samples.json: what the page says about each picture that is there."""
    people = [
        {"file": p.file, "title": p.title, "alt": p.alt, "kind": p.kind}
        for p in PEOPLE.values()
        if (out / "people" / p.file).exists()
    ]
    garments = [
        {"file": g.file, "title": g.title, "alt": g.alt, "category": g.category}
        for g in GARMENTS.values()
        if (out / "garments" / g.file).exists()
    ]
    text = json.dumps({"people": people, "garments": garments}, indent=1, ensure_ascii=False)
    (out / "samples.json").write_text(text + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["garments", "people"], help="garments, people or file names")
    parser.add_argument("--data", type=Path, default=os.environ.get("TRYON_MAKEHUMAN"))
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--cache", type=Path, help="folder for simulated cloth")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=16, help="0: only simulate the cloth (with --cache)")
    args = parser.parse_args()
    if args.data is None:
        parser.error("say where the CC0 data is: --data or TRYON_MAKEHUMAN")
    data = load(Path(args.data))
    for folder in ("garments", "people"):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    for name, garment in GARMENTS.items():
        if "garments" in args.what or name in args.what:
            make_garment(data, garment, Settings(args.out / "garments", args.scale, args.samples, args.cache))
    for name, person in PEOPLE.items():
        if "people" in args.what or name in args.what:
            make_person(data, person, Settings(args.out / "people", args.scale, args.samples, args.cache))
    index(args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
