"""Light and shade: what the person's photo knows about folds and light, put onto the new garment in measure."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, grow, largest, luminance, ramp, shrink
from tryon.transfer.warping.skin import Figure


def rounded(figure: Figure, layer: str) -> Array:
    """(h,w) factor about 1: the roundness of the part of the body that a layer lies on."""
    part = "arms" if layer.startswith("sleeve") else "legs" if layer.startswith("leg") else "trunk"
    result: Array = 1 - 0.45 * (1 - np.clip(figure.rounds[part], 0.7, 1.05))
    return result


def relief(pixels: Array, old: Array, unit: float) -> Array:
    """(h,w) float32 factor about 1: the folds of the old garment where it is plain enough to show them."""
    factor = np.ones(old.shape, np.float32)
    inner = plain_part(pixels, old, unit)
    if inner is None:
        return factor
    light = luminance(pixels)
    # Black cloth shows its noise rather than its folds.
    strength = plainness(pixels, inner) * float(ramp(np.array(np.median(light[inner])), 22.0, 70.0))
    light = light + 24.0
    weight = inner.astype(np.float32)
    fine = _average(light, weight, 0.012 * unit)
    broad = _average(light, weight, 0.22 * unit)
    presence = ramp(blur(weight, 0.05 * unit), 0.45, 0.98)
    folds = np.clip(fine / broad, 0.72, 1.18)
    near = blur(weight, 0.22 * unit)
    broad = (broad * near + 0.05 * float(np.median(light[inner]))) / (near + 0.05)
    side = np.clip(broad / float(np.median(light[inner])), 0.82, 1.12)
    folds = 1 + (folds - 1) * presence * strength + (side - 1) * 0.5 * strength
    return (factor * folds).astype(np.float32)


def plain_part(pixels: Array, old: Array, unit: float) -> Array | None:
    """Boolean (h,w): the old garment without its edges, buttons, labels and prints; None where too little is left."""
    inner = shrink(old, max(1.0, 0.03 * unit))
    if inner.sum() < 0.05 * unit * unit:
        return None
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    off = np.abs(lab - np.median(lab[inner], axis=0)) * np.array([0.35, 1.0, 1.0], np.float32)
    inner &= ~grow(shrink(largest(off.astype(np.float32)) > 14, 1), 3)
    return inner if inner.sum() >= 0.05 * unit * unit else None


def broad_light(pixels: Array, old: Array, unit: float) -> Array:
    """(h,w,1) float32 factor about 1 on the skin that comes out: how the light fell on the plain cloth that hid it."""
    inner = plain_part(pixels, old, unit)
    if inner is None:
        return np.ones((*old.shape, 1), np.float32)
    light = luminance(pixels)
    usual = float(np.median(light[inner]))
    strength = plainness(pixels, inner) * float(ramp(np.array(usual), 22.0, 70.0))
    weight = inner.astype(np.float32)
    broad = _average(light + 24.0, weight, 0.05 * unit)
    presence = ramp(blur(weight, 0.05 * unit), 0.25, 0.7)
    factor = 1 + (np.clip(broad / (usual + 24.0), 0.72, 1.12) - 1) * presence * strength
    return factor[..., None].astype(np.float32)


def _average(values: Array, weight: Array, sigma: float) -> Array:
    """Blurred values that ignore what lies outside `weight`."""
    mass = blur(weight, sigma)
    usual = float((values * weight).sum() / max(float(weight.sum()), 1e-6))
    result: Array = (blur(values * weight, sigma) + 1e-3 * usual) / (mass + 1e-3)
    return result


def plainness(pixels: Array, inner: Array) -> float:
    """0..0.85: how far the brightness under `inner` can be folds rather than a pattern."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    chroma = lab[inner][:, 1:]
    spread = float(np.sqrt(((chroma - np.median(chroma, axis=0)) ** 2).sum(axis=1)).mean())
    light = lab[..., 0] * (100 / 255)
    detail = np.abs(light - cv2.GaussianBlur(light, (0, 0), 3))[inner]
    jump = float(np.percentile(detail, 92))
    return float(0.85 * np.clip((9 - spread) / 5, 0, 1) * np.clip((7 - jump) / 4, 0, 1))


def contact(alpha: Array, reach: float, shift: tuple[float, float]) -> Array:
    """(h,w) 0..1 soft shadow that a layer throws just outside itself; `shift` px moves it away from the light."""
    moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    cast = cv2.warpAffine(alpha, moved, (alpha.shape[1], alpha.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    result: Array = blur(cast.astype(np.float32), reach) * (1 - alpha)
    return result
