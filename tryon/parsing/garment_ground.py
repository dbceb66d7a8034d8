"""The plain background of a catalogue photograph as a smooth colour surface, robust against what lies on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BLACK = 16.0  # CIE L below zero at which the scale of L would have its zero, as a and b have theirs


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A background model on a grid: the expected colour everywhere, the noise around it, how well it holds."""

    lab: Array  # (h, w, 3) float32, CIE Lab with L 0..100
    noise: tuple[float, float]  # one sigma of lightness and of chroma, Lab units
    plain: float  # 0..1


def fit_background(lab: Array) -> Background:
    """Second-degree colour surface through the border of the picture, robust against a garment that crosses it.

    `lab` (h, w, 3) float32. Iteratively reweighted least squares with Geman-McClure weights, started at the most
    frequent border colour.
    """
    height, width = lab.shape[:2]
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    band = max(3, round(0.025 * max(height, width)))
    frame = np.ones((height, width), bool)
    frame[band:-band, band:-band] = False
    ys, xs = np.nonzero(frame)
    keep = slice(None, None, max(1, len(ys) // 4000))
    ys, xs = ys[keep], xs[keep]
    colours = smooth[ys, xs]
    terms = _terms(xs / width, ys / height)
    start = _mode(colours)
    weights = _weights(np.linalg.norm(colours - start, axis=1), 6.0)
    coefficients = np.zeros((6, 3), np.float32)
    for columns, scale in ((1, 6.0), (3, 5.0), (3, 3.0), (6, 3.0), (6, 2.5), (6, 2.0)):
        coefficients[:] = 0
        a = terms[:, :columns] * weights[:, None]
        gram = a.T @ terms[:, :columns] + 1e-3 * len(ys) * np.diag([0.0, 0.001, 0.001, 0.02, 0.02, 0.02][:columns])
        coefficients[:columns] = np.linalg.solve(gram, a.T @ colours)
        weights = _weights(np.linalg.norm(colours - terms @ coefficients, axis=1), scale)
    residual = colours - terms @ coefficients
    near = np.linalg.norm(residual, axis=1) < 5.0
    noise = _noise(residual[near]) if near.sum() > 20 else (2.0, 2.0)
    powers = [np.stack([np.ones(n), np.arange(n) / n, (np.arange(n) / n) ** 2]) for n in (width, height)]
    order = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))  # of x and y in `_terms`
    return Background(lab=_surface(coefficients, order, *powers), noise=noise, plain=float(near.mean()))


def refit_background(lab: Array, background: Background, body: Array) -> Background:
    """A surface of fourth degree through everything around `body`, for light that falls off and wide soft shadows."""
    height, width = lab.shape[:2]
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    margin = 2 * round(0.02 * max(height, width)) + 1
    around = cv2.dilate(body.astype(np.uint8), np.ones((margin, margin), np.uint8)) == 0
    grid_y, grid_x = np.mgrid[0:height:5, 0:width:5]
    keep = around[grid_y, grid_x]
    if keep.sum() < 300:
        return background
    ys, xs = grid_y[keep], grid_x[keep]
    colours = smooth[ys, xs]
    terms = _quartic(xs / width, ys / height)
    weights = _weights(np.linalg.norm(colours - background.lab[ys, xs], axis=1), 8.0)
    coefficients = np.zeros((terms.shape[1], 3))
    for scale in (5.0, 3.0, 2.0, 2.0):
        a = terms * weights[:, None]
        coefficients = np.linalg.solve(a.T @ terms + 1e-4 * len(ys) * np.eye(terms.shape[1]), a.T @ colours)
        weights = _weights(np.linalg.norm(colours - terms @ coefficients, axis=1), scale)
    residual = colours - terms @ coefficients
    near = np.linalg.norm(residual, axis=1) < 5.0
    noise = _noise(residual[near]) if near.sum() > 100 else background.noise
    surface = _surface(
        coefficients, QUARTIC, _legendre(np.arange(width) / width), _legendre(np.arange(height) / height)
    )
    return Background(lab=surface, noise=noise, plain=background.plain)


QUARTIC = tuple((i, j) for i in range(5) for j in range(5 - i))  # degrees in x and y, four at most in all


def _legendre(t: Array) -> Array:
    """(5,n) the first five Legendre polynomials of t in 0..1."""
    return np.polynomial.legendre.legvander(2 * t - 1, 4).T


def _quartic(x: Array, y: Array) -> Array:
    """(n,15) products of Legendre polynomials, x and y in 0..1."""
    along, down = _legendre(x), _legendre(y)
    return np.stack([along[i] * down[j] for i, j in QUARTIC], axis=-1)


def _surface(coefficients: Array, order: tuple[tuple[int, int], ...], along: Array, down: Array) -> Array:
    """(h,w,3) float32 sum of coefficients[k] * along[i] * down[j] over (i, j) = order[k], row by column."""
    mixed = np.zeros((3, len(down), len(along)))
    for (i, j), values in zip(order, coefficients, strict=True):
        mixed[:, j, i] = values
    return cv2.merge([(down.T @ plane @ along).astype(np.float32) for plane in mixed])


def _terms(x: Array, y: Array) -> Array:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).astype(np.float32)


def _weights(distance: Array, scale: float) -> Array:
    return 1.0 / (1.0 + (distance / scale) ** 2) ** 2


def _mode(colours: Array) -> Array:
    """The most frequent colour: centre of the fullest cube of 6 Lab units, then its mean."""
    keys = np.floor(colours / 6.0).astype(np.int64)
    _, index, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    inside = index.ravel() == counts.argmax()
    centre = colours[inside].mean(axis=0)
    return colours[np.linalg.norm(colours - centre, axis=1) < 6.0].mean(axis=0)


def _noise(residual: Array) -> tuple[float, float]:
    light = 1.4826 * float(np.median(np.abs(residual[:, 0])))
    chroma = 1.4826 * float(np.median(np.hypot(residual[:, 1], residual[:, 2]))) / 1.2
    return max(0.15, light), max(0.15, chroma)


def apart(lab: Array, ground: Array) -> Array:
    """What a pixel differs from the ground by, CIE Lab; a shadow, which dims colour with lightness, in L alone."""
    dimmed = np.clip((lab[..., :1] + BLACK) / (ground[..., :1] + BLACK), 0.4, 1.0)
    result: Array = lab - ground * cv2.merge([np.ones_like(dimmed), dimmed, dimmed])
    return result


def reduced(pixels: Array, side: int) -> Array:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
