"""Hair, hats, glasses, scarves, bags and seats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.train.parser.body import fit
from tryon.train.parser.layers import Dressing, box, ring, tube
from tryon.train.parser.pose import rotation
from tryon.types import LABEL

Array = NDArray[Any]

# Styles whose mesh covers the forehead: a fringe line is cut into them.
_CUT_FRINGE = ("short01", "short02", "short03", "short04", "bob02", "afro01", "ponytail01", "braid01")
_MEN = {"short01": 0.25, "short02": 0.25, "short03": 0.25, "short04": 0.17, "afro01": 0.05, "long01": 0.03}
_WOMEN = {
    "bob01": 0.19, "bob02": 0.12, "braid01": 0.08, "long01": 0.34, "ponytail01": 0.14, "short01": 0.06, "afro01": 0.07,
}  # fmt: skip


def wear_hair(d: Dressing) -> str:
    """A hair style of the shelf, stretched and roughened; returns its name, "" for a bald head."""
    rng, body = d.rng, d.body
    if rng.random() < (0.13 if d.figure.male > 0.5 else 0.05):
        return ""
    odds = _MEN if d.figure.male > 0.5 else _WOMEN
    shelf = list(odds) if rng.random() > 0.08 else list(body.assets.hair)
    share = np.array([odds.get(name, 0.1) for name in shelf])
    name = str(rng.choice(shelf, p=share / share.sum()))
    piece = body.assets.hair[name]
    rest = fit(piece, d.figure.points)
    centre = d.figure.points[body.head_ids].mean(0)
    rest = centre + (rest - centre) * (1 + abs(rng.normal(0, 0.035)))
    if name in ("long01", "bob01", "bob02", "afro01"):
        below = np.clip((centre[1] - rest[:, 1]) / 2, 0, 2)
        rest[:, 1] -= below * rng.uniform(-0.4, 0.8)  # from chin to chest length
        rest[:, 0] *= 1 + 0.08 * below * rng.normal(0, 1)
        rest[:, 2] += below * rng.normal(0.1, 0.18)
    coarse = rng.normal(0, 0.03, (12, 12))
    rest += coarse[(piece.uv[:, 1] * 11).astype(int) % 12, (piece.uv[:, 0] * 11).astype(int) % 12][:, None]
    keep = None
    if name in _CUT_FRINGE:
        base = piece.basis @ body.base + piece.offset
        line = base[:, 1] - rng.uniform(7.5 if rng.random() < 0.2 else 7.62, 7.85)
        keep = np.maximum.reduce([(0.62 - base[:, 2]) * 2, line, np.abs(base[:, 0]) - 0.72])
    d.from_fitted(piece, "hair", LABEL["hair"], rest=rest, keep=keep)
    if d.figure.male < 0.5 and name in ("short01", "short03", "ponytail01") and rng.random() < 0.5:
        _bun(d)
    return name


def _bun(d: Dressing) -> None:
    rng = d.rng
    head = d.figure.points[d.body.head_ids]
    size = float(rng.uniform(0.3, 0.55))
    place = np.array(
        [rng.normal(0, 0.1), head[:, 1].max() - rng.uniform(-0.25, 0.7), head[:, 2].min() + rng.uniform(0, 0.5)]
    )
    ball, faces = box(place, np.eye(3), (size, size * 0.9, size), 1.0)
    _on_head(d, ball, faces, "hair")


def _on_head(d: Dressing, points: Array, faces: Array, label: str, **more: Any) -> None:
    """A stiff thing in the head's rest frame."""
    matrix = d.posed.transforms[d.body.bone["head"]].reshape(3, 4)
    d.thing(
        points @ matrix[:, :3].T + matrix[:, 3], faces, LABEL[label], d.body.nose, look=d.seed(), plain=True, **more
    )


def wear_on_head(d: Dressing) -> None:
    """Hats, caps, sunglasses and scarves, each now and then."""
    rng, body = d.rng, d.body
    k = rng.random()
    if k < 0.025:
        piece = body.assets.clothes[str(rng.choice(["fedora", "fedora_cocked"]))]
        d.from_fitted(piece, "cloth", LABEL["hat"], look=d.seed(), fold=0.1, plain=True)
    elif k < 0.075:
        _cap(d, brim=rng.random() < 0.55)
    if rng.random() < 0.05:
        _glasses(d)
    if rng.random() < 0.04:
        _scarf(d)


def _cap(d: Dressing, brim: bool) -> None:
    """A beanie or a cap: the scalp, puffed up."""
    body, rng, mesh = d.body, d.rng, d.body.skin
    ids = mesh.ids
    line = rng.uniform(7.35, 7.75)
    keep = np.where(body.on_head[ids] > 0.5, body.y[ids] - line + 0.25 * (body.base[ids, 2] < 0), -9)
    head = d.figure.points[body.head_ids]
    centre = head.mean(0)
    rest = centre + (d.figure.points[ids] - centre) * rng.uniform(1.13, 1.24)
    look = d.seed()
    d.from_base(mesh, rest, keep, "cloth", LABEL["hat"], look=look, fold=0.1, plain=True)
    if brim:
        front = head[head[:, 2].argmax()]
        place = np.array([0, d.figure.points[body.head_ids][:, 1].max() * 0 + line + 0.12, front[2] - 0.1])
        plate, faces = box(place, rotation((1, 0, 0), 0.12), (0.62, 0.04, 0.55), 0.6)
        _on_head(d, plate, faces, "hat")


def _glasses(d: Dressing) -> None:
    body, rng = d.body, d.rng
    eyes = fit(body.assets.eyes, d.figure.points)
    left = eyes[eyes[:, 0] > np.median(eyes[:, 0])].mean(0)
    size = float(rng.uniform(0.24, 0.36))
    for sign in (1, -1):
        centre = np.array([sign * abs(left[0]), left[1], eyes[:, 2].max() + 0.16])
        lens, faces = box(centre, np.eye(3), (size, size * rng.uniform(0.7, 0.95), 0.03), rng.uniform(0.4, 1))
        _on_head(d, lens, faces, "sunglasses", fold=0.0)
    ear = abs(d.figure.points[body.ear["L"]])
    path = np.array([[ear[0] * 0.95, left[1], 0.2], [left[0] + size, left[1], eyes[:, 2].max() + 0.1]])
    for sign in (1, -1):
        bar, faces = tube(path * (sign, 1, 1), 0.04)
        _on_head(d, bar, faces, "sunglasses")


def _scarf(d: Dressing) -> None:
    body, rng = d.body, d.rng
    look = d.seed()
    centre = d.joint("neck01") + np.array([0, 0.25, 0.15])
    up = d.joint("head") - d.joint("neck01")
    for k in range(int(rng.integers(1, 4))):
        radius = rng.uniform(0.62, 0.85)
        band, faces = ring(centre + up * (0.25 * k - 0.1), np.array([1.0, 0, 0.1 * k]), up, (radius, radius), 0.26, 0.3)
        d.thing(band, faces, LABEL["scarf"], body.nose, look=look, fold=0.6)
    if rng.random() < 0.6:
        start = centre + np.array([rng.uniform(-0.3, 0.3), 0, 0.8])
        fall = np.array([[0, 0, 0], [0.05, -0.8, 0.6], [0.1, -2.0, 0.75], [0.12, -rng.uniform(2.4, 4), 0.7]])
        end, faces = tube(start + fall, np.array([0.3, 0.4, 0.42, 0.45]))
        d.thing(end, faces, LABEL["scarf"], body.nose, look=look, fold=0.6)


def carry_bag(d: Dressing) -> None:
    """A handbag in the hand, a clutch under it, or a bag on a strap across the body or from one shoulder."""
    rng = d.rng
    look = d.seed()
    side = "LR"[rng.integers(2)]
    sign = 1.0 if side == "L" else -1.0
    size = float(rng.uniform(0.5, 1.3)), float(rng.uniform(0.4, 1.1)), float(rng.uniform(0.15, 0.4))
    turn = rotation((0, 1, 0), float(rng.normal(0, 0.6)))
    round_ = float(rng.uniform(0, 0.8))
    hand = d.joint(f"wrist.{side}") + (d.joint(f"finger3-1.{side}") - d.joint(f"wrist.{side}")) * 1.3
    k = rng.random()
    if k < 0.45:
        drop = rng.uniform(0.3, 1.4)
        centre = hand + np.array([0, -drop - size[1], 0])
        arc = np.linspace(0, np.pi, 10)
        loop = np.stack([np.cos(arc) * size[0] * 0.6, np.sin(arc) * drop, 0 * arc], 1)
        handle, faces = tube(centre + np.array([0, size[1] * 0.9, 0]) + loop @ turn, float(rng.uniform(0.04, 0.1)))
        d.thing(handle, faces, LABEL["bag"], d.body.nose, look=look, plain=True)
    elif k < 0.65:
        centre = hand + np.array([-sign * 0.2, -0.2, 0.3])
        size = size[0], size[1] * 0.7, 0.15
    else:
        far = "R" if side == "L" else "L"
        hip = d.joint(f"upperleg01.{side}")
        centre = hip + np.array([sign * (0.9 + size[2]), 0.4 - rng.uniform(0, 0.8), rng.uniform(0.2, 0.9)])
        shoulder = d.joint(f"upperarm01.{far if rng.random() < 0.65 else side}")
        top = shoulder * np.array([0.72, 1, 1]) + np.array([0, 0.55, 0.1])
        chest = (d.joint("spine02") + d.joint("spine01")) / 2 + np.array([0.15 * sign, 0, 1.95])
        t = np.linspace(0, 1, 14)[:, None]
        middle = 2 * chest - (top + centre) / 2
        strap, faces = tube(
            (1 - t) ** 2 * top + 2 * t * (1 - t) * middle + t**2 * centre, float(rng.uniform(0.04, 0.13))
        )
        d.thing(strap, faces, LABEL["bag"], d.body.nose, look=look, plain=True)
    body, faces = box(centre, turn, size, round_)
    d.thing(body, faces, LABEL["bag"], d.body.nose, look=look, plain=rng.random() < 0.6)


def sit_on(d: Dressing) -> None:
    """A stool, chair or bench under a seated person, labelled as background."""
    rng = d.rng
    look = d.seed()
    hips = (d.joint("upperleg01.L") + d.joint("upperleg01.R")) / 2
    wide, deep = rng.uniform(1.6, 3.6), rng.uniform(1.5, 2.4)
    seat, faces = box(
        hips + np.array([0, -1.25, rng.uniform(0.2, 1.2)]),
        np.eye(3),
        (wide, rng.uniform(0.15, 0.5), deep),
        rng.uniform(0, 0.4),
    )
    d.thing(seat, faces, 0, 0, look=look, plain=True)
    if rng.random() < 0.7:
        for x in (-0.85, 0.85):
            for z in (-0.6, 1.6):
                foot = hips + np.array([x * wide, -5.5, z])
                leg, faces = tube(np.stack([foot + np.array([0, 4.2, 0]), foot]), 0.14)
                d.thing(leg, faces, 0, 0, look=look, plain=True)
    else:
        block, faces = box(hips + np.array([0, -3.4, 0.6]), np.eye(3), (wide, 2.0, deep * 0.9), 0.0)
        d.thing(block, faces, 0, 0, look=look, plain=True)
    if rng.random() < 0.4:
        back, faces = box(hips + np.array([0, 1.5, -1.7]), np.eye(3), (wide, 2.6, 0.2), 0.2)
        d.thing(back, faces, 0, 0, look=look, plain=True)
