"""The parser's outline corrected against an even background: strands and bags it missed, gaps it closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import LABEL, Mask, Pixels
from tryon.video.relief.backdrop import membrane

Array = NDArray[Any]

SKIN = tuple(
    LABEL[n] for n in ("face", "neck", "left_leg", "right_leg", "left_arm", "right_arm", "left_hand", "right_hand")
)
ARMS = tuple(LABEL[n] for n in ("left_arm", "right_arm", "left_hand", "right_hand"))
EVEN = 16.0  # levels: 90 % of an even background lie this near to its membrane


@dataclass(frozen=True, slots=True)
class _Wall:
    """What the background would look like everywhere, and how the picture differs from it."""

    low: Array  # (h,w,3) float32
    far: Array  # (h,w) bool, where it is seen
    light: Array  # (h,w) difference in brightness
    colour: Array  # (h,w) difference in colour
    rough: Array  # (h,w) fine detail
    grain: float  # fine detail that is hardly more than noise
    noise: float  # levels off the wall that are hardly noise


def corrected(picture: Pixels, inside: Array, outline: Mask, labels: Array) -> Mask:
    """outline (h,w) with what sticks out added and seen-through gaps removed; as it is where the background is uneven.

    picture (h,w,3), inside (h,w) bool where the photo is, labels (h,w). Cast shadows are smooth, dark and of the
    wall's colour: they do not count as part of the person.
    """
    wall = _wall(picture, inside, outline)
    if wall is None:
        return outline
    result = outline.copy()
    result[_strays(wall, inside & ~_seen_beside(picture, wall.far), outline)] = 255
    result[_gaps(picture, wall, outline, labels)] = 0
    return cv2.blur(result, (3, 3))


def _grown(mask: Array, reach: int) -> Array:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def _wall(picture: Pixels, inside: Array, outline: Mask) -> _Wall | None:
    height = picture.shape[0]
    # A quarter of the size is enough to find what is far from the person.
    small = cv2.resize(outline, (outline.shape[1] // 4, height // 4), interpolation=cv2.INTER_AREA)
    near = cv2.resize(_grown(small > 8, max(2, height // 64)).astype(np.uint8), (outline.shape[1], height)) > 0
    far = inside & ~near
    if far.mean() < 0.04:
        return None
    low = membrane(picture, far)
    difference = cv2.subtract(picture.astype(np.float32), low)
    light = difference.mean(axis=2)
    colour = np.abs(difference - light[..., None]).max(axis=2)
    if np.percentile(np.abs(light[far][::7]), 90) > EVEN or np.percentile(colour[far][::7], 90) > EVEN:
        return None
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = np.abs(gray - cv2.blur(gray, (13, 13)))
    noise = max(8.0, 3.0 * float(np.percentile(np.abs(light[far][::7]), 90)))
    grain = max(2.5, 2.5 * float(np.median(rough[far][::7])))
    return _Wall(low, far, light, colour, rough, grain, noise)


def _seen_beside(picture: Pixels, far: Array) -> Array:
    """Pixels (bool) whose colour the background has close by: a skirting board or a frame behind the person goes on
    there, so that they say nothing about the person."""
    height, width = far.shape
    size = max(1, width // 4), max(1, height // 4)
    reach = max(2, height // 28)  # 0.14 of the height, at a quarter of the size: beyond what _wall keeps off the person
    kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
    whole = cv2.resize(far.astype(np.uint8), size, interpolation=cv2.INTER_AREA)[..., None] > 0
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    least = cv2.erode(np.where(whole, small, 255).astype(np.uint8), kernel)
    most = cv2.dilate(np.where(whole, small, 0).astype(np.uint8), kernel)
    slack = 3 + (cv2.subtract(most, least) // 6)  # the small picture's edges are milder than the picture's
    least, most = (cv2.resize(plane, (width, height)) for plane in (cv2.subtract(least, slack), cv2.add(most, slack)))
    result: Array = ((picture >= least) & (picture <= most)).all(axis=2)
    return result


def _strays(wall: _Wall, inside: Array, outline: Mask) -> Array:
    """Pixels outside the outline that are not wall and touch the person."""
    light = np.abs(wall.light)
    other = (wall.colour > 12) | ((wall.rough > 9) & (light > 12)) | (light > 75)
    core = outline > 128
    reach = _grown(
        cv2.resize(outline, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA) > 100, outline.shape[0] // 80
    )
    reach = (
        cv2.resize(reach.astype(np.uint8), (outline.shape[1], outline.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    )
    other &= inside & ~core & reach
    _, parts = cv2.connectedComponents((other | core).astype(np.uint8))
    touching = np.zeros(int(parts.max()) + 1, bool)
    touching[np.unique(parts[core])] = True
    touching[0] = False
    found = ((touching[parts] & other) | _sharp(wall, inside & ~core & reach, core)).astype(np.uint8)
    # A bag's rim found, its pale inside not: what is shut in and not like the wall belongs to it.
    union = cv2.morphologyEx(found | core.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    shut = _shut_in(union)
    return ((found > 0) | (shut & (light > 10))) & ~core & inside


def _sharp(wall: _Wall, where: Array, core: Array) -> Array:
    """Dark or pale patches beside the person with a hard border (a bag); a shadow's border is soft."""
    mass = (where & ((np.abs(wall.light) > wall.noise) | (wall.colour > 12))).astype(np.uint8)
    count, parts = cv2.connectedComponents(mass)
    rim = (mass > 0) & (cv2.erode(mass, np.ones((3, 3), np.uint8)) == 0) & ~_grown(core, 3)
    # Against its own contrast, so that a white sleeve before a pale wall counts too.
    area = np.maximum(np.bincount(parts.ravel(), minlength=count), 1)
    contrast = np.bincount(parts.ravel(), np.abs(wall.light).ravel(), count) / area
    need = np.maximum(wall.grain, np.minimum(8.0, 0.33 * contrast))
    hard = np.bincount(parts[rim], wall.rough[rim] > need[parts[rim]], count)
    total = np.bincount(parts[rim], minlength=count)
    bag = (hard > 0.6 * total) & (total > 12)
    bag[0] = False
    return bag[parts]


def _shut_in(union: Array) -> Array:
    """Holes of a mask (bool): what a flood from the border does not reach."""
    padded = cv2.copyMakeBorder(union, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(padded, None, (0, 0), 2)
    return padded[1:-1, 1:-1] != 2


def _gaps(picture: Pixels, wall: _Wall, outline: Mask, labels: Array) -> Array:
    """Pixels inside the outline through which the wall is seen: between arm and trunk, hair and neck, fingers."""
    height = picture.shape[0]
    like = (np.abs(wall.light) < 9) & (wall.colour < 5) & (wall.rough < 6) & (outline > 128)
    allowed, slender = np.zeros(outline.shape, bool), np.zeros(outline.shape, bool)
    arms = _grown(np.isin(labels, ARMS), max(2, height // 50))
    for value in np.unique(labels[like]):
        own = labels == value
        if value == 0 or own.sum() < 50:
            continue
        tone = np.median(picture[own][::5], axis=0)
        back = np.median(wall.low[own][::5], axis=0)
        apart = float(np.abs(tone - back).max())
        if value in ARMS:
            slender |= own & (apart > 25) & _grown(~own, max(2, height // 60))
        if value in SKIN or value == LABEL["hair"]:
            allowed |= own & (apart > 60)
        else:
            allowed |= own & arms & (apart > 60)
    # A narrow gap beside an arm is often labelled as the arm, and the lens mixes its wall with what is beside.
    nearly = (np.abs(wall.light) < 16) & (wall.colour < 8) & (outline > 128)
    found = cv2.morphologyEx(
        ((like & allowed) | (nearly & slender)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    count, parts, stats, _ = cv2.connectedComponentsWithStats(found)
    large = np.zeros(count, bool)
    large[1:] = stats[1:, cv2.CC_STAT_AREA] > 2e-5 * height * height
    return large[parts]
