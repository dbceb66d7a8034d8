"""Skin's own fine structure: noise with the spectrum of a patch of it that the photo shows.

Galerne, Gousseau, Morel, "Random phase textures: theory and synthesis" (2011): a patch convolved with white noise has
its spectrum and none of its features.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, shrink

TILE = 256  # px after which the noise repeats itself
COARSEST = 0.008  # shoulder distances: what is coarser is form, not structure
SMALL = 0.13  # shoulder distances: what is no larger may be wrinkles
CALM = 20  # per cent of skin that is calmer than it is said to be
LEAST = 12  # px, the smallest side of a patch that says something


def texture(
    pixels: Array, skin: Array, unit: float, seed: int, coarsest: float = COARSEST, seen: Array | None = None,
    rough: bool = False,
) -> Array | None:  # fmt: skip
    """(TILE,TILE,3) float32 factor about 1, like the skin of `pixels` (h,w,3) RGB where `skin` (h,w) is true; None
    where no patch of it is large enough. Deterministic by `seed`. `coarsest`: shoulder distances over which it may
    vary, which for cloth, worn unevenly, is more. A patch as small as between knuckles may be all wrinkles, and hands,
    faces and necks are `rough`, two to five times as much as arms: then it is no stronger than where skin is calm in
    `seen` (h,w) bool, all of it; that is what the same people's arms have."""
    patch = _patch(pixels, skin, unit)
    if patch is None:
        return None
    detail = np.log(patch + 4.0)
    detail -= cv2.GaussianBlur(detail, (0, 0), coarsest * unit, borderType=cv2.BORDER_REFLECT)
    # Moles, hairs and edges are features, no texture.
    usual = 1.48 * np.median(np.abs(detail), axis=(0, 1)) + 1e-4
    detail = np.clip(detail, -2.5 * usual, 2.5 * usual)
    if seen is not None and (rough or len(patch) < SMALL * unit):
        strength = np.array([_spread(detail[..., k]) for k in range(3)])
        calm = np.minimum(strength, _usual_spread(pixels, seen, coarsest * unit))
        detail *= (calm / np.maximum(strength, 1e-9)).astype(np.float32)
    # Shades of skin are redder: light and colour vary together, and what is left of colours by itself. As one, skin
    # would be all of a hue; each by itself, it would be speckled.
    axes = np.linalg.eigh(np.cov(detail.reshape(-1, 3).T))[1].astype(np.float32)
    detail = detail @ axes
    ring, random = _rings(), np.random.default_rng(seed)
    result = np.empty((TILE, TILE, 3), np.float32)
    for k in range(3):
        phases = cv2.dft(random.standard_normal((TILE, TILE), np.float32), flags=cv2.DFT_COMPLEX_OUTPUT)
        amplitude = _spectrum(detail[..., k] - detail[..., k].mean(), ring)
        whole = cv2.idft(phases * amplitude[..., None], flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
        result[..., k] = whole * (_spread(detail[..., k]) / max(float(whole.std()), 1e-9))
    return np.exp(result @ axes.T)


def _usual_spread(pixels: Array, seen: Array, sigma: float) -> Array:
    """(3,) standard deviation of the logarithm around its mean over `sigma` px, where `seen` (h,w) is calm; as large as
    can be where too little is seen."""
    inner = shrink(seen, LEAST / 2)
    if inner.sum() < LEAST**2:
        return np.full(3, np.inf)
    window = bounds(inner, LEAST)
    detail = np.log(pixels[window].astype(np.float32) + 4.0)
    detail -= cv2.GaussianBlur(detail, (0, 0), sigma)
    local = cv2.sqrt(cv2.blur(detail * detail, (LEAST, LEAST)))
    result: Array = np.percentile(local[inner[window]], CALM, axis=0)
    return result


def _spread(plane: Array) -> float:
    """Standard deviation, not that of a few wrinkles or of a shaded rim."""
    return min(1.48 * float(np.median(np.abs(plane - np.median(plane)))), float(plane.std()))


def _rings() -> Array:
    """(TILE,TILE) int: the distance of every frequency from 0."""
    way = np.fft.fftfreq(TILE, 1 / TILE).astype(np.float32)
    return np.minimum(np.rint(np.hypot(way[:, None], way)), TILE // 2).astype(int)


def _spectrum(detail: Array, ring: Array) -> Array:
    """(TILE,TILE) amplitudes of a patch, the same in all directions: wrinkles and sinews lie in one."""
    side = detail.shape[0]
    window = np.hanning(side + 2)[1:-1].astype(np.float32)
    spot = np.zeros((TILE, TILE), np.float32)
    spot[:side, :side] = detail * window[:, None] * window
    whole = cv2.dft(spot, flags=cv2.DFT_COMPLEX_OUTPUT)
    power = np.square(whole).sum(axis=2)
    mean = np.bincount(ring.ravel(), power.ravel()) / np.bincount(ring.ravel())
    return np.sqrt(mean)[ring].astype(np.float32)


def _patch(pixels: Array, skin: Array, unit: float) -> Array | None:
    """(n,n,3) float32: the largest square that is all skin, up to a third of the shoulder distance."""
    room = cv2.distanceTransform(skin.astype(np.uint8), cv2.DIST_C, 3)
    _, most, _, (x, y) = cv2.minMaxLoc(room)
    half = int(min(most - 1, 0.17 * unit, TILE // 3))
    if 2 * half < LEAST:
        return None
    part = pixels[max(0, y - half) : y + half, max(0, x - half) : x + half].astype(np.float32)
    side = min(part.shape[:2])
    return part[:side, :side] if side >= LEAST else None


def tiled(tile: Array, size: tuple[int, ...]) -> Array:
    """(h,w,3) the tile repeated to a size."""
    rows, columns = -(-size[0] // tile.shape[0]), -(-size[1] // tile.shape[1])
    return np.tile(tile, (rows, columns, 1))[: size[0], : size[1]]
