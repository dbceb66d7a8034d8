"""The garment made ready to be worn: cut out without its background's colour, scaled, its neck opening found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, fill, largest, mix, projected, ramp, smooth_mask
from tryon.transfer.warping.collars import own_front, standing_collar, stands_up
from tryon.transfer.warping.crisp import crisp
from tryon.transfer.warping.fork import closed_fork
from tryon.transfer.warping.ground import LIKE_GROUND, in_scraps, like_ground
from tryon.transfer.warping.lace import without_ground
from tryon.transfer.warping.leg_hems import squared
from tryon.transfer.warping.necklines import begins_with_front, neck_opening, own_edge
from tryon.transfer.warping.outlines import clean_outline, level_waistband, without_notches
from tryon.transfer.warping.straps import single_straps, strands
from tryon.transfer.warping.weave import woven
from tryon.transfer.warping.worn_necks import neck_completed
from tryon.types import Garment

FINE = 0.55  # scale of a catalogue's picture in which thin straps are still told
EVEN_GROUND = 6  # grey levels by which a ground varies at the least, cut out and compressed as it was


@dataclass(frozen=True, kw_only=True)
class Cloth:
    """A garment's picture at about the size at which it will be worn.

    rgb (h,w,3) float32 0..255, continued beyond the garment's edge in its own colour; alpha (h,w) float32 0..1;
    inside (h,w) float32 0..1: what shows of the inner back of the neck; points: landmarks in these pixels.
    """

    rgb: Array
    alpha: Array
    inside: Array
    points: Mapping[str, Array]
    outline: Array  # (n,2) the outer edge of the cut-out, in order
    unsure: float = 0.0  # 0..1: how much of that edge cloth and ground of the same colours leave wavy


def prepare(garment: Garment, scale: float) -> Cloth:
    """Scales the garment's picture by `scale` <= 1 and cleans its edge."""
    if garment.neckline == "straps" and not garment.worn and scale < FINE:  # scaled first, straps would be lost
        return smaller(prepare(garment, FINE), scale / FINE)
    rgb, alpha = garment.photo.pixels, garment.cutout
    if scale < 0.98:
        size = (max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale)))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    factor = np.array([rgb.shape[1] / garment.photo.width, rgb.shape[0] / garment.photo.height])
    points = {name: (np.asarray(xy, float) + 0.5) * factor - 0.5 for name, xy in garment.landmarks.items()}
    coverage = alpha.astype(np.float32) / 255
    if garment.neckline == "straps" and not garment.worn:
        rgb, coverage = single_straps(rgb, coverage * (1 - in_loops(rgb, coverage, points)), points)
        rgb, coverage = without_ground(rgb, coverage, points)
    if garment.sleeves != "none" and not garment.worn:
        coverage *= 1 - in_gaps(rgb, coverage, points)
    unsure = 0.0 if garment.worn else like_ground(rgb, coverage)
    if unsure > 0 and garment.neckline != "straps":
        coverage *= 1 - in_scraps(rgb, coverage)
    if unsure > 0 and begins_with_front(coverage, points, garment.neckline):
        coverage = without_notches(coverage, points)
    rim = 2 if garment.worn else 1  # against skin and hair, cut-outs are less exact
    own = closed_fork(own_colour(rgb.astype(np.float32), coverage, rim), coverage, points)
    if garment.category == "bottom" and not garment.worn:
        coverage, points = squared(level_waistband(coverage, points), points)
        own = crisp(own, coverage, points)
    tight = clean_outline(coverage, points, unsure > 0 and garment.neckline != "straps")
    inside = np.zeros(coverage.shape, np.float32)
    if not garment.worn:
        own = woven(own, coverage)
        width = float(np.linalg.norm(points["neck_right"] - points["neck_left"])) if "neck_left" in points else 0.0
        if stands_up(points, garment.neckline):
            collar = standing_collar(rgb, coverage, points)
            own, inside = own_front(own, coverage, collar, width), collar.opening
        else:
            inside = neck_opening(rgb, coverage, points, garment.neckline)
        if garment.neckline in ("crew", "wide", "v"):
            own = own_edge(own, tight, inside, width / 2)
        if garment.neckline == "straps":
            inside *= ~strands(tight, points)
    elif garment.sleeves != "none":
        own, tight, inside = neck_completed(own, tight, points)
    return Cloth(rgb=own, alpha=tight, inside=inside, points=points, outline=outer_edge(coverage), unsure=unsure)


def smaller(cloth: Cloth, scale: float) -> Cloth:
    """The same garment in a picture scaled by `scale` < 1."""
    height, width = cloth.alpha.shape
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    rgb, alpha, inside = (
        cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (cloth.rgb, cloth.alpha, cloth.inside)
    )
    factor = np.array([size[0] / width, size[1] / height])
    points = {name: (xy + 0.5) * factor - 0.5 for name, xy in cloth.points.items()}
    return replace(cloth, rgb=rgb, alpha=alpha, inside=inside, points=points, outline=outer_edge(alpha))


def in_loops(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Array:
    """(h,w) 0..1: the catalogue's ground between a strap's front and back, which a cut-out takes for cloth."""
    none, pits = np.zeros(alpha.shape, np.float32), [xy[1] for name, xy in points.items() if name.startswith("armpit")]
    ground, cloth = alpha < 0.02, alpha > 0.98
    if not pits or not ground.any() or not cloth.any():
        return none
    colour = np.median(rgb[ground], axis=0)
    off = largest(np.abs(rgb.astype(np.float32) - colour.astype(np.float32)))
    if np.percentile(off[cloth], 10) < 3 * LIKE_GROUND:  # pale cloth cannot be told from it
        return none
    high = np.arange(alpha.shape[0])[:, None] < max(pits)
    inside = (alpha > 0.5) & high
    sure = cv2.morphologyEx((inside & (off < LIKE_GROUND)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, index = cv2.connectedComponents((inside & (off < 2.5 * LIKE_GROUND)).astype(np.uint8))
    alike = np.isin(index, np.unique(index[sure > 0])) & (index > 0)  # up into a loop's narrow end, over its shade
    return smooth_mask(cv2.dilate(alike.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 0.8)


def in_gaps(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> Array:
    """(h,w) 0..1: the catalogue's ground in a gap's narrow end between sleeve and trunk, which a cut-out may miss."""
    found = np.zeros(alpha.shape, np.float32)
    if not {"armpit_left", "armpit_right"} <= points.keys():
        return found
    ground = alpha < 0.02
    some = ground[::4, ::4]
    if not some.any():
        return found
    colour = np.median(rgb[::4, ::4][some], axis=0).astype(np.float32)
    varied = float(np.percentile(largest(np.abs(rgb[::4, ::4].astype(np.float32) - colour))[some], 99))
    told = 3 * min(max(varied, EVEN_GROUND), LIKE_GROUND)  # grey levels off the ground from which on cloth is told
    reach = 0.03 * float(np.linalg.norm(points["armpit_right"] - points["armpit_left"]))
    wide = np.ones((2 * round(reach) + 1,) * 2, np.uint8)
    for side in ("left", "right"):
        names = (f"armpit_{side}", f"waist_{side}", f"hem_{side}", f"cuff_{side}_inner", f"elbow_{side}_inner")
        corners = np.array([points[name] for name in names if name in points])
        low = np.maximum(corners.min(axis=0) - 2 * reach, 0).astype(int)
        high = (corners.max(axis=0) + 2 * reach).astype(int) + 1
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        off = largest(np.abs(rgb[window].astype(np.float32) - colour))
        cloth = off[alpha[window] > 0.98]
        least = float(np.percentile(cloth, 10)) if len(cloth) else 0.0
        if least < told:
            continue  # pale cloth cannot be told from it
        between = np.zeros(off.shape, np.uint8)
        cv2.fillConvexPoly(between, np.rint(cv2.convexHull((corners - low).astype(np.float32))).astype(np.int32), 1)
        here = ground[window]
        alike = (cv2.dilate(between, wide) > 0) & (here | (off < 0.5 * least))
        _, index = cv2.connectedComponents(alike.astype(np.uint8))
        end = np.isin(index, np.unique(index[here & alike])) & alike & ~here
        _, index = cv2.connectedComponents(end.astype(np.uint8))  # of an edge's own soft pixels none lies so deep
        end &= np.isin(index, np.unique(index[end & (cv2.dilate(here.astype(np.uint8), np.ones((7, 7))) == 0)]))
        gap = smooth_mask(cv2.dilate(end.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 0.8)
        found[window] = np.maximum(found[window], gap)
    return found


def outer_edge(alpha: Array) -> Array:
    """(n,2) float: the longest contour of the cut-out; empty without one."""
    contours, _ = cv2.findContours((alpha > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2))
    return max(contours, key=len)[:, 0].astype(float)


def own_colour(rgb: Array, alpha: Array, rim: int = 1) -> Array:
    """(h,w,3) with the background taken out of its edge: the outer `rim` px and what is partly covered get the colour
    of garment next to them, threads too thin for that the colour that is left without the background beside them.
    """
    solid = (alpha > 0.97).astype(np.uint8)
    sure = cv2.erode(solid, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))
    thin = (alpha > 0.3) & (cv2.dilate(sure, np.ones((7, 7), np.uint8)) == 0)
    known = sure.astype(np.float32)
    if thin.any():
        rgb = rgb.copy()
        rgb[thin] = unmixed(rgb, alpha, thin)
        known[thin] = alpha[thin]
    if not known.any():
        return rgb
    continued = fill(rgb, known)
    return mix(continued, rgb, cv2.GaussianBlur(known, (3, 3), 0.7) * known)


def unmixed(rgb: Array, alpha: Array, where: Array) -> Array:
    """(n,3) colours of the pixels `where` (h,w) bool, without the background beside them, of which 1 - alpha shows."""
    empty, size = (alpha < 0.02).astype(np.float32), (15, 15)
    mass = cv2.boxFilter(empty, -1, size, normalize=False)[where]
    ground = cv2.boxFilter(rgb * empty[..., None], -1, size, normalize=False)[where]
    share = np.where(mass > 0, alpha[where], 1.0)[:, None]
    result: Array = (rgb[where] - (1 - share) * ground / np.maximum(mass, 1.0)[:, None]) / share
    return np.clip(result, 0, 255)


def half_plane(size: tuple[int, ...], a: Array, b: Array, towards: Array, soft: float) -> Array:
    """(h,w) 0..1: 1 on the side of line a-b where `towards` lies, with a ramp `soft` px wide on the other side."""
    direction = (b - a) / max(float(np.linalg.norm(b - a)), 1e-6)
    normal = np.array([-direction[1], direction[0]])
    if (towards - a) @ normal < 0:
        normal = -normal
    return ramp(projected(size, a, normal), -soft, 0.0)


def inside_polygon(size: tuple[int, ...], polygon: Array, soft: float = 1.0) -> Array:
    """(h,w) 0..1 inside a polygon, edge about `soft` px wide."""
    canvas = np.zeros(size[:2], np.uint8)
    cv2.fillPoly(canvas, [np.rint(polygon * 8).astype(np.int32)], 1, shift=3)
    return smooth_mask(canvas > 0, soft)
