"""Our own fabric designs: what is painted on each garment's pattern."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from textures import Canvas, Print, finish_tee, mottle, noise, rgb, tee

Array = npt.NDArray[Any]


def plain_tee(colour: str, collar: float = 0.2) -> Print:
    return Print(lambda c: tee(c, colour, collar))


def sleeve_coordinate(c: Canvas) -> tuple[Array, Array]:
    """Mask of the sleeves, and the distance along the arm there."""
    m = c.marks
    t = np.clip((m["tip"][1] - c.y) / (m["tip"][1] - m["under"][1]), 0, 1)
    edge = m["tip"][0] * (1 - t) + m["under"][0] * t - 0.30 * np.sin(np.pi * t) * (1 - 0.2 * t)
    edge = np.where(c.y < m["under"][1], m["under"][0] + (m["under"][1] - c.y) * 0.6, edge)
    ax = np.abs(c.x)
    along = (ax - m["joint"][0]) * m["along"][0] + (c.y - m["joint"][1]) * m["along"][1]
    return ax > edge, along


def breton(base: str, stripe: str, pitch: float = 0.24, width: float = 0.085) -> Print:
    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        sleeve, along = sleeve_coordinate(c)
        pos = np.where(sleeve, along, -c.y)
        phase = (pos / pitch) % 1.0
        soft = np.clip((width / pitch / 2 - np.abs(phase - 0.5)) * pitch * 150 + 0.5, 0, 1)
        clear = (c.far("neck") > 0.35) & (c.far("hem") > 0.34) & (c.far("cuff") > 0.30)
        c.tint(soft, rgb(stripe), clear.astype(np.float32))
        mottle(c, 0.012)
        finish_tee(c, 0.16)

    return Print(paint)


def jeans(base: str) -> Print:
    thread = rgb("#b9782f")

    def paint(c: Canvas) -> None:
        m = c.marks
        wash = noise((c.h, c.w), 1.2, c.rng)
        fine = noise((c.h, c.w), 0.15, c.rng, 1.0, 0.25)
        axis = np.interp(c.y.ravel(), [m["end_y"], m["crotch_y"]], [m["axis"](m["end_y"]), m["hip_x"] * 0.52])
        axis = axis.reshape(c.y.shape)
        fade = np.exp(-(((np.abs(c.x) - axis) / 0.75) ** 2)) * np.clip((m["hips_y"] + 0.8 - c.y) / 1.5, 0, 1)
        fade *= 0.65 + 0.35 * np.clip((c.y - m["end_y"] - 1.2) / 2.5, 0, 1)
        twill = np.sin(2 * np.pi * (c.x + c.y) / 0.022)
        value = 1 + 0.035 * wash + 0.07 * fine + 0.02 * twill + 0.34 * fade * (1.0 if not c.back else 0.6)
        c.colour[:] = rgb(base) * value[..., None] + (fade * 0.05)[..., None]
        edge = c.far("side", "inseam")
        c.colour *= (1 - 0.16 * np.exp(-edge / 0.03))[..., None]
        c.colour *= (1 + 0.10 * np.exp(-(((edge - 0.07) / 0.03) ** 2)))[..., None]
        c.height += 0.5 * np.exp(-edge / 0.06)
        c.hem("hem", 0.2, thread, double=False)
        for inset in (0.05, 0.36):
            for path in c.contour("waist", inset):
                c.stitches(path, thread)
        for path in c.contour("waist", 0.385):
            c.line(path, -0.9, 0.7, 0.012)
        top = m["waist_y"] - 0.39
        if not c.back:
            fly = np.array([[0.0, m["waist_y"]], [0.0, m["crotch_y"] + 0.1]])
            c.line(fly, -0.9, 0.62, 0.012)
            t = np.linspace(0, np.pi / 2, 20)
            bow = np.stack([0.38 * np.cos(t) ** 0.5, np.full(20, m["crotch_y"] + 0.95) - 0.45 * np.sin(t)], 1)
            j = np.concatenate([[[0.38, top]], bow, [[0.0, m["crotch_y"] + 0.5]]])
            c.stitches(j, thread)
            c.stitches(j - [0.06, 0.0], thread)
            for s in (1, -1):
                arc = np.array(
                    [
                        [s * (0.95 + 0.95 * np.sin(a)), top - 0.95 + 0.95 * np.cos(a) ** 1.0]
                        for a in np.linspace(-0.05, 1.25, 30)
                    ]
                )
                c.line(arc, -1.2, 0.55, 0.018)
                c.stitches(arc - [s * 0.03, 0.05], thread)
                c.stitches(arc - [s * 0.06, 0.11], thread)
        else:
            for s in (1, -1):
                x0, y0 = s * 1.15, top - 0.55
                pocket = np.array(
                    [
                        [x0 - 0.68, y0],
                        [x0 + 0.68, y0],
                        [x0 + 0.62, y0 - 1.2],
                        [x0, y0 - 1.5],
                        [x0 - 0.62, y0 - 1.2],
                        [x0 - 0.68, y0],
                    ]
                )
                c.line(pocket, 0.9, 0.75, 0.02)
                c.stitches(pocket * [1, 1] + [0, -0.04], thread)

    return Print(paint, roughness=0.9, sheen=0.05, thickness=0.022, weave=0.8)


def floral(base: str, seed: int = 5) -> Print:
    def paint(c: Canvas) -> None:
        rng = np.random.default_rng(seed + int(c.back))
        c.colour[:] = rgb(base)
        picture = np.ascontiguousarray(c.colour)
        spots: list[tuple[float, float, float]] = []
        span = c.hi - c.lo
        for _ in range(6000):
            r = rng.choice([0.30, 0.2, 0.12], p=[0.25, 0.35, 0.4])
            p = c.lo + rng.random(2) * span
            if all((p[0] - x) ** 2 + (p[1] - y) ** 2 > (r + q + 0.03) ** 2 for x, y, q in spots):
                spots.append((p[0], p[1], r))
        for x, y, r in spots:
            _flower(c, picture, rng, np.array([x, y]), r)
        c.colour = picture
        mottle(c, 0.012)
        for stem in ("neck", "armhole"):
            for path in c.contour(stem, 0.07):
                c.stitches(path)
        waist = np.array([[c.lo[0], c.marks["waist_y"]], [c.hi[0], c.marks["waist_y"]]])
        c.line(waist, -1.0, 0.8, 0.012)
        c.hem("hem", 0.2, double=False)

    return Print(paint, roughness=0.75, sheen=0.1, thickness=0.012)


def _flower(c: Canvas, picture: Array, rng: np.random.Generator, at: Array, r: float) -> None:
    petals = [rgb(h) for h in ("#c8443f", "#e08a3c", "#34557f", "#d97b8c", "#f0b53f")]
    leaf = rgb("#5c7d4f")
    colour = petals[int(rng.choice(5, p=[0.32, 0.18, 0.2, 0.2, 0.1]))]

    def blob(centre: Array, a: float, b: float, turn: float, col: Array) -> None:
        p = c.px(centre)[0] * 8
        cv2.ellipse(
            picture,
            (int(p[0]), int(p[1])),
            (int(a * 150 * 8), int(b * 150 * 8)),
            np.degrees(-turn),
            0,
            360,
            [float(v) for v in col],
            -1,
            cv2.LINE_AA,
            3,
        )

    turn = rng.random() * 6.28
    for k in range(int(rng.integers(1, 4))):
        a = turn + 2.1 * k + 0.4
        d = np.array([np.cos(a), np.sin(a)])
        blob(at + d * r * 0.95, r * 0.34, r * 0.13, a, leaf * rng.uniform(0.8, 1.15))
    n = 5 if r > 0.15 else 4
    for k in range(n):
        a = turn + 2 * np.pi * k / n
        d = np.array([np.cos(a), np.sin(a)])
        blob(at + d * r * 0.42, r * 0.40, r * 0.27, a, np.clip(colour * rng.uniform(0.92, 1.1), 0, 1))
        blob(at + d * r * 0.28, r * 0.22, r * 0.08, a, colour * 0.75)
    blob(at, r * 0.17, r * 0.17, 0.0, rgb("#f4d27a"))
    blob(at, r * 0.07, r * 0.07, 0.0, rgb("#7d4a20"))
