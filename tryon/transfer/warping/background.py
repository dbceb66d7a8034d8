"""What was behind the person, where a narrower garment uncovers it."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, grow, mix, shrink, smooth_mask
from tryon.transfer.warping.examples import by_example

CORNER = 0.12  # shoulder distances: how wide corners between hair, neck and shoulders are at most
SHADED = 0.8  # hair behind other hair and beside a neck gets less light


def complete(pixels: Array, person: Array, wanted: Array, reach: float, seed: int) -> Array:
    """(h,w,3) float32: the photo with the person's area continued from around it.

    `person` (h,w) bool is the figure, `wanted` (h,w) bool the part that will be seen, `reach` px how far the
    figure's edge and its blur go. Plain backgrounds are continued smoothly with their own grain; busy ones by
    examples from beside the figure.
    """
    blocked = grow(person, reach)
    if blocked.all() or not wanted.any():
        return pixels.astype(np.float32)
    ring = grow(wanted, 6 * reach) & ~blocked
    # What labels miss of a sheer hem, and the dark line that sharpening leaves beside an edge, would spread inwards.
    clear = ~grow(person, 2 * reach)
    known = clear if clear.any() else ~blocked
    busy = _busyness(pixels, ring if ring.any() else ~blocked)
    if busy > 14 and _unlike(pixels, known) > 6:  # nor is a wall busy because of it
        return by_example(pixels, ~blocked, blocked & grow(wanted, 2 * reach))
    smooth = fill(pixels.astype(np.float32), known.astype(np.float32))
    result: Array = smooth + grain(pixels, ~blocked, seed)[..., None]
    return result


def among_hair(
    ground: Array, pixels: Array, hair: Array, figure: Array, seen: Array, middle: float, unit: float
) -> Array:
    """`ground` (h,w,3) float32 with hair in the corners between long `hair` (h,w) bool, neck and shoulders, `figure`
    (h,w) bool, where a collar was, `seen` (h,w) bool: there is no wall to be seen through it. `middle`: the neck's
    column, px."""
    reach = CORNER * unit
    near = seen & grow(hair, reach)
    if not near.any():
        return ground
    window = bounds(near, round(3 * reach))
    part, kept = hair[window], (hair | figure)[window]
    right = np.arange(hair.shape[1])[window[1]] > middle
    from_left, from_right = np.logical_or.accumulate(part, axis=1), np.logical_or.accumulate(part[:, ::-1], axis=1)
    within = np.where(right, from_right[:, ::-1], from_left)
    corner = near[window] & within & ~shrink(~grow(kept, reach), reach) & ~kept
    corner = resting(corner, kept)
    wall = ~kept & ~seen[window]
    corner = between(corner, part, wall)
    if not corner.any() or not (inner := shrink(part, 0.1 * reach)).any():
        return ground
    colour = fill(pixels[window].astype(np.float32), inner.astype(np.float32))
    result = ground.copy()
    result[window] = mix(result[window], SHADED * colour, smooth_mask(grow(corner, 1), 1.0))
    return result


def resting(parts: Array, base: Array) -> Array:
    """Those of the connected `parts` (h,w) bool that lie on `base` (h,w) bool: below hair that ends above a shoulder
    there is wall."""
    count, index = cv2.connectedComponents(parts.astype(np.uint8))
    if count < 2:
        return parts
    lowest = parts & ~np.roll(parts, -1, axis=0)
    lowest[-1] = False
    rests = lowest & grow(base, 2)
    whole = np.bincount(index[lowest], minlength=count)
    share = np.bincount(index[rests], minlength=count) / np.maximum(whole, 1)
    share[0] = 0
    result: Array = share[index] > 0.5
    return result


def between(parts: Array, hair: Array, wall: Array) -> Array:
    """Those of the connected `parts` (h,w) bool that meet more `hair` (h,w) bool than the photo's `wall` (h,w) bool."""
    count, index = cv2.connectedComponents(parts.astype(np.uint8))
    met, seen = (np.bincount(index[parts & grow(side, 2)], minlength=count) for side in (hair, wall))
    kept = met >= seen
    kept[0] = False
    result: Array = kept[index]
    return result


def _busyness(pixels: Array, ring: Array) -> float:
    """Standard deviation of mid frequencies, in grey levels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = grey - blur(grey, 12)
    return float(detail[ring].std())


def _unlike(pixels: Array, known: Array) -> float:
    """Standard deviation of what of the `known` (h,w) bool pixels is not alike around them, in grey levels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    weight = known.astype(np.float32)
    detail = grey - blur(grey * weight, 12) / np.maximum(blur(weight, 12), 1e-3)
    return float(detail[known].std())


def grain(pixels: Array, where: Array, seed: int) -> Array:
    """(h,w) float32 noise as strong as the photo's own in its flat places."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), 1.2)
    values = np.abs(detail[where]) if where.any() else np.abs(detail)
    strength = min(float(np.median(values)) * 1.48, 5.0)
    noise = np.random.default_rng(seed).standard_normal(grey.shape).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.7)
    result: Array = soft / max(float(soft.std()), 1e-6) * strength
    return result
