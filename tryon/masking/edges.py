"""Rims of hands: pixels that the lens mixed of skin and of what is behind are not a hand's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import SLENDER, bounds, dilated, eroded, touching
from tryon.masking.maps import CLOTH, Array, labelled

DEEP = 0.030  # shoulder distances from its edge inwards: there a limb has its own colours
ROOM = 0.12  # shoulder distances around a hand that are looked at
RIM = 0.10  # shoulder distances from its edge inwards in which a limb may be something else
REACH = 0.08  # shoulder distances over which colours of what is behind are gathered
OWN = 0.25  # shoulder distances over which those of skin are: more than a gap between fingers is wide
MIXED = 0.4  # share of what is behind from which on a pixel is not the limb's
APART = 18.0  # squared distance in spreads of the skin's colour from which on what is behind is told from it
NOISE = 4.0  # 8-bit Lab, variance that is none
INSIDE = 0.012  # shoulder distances from its edge: further in, a hand's pixels are mixed of nothing
LIKE = 0.5  # of the distance of two colours: so near to one of them a pixel clearly has it
HALF = 0.8  # share of what is behind that a pixel has at most that has not its colour
CLEAR = 0.05  # share of the pixels of a gap that clearly show what is behind
MUCH = 0.6  # mean share of it in a gap
NAIL = 0.006  # squared shoulder distances: more than a nail's area
SPECK = 4e-4  # squared shoulder distances: less than what shows of a nail
EVEN = 0.007  # shoulder distances over which an edge is smooth
WALL = ("background",)
AROUND = (*CLOTH, *WALL)
BESIDE = (*AROUND, "left_leg", "right_leg")
THREAD = 0.008  # shoulder distances: half the width of a thread of cloth along a limb
STEP = 4  # px between the places at which colours are gathered


@dataclass(frozen=True, kw_only=True)
class Rim:
    """Pixels (n,) of a limb near its edge: `y`, `x`, their Lab colours `lab` (n,3) float32, and the label `near` (n,)
    uint8 that lies next to each outside the limb."""

    y: Array
    x: Array
    lab: Array
    near: Array


def without_mixed_rims(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) whose hands end where the photo `pixels` (h,w,3) uint8 has nothing but them; `unit` is the shoulder
    distance, px.

    What is behind may be patterned: it counts as dark and as light there, and a pixel as what it has most of.
    """
    sides = ("left", "right")
    hands = {side: labelled(labels, (f"{side}_hand",)) for side in sides}
    windows = {side: bounds(hand, round(ROOM * unit)) for side, hand in hands.items() if hand.sum() > 0.01 * unit**2}
    result = labels.copy()
    with ThreadPoolExecutor(2) as pool:  # OpenCV lets two threads work at once
        for done in [pool.submit(_trimmed, result[w], pixels[w], side, unit) for side, w in windows.items()]:
            done.result()
    return result


def without_cloth_rims(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) whose arms and hands have no threads of cloth along their edges before the wall, as maps have them
    between two classes that are sure; `pixels` are not asked, `unit` is the shoulder distance, px."""
    result = labels.copy()
    thread = max(1.0, THREAD * unit)
    for side in ("left", "right"):
        limb = labelled(labels, (f"{side}_arm", f"{side}_hand"))
        if not limb.any():
            continue
        window = bounds(limb, round(4 * thread) + 2)
        few, part = labels[window], limb[window]
        cloth = labelled(few, CLOTH)
        thin = cloth & ~dilated(eroded(cloth, thread), thread + 1)
        found = thin & dilated(part, 2 * thread) & dilated(few == 0, 2 * thread)
        if found.any():
            _, place = cv2.distanceTransformWithLabels(
                (~part).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
            )
            own = np.zeros(int(place.max()) + 1, np.uint8)
            own[place[part]] = few[part]
            result[window][found] = own[place[found]]
    return result


def without_limb_specks(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) without specks of arms and hands away from these: what is a hand's is never covered, and shows the
    shade beside the limb that the specks are of. `pixels` are not asked, `unit` is the shoulder distance, px."""
    result = labels.copy()
    for name in ("left_hand", "right_hand", "left_arm", "right_arm"):
        window = bounds(labelled(labels, (name,)), 2)
        part = result[window]
        if not part.size:
            continue
        count, index, stats, _ = cv2.connectedComponentsWithStats(labelled(part, (name,)).astype(np.uint8))
        area = stats[:, cv2.CC_STAT_AREA]
        for k in np.flatnonzero(area < min(SPECK * unit**2, area[1:].max())) if count > 2 else ():
            x, y, wide, high = (int(at) for at in stats[k, :4])
            near = (slice(max(0, y - 1), y + high + 1), slice(max(0, x - 1), x + wide + 1))
            speck = index[near] == k
            around = part[near][dilated(speck, 1) & ~speck]
            part[near][speck] = np.bincount(around).argmax()
    return result


def _trimmed(labels: NDArray[np.uint8], pixels: Array, side: str, unit: float) -> None:
    """Works on a window of the labels in place, on pixels of one hand alone."""
    limb = labelled(labels, (f"{side}_arm", f"{side}_hand"))
    away, place = cv2.distanceTransformWithLabels(limb.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    core = away[::STEP, ::STEP] > DEEP * unit
    if core.sum() < 20 or limb.all():
        return
    rim = _rim(labels, pixels, limb, labelled(labels, (f"{side}_hand",)) & (away < RIM * unit), place)
    if not len(rim.y):
        return
    few, colours = labels[::STEP, ::STEP], _lab(pixels[::STEP, ::STEP])
    out = ~dilated(limb, 2)[::STEP, ::STEP]
    own, inverse = _skin(colours, core, unit)
    share, rival = np.zeros(len(rim.y), np.float32), rim.near.copy()
    for names in (CLOTH, WALL):
        around = labelled(few, names) & out
        if around.sum() < 10:
            continue
        part = behind_share(rim, colours, own, inverse, around, unit)
        # Through a gap at cloth the wall may be seen; cloth is not seen where wall is beside a hand.
        clearer = (part > share) & ((rim.near > 0) if names is not CLOTH else ~labelled(rim.near[None], AROUND)[0])
        rival[clearer] = np.bincount(few[around]).argmax()
        share = np.maximum(share, part)
    plane = np.zeros(limb.shape, np.float32)
    plane[rim.y, rim.x] = share
    gaps, kept = inside(plane, away, unit)
    lost = touching((plane > MIXED) & ~kept, ~limb, 1.5, 0) | gaps
    even = cv2.GaussianBlur((limb & ~lost).astype(np.float32), (0, 0), EVEN * unit) > 0.5  # no speckles, no teeth
    lost = ~even & dilated(lost, 2)
    gone = lost[rim.y, rim.x]
    labels[rim.y[gone], rim.x[gone]] = rival[gone]


def _rim(labels: Array, pixels: Array, limb: Array, asked: Array, place: Array) -> Rim:
    """What of `asked` (h,w) bool is next to cloth, wall or legs; `place` (h,w) int32: which pixel outside the `limb`
    (h,w) bool is the nearest."""
    beside = np.zeros(int(place.max()) + 1, np.uint8)
    beside[place[~limb]] = labels[~limb]
    y, x = np.nonzero(asked)
    near = beside[place[y, x]]
    told = labelled(near[None], BESIDE)[0]
    y, x = y[told], x[told]
    lab = _lab(pixels[y, x][None])[0] if len(y) else np.empty((0, 3), np.float32)
    return Rim(y=y, x=x, lab=lab, near=near[told])


def _skin(lab: Array, core: Array, unit: float) -> tuple[Array, Array]:
    """The colours (h,w,3) float32 that a limb with the `core` (h,w) bool has about every STEPth pixel, `lab` (h,w,3)
    float32, and the inverse (3,3) of their covariance."""
    inverse = np.linalg.inv(np.cov(lab[core].T) + NOISE * np.eye(3))
    return gathered(lab, core, OWN * unit / STEP), inverse.astype(np.float32)


def behind_share(rim: Rim, lab: Array, own: Array, inverse: Array, around: Array, unit: float) -> Array:
    """(n,) float32 0..1: how much of each pixel of the `rim` is of what is `around` it, (h,w) bool, the rest being skin
    as of `_skin`; `lab` (h,w,3) float32 at every STEPth pixel.

    Fisher's linear discriminant: light and shade, in which skin varies, tell less than its hue.
    """
    at = (np.minimum(rim.y // STEP, lab.shape[0] - 1), np.minimum(rim.x // STEP, lab.shape[1] - 1))
    light, middle = lab[..., 0], float(np.median(lab[around][:, 0]))
    share = np.zeros(len(rim.y), np.float32)
    for half in (around & (light <= middle), around & (light >= middle)):
        way = gathered(lab, half, REACH * unit / STEP) - own
        axis = way @ inverse
        apart = np.einsum("yxc,yxc->yx", axis, way)
        axis *= (apart > APART)[..., None] / np.maximum(apart, 1.0)[..., None]
        start = np.einsum("yxc,yxc->yx", axis, own)
        part = np.minimum(np.einsum("nc,nc->n", axis[at], rim.lab) - start[at], 1)
        # Sunlit skin may differ from the rest as a wall does, but it has not the wall's own colour.
        off = rim.lab - (own + way)[at]
        seen = np.einsum("nc,nc->n", off, off) < LIKE**2 * np.einsum("yxc,yxc->yx", way, way)[at]
        share = np.maximum(share, np.where(seen, part, np.minimum(part, HALF)))
    return share


def gathered(lab: Array, mask: Array, reach: float) -> Array:
    """(h,w,3) float32: mean colour of `mask` (h,w) bool, which is somewhere, within `reach` px; where there is none,
    as at the nearest place that has one."""
    weight, size = mask.astype(np.float32), (2 * max(1, round(reach)) + 1,) * 2
    near = cv2.blur(weight, size, borderType=cv2.BORDER_CONSTANT)
    mean = cv2.blur(lab * weight[..., None], size, borderType=cv2.BORDER_CONSTANT) / np.maximum(near, 1e-6)[..., None]
    unknown = near < 1e-5
    _, place = cv2.distanceTransformWithLabels(unknown.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    colours = np.zeros((int(place.max()) + 1, 3), np.float32)
    colours[place[~unknown]] = mean[~unknown]
    result: Array = colours[place]
    return result


def inside(share: Array, away: Array, unit: float) -> tuple[Array, Array]:
    """Boolean (h,w) of the gaps between fingers, slender or large, which clearly show what is behind, `share` (h,w)
    0..1, and of what is around nails and highlights, which may have its colours; `away` (h,w): px from a limb's edge.
    """
    deep = (share > MIXED) & (away > INSIDE * unit)
    count, index, stats, _ = cv2.connectedComponentsWithStats(deep.astype(np.uint8))
    width, height, area = (stats[:, k].astype(float) for k in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    part, much = index[deep], share[deep]
    clear = np.bincount(part[much > HALF], minlength=count) > CLEAR * area
    clear |= np.bincount(part, much, count) > MUCH * area
    gap = clear & ((area < SLENDER * (width**2 + height**2)) | (area > NAIL * unit**2))
    known = area > SPECK * unit**2
    known[0] = False
    thick = np.bincount(index[eroded(deep, 1)], minlength=count) > 0  # else it goes along an edge
    gap, own = gap & known, known & ~gap & thick
    return gap[index], dilated(own[index], 2 * INSIDE * unit)


def _lab(pixels: Array) -> Array:
    """(h,w,3) RGB uint8 -> 8-bit CIE Lab as float32."""
    result: Array = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB).astype(np.float32)
    return result
