"""Both edges of a trouser leg: where the garment's picture has them, and as smooth lines where it is worn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import gaussian_filter1d, grey_opening
from scipy.optimize import lsq_linear

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import SIDES, Side
from tryon.transfer.warping.cloth import inside_polygon
from tryon.transfer.warping.lines import resample

DENSE = 4  # places between two ribs at which the cut-out is asked for an edge
FRINGE = 1.6  # ribs: what stands out of an edge over less of the leg's length is no edge, but a fringe or a patch
BELOW_HIPS = (0.6, 1.0)  # stages of a leg over which its edge goes over to that: at the hips it is a body's form
REACH = 0.3  # of a leg's width: so far from the line through its landmarks its edge is looked for
STIFF = 2.0  # of what a worn leg's edge bends from rib to rib, by what it leaves its places: a long smooth curve
HELD = 10.0  # times as firmly as anywhere else it begins and ends where it should


def leg_edges(alpha: Array, points: Mapping[str, Array], side: Side) -> tuple[Array, Array, Array]:
    """Outer and inner edge (n,2) of one half, and for every rib its stage: 0 waist, 1 crotch, 2 half way down, 3 hem.

    Between the landmarks of the leg they are where the cut-out `alpha` (h,w) 0..1 shows them.
    """
    outer, inner, stage = _by_landmarks(points, side)
    across = (outer - inner) / np.maximum(np.linalg.norm(outer - inner, axis=1, keepdims=True), 1e-6)
    off_outer = _on_cutout(alpha, outer, inner) * ramp(stage, *BELOW_HIPS)
    off_inner = _on_cutout(alpha, inner[6:], outer[6:])
    inner = inner.copy()
    inner[6:] -= off_inner[:, None] * across[6:]
    return outer + off_outer[:, None] * across, inner, stage


def _by_landmarks(points: Mapping[str, Array], side: Side) -> tuple[Array, Array, Array]:
    """Both edges as lines through the landmarks, and their stages."""
    crotch = points["crotch"]
    middle = (points["waist_left"] + points["waist_right"]) / 2
    hip, waist, hem = (points[name] for name in (f"hip_{side}", f"waist_{side}", f"hem_{side}_outer"))
    has_knee = f"knee_{side}_outer" in points
    knee = points[f"knee_{side}_outer"] if has_knee else (hip + hem) / 2
    knee_in = points[f"knee_{side}_inner"] if has_knee else (crotch + points[f"hem_{side}_inner"]) / 2
    t = float(np.clip((crotch[1] - hip[1]) / max(knee[1] - hip[1], 1e-6), 0, 1))
    fork = hip + (knee - hip) * t
    # Evenly from the crotch to the hem, wherever the knee was found, or a print would be drawn out above it.
    outer = np.concatenate([resample(np.array([waist, hip, fork]), 7), resample(np.array([fork, knee, hem]), 13)[1:]])
    lower = resample(np.array([crotch, knee_in, points[f"hem_{side}_inner"]]), 13)
    inner = np.concatenate([resample(np.array([middle, crotch]), 7), lower[1:]])
    return outer, inner, np.linspace(0, 3, 19)


def _on_cutout(alpha: Array, edge: Array, other: Array) -> Array:
    """(n,) px by which points of an `edge` (n,2) lie further from the `other` (n,2) in the cut-out: its outline there
    without what stands out of it shortly, as fringes do. Both ends stay, and where the cut-out does not end near by."""
    places = np.arange(0, len(edge) - 1 + 0.5 / DENSE, 1 / DENSE)
    line, far = (
        np.stack([np.interp(places, np.arange(len(edge)), each[:, k]) for k in range(2)], axis=1)
        for each in (edge, other)
    )
    wide = np.maximum(np.linalg.norm(line - far, axis=1, keepdims=True), 1e-6)
    reach = REACH * float(np.median(wide))
    off = np.arange(-reach, reach)
    points = line[:, None] + ((line - far) / wide)[:, None] * off[:, None]
    x, y = np.moveaxis(np.rint(points).astype(int), -1, 0)
    inside = (x >= 0) & (x < alpha.shape[1]) & (y >= 0) & (y < alpha.shape[0])
    solid = inside & (alpha[np.clip(y, 0, alpha.shape[0] - 1), np.clip(x, 0, alpha.shape[1] - 1)] > 0.5)
    ends = (~solid).argmax(axis=1)  # not the other leg beyond the gap
    found = np.where(ends > 0, off[ends] - 1, 0.0)
    calm = gaussian_filter1d(grey_opening(found, size=round(FRINGE * DENSE)), 0.5 * DENSE)
    result: Array = calm[::DENSE].copy()
    result[[0, -1]] = 0.0
    return result


def half_widths(edges: Mapping[Side, tuple[Array, Array, Array]]) -> Array:
    """(n,) half widths of one leg, px, from the edges of both: they are cut alike, however they lie."""
    result: Array = np.mean([np.linalg.norm(outer - inner, axis=1) for outer, inner, _ in edges.values()], axis=0) / 2
    return result


def between_legs(size: tuple[int, ...], edges: Mapping[Side, tuple[Array, Array, Array]]) -> Array:
    """(gh,gw) 0..1: between the inner edges of both legs, of `leg_edges`, from the crotch to the knees.

    Where legs part, a catalogue's shadow is as dark as cloth.
    """
    left, right = (edges[side][1][6:13] for side in SIDES)
    return inside_polygon(size, np.concatenate([left, right[::-1]]), 0.7)


def smooth_edge(line: Array, least: Array, outwards: Array, held: int = 1) -> Array:
    """A leg's edge (n,2) as one long smooth curve, which lies no further in than `least` (n,2) where that lies further
    out than `line`: what has to be hidden. `outwards` (2,): about the way out of the leg; its
    first `held` points and its last one stay about where they are."""
    chord = line[-1] - line[0]
    normal = np.array([chord[1], -chord[0]]) / max(float(np.linalg.norm(chord)), 1e-6)
    if normal @ outwards < 0:
        normal = -normal
    off, low = (line - line[0]) @ normal, (least - line[0]) @ normal
    count = len(line)
    bends = STIFF * np.diff(np.eye(count), 2, axis=0)
    firm = np.ones(count)
    firm[:held], firm[-1] = HELD, HELD
    system, wanted = np.concatenate([np.diag(firm), bends]), np.concatenate([firm * off, np.zeros(count - 2)])
    bounds = (np.where(low > off + 1e-6, low, -np.inf), np.full(count, np.inf))
    found = lsq_linear(system, wanted, bounds).x
    result: Array = line + (found - off)[:, None] * normal
    return result
