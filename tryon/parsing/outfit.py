"""One outfit per person: settles what the network says per pixel into garments that somebody can wear.

A small network that looks at single pixels may call a skirt half skirt, half dress. A person wears either one piece
(a dress or a jumpsuit) or a top with trousers or a skirt; the probabilities of the whole figure decide which, and
what was given to the other reading goes to the garment that takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
TINY = 1e-4
LOW = 0.18  # trunk lengths below the hip joints, which tops over skirts rarely reach
FAR_SHARE = 0.05  # of a top's area below that line, from which it is none


def settle(
    planes: Array, names: Sequence[str], waist: tuple[float, float] | None = None, alike: float | None = None
) -> Array:
    """Probabilities (C,h,w) of a figure -> the same with one reading of its garments, still summing to what they did.

    `waist`: row of the hip joints and length of the trunk on the planes' grid, where the key points tell them.
    `alike`: how much the cloth above and below the hips has the same colours, 0..1.
    Networks that do not know the classes get their planes back.
    """
    wanted = ("upper", "skirt", "pants", "dress", "jumpsuit")
    if not set(wanted) <= set(names):
        return planes
    upper, skirt, pants, dress, jumpsuit = (names.index(name) for name in wanted)
    result = planes.copy()
    _merge_pair(result, skirt, pants)
    _merge_pair(result, dress, jumpsuit)
    lower = skirt if result[skirt].sum() > result[pants].sum() else pants
    whole = dress if result[dress].sum() > result[jumpsuit].sum() else jumpsuit
    one_piece = _is_whole(result, upper, lower, whole, alike)
    if not one_piece and lower == skirt and _reaches_far(result, upper, lower, waist):
        one_piece, whole = True, dress
    if "belt" in names:
        _doubt(result, names.index("belt"), whole if one_piece else lower)
    if one_piece:
        result[whole] += result[upper] + result[lower]
        result[upper] = result[lower] = 0
    else:
        _share_out(result, whole, upper, lower, waist)
    return result


def _merge_pair(planes: Array, first: int, second: int) -> None:
    """The one with less of the picture gives way to the other, in place."""
    winner, loser = (first, second) if planes[first].sum() >= planes[second].sum() else (second, first)
    planes[winner] += planes[loser]
    planes[loser] = 0


def _doubt(planes: Array, belt: int, garment: int, share: float = 0.6) -> None:
    """Gives part of the belt to what it would hold, in place: belts were rendered more often than they are worn."""
    moved = planes[belt] * share
    planes[belt] -= moved
    planes[garment] += moved


def _is_whole(planes: Array, upper: int, lower: int, whole: int, alike: float | None) -> bool:
    """Whether one piece explains the cloth better than two do: compares the log likelihood over the cloth."""
    cloth = planes[upper] + planes[lower] + planes[whole]
    weight = cloth > 0.5
    if not weight.any():
        return False
    share = np.maximum(cloth[weight], TINY)
    one = np.log(planes[whole][weight] / share + 0.05)
    two = np.log(np.maximum(planes[upper], planes[lower])[weight] / share + 0.05)
    # Two colours speak for two pieces more than one colour speaks for one: sets are common, two-coloured dresses rare.
    colour = 0.0 if alike is None else 4.0 * min(0.0, alike - 0.85) + max(0.0, alike - 0.85)
    return float((one - two).mean()) + colour > 0


def _reaches_far(planes: Array, upper: int, skirt: int, waist: tuple[float, float] | None) -> bool:
    """Whether what was read as a top goes on well below the hips, in one colour with the skirt: then it is a dress.

    The seam between two tiers of a dress looks like the hem of a top, but tops are not worn that low over skirts.
    """
    if waist is None:
        return False
    hips, trunk = waist
    top = (planes[upper] > 0.5) & (planes[upper] > planes[skirt])
    low = top[max(0, round(hips + LOW * trunk)) :]
    return bool(low.sum() > FAR_SHARE * max(1, top.sum()))


def _share_out(planes: Array, whole: int, upper: int, lower: int, waist: tuple[float, float] | None) -> None:
    """Gives the one piece's probability to top and bottom, each where it is the likelier neighbour, in place."""
    height = planes.shape[1]
    size = max(3, height // 6) | 1
    near_upper, near_lower = (cv2.blur(planes[i], (size, size)) + TINY for i in (upper, lower))
    if waist is not None:
        hips, trunk = waist
        below = (np.arange(height, dtype=np.float32) - hips) / max(trunk, 1.0)
        chance = (
            1 / (1 + np.exp(np.clip(12 * (below - 0.05), -30, 30)))[:, None]
        )  # tops end about the hips, rarely far below
        near_upper, near_lower = near_upper * chance, near_lower * (1 - chance)
        far = np.clip((below - 0.3) / 0.25, 0, 1)[:, None] * planes[upper]
        planes[upper] -= far
        planes[lower] += far
    share = near_upper / (near_upper + near_lower + TINY)
    planes[upper] += planes[whole] * share
    planes[lower] += planes[whole] * (1 - share)
    planes[whole] = 0
