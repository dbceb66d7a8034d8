"""Light and shade: what the person's photo knows about folds and light, put onto the new garment in measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, grow, largest, luminance, ramp, shrink, smooth_mask
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.skin import Figure, roundness

HIPS = 0.9  # of the trunk: below that skirts hang wider than the body
HEM = 0.014  # shoulder distances over which a hem turns under
HEM_DARK = 0.24


FEW = 4  # px between the places at which what has no edges is worked out


def hung_wide(body: Body, cloth: Array) -> Body:
    """The body with edges, from the hips down, that are as wide as the `cloth` (h,w) 0..1 that hangs there."""
    few = (slice(None, None, FEW), slice(None, None, FEW))
    there = cloth[few] > 0.5
    along, across = body.along(cloth.shape)[few][there], body.across(cloth.shape)[few][there]
    rows = np.arange(HIPS * body.trunk, float(along.max(initial=0.0)), 2 * FEW)
    if len(rows) < 2:
        return body
    row = np.searchsorted(rows, along) - 1
    edges = np.zeros((len(rows), 2))
    np.minimum.at(edges[:, 0], row[row >= 0], across[row >= 0])
    np.maximum.at(edges[:, 1], row[row >= 0], across[row >= 0])
    own = np.stack([np.interp(rows, body.rows, body.edges[:, k]) for k in range(2)], axis=1)
    edges = np.stack([np.minimum(edges[:, 0], own[:, 0]), np.maximum(edges[:, 1], own[:, 1])], axis=1)
    edges = cv2.blur(edges, (1, 9), borderType=cv2.BORDER_REPLICATE)
    above = body.rows < rows[0]
    return replace(
        body,
        rows=np.concatenate([body.rows[above], rows]),
        edges=np.concatenate([body.edges[above], edges]),
        middle=np.concatenate([body.middle[above], np.interp(rows, body.rows, body.middle)]),
    )


def rounded(figure: Figure, layer: str, body: Body, wide: Body) -> Array:
    """(h,w) factor about 1: the roundness of the part of the body that a layer lies on; `wide` as of `hung_wide`."""
    part = "arms" if layer.startswith("sleeve") else "trunk"
    light = 1 - 0.45 * (1 - np.clip(figure.rounds[part], 0.7, 1.05))
    if part == "trunk":
        if wide is not body:
            few = (slice(None, None, FEW), slice(None, None, FEW))
            along, across = body.along(light.shape)[few], body.across(light.shape)[few]
            left, right = (np.interp(along, wide.rows, wide.edges[:, k]) for k in range(2))
            off = 0.85 * (across - (left + right) / 2) / np.maximum((right - left) / 2, 1.0)
            hung = 1 - 0.45 * (1 - np.clip(roundness(off), 0.7, 1.05))
            hung = cv2.resize(hung.astype(np.float32), light.shape[::-1], interpolation=cv2.INTER_LINEAR)
            light += (hung - light) * ramp(body.along(light.shape), HIPS * body.trunk, (HIPS + 0.2) * body.trunk)
        return light
    # Above the armpit a sleeve goes over into the trunk's cloth without a rim.
    joined = ramp(body.along(light.shape), 0.34 * body.trunk, 0.16 * body.trunk) * ramp(figure.inward, -0.3, 0.3)
    light += (1 - light) * joined
    # Loose cloth stands off beside a limb: no line where the limb ends.
    result: Array = blur(light.astype(np.float32), 0.045 * body.unit)
    return result


def turned_hem(alpha: Array, unit: float) -> Array:
    """(h,w) factor 0..1 on cloth `alpha` (h,w) 0..1: its lower edges turn under and away from the light."""
    light = np.ones(alpha.shape, np.float32)
    window = bounds(alpha > 0)
    cloth = np.ascontiguousarray(alpha[window])
    if not cloth.size:
        return light
    height, reach = alpha.shape[0], HEM * unit
    border = cv2.BORDER_REPLICATE if window[0].stop >= height - 1 else cv2.BORDER_CONSTANT
    up = np.array([[1, 0, 0], [0, 1, -reach]], np.float32)
    below = cv2.warpAffine(cloth, up, cloth.shape[::-1], borderMode=border)
    light[window] = 1 - HEM_DARK * blur(np.clip(cloth - below, 0, 1), 0.6 * reach)
    return light


BESIDE_TRUNK = 0.30  # how much darker a sleeve would be right under the trunk's cloth


def beside_trunk(body: Body, trunk: Array, armpit: float) -> Array:
    """(h,w) factor <= 1 on a sleeve that hangs beside the trunk: less light gets between the two the closer they are.

    `trunk` (h,w) 0..1 is the cloth of the trunk, `armpit` px along it, above which the two are one piece.
    """
    window = bounds(trunk > 0)
    near = np.zeros(trunk.shape, np.float32)
    margin = round(0.2 * body.unit)
    rows = slice(window[0].start, window[0].stop)
    columns = slice(max(0, window[1].start - margin), window[1].stop + margin)
    near[rows, columns] = blur(trunk[rows, columns].astype(np.float32), 0.06 * body.unit)
    below = ramp(body.along(trunk.shape), armpit - 0.06 * body.trunk, armpit + 0.06 * body.trunk)
    result: Array = 1 - BESIDE_TRUNK * near * below
    return result


RIM = 0.06  # shoulder distances that cloth may stand out beyond the trunk beside an arm
CREASE = 0.45  # how much darker cloth is in the fold where the arm lies against the trunk


def crease(figure: Figure, body: Body, behind: Mapping[Side, Array]) -> Array:
    """(h,w) factor <= 1 on wide cloth: the fold that runs down from the armpit between the trunk and an arm beside it,
    also where one piece of cloth lies over both; none over an arm that is `behind`
    (h,w) 0..1 the trunk."""
    light = np.ones(figure.trunk.shape, np.float32)
    part = bounds(grow(figure.arms > 0.5, 0.1 * body.unit))
    if not light[part].size:
        return light
    hidden = np.zeros(figure.arms.shape, bool)
    for side, plane in behind.items():
        hidden |= (figure.along["arms", side] > 0) & (plane > 0.5)
    arms = smooth_mask((figure.arms[part] > 0.5) & ~hidden[part], 0.010 * body.unit)
    thin = 0.03 * body.unit  # a trunk's rim that stands out beside an arm's outer side is no place for a fold
    trunk = (figure.trunk[part] > 0.5) & (arms < 0.5)
    trunk = grow(shrink(trunk, thin), 1.2 * thin + RIM * body.unit)  # cloth goes on up to the arm itself
    fold = blur(arms, 0.040 * body.unit) * (1 - arms) * trunk
    for side in SIDES:  # a forearm that goes into a pocket ends without a fold
        far = figure.along["arms", side][part] / np.float32(max(float(body.arms[side].arc[-1]), 1.0))
        fold *= 1 - ramp(far, 0.55, 0.75)
    light[part] -= CREASE * fold * ramp(body.along(light.shape)[part], 0.14 * body.trunk, 0.30 * body.trunk)
    return light


def lights(pixels: Array, old: Array, unit: float, kept: float = 1.0) -> tuple[Array, Array]:
    """Two (h,w) float32 factors about 1, where the old garment is plain enough to show them: for the new garment its
    folds, of which a share `kept` is, and the light from the side; for the skin that comes out how the light fell on
    the cloth that hid it."""
    even = np.ones(old.shape, np.float32)
    inner = plain_part(pixels, old, unit)
    if inner is None:
        return even, even
    light = luminance(pixels)
    usual = float(np.median(light[inner]))
    # Black cloth shows its noise rather than its folds.
    strength = plainness(pixels, inner) * float(ramp(np.array(usual), 22.0, 70.0))
    if strength <= 0:
        return even, even
    light, weight = light + 24.0, inner.astype(np.float32)
    near = blur(weight, 0.05 * unit)
    return _folds(light, weight, usual, unit, strength, kept), _broad(light, weight, near, usual, unit, strength)


def _folds(light: Array, weight: Array, usual: float, unit: float, strength: float, kept: float) -> Array:
    fine = _average(light, weight, 0.012 * unit)
    broad = _average(light, weight, 0.22 * unit)
    folds = np.clip(fine / broad, 0.72, 1.18)
    wide = blur(weight, 0.22 * unit)
    broad = (broad * wide + 0.05 * usual) / (wide + 0.05)
    side = np.clip(broad / usual, 0.82, 1.12)
    # Towards the old garment's outline they run out, and none is in its straps, so that neither shows in the new one.
    well = ramp(blur(weight, 0.11 * unit), 0.50, 0.96)
    result: Array = 1 + (folds - 1) * well * strength * kept + (side - 1) * 0.5 * strength
    return result.astype(np.float32)


def _broad(light: Array, weight: Array, near: Array, usual: float, unit: float, strength: float) -> Array:
    broad = _average(light, weight, 0.12 * unit)  # its folds are not the body's
    result: Array = 1 + (np.clip(broad / (usual + 24.0), 0.72, 1.12) - 1) * ramp(near, 0.25, 0.7) * strength
    return result.astype(np.float32)


def plain_part(pixels: Array, old: Array, unit: float) -> Array | None:
    """Boolean (h,w): the old garment without its edges, buttons, labels and prints; None where too little is left."""
    inner = shrink(old, max(1.0, 0.03 * unit))
    if inner.sum() < 0.05 * unit * unit:
        return None
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    off = np.abs(lab - np.median(lab[inner], axis=0)) * np.array([0.35, 1.0, 1.0], np.float32)
    inner &= ~grow(shrink(largest(off.astype(np.float32)) > 14, 1), 3)
    return inner if inner.sum() >= 0.05 * unit * unit else None


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
