"""What hair and the neck hid of a garment that somebody wears in its photo: shoulders, collar, the collar's back."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, fill, grow, rounded_mask, shrink, smooth_mask

# How much higher cloth lies behind the neck than beside it, as a share of the distance between the neck points, by the
# share of the shoulders that these are apart: a collar stands up, a wide neckline's back lies on the shoulders.
APART, RISE = (0.30, 0.50), (0.14, 0.0)
WISPS = 0.015  # of that distance: what of a cut-out is no thicker is hair rather than cloth
STRANDS = 0.09  # of that distance: how far into the cut-out strands of the hair that hid the rest lie on it
EVEN = 0.02  # of that distance: over how much of it the edge at which cloth is mirrored is evened
DEEP = 0.25  # of that distance: so much of the cloth below that edge is mirrored; a collar is about as high
AROUND = 0.3  # of that distance: as far around what is hidden both sides are compared
MESH = 0.03  # of that distance: what is smaller is none of a garment's form
APART_OF = 0.5  # share of what two pictures vary by that they may differ by: 1 where they have nothing in common
SHADE = 0.72  # of the cloth's colour: the inside of its back lies in shade


def neck_completed(rgb: Array, alpha: Array, points: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """`rgb` (h,w,3) float32 0..255 and `alpha` (h,w) 0..1 with shoulders and back, and which of that is the back's
    inside, (h,w) 0..1. `points`: landmarks in their pixels."""
    none = np.zeros(alpha.shape, np.float32)
    names = [f"{name}_{side}" for name in ("neck", "shoulder") for side in ("left", "right")]
    if not {*names, "neck_front"} <= points.keys():
        return rgb, alpha, none
    corners = np.array([points[name] for name in names])
    width = float(corners[1, 0] - corners[0, 0])
    x0, x1 = max(0, int(corners[:, 0].min())), min(alpha.shape[1], int(corners[:, 0].max()) + 1)
    y0, y1 = max(0, int(corners[:, 1].min() - width)), min(alpha.shape[0], int(points["neck_front"][1] + width))
    if width < 8 or x1 - x0 < width or y1 - y0 < width:
        return rgb, alpha, none
    window, origin = (slice(y0, y1), slice(x0, x1)), np.array([x0, y0])
    local = {name: points[name] - origin for name in (*names, "neck_front")}
    solid = shrink(alpha[window] > 0.5, WISPS * width)
    solid = grow(solid, WISPS * width)
    missing = _shoulders(solid, local)
    whole = solid | missing
    back = _back(whole, local)
    hidden = shrink(missing, 0.2 * STRANDS * width)  # by hair: a line that is not quite convex hid nothing
    own = shrink(solid, 2) & ~grow(hidden, STRANDS * width)
    continued = mirrored(rgb[window], own, width)
    near = grow(missing, 1.2 * STRANDS * width) & ~own
    known = own | ~grow(whole, 2)
    continued[known] = rgb[window][known]
    continued = like_other(continued, (own, whole), near, local, _hidden_more(solid, missing, local))
    inner = fill(continued, whole.astype(np.float32)) * SHADE
    result, covered, inside = rgb.copy(), alpha.copy(), none
    result[window] = np.where(back[..., None], inner, continued)
    inside[window] = rounded_mask(grow(back, 2) & ~whole, 1.2)
    near = grow(missing | back, 2)
    covered[window] = np.where(near, smooth_mask(whole | back, 0.8), alpha[window])
    return result, covered, inside


def _hidden_more(solid: Array, missing: Array, points: Mapping[str, Array]) -> str:
    """The side of which less is seen: what is `missing` (h,w) bool is deeper there, and the neck's point further from
    the cloth, `solid` (h,w) bool."""
    middle, size = int(points["neck_front"][0]), np.array(solid.shape)
    away, deep = (cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5) for part in (~solid, missing))
    hidden = []
    for side, half in (("left", deep[:, :middle]), ("right", deep[:, middle:])):
        at = np.clip(np.rint(points[f"neck_{side}"][::-1]).astype(int), 0, size - 1)
        hidden.append(float(away[at[0], at[1]]) + float(half.max(initial=0.0)))
    return "left" if hidden[0] > hidden[1] else "right"


def like_other(
    continued: Array, cloth: tuple[Array, Array], hidden: Array, points: Mapping[str, Array], side: str
) -> Array:
    """`continued` (h,w,3) with what is `hidden` (h,w) bool on one `side` as it is on the other, if around there both
    look alike; `cloth` (h,w) bool: what is seen of it, and all of it."""
    other = "left" if side == "right" else "right"
    places = [
        np.array([points[f"neck_{one}"], points[f"shoulder_{one}"], points["neck_front"]], np.float32)
        for one in (side, other)
    ]
    half = np.arange(hidden.shape[1]) >= points["neck_front"][0]
    hidden = hidden & (half if side == "right" else ~half)
    width = abs(float(points["neck_right"][0] - points["neck_left"][0]))
    around = grow(hidden, AROUND * width) & ~hidden & cloth[0]
    if not hidden.any() or not around.any():
        return continued
    matrix = cv2.getAffineTransform(*places)
    size, known = hidden.shape[::-1], cloth[1].astype(np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    there = cv2.warpAffine(continued, matrix, size, flags=flags)
    seen = cv2.warpAffine(known, matrix, size, flags=flags) > 0.9
    if not alike(continued, there, around & seen, MESH * width):
        return continued
    result = continued.copy()
    result[hidden & seen] = there[hidden & seen]
    return result


def alike(one: Array, other: Array, where: Array, coarse: float) -> bool:
    """Whether two pictures (h,w,3) show the same `where` (h,w) bool, details below `coarse` px aside."""
    if np.count_nonzero(where) < 3:
        return False
    planes = [cv2.GaussianBlur(picture, (0, 0), coarse)[where] for picture in (one, other)]
    varied = [plane - plane.mean(axis=0) for plane in planes]
    apart, size = (float(np.square(plane).sum()) for plane in (varied[0] - varied[1], np.concatenate(varied)))
    return apart < APART_OF * size


def _shoulders(solid: Array, points: Mapping[str, Array]) -> Array:
    """Boolean (h,w): what is missing of `solid` (h,w) bool below the line of the shoulders, which is convex."""
    missing = np.zeros(solid.shape, np.uint8)
    for side in ("left", "right"):
        first, last = sorted((points[f"neck_{side}"], points[f"shoulder_{side}"]), key=lambda point: float(point[0]))
        columns = np.arange(max(0, int(first[0])), min(solid.shape[1], int(last[0]) + 1))
        filled = columns[solid[:, columns].any(axis=0)]
        if len(filled) < 3:
            continue
        tops = np.stack([filled, solid[:, filled].argmax(axis=0)], axis=1)
        outline = np.concatenate([tops, [points[f"neck_{side}"]]]).astype(np.float32)
        cv2.fillConvexPoly(missing, np.rint(cv2.convexHull(outline)).astype(np.int32), 1)
    return (missing > 0) & ~solid


def _back(solid: Array, points: Mapping[str, Array]) -> Array:
    """Boolean (h,w): the inside of the back: between the sides of the neck, from the front up to an arc behind it."""
    left, right = points["neck_left"], points["neck_right"]
    columns = np.arange(max(0, int(left[0])), min(solid.shape[1], int(right[0]) + 1))
    width = right[0] - left[0]
    share = (columns - left[0]) / width
    rise = np.interp(width / (points["shoulder_right"][0] - points["shoulder_left"][0]), APART, RISE)
    arc = left[1] + (right[1] - left[1]) * share - rise * width * (1 - (2 * share - 1) ** 2)
    rows = np.arange(solid.shape[0])[:, None]
    area = np.zeros(solid.shape, bool)
    front = np.where(solid[:, columns].any(axis=0), solid[:, columns].argmax(axis=0), 0)
    area[:, columns] = (rows > arc) & (rows < front)
    return area


def mirrored(rgb: Array, solid: Array, width: float) -> Array:
    """(h,w,3) `rgb` continued above `solid` (h,w) bool by what lies as far below its upper edge, again and again where
    that is far for a neck `width` px wide: so what runs upwards goes on, and nothing winds around corners of the edge.
    """
    even, deep = EVEN * width, np.float32(DEEP * width)
    top = np.where(solid.any(axis=0), solid.argmax(axis=0), len(solid)).astype(np.float32)[None]
    low = cv2.morphologyEx(top, cv2.MORPH_CLOSE, np.ones((1, 2 * round(2 * even) + 1), np.uint8))
    low = np.maximum(cv2.GaussianBlur(low, (0, 0), even), top)
    rows, columns = np.indices(solid.shape, dtype=np.float32)
    above = low - rows
    below = np.where(above > 0, low + deep - np.abs(above % (2 * deep) - deep), rows)
    return cv2.remap(rgb, columns, below, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
