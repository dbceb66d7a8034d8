"""More fabric designs: knit, lettering, picture, shirt, checks, ribs."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from prints import sleeve_coordinate
from textures import PPD, Canvas, Print, armhole_seam, finish_tee, mottle, noise, rgb

Array = npt.NDArray[Any]

# Letters as strokes in a box one unit high; arcs are given as (cx, cy, rx, ry, from, to) in degrees.
LETTERS: dict[str, tuple[float, list[list[tuple[float, float]]]]] = {
    "T": (0.72, [[(0.0, 1.0), (0.72, 1.0)], [(0.36, 1.0), (0.36, 0.0)]]),
    "R": (
        0.68,
        [
            [
                (0.0, 0.0),
                (0.0, 1.0),
                (0.38, 1.0),
                (0.56, 0.95),
                (0.66, 0.84),
                (0.68, 0.74),
                (0.66, 0.62),
                (0.56, 0.51),
                (0.38, 0.46),
                (0.0, 0.46),
            ],
            [(0.34, 0.46), (0.70, 0.0)],
        ],
    ),
    "Y": (0.74, [[(0.0, 1.0), (0.37, 0.50), (0.74, 1.0)], [(0.37, 0.50), (0.37, 0.0)]]),
    "O": (0.80, [[(0.4 + 0.4 * np.cos(a), 0.5 + 0.5 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)]]),
    "N": (0.68, [[(0.0, 0.0), (0.0, 1.0), (0.68, 0.0), (0.68, 1.0)]]),
}


def lettering(
    c: Canvas,
    text: str,
    centre: tuple[float, float],
    height: float,
    colour: Array,
    edge: Array | None,
    stroke: float = 0.2,
) -> None:
    gap = 0.34 * height
    total = sum(LETTERS[ch][0] * height for ch in text) + gap * (len(text) - 1)
    for col, width in ((edge, stroke * 1.42), (colour, stroke)) if edge is not None else ((colour, stroke),):
        board = np.zeros((c.h, c.w), np.uint8)
        x = centre[0] - total / 2
        for ch in text:
            for line in LETTERS[ch][1]:
                pts = np.array(line) * height + [x, centre[1] - height / 2]
                cv2.polylines(
                    board,
                    [np.round(c.px(pts) * 8).astype(np.int32)],
                    False,
                    255,
                    round(width * height * PPD),
                    cv2.LINE_AA,
                    3,
                )
            x += LETTERS[ch][0] * height + gap
        ink = cv2.GaussianBlur(board.astype(np.float32) / 255, (0, 0), 0.7)
        c.tint(ink, col)
        c.height += 0.15 * ink


def sweatshirt(base: str, text: str, ink: str, edge: str | None) -> Print:
    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        fine = noise((c.h, c.w), 0.3, c.rng, 0.5, 1.6)
        c.colour *= (1 + 0.035 * fine)[..., None]
        if not c.back:
            lettering(c, text, (0.0, c.marks["chest_y"] + 0.25), 0.62, rgb(ink), None if edge is None else rgb(edge))
        armhole_seam(c)
        for stem, width in (("hem", 0.6), ("cuff", 0.6), ("neck", 0.24)):
            c.rib(stem, width, 0.045, 0.7)

    return Print(paint, roughness=0.95, sheen=0.3, thickness=0.024, weave=0.9)


def picture_tee(base: str) -> Print:
    """A round sunset over hills and a lake, our own drawing."""

    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        mottle(c, 0.012)
        if not c.back:
            _sunset(c, (0.0, c.marks["chest_y"] - 0.3), 1.16)
        finish_tee(c)

    return Print(paint)


def _sunset(c: Canvas, at: tuple[float, float], r: float) -> None:
    u, v = (c.x - at[0]) / r, (c.y - at[1]) / r
    soft = np.clip((1 - np.hypot(u, v)) * r * PPD + 0.5, 0, 1)
    t = np.clip((v + 0.1) / 1.1, 0, 1)[..., None]
    sky = rgb("#f2b544") * (1 - t) + rgb("#d8452e") * t
    art = sky.copy()
    sun = np.clip((0.42 - np.hypot(u - 0.12, v - 0.22)) * r * PPD + 0.5, 0, 1)[..., None]
    art = art * (1 - sun) + rgb("#fbe9b7") * sun
    for k, (code, base, amp) in enumerate(
        (("#7b3550", 0.12, 0.20), ("#3f2a4d", -0.06, 0.16), ("#23203c", -0.22, 0.10))
    ):
        ridge = base + amp * (np.abs(((u * (1.3 + 0.5 * k) + 0.37 * k + 0.1) % 1.0) - 0.5) * 2 - 0.45)
        ridge += 0.03 * np.sin(u * (13 + 5 * k))
        m = np.clip((ridge - v) * r * PPD + 0.5, 0, 1)[..., None]
        art = art * (1 - m) + rgb(code) * m
    water = np.clip((-0.34 - v) * r * PPD + 0.5, 0, 1)[..., None]
    stripe = (np.sin((v + 0.06 * np.sin(u * 5)) * 46) > 0.15 - 0.5 * (v + 0.34)).astype(np.float32)
    stripe = cv2.GaussianBlur(stripe, (0, 0), 0.8)[..., None]
    art = art * (1 - water) + (rgb("#1f6f78") * (1 - stripe) + rgb("#8fd0c4") * stripe) * water
    c.tint(soft, art)
    ring = np.clip(0.022 * r * PPD - np.abs(np.hypot(u, v) - 1.07) * r * PPD + 0.5, 0, 1)
    c.tint(ring, rgb("#f2b544"))


def knit(base: str, buttons: bool = False, pitch: float = 0.062) -> Print:
    """Stocking stitch with ribbed edges; with buttons a placket down the front."""

    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        u = c.x / pitch
        v = c.y / (pitch * 0.78) + 0.9 * np.abs((u % 1.0) - 0.5)
        loop = np.cos(2 * np.pi * v) * 0.5 + 0.5
        wale = np.sin(np.pi * (u % 1.0)) ** 0.5
        plain = np.clip((np.minimum(c.far("hem", "cuff"), c.far("neck") * 2) - 0.5) / 0.02, 0, 1)
        c.height += 0.9 * loop * wale * plain
        c.colour *= (1 - (0.16 * (1 - loop * wale)) * plain)[..., None]
        mottle(c, 0.025, 0.5)
        armhole_seam(c)
        for stem, width in (("hem", 0.5), ("cuff", 0.5), ("neck", 0.26)):
            c.rib(stem, width, 0.062, 1.1, 0.04)
        if buttons and not c.back:
            low, top = c.lo[1], c.marks["neck_low"] - 0.02
            band = (np.abs(c.x) < 0.17) & (c.y < top)
            wave = np.sin(2 * np.pi * c.y / 0.062)
            c.height = np.where(band, 1.2 + 0.5 * wave, c.height)
            c.colour = np.where(band[..., None], rgb(base) * (0.97 + 0.04 * wave)[..., None], c.colour)
            for x in (-0.17, 0.17):
                c.line(np.array([[x, low], [x, top]]), -0.6, 0.72, 0.012)

    extras: dict[str, Any] = {}
    if buttons:
        extras = {
            "buttons": lambda m: [(0.0, float(y)) for y in np.linspace(m["neck_low"] - 0.25, m["hem_y"] + 0.25, 6)],
            "button": ("#5a3b22", 0.10),
        }
    return Print(paint, roughness=0.95, sheen=0.35, thickness=0.03, weave=0.6, extras=extras)


def polo(base: str, collar: str | None = None) -> Print:
    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        cell = np.cos(2 * np.pi * c.x / 0.03) * np.cos(2 * np.pi * c.y / 0.03)
        c.height += 0.12 * cell
        mottle(c, 0.012)
        armhole_seam(c)
        c.hem("hem", 0.22)
        c.rib("cuff", 0.26, 0.04, 0.5)
        if not c.back:
            low, top = c.marks["neck_low"] - 1.35, c.marks["neck_low"] + 0.1
            c.height += np.where((np.abs(c.x) < 0.15) & (c.y > low) & (c.y < top), 0.9, 0)
            box = np.array([[-0.15, top], [-0.15, low], [0.15, low], [0.15, top]])
            c.line(box, -0.8, 0.85, 0.010)
            c.stitches(box * [0.8, 1.0] + [0, 0.04])

    return Print(
        paint,
        thickness=0.018,
        extras={
            "buttons": lambda m: [(0.0, m["neck_low"] - d) for d in (0.22, 0.66, 1.1)],
            "button": ("#f2f0ea", 0.055),
            "collar": collar or base,
            "stand": 0.24,
            "fall": 0.66,
        },
    )


def shirt(base: str, stripe: str | None = None) -> Print:
    """A button shirt: placket, chest pocket, collar, cuffs."""

    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        if stripe is not None:
            sleeve, _ = sleeve_coordinate(c)
            m = c.marks
            over = (np.abs(c.x) - m["joint"][0]) * m["across"][0] + (c.y - m["joint"][1]) * m["across"][1]
            phase = (np.where(sleeve, over, c.x) / 0.085) % 1.0
            c.tint(np.clip((0.12 - np.abs(phase - 0.5)) * 0.085 * PPD + 0.5, 0, 1), rgb(stripe))
        mottle(c, 0.015)
        armhole_seam(c)
        c.hem("hem", 0.12, double=False)
        for path in c.contour("cuff", 0.6):
            c.line(path, -1.0, 0.82, 0.01)
        for inset in (0.05, 0.55):
            for path in c.contour("cuff", inset):
                c.stitches(path)
        if not c.back:
            low, top = c.lo[1], c.marks["neck_low"] + 0.1
            c.height += np.where((np.abs(c.x) < 0.17) & (c.y < top), 0.8, 0)
            for x in (-0.17, 0.17):
                c.line(np.array([[x, low], [x, top]]), -0.9, 0.84, 0.01)
            for x in (-0.11, 0.11):
                c.stitches(np.array([[x, low], [x, top]]))
            x0, y0 = 0.95, c.marks["chest_y"] + 0.75
            pocket = np.array(
                [
                    [x0 - 0.48, y0],
                    [x0 + 0.48, y0],
                    [x0 + 0.48, y0 - 0.95],
                    [x0, y0 - 1.15],
                    [x0 - 0.48, y0 - 0.95],
                    [x0 - 0.48, y0],
                ]
            )
            c.line(pocket, -0.7, 0.84, 0.01)
            c.stitches((pocket - [x0, y0 - 0.55]) * 0.93 + [x0, y0 - 0.55])
            c.line(np.array([[x0 - 0.48, y0 - 0.22], [x0 + 0.48, y0 - 0.22]]), -0.3, 0.92, 0.008)

    return Print(
        paint,
        roughness=0.8,
        sheen=0.1,
        thickness=0.012,
        weave=0.3,
        extras={
            "buttons": lambda m: [(0.0, float(y)) for y in np.linspace(m["neck_low"] - 0.2, m["hem_y"] + 0.7, 7)],
            "button": ("#fbfaf6", 0.055),
            "collar": base,
            "stripe": stripe,
            "stand": 0.34,
            "fall": 0.72,
        },
    )


def chinos(base: str) -> Print:
    def paint(c: Canvas) -> None:
        m = c.marks
        c.colour[:] = rgb(base)
        c.colour *= (1 + 0.02 * noise((c.h, c.w), 0.2, c.rng) + 0.012 * np.sin(2 * np.pi * (c.x + c.y) / 0.03))[
            ..., None
        ]
        edge = c.far("side", "inseam")
        c.height += 0.35 * np.exp(-edge / 0.05)
        c.colour *= (1 - 0.10 * np.exp(-edge / 0.025))[..., None]
        c.hem("hem", 0.3, double=False)
        for path in c.contour("waist", 0.36):
            c.line(path, -0.9, 0.84, 0.010)
        for inset in (0.04, 0.33):
            for path in c.contour("waist", inset):
                c.stitches(path)
        top = m["waist_y"] - 0.36
        if not c.back:
            c.line(np.array([[0.0, m["waist_y"]], [0.0, m["crotch_y"] + 0.1]]), -0.9, 0.84, 0.010)
            for s in (1, -1):
                x0 = m["waist_x"]
                c.line(np.array([[s * (x0 - 0.75), top], [s * (x0 + 0.08), top - 1.35]]), -1.2, 0.76, 0.016)
                c.stitches(np.array([[s * (x0 - 0.83), top], [s * (x0 + 0.0), top - 1.35]]))
                for x in (0.55, 1.35):
                    loop = np.array([[s * x, m["waist_y"] + 0.02], [s * x, top - 0.04]])
                    c.line(loop, 1.6, 0.9, 0.045)
        else:
            for s in (1, -1):
                c.line(np.array([[s * 0.55, top - 0.75], [s * 1.75, top - 0.75]]), -1.1, 0.76, 0.016)

    return Print(
        paint,
        roughness=0.9,
        sheen=0.12,
        thickness=0.018,
        weave=0.6,
        extras={"buttons": lambda m: [(0.0, m["waist_y"] - 0.17)], "button": ("#6b5538", 0.08)},
    )


def checked(base: str, dark: str, light: str) -> Print:
    """A woven check for skirts."""

    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        for pos, amount in ((c.x, 0.5), (c.y, 0.5)):
            phase = (pos / 0.62 + 0.5) % 1.0
            c.tint((np.abs(phase - 0.5) < 0.2), rgb(dark), amount)
            c.tint((np.abs(phase - 0.04) < 0.018), rgb(light), 0.8)
        c.colour *= (1 + 0.03 * np.sin(2 * np.pi * (c.x + c.y) / 0.025))[..., None]
        mottle(c, 0.015)
        c.hem("hem", 0.2, double=False)
        for path in c.contour("waist", 0.3):
            c.line(path, -1.0, 0.8, 0.012)

    return Print(paint, roughness=0.9, sheen=0.15, thickness=0.016)


def plain_skirt(base: str, thread: float = 0.3) -> Print:
    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        mottle(c, 0.015)
        c.hem("hem", 0.2, double=False)
        for path in c.contour("waist", thread):
            c.line(path, -1.0, 0.84, 0.012)

    return Print(paint, roughness=0.8, sheen=0.15, thickness=0.014)


def plain_dress(base: str) -> Print:
    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        mottle(c, 0.012)
        armhole_seam(c)
        for stem in ("neck", "armhole"):
            for path in c.contour(stem, 0.08):
                c.stitches(path)
        y = c.marks["waist_y"]
        c.line(np.array([[c.lo[0], y], [c.hi[0], y]]), -1.0, 0.84, 0.012)
        c.hem("hem", 0.22, double=False)
        c.hem("cuff", 0.16, double=False)

    return Print(paint, roughness=0.6, sheen=0.2, thickness=0.012, weave=0.25)


def ribbed_tank(base: str) -> Print:
    def paint(c: Canvas) -> None:
        c.colour[:] = rgb(base)
        wave = np.sin(2 * np.pi * c.x / 0.05)
        edge = np.clip((c.far("neck", "armhole") - 0.1) / 0.01, 0, 1)
        c.height += 0.45 * wave * edge
        c.colour *= (1 + 0.05 * wave * edge)[..., None]
        mottle(c, 0.012)
        for stem in ("neck", "armhole"):
            for path in c.contour(stem, 0.1):
                c.line(path, -0.8, 0.88, 0.01)
            for path in c.contour(stem, 0.07):
                c.stitches(path)
        c.hem("hem", 0.2)

    return Print(paint, thickness=0.016)
