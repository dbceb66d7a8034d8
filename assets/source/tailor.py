"""The cuts: patterns of tops, dresses, skirts and trousers from a person's measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patterns import OPEN, SEAM, Panel, Part, Pattern, curve, mirrored

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Neck:
    width: float = 0.84
    front: float = 0.9
    back: float = 0.22
    shape: str = "round"


@dataclass(frozen=True)
class TopCut:
    """Eases are shares of the girth; sleeve is a share of the arm's length (0: none)."""

    neck: Neck = Neck()
    sleeve: float = 0.42
    sleeve_ease: float = 1.2
    cuff_ease: float = 1.28
    chest: float = 1.10
    waist: float = 1.24
    hips: float = 1.04
    length: float = -0.6  # hem height above (+) or below (-) the hips' widest line
    hem_width: float | None = None  # half width of the flat hem for dresses, in hip half girths
    armhole: float = 0.0
    shoulder: float = 0.1
    strap: float = 0.78
    cuff_tight: float = 1.0
    hem_tight: float = 1.0
    waist_tight: float = 1.0
    gathers: float = 1.0
    open_front: bool = False


@dataclass(frozen=True)
class BottomCut:
    rise: float = 0.0  # waist edge above the waist line
    waist: float = 1.0
    hips: float = 1.06
    thigh: float = 1.14
    knee: float = 1.25
    hem: float = 1.0  # in calf half girths
    length: float = 1.0  # 0 crotch .. 1 ankle
    crotch: float = 0.30
    lift: float = 0.0  # how much higher the hem ends on the outside


@dataclass(frozen=True)
class SkirtCut:
    rise: float = 0.1
    waist: float = 1.0
    hips: float = 1.06
    hem: float = 1.5
    length: float = 0.95  # share of the way from hips to ankle
    fullness: float = 1.0


def _neckline(neck: Neck, shoulder: Array, depth: float) -> Array:
    t = np.linspace(0, np.pi / 2, 30)
    x0, y0 = shoulder
    if neck.shape == "v" and depth > 0.5:
        s = np.linspace(0, 1, 30)
        return np.stack([x0 * (s**0.92), y0 - depth * (1 - s**1.12)], 1)
    power = {"round": 1.0, "boat": 1.7, "scoop": 0.75}.get(neck.shape, 1.0)
    return np.stack([x0 * np.sin(t), y0 - depth * np.cos(t) ** (1.0 / power)], 1)


def _shoulder_height(m: dict[str, float]) -> Callable[[float], float]:
    xs = np.array([0.55, 0.75, 0.95, 1.2, 1.5, 1.8])
    ys = np.array([m[f"top{k}"] for k in range(6)])
    return lambda x: float(np.interp(x, xs, ys))


def top(m: dict[str, float], cut: TopCut) -> Pattern:
    height = _shoulder_height(m)
    a = m["arm_angle"]
    along, across = np.array([np.sin(a), -np.cos(a)]), np.array([np.cos(a), np.sin(a)])
    joint = np.array([m["shoulder_x"], m["shoulder_y"]])
    neck_pt = np.array([cut.neck.width, height(cut.neck.width) + 0.06])
    hem_y = m["hips_y"] + cut.length

    def half(y: float) -> float:
        ys = [m["hips_y"], m["waist_y"], m["chest_y"]]
        xs = [m["hips"] / 2 * cut.hips, m["waist"] / 2 * cut.waist, m["chest"] / 2 * cut.chest]
        if cut.hem_width is not None and y < m["waist_y"]:
            t = (m["waist_y"] - y) / (m["waist_y"] - hem_y)
            flare = xs[1] + (m["hips"] / 2 * cut.hem_width - xs[1]) * t
            return max(flare, float(np.interp(y, ys, xs)) if y > m["hips_y"] else flare)
        return float(np.interp(y, ys, xs))

    under = np.array([half(m["chest_y"]), m["shoulder_y"] - 1.35 - cut.armhole])
    ys = np.linspace(under[1], hem_y, 26)
    side_pts = np.stack([[half(y) for y in ys], ys], 1)
    side_pts[:, 0] = np.convolve(np.pad(side_pts[:, 0], 3, mode="edge"), np.ones(7) / 7, mode="valid")
    side_pts[0] = under
    if cut.sleeve > 0:
        w_top = m["biceps"] * cut.sleeve_ease / 2
        w_cuff = (m["biceps"] * (1 - cut.sleeve) + m["wrist"] * cut.sleeve) * cut.cuff_ease / 2
        length = m["arm"] * cut.sleeve
        tip = joint + across * (0.52 + cut.shoulder)
        cuff_top = joint + across * max(w_cuff, 0.4) + along * length
        cuff_low = joint - across * w_cuff + along * length
        upper = np.concatenate(
            [
                np.linspace(neck_pt, tip, 12)[:-1],
                curve([tip, joint + across * max(w_top, 0.62) + along * min(1.0, length * 0.5), cuff_top]),
            ]
        )
        mid = joint - across * w_top + along * (length * 0.72)
        if mid[0] < under[0] + 0.25:
            mid = (cuff_low + under) / 2
        lower = np.concatenate([curve([cuff_low, mid, under + np.array([0.12, 0.1]), side_pts[2]])[:-1], side_pts[2:]])
        edges = [
            Part(upper, SEAM, "top"),
            Part(np.linspace(cuff_top, cuff_low, 12), OPEN, "cuff"),
            Part(lower, SEAM, "side"),
        ]
        marks: dict[str, Any] = {"tip": tip, "under": under, "along": along, "across": across, "joint": joint}
    else:
        tip = np.array([m["shoulder_x"] * cut.strap + 0.2, height(min(m["shoulder_x"] * cut.strap + 0.2, 1.8)) + 0.08])
        inner = min(tip[0] - 0.08, under[0] - 0.35)
        armhole = curve(
            [
                tuple(tip),
                (inner, (tip[1] * 0.6 + under[1] * 0.4)),
                (inner + 0.12, tip[1] * 0.25 + under[1] * 0.75),
                tuple(under),
            ]
        )
        edges = [
            Part(np.linspace(neck_pt, tip, 8), SEAM, "top"),
            Part(armhole, OPEN, "armhole"),
            Part(side_pts, SEAM, "side"),
        ]
        marks = {"tip": tip, "under": under}
    spread = side_pts[-1, 0] - half(m["waist_y"])
    dip = 0.12 + (1.0 if cut.hem_width is None else 1.4) * max(spread, 0.0) ** 2 / (2 * (m["waist_y"] - hem_y))
    hem = np.stack([np.linspace(side_pts[-1, 0], 0, 40), hem_y - dip * (1 - np.linspace(1, 0, 40) ** 2)], 1)
    panels = []
    for depth in (cut.neck.front, cut.neck.back):
        line = _neckline(cut.neck, neck_pt, depth)
        panels.append(Panel(mirrored([Part(line, OPEN, "neck"), *edges, Part(hem, OPEN, "hem")])))
    marks |= {
        "neck_pt": neck_pt,
        "hem_y": hem_y,
        "waist_y": m["waist_y"],
        "hips_y": m["hips_y"],
        "chest_y": m["chest_y"],
        "neck_low": neck_pt[1] - cut.neck.front,
        "kind": "top",
        "half": half,
    }
    tight = {"neck": (0.955, 0.22)}
    if cut.cuff_tight < 1:
        tight["cuff"] = (cut.cuff_tight, 0.6)
    if cut.hem_tight < 1:
        tight["hem"] = (cut.hem_tight, 0.6)
    fullness = None
    if cut.gathers > 1 or cut.waist_tight < 1:

        def full(p: Array) -> Array:
            below = np.clip((m["waist_y"] - 0.02 - p[:, 1]) / 0.25, 0, 1)
            band = np.exp(-(((p[:, 1] - m["waist_y"]) / 0.12) ** 2))
            return (1 + (cut.gathers - 1) * below) * (1 - (1 - cut.waist_tight) * band)

        fullness = full
    return Pattern(panels[0], panels[1], marks, fullness, tight, cut.open_front)


def trousers(m: dict[str, float], cut: BottomCut) -> Pattern:
    waist_y = m["waist_y"] + cut.rise
    crotch_y = m["crotch_y"] - cut.crotch
    end_y = m["crotch_y"] + (m["ankle_y"] + 0.05 - m["crotch_y"]) * cut.length
    share = np.clip((m["waist_y"] - waist_y) / (m["waist_y"] - m["hips_y"]), 0, 1)
    waist_x = (m["waist"] * (1 - share) + m["hips"] * share) / 2 * cut.waist
    hip_x = m["hips"] / 2 * cut.hips
    thigh = m["thigh"] * cut.thigh
    knee = (m["thigh"] * 0.42 + m["calf"] * 0.58) * cut.knee
    hem = m["calf"] * cut.hem

    def axis(y: float) -> float:
        return float(
            np.interp(y, [m["ankle_y"], m["knee_y"], m["crotch_y"]], [m["ankle_x"], m["knee_x"], thigh / 2 + 0.03])
        )

    def width(y: float) -> float:
        return float(np.interp(y, [m["ankle_y"], m["knee_y"], crotch_y], [hem, knee, thigh]))

    ys = np.linspace(crotch_y, end_y, 24)
    inner = np.array([[max(axis(y) - width(y) / 2, 0.02), y] for y in ys])

    def outer(y: float) -> tuple[float, float]:
        leg = axis(y) + width(y) / 2
        t = np.clip((y - m["knee_y"]) / (m["hips_y"] - m["knee_y"]), 0, 1)
        knee_x = axis(m["knee_y"]) + width(m["knee_y"]) / 2
        straight = knee_x + (hip_x - knee_x) * t + 0.10 * np.sin(np.pi * t)
        return (float(min(leg, straight)) if y > m["knee_y"] else leg, y)

    waist_low = (waist_x * 0.35 + hip_x * 0.65, waist_y * 0.5 + m["hips_y"] * 0.5)
    side = curve(
        [
            (waist_x, waist_y),
            waist_low,
            (hip_x, m["hips_y"]),
            *(outer(float(y)) for y in np.linspace(m["hips_y"], end_y, 7)[1:]),
        ]
    )
    side[:, 1] += cut.lift * np.clip((m["hips_y"] - side[:, 1]) / (m["hips_y"] - end_y), 0, 1) ** 2
    low = side[-1]
    gusset = cut.thigh * m["thigh"] - (outer(crotch_y)[0] - inner[0, 0])

    def full(p: Array) -> Array:
        ax = np.abs(p[:, 0])
        return 1 + max(gusset, 0.0) * np.exp(-(((p[:, 1] - crotch_y + 0.1) / 0.55) ** 2)) * np.exp(
            -(((ax - 0.3) / 0.5) ** 2)
        )

    inseam = np.concatenate([inner[::-1][:-1], [[0.0, crotch_y + 0.06]]])
    parts = [
        Part(np.stack([np.linspace(0, waist_x, 30), np.full(30, waist_y)], 1), OPEN, "waist"),
        Part(side, SEAM, "side"),
        Part(np.linspace(low, inner[-1], 14), OPEN, "hem"),
        Part(inseam, SEAM, "inseam"),
    ]
    panel = Panel(mirrored(parts))
    marks = {
        "kind": "trousers",
        "waist_y": waist_y,
        "crotch_y": crotch_y,
        "hips_y": m["hips_y"],
        "end_y": end_y,
        "hip_x": hip_x,
        "waist_x": waist_x,
        "axis": axis,
        "width": width,
    }
    return Pattern(panel, panel, marks, full, {"waist": (0.97, 0.35)})


def skirt(m: dict[str, float], cut: SkirtCut) -> Pattern:
    waist_y = m["waist_y"] + cut.rise
    end_y = m["hips_y"] + (m["ankle_y"] - m["hips_y"]) * cut.length
    waist_x = m["waist"] / 2 * cut.waist
    hip_x = m["hips"] / 2 * cut.hips
    hem_x = m["hips"] / 2 * cut.hem
    ys = np.linspace(waist_y, end_y, 30)
    flare = waist_x + (hem_x - waist_x) * (waist_y - ys) / (waist_y - end_y)
    fitted = np.interp(-ys, [-waist_y, -m["hips_y"]], [waist_x, hip_x])
    x = np.maximum(flare, np.where(ys > m["hips_y"], fitted, 0))
    below = ys <= m["hips_y"]
    x[below] = np.maximum(x[below], hip_x + (hem_x - hip_x) * (m["hips_y"] - ys[below]) / (m["hips_y"] - end_y))
    side = np.stack([x, ys], 1)
    dip = 1.3 * (hem_x - waist_x) ** 2 / (2 * (waist_y - end_y))
    hem = np.stack([np.linspace(side[-1, 0], 0, 40), end_y - dip * (1 - np.linspace(1, 0, 40) ** 2)], 1)
    parts = [
        Part(np.stack([np.linspace(0, waist_x, 30), np.full(30, waist_y)], 1), OPEN, "waist"),
        Part(side, SEAM, "side"),
        Part(hem, OPEN, "hem"),
    ]
    panel = Panel(mirrored(parts))
    fullness = None
    if cut.fullness > 1:

        def full(p: Array) -> Array:
            return 1 + (cut.fullness - 1) * np.clip((waist_y - 0.36 - p[:, 1]) / 0.5, 0, 1)

        fullness = full
    marks = {"kind": "skirt", "waist_y": waist_y, "end_y": end_y, "hips_y": m["hips_y"]}
    return Pattern(panel, panel, marks, fullness, {"waist": (0.94, 0.34)})
