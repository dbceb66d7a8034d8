"""Cloth pictures drawn in pattern space: colour and height of each panel, with hems, seams, ribs and prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from patterns import Panel, Pattern, resample

Array = npt.NDArray[Any]
PPD = 150  # pixels per decimetre


def rgb(code: str) -> Array:
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


def noise(shape: tuple[int, int], beta: float, rng: np.random.Generator, ax: float = 1.0, ay: float = 1.0) -> Array:
    fy, fx = np.fft.fftfreq(shape[0])[:, None] * shape[0] * ay, np.fft.fftfreq(shape[1])[None] * shape[1] * ax
    r = np.sqrt(fx * fx + fy * fy)
    r[0, 0] = 1e9
    s = np.fft.ifft2(np.fft.fft2(rng.standard_normal(shape)) / r**beta).real
    return np.asarray((s - s.mean()) / s.std(), np.float32)


class Canvas:
    """One panel's picture: colour (sRGB 0..1), height in millimetres, and distances to its edges."""

    def __init__(self, panel: Panel, marks: dict[str, Any], back: bool, seed: int) -> None:
        outline = panel.outline()
        self.lo, self.hi = outline.min(0) - 0.15, outline.max(0) + 0.15
        self.w, self.h = (int(v) for v in np.ceil((self.hi - self.lo) * PPD))
        self.panel, self.marks, self.back = panel, marks, back
        self.rng = np.random.default_rng(seed + (17 if back else 0))
        self.x, self.y = np.meshgrid(
            self.lo[0] + (np.arange(self.w) + 0.5) / PPD, self.hi[1] - (np.arange(self.h) + 0.5) / PPD
        )
        self.colour = np.ones((self.h, self.w, 3), np.float32)
        self.height = np.zeros((self.h, self.w), np.float32)

    def px(self, points: Array) -> Array:
        p = np.atleast_2d(points)
        return np.stack([(p[:, 0] - self.lo[0]) * PPD, (self.hi[1] - p[:, 1]) * PPD], 1)

    def far(self, *stems: str) -> Array:
        """Distance in decimetres from the parts with these names."""
        board = np.full((self.h, self.w), 255, np.uint8)
        for part in self.panel.parts:
            if part.name.split("_")[0] in stems:
                cv2.polylines(board, [np.round(self.px(part.points)).astype(np.int32)], False, 0, 1)
        return cv2.distanceTransform(board, cv2.DIST_L2, 5) / PPD

    def along(self, stem: str, reach: float) -> tuple[Array, Array]:
        """Mask of the band next to an edge, and arc length along the edge in that band."""
        band = self.far(stem) < reach
        length = np.zeros((self.h, self.w), np.float32)
        pts, arc, start = [], [], 0.0
        for part in self.panel.parts:
            if part.name.split("_")[0] == stem:
                p = resample(part.points, 0.01)
                seg = np.r_[0, np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))]
                pts.append(p)
                arc.append(start + seg)
                start += seg[-1]
        if pts:
            _, at = cKDTree(np.concatenate(pts)).query(np.stack([self.x[band], self.y[band]], 1))
            length[band] = np.concatenate(arc)[at]
        return band, length

    def tint(self, mask: Array, colour: Array, amount: float | Array = 1.0) -> None:
        m = (mask.astype(np.float32) * amount)[..., None]
        self.colour = self.colour * (1 - m) + colour * m

    def line(self, points: Array, depth: float = -0.5, shade: float = 0.82, width: float = 0.012) -> None:
        """A sewn seam: a groove with a little shade."""
        board = np.zeros((self.h, self.w), np.uint8)
        cv2.polylines(
            board,
            [np.round(self.px(points) * 8).astype(np.int32)],
            False,
            255,
            max(1, int(width * 2 * PPD)),
            cv2.LINE_AA,
            3,
        )
        soft = cv2.GaussianBlur(board.astype(np.float32) / 255, (0, 0), 1.0)
        self.height += depth * soft
        self.colour *= (1 - (1 - shade) * soft)[..., None]

    def stitches(
        self,
        points: Array,
        colour: Array | None = None,
        length: float = 0.03,
        gap: float = 0.012,
        width: float = 0.008,
    ) -> None:
        pts = resample(points, 0.004)
        arc = np.arange(len(pts)) * 0.004
        on = (arc % (length + gap)) < length
        board = np.zeros((self.h, self.w), np.uint8)
        for i in range(len(pts) - 1):
            if on[i] and on[i + 1]:
                a, b = np.round(self.px(pts[i : i + 2]) * 8).astype(int)
                cv2.line(
                    board,
                    (int(a[0]), int(a[1])),
                    (int(b[0]), int(b[1])),
                    255,
                    max(1, round(width * 2 * PPD)),
                    cv2.LINE_AA,
                    3,
                )
        soft = cv2.GaussianBlur(board.astype(np.float32) / 255, (0, 0), 0.6)
        self.height += 0.25 * soft
        if colour is None:
            self.colour *= (1 - 0.10 * soft)[..., None]
        else:
            self.tint(soft, colour)

    def contour(self, stem: str, inset: float) -> list[Array]:
        """Polylines at a constant distance inside the edge."""
        out = []
        dist = self.far(stem)
        mask = (dist < inset).astype(np.uint8)
        solid = np.zeros_like(mask)
        cv2.fillPoly(solid, [np.round(self.px(self.panel.outline())).astype(np.int32)], 1)
        found, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        for c in found:
            c = c[:, 0]
            keep = solid[c[:, 1], c[:, 0]] > 0
            keep &= np.abs(dist[c[:, 1], c[:, 0]] - inset) < 2.5 / PPD
            runs = np.split(np.arange(len(c)), np.nonzero(np.diff(keep.astype(int)))[0] + 1)
            for run in runs:
                if len(run) > 20 and keep[run[0]]:
                    p = c[run].astype(float)
                    out.append(np.stack([self.lo[0] + p[:, 0] / PPD, self.hi[1] - p[:, 1] / PPD], 1))
        return out

    def hem(self, stem: str, width: float = 0.22, thread: Array | None = None, double: bool = True) -> None:
        d = self.far(stem)
        self.height += 0.6 / (1 + np.exp(np.clip((d - width) * PPD / 0.9, -30, 30)))
        for inset in (width - 0.03, width - 0.085) if double else (width - 0.04,):
            for path in self.contour(stem, inset):
                self.stitches(path, thread)

    def rib(
        self,
        stem: str,
        width: float,
        pitch: float = 0.038,
        depth: float = 0.5,
        tone: float = 0.0,
        colour: Array | None = None,
    ) -> None:
        band, arc = self.along(stem, width)
        if colour is not None:
            self.tint(band, colour)
        wave = np.sin(2 * np.pi * arc / pitch)
        self.height += np.where(band, depth * 0.5 * wave, 0)
        self.colour *= np.where(band, 1 - tone + 0.05 * wave, 1)[..., None]
        for path in self.contour(stem, width):
            self.line(path, -1.0, 0.88, 0.010)


@dataclass
class Print:
    """What makes one garment: a painter for the cloth and options of its shader."""

    paint: Callable[[Canvas], None]
    roughness: float = 0.85
    sheen: float = 0.15
    bump: float = 1.0
    weave: float = 0.5
    thickness: float = 0.016
    extras: dict[str, Any] = field(default_factory=dict)


def canvases(pattern: Pattern, style: Print, seed: int) -> list[Canvas]:
    out = []
    for panel, back in ((pattern.front, False), (pattern.back, True)):
        canvas = Canvas(panel, pattern.marks, back, seed)
        style.paint(canvas)
        canvas.colour = np.clip(canvas.colour, 0.005, 0.97)
        out.append(canvas)
    return out


def mottle(c: Canvas, amount: float = 0.02, beta: float = 0.6) -> None:
    c.colour *= (1 + amount * noise((c.h, c.w), beta, c.rng))[..., None]


def armhole_seam(c: Canvas) -> None:
    m = c.marks
    if "joint" not in m:
        return
    t = np.linspace(0, 1, 40)[:, None]
    for sign in (1, -1):
        flip = np.array([sign, 1.0])
        tip, under = m["tip"] * flip, m["under"] * flip
        bow = np.array([-0.30 * sign, 0.0])
        c.line(tip * (1 - t) + under * t + bow * np.sin(np.pi * t) * (1 - 0.2 * t), -0.8, 0.90)


def tee(c: Canvas, base: str, collar: float = 0.2, sleeve_hem: bool = True) -> None:
    c.colour[:] = rgb(base)
    mottle(c, 0.012)
    finish_tee(c, collar, sleeve_hem)


def finish_tee(c: Canvas, collar: float = 0.2, cuffs: bool = True, rib_colour: str | None = None) -> None:
    armhole_seam(c)
    c.hem("hem", 0.24)
    if cuffs:
        c.hem("cuff", 0.2)
    c.rib("neck", collar, colour=None if rib_colour is None else rgb(rib_colour))
