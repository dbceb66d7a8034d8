"""Cuts a garment out of its photo: a smooth background model, edges against shadows, a soft alpha, clean edges.

Catalogue photographs have a background that a polynomial of second degree in x and y describes to within the noise
of the picture, except for soft shadows. So the cut needs no learning: what the model does not explain is the garment,
unless it is only darker and its outline has no edge (a shadow). Backgrounds that are not plain go to GrabCut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import Mask, Pixels

Array = NDArray[Any]

GRID = 512  # px, longest side of the grid that the garment is found on
MATTE_SIDE = 1536  # px, longest side of the grid that the alpha is computed on; larger photos get it enlarged
SHADOW = 34.0  # CIE L, how much darker than the background a soft shadow may be


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A cut-out and what is known about it."""

    alpha: Mask  # (h, w) soft, 0 outside
    plain: float  # 0..1, share of the picture's border that the background model explains
    contrast: float  # CIE Lab units between garment and background, median


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A background model on a grid: the expected colour everywhere, the noise around it, how well it holds."""

    lab: Array  # (h, w, 3) float32, CIE Lab with L 0..100
    noise: tuple[float, float]  # one sigma of lightness and of chroma, Lab units
    plain: float  # 0..1


def cut_out(pixels: Pixels) -> Cut | None:
    """The largest object on a plain or near-plain background; None when nothing stands out of the picture.

    `pixels` (h, w, 3) uint8 RGB. Takes about 0.1 s at 768x1024.
    """
    small = _resize(pixels, GRID)
    lab = _lab(small)
    background = fit_background(lab)
    if background.plain >= 0.5:
        body, pale = _against_plain(lab, background)
        if pale and background.plain < 0.985:
            background = refit_background(lab, background, _one_object(body))
            body, _ = _against_plain(lab, background)
    else:
        body = _against_anything(small, background.plain)
    body = _one_object(body)
    share = float(body.mean())
    if not 0.01 < share < 0.93:
        return None
    contrast = float(np.median(np.linalg.norm(lab[body] - background.lab[body], axis=1)))
    return Cut(alpha=_matte(pixels, body), plain=background.plain, contrast=contrast)


def _resize(pixels: Array, side: int) -> Array:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _lab(pixels: Array) -> Array:
    return cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)


# ------------------------------------------------------------------------------------------- the background


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
    gx, gy = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    model = (_terms(gx.ravel(), gy.ravel()) @ coefficients).reshape(height, width, 3).astype(np.float32)
    return Background(lab=model, noise=noise, plain=float(near.mean()))


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
    gy, gx = np.mgrid[0:height, 0:width]
    model = (_quartic(gx.ravel() / width, gy.ravel() / height) @ coefficients).reshape(height, width, 3)
    noise = _noise(residual[near]) if near.sum() > 100 else background.noise
    return Background(lab=model.astype(np.float32), noise=noise, plain=background.plain)


def _quartic(x: Array, y: Array) -> Array:
    """Products of Legendre polynomials up to degree four in all, x and y in 0..1."""
    u, v = 2 * x - 1, 2 * y - 1
    along = [np.polynomial.legendre.Legendre.basis(i)(u) for i in range(5)]
    down = [np.polynomial.legendre.Legendre.basis(i)(v) for i in range(5)]
    return np.stack([along[i] * down[j] for i in range(5) for j in range(5 - i)], axis=-1)


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


# ------------------------------------------------------------------------------------------------ the object


def _against_plain(lab: Array, background: Background) -> tuple[Array, bool]:
    """What differs from a plain background and is not a soft shadow on it (h, w) bool; whether it hardly differs."""
    smooth = cv2.GaussianBlur(lab, (0, 0), 0.7)
    rest = _apart(smooth, background.lab)
    light, chroma = rest[..., 0], np.hypot(rest[..., 1], rest[..., 2])
    sigma_l, sigma_c = background.noise
    bright, dark, tint = 0.6 + 4 * sigma_l, 0.7 + 4 * sigma_l, 1.4 + 4 * sigma_c
    sure = (chroma > 3.5 + 2 * tint - 0.04 * np.minimum(0, light)) | (light > 2 * bright) | (light < -SHADOW)
    different = (chroma > tint) | (light > bright) | (light < -dark)
    edge = _edges(smooth, np.abs(light) + chroma, sigma_l)
    # The background is what can be reached from the border without crossing an edge, through soft shadows too, and
    # through any gap, however narrow, that shows the background's own colour.
    barrier = cv2.morphologyEx((edge | sure).astype(np.uint8), cv2.MORPH_CLOSE, _disk(3))
    flooded = _reach(barrier == 0)
    ground = cv2.dilate(flooded.astype(np.uint8), _disk(3)).astype(bool) & ~sure
    body = ~ground
    # Pale stripes between dark ones, flooded from the side, are bridged.
    bridge = cv2.morphologyEx(sure.astype(np.uint8), cv2.MORPH_CLOSE, _disk(8)).astype(bool)
    body |= bridge & different
    whole = _one_object(different)
    if (sure & whole).sum() < 0.4 * whole.sum():
        # Cloth hardly different from the ground looks like a shadow, all but its print.
        certain = _unshaded(light, chroma, flooded, (bright, tint))
        ways = [_watershed(whole, certain, rest), _from_middle(rest)]
        return _best_outlined([_fill(_one_object(way)) for way in ways], _slope(smooth)), True
    body = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_CLOSE, _disk(4)).astype(bool)
    gaps = body & _reach(~different)
    holes = _only_beside(body & ~(edge | sure), body)
    body = _open(body, gaps, rest, background.noise) & _open(body, holes, rest, background.noise)
    return _trim_shadow(body, sure, rest, background.noise), False


def _unshaded(light: Array, chroma: Array, flooded: Array, limits: tuple[float, float]) -> Array:
    """What no shadow can be: brighter or more colourful than any of the flooded ground, or far too dark."""
    bright, tint = limits
    if flooded.mean() > 0.05:
        bright = max(bright, float(np.percentile(light[flooded], 98)))
        tint = max(tint, float(np.percentile(chroma[flooded], 98)))
    found = (light > bright + 1) | (chroma > tint + 1) | (light < -SHADOW)
    return cv2.erode(found.astype(np.uint8), _disk(1)).astype(bool)


def _watershed(whole: Array, certain: Array, rest: Array) -> Array:
    """Pale cloth and its shadow parted along the sharpest line between the ground and what is certainly cloth."""
    certain = certain & whole
    if certain.sum() < 0.15 * whole.sum():
        depth = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 5)
        certain = depth > 0.35 * depth.max()
    return _part(cv2.dilate(whole.astype(np.uint8), _disk(2)) == 0, certain, rest)


def _from_middle(rest: Array) -> Array:
    """The object in the middle of the picture, parted from the picture's border along the sharpest line."""
    height, width = rest.shape[:2]
    outside, inside = np.ones((height, width), bool), np.zeros((height, width), np.uint8)
    outside[3:-3, 3:-3] = False
    cv2.circle(inside, (width // 2, height // 2), round(0.07 * min(height, width)), 1, -1)
    return _part(outside, inside.astype(bool), rest)


def _part(outside: Array, inside: Array, rest: Array) -> Array:
    """Watershed between two markers."""
    markers = outside.astype(np.int32)
    markers[inside] = 2
    picture = np.clip(128 + 14 * cv2.GaussianBlur(rest, (0, 0), 1.0), 0, 255).astype(np.uint8)
    cv2.watershed(np.ascontiguousarray(picture), markers)
    body = cv2.dilate((markers == 2).astype(np.uint8), _disk(1))
    body = cv2.morphologyEx(body, cv2.MORPH_CLOSE, _disk(4))
    return cv2.morphologyEx(body, cv2.MORPH_OPEN, _disk(3)).astype(bool)


def _best_outlined(bodies: list[Array], slope: Array) -> Array:
    """The largest of the bodies whose outline runs along edges nearly as much as the best one's does."""
    strong = cv2.dilate(np.clip(slope / 1.2, 0, 1).astype(np.float32), _disk(2))
    support = []
    for body in bodies:
        solid = np.pad(body.astype(np.uint8), 1)[1:-1, 1:-1]
        rim = (solid - cv2.erode(solid, _disk(1), borderValue=0)) > 0
        share = float(body.mean())
        support.append(float(strong[rim].mean()) if rim.any() and 0.01 < share < 0.9 else 0.0)
    good = [body for body, value in zip(bodies, support, strict=True) if value >= 0.85 * max(support)]
    return max(good, key=lambda body: int(body.sum()))


def _fill(body: Array) -> Array:
    return ~_reach(~body)


def _apart(lab: Array, ground: Array) -> Array:
    """What a pixel differs from the ground by, CIE Lab; a shadow, which dims colour with lightness, in L alone."""
    dimmed = np.clip(lab[..., :1] / np.maximum(1.0, ground[..., :1]), 0.4, 1.0)
    rest = lab - ground
    rest[..., 1:] = lab[..., 1:] - ground[..., 1:] * dimmed
    return rest


def _edges(smooth: Array, level: Array, sigma: float) -> Array:
    """Sharp steps: steep in themselves, or steep for how little the place differs from the background.

    A step that the lens blurs over a pixel climbs 0.4 of its height a pixel; the foot of a soft shadow climbs
    less than 0.25 of what it reaches four pixels further on.
    """
    slope = _slope(smooth)
    height = cv2.dilate(level, np.ones((9, 9), np.uint8))
    return (slope > 0.7 + 1.8 * sigma) | ((slope > 0.2 + 1.4 * sigma) & (slope > 0.3 * height))


def _slope(smooth: Array) -> Array:
    """Steepest change of colour a pixel, CIE Lab units."""
    gx = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 32
    gy = cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 32
    slope: Array = np.sqrt((gx * gx + gy * gy).sum(axis=2))
    return slope


def _reach(passable: Array) -> Array:
    """The part of `passable` that is connected to the border of the picture."""
    padded = np.pad(passable.astype(np.uint8), 1, constant_values=1)
    _, index = cv2.connectedComponents(padded, connectivity=4)
    return (index == index[0, 0])[1:-1, 1:-1]


def _open(body: Array, empty: Array, rest: Array, noise: tuple[float, float]) -> Array:
    """Takes ground out of the body that lies between straps or between sleeve and side, (h, w) bool.

    Candidates are the pieces of `empty`. A garment has few such gaps; when there are many, they are its own pattern,
    and only pieces as even as the ground itself count. Cloth of the ground's colour is left whole.
    """
    level = np.abs(rest[..., 0]) + np.hypot(rest[..., 1], rest[..., 2])
    calm = 1.3 + 4 * sum(noise)
    if not body.any() or np.percentile(level[body], 30) < calm + 0.5:
        return body
    core = cv2.erode(empty.astype(np.uint8), _disk(1))
    count, index, stats, _ = cv2.connectedComponentsWithStats(empty.astype(np.uint8), connectivity=4)
    area = np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    clear = np.bincount(index[(core > 0) & (level < calm)], minlength=count) / area
    found = [i for i in range(1, count) if area[i] > 2.5e-4 * body.sum()]
    found = [i for i in found if clear[i] > 0.3 or _empty(level[(index == i) & (core > 0)])]
    if len(found) > 6:
        even = 0.25 + 1.2 * sum(noise)
        found = [i for i in found if area[i] > 2e-3 * body.sum() and np.median(level[index == i]) < even]
    if len(found) > 8:
        return body
    out = body.copy()
    for i in found:
        region = cv2.dilate((index == i).astype(np.uint8), _disk(1)).astype(bool)
        out[region & (level < SHADOW / 2)] = False
    return out


def _only_beside(pieces: Array, body: Array) -> Array:
    """The enclosed pieces that may be gaps: beside the middle, or long as between two legs.

    What shows the ground's colour in the middle of the chest is a print.
    """
    columns, rows = np.flatnonzero(body.any(axis=0)), np.flatnonzero(body.any(axis=1))
    if not len(columns):
        return pieces
    _, index, stats, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=4)
    middle, half = (columns[0] + columns[-1]) / 2, (columns[-1] - columns[0] + 1) / 2
    offset = np.abs(stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] / 2 - middle) / half
    kept = (offset > 0.45) | (stats[:, cv2.CC_STAT_HEIGHT] > 0.22 * len(rows))
    kept[0] = False
    return kept[index]


def _empty(level: Array) -> bool:
    """Whether a piece is perfectly even and about as light as the ground: painted out, not photographed."""
    return len(level) > 12 and float(level.mean()) < 8 and float(level.std()) < 0.35


def _trim_shadow(body: Array, sure: Array, rest: Array, noise: tuple[float, float]) -> Array:
    """Takes off the rim of contact shadow, where the cloth just inside is too unlike the ground to be its own rim."""
    light, chroma = rest[..., 0], np.hypot(rest[..., 1], rest[..., 2])
    tint = 1.4 + 4 * noise[1] - 0.05 * np.minimum(0, light)
    shade = ~sure & (chroma < tint) & (light < 0.6 + 4 * noise[0])
    own = (sure | (chroma > tint + 2)).astype(np.float32)
    out = body
    for _ in range(4):  # a wide shadow hides the cloth beside it until its rim is gone
        core = cv2.erode(out.astype(np.uint8), _disk(5)).astype(np.float32)
        weight = cv2.boxFilter(core, -1, (33, 33), normalize=False)
        unlike = (weight > 12) & (cv2.boxFilter(core * own, -1, (33, 33), normalize=False) > 0.78 * weight)
        _, index = cv2.connectedComponents((out & shade & unlike).astype(np.uint8), connectivity=4)
        touched = np.unique(index[cv2.dilate((~out).astype(np.uint8), _disk(1)).astype(bool)])
        if not touched.any():
            break
        out = out & ~np.isin(index, touched[touched > 0])
    # Short deep bites as light as the ground are the cloth's own pale pattern; shadows are long, or dark.
    depth = cv2.distanceTransform(body.astype(np.uint8), cv2.DIST_L2, 3)
    count, index, stats, _ = cv2.connectedComponentsWithStats((body & ~out).astype(np.uint8), connectivity=8)
    reach = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    darkness = np.bincount(index.ravel(), light.ravel(), count) / np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    pattern = np.isin(index, np.flatnonzero((reach < 45) & (darkness > -3 - 4 * noise[0])))
    return out | (pattern & body & (depth > 3))


def _disk(radius: int) -> Array:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _against_anything(small: Array, plain: float) -> Array:
    """GrabCut from the middle of the picture, for backgrounds with a pattern."""
    reduced = _resize(small, 256)
    height, width = reduced.shape[:2]
    seeds = np.full((height, width), cv2.GC_PR_FGD, np.uint8)
    margin = (max(2, height // 25), max(2, width // 25))
    seeds[: margin[0]] = seeds[-margin[0] :] = cv2.GC_BGD
    seeds[:, : margin[1]] = seeds[:, -margin[1] :] = cv2.GC_BGD
    cv2.setRNGSeed(7)
    blank = np.zeros((1, 65), np.float64)
    cv2.grabCut(np.ascontiguousarray(reduced[..., ::-1]), seeds, None, blank, blank.copy(), 3, cv2.GC_INIT_WITH_MASK)
    found = np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, _disk(2))
    return cv2.resize(found * 255, small.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 127


def _one_object(body: Array) -> Array:
    """The largest object; thread-thin appendages (hang tags, hanger wires) are dropped, thin straps are kept."""
    body = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_OPEN, _disk(1))
    count, index, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=8)
    if count < 2:
        return np.zeros(body.shape, bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return index == 1 + int(areas.argmax())


# ------------------------------------------------------------------------------------------------- the alpha


def _matte(pixels: Array, body: Array) -> Mask:
    """Soft alpha (h, w): in a band around the outline, how far a pixel lies from the ground's colour to the cloth's.

    The two colours are local means over a few pixels inside and outside; where they hardly differ the smooth outline
    decides alone.
    """
    work = _resize(pixels, MATTE_SIDE)
    height, width = work.shape[:2]
    factor = max(1.0, width / body.shape[1])
    mask = cv2.resize(body.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.6 * factor + 0.2)
    reach = round(1.6 * factor) + 1
    hard = (mask > 0.5).astype(np.uint8)
    inside = cv2.erode(hard, _disk(reach))
    outside = 1 - cv2.dilate(hard, _disk(reach))
    colour = work.astype(np.float32)
    window = 4 * reach + 1
    cloth, spread, cloth_ok = _local_mean(colour, inside, window)
    ground, noise, ground_ok = _local_mean(colour, outside, window)
    axis = cloth - ground
    span = np.sqrt((axis * axis).sum(axis=2)) + 1e-3
    along = ((colour - ground) * axis).sum(axis=2) / (span * span)
    along = np.clip((along - 0.08) / 0.84, 0, 1)
    trust = np.clip((span - 4 - 4 * noise) / 12, 0, 1) * np.clip(1.7 - 3 * spread / span, 0, 1) * cloth_ok * ground_ok
    soft = np.clip((mask - 0.5) * 1.6 * factor / 2 + 0.5, 0, 1)
    alpha = trust * along + (1 - trust) * soft
    alpha = np.where(inside > 0, 1.0, np.where(outside > 0, 0.0, alpha))
    alpha = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 0.5)
    if alpha.shape != pixels.shape[:2]:
        alpha = cv2.resize(alpha, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.round(alpha * 255).astype(np.uint8)


def _local_mean(colour: Array, mask: Array, window: int) -> tuple[Array, Array, Array]:
    """Mean colour (h, w, 3) of the masked pixels in a window, their spread around it (h, w), where there are any."""
    size = (window, window)
    weight = cv2.boxFilter(mask.astype(np.float32), -1, size, normalize=False)
    total = cv2.boxFilter(colour * mask[..., None], -1, size, normalize=False)
    square = cv2.boxFilter((colour * colour).sum(axis=2) * mask, -1, size, normalize=False)
    count = np.maximum(1, weight)
    mean = total / count[..., None]
    spread = np.sqrt(np.maximum(0, square / count - (mean * mean).sum(axis=2)))
    return mean, spread, (weight >= 1).astype(np.float32)


def clean_edges(pixels: Pixels, alpha: Mask) -> Pixels:
    """The picture with the background's colour taken out of its half-transparent edge pixels.

    Where `alpha` is below 250 the colour becomes that of the nearest fully opaque pixel, slightly smoothed along the
    edge, so that nothing of the old background shows when the cut-out is laid on another picture, and so that
    sampling between pixels at the edge finds cloth outside too. (h, w, 3) uint8; alpha 0 everywhere: unchanged.
    """
    solid = cv2.erode((alpha >= 250).astype(np.uint8), _disk(1))
    if not solid.any():
        return pixels
    _, index = cv2.distanceTransformWithLabels(1 - solid, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    ys, xs = np.nonzero(solid)
    lookup = np.zeros((int(index.max()) + 1, 2), np.int32)
    lookup[index[ys, xs]] = np.stack([ys, xs], axis=1)
    nearest = lookup[index]
    filled = pixels[nearest[..., 0], nearest[..., 1]]
    smooth = cv2.GaussianBlur(filled, (0, 0), 1.0)
    out = np.where((solid > 0)[..., None], pixels, smooth)
    return np.ascontiguousarray(out)
